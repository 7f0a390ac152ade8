import Bytes
import Catalog
package import FileIO

/// Why a backup or a restore was given up.
package struct BackupError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One line, with the file.
    package let description: String

    /// An error that says `description`.
    package init(_ description: String) { self.description = description }
}

/// Copies a store's directory, also while an engine runs on it and without a word to it.
///
/// The manifest is replaced as a whole, segments never change, the index and the log only grow: the manifest, what it
/// names and the log as it is afterwards are a store as it was at one instant behind the manifest's. A file that is gone
/// when its turn comes, or a catalog that has changed meanwhile, is a reason to begin anew. The log's unflushed rows are
/// in the copy, and everything that was acknowledged before the copy began.
package struct StoreBackup {
    /// What was copied.
    package struct Report: Sendable, Equatable {
        /// Files of the backup.
        package var fileCount = 0
        /// Bytes of all files.
        package var byteCount = 0
        /// Files that the backup before has too, and that were not copied again.
        package var sharedCount = 0
    }

    private static let attempts = 20
    private static let chunkByteCount = 4 << 20
    private static let extras = ["users", "continuous.position", "windows.checkpoint"]

    private let disk: any Disk
    private let source: String
    private let target: String
    private let before: (directory: String, files: [String: BackupList.File])?
    private var list = BackupList()
    private var report = Report()

    /// Copies the store in `source` to `target`, which must not be there; it appears whole or not at all.
    ///
    /// - Parameter previous: a backup whose segments are taken over where they are the same.
    package static func run(
        disk: any Disk, from source: String, to target: String, previous: String? = nil
    ) throws -> Report {
        let known = try previous.map { directory in
            let files = try read(disk, directory).files
            return (directory, Dictionary(files.map { ($0.path, $0) }) { first, _ in first })
        }
        let partial = target + ".partial"
        for _ in 0..<attempts {
            try disk.removeDirectory(partial)
            try disk.createDirectory(partial)
            var backup = StoreBackup(disk: disk, source: source, target: partial, before: known)
            do {
                guard try backup.copyAll() else { continue }
            } catch let error as FileError where error.errno == 2 {
                if try !disk.list(source).contains("manifest") {
                    try disk.removeDirectory(partial)
                    throw BackupError("\(source) holds no manifest: it is no data directory")
                }
                continue
            }
            try disk.rename(partial, to: target)
            if let above = target.lastIndex(of: "/") { try disk.syncDirectory(String(target[..<above])) }
            return backup.report
        }
        try disk.removeDirectory(partial)
        throw BackupError("the files of \(source) changed under each of \(attempts) attempts")
    }

    /// The list of the backup in `directory`.
    package static func read(_ disk: any Disk, _ directory: String) throws -> BackupList {
        let path = directory + "/" + BackupList.name
        do {
            return try BackupList(try disk.contents(of: path))
        } catch {
            throw BackupError("\(path): \(error)")
        }
    }

    private init(
        disk: any Disk, source: String, target: String, before: (String, [String: BackupList.File])?
    ) {
        self.disk = disk
        self.source = source
        self.target = target
        self.before = before.map { (directory: $0.0, files: $0.1) }
    }

    /// Copies everything; false where the catalog changed meanwhile.
    private mutating func copyAll() throws -> Bool {
        let bytes = try disk.contents(of: source + "/manifest")
        let manifest = try Manifest(bytes)
        let names = try disk.list(source)
        // Before the log: their positions must lie in it.
        for name in Self.extras where names.contains(name) { try copy(name) }
        if names.contains("ocpp") {
            try disk.createDirectory(target + "/ocpp")
            for name in try disk.list(source + "/ocpp") where !name.hasSuffix(".tmp") { try copy("ocpp/" + name) }
            try disk.syncDirectory(target + "/ocpp")
        }
        try disk.createDirectory(target + "/log")
        let logs = try disk.list(source + "/log").filter { $0.hasSuffix(".log") }
        for name in logs { try copy("log/" + name) }
        if let first = logs.first.flatMap({ UInt64($0.dropLast(4)) }), first > manifest.flushedPosition { return false }
        try disk.syncDirectory(target + "/log")
        try disk.createDirectory(target + "/databases")
        for database in manifest.databases {
            let folder = "databases/\(database.number)"
            try disk.createDirectory(target + "/" + folder)
            if database.indexByteCount > 0 { try copy(folder + "/series.index", upTo: database.indexByteCount) }
            for segment in database.segments {
                let digits = String(segment.number)
                let name = String(repeating: "0", count: max(0, 10 - digits.count)) + digits + ".segment"
                try copy(folder + "/" + name, isShared: true)
            }
            try disk.syncDirectory(target + "/" + folder)
        }
        let after = try Manifest(try disk.contents(of: source + "/manifest"))
        let isSame =
            after.databases.map(\.number) == manifest.databases.map(\.number)
            && after.databases.map(\.policies) == manifest.databases.map(\.policies)
        guard isSame else { return false }
        try write(bytes, to: "manifest")
        list.files.append(.init(path: "manifest", byteCount: bytes.count, crc: CRC32C.checksum(bytes)))
        try write(list.encode(), to: BackupList.name)
        try disk.syncDirectory(target)
        report.fileCount = list.files.count
        report.byteCount = list.files.reduce(0) { $0 + $1.byteCount }
        return true
    }

    private func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let file = try disk.open(target + "/" + path, .create)
        do {
            try disk.append(bytes, to: file)
            try disk.sync(file)
        } catch {
            try? disk.close(file)  // The first error is the one to report.
            throw error
        }
        try disk.close(file)
    }

    private mutating func copy(_ path: String, upTo limit: Int = .max, isShared: Bool = false) throws {
        if isShared, let before, let known = before.files[path], try isSame(path, known, in: before.directory) {
            try disk.link(before.directory + "/" + path, to: target + "/" + path)
            list.files.append(known)
            report.sharedCount += 1
            return
        }
        list.files.append(
            try Self.copy(disk, source + "/" + path, to: target + "/" + path, named: path, upTo: limit))
    }

    /// Whether a segment is the one of the backup before: its length and its footer, which has the index's checksum.
    private func isSame(_ path: String, _ known: BackupList.File, in directory: String) throws -> Bool {
        func tail(_ path: String) throws(FileError) -> (size: Int, bytes: [UInt8]) {
            let file = try disk.open(path, .read)
            do {
                let size = try disk.size(file)
                let bytes = try disk.read(file, at: max(0, size - 32), count: 32)
                try disk.close(file)
                return (size, bytes)
            } catch {
                try? disk.close(file)  // The first error is the one to report.
                throw error
            }
        }
        let (ours, theirs) = (try tail(source + "/" + path), try tail(directory + "/" + path))
        return ours.size == known.byteCount && theirs.size == known.byteCount && ours.bytes == theirs.bytes
    }

    /// Copies one file as far as it reaches now, durably.
    static func copy(
        _ disk: any Disk, _ from: String, to: String, named path: String, upTo limit: Int = .max
    ) throws -> BackupList.File {
        let source = try disk.open(from, .read)
        defer { try? disk.close(source) }  // Only read: nothing is lost.
        let size = min(limit, try disk.size(source))
        let target = try disk.open(to, .create)
        var crc: UInt32 = 0
        do {
            var offset = 0
            while offset < size {
                let bytes = try disk.read(source, at: offset, count: min(chunkByteCount, size - offset))
                if bytes.isEmpty { break }
                crc = CRC32C.update(crc, with: bytes.span)
                try disk.append(bytes, to: target)
                offset += bytes.count
            }
            // A log that was cut back after a failed write; the copy begins anew.
            guard offset == size else { throw FileError(errno: 2, operation: "\(from) became shorter: read") }
            try disk.sync(target)
        } catch {
            try? disk.close(target)  // The first error is the one to report.
            throw error
        }
        try disk.close(target)
        return BackupList.File(path: path, byteCount: size, crc: crc)
    }
}

