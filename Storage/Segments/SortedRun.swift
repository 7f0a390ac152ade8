package import Telemetry

/// Rows of one measurement sorted by (series, time), in columns: what the memtable hands out and a segment holds.
///
/// - Invariant: `starts` has one entry more than `series`; rows `starts[i]..<starts[i + 1]` belong to `series[i]`;
///   series ascend strictly; times ascend within a series (equal times only before `merged`).
package struct SortedRun: Sendable {
    /// The series, ascending.
    package private(set) var series: [UInt32] = []
    /// The first row of each series, and the row count at the end.
    package private(set) var starts: [Int] = [0]
    /// The time of each row.
    package private(set) var times: [Int64] = []
    /// The fields, one entry a row.
    package private(set) var fields: [FieldColumn] = []
    /// Whether a series has two rows of one time.
    package private(set) var hasRepeats = false

    /// A run of parts that hold the invariant.
    package init(
        series: [UInt32], starts: [Int], times: [Int64], fields: [FieldColumn], hasRepeats: Bool = false
    ) {
        precondition(starts.count == series.count + 1 && starts.last == times.count, "a run whose parts do not fit")
        self.series = series
        self.starts = starts
        self.times = times
        self.fields = fields
        self.hasRepeats = hasRepeats
    }

    /// Rows in no order, sorted; rows of equal series and time stay in the order of their coming.
    package init(sorting seriesOfRow: [UInt32], times: [Int64], fields: [FieldColumn]) {
        var order = Array(0..<Int32(times.count))
        let isSorted = (1..<max(1, times.count)).allSatisfy {
            (seriesOfRow[$0 - 1], times[$0 - 1]) <= (seriesOfRow[$0], times[$0])
        }
        if !isSorted {
            order.sort { left, right in
                let (a, b) = (seriesOfRow[Int(left)], seriesOfRow[Int(right)])
                if a != b { return a < b }
                let (s, t) = (times[Int(left)], times[Int(right)])
                return s != t ? s < t : left < right
            }
        }
        self.times.reserveCapacity(times.count)
        for (row, source) in order.enumerated() {
            let number = seriesOfRow[Int(source)]
            let time = times[Int(source)]
            if series.last != number {
                if !series.isEmpty { starts.append(row) }
                series.append(number)
            } else if self.times[row - 1] == time {
                hasRepeats = true
            }
            self.times.append(time)
        }
        if !series.isEmpty { starts.append(times.count) }
        self.fields = isSorted ? fields : fields.map { $0.gathered(order) }
    }

    /// How many rows there are.
    package var rowCount: Int { times.count }

    /// The rows as a block with the columns of `wanted`, in that order.
    package func block(_ wanted: [(name: String, kind: FieldKind)]) -> RowBlock {
        RowBlock(
            series: series, ranges: series.indices.map { starts[$0]..<starts[$0 + 1] }, times: times,
            columns: wanted.map { want in fields.first { $0.name == want.name && $0.kind == want.kind } },
            hasRepeats: hasRepeats)
    }
}
