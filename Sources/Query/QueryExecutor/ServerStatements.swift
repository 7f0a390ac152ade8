import Catalog
import Foundation
import InfluxQL
import LogicalPlan
import SeriesIndex
import Telemetry
import TimeSeriesStore

/// Statements about the server itself.
extension QueryEngine {
    /// Carries one out, or says that this version does not.
    func administer(_ statement: Statement, _ options: QueryOptions) throws -> [ResultSeries] {
        switch statement {
        case .showQueries: return showQueries()
        case .killQuery(let number, _):
            try queries.kill(number)
            return []
        case .showShards: return showShards()
        case .showShardGroups: return showShardGroups()
        case .showStatistics(let module): return statistics().filter { module == nil || $0.name == module }
        case .showDiagnostics(let module): return diagnostics().filter { module == nil || $0.name == module }
        case .showContinuousQueries: return showContinuousQueries()
        case .createContinuousQuery(let query): try create(query, options)
        case .dropContinuousQuery(let name, let database): try store.dropContinuousQuery(name, on: database)
        case .showSubscriptions: return showSubscriptions()
        case .createSubscription(let subscription):
            try store.createSubscription(
                subscription.name, on: subscription.database, policy: subscription.policy,
                isToAll: subscription.isToAll, destinations: subscription.destinations)
        case .dropSubscription(let subscription):
            try store.dropSubscription(
                subscription.name, on: subscription.database, policy: subscription.policy)
        case .showUsers, .showGrants, .createUser, .dropUser, .setPassword, .grant, .revoke:
            return try manageUsers(statement)
        default: throw QueryError("not supported by this version: \(statement.verb)")
        }
        return []
    }

    // MARK: Shards

    private static func times(_ shard: ShardEntry) -> [QueryValue] {
        let (expiry, overflow) = shard.end.addingReportingOverflow(shard.duration)
        return [shard.start, shard.end, overflow ? .max : expiry].map { .string(Timestamp.format($0)) }
    }

    private func showShards() -> [ResultSeries] {
        let columns = [
            "id", "database", "retention_policy", "shard_group", "start_time", "end_time", "expiry_time", "owners",
        ]
        let shards = store.shards
        return store.databases.map { database in
            let rows = shards.filter { $0.database == database.name }.map { shard -> [QueryValue] in
                let number = QueryValue.integer(Int64(shard.number))
                return [number, .string(shard.database), .string(shard.policy), number] + Self.times(shard) + [
                    .string("")
                ]
            }
            return ResultSeries(name: database.name, columns: columns, rows: rows)
        }
    }

    private func showShardGroups() -> [ResultSeries] {
        let rows = store.shards.map { shard -> [QueryValue] in
            [.integer(Int64(shard.number)), .string(shard.database), .string(shard.policy)] + Self.times(shard)
        }
        return [
            ResultSeries(
                name: "shard groups",
                columns: ["id", "database", "retention_policy", "start_time", "end_time", "expiry_time"], rows: rows)
        ]
    }

    // MARK: Counters

    private static func counts(
        _ name: String, tags: [(name: String, value: String)] = [], _ counts: [(String, Int)]
    ) -> ResultSeries {
        ResultSeries(
            name: name, tags: tags, columns: counts.map(\.0), rows: [counts.map { .integer(Int64($0.1)) }])
    }

    private func statistics() -> [ResultSeries] {
        let run = queries.counters
        let stored = store.counters
        let refused = stored.rowsTypeConflict + stored.rowsBeyondRetention
        let databases = store.databases.compactMap { database -> ResultSeries? in
            // A database that is dropped meanwhile has none.
            let found = try? store.withIndex(of: database.name) { index in
                (index.measurements.filter { $0.seriesCount > 0 }.count, index.seriesCount)
            }
            return found.map {
                Self.counts(
                    "database", tags: [("database", database.name)], [("numMeasurements", $0.0), ("numSeries", $0.1)])
            }
        }
        return [
            Self.counts(
                "queryExecutor",
                [
                    ("queriesActive", run.started - run.finished), ("queriesExecuted", run.started),
                    ("queriesFinished", run.finished), ("queryDurationNs", Int(run.duration)), ("recoveredPanics", 0),
                ]),
            Self.counts(
                "write",
                [
                    ("pointReq", stored.rowsWritten + refused), ("writeDrop", refused),
                    ("writeError", stored.batchesFailed + stored.batchesShed), ("writeOk", stored.commits),
                ]),
        ] + databases + [
            Self.counts(
                "store",
                [
                    ("compactions", stored.compactions), ("deletions", stored.deletions), ("flushes", stored.flushes),
                    ("logBytes", Int(clamping: stored.logByteCount)),
                    ("maintenanceFailures", stored.maintenanceFailures), ("memoryBytes", stored.memoryByteCount),
                    ("numSeries", stored.seriesCount), ("quarantinedSegments", stored.quarantinedSegmentCount),
                    ("segmentBytes", stored.segmentByteCount), ("segments", stored.segmentCount),
                    ("shardsExpired", stored.shardsExpired),
                ])
        ]
    }

    private func diagnostics() -> [ResultSeries] {
        let time = now()
        let process = ProcessInfo.processInfo
        return [
            list("network", ["hostname"], [[process.hostName]]),
            ResultSeries(
                name: "runtime", columns: ["cores", "system"],
                rows: [[.integer(Int64(process.activeProcessorCount)), .string(process.operatingSystemVersionString)]]),
            ResultSeries(
                name: "store", columns: ["segment"], rows: store.quarantine.map { [.string("quarantined: " + $0)] }),
            ResultSeries(
                name: "system", columns: ["PID", "currentTime", "started", "uptime"],
                rows: [
                    [
                        .integer(Int64(process.processIdentifier)), .string(Timestamp.format(time)),
                        .string(Timestamp.format(started)), .string(goDuration(time - started)),
                    ]
                ]),
        ]
    }
}