extension StoreBackup {
    /// Puts a backup in the place of a data directory, which must be empty or not there; every file is checked against
    /// the backup's list on the way, and the directory appears whole or not at all.
    package static func restore(disk: any Disk, from backup: String, to directory: String) throws -> Report {
        let list = try read(disk, backup)
        guard try disk.list(directory).isEmpty else {
            throw BackupError("\(directory) is not empty: a restore does not overwrite")
        }
        let partial = directory + ".partial"
        try disk.removeDirectory(partial)
        try disk.createDirectory(partial + "/databases")
        try disk.createDirectory(partial + "/log")
        var folders: Set<String> = [partial, partial + "/databases", partial + "/log"]
        for file in list.files {
            if let place = file.path.lastIndex(of: "/") {
                let folder = partial + "/" + file.path[..<place]
                if folders.insert(folder).inserted { try disk.createDirectory(folder) }
            }
            let copied = try copy(
                disk, backup + "/" + file.path, to: partial + "/" + file.path, named: file.path)
            guard copied == file else {
                try disk.removeDirectory(partial)
                throw BackupError(
                    "\(backup)/\(file.path) is damaged: \(copied.byteCount) bytes, \(file.byteCount) in the list")
            }
        }
        for folder in folders.sorted() { try disk.syncDirectory(folder) }
        try disk.removeDirectory(directory)
        try disk.rename(partial, to: directory)
        if let above = directory.lastIndex(of: "/"), above != directory.startIndex {
            try disk.syncDirectory(String(directory[..<above]))
        }
        var report = Report()
        report.fileCount = list.files.count
        report.byteCount = list.files.reduce(0) { $0 + $1.byteCount }
        return report
    }
}
