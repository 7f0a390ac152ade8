package import Bytes
import FileIO
package import Telemetry

/// The index on disk: what came to be, in order, so that a start needs no segment.
///
/// The file is a run of blocks, each written and synced by one flush: length (4), CRC-32C of the content (4), content.
/// The content is a run of entries: kind 1, then the counted canonical key of the next series, its measurement first
/// as counted text; kind 2, a field: measurement, name (counted), type (1); kind 3, series that were removed: measurement
/// (counted), how many, their ascending numbers, each as its distance from the one before. Integers are little-endian.
/// The manifest knows how many bytes of the file count: a torn block is behind them and is cut off at the start.
package struct IndexFile: Sendable {
    private static let blockHeadByteCount = 8

    /// Entries that are not yet in the file.
    private var pending: [UInt8] = []
    /// How many bytes those take.
    package var pendingByteCount: Int { pending.count }

    /// A file without pending entries.
    package init() {}

    /// Notes a new series.
    package mutating func add(series key: Span<UInt8>, measurement: String) {
        pending.append(1)
        pending.appendCounted(measurement.utf8)
        pending.appendVarint(UInt64(key.count))
        for index in 0..<key.count { pending.append(key[index]) }
    }

    /// Notes a new field.
    package mutating func add(field: String, measurement: String, kind: FieldKind) {
        pending.append(2)
        pending.appendCounted(measurement.utf8)
        pending.appendCounted(field.utf8)
        pending.append(kind.rawValue)
    }

    /// Notes that series were removed; their numbers ascend.
    package mutating func add(removed series: [UInt32], measurement: String) {
        pending.append(3)
        pending.appendCounted(measurement.utf8)
        pending.appendVarint(UInt64(series.count))
        var before: UInt32 = 0
        for number in series {
            pending.appendVarint(UInt64(number - before))
            before = number
        }
    }

    /// The pending entries as one block, ready to be appended to the file; empty where there are none.
    package func block() -> [UInt8] {
        guard !pending.isEmpty else { return [] }
        var block: [UInt8] = []
        block.appendLittleEndian(UInt32(pending.count))
        block.appendLittleEndian(CRC32C.checksum(pending))
        block.append(contentsOf: pending)
        return block
    }

    /// Forgets the entries of a block that is in the file now; what came since stays pending.
    package mutating func removeFirst(_ block: [UInt8]) {
        if !block.isEmpty { pending.removeFirst(block.count - Self.blockHeadByteCount) }
    }

    /// Builds the index from the first `byteCount` bytes of a file.
    ///
    /// - Parameters:
    ///   - bytes: the file, or what lies in it behind what `index` holds already.
    ///   - index: where the rest of the file begins.
    package static func load(
        _ bytes: [UInt8], byteCount: Int, upon index: SeriesIndex = SeriesIndex()
    ) throws(CorruptBytes) -> SeriesIndex {
        guard byteCount <= bytes.count else {
            throw CorruptBytes("an index of \(bytes.count) bytes, of which the manifest counts \(byteCount)")
        }
        var index = index
        var latest = LatestName()
        var reader = ByteReader(bytes, in: 0..<byteCount)
        while reader.remaining > 0 {
            let length = Int(try reader.littleEndian(UInt32.self))
            let crc = try reader.littleEndian(UInt32.self)
            guard length <= reader.remaining else {
                throw CorruptBytes("an index block of \(length) bytes at \(reader.offset)")
            }
            let content = bytes.span.extracting(reader.offset..<(reader.offset + length))
            guard CRC32C.checksum(content) == crc else {
                throw CorruptBytes("the checksum of the index block at \(reader.offset)")
            }
            let end = reader.offset + length
            while reader.offset < end { try entry(from: &reader, into: &index, &latest) }
        }
        return index
    }

    /// The measurement of the entry before: most often that of the next one too.
    private struct LatestName {
        private var bytes: [UInt8] = []
        private var text = ""

        mutating func read(_ reader: inout ByteReader) throws(CorruptBytes) -> String {
            let counted = try reader.counted()
            if counted.count == bytes.count, counted.elementsEqual(bytes) { return text }
            bytes = Array(counted)
            text = String(decoding: bytes, as: UTF8.self)
            return text
        }
    }

    private static func entry(
        from reader: inout ByteReader, into index: inout SeriesIndex, _ latest: inout LatestName
    ) throws(CorruptBytes) {
        switch try reader.byte() {
        case 1:
            let measurement = try latest.read(&reader)
            let key = try reader.counted()
            _ = index.insert(key.span, measurement: measurement)
        case 2:
            let measurement = try reader.text()
            let field = try reader.text()
            let tag = try reader.byte()
            guard let kind = FieldKind(rawValue: tag) else { throw CorruptBytes("a field of unknown type \(tag)") }
            index.setField(measurement, field, kind)
        case 3:
            let measurement = try reader.text()
            var series: [UInt32] = []
            var number: UInt32 = 0
            for _ in 0..<(try reader.count(limit: reader.remaining)) {
                number &+= UInt32(truncatingIfNeeded: try reader.varint())
                series.append(number)
            }
            index.remove(series, of: measurement)
        case let kind:
            throw CorruptBytes("an index entry of unknown kind \(kind)")
        }
    }
}
