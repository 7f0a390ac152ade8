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

    /// How a column of the answer comes of the results of the calls and what stands beside them.
    private enum Output {
        case result(Int)
        case computed(Expression)
    }

    /// The results of the calls by window, then what else the selector's row holds: `width` entries a window.
    private struct Table {
        let width: Int
        var starts: [Int64] = []
        var pointTimes: [Int64?] = []
        var values: [QueryValue] = []
        /// Which of `values` come from a point; the value of one may yet be null.
        var isPresent: [Bool] = []

        var count: Int { starts.count }

        mutating func append(_ other: Table, _ row: Int) {
            starts.append(other.starts[row])
            pointTimes.append(other.pointTimes[row])
            values += other.values[(row * width)..<((row + 1) * width)]
            isPresent += other.isPresent[(row * width)..<((row + 1) * width)]
        }

        mutating func appendEmpty(_ start: Int64) {
            starts.append(start)
            pointTimes.append(nil)
            values.append(contentsOf: repeatElement(.null, count: width))
            isPresent.append(contentsOf: repeatElement(false, count: width))
        }

        mutating func removeLast() {
            starts.removeLast()
            pointTimes.removeLast()
            values.removeLast(width)
            isPresent.removeLast(width)
        }

        /// Turns the rows round.
        func reversed() -> Table {
            var result = Table(width: width)
            for row in starts.indices.reversed() { result.append(self, row) }
            return result
        }
    }

    private let outputs: [Output]
    private let places: [String: Int]

    init(plan: SelectPlan, select: SelectStatement, now: Int64) {
        (self.plan, self.select, self.now) = (plan, select, now)
        let names = plan.calls.map(\.key) + plan.auxiliary
        let places = Dictionary(zip(names, names.indices)) { first, _ in first }
        self.places = places
        outputs = plan.fields.map { field in
            // A call that is a function of one row, or a name with a cast, is computed.
            if case .call(let name, _) = field.expression, !Functions.math.contains(name),
                let place = places[field.expression.description]
            {
                return .result(place)
            }
            return .computed(field.expression)
        }
    }

    /// The columns of the answer, the time first: one row a window in the order of the answer, those without points as
    /// `fill` says.
    func columns(_ windows: GroupWindows) throws -> [ResultColumn] {
        var table = table(windows)
        guard let earliest = table.starts.first, let latest = table.starts.last else {
            return [ResultColumn](repeating: .values([]), count: outputs.count + 1)
        }
        let isFilled = plan.interval > 0 && select.fill != .none
        // A call that has no point in the whole group is not filled: it is not there.
        let width = table.width
        let isKnown =
            isFilled
            ? (0..<width).map { column in table.starts.indices.contains { table.isPresent[$0 * width + column] } } : []
        if isFilled { table = try spread(table, earliest, latest) }
        // In the order of the answer, so that `fill(previous)` takes what stands before.
        if select.isDescending, table.count > 1 { table = table.reversed() }
        if isFilled {
            for column in isKnown.indices { fill(&table, column, isKnown: isKnown[column]) }
        }
        return [.times(times(table))] + outputs.map { .values(values($0, table)) }
    }

    /// The windows that have a point, by time.
    private func table(_ windows: GroupWindows) -> Table {
        var table = Table(width: plan.calls.count + plan.auxiliary.count)
        let starts = windows.starts
        let isSorted = zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 }
        for slot in isSorted ? Array(starts.indices) : starts.indices.sorted(by: { starts[$0] < starts[$1] }) {
            append(windows.states(at: slot), starts[slot], to: &table)
        }
        return table
    }

    /// Puts an empty window wherever one is missing.
    private func spread(_ table: Table, _ earliest: Int64, _ latest: Int64) throws -> Table {
        let first = plan.condition.hasLowerBound ? Self.bucket(plan.condition.times.lowerBound, plan) : earliest
        let bound = plan.condition.hasUpperBound ? plan.condition.times.upperBound : max(now, latest)
        var last = max(Self.bucket(bound, plan), latest)
        // Windows behind the last one that LIMIT lets through need not be made, but where a line may lead to them.
        if let page = select.pageEnd, !select.isDescending, select.fill != .linear, Int64(page) < WindowGrid.limit {
            // A window of the calendar may be longer than its nominal length, but not twice as long.
            let length = plan.calendar == nil ? plan.interval : plan.interval &* 2
            let (reach, overflow) = Int64(page).multipliedReportingOverflow(by: length)
            let (end, overflowed) = first.addingReportingOverflow(reach)
            if !overflow, !overflowed { last = min(last, end) }
        }
        let starts = try plan.window.starts(from: first, through: last, limit: WindowGrid.limit)
        if starts == table.starts { return table }
        var result = Table(width: table.width)
        var next = 0
        for start in starts {
            while next < table.count, table.starts[next] < start { next += 1 }
            if next < table.count, table.starts[next] == start {
                result.append(table, next)
            } else {
                result.appendEmpty(start)
            }
        }
        return result
    }

    /// Appends a window where one of the calls has a point in it.
    private func append(_ states: ArraySlice<Accumulator>, _ start: Int64, to table: inout Table) {
        var isEmpty = true
        var auxiliary: [QueryValue] = []
        var pointTime: Int64?
        for (found, call) in zip(states, plan.calls) {
            let point = found.result(call)
            // A percentile below the first rank is no point; a deviation of one value is a point without a value.
            let isPresent = found.count > 0 && !(call.function == .percentile && point.value == .null)
            table.values.append(point.value)
            table.isPresent.append(isPresent)
            guard isPresent else { continue }
            isEmpty = false
            pointTime = point.time
            if !plan.auxiliary.isEmpty, let cells = found.auxiliary(call), cells.count == plan.auxiliary.count {
                auxiliary = cells
            }
        }
        if auxiliary.isEmpty { auxiliary = [QueryValue](repeating: .null, count: plan.auxiliary.count) }
        table.values += auxiliary
        for value in auxiliary { table.isPresent.append(value != .null) }
        table.starts.append(start)
        table.pointTimes.append(pointTime)
        if isEmpty { table.removeLast() }
    }

    private func times(_ table: Table) -> [Int64] {
        if plan.interval > 0 { return table.starts }
        let isSingleSelector = plan.showsPointTimes && plan.calls.count == 1 && plan.calls[0].function.isSelector
        let bound = plan.condition.hasLowerBound ? plan.condition.times.lowerBound : 0
        return table.pointTimes.map { isSingleSelector ? $0 ?? bound : bound }
    }

    private func values(_ output: Output, _ table: Table) -> [QueryValue] {
        switch output {
        case .result(let column):
            if table.width == 1 { return table.values }
            return table.starts.indices.map { table.values[$0 * table.width + column] }
        case .computed(let expression):
            return table.starts.indices.map { row in
                Evaluation.value(expression) { name in
                    places[name].map { table.values[row * table.width + $0] } ?? .null
                }
            }
        }
    }

    private func fill(_ table: inout Table, _ column: Int, isKnown: Bool) {
        let call = column < plan.calls.count ? plan.calls[column] : nil
        let isCount = call?.function == .count && isKnown
        var before: Int?
        for row in 0..<table.count {
            let place = row * table.width + column
            if table.isPresent[place] {
                // What stands beside a selector's point is not laid on a line.
                if select.fill == .linear, call != nil, let before, row - before > 1 {
                    interpolate(&table, column, before, row)
                }
                before = row
                continue
            }
            switch select.fill {
            case .null: if isCount { table.values[place] = .integer(0) }
            case .previous: table.values[place] = before.map { table.values[$0 * table.width + column] } ?? .null
            case .number(let value): table.values[place] = filling(value, column, isKnown: isKnown)
            case .none, .linear: break
            }
        }
    }

    /// The number of `fill()` in the type of a column, as InfluxDB casts it: calls that give text or booleans have but one.
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
        case .string? where isKnown && column < plan.calls.count: .string("")
        case .boolean? where isKnown && column < plan.calls.count: .boolean(false)
        case .string?, .boolean?: .float(value)
        case .float?, nil: .float(value)
        }
    }

    /// Lays a line from one window to another.
    private func interpolate(_ table: inout Table, _ column: Int, _ from: Int, _ to: Int) {
        let first = table.values[from * table.width + column]
        let next = table.values[to * table.width + column]
        guard let low = Evaluation.number(first), let high = Evaluation.number(next) else { return }
        var rise = high - low
        if case (.integer(let low), .integer(let high)) = (first, next) { rise = Double(high &- low) }
        let slope = rise / steps(table, from, to)
        for gap in (from + 1)..<to {
            let value = slope * steps(table, from, gap) + low
            if case .integer = first {
                table.values[gap * table.width + column] =
                    .integer(Int64(exactly: value.rounded(.towardZero)) ?? .max)
            } else {
                table.values[gap * table.width + column] = .float(value)
            }
        }
    }

    /// How far it is from one window to another: counted as InfluxDB counts windows that are all alike, by division
    /// towards zero.
    private func steps(_ table: Table, _ from: Int, _ to: Int) -> Double {
        let (start, end) = (table.starts[from], table.starts[to])
        return plan.calendar == nil
            ? Double(end / plan.interval - start / plan.interval) : WindowGrid.length(start, end)
    }
}
