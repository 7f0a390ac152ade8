package import Bytes
import Synchronization

/// Numbers as symbols for an entropy coder: small ones are symbols themselves, larger ones fall into buckets.
///
/// A number below 32 is its own symbol. Above, each power of two is cut into four buckets; the bits below the bucket
/// follow raw. A bucket spans at most a fifth of its numbers, so that their odds hardly differ within it.
enum ResidualSymbol {
    /// Numbers below are symbols themselves.
    static let directCount = 32
    /// How many symbols there are.
    static let count = directCount + 16 * 4
    /// Numbers from here on have no symbol: with 18 raw bits and 10 of a state, two rows fit in a word of 57 bits.
    static let limit: UInt64 = 1 << 21

    /// The symbol of a number below `limit`.
    static func symbol(of number: UInt64) -> Int {
        if number < UInt64(directCount) { return Int(truncatingIfNeeded: number) }
        let top = 63 &- number.leadingZeroBitCount
        return directCount &+ (top &- 5) &* 4 &+ Int(truncatingIfNeeded: (number &>> UInt64(top &- 2)) & 3)
    }

    /// How many raw bits follow a symbol.
    static func extraBitCount(_ symbol: Int) -> Int {
        symbol < directCount ? 0 : (symbol &- directCount) &>> 2 &+ 3
    }

    /// The smallest number of a symbol.
    static func base(_ symbol: Int) -> UInt64 {
        symbol < directCount
            ? UInt64(symbol) : UInt64(4 &+ (symbol &- directCount) & 3) &<< UInt64(extraBitCount(symbol))
    }
}

/// How often each symbol comes, of 1,024 in all: what encoder and decoder of one kind of residuals share.
///
/// The coder is a tabled asymmetric numeral system (Duda, "Asymmetric numeral systems", 2013, arXiv:1311.2540): a state of
/// 1,024 and more names the next symbol by a table; leaving it takes about log2(1024 / frequency) bits from the stream.
/// All tables have one size, so that a stream can go from one to another at any symbol.
///
/// Encoded: a varint of the symbols up to the last that comes, then for each the zigzag of its frequency less the one of
/// the symbol before.
struct EntropyTable: Sendable, Equatable {
    /// The binary logarithm of the number of states.
    static let stateBitCount = 10
    /// The number of states.
    static let stateCount = 1 << stateBitCount

    /// One number a symbol; they add up to `stateCount`.
    let frequencies: [UInt16]

    /// The frequencies nearest to `counts`, of which one at least is not 0.
    init(_ counts: ArraySlice<UInt32>) {
        let total = counts.reduce(0.0) { $0 + Double($1) }
        precondition(total > 0, "a table of no symbols")
        var scaled = counts.map { count -> Int in
            count == 0 ? 0 : max(1, Int((Double(count) / total * Double(Self.stateCount)).rounded()))
        }
        var excess = scaled.reduce(-Self.stateCount, +)
        while excess != 0 {
            // What rounding took or gave goes to the most frequent, where it matters least.
            guard let most = scaled.indices.max(by: { scaled[$0] < scaled[$1] }) else { break }
            let step = excess > 0 ? min(excess, max(1, scaled[most] / 16)) : excess
            scaled[most] -= step
            excess -= step
        }
        frequencies = scaled.map(UInt16.init)
        onlyNumber = Self.onlyNumber(frequencies)
    }

    /// Appends the table.
    func encode(into bytes: inout [UInt8]) {
        let last = frequencies.lastIndex { $0 != 0 } ?? 0
        bytes.appendVarint(UInt64(last + 1))
        var before: Int64 = 0
        for frequency in frequencies[...last] {
            bytes.appendZigZag(Int64(frequency) - before)
            before = Int64(frequency)
        }
    }

    /// Reads a table.
    init(from reader: inout ByteReader) throws(CorruptBytes) {
        let count = try reader.count(limit: ResidualSymbol.count)
        var frequencies = [UInt16](repeating: 0, count: ResidualSymbol.count)
        var before: Int64 = 0
        var total: Int64 = 0
        for symbol in 0..<count {
            let step = try reader.zigZag()
            let frequency = before &+ step
            guard step.magnitude <= UInt64(Self.stateCount), frequency >= 0, frequency <= Int64(Self.stateCount) else {
                throw CorruptBytes("a symbol's frequency of \(frequency)")
            }
            frequencies[symbol] = UInt16(frequency)
            before = frequency
            total += frequency
        }
        guard total == Int64(Self.stateCount) else { throw CorruptBytes("frequencies that add up to \(total)") }
        self.frequencies = frequencies
        onlyNumber = Self.onlyNumber(frequencies)
    }

    /// The symbol of each state: each symbol's states lie scattered, so that every stretch of states has its share.
    private func symbolsByState() -> [UInt8] {
        var symbols = [UInt8](repeating: 0, count: Self.stateCount)
        var span = symbols.mutableSpan
        var state = 0
        for (symbol, frequency) in frequencies.enumerated() {
            for _ in 0..<Int(frequency) {
                span[state] = UInt8(symbol)
                // Odd, so that it visits every state once.
                state = (state &+ Self.stateCount * 5 / 8 &+ 3) & (Self.stateCount &- 1)
            }
        }
        return symbols
    }

