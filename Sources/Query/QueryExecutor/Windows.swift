import InfluxQL
import LogicalPlan
import Telemetry

/// Makes the rows of one group out of what each of its windows has seen.
struct Windows {
    let plan: SelectPlan
    let select: SelectStatement
    let now: Int64

    /// The start of the window that holds `time`; 0 without GROUP BY time.
    static func bucket(_ time: Int64, _ plan: SelectPlan) -> Int64 {
        plan.calendar == nil ? bucket(time, plan.interval, plan.intervalOffset) : plan.window.start(of: time)
    }

    /// The start of the window of `interval` that holds `time`; 0 where that is 0.
    static func bucket(_ time: Int64, _ interval: Int64, _ offset: Int64) -> Int64 {
        guard interval > 0 else { return 0 }
        let shifted = time.subtractingReportingOverflow(offset)
        guard !shifted.overflow else { return time }
        // The first window may begin before the first instant that there is.
        let (start, overflow) = Timestamp.floorDivide(shifted.partialValue, interval).quotient
            .multipliedReportingOverflow(by: interval)
        let (moved, overflowed) = start.addingReportingOverflow(offset)
        return overflow || overflowed ? .min : moved
    }

    /// One window: the results of the calls, then what else the selector's row holds.
    private struct Cells {
        var start: Int64
        var values: [QueryValue]
        /// Which of `values` come from a point; the value of one may yet be null.
        var isPresent: [Bool]
        var pointTime: Int64?
        var isEmpty: Bool
    }

    /// One row a window in the order of the answer, those without points as `fill` says.
    func rows(_ windows: GroupWindows) throws -> [[QueryValue]] {
        var table = windows.starts.map { cells(windows[$0] ?? [], start: $0) }.filter { !$0.isEmpty }
        table.sort { $0.start < $1.start }
        guard let earliest = table.first?.start, let latest = table.last?.start else { return [] }
        // A call that has no point in the whole group is not filled: it is not there.
        let isKnown = (0..<(plan.calls.count + plan.auxiliary.count)).map { column in
            table.contains { $0.isPresent[column] }
        }
        if plan.interval > 0, select.fill != .none { table = try spread(table, earliest, latest) }
        // In the order of the answer, so that `fill(previous)` takes what stands before.
        if select.isDescending { table.reverse() }
        if plan.interval > 0, select.fill != .none {
            for column in isKnown.indices { fill(&table, column, isKnown: isKnown[column]) }
        }
        let names = plan.calls.map(\.key) + plan.auxiliary
        let places = Dictionary(zip(names, names.indices)) { first, _ in first }
        return table.map { row($0, places) }
    }

    /// Puts an empty window wherever one is missing.
    private func spread(_ table: [Cells], _ earliest: Int64, _ latest: Int64) throws -> [Cells] {
        let first = plan.condition.hasLowerBound ? Self.bucket(plan.condition.times.lowerBound, plan) : earliest
        let bound = plan.condition.hasUpperBound ? plan.condition.times.upperBound : max(now, latest)
        var last = max(Self.bucket(bound, plan), latest)
        // Windows behind the last one that LIMIT lets through need not be made.
        if let page = select.pageEnd, !select.isDescending, Int64(page) < WindowGrid.limit {
            // A window of the calendar may be longer than its nominal length, but not twice as long.
            let length = plan.calendar == nil ? plan.interval : plan.interval &* 2
            let (reach, overflow) = Int64(page).multipliedReportingOverflow(by: length)
            let (end, overflowed) = first.addingReportingOverflow(reach)
            if !overflow, !overflowed { last = min(last, end) }
        }
        var result: [Cells] = []
        var next = 0
        for start in try plan.window.starts(from: first, through: last, limit: WindowGrid.limit) {
            while next < table.count, table[next].start < start { next += 1 }
            if next < table.count, table[next].start == start {
                result.append(table[next])
            } else {
                result.append(cells([], start: start))
            }
        }
        return result
    }

