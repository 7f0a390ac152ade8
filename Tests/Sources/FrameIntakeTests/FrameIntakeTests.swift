import FileIO
import FleetPipeline
import FrameIntake
import Segments
import SeriesIndex
import SimulatedDisk
import Synchronization
import Telemetry
import Testing
import TimeSeriesStore

@Suite("Frame intake")
struct FrameIntakeTests {
    private static let second: Int64 = 1_000_000_000

    /// An intake over a store on `disk`, recovered, and what it published.
    private final class Bench: Sendable {
        let store: TimeSeriesStore
        let intake: FrameIntake

        init(_ disk: SimulatedDisk, configure: (inout StoreSettings) -> Void = { _ in }) throws {
            let box = Box()
            var settings = StoreSettings(directory: "/data")
            configure(&settings)
            store = TimeSeriesStore(disk: disk, settings: settings)
            intake = try FrameIntake(
                store: store, disk: disk, directory: "/data", settings: PipelineSettings(), topologyText: "",
                parseTopology: { _ in Topology() },
                publish: { _, position in box.positions.withLock { $0.append(position) } },
                noteRefusal: { error in box.refusals.withLock { $0.append(error.code) } })
            self.box = box
            try intake.recover(arrival: 0)
            if store.database("telemetry") == nil { try store.createDatabase("telemetry") }
        }

        private let box: Box
        final class Box: Sendable {
            let positions = Mutex<[UInt64]>([])
            let refusals = Mutex<[FrameError.Code]>([])
        }
        var refusals: [FrameError.Code] { box.refusals.withLock { $0 } }
        var publishedCount: Int { box.positions.withLock { $0.count } }

        /// Submits one reading; its window closes once a later one has come.
        func submit(second: Int64) async throws {
            var batch = FrameBatch(database: "telemetry", arrival: second * FrameIntakeTests.second)
            batch.append(
                measurement: "Power_Flow", tags: [("EVSE_ID", "E1")], fields: [("active_power_w", .float(1000))],
                timestamp: second * FrameIntakeTests.second)
            batch.seal()
            _ = try await intake.submit(batch)
        }

        /// Whether `condition` holds within some seconds.
        func eventually(_ condition: () -> Bool) async throws -> Bool {
            for _ in 0..<500 {
                if condition() { return true }
                try await Task.sleep(for: .milliseconds(10))
            }
            return condition()
        }

        /// Rows of Feeder_Aggregate in the store.
        func storedWindows() throws -> Int {
            let (series, fields) = try store.withIndex(of: "telemetry") { index in
                let measurement = index.measurement("Feeder_Aggregate")
                return (
                    index.series(of: "Feeder_Aggregate"),
                    measurement?.fields.map { (name: $0.key, kind: $0.value) } ?? []
                )
            }
            var count = 0
            try store.snapshot(
                database: "telemetry", policy: nil, measurements: ["Feeder_Aggregate"], times: .min ... .max
            )
            .scan(measurement: "Feeder_Aggregate", series: series[...], times: .min ... .max, fields: fields) {
                _, slices, _ in
                count += slices.reduce(0) { $0 + $1.rows.count }
            }
            return count
        }
    }

    @Test("the log lets go of what other databases wrote, though no window ever reads it")
    func otherDatabases() async throws {
        let disk = SimulatedDisk()
        func bench() throws -> Bench {
            try Bench(disk) { settings in
                settings.logFileByteCount = 2_000
                settings.logRetention = 0
                settings.logRetentionByteLimit = 0
            }
        }
        var engine = try bench()
        try engine.store.createDatabase("agents")
        for second in 0..<100 {
            var batch = FrameBatch(database: "agents", arrival: Int64(second) * Self.second)
            let fields = [("usage", FieldValue.float(Double(second)))]
            batch.append(
                measurement: "cpu", tags: [("host", "h\(second)")], fields: fields,
                timestamp: Int64(second) * Self.second)
            batch.seal()
            _ = try await engine.intake.submit(batch)
        }
        try engine.intake.saveCheckpoint()
        try engine.store.compactAll()
        engine.store.maintain(now: 100 * Self.second)
        engine.store.waitForCommits()
        let oldest = engine.store.oldestLogPosition
        #expect(oldest > 5_000)
        try engine.store.close()
        engine = try bench()
        #expect(engine.store.oldestLogPosition == oldest)
        #expect(try engine.store.withIndex(of: "agents") { $0.series(of: "cpu").count } == 100)
    }

    @Test("a client that gives a result's field another type first is told by the log and the counter, not by silence")
    func spoiltResults() async throws {
        let bench = try Bench(SimulatedDisk())
        var batch = FrameBatch(database: "telemetry", arrival: 0)
        batch.append(
            measurement: "Feeder_Aggregate", tags: [], fields: [("active_power_w", .string("x"))], timestamp: 1)
        batch.seal()
        _ = try await bench.intake.submit(batch)
        for second in 1000..<1010 { try await bench.submit(second: Int64(second)) }
        #expect(try await bench.eventually { !bench.refusals.isEmpty })
        #expect(bench.refusals.first == .typeConflict)
        #expect(bench.intake.refusedResultCount > 0)
    }

    @Test("results that a full disk refuses are given again once there is room, and no checkpoint covers them before")
    func fullDisk() async throws {
        let disk = SimulatedDisk()
        let bench = try Bench(disk)
        try await bench.submit(second: 100)
        // The next reading closes windows: its own append passes, that of the results finds the disk full.
        disk.fillAfter(appends: 1)
        try await bench.submit(second: 110)
        #expect(try await bench.eventually { bench.store.counters.batchesFailed > 0 })
        try bench.intake.saveCheckpoint()
        #expect(!disk.paths.contains("/data/windows.checkpoint"))
        #expect(bench.publishedCount == 0)
        disk.fillAfter(appends: nil)
        #expect(try await bench.eventually { bench.publishedCount > 0 })
        #expect(try bench.storedWindows() > 0)
    }

    @Test("a power cut right after a checkpoint loses no result that came before it")
    func checkpointThenCrash() async throws {
        let disk = SimulatedDisk()
        let bench = try Bench(disk)
        for second: Int64 in [100, 110, 120] { try await bench.submit(second: second) }
        try bench.intake.saveCheckpoint()
        #expect(disk.paths.contains("/data/windows.checkpoint"))
        let expected = try bench.storedWindows()
        #expect(expected > 0)
        let after = try Bench(disk.crash())
        #expect(try after.storedWindows() == expected)
    }
}
