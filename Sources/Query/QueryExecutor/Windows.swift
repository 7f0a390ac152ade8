import InfluxQL
import LogicalPlan
import Telemetry

/// Makes the rows of one group out of what each of its windows has seen.
struct Windows {
    private static let limit: Int64 = 1_000_000

    let plan: SelectPlan
    let select: SelectStatement
    let now: Int64
    /// The call that a field is, where it is no more than that.
    private let callOfField: [Int?]

    init(plan: SelectPlan, select: SelectStatement, now: Int64) {
        self.plan = plan
        self.select = select
        self.now = now
        callOfField = plan.fields.map { field in plan.calls.firstIndex { $0.key == field.expression.description } }
    }

    /// The start of the window that holds `time`; 0 without GROUP BY time.
    static func bucket(_ time: Int64, _ plan: SelectPlan) -> Int64 {
        guard plan.interval > 0 else { return 0 }
        let shifted = time.subtractingReportingOverflow(plan.intervalOffset)
        guard !shifted.overflow else { return time }
        // The first window may begin before the first instant that there is.
        let (start, overflow) = Timestamp.floorDivide(shifted.partialValue, plan.interval).quotient
            .multipliedReportingOverflow(by: plan.interval)
        let (moved, overflowed) = start.addingReportingOverflow(plan.intervalOffset)
        return overflow || overflowed ? .min : moved
    }

    /// One row a window, those without points as `fill` says.
    func rows(_ windows: GroupWindows) throws -> [[QueryValue]] {
        let present = windows.starts.filter { windows[$0]?.contains { $0.count > 0 } ?? false }.sorted()
        if present.isEmpty { return [] }
        guard plan.interval > 0 else { return [row(windows[present[0]] ?? [], start: nil)] }
        if select.fill == .none { return present.map { row(windows[$0] ?? [], start: $0) } }
        let first = plan.condition.hasLowerBound ? Self.bucket(plan.condition.times.lowerBound, plan) : present[0]
        let bound =
            plan.condition.hasUpperBound ? plan.condition.times.upperBound : max(now, present[present.count - 1])
        var last = max(Self.bucket(bound, plan), present[present.count - 1])
        // Windows behind the last one that LIMIT lets through need not be made.
        if let page = select.pageEnd, !select.isDescending, Int64(page) < Self.limit {
            let (reach, overflow) = Int64(page).multipliedReportingOverflow(by: plan.interval)
            let (end, overflowed) = first.addingReportingOverflow(reach)
            if !overflow, !overflowed { last = min(last, end) }
        }
        let (span, overflow) = last.subtractingReportingOverflow(first)
        guard !overflow, span / plan.interval < Self.limit else {
            let count = overflow ? "over \(Int64.max / plan.interval)" : "\(span / plan.interval)"
            throw QueryError("max-select-buckets limit exceeded: (\(count)/\(Self.limit))")
        }
        let empty = [Accumulator](repeating: .init(), count: plan.calls.count)[...]
        var rows: [[QueryValue]] = []
        for start in stride(from: first, through: last, by: Int(plan.interval)) {
            rows.append(row(windows[start] ?? empty, start: start))
        }
        for column in 1...plan.fields.count { fill(&rows, column) }
        return rows
    }

    private func row(_ open: ArraySlice<Accumulator>, start: Int64?) -> [QueryValue] {
        let results = zip(open, plan.calls).map { $0.result($1) }
        let isSingleSelector = plan.calls.count == 1 && plan.calls[0].function.isSelector
        let bound = plan.condition.hasLowerBound ? plan.condition.times.lowerBound : 0
        let time = start ?? (isSingleSelector ? results.last?.time ?? bound : bound)
        var cells: [QueryValue] = [.time(time)]
        for (field, call) in zip(plan.fields, callOfField) {
            if let call, call < results.count {
                cells.append(results[call].value)
            } else {
                cells.append(
                    Evaluation.value(field.expression) { key in
                        plan.calls.firstIndex { $0.key == key }.map { results[$0].value } ?? .null
                    })
            }
        }
        return cells
    }

    private func fill(_ rows: inout [[QueryValue]], _ column: Int) {
        var isCount = false
        if case .call("count", _) = plan.fields[column - 1].expression { isCount = true }
        var before: (row: Int, value: QueryValue)?
        for index in rows.indices {
            if rows[index][column] != .null {
                if select.fill == .linear, let before, index - before.row > 1,
                    let low = Evaluation.number(before.value),
                    let high = Evaluation.number(rows[index][column])
                {
                    for gap in (before.row + 1)..<index {
                        let share = Double(gap - before.row) / Double(index - before.row)
                        let value = low + (high - low) * share
                        if case .integer = before.value {
                            rows[gap][column] = .integer(Int64(exactly: value.rounded(.towardZero)) ?? .max)
                        } else {
                            rows[gap][column] = .float(value)
                        }
                    }
                }
                before = (index, rows[index][column])
                continue
            }
            switch select.fill {
            case .null: if isCount { rows[index][column] = .integer(0) }
            case .previous: rows[index][column] = before?.value ?? .null
            case .number(let value):
                if isCount {
                    rows[index][column] = .integer(Int64(exactly: value.rounded(.towardZero)) ?? .max)
                } else {
                    rows[index][column] = .float(value)
                }
            case .none, .linear: break
            }
        }
    }
}
