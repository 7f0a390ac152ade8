import Codecs
import InfluxQL
import LogicalPlan
import Segments
import Telemetry

/// One bit a row for a stretch of rows, aligned to the words of a column's own bitmap.
struct RowBits {
    /// The rows that the bits stand for.
    let rows: Range<Int>
    /// Bit `row & 63` of word `row / 64 - firstWord`.
    private(set) var words: [UInt64]
    private var firstWord: Int { rows.lowerBound >> 6 }

    /// Every row of `rows`.
    init(all rows: Range<Int>) {
        self.rows = rows
        let first = rows.lowerBound >> 6
        words = [UInt64](repeating: .max, count: ((rows.upperBound + 63) >> 6) - first)
        words[0] &= .max << UInt64(rows.lowerBound & 63)
        if rows.upperBound & 63 != 0 { words[words.count - 1] &= ~(.max << UInt64(rows.upperBound & 63)) }
    }

    /// How many bits are set.
    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
    /// How many bits of `range` are set.
    func count(in range: Range<Int>) -> Int {
        guard !range.isEmpty else { return 0 }
        if range == rows { return count }
        var found = 0
        for word in (range.lowerBound >> 6)...((range.upperBound - 1) >> 6) {
            var open = words[word - firstWord]
            let base = word << 6
            if base < range.lowerBound { open &= .max << UInt64(range.lowerBound - base) }
            if base + 64 > range.upperBound { open &= ~(.max << UInt64(range.upperBound - base)) }
            found += open.nonzeroBitCount
        }
        return found
    }
    /// Whether no bit is set.
    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
    /// Whether a row's bit is set.
    func contains(_ row: Int) -> Bool { words[(row >> 6) - firstWord] & (1 << UInt64(row & 63)) != 0 }

    /// Keeps the rows in which `column` has a value.
    mutating func keepPresent(_ column: FieldColumn) {
        if column.absent.isEmpty { return }
        for index in words.indices { words[index] &= ~column.absent[firstWord + index] }
    }

    /// Adds the rows in which `column` has a value.
    mutating func addPresent(_ column: FieldColumn) {
        let present = RowBits(all: rows, in: column)
        for index in words.indices { words[index] |= present.words[index] }
    }

    /// The rows in which `column` has a value.
    init(all rows: Range<Int>, in column: FieldColumn) {
        self.init(all: rows)
        keepPresent(column)
    }

    /// Keeps the rows whose word fulfils `test`.
    @inline(__always)
    mutating func keep(_ column: [UInt64], where test: (UInt64) -> Bool) {
        let values = column.span
        for index in words.indices where words[index] != 0 {
            let base = (firstWord + index) << 6
            let from = max(base, rows.lowerBound)
            let end = min(base + 64, rows.upperBound)
            var bits: UInt64 = 0
            for row in from..<end { bits |= (test(values[row]) ? 1 : 0) &<< UInt64(row &- base) }
            words[index] &= bits
        }
    }

    /// Keeps the rows that fulfil `test`, which is asked for those that are still there.
    mutating func keepRows(where test: (Int) -> Bool) {
        for index in words.indices {
            var open = words[index]
            while open != 0 {
                let bit = open.trailingZeroBitCount
                open &= open - 1
                if !test(((firstWord + index) << 6) + bit) { words[index] &= ~(1 << UInt64(bit)) }
            }
        }
    }

    /// Calls `body` with each row of `range` whose bit is set, ascending.
    @inline(__always)
    func forEach(in range: Range<Int>, _ body: (Int) -> Void) {
        guard !range.isEmpty else { return }
        for word in (range.lowerBound >> 6)...((range.upperBound - 1) >> 6) {
            var open = words[word - firstWord]
            let base = word << 6
            if base < range.lowerBound { open &= .max << UInt64(range.lowerBound - base) }
            if base + 64 > range.upperBound { open &= ~(.max << UInt64(range.upperBound - base)) }
            while open != 0 {
                body(base + open.trailingZeroBitCount)
                open &= open - 1
            }
        }
    }
}

/// The conjuncts of a WHERE clause that mention fields, judged a slice at a time: comparisons of a number with a
/// constant by the column, anything else row by row.
struct RowFilter: Sendable {
    private enum Test: Sendable {
        case float(place: Int, op: BinaryOperator, value: Double)
        case integer(place: Int, op: BinaryOperator, value: Int64)
        /// Whole numbers beside a constant that need not be one; they are compared as InfluxDB does, as doubles.
        case mixed(place: Int, kind: FieldKind, op: BinaryOperator, value: Double)
        case text(place: Int, isEqual: Bool, value: [UInt8])
        case interpreted(Expression)
    }

    private let tests: [Test]
    private let places: [String: Int]

    /// Judges `conjuncts` over columns of `stored`.
    init(_ conjuncts: [Expression], stored: [(name: String, kind: FieldKind)]) {
        places = Dictionary(uniqueKeysWithValues: stored.enumerated().map { ($0.element.name, $0.offset) })
        let places = places
        tests = conjuncts.map { conjunct in
            guard case .binary(let op, let left, let right) = conjunct, op.isComparison else {
                return .interpreted(conjunct)
            }
            if case .reference(let name, nil) = left, let place = places[name] {
                return Self.test(place, stored[place].kind, op, right) ?? .interpreted(conjunct)
            }
            if case .reference(let name, nil) = right, let place = places[name] {
                return Self.test(place, stored[place].kind, Condition.mirrored(op), left) ?? .interpreted(conjunct)
            }
            return .interpreted(conjunct)
        }
    }

