package import Telemetry

/// Rows of some series in columns that lie one behind the other: what a source hands to a scan.
///
/// - Invariant: `ranges[i]` are the rows of `series[i]`, series ascend strictly, times ascend within a range (strictly,
///   unless `hasRepeats`).
package struct RowBlock: Sendable {
    /// The series, ascending.
    package let series: [UInt32]
    /// The rows of each series.
    package let ranges: [Range<Int>]
    /// The time of each row.
    package let times: [Int64]
    /// One column a field that was asked for, in that order; nil where the block has none.
    package let columns: [FieldColumn?]
    /// Whether a series may have two rows of one time.
    package let hasRepeats: Bool
    /// What stands for rows that were not decoded, by series; none of it overlaps the rows of its series in time.
    package private(set) var summaries: [VectorSummary] = []
    /// The summaries of each series; empty where there is none at all.
    private var summaryRanges: [Range<Int>] = []

    package init(
        series: [UInt32], ranges: [Range<Int>], times: [Int64], columns: [FieldColumn?], hasRepeats: Bool = false
    ) {
        precondition(series.count == ranges.count, "\(series.count) series and \(ranges.count) ranges")
        self.series = series
        self.ranges = ranges
        self.times = times
        self.columns = columns
        self.hasRepeats = hasRepeats
    }

    /// The block with summaries beside its rows, which ascend by series.
    func adding(_ summaries: [VectorSummary]) -> RowBlock {
        var series: [UInt32] = []
        var ranges: [Range<Int>] = []
        var summaryRanges: [Range<Int>] = []
        var (row, next) = (0, 0)
        while row < self.series.count || next < summaries.count {
            let number = min(
                row < self.series.count ? self.series[row] : .max,
                next < summaries.count ? summaries[next].series : .max)
            let first = next
            while next < summaries.count, summaries[next].series == number { next += 1 }
            let hasRows = row < self.series.count && self.series[row] == number
            series.append(number)
            ranges.append(hasRows ? self.ranges[row] : 0..<0)
            summaryRanges.append(first..<next)
            if hasRows { row += 1 }
        }
        var block = RowBlock(series: series, ranges: ranges, times: times, columns: columns, hasRepeats: hasRepeats)
        block.summaries = summaries
        block.summaryRanges = summaryRanges
        return block
    }

    /// What stands for undecoded rows of the series at `place`.
    package func summaries(at place: Int) -> ArraySlice<VectorSummary> {
        summaryRanges.isEmpty ? [] : summaries[summaryRanges[place]]
    }

    /// The place of the first series that is not below `number`, searched from `place` on by growing steps.
    package func place(of number: UInt32, from place: Int) -> Int {
        var low = place
        var step = 1
        while low + step < series.count, series[low + step] < number {
            low += step
            step *= 2
        }
        var high = min(series.count, low + step)
        while low < high {
            let middle = (low + high) / 2
            if series[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The rows of the series at `place` whose times are in `range`, or nil where there is none.
    package func slice(at place: Int, in range: ClosedRange<Int64>) -> RowSlice? {
        var rows = ranges[place]
        let times = times.span
        if rows.isEmpty { return nil }
        if times[rows.lowerBound] < range.lowerBound || times[rows.upperBound - 1] > range.upperBound {
            let from = Self.firstRow(times, rows, notBefore: range.lowerBound)
            let to =
                range.upperBound == .max ? rows.upperBound : Self.firstRow(times, rows, notBefore: range.upperBound + 1)
            rows = from..<max(from, to)
            if rows.isEmpty { return nil }
        }
        return RowSlice(times: self.times, columns: columns, rows: rows)
    }

    private static func firstRow(_ times: Span<Int64>, _ rows: Range<Int>, notBefore time: Int64) -> Int {
        var low = rows.lowerBound
        var high = rows.upperBound
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// A stretch of one series' rows in time order: columns that others share, and which rows of them.
package struct RowSlice: Sendable {
    /// The time of each row of the columns.
    package let times: [Int64]
    /// One column a field that was asked for, in that order; nil where no row has it.
    package let columns: [FieldColumn?]
    /// The rows that are meant, at least one.
    package let rows: Range<Int>

    /// The time of the first row.
    package var firstTime: Int64 { times[rows.lowerBound] }
    /// The time of the last row.
    package var lastTime: Int64 { times[rows.upperBound - 1] }

    package init(times: [Int64], columns: [FieldColumn?], rows: Range<Int>) {
        precondition(!rows.isEmpty, "a slice without rows")
        self.times = times
        self.columns = columns
        self.rows = rows
    }
}

/// Brings the parts of one series into one order.
package enum SliceMerge {
    /// The same rows in time order, each time once: as they are where no part overlaps another, else merged; where two
    /// have a time, the later part's present fields win.
    ///
    /// - Parameters:
    ///   - parts: oldest source first.
    ///   - hasRepeats: whether a part may have a time twice.
    ///   - kinds: names and types of the columns.
    package static func ordered(
        _ parts: [RowSlice], hasRepeats: Bool, fields: [(name: String, kind: FieldKind)]
    ) -> [RowSlice] {
        if parts.isEmpty { return [] }
        if !hasRepeats {
            if parts.count == 1 { return parts }
            let sorted = parts.sorted { $0.firstTime < $1.firstTime }
            if (1..<sorted.count).allSatisfy({ sorted[$0 - 1].lastTime < sorted[$0].firstTime }) { return sorted }
        }
        return [merged(parts, fields: fields)]
    }

    private static func merged(_ parts: [RowSlice], fields: [(name: String, kind: FieldKind)]) -> RowSlice {
        var order: [(time: Int64, part: Int, row: Int)] = []
        order.reserveCapacity(parts.reduce(0) { $0 + $1.rows.count })
        for (index, part) in parts.enumerated() {
            for row in part.rows { order.append((part.times[row], index, row)) }
        }
        order.sort { $0.time != $1.time ? $0.time < $1.time : ($0.part, $0.row) < ($1.part, $1.row) }
        var times: [Int64] = []
        var columns = fields.map { FieldColumn(name: $0.name, kind: $0.kind) }
        var from = 0
        while from < order.count {
            var to = from + 1
            while to < order.count, order[to].time == order[from].time { to += 1 }
            times.append(order[from].time)
            for index in columns.indices {
                let source = order[from..<to].last { parts[$0.part].columns[index]?.isPresent($0.row) ?? false }
                if let source, let column = parts[source.part].columns[index] {
                    columns[index].append(row: source.row, of: column)
                } else {
                    columns[index].appendAbsent()
                }
            }
            from = to
        }
        let rows = times.indices
        return RowSlice(times: times, columns: columns, rows: rows)
    }
}
