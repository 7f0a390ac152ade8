/// Sums into values.
extension FleetPipeline {
    /// Gives the windows of one second: the aggregate, if the settings ask for it, and the readiness.
    ///
    /// - Parameter own: where operators with this lateness of their own have their last turn, and no others; nil otherwise.
    mutating func giveSecond(_ group: Int32, _ second: Int64, isFinal: Bool, own: Int64? = nil) {
        let number = Int(group)
        let index = Int(second - groups[number].base)
        let turn = Turn(own: own, isFinal: isFinal, isBehind: groups[number].panes[index].isBehind, end: second + 1)
        if let own, !isAnyTold(own, groups[number].kind) { return }
        if groups[number].panes[index].isSocMinUncertain { findSocMin(group, second, index) }
        if own == nil { groups[number].panes[index].isDirty = false }
        groups[number].panes[index].revision += 1
        let pane = groups[number].panes[index]
        if settings.windows.contains(1), let final = finality(groups[number].kind.aggregateOperator, group, 1, turn) {
            let heard = pane.total.sums[Contribution.Sum.heard]
            var values = aggregate(group, second, size: 1, heard: heard)
            if !pane.detail.isEmpty { values.detail = detail(group, second, size: 1) }
            give(group, second, 1, pane.revision, final, .aggregate(values))
        }
        switch groups[number].kind {
        case .feeder:
            guard let final = finality(.readiness, group, 1, turn) else { break }
            var values = readiness(group, second, pane.total)
            if isSpreadDue(second) { values.spread = spread(of: group, second) }
            give(group, second, 1, pane.revision, final, .readiness(values))
        case .fleet:
            guard let final = finality(.fleetReadiness, group, 1, turn) else { break }
            var values = fleetReadiness(second)
            if isSpreadDue(second) { values.spread = spread(of: group, second) }
            give(group, second, 1, pane.revision, final, .readiness(values))
        case .site, .transformer: break
        }
        if isWithheld(groups[number].kind, turn) { groups[number].panes[index].isBehind = true }
    }

    /// - Parameter own: as for seconds.
    mutating func giveWindow(_ length: Int, _ group: Int32, _ start: Int64, isFinal: Bool, own: Int64? = nil) {
        let size = settings.windows[length]
        let number = Int(group)
        let kind = groups[number].kind
        if let own, !isAnyTold(own, kind) { return }
        var state = groups[number].windows[length][start] ?? WindowState()
        let turn = Turn(own: own, isFinal: isFinal, isBehind: state.isBehind, end: start + size)
        state.revision += 1
        if own == nil { state.isDirty = false }
        if isWithheld(kind, turn) { state.isBehind = true }
        groups[number].windows[length][start] = state
        guard let final = finality(kind.aggregateOperator, group, size, turn) else { return }
        let last = start + size - 1
        if groups[number].hasPane(last) {
            let index = Int(last - groups[number].base)
            if groups[number].panes[index].isSocMinUncertain { findSocMin(group, last, index) }
        }
        var values = aggregate(group, start, size: size, heard: state.heard)
        values.detail = detail(group, start, size: size)
        give(group, start, size, state.revision, final, .aggregate(values))
    }

    mutating func give(
        _ group: Int32, _ start: Int64, _ size: Int64, _ revision: Int32, _ isFinal: Bool,
        _ values: WindowResult.Values, name: String? = nil
    ) {
        counts.windowsEmitted += 1
        results.append(
            WindowResult(
                kind: groups[Int(group)].kind, name: name ?? groups[Int(group)].name, windowStart: start * .second,
                windowSeconds: size, revision: Int64(revision), isFinal: isFinal, values: values))
    }

    /// Finds the lowest SoC of a group at a second's end: among all EVSEs of a feeder or a site; a transformer and the
    /// fleet ask their feeders.
    private mutating func findSocMin(_ group: Int32, _ second: Int64, _ index: Int) {
        var lowest = Int64.max
        switch groups[Int(group)].kind {
        case .feeder, .site:
            for member in groups[Int(group)].members {
                for place in evses[Int(member)].places {
                    guard places[Int(place)].feeder == group || places[Int(place)].site == group else { continue }
                    let part = evses[Int(member)].contribution(from: second * .second, place: place, product)
                    lowest = min(lowest, part.socMin)
                }
            }
        case .transformer, .fleet:
            for feeder in groups.indices where groups[feeder].kind == .feeder && groups[feeder].hasPane(second) {
                let parent = groups[feeder].parent.value(before: (second + 1) * .second)
                guard group == Self.fleet || parent == group else { continue }
                let place = Int(second - groups[feeder].base)
                if groups[feeder].panes[place].isSocMinUncertain { findSocMin(Int32(feeder), second, place) }
                lowest = min(lowest, groups[feeder].panes[place].total.socMin)
            }
        }
        groups[Int(group)].panes[index].total.socMin = lowest
        groups[Int(group)].panes[index].isSocMinUncertain = false
    }

    /// What the feeders can give together: each within its own limits.
    private func fleetReadiness(_ second: Int64) -> FCRReadiness {
        var values = FCRReadiness()
        for feeder in groups.indices where groups[feeder].kind == .feeder && groups[feeder].hasPane(second) {
            let index = Int(second - groups[feeder].base)
            values.add(readiness(Int32(feeder), second, groups[feeder].panes[index].total))
        }
        return values
    }

    private func aggregate(_ group: Int32, _ start: Int64, size: Int64, heard: Int64) -> FeederAggregate {
        let state = groups[Int(group)]
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
        let limits = groups[Int(feeder)].limits.value(before: (second + 1) * .second)
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
        if let flow = thermalLimits(of: feeder, second) {
            let before = values.reserve
            values.reserve.up = max(0, min(before.up, net + flow.exportW * limits.exportShare))
            values.reserve.down = max(0, min(before.down, flow.importW * limits.importShare - net))
            values.lostTransformer = loss(before, values.reserve)
            values.dischargePotentialW = min(values.dischargePotentialW, flow.exportW * limits.exportShare)
        }
        let slow = direction(Contribution.Sum.tooSlowUp, Contribution.Sum.tooSlowDown)
        if slow.up > 0 || slow.down > 0 {
            let before = values.reserve
            values.reserve.up = min(before.up, max(0, held.up - slow.up))
            values.reserve.down = min(before.down, max(0, held.down - slow.down))
            values.lostResponse = loss(before, values.reserve)
        }
        return values
    }
}
