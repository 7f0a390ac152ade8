import Telemetry

/// Rows of one measurement that count no more in what was written before: a tombstone.
package struct RowDeletion: Sendable, Equatable {
    /// Whose rows.
    package let measurement: String
    /// Ascending numbers of the series; nil for all.
    package let series: [UInt32]?
    /// Both ends included.
    package let times: ClosedRange<Int64>

    /// The rows of `series`, or of all, in `times`.
    package init(measurement: String, series: [UInt32]?, times: ClosedRange<Int64>) {
        self.measurement = measurement
        self.series = series
        self.times = times
    }

    /// Whether a series is meant.
    package func includes(_ number: UInt32) -> Bool {
        guard let series else { return true }
        var low = 0
        var high = series.count
        while low < high {
            let middle = (low + high) / 2
            if series[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < series.count && series[low] == number
    }
}

extension [RowDeletion] {
    /// The times that are deleted of one series.
    func times(of series: UInt32) -> [ClosedRange<Int64>] { filter { $0.includes(series) }.map(\.times) }

    /// The rows of each series that stay, or nil where that is all of them.
    fileprivate func kept(
        _ series: [UInt32], _ times: [Int64], rows: (Int) -> Range<Int>
    ) -> (series: [UInt32], starts: [Int], rows: [Int32])? {
        var (numbers, starts, kept): ([UInt32], [Int], [Int32]) = ([], [0], [])
        var isWhole = true
        for place in series.indices {
            let gone = self.times(of: series[place])
            let before = kept.count
            for row in rows(place) {
                if gone.contains(where: { $0.contains(times[row]) }) {
                    isWhole = false
                } else {
                    kept.append(Int32(row))
                }
            }
            guard kept.count > before else { continue }
            numbers.append(series[place])
            starts.append(kept.count)
        }
        return isWhole ? nil : (numbers, starts, kept)
    }
}

extension RowBlock {
    /// The block without the deleted rows; it has no summaries.
    func removing(_ deletions: [RowDeletion]) -> RowBlock {
        guard let kept = deletions.kept(series, times, rows: { ranges[$0] }) else { return self }
        return RowBlock(
            series: kept.series, ranges: kept.series.indices.map { kept.starts[$0]..<kept.starts[$0 + 1] },
            times: kept.rows.map { times[Int($0)] }, columns: columns.map { $0?.gathered(kept.rows) },
            hasRepeats: hasRepeats)
    }
}

extension SortedRun {
    /// The run without the deleted rows.
    package func removing(_ deletions: [RowDeletion]) -> SortedRun {
        guard let kept = deletions.kept(series, times, rows: { starts[$0]..<starts[$0 + 1] }) else { return self }
        return SortedRun(
            series: kept.series, starts: kept.starts, times: kept.rows.map { times[Int($0)] },
            fields: fields.map { $0.gathered(kept.rows) }, hasRepeats: hasRepeats)
    }
}

extension RowGroup {
    /// Tells the series of which something may be deleted from those of which nothing is, and from those that are gone
    /// as a whole.
    ///
    /// - Parameter chosen: places of series, ascending.
    func sort(_ chosen: [Int], by deletions: [RowDeletion]) -> (whole: [Int], touched: [Int]) {
        guard let span = times else { return (chosen, []) }
        let here = deletions.filter { $0.measurement == measurement && $0.times.overlaps(span) }
        if here.isEmpty { return (chosen, []) }
        var (whole, touched): ([Int], [Int]) = ([], [])
        for place in chosen {
            let gone = here.filter { $0.includes(series[place]) }
            if gone.isEmpty {
                whole.append(place)
            } else if !gone.contains(where: { $0.times.contains(span.lowerBound) && $0.times.contains(span.upperBound) }
            ) {
                touched.append(place)
            }
        }
        return (whole, touched)
    }
}
