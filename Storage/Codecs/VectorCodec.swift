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

/// What stands before a vector's body; all else that a reader needs is in the segment's index (`VectorStatistics`).
///
/// | offset | size | field      | meaning                                                       |
/// |-------:|-----:|------------|---------------------------------------------------------------|
/// |      0 |    1 | `encoding` | a `VectorEncoding`; a reader refuses what it does not know    |
/// |      1 |    4 | `crc`      | CRC-32C of byte 0 and the body, little-endian                 |
///
/// The body begins with a bitmap of absent rows, one bit a row in 64-bit words, where some rows are present and some are
/// not; the values follow, in the form that `encoding` names. A vector without a present row has no body.
package enum VectorHeader {
    /// The header's length.
    package static let byteCount = 5
    /// The most rows of one vector.
    package static let maximumRowCount = 1024
}

/// Up to 1,024 values of one column to bytes and back: the smallest form wins, bit for bit.
package enum VectorCodec {
    /// Appends rows `rows` of `column` as one vector.
    ///
    /// - Returns: what a reader has to hand to `decode` again, and more.
    package static func encode(
        _ column: FieldColumn, rows: Range<Int>, into block: inout [UInt8]
    ) -> VectorStatistics {
        precondition(!rows.isEmpty && rows.count <= VectorHeader.maximumRowCount, "a vector of \(rows.count) rows")
        var absent: [UInt64] = []
        var presentRows: [Int32] = []
        var present: [UInt64] = []
        var text: [UInt8] = []
        if column.absent.isEmpty, column.kind != .string {
            present = Array(column.words[rows])
        } else {
            absent = [UInt64](repeating: 0, count: (rows.count + 63) / 64)
            for row in rows {
                let place = row - rows.lowerBound
                guard column.isPresent(row) else {
                    absent[place >> 6] |= 1 << UInt64(place & 63)
                    continue
                }
                presentRows.append(Int32(place))
                if column.kind == .string { text.append(contentsOf: column.textBytes(row)) }
                present.append(column.kind == .string ? UInt64(text.count) : column.words[row])
            }
        }
        var body: [UInt8] = []
        if !present.isEmpty, present.count < rows.count { body.appendWords(absent) }
        let scaled = column.kind == .float && !present.isEmpty ? FloatCodec.scale(present) : nil
        let encoding =
            present.isEmpty
            ? .integer : encode(present, scaled: scaled, text: text, kind: column.kind, into: &body)
        append(encoding, body, to: &block)
        return VectorStatistics(present, kind: column.kind, scaled: scaled, presentRows: presentRows)
    }

    /// Appends times, or other whole numbers without a gap, as one vector.
    package static func encode(times: ArraySlice<Int64>, into block: inout [UInt8]) {
        var body: [UInt8] = []
        IntegerCodec.encode(times.map { UInt64(bitPattern: $0) }, into: &body)
        append(.integer, body, to: &block)
    }

    /// Reads a vector and appends its rows to `column`, whose type it must have.
    ///
    /// - Parameters:
    ///   - vector: a cursor over the whole vector and no more.
    ///   - rowCount: as encoded, 1...1024.
    ///   - presentCount: how many of the rows have a value.
    package static func decode(
        _ vector: ByteReader, rowCount: Int, presentCount: Int, into column: inout FieldColumn
    ) throws(CorruptBytes) {
        var reader = vector
        let encoding = try open(&reader)
        guard presentCount > 0 else {
            try close(reader)
            column.appendAbsent(rowCount)
            return
        }
        let absent = presentCount < rowCount ? try reader.words((rowCount + 63) / 64) : []
        let (words, text) = try decodeValues(encoding, count: presentCount, kind: column.kind, from: &reader)
        try close(reader)
        guard words.count == presentCount else { throw CorruptBytes("\(words.count) of \(presentCount) values") }
        if absent.isEmpty, column.kind != .string {
            column.append(words: words)
            return
        }
        var next = 0
        for row in 0..<rowCount {
            if !absent.isEmpty, absent[row >> 6] & (1 << UInt64(row & 63)) != 0 {
                column.appendAbsent()
                continue
            }
            guard next < words.count else { throw CorruptBytes("a vector with fewer values than its bitmap says") }
            if column.kind == .string {
                column.append(text: text[Int(next == 0 ? 0 : words[next - 1])..<Int(words[next])])
            } else {
                column.append(word: words[next])
            }
            next += 1
        }
        guard next == words.count else { throw CorruptBytes("a vector with more values than its bitmap says") }
    }

    /// Reads a vector of times and appends them to `times`.
    package static func decode(
        _ vector: ByteReader, rowCount: Int, into times: inout [Int64]
    ) throws(CorruptBytes) {
        var reader = vector
        let encoding = try open(&reader)
        guard encoding == .integer else { throw CorruptBytes("a vector of times in form \(encoding)") }
        times.append(contentsOf: try IntegerCodec.decode(rowCount, from: &reader).lazy.map(Int64.init(bitPattern:)))
        try close(reader)
    }

    /// Checks a vector's header and checksum and moves the cursor to its body.
    private static func open(_ reader: inout ByteReader) throws(CorruptBytes) -> VectorEncoding {
        let tag = try reader.byte()
        let crc: UInt32 = try reader.littleEndian()
        guard checksum(tag, reader.bytes.span.extracting(reader.offset..<reader.end)) == crc else {
            throw CorruptBytes("the checksum of a vector of \(reader.remaining) bytes")
        }
        guard let encoding = VectorEncoding(rawValue: tag) else {
            throw CorruptBytes("a vector of unknown form \(tag)")
        }
        return encoding
    }

    private static func close(_ reader: ByteReader) throws(CorruptBytes) {
        guard reader.remaining == 0 else { throw CorruptBytes("\(reader.remaining) bytes behind a vector's values") }
    }

    private static func checksum(_ tag: UInt8, _ body: Span<UInt8>) -> UInt32 {
        CRC32C.update(CRC32C.checksum([tag]), with: body)
    }

    private static func append(_ encoding: VectorEncoding, _ body: [UInt8], to block: inout [UInt8]) {
        block.append(encoding.rawValue)
        block.appendLittleEndian(checksum(encoding.rawValue, body.span))
        block.append(contentsOf: body)
    }

    private static func encode(
        _ present: [UInt64], scaled: FloatCodec.Scaled?, text: [UInt8], kind: FieldKind, into body: inout [UInt8]
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
            if let scaled { FloatCodec.encodeDecimal(present, scaled, into: &decimal) }
            var xor: [UInt8] = []
            // The XOR form wins only where nothing is decimal, or for few values; it is cheap to skip otherwise.
            if scaled == nil || decimal.count > present.count * 5 { FloatCodec.encodeXOR(present, into: &xor) }
            if scaled != nil, xor.isEmpty || decimal.count <= xor.count {
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
        _ encoding: VectorEncoding, count: Int, kind: FieldKind, from reader: inout ByteReader
    ) throws(CorruptBytes) -> ([UInt64], [UInt8]) {
        switch (encoding, kind) {
        case (.integer, .integer), (.integer, .unsigned): return (try IntegerCodec.decode(count, from: &reader), [])
        case (.decimal, .float): return (try FloatCodec.decodeDecimal(count, from: &reader), [])
        case (.xor, .float): return (try FloatCodec.decodeXOR(count, from: &reader), [])
        case (.bitmap, .boolean): return (try BitPacking.unpack(count, width: 1, from: &reader), [])
        case (.dictionary, .string): return try StringCodec.decodeDictionary(count, from: &reader)
        case (.plainText, .string): return try StringCodec.decodePlain(count, from: &reader)
        default: throw CorruptBytes("form \(encoding) in a column of type \(kind.name)")
        }
    }
}
