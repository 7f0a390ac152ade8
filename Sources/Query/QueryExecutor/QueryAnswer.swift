import Dispatch
import InfluxQL
package import LogicalPlan

/// What a query answers, statement by statement; a SELECT of many rows may come in pieces.
///
/// A statement runs, and a piece is read, when it is asked for, so that a client that takes its time holds back no more
/// than one piece. The query counts as running for as long as its answer is held.
package final class QueryAnswer {
    /// One statement's result, or some series of it.
    package struct Piece: Sendable {
        /// What there is of the statement in this piece.
        package var result: StatementResult
        /// Whether the first series goes on with the last one of the piece before.
        package var isContinuation: Bool

        /// A piece of `result`.
        package init(result: StatementResult, isContinuation: Bool = false) {
            (self.result, self.isContinuation) = (result, isContinuation)
        }
    }

    private let engine: QueryEngine
    private let statements: [Statement]
    private let query: RunningQueries.Query
    private let inPieces: Bool
    private let isStopped: @Sendable () -> Bool
    private let isLate: @Sendable () -> Bool
    private var options: QueryOptions
    private var number = 0
    private var hasFailed = false
    /// The statement whose pieces are being read.
    private var rows: (stream: RowStream, head: StatementResult, isFirst: Bool)?

    init(
        _ engine: QueryEngine, _ statements: [Statement], _ options: QueryOptions, inPieces: Bool,
        isCancelled: @escaping @Sendable () -> Bool
    ) {
        self.engine = engine
        self.statements = statements
        self.options = options
        self.inPieces = inPieces
        let query = engine.queries.begin(statements, database: options.database, now: engine.now())
        self.query = query
        // By a clock that nobody sets.
        let begin = DispatchTime.now().uptimeNanoseconds
        let duration = UInt64(engine.limits.duration)
        let isLate: @Sendable () -> Bool = {
            duration > 0 && DispatchTime.now().uptimeNanoseconds - begin > duration
        }
        self.isLate = isLate
        isStopped = { query.isKilled || isCancelled() || isLate() }
        self.options.budget = QueryBudget(engine.limits, engine.memory)
    }

    deinit { engine.queries.end(query, now: engine.now()) }

    /// The next piece, nil behind the last; what failed is in it.
    package func next() -> Piece? {
        if let piece = nextRows() { return piece }
        guard number < statements.count else { return nil }
        var result = StatementResult(statementID: number)
        number += 1
        if hasFailed {
            result.error = "not executed"
            return Piece(result: result)
        }
        do {
            return Piece(result: try run(statements[number - 1], &result))
        } catch {
            return Piece(result: failed(result, error))
        }
    }

    private func run(_ statement: Statement, _ result: inout StatementResult) throws -> StatementResult {
        if query.isKilled { throw QueryError("query interrupted") }
        if let warning = try engine.readOnlyWarning(statement, options) { result.messages = [warning] }
        result.chunking = statement.chunking
        if case .select(let select) = statement, select.target == nil {
            result.timeZone = select.timeZone
            if inPieces, let stream = try engine.stream(select, options, isStopped) {
                rows = (stream, result, true)
                if let piece = nextRows() { return piece.result }
            }
        }
        result.series = try engine.run(statement, options, isStopped)
        return result
    }

    /// The next piece of the statement that is read in pieces; the first one is there even where there is no row.
    private func nextRows() -> Piece? {
        guard let head = rows?.head, let isFirst = rows?.isFirst else { return nil }
        // What the piece before held is with the client.
        options.budget = QueryBudget(engine.limits, engine.memory)
        rows?.stream.renew(options)
        var result = head
        do {
            guard let (series, isContinuation) = try rows?.stream.next() else {
                rows = nil
                return isFirst ? Piece(result: result) : nil
            }
            rows?.isFirst = false
            result.series = series
            return Piece(result: result, isContinuation: isContinuation)
        } catch {
            rows = nil
            return Piece(result: failed(result, error))
        }
    }

    private func failed(_ result: StatementResult, _ error: any Error) -> StatementResult {
        hasFailed = true
        var result = StatementResult(statementID: result.statementID)
        result.error = isLate() && !query.isKilled ? "query-timeout limit exceeded" : "\(error)"
        return result
    }
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
