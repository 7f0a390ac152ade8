/// How the integers of one vector will be laid down, and what is left of them after the prediction.
struct IntegerPlan {
    /// From what a value is predicted.
    enum Prediction: UInt8 {
        /// From nothing: a constant is taken off.
        case constant = 0
        /// From the value before.
        case before = 1
        /// From the value before and the step that led to it.
        case step = 2
        /// From the line that it lies along.
        case lines = 3

        /// How many first values stand as they are.
        var headCount: Int { self == .before ? 1 : self == .step ? 2 : 0 }
    }

    /// From what the values are predicted.
    var prediction = Prediction.constant
    /// What all values less `origin` are multiples of; 1 where nothing is taken out.
    var divisor: UInt64 = 1
    /// What is taken off before the division; 0 where there is none.
    var origin: UInt64 = 0
    /// The first values, where a prediction needs them.
    var heads: [UInt64] = []
    /// The lines, where values lie along some.
    var lines: [Line] = []
    /// Value less prediction, one a row after the heads.
    var residuals: [UInt64] = []
    /// What is taken off each residual before the entropy coder.
    var center: Int64 = 0
    /// Residuals that no symbol holds, as zigzags; filled by `numbers`.
    var exceptions: [(row: Int, number: UInt64)] = []
    /// Whether all residuals are the same.
    var isConstant = false

    /// The cheapest plan by estimate; 1 or more values.
    init(_ words: [UInt64]) {
        var values = words
        guard takeOutDivisor(&values) else { return }
        var costs = Self.costs(values)
        if values.count < 3 { (costs.before, costs.step) = (.infinity, .infinity) }
        let least = min(costs.constant, costs.before, costs.step)
        if origin == 0, words[0] &+ 1 << 46 > 1 << 47 {
            // Lines have room for 48 bits: of times in nanoseconds they get what is above the first.
            origin = words[0]
            for index in values.indices { values[index] &-= origin }
            costs.middle &-= Int64(bitPattern: origin)
        }
        if values.count >= 16, least > 64, costs.spread < 1 << 40, Self.isLineLike(values),
            let found = LineFit.lines(values.map(Int64.init(bitPattern:)), limit: least)
        {
            prediction = .lines
            lines = found.lines
        } else if costs.constant <= least {
            center = costs.middle
        } else {
            prediction = costs.before <= least ? .before : .step
        }
        setResiduals(values)
    }

    /// The zigzags of the residuals, those that are no symbol replaced by 0 and noted as exceptions.
    mutating func numbers() -> [UInt64] {
        var all: UInt64 = 0
        var numbers = [UInt64](capacity: residuals.count) { output in
            let source = residuals.span
            let base = UInt64(bitPattern: center)
            for index in 0..<source.count {
                let residual = source[index] &- base
                let number = (residual &<< 1) ^ UInt64(bitPattern: Int64(bitPattern: residual) &>> 63)
                all |= number
                output.append(number)
            }
        }
        if all >= ResidualSymbol.limit {
            for row in numbers.indices where numbers[row] >= ResidualSymbol.limit {
                exceptions.append((row, numbers[row]))
                numbers[row] = 0
            }
        }
        return numbers
    }

    /// Divides by what all differences are multiples of; false, with all set, where the values are all equal.
    private mutating func takeOutDivisor(_ values: inout [UInt64]) -> Bool {
        let first = values[0]
        var divisor: UInt64 = 0
        var low = Int64.max
        var high = Int64.min
        for value in values {
            low = min(low, Int64(bitPattern: value))
            high = max(high, Int64(bitPattern: value))
        }
        if low == high {
            residuals = values
            center = Int64(bitPattern: first)
            isConstant = true
            return false
        }
        if high.subtractingReportingOverflow(low).overflow { return true }
        var before = first
        var exact = ExactDivision(by: 1)
        for value in values {
            let step = Int64(bitPattern: value &- before).magnitude
            before = value
            if step == divisor || step == 0 || (divisor > 1 && exact.divides(step)) { continue }
            divisor = Self.greatestCommonDivisor(divisor, step)
            if divisor == 1 { return true }
            exact = ExactDivision(by: divisor)
        }
        self.divisor = divisor
        origin = first
        for index in values.indices { values[index] = exact.quotient(values[index] &- first) }
        return true
    }

    private static func greatestCommonDivisor(_ left: UInt64, _ right: UInt64) -> UInt64 {
        var (a, b) = (left, right)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }

    private struct Costs {
        var constant = 0.0
        var before = 0.0
        var step = 0.0
        /// The middle of the values.
        var middle: Int64 = 0
        /// The greatest value less the smallest.
        var spread: UInt64 = 0

