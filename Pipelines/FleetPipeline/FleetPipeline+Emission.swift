/// Panes into results.
extension FleetPipeline {
    /// Gives all that the watermark asks for: first what is over for good, then what changed, then what is due newly.
    mutating func advance() {
        guard let value = watermark.value else { return }
        let due = value.wholeSecond
        let final = value.minus(settings.allowedLateness).wholeSecond
        if let frontier {
            giveFinalSeconds(to: min(final, frontier), final: final)
            giveFinalWindows(final: final)
            giveChanged()
        }
        close(to: due, final: final)
        if final > finalFrontier {
            finalFrontier = final
            forgetPanes(final: final)
        }
    }

    private mutating func giveFinalSeconds(to end: Int64, final: Int64) {
        guard finalFrontier < end else { return }
        let oldest = feeders.reduce(Int64.max) { $1.panes.isEmpty ? $0 : min($0, $1.base) }
        for second in stride(from: max(finalFrontier, oldest), to: end, by: 1) {
            for feeder in feeders.indices where feeders[feeder].hasPane(second) {
                giveSecond(Int32(feeder), second, isFinal: true)
            }
        }
    }

    private mutating func giveFinalWindows(final: Int64) {
        for (length, size) in settings.windows.enumerated() where size > 1 {
            guard finalFrontier == .min || final.aligned(to: size) > finalFrontier.aligned(to: size) else { continue }
            for feeder in feeders.indices {
                let over = feeders[feeder].windows[length].keys.filter { $0 + size <= final && isDue(length, $0) }
                for start in over.sorted() {
                    giveWindow(length, Int32(feeder), start, isFinal: true)
                    feeders[feeder].windows[length][start] = nil
                }
            }
        }
    }

    private mutating func giveChanged() {
        let panes = dirtyPanes.sorted { ($0.second, $0.feeder) < ($1.second, $1.feeder) }
        dirtyPanes.removeAll(keepingCapacity: true)
        for place in panes {
            let number = Int(place.feeder)
            guard feeders[number].hasPane(place.second) else { continue }
            let isDirty = feeders[number].panes[Int(place.second - feeders[number].base)].isDirty
            if isDirty { giveSecond(place.feeder, place.second, isFinal: false) }
        }
        let windows = dirtyWindows.sorted { ($0.start, $0.length, $0.feeder) < ($1.start, $1.length, $1.feeder) }
        dirtyWindows.removeAll(keepingCapacity: true)
        for place in windows {
            let isDirty = feeders[Int(place.feeder)].windows[place.length][place.start]?.isDirty ?? false
            if isDirty { giveWindow(place.length, place.feeder, place.start, isFinal: false) }
        }
    }

    /// Closes the seconds up to `due`, one after the other, as if the watermark had passed them singly.
    private mutating func close(to due: Int64, final: Int64) {
        guard var second = frontier ?? feeders.compactMap({ $0.begin?.wholeSecond }).min() else { return }
        var quiet: Int64 = 0
        while second < due {
            if quiet >= settings.longestQuietS, let next = endOfGap(from: second, due: due) {
                counts.skippedSeconds += UInt64(next - second)
                for feeder in feeders.indices {
                    feeders[feeder].panes.removeAll()
                    for length in settings.windows.indices {
                        feeders[feeder].windows[length] = feeders[feeder].windows[length].filter { $0.key >= next }
                    }
                }
                second = next
                quiet = 0
            }
            quiet = closeSecond(second) ? 0 : quiet + 1
            second += 1
            frontier = second
            giveClosed(second - 1, final: final)
            if second % 600 == 0 { forgetPanes(final: min(final, second)) }
        }
        frontier = max(frontier ?? second, second)
    }

    /// Adds up one second; answers whether anything was live in it.
    private mutating func closeSecond(_ second: Int64) -> Bool {
        let totals = totals(of: second)
        var isLive = false
        for number in feeders.indices {
            guard let begin = feeders[number].begin, begin.wholeSecond <= second else { continue }
            if feeders[number].panes.isEmpty { feeders[number].base = second }
            feeders[number].panes.append(Pane(total: totals[number]))
            let sums = totals[number].sums
            if sums[Contribution.Sum.live] | sums[Contribution.Sum.readings] != 0 { isLive = true }
        }
        return isLive
    }

    /// The sums of one second by feeder. This is the one loop over the whole fleet.
    private func totals(of second: Int64) -> [Contribution] {
        var totals = [Contribution](repeating: Contribution(), count: feeders.count)
        // Through a span an EVSE is lent, not copied: a copy would retain each of its arrays.
        let states = evses.span
        for number in states.indices where !states[number].points.isEmpty {
            for feeder in states[number].feeders {
                totals[Int(feeder)].add(states[number].contribution(from: second * .second, feeder: feeder, product))
            }
        }
        return totals
    }

