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
        case .showDatabases:
            return [list("databases", ["name"], store.databases.map { [$0.name] })]
        case .showMeasurements(let show, let with):
            let database = show.database ?? options.database
            // Unlike its sisters this statement finds nothing in a database that is not there.
            if !database.isEmpty, store.database(database) == nil { return [] }
            let names = try measurements(database, options).filter { with == nil || Self.matches($0, with) }
            return page([list("measurements", ["name"], names.map { [$0] })], show).filter { $0.rowCount > 0 }
        case .showTagKeys(let show):
            return try each(show, options) { list($0.name, ["tagKey"], $0.tagKeys.sorted().map { [$0] }) }
        case .showFieldKeys(let show):
            return try each(show, options) { measurement in
                let fields = measurement.fields.sorted { $0.key < $1.key }
                return list(measurement.name, ["fieldKey", "fieldType"], fields.map { [$0.key, $0.value.name] })
            }
        case .showTagValues(let show, let keys): return try tagValues(show, keys, options)
        case .showSeries(let show): return try series(show, options)
        case .showPolicies(let database): return try policies(database ?? options.database)
        case .createDatabase, .dropDatabase, .createPolicy, .alterPolicy, .dropPolicy:
            if options.isReadOnly { throw QueryError("this statement changes the catalog: send it by POST") }
            try change(statement)
            return []
        case .unsupported(let words): throw QueryError("not supported by this version: \(words)")
        }
    }

    private func change(_ statement: Statement) throws {
        switch statement {
        case .createDatabase(let name, let policy):
            let named = policy.map {
                (name: $0.name ?? "autogen", duration: $0.duration ?? 0, shardDuration: $0.shardDuration)
            }
            try store.createDatabase(name, policy: named)
        case .dropDatabase(let name): try store.dropDatabase(name)
        case .createPolicy(let name, let database, let policy):
            try store.createPolicy(
                name, on: database, duration: policy.duration ?? 0, shardDuration: policy.shardDuration,
                replication: policy.replication ?? 1, isDefault: policy.isDefault)
        case .alterPolicy(let name, let database, let policy):
            try store.alterPolicy(
                name, on: database, duration: policy.duration, shardDuration: policy.shardDuration,
                replication: policy.replication, isDefault: policy.isDefault)
        case .dropPolicy(let name, let database): try store.dropPolicy(name, on: database)
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
            $0.measurements.filter { !$0.series.isEmpty }.map(\.name).sorted()
        }
    }

    static func matches(_ name: String, _ source: Source?) -> Bool {
        guard let source else { return true }
        return source.pattern.map { $0.matches(name) } ?? (source.name == name)
    }

    private func each(
        _ show: ShowOptions, _ options: QueryOptions, _ body: (SeriesIndex.Measurement) -> ResultSeries
    ) throws -> [ResultSeries] {
        if show.condition != nil { throw QueryError("not supported by this version: WHERE in this SHOW") }
        let database = try resolved(show.database, options)
        let names = try measurements(show.database, options).filter { name in
            show.sources.isEmpty || show.sources.contains { Self.matches(name, $0) }
        }
        let found = try names.compactMap { name in try store.withIndex(of: database) { $0.measurement(name) } }
        return page(found.map(body).filter { $0.rowCount > 0 }, show)
    }

    private func tagValues(_ show: ShowOptions, _ keys: KeySelection, _ options: QueryOptions) throws -> [ResultSeries]
    {
        let database = try resolved(show.database, options)
        return try each(show, options) { measurement in
            let names = measurement.tagKeys.sorted().filter { name in
                switch keys {
                case .names(let names): names.contains(name)
                case .notName(let other): name != other
                case .pattern(let pattern): pattern.matches(name)
                case .notPattern(let pattern): !pattern.matches(name)
                }
            }
            let rows = names.flatMap { name in
                let values = try? store.withIndex(of: database) {
                    $0.postings(measurement.name, tag: name).map(\.value)
                }
                return (values ?? []).sorted().map { [name, $0] }
            }
            return list(measurement.name, ["key", "value"], rows)
        }
    }

    private func series(_ show: ShowOptions, _ options: QueryOptions) throws -> [ResultSeries] {
        if show.condition != nil { throw QueryError("not supported by this version: WHERE in this SHOW") }
        let keys = try store.withIndex(of: try resolved(show.database, options)) { index in
            index.measurements.filter { entry in
                show.sources.isEmpty || show.sources.contains { Self.matches(entry.name, $0) }
            }.flatMap { entry in entry.series.map { String(decoding: index.key($0), as: UTF8.self) } }
        }
        return page([list("", ["key"], keys.sorted().map { [$0] })], show).filter { $0.rowCount > 0 }
    }

    private func policies(_ name: String) throws -> [ResultSeries] {
        if name.isEmpty { throw QueryError("database name required") }
        guard let entry = store.database(name) else { throw QueryError("database not found: \(name)") }
        let rows = entry.policies.map { policy -> [QueryValue] in
            [
                .string(policy.name), .string(Self.goDuration(policy.duration)),
                .string(Self.goDuration(policy.shardDuration)), .integer(Int64(policy.replication)),
                .boolean(policy.name == entry.defaultPolicy),
            ]
        }
        return [
            ResultSeries(
                name: "", columns: ["name", "duration", "shardGroupDuration", "replicaN", "default"], rows: rows)
        ]
    }

    /// A duration as Go prints it: `168h0m0s`.
    private static func goDuration(_ nanoseconds: Int64) -> String {
        if nanoseconds == 0 { return "0s" }
        let seconds = nanoseconds / 1_000_000_000
        return "\(seconds / 3600)h\(seconds / 60 % 60)m\(seconds % 60)s"
    }

    private func list(_ name: String, _ columns: [String], _ rows: [[String]]) -> ResultSeries {
        ResultSeries(name: name, columns: columns, rows: rows.map { $0.map { .string($0) } })
    }

    private func page(_ series: [ResultSeries], _ show: ShowOptions) -> [ResultSeries] {
        series.map { series in
            var part = series
            part.page(offset: show.offset, limit: show.limit)
            return part
        }
    }
}
