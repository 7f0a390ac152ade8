import Dispatch
import Downsampling
import FileIO
import LogicalPlan
import QueryExecutor
import SimulatedDisk
import Synchronization
import Telemetry
import TimeSeriesStore
import WriteAheadLog

/// A store with a database `d` and downsampling of it, by a clock of the test's own.
final class Machine: Sendable {
    static let hour: Int64 = 3_600_000_000_000

    let disk: SimulatedDisk
    let store: TimeSeriesStore
    let progress: DownsamplingProgress
    let engine: QueryEngine
    let failures = Mutex<[String]>([])
    /// Batches of levels that are still to be refused.
    let refusals: RefusalCount

    final class RefusalCount: Sendable {
        let left = Mutex(0)
    }

    init(_ policy: DownsamplingPolicy = Machine.policy, on disk: SimulatedDisk = SimulatedDisk()) throws {
        self.disk = disk
        let store = TimeSeriesStore(disk: disk, settings: StoreSettings(directory: "/store"))
        let progress = DownsamplingProgress(policies: [policy], store: store, disk: disk, directory: "/store")
        let refusals = RefusalCount()
        self.store = store
        self.progress = progress
        self.refusals = refusals
        engine = QueryEngine(
            store: store, now: { 0 },
            sink: { batch in
                let isRefused = refusals.left.withLock { left in
                    defer { left = max(0, left - 1) }
                    return left > 0
                }
                if isRefused { throw FrameError(.diskFull, "no space") }
                try Self.store(batch, in: store)
            })
        progress.load()
        try store.open(replayFrom: 0) { record, position in
            if case .batch(_, _, let batch) = record, !batch.isDerived { progress.note(batch, position: position) }
        }
        if store.database("d") == nil { try store.createDatabase("d") }
    }

    /// The same disk after a power cut.
    func crashed(_ policy: DownsamplingPolicy = Machine.policy) throws -> Machine {
        try Machine(policy, on: disk.crash())
    }

    /// Minutes for two days, quarters of an hour for ever; raw rows as long as the retention policy says.
    static var policy: DownsamplingPolicy {
        var policy = DownsamplingPolicy(
            database: "d",
            levels: [
                .init(every: 60_000_000_000, retentionPolicy: "1m", keep: 48 * hour),
                .init(every: 900_000_000_000, retentionPolicy: "15m", keep: 0),
            ])
        policy.delay = 0
        return policy
    }

    private static func store(
        _ batch: FrameBatch, in store: TimeSeriesStore, noting progress: DownsamplingProgress? = nil
    ) throws {
        let outcome = Mutex<Result<StoredBatch, FrameError>?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        store.submit(batch) { result in
            if case .success(let stored) = result {
                progress?.note(stored.batch, position: stored.receipt.position)
            }
            outcome.withLock { $0 = result }
            isDone.signal()
        }
        isDone.wait()
        if let refusal = try outcome.withLock({ $0 })?.get().receipt.firstRefusal { throw refusal }
    }

    /// Points of `m` with `v`, at whole seconds.
    func write(_ points: [(Int64, Double)], tag: String = "a", arrival: Int64 = 0) throws {
        var batch = FrameBatch(database: "d", arrival: arrival)
        for (time, value) in points {
            batch.append(
                measurement: "m", tags: [("h", tag)], fields: [("v", .float(value))], timestamp: time * 1_000_000_000)
        }
        batch.seal()
        try write(batch)
    }

    func write(_ batch: FrameBatch) throws { try Self.store(batch, in: store, noting: progress) }

    func run(_ second: Int64) {
        Downsampler(engine: engine, progress: progress).run(
            now: second * 1_000_000_000, noteFailure: { line in failures.withLock { $0.append(line) } })
    }

    /// The rows of an answer, each as its values.
    func ask(_ text: String) throws -> [[QueryValue]] {
        var options = QueryOptions()
        options.database = "d"
        var rows: [[QueryValue]] = []
        var error: String?
        try engine.execute(text, options: options, isCancelled: { false }) { result in
            error = error ?? result.error
            for series in result.series {
                rows += series.rows.map { $0 + series.tags.map { QueryValue.string($0.value) } }
            }
        }
        if let error { throw AnswerError(text: error) }
        return rows
    }
}

struct AnswerError: Error {
    let text: String
}
