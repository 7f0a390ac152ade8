import InfluxQL
import LogicalPlan
import Synchronization

/// The queries that are running, each with a number by which it can be stopped.
///
/// There are as many as clients wait for at once, which the edge bounds.
final class RunningQueries: Sendable {
    /// One query while it runs.
    final class Query: Sendable {
        let number: UInt64
        let statements: [Statement]
        let database: String
        /// Nanoseconds since 1970.
        let start: Int64
        private let killed = Atomic(false)

        fileprivate init(number: UInt64, statements: [Statement], database: String, start: Int64) {
            (self.number, self.statements, self.database, self.start) = (number, statements, database, start)
        }

        /// Whether somebody stopped it.
        var isKilled: Bool { killed.load(ordering: .relaxed) }

        /// Stops it; false where it was stopped already.
        fileprivate func kill() -> Bool { !killed.exchange(true, ordering: .relaxed) }
    }

    /// What has been run since the engine began.
    struct Counters {
        var started = 0
        var finished = 0
        /// Nanoseconds.
        var duration: Int64 = 0
    }

    private struct State {
        var counters = Counters()
        var running: [UInt64: Query] = [:]
    }

    private let state = Mutex(State())

    /// Notes a query that begins.
    func begin(_ statements: [Statement], database: String, now: Int64) -> Query {
        state.withLock { state in
            state.counters.started += 1
            let query = Query(
                number: UInt64(state.counters.started), statements: statements, database: database, start: now)
            state.running[query.number] = query
            return query
        }
    }

    /// Notes that a query has ended, however it did.
    func end(_ query: Query, now: Int64) {
        state.withLock { state in
            state.running[query.number] = nil
            state.counters.finished += 1
            state.counters.duration += max(0, now - query.start)
        }
    }

    /// Those that run now, in the order of their beginning.
    var all: [Query] { state.withLock { $0.running.values.sorted { $0.number < $1.number } } }

    /// What has been run.
    var counters: Counters { state.withLock { $0.counters } }

    /// Stops a query; it ends at its next look, once a block.
    func kill(_ number: UInt64) throws {
        guard let query = state.withLock({ $0.running[number] }) else {
            throw QueryError("no such query id: \(number)")
        }
        guard query.kill() else { throw QueryError("already killed") }
    }
}

extension QueryEngine {
    /// SHOW QUERIES.
    func showQueries() -> [ResultSeries] {
        let time = now()
        let rows = queries.all.map { query -> [QueryValue] in
            [
                .unsigned(query.number),
                .string(query.statements.map(\.description).joined(separator: ";\n")), .string(query.database),
                .string(goDuration(Self.rounded(max(0, time - query.start)))),
                .string(query.isKilled ? "killed" : "running"),
            ]
        }
        return [ResultSeries(name: "", columns: ["qid", "query", "database", "duration", "status"], rows: rows)]
    }

    /// A duration in whole units of the largest that it has, as InfluxDB shows it.
    private static func rounded(_ duration: Int64) -> Int64 {
        let unit: Int64 = [1_000_000_000, 1_000_000, 1000].first { duration >= $0 } ?? 1
        return duration - duration % unit
    }
}
