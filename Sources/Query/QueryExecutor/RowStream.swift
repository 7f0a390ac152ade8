import InfluxQL
import LogicalPlan
import TimeSeriesStore

/// The answer of a SELECT of rows piece by piece, in the order of the answer: while a client takes one, the next ones
/// are still to be read.
///
/// A piece is some groups, or a stretch of time of one that is long; about `QueryLimits.pieceRowCount` rows as far as
/// rows come evenly in time.
struct RowStream {
    private var run: SelectRun
    private let select: ResolvedSelect
    /// The measurements that are yet to plan, the next one last.
    private var measurements: [(name: String, database: String, policy: String?)]
    private var scan: SeriesScan?
    /// What is to be read of `scan`, the next piece last.
    private var pieces: [Piece] = []

    private struct Piece {
        var groups: Range<Int>
        var times: ClosedRange<Int64>
        /// Whether it goes on with the group of the piece before it.
        var isContinuation: Bool
    }

    /// The stream of a SELECT that only shows stored rows, all of them; nil for every other one.
    init?(_ run: SelectRun, _ select: ResolvedSelect) throws {
        let statement = select.statement
        guard statement.limit == 0, statement.offset == 0, select.calls.isEmpty,
            try CastSelect.rewritten(select) == nil
        else { return nil }
        var sources: [(name: String, database: String, policy: String?)] = []
        for source in select.sources {
            guard case .measurement(let name, let database, let policy) = source else { return nil }
            sources.append((name, database, policy))
        }
        guard Set(sources.map(\.name)).count == sources.count else { return nil }
        self.run = run
        self.select = select
        sources.sort { $0.name < $1.name }
        measurements = statement.isDescending ? sources : sources.reversed()
    }

    /// Reads what follows within another budget.
    mutating func renew(_ options: QueryOptions) { run.options = options }

    /// The next rows that there are, and whether the first series goes on with the last one of the rows before; nil at
    /// the end.
    mutating func next() throws -> (series: [ResultSeries], isContinuation: Bool)? {
        while true {
            if run.isCancelled() { throw QueryError("query interrupted") }
            guard let piece = pieces.popLast() else {
                guard let source = measurements.popLast() else { return nil }
                try open(source)
                continue
            }
            guard var scan else { return nil }
            scan.plan = scan.plan.part(groups: piece.groups, times: piece.times)
            let series = try run.rows(.store(scan), select.statement)
            if series.isEmpty {
                if !piece.isContinuation, pieces.last?.isContinuation == true {
                    pieces[pieces.count - 1].isContinuation = false
                }
                continue
            }
            return (select.statement.isDescending ? series.reversed() : series, piece.isContinuation)
        }
    }

    private mutating func open(_ source: (name: String, database: String, policy: String?)) throws {
        scan = try run.scan(select, source.name, source.database, source.policy)
        guard let scan else { return }
        let plan = scan.plan
        let counts = try scan.snapshot.rowCounts(
            measurement: plan.measurement, series: plan.series, times: plan.condition.times)
        var rows = [Int](repeating: 0, count: plan.groups.count)
        var members = [[UInt32]](repeating: [], count: plan.groups.count)
        for (place, group) in plan.groupOfSeries.enumerated() {
            rows[group] += counts[place]
            members[group].append(plan.series[place])
        }
        var (from, held) = (0, 0)
        let limit = run.engine.limits.pieceRowCount
        for group in plan.groups.indices {
            if from < group, held + rows[group] > limit {
                pieces.append(Piece(groups: from..<group, times: plan.condition.times, isContinuation: false))
                (from, held) = (group, 0)
            }
            held += rows[group]
            guard held > limit else { continue }
            let stretches = try scan.snapshot.stretches(
                measurement: plan.measurement, series: members[group][...], times: plan.condition.times,
                count: (held + limit - 1) / limit)
            let ordered = select.statement.isDescending ? stretches.reversed() : stretches
            let cut = ordered.enumerated().map { place, times in
                Piece(groups: from..<(group + 1), times: times, isContinuation: place > 0)
            }
            // They are turned round below, groups and stretches together.
            pieces += select.statement.isDescending ? cut.reversed() : cut
            (from, held) = (group + 1, 0)
        }
        if from < plan.groups.count {
            pieces.append(Piece(groups: from..<plan.groups.count, times: plan.condition.times, isContinuation: false))
        }
        if !select.statement.isDescending { pieces.reverse() }
    }
}
