import AccessControl
import Catalog
import InfluxQL
import LogicalPlan
import SeriesIndex
import Telemetry
import TimeSeriesStore

extension QueryEngine {
    func run(_ statement: Statement, _ options: QueryOptions, _ isCancelled: @escaping @Sendable () -> Bool) throws
        -> [ResultSeries]
    {
        switch statement {
        case .select(let select): return try run(select, options, isCancelled)
        case .explain(let select, let isAnalysis):
            return try explain(select, isAnalysis: isAnalysis, options, isCancelled)
        case .showDatabases:
            let seen = store.databases.filter { users?.maySee($0.name, options.caller) ?? true }
            return [list("databases", ["name"], seen.map { [$0.name] })]
        case .showMeasurements(let show, let with):
            let database = show.database ?? options.database
            // Unlike its sisters this statement finds nothing in a database that is not there.
            if !database.isEmpty, store.database(database) == nil { return [] }
            var names = try measurements(database, options).filter { with == nil || Self.matches($0, with) }
            if let condition = show.condition {
                guard !Condition.names(condition).contains("time") else {
                    throw QueryError("SHOW MEASUREMENTS doesn't support time in WHERE clause")
                }
                let admitted = try measurements(database, names, where: condition)
                names = names.filter(admitted.contains)
            }
            return page([list("measurements", ["name"], names.map { [$0] })], show).filter { $0.rowCount > 0 }
        case .showTagKeys(let show):
            return page(
                try each(show, options) { list($0.name, ["tagKey"], $0.tagKeys.map { [$0] }) }, show)
        case .showFieldKeys(let show):
            return page(
                try each(show, options) { found in
                    list(found.name, ["fieldKey", "fieldType"], found.fields.map { [$0.name, $0.kind.name] })
                }, show)
        case .showCardinality(let cardinality): return try count(cardinality, options)
        case .showTagValues(let show, let keys):
            return page(
                try each(show, options) { found in
                    let keys = found.tagKeys.filter { Self.matches($0, keys) }
                    let rows = keys.flatMap { key in found.values(of: key).map { [key, $0] } }
                    return list(found.name, ["key", "value"], rows)
                }, show)
        case .showSeries(let show):
            let keys = try each(show, options) { list("", ["key"], $0.seriesKeys.map { [$0] }) }.flatMap(\.rows)
            let sorted = keys.flatMap { $0 }.compactMap { if case .string(let key) = $0 { key } else { nil } }.sorted()
            return page([list("", ["key"], sorted.map { [$0] })], show).filter { $0.rowCount > 0 }
        case .showPolicies(let database): return try policies(database ?? options.database)
        case .createDatabase, .dropDatabase, .createPolicy, .alterPolicy, .dropPolicy:
            try change(statement)
            return []
        case .delete, .dropSeries, .dropMeasurement, .dropShard:
            try delete(statement, options)
            return []
        default: return try administer(statement, options)
        }
    }

    private func change(_ statement: Statement) throws {
        switch statement {
        case .createDatabase(let name, let policy):
            let named = policy.map {
                (name: $0.name ?? "autogen", duration: $0.duration ?? 0, shardDuration: $0.shardDuration)
            }
            try store.createDatabase(name, policy: named)
        case .dropDatabase(let name):
            try store.dropDatabase(name)
            // Whoever makes a database of this name again decides anew who may see it.
            try users?.forget(database: name)
        case .createPolicy(let name, let database, let policy):
            try store.createPolicy(
                name, on: database, duration: policy.duration ?? 0, shardDuration: policy.shardDuration,
                replication: policy.replication ?? 1, isDefault: policy.isDefault)
        case .alterPolicy(let name, let database, let policy):
            try store.alterPolicy(
                name, on: database, duration: policy.duration, shardDuration: policy.shardDuration,
                replication: policy.replication, isDefault: policy.isDefault)
        case .dropPolicy(let name, let database):
            // InfluxDB drops from a database that is not there without a word.
            if store.database(database) != nil { try store.dropPolicy(name, on: database) }
        default: break
        }
    }

    /// The name of a database that is there.
    func resolved(_ database: String?, _ options: QueryOptions) throws -> String {
        let name = database ?? options.database
        if name.isEmpty { throw QueryError("database name required") }
        guard store.database(name) != nil else { throw QueryError("database not found: \(name)") }
        return name
    }

    func measurements(_ database: String?, _ options: QueryOptions) throws -> [String] {
        try store.withIndex(of: try resolved(database, options)) {
            $0.measurements.filter { $0.seriesCount > 0 }.map(\.name).sorted()
        }
    }

    static func matches(_ name: String, _ source: Source?) -> Bool {
        guard let source else { return true }
        return source.pattern.map { $0.matches(name) } ?? (source.name == name)
    }

    private func policies(_ name: String) throws -> [ResultSeries] {
        if name.isEmpty { throw QueryError("database name required") }
        guard let entry = store.database(name) else { throw QueryError("database not found: \(name)") }
        let rows = entry.policies.map { policy -> [QueryValue] in
            [
                .string(policy.name), .string(goDuration(policy.duration)),
                .string(goDuration(policy.shardDuration)), .integer(Int64(policy.replication)),
                .boolean(policy.name == entry.defaultPolicy),
            ]
        }
        return [
            ResultSeries(
                name: "", columns: ["name", "duration", "shardGroupDuration", "replicaN", "default"], rows: rows)
        ]
    }

    func list(_ name: String, _ columns: [String], _ rows: [[String]]) -> ResultSeries {
        ResultSeries(name: name, columns: columns, rows: rows.map { $0.map { .string($0) } })
    }

    func page(_ series: [ResultSeries], _ show: ShowOptions) -> [ResultSeries] {
        series.map { series in
            var part = series
            part.page(offset: show.offset, limit: show.limit)
            return part
        }.filter { $0.rowCount > 0 }
    }
}