    /// Whether there is nothing to judge.
    var isEmpty: Bool { tests.isEmpty }

    private static func test(_ place: Int, _ kind: FieldKind, _ op: BinaryOperator, _ constant: Expression) -> Test? {
        switch (kind, constant) {
        case (.float, .number(let value)): .float(place: place, op: op, value: value)
        case (.float, .integer(let value)): .float(place: place, op: op, value: Double(value))
        case (.integer, .integer(let value)): .integer(place: place, op: op, value: value)
        case (.integer, .number(let value)), (.unsigned, .number(let value)):
            .mixed(place: place, kind: kind, op: op, value: value)
        case (.unsigned, .integer(let value)): .mixed(place: place, kind: kind, op: op, value: Double(value))
        case (.string, .string(let value)) where op == .equal || op == .notEqual:
            .text(place: place, isEqual: op == .equal, value: Array(value.utf8))
        default: nil
        }
    }

    /// The rows of a slice that fulfil everything.
    ///
    /// - Parameter tag: the value of a tag of the slice's series, null where it has none.
    func rows(_ slice: RowSlice, tag: (String) -> QueryValue) -> RowBits {
        var bits = RowBits(all: slice.rows)
        for test in tests {
            if bits.isEmpty { break }
            switch test {
            case .float(let place, let op, let value):
                guard let column = Self.kept(slice, place, &bits) else { break }
                Self.compare(op, { Double(bitPattern: $0) }, value, column.words, &bits)
            case .integer(let place, let op, let value):
                guard let column = Self.kept(slice, place, &bits) else { break }
                Self.compare(op, { Int64(bitPattern: $0) }, value, column.words, &bits)
            case .mixed(let place, let kind, let op, let value):
                guard let column = Self.kept(slice, place, &bits) else { break }
                if kind == .unsigned {
                    Self.compare(op, { Double($0) }, value, column.words, &bits)
                } else {
                    Self.compare(op, { Double(Int64(bitPattern: $0)) }, value, column.words, &bits)
                }
            case .text(let place, let isEqual, let value):
                guard let column = Self.kept(slice, place, &bits) else { break }
                bits.keepRows { column.textBytes($0).elementsEqual(value) == isEqual }
            case .interpreted(let expression):
                bits.keepRows { row in Condition.holds(expression) { value($0, slice, row, tag) } }
            }
        }
        return bits
    }

    /// The conditions by which the statistics of a vector tell that none of its rows is wanted.
    var exclusions: [VectorExclusion] {
        tests.compactMap { test in
            switch test {
            case .float(let place, let op, let value):
                VectorExclusion(field: place) { statistics in
                    Self.excludes(
                        op, Double(bitPattern: statistics.minimum), Double(bitPattern: statistics.maximum), value,
                        statistics)
                }
            case .integer(let place, let op, let value):
                VectorExclusion(field: place) { statistics in
                    Self.excludes(
                        op, Int64(bitPattern: statistics.minimum), Int64(bitPattern: statistics.maximum), value,
                        statistics)
                }
            case .mixed(let place, let kind, let op, let value):
                VectorExclusion(field: place) { statistics in
                    let (low, high) = (statistics.minimum, statistics.maximum)
                    return kind == .unsigned
                        ? Self.excludes(op, Double(low), Double(high), value, statistics)
                        : Self.excludes(
                            op, Double(Int64(bitPattern: low)), Double(Int64(bitPattern: high)), value, statistics)
                }
            case .text, .interpreted: nil
            }
        }
    }

    /// Whether no value from `low` to `high` compares so with a constant.
    private static func excludes<Value: Comparable>(
        _ op: BinaryOperator, _ low: Value, _ high: Value, _ value: Value, _ statistics: VectorStatistics
    ) -> Bool {
        if statistics.presentCount == 0 { return true }
        return switch op {
        case .equal: value < low || value > high
        case .less: low >= value
        case .lessOrEqual: low > value
        case .greater: high <= value
        case .greaterOrEqual: high < value
        default: false
        }
    }

    /// A column with the rows kept in which it has a value; no row where there is no column.
    private static func kept(_ slice: RowSlice, _ place: Int, _ bits: inout RowBits) -> FieldColumn? {
        guard let column = slice.columns[place] else {
            bits.keepRows { _ in false }
            return nil
        }
        bits.keepPresent(column)
        return column
    }

    @inline(__always)
    private static func compare<Value: Comparable>(
        _ op: BinaryOperator, _ read: (UInt64) -> Value, _ value: Value, _ words: [UInt64], _ bits: inout RowBits
    ) {
        switch op {
        case .equal: bits.keep(words) { read($0) == value }
        case .notEqual: bits.keep(words) { read($0) != value }
        case .less: bits.keep(words) { read($0) < value }
        case .lessOrEqual: bits.keep(words) { read($0) <= value }
        case .greater: bits.keep(words) { read($0) > value }
        case .greaterOrEqual: bits.keep(words) { read($0) >= value }
        default: bits.keepRows { _ in false }
        }
    }

    private func value(_ name: String, _ slice: RowSlice, _ row: Int, _ tag: (String) -> QueryValue) -> QueryValue {
        guard let place = places[name] else {
            // A tag that is not there is empty to a condition, as it is to those on tags alone.
            let value = tag(name)
            return value == .null ? .string("") : value
        }
        return slice.columns[place].map { QueryValue($0, row) } ?? .null
    }
}
