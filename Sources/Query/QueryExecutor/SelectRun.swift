import Catalog
import InfluxQL
import LogicalPlan
import Segments
import SeriesIndex
import Synchronization
import Telemetry
import TimeSeriesStore

extension QueryEngine {
    func run(_ select: SelectStatement, _ options: QueryOptions, _ isCancelled: @escaping @Sendable () -> Bool) throws
        -> [ResultSeries]
    {
        // Before anything else is looked at, as in InfluxDB.
        for source in names(select) { _ = try resolved(source.database, options) }
        let run = SelectRun(engine: self, options: options, isCancelled: isCancelled, now: now())
        if let target = select.target { return try run.write(select, into: target) }
        let page = try run.answer(try run.resolve(select))
        // InfluxDB turns the order of the series with that of the rows, after SLIMIT has chosen.
        return select.isDescending ? page.reversed() : page
    }
}

extension QueryEngine {
    /// The rows of a SELECT in pieces; nil where it has to be answered whole.
    func stream(
        _ select: SelectStatement, _ options: QueryOptions, _ isCancelled: @escaping @Sendable () -> Bool
    ) throws -> RowStream? {
        for source in names(select) { _ = try resolved(source.database, options) }
        let run = SelectRun(engine: self, options: options, isCancelled: isCancelled, now: now())
        return try RowStream(run, try run.resolve(select))
    }
}

/// Runs one SELECT and its subqueries.
struct SelectRun: Sendable {
    /// How deep subqueries go: each level may read its own more than once.
    static let depthLimit = 16

    let engine: QueryEngine
    var options: QueryOptions
    let isCancelled: @Sendable () -> Bool
    let now: Int64
    let effort = QueryEffort()
    /// Where EXPLAIN wants to know what is scanned.
    var trace: QueryTrace?

    /// The series by name and tags; SLIMIT and SOFFSET count those of each name.
    func answer(_ select: ResolvedSelect) throws -> [ResultSeries] {
        if isCancelled() { throw QueryError("query interrupted") }
        try effort.spend()
        return CallSelect.isNeeded(select) ? try CallSelect(run: self, select: select).series() : try plain(select)
    }

    /// Rows, or aggregates that fold columns.
    func plain(_ written: ResolvedSelect) throws -> [ResultSeries] {
        let select = try CastSelect.rewritten(written) ?? written
        var result: [ResultSeries] = []
        let parts = try parts(of: select)
        if parts.isEmpty { try checkTypes(select) }
        for (name, parts) in parts {
            if parts.count == 1, case .store(let database, let policy) = parts[0] {
                result += try stored(select, name, database, policy)
                continue
            }
            var tables: [ResultSeries] = []
            for part in parts {
                switch part {
                case .table(let series): tables += series
                case .store(let database, let policy): tables += try table(select, name, database, policy)
                }
            }
            guard let table = try TableScan(select, name, tables) else { continue }
            result += try rows(.table(table), select.statement)
        }
        return result
    }

    /// Refuses a call that does not take the type of its subquery's column: InfluxDB does so without any row as well.
    private func checkTypes(_ select: ResolvedSelect) throws {
        let hasSource = select.sources.contains { source in
            if case .subquery(let inner) = source { !inner.sources.isEmpty } else { false }
        }
        guard hasSource else { return }
        for case .call(let name, let arguments) in select.calls {
            guard case .reference(let field, _)? = arguments.first,
                let function = AggregateCall.Function(rawValue: name),
                let kind = select.schema.kinds[field] ?? (select.schema.tagColumns.contains(field) ? .string : nil),
                !function.accepts(kind)
            else { continue }
            throw Self.refusal(function, kind)
        }
    }

    private static func refusal(_ function: AggregateCall.Function, _ kind: FieldKind) -> QueryError {
        QueryError("unsupported \(function) iterator type: *query.\(kind.name)InterruptIterator")
    }

    // MARK: Sources

    private enum Part {
        case store(String, String?)
        case table([ResultSeries])
    }

