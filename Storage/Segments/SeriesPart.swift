/// What one block has of one series: rows, and summaries of others.
package struct SeriesPart {
    /// Its rows.
    package var slice: RowSlice?
    /// What stands for rows that were not decoded.
    package var summaries: ArraySlice<VectorSummary>

    /// From the first to the last row.
    package var times: ClosedRange<Int64>? {
        var low = slice?.firstTime ?? .max
        var high = slice?.lastTime ?? .min
        for summary in summaries {
            low = min(low, summary.times.lowerBound)
            high = max(high, summary.times.upperBound)
        }
        return low <= high ? low...high : nil
    }

    /// Whether no two of some parts overlap in time.
    package static func areDisjoint(_ parts: [SeriesPart]) -> Bool {
        if parts.count <= 1 { return true }
        let ranges = parts.compactMap(\.times).sorted { $0.lowerBound < $1.lowerBound }
        return (1..<max(1, ranges.count)).allSatisfy { ranges[$0 - 1].upperBound < ranges[$0].lowerBound }
    }
}

/// Walks blocks by ascending series.
package enum SeriesCursor {
    /// The parts of series `number`, oldest source first; `places` move on and must fit `blocks`.
    package static func parts(
        of number: UInt32, in blocks: [RowBlock], _ places: inout [Int], times: ClosedRange<Int64>
    ) -> [SeriesPart] {
        var parts: [SeriesPart] = []
        for index in blocks.indices where places[index] < blocks[index].series.count {
            if blocks[index].series[places[index]] < number {
                places[index] = blocks[index].place(of: number, from: places[index])
            }
            guard places[index] < blocks[index].series.count, blocks[index].series[places[index]] == number else {
                continue
            }
            let part = SeriesPart(
                slice: blocks[index].slice(at: places[index], in: times),
                summaries: blocks[index].summaries(at: places[index]))
            if part.slice != nil || !part.summaries.isEmpty { parts.append(part) }
        }
        return parts
    }
}
