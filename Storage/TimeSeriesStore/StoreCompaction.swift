import Catalog
import Dispatch
import FileIO
import Segments
import SeriesIndex
import Synchronization
import Telemetry

extension TimeSeriesStore {
    /// Rows that a merge holds in memory at once, about.
    private static let mergeRowCount = 1 << 20

    /// Merges the segments of each shard that has at least `fanIn` of one level, and where `reclaims` those that hold
    /// what is deleted; runs on `maintenance`.
    ///
    /// The merge goes through the series in steps of about a million rows, so that its memory does not grow with the
    /// shard. Readers keep the old files until they are done; the manifest changes in one step.
    func compactShards(fanIn: Int, reclaims: Bool = false) throws {
        let plans = state.withLock { state in
            state.databases.flatMap { name, database in
                database.shards.map {
                    (name: name, number: database.entry.number, key: $0.key, segments: $0.value.segments)
                }
            }
        }
        let removed = state.withLock { $0.databases.mapValues(\.index.removedCount) }
        var problem: (any Error)?
        for plan in plans {
            var segments = Self.choose(plan.segments, fanIn: fanIn)
            if segments == nil, reclaims { segments = try stale(plan.segments, plan.number) }
            guard let chosen = segments else { continue }
            do {
                let entry = try merge(chosen, plan.key, plan.name, plan.number)
                let result: Result<Void, FileError> = writes.sync {
                    replace(chosen.map(\.entry), by: entry, plan.key, plan.name)
                }
                do throws(FileError) {
                    try result.get()
                } catch {
                    if let entry { discard(segmentPath(plan.number, entry.number)) }
                    throw error
                }
            } catch {
                // A shard with a corrupt segment stays as it is; the others go on.
                if let error = error as? SegmentError { report(error) }
                problem = problem ?? error
            }
        }
        if let problem { throw problem }
        guard reclaims else { return }
        state.withLock { state in
            for (name, count) in removed { state.databases[name]?.reclaimedCount = count }
        }
    }

    /// The neighbouring segments to be merged: from the oldest of the lowest level that has enough, on to the newest.
    ///
    /// Only neighbours in age may be merged, since the merged one takes its place in the order of overwrites.
    private static func choose(
        _ segments: [(entry: SegmentEntry, file: SegmentFile)], fanIn: Int
    ) -> [(entry: SegmentEntry, file: SegmentFile)]? {
        let ordered = segments.sorted { $0.entry.number < $1.entry.number }
        if fanIn <= 2 { return ordered.count >= 2 ? ordered : nil }
        for level in 0..<16 {
            let first = ordered.firstIndex { $0.entry.level <= level }
            if let first, ordered.count - first >= fanIn { return Array(ordered[first...]) }
        }
        return nil
    }

    private func merge(
        _ sources: [(entry: SegmentEntry, file: SegmentFile)], _ key: ShardKey, _ name: String, _ database: UInt32
    ) throws -> SegmentEntry? {
        // A fresh number is the highest: right, since the newest segment is always among the sources and flushes wait.
        // What is deleted up to this instant is left out, what is deleted later knows of the number.
        let (number, tombstones) = state.withLock { state in
            defer { state.manifest.nextSegment += 1 }
            return (state.manifest.nextSegment, state.databases[name]?.entry.tombstones ?? [])
        }
        let inputs = sources.map { (file: $0.file, deletions: tombstones.deletions(in: $0.entry)) }
        let path = segmentPath(database, number)
        do {
            let (written, rowCount) = try writeMerged(inputs, to: path, name, database)
            try disk.syncDirectory(directory(of: database))
            guard let times = written.times else {
                discard(path)
                return nil
            }
            let level = (sources.map(\.entry.level).max() ?? 0) + 1
            return SegmentEntry(
                number: number, policy: key.policy, shardStart: key.start, shardEnd: key.end, level: level,
                rowCount: rowCount, byteCount: written.byteCount, minimumTime: times.lowerBound,
                maximumTime: times.upperBound)
        } catch {
            discard(path)
            throw error
        }
    }

