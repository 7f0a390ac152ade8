import LogicalPlan

/// Functions from the points of each window to one point or more, as InfluxDB computes them.
enum PointReduction {
    /// Each value once, by the time of the point that is met first; all stand at the start of their window.
    static func distinct(_ series: PointSeries, _ grid: WindowGrid) -> PointSeries {
        var result = series.empty
        for (start, rows) in grid.windows(of: series) {
            var seen: Set<ValueKey> = []
            let found = rows.filter { seen.insert(ValueKey(series.values[$0])).inserted }
            for row in byTime(found, series) { result.append(row, of: series, time: start) }
        }
        return result
    }

    /// How many values there are.
    static func distinctCount(_ series: PointSeries, _ grid: WindowGrid) -> PointSeries {
        var result = series.empty
        for (start, rows) in grid.windows(of: series) {
            result.times.append(start)
            result.values.append(.integer(Int64(Set(rows.map { ValueKey(series.values[$0]) }).count)))
        }
        return result
    }

    /// The most frequent value; of equally frequent ones that whose first point is the earliest, except that where no
    /// value comes twice it is the smallest. Of booleans true where they are level.
    static func mode(_ series: PointSeries, _ grid: WindowGrid) -> PointSeries {
        var result = series.empty
        for (start, rows) in grid.windows(of: series) {
            result.times.append(start)
            if case .boolean? = rows.first.map({ series.values[$0] }) {
                let isTrue = rows.count { series.values[$0] == .boolean(true) } * 2 >= rows.count
                result.values.append(.boolean(isTrue))
                continue
            }
            // Equal values stay in the order of the answer.
            let sorted = rows.sorted { left, right in
                let (first, second) = (series.values[left], series.values[right])
                return first == second ? left < right : precedes(first, second)
            }
            result.values.append(mode(sorted, series))
        }
        return result
    }

    private static func mode(_ sorted: [Int], _ series: PointSeries) -> QueryValue {
        // InfluxDB looks at a run only from its second point on, and so do we: what it answers is then the smallest.
        guard let first = sorted.first else { return .null }
        var (most, mostTime) = (first, series.times[first])
        var (best, length, start) = (0, 0, series.times[first])
        var current = series.values[first]
        for row in sorted {
            if series.values[row] != current {
                (length, start, current) = (1, series.times[row], series.values[row])
                continue
            }
            length += 1
            if best > length || (best == length && start > mostTime) { continue }
            (best, most, mostTime) = (length, row, series.times[row])
        }
        return series.values[most]
    }

    /// The area under the points, by trapezia that are cut at the borders of windows.
    static func integral(_ series: PointSeries, unit: Int64, _ grid: WindowGrid) -> PointSeries {
        var result = series.empty
        guard let first = series.times.first, var value = Evaluation.number(series.values[0]) else { return result }
        var time = first
        var border = grid.borders(first)
        // Of whole numbers InfluxDB has all of time begin where the question does, of others in 1970.
        if case .integer = series.values[0], !grid.hasWindows, !grid.isDescending { border.start = grid.bound }
        var sum = 0.0
        func area(_ end: Int64, _ last: Double) -> Double {
            0.5 * (last + value) * (WindowGrid.length(time, end) / Double(unit))
        }
        for place in series.times.indices.dropFirst() {
            guard let number = Evaluation.number(series.values[place]) else { continue }
            let now = series.times[place]
            if now == time {
                value = number
                continue
            }
            if let end = border.end, grid.isDescending ? now <= end : now >= end {
                if time != end {
                    let share = WindowGrid.length(time, end) / WindowGrid.length(time, now)
                    let between = (number - value) * share + value
                    sum += area(end, between)
                    (value, time) = (between, end)
                }
                result.times.append(border.start)
                result.values.append(.float(sum))
                border = grid.borders(now)
                sum = 0
            }
            sum += area(now, number)
            (value, time) = (number, now)
        }
        // A window that begins at the last point has no area; all of time begins at 0 here.
        if time != border.start {
            result.times.append(border.start)
            result.values.append(.float(sum))
        }
        return result
    }

