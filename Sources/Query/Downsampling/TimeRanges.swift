/// Stretches of time, ascending, none touching another.
struct TimeRanges: Equatable, Sendable {
    /// Beyond so many each two become one: to compute what lies between them again does no harm.
    private static let limit = 10_000

    private(set) var ranges: [Range<Int64>] = []

    var isEmpty: Bool { ranges.isEmpty }

    mutating func insert(_ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        var from = firstIndex(endingAtOrAfter: range.lowerBound)
        var merged = range
        let first = from
        while from < ranges.count, ranges[from].lowerBound <= range.upperBound {
            merged = min(merged.lowerBound, ranges[from].lowerBound)..<max(merged.upperBound, ranges[from].upperBound)
            from += 1
        }
        ranges.replaceSubrange(first..<from, with: CollectionOfOne(merged))
        if ranges.count > Self.limit { joinPairs() }
    }

    mutating func insert(_ others: TimeRanges) {
        for range in others.ranges { insert(range) }
    }

    /// Takes out what comes first, at most `span` long.
    mutating func takeFirst(span: Int64) -> Range<Int64>? {
        guard let first = ranges.first else { return nil }
        let end = min(first.upperBound, first.lowerBound.addingReportingOverflow(span).partialValue)
        guard end > first.lowerBound, end < first.upperBound else { return ranges.removeFirst() }
        ranges[0] = end..<first.upperBound
        return first.lowerBound..<end
    }

    private func firstIndex(endingAtOrAfter time: Int64) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func joinPairs() {
        ranges = stride(from: 0, to: ranges.count, by: 2).map { place in
            ranges[place].lowerBound..<ranges[min(place + 1, ranges.count - 1)].upperBound
        }
    }
}