    private func writeMerged(
        _ sources: [(file: SegmentFile, deletions: [RowDeletion])], to path: String, _ name: String, _ database: UInt32
    ) throws -> (written: (byteCount: Int, times: ClosedRange<Int64>?), rowCount: Int) {
        var writer = try SegmentWriter(disk: disk, path: path)
        var rowsBySeries: [String: [UInt32: Int]] = [:]
        for source in sources {
            for group in try source.file.rowGroups() {
                for (place, series) in group.series.enumerated() {
                    rowsBySeries[group.measurement, default: [:]][series, default: 0] +=
                        group.starts[place + 1] - group.starts[place]
                }
            }
        }
        for measurement in rowsBySeries.keys.sorted() {
            let counts = rowsBySeries[measurement] ?? [:]
            let fields = state.withLock { state in
                state.databases[name]?.index.measurement(measurement)?.fields.map { (name: $0.key, kind: $0.value) }
                    ?? []
            }
            var step: [UInt32] = []
            var rows = 0
            for series in present(counts.keys.sorted(), database) {
                step.append(series)
                rows += counts[series] ?? 0
                if rows >= Self.mergeRowCount {
                    try append(step, of: sources, measurement, fields, to: &writer)
                    (step, rows) = ([], 0)
                }
            }
            if !step.isEmpty { try append(step, of: sources, measurement, fields, to: &writer) }
        }
        let rowCount = writer.rowCount
        return (try writer.finish(), rowCount)
    }

    private func append(
        _ series: [UInt32], of sources: [(file: SegmentFile, deletions: [RowDeletion])], _ measurement: String,
        _ fields: [(name: String, kind: FieldKind)], to writer: inout SegmentWriter
    ) throws {
        var blocks: [RowBlock] = []
        for source in sources {
            blocks += try source.file.read(
                measurement: measurement, series: series[...], times: .min ... .max, fields: fields,
                without: source.deletions, keepsDecoded: false)
        }
        try writer.append(RunMerge.merge(blocks, series: series, fields: fields), measurement: measurement)
    }

    /// Puts the merged segment, or nothing where no row is left, in the place of its sources; runs on `writes`.
    private func replace(
        _ sources: [SegmentEntry], by merged: SegmentEntry?, _ key: ShardKey, _ name: String
    ) -> Result<Void, FileError> {
        if let failure = undurable() { return .failure(failure) }
        let gone = Set(sources.map(\.number))
        let found: (manifest: Manifest, directory: UInt32)? = state.withLock { state in
            guard let database = state.databases[name], let shard = database.shards[key] else { return nil }
            guard gone.isSubset(of: Set(shard.segments.map(\.entry.number))) else { return nil }
            var manifest = state.currentManifest()
            if let index = manifest.databases.firstIndex(where: { $0.name == name }) {
                manifest.databases[index].segments.removeAll { gone.contains($0.number) }
                if let merged { manifest.databases[index].segments.append(merged) }
                manifest.databases[index].segments.sort { $0.number < $1.number }
            }
            return (manifest, database.entry.number)
        }
        // The shard was dropped meanwhile: the merged file is removed at the next start.
        guard let found else { return .success(()) }
        do {
            try commitManifest(found.manifest)
        } catch {
            return .failure(error)
        }
        state.withLock { state in
            var segments = state.databases[name]?.shards[key]?.segments ?? []
            for segment in segments where gone.contains(segment.entry.number) { segment.file.markObsolete() }
            segments.removeAll { gone.contains($0.entry.number) }
            if let merged {
                let path = segmentPath(found.directory, merged.number)
                segments.append((merged, SegmentFile(disk: disk, path: path, cache: cache)))
            }
            segments.sort { $0.entry.number < $1.entry.number }
            state.databases[name]?.shards[key]?.segments = segments
            state.pruneTombstones()
            state.counters.compactions += 1
        }
        return .success(())
    }
}
