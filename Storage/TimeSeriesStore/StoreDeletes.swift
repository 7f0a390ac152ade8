import Catalog
import Dispatch
import FileIO
import Segments
import SeriesIndex
import Synchronization
package import Telemetry
package import WriteAheadLog

extension TimeSeriesStore {
    /// How long what is deleted may lie in segments before they are written anew for it, nanoseconds.
    private static let reclaimInterval: Int64 = 60_000_000_000

    /// Deletes, and returns once that is durable. Writers do not wait, whatever the size: the rows go with the next
    /// flush or compaction, and no query sees them any more.
    ///
    /// - Throws: `.databaseNotFound`, and why the log could not be written.
    package func delete(_ deletion: Deletion, from database: String) throws(FrameError) {
        try waiting { done in enqueue(.deletion(database: database, deletion), byteCount: 256, done: done) }
    }

    /// Removes those of some series that have no row left in any policy, as InfluxDB does after a deletion.
    ///
    /// - Parameter candidates: ascending numbers, by measurement.
    /// - Throws: `SegmentError` where a segment cannot be read, and what `delete` throws.
    package func forgetEmpty(_ candidates: [String: [UInt32]], of database: String) throws {
        // A write that comes between the look and the removal is a reason to look again.
        for _ in 0..<3 {
            let before = state.withLock { $0.manifest.nextSegment }
            let empty = try candidates.mapValues { $0 }.compactMap { measurement, series in
                (measurement, try withoutRows(measurement, series, of: database))
            }.filter { !$0.1.isEmpty }
            if empty.isEmpty { return }
            let result = Mutex<Result<StoredBatch, FrameError>?>(nil)
            let isDone = DispatchSemaphore(value: 0)
            let begins = writes.sync {
                let targets = state.withLock { state -> [Deletion.Target]? in
                    guard state.manifest.nextSegment == before, !state.hasRows(empty, in: database) else { return nil }
                    return empty.map { measurement, series in
                        let keys = state.databases[database]?.keys(of: series) ?? []
                        return Deletion.Target(measurement: measurement, keys: keys)
                    }
                }
                guard let targets else { return false }
                let item = Intake.Waiting(record: .deletion(database: database, .series(targets)), byteCount: 0) {
                    outcome in
                    result.withLock { $0 = outcome }
                    isDone.signal()
                }
                commit([item])
                return true
            }
            if begins {
                isDone.wait()
                _ = try result.withLock { $0 }?.get()
                return
            }
        }
    }

    /// Those of some series that no source has a row of.
    private func withoutRows(_ measurement: String, _ series: [UInt32], of name: String) throws -> [UInt32] {
        var rest = series
        for policy in database(name)?.policies.map(\.name) ?? [] where !rest.isEmpty {
            let snapshot = try snapshot(
                database: name, policy: policy, measurements: [measurement], times: .min ... .max)
            var found: Set<UInt32> = []
            for step in try snapshot.steps(measurement: measurement, series: rest, times: .min ... .max) {
                try snapshot.scan(
                    measurement: measurement, series: step.series, times: step.times, fields: [], edge: .newest(1)
                ) { index, _, _ in found.insert(step.series[index]) }
            }
            rest.removeAll(where: found.contains)
        }
        return rest
    }

    private func waiting(
        _ body: (@escaping @Sendable (Result<StoredBatch, FrameError>) -> Void) -> Void
    ) throws(FrameError) {
        let result = Mutex<Result<StoredBatch, FrameError>>(.failure(FrameError(.unavailable, "no answer")))
        let isDone = DispatchSemaphore(value: 0)
        body { outcome in
            result.withLock { $0 = outcome }
            isDone.signal()
        }
        isDone.wait()
        _ = try result.withLock { $0 }.get()
    }

