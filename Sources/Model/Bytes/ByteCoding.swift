/// Why bytes could not be read back: they end early or hold a number that cannot be.
package struct CorruptBytes: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was expected, and where.
    package let detail: String

    /// An error that says `detail`.
    package init(_ detail: String) { self.detail = detail }

    /// The detail.
    package var description: String { detail }
}

extension [UInt8] {
    // One method a width: a generic one is called by witness tables from other modules, many times slower.

    /// Appends `value`, least significant byte first.
    package mutating func appendLittleEndian(_ value: UInt16) { appendBytes(UInt64(value), 2) }

    /// Appends `value`, least significant byte first.
    package mutating func appendLittleEndian(_ value: UInt32) { appendBytes(UInt64(value), 4) }

    /// Appends `value`, least significant byte first.
    package mutating func appendLittleEndian(_ value: UInt64) { appendBytes(value, 8) }

    /// Appends `value`, least significant byte first.
    package mutating func appendLittleEndian(_ value: Int64) { appendBytes(UInt64(bitPattern: value), 8) }

    private mutating func appendBytes(_ value: UInt64, _ count: Int) {
        for index in 0..<count { append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
    }

    /// Appends `value` in groups of seven bits, least significant first, the top bit set on all but the last.
    package mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Appends `value` as a varint with the sign in the lowest bit.
    package mutating func appendZigZag(_ value: Int64) {
        appendVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    /// Appends the byte count as a varint, then the bytes.
    package mutating func appendCounted(_ bytes: some Collection<UInt8>) {
        appendVarint(UInt64(bytes.count))
        append(contentsOf: bytes)
    }

    /// Appends each word, least significant byte first.
    package mutating func appendWords(_ words: [UInt64]) {
        unsafe words.withUnsafeBytes { bytes in
            // Every machine that we build for is little-endian; the bytes are the words' own storage.
            unsafe append(contentsOf: bytes)
        }
    }
}

/// A cursor over bytes that came from a disk or a peer: every read is checked, none traps.
package struct ByteReader: Sendable {
    /// The bytes that are read.
    package let bytes: [UInt8]
    /// The index of the next byte.
    package private(set) var offset: Int
    /// One past the last byte that may be read.
    package let end: Int

    /// A cursor over `range` of `bytes`, or over all of them.
    package init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
        self.bytes = bytes
        self.offset = range?.lowerBound ?? 0
        self.end = range?.upperBound ?? bytes.count
    }

    /// How many bytes are left.
    package var remaining: Int { end - offset }

    /// Takes one byte.
    package mutating func byte() throws(CorruptBytes) -> UInt8 {
        try take(1)
        return bytes[offset - 1]
    }

    // One method a width, as for appending.

    /// Takes two bytes, least significant first.
    package mutating func littleEndian(_ type: UInt16.Type = UInt16.self) throws(CorruptBytes) -> UInt16 {
        UInt16(truncatingIfNeeded: try fixed(2))
    }

    /// Takes four bytes, least significant first.
    package mutating func littleEndian(_ type: UInt32.Type = UInt32.self) throws(CorruptBytes) -> UInt32 {
        UInt32(truncatingIfNeeded: try fixed(4))
    }

    /// Takes eight bytes, least significant first.
    package mutating func littleEndian(_ type: UInt64.Type = UInt64.self) throws(CorruptBytes) -> UInt64 {
        try fixed(8)
    }

    private mutating func fixed(_ width: Int) throws(CorruptBytes) -> UInt64 {
        try take(width)
        var value: UInt64 = 0
        for index in 0..<width { value |= UInt64(bytes[offset &- width &+ index]) &<< UInt64(index &* 8) }
        return value
    }

    /// Takes a varint.
    package mutating func varint() throws(CorruptBytes) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let byte = try byte()
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw CorruptBytes("a varint of more than ten bytes at \(offset)")
    }

    /// Takes a varint that must be a count between 0 and `limit`.
    package mutating func count(limit: Int) throws(CorruptBytes) -> Int {
        let value = try varint()
        guard value <= UInt64(limit) else { throw CorruptBytes("a count of \(value) over \(limit) at \(offset)") }
        return Int(value)
    }

    /// Takes a varint with the sign in its lowest bit.
    package mutating func zigZag() throws(CorruptBytes) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// Takes a counted run of bytes.
    package mutating func counted() throws(CorruptBytes) -> ArraySlice<UInt8> {
        let count = try count(limit: remaining)
        try take(count)
        return bytes[(offset - count)..<offset]
    }

    /// Passes over `count` bytes.
    package mutating func skip(_ count: Int) throws(CorruptBytes) { try take(count) }

    /// Takes all bytes that are left.
    package mutating func rest() -> ArraySlice<UInt8> {
        let rest = bytes[offset..<end]
        offset = end
        return rest
    }

    /// Takes a counted run of bytes as text; ill-formed UTF-8 is repaired, never refused.
    package mutating func text() throws(CorruptBytes) -> String {
        String(decoding: try counted(), as: UTF8.self)
    }

    /// Takes `count` 64-bit words.
    package mutating func words(_ count: Int) throws(CorruptBytes) -> [UInt64] {
        guard count >= 0, count <= remaining / 8 else {
            throw CorruptBytes("\(count) words at \(offset) pass the end at \(end)")
        }
        try take(count * 8)
        let from = offset - count * 8
        return unsafe bytes.withUnsafeBytes { source in
            unsafe [UInt64](unsafeUninitializedCapacity: count) { words, initialized in
                // `take` has checked that `count * 8` bytes follow `from`.
                unsafe UnsafeMutableRawBufferPointer(words).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: source[from..<(from + count * 8)]))
                initialized = count
            }
        }
    }

    private mutating func take(_ count: Int) throws(CorruptBytes) {
        guard count <= remaining else {
            throw CorruptBytes("\(count) bytes at \(offset) pass the end at \(end)")
        }
        offset += count
    }
}
