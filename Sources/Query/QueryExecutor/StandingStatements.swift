import Telemetry
import Catalog
import InfluxQL
import LogicalPlan
import TimeSeriesStore

/// Statements about what stands in a database and works by itself: continuous queries and subscriptions.
extension QueryEngine {
    /// Makes a continuous query; each of its names is kept with database and policy.
    func create(_ written: ContinuousQuery, _ options: QueryOptions) throws {
        var query = written
        var place = options
        if place.database.isEmpty { place.database = query.database }
        query.select = located(query.select, place)
        let names = names(query.select)
        for name in names.compactMap(\.database) where store.database(name) == nil {
            throw QueryError("database not found: \(name)")
        }
        for case (let database?, let policy?) in names.map({ ($0.database, $0.policy) })
        where store.database(database)?.policy(policy) == nil {
            throw QueryError("retention policy not found: \(database).\(policy)")
        }
        try store.createContinuousQuery(query.name, on: query.database, text: "\(query)")
    }

    func showContinuousQueries() -> [ResultSeries] {
        // The database that the engine makes for itself is shown where it has some.
        let shown = store.databases.filter {
            $0.name != CanonicalNames.telemetryDatabase || !$0.continuousQueries.isEmpty
        }
        return shown.map { database in
            list(database.name, ["name", "query"], database.continuousQueries.map { [$0.name, $0.text] })
        }
    }

    func showSubscriptions() -> [ResultSeries] {
        store.databases.filter { !$0.subscriptions.isEmpty }.map { database in
            // By policy, in the order of their making.
            let rows = database.policies.flatMap { policy in
                database.subscriptions.filter { $0.policy == policy.number }.map { subscription -> [QueryValue] in
                    [
                        .string(policy.name), .string(subscription.name),
                        .string(subscription.isToAll ? "ALL" : "ANY"), .list(subscription.destinations),
                    ]
                }
            }
            return ResultSeries(
                name: database.name, columns: ["retention_policy", "name", "mode", "destinations"], rows: rows)
        }
    }

    /// The target and the measurements of a question and of its subqueries.
    func names(_ select: SelectStatement) -> [Source] {
        [select.target].compactMap { $0 } + select.sources.flatMap { $0.subquery.first.map(names) ?? [$0] }
    }
}
