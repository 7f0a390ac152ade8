import InfluxQL
import SeriesIndex
import Telemetry
import TimeSeriesStore
import WriteAheadLog

/// Statements that take points away.
extension QueryEngine {
    /// Above so many series the answer does not wait until those are forgotten that have no point left.
    private static let promptSeriesCount = 20_000

    /// Carries out a DELETE or DROP of points; the answer comes once it is durable.
    func delete(_ statement: Statement, _ options: QueryOptions) throws {
        switch statement {
        case .delete(let choice):
            let condition = try Condition(choice.condition, now: now())
            let isRanged = condition.hasLowerBound || condition.hasUpperBound || condition.isEmpty
            try delete(choice, condition, isRanged: isRanged, options)
        case .dropSeries(let choice):
            if let written = choice.condition, Condition.names(written).contains("time") {
                throw QueryError("DROP SERIES doesn't support time in WHERE clause")
            }
            try delete(choice, try Condition(choice.condition, now: now()), isRanged: false, options)
        case .dropMeasurement(let name):
            let database = try existing(options)
            try store.delete(.series([.init(measurement: name, keys: nil)]), from: database)
        case .dropShard(let number):
            // As in InfluxDB one that is not there is no error.
            guard let shard = store.shards.first(where: { $0.number == number }) else { return }
            let candidates = try store.series(of: shard)
            try store.delete(.shard(policy: shard.policyNumber, start: shard.start), from: shard.database)
            try forget(candidates, shard.database)
        default: break
        }
    }

    private func existing(_ options: QueryOptions) throws -> String {
        guard store.database(options.database) != nil else {
            throw QueryError("database not found: \(options.database)")
        }
        return options.database
    }

    private func delete(
        _ choice: SeriesChoice, _ condition: Condition, isRanged: Bool, _ options: QueryOptions
    ) throws {
        let database = try existing(options)
        if condition.isEmpty { return }
        let names = try measurements(database, options).filter { name in
            choice.sources.isEmpty || choice.sources.contains { Self.matches(name, $0) }
        }
        let shard = store.shards.first { $0.database == database }?.number ?? 1
        var targets: [Deletion.Target] = []
        var candidates: [String: [UInt32]] = [:]
        do {
            let index = try store.index(of: database)
            for name in names {
                guard let found = try Self.admitted(condition, name, index, shard: shard), !found.series.isEmpty else {
                    continue
                }
                targets.append(.init(measurement: name, keys: found.keys))
                candidates[name] = found.series
            }
        }
        if targets.isEmpty { return }
        if !isRanged { return try store.delete(.series(targets), from: database) }
        try store.delete(.rows(condition.times, targets), from: database)
        try forget(candidates, database)
    }

    /// The series of a measurement that a deletion means, and their keys where it does not mean all.
    private static func admitted(
        _ condition: Condition, _ name: String, _ index: SeriesIndex, shard: UInt64
    ) throws -> (series: [UInt32], keys: [[UInt8]]?)? {
        guard let measurement = index.measurement(name) else { return nil }
        if condition.conjuncts.isEmpty { return (index.series(of: measurement), nil) }
        let mentioned = condition.conjuncts.flatMap(Condition.names)
        guard !mentioned.contains(where: { measurement.fields[$0] != nil }) else {
            throw QueryError("shard \(shard): fields not supported in WHERE clause during deletion")
        }
        let conjuncts = try condition.conjuncts.map { try CatalogCondition.onTags($0, measurement: name) }
        let series = SeriesSelection(index: index, measurement: measurement).admitted(conjuncts)
        return (series, series.map { Array(index.key($0)) })
    }

    /// Forgets those of some series that have no point left.
    private func forget(_ candidates: [String: [UInt32]], _ database: String) throws {
        if candidates.values.reduce(0, { $0 + $1.count }) <= Self.promptSeriesCount {
            return try store.forgetEmpty(candidates, of: database)
        }
        store.forgetEmptyLater(candidates, of: database)
    }
}
