import Codecs
import LogicalPlan
import Segments
import Telemetry

/// Rows of a slice that lie in one window: from where the one before ends.
struct WindowCut {
    var slot: Int
    /// The row behind the last.
    var end: Int
}

/// What the calls of a query have seen of one group, window by window.
struct GroupWindows: Sendable {
    private let callCount: Int
    /// The start of each window that was met, in the order of meeting.
    private(set) var starts: [Int64] = []
    private var slots: [Int64: Int] = [:]
    private var states: [Accumulator] = []
    private var cursor = 0

    init(callCount: Int) { self.callCount = callCount }

    /// The slot of the window that starts at `start`, which is made where it is new. Asking in order is cheap.
    @inline(__always)
    mutating func slot(_ start: Int64) -> Int {
        if cursor + 1 < starts.count, starts[cursor + 1] == start { cursor += 1 }
        if cursor < starts.count, starts[cursor] == start { return cursor }
        return find(start)
    }

    private mutating func find(_ start: Int64) -> Int {
        if let slot = slots[start] {
            cursor = slot
        } else {
            cursor = starts.count
            slots[start] = cursor
            starts.append(start)
            states.append(contentsOf: repeatElement(Accumulator(), count: callCount))
        }
        return cursor
    }

    /// Folds rows of one series, cut into windows.
    mutating func fold(
        _ index: Int, _ call: AggregateCall, _ column: FieldColumn, _ slice: RowSlice, _ cuts: [WindowCut],
        _ bits: RowBits?
    ) {
        var from = slice.rows.lowerBound
        if bits == nil, call.takesPlainRows {
            let (words, times) = (column.words.span, slice.times.span)
            for cut in cuts {
                states[cut.slot &* callCount &+ index].fold(words, times, from..<cut.end, column.kind, call.function)
                from = cut.end
            }
            return
        }
        for cut in cuts {
            states[cut.slot * callCount + index].fold(column, slice.times, from..<cut.end, bits, call)
            from = cut.end
        }
    }

    /// Folds rows of one series into a window, with what else the row of a selector's point holds.
    mutating func fold(
        _ slot: Int, _ call: AggregateCall, _ column: FieldColumn, _ times: [Int64], _ rows: Range<Int>,
        _ bits: RowBits?, cells: (Int) -> [QueryValue]
    ) {
        states[slot * callCount].fold(column, times, rows, bits, call, cells: cells)
    }

    /// Folds what stands for rows of one series into a window.
    mutating func fold(
        _ slot: Int, _ index: Int, _ call: AggregateCall, _ statistics: VectorStatistics, _ summary: VectorSummary
    ) {
        states[slot * callCount + index].fold(statistics, summary, call)
    }

    /// What the calls have seen of the window in a slot, that is, of the start at the same place.
    func states(at slot: Int) -> ArraySlice<Accumulator> { states[(slot * callCount)..<((slot + 1) * callCount)] }

    /// Takes what another has seen of the same group.
    mutating func merge(_ other: GroupWindows, _ calls: [AggregateCall]) {
        for (place, start) in other.starts.enumerated() {
            let slot = slot(start)
            for index in 0..<callCount {
                states[slot * callCount + index].merge(other.states[place * callCount + index], calls[index])
            }
        }
    }
}

/// Folds the slices of series into the windows of their groups.
struct WindowFold: Sendable {
    private let plan: SelectPlan
    private let filter: RowFilter
    /// The column of each call, nil where the measurement has no such field.
    private let places: [Int?]
    /// The names of the plan's `auxiliary` with their columns, nil for tags.
    private let auxiliaryPlaces: [(name: String, place: Int?)]
    /// The windows of each group; nil before its first row.
    private(set) var groups: [GroupWindows?]

    init(plan: SelectPlan, filter: RowFilter) {
        self.plan = plan
        self.filter = filter
        places = plan.calls.map { call in plan.stored.firstIndex { $0.name == call.field } }
        auxiliaryPlaces = plan.auxiliary.map { name in (name, plan.stored.firstIndex { $0.name == name }) }
        groups = [GroupWindows?](repeating: nil, count: plan.groups.count)
    }

    /// The rows of which statistics will do: where nothing is filtered and no call looks at each value, those of a vector
    /// that lies in one window.
    var summaryRequest: SummaryRequest? {
        guard filter.isEmpty, plan.auxiliary.isEmpty, plan.calls.allSatisfy(\.takesStatistics) else { return nil }
        let edges = zip(plan.calls, places).compactMap { call, place in
            call.function == .first || call.function == .last ? place : nil
        }
        // Without windows the time of a sole selector's point is shown.
        let isShown = plan.interval == 0 && plan.calls.count == 1
        let plan = plan
        return SummaryRequest(
            wantsRowTimes: isShown && (plan.calls[0].function == .min || plan.calls[0].function == .max),
            fullFields: edges
        ) { times in
            plan.interval == 0 || Windows.bucket(times.lowerBound, plan) == Windows.bucket(times.upperBound, plan)
        }
    }

