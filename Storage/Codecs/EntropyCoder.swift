import Bytes

/// Residuals of a vector as a stream of bits under the tables of their column.
///
/// Rows go in blocks of `blockRowCount`, each under the table that fits its scale. Four states take turns, row by row, so
/// that a processor works at four look-ups at once. The encoder goes from the last row to the first, since a decoder gets
/// the symbols in the reverse order of their coming, and lays the bits down so that the decoder reads them forwards.
///
/// | bytes   | field  | meaning                                                                            |
/// |---------|--------|------------------------------------------------------------------------------------|
/// | 1 each  | runs   | only if the column has more than one table: bits 0...3 the table, 4...7 blocks less one; until all blocks are named |
/// | bits    | states | four of `EntropyTable.stateBitCount` bits                                          |
/// |         | rows   | of each: bits of the state, then the raw bits of the symbol; least significant first, to the end of the vector |
enum EntropyCoder {
    /// Rows that share a table.
    static let blockRowCount = 64
    /// The most bytes of a stream: every row with all state bits and 18 raw bits.
    private static let maximumByteCount = 1024 * 28 / 8 + 8
    /// What a decoder may read past the stream before it looks where it is: a block of such rows, and a word.
    private static let paddingByteCount = blockRowCount * 28 / 8 + 16

    /// The encoder's tables, built once a column.
    struct Encoder {
        let encodings: [EntropyTable.Encoding]
        /// Of each row the bits, and how many in the upper half.
        private var given = [UInt64](repeating: 0, count: 1024)

        init(_ tables: EntropyTables) { encodings = tables.tables.map { $0.encoding() } }

        /// Appends `residuals`, whose symbols are in the tables that `tableOfBlock` names.
        mutating func encode(
            _ residuals: [UInt64], symbols: [UInt8], tableOfBlock: [UInt8], into bytes: inout [UInt8]
        ) {
            if encodings.count > 1 {
                var block = 0
                while block < tableOfBlock.count {
                    var end = block + 1
                    while end < tableOfBlock.count, end - block < 16, tableOfBlock[end] == tableOfBlock[block] {
                        end += 1
                    }
                    bytes.append(tableOfBlock[block] | UInt8(end - block - 1) << 4)
                    block = end
                }
            }
            var states = InlineArray<4, UInt32>(repeating: UInt32(EntropyTable.stateCount))
            let encodings = encodings
            var given = self.given.mutableSpan
            for block in stride(from: tableOfBlock.count - 1, through: 0, by: -1) {
                let first = block * EntropyCoder.blockRowCount
                let last = min(residuals.count, first + EntropyCoder.blockRowCount)
                Self.encode(
                    residuals.span, symbols.span, first..<last, encodings[Int(tableOfBlock[block])], &states, &given)
            }
            var words: [UInt64] = []
            words.reserveCapacity(residuals.count / 2 + 2)
            var word: UInt64 = 0
            var used = 0
            for lane in 0..<4 {
                word |= UInt64(states[lane] - UInt32(EntropyTable.stateCount)) << UInt64(used)
                used += EntropyTable.stateBitCount
            }
            for row in 0..<residuals.count {
                let bits = given[row] & 0xFFFF_FFFF
                let count = Int(truncatingIfNeeded: given[row] &>> 32)
                word |= bits &<< UInt64(used)
                used &+= count
                if used >= 64 {
                    words.append(word)
                    used &-= 64
                    // What was left of the row's bits; a shift by 64 would be masked to none, and nothing is left then.
                    word = used == 0 ? 0 : bits &>> UInt64(count &- used)
                }
            }
            words.append(word)
            bytes.appendWords(words)
            bytes.removeLast(8 - (used + 7) / 8)
        }

        private static func encode(
            _ residuals: Span<UInt64>, _ symbols: Span<UInt8>, _ rows: Range<Int>, _ table: EntropyTable.Encoding,
            _ states: inout InlineArray<4, UInt32>, _ given: inout MutableSpan<UInt64>
        ) {
            let steps = table.steps.span
            let places = table.places.span
            let next = table.states.span
            @inline(__always) func step(_ state: inout UInt32, _ row: Int) {
                let symbol = Int(symbols[row])
                let count = UInt32(truncatingIfNeeded: (Int32(truncatingIfNeeded: state) &+ steps[symbol]) &>> 16)
                let extra = UInt64(ResidualSymbol.extraBitCount(symbol))
                given[row] =
                    UInt64(state & (1 &<< count &- 1)) | (residuals[row] & (1 &<< extra &- 1)) &<< UInt64(count)
                    | (UInt64(count) &+ extra) &<< 32
                state = UInt32(next[Int(state &>> count) &+ Int(places[symbol])])
            }
            var (a, b, c, d) = (states[0], states[1], states[2], states[3])
            var row = rows.upperBound
            let odd = row & 3
            if odd > 2 { step(&c, row &- odd &+ 2) }
            if odd > 1 { step(&b, row &- odd &+ 1) }
            if odd > 0 { step(&a, row &- odd) }
            row &-= odd
            while row > rows.lowerBound {
                step(&d, row &- 1)
                step(&c, row &- 2)
                step(&b, row &- 3)
                step(&a, row &- 4)
                row &-= 4
            }
            (states[0], states[1], states[2], states[3]) = (a, b, c, d)
        }
    }

