import Bytes
package import FileIO

/// What waits on the disk for an engine that is away: encoded batches, in the order in which they came.
///
/// Files `spool.<number>` of a directory, read and removed from the oldest on. All integers are little-endian.
///
/// | bytes of a record | what                                    |
/// |------------------:|-----------------------------------------|
/// |                 4 | how many bytes the batch has, 1...3 MiB |
/// |                 4 | CRC-32C of the batch                    |
/// |             those | the batch                               |
///
/// A file is removed once the engine has all of it, so that after a crash at most one file's worth is sent again, which
/// is harmless. A start never appends to an old file: a torn end, where power went during a write that was not
/// acknowledged, stays the end of its file. Whatever cannot be read is given up with the rest of its file and counted.
package struct ForwardSpool {
    /// What is counted.
    package struct Counters: Sendable, Equatable {
        /// Bytes in the files.
        package var byteCount = 0
        /// Batches written since the start.
        package var written = 0
        /// Bytes that could not be read back, in torn or damaged files.
        package var unreadableByteCount = 0
    }

    /// The largest batch: a request with it stays below the 4 MiB that a server takes.
    package static let maxBatchByteCount = 3 << 20
    private static let headerByteCount = 8

    private struct File {
        let number: UInt64
        var byteCount: Int
    }

    /// What is counted.
    package private(set) var counters = Counters()
    private let disk: any Disk
    private let directory: String
    private let byteLimit: Int
    private let fileByteCount: Int
    private var files: [File] = []
    private var open: DiskFile?
    /// Where in the oldest file the next unread record begins.
    private var offset = 0
    private var nextNumber: UInt64 = 1

    /// Opens the spool of a directory, which is made where there is none, and finds what an earlier run left.
    ///
    /// - Parameters:
    ///   - byteLimit: bytes on the disk beyond which nothing more is taken.
    ///   - fileByteCount: at which length a new file is begun.
    package init(
        disk: any Disk, directory: String, byteLimit: Int, fileByteCount: Int = 4 << 20
    ) throws(FileError) {
        self.disk = disk
        self.directory = directory
        self.byteLimit = byteLimit
        self.fileByteCount = fileByteCount
        try disk.createDirectory(directory)
        var numbers: [UInt64] = []
        for name in try disk.list(directory) where name.hasPrefix("spool.") {
            if let number = UInt64(name.dropFirst("spool.".count)) { numbers.append(number) }
        }
        for number in numbers.sorted() {
            let file = try disk.open(path(number), .read)
            let size: Int
            do {
                size = try disk.size(file)
            } catch {
                try? disk.close(file)  // The first error is the one to report.
                throw error
            }
            try disk.close(file)
            files.append(File(number: number, byteCount: size))
            counters.byteCount += size
            nextNumber = number + 1
        }
    }

    /// Whether nothing waits.
    package var isEmpty: Bool { files.isEmpty || (files.count == 1 && offset >= files[0].byteCount) }

    /// Puts batches behind the others and returns when they are on stable storage.
    ///
    /// - Returns: how many of them, from the first on, there was room for.
    /// - Throws: where the disk fails; then nothing of them counts as written.
    package mutating func append(_ batches: [[UInt8]]) throws(FileError) -> Int {
        var records: [UInt8] = []
        var count = 0
        for batch in batches {
            let size = Self.headerByteCount + batch.count
            guard counters.byteCount + records.count + size <= byteLimit else { break }
            records.appendLittleEndian(UInt32(batch.count))
            records.appendLittleEndian(CRC32C.checksum(batch))
            records.append(contentsOf: batch)
            count += 1
        }
        guard count > 0 else { return 0 }
        let file = try activeFile()
        do {
            try disk.append(records, to: file)
            try disk.sync(file)
        } catch {
            // What the file holds behind its last good record is unknown: the next append begins another.
            try? disk.close(file)
            open = nil
            throw error
        }
        files[files.count - 1].byteCount += records.count
        counters.byteCount += records.count
        counters.written += count
        return count
    }

    /// The batches that come next, some or all, up to `byteCount` together but at least one; they stay until `advance`
    /// to the end of one of them, in `ends`.
    package mutating func next(upTo byteCount: Int) throws(FileError) -> (batches: [[UInt8]], ends: [Int]) {
        while let oldest = files.first {
            if offset < oldest.byteCount {
                let part = try records(of: oldest, upTo: byteCount)
                if !part.batches.isEmpty { return part }
                counters.unreadableByteCount += oldest.byteCount - offset
                offset = oldest.byteCount
            }
            // The file that is written to stays, unless nothing was left to read in it for good.
            if files.count == 1, open != nil { break }
            try removeOldest()
        }
        return ([], [])
    }

    /// Forgets what lies before `end`, which `next` gave with the batches that the engine now has.
    package mutating func advance(to end: Int) throws(FileError) {
        offset = end
        guard let oldest = files.first, offset >= oldest.byteCount else { return }
        if files.count == 1, let file = open {
            open = nil
            try disk.close(file)
        }
        try removeOldest()
    }

    private mutating func removeOldest() throws(FileError) {
        let oldest = files.removeFirst()
        offset = 0
        counters.byteCount -= oldest.byteCount
        try disk.remove(path(oldest.number))
        // Else files that the engine has would be back after a power cut, however many.
        try disk.syncDirectory(directory)
    }

    private mutating func activeFile() throws(FileError) -> DiskFile {
        if let open {
            if files[files.count - 1].byteCount < fileByteCount { return open }
            self.open = nil
            try disk.close(open)
        }
        let file = try disk.open(path(nextNumber), .create)
        do {
            try disk.syncDirectory(directory)
        } catch {
            try? disk.close(file)  // The first error is the one to report.
            throw error
        }
        files.append(File(number: nextNumber, byteCount: 0))
        nextNumber += 1
        open = file
        return file
    }

    private func records(of file: File, upTo byteCount: Int) throws(FileError) -> (batches: [[UInt8]], ends: [Int]) {
        let source = try disk.open(path(file.number), .read)
        var bytes: [UInt8]
        do {
            // No further than what `append` said is there: a write that failed may have left more.
            let known = file.byteCount - offset
            bytes = try disk.read(source, at: offset, count: min(known, byteCount))
            if let size = Self.length(bytes, at: 0), size > bytes.count, size <= known {
                bytes = try disk.read(source, at: offset, count: size)
            }
        } catch {
            try? disk.close(source)  // The first error is the one to report.
            throw error
        }
        try disk.close(source)
        var batches: [[UInt8]] = []
        var ends: [Int] = []
        var place = 0
        while let size = Self.length(bytes, at: place), place + size <= bytes.count {
            let batch = Array(bytes[(place + Self.headerByteCount)..<(place + size)])
            guard Self.word(bytes, at: place + 4) == CRC32C.checksum(batch) else { break }
            batches.append(batch)
            place += size
            ends.append(offset + place)
        }
        return (batches, ends)
    }

    /// The bytes of the record at `place`, its header too; nil where there is none that could be.
    private static func length(_ bytes: [UInt8], at place: Int) -> Int? {
        guard place + headerByteCount <= bytes.count else { return nil }
        let count = Int(word(bytes, at: place))
        return (1...maxBatchByteCount).contains(count) ? headerByteCount + count : nil
    }

    private static func word(_ bytes: [UInt8], at place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32($1 * 8) }
    }

    private func path(_ number: UInt64) -> String {
        let digits = String(number)
        return directory + "/spool." + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }
}
