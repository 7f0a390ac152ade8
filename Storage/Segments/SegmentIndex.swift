package import Bytes
import Codecs
package import Telemetry

/// The last 32 bytes of a segment file: where the index lies and how to trust it.
///
/// All integers are little-endian. A segment begins with `V2GSEG` and two zero bytes, then the vectors of each row group
/// column by column (`VectorHeader`), then the index, then this footer.
///
/// | offset | size | field         | meaning                                                   |
/// |-------:|-----:|---------------|-----------------------------------------------------------|
/// |      0 |    8 | `indexOffset` | first byte of the index, counted from the file's start    |
/// |      8 |    4 | `indexLength` | bytes in the index                                        |
/// |     12 |    4 | `indexCRC`    | CRC-32C of the index                                      |
/// |     16 |    4 | `groupCount`  | row groups in the file                                    |
/// |     20 |    2 | `version`     | 1; a reader refuses any number that it does not know      |
/// |     22 |    2 | reserved      | zero                                                      |
/// |     24 |    4 | `footerCRC`   | CRC-32C of the 24 bytes before                            |
/// |     28 |    4 | `magic`       | `V2GS`; last, so that a torn write shows as missing magic |
///
/// Invariant: `indexOffset + indexLength + 32 == file size`.
package struct SegmentFooter: Equatable, Sendable {
    /// The footer's length.
    package static let byteCount = 32
    /// What the file begins with.
    package static let head: [UInt8] = Array("V2GSEG".utf8) + [0, 0]
    /// The version that this code writes and reads.
    package static let version: UInt16 = 1
    private static let magic: [UInt8] = Array("V2GS".utf8)

    /// First byte of the index.
    package var indexOffset: UInt64
    /// Bytes of the index.
    package var indexLength: UInt32
    /// CRC-32C of the index.
    package var indexCRC: UInt32
    /// Row groups of the file.
    package var groupCount: UInt32

    /// The 32 bytes.
    package func encode() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(indexOffset)
        bytes.appendLittleEndian(indexLength)
        bytes.appendLittleEndian(indexCRC)
        bytes.appendLittleEndian(groupCount)
        bytes.appendLittleEndian(Self.version)
        bytes.appendLittleEndian(UInt16(0))
        bytes.appendLittleEndian(CRC32C.checksum(bytes))
        bytes.append(contentsOf: Self.magic)
        return bytes
    }

    /// Reads the footer of a file of `fileByteCount` bytes.
    package init(_ bytes: [UInt8], fileByteCount: Int) throws(CorruptBytes) {
        guard bytes.count == Self.byteCount, Array(bytes[28...]) == Self.magic else {
            throw CorruptBytes("no segment footer at the end: the file was not finished")
        }
        var reader = ByteReader(bytes)
        indexOffset = try reader.littleEndian()
        indexLength = try reader.littleEndian()
        indexCRC = try reader.littleEndian()
        groupCount = try reader.littleEndian()
        let version: UInt16 = try reader.littleEndian()
        _ = try reader.littleEndian(UInt16.self)
        let crc: UInt32 = try reader.littleEndian()
        guard CRC32C.checksum(Array(bytes[..<24])) == crc else {
            throw CorruptBytes("the checksum of the segment footer")
        }
        guard version == Self.version else {
            throw CorruptBytes("segment version \(version), which this engine does not know")
        }
        guard indexOffset <= UInt64(fileByteCount),
            Int(indexOffset) + Int(indexLength) + Self.byteCount == fileByteCount
        else { throw CorruptBytes("an index of \(indexLength) bytes at \(indexOffset) in a file of \(fileByteCount)") }
    }

    init(indexOffset: UInt64, indexLength: UInt32, indexCRC: UInt32, groupCount: UInt32) {
        self.indexOffset = indexOffset
        self.indexLength = indexLength
        self.indexCRC = indexCRC
        self.groupCount = groupCount
    }
}

