import Bytes
package import FileIO

/// Why the log could not be opened or read.
package struct LogError: Error, Equatable, Sendable, CustomStringConvertible {
    /// File, place and reason.
    package let detail: String
    /// The detail.
    package var description: String { detail }
}

/// The durable order of everything: frames of records in files, appended, synced, replayed.
///
/// A position counts the bytes of all frames ever written, so that positions only rise. A file is named after the
/// position of its first frame, in 20 digits, and begins with a header of 24 bytes: `V2GL`, version (1), first
/// position (8), CRC-32C of the 16 bytes before (4), zero (4). A frame is:
///
/// | offset | size | field      | meaning                                                  |
/// |-------:|-----:|------------|----------------------------------------------------------|
/// |      0 |    4 | `crc`      | CRC-32C of the rest of the frame                         |
/// |      4 |    4 | `length`   | bytes of the payload as stored                           |
/// |      8 |    8 | `position` | where the frame begins; catches blocks of an older file  |
/// |     16 |    1 | `kind`     | of the record                                            |
/// |     17 |    1 | `flags`    | 1: the payload is LZ4 compressed                         |
/// |     18 |    2 | `unsynced` | how far behind the durable end was; see below            |
/// |     20 |    4 | `size`     | bytes of the payload when not compressed                 |
///
/// All integers are little-endian. `unsynced` says how many bytes before the frame might not have been durable when it
/// was written: the lower 11 bits times two to the power of the upper 5, rounded up; zero, in older files, says that
/// all were. A torn write can only be at the end of the last file, behind all that a frame there says was durable: a
/// power cut may leave later pages without earlier ones, so that good frames stand behind a bad one. What follows the
/// last whole frame is cut off then. A bad frame before what was durable, or one in an earlier file, is corruption and
/// refused by name: it was acknowledged, and dropping it in silence would lose it.
package struct WriteAheadLog: Sendable {
    static let headerByteCount = 24
    static let frameByteCount = 24
    private static let magic: [UInt8] = Array("V2GL".utf8)

    private let disk: any Disk
    private let directory: String
    private let fileByteCount: Int
    private var file: DiskFile?
    private var fileStart: UInt64 = 0
    private var buffer: [UInt8] = []
    /// The position behind the last frame that was appended.
    package private(set) var position: UInt64 = 0
    /// The position behind the last frame that is in the file.
    package private(set) var writtenPosition: UInt64 = 0
    private var durablePosition: UInt64 = 0
    /// The first positions of the files, ascending.
    package private(set) var fileStarts: [UInt64] = []
    private var needsCut = false
    private var retired: [DiskFile] = []
    /// Whether an fsync of a filled file failed: the kernel reports that once, so no later fsync may be trusted.
    package private(set) var hasFailedSync = false
    /// Bytes of a torn end that the start cut off; a record whose acknowledgement was never sent, unless the disk lost it.
    package private(set) var cutByteCount = 0

    /// A log in `directory` that begins a new file once one has `fileByteCount` bytes.
    package init(disk: any Disk, directory: String, fileByteCount: Int = 64 << 20) {
        self.disk = disk
        self.directory = directory
        self.fileByteCount = fileByteCount
    }

    /// Opens the log and hands each record at or behind `from` to `body`, in order, with the position behind it.
    ///
    /// What the start finds may lie in the kernel's memory alone, left by a process that was killed: it is synced before
    /// anything is built on it.
    ///
    /// - Parameters:
    ///   - floor: the position before which everything is in segments: the log goes on there where it ends before.
    ///   - plainFrom: batches that are not derived are passed over, unread but for their checksum, where the position
    ///     behind them is not greater.
    /// - Throws: `LogError` where a record is corrupt, `FileError` where the disk refuses, and what `body` throws.
    package mutating func open(
        from start: UInt64, floor: UInt64 = 0, plainFrom: UInt64 = 0, _ body: (LogRecord, UInt64) throws -> Void
    ) throws {
        try disk.createDirectory(directory)
        try disk.syncDirectory(directory)
        fileStarts = try disk.list(directory).filter { $0.hasSuffix(".log") }
            .compactMap { UInt64($0.dropLast(4)) }.sorted()
        position = max(start, fileStarts.first ?? start)
        for (index, first) in fileStarts.enumerated() {
            let isLast = index == fileStarts.count - 1
            if !isLast, fileStarts[index + 1] <= start { continue }
            guard index == 0 ? first <= max(start, floor) : first == position || position <= start || first <= floor
            else {
                throw LogError(detail: "\(path(first)): the log before it ends at \(position)")
            }
            try replay(first, isLast: isLast, from: start, plainFrom, body)
        }
        if position < floor {
            try close()
            position = floor
        }
        writtenPosition = position
        durablePosition = position
    }

    /// Says that what was written up to `position` is durable.
    package mutating func noteSync(upTo position: UInt64) { durablePosition = max(durablePosition, position) }

    /// Says that an fsync of the active file failed.
    package mutating func noteFailedSync() { hasFailedSync = true }

    /// Frames a record into the buffer and returns the position behind it; `write` brings it to the file.
    package mutating func append(_ record: LogRecord) -> UInt64 {
        let plain = record.encode()
        let compressed = LZ4.compress(plain)
        let payload = compressed.isEmpty ? plain : compressed
        var frame: [UInt8] = []
        frame.reserveCapacity(payload.count + 20)
        frame.appendLittleEndian(UInt32(payload.count))
        frame.appendLittleEndian(position)
        frame.append(record.kind)
        frame.append(compressed.isEmpty ? 0 : 1)
        frame.appendLittleEndian(Self.unsynced(position - min(position, durablePosition)))
        frame.appendLittleEndian(UInt32(plain.count))
        frame.append(contentsOf: payload)
        buffer.appendLittleEndian(CRC32C.checksum(frame))
        buffer.append(contentsOf: frame)
        position += UInt64(payload.count + Self.frameByteCount)
        return position
    }

    /// Writes what was appended. On an error none of it counts as written: the file is cut back and the positions are
    /// those of before.
    package mutating func write() throws(FileError) {
        guard !buffer.isEmpty else { return }
        do {
            let file = try currentFile()
            try disk.append(buffer, to: file)
        } catch {
            buffer.removeAll(keepingCapacity: true)
            position = writtenPosition
            needsCut = true
            throw error
        }
        buffer.removeAll(keepingCapacity: true)
        writtenPosition = position
    }

    /// Whether something was appended that is not in the file yet.
    package var hasUnwritten: Bool { !buffer.isEmpty }

    /// The file that holds what was written last, to be synced; nil before the first write.
    package var activeFile: DiskFile? { file }

    /// The files that were filled since the last call: synced, to be closed once nobody syncs them any more.
    package mutating func takeRetiredFiles() -> [DiskFile] {
        defer { retired = [] }
        return retired
    }

    /// Removes the files whose frames all lie before `position`; never the last.
    package mutating func removeFiles(before position: UInt64) throws(FileError) {
        while fileStarts.count > 1, fileStarts[1] <= position {
            try disk.remove(path(fileStarts[0]))
            fileStarts.removeFirst()
        }
        try disk.syncDirectory(directory)
    }

    /// Bytes in all files.
    package var byteCount: UInt64 { writtenPosition - (fileStarts.first ?? writtenPosition) }

    /// Closes the file.
    package mutating func close() throws(FileError) {
        if let file { try disk.close(file) }
        file = nil
    }

    private func path(_ start: UInt64) -> String {
        let digits = String(start)
        return directory + "/" + String(repeating: "0", count: 20 - digits.count) + digits + ".log"
    }

    private mutating func currentFile() throws(FileError) -> DiskFile {
        if needsCut, let file {
            try disk.truncate(file, to: Self.headerByteCount + Int(writtenPosition - fileStart))
        }
        needsCut = false
        if let file, writtenPosition - fileStart < UInt64(fileByteCount) { return file }
        if let full = file {
            // A torn end is told from corruption by being in the last file: nothing unsynced may stay in this one.
            do {
                try disk.sync(full)
            } catch {
                hasFailedSync = true
                throw error
            }
        }
        let created = try disk.open(path(writtenPosition), .create)
        do {
            var header = Self.magic
            header.appendLittleEndian(UInt32(1))
            header.appendLittleEndian(writtenPosition)
            header.appendLittleEndian(CRC32C.checksum(header))
            header.appendLittleEndian(UInt32(0))
            try disk.append(header, to: created)
            try disk.sync(created)
            try disk.syncDirectory(directory)
        } catch {
            try? disk.close(created)  // The first error is the one to report.
            throw error
        }
        if let full = file { retired.append(full) }
        file = created
        fileStart = writtenPosition
        if fileStarts.last != writtenPosition { fileStarts.append(writtenPosition) }
        return created
    }

    private mutating func replay(
        _ first: UInt64, isLast: Bool, from start: UInt64, _ plainFrom: UInt64,
        _ body: (LogRecord, UInt64) throws -> Void
    ) throws {
        let bytes = try disk.contents(of: path(first))
        if let problem = Self.headerProblem(bytes, first) {
            // A crash between making a file and syncing its header leaves it short; nothing was in it yet.
            guard isLast, bytes.count <= Self.headerByteCount else {
                throw LogError(detail: "\(path(first)): \(problem)")
            }
            position = first
            try disk.remove(path(first))
            fileStarts.removeLast()
            return
        }
        var offset = Self.headerByteCount
        position = first
        while offset < bytes.count {
            guard let frame = Self.frame(bytes, at: offset, position: position) else { break }
            let next = position + UInt64(frame.end - offset)
            let content = bytes[(offset + Self.frameByteCount)..<frame.end]
            if position >= start,
                next > plainFrom || !Self.isPlainBatch(content, kind: frame.kind, isCompressed: frame.isCompressed)
            {
                let stored = Array(content)
                let payload = frame.isCompressed ? try LZ4.decompress(stored, size: frame.size) : stored
                try body(try LogRecord(kind: frame.kind, payload: payload), next)
            }
            offset = frame.end
            position = next
        }
        if offset < bytes.count {
            guard isLast, position >= Self.durableEnd(bytes, behind: offset, first: first) else {
                throw LogError(detail: "\(path(first)): a corrupt record at byte \(offset), position \(position)")
            }
        }
        if isLast {
            let opened = try disk.open(path(first), .append)
            file = opened
            fileStart = first
            if offset < bytes.count {
                cutByteCount = bytes.count - offset
                try disk.truncate(opened, to: offset)
            }
            try disk.sync(opened)
        }
    }

    private static func isPlainBatch(_ content: ArraySlice<UInt8>, kind: UInt8, isCompressed: Bool) -> Bool {
        let count = LogRecord.beginningByteCount
        let beginning = isCompressed ? LZ4.beginning(of: content, count: count) : Array(content.prefix(count))
        return LogRecord.isPlainBatch(kind: kind, beginning: beginning)
    }

    /// Why the first bytes of a file are no header for position `first`, or nil.
    static func headerProblem(_ bytes: [UInt8], _ first: UInt64) -> String? {
        if isHeader(bytes, first) { return nil }
        if bytes.count >= headerByteCount, bytes.starts(with: magic) {
            let version = bytes[4..<8].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            if version != 1 { return "log version \(version), which this engine does not know" }
        }
        return "a damaged header"
    }

    private static func isHeader(_ bytes: [UInt8], _ first: UInt64) -> Bool {
        var reader = ByteReader(bytes)
        guard bytes.count >= headerByteCount, bytes.starts(with: magic),
            (try? reader.littleEndian(UInt32.self)) != nil,
            (try? reader.littleEndian(UInt32.self)) == 1, (try? reader.littleEndian(UInt64.self)) == first,
            (try? reader.littleEndian(UInt32.self)) == CRC32C.checksum(bytes.span.extracting(0..<16)),
            (try? reader.littleEndian(UInt32.self)) == 0
        else { return false }
        return true
    }

    static func frame(
        _ bytes: [UInt8], at offset: Int, position: UInt64?
    ) -> (end: Int, kind: UInt8, isCompressed: Bool, unsynced: UInt16, size: Int)? {
        guard bytes.count - offset >= frameByteCount else { return nil }
        var reader = ByteReader(bytes, in: offset..<bytes.count)
        guard let crc = try? reader.littleEndian(UInt32.self), let length = try? reader.littleEndian(UInt32.self),
            let at = try? reader.littleEndian(UInt64.self), position == nil || at == position,
            let kind = try? reader.byte(), let flags = try? reader.byte(),
            let unsynced = try? reader.littleEndian(UInt16.self), let size = try? reader.littleEndian(UInt32.self),
            Int(length) <= reader.remaining
        else { return nil }
        let end = offset + frameByteCount + Int(length)
        guard CRC32C.checksum(bytes.span.extracting((offset + 4)..<end)) == crc else { return nil }
        return (end, kind, flags & 1 == 1, unsynced, Int(size))
    }

    /// Up to where the log was durable by what the whole frames say that stand somewhere behind a bad one.
    static func durableEnd(_ bytes: [UInt8], behind offset: Int, first: UInt64) -> UInt64 {
        var end: UInt64 = 0
        var candidate = offset + 1
        while candidate + frameByteCount <= bytes.count {
            let position = first + UInt64(candidate - headerByteCount)
            var reader = ByteReader(bytes, in: (candidate + 8)..<bytes.count)
            if (try? reader.littleEndian(UInt64.self)) == position,
                let frame = Self.frame(bytes, at: candidate, position: position)
            {
                let unsynced = UInt64(frame.unsynced & 0x7FF) << UInt64(frame.unsynced >> 11)
                end = max(end, position - min(position, unsynced))
                candidate = frame.end
            } else {
                candidate += 1
            }
        }
        return end
    }

    /// The field `unsynced` of a frame with `count` bytes before it that might be lost; never zero.
    private static func unsynced(_ count: UInt64) -> UInt16 {
        var exponent: UInt64 = 0
        var mantissa = max(1, count)
        while mantissa > 0x7FF, exponent < 31 {
            exponent += 1
            mantissa = (count >> exponent) + 1
        }
        return UInt16(exponent << 11 | min(mantissa, 0x7FF))
    }
}
