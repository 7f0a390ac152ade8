import Catalog
import Dispatch
import FileIO
import Segments
import SeriesIndex
import Synchronization
import Telemetry
import WriteAheadLog

/// A segment that a flush wrote, and the shard that it was written for.
typealias FlushedShard = (key: ShardKey, shard: UInt64, entry: SegmentEntry)

extension TimeSeriesStore {
    /// Freezes the memtables and writes them as segments in the background; runs on `writes`.
    ///
    /// One flush at a time: where one is under way, or an earlier one failed, this goes on with what is frozen.
    func beginFlush() {
        let position = log.withLock { $0.position }
        let begins = state.withLock { state in
            if state.isFlushing { return false }
            state.isFlushing = true
            state.freeze(position)
            return true
        }
        if begins { maintenance.async { self.flushFrozen() } }
    }

    /// Flushes everything and merges the segments of each shard into one; returns when done.
    package func compactAll() throws {
        // The first round may find a flush under way that began before the last write; the second takes the rest.
        for _ in 0..<2 {
            writes.sync { beginFlush() }
            maintenance.sync {}
        }
        let result: Result<Void, any Error> = maintenance.sync {
            Result { try compactShards(fanIn: 2, reclaims: true) }
        }
        try result.get()
        let isUnflushed = state.withLock { !$0.isFlushing && $0.frozenByteCount > 0 }
        if isUnflushed { throw FrameError(.unavailable, "the memtable could not be flushed") }
    }

    /// Does what is due by now: retries a flush that failed, drops shards that retention gave up, trims the log.
    ///
    /// - Parameter dropsExpired: false while somebody still has to read what retention gave up.
    package func maintain(now: Int64, dropsExpired: Bool = true) {
        writes.async {
            self.standingFailure()
            if self.state.withLock({ $0.frozenByteCount > 0 && !$0.isFlushing }) { self.beginFlush() }
            self.reclaimDue(now: now)
            self.renewBases(now: now)
            if dropsExpired { self.enforceRetention(now: now) }
            self.trimLog(now: now)
        }
    }

    /// Writes what is frozen; runs on `maintenance`.
    private func flushFrozen() {
        // What is frozen is in the log's file, and durable once the syncs are through that wait: the manifest may not
        // name a position that the log could lose, nor rows that nobody will acknowledge.
        syncs.sync {}
        let (plans, position, failure) = state.withLock { ($0.flushPlans(), $0.frozenPosition, $0.writeFailure) }
        // By number: a database that is dropped and made again meanwhile is another one.
        var written: [UInt32: [FlushedShard]] = [:]
        do {
            if let failure, failure.code == .logFailed { throw failure }
            var renewals: [BaseRenewal] = []
            for plan in plans {
                try disk.createDirectory(directory(of: plan.entry.number))
                for (key, shard) in plan.shards {
                    let entry = try writeSegment(key, plan.entry)
                    if let entry { written[plan.entry.number, default: []].append((key, shard, entry)) }
                }
                try disk.syncDirectory(directory(of: plan.entry.number))
                if let renewal = try appendIndex(of: plan.entry) { renewals.append(renewal) }
            }
            try disk.syncDirectory(settings.directory + "/databases")
            let result: Result<Void, FileError> = writes.sync { publish(written, position) }
            try result.get()
            written = [:]
            // A base that finds no room must not keep segments from being merged.
            let results = renewals.map { renewal in Result { try renew(renewal) } }
            try compactShards(fanIn: settings.compactionFanIn)
            for result in results { try result.get() }
        } catch {
            for (database, entries) in written {
                for entry in entries { discard(segmentPath(database, entry.entry.number)) }
            }
            state.withLock { state in
                state.isFlushing = false
                state.counters.maintenanceFailures += 1
            }
        }
    }

    /// Removes a segment that is not to be, so that a full disk does not get fuller with each try; where a manifest may
    /// name it, it stays until the next start.
    func discard(_ path: String) {
        if state.withLock({ $0.isManifestUncertain }) { return }
        try? disk.remove(path)  // The error that led here is the one to report; the next start removes it.
    }