    /// Carries a deletion out in memory; runs on `writes`, in order with the batches.
    func apply(_ deletion: Deletion, to name: String) {
        let manifest: Manifest? = state.withLock { state in
            state.apply(deletion, to: name, settings.declarations)
            state.counters.deletions += 1
            return state.obsolete.isEmpty ? nil : state.currentManifest()
        }
        guard let manifest else { return }
        do {
            try commitManifest(manifest)
            state.withLock { $0.removeObsolete() }
        } catch {
            // The log has the deletion, and the next commit drops the files.
            state.withLock { $0.counters.maintenanceFailures += 1 }
        }
    }

    /// The series that have rows in a shard, by measurement.
    package func series(of entry: ShardEntry) throws -> [String: [UInt32]] {
        let key = ShardKey(policy: entry.policyNumber, start: entry.start, end: entry.end)
        let shard = state.withLock { $0.databases[entry.database]?.shards[key] }
        return try shard?.series() ?? [:]
    }

    /// Does what `forgetEmpty` does in the background; series that it fails for stay in the lists, and a counter tells.
    package func forgetEmptyLater(_ candidates: [String: [UInt32]], of database: String) {
        forgetEmptyLater(in: database) { candidates }
    }

    /// Forgets the series that have no row left now that shards of theirs are gone; in the background.
    func forgetEmptyLater(_ dropped: [(database: String, shard: Shard)]) {
        for (database, shard) in dropped { forgetEmptyLater(in: database) { try shard.series() } }
    }

    private func forgetEmptyLater(
        in database: String, _ candidates: @escaping @Sendable () throws -> [String: [UInt32]]
    ) {
        maintenance.async {
            do {
                try self.forgetEmpty(try candidates(), of: database)
            } catch {
                self.state.withLock { $0.counters.maintenanceFailures += 1 }
            }
        }
    }

    // MARK: Space

    /// Begins to rid the segments of what is deleted, where that is due; runs on `writes`.
    func reclaimDue(now: Int64) {
        let isDue = state.withLock { state in
            guard !state.isFlushing, now >= state.nextReclaim else { return false }
            let hasWork = state.databases.values.contains {
                !$0.entry.tombstones.isEmpty || $0.reclaimedCount != $0.index.removedCount
            }
            if hasWork { state.nextReclaim = now + Self.reclaimInterval }
            return hasWork
        }
        guard isDue else { return }
        maintenance.async {
            do {
                try self.compactShards(fanIn: self.settings.compactionFanIn, reclaims: true)
            } catch {
                self.state.withLock { $0.counters.maintenanceFailures += 1 }
            }
        }
    }

    /// The segments of a shard from the oldest that holds something deleted to the newest, or nil where none does.
    func stale(
        _ segments: [(entry: SegmentEntry, file: SegmentFile)], _ database: UInt32
    ) throws -> [(entry: SegmentEntry, file: SegmentFile)]? {
        let ordered = segments.sorted { $0.entry.number < $1.entry.number }
        let (tombstones, hasOrphans) = state.withLock { state -> ([Tombstone], Bool) in
            guard let name = state.name(of: database), let found = state.databases[name] else { return ([], false) }
            return (found.entry.tombstones, found.index.removedCount > 0)
        }
        let first = try ordered.firstIndex { segment in
            if !tombstones.deletions(in: segment.entry).isEmpty { return true }
            guard hasOrphans else { return false }
            return try segment.file.rowGroups().contains { present($0.series, database).count < $0.series.count }
        }
        return first.map { Array(ordered[$0...]) }
    }
}

extension [Tombstone] {
    /// What of them concerns a segment.
    func deletions(in segment: SegmentEntry) -> [RowDeletion] {
        filter {
            $0.limit > segment.number && $0.deletion.times.lowerBound <= segment.maximumTime
                && $0.deletion.times.upperBound >= segment.minimumTime
        }.map(\.deletion)
    }
}

