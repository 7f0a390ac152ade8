package import Bytes
package import Telemetry

/// How a vector's present values are laid down. The tag stands in the vector's header and is never reused.
package enum VectorEncoding: UInt8, Sendable {
    /// `IntegerCodec`: integers, unsigned integers, times.
    case integer = 1
    /// `FloatCodec`, decimal form.
    case decimal = 2
    /// `FloatCodec`, XOR form.
    case xor = 3
    /// One bit a value.
    case bitmap = 4
    /// `StringCodec`, dictionary form.
    case dictionary = 5
    /// `StringCodec`, plain form.
    case plainText = 6
}

/// What the header of a vector says: what is in it without decoding it.
///
/// All integers are little-endian. Statistics are over the present values, in the column's own type; all 0 for text.
///
/// | offset | size | field          | meaning                                               |
/// |-------:|-----:|----------------|-------------------------------------------------------|
/// |      0 |    1 | `encoding`     | a `VectorEncoding`; a reader refuses what it does not know |
/// |      1 |    1 | `flags`        | bit 0: a bitmap of absent rows precedes the values    |
/// |      2 |    2 | `rowCount`     | 1...1024                                              |
/// |      4 |    2 | `presentCount` | rows with a value                                     |
/// |      6 |    2 | reserved       | zero                                                  |
/// |      8 |    8 | `minimum`      | smallest value                                        |
/// |     16 |    8 | `maximum`      | largest value                                         |
/// |     24 |    8 | `sum`          | sum; integers wrap                                    |
/// |     32 |    8 | `first`        | value of the first present row                        |
/// |     40 |    8 | `last`         | value of the last present row                         |
/// |     48 |    4 | `bodyLength`   | bytes after the header                                |
/// |     52 |    4 | `crc`          | CRC-32C of bytes 0..<52 and the body                  |
package struct VectorHeader: Sendable, Equatable {
    /// The header's length.
    package static let byteCount = 56
    /// The most rows of one vector.
    package static let maximumRowCount = 1024
    /// How the values are laid down.
    package var encoding: VectorEncoding
    /// Whether a bitmap of absent rows precedes the values.
    package var hasAbsent: Bool
    /// Rows of the vector.
    package var rowCount: Int
    /// Rows with a value.
    package var presentCount: Int
    /// Smallest, largest, sum, first and last present value, as words of the column's type.
    package var statistics: VectorStatistics
    /// Bytes after the header.
    package var bodyLength: Int
}

/// Smallest, largest, sum, first and last of a vector's present values, each as a word of the column's type.
package struct VectorStatistics: Sendable, Equatable {
    /// The smallest value.
    package var minimum: UInt64 = 0
    /// The largest value.
    package var maximum: UInt64 = 0
    /// The sum; integers wrap.
    package var sum: UInt64 = 0
    /// The first present value.
    package var first: UInt64 = 0
    /// The last present value.
    package var last: UInt64 = 0

    init(_ words: [UInt64], kind: FieldKind) {
        guard let first = words.first, let last = words.last, kind != .string else { return }
        self.first = first
        self.last = last
        switch kind {
        case .float:
            var low = Double.infinity, high = -Double.infinity, total = 0.0
            for word in words {
                let value = Double(bitPattern: word)
                low = value < low ? value : low
                high = value > high ? value : high
                total += value
            }
            (minimum, maximum, sum) = (low.bitPattern, high.bitPattern, total.bitPattern)
        case .integer:
            var low = Int64.max, high = Int64.min
            for word in words {
                let value = Int64(bitPattern: word)
                low = min(low, value)
                high = max(high, value)
                sum &+= word
            }
            (minimum, maximum) = (UInt64(bitPattern: low), UInt64(bitPattern: high))
        case .unsigned, .boolean, .string:
            minimum = .max
            for word in words {
                minimum = min(minimum, word)
                maximum = max(maximum, word)
                sum &+= word
            }
        }
    }

    init(reading reader: inout ByteReader) throws(CorruptBytes) {
        minimum = try reader.littleEndian()
        maximum = try reader.littleEndian()
        sum = try reader.littleEndian()
        first = try reader.littleEndian()
        last = try reader.littleEndian()
    }
}

