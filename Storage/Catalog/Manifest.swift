package import Bytes
import FileIO
package import Segments

/// How long a policy keeps points, and how much time one shard covers; InfluxDB's rules.
package struct RetentionPolicy: Sendable, Equatable {
    /// The policy's number, never used again.
    package var number: UInt32
    /// The policy's name within its database.
    package var name: String
    /// How long points are kept, nanoseconds; 0 means for ever.
    package var duration: Int64
    /// The time that one shard covers, nanoseconds, over 0.
    package var shardDuration: Int64
    /// The number of copies that the statement named; one node keeps one.
    package var replication: Int

    /// A policy.
    package init(number: UInt32, name: String, duration: Int64, shardDuration: Int64, replication: Int = 1) {
        self.number = number
        self.name = name
        self.duration = duration
        self.shardDuration = shardDuration
        self.replication = replication
    }

    private static let hour: Int64 = 3_600_000_000_000

    /// The shard duration of a policy that names none: 1 hour under 2 days, 1 day up to 6 months, else 7 days.
    ///
    /// - Source: InfluxDB 1.8 documentation, `CREATE RETENTION POLICY`, `SHARD DURATION`.
    package static func defaultShardDuration(_ duration: Int64) -> Int64 {
        if duration == 0 || duration >= 180 * 24 * hour { return 7 * 24 * hour }
        return duration < 48 * hour ? hour : 24 * hour
    }

    /// The first instant of the shard that holds `time`, on InfluxDB's grid: whole shards since the year 1, so that weeks
    /// begin on Mondays.
    package func shardStart(of time: Int64) -> Int64 {
        // The year 1 lies 719,162 days before 1970: more nanoseconds than fit.
        let days = Int64(719_162).multipliedFullWidth(by: 24 * Self.hour % shardDuration)
        let phase = shardDuration.dividingFullWidth(days).remainder
        let remainder = ((time % shardDuration + shardDuration) % shardDuration + phase) % shardDuration
        let start = time.subtractingReportingOverflow(remainder)
        return start.overflow ? .min : start.partialValue
    }
}

/// A segment as the manifest names it.
package struct SegmentEntry: Sendable, Equatable {
    /// The file's number; a higher one is newer where both hold a point.
    package var number: UInt64
    /// The policy that it belongs to.
    package var policy: UInt32
    /// The first instant of its shard.
    package var shardStart: Int64
    /// The instant behind its shard.
    package var shardEnd: Int64
    /// How often its rows have been merged.
    package var level: Int
    /// Rows in it.
    package var rowCount: Int
    /// The file's length.
    package var byteCount: Int
    /// The smallest time in it.
    package var minimumTime: Int64
    /// The largest time in it.
    package var maximumTime: Int64

    /// An entry.
    package init(
        number: UInt64, policy: UInt32, shardStart: Int64, shardEnd: Int64, level: Int, rowCount: Int, byteCount: Int,
        minimumTime: Int64, maximumTime: Int64
    ) {
        self.number = number
        self.policy = policy
        self.shardStart = shardStart
        self.shardEnd = shardEnd
        self.level = level
        self.rowCount = rowCount
        self.byteCount = byteCount
        self.minimumTime = minimumTime
        self.maximumTime = maximumTime
    }
}

/// Rows that count no more in the segments that there were when they were deleted.
package struct Tombstone: Sendable, Equatable {
    /// Segments with this number and higher ones are newer than the deletion.
    package let limit: UInt64
    /// Which rows.
    package let deletion: RowDeletion

    /// The rows of `deletion` in segments numbered below `limit`.
    package init(limit: UInt64, deletion: RowDeletion) {
        self.limit = limit
        self.deletion = deletion
    }
}

/// The number under which a shard is known to SHOW SHARDS and DROP SHARD.
package struct ShardNumber: Sendable, Equatable {
    /// The number, never used again.
    package let number: UInt64
    /// The shard's policy.
    package let policy: UInt32
    /// The first instant of the shard.
    package let start: Int64

    /// The number of the shard of `policy` that begins at `start`.
    package init(number: UInt64, policy: UInt32, start: Int64) {
        self.number = number
        self.policy = policy
        self.start = start
    }
}

