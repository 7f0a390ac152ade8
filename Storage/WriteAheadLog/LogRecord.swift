package import Bytes
import CLZ4
package import Telemetry

/// What the log holds: everything that changes what the memtable or the windows are, in order.
///
/// | kind | payload                                                                           |
/// |-----:|-----------------------------------------------------------------------------------|
/// |    1 | a batch: database number, policy number (varints), then the batch in columns      |
/// |    2 | a tick: the arrival clock, zigzag nanoseconds                                      |
/// |    3 | a topology: the arrival clock, then the topology's text as it was read             |
/// |    4 | a deletion: database number, then as `Deletion` says                               |
///
/// A batch is: arrival (zigzag), flags (1 = derived), table count, and for each table its measurement, row count,
/// key bytes, key lengths, times, and for each field name, type, whether rows are absent, bitmap, words, text.
/// The payload is LZ4 compressed where that makes it smaller (flag 1 of the frame).
package enum LogRecord: Sendable, Equatable {
    /// Rows for a retention policy of a database, both by number: a dropped and remade name is another number.
    case batch(database: UInt32, policy: UInt32, FrameBatch)
    /// Time that passed without a reading.
    case tick(arrival: Int64)
    /// A topology that came into force.
    case topology(arrival: Int64, text: String)
    /// Rows or series that are gone from here on.
    case deletion(database: UInt32, Deletion)

    package var kind: UInt8 {
        switch self {
        case .batch: 1
        case .tick: 2
        case .topology: 3
        case .deletion: 4
        }
    }

    /// The payload, not compressed.
    package func encode() -> [UInt8] {
        var bytes: [UInt8] = []
        switch self {
        case .batch(let database, let policy, let batch):
            bytes.reserveCapacity(batch.byteCount + 256)
            bytes.appendVarint(UInt64(database))
            bytes.appendVarint(UInt64(policy))
            bytes.appendZigZag(batch.arrival)
            bytes.append(batch.isDerived ? 1 : 0)
            bytes.appendVarint(UInt64(batch.tables.count))
            for table in batch.tables { Self.encode(table, into: &bytes) }
        case .tick(let arrival):
            bytes.appendZigZag(arrival)
        case .topology(let arrival, let text):
            bytes.appendZigZag(arrival)
            bytes.appendCounted(text.utf8)
        case .deletion(let database, let deletion):
            bytes.appendVarint(UInt64(database))
            deletion.encode(into: &bytes)
        }
        return bytes
    }

    /// Whether the beginning of a payload is that of a batch of rows that were written, not derived from others.
    static func isPlainBatch(kind: UInt8, beginning: [UInt8]) -> Bool {
        guard kind == 1 else { return false }
        var reader = ByteReader(beginning)
        guard (try? reader.varint()) != nil, (try? reader.varint()) != nil, (try? reader.zigZag()) != nil,
            let flags = try? reader.byte()
        else { return false }
        return flags & 1 == 0
    }

    /// How many bytes of a payload `isPlainBatch` wants to see: three varints and the flags.
    static let beginningByteCount = 31

    /// The record of a kind and payload.
    package init(kind: UInt8, payload: [UInt8]) throws(CorruptBytes) {
        var reader = ByteReader(payload)
        switch kind {
        case 1:
            let database = UInt32(truncatingIfNeeded: try reader.varint())
            let policy = UInt32(truncatingIfNeeded: try reader.varint())
            let arrival = try reader.zigZag()
            let isDerived = try reader.byte() & 1 == 1
            var batch = FrameBatch(database: "", arrival: arrival, isDerived: isDerived)
            for _ in 0..<(try reader.count(limit: reader.remaining)) {
                batch.tables.append(try Self.table(from: &reader))
            }
            self = .batch(database: database, policy: policy, batch)
        case 2:
            self = .tick(arrival: try reader.zigZag())
        case 3:
            let arrival = try reader.zigZag()
            self = .topology(arrival: arrival, text: try reader.text())
        case 4:
            let database = UInt32(truncatingIfNeeded: try reader.varint())
            self = .deletion(database: database, try Deletion(from: &reader))
        default:
            throw CorruptBytes("a log record of unknown kind \(kind)")
        }
        guard reader.remaining == 0 else { throw CorruptBytes("\(reader.remaining) bytes behind a log record") }
    }

    private static func encode(_ table: FrameTable, into bytes: inout [UInt8]) {
        bytes.appendCounted(table.measurement.utf8)
        bytes.appendVarint(UInt64(table.rowCount))
        bytes.appendCounted(table.keyBytes)
        var before: UInt32 = 0
        for end in table.keyEnds {
            bytes.appendVarint(UInt64(end - before))
            before = end
        }
        var time: Int64 = 0
        for timestamp in table.timestamps {
            bytes.appendZigZag(timestamp &- time)
            time = timestamp
        }
        bytes.appendVarint(UInt64(table.fields.count))
        for field in table.fields {
            bytes.appendCounted(field.nameBytes)
            bytes.append(field.kind.rawValue)
            bytes.append(field.absent.isEmpty ? 0 : 1)
            bytes.appendWords(field.absent)
            bytes.appendWords(field.words)
            bytes.appendCounted(field.text)
        }
    }

    private static func table(from reader: inout ByteReader) throws(CorruptBytes) -> FrameTable {
        let measurement = try reader.text()
        let rowCount = try reader.count(limit: reader.remaining)
        let keyBytes = Array(try reader.counted())
        var keyEnds: [UInt32] = []
        keyEnds.reserveCapacity(rowCount)
        var end: UInt32 = 0
        for _ in 0..<rowCount {
            end &+= UInt32(truncatingIfNeeded: try reader.varint())
            keyEnds.append(end)
        }
        var timestamps: [Int64] = []
        timestamps.reserveCapacity(rowCount)
        var time: Int64 = 0
        for _ in 0..<rowCount {
            time &+= try reader.zigZag()
            timestamps.append(time)
        }
        var fields: [FieldColumn] = []
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let name = try reader.text()
            let tag = try reader.byte()
            guard let kind = FieldKind(rawValue: tag) else { throw CorruptBytes("a field of unknown type \(tag)") }
            let hasAbsent = try reader.byte() == 1
            let absent = hasAbsent ? try reader.words((rowCount + 63) / 64) : []
            let words = try reader.words(rowCount)
            let text = Array(try reader.counted())
            guard let column = FieldColumn(name: name, kind: kind, words: words, text: text, absent: absent) else {
                throw CorruptBytes("a column of field \(name) that does not fit itself")
            }
            fields.append(column)
        }
        guard
            let table = FrameTable(
                measurement: measurement, keyBytes: keyBytes, keyEnds: keyEnds, timestamps: timestamps, fields: fields)
        else { throw CorruptBytes("a table of \(measurement) that does not fit itself") }
        return table
    }
}

