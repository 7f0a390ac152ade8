import FleetPipeline
import Foundation
import Telemetry

// What the windows cost, without log, store and network: bench-windows [--evses N] [--feeders N] [--seconds N] [--late PERCENT]
//   [--operators feeder|all] [--checkpoint SECONDS] [--shuffle yes|no]
// Every EVSE reports its power and SoC each five seconds, in batches of 5,000 rows; results become derived batches as in the engine.

guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
    FileHandle.standardError.write(Data("bench-windows: see the head of bench/windows/main.swift\n".utf8))
    exit(64)
}
let evses = options["evses"]
let seconds = options["seconds"]
var topology = options.topology()
var settings = PipelineSettings()
if !options.hasAllOperators { settings.operators = .feeder }
let before = residentBytes()
var pipeline = FleetPipeline(settings: settings, topology: topology)
topology = Topology()
let idle = residentBytes()

var encoder = ResultEncoder()
let phases = options.phases()
let origin: Int64 = 1_767_225_600
let loaded = residentBytes()
var (frames, results, checkpointBytes) = (0, 0, 0)
var (spent, checkpoints, handing) = (0.0, 0.0, 0.0)
var (lastCheckpoint, interval, afterCopy) = (0.0, Double(options["checkpoint"]), 0.0)
var copy: FleetPipeline?
let warm = min(10, seconds / 2)
for second in 0..<seconds {
    if second == warm { (frames, results, spent, checkpoints, handing, lastCheckpoint) = (0, 0, 0, 0, 0, 0) }
    for part in phases[second % 5] {
        guard let table = part.table(second: origin + Int64(second), late: options["late"]) else { exit(70) }
        let arrival = (origin + Int64(second) + 1) * 1_000_000_000
        let start = cpuSeconds()
        pipeline.apply(table, arrival: arrival)
        pipeline.finishBatch(arrival: arrival)
        let given = pipeline.takeResults()
        let middle = cpuSeconds()
        if !given.isEmpty { results += encoder.batch(given, arrival: arrival).rowCount }
        let end = cpuSeconds()
        frames += table.rowCount
        spent += end - start
        handing += end - middle
        if copy != nil {
            copy = nil
            afterCopy = max(afterCopy, end - start)
        }
    }
    // As the engine does: at most a fiftieth of the time, and while the copy is written the windows go on.
    if interval > 0, spent - lastCheckpoint > interval {
        let start = cpuSeconds()
        copy = pipeline
        checkpointBytes = pipeline.encodeCheckpoint().count
        let took = cpuSeconds() - start
        checkpoints += took
        lastCheckpoint = spent
        interval = max(Double(options["checkpoint"]), 50 * took)
    }
}
let total = spent + checkpoints
print(
    String(
        format: "%.0f frames/s per core (%.1f ns a frame: windows %.1f, result batches %.1f, checkpoints %.1f)",
        Double(frames) / total, total / Double(frames) * 1e9, (spent - handing) / Double(frames) * 1e9,
        handing / Double(frames) * 1e9, checkpoints / Double(frames) * 1e9))
print(
    "\(results) results, \(pipeline.counters.late) late, checkpoint \(checkpointBytes) bytes, a batch behind its copy \(Int(afterCopy * 1000)) ms"
)
print(
    "resident: fleet of the topology \((idle - before) / evses) B an EVSE, with readings \((residentBytes() - loaded + idle - before) / evses) B an EVSE"
)
