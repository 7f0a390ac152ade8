import Catalog
import Dispatch
import Foundation
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
        try SelectCheck.check(select)
        if select.target != nil { throw QueryError("not supported by this version: INTO") }
        if select.timeZone != nil { throw QueryError("not supported by this version: tz()") }
        if select.sources.contains(where: \.isSubquery) {
            throw QueryError("not supported by this version: subqueries")
        }
        var result: [ResultSeries] = []
        for source in select.sources {
            let database = try resolved(source.database, options)
            let policy = source.policy ?? (source.database == nil ? options.policy : nil)
            if let policy, store.database(database)?.policy(policy) == nil {
                throw QueryError("retention policy not found: \(policy)")
            }
            let names = try measurements(database, options).filter { Self.matches($0, source) }
            for name in names {
                guard let plan = try plan(select, name, database) else { continue }
                let snapshot = try store.snapshot(
                    database: database, policy: policy, measurements: [name], times: plan.condition.times)
                let scan = SeriesScan(
                    store: store, database: database, plan: plan, snapshot: snapshot, isCancelled: isCancelled)
                result += try plan.calls.isEmpty ? raw(scan, select) : aggregated(scan, select)
            }
        }
        let paged = result.dropFirst(select.seriesOffset)
        let page = select.seriesLimit > 0 ? paged.prefix(select.seriesLimit) : paged
        // InfluxDB turns the order of the series with that of the rows, after SLIMIT has chosen.
        return select.isDescending ? page.reversed() : Array(page)
    }

    private func raw(_ scan: SeriesScan, _ select: SelectStatement) throws -> [ResultSeries] {
        let plan = scan.plan
        let filter = RowFilter(plan.condition.onRows, stored: plan.stored)
        // Where each row is shown, the newest or oldest rows of each series are all that a page can need.
        let edge: ScanEdge? =
            if let end = select.pageEnd, filter.isEmpty, plan.readsEveryField {
                select.isDescending ? .newest(end) : .oldest(end)
            } else {
                nil
            }
        let rows = try scan.folded(
            RawRows(plan: plan, select: select, filter: filter), edge: edge,
            add: { rows, slices, group, tag in rows.add(slices, group: group, tag: tag) },
            merge: { $0.append($1) })
        return plan.groups.indices.compactMap { group in
            rows.columns(group).flatMap { series(plan, select, group, $0) }
        }
    }

    private func aggregated(_ scan: SeriesScan, _ select: SelectStatement) throws -> [ResultSeries] {
        let plan = scan.plan
        for call in plan.calls {
            guard let kind = call.kind, !call.function.accepts(kind) else { continue }
            throw QueryError("unsupported \(call.function) iterator type: *query.\(kind.name)InterruptIterator")
        }
        let filter = RowFilter(plan.condition.onRows, stored: plan.stored)
        let fold = try scan.folded(
            WindowFold(plan: plan, filter: filter), edge: nil,
            add: { fold, slices, group, tag in fold.add(slices, group: group, tag: tag) },
            merge: { $0.merge($1) })
        let windows = Windows(plan: plan, select: select, now: now())
        return try plan.groups.indices.compactMap { group in
            guard let found = fold.groups[group] else { return nil }
            let rows = try windows.rows(found)
            let cells = (0...plan.fields.count).map { column in ResultColumn.values(rows.map { $0[column] }) }
            return series(plan, select, group, cells)
        }
    }

    /// The page of a group's rows; nil where there is none.
    private func series(
        _ plan: SelectPlan, _ select: SelectStatement, _ group: Int, _ cells: [ResultColumn]
    ) -> ResultSeries? {
        var series = ResultSeries(
            name: plan.measurement, tags: zip(plan.groupTags, plan.groups[group]).map { (name: $0, value: $1) },
            columns: ["time"] + plan.fields.map(\.name), cells: cells)
        series.page(offset: select.offset, limit: select.limit)
        return series.rowCount > 0 ? series : nil
    }
}

/// Reads the series of a plan out of a snapshot, on every core where there is much to read.
struct SeriesScan: Sendable {
    let store: TimeSeriesStore
    let database: String
    let plan: SelectPlan
    let snapshot: StoreSnapshot
    let isCancelled: @Sendable () -> Bool

    /// Folds every series into a state; each core folds a stretch of the series into a state of its own.
    ///
    /// - Parameters:
    ///   - empty: a state that has seen nothing.
    ///   - edge: the rows of each series that will do.
    ///   - add: takes the rows of one series, its group, and what its tags are.
    ///   - merge: takes the state of the series behind.
    func folded<State: Sendable>(
        _ empty: State, edge: ScanEdge?,
        add: @Sendable (inout State, [RowSlice], Int, (String) -> QueryValue) throws -> Void,
        merge: (inout State, State) -> Void
    ) throws -> State {
        let steps = try snapshot.steps(
            measurement: plan.measurement, series: plan.series, times: plan.condition.times)
        let cores = max(1, min(steps.count, ProcessInfo.processInfo.activeProcessorCount))
        if cores == 1 { return try fold(steps[...], empty, edge, add) }
        let states = Mutex([Result<State, any Error>?](repeating: nil, count: cores))
        DispatchQueue.concurrentPerform(iterations: cores) { core in
            let part = steps[(steps.count * core / cores)..<(steps.count * (core + 1) / cores)]
            let result = Result { try fold(part, empty, edge, add) }
            states.withLock { $0[core] = result }
        }
        let results = try states.withLock { try $0.compactMap { try $0?.get() } }
        var state = results[0]
        for other in results.dropFirst() { merge(&state, other) }
        return state
    }

    private func fold<State>(
        _ steps: ArraySlice<ArraySlice<UInt32>>, _ empty: State, _ edge: ScanEdge?,
        _ add: (inout State, [RowSlice], Int, (String) -> QueryValue) throws -> Void
    ) throws -> State {
        var state = empty
        let wantsTags = !plan.readTags.isEmpty
        for step in steps {
            if isCancelled() { throw QueryError("query interrupted") }
            let keys = wantsTags ? try tags(of: step) : []
            try snapshot.scan(
                measurement: plan.measurement, series: step, times: plan.condition.times, fields: plan.stored,
                edge: edge
            ) { place, slices in
                try add(&state, slices, plan.groupOfSeries[place]) { name in
                    let tag = wantsTags ? keys[place - step.startIndex].first { $0.0 == name } : nil
                    return tag.map { .string($0.1) } ?? .null
                }
            }
        }
        return state
    }

    private func tags(of step: ArraySlice<UInt32>) throws -> [[(String, String)]] {
        try store.withIndex(of: database) { index in step.map { index.tags($0) } }
    }
}
