import Bytes

/// How a vector's present values are laid down. The tag stands in the vector's header and is never reused.
enum VectorEncoding: UInt8, Sendable {
    /// `IntegerCodec`: integers, unsigned integers, booleans, times.
    case integer = 1
    /// `FloatCodec`, decimal form.
    case decimal = 2
    /// `FloatCodec`, XOR form.
    case xor = 3
    /// `StringCodec`, dictionary form.
    case dictionary = 5
    /// `StringCodec`, plain form.
    case plainText = 6
}

/// What stands before a vector's body; all else that a reader needs is in the segment's index (`VectorStatistics`,
/// `EntropyTables`).
///
/// | offset | size | field      | meaning                                                       |
/// |-------:|-----:|------------|---------------------------------------------------------------|
/// |      0 |    4 | `crc`      | CRC-32C of byte 4 and the body, little-endian                 |
/// |      4 |    1 | `encoding` | a `VectorEncoding`; a reader refuses what it does not know    |
///
/// The body begins with a bitmap of absent rows, one bit a row in 64-bit words, where some rows are present and some are
/// not; the values follow, in the form that `encoding` names. A vector that the index says all of (`ColumnCodec`) has
/// neither header nor body.
package enum VectorHeader {
    /// The header's length.
    package static let byteCount = 5
    /// The most rows of one vector.
    package static let maximumRowCount = 1024

    /// Appends a header and the body.
    static func append(_ encoding: VectorEncoding, _ body: [UInt8], to block: inout [UInt8]) {
        let start = block.count
        block.append(contentsOf: [0, 0, 0, 0, encoding.rawValue])
        block.append(contentsOf: body)
        let crc = CRC32C.checksum(block.span.extracting((start + 4)..<block.count))
        for index in 0..<4 { block[start + index] = UInt8(truncatingIfNeeded: crc >> UInt32(index * 8)) }
    }

    /// Checks a vector's header and checksum and moves the cursor to its body.
    static func read(_ reader: inout ByteReader) throws(CorruptBytes) -> VectorEncoding {
        let start = reader.offset
        try reader.skip(byteCount)
        let bytes = reader.bytes.span
        var crc: UInt32 = 0
        for index in 0..<4 { crc |= UInt32(bytes[start + index]) << UInt32(index * 8) }
        guard CRC32C.checksum(bytes.extracting((start + 4)..<reader.end)) == crc else {
            throw CorruptBytes("the checksum of a vector of \(reader.end - start) bytes")
        }
        guard let encoding = VectorEncoding(rawValue: bytes[start + 4]) else {
            throw CorruptBytes("a vector of unknown form \(bytes[start + 4])")
        }
        return encoding
    }
}