    private func cells(_ open: ArraySlice<Accumulator>, start: Int64) -> Cells {
        let nulls = [QueryValue](repeating: .null, count: plan.auxiliary.count)
        var result = Cells(start: start, values: [], isPresent: [], isEmpty: true)
        var auxiliary = nulls
        for (index, call) in plan.calls.enumerated() {
            let found = index < open.count ? open[open.startIndex + index] : Accumulator()
            let point = found.result(call)
            // A percentile below the first rank is no point; a deviation of one value is a point without a value.
            let isPresent = found.count > 0 && !(call.function == .percentile && point.value == .null)
            result.values.append(point.value)
            result.isPresent.append(isPresent)
            guard isPresent else { continue }
            result.isEmpty = false
            result.pointTime = point.time
            if !nulls.isEmpty, let cells = found.auxiliary(call), cells.count == nulls.count { auxiliary = cells }
        }
        result.values += auxiliary
        result.isPresent += auxiliary.map { $0 != .null }
        return result
    }

    private func row(_ cells: Cells, _ places: [String: Int]) -> [QueryValue] {
        let isSingleSelector = plan.showsPointTimes && plan.calls.count == 1 && plan.calls[0].function.isSelector
        let bound = plan.condition.hasLowerBound ? plan.condition.times.lowerBound : 0
        let time = plan.interval > 0 ? cells.start : isSingleSelector ? cells.pointTime ?? bound : bound
        return [.time(time)]
            + plan.fields.map { field in
                Evaluation.value(field.expression) { name in places[name].map { cells.values[$0] } ?? .null }
            }
    }

    private func fill(_ rows: inout [Cells], _ column: Int, isKnown: Bool) {
        let call = column < plan.calls.count ? plan.calls[column] : nil
        let isCount = call?.function == .count && isKnown
        var before: Int?
        for index in rows.indices {
            if rows[index].isPresent[column] {
                // What stands beside a selector's point is not laid on a line.
                if select.fill == .linear, call != nil, let before, index - before > 1 {
                    interpolate(&rows, column, before, index)
                }
                before = index
                continue
            }
            switch select.fill {
            case .null: if isCount { rows[index].values[column] = .integer(0) }
            case .previous: rows[index].values[column] = before.map { rows[$0].values[column] } ?? .null
            case .number(let value):
                rows[index].values[column] = filling(value, column, isKnown: isKnown)
            case .none, .linear: break
            }
        }
    }

    /// The number of `fill()` in the type of a column, as InfluxDB casts it: text and booleans have but one.
    private func filling(_ value: Double, _ column: Int, isKnown: Bool) -> QueryValue {
        let kind: FieldKind? =
            if column < plan.calls.count {
                plan.calls[column].function.type(of: plan.calls[column].kind ?? .float)
            } else {
                plan.stored.first { $0.name == plan.auxiliary[column - plan.calls.count] }?.kind
            }
        let whole = value.rounded(.towardZero)
        return switch kind {
        case .integer?: .integer(Int64(exactly: whole) ?? (value < 0 ? .min : .max))
        case .unsigned?: .unsigned(UInt64(exactly: whole) ?? (value < 0 ? 0 : .max))
        case .string?: isKnown ? .string("") : .float(value)
        case .boolean?: isKnown ? .boolean(false) : .float(value)
        case .float?, nil: .float(value)
        }
    }

    /// Lays a line from one window to another.
    private func interpolate(_ rows: inout [Cells], _ column: Int, _ from: Int, _ to: Int) {
        guard let low = Evaluation.number(rows[from].values[column]),
            let high = Evaluation.number(rows[to].values[column])
        else { return }
        for gap in (from + 1)..<to {
            // By counting where all windows are alike, which InfluxDB's division of times amounts to.
            let share =
                plan.calendar == nil
                ? Double(gap - from) / Double(to - from)
                : WindowGrid.length(rows[from].start, rows[gap].start)
                    / WindowGrid.length(rows[from].start, rows[to].start)
            let value = low + (high - low) * share
            if case .integer = rows[from].values[column] {
                rows[gap].values[column] = .integer(Int64(exactly: value.rounded(.towardZero)) ?? .max)
            } else {
                rows[gap].values[column] = .float(value)
            }
        }
    }
}
