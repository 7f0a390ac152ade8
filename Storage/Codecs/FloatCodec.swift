package import Bytes

/// Doubles, bit for bit: decimal-scaled integers where the column is decimal, else the bits that change.
///
/// Meters report decimals: 229.7 is the integer 2297 and one decimal. ALP (Afroozeh, Kuffo, Boncz: "ALP: Adaptive
/// Lossless floating-Point Compression", SIGMOD 2023) stores those integers with a frame of reference and the few
/// values that do not come back exactly as exceptions. Here the number of decimals is searched on a sample, the
/// integers go through `IntegerCodec` (so that slow series take deltas), and NaN payloads, -0.0 and infinities are
/// always exceptions. A column that is not decimal stores its XOR with the value before, without the bits that are
/// zero throughout.
package enum FloatCodec {
    static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10]

    /// The integers of a decimal column, or nil where over an eighth of the values would be exceptions.
    struct Scaled {
        var decimals: Int
        var integers: [UInt64]
        var exceptions: [Int]
    }

    /// Appends the decimal form of `words`.
    static func encodeDecimal(_ words: [UInt64], _ scaled: Scaled, into block: inout [UInt8]) {
        block.append(UInt8(scaled.decimals))
        block.appendVarint(UInt64(scaled.exceptions.count))
        for index in scaled.exceptions {
            block.appendVarint(UInt64(index))
            block.appendLittleEndian(words[index])
        }
        IntegerCodec.encode(scaled.integers, into: &block)
    }

    /// Reads back `count` values of the decimal form.
    package static func decodeDecimal(_ count: Int, from reader: inout ByteReader) throws(CorruptBytes) -> [UInt64] {
        let decimals = Int(try reader.byte())
        guard decimals < powers.count else { throw CorruptBytes("\(decimals) decimals") }
        let exceptionCount = try reader.count(limit: count)
        var exceptions: [(Int, UInt64)] = []
        for _ in 0..<exceptionCount {
            let index = try reader.count(limit: count - 1)
            exceptions.append((index, try reader.littleEndian()))
        }
        let integers = try IntegerCodec.decode(count, from: &reader)
        let power = powers[decimals]
        var words = [UInt64](capacity: count) { output in
            let source = integers.span
            for index in 0..<source.count {
                output.append((Double(Int64(bitPattern: source[index])) / power).bitPattern)
            }
        }
        for (index, word) in exceptions { words[index] = word }
        return words
    }

    /// Appends the form that drops the bits which never change.
    package static func encodeXOR(_ words: [UInt64], into block: inout [UInt8]) {
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
        BitPacking.pack(changes.dropFirst().map { $0 >> UInt64(trailing) }, width: width, into: &block)
    }

    /// Reads back `count` values of the XOR form.
    package static func decodeXOR(_ count: Int, from reader: inout ByteReader) throws(CorruptBytes) -> [UInt64] {
        let trailing = try reader.byte()
        let width = Int(try reader.byte())
        guard trailing < 64 else { throw CorruptBytes("\(trailing) trailing bits") }
        var word: UInt64 = try reader.littleEndian()
        let packed = try BitPacking.unpack(count - 1, width: width, from: &reader)
        return [UInt64](capacity: count) { output in
            output.append(word)
            for change in packed {
                word ^= change &<< UInt64(trailing)
                output.append(word)
            }
        }
    }

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
        scaled.integers.reserveCapacity(words.count)
        var before: UInt64 = 0
        for index in words.indices {
            if let value = integer(words[index], decimals: best.decimals) {
                before = UInt64(bitPattern: value)
            } else {
                scaled.exceptions.append(index)
                if scaled.exceptions.count * 8 > words.count { return nil }
            }
            scaled.integers.append(before)
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
