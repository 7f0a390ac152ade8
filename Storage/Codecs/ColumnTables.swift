/// Finds the tables of a column: one for each scale of residuals that is worth its bytes.
///
/// The residuals of a block of 64 rows are of one scale: an idle station's are 0, a charging one's are as large as its
/// rated power's noise. Blocks are classed by the power of two of their mean; neighbouring classes are joined while the
/// bytes of a table, and of the switches to it, are more than what it saves.
struct ColumnTables {
    private static let classCount = 40

    /// The tables; none where nothing was added.
    private(set) var tables = EntropyTables()
    private var counts = [UInt32](repeating: 0, count: classCount * ResidualSymbol.count)
    /// How often a block of one class comes next to one of another.
    private var switches = [UInt32](repeating: 0, count: classCount * classCount)
    private var tableOfClass = [UInt8](repeating: 0, count: classCount)
    /// About what all that was added costs under the tables, and the tables themselves; bits.
    private(set) var cost = 0.0

    /// Counts the symbols of `numbers` and gives them, and the class of each block.
    mutating func add(_ numbers: [UInt64]) -> (symbols: [UInt8], classes: [UInt8]) {
        let symbols = [UInt8](capacity: numbers.count) { output in
            let source = numbers.span
            for index in 0..<source.count {
                output.append(UInt8(truncatingIfNeeded: ResidualSymbol.symbol(of: source[index])))
            }
        }
        var classes: [UInt8] = []
        var counts = self.counts.mutableSpan
        let source = numbers.span
        let symbolSpan = symbols.span
        for first in stride(from: 0, to: source.count, by: EntropyCoder.blockRowCount) {
            let last = min(source.count, first + EntropyCoder.blockRowCount)
            var sum: UInt64 = 0
            for index in first..<last { sum &+= source[index] }
            // 0 where all are 0, else the number of bits of 64 times the mean.
            let scaled = sum &* 64 / UInt64(last - first)
            let kind = sum == 0 ? 0 : max(1, 64 - scaled.leadingZeroBitCount)
            classes.append(UInt8(kind))
            let place = kind &* ResidualSymbol.count
            for index in first..<last { counts[place &+ Int(symbolSpan[index])] &+= 1 }
        }
        for index in 1..<max(1, classes.count) {
            switches[Int(classes[index - 1]) * Self.classCount + Int(classes[index])] &+= 1
        }
        return (symbols, classes)
    }

    /// Makes the tables of what was added.
    mutating func build() {
        struct Group {
            var classes: [Int]
            var counts: [UInt32]
            var cost: Double
        }
        var groups: [Group] = []
        for kind in 0..<Self.classCount {
            let row = Array(counts[(kind * ResidualSymbol.count)..<((kind + 1) * ResidualSymbol.count)])
            if row.contains(where: { $0 > 0 }) {
                groups.append(Group(classes: [kind], counts: row, cost: Self.cost(row)))
            }
        }
        while groups.count > 1 {
            var best: (index: Int, joined: Group, gain: Double)?
            for index in 1..<groups.count {
                let counts = zip(groups[index - 1].counts, groups[index].counts).map { $0 + $1 }
                let joined = Group(
                    classes: groups[index - 1].classes + groups[index].classes, counts: counts, cost: Self.cost(counts))
                let gain =
                    groups[index - 1].cost + groups[index].cost - joined.cost
                    + 8 * Double(switchCount(groups[index - 1].classes, groups[index].classes))
                if gain > best?.gain ?? -.infinity { best = (index, joined, gain) }
            }
            guard let best, best.gain > 0 || groups.count > EntropyTables.maximumCount else { break }
            groups[best.index - 1] = best.joined
            groups.remove(at: best.index)
        }
        tables = EntropyTables(groups.map { EntropyTable($0.counts[...]) })
        for (table, group) in groups.enumerated() {
            for kind in group.classes { tableOfClass[kind] = UInt8(table) }
        }
        cost = groups.reduce(0) { $0 + $1.cost }
    }

    private func switchCount(_ left: [Int], _ right: [Int]) -> UInt32 {
        var count: UInt32 = 0
        for a in left {
            for b in right { count += switches[a * Self.classCount + b] + switches[b * Self.classCount + a] }
        }
        return count
    }

    /// The table of a class that `add` gave.
    func table(_ kind: UInt8) -> UInt8 { tableOfClass[Int(kind)] }

    /// The bits of so many symbols, their raw bits and their table.
    private static func cost(_ counts: [UInt32]) -> Double {
        var total = 0.0
        var bits = 24.0
        for count in counts { total += Double(count) }
        for (symbol, count) in counts.enumerated() where count > 0 {
            let odds = max(Double(count) / total, 1 / Double(EntropyTable.stateCount))
            bits += Double(count) * (Double(ResidualSymbol.extraBitCount(symbol)) - ResidualCost.log2(odds)) + 8
        }
        return bits
    }
}
