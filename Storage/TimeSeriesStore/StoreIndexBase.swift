import Bytes
import Catalog
import Dispatch
import FileIO
import Segments
import SeriesIndex
import Synchronization

/// An index that is to be written as a base, as it stands in the first bytes of the index file.
struct BaseRenewal: Sendable {
    var database: UInt32
    var index: SeriesIndex
    var byteCount: Int
}

extension TimeSeriesStore {
    /// How long after a base the next may be written where no flush asks for it.
    private static let renewalInterval: Int64 = 60_000_000_000

    // MARK: Start

    /// The index of a database: its base, and what the index file has behind it; without a base all of the index file.
    func loadIndex(_ entry: DatabaseEntry) throws -> SeriesIndex {
        guard entry.indexByteCount > 0 else { return SeriesIndex() }
        let path = indexPath(entry.number)
        let file = try disk.open(path, .read)
        let result = Result { () throws -> SeriesIndex in
            let base = openBase(entry, file)
            let start = base?.origin.byteCount ?? 0
            let rest = try disk.read(file, at: start, count: entry.indexByteCount - start)
            return try IndexFile.load(
                rest, byteCount: entry.indexByteCount - start, upon: base.map { SeriesIndex($0) } ?? SeriesIndex())
        }
        try? disk.close(file)  // It was only read.
        do {
            return try result.get()
        } catch let error as CorruptBytes {
            throw SegmentError(path: path, detail: error.detail)
        }
    }

    /// The base of a database, nil where there is none that belongs to its index file: it says nothing that is not there.
    private func openBase(_ entry: DatabaseEntry, _ file: DiskFile) -> IndexBase? {
        guard let bytes = try? disk.map(basePath(entry.number)), let base = try? IndexBase(bytes),
            base.origin.byteCount <= entry.indexByteCount,
            let tail = try? tail(of: file, before: base.origin.byteCount),
            base.origin == IndexBase.Origin(byteCount: base.origin.byteCount, tail: tail)
        else { return nil }
        return base
    }

    private func tail(of file: DiskFile, before end: Int) throws(FileError) -> [UInt8] {
        let start = max(0, end - IndexBase.Origin.tailByteCount)
        return try disk.read(file, at: start, count: end - start)
    }

    // MARK: Renewal

    /// Whether so much stands beside the base that a start and copies of the index would be slow for it.
    func mustRenew(_ index: SeriesIndex) -> Bool {
        index.changeCount >= settings.indexChangeLimit
            && (index.changeCount * 4 >= index.baseNumberCount || index.ownByteCount * 2 >= settings.memoryByteLimit)
    }

    /// Writes bases of indexes that have changed and are whole in their files, each at most once a minute; runs on
    /// `writes`.
    func renewBases(now: Int64) {
        let renewals: [BaseRenewal] = state.withLock { state in
            if state.isFlushing { return [] }
            let due = state.databases.filter {
                $0.value.indexFile.pendingByteCount == 0 && now >= $0.value.nextBase
                    && $0.value.index.changeCount >= settings.indexChangeLimit
            }
            for name in due.keys { state.databases[name]?.nextBase = now + Self.renewalInterval }
            return due.values.map {
                BaseRenewal(database: $0.entry.number, index: $0.index, byteCount: $0.entry.indexByteCount)
            }
        }
        if renewals.isEmpty { return }
        maintenance.async {
            for renewal in renewals {
                do {
                    try self.renew(renewal)
                } catch {
                    self.state.withLock { $0.counters.maintenanceFailures += 1 }
                }
            }
        }
    }

    /// Writes a base and lets the index stand upon it; runs on `maintenance`.
    func renew(_ renewal: BaseRenewal) throws {
        let path = basePath(renewal.database)
        try writeBase(renewal, to: path + ".tmp")
        try disk.rename(path + ".tmp", to: path)
        try disk.syncDirectory(directory(of: renewal.database))
        let base = try IndexBase(try disk.map(path))
        // What came meanwhile is taken over twice: most of it while writers go on, the rest while they wait.
        var next = SeriesIndex(base)
        let name = state.withLock { $0.name(of: renewal.database) }
        if let index = name.flatMap({ name in state.withLock { $0.databases[name]?.index } }) { next.follow(index) }
        let old = state.withLock { state -> SeriesIndex? in
            guard let name = state.name(of: renewal.database), let index = state.databases[name]?.index else {
                return nil
            }
            next.follow(index)
            state.databases[name]?.index = next
            return index
        }
        // Let go of here, not under the lock: it may be many lists.
        withExtendedLifetime(old) {}
    }

    private func writeBase(_ renewal: BaseRenewal, to path: String) throws(FileError) {
        let indexFile = try disk.open(indexPath(renewal.database), .read)
        let end: [UInt8]
        do {
            end = try tail(of: indexFile, before: renewal.byteCount)
        } catch {
            try? disk.close(indexFile)  // The first error is the one to report.
            throw error
        }
        try disk.close(indexFile)
        let file = try disk.open(path, .create)
        do {
            try renewal.index.writeBase(
                IndexBase.Origin(byteCount: renewal.byteCount, tail: end), to: file, of: disk)
            try disk.sync(file)
        } catch {
            try? disk.close(file)  // The first error is the one to report.
            discard(path)
            throw error
        }
        try disk.close(file)
    }
}
