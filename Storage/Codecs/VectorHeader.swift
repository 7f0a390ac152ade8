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
/// |      0 |    1 | `encoding` | a `VectorEncoding`; a reader refuses what it does not know    |
/// |      1 |    4 | `crc`      | CRC-32C of byte 0 and the body, little-endian                 |
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
        block.append(encoding.rawValue)
        block.appendLittleEndian(checksum(encoding.rawValue, body.span))
        block.append(contentsOf: body)
    }

    /// Checks a vector's header and checksum and moves the cursor to its body.
    static func read(_ reader: inout ByteReader) throws(CorruptBytes) -> VectorEncoding {
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

    private static func checksum(_ tag: UInt8, _ body: Span<UInt8>) -> UInt32 {
        CRC32C.update(CRC32C.checksum([tag]), with: body)
    }
}
