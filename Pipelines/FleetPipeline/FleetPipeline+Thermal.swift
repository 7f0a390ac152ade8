import Telemetry
import TransformerThermal

/// Transformers, minute by minute from their one-second sums.
extension FleetPipeline {
    /// Takes over what a topology says of transformers.
    mutating func adoptThermals(_ topology: Topology, from time: Int64) {
        for name in topology.transformers.keys.sorted() {
            let group = groupNumber(.transformer, name)
            guard thermalNumbers[group] == nil else { continue }
            thermalNumbers[group] = thermals.count
            thermals.append(ThermalHistory(group: group))
        }
        for index in thermals.indices {
            let plate = topology.transformers[groups[Int(thermals[index].group)].name]
            thermals[index].plate.set(plate, from: time)
            thermals[index].isDirty = true
        }
    }

    /// Takes ambient temperatures: of the transformer, feeder or site that a tag names, else of all.
    mutating func applyWeather(_ table: FrameTable, arrival: Int64) {
        let values = NumericColumn(table, "ambient_c")
        let newest = min(Watermark.limit, arrival.plus(settings.futureLimit))
        for row in 0..<table.rowCount {
            let point = AmbientPoint(time: table.timestamps[row], celsius: values[row])
            guard (-90...90).contains(point.celsius) else { continue }
            guard point.time <= newest, point.time >= -Watermark.limit else {
                counts.future += 1
                continue
            }
            takeAmbient(point, of: weatherGroup(key: table.key(row)))
        }
    }

    private mutating func weatherGroup(key: ArraySlice<UInt8>) -> Int32 {
        let tags = SeriesKey.decode(key).tags.filter { !$0.1.isEmpty }
        for kind in [GroupKind.transformer, .feeder, .site] {
            if let name = tags.first(where: { $0.0 == kind.tag })?.1 { return groupNumber(kind, name) }
        }
        return Self.fleet
    }

    private mutating func takeAmbient(_ point: AmbientPoint, of group: Int32) {
        var points = ambients[group] ?? []
        let index = points.firstIndex { $0.time >= point.time } ?? points.count
        if index < points.count, points[index].time == point.time {
            points[index] = point
        } else {
            points.insert(point, at: index)
        }
        if let value = watermark.value, points.count > 16 {
            let oldest = value.minus(settings.allowedLateness).minus(AmbientPoint.holds + 120 * .second)
            points.removeAll { $0.time < oldest }
        }
        ambients[group] = points
        // It may be of a minute that was given: every transformer that it may concern looks again.
        if point.time.wholeSecond < frontier ?? .min {
            for index in thermals.indices { thermals[index].isDirty = true }
        }
    }

    /// The air around a transformer just before `time`: from its own series, one of its feeders' or sites', that of all,
    /// or the topology.
    private func ambient(of group: Int32, _ plate: Transformer, before time: Int64) -> Double {
        func newest(_ series: Int32) -> Double? {
            guard let point = ambients[series]?.last(where: { $0.time < time }) else { return nil }
            return time.minus(point.time) <= AmbientPoint.holds ? point.celsius : nil
        }
        if ambients.isEmpty { return plate.ambientC + plate.ambientSurchargeK }
        var found = newest(group)
        for kind in [GroupKind.feeder, .site] where found == nil {
            for series in ambients.keys.sorted() where groups[Int(series)].kind == kind {
                var parent = groups[Int(series)].parent.value(before: time)
                if kind == .site, parent >= 0 { parent = groups[Int(parent)].parent.value(before: time) }
                if parent == group { found = found ?? newest(series) }
            }
        }
        return (found ?? newest(Self.fleet) ?? plate.ambientC) + plate.ambientSurchargeK
    }

    /// The load over a minute, per unit: the root of the mean square of its seconds; nil where nobody was heard in it.
    func load(of group: Int32, _ plate: Transformer, from start: Int64) -> Double? {
        let state = groups[Int(group)]
        var squares = 0.0
        var (count, covered): (Int, Int64) = (0, 0)
        for second in start..<(start + ThermalHistory.minute) where state.hasPane(second) {
            let index = Int(second - state.base)
            let active = Double(state.panes[index].total.sums[Contribution.Sum.energy]) / 1e6 + plate.backgroundW
            covered += state.panes[index].total.sums[Contribution.Sum.covered]
            let apparent = active / plate.powerFactor / plate.ratedVA
            squares += apparent * apparent
            count += 1
        }
        return covered > 0 ? (squares / Double(count)).squareRoot() : nil
    }

    /// Brings the minutes up to `frontier` to what the seconds say now.
    mutating func updateThermals(to frontier: Int64, dirtyOnly: Bool) {
        for index in thermals.indices where (thermals[index].isDirty || !dirtyOnly) && !thermals[index].isFrozen {
            thermals[index].isDirty = false
            updateThermal(index, to: frontier.aligned(to: ThermalHistory.minute))
        }
    }

