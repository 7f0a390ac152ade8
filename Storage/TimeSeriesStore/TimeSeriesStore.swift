import Bytes
import Catalog
import Dispatch
package import FileIO
import Segments
import SeriesIndex
import Synchronization
package import Telemetry
package import WriteAheadLog

/// Where the store lies and how much it may hold.
package struct StoreSettings: Sendable {
    /// The directory of everything; made where it is not there.
    package var directory: String
    /// Bytes of rows in memory at which a flush begins.
    package var memoryByteLimit = 256 << 20
    /// Bytes of batches that may wait for the log; beyond it `submit` refuses.
    package var queueByteLimit = 64 << 20
    /// Bytes of one log file.
    package var logFileByteCount = 64 << 20
    /// How long log files are kept that the memtable needs no more, for subscribers' cursors; nanoseconds.
    package var logRetention: Int64 = 3_600_000_000_000
    /// The most bytes of log files that are kept for that.
    package var logRetentionByteLimit: UInt64 = 1 << 30
    /// How many rows one step of a scan decodes, about: what fits the caches with a few columns.
    package var stepRowCount = 65_536
    /// Bytes of decoded vectors that are kept for the next query.
    package var decodedByteLimit = 256 << 20
    /// How many new series and removals an index gathers at least before it is written as a base anew.
    package var indexChangeLimit = 65_536
    /// Segments of one level in a shard at which they are merged.
    package var compactionFanIn = 4
    /// The fields whose types are settled before the first point, in every database of the name, whenever it is made.
    package var declarations: [FieldDeclaration] = []

    /// The defaults, in `directory`.
    package init(directory: String) { self.directory = directory }
}

/// What became of a batch: the receipt, and the rows as they were stored.
package struct StoredBatch: Sendable {
    /// Position and refusals.
    package let receipt: FrameReceipt
    /// The rows that were stored, with the types that the schema gives them.
    package let batch: FrameBatch
}

