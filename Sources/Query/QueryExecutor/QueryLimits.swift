import Synchronization

/// What one query may take, and all of them together.
package struct QueryLimits: Sendable {
    /// Nanoseconds that a query may run, 0 for any time.
    package var duration: Int64 = 0
    /// Bytes that the rows of one query may take before they are written.
    package var memoryByteCount = 1 << 30
    /// Bytes that the rows of all queries may take.
    package var totalMemoryByteCount = 2 << 30
    /// Series that one SELECT may read of a measurement, 0 for any number.
    package var seriesCount = 0

    /// About how many rows of an answer in pieces are read and held at once.
    package var pieceRowCount = 200_000

    /// The defaults.
    package init() {}
}

/// What all queries hold at present.
final class QueryMemory: Sendable {
    let held = Atomic(0)
}

/// What one query holds; given back when the query ends.
final class QueryBudget: Sendable {
    private let limits: QueryLimits
    private let memory: QueryMemory
    private let held = Atomic(0)

    init(_ limits: QueryLimits, _ memory: QueryMemory) { (self.limits, self.memory) = (limits, memory) }

    deinit { memory.held.subtract(held.load(ordering: .relaxed), ordering: .relaxed) }

    /// Notes that a query holds more.
    ///
    /// - Throws: where that is more than it may.
    func charge(_ byteCount: Int) throws {
        let mine = held.add(byteCount, ordering: .relaxed).newValue
        let all = memory.held.add(byteCount, ordering: .relaxed).newValue
        guard mine <= limits.memoryByteCount else {
            throw QueryError("query memory limit exceeded: \(mine >> 20) of \(limits.memoryByteCount >> 20) MiB")
        }
        guard all <= limits.totalMemoryByteCount else {
            throw QueryError(
                "query memory limit of all queries exceeded: \(all >> 20) of \(limits.totalMemoryByteCount >> 20) MiB")
        }
    }

    /// Refuses more series than one SELECT may read.
    func checkSeries(_ count: Int) throws {
        guard limits.seriesCount == 0 || count <= limits.seriesCount else {
            throw QueryError("max-select-series limit exceeded: (\(count)/\(limits.seriesCount))")
        }
    }
}
