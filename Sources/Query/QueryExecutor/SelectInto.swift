import Catalog
import InfluxQL
import LogicalPlan
import Telemetry
import TimeSeriesStore

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
        for field in select.fields {
            if case .call(let name, let arguments) = field.expression, name == "top" || name == "bottom",
                arguments.count > 2
            {
                throw QueryError("not supported by this version: \(name)() with tags and INTO")
            }
        }
        var source = select
        if source.fill == .null, source.dimensions.contains(where: SelectCheck.isTime) { source.fill = .none }
        var count = 0
        for series in try answer(try resolve(source)) {
            let name = target.isBackReference ? series.name : target.name
            var from = 0
            while from < series.rowCount {
                if isCancelled() { throw QueryError("query interrupted") }
                let end = min(from + Self.rowsPerBatch, series.rowCount)
                var batch = FrameBatch(database: database, policy: target.policy, arrival: now)
                count += Self.append(series, from..<end, as: name, to: &batch)
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

    /// Appends rows as points; a row without any value is none.
    private static func append(
        _ series: ResultSeries, _ rows: Range<Int>, as name: String, to batch: inout FrameBatch
    ) -> Int {
        let tags = series.tags.filter { !$0.value.isEmpty }.map { ($0.name, $0.value) }
        var count = 0
        for row in rows {
            guard case .time(let time) = series.cells[0][row] else { continue }
            var fields: [(String, FieldValue)] = []
            for column in 1..<max(1, series.columns.count) {
                guard let value = fieldValue(series.cells[column][row]) else { continue }
                fields.append((series.columns[column], value))
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
