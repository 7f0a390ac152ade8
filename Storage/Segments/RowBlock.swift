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

    /// The rows that an edge asks for at most, where each row has a time of its own.
    package func trimmed(_ edge: ScanEdge) -> RowSlice {
        switch edge {
        case .newest(let count): part(max(rows.lowerBound, rows.upperBound - min(count, rows.count))..<rows.upperBound)
        case .oldest(let count): part(rows.lowerBound..<(rows.lowerBound + min(count, rows.count)))
        }
    }

    /// The first row behind `row`, which lies before `time`, that does not. Found by growing steps, then by halves: a
    /// stretch holds few rows or many.
    package func firstRow(behind row: Int, notBefore time: Int64) -> Int {
        let times = times.span
        var low = row
        var step = 1
        while low + step < rows.upperBound, times[low + step] < time {
            low += step
            step *= 2
        }
        var high = min(low + step, rows.upperBound)
        low += 1
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Some of the rows, at least one.
    func part(_ rows: Range<Int>) -> RowSlice { RowSlice(times: times, columns: columns, rows: rows) }

    package init(times: [Int64], columns: [FieldColumn?], rows: Range<Int>) {
        precondition(!rows.isEmpty, "a slice without rows")
        self.times = times
        self.columns = columns
        self.rows = rows
    }
}
