/// A straight line through some rows: row `k` of its rows is near `(base << 12 + slope * k) >> 16`.
struct Line: Sendable, Equatable {
    /// How many rows it runs along.
    var rowCount: Int
    /// The value at its first row, 16ths: a register counts whole units of what grows by fractions.
    var base: Int64
    /// 65,536ths a row.
    var slope: Int64

    /// The value at row `k` of its rows.
    func value(_ k: Int) -> Int64 { (base &<< 12 &+ slope &* Int64(k)) &>> 16 }
}

/// Cuts a vector into stretches along which its values lie near a straight line.
///
/// What a charging station reports runs along lines: a set point that is held, an energy register or a state of charge
/// while a session lasts, time itself with some jitter. The noise around a line is smaller than that between neighbours,
/// by half a bit where it is white. Cutting goes top down: where a stretch jumps most or else is farthest from its chord,
/// if the two sides are cheaper than the whole; then neighbours that a cut of theirs did not need are joined again.
enum LineFit {
    /// About what a line costs, bits.
    private static let lineBitCount = 64.0
    /// The shortest stretch that is cut.
    private static let shortest = 24
    /// The most lines of a vector; where they do not do, deltas are better.
    private static let maximumLineCount = 10

    private struct Stretch {
        var rows: Range<Int>
        var line: Line
        var cost: Double
        /// The mean distance from the line.
        var spread: UInt64
        /// Whether what is left jumps from row to row as white noise does: by the root of 2 times its size. Steps and
        /// bends make it larger than its jumps.
        var isNoise: Bool
    }

    /// The lines of `values`, and what they and the residuals about cost; nil where that is over `limit` bits.
    ///
    /// - Parameter values: within ±2^40.
    static func lines(_ values: [Int64], limit: Double) -> (lines: [Line], cost: Double)? {
        var open = [stretch(values.span, 0..<values.count)]
        var done: [Stretch] = []
        while let whole = open.popLast() {
            if done.count + open.count < maximumLineCount, whole.rows.count >= shortest, whole.cost > lineBitCount,
                !whole.isNoise,
                let row = cut(values.span, whole.rows)
            {
                let left = stretch(values.span, whole.rows.lowerBound..<row)
                let right = stretch(values.span, row..<whole.rows.upperBound)
                if left.cost + right.cost + lineBitCount < whole.cost {
                    open.append(right)
                    open.append(left)
                    continue
                }
            }
            done.append(whole)
        }
        var index = done.count > 2 ? 1 : done.count
        while index < done.count {
            let (left, right) = (done[index - 1], done[index])
            let gap = (right.line.value(0) &- left.line.value(left.rows.count)).magnitude
            if gap > 16 &* (left.spread &+ right.spread &+ 1) {
                index += 1
                continue
            }
            let joined = stretch(values.span, left.rows.lowerBound..<right.rows.upperBound)
            if joined.cost < left.cost + right.cost + lineBitCount {
                done[index - 1] = joined
                done.remove(at: index)
            } else {
                index += 1
            }
        }
        let cost = done.reduce(Double(done.count) * lineBitCount) { $0 + $1.cost }
        return cost < limit ? (done.map(\.line), cost) : nil
    }

