import InfluxQL
import LogicalPlan
import Telemetry

/// The windows of a question over points that are already in order.
struct WindowGrid {
    /// As many windows as one series may have.
    static let limit: Int64 = 1_000_000

    private let select: ResolvedSelect
    private let now: Int64

    init(select: ResolvedSelect, now: Int64) { (self.select, self.now) = (select, now) }

    var isDescending: Bool { select.statement.isDescending }

    /// When the one window of a question without GROUP BY time is.
    var bound: Int64 { select.condition.hasLowerBound ? select.condition.times.lowerBound : 0 }

    /// Whether there is a GROUP BY time.
    var hasWindows: Bool { select.window.interval > 0 }

    func start(of time: Int64) -> Int64 { select.window.start(of: time) }

    /// From one time to another in nanoseconds, whatever lies between them.
    static func length(_ from: Int64, _ to: Int64) -> Double {
        let (length, overflow) = to.subtractingReportingOverflow(from)
        return overflow ? Double(to) - Double(from) : Double(length)
    }

    /// The points of each window, the windows in the order of the points.
    func windows(of series: PointSeries) -> [(start: Int64, rows: Range<Int>)] {
        guard hasWindows else { return series.times.isEmpty ? [] : [(bound, 0..<series.times.count)] }
        var result: [(start: Int64, rows: Range<Int>)] = []
        var from = 0
        while from < series.times.count {
            let start = start(of: series.times[from])
            var end = from + 1
            while end < series.times.count, self.start(of: series.times[end]) == start { end += 1 }
            result.append((start, from..<end))
            from = end
        }
        return result
    }

    /// Where the window of a time begins and ends in the order of the answer; without GROUP BY time it does not end.
    func borders(_ time: Int64) -> (start: Int64, end: Int64?) {
        guard hasWindows else { return (0, nil) }
        let start = start(of: time)
        let next = select.window.end(of: start)
        return isDescending ? (next, start) : (start, next)
    }

    /// The starts of all windows of a series that has points from `earliest` to `latest`, ascending.
    func starts(_ earliest: Int64, _ latest: Int64) throws -> [Int64] {
        let condition = select.condition
        let first = condition.hasLowerBound ? start(of: condition.times.lowerBound) : earliest
        let last = max(start(of: condition.hasUpperBound ? condition.times.upperBound : max(now, latest)), latest)
        return try select.window.starts(from: first, through: last, limit: Self.limit)
    }
}

/// Puts something into the windows of a reduction that have no point.
struct WindowFill {
    let grid: WindowGrid
    let fill: Fill
    let isCount: Bool

    func filled(_ series: PointSeries) throws -> PointSeries {
        guard grid.hasWindows, fill != .none, let first = series.times.first, let last = series.times.last else {
            return series
        }
        var starts = try grid.starts(min(first, last), max(first, last))
        if grid.isDescending { starts.reverse() }
        var result = series.empty
        var next = 0
        for start in starts {
            result.times.append(start)
            if next < series.times.count, series.times[next] == start {
                result.values.append(series.values[next])
                next += 1
            } else {
                result.values.append(value(behind: next, start, series))
            }
        }
        return result
    }

    /// What stands in a window before the point at `next`.
    private func value(behind next: Int, _ start: Int64, _ series: PointSeries) -> QueryValue {
        let before = next > 0 ? series.values[next - 1] : nil
        switch fill {
        case .null: return isCount ? .integer(0) : .null
        case .none: return .null
        case .previous: return before ?? .null
        case .number(let number): return filling(number, like: series.values[0])
        case .linear:
            guard let before, next < series.values.count, let low = Evaluation.number(before),
                let high = Evaluation.number(series.values[next])
            else { return .null }
            let (from, to) = (series.times[next - 1], series.times[next])
            let value = low + (high - low) * (WindowGrid.length(from, start) / WindowGrid.length(from, to))
            return filling(value, like: before)
        }
    }

    private func filling(_ value: Double, like other: QueryValue) -> QueryValue {
        switch other {
        case .integer: .integer(Int64(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max))
        case .unsigned: .unsigned(UInt64(exactly: value.rounded(.towardZero)) ?? (value < 0 ? 0 : .max))
        case .string: .string("")
        case .boolean: .boolean(false)
        default: .float(value)
        }
    }
}
