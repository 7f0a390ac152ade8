package import Bytes
package import Codecs
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
/// |     20 |    2 | `version`     | 2; a reader refuses any number that it does not know      |
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
    package static let version: UInt16 = 2
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
/// Encoded, runs as `appendRuns` has them:
///
/// | form         | field         | meaning                                                               |
/// |--------------|---------------|-----------------------------------------------------------------------|
/// | counted      | `measurement` |                                                                       |
/// | varint       | series count  |                                                                       |
/// | runs         | `series`      | each less the one before                                              |
/// | runs         | rows          | of each series                                                        |
/// | varint       | vector count  |                                                                       |
/// | runs         | rows          | of each vector                                                        |
/// | zigzag       | first time    | the smallest of the group                                             |
/// | varint       | unit          | what all times less the first are multiples of                        |
/// | varints      | vector times  | of each vector the smallest less the first, in units                  |
/// | zigzags      | spans         | of each its largest less smallest, in units, less the span before     |
/// | varint       | column count  | the first is the time, its name empty, its type integer               |
/// | of each:     |               |                                                                       |
/// | counted      | `name`        |                                                                       |
/// | 1 byte       | `kind`        | a `FieldKind`                                                         |
/// | varint       | `offset`      | less the end of the column before                                     |
/// |              | `tables`      | `EntropyTables`                                                       |
/// | runs         | `lengths`     | bytes of each vector                                                  |
/// | per vector   | `statistics`  | `VectorStatistics`; not for the time                                  |
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
        /// What is in each vector, in order; empty for the time.
        package var statistics: [VectorStatistics]
        /// What is in all vectors; its rows count from the group's first.
        package var total: VectorStatistics

        /// What a decoder of the vectors needs.
        package var tables: EntropyTables

        init(name: String, kind: FieldKind, offset: Int, _ encoded: EncodedColumn) {
            self.name = name
            self.kind = kind
            self.offset = offset
            lengths = encoded.lengths
            statistics = encoded.statistics
            tables = encoded.tables
            total = VectorStatistics()
        }

        /// Adds up the statistics of the vectors, which begin at the rows `starts`.
        mutating func addUp(_ starts: [Int]) {
            total = VectorStatistics()
            for (index, vector) in statistics.enumerated() { total.append(vector, kind: kind, after: starts[index]) }
        }
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
    package let vectorTimes: [ClosedRange<Int64>]
    /// The smallest and the largest time; nil where there is no row.
    package let times: ClosedRange<Int64>?
    /// The time, then the fields.
    package var columns: [Column]

    /// How many rows there are.
    package var rowCount: Int { starts.last ?? 0 }

    private static func hull(_ ranges: [ClosedRange<Int64>]) -> ClosedRange<Int64>? {
        guard let first = ranges.first else { return nil }
        return ranges.reduce(first) { min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound) }
    }

    /// Whether rows of a measurement may be here, of series and at times that lie in these bounds.
    package func mayHold(_ name: String, _ numbers: ClosedRange<UInt32>, _ range: ClosedRange<Int64>) -> Bool {
        guard let times, range.overlaps(times), let first = series.first, let last = series.last else { return false }
        return first <= numbers.upperBound && last >= numbers.lowerBound && measurement == name
    }

    /// The share of the rows, 0 to 1, that lie in vectors with times in `range`.
    package func share(of range: ClosedRange<Int64>) -> Double {
        guard let times, range.overlaps(times) else { return 0 }
        if range.lowerBound <= times.lowerBound, range.upperBound >= times.upperBound { return 1 }
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
        var steps: [Int] = []
        for number in series {
            steps.append(Int(number - before))
            before = number
        }
        bytes.appendRuns(steps)
        bytes.appendRuns(series.indices.map { starts[$0 + 1] - starts[$0] })
        bytes.appendVarint(UInt64(vectorTimes.count))
        bytes.appendRuns(vectorTimes.indices.map { vectorStarts[$0 + 1] - vectorStarts[$0] })
        let first = times?.lowerBound ?? 0
        bytes.appendZigZag(first)
        let lows = vectorTimes.map { UInt64(bitPattern: $0.lowerBound &- first) }
        let spans = vectorTimes.map { UInt64(bitPattern: $0.upperBound &- $0.lowerBound) }
        let unit = max(1, (lows + spans).reduce(0, Self.greatestCommonDivisor))
        bytes.appendVarint(unit)
        for low in lows { bytes.appendVarint(low / unit) }
        var beforeSpan: UInt64 = 0
        for span in spans {
            bytes.appendZigZag(Int64(bitPattern: span / unit &- beforeSpan))
            beforeSpan = span / unit
        }
        bytes.appendVarint(UInt64(columns.count))
        var end = 0
        for column in columns {
            bytes.appendCounted(column.name.utf8)
            bytes.append(column.kind.rawValue)
            bytes.appendVarint(UInt64(column.offset - end))
            column.tables.encode(into: &bytes)
            bytes.appendRuns(column.lengths)
            end = column.lengths.reduce(column.offset, +)
            var before: Int64 = 0
            for (index, vector) in column.statistics.enumerated() {
                vector.encode(
                    kind: column.kind, rowCount: vectorStarts[index + 1] - vectorStarts[index], before: &before,
                    into: &bytes)
            }
        }
    }

    /// Reads an entry of a file whose vectors end at `dataEnd`.
    package init(from reader: inout ByteReader, dataEnd: Int) throws(CorruptBytes) {
        measurement = try reader.text()
        // A run of equal entries takes few bytes: the limits are those of a group, not of what is left to read.
        let seriesCount = try reader.count(limit: 1 << 20)
        series = []
        var number = 0
        for step in try reader.runs(seriesCount, limit: Int(UInt32.max)) {
            number += step
            guard let known = UInt32(exactly: number) else { throw CorruptBytes("a series numbered \(number)") }
            series.append(known)
        }
        starts = [0]
        for rows in try reader.runs(seriesCount, limit: 1 << 30) { starts.append(starts[starts.count - 1] + rows) }
        let vectorCount = try reader.count(limit: 1 << 20)
        vectorStarts = [0]
        for rows in try reader.runs(vectorCount, limit: VectorHeader.maximumRowCount) {
            guard rows > 0 else { throw CorruptBytes("a vector without rows") }
            vectorStarts.append(vectorStarts[vectorStarts.count - 1] + rows)
        }
        let first = try reader.zigZag()
        let unit = Int64(bitPattern: try reader.varint())
        var lows: [Int64] = []
        for _ in 0..<vectorCount { lows.append(first &+ unit &* Int64(bitPattern: try reader.varint())) }
        var ranges: [ClosedRange<Int64>] = []
        var span: Int64 = 0
        for low in lows {
            span &+= try reader.zigZag()
            let high = low &+ unit &* span
            guard low <= high else { throw CorruptBytes("a vector from \(low) to \(high)") }
            ranges.append(low...high)
        }
        vectorTimes = ranges
        times = Self.hull(ranges)
        columns = []
        guard vectorStarts.last == starts.last else {
            throw CorruptBytes("a row group of \(measurement) whose parts do not fit")
        }
        var end = 0
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let column = try Self.column(from: &reader, after: end, vectorStarts, isTime: columns.isEmpty)
            end = column.lengths.reduce(column.offset, +)
            guard end <= dataEnd else { throw CorruptBytes("column \(column.name) passes the index") }
            columns.append(column)
        }
        guard !columns.isEmpty else { throw CorruptBytes("a row group of \(measurement) without a time") }
    }

    private static func greatestCommonDivisor(_ left: UInt64, _ right: UInt64) -> UInt64 {
        var (a, b) = (left, right)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }

    private static func column(
        from reader: inout ByteReader, after end: Int, _ vectorStarts: [Int], isTime: Bool
    ) throws(CorruptBytes) -> Column {
        let name = try reader.text()
        let tag = try reader.byte()
        guard let kind = FieldKind(rawValue: tag) else { throw CorruptBytes("a column of unknown type \(tag)") }
        let offset = end + (try reader.count(limit: 1 << 50))
        var encoded = EncodedColumn()
        encoded.tables = try EntropyTables(from: &reader)
        encoded.lengths = try reader.runs(vectorStarts.count - 1, limit: 1 << 30)
        if isTime { return Column(name: name, kind: kind, offset: offset, encoded) }
        var before: Int64 = 0
        for index in encoded.lengths.indices {
            encoded.statistics.append(
                try VectorStatistics(
                    kind: kind, rowCount: vectorStarts[index + 1] - vectorStarts[index], before: &before,
                    from: &reader))
        }
        var column = Column(name: name, kind: kind, offset: offset, encoded)
        column.addUp(vectorStarts)
        return column
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
        times = Self.hull(vectorTimes)
        self.columns = columns
    }
}