/// Up to 1,024 values of one column to bytes and back: the smallest form wins, bit for bit.
package enum VectorCodec {
    /// Appends rows `rows` of `column` as one vector.
    package static func encode(_ column: FieldColumn, rows: Range<Int>, into block: inout [UInt8]) {
        precondition(!rows.isEmpty && rows.count <= VectorHeader.maximumRowCount, "a vector of \(rows.count) rows")
        var absent: [UInt64] = []
        var present: [UInt64] = []
        present.reserveCapacity(rows.count)
        var text: [UInt8] = []
        for row in rows {
            if !column.isPresent(row) {
                if absent.isEmpty { absent = [UInt64](repeating: 0, count: (rows.count + 63) / 64) }
                absent[(row - rows.lowerBound) >> 6] |= 1 << UInt64((row - rows.lowerBound) & 63)
            } else if column.kind == .string {
                text.append(contentsOf: column.textBytes(row))
                present.append(UInt64(text.count))
            } else {
                present.append(column.words[row])
            }
        }
        var body: [UInt8] = []
        body.appendWords(absent)
        let encoding = present.isEmpty ? .integer : encode(present, text: text, kind: column.kind, into: &body)
        appendHeader(
            encoding, hasAbsent: !absent.isEmpty, rowCount: rows.count, presentCount: present.count,
            VectorStatistics(present, kind: column.kind), body: body, into: &block)
    }

    /// Appends times, or other whole numbers without a gap, as one vector.
    package static func encode(times: ArraySlice<Int64>, into block: inout [UInt8]) {
        let words = times.map { UInt64(bitPattern: $0) }
        var body: [UInt8] = []
        IntegerCodec.encode(words, into: &body)
        appendHeader(
            .integer, hasAbsent: false, rowCount: words.count, presentCount: words.count,
            VectorStatistics(words, kind: .integer), body: body, into: &block)
    }

    /// Reads the next vector and appends its rows to `column`, whose type it must have.
    package static func decode(
        from reader: inout ByteReader, into column: inout FieldColumn
    ) throws(CorruptBytes) {
        let header = try self.header(from: &reader)
        let absent = header.hasAbsent ? try reader.words((header.rowCount + 63) / 64) : []
        var ends: [UInt64] = []
        var text: [UInt8] = []
        if header.presentCount > 0 {
            (ends, text) = try decodeValues(header, kind: column.kind, from: &reader)
        }
        if !header.hasAbsent, column.kind != .string {
            guard ends.count == header.rowCount else {
                throw CorruptBytes("\(ends.count) of \(header.rowCount) values")
            }
            column.append(words: ends)
            return
        }
        var next = 0
        for row in 0..<header.rowCount {
            if header.hasAbsent, absent[row >> 6] & (1 << UInt64(row & 63)) != 0 {
                column.appendAbsent()
                continue
            }
            guard next < ends.count else { throw CorruptBytes("a vector with fewer values than its bitmap says") }
            if column.kind == .string {
                column.append(text: text[Int(next == 0 ? 0 : ends[next - 1])..<Int(ends[next])])
            } else {
                column.append(word: ends[next])
            }
            next += 1
        }
    }

    /// Reads the next vector of times and appends them to `times`.
    package static func decode(from reader: inout ByteReader, into times: inout [Int64]) throws(CorruptBytes) {
        let header = try self.header(from: &reader)
        guard header.encoding == .integer, header.presentCount == header.rowCount else {
            throw CorruptBytes("a vector of times in form \(header.encoding)")
        }
        times.append(
            contentsOf: try IntegerCodec.decode(header.rowCount, from: &reader).lazy.map(Int64.init(bitPattern:)))
    }

    /// Reads a header and checks the checksum over it and its body.
    package static func header(from reader: inout ByteReader) throws(CorruptBytes) -> VectorHeader {
        let start = reader.offset
        let tag = try reader.byte()
        let flags = try reader.byte()
        let rowCount = Int(try reader.littleEndian(UInt16.self))
        let presentCount = Int(try reader.littleEndian(UInt16.self))
        _ = try reader.littleEndian(UInt16.self)
        let statistics = try VectorStatistics(reading: &reader)
        let bodyLength = Int(try reader.littleEndian(UInt32.self))
        let crc = try reader.littleEndian(UInt32.self)
        guard bodyLength <= reader.remaining else { throw CorruptBytes("a vector of \(bodyLength) bytes at \(start)") }
        let bytes = reader.bytes.span
        let body = bytes.extracting(reader.offset..<(reader.offset + bodyLength))
        guard CRC32C.update(CRC32C.checksum(bytes.extracting(start..<(start + 52))), with: body) == crc else {
            throw CorruptBytes("the checksum of the vector at \(start)")
        }
        guard let encoding = VectorEncoding(rawValue: tag), flags <= 1 else {
            throw CorruptBytes("a vector of unknown form \(tag) at \(start)")
        }
        guard (1...VectorHeader.maximumRowCount).contains(rowCount), presentCount <= rowCount else {
            throw CorruptBytes("a vector of \(rowCount) rows at \(start)")
        }
        return VectorHeader(
            encoding: encoding, hasAbsent: flags & 1 == 1, rowCount: rowCount, presentCount: presentCount,
            statistics: statistics, bodyLength: bodyLength)
    }

    private static func encode(
        _ present: [UInt64], text: [UInt8], kind: FieldKind, into body: inout [UInt8]
    ) -> VectorEncoding {
        switch kind {
        case .integer, .unsigned:
            IntegerCodec.encode(present, into: &body)
            return .integer
        case .boolean:
            BitPacking.pack(present, width: 1, into: &body)
            return .bitmap
        case .float:
            var decimal: [UInt8] = []
            let isDecimal = FloatCodec.encodeDecimal(present, into: &decimal)
            var xor: [UInt8] = []
            // The XOR form wins only where nothing is decimal, or for few values; it is cheap to skip otherwise.
            if !isDecimal || decimal.count > present.count * 5 { FloatCodec.encodeXOR(present, into: &xor) }
            if isDecimal, xor.isEmpty || decimal.count <= xor.count {
                body.append(contentsOf: decimal)
                return .decimal
            }
            body.append(contentsOf: xor)
            return .xor
        case .string:
            var dictionary: [UInt8] = []
            if StringCodec.encodeDictionary(ends: present, text: text[...], into: &dictionary) {
                body.append(contentsOf: dictionary)
                return .dictionary
            }
            StringCodec.encodePlain(ends: present, text: text[...], into: &body)
            return .plainText
        }
    }

    private static func decodeValues(
        _ header: VectorHeader, kind: FieldKind, from reader: inout ByteReader
    ) throws(CorruptBytes) -> ([UInt64], [UInt8]) {
        let count = header.presentCount
        switch (header.encoding, kind) {
        case (.integer, .integer), (.integer, .unsigned): return (try IntegerCodec.decode(count, from: &reader), [])
        case (.decimal, .float): return (try FloatCodec.decodeDecimal(count, from: &reader), [])
        case (.xor, .float): return (try FloatCodec.decodeXOR(count, from: &reader), [])
        case (.bitmap, .boolean): return (try BitPacking.unpack(count, width: 1, from: &reader), [])
        case (.dictionary, .string): return try StringCodec.decodeDictionary(count, from: &reader)
        case (.plainText, .string): return try StringCodec.decodePlain(count, from: &reader)
        default: throw CorruptBytes("form \(header.encoding) in a column of type \(kind.name)")
        }
    }

    private static func appendHeader(
        _ encoding: VectorEncoding, hasAbsent: Bool, rowCount: Int, presentCount: Int,
        _ statistics: VectorStatistics, body: [UInt8], into block: inout [UInt8]
    ) {
        let start = block.count
        block.append(encoding.rawValue)
        block.append(hasAbsent ? 1 : 0)
        block.appendLittleEndian(UInt16(rowCount))
        block.appendLittleEndian(UInt16(presentCount))
        block.appendLittleEndian(UInt16(0))
        for word in [
            statistics.minimum, statistics.maximum, statistics.sum, statistics.first, statistics.last,
        ] { block.appendLittleEndian(word) }
        block.appendLittleEndian(UInt32(body.count))
        let headerCRC = CRC32C.checksum(block.span.extracting(start..<block.count))
        block.appendLittleEndian(CRC32C.update(headerCRC, with: body.span))
        block.append(contentsOf: body)
    }
}