    /// Takes what stands for rows of one series in one window.
    mutating func add(_ summary: VectorSummary, group: Int) {
        var windows = groups[group].take() ?? GroupWindows(callCount: plan.calls.count)
        let slot = windows.slot(Windows.bucket(summary.times.lowerBound, plan))
        for (index, place) in places.enumerated() {
            guard let place, let statistics = summary.columns[place], statistics.presentCount > 0 else { continue }
            windows.fold(slot, index, plan.calls[index], statistics, summary)
        }
        groups[group] = windows
    }

    /// Takes the rows of one series.
    mutating func add(_ slices: [RowSlice], group: Int, tag: (String) -> QueryValue) {
        var windows = groups[group].take() ?? GroupWindows(callCount: plan.calls.count)
        for slice in slices {
            let wanted = filter.isEmpty ? nil : filter.rows(slice, tag: tag)
            if let wanted, wanted.isEmpty { continue }
            var columns: [(column: FieldColumn, bits: RowBits?)?] = []
            for place in places {
                guard let place, let column = slice.columns[place] else {
                    columns.append(nil)
                    continue
                }
                var bits = wanted
                if !column.absent.isEmpty {
                    bits = bits ?? RowBits(all: slice.rows)
                    bits?.keepPresent(column)
                }
                columns.append((column, bits))
            }
            fold(slice, wanted, columns, &windows, tag)
        }
        groups[group] = windows
    }

    private func fold(
        _ slice: RowSlice, _ wanted: RowBits?, _ columns: [(column: FieldColumn, bits: RowBits?)?],
        _ windows: inout GroupWindows, _ tag: (String) -> QueryValue
    ) {
        let cuts = cuts(slice, &windows)
        for (index, entry) in columns.enumerated() {
            guard let entry else { continue }
            guard !plan.auxiliary.isEmpty else {
                windows.fold(index, plan.calls[index], entry.column, slice, cuts, entry.bits)
                continue
            }
            // There is one call then, a selector.
            var from = slice.rows.lowerBound
            for cut in cuts {
                windows.fold(
                    cut.slot, plan.calls[index], entry.column, slice.times, from..<cut.end, entry.bits
                ) { row in auxiliaryPlaces.map { cell($0, slice, row, tag) } }
                from = cut.end
            }
        }
    }

    /// The windows that the rows of a slice lie in.
    private func cuts(_ slice: RowSlice, _ windows: inout GroupWindows) -> [WindowCut] {
        if plan.interval == 0 {
            return [WindowCut(slot: windows.slot(Windows.bucket(slice.firstTime, plan)), end: slice.rows.upperBound)]
        }
        var cuts: [WindowCut] = []
        let times = slice.times.span
        var from = slice.rows.lowerBound
        var start = Windows.bucket(times[from], plan)
        while true {
            let end = endOfWindow(start, from, slice)
            cuts.append(WindowCut(slot: windows.slot(start), end: end))
            if end == slice.rows.upperBound { return cuts }
            from = end
            // Most often it is the next window, which needs no division.
            let (next, overflow) = start.addingReportingOverflow(plan.interval)
            let isNext = plan.calendar == nil && !overflow && times[from] &- next < plan.interval
            start = isNext ? next : Windows.bucket(times[from], plan)
        }
    }

    private func cell(
        _ source: (name: String, place: Int?), _ slice: RowSlice, _ row: Int, _ tag: (String) -> QueryValue
    ) -> QueryValue {
        guard let place = source.place else { return tag(source.name) }
        return slice.columns[place].map { QueryValue($0, row) } ?? .null
    }

    /// The first row behind `row` that lies in a later window than the one that starts at `start`.
    private func endOfWindow(_ start: Int64, _ row: Int, _ slice: RowSlice) -> Int {
        let next: Int64
        if let calendar = plan.calendar {
            next = calendar.window(of: start).end
        } else {
            let (end, overflow) = start.addingReportingOverflow(plan.interval)
            if overflow { return slice.rows.upperBound }
            next = end
        }
        return slice.firstRow(behind: row, notBefore: next)
    }

    /// Takes what another has folded of other series.
    mutating func merge(_ other: WindowFold) {
        for (group, windows) in other.groups.enumerated() {
            guard let windows else { continue }
            if var mine = groups[group].take() {
                mine.merge(windows, plan.calls)
                groups[group] = mine
            } else {
                groups[group] = windows
            }
        }
    }
}
