import Bytes

/// Doubles, bit for bit: decimal-scaled integers where the column is decimal, else the bits that change.
///
/// Meters report decimals: 229.7 is the integer 2297 and one decimal. ALP (Afroozeh, Kuffo, Boncz: "ALP: Adaptive
/// Lossless floating-Point Compression", SIGMOD 2023) stores those integers with a frame of reference and the few
/// values that do not come back exactly as exceptions. Here the number of decimals is searched on a sample, the
/// integers go through `IntegerCodec` (so that slow series take deltas), and NaN payloads, -0.0 and infinities are
/// always exceptions. A column that is not decimal stores its XOR with the value before, without the bits that are
/// zero throughout.
enum FloatCodec {
    static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10]

    /// A decimal column's integers.
    struct Scaled {
        var decimals: Int
        var integers: [UInt64]
        var exceptions: [Int]
    }

    /// Appends what stands before the integers of the decimal form: the count of decimals, one byte; the count of
    /// exceptions, then of each the row and the 8 bytes.
    static func encodeDecimal(_ words: [UInt64], _ scaled: Scaled, into block: inout [UInt8]) {
        block.append(UInt8(scaled.decimals))
        block.appendVarint(UInt64(scaled.exceptions.count))
        for index in scaled.exceptions {
            block.appendVarint(UInt64(index))
            block.appendLittleEndian(words[index])
        }
    }

    /// What turns the integers of the decimal form into doubles again.
    struct DecimalScale {
        fileprivate var power = 1.0
        fileprivate var exceptions: [(row: Int, word: UInt64)] = []

        /// Turns the first `count` of `words`.
        func apply(_ count: Int, to words: inout [UInt64]) {
            var span = words.mutableSpan
            for index in 0..<count { span[index] = (Double(Int64(bitPattern: span[index])) / power).bitPattern }
            for exception in exceptions { words[exception.row] = exception.word }
        }
    }

    /// Reads what `encodeDecimal` wrote.
    static func decodeScale(_ count: Int, from reader: inout ByteReader) throws(CorruptBytes) -> DecimalScale {
        let decimals = Int(try reader.byte())
        guard decimals < powers.count else { throw CorruptBytes("\(decimals) decimals") }
        let exceptionCount = try reader.count(limit: count)
        var exceptions: [(row: Int, word: UInt64)] = []
        for _ in 0..<exceptionCount {
            let row = try reader.count(limit: count - 1)
            let word: UInt64 = try reader.littleEndian()
            exceptions.append((row, word))
        }
        return DecimalScale(power: powers[decimals], exceptions: exceptions)
    }

    /// Appends the form that drops the bits which never change.
    static func encodeXOR(_ words: [UInt64], into block: inout [UInt8]) {
        var changes: [UInt64] = []
        changes.reserveCapacity(words.count)
        var before: UInt64 = 0
        for word in words {
            changes.append(word ^ before)
            before = word
        }
        let all = changes.dropFirst().reduce(0, |)
        let trailing = all == 0 ? 0 : all.trailingZeroBitCount
        let width = all == 0 ? 0 : 64 - all.leadingZeroBitCount - trailing
        block.append(UInt8(trailing))
        block.append(UInt8(width))
        block.appendLittleEndian(words[0])
        let packed = changes.dropFirst().map { $0 >> UInt64(trailing) }
        BitPacking.pack(packed.span, width: width, into: &block)
    }

    /// Reads back `count` values of the XOR form into the beginning of `words`.
    static func decodeXOR(
        _ count: Int, from reader: inout ByteReader, into words: inout [UInt64]
    ) throws(CorruptBytes) {
        let trailing = try reader.byte()
        let width = Int(try reader.byte())
        guard trailing < 64 else { throw CorruptBytes("\(trailing) trailing bits") }
        var word: UInt64 = try reader.littleEndian()
        try BitPacking.unpack(count - 1, width: width, from: &reader, into: &words)
        var span = words.mutableSpan
        for index in 0..<(count - 1) {
            let change = span[index]
            span[index] = word
            word ^= change &<< UInt64(trailing)
        }
        span[count - 1] = word
    }

    /// The integers of a decimal column, or nil where over an eighth of the values would be exceptions.
    static func scale(_ words: [UInt64]) -> Scaled? {
        var best = (decimals: 0, misses: Int.max)
        let step = max(1, words.count / 32)
        for decimals in 0..<powers.count {
            var misses = 0
            for index in stride(from: 0, to: words.count, by: step)
            where integer(words[index], decimals: decimals) == nil {
                misses += 1
            }
            if misses < best.misses { best = (decimals, misses) }
            if misses == 0 { break }
        }
        var scaled = Scaled(decimals: best.decimals, integers: [], exceptions: [])
        let power = powers[best.decimals]
        let source = words.span
        var misses = 0
        scaled.integers = [UInt64](capacity: words.count) { output in
            for index in 0..<source.count {
                // Adding 1.5 * 2^52 rounds to a whole number, whose bits then stand lowest: what `integer` does, without
                // a call or a branch, for magnitudes below 2^51.
                let value = Double(bitPattern: source[index]) * power
                let shifted = value + 0x1.8p52
                let isExact = ((shifted - 0x1.8p52) / power).bitPattern == source[index]
                misses &+= isExact && value.magnitude < 0x1p51 ? 0 : 1
                output.append(shifted.bitPattern &- Double(0x1.8p52).bitPattern)
            }
        }
        if misses == 0 { return scaled }
        var before: UInt64 = 0
        for index in words.indices {
            if let value = integer(words[index], decimals: best.decimals) {
                before = UInt64(bitPattern: value)
            } else {
                scaled.exceptions.append(index)
                if scaled.exceptions.count * 8 > words.count { return nil }
            }
            scaled.integers[index] = before
        }
        return scaled
    }

    /// The integer that gives back exactly these bits when divided by the power of ten.
    static func integer(_ word: UInt64, decimals: Int) -> Int64? {
        let product = (Double(bitPattern: word) * powers[decimals]).rounded(.toNearestOrEven)
        guard product.magnitude < 0x1p53 else { return nil }
        // By way of the integer, so that -0.0, which no integer gives back, is an exception.
        let value = Int64(product)
        return self.word(value, decimals: decimals) == word ? value : nil
    }

    /// The bits of a scaled value.
    static func word(_ value: Int64, decimals: Int) -> UInt64 {
        (Double(value) / powers[decimals]).bitPattern
    }
}
