import Catalog
import LineProtocol
import Segments
import SeriesIndex
import Telemetry
import TimeSeriesStore

/// Writes the rows of an open store as line protocol, series by series.
struct StoreExport {
    let store: TimeSeriesStore
    let database: String?
    let measurement: String?
    let times: ClosedRange<Int64>

    /// Hands all lines to `output`, in pieces, and returns how many rows they are.
    func write(_ output: ([UInt8]) throws -> Void) throws -> Int {
        let databases = store.databases.filter { $0.name == database ?? $0.name }
        if let database, databases.isEmpty { throw CatalogError("database not found: \(database)") }
        try output(Array("# DDL\n".utf8))
        for entry in databases {
            let keeper = entry.policy(nil)
            try output(Array("CREATE DATABASE \(Self.quoted(entry.name))\(Self.clause(keeper))\n".utf8))
            for policy in entry.policies where policy.name != entry.defaultPolicy {
                let duration = policy.duration == 0 ? "INF" : "\(policy.duration)ns"
                let text =
                    "CREATE RETENTION POLICY \(Self.quoted(policy.name)) ON \(Self.quoted(entry.name)) DURATION "
                    + "\(duration) REPLICATION 1 SHARD DURATION \(policy.shardDuration)ns\n"
                try output(Array(text.utf8))
            }
        }
        try output(Array("# DML\n".utf8))
        var count = 0
        for entry in databases {
            try output(Array("# CONTEXT-DATABASE:\(entry.name)\n".utf8))
            for policy in entry.policies {
                try output(Array("# CONTEXT-RETENTION-POLICY:\(policy.name)\n".utf8))
                count += try write(entry.name, policy.name, output)
            }
        }
        return count
    }

    private static func clause(_ policy: RetentionPolicy?) -> String {
        guard let policy else { return "" }
        let duration = policy.duration == 0 ? "INF" : "\(policy.duration)ns"
        return " WITH DURATION \(duration) REPLICATION 1 SHARD DURATION \(policy.shardDuration)ns NAME "
            + quoted(policy.name)
    }

    private static func quoted(_ name: String) -> String {
        var text = "\""
        for character in name {
            if character == "\"" || character == "\\" { text.append("\\") }
            text.append(character)
        }
        return text + "\""
    }

    private func write(_ database: String, _ policy: String, _ output: ([UInt8]) throws -> Void) throws -> Int {
        let measurements = try store.withIndex(of: database) { index in
            index.measurements.filter { $0.seriesCount > 0 && $0.name == measurement ?? $0.name }
        }
        var count = 0
        for measurement in measurements {
            let fields = measurement.fields.map { (name: $0.key, kind: $0.value) }.sorted { $0.name < $1.name }
            let snapshot = try store.snapshot(
                database: database, policy: policy, measurements: [measurement.name], times: times)
            let series = try store.withIndex(of: database) { $0.series(of: measurement.name) }
            let steps = try snapshot.steps(measurement: measurement.name, series: series, times: times)
            for step in steps {
                var lines: [UInt8] = []
                let tags = try store.withIndex(of: database) { index in step.series.map { index.tags($0) } }
                try snapshot.scan(
                    measurement: measurement.name, series: step.series, times: step.times, fields: fields
                ) { place, slices, _ in
                    for slice in slices {
                        var batch = FrameBatch(database: database, arrival: 0)
                        for row in slice.rows {
                            let values = slice.columns.compactMap { column in
                                column.flatMap { column in column[row].map { (column.name, $0) } }
                            }
                            if values.isEmpty { continue }
                            batch.append(
                                measurement: measurement.name, tags: tags[place - step.series.startIndex],
                                fields: values, timestamp: slice.times[row])
                            count += 1
                        }
                        batch.seal()
                        lines += LineProtocolWriter.encode(batch)
                    }
                }
                if !lines.isEmpty { try output(lines) }
            }
        }
        return count
    }
}