    /// The `count` largest or smallest points of each window in the order of time, of equal ones the earliest.
    ///
    /// - Parameter places: auxiliary values of which each combination gives its own largest point alone.
    static func extremes(
        _ series: PointSeries, _ count: Int, isTop: Bool, apartBy places: [Int], _ grid: WindowGrid
    ) -> PointSeries {
        func isBetter(_ left: Int, _ right: Int) -> Bool {
            let (first, second) = (series.values[left], series.values[right])
            if first != second { return isTop ? precedes(second, first) : precedes(first, second) }
            return series.times[left] < series.times[right]
        }
        var result = series.empty
        for (_, rows) in grid.windows(of: series) {
            var candidates = Array(rows)
            if !places.isEmpty {
                var best: [[ValueKey]: Int] = [:]
                for row in rows {
                    let key = places.map { ValueKey(series.auxiliary[$0][row]) }
                    if let other = best[key], !isBetter(row, other) { continue }
                    best[key] = row
                }
                candidates = best.values.sorted()
            }
            let chosen = candidates.sorted { isBetter($0, $1) || (!isBetter($1, $0) && $0 < $1) }.prefix(count)
            append(Array(chosen), of: series, to: &result)
        }
        return result
    }

    /// `count` points of each window, each with the same chance, in the order of time.
    static func sample(_ series: PointSeries, _ count: Int, of grid: WindowGrid) -> PointSeries {
        var result = series.empty
        for (_, rows) in grid.windows(of: series) {
            append(byTime(rows.shuffled().prefix(count).sorted(), series), of: series, to: &result)
        }
        return result
    }

    /// Appends the points of a window by ascending time, as InfluxDB does in a descending answer too; those of one time
    /// stay as they are.
    private static func append(_ rows: [Int], of series: PointSeries, to result: inout PointSeries) {
        let ordered = rows.enumerated().sorted { left, right in
            let (first, second) = (series.times[left.element], series.times[right.element])
            if first != second { return first < second }
            return left.offset < right.offset
        }
        for (_, row) in ordered { result.append(row, of: series) }
    }

    /// Rows by time, then by value.
    private static func byTime(_ rows: [Int], _ series: PointSeries) -> [Int] {
        rows.sorted { left, right in
            if series.times[left] != series.times[right] { return series.times[left] < series.times[right] }
            return precedes(series.values[left], series.values[right])
        }
    }

    private static func precedes(_ left: QueryValue, _ right: QueryValue) -> Bool {
        switch (left, right) {
        case (.integer(let first), .integer(let second)): return first < second
        case (.unsigned(let first), .unsigned(let second)): return first < second
        case (.string(let first), .string(let second)): return first.utf8.lexicographicallyPrecedes(second.utf8)
        case (.boolean(let first), .boolean(let second)): return !first && second
        default:
            guard let first = Evaluation.number(left), let second = Evaluation.number(right) else { return false }
            return first < second
        }
    }
}

/// A value that can be told from others by hashing.
struct ValueKey: Hashable {
    private let bits: UInt64
    private let text: String

    init(_ value: QueryValue) {
        switch value {
        case .null: (bits, text) = (0, "null")
        // Both zeros are one value.
        case .float(let number): (bits, text) = ((number == 0 ? 0 : number).bitPattern, "")
        case .integer(let number): (bits, text) = (UInt64(bitPattern: number), "")
        case .unsigned(let number): (bits, text) = (number, "")
        case .boolean(let isTrue): (bits, text) = (isTrue ? 1 : 0, "")
        case .time(let time): (bits, text) = (UInt64(bitPattern: time), "")
        case .string(let string): (bits, text) = (1, string)
        case .list(let texts): (bits, text) = (2, texts.joined(separator: "\n"))
        }
    }
}