    private func writeSegment(_ key: ShardKey, _ database: DatabaseEntry) throws -> SegmentEntry? {
        // Number and rows at one instant: what is deleted before is not among the rows, what is deleted later knows of
        // the number.
        let (number, tables) = state.withLock { state in
            defer { state.manifest.nextSegment += 1 }
            let shard = state.name(of: database.number).flatMap { state.databases[$0]?.shards[key] }
            return (state.manifest.nextSegment, shard?.frozen ?? [:])
        }
        let path = segmentPath(database.number, number)
        do {
            var writer = try SegmentWriter(disk: disk, path: path)
            for measurement in tables.keys.sorted() {
                guard var table = tables[measurement] else { continue }
                let runs = table.runs()
                let fields = RunMerge.fields(of: runs)
                let series = present(RunMerge.series(of: runs), database.number)
                let merged = RunMerge.merge(runs.map { $0.block(fields) }, series: series, fields: fields)
                try writer.append(merged, measurement: measurement)
            }
            let rowCount = writer.rowCount
            let (byteCount, times) = try writer.finish()
            guard let times else {
                discard(path)
                return nil
            }
            return SegmentEntry(
                number: number, policy: key.policy, shardStart: key.start, shardEnd: key.end, level: 0,
                rowCount: rowCount, byteCount: byteCount, minimumTime: times.lowerBound, maximumTime: times.upperBound)
        } catch {
            discard(path)
            throw error
        }
    }

    /// Those of some series that were not removed.
    func present(_ series: [UInt32], _ database: UInt32) -> [UInt32] {
        state.withLock { state in
            guard let name = state.name(of: database), state.databases[name]?.index.removedCount ?? 0 > 0 else {
                return series
            }
            return series.filter { !(state.databases[name]?.index.isRemoved($0) ?? true) }
        }
    }

    /// Brings the new series and fields to the index file; what does not reach it stays pending.
    ///
    /// They count from here on, whatever becomes of the manifest: the file is never cut behind what one might name.
    ///
    /// - Returns: the index as the file has it now, where it should be written as a base.
    private func appendIndex(of entry: DatabaseEntry) throws(FileError) -> BaseRenewal? {
        let (block, grown) = state.withLock { state -> ([UInt8], SeriesIndex?) in
            guard let name = state.name(of: entry.number), let database = state.databases[name] else {
                return ([], nil)
            }
            let index = database.index
            return (database.indexFile.block(), mustRenew(index) ? index : nil)
        }
        let renewal = grown.map {
            BaseRenewal(database: entry.number, index: $0, byteCount: entry.indexByteCount + block.count)
        }
        guard !block.isEmpty else { return renewal }
        let file = try disk.open(indexPath(entry.number), .append)
        do {
            try disk.truncate(file, to: entry.indexByteCount)
            try disk.append(block, to: file)
            try disk.sync(file)
        } catch {
            try? disk.close(file)  // The first error is the one to report.
            throw error
        }
        try disk.close(file)
        if entry.indexByteCount == 0 { try disk.syncDirectory(directory(of: entry.number)) }
        state.withLock { state in
            guard let name = state.name(of: entry.number) else { return }
            state.databases[name]?.entry.indexByteCount += block.count
            state.databases[name]?.indexFile.removeFirst(block)
        }
        return renewal
    }

    /// Waits until every deletion that the next manifest or the index shows is durable in the log; why it is not, or nil.
    ///
    /// Runs on `writes` between commits, so that none of those that `syncs` still has waits for this queue. Without it a
    /// power cut could leave a deletion half done: seen by the segments, and not by the rows that the log gives back.
    func undurable() -> FileError? {
        syncs.sync {}
        let hasFailed = state.withLock { $0.writeFailure?.code == .logFailed }
        return hasFailed ? FileError(errno: 5, operation: "the log is not durable") : nil
    }

    /// Makes new segments part of the store; runs on `writes`.
    private func publish(_ flushed: [UInt32: [FlushedShard]], _ position: UInt64) -> Result<Void, FileError> {
        if let failure = undurable() { return .failure(failure) }
        // A shard that was dropped meanwhile takes no segment; the file is removed at the next start.
        let written = flushed.mapValues { entries in
            entries.filter { entry in
                state.withLock { $0.databases.values.contains { $0.shards[entry.key]?.number == entry.shard } }
            }
        }
        let manifest = state.withLock { state in
            var manifest = state.currentManifest()
            manifest.flushedPosition = position
            for index in manifest.databases.indices {
                let number = manifest.databases[index].number
                manifest.databases[index].segments += (written[number] ?? []).map(\.entry)
            }
            return manifest
        }
        do {
            try commitManifest(manifest)
        } catch {
            return .failure(error)
        }
        state.withLock { state in
            state.manifest.flushedPosition = position
            for name in state.databases.keys { state.thaw(name) }
            for (number, entries) in written {
                guard let name = state.name(of: number) else { continue }
                for (key, _, entry) in entries {
                    state.databases[name]?.shards[key]?.segments.append(
                        (entry, SegmentFile(disk: disk, path: segmentPath(number, entry.number), cache: cache)))
                }
            }
            state.pruneTombstones()
            state.isFlushing = false
            state.frozenByteCount = 0
            state.counters.flushes += 1
        }
        return .success(())
    }

