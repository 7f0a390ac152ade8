import Bytes
import Telemetry

/// A declared stream at work: values in, windows out.
///
/// How it works: each series keeps its values until they are older than the watermark less the lateness. Then nothing
/// can come before them any more, and they are folded into the panes of their group, in the order of time, so that
/// extremes, sketches and first and last values never have to be taken back. A window that is given before that is
/// what its panes hold with the values that still wait folded into a copy: once at the watermark, again when a value
/// in time changes it, and a last time, `final`, from the panes alone.
struct StreamOperator: Sendable {
    /// What it was told.
    let declaration: StreamDeclaration
    var watermark = Watermark()
    var seriesTable = ByteKeyTable()
    var series: [Series] = []
    var groups: [Group] = []
    var groupNumbers: [[String]: Int] = [:]
    /// The time at which the next window is due or final; nothing is looked at before.
    var nextDue = Int64.min
    var isAnyDirty = false
    /// Values that came too late, or lie too far ahead.
    var late: UInt64 = 0
    var future: UInt64 = 0
    var rows: [Given] = []
    /// The panes that values came too late for, or too early, by their beginning, with the number of the last such value.
    var repairs: [Int64: UInt64] = [:]
    var repairNumber: UInt64 = 0
    var repairsDropped: UInt64 = 0
    let needsSketch: Bool

    /// One series of the source.
    struct Series: Sendable, Equatable {
        var group: Int
        /// The values that wait, ascending by time.
        var waiting: [HeldPoint] = []
        /// The last value that was folded, and up to when it was held.
        var carry: HeldPoint?
        var heldUntil = Int64.min
        /// The newest value that came too late: its series is expected although it is in no pane.
        var lateTime = Int64.min
    }

    /// The series of one set of tag values.
    struct Group: Sendable, Equatable {
        var tagValues: [String]
        var series: [Int32] = []
        var panes: [Int64: StreamAccumulator] = [:]
        var windows: [Int64: OpenWindow] = [:]
        /// A session that has begun: its values so far, and the time of the last.
        var session: StreamAccumulator?
    }

    /// A window that is not final.
    struct OpenWindow: Sendable, Equatable {
        var end: Int64
        var revision: Int32 = -1
        var isDirty = false
    }

    /// A window that is to be given.
    struct Given: Sendable {
        var start: Int64
        var end: Int64
        var revision: Int32
        var isFinal: Bool
        var row: StreamRow

        var result: WindowResult {
            WindowResult(
                kind: .fleet, name: row.tagValues.joined(separator: "\u{0}"), windowStart: start,
                windowSeconds: (end - start) / .second, revision: Int64(revision), isFinal: isFinal,
                values: .stream(row))
        }
    }

    init(_ declaration: StreamDeclaration) {
        self.declaration = declaration
        needsSketch = declaration.aggregates.contains { if case .quantile = $0 { true } else { false } }
    }

    /// Takes the rows of a table of the stream's measurement.
    mutating func apply(_ table: FrameTable, arrival: Int64, _ settings: PipelineSettings) {
        let values = NumericColumn(table, declaration.field)
        let keys = table.keyBytes.span
        let newest = min(Watermark.limit, arrival.plus(settings.futureLimit))
        let oldest = max(-Watermark.limit, (watermark.value ?? .min).minus(declaration.lateness))
        for row in 0..<table.rowCount {
            let point = HeldPoint(time: table.timestamps[row], value: values[row])
            guard !point.value.isNaN else { continue }
            let (number, isNew) = seriesTable.insert(keys.extracting(table.keyRange(row)))
            if isNew { addSeries(table.key(row), Int32(number)) }
            if point.time < oldest {
                late += 1
                series[number].lateTime = max(series[number].lateTime, point.time)
                noteRepair(point.time)
            } else if point.time > newest {
                future += 1
                noteRepair(point.time)
            } else {
                take(point, number)
            }
        }
    }

    private mutating func addSeries(_ key: ArraySlice<UInt8>, _ number: Int32) {
        let tags = SeriesKey.decode(key).tags
        let values = declaration.groupBy.map { name in tags.first { $0.0 == name }?.1 ?? "" }
        let group = groupNumbers[values] ?? groups.count
        if group == groups.count {
            groups.append(Group(tagValues: values))
            groupNumbers[values] = group
        }
        groups[group].series.append(number)
        series.append(Series(group: group))
    }

    private mutating func take(_ point: HeldPoint, _ number: Int) {
        watermark.applied(point.time)
        if let last = series[number].waiting.last, last.time >= point.time {
            if series[number].waiting.contains(point) { return }
            series[number].waiting.hold(point)
        } else {
            series[number].waiting.append(point)
        }
        note(point, series[number].group)
        if series[number].waiting.count >= 64, let value = watermark.value {
            if case .session = declaration.window { return }
            fold(number, to: value.minus(declaration.lateness))
        }
    }