    /// What a decoder looks up by state, in one word: bits 0...7 how many bits of the next state to read, 8...15 how many
    /// raw bits follow them, 16...31 what the former are added to, 32...63 what the latter are added to.
    func decodingWords() -> [UInt64] {
        let symbols = symbolsByState()
        var next = frequencies
        let raw = (0..<ResidualSymbol.count).map { symbol in
            UInt64(ResidualSymbol.extraBitCount(symbol)) << 8 | ResidualSymbol.base(symbol) << 32
        }
        return [UInt64](capacity: Self.stateCount) { output in
            let symbols = symbols.span
            let raw = raw.span
            var places = next.mutableSpan
            for state in 0..<Self.stateCount {
                let symbol = Int(symbols[state])
                let place = places[symbol]
                places[symbol] = place &+ 1
                let bits = UInt64(Self.stateBitCount &- (15 &- place.leadingZeroBitCount))
                output.append(
                    raw[symbol] | bits | (UInt64(place) &<< bits &- UInt64(Self.stateCount)) &<< 16)
            }
        }
    }

    /// The number that all rows under the table are, if there is only one without raw bits.
    let onlyNumber: UInt64?

    private static func onlyNumber(_ frequencies: [UInt16]) -> UInt64? {
        let symbol = frequencies.prefix(ResidualSymbol.directCount).firstIndex { $0 == UInt16(stateCount) }
        return symbol.map { UInt64($0) }
    }

    /// Whether some symbol has raw bits.
    var hasExtraBits: Bool { frequencies[ResidualSymbol.directCount...].contains { $0 > 0 } }

    /// What an encoder looks up: by symbol, how many bits a state gives off, as (state + `steps`) >> 16, and where the next
    /// state stands in `states`, as (state >> bits) + `places`.
    struct Encoding {
        var steps: [Int32] = []
        var places: [Int32] = []
        var states: [UInt16] = []
    }

    /// The encoder's tables.
    func encoding() -> Encoding {
        var result = Encoding()
        var starts: [Int] = []
        var start = 0
        for frequency in frequencies.map(Int.init) {
            starts.append(start)
            result.places.append(Int32(start - frequency))
            let bits =
                frequency <= 1
                ? Self.stateBitCount
                : Self.stateBitCount - (Int.bitWidth - 1 - (frequency - 1).leadingZeroBitCount)
            result.steps.append(Int32(bits << 16 - max(1, frequency) << bits))
            start += frequency
        }
        result.states = [UInt16](repeating: 0, count: Self.stateCount)
        for (state, symbol) in symbolsByState().enumerated() {
            result.states[starts[Int(symbol)]] = UInt16(Self.stateCount + state)
            starts[Int(symbol)] += 1
        }
        return result
    }
}

/// The tables of one column of a row group, by the scale of the residuals: at most sixteen, none where the column is
/// bit-packed only.
///
/// Encoded: a varint of how many, then each `EntropyTable`.
package struct EntropyTables: Sendable, Equatable {
    /// The most tables of a column.
    static let maximumCount = 16
    /// The tables.
    let tables: [EntropyTable]
    /// What the tables unfold to, by those that read them.
    let unfolded = UnfoldedTables()

    /// No tables.
    package init() { tables = [] }

    init(_ tables: [EntropyTable]) { self.tables = tables }

    /// Whether both hold the same tables.
    package static func == (left: EntropyTables, right: EntropyTables) -> Bool { left.tables == right.tables }

    /// Whether there is none.
    var isEmpty: Bool { tables.isEmpty }

    /// How many bytes they take.
    var byteCount: Int {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes.count
    }

    /// Appends the tables.
    package func encode(into bytes: inout [UInt8]) {
        bytes.appendVarint(UInt64(tables.count))
        for table in tables { table.encode(into: &bytes) }
    }

    /// Reads tables.
    package init(from reader: inout ByteReader) throws(CorruptBytes) {
        var tables: [EntropyTable] = []
        for _ in 0..<(try reader.count(limit: Self.maximumCount)) { tables.append(try EntropyTable(from: &reader)) }
        self.tables = tables
    }
}

/// The decoding words of the tables of one column, kept for the next reader while there is room.
final class UnfoldedTables: Sendable {
    /// How many tables of all columns are kept, of 8 KiB each.
    private static let limit = 2048
    private static let keptCount = Atomic(0)

    private let words = Mutex<[Int: [UInt64]]>([:])

    deinit { Self.keptCount.subtract(words.withLock { $0.count }, ordering: .relaxed) }

    /// The words of a table, which has `index` in its column.
    func words(_ table: EntropyTable, _ index: Int) -> [UInt64] {
        if let known = words.withLock({ $0[index] }) { return known }
        let made = table.decodingWords()
        guard Self.keptCount.load(ordering: .relaxed) < Self.limit else { return made }
        let isNew = words.withLock { $0.updateValue(made, forKey: index) == nil }
        if isNew { Self.keptCount.add(1, ordering: .relaxed) }
        return made
    }
}