    /// What there is of each name: InfluxDB joins all sources of one name, and reads one twice that is named twice.
    private func parts(of select: ResolvedSelect) throws -> [(String, [Part])] {
        var parts: [String: [Part]] = [:]
        for source in select.sources {
            switch source {
            case .measurement(let name, let database, let policy):
                parts[name, default: []].append(.store(database, policy))
            case .subquery(let inner):
                var tables: [String: [ResultSeries]] = [:]
                for series in try answer(inner.inheriting(select)) { tables[series.name, default: []].append(series) }
                for (name, series) in tables { parts[name, default: []].append(.table(series)) }
            }
        }
        return parts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func stored(
        _ select: ResolvedSelect, _ name: String, _ database: String, _ policy: String?
    ) throws -> [ResultSeries] {
        guard let scan = try scan(select, name, database, policy) else { return [] }
        return try rows(.store(scan), select.statement)
    }

    /// What there is to read of a measurement; nil where it can give no row, or nobody wants to see one.
    func scan(
        _ select: ResolvedSelect, _ name: String, _ database: String, _ policy: String?
    ) throws -> SeriesScan? {
        let start = trace == nil ? 0 : engine.now()
        guard let plan = try engine.plan(select, name, database) else { return nil }
        try options.budget?.checkSeries(plan.series.count)
        let snapshot = try engine.store.snapshot(
            database: database, policy: policy, measurements: [name], times: plan.condition.times)
        var scan = SeriesScan(
            store: engine.store, database: database, plan: plan, snapshot: snapshot, isCancelled: isCancelled)
        if let trace {
            let noted = try QueryTrace.Scan(plan, snapshot) { max(0, engine.now() - start) }
            trace.note(noted)
            if trace.isPlanOnly { return nil }
            scan.counter = noted.counter
        }
        return scan
    }

    /// What a question needs of a measurement, as rows to be joined with those of other sources of its name.
    private func table(
        _ select: ResolvedSelect, _ name: String, _ database: String, _ policy: String?
    ) throws -> [ResultSeries] {
        guard let plan = try engine.plan(select, name, database) else { return [] }
        var raw = select
        raw.statement = SelectStatement()
        raw.fields = plan.stored.map { ($0.name, .reference($0.name, type: nil)) }
        raw.groupTags = plan.readTags.union(select.groupTags).sorted()
        raw.window = WindowRule()
        return try stored(raw, name, database, policy).map { series in
            // A tag that a stored series lacks has no value; one of a subquery's groups has the empty one.
            ResultSeries(
                name: series.name, tags: series.tags.filter { !$0.value.isEmpty }, columns: series.columns,
                cells: series.cells)
        }
    }

    // MARK: Rows

    func rows(_ source: PlannedRows, _ select: SelectStatement) throws -> [ResultSeries] {
        try source.plan.calls.isEmpty ? raw(source, select) : aggregated(source, select)
    }

    /// What the groups of an answer take beside their rows, as measured with the text that is made of them; a thousand
    /// are not worth counting.
    private func chargeGroups(_ plan: SelectPlan) throws {
        try options.budget?.charge(max(0, plan.groups.count - 1000) * (700 + 200 * plan.fields.count))
    }

    private func raw(_ source: PlannedRows, _ select: SelectStatement) throws -> [ResultSeries] {
        let plan = source.plan
        try chargeGroups(plan)
        let filter = RowFilter(plan.condition.onRows, stored: plan.stored)
        // Where each row is shown, the newest or oldest rows of each series are all that a page can need.
        let edge: ScanEdge? =
            if let end = select.pageEnd, filter.isEmpty, plan.readsEveryField {
                select.isDescending ? .newest(end) : .oldest(end)
            } else {
                nil
            }
        let options = options
        let rows = try source.folded(
            RawRows(plan: plan, select: select, filter: filter),
            ScanRequest(edge: edge, summary: exclusions(filter), isDescending: select.isDescending),
            add: { rows, slices, place, tag in
                let before = rows.byteCount
                rows.add(slices, place: place, tag: tag)
                try options.budget?.charge(rows.byteCount - before)
            },
            addSummary: { _, _, _ in preconditionFailure("statistics that nobody asked for") },
            merge: { $0.append($1) })
        return plan.groups.indices.compactMap { group in
            rows.columns(group).flatMap { series(plan, select, group, $0) }
        }
    }

    /// The vectors that a filter lets be, nil where it cannot tell.
    private func exclusions(_ filter: RowFilter) -> SummaryRequest? {
        let exclusions = filter.exclusions
        return exclusions.isEmpty ? nil : SummaryRequest(exclusions: exclusions)
    }

    private func aggregated(_ source: PlannedRows, _ select: SelectStatement) throws -> [ResultSeries] {
        let plan = source.plan
        for call in plan.calls {
            guard let kind = call.kind, !call.function.accepts(kind) else { continue }
            throw Self.refusal(call.function, kind)
        }
        let filter = RowFilter(plan.condition.onRows, stored: plan.stored)
        // Functions that need all values hold on to the columns of their rows.
        let keepsRows = plan.calls.contains { !$0.takesStatistics && !$0.takesPlainRows }
        let bytesOfRow = 8 * (plan.stored.count + 1)
        let options = options
        try chargeGroups(plan)
        let empty = WindowFold(plan: plan, filter: filter)
        let fold = try source.folded(
            empty, ScanRequest(summary: empty.summaryRequest ?? exclusions(filter)),
            add: { fold, slices, place, tag in
                fold.add(slices, group: plan.groupOfSeries[place], tag: tag)
                if keepsRows { try options.budget?.charge(slices.reduce(0) { $0 + $1.rows.count } * bytesOfRow) }
            },
            addSummary: { fold, summary, place in fold.add(summary, group: plan.groupOfSeries[place]) },
            merge: { $0.merge($1) })
        let windows = Windows(plan: plan, select: select, now: now)
        return try plan.groups.indices.compactMap { group in
            guard let found = fold.groups[group] else { return nil }
            let columns = try windows.columns(found)
            try options.budget?.charge(max(0, (columns.first?.count ?? 0) - 1000) * columns.count * 16)
            return series(plan, select, group, columns)
        }
    }

    /// The page of a group's rows; nil where there is none.
    private func series(
        _ plan: SelectPlan, _ select: SelectStatement, _ group: Int, _ cells: [ResultColumn]
    ) -> ResultSeries? {
        var series = ResultSeries(
            name: plan.measurement, tags: zip(plan.groupTags, plan.groups[group]).map { (name: $0, value: $1) },
            columns: ["time"] + plan.fields.map(\.name), cells: cells)
        // Without LIMIT the OFFSET of rows lets one row through: InfluxDB counts so, and warns of it in its manual.
        let isLoneOffset = plan.calls.isEmpty && select.limit == 0 && select.offset > 0
        series.page(offset: select.offset, limit: isLoneOffset ? 1 : select.limit)
        return series.rowCount > 0 ? series : nil
    }
}

/// How often the questions of a statement are run: each call of a question may run its subqueries anew.
final class QueryEffort: Sendable {
    /// A question of ten calls within another of ten is run a hundred times; deeper is no question but an attack.
    private static let limit = 1000
    private let spent = Mutex(0)

    func spend() throws {
        let count = spent.withLock { spent -> Int in
            spent += 1
            return spent
        }
        guard count <= Self.limit else {
            throw QueryError("the statement would run its subqueries more than \(Self.limit) times")
        }
    }
}

/// Rows of a plan, wherever they lie.
enum PlannedRows: Sendable {
    case store(SeriesScan)
    case table(TableScan)

    var plan: SelectPlan {
        switch self {
        case .store(let scan): scan.plan
        case .table(let scan): scan.plan
        }
    }

    /// Folds every series into a state, as `SeriesScan.folded` does.
    func folded<State: Sendable>(
        _ empty: State, _ request: ScanRequest,
        add: @escaping @Sendable (inout State, [RowSlice], Int, (String) -> QueryValue) throws -> Void,
        addSummary: @escaping @Sendable (inout State, VectorSummary, Int) -> Void,
        merge: (inout State, State) -> Void
    ) throws -> State {
        switch self {
        case .store(let scan): return try scan.folded(empty, request, add: add, addSummary: addSummary, merge: merge)
        case .table(let scan): return try scan.folded(empty, add: add)
        }
    }
}
