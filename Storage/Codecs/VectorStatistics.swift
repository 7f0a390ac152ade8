package import Bytes
package import Telemetry

/// What is in a stretch of rows of one column, without decoding it: of a vector in a segment's index, or of all
/// vectors of a row group's column.
///
/// Values are words of the column's own type, over the present rows; all 0 for text and where no row is present. NaNs
/// count and are part of the sum, but are neither minimum nor maximum. The sum of integers wraps. The sum of floats
/// that are decimals is that of the decimals, rounded once; of others, added up in the order of the rows.
///
/// Encoded, one vector:
///
/// | bytes  | field      | meaning                                                                        |
/// |--------|------------|--------------------------------------------------------------------------------|
/// | 1      | form       | bits 0...3: decimals of a scaled float, 0 for other types, 15 raw; bit 4: rows are absent; bit 5: one value throughout |
/// | varint | present    | rows with a value; only if bit 4                                               |
/// | zigzag | `first`    | of the scaled value, from the `first` of the vector before; raw: 8 bytes       |
/// | zigzag | `last`     | less `first`; raw: 8 bytes                                                     |
/// | varint | `minimum`  | `first` less it; raw: 8 bytes                                                  |
/// | varint | `maximum`  | less `first`; raw: 8 bytes                                                     |
/// | zigzag | `sum`      | less (`first` + `last`) times present / 2; raw: 8 bytes                        |
/// | varint | rows       | of the minimum, plus that of the maximum times all rows                        |
///
/// With bit 5 nothing follows `first`; text has only form and present; without a present row nothing follows present.
package struct VectorStatistics: Sendable, Equatable {
    /// Rows with a value.
    package var presentCount: Int = 0
    /// The smallest value.
    package var minimum: UInt64 = 0
    /// The largest value.
    package var maximum: UInt64 = 0
    /// The sum.
    package var sum: UInt64 = 0
    /// The first present value.
    package var first: UInt64 = 0
    /// The last present value.
    package var last: UInt64 = 0
    /// The first row that has `minimum`, counted from the first row of the stretch, absent ones included.
    package var minimumRow: Int32 = 0
    /// The first row that has `maximum`, counted likewise.
    package var maximumRow: Int32 = 0

    /// Whether the first, the last and the extremes are one value; among them NaNs and zeros of both signs may hide.
    package var isConstant: Bool { first == last && first == minimum && first == maximum }

    /// The statistics of no rows.
    package init() {}

    /// The statistics of the present values of a vector.
    ///
    /// - Parameters:
    ///   - scaled: the same values as decimals, where they are.
    ///   - presentRows: the row of each value; empty where none is absent.
    init(_ words: [UInt64], kind: FieldKind, scaled: FloatCodec.Scaled? = nil, presentRows: [Int32] = []) {
        presentCount = words.count
        guard let first = words.first, let last = words.last, kind != .string else { return }
        self.first = first
        self.last = last
        switch kind {
        case .float:
            addFloats(words.span)
            if let scaled, scaled.exceptions.isEmpty {
                let total = scaled.integers.reduce(0, &+)
                if Int64(bitPattern: total).magnitude < 1 << 53 {
                    sum = FloatCodec.word(Int64(bitPattern: total), decimals: scaled.decimals)
                }
            }
        case .integer: addWhole(words.span, flipping: 1 << 63)
        case .unsigned, .boolean, .string: addWhole(words.span, flipping: 0)
        }
        if !presentRows.isEmpty {
            minimumRow = presentRows[Int(minimumRow)]
            maximumRow = presentRows[Int(maximumRow)]
        }
    }

    private mutating func addFloats(_ words: Span<UInt64>) {
        var low = Double.infinity
        var high = -Double.infinity
        var total = 0.0
        for index in 0..<words.count {
            let value = Double(bitPattern: words[index])
            total += value
            if value < low {
                low = value
                minimumRow = Int32(index)
            }
            if value > high {
                high = value
                maximumRow = Int32(index)
            }
        }
        (minimum, maximum, sum) = (low.bitPattern, high.bitPattern, total.bitPattern)
    }

    /// Whole numbers, compared with the bits of `flip` turned.
    private mutating func addWhole(_ words: Span<UInt64>, flipping flip: UInt64) {
        var low = words[0] ^ flip
        var high = low
        for index in 0..<words.count {
            let value = words[index] ^ flip
            if value < low {
                low = value
                minimumRow = Int32(index)
            }
            if value > high {
                high = value
                maximumRow = Int32(index)
            }
            sum &+= words[index]
        }
        (minimum, maximum) = (low ^ flip, high ^ flip)
    }

    /// Adds the statistics of the rows that follow: `rows` is how many are there already, absent ones included.
    package mutating func append(_ next: VectorStatistics, kind: FieldKind, after rows: Int) {
        guard next.presentCount > 0 else { return }
        guard presentCount > 0 else {
            self = next
            minimumRow += Int32(rows)
            maximumRow += Int32(rows)
            return
        }
        presentCount += next.presentCount
        if kind == .string { return }
        last = next.last
        let isLower: Bool
        let isHigher: Bool
        switch kind {
        case .float:
            isLower = Double(bitPattern: next.minimum) < Double(bitPattern: minimum)
            isHigher = Double(bitPattern: next.maximum) > Double(bitPattern: maximum)
            sum = (Double(bitPattern: sum) + Double(bitPattern: next.sum)).bitPattern
        case .integer:
            isLower = Int64(bitPattern: next.minimum) < Int64(bitPattern: minimum)
            isHigher = Int64(bitPattern: next.maximum) > Int64(bitPattern: maximum)
            sum &+= next.sum
        case .unsigned, .boolean, .string:
            isLower = next.minimum < minimum
            isHigher = next.maximum > maximum
            sum &+= next.sum
        }
        if isLower { (minimum, minimumRow) = (next.minimum, next.minimumRow + Int32(rows)) }
        if isHigher { (maximum, maximumRow) = (next.maximum, next.maximumRow + Int32(rows)) }
    }
}

