package import Bytes
package import Telemetry

/// Reads the vectors of one column of a row group, in any order.
///
/// A decoder keeps what the column's tables unfold to and its scratch: use one for all vectors of a column that a scan
/// reads.
package struct ColumnDecoder {
    private var decoder: EntropyCoder.Decoder
    private var words = [UInt64](repeating: 0, count: VectorHeader.maximumRowCount)

    /// A decoder of the column with these tables.
    package init(_ tables: EntropyTables) { decoder = EntropyCoder.Decoder(tables) }

    /// Reads a vector and appends its rows to `column`, whose type it must have.
    ///
    /// - Parameters:
    ///   - vector: a cursor over the whole vector and no more.
    ///   - rowCount: as encoded, 1...1024.
    ///   - statistics: what the index says of the vector.
    package mutating func decode(
        _ vector: ByteReader, rowCount: Int, _ statistics: VectorStatistics, into column: inout FieldColumn
    ) throws(CorruptBytes) {
        let presentCount = statistics.presentCount
        guard rowCount <= VectorHeader.maximumRowCount, presentCount <= rowCount else {
            throw CorruptBytes("\(presentCount) values in \(rowCount) rows")
        }
        if vector.remaining == 0 {
            if presentCount == 0 {
                column.appendAbsent(rowCount)
            } else if presentCount == rowCount, column.kind != .string, statistics.isConstant {
                for index in 0..<rowCount { words[index] = statistics.first }
                column.append(words: words[..<rowCount])
            } else {
                throw CorruptBytes("a vector of \(presentCount) values without bytes")
            }
            return
        }
        var reader = vector
        let encoding = try VectorHeader.read(&reader)
        guard presentCount > 0 else { throw CorruptBytes("a vector of \(vector.remaining) bytes and no values") }
        let absent = presentCount < rowCount ? try reader.words((rowCount + 63) / 64) : []
        let text = try decodeValues(encoding, count: presentCount, kind: column.kind, from: &reader)
        try Self.close(reader)
        if absent.isEmpty {
            if column.kind == .string {
                column.append(texts: text, ends: words[..<presentCount])
            } else {
                column.append(words: words[..<presentCount])
            }
            return
        }
        var next = 0
        for row in 0..<rowCount {
            if !absent.isEmpty, absent[row >> 6] & (1 << UInt64(row & 63)) != 0 {
                column.appendAbsent()
                continue
            }
            guard next < presentCount else { throw CorruptBytes("a vector with fewer values than its bitmap says") }
            if column.kind == .string {
                column.append(text: text[Int(next == 0 ? 0 : words[next - 1])..<Int(words[next])])
            } else {
                column.append(word: words[next])
            }
            next += 1
        }
        guard next == presentCount else { throw CorruptBytes("a vector with more values than its bitmap says") }
    }

    /// Reads a vector of times and appends them to `times`; the index says that the smallest and the largest are
    /// those of `range`.
    package mutating func decode(
        _ vector: ByteReader, rowCount: Int, in range: ClosedRange<Int64>, into times: inout [Int64]
    ) throws(CorruptBytes) {
        if vector.remaining == 0 {
            let step = rowCount > 1 ? (range.upperBound &- range.lowerBound) / Int64(rowCount - 1) : 0
            guard rowCount <= VectorHeader.maximumRowCount else { throw CorruptBytes("\(rowCount) times in a vector") }
            var span = words.mutableSpan
            for index in 0..<rowCount {
                span[index] = UInt64(bitPattern: range.lowerBound &+ step &* Int64(truncatingIfNeeded: index))
            }
            times.append(bitPatterns: words[..<rowCount])
            return
        }
        var reader = vector
        let encoding = try VectorHeader.read(&reader)
        guard encoding == .integer else { throw CorruptBytes("a vector of times in form \(encoding)") }
        try IntegerCodec.decode(rowCount, from: &reader, &decoder, into: &words)
        try Self.close(reader)
        var span = words.mutableSpan
        let low = UInt64(bitPattern: range.lowerBound)
        for index in 0..<rowCount { span[index] &+= low }
        times.append(bitPatterns: words[..<rowCount])
    }

    /// Fills the beginning of `words`; of texts with their ends in the text that is returned.
    private mutating func decodeValues(
        _ encoding: VectorEncoding, count: Int, kind: FieldKind, from reader: inout ByteReader
    ) throws(CorruptBytes) -> [UInt8] {
        switch (encoding, kind) {
        case (.integer, .integer), (.integer, .unsigned), (.integer, .boolean):
            try IntegerCodec.decode(count, from: &reader, &decoder, into: &words)
            return []
        case (.decimal, .float):
            let scale = try FloatCodec.decodeScale(count, from: &reader)
            try IntegerCodec.decode(count, from: &reader, &decoder, into: &words)
            scale.apply(count, to: &words)
            return []
        case (.xor, .float):
            try FloatCodec.decodeXOR(count, from: &reader, into: &words)
            return []
        case (.dictionary, .string):
            let dictionary = try StringCodec.Dictionary(from: &reader)
            try IntegerCodec.decode(count, from: &reader, &decoder, into: &words)
            return try dictionary.expand(count, &words)
        case (.plainText, .string):
            let text = try StringCodec.decodePlain(from: &reader)
            try IntegerCodec.decode(count, from: &reader, &decoder, into: &words)
            var before: UInt64 = 0
            for index in 0..<count {
                guard words[index] >= before, words[index] <= UInt64(text.count) else {
                    throw CorruptBytes("texts of \(text.count) bytes whose ends do not fit")
                }
                before = words[index]
            }
            guard before == UInt64(text.count) else {
                throw CorruptBytes("texts that end at \(before) of \(text.count) bytes")
            }
            return text
        default: throw CorruptBytes("form \(encoding) in a column of type \(kind.name)")
        }
    }

    private static func close(_ reader: ByteReader) throws(CorruptBytes) {
        guard reader.remaining == 0 else { throw CorruptBytes("\(reader.remaining) bytes behind a vector's values") }
    }
}

extension [Int64] {
    /// Appends words that are times.
    package mutating func append(bitPatterns words: ArraySlice<UInt64>) {
        unsafe words.withUnsafeBufferPointer { words in
            // A word has the layout of an Int64; the slice says how many there are.
            unsafe words.withMemoryRebound(to: Int64.self) { unsafe append(contentsOf: $0) }
        }
    }
}