// MARK: - Runs

extension [UInt8] {
    /// Appends numbers that are often equal to the one before: each as a varint shifted up by one; where it repeats, the
    /// lowest bit is set and a varint follows that says how many more times.
    fileprivate mutating func appendRuns(_ numbers: [Int]) {
        var index = 0
        while index < numbers.count {
            var end = index + 1
            while end < numbers.count, numbers[end] == numbers[index] { end += 1 }
            let more = end - index - 1
            appendVarint(UInt64(numbers[index]) << 1 | (more > 0 ? 1 : 0))
            if more > 0 { appendVarint(UInt64(more)) }
            index = end
        }
    }
}

extension ByteReader {
    /// Takes `count` numbers up to `limit` that `appendRuns` wrote.
    fileprivate mutating func runs(_ count: Int, limit: Int) throws(CorruptBytes) -> [Int] {
        var numbers: [Int] = []
        numbers.reserveCapacity(count)
        while numbers.count < count {
            let tag = try varint()
            guard tag >> 1 <= UInt64(limit) else { throw CorruptBytes("a number of \(tag >> 1) over \(limit)") }
            let more = tag & 1 == 1 ? try self.count(limit: count - numbers.count - 1) : 0
            numbers.append(contentsOf: repeatElement(Int(tag >> 1), count: more + 1))
        }
        return numbers
    }
}