    /// The decoder's tables, each built when a block first asks for it.
    struct Decoder {
        private let tables: [EntropyTable]
        private let unfolded: UnfoldedTables
        private var words: [[UInt64]]
        private var hasExtraBits: [Bool]
        /// The lowest 0 to 31 bits.
        private let masks = (0..<32).map { (1 << UInt64($0)) - 1 as UInt64 }
        private var stream = [UInt8](
            repeating: 0, count: EntropyCoder.maximumByteCount + EntropyCoder.paddingByteCount)

        init(_ tables: EntropyTables) {
            self.tables = tables.tables
            unfolded = tables.unfolded
            words = [[UInt64]](repeating: [], count: tables.tables.count)
            hasExtraBits = [Bool](repeating: false, count: tables.tables.count)
        }

        /// Reads the residuals of `count` rows into the beginning of `residuals`.
        mutating func decode(
            _ count: Int, from reader: inout ByteReader, into residuals: inout [UInt64]
        ) throws(CorruptBytes) {
            let tableOfBlock = try runs((count + EntropyCoder.blockRowCount - 1) / EntropyCoder.blockRowCount, &reader)
            let source = reader.rest()
            guard source.count <= EntropyCoder.maximumByteCount, residuals.count >= count else {
                throw CorruptBytes("a stream of \(source.count) bytes")
            }
            unsafe stream.withUnsafeMutableBytes { stream in
                // `stream` has room for `maximumByteCount` and the padding, which the guard above holds `source` to.
                unsafe UnsafeMutableRawBufferPointer(rebasing: stream[..<source.count]).copyBytes(from: source)
                for index in source.count..<(source.count + EntropyCoder.paddingByteCount) { unsafe stream[index] = 0 }
            }
            var states = SIMD4<UInt64>()
            var position = 0
            let mask = UInt64(EntropyTable.stateCount - 1)
            for lane in 0..<4 {
                var state: UInt64 = 0
                for index in 0..<3 { state |= UInt64(stream[position >> 3 + index]) << UInt64(index * 8) }
                states[lane] = state >> UInt64(position & 7) & mask
                position += EntropyTable.stateBitCount
            }
            for (block, table) in tableOfBlock.enumerated() {
                guard position <= source.count * 8 else { throw CorruptBytes("a stream that ends early") }
                let first = block * EntropyCoder.blockRowCount
                let last = min(count, first + EntropyCoder.blockRowCount)
                if let only = tables[Int(table)].onlyNumber {
                    // Such a symbol takes no bits and leaves the states as they are.
                    var span = residuals.mutableSpan
                    for row in first..<last { span[row] = only }
                    continue
                }
                if words[Int(table)].isEmpty {
                    words[Int(table)] = unfolded.words(tables[Int(table)], Int(table))
                    hasExtraBits[Int(table)] = tables[Int(table)].hasExtraBits
                }
                let isShort = !hasExtraBits[Int(table)]
                unsafe words[Int(table)].withUnsafeBufferPointer { words in
                    unsafe masks.withUnsafeBufferPointer { masks in
                        unsafe stream.withUnsafeBytes { stream in
                            unsafe residuals.withUnsafeMutableBufferPointer { residuals in
                                if isShort {
                                    unsafe EntropyCoder.decodeShort(
                                        first..<last, words, masks, stream, &position, &states, into: residuals)
                                } else {
                                    unsafe EntropyCoder.decode(
                                        first..<last, words, masks, stream, &position, &states, into: residuals)
                                }
                            }
                        }
                    }
                }
            }
            guard (position + 7) / 8 == source.count, states == SIMD4() else {
                throw CorruptBytes("a stream of \(source.count) bytes that ends at bit \(position)")
            }
        }

        private func runs(_ blockCount: Int, _ reader: inout ByteReader) throws(CorruptBytes) -> [UInt8] {
            guard !tables.isEmpty else { throw CorruptBytes("a stream without tables") }
            if tables.count == 1 { return [UInt8](repeating: 0, count: blockCount) }
            var result: [UInt8] = []
            while result.count < blockCount {
                let run = try reader.byte()
                guard run & 15 < tables.count, result.count + Int(run >> 4) < blockCount else {
                    throw CorruptBytes("table \(run & 15) for \(run >> 4 + 1) blocks")
                }
                result.append(contentsOf: repeatElement(run & 15, count: Int(run >> 4) + 1))
            }
            return result
        }
    }

