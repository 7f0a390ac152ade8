package import Bytes
import CZstd

/// Texts: a dictionary where few are distinct, else their lengths and one compressed run.
package enum StringCodec {
    /// Appends the dictionary form of `count` texts; false where it would not pay.
    ///
    /// - Parameter ends: the end of each text in `text`.
    package static func encodeDictionary(ends: [UInt64], text: ArraySlice<UInt8>, into block: inout [UInt8]) -> Bool {
        var table = ByteKeyTable(capacity: 64)
        var codes: [UInt64] = []
        codes.reserveCapacity(ends.count)
        var begin = text.startIndex
        for end in ends {
            let slice = Array(text[begin..<(text.startIndex + Int(end))])
            begin = text.startIndex + Int(end)
            codes.append(UInt64(table.insert(slice.span).number))
            if table.count * 4 > ends.count + 16 { return false }
        }
        block.appendVarint(UInt64(table.count))
        for number in 0..<table.count { block.appendCounted(table.key(number)) }
        IntegerCodec.encode(codes, into: &block)
        return true
    }

    /// Reads back the dictionary form.
    package static func decodeDictionary(
        _ count: Int, from reader: inout ByteReader
    ) throws(CorruptBytes) -> (ends: [UInt64], text: [UInt8]) {
        let size = try reader.count(limit: reader.remaining)
        var entries: [ArraySlice<UInt8>] = []
        for _ in 0..<size { entries.append(try reader.counted()) }
        let codes = try IntegerCodec.decode(count, from: &reader)
        var text: [UInt8] = []
        var ends: [UInt64] = []
        for code in codes {
            guard code < UInt64(size) else { throw CorruptBytes("code \(code) of a dictionary of \(size)") }
            text.append(contentsOf: entries[Int(code)])
            ends.append(UInt64(text.count))
        }
        return (ends, text)
    }

    /// Appends the lengths and the whole text, compressed where that is smaller.
    package static func encodePlain(ends: [UInt64], text: ArraySlice<UInt8>, into block: inout [UInt8]) {
        IntegerCodec.encode(ends, into: &block)
        let source = Array(text)
        let compressed = Zstd.compress(source)
        block.appendVarint(UInt64(source.count))
        let isCompressed = compressed.count < source.count
        block.append(isCompressed ? 1 : 0)
        block.appendCounted(isCompressed ? compressed : source)
    }

    /// Reads back the plain form.
    package static func decodePlain(
        _ count: Int, from reader: inout ByteReader
    ) throws(CorruptBytes) -> (ends: [UInt64], text: [UInt8]) {
        let ends = try IntegerCodec.decode(count, from: &reader)
        let size = try reader.count(limit: 1 << 30)
        let isCompressed = try reader.byte() == 1
        let bytes = Array(try reader.counted())
        let text = isCompressed ? try Zstd.decompress(bytes, size: size) : bytes
        guard text.count == size, ends.last ?? 0 == UInt64(size), ends == ends.sorted() else {
            throw CorruptBytes("texts of \(size) bytes whose ends do not fit")
        }
        return (ends, text)
    }
}

/// The zstd library in two calls.
package enum Zstd {
    /// `source` compressed at level 1; longer than it where it does not compress.
    package static func compress(_ source: [UInt8], level: Int32 = 1) -> [UInt8] {
        let bound = ZSTD_compressBound(source.count)
        return unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, initialized in
            // The buffer holds the library's own bound for this input, so it cannot be too small.
            let size = unsafe ZSTD_compress(buffer.baseAddress, bound, source, source.count, level)
            initialized = ZSTD_isError(size) == 0 ? size : 0
        }
    }

    /// Exactly `size` bytes, or an error.
    package static func decompress(_ source: [UInt8], size: Int) throws(CorruptBytes) -> [UInt8] {
        let result = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            // The library writes at most `size` bytes and says how many.
            let got = unsafe ZSTD_decompress(buffer.baseAddress, size, source, source.count)
            initialized = ZSTD_isError(got) == 0 ? min(got, size) : 0
        }
        guard result.count == size else { throw CorruptBytes("zstd gave \(result.count) bytes, not \(size)") }
        return result
    }
}
