/// The rows of each series that a reader can do with.
package enum ScanEdge: Sendable {
    /// So many of the last.
    case newest(Int)
    /// So many of the first.
    case oldest(Int)

    /// Keeps as many of a series' vectors as hold enough of its rows that are certainly in `times`.
    func trim(_ vectors: inout [Int], _ group: RowGroup, _ rows: Range<Int>, _ times: ClosedRange<Int64>) {
        let order: [Int]
        var missing: Int
        switch self {
        case .newest(let count): (order, missing) = (vectors.reversed(), count)
        case .oldest(let count): (order, missing) = (vectors, count)
        }
        var kept: [Int] = []
        for vector in order where missing > 0 {
            kept.append(vector)
            let within = group.vectorTimes[vector]
            guard within.lowerBound >= times.lowerBound, within.upperBound <= times.upperBound else { continue }
            missing -= (group.vectorStarts[vector]..<group.vectorStarts[vector + 1]).clamped(to: rows).count
        }
        vectors = kept.sorted()
    }
}