    /// Drops whole shards whose policy keeps nothing that old; runs on `writes`.
    private func enforceRetention(now: Int64) {
        let expired: [(String, ShardKey)] = state.withLock { state in
            state.databases.flatMap { name, database in
                database.shards.keys.filter { key in
                    guard let policy = database.entry.policies.first(where: { $0.number == key.policy }) else {
                        return true
                    }
                    return policy.duration > 0 && key.end <= now - policy.duration
                }.map { (name, $0) }
            }
        }
        guard !expired.isEmpty else { return }
        let dropped = state.withLock { state in
            state.counters.shardsExpired += expired.count
            return expired.compactMap { name, key in
                state.dropShard(key, of: name).map { (database: name, shard: $0) }
            }
        }
        forgetEmptyLater(dropped)
        let manifest = state.withLock { $0.currentManifest() }
        do {
            try commitManifest(manifest)
            state.withLock { $0.removeObsolete() }
        } catch {
            // The files are gone from memory and stay in the old manifest: the next commit drops them.
            state.withLock { $0.counters.maintenanceFailures += 1 }
        }
    }

    /// Removes log files that nobody needs: neither the memtable, nor the windows, nor a subscriber of the last hour.
    private func trimLog(now: Int64) {
        let flushed = state.withLock { $0.manifest.flushedPosition }
        let checkpoint = checkpointPosition.withLock { $0 }
        log.withLock { log in
            let starts = log.fileStarts
            let known = logTimes.withLock { times in
                for start in starts where !times.contains(where: { $0.position == start }) {
                    times.append((start, now))
                }
                times.removeAll { time in !starts.contains(time.position) }
                return times
            }
            var limit = min(flushed, checkpoint)
            let end = log.position
            for (index, start) in starts.enumerated() {
                let isOld =
                    starts.dropFirst(index + 1).first.flatMap { next in known.first { $0.position == next } }
                    .map { now - $0.time > settings.logRetention } ?? false
                if !isOld, end - start <= settings.logRetentionByteLimit {
                    limit = min(limit, start)
                    break
                }
            }
            do throws(FileError) {
                try log.removeFiles(before: limit)
            } catch {
                state.withLock { $0.counters.maintenanceFailures += 1 }
            }
        }
    }
}

extension StoreState {
    /// Moves what is in the memtables to `frozen`; nothing where an earlier flush left something there.
    mutating func freeze(_ position: UInt64) {
        guard frozenByteCount == 0 else { return }
        frozenPosition = position
        frozenByteCount = memoryByteCount
        memoryByteCount = 0
        for name in databases.keys {
            for key in databases[name].map({ Array($0.shards.keys) }) ?? [] {
                let memory = databases[name]?.shards[key]?.memory ?? [:]
                databases[name]?.shards[key]?.frozen = memory
                databases[name]?.shards[key]?.memory = [:]
            }
        }
    }

    /// The name that the database of a number has now, or nil where it was dropped.
    func name(of number: UInt32) -> String? { databases.first { $0.value.entry.number == number }?.key }

    /// What a flush has to write, without a hold on anything that writers change: a copy of that would be copied whole
    /// at the next write.
    func flushPlans() -> [(entry: DatabaseEntry, shards: [(key: ShardKey, shard: UInt64)])] {
        databases.values.map { database in
            (database.entry, database.shards.filter { !$0.value.frozen.isEmpty }.map { ($0.key, $0.value.number) })
        }
    }

    mutating func thaw(_ name: String) {
        for key in databases[name].map({ Array($0.shards.keys) }) ?? [] { databases[name]?.shards[key]?.frozen = [:] }
    }

    /// Lets the files of dropped shards go, once the manifest does not name them any more.
    mutating func removeObsolete() {
        for file in obsolete { file.markObsolete() }
        obsolete = []
    }

    @discardableResult
    mutating func dropShard(_ key: ShardKey, of name: String) -> Shard? {
        guard let shard = databases[name]?.shards.removeValue(forKey: key) else { return nil }
        databases[name]?.entry.shards.removeAll { $0.number == shard.number }
        obsolete += shard.segments.map(\.file)
        memoryByteCount -= shard.memory.values.reduce(0) { $0 + $1.byteCount }
        return shard
    }
}
