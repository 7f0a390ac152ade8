import Catalog
import InfluxQL
import LogicalPlan
import Telemetry
import TimeSeriesStore

extension QueryEngine {
    /// Runs a `SELECT INTO … GROUP BY time(…), *` of one measurement over `times`, whatever it says of time itself, for a
    /// coarser copy of the rows; what it writes is marked as derived.
    ///
    /// - Returns: how many points were written.
    /// - Throws: why the text is none, or why the points could not be computed or stored.
    package func rollUp(_ text: String, over times: Range<Int64>, isCancelled: @escaping @Sendable () -> Bool) throws
        -> Int
    {
        guard case .select(let select)? = try Parser.parse(text).first, let target = select.target else {
            throw QueryError("no SELECT INTO: \(text)")
        }
        let run = SelectRun(engine: self, options: QueryOptions(), isCancelled: isCancelled, now: now())
        return try run.rollUp(select.over(times), into: target)
    }
}

/// Writes what a SELECT answers to another measurement.
extension SelectRun {
    /// As many rows as one batch takes: what is refused is refused with its batch.
    private static let rowsPerBatch = 10_000

    /// Runs a SELECT INTO; the answer says how many points were written.
    ///
    /// Tags of GROUP BY stay tags, every column becomes a field, windows without points are left out; InfluxDB does so.
    func write(_ select: SelectStatement, into target: Source) throws -> [ResultSeries] {
        guard let sink = engine.sink else { throw QueryError("not supported by this version: INTO") }
        let database = try engine.resolved(target.database, options)
        if let policy = target.policy, engine.store.database(database)?.policy(policy) == nil {
            throw QueryError("retention policy not found: \(policy)")
        }
        var source = select
        if source.fill == .null, source.dimensions.contains(where: SelectCheck.isTime) { source.fill = .none }
        let asTags = Self.tagColumns(select)
        var count = 0
        for series in try answer(try resolve(source)) {
            let name = target.isBackReference ? series.name : target.name
            var from = 0
            while from < series.rowCount {
                if isCancelled() { throw QueryError("query interrupted") }
                let end = min(from + Self.rowsPerBatch, series.rowCount)
                var batch = FrameBatch(database: database, policy: target.policy, arrival: now)
                count += Self.append(series, from..<end, as: name, asTags: asTags, to: &batch)
                batch.seal()
                if batch.rowCount > 0 { try sink(batch) }
                from = end
            }
        }
        return [
            ResultSeries(
                name: "result", columns: ["time", "written"], rows: [[.time(0), .integer(Int64(count))]])
        ]
    }

    /// Writes the windows of one measurement, grouped by all its tags, some series at a time; the batches are derived.
    ///
    /// - Returns: how many points were written.
    func rollUp(_ select: SelectStatement, into target: Source) throws -> Int {
        guard let sink = engine.sink else { throw QueryError("not supported by this version: INTO") }
        let database = try engine.resolved(target.database, options)
        var source = select
        source.fill = .none
        let resolved = try resolve(source)
        guard case .measurement(let name, let from, let policy)? = resolved.sources.first,
            var scan = try scan(resolved, name, from, policy)
        else { return 0 }
        let plan = scan.plan
        let (first, last) = (plan.condition.times.lowerBound, plan.condition.times.upperBound)
        let windows = max(1, Int((last - first) / max(1, plan.interval)))
        let part = max(1, Self.cellsPerPart / (windows * max(1, plan.fields.count)))
        var count = 0
        for start in stride(from: 0, to: plan.groups.count, by: part) {
            if isCancelled() { throw QueryError("query interrupted") }
            scan.plan = plan.part(groups: start..<min(start + part, plan.groups.count), times: plan.condition.times)
            var batch = FrameBatch(database: database, policy: target.policy, arrival: now, isDerived: true)
            for series in try rows(.store(scan), resolved.statement) {
                count += Self.append(series, 0..<series.rowCount, as: target.name, asTags: [], to: &batch)
            }
            batch.seal()
            if batch.rowCount > 0 { try sink(batch) }
        }
        return count
    }

    /// As many values are computed before they are written.
    private static let cellsPerPart = 500_000

    /// The columns that are tags of the points: those that top() and bottom() name beside their field.
    private static func tagColumns(_ select: SelectStatement) -> Set<String> {
        var names: Set<String> = []
        for field in select.fields {
            guard case .call(let name, let arguments) = field.expression, name == "top" || name == "bottom" else {
                continue
            }
            for case .reference(let tag, _) in arguments.dropFirst() { names.insert(tag) }
        }
        return names
    }

    /// Appends rows as points; a row without any value is none.
    private static func append(
        _ series: ResultSeries, _ rows: Range<Int>, as name: String, asTags: Set<String>, to batch: inout FrameBatch
    ) -> Int {
        let ofGroup = series.tags.filter { !$0.value.isEmpty }.map { ($0.name, $0.value) }
        var count = 0
        for row in rows {
            guard case .time(let time) = series.cells[0][row] else { continue }
            var fields: [(String, FieldValue)] = []
            var tags = ofGroup
            for column in 1..<max(1, series.columns.count) {
                guard let value = fieldValue(series.cells[column][row]) else { continue }
                let name = series.columns[column]
                if asTags.contains(name), case .string(let text) = value {
                    if !text.isEmpty, !tags.contains(where: { $0.0 == name }) { tags.append((name, text)) }
                } else {
                    fields.append((name, value))
                }
            }
            if fields.isEmpty { continue }
            batch.append(measurement: name, tags: tags, fields: fields, timestamp: time)
            count += 1
        }
        return count
    }

    private static func fieldValue(_ value: QueryValue) -> FieldValue? {
        switch value {
        case .null, .list: nil
        case .float(let number): number.isFinite ? .float(number) : nil
        case .integer(let number), .time(let number): .integer(number)
        case .unsigned(let number): .unsigned(number)
        case .boolean(let isTrue): .boolean(isTrue)
        case .string(let text): .string(text)
        }
    }
}