/// LZ4 in three calls.
enum LZ4 {
    /// `source` compressed, or empty where that would not be smaller.
    static func compress(_ source: [UInt8]) -> [UInt8] {
        guard source.count > 64, source.count < Int(Int32.max) else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: source.count) { buffer, initialized in
            // LZ4 stops with 0 where the result would pass the capacity that it is told.
            let size = unsafe source.withUnsafeBytes { input in
                unsafe LZ4_compress_fast(
                    input.assumingMemoryBound(to: CChar.self).baseAddress,
                    UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self),
                    Int32(source.count), Int32(source.count - 1), 4)
            }
            initialized = max(0, Int(size))
        }
    }

    /// At least the first `count` bytes, or fewer where there are no more or they are damaged.
    static func beginning(of source: ArraySlice<UInt8>, count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            // LZ4_decompress_safe_partial writes at most the capacity that it is told and reads only the source.
            let got = unsafe source.withUnsafeBytes { input in
                unsafe LZ4_decompress_safe_partial(
                    input.assumingMemoryBound(to: CChar.self).baseAddress,
                    UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self),
                    Int32(clamping: source.count), Int32(count), Int32(count))
            }
            initialized = max(0, Int(got))
        }
    }

    /// Exactly `size` bytes, or an error.
    static func decompress(_ source: [UInt8], size: Int) throws(CorruptBytes) -> [UInt8] {
        guard size >= 0, size <= 1 << 30 else { throw CorruptBytes("an LZ4 block of \(size) bytes") }
        let result = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            // LZ4_decompress_safe writes at most the capacity that it is told and reads only the source.
            let got = unsafe source.withUnsafeBytes { input in
                unsafe LZ4_decompress_safe(
                    input.assumingMemoryBound(to: CChar.self).baseAddress,
                    UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self),
                    Int32(source.count), Int32(size))
            }
            initialized = max(0, Int(got))
        }
        guard result.count == size else { throw CorruptBytes("LZ4 gave \(result.count) bytes, not \(size)") }
        return result
    }
}