/// A database as the manifest names it.
package struct DatabaseEntry: Sendable, Equatable {
    /// The database's number, never used again; its folder is named after it.
    package var number: UInt32
    /// The database's name.
    package var name: String
    /// The policy of writes and queries that name none.
    package var defaultPolicy: String
    /// The policies, in the order of their making.
    package var policies: [RetentionPolicy]
    /// How many bytes of the index file count.
    package var indexByteCount: Int
    /// The segments, ascending by number.
    package var segments: [SegmentEntry]
    /// What is deleted in segments that hold it still, oldest first.
    package var tombstones: [Tombstone] = []
    /// The numbers of the shards, ascending.
    package var shards: [ShardNumber] = []
    /// The continuous queries, in the order of their making.
    package var continuousQueries: [ContinuousQueryEntry] = []
    /// The subscriptions, in the order of their making.
    package var subscriptions: [SubscriptionEntry] = []

    /// A database without segments.
    package init(number: UInt32, name: String, defaultPolicy: String, policies: [RetentionPolicy]) {
        self.number = number
        self.name = name
        self.defaultPolicy = defaultPolicy
        self.policies = policies
        self.indexByteCount = 0
        self.segments = []
    }

    /// The policy of a name, or the default one.
    package func policy(_ name: String?) -> RetentionPolicy? {
        policies.first { $0.name == name ?? defaultPolicy }
    }
}