// MARK: - Bytes

extension VectorStatistics {
    private static let rawForm: UInt8 = 15
    private static let absentBit: UInt8 = 16
    private static let constantBit: UInt8 = 32

    /// The five values as numbers that small varints hold.
    private struct Scaled {
        var minimum: Int64
        var maximum: Int64
        var sum: Int64
        var first: Int64
        var last: Int64

        /// The sum of so many values along a line from the first to the last: what the sum is written less of.
        func trapezium(_ count: Int) -> Int64 { ((first &+ last) &* Int64(count)) &>> 1 }
    }

    /// Appends the statistics of a vector of `rowCount` rows.
    ///
    /// - Parameter before: the scaled `first` of the vector before, 0 at the beginning of a column; it is moved on.
    package func encode(kind: FieldKind, rowCount: Int, before: inout Int64, into bytes: inout [UInt8]) {
        let (form, scaled) = self.scaled(kind)
        let isConstant =
            presentCount > 0 && kind != .string && self.isConstant
            && (scaled.map { $0.sum == $0.first &* Int64(presentCount) } ?? false)
        bytes.append(
            form | (presentCount < rowCount ? Self.absentBit : 0) | (isConstant ? Self.constantBit : 0))
        if presentCount < rowCount { bytes.appendVarint(UInt64(presentCount)) }
        guard presentCount > 0, kind != .string else { return }
        guard let scaled else {
            for word in [first, last, minimum, maximum, sum] { bytes.appendLittleEndian(word) }
            bytes.appendVarint(UInt64(minimumRow) + UInt64(maximumRow) * UInt64(rowCount))
            return
        }
        bytes.appendZigZag(scaled.first &- before)
        before = scaled.first
        if isConstant { return }
        bytes.appendZigZag(scaled.last &- scaled.first)
        bytes.appendVarint(UInt64(bitPattern: scaled.first &- scaled.minimum))
        bytes.appendVarint(UInt64(bitPattern: scaled.maximum &- scaled.first))
        bytes.appendZigZag(scaled.sum &- scaled.trapezium(presentCount))
        bytes.appendVarint(UInt64(minimumRow) + UInt64(maximumRow) * UInt64(rowCount))
    }

    /// Reads what `encode` wrote.
    package init(
        kind: FieldKind, rowCount: Int, before: inout Int64, from reader: inout ByteReader
    ) throws(CorruptBytes) {
        let tag = try reader.byte()
        let form = tag & 15
        guard tag < 64, form == Self.rawForm || form == 0 || (kind == .float && form < FloatCodec.powers.count) else {
            throw CorruptBytes("statistics of form \(tag)")
        }
        presentCount = tag & Self.absentBit == 0 ? rowCount : try reader.count(limit: rowCount)
        guard presentCount > 0, kind != .string else { return }
        if form == Self.rawForm {
            first = try reader.littleEndian()
            last = try reader.littleEndian()
            minimum = try reader.littleEndian()
            maximum = try reader.littleEndian()
            sum = try reader.littleEndian()
        } else {
            let first = before &+ (try reader.zigZag())
            before = first
            var scaled = Scaled(
                minimum: first, maximum: first, sum: first &* Int64(presentCount), first: first, last: first)
            if tag & Self.constantBit == 0 {
                scaled.last = first &+ (try reader.zigZag())
                scaled.minimum = first &- Int64(bitPattern: try reader.varint())
                scaled.maximum = first &+ Int64(bitPattern: try reader.varint())
                scaled.sum = scaled.trapezium(presentCount) &+ (try reader.zigZag())
            }
            let word = { (value: Int64) -> UInt64 in
                kind == .float ? FloatCodec.word(value, decimals: Int(form)) : UInt64(bitPattern: value)
            }
            self.first = word(scaled.first)
            last = word(scaled.last)
            minimum = word(scaled.minimum)
            maximum = word(scaled.maximum)
            sum = word(scaled.sum)
            if tag & Self.constantBit != 0 {
                (minimumRow, maximumRow) = (0, 0)
                return
            }
        }
        let rows = try reader.count(limit: rowCount * rowCount - 1)
        minimumRow = Int32(rows % rowCount)
        maximumRow = Int32(rows / rowCount)
    }

    private func scaled(_ kind: FieldKind) -> (form: UInt8, values: Scaled?) {
        if kind == .string || presentCount == 0 { return (0, nil) }
        if kind != .float {
            let values = [minimum, maximum, sum, first, last].map(Int64.init(bitPattern:))
            return (
                0,
                Scaled(minimum: values[0], maximum: values[1], sum: values[2], first: values[3], last: values[4])
            )
        }
        for decimals in FloatCodec.powers.indices {
            guard let minimum = FloatCodec.integer(minimum, decimals: decimals),
                let maximum = FloatCodec.integer(maximum, decimals: decimals),
                let sum = FloatCodec.integer(sum, decimals: decimals),
                let first = FloatCodec.integer(first, decimals: decimals),
                let last = FloatCodec.integer(last, decimals: decimals)
            else { continue }
            return (
                UInt8(decimals), Scaled(minimum: minimum, maximum: maximum, sum: sum, first: first, last: last)
            )
        }
        return (Self.rawForm, nil)
    }
}