    /// Decodes the rows of one block, which begins at a multiple of four.
    ///
    /// A state is below `stateCount`, the length of `words`, by how `decodingWords` is made. A row takes at most 28 bits:
    /// with `position` inside the stream at the block's begin, the last word lies within the padding. Masks, 32 of them,
    /// come from a table, since shifts by a variable are dear on processors before 2013, which we serve too.
    @unsafe
    private static func decode(
        _ rows: Range<Int>, _ words: UnsafeBufferPointer<UInt64>, _ masks: UnsafeBufferPointer<UInt64>,
        _ stream: UnsafeRawBufferPointer, _ position: inout Int, _ states: inout SIMD4<UInt64>,
        into residuals: UnsafeMutableBufferPointer<UInt64>
    ) {
        guard let table = words.baseAddress, let bytes = stream.baseAddress, let output = residuals.baseAddress,
            let masks = masks.baseAddress
        else { return }
        var at = UInt(bitPattern: position)
        var word: UInt64 = 0
        @inline(__always) func refill() {
            word =
                unsafe bytes.loadUnaligned(fromByteOffset: Int(bitPattern: at &>> 3), as: UInt64.self)
                &>> UInt64(at & 7)
        }
        @inline(__always) func step(_ state: inout UInt64, _ row: Int) {
            let entry = unsafe table[Int(truncatingIfNeeded: state)]
            let count = entry & 0xFF
            let extra = (entry &>> 8) & 0xFF
            unsafe state = ((entry &>> 16) & 0xFFFF) &+ (word & masks[Int(truncatingIfNeeded: count & 31)])
            word &>>= count
            unsafe output[row] = (entry &>> 32) &+ (word & masks[Int(truncatingIfNeeded: extra & 31)])
            word &>>= extra
            at &+= UInt(truncatingIfNeeded: count &+ extra)
        }
        var (a, b, c, d) = (states[0], states[1], states[2], states[3])
        var row = rows.lowerBound
        while row &+ 4 <= rows.upperBound {
            refill()
            step(&a, row)
            step(&b, row &+ 1)
            refill()
            step(&c, row &+ 2)
            step(&d, row &+ 3)
            row &+= 4
        }
        refill()
        if row < rows.upperBound { step(&a, row) }
        if row &+ 1 < rows.upperBound { step(&b, row &+ 1) }
        refill()
        if row &+ 2 < rows.upperBound { step(&c, row &+ 2) }
        states = SIMD4(a, b, c, d)
        position = Int(bitPattern: at)
    }

    /// The same under a table whose symbols have no raw bits: four rows take at most 40 bits.
    @unsafe
    private static func decodeShort(
        _ rows: Range<Int>, _ words: UnsafeBufferPointer<UInt64>, _ masks: UnsafeBufferPointer<UInt64>,
        _ stream: UnsafeRawBufferPointer, _ position: inout Int, _ states: inout SIMD4<UInt64>,
        into residuals: UnsafeMutableBufferPointer<UInt64>
    ) {
        guard let table = words.baseAddress, let bytes = stream.baseAddress, let output = residuals.baseAddress,
            let masks = masks.baseAddress
        else { return }
        var at = UInt(bitPattern: position)
        var word: UInt64 = 0
        @inline(__always) func refill() {
            word =
                unsafe bytes.loadUnaligned(fromByteOffset: Int(bitPattern: at &>> 3), as: UInt64.self)
                &>> UInt64(at & 7)
        }
        @inline(__always) func step(_ state: inout UInt64, _ row: Int) {
            let entry = unsafe table[Int(truncatingIfNeeded: state)]
            let count = entry & 0xFF
            unsafe state = ((entry &>> 16) & 0xFFFF) &+ (word & masks[Int(truncatingIfNeeded: count & 31)])
            word &>>= count
            unsafe output[row] = entry &>> 32
            at &+= UInt(truncatingIfNeeded: count)
        }
        var (a, b, c, d) = (states[0], states[1], states[2], states[3])
        var row = rows.lowerBound
        while row &+ 4 <= rows.upperBound {
            refill()
            step(&a, row)
            step(&b, row &+ 1)
            step(&c, row &+ 2)
            step(&d, row &+ 3)
            row &+= 4
        }
        refill()
        if row < rows.upperBound { step(&a, row) }
        if row &+ 1 < rows.upperBound { step(&b, row &+ 1) }
        if row &+ 2 < rows.upperBound { step(&c, row &+ 2) }
        states = SIMD4(a, b, c, d)
        position = Int(bitPattern: at)
    }
}
