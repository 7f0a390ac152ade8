import Bytes
import CZstd

/// Texts: a dictionary where few are distinct, else their lengths and one compressed run.
enum StringCodec {
    /// Appends the dictionary, a varint count and each text counted, and gives the code of each text; nil, with nothing
    /// appended, where it would not pay.
    ///
    /// - Parameter ends: the end of each text in `text`.
    static func encodeDictionary(ends: [UInt64], text: [UInt8], into block: inout [UInt8]) -> [UInt64]? {
        var table = ByteKeyTable(capacity: 64)
        var codes: [UInt64] = []
        codes.reserveCapacity(ends.count)
        let span = text.span
        var begin = 0
        for end in ends {
            codes.append(UInt64(table.insert(span.extracting(begin..<Int(end))).number))
            begin = Int(end)
            if table.count * 4 > ends.count + 16 { return nil }
        }
        block.appendVarint(UInt64(table.count))
        for number in 0..<table.count { block.appendCounted(table.key(number)) }
        return codes
    }

    /// The texts of a dictionary.
    struct Dictionary {
        private let entries: [ArraySlice<UInt8>]

        /// Reads what `encodeDictionary` wrote.
        init(from reader: inout ByteReader) throws(CorruptBytes) {
            var entries: [ArraySlice<UInt8>] = []
            for _ in 0..<(try reader.count(limit: reader.remaining)) { entries.append(try reader.counted()) }
            self.entries = entries
        }

        /// The texts of the first `count` of `codes`, one behind the other; each code becomes its text's end.
        func expand(_ count: Int, _ codes: inout [UInt64]) throws(CorruptBytes) -> [UInt8] {
            var text: [UInt8] = []
            for index in 0..<count {
                guard codes[index] < UInt64(entries.count) else {
                    throw CorruptBytes("code \(codes[index]) of a dictionary of \(entries.count)")
                }
                text.append(contentsOf: entries[Int(codes[index])])
                codes[index] = UInt64(text.count)
            }
            return text
        }
    }

    /// Appends the whole text: its length, 1 byte that says whether it is compressed, and the bytes, counted. The ends of
    /// the texts follow as integers.
    static func encodePlain(_ text: [UInt8], into block: inout [UInt8]) {
        let compressed = Zstd.compress(text)
        block.appendVarint(UInt64(text.count))
        let isCompressed = compressed.count < text.count && !compressed.isEmpty
        block.append(isCompressed ? 1 : 0)
        block.appendCounted(isCompressed ? compressed : text)
    }

    /// Reads back the whole text.
    static func decodePlain(from reader: inout ByteReader) throws(CorruptBytes) -> [UInt8] {
        let size = try reader.count(limit: 1 << 30)
        let isCompressed = try reader.byte() == 1
        let bytes = Array(try reader.counted())
        let text = isCompressed ? try Zstd.decompress(bytes, size: size) : bytes
        guard text.count == size else { throw CorruptBytes("a text of \(text.count) bytes, not \(size)") }
        return text
    }
}

/// The zstd library in two calls.
enum Zstd {
    /// `source` compressed at level 1; longer than it where it does not compress.
    static func compress(_ source: [UInt8], level: Int32 = 1) -> [UInt8] {
        let bound = ZSTD_compressBound(source.count)
        return unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, initialized in
            // The buffer holds the library's own bound for this input, so it cannot be too small.
            let size = unsafe ZSTD_compress(buffer.baseAddress, bound, source, source.count, level)
            initialized = ZSTD_isError(size) == 0 ? size : 0
        }
    }

    /// Exactly `size` bytes, or an error.
    static func decompress(_ source: [UInt8], size: Int) throws(CorruptBytes) -> [UInt8] {
        let result = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            // The library writes at most `size` bytes and says how many.
            let got = unsafe ZSTD_decompress(buffer.baseAddress, size, source, source.count)
            initialized = ZSTD_isError(got) == 0 ? min(got, size) : 0
        }
        guard result.count == size else { throw CorruptBytes("zstd gave \(result.count) bytes, not \(size)") }
        return result
    }
}