/// The store of one node: one log, memtables, segments, by database, retention policy and shard.
///
/// Three queues, each serial: `writes` checks batches, appends them to the log's file and then to the memtables;
/// `syncs` makes the file durable and then tells whoever waits, in the order of the log; `maintenance` flushes and
/// compacts. A commit takes all that waits. Readers take a snapshot under the lock and then hold none.
package final class TimeSeriesStore: Sendable {
    let disk: any Disk
    let settings: StoreSettings
    let state = Mutex(StoreState())
    /// Touched on `writes` alone once the store is open.
    let log: Mutex<WriteAheadLog>
    let writes = DispatchQueue(label: "feederline.store.writes", qos: .userInitiated)
    let syncs = DispatchQueue(label: "feederline.store.syncs", qos: .userInitiated)
    let maintenance = DispatchQueue(label: "feederline.store.maintenance", qos: .utility)
    let intake = Mutex(Intake())
    let catalogChanges = Atomic<UInt64>(0)
    let cache: DecodedCache
    /// The log position that the windows' checkpoint covers: what lies behind it stays in the log.
    let checkpointPosition = Mutex<UInt64>(.max)
    /// When each log file was begun, by its first position; nanoseconds.
    let logTimes = Mutex<[(position: UInt64, time: Int64)]>([])

    /// A closed store.
    package init(disk: any Disk, settings: StoreSettings) {
        self.disk = disk
        self.settings = settings
        cache = DecodedCache(byteLimit: settings.decodedByteLimit)
        log = Mutex(
            WriteAheadLog(
                disk: disk, directory: settings.directory + "/log", fileByteCount: settings.logFileByteCount))
    }

    /// Opens the store: reads the manifest and the indexes, replays the log.
    ///
    /// - Parameter start: the position from which `replay` wants records, for readers of the log that keep a checkpoint.
    /// - Parameter plainFrom: batches that are not derived are wanted from here on alone.
    /// - Parameter replay: gets each record from `start` on that the log still holds, with the position behind it.
    /// - Throws: what is corrupt or cannot be read, by file.
    package func open(
        replayFrom start: UInt64 = .max, plainFrom: UInt64 = 0, _ replay: (LogRecord, UInt64) -> Void = { _, _ in }
    ) throws {
        try disk.createDirectory(settings.directory + "/databases")
        // A killed process may have left a manifest that is in the kernel's memory alone; what it does not name goes.
        try disk.syncDirectory(settings.directory)
        let manifest = try readManifest()
        try state.withLock { state in
            state.manifest = manifest
            for entry in manifest.databases {
                state.databases[entry.name] = try load(entry)
                for segment in entry.segments {
                    let key = ShardKey(policy: segment.policy, start: segment.shardStart, end: segment.shardEnd)
                    state.makeShard(key, in: entry.name)
                    state.databases[entry.name]?.shards[key]?.segments.append(
                        (
                            segment,
                            SegmentFile(disk: disk, path: segmentPath(entry.number, segment.number), cache: cache)
                        ))
                }
            }
            state.manifest.databases = []
        }
        let flushed = manifest.flushedPosition
        try log.withLock { log in
            try log.open(from: min(start, flushed), floor: flushed, plainFrom: min(plainFrom, flushed)) {
                record, position in
                if position > flushed {
                    switch record {
                    case .batch(let database, let policy, let batch):
                        state.withLock { $0.replay(database: database, policy: policy, batch) }
                    case .deletion(let number, let deletion):
                        state.withLock { state in
                            if let name = state.name(of: number) {
                                state.apply(deletion, to: name, settings.declarations)
                            }
                        }
                    case .tick, .topology: break
                    }
                }
                if position > start { replay(named(record), position) }
            }
        }
    }

    /// Flushes nothing (the log has everything), waits for what was submitted, and closes the log.
    package func close() throws {
        intake.withLock { $0.isClosed = true }
        waitForCommits()
        maintenance.sync {}
        try log.withLock { log throws(FileError) in try log.close() }
    }

    /// Returns when everything that was submitted before is durable or refused; not to be called on a thread that the
    /// store calls back on.
    package func waitForCommits() {
        writes.sync {}
        syncs.sync {}
    }

    /// The position of the oldest record that the log still holds.
    package var oldestLogPosition: UInt64 { log.withLock { $0.fileStarts.first ?? $0.position } }

    /// What the store has done and holds.
    package var counters: StoreCounters {
        let logByteCount = log.withLock { $0.byteCount }
        return state.withLock { state in
            var counters = state.counters
            counters.memoryByteCount = state.memoryByteCount
            counters.logByteCount = logByteCount
            for database in state.databases.values {
                counters.seriesCount += database.index.seriesCount
                for shard in database.shards.values {
                    counters.segmentCount += shard.segments.count
                    counters.segmentByteCount += shard.segments.reduce(0) { $0 + $1.entry.byteCount }
                }
            }
            counters.quarantinedSegmentCount = state.quarantine.count
            let decoded = cache.standing
            counters.decodedVectorsFound = decoded.hits
            counters.decodedVectorsMissed = decoded.misses
            counters.decodedByteCount = decoded.byteCount
            return counters
        }
    }

    /// Why writes are refused at present, or nil.
    package var writeFailure: FrameError? { state.withLock { $0.writeFailure } }

    /// Bytes that the start cut off the end of the log.
    package var cutByteCount: Int { log.withLock { $0.cutByteCount } }

    /// Says up to which position the windows' checkpoint holds everything; the log is kept from there on.
    package func setCheckpointPosition(_ position: UInt64) { checkpointPosition.withLock { $0 = position } }

    func directory(of database: UInt32) -> String { settings.directory + "/databases/\(database)" }

    func segmentPath(_ database: UInt32, _ number: UInt64) -> String {
        let digits = String(number)
        return directory(of: database) + "/" + String(repeating: "0", count: max(0, 10 - digits.count)) + digits
            + ".segment"
    }

    func indexPath(_ database: UInt32) -> String { directory(of: database) + "/series.index" }

    func basePath(_ database: UInt32) -> String { directory(of: database) + "/series.base" }

    /// Replaces the manifest; the caller runs on `writes`, so that there is one at a time.
    ///
    /// On an error the old one may be there or the new one: `isManifestUncertain` says whether that is so.
    func commitManifest(_ manifest: Manifest) throws(FileError) {
        let path = settings.directory + "/manifest"
        let temporary = try disk.stage(manifest.encode(), for: path)
        state.withLock { $0.isManifestUncertain = true }
        try disk.rename(temporary, to: path)
        try disk.syncDirectory(settings.directory)
        state.withLock { $0.isManifestUncertain = false }
    }

    private func readManifest() throws -> Manifest {
        guard try disk.list(settings.directory).contains("manifest") else { return Manifest() }
        do {
            return try Manifest(try disk.contents(of: settings.directory + "/manifest"))
        } catch let error as CorruptBytes {
            throw SegmentError(path: settings.directory + "/manifest", detail: error.detail)
        }
    }

    private func load(_ entry: DatabaseEntry) throws -> Database {
        let directory = directory(of: entry.number)
        var database = Database(entry: entry, index: try loadIndex(entry))
        // Before the replay of the log, which must find the types that the rows had found.
        database.declare(settings.declarations)
        var known: Set<String> = ["series.index", "series.base"]
        for segment in entry.segments {
            known.insert(String(segmentPath(entry.number, segment.number).dropFirst(directory.count + 1)))
        }
        // What the manifest does not name was being written, or was being removed, when the process ended.
        for name in try disk.list(directory) where !known.contains(name) { try disk.remove(directory + "/" + name) }
        return database
    }

    private func named(_ record: LogRecord) -> LogRecord {
        guard case .batch(let number, let policy, var batch) = record else { return record }
        let entry = state.withLock { $0.databases.values.first { $0.entry.number == number }?.entry }
        batch.database = entry?.name ?? ""
        let name = entry?.policies.first { $0.number == policy }?.name
        batch.policy = name == entry?.defaultPolicy ? nil : name
        return .batch(database: number, policy: policy, batch)
    }
}

extension StoreState {
    /// Applies a batch of the log whose rows are in no segment; what was dropped since is passed over.
    mutating func replay(database number: UInt32, policy: UInt32, _ batch: FrameBatch) {
        guard let name = name(of: number),
            let prepared = databases[name]?.prepare(replayed: batch, policy: policy)
        else { return }
        apply(prepared, to: name)
    }

    /// Appends the rows of a batch to the memtables.
    mutating func apply(_ prepared: PreparedBatch, to name: String) {
        for part in prepared.parts {
            let measurement = part.table.measurement
            makeShard(part.shard, in: name)
            let before = databases[name]?.shards[part.shard]?.memory[measurement]?.byteCount ?? 0
            databases[name]?.shards[part.shard]?.memory[measurement, default: MemoryTable()]
                .append(part.table, series: part.series)
            let after = databases[name]?.shards[part.shard]?.memory[measurement]?.byteCount ?? 0
            memoryByteCount += after - before
        }
    }
}
