import Bytes

/// Whole numbers of 64 bits: what is left of them after a prediction, bit-packed or through the entropy coder.
///
/// A vector is looked at once (`IntegerPlan`): a common divisor is taken out, and of four predictions the cheapest by
/// estimate is kept. All arithmetic wraps, so every bit pattern comes back. Regular times and constants cost no bits a
/// value at all. The residuals go through the entropy coder under tables that all vectors of a column share
/// (`ColumnCodec`), or are packed at the width of the worst one where that is no longer or there are no tables.
///
/// | bytes   | field     | meaning                                                                              |
/// |---------|-----------|--------------------------------------------------------------------------------------|
/// | 1       | mode      | bits 0...1: prediction, 0 a constant, 1 the value before, 2 the step before, 3 lines; bit 2: entropy coded; bit 3: divisor; bit 4: exceptions |
/// | varints | divisor   | only if bit 3: the divisor, then the zigzag of what was taken off first              |
/// | varints | heads     | predictions 1 and 2: as many first values, zigzag                                    |
/// | varints | lines     | prediction 3: count, then for each rows, base less the base before (zigzag), slope (zigzag) |
/// | varint  | base      | what was taken off each residual, zigzag                                             |
/// | varints | exceptions| only if bit 4: count, then for each the row less the one before, and the residual, a zigzag |
/// | rest    | residuals | entropy coded: `EntropyCoder`, of the zigzag                                         |
/// |         |           | else 1 byte width, 0...64, then `BitPacking`                                         |
enum IntegerCodec {
    private static let entropyBit: UInt8 = 4
    private static let divisorBit: UInt8 = 8
    private static let exceptionsBit: UInt8 = 16

    /// The smallest residual, and how many bits hold what the others are above it.
    private static func frame(_ plan: IntegerPlan) -> (low: Int64, width: Int) {
        if plan.residuals.isEmpty { return (0, 0) }
        let residuals = plan.residuals.span
        var low = Int64.max
        var high = Int64.min
        for index in 0..<residuals.count {
            low = min(low, Int64(bitPattern: residuals[index]))
            high = max(high, Int64(bitPattern: residuals[index]))
        }
        return (low, 64 - (high &- low).leadingZeroBitCount)
    }

    /// How many bytes the residuals of `plan` take when packed.
    static func packedByteCount(_ plan: IntegerPlan) -> Int {
        BitPacking.byteCount(plan.residuals.count, width: frame(plan).width)
    }

    /// Appends the packed form of `plan`.
    static func encodePacked(_ plan: IntegerPlan, into block: inout [UInt8]) {
        appendHead(plan, flags: 0, into: &block)
        let (low, width) = frame(plan)
        block.appendZigZag(low)
        let packed = plan.residuals.map { $0 &- UInt64(bitPattern: low) }
        block.append(UInt8(width))
        BitPacking.pack(packed.span, width: width, into: &block)
    }

    /// Appends the entropy coded form of `plan`, and returns how many bytes its residuals take.
    ///
    /// - Parameters:
    ///   - numbers: the zigzags of `plan`'s residuals, exceptions replaced.
    ///   - symbols: of each number.
    static func encodeEntropy(
        _ plan: IntegerPlan, numbers: [UInt64], symbols: [UInt8], tableOfBlock: [UInt8],
        _ encoder: inout EntropyCoder.Encoder, into block: inout [UInt8]
    ) -> Int {
        appendHead(plan, flags: entropyBit | (plan.exceptions.isEmpty ? 0 : exceptionsBit), into: &block)
        block.appendZigZag(plan.center)
        let before = block.count
        if !plan.exceptions.isEmpty {
            block.appendVarint(UInt64(plan.exceptions.count))
            var row = 0
            for exception in plan.exceptions {
                block.appendVarint(UInt64(exception.row - row))
                block.appendVarint(exception.number)
                row = exception.row
            }
        }
        encoder.encode(numbers, symbols: symbols, tableOfBlock: tableOfBlock, into: &block)
        return block.count - before
    }

    private static func appendHead(_ plan: IntegerPlan, flags: UInt8, into block: inout [UInt8]) {
        block.append(plan.prediction.rawValue | flags | (plan.origin != 0 || plan.divisor > 1 ? divisorBit : 0))
        if plan.origin != 0 || plan.divisor > 1 {
            block.appendVarint(plan.divisor)
            block.appendZigZag(Int64(bitPattern: plan.origin))
        }
        for head in plan.heads { block.appendZigZag(Int64(bitPattern: head)) }
        if plan.prediction == .lines {
            block.appendVarint(UInt64(plan.lines.count))
            var before: Int64 = 0
            for line in plan.lines {
                block.appendVarint(UInt64(line.rowCount))
                block.appendZigZag(line.base &- before)
                block.appendZigZag(line.slope)
                before = line.base
            }
        }
    }