    /// Opens the windows that a value and its hold touch; those that were given already have to be given again.
    private mutating func note(_ point: HeldPoint, _ group: Int) {
        if case .session = declaration.window {
            nextDue = .min
            return
        }
        var pane = declaration.window.pane(holding: point.time)
        while pane.lowerBound < point.time.plus(max(1, declaration.hold)) {
            for window in declaration.window.windows(of: pane) {
                var open = groups[group].windows[window.lowerBound] ?? OpenWindow(end: window.upperBound)
                if open.revision >= 0 {
                    open.isDirty = true
                    isAnyDirty = true
                }
                groups[group].windows[window.lowerBound] = open
                nextDue = min(nextDue, open.revision < 0 ? open.end : open.end + declaration.lateness)
            }
            pane = declaration.window.pane(holding: pane.upperBound)
        }
    }

    /// Gives what the watermark asks for.
    mutating func advance() {
        guard let value = watermark.value else { return }
        if case .session(let gap) = declaration.window {
            for group in groups.indices { foldSession(group, gap: gap, to: value.minus(declaration.lateness)) }
            return
        }
        guard value >= nextDue || isAnyDirty else { return }
        isAnyDirty = false
        nextDue = .max
        for group in groups.indices {
            for start in groups[group].windows.keys.sorted() { advance(group, start, value) }
            let oldest = groups[group].windows.keys.min() ?? .max
            if groups[group].panes.contains(where: { $0.key < oldest }) {
                groups[group].panes = groups[group].panes.filter { $0.key >= oldest }
            }
        }
    }

    private mutating func advance(_ group: Int, _ start: Int64, _ watermark: Int64) {
        guard let window = groups[group].windows[start] else { return }
        let isFinal = watermark >= window.end + declaration.lateness
        guard isFinal || (watermark >= window.end && (window.revision < 0 || window.isDirty)) else {
            nextDue = min(nextDue, window.revision < 0 ? window.end : window.end + declaration.lateness)
            return
        }
        if isFinal {
            // Not further than its end, so that what a series said last is what it said last in the window.
            for number in groups[group].series { fold(Int(number), to: window.end) }
        }
        let row = row(group, accumulated(group, start, window.end), start, window.end)
        rows.append(
            Given(start: start, end: window.end, revision: window.revision + 1, isFinal: isFinal, row: row))
        if isFinal {
            groups[group].windows[start] = nil
        } else {
            groups[group].windows[start]?.revision += 1
            groups[group].windows[start]?.isDirty = false
            nextDue = min(nextDue, window.end + declaration.lateness)
        }
    }

    /// What the panes of a window hold, with the values that wait.
    func accumulated(_ group: Int, _ start: Int64, _ end: Int64) -> (StreamAccumulator, StreamCompleteness) {
        var total = StreamAccumulator()
        var completeness = StreamCompleteness()
        for (pane, part) in groups[group].panes.sorted(by: { $0.key < $1.key }) where pane >= start && pane < end {
            total.add(part)
        }
        for number in groups[group].series {
            let state = series[Int(number)]
            var (carry, held) = (state.carry, state.heldUntil)
            for point in state.waiting where point.time < end {
                if let carry { addHold(carry, held, point.time, start, end, &total) }
                if point.time >= start { total.add(point, series: number, needsSketch: needsSketch) }
                (carry, held) = (point, point.time)
            }
            let next = state.waiting.first { $0.time >= end }?.time ?? end
            if let carry { addHold(carry, held, next, start, end, &total) }
            let late = state.lateTime < end ? state.lateTime : .min
            completeness.add(last: carry?.time ?? .min, late: late, start, end, hold: declaration.hold)
        }
        return (total, completeness)
    }

    private func addHold(
        _ point: HeldPoint, _ from: Int64, _ to: Int64, _ start: Int64, _ end: Int64, _ total: inout StreamAccumulator
    ) {
        let from = max(from, start)
        let to = min(to, point.time.plus(declaration.hold), end)
        if to > from { total.hold(point.value, to - from) }
    }

    /// Folds a series into its group's panes up to a time before which nothing can come any more.
    private mutating func fold(_ number: Int, to horizon: Int64) {
        var state = series[number]
        guard horizon > state.heldUntil || state.waiting.first.map({ $0.time < horizon }) ?? false else { return }
        let count = state.waiting.firstIndex { $0.time >= horizon } ?? state.waiting.count
        for point in state.waiting[..<count] {
            holdInPanes(&state, to: point.time)
            let pane = declaration.window.pane(holding: point.time).lowerBound
            groups[state.group].panes[pane, default: StreamAccumulator()].add(
                point, series: Int32(number), needsSketch: needsSketch)
            state.carry = point
            state.heldUntil = point.time
        }
        state.waiting.removeFirst(count)
        holdInPanes(&state, to: horizon)
        series[number] = state
    }

    private mutating func holdInPanes(_ state: inout Series, to end: Int64) {
        guard let carry = state.carry else { return }
        let end = min(end, carry.time.plus(declaration.hold))
        while state.heldUntil < end {
            let pane = declaration.window.pane(holding: state.heldUntil)
            let step = min(end, pane.upperBound)
            groups[state.group].panes[pane.lowerBound, default: StreamAccumulator()].hold(
                carry.value, step - state.heldUntil)
            state.heldUntil = step
        }
    }