    private mutating func giveClosed(_ second: Int64, final: Int64) {
        for feeder in feeders.indices where feeders[feeder].hasPane(second) {
            giveSecond(Int32(feeder), second, isFinal: second < final)
        }
        for (length, size) in settings.windows.enumerated()
        where size > 1 && (second + 1).aligned(to: size) == second + 1 {
            let start = second + 1 - size
            for feeder in feeders.indices where feeders[feeder].hasPane(second) {
                let isFinal = second < final
                giveWindow(length, Int32(feeder), start, isFinal: isFinal)
                if isFinal { feeders[feeder].windows[length][start] = nil }
            }
        }
    }

    /// Where a gap without any live value ends, if it is long enough to skip the rest: at a time from which on no given
    /// window can still change, aligned as all windows are.
    private func endOfGap(from second: Int64, due: Int64) -> Int64? {
        let lengths = settings.windows.reduce(Int64(1)) { $0 * ($1 / greatestCommonDivisor($0, $1)) }
        guard second.aligned(to: lengths) == second, due - second > lengths else { return nil }
        var next = due
        for evse in evses {
            let index = evse.index(from: second * .second)
            if index < evse.points.count { next = min(next, evse.points[index].time.wholeSecond) }
        }
        let lateness = (settings.allowedLateness + .second - 1) / .second
        let end = (next - lateness - 1).aligned(to: lengths)
        return end > second + lateness + lengths ? end : nil
    }

    private func greatestCommonDivisor(_ one: Int64, _ other: Int64) -> Int64 {
        other == 0 ? one : greatestCommonDivisor(other, one % other)
    }

    /// Drops the panes that no window needs that can still change.
    private mutating func forgetPanes(final: Int64) {
        let oldest = settings.windows.reduce(final) { min($0, final.aligned(to: $1)) }
        for feeder in feeders.indices {
            // A few panes are kept beyond their time: taking them out one by one would move the rest each second.
            if oldest - feeders[feeder].base >= 32 { feeders[feeder].forget(before: oldest) }
            feeders[feeder].limits.forget(before: oldest * .second)
            feeders[feeder].expected.forget(before: oldest * .second)
        }
        product.forget(before: (oldest - 86_400) * .second)
    }
}

/// Sums into values.
extension FleetPipeline {
    /// Gives the windows of one second: the aggregate, if the settings ask for it, and the readiness.
    private mutating func giveSecond(_ feeder: Int32, _ second: Int64, isFinal: Bool) {
        let number = Int(feeder)
        let index = Int(second - feeders[number].base)
        if feeders[number].panes[index].isSocMinUncertain { findSocMin(feeder, second, index) }
        feeders[number].panes[index].isDirty = false
        feeders[number].panes[index].revision += 1
        let pane = feeders[number].panes[index]
        if settings.windows.contains(1) {
            let heard = pane.total.sums[Contribution.Sum.heard]
            let values = aggregate(feeder, second, size: 1, heard: heard)
            give(feeder, second, 1, pane.revision, isFinal, .aggregate(values))
        }
        give(feeder, second, 1, pane.revision, isFinal, .readiness(readiness(feeder, second, pane.total)))
    }

    private mutating func giveWindow(_ length: Int, _ feeder: Int32, _ start: Int64, isFinal: Bool) {
        let size = settings.windows[length]
        var state = feeders[Int(feeder)].windows[length][start] ?? WindowState()
        state.revision += 1
        state.isDirty = false
        feeders[Int(feeder)].windows[length][start] = state
        let last = start + size - 1
        if feeders[Int(feeder)].hasPane(last) {
            let index = Int(last - feeders[Int(feeder)].base)
            if feeders[Int(feeder)].panes[index].isSocMinUncertain { findSocMin(feeder, last, index) }
        }
        let values = aggregate(feeder, start, size: size, heard: state.heard)
        give(feeder, start, size, state.revision, isFinal, .aggregate(values))
    }

    private mutating func give(
        _ feeder: Int32, _ start: Int64, _ size: Int64, _ revision: Int32, _ isFinal: Bool,
        _ values: WindowResult.Values
    ) {
        counts.windowsEmitted += 1
        results.append(
            WindowResult(
                feeder: feeders[Int(feeder)].name, windowStart: start * .second, windowSeconds: size,
                revision: Int64(revision), isFinal: isFinal, values: values))
    }

