import Bytes
package import Catalog
import Codecs
package import Segments
import Telemetry
package import WriteAheadLog

extension Description {
    /// What a manifest names.
    package init(_ manifest: Manifest) {
        self = .object([
            ("flushed_position", .count(manifest.flushedPosition)), ("next_database", .count(manifest.nextDatabase)),
            ("next_policy", .count(manifest.nextPolicy)), ("next_segment", .count(manifest.nextSegment)),
            ("next_shard", .count(manifest.nextShard)),
            ("databases", .array(manifest.databases.map { Description($0) })),
        ])
    }

    private init(_ database: DatabaseEntry) {
        let policies = database.policies.map { policy in
            Description.object([
                ("number", .count(policy.number)), ("name", .text(policy.name)),
                ("duration_ns", .integer(policy.duration)), ("shard_duration_ns", .integer(policy.shardDuration)),
            ])
        }
        let segments = database.segments.map { segment in
            Description.object([
                ("number", .count(segment.number)), ("policy", .count(segment.policy)),
                ("shard_start", .integer(segment.shardStart)), ("shard_end", .integer(segment.shardEnd)),
                ("level", .count(segment.level)), ("rows", .count(segment.rowCount)),
                ("bytes", .count(segment.byteCount)), ("first_time", .integer(segment.minimumTime)),
                ("last_time", .integer(segment.maximumTime)),
            ])
        }
        let tombstones = database.tombstones.map { tombstone in
            Description.object([
                ("before_segment", .count(tombstone.limit)), ("measurement", .text(tombstone.deletion.measurement)),
                ("from", .integer(tombstone.deletion.times.lowerBound)),
                ("to", .integer(tombstone.deletion.times.upperBound)),
                ("series", tombstone.deletion.series.map { .count($0.count) } ?? .text("all")),
            ])
        }
        self = .object([
            ("number", .count(database.number)), ("name", .text(database.name)),
            ("default_policy", .text(database.defaultPolicy)), ("index_bytes", .count(database.indexByteCount)),
            ("policies", .array(policies)), ("segments", .array(segments)), ("tombstones", .array(tombstones)),
            ("continuous_queries", .array(database.continuousQueries.map { .text($0.text) })),
        ])
    }

    /// The row groups of a segment, each with its columns.
    package init(_ groups: [RowGroup]) {
        self = .array(groups.map { Description($0) })
    }

    private init(_ group: RowGroup) {
        let columns = group.columns.map { column in
            var parts: [(String, Description)] = [
                ("name", .text(column.name.isEmpty ? "time" : column.name)), ("type", .text("\(column.kind)")),
                ("offset", .count(column.offset)), ("bytes", .count(column.lengths.reduce(0, +))),
                ("blocks", .count(column.lengths.count)),
            ]
            if !column.name.isEmpty {
                parts.append(("present", .count(column.total.presentCount)))
                switch column.kind {
                case .float:
                    parts.append(("minimum", .number(Double(bitPattern: column.total.minimum))))
                    parts.append(("maximum", .number(Double(bitPattern: column.total.maximum))))
                case .integer:
                    parts.append(("minimum", .integer(Int64(bitPattern: column.total.minimum))))
                    parts.append(("maximum", .integer(Int64(bitPattern: column.total.maximum))))
                default: break
                }
            }
            return Description.object(parts)
        }
        self = .object([
            ("measurement", .text(group.measurement)), ("series", .count(group.series.count)),
            ("rows", .count(group.rowCount)), ("first_time", .integer(group.times?.lowerBound ?? 0)),
            ("last_time", .integer(group.times?.upperBound ?? 0)), ("columns", .array(columns)),
        ])
    }

    /// The records of a file of the log.
    package init(_ log: LogFileScan) {
        self = .object([
            ("records", .array(log.frames.map { Description($0) })), ("end_position", .count(log.end)),
            ("torn_bytes", .count(log.tornByteCount)), ("problem", .text(log.problem ?? "none")),
        ])
    }

    private init(_ frame: LogFileScan.Frame) {
        var parts: [(String, Description)] = [
            ("position", .count(frame.position)), ("offset", .count(frame.offset)),
            ("stored_bytes", .count(frame.storedByteCount)), ("bytes", .count(frame.byteCount)),
        ]
        switch frame.record {
        case .batch(let database, let policy, let batch):
            parts += [
                ("kind", .text("batch")), ("database", .count(database)), ("policy", .count(policy)),
                ("rows", .count(batch.rowCount)),
                ("measurements", .text(batch.tables.map(\.measurement).joined(separator: ","))),
            ]
        case .tick(let arrival): parts += [("kind", .text("tick")), ("arrival", .integer(arrival))]
        case .topology(let arrival, _): parts += [("kind", .text("topology")), ("arrival", .integer(arrival))]
        case .deletion(let database, let deletion):
            parts += [("kind", .text("deletion")), ("database", .count(database))]
            switch deletion {
            case .rows(let times, let targets):
                parts += [
                    ("from", .integer(times.lowerBound)), ("to", .integer(times.upperBound)),
                    ("measurements", .text(targets.map(\.measurement).joined(separator: ","))),
                ]
            case .series(let targets):
                parts.append(("measurements", .text(targets.map(\.measurement).joined(separator: ","))))
            case .shard(let policy, let start):
                parts += [("policy", .count(policy)), ("shard_start", .integer(start))]
            }
        }
        self = .object(parts)
    }
}