    /// The fields of a window.
    func row(
        _ group: Int, _ given: (total: StreamAccumulator, completeness: StreamCompleteness), _ start: Int64,
        _ end: Int64
    ) -> StreamRow {
        let total = given.total
        let words = declaration.aggregates.map { word($0, total) }
        return StreamRow(
            measurement: declaration.name, tags: declaration.groupBy, tagValues: groups[group].tagValues,
            columns: Self.columns(declaration),
            words: words + [
                UInt64(bitPattern: Int64(total.series.count)), UInt64(bitPattern: given.completeness.expected),
                UInt64(bitPattern: given.completeness.expected - given.completeness.live),
                (Double(end - start) / 1e9).bitPattern,
            ])
    }

    /// The fields of a declaration's results, behind revision and final.
    static func columns(_ declaration: StreamDeclaration) -> [(name: String, kind: FieldKind)] {
        declaration.aggregates.map { aggregate in
            switch aggregate {
            case .count, .distinct: (aggregate.name, .integer)
            default: (aggregate.name, .float)
            }
        } + [
            ("series_heard", .integer), ("series_expected", .integer), ("series_stale", .integer),
            ("seconds", .float),
        ]
    }

    private func word(_ aggregate: StreamAggregate, _ total: StreamAccumulator) -> UInt64? {
        switch aggregate {
        case .count: return UInt64(bitPattern: total.count)
        case .distinct(let tag):
            let values = total.series.map { number in
                SeriesKey.tag(tag, in: seriesTable.key(Int(number))) ?? ""
            }
            return UInt64(bitPattern: Int64(Set(values).subtracting([""]).count))
        case .mean: return total.coveredSeconds > 0 ? (total.integral / total.coveredSeconds).bitPattern : nil
        case .energyWh: return total.coveredSeconds > 0 ? (total.integral / 3600).bitPattern : nil
        case .sum: return total.count > 0 ? total.sum.bitPattern : nil
        case .min: return total.count > 0 ? total.lowest.bitPattern : nil
        case .max: return total.count > 0 ? total.highest.bitPattern : nil
        case .first: return total.count > 0 ? total.first.value.bitPattern : nil
        case .last: return total.count > 0 ? total.last.value.bitPattern : nil
        case .quantile(let percent): return total.sketch.quantile(Double(percent) / 100)?.bitPattern
        }
    }
}

/// Sessions: they have no panes, and their beginning is known for good only when nothing can come before it.
extension StreamOperator {
    private mutating func foldSession(_ group: Int, gap: Int64, to horizon: Int64) {
        var ready: [(point: HeldPoint, series: Int32)] = []
        for number in groups[group].series {
            let count =
                series[Int(number)].waiting.firstIndex { $0.time >= horizon } ?? series[Int(number)].waiting.count
            if count == 0 { continue }
            ready += series[Int(number)].waiting[..<count].map { ($0, number) }
            series[Int(number)].waiting.removeFirst(count)
        }
        ready.sort { ($0.point.time, $0.series) < ($1.point.time, $1.series) }
        for (point, number) in ready {
            if let session = groups[group].session, point.time - session.last.time > gap { endSession(group) }
            var session = groups[group].session ?? StreamAccumulator()
            if let carry = series[Int(number)].carry {
                addHold(carry, carry.time, point.time, session.first.time, .max, &session)
            }
            session.add(point, series: number, needsSketch: needsSketchForSession)
            series[Int(number)].carry = point
            groups[group].session = session
        }
        if let session = groups[group].session, horizon.minus(session.last.time) > gap { endSession(group) }
    }

    private var needsSketchForSession: Bool {
        declaration.aggregates.contains { if case .quantile = $0 { true } else { false } }
    }

    private mutating func endSession(_ group: Int) {
        guard var session = groups[group].session else { return }
        let (start, end) = (session.first.time, session.last.time)
        var completeness = StreamCompleteness()
        for number in groups[group].series {
            // What each series said last holds to the session's end.
            let carry = series[Int(number)].carry
            if let carry { addHold(carry, carry.time, end, start, .max, &session) }
            completeness.add(last: carry?.time ?? .min, late: .min, start, end.plus(1), hold: declaration.hold)
            series[Int(number)].carry = nil
        }
        rows.append(
            Given(
                start: start, end: end, revision: 0, isFinal: true,
                row: row(group, (session, completeness), start, end)))
        groups[group].session = nil
    }
}

/// Declared streams in the pipeline.
extension FleetPipeline {
    /// Ends a batch or a tick for the streams: what the arrival clock says moves each one's own watermark.
    mutating func advanceStreams(arrival: Int64) {
        for index in streams.indices {
            streams[index].watermark.batchEnded(arrival: arrival, disorder: settings.disorder)
            streams[index].watermark.tick(now: arrival, idleAfter: settings.idleAfter)
            streams[index].advance()
            let rows = streams[index].rows
            streams[index].rows.removeAll(keepingCapacity: true)
            counts.windowsEmitted += UInt64(rows.count)
            for given in rows { results.append(given.result) }
        }
    }

    /// Values that came too late or too early for declared streams.
    package var streamLateCount: UInt64 { streams.reduce(0) { $0 + $1.late + $1.future } }
}
