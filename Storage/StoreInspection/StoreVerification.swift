import Bytes
import Catalog
package import FileIO
import Segments
import SeriesIndex
import WriteAheadLog

/// What a look at every checksum of a store's files found.
///
/// Nothing is changed: a running engine's directory may be looked at too, where files that a compaction takes away
/// meanwhile, and a record that is being written at the end of the log, are nothing wrong.
package struct StoreVerification: Sendable {
    /// Something wrong: the file, and what and where in it.
    package struct Finding: Sendable, Equatable, CustomStringConvertible {
        /// The file.
        package let path: String
        /// What and where.
        package let detail: String
        /// Path and detail.
        package var description: String { "\(path): \(detail)" }
    }

    /// What is wrong, in the order of the files.
    package private(set) var findings: [Finding] = []
    /// Files looked at.
    package private(set) var fileCount = 0
    /// Blocks of segments and records of the log that were read.
    package private(set) var blockCount = 0
    /// Rows in segments.
    package private(set) var rowCount = 0
    /// Bytes of a torn record at the end of the log: a start cuts them off.
    package private(set) var tornByteCount = 0

    private let disk: any Disk
    private let directory: String

    /// Looks at the store in `directory`.
    package init(disk: any Disk, directory: String) {
        self.disk = disk
        self.directory = directory
        guard let manifest = manifest() else { return }
        for database in manifest.databases { verify(database) }
        verifyLog(flushedPosition: manifest.flushedPosition)
    }

    private mutating func add(_ path: String, _ detail: String) {
        findings.append(Finding(path: path, detail: detail))
    }

    private mutating func manifest() -> Manifest? {
        let path = directory + "/manifest"
        fileCount += 1
        do {
            return try Manifest(try disk.contents(of: path))
        } catch {
            add(path, "\(error)")
            return nil
        }
    }

    private mutating func verify(_ database: DatabaseEntry) {
        let folder = directory + "/databases/\(database.number)"
        if database.indexByteCount > 0 {
            fileCount += 1
            let path = folder + "/series.index"
            do {
                _ = try IndexFile.load(try disk.contents(of: path), byteCount: database.indexByteCount)
            } catch {
                add(path, "\(error)")
            }
        }
        if let names = try? disk.list(folder), names.contains("series.base") {
            fileCount += 1
            do {
                _ = try IndexBase(try disk.map(folder + "/series.base"))
            } catch {
                add(folder + "/series.base", "\(error); it may be taken away: the index is built without it")
            }
        }
        for segment in database.segments {
            let digits = String(segment.number)
            let path = folder + "/" + String(repeating: "0", count: max(0, 10 - digits.count)) + digits + ".segment"
            fileCount += 1
            do throws(SegmentError) {
                let file = SegmentFile(disk: disk, path: path)
                let (blockCount, problems) = try file.verify()
                self.blockCount += blockCount
                for problem in problems { add(path, problem) }
                let rowCount = try file.rowGroups().reduce(0) { $0 + $1.rowCount }
                self.rowCount += rowCount
                if rowCount != segment.rowCount {
                    add(path, "\(rowCount) rows, of which the manifest counts \(segment.rowCount)")
                }
            } catch {
                if isNamed(segment.number, of: database.number) { add(path, error.detail) }
            }
        }
    }

    /// Whether the manifest still names a segment: a compaction may have taken it away meanwhile.
    private func isNamed(_ segment: UInt64, of database: UInt32) -> Bool {
        guard let bytes = try? disk.contents(of: directory + "/manifest"), let manifest = try? Manifest(bytes) else {
            return true
        }
        return manifest.databases.contains { entry in
            entry.number == database && entry.segments.contains { $0.number == segment }
        }
    }

    private mutating func verifyLog(flushedPosition: UInt64) {
        let folder = directory + "/log"
        let starts: [UInt64]
        do throws(FileError) {
            starts = try disk.list(folder).filter { $0.hasSuffix(".log") }.compactMap { UInt64($0.dropLast(4)) }
                .sorted()
        } catch {
            return add(folder, error.description)
        }
        if let first = starts.first, first > flushedPosition {
            add(folder, "the log begins at \(first), segments end at \(flushedPosition)")
        }
        var end: UInt64?
        for (place, first) in starts.enumerated() {
            let digits = String(first)
            let path = folder + "/" + String(repeating: "0", count: 20 - digits.count) + digits + ".log"
            fileCount += 1
            do throws(FileError) {
                let scan = LogFileScan(
                    try disk.contents(of: path), first: first, isLast: place == starts.count - 1)
                blockCount += scan.frames.count
                tornByteCount += scan.tornByteCount
                if let problem = scan.problem { add(path, problem) }
                if let end, end != first, first > flushedPosition {
                    add(path, "the log before it ends at \(end)")
                }
                end = scan.end
            } catch {
                // Removed meanwhile by the engine, which needs it no more.
                if error.errno != 2 { add(path, error.description) }
            }
        }
    }
}
