package import AccessControl
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
    /// - Throws: what `begin` throws, and what `emit` throws; an error of a statement is in its result.
    package func execute(
        _ text: String, options: QueryOptions, isCancelled: @escaping @Sendable () -> Bool,
        emit: (StatementResult) throws -> Void
    ) throws {
        let answer = try begin(text, options: options, isCancelled: isCancelled)
        while let piece = answer.next() { try emit(piece.result) }
    }

    /// Parses all statements; the answer runs them in order, each when it is asked for.
    ///
    /// - Parameters:
    ///   - inPieces: whether an answer of many rows may come in pieces.
    /// - Throws: `QuerySyntaxError`, `AuthorizationError`.
    package func begin(
        _ text: String, options: QueryOptions, inPieces: Bool = false, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> QueryAnswer {
        let statements: [Statement]
        do throws(ParseError) {
            statements = try Parser.parse(text, parameters: options.parameters)
        } catch {
            throw QuerySyntaxError(description: "error parsing query: \(error.description)")
        }
        try users?.authorize(statements, options.caller, database: options.database)
        return QueryAnswer(self, statements, options, inPieces: inPieces, isCancelled: isCancelled)
    }
}

/// Why a statement failed, in InfluxDB's words.
struct QueryError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
