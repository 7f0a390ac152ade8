import Foundation
import Logging
import NIOPosix
import OCPPGateway
import Synchronization
import Telemetry
import Testing

/// A sink that keeps every batch and says at once that it is durable.
private final class KeepingSink: FrameSink {
    private let kept = Mutex<[FrameBatch]>([])

    func submit(_ batch: FrameBatch, whenDurable: @escaping @Sendable (Result<FrameReceipt, FrameError>) -> Void) {
        let position = kept.withLock { kept in
            kept.append(batch)
            return UInt64(kept.count)
        }
        whenDurable(.success(FrameReceipt(position: position)))
    }

    var batches: [FrameBatch] { kept.withLock { $0 } }
}

/// The lines that a logger wrote: message and metadata.
private final class LogLines: Sendable {
    struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            lines.kept.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }
    let kept = Mutex<[String]>([])
}

@Suite("OCPP gateway")
struct OCPPStationTests {
    private static let python = ProcessInfo.processInfo.environment["FEEDERLINE_PYTHON"]

    private static func script(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python ?? "python3")
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../clients/ocpp_station.py").standardizedFileURL.path
        process.arguments = [script] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        let output = Task { () -> Data? in try pipe.fileHandleForReading.readToEnd() }
        let status = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return (status, String(decoding: try await output.value ?? Data(), as: UTF8.self))
    }

    @Test(
        "a station made of the package ocpp and a hostile one get the answers of the norm",
        .enabled(if: python != nil, "FEEDERLINE_PYTHON names no Python with ocpp and websockets"),
        .timeLimit(.minutes(2)))
    func realStation() async throws {
        let sink = KeepingSink()
        let lines = LogLines()
        var settings = OCPPGateway.Settings()
        settings.port = 0
        let gateway = OCPPGateway(
            settings: settings, sink: sink, topology: { Topology() },
            clock: { Int64(Date().timeIntervalSince1970 * 1e9) },
            logger: Logger(label: "test") { _ in LogLines.Handler(lines: lines) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        let port = try await gateway.start()
        let run = try await Self.script(["ws://127.0.0.1:\(port)/ocpp/CS00001"])
        await gateway.shutdown()
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output.hasSuffix(" passed, 0 failed\n"), "\(run.output)")

        let power = sink.batches.flatMap(\.tables).filter { $0.measurement == "Power_Flow" }.flatMap { table in
            (0..<table.rowCount).compactMap { row -> String? in
                guard table.key(row).elementsEqual("Power_Flow,EVSE_ID=CS00001:1".utf8),
                    case .float(let watts)? = table.field("active_power_w")?[row]
                else { return nil }
                return "\(Timestamp.format(table.timestamps[row])) \(watts)"
            }
        }
        #expect(
            power == [
                "2026-01-01T00:01:00Z 11000.0", "2026-01-01T00:02:00Z -9500.0", "2026-01-01T00:03:00Z 0.0",
                "2026-01-01T00:10:00Z 7000.0",
            ])
        let counters = gateway.counters
        #expect(counters.connections == 0)
        #expect(counters.messagesByAction["TransactionEvent"] == 4)
        #expect(counters.deviationsByKind["unknown_word"] == 2)
        let warnings = lines.kept.withLock { $0 }.filter { $0.contains("OCPP_JSON_INVALID") }
        #expect(warnings.count == counters.invalidMessages - 2, "two were OCPP_FRAME_TOO_LARGE")
        #expect(warnings.contains { $0.contains("CS00001-raw") && $0.contains("offset") })
    }
}