/// Where one row group's series, vectors and columns lie; an entry of a segment's index.
///
/// Encoded: measurement (counted); series count, then the series as varint differences; the row count of each series;
/// vector count, then for each vector its row count, first time less the group's first (varint) and last less first;
/// before those the group's first time (zigzag); column count (the first is the time, name empty, type 2), then for each
/// its name (counted), type (1), file offset (varint) and the byte length of each vector (varints).
package struct RowGroup: Sendable, Equatable {
    /// One column of a row group.
    package struct Column: Sendable, Equatable {
        /// The field; empty for the time.
        package var name: String
        /// The type of the values.
        package var kind: FieldKind
        /// Where the first vector begins in the file.
        package var offset: Int
        /// The byte length of each vector, in order.
        package var lengths: [Int]
    }

    /// The measurement of all rows.
    package var measurement: String
    /// The series, ascending.
    package var series: [UInt32]
    /// The first row of each series, and the row count at the end.
    package var starts: [Int]
    /// The first row of each vector, and the row count at the end.
    package var vectorStarts: [Int]
    /// The smallest and the largest time of each vector.
    package var vectorTimes: [ClosedRange<Int64>]
    /// The time, then the fields.
    package var columns: [Column]

    /// How many rows there are.
    package var rowCount: Int { starts.last ?? 0 }

    /// The smallest and the largest time.
    package var times: ClosedRange<Int64>? {
        guard var low = vectorTimes.first?.lowerBound, var high = vectorTimes.first?.upperBound else { return nil }
        for range in vectorTimes {
            low = min(low, range.lowerBound)
            high = max(high, range.upperBound)
        }
        return low...high
    }

    /// The share of the rows, 0 to 1, that lie in vectors with times in `range`.
    package func share(of range: ClosedRange<Int64>) -> Double {
        var rows = 0
        for (vector, times) in vectorTimes.enumerated() where times.overlaps(range) {
            rows += vectorStarts[vector + 1] - vectorStarts[vector]
        }
        return Double(rows) / Double(max(1, rowCount))
    }

    /// Appends the entry.
    package func encode(into bytes: inout [UInt8]) {
        bytes.appendCounted(measurement.utf8)
        bytes.appendVarint(UInt64(series.count))
        var before: UInt32 = 0
        for number in series {
            bytes.appendVarint(UInt64(number - before))
            before = number
        }
        for index in series.indices { bytes.appendVarint(UInt64(starts[index + 1] - starts[index])) }
        let first = times?.lowerBound ?? 0
        bytes.appendZigZag(first)
        bytes.appendVarint(UInt64(vectorTimes.count))
        for index in vectorTimes.indices {
            bytes.appendVarint(UInt64(vectorStarts[index + 1] - vectorStarts[index]))
            bytes.appendVarint(UInt64(bitPattern: vectorTimes[index].lowerBound &- first))
            bytes.appendVarint(UInt64(bitPattern: vectorTimes[index].upperBound &- vectorTimes[index].lowerBound))
        }
        bytes.appendVarint(UInt64(columns.count))
        for column in columns {
            bytes.appendCounted(column.name.utf8)
            bytes.append(column.kind.rawValue)
            bytes.appendVarint(UInt64(column.offset))
            for length in column.lengths { bytes.appendVarint(UInt64(length)) }
        }
    }

    /// Reads an entry of a file whose vectors end at `dataEnd`.
    package init(from reader: inout ByteReader, dataEnd: Int) throws(CorruptBytes) {
        measurement = try reader.text()
        let seriesCount = try reader.count(limit: reader.remaining)
        series = []
        var number: UInt64 = 0
        for _ in 0..<seriesCount {
            number += try reader.varint() & 0xFFFF_FFFF
            series.append(UInt32(truncatingIfNeeded: number))
        }
        starts = [0]
        for _ in 0..<seriesCount { starts.append(starts[starts.count - 1] + (try reader.count(limit: 1 << 30))) }
        let first = try reader.zigZag()
        let vectorCount = try reader.count(limit: reader.remaining)
        vectorStarts = [0]
        vectorTimes = []
        for _ in 0..<vectorCount {
            let rows = try reader.count(limit: VectorHeader.maximumRowCount)
            vectorStarts.append(vectorStarts[vectorStarts.count - 1] + rows)
            let low = first &+ Int64(bitPattern: try reader.varint())
            let high = low &+ Int64(bitPattern: try reader.varint())
            guard low <= high else { throw CorruptBytes("a vector from \(low) to \(high)") }
            vectorTimes.append(low...high)
        }
        columns = []
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let name = try reader.text()
            let tag = try reader.byte()
            guard let kind = FieldKind(rawValue: tag) else { throw CorruptBytes("a column of unknown type \(tag)") }
            let offset = try reader.count(limit: dataEnd)
            var lengths: [Int] = []
            for _ in 0..<vectorCount { lengths.append(try reader.count(limit: dataEnd - offset)) }
            guard lengths.reduce(offset, +) <= dataEnd else { throw CorruptBytes("column \(name) passes the index") }
            columns.append(Column(name: name, kind: kind, offset: offset, lengths: lengths))
        }
        guard vectorStarts.last == starts.last, !columns.isEmpty else {
            throw CorruptBytes("a row group of \(measurement) whose parts do not fit")
        }
    }

    init(
        measurement: String, series: [UInt32], starts: [Int], vectorStarts: [Int], vectorTimes: [ClosedRange<Int64>],
        columns: [Column]
    ) {
        self.measurement = measurement
        self.series = series
        self.starts = starts
        self.vectorStarts = vectorStarts
        self.vectorTimes = vectorTimes
        self.columns = columns
    }
}