    /// Looks at all EVSEs of a feeder for the lowest SoC at a second's end.
    private mutating func findSocMin(_ feeder: Int32, _ second: Int64, _ index: Int) {
        var lowest = Int64.max
        for member in feeders[Int(feeder)].members {
            let part = evses[Int(member)].contribution(from: second * .second, feeder: feeder, product)
            lowest = min(lowest, part.socMin)
        }
        feeders[Int(feeder)].panes[index].total.socMin = lowest
        feeders[Int(feeder)].panes[index].isSocMinUncertain = false
    }

    private func aggregate(_ feeder: Int32, _ start: Int64, size: Int64, heard: Int64) -> FeederAggregate {
        let state = feeders[Int(feeder)]
        var energy: Int64 = 0
        var (imported, exported, covered, readings): (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
        // A second before the feeder's first has no pane: nothing flowed in it, and it counts among the lowest.
        let isWhole = state.hasPane(start) && state.hasPane(start + size - 1)
        var (lowest, highest): (Int64, Int64) = isWhole ? (.max, .min) : (0, 0)
        for second in max(start, state.base)..<max(start + size, state.base) where state.hasPane(second) {
            let index = Int(second - state.base)
            let value = state.panes[index].total.sums[Contribution.Sum.energy]
            energy &+= value
            lowest = min(lowest, value)
            highest = max(highest, value)
            imported &+= state.panes[index].total.sums[Contribution.Sum.imported]
            exported &+= state.panes[index].total.sums[Contribution.Sum.exported]
            covered &+= state.panes[index].total.sums[Contribution.Sum.covered]
            readings &+= state.panes[index].total.sums[Contribution.Sum.readings]
        }
        let end = start + size
        var values = FeederAggregate()
        values.activePowerW = Double(energy) / 1e6 / Double(size)
        values.activePowerMinW = Double(lowest) / 1e6
        values.activePowerMaxW = Double(highest) / 1e6
        values.energyImportWh = Double(imported) / 3.6e9
        values.energyExportWh = Double(exported) / 3.6e9
        values.readings = readings
        values.evseHeard = heard
        let last = state.hasPane(end - 1) ? state.panes[Int(end - 1 - state.base)].total : Contribution()
        let expected = state.expected.value(before: end * .second) + last.sums[Contribution.Sum.unknownExpected]
        values.evseExpected = expected
        values.evseStale = max(0, expected - last.sums[Contribution.Sum.live])
        if expected > 0 { values.coverage = Double(covered) / 1e9 / Double(expected * size) }
        let socCount = last.sums[Contribution.Sum.socCount]
        if socCount > 0 {
            values.socMeanPct = Double(last.sums[Contribution.Sum.soc]) / 1e6 / Double(socCount)
            values.socMinPct = Double(last.socMin) / 1e6
        }
        return values
    }

    private func readiness(_ feeder: Int32, _ second: Int64, _ total: Contribution) -> FCRReadiness {
        func direction(_ up: Int, _ down: Int) -> FCRReadiness.Direction {
            .init(up: Double(total.sums[up]) / 1e6, down: Double(total.sums[down]) / 1e6)
        }
        func loss(_ more: FCRReadiness.Direction, _ less: FCRReadiness.Direction) -> FCRReadiness.Direction {
            .init(up: more.up - less.up, down: more.down - less.down)
        }
        let limits = feeders[Int(feeder)].limits.value(before: (second + 1) * .second)
        let nameplate = direction(Contribution.Sum.nameplateUp, Contribution.Sum.nameplateDown)
        let live = direction(Contribution.Sum.livePlateUp, Contribution.Sum.livePlateDown)
        let energy = direction(Contribution.Sum.energyUp, Contribution.Sum.energyDown)
        let held = direction(Contribution.Sum.reserveUp, Contribution.Sum.reserveDown)
        let net = Double(total.sums[Contribution.Sum.netPower]) / 1e6
        var values = FCRReadiness()
        values.activePowerW = net
        values.evseLive = total.sums[Contribution.Sum.live]
        values.reserve.up = max(0, min(held.up, net + limits.exportW))
        values.reserve.down = max(0, min(held.down, limits.importW - net))
        values.lostStale = loss(nameplate, live)
        values.lostEnergy = loss(live, energy)
        values.lostDeparture = loss(energy, held)
        values.lostFeeder = loss(held, values.reserve)
        values.dischargePotentialW = Double(total.sums[Contribution.Sum.dischargePower]) / 1e6
        values.dischargeEnergyWh = Double(total.sums[Contribution.Sum.dischargeEnergy]) / 1e6
        return values
    }
}