    /// Reads back `count` values into the beginning of `values`, to the end of what `reader` holds if they are entropy
    /// coded.
    static func decode(
        _ count: Int, from reader: inout ByteReader, _ decoder: inout EntropyCoder.Decoder,
        into values: inout [UInt64]
    ) throws(CorruptBytes) {
        let mode = try reader.byte()
        guard let prediction = IntegerPlan.Prediction(rawValue: mode & 3), mode < 32, values.count >= count else {
            throw CorruptBytes("an integer vector of mode \(mode)")
        }
        var divisor: UInt64 = 1
        var origin: UInt64 = 0
        if mode & divisorBit != 0 {
            divisor = try reader.varint()
            origin = UInt64(bitPattern: try reader.zigZag())
        }
        let headCount = prediction.headCount
        guard headCount <= count else { throw CorruptBytes("\(headCount) first values of \(count)") }
        var heads: (UInt64, UInt64) = (0, 0)
        if headCount > 0 { heads.0 = UInt64(bitPattern: try reader.zigZag()) }
        if headCount > 1 { heads.1 = UInt64(bitPattern: try reader.zigZag()) }
        let lines = prediction == .lines ? try self.lines(count, from: &reader) : []
        let base = UInt64(bitPattern: try reader.zigZag())
        let isZigZag = mode & entropyBit != 0
        if isZigZag {
            let exceptions = mode & exceptionsBit != 0 ? try self.exceptions(count, from: &reader) : []
            try decoder.decode(count - headCount, from: &reader, into: &values)
            for (row, number) in exceptions { values[row] = number }
        } else {
            let width = Int(try reader.byte())
            try BitPacking.unpack(count - headCount, width: width, from: &reader, into: &values)
        }
        var span = values.mutableSpan
        switch (prediction, isZigZag) {
        case (.constant, true): for index in 0..<count { span[index] = unzigzag(span[index]) &+ base }
        case (.constant, false): if base != 0 { for index in 0..<count { span[index] &+= base } }
        case (.before, true): sum(&span, count, heads.0) { unzigzag($0) &+ base }
        case (.before, false): sum(&span, count, heads.0) { $0 &+ base }
        case (.step, true): sumTwice(&span, count, heads) { unzigzag($0) &+ base }
        case (.step, false): sumTwice(&span, count, heads) { $0 &+ base }
        case (.lines, true): add(lines, to: &span) { unzigzag($0) &+ base }
        case (.lines, false): add(lines, to: &span) { $0 &+ base }
        }
        if divisor != 1 || origin != 0 { for index in 0..<count { span[index] = span[index] &* divisor &+ origin } }
    }

    @inline(__always)
    private static func unzigzag(_ number: UInt64) -> UInt64 { (number &>> 1) ^ (0 &- (number & 1)) }

    /// The residual of a row stands one before its place, and its place is overwritten after it was read.
    @inline(__always)
    private static func sum(
        _ values: inout MutableSpan<UInt64>, _ count: Int, _ head: UInt64, _ residual: (UInt64) -> UInt64
    ) {
        var value = head
        for index in 0..<(count - 1) {
            let step = residual(values[index])
            values[index] = value
            value &+= step
        }
        values[count - 1] = value
    }

    @inline(__always)
    private static func sumTwice(
        _ values: inout MutableSpan<UInt64>, _ count: Int, _ heads: (UInt64, UInt64),
        _ residual: (UInt64) -> UInt64
    ) {
        var value = heads.0
        var step = heads.1 &- heads.0
        for index in 0..<(count - 2) {
            let change = residual(values[index])
            values[index] = value
            value &+= step
            step &+= change
        }
        values[count - 2] = value
        values[count - 1] = value &+ step
    }

    @inline(__always)
    private static func add(
        _ lines: [Line], to values: inout MutableSpan<UInt64>, _ residual: (UInt64) -> UInt64
    ) {
        var row = 0
        for line in lines {
            var scaled = line.base &<< 12
            for index in row..<(row + line.rowCount) {
                values[index] = residual(values[index]) &+ UInt64(bitPattern: scaled &>> 16)
                scaled &+= line.slope
            }
            row += line.rowCount
        }
    }

    private static func lines(_ count: Int, from reader: inout ByteReader) throws(CorruptBytes) -> [Line] {
        var lines: [Line] = []
        var rows = 0
        var base: Int64 = 0
        for _ in 0..<(try reader.count(limit: count)) {
            let rowCount = try reader.count(limit: count - rows)
            base &+= try reader.zigZag()
            lines.append(Line(rowCount: rowCount, base: base, slope: try reader.zigZag()))
            rows += rowCount
        }
        guard rows == count else { throw CorruptBytes("lines along \(rows) of \(count) rows") }
        return lines
    }

    private static func exceptions(
        _ count: Int, from reader: inout ByteReader
    ) throws(CorruptBytes) -> [(row: Int, number: UInt64)] {
        var exceptions: [(row: Int, number: UInt64)] = []
        var row = 0
        for _ in 0..<(try reader.count(limit: count)) {
            row += try reader.count(limit: count - 1 - row)
            exceptions.append((row, try reader.varint()))
        }
        return exceptions
    }
}