    /// The line of least squares through `rows`; of long stretches every second row will do.
    private static func stretch(_ values: Span<Int64>, _ rows: Range<Int>) -> Stretch {
        let pace = rows.count < 256 ? 1 : 2
        let count = (rows.count + pace - 1) / pace
        let first = values[rows.lowerBound]
        var sum: Int64 = 0
        var sums: Int64 = 0
        var row = rows.lowerBound
        while row < rows.upperBound {
            sum &+= values[row] &- first
            sums &+= sum
            row &+= pace
        }
        // Each value was added once for itself and once for every row behind it.
        let moment = Int64(count) &* sum &- sums
        let middle = Double(count - 1) / 2
        let spread = Double(count) * (Double(count) * Double(count) - 1) / 12
        var slope = spread == 0 ? 0 : (Double(moment) - middle * Double(sum)) / spread
        // A slope that moves the line by less than half a unit is noise, and costs bytes.
        if (slope * Double(count)).magnitude < 0.5 { slope = 0 }
        // The half turns rounding down, which `value` does, to rounding.
        let base = Double(sum) / Double(count) - slope * middle + 0.5
        let line = Line(
            rowCount: rows.count, base: first &<< 4 &+ Int64((base * 16).rounded()),
            slope: Int64((slope / Double(pace) * 65536).rounded()))
        var total: UInt64 = 0
        var jumps: UInt64 = 0
        var scaled = line.base &<< 12
        let rise = line.slope &* Int64(pace)
        var before = first &- scaled &>> 16
        row = rows.lowerBound
        while row < rows.upperBound {
            let residual = values[row] &- scaled &>> 16
            total &+= residual.magnitude
            jumps &+= (residual &- before).magnitude
            before = residual
            scaled &+= rise
            row &+= pace
        }
        return Stretch(
            rows: rows, line: line,
            cost: ResidualCost.bits(total &* 2, count) * Double(rows.count) / Double(count),
            spread: total / UInt64(count),
            isNoise: jumps > total &+ total / 8)
    }

    /// Where to cut: at the greatest jump where it stands out, else where the chord is farthest.
    private static func cut(_ values: Span<Int64>, _ rows: Range<Int>) -> Int? {
        let pace = rows.count < 256 ? 1 : 2
        let first = values[rows.lowerBound]
        let last = values[rows.upperBound - 1]
        let rise = ((last - first) << 16) / Int64(rows.count - 1) * Int64(pace)
        var farthest = (row: rows.lowerBound, distance: UInt64(0))
        var jump = (row: rows.lowerBound, distance: UInt64(0))
        var scaled: Int64 = 0
        var before = first
        var row = rows.lowerBound + pace
        while row < rows.upperBound {
            let value = values[row]
            scaled &+= rise
            let distance = (value &- first &- scaled &>> 16).magnitude
            if distance > farthest.distance { farthest = (row, distance) }
            let step = (value &- before).magnitude
            if step > jump.distance { jump = (row, step) }
            before = value
            row &+= pace
        }
        guard jump.distance * 2 > farthest.distance else {
            if farthest.row == rows.lowerBound { return nil }
            for row in [farthest.row - 1, farthest.row + 1]
            where pace == 2 && row > rows.lowerBound && row < rows.upperBound {
                let height = (rise / 2 &* Int64(row - rows.lowerBound)) &>> 16
                let distance = (values[row] &- first &- height).magnitude
                if distance > farthest.distance { farthest = (row, distance) }
            }
            return farthest.row
        }
        guard jump.row > rows.lowerBound else { return nil }
        // Of the two steps that make up the jump, the greater one is the place.
        if pace == 2 {
            let middle = values[jump.row - 1]
            if (middle &- values[jump.row - 2]).magnitude > (values[jump.row] &- middle).magnitude {
                return jump.row - 1
            }
        }
        return jump.row
    }
}

/// What residuals about cost under an entropy coder.
enum ResidualCost {
    /// The bits of `count` numbers that add up to `total`, if they fall off as a geometric distribution does.
    static func bits(_ total: UInt64, _ count: Int) -> Double {
        if total == 0 || count == 0 { return 0 }
        let mean = Double(total) / Double(count)
        return Double(count) * ((mean + 1) * log2(mean + 1) - mean * log2(mean))
    }

    /// The binary logarithm of a positive, finite, normal number, within 0.01: no C library on this floor.
    static func log2(_ value: Double) -> Double {
        let bits = value.bitPattern
        let exponent = Double(Int(bits >> 52) - 1023)
        let fraction = Double(bitPattern: bits & 0xF_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000) - 1
        return exponent + fraction * (1.3465 - 0.3465 * fraction)
    }
}