    private mutating func updateThermal(_ index: Int, to end: Int64) {
        let history = thermals[index]
        guard let begin = groups[Int(history.group)].begin else { return }
        var start = history.baseEnd ?? begin.wholeSecond.aligned(to: ThermalHistory.minute)
        var (run, admissible) = (history.base, history.baseAdmissible)
        var minutes: [ThermalMinute] = []
        var old = history.minutes[...]
        while start + ThermalHistory.minute <= end {
            var minute = ThermalMinute(start: start)
            if let known = old.first, known.start == start {
                minute = known
                old = old.dropFirst()
            }
            let before = minute
            let time = (start + ThermalHistory.minute) * .second
            minute.row = nil
            if let plate = history.plate.value(before: time) {
                let ambient = ambient(of: history.group, plate, before: time)
                let load = load(of: history.group, plate, from: start)
                (minute.load, minute.ambientC) = (load, ambient)
                minute.row = run.minute(loadPU: load, ambientC: ambient, plate.thermalPlate)
            }
            if let row = minute.row { admissible = row.admissibleLoadPU }
            minute.run = run
            minute.admissible = admissible
            if minute.row != before.row { minute.isDirty = true }
            if admissible != before.admissible {
                markFeedersDirty(of: history.group, from: start + ThermalHistory.minute)
            }
            minutes.append(minute)
            start += ThermalHistory.minute
        }
        thermals[index].minutes = minutes
    }

    /// The seconds of the minute behind a changed one were limited by it.
    private mutating func markFeedersDirty(of transformer: Int32, from start: Int64) {
        guard let frontier, start < frontier else { return }
        for second in start..<min(start + ThermalHistory.minute, frontier) {
            var isMarked = false
            for feeder in groups.indices where groups[feeder].kind == .feeder && groups[feeder].hasPane(second) {
                guard groups[feeder].parent.value(before: (second + 1) * .second) == transformer else { continue }
                markDirty(Int32(feeder), second)
                isMarked = true
            }
            if isMarked, groups[Int(Self.fleet)].hasPane(second) { markDirty(Self.fleet, second) }
        }
    }

    /// Gives the minutes that changed, and a last time those that nothing can change any more.
    mutating func giveThermals(final: Int64) {
        for index in thermals.indices where !thermals[index].isFrozen {
            var overCount = 0
            for place in thermals[index].minutes.indices {
                let isFinal = thermals[index].minutes[place].start + ThermalHistory.minute <= final
                if isFinal { overCount += 1 }
                let minute = thermals[index].minutes[place]
                guard isFinal || minute.isDirty else { continue }
                thermals[index].minutes[place].isDirty = false
                guard let row = minute.row else { continue }
                thermals[index].minutes[place].revision += 1
                let name = groups[Int(thermals[index].group)].name
                guard settings.operators.contains(.thermal), settings.told(.thermal).gives(name, ThermalHistory.minute)
                else { continue }
                give(
                    thermals[index].group, minute.start, ThermalHistory.minute, minute.revision + 1, isFinal,
                    .thermal(row))
            }
            guard overCount > 0 else { continue }
            let last = thermals[index].minutes[overCount - 1]
            thermals[index].base = last.run
            thermals[index].baseEnd = last.start + ThermalHistory.minute
            thermals[index].baseAdmissible = last.admissible
            thermals[index].finals += thermals[index].minutes[..<overCount]
            let surplus = thermals[index].finals.count - ThermalHistory.finalLimit
            if surplus > 0 { thermals[index].finals.removeFirst(surplus) }
            thermals[index].minutes.removeFirst(overCount)
            thermals[index].plate.forget(before: (last.start + ThermalHistory.minute) * .second)
        }
    }

    /// A gap in all readings ends at `second`, long after the last minute that was given.
    mutating func skipThermals(to second: Int64) {
        for index in thermals.indices where thermals[index].baseEnd != nil {
            if let last = thermals[index].minutes.last {
                thermals[index].base = last.run
                thermals[index].baseAdmissible = last.admissible
            }
            thermals[index].base.gapMinutes = ThermalRun.gapLimit
            thermals[index].baseEnd = second.aligned(to: ThermalHistory.minute)
            thermals[index].minutes = []
        }
    }

    /// What may flow through a feeder's transformer in a second without heating it too much; nil where its temperature
    /// does not limit. Before the first minute the highest load that it may ever carry counts.
    func thermalLimits(of feeder: Int32, _ second: Int64) -> (importW: Double, exportW: Double)? {
        let end = (second + 1) * .second
        guard let index = thermalNumbers[groups[Int(feeder)].parent.value(before: end)],
            let plate = thermals[index].plate.value(before: end), plate.hasThermalLimit
        else { return nil }
        let apparent = (thermals[index].admissible(at: second) ?? plate.loadLimitPU) * plate.ratedVA
        return (max(0, apparent - plate.backgroundW), max(0, apparent + plate.backgroundW))
    }
}
