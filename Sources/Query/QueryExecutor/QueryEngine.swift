package import AccessControl
import Dispatch
import InfluxQL
package import LogicalPlan
package import Telemetry
package import TimeSeriesStore

/// What a query means beside its text.
package struct QueryOptions: Sendable {
    /// The database of names without one; empty for none.
    package var database = ""
    /// The retention policy of names without one.
    package var policy: String?
    /// Whether the query came in a way that is meant for reading, so that a statement that changes something is answered
    /// with a warning.
    package var isReadOnly = false
    /// Whether a web page of another origin asks; it may not change anything.
    package var isForeign = false
    /// Who asks.
    package var caller = Caller.anyone
    /// What the query may hold; set when it begins.
    var budget: QueryBudget?
    /// What `$name` stands for.
    package var parameters: [String: QueryValue] = [:]

    /// No database, no parameters.
    package init() {}
}

/// A text that is no InfluxQL.
package struct QuerySyntaxError: Error, Sendable, CustomStringConvertible {
    /// The whole line, as InfluxDB gives it.
    package let description: String
}

/// Runs InfluxQL against the store.
package struct QueryEngine: Sendable {
    let store: TimeSeriesStore
    let now: @Sendable () -> Int64
    let sink: Sink?
    let users: UserDirectory?
    let limits: QueryLimits
    /// What all queries hold; one for all copies of the engine.
    let memory = QueryMemory()
    /// The queries that run; one list for all copies of the engine.
    let queries = RunningQueries()
    /// When the engine was made.
    let started: Int64

    /// Writes the rows of a SELECT INTO and returns when they are durable, or throws why they are not.
    package typealias Sink = @Sendable (FrameBatch) throws -> Void

    /// An engine over `store`; `now` gives nanoseconds since 1970 UTC. Without a `sink` INTO is refused, without
    /// `users` everything about them.
    package init(
        store: TimeSeriesStore, now: @escaping @Sendable () -> Int64, users: UserDirectory? = nil,
        limits: QueryLimits = QueryLimits(), sink: Sink? = nil
    ) {
        self.store = store
        self.now = now
        self.sink = sink
        self.users = users
        self.limits = limits
        started = now()
    }

    /// Parses all statements, then runs them in order and hands each one's result to `emit`.
    ///
    /// - Throws: `QuerySyntaxError`, `AuthorizationError` before anything has run, and what `emit` throws; an error of a statement is in its result.
    package func execute(
        _ text: String, options: QueryOptions, isCancelled: @escaping @Sendable () -> Bool,
        emit: (StatementResult) throws -> Void
    ) throws {
        let statements: [Statement]
        do throws(ParseError) {
            statements = try Parser.parse(text, parameters: options.parameters)
        } catch {
            throw QuerySyntaxError(description: "error parsing query: \(error.description)")
        }
        try users?.authorize(statements, options.caller, database: options.database)
        let query = queries.begin(statements, database: options.database, now: now())
        defer { queries.end(query, now: now()) }
        var options = options
        options.budget = QueryBudget(limits, memory)
        // By a clock that nobody sets.
        let begin = DispatchTime.now().uptimeNanoseconds
        let duration = UInt64(limits.duration)
        let isLate: @Sendable () -> Bool = {
            duration > 0 && DispatchTime.now().uptimeNanoseconds - begin > duration
        }
        let isStopped: @Sendable () -> Bool = { query.isKilled || isCancelled() || isLate() }
        var hasFailed = false
        for (number, statement) in statements.enumerated() {
            var result = StatementResult(statementID: number)
            if hasFailed {
                result.error = "not executed"
            } else {
                do {
                    if query.isKilled { throw QueryError("query interrupted") }
                    let warning = try readOnlyWarning(statement, options)
                    result.series = try run(statement, options, isStopped)
                    result.chunking = statement.chunking
                    if let warning { result.messages = [warning] }
                    if case .select(let select) = statement, select.target == nil { result.timeZone = select.timeZone }
                } catch {
                    result.error = isLate() && !query.isKilled ? "query-timeout limit exceeded" : "\(error)"
                    hasFailed = true
                }
            }
            try emit(result)
        }
    }
}

/// Why a statement failed, in InfluxDB's words.
struct QueryError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension Statement {
    /// What InfluxDB turns into a SELECT it cuts like one; of what it lists it sends each series, or all, at once.
    fileprivate var chunking: Chunking {
        switch self {
        case .select, .showSeries, .showFieldKeys, .showCardinality: .rows
        case .showTagKeys, .showTagValues: .series
        default: .whole
        }
    }
}