        @inline(__always)
        mutating func add(_ values: Span<UInt64>, _ magnitude: (UInt64) -> UInt64) {
            let middle = UInt64(bitPattern: self.middle)
            var before = values[0]
            var step: UInt64 = 0
            for first in stride(from: 0, to: values.count, by: EntropyCoder.blockRowCount) {
                let last = min(values.count, first + EntropyCoder.blockRowCount)
                var sums: (UInt64, UInt64, UInt64) = (0, 0, 0)
                for index in first..<last {
                    let value = values[index]
                    let delta = value &- before
                    sums.0 &+= magnitude(value &- middle)
                    sums.1 &+= magnitude(delta)
                    sums.2 &+= magnitude(delta &- step)
                    before = value
                    step = delta
                }
                constant += ResidualCost.bits(sums.0 &* 2, last - first)
                self.before += ResidualCost.bits(sums.1 &* 2, last - first)
                self.step += ResidualCost.bits(sums.2 &* 2, last - first)
            }
        }
    }

    /// What each of the plain predictions about costs, by blocks as the entropy coder takes them.
    private static func costs(_ words: [UInt64]) -> Costs {
        var costs = Costs()
        let values = words.span
        var low = Int64.max
        var high = Int64.min
        var total: UInt64 = 0
        for index in 0..<values.count {
            let value = Int64(bitPattern: values[index])
            low = min(low, value)
            high = max(high, value)
            total &+= values[index] &- values[0]
        }
        costs.spread = UInt64(bitPattern: high &- low)
        costs.middle = Int64(bitPattern: values[0]) &+ Int64(bitPattern: total) / Int64(values.count)
        // Sums of 64 magnitudes must not overflow.
        if costs.spread < 1 << 54 {
            costs.add(values) { Int64(bitPattern: $0).magnitude }
        } else {
            costs.add(values) { min(Int64(bitPattern: $0).magnitude, 1 << 54) }
        }
        costs.before += 16
        costs.step += 32
        return costs
    }

    /// Whether values stay near lines for long: over 32 rows they bend no more than over two, in half of the blocks.
    ///
    /// What walks at random, as the grid's frequency does, bends the more the longer one looks; lines need not be tried.
    private static func isLineLike(_ words: [UInt64]) -> Bool {
        let values = words.span
        var bent = 0
        var blocks = 0
        for first in stride(from: 32, to: values.count - 31, by: 64) {
            var near: UInt64 = 0
            var far: UInt64 = 0
            for index in first..<(first + 32) {
                let value = values[index]
                near &+= Int64(bitPattern: value &- 2 &* values[index &- 1] &+ values[index &- 2]).magnitude
                far &+= Int64(bitPattern: value &- 2 &* values[index &- 16] &+ values[index &- 32]).magnitude
            }
            blocks += 1
            // White noise bends by sqrt(6) times its deviation in both cases.
            if far > near &+ near / 2 &+ 16 { bent += 1 }
        }
        return bent * 2 <= blocks
    }

    private mutating func setResiduals(_ words: [UInt64]) {
        let headCount = min(prediction.headCount, words.count)
        heads = Array(words.prefix(headCount))
        let prediction = prediction
        let lines = lines
        residuals = [UInt64](capacity: words.count - headCount) { output in
            let values = words.span
            switch prediction {
            case .constant: for index in 0..<values.count { output.append(values[index]) }
            case .before: for index in 1..<values.count { output.append(values[index] &- values[index &- 1]) }
            case .step:
                for index in 2..<values.count {
                    output.append(values[index] &- 2 &* values[index &- 1] &+ values[index &- 2])
                }
            case .lines:
                var row = 0
                for line in lines {
                    for k in 0..<line.rowCount {
                        output.append(values[row &+ k] &- UInt64(bitPattern: line.value(k)))
                    }
                    row &+= line.rowCount
                }
            }
        }
        isConstant = residuals.allSatisfy { $0 == residuals[0] }
    }
}

/// Division where nothing is left over, by a multiplication: 64-bit division takes up to a hundred steps.
///
/// A divisor is an odd number times a power of two; an odd number has an inverse among the numbers of 64 bits, and what
/// it divides, times that, is the quotient (Warren, "Hacker's Delight", sections 10-16 and 10-17).
private struct ExactDivision {
    private let shift: UInt64
    private let inverse: UInt64
    private let limit: UInt64

    init(by divisor: UInt64) {
        shift = UInt64(divisor.trailingZeroBitCount)
        let odd = divisor >> shift
        limit = .max / odd
        // Right in the lowest three bits; each step doubles how many are.
        var inverse = odd
        for _ in 0..<5 { inverse = inverse &* (2 &- odd &* inverse) }
        self.inverse = inverse
    }

    /// Whether nothing is left over.
    func divides(_ number: UInt64) -> Bool {
        number & (1 &<< shift &- 1) == 0 && (number &>> shift) &* inverse <= limit
    }

    /// The quotient of a signed multiple, as a word.
    func quotient(_ word: UInt64) -> UInt64 {
        UInt64(bitPattern: Int64(bitPattern: word) &>> Int64(shift)) &* inverse
    }
}