/// What the store consists of at one instant: one file, replaced as a whole, so that a start opens no data.
///
/// The file: `V2GM`, version (4) = 2, CRC-32C of the content (4), content length (4), then the content: next database,
/// policy, segment and shard numbers, the log position up to which segments hold everything, and the databases with their
/// policies, segments, tombstones and shards, all numbers as varints (signed ones zigzag), names counted. Version 1, which
/// is read too, has no shard numbers, tombstones and shards.
package struct Manifest: Sendable, Equatable {
    private static let magic: [UInt8] = Array("V2GM".utf8)
    private static let version: UInt32 = 2

    /// The number that the next database gets.
    package var nextDatabase: UInt32 = 1
    /// The number that the next policy gets.
    package var nextPolicy: UInt32 = 1
    /// The number that the next segment gets.
    package var nextSegment: UInt64 = 1
    /// The number that the next shard gets.
    package var nextShard: UInt64 = 1
    /// Every log record before this position is in segments.
    package var flushedPosition: UInt64 = 0
    /// The databases, in the order of their making.
    package var databases: [DatabaseEntry] = []

    /// The manifest of an empty store.
    package init() {}

    /// The file's bytes.
    package func encode() -> [UInt8] {
        var content: [UInt8] = []
        content.appendVarint(UInt64(nextDatabase))
        content.appendVarint(UInt64(nextPolicy))
        content.appendVarint(nextSegment)
        content.appendVarint(nextShard)
        content.appendVarint(flushedPosition)
        content.appendVarint(UInt64(databases.count))
        for database in databases {
            content.appendVarint(UInt64(database.number))
            content.appendCounted(database.name.utf8)
            content.appendCounted(database.defaultPolicy.utf8)
            content.appendVarint(UInt64(database.policies.count))
            for policy in database.policies {
                content.appendVarint(UInt64(policy.number))
                content.appendCounted(policy.name.utf8)
                content.appendZigZag(policy.duration)
                content.appendZigZag(policy.shardDuration)
                content.appendVarint(UInt64(policy.replication))
            }
            content.appendVarint(UInt64(database.indexByteCount))
            content.appendVarint(UInt64(database.segments.count))
            for segment in database.segments {
                content.appendVarint(segment.number)
                content.appendVarint(UInt64(segment.policy))
                content.appendZigZag(segment.shardStart)
                content.appendZigZag(segment.shardEnd)
                content.appendVarint(UInt64(segment.level))
                content.appendVarint(UInt64(segment.rowCount))
                content.appendVarint(UInt64(segment.byteCount))
                content.appendZigZag(segment.minimumTime)
                content.appendZigZag(segment.maximumTime)
            }
            Self.encode(database.tombstones, into: &content)
            content.appendVarint(UInt64(database.shards.count))
            for shard in database.shards {
                content.appendVarint(shard.number)
                content.appendVarint(UInt64(shard.policy))
                content.appendZigZag(shard.start)
            }
        }
        appendStanding(to: &content)
        var bytes = Self.magic
        bytes.appendLittleEndian(Self.version)
        bytes.appendLittleEndian(CRC32C.checksum(content))
        bytes.appendLittleEndian(UInt32(content.count))
        return bytes + content
    }

    /// Reads the file's bytes.
    package init(_ bytes: [UInt8]) throws(CorruptBytes) {
        guard bytes.starts(with: Self.magic) else { throw CorruptBytes("a manifest that does not begin with V2GM") }
        var reader = ByteReader(bytes, in: 4..<bytes.count)
        let version: UInt32 = try reader.littleEndian()
        guard version == 1 || version == Self.version else {
            throw CorruptBytes("manifest version \(version), which this engine does not know")
        }
        let crc: UInt32 = try reader.littleEndian()
        let length: UInt32 = try reader.littleEndian()
        guard Int(length) == reader.remaining, CRC32C.checksum(Array(bytes[reader.offset...])) == crc else {
            throw CorruptBytes("the checksum of the manifest")
        }
        nextDatabase = UInt32(truncatingIfNeeded: try reader.varint())
        nextPolicy = UInt32(truncatingIfNeeded: try reader.varint())
        nextSegment = try reader.varint()
        if version > 1 { nextShard = try reader.varint() }
        flushedPosition = try reader.varint()
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            var entry = try Self.database(from: &reader)
            if version > 1 {
                entry.tombstones = try Self.tombstones(from: &reader)
                entry.shards = try Self.shards(from: &reader)
            }
            databases.append(entry)
        }
        try readStanding(&reader)
    }

    private static func encode(_ tombstones: [Tombstone], into content: inout [UInt8]) {
        content.appendVarint(UInt64(tombstones.count))
        for tombstone in tombstones {
            content.appendVarint(tombstone.limit)
            content.appendCounted(tombstone.deletion.measurement.utf8)
            content.appendZigZag(tombstone.deletion.times.lowerBound)
            content.appendZigZag(tombstone.deletion.times.upperBound)
            content.append(tombstone.deletion.series == nil ? 1 : 0)
            guard let series = tombstone.deletion.series else { continue }
            content.appendVarint(UInt64(series.count))
            var before: UInt32 = 0
            for number in series {
                content.appendVarint(UInt64(number - before))
                before = number
            }
        }
    }

    private static func tombstones(from reader: inout ByteReader) throws(CorruptBytes) -> [Tombstone] {
        var tombstones: [Tombstone] = []
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let limit = try reader.varint()
            let measurement = try reader.text()
            let (low, high) = (try reader.zigZag(), try reader.zigZag())
            guard low <= high else { throw CorruptBytes("a tombstone from \(low) to \(high)") }
            var series: [UInt32]?
            if try reader.byte() != 1 {
                var numbers: [UInt32] = []
                var number: UInt32 = 0
                for _ in 0..<(try reader.count(limit: reader.remaining)) {
                    let step = try reader.varint()
                    guard step <= UInt64(UInt32.max - number) else {
                        throw CorruptBytes("series \(number) and \(step) on")
                    }
                    number += UInt32(step)
                    numbers.append(number)
                }
                series = numbers
            }
            let deletion = RowDeletion(measurement: measurement, series: series, times: low...high)
            tombstones.append(Tombstone(limit: limit, deletion: deletion))
        }
        return tombstones
    }

    private static func shards(from reader: inout ByteReader) throws(CorruptBytes) -> [ShardNumber] {
        var shards: [ShardNumber] = []
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            shards.append(
                ShardNumber(
                    number: try reader.varint(), policy: UInt32(truncatingIfNeeded: try reader.varint()),
                    start: try reader.zigZag()))
        }
        return shards
    }

    private static func database(from reader: inout ByteReader) throws(CorruptBytes) -> DatabaseEntry {
        let number = UInt32(truncatingIfNeeded: try reader.varint())
        let name = try reader.text()
        let defaultPolicy = try reader.text()
        var entry = DatabaseEntry(number: number, name: name, defaultPolicy: defaultPolicy, policies: [])
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let number = UInt32(truncatingIfNeeded: try reader.varint())
            let name = try reader.text()
            let duration = try reader.zigZag()
            let shardDuration = try reader.zigZag()
            guard shardDuration > 0 else { throw CorruptBytes("a shard duration of \(shardDuration)") }
            entry.policies.append(
                RetentionPolicy(
                    number: number, name: name, duration: duration, shardDuration: shardDuration,
                    replication: try reader.count(limit: 1 << 20)))
        }
        entry.indexByteCount = try reader.count(limit: .max)
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            entry.segments.append(
                SegmentEntry(
                    number: try reader.varint(), policy: UInt32(truncatingIfNeeded: try reader.varint()),
                    shardStart: try reader.zigZag(), shardEnd: try reader.zigZag(),
                    level: try reader.count(limit: 1 << 20), rowCount: try reader.count(limit: .max),
                    byteCount: try reader.count(limit: .max), minimumTime: try reader.zigZag(),
                    maximumTime: try reader.zigZag()))
        }
        return entry
    }
}
