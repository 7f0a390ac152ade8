import Dispatch
import FileIO
import LogicalPlan
import QueryExecutor
import SimulatedDisk
import Synchronization
import Telemetry
import Testing
import TimeSeriesStore

/// Where the rows lie when the question comes; the answer is the same.
enum Placement: String, CaseIterable, Sendable {
    case memory, firstHalfFlushed, flushed, compacted, reopened
}

/// A query engine over a store on a simulated disk that holds the points.
struct TestEngine {
    let engine: QueryEngine

    static let now: Int64 = 1_800_000_000_000_000_000

    private static func open(_ disk: SimulatedDisk) throws -> TimeSeriesStore {
        let store = TimeSeriesStore(disk: disk, settings: StoreSettings(directory: "/store"))
        try store.open()
        return store
    }

    private static func write(_ store: TimeSeriesStore, _ points: some Sequence<Point>) async throws {
        var batch = FrameBatch(database: "dd", arrival: now)
        for point in points {
            batch.append(
                measurement: point.measurement, tags: point.tags, fields: point.fields,
                timestamp: point.seconds * 1_000_000_000)
        }
        batch.seal()
        let sealed = batch
        let outcome = await withCheckedContinuation { continuation in
            store.submit(sealed) { continuation.resume(returning: $0) }
        }
        #expect(try outcome.get().receipt.firstRefusal == nil)
    }

    init(_ placement: Placement, limits: QueryLimits = QueryLimits()) async throws {
        let disk = SimulatedDisk()
        var store = try Self.open(disk)
        try store.createDatabase("dd")
        try await Self.write(store, Point.first.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
        if placement == .firstHalfFlushed || placement == .compacted { try store.compactAll() }
        try await Self.write(store, Point.first.enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
        if placement == .compacted { try store.compactAll() }
        try await Self.write(store, Point.second)
        if placement == .flushed || placement == .compacted { try store.compactAll() }
        if placement == .reopened {
            try store.close()
            store = try Self.open(disk.crash())
        }
        engine = Self.engine(store, limits)
    }

    /// An engine that writes to its own store and waits for it.
    private static func engine(_ store: TimeSeriesStore, _ limits: QueryLimits = QueryLimits()) -> QueryEngine {
        QueryEngine(store: store, now: { Self.now }, limits: limits, sink: { try Self.store($0, in: store) })
    }

    /// Gives a batch to a store and returns when it is durable.
    static func store(_ batch: FrameBatch, in store: TimeSeriesStore) throws {
        let outcome = Mutex<Result<StoredBatch, FrameError>?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        store.submit(batch) { result in
            outcome.withLock { $0 = result }
            isDone.signal()
        }
        isDone.wait()
        if let refusal = try outcome.withLock({ $0 })?.get().receipt.firstRefusal { throw refusal }
    }

    /// An engine over `points` alone, half of them in a segment.
    init(points: [Point], limits: QueryLimits = QueryLimits()) async throws {
        let store = try Self.open(SimulatedDisk())
        try store.createDatabase("dd")
        try await Self.write(store, points.prefix(points.count / 2))
        try store.compactAll()
        try await Self.write(store, points.dropFirst(points.count / 2))
        engine = Self.engine(store, limits)
    }

    func ask(
        _ text: String, database: String = "dd", isReadOnly: Bool = false,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> [StatementResult] {
        var options = QueryOptions()
        options.database = database
        options.isReadOnly = isReadOnly
        var results: [StatementResult] = []
        try engine.execute(text, options: options, isCancelled: isCancelled) { results.append($0) }
        return results
    }

    func answer(_ text: String) -> [String] {
        do {
            return try ask(text).flatMap(Question.render)
        } catch {
            return ["error: \(error)"]
        }
    }
}
