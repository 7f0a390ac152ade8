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

    /// A run without rows.
    package init() {}

    /// A run of parts that hold the invariant.
    package init(series: [UInt32], starts: [Int], times: [Int64], fields: [FieldColumn]) {
        precondition(starts.count == series.count + 1 && starts.last == times.count, "a run whose parts do not fit")
        self.series = series
        self.starts = starts
        self.times = times
        self.fields = fields
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
            if series.last != number {
                if !series.isEmpty { starts.append(row) }
                series.append(number)
            }
            self.times.append(times[Int(source)])
        }
        if !series.isEmpty { starts.append(times.count) }
        self.fields = isSorted ? fields : fields.map { $0.gathered(order) }
    }

    /// How many rows there are.
    package var rowCount: Int { times.count }

    /// The rows of a series, or nil where it is not in the run.
    package func rows(of number: UInt32) -> Range<Int>? {
        var low = 0
        var high = series.count
        while low < high {
            let middle = (low + high) / 2
            if series[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < series.count && series[low] == number ? starts[low]..<starts[low + 1] : nil
    }

    /// The part of `rows` whose time lies in `range`; `rows` belong to one series.
    package func rows(_ rows: Range<Int>, in range: ClosedRange<Int64>) -> Range<Int> {
        let from = firstRow(rows, notBefore: range.lowerBound)
        let to = range.upperBound == .max ? rows.upperBound : firstRow(rows, notBefore: range.upperBound + 1)
        return from..<max(from, to)
    }

    private func firstRow(_ rows: Range<Int>, notBefore time: Int64) -> Int {
        var low = rows.lowerBound
        var high = rows.upperBound
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// One series' rows in time order, each time once, with the fields that were asked for.
package struct SeriesColumns: Sendable {
    /// Ascending, each once.
    package private(set) var times: [Int64] = []
    /// The columns in the order of the fields that were asked for.
    package private(set) var fields: [FieldColumn]

    /// No rows of these fields.
    package init(fields: [(name: String, kind: FieldKind)]) {
        self.fields = fields.map { FieldColumn(name: $0.name, kind: $0.kind) }
    }

    /// Merges parts of one series, oldest source first: where two have a time, the later one's present fields win.
    package init(
        merging parts: [(run: SortedRun, rows: Range<Int>)], fields wanted: [(name: String, kind: FieldKind)]
    ) {
        self.init(fields: wanted)
        let columns = parts.map { part in
            wanted.map { want in part.run.fields.first { $0.name == want.name && $0.kind == want.kind } }
        }
        if isChained(parts) {
            for (index, part) in parts.enumerated() { appendRows(part.run, part.rows, columns[index]) }
            return
        }
        var order: [(time: Int64, part: Int, row: Int)] = []
        for (index, part) in parts.enumerated() {
            for row in part.rows { order.append((part.run.times[row], index, row)) }
        }
        order.sort { $0.time != $1.time ? $0.time < $1.time : ($0.part, $0.row) < ($1.part, $1.row) }
        var from = 0
        while from < order.count {
            var to = from + 1
            while to < order.count, order[to].time == order[from].time { to += 1 }
            appendPoint(order[from..<to].map { ($0.part, $0.row) }, time: order[from].time, columns)
            from = to
        }
    }

    /// Whether each part lies behind the one before it and none repeats a time.
    private func isChained(_ parts: [(run: SortedRun, rows: Range<Int>)]) -> Bool {
        var before: Int64?
        for part in parts {
            for row in part.rows {
                if let before, part.run.times[row] <= before { return false }
                before = part.run.times[row]
            }
        }
        return true
    }

    private mutating func appendRows(_ run: SortedRun, _ rows: Range<Int>, _ columns: [FieldColumn?]) {
        times.append(contentsOf: run.times[rows])
        for (index, column) in columns.enumerated() {
            if let column {
                fields[index].append(rows: rows, of: column)
            } else {
                fields[index].appendAbsent(rows.count)
            }
        }
    }

    private mutating func appendPoint(_ sources: [(part: Int, row: Int)], time: Int64, _ columns: [[FieldColumn?]]) {
        times.append(time)
        for index in fields.indices {
            let source = sources.last { columns[$0.part][index]?.isPresent($0.row) ?? false }
            if let source, let column = columns[source.part][index] {
                fields[index].append(row: source.row, of: column)
            } else {
                fields[index].appendAbsent()
            }
        }
    }
}