extension StoreState {
    /// Carries a deletion out; at a replay too, where series and rows are those of that point of the log.
    mutating func apply(_ deletion: Deletion, to name: String, _ declarations: [FieldDeclaration]) {
        switch deletion {
        case .shard(let policy, let start):
            let keys = databases[name].map { Array($0.shards.keys) } ?? []
            for key in keys where key.policy == policy && key.start == start { dropShard(key, of: name) }
        case .rows(let times, let targets):
            for target in targets {
                let series = target.keys.map { numbers(of: $0, in: name) }
                if series?.isEmpty ?? false { continue }
                let rows = RowDeletion(measurement: target.measurement, series: series, times: times)
                databases[name]?.delete(rows, limit: manifest.nextSegment)
            }
        case .series(let targets):
            for target in targets {
                let all = target.keys.map { numbers(of: $0, in: name) }
                let series = all ?? databases[name]?.index.series(of: target.measurement) ?? []
                if series.isEmpty { continue }
                databases[name]?.index.remove(series, of: target.measurement)
                databases[name]?.indexFile.add(removed: series, measurement: target.measurement)
            }
            databases[name]?.declare(declarations)
        }
    }

    private func numbers(of keys: [[UInt8]], in name: String) -> [UInt32] {
        keys.compactMap { databases[name]?.index.find($0.span) }.sorted()
    }

    /// Whether a memtable has rows of some series.
    mutating func hasRows(_ candidates: [(String, [UInt32])], in name: String) -> Bool {
        for (measurement, series) in candidates {
            let wanted = Set(series)
            for shard in databases[name]?.shards.values.map({ $0 }) ?? [] {
                for var table in [shard.frozen[measurement], shard.memory[measurement]].compactMap({ $0 })
                where table.runs().contains(where: { $0.series.contains(where: wanted.contains) }) {
                    return true
                }
            }
        }
        return false
    }

    /// Forgets what is deleted in no segment any more.
    mutating func pruneTombstones() {
        for name in databases.keys where databases[name]?.entry.tombstones.isEmpty == false {
            databases[name]?.pruneTombstones()
        }
    }
}

extension Shard {
    /// The series that have rows in it, by measurement; also such as were removed since.
    func series() throws -> [String: [UInt32]] {
        var all: [String: Set<UInt32>] = [:]
        for tables in [frozen, memory] {
            for (measurement, table) in tables {
                var table = table
                for run in table.runs() { all[measurement, default: []].formUnion(run.series) }
            }
        }
        for (_, file) in segments {
            for group in try file.rowGroups() { all[group.measurement, default: []].formUnion(group.series) }
        }
        return all.mapValues { $0.sorted() }
    }
}

extension Database {
    /// Takes rows out of the memtables and notes for the segments that they count no more.
    mutating func delete(_ rows: RowDeletion, limit: UInt64) {
        var isInFiles = false
        for key in shards.keys where key.start <= rows.times.upperBound && key.end >= rows.times.lowerBound {
            // What is frozen may be on its way to a segment whose number is given out already.
            isInFiles = isInFiles || shards[key].map { !$0.segments.isEmpty || !$0.frozen.isEmpty } ?? false
            shards[key]?.frozen[rows.measurement]?.delete(rows)
            shards[key]?.memory[rows.measurement]?.delete(rows)
        }
        let tombstone = Tombstone(limit: limit, deletion: rows)
        if isInFiles, !entry.tombstones.contains(tombstone) { entry.tombstones.append(tombstone) }
    }

    /// The keys of those of some series that were not removed: a removed one's key may be another's by now.
    func keys(of series: [UInt32]) -> [[UInt8]] {
        series.filter { !index.isRemoved($0) }.map { Array(index.key($0)) }
    }

    mutating func pruneTombstones() {
        guard shards.values.allSatisfy(\.frozen.isEmpty) else { return }
        let segments = shards.values.flatMap { $0.segments.map(\.entry) }
        entry.tombstones.removeAll { tombstone in
            !segments.contains { ![tombstone].deletions(in: $0).isEmpty }
        }
    }
}
