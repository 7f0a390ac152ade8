import Catalog
import FileIO
import Segments
import SeriesIndex
package import Telemetry

/// Which shard: its policy and the time that it covers.
struct ShardKey: Hashable, Sendable {
    var policy: UInt32
    var start: Int64
    var end: Int64
}

/// One shard: what is in segments, what is being flushed, and what is still written to.
struct Shard: Sendable {
    /// What SHOW SHARDS calls it; a shard that is dropped and made again is another one.
    var number: UInt64
    var segments: [(entry: SegmentEntry, file: SegmentFile)] = []
    /// Memtables that a flush is writing, by measurement; oldest first.
    var frozen: [String: MemoryTable] = [:]
    var memory: [String: MemoryTable] = [:]
}

/// One database in memory.
struct Database: Sendable {
    var entry: DatabaseEntry
    var index: SeriesIndex
    var indexFile = IndexFile()
    var shards: [ShardKey: Shard] = [:]

    /// The manifest's entry with the segments as they are now.
    var currentEntry: DatabaseEntry {
        var entry = entry
        entry.segments = shards.values.flatMap { $0.segments.map(\.entry) }.sorted { $0.number < $1.number }
        entry.shards = shards.map { ShardNumber(number: $1.number, policy: $0.policy, start: $0.start) }
            .sorted { $0.number < $1.number }
        return entry
    }

    /// When its index may next be written as a base; nanoseconds since 1970 UTC.
    var nextBase = Int64.min

    /// How many series had been removed when segments were last rid of what such series left in them.
    var reclaimedCount = 0
}

/// A field whose type is settled before the first point: a whole number written to a declared float is taken as a float.
package struct FieldDeclaration: Sendable, Equatable {
    /// The database of the measurement.
    package var database: String
    /// The measurement of the field.
    package var measurement: String
    /// The field's name.
    package var field: String
    /// The field's type.
    package var kind: FieldKind

    /// Declares one field.
    package init(database: String, measurement: String, field: String, kind: FieldKind) {
        self.database = database
        self.measurement = measurement
        self.field = field
        self.kind = kind
    }
}

extension Database {
    /// Settles the types of the fields that are declared for this database; a field that has another type keeps it.
    mutating func declare(_ declarations: [FieldDeclaration]) {
        for field in declarations where field.database == entry.name {
            let known = index.fieldKind(field.measurement, field.field)
            if known == nil {
                index.setField(field.measurement, field.field, field.kind)
                indexFile.add(field: field.field, measurement: field.measurement, kind: field.kind)
            }
            if known ?? field.kind == field.kind { index.declare(field.measurement, field.field) }
        }
    }
}

/// All that the store's lock guards.
struct StoreState: Sendable {
    var manifest = Manifest()
    var databases: [String: Database] = [:]
    var memoryByteCount = 0
    var counters = StoreCounters()
    var writeFailure: FrameError?
    /// Whether the last manifest may be on the disk or not: it was renamed, and the directory could not be synced.
    var isManifestUncertain = false
    var quarantine: Set<String> = []
    var isFlushing = false
    /// Files of shards that were dropped, to be removed once the manifest says so.
    var obsolete: [SegmentFile] = []
    /// Every log record before it is in `frozen` or in segments.
    var frozenPosition: UInt64 = 0
    var frozenByteCount = 0
    /// When segments may next be written anew for what is deleted in them; nanoseconds since 1970 UTC.
    var nextReclaim = Int64.min

    /// Bytes that are in no file but the log: rows, and keys of new series.
    var unflushedByteCount: Int {
        databases.values.reduce(memoryByteCount) { $0 + $1.indexFile.pendingByteCount }
    }

    /// Bytes that stand beside the bases of indexes where there are enough of them for a new base.
    func renewableByteCount(_ indexChangeLimit: Int) -> Int {
        databases.values.reduce(0) { $0 + ($1.index.changeCount >= indexChangeLimit ? $1.index.ownByteCount : 0) }
    }

    /// Makes the shard of a key where it is not there.
    mutating func makeShard(_ key: ShardKey, in name: String) {
        guard let database = databases[name], database.shards[key] == nil else { return }
        let known = database.entry.shards.first { $0.policy == key.policy && $0.start == key.start }
        let number = known?.number ?? manifest.nextShard
        if known == nil { manifest.nextShard += 1 }
        databases[name]?.shards[key] = Shard(number: number)
    }

    /// The manifest with every database as it is now.
    func currentManifest() -> Manifest {
        var manifest = manifest
        manifest.databases = databases.values.map(\.currentEntry).sorted { $0.number < $1.number }
        return manifest
    }
}

/// What the store has done since it was opened, and what it holds; plain numbers for `/metrics`.
package struct StoreCounters: Sendable, Equatable {
    /// Rows made durable.
    package var rowsWritten = 0
    /// Rows refused for the type of a field.
    package var rowsTypeConflict = 0
    /// Rows refused because their policy keeps nothing that old.
    package var rowsBeyondRetention = 0
    /// Batches refused because the log could not be written.
    package var batchesFailed = 0
    /// Batches refused because too many waited.
    package var batchesShed = 0
    /// Commits, each with one fsync.
    package var commits = 0
    /// Flushes of the memtable.
    package var flushes = 0
    /// Statements that deleted something.
    package var deletions = 0
    /// Compactions of a shard.
    package var compactions = 0
    /// Flushes or compactions that failed and will be tried again.
    package var maintenanceFailures = 0
    /// Shards dropped by retention.
    package var shardsExpired = 0
    /// Bytes of rows in no segment yet.
    package var memoryByteCount = 0
    /// Bytes in the log's files.
    package var logByteCount: UInt64 = 0
    /// Segment files.
    package var segmentCount = 0
    /// Bytes in segments.
    package var segmentByteCount = 0
    /// Series of all databases.
    package var seriesCount = 0
    /// Segments that could not be read.
    package var quarantinedSegmentCount = 0
    /// Vectors that a query asked for and that were decoded already.
    package var decodedVectorsFound = 0
    /// Vectors that a query had to decode.
    package var decodedVectorsMissed = 0
    /// Bytes of decoded vectors that are kept.
    package var decodedByteCount = 0
    /// The last refusal for the type of a field, as a sample.
    package var lastTypeConflict = ""
}
