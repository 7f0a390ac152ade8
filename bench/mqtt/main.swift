import FileIO
import FleetPipeline
import Foundation
import FrameIntake
import Logging
import MQTTClient
import MQTTIngest
import Telemetry
import TimeSeriesStore

// The engine's way from an MQTT broker to the log and the windows, without its servers: bench-mqtt PORT CONNECTIONS DIR.
// Prints `ready`, then the messages that were read whenever they are more; ends cleanly with its standard input.
let words = CommandLine.arguments
guard words.count == 4, let port = Int(words[1]), let connections = Int(words[2]) else {
    FileHandle.standardError.write(Data("bench-mqtt PORT CONNECTIONS DIR\n".utf8))
    exit(64)
}
/// Writes a line at once; print keeps it back while standard output is a pipe.
func tell(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

let clock: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1e9) }
var logger = Logger(label: "bench-mqtt")
logger.logLevel = .error
let disk = PosixDisk()
var storeSettings = StoreSettings(directory: words[3])
storeSettings.declarations = (CanonicalNames.declaredFields + WindowResult.declaredFields).map {
    FieldDeclaration(
        database: CanonicalNames.telemetryDatabase, measurement: $0.measurement, field: $0.name, kind: $0.kind)
}
let store = TimeSeriesStore(disk: disk, settings: storeSettings)
let intake = try FrameIntake(
    store: store, disk: disk, directory: words[3], settings: PipelineSettings(), topologyText: "",
    parseTopology: { _ in Topology() }, publish: { _, _ in },
    noteRefusal: { FileHandle.standardError.write(Data("\($0)\n".utf8)) })
try intake.recover(arrival: clock())
let telemetry = CanonicalNames.telemetryDatabase
if store.database(telemetry) == nil { try store.createDatabase(telemetry) }
var settings = MQTTIngest.Settings()
settings.address.port = port
settings.connectionCount = connections
let ingest = MQTTIngest(
    settings: settings, sink: intake, topology: { intake.topology }, clock: clock, logger: logger)
ingest.start()
while ingest.counters.connected < connections { usleep(10_000) }
usleep(300_000)
tell("ready")
let isOver = DispatchSemaphore(value: 0)
Thread.detachNewThread {
    while readLine() != nil {}
    isOver.signal()
}
var told = 0
while isOver.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
    let messages = ingest.counters.messages
    if messages > told {
        told = messages
        tell("\(messages)")
    }
    intake.tick(now: clock())
}
ingest.shutdown()
try intake.saveCheckpoint()
try store.close()
