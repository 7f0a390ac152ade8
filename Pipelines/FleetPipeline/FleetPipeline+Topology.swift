package import Telemetry

/// Topologies, which change at known times.
extension FleetPipeline {
    /// Lets `topology` hold from `time` on, as a timed record of the log says; an EVSE that moves ends its hold on the
    /// old feeder then and begins it on the new one.
    ///
    /// A time before what can still change, or before an earlier reload, counts as the earliest that can. Windows that
    /// were given for later times are given again at the end of the batch.
    package mutating func reload(_ topology: Topology, at time: Int64) {
        var from = max(time, lastReload)
        if frontier != nil { from = max(from, finalFrontier * .second) }
        lastReload = from
        adopt(topology, from: from)
        unsettleAll(from: frontier)
        guard let frontier else { return }
        let second = from.wholeSecond
        if second < frontier { rebuild(from: second, to: frontier) }
        recountHeard(from: from)
    }

    /// Takes a topology over into the timelines.
    mutating func adopt(_ topology: Topology, from time: Int64) {
        product.set(ProductSettings(topology.fcr), from: time)
        defaults = Assignment(place: -1, limits: ReserveLimits(topology.defaults))
        adoptGroups(topology, from: time)
        for name in topology.evses.keys.sorted() {
            guard let evse = topology.evses[name] else { continue }
            let place = placeNumber(feeder: evse.feeder, site: evse.site)
            assign(evseNumber(name), Assignment(place: place, limits: ReserveLimits(evse)), from: time)
        }
        for number in evses.indices where topology.evses[evses[number].name] == nil {
            assign(Int32(number), defaults, from: time)
        }
        addTagPlaces()
        var expected = [Int64](repeating: 0, count: groups.count)
        for evse in evses where evse.assignment.current.place >= 0 {
            let line = lineage(evse.assignment.current.place, before: .max)
            for slot in line.indices where line[slot] >= 0 { expected[Int(line[slot])] += 1 }
        }
        for index in groups.indices { groups[index].expected.set(expected[index], from: time) }
    }

    /// Takes over what a topology says of feeders, sites and transformers, in the order of their names, so that numbers
    /// do not depend on a dictionary's order.
    private mutating func adoptGroups(_ topology: Topology, from time: Int64) {
        for index in groups.indices { groups[index].isInTopology = false }
        for name in topology.transformers.keys.sorted() {
            groups[Int(groupNumber(.transformer, name))].isInTopology = true
        }
        adoptThermals(topology, from: time)
        for name in topology.feeders.keys.sorted() { groups[Int(groupNumber(.feeder, name))].isInTopology = true }
        for name in topology.sites.keys.sorted() { groups[Int(groupNumber(.site, name))].isInTopology = true }
        for index in groups.indices where groups[index].kind == .feeder {
            let feeder = topology.feeders[groups[index].name]
            groups[index].limits.set(topology.limits(of: groups[index].name), from: time)
            let transformer = feeder?.transformer.map { groupNumber(.transformer, $0) } ?? -1
            groups[index].parent.set(transformer, from: time)
            // What the feeder held before flows through its new transformer from the change on.
            if transformer >= 0, let begin = groups[index].begin {
                groups[Int(transformer)].begins(at: max(time, begin))
            }
        }
        for index in groups.indices where groups[index].kind == .site {
            let feeder = topology.sites[groups[index].name].map { groupNumber(.feeder, $0) } ?? -1
            groups[index].parent.set(feeder, from: time)
        }
    }

    private mutating func assign(_ evse: Int32, _ assignment: Assignment, from time: Int64) {
        let number = Int(evse)
        evses[number].assignment.set(assignment, from: time)
        if assignment.place >= 0 { addPlace(assignment.place, to: evse) }
        // What it said before holds from the change on where it hangs now; what it said since begins by itself.
        for point in evses[number].points where point.isReading {
            let place = assignment.place >= 0 ? assignment.place : point.place
            let isLastBefore = !evses[number].hasReading(from: point.time + 1, before: time)
            if point.time >= time || isLastBefore { begin(place, at: max(time, point.time)) }
        }
    }

    /// An EVSE that the topology has dropped, or did not always know, counts where its points' tags say.
    private mutating func addTagPlaces() {
        for place in series where place.evse >= 0 && evses[Int(place.evse)].canBeUnknown {
            addPlace(place.place, to: place.evse)
        }
    }

    /// Adds the seconds of a range up anew; all of them are given again.
    private mutating func rebuild(from start: Int64, to frontier: Int64) {
        for group in groups.indices {
            guard let begin = groups[group].begin else { continue }
            ensurePanes(Int32(group), max(begin.wholeSecond, start), frontier)
        }
        let oldest = groups.reduce(frontier) { $1.panes.isEmpty ? $0 : min($0, $1.base) }
        for second in max(start, oldest)..<frontier {
            let totals = totals(of: second)
            let details = detailTotals(of: second)
            for group in groups.indices where groups[group].hasPane(second) {
                let index = Int(second - groups[group].base)
                groups[group].panes[index].total = totals[group]
                groups[group].panes[index].isSocMinUncertain = false
                groups[group].panes[index].detail = details.isEmpty ? [] : [details[group]]
                markDirty(Int32(group), second)
            }
            if isWindowEnd(second) { countSoC(second) }
        }
    }

    /// Counts anew which EVSEs were heard in the windows that end after `time`: readings may lie ahead of a reload.
    private mutating func recountHeard(from time: Int64) {
        for (length, size) in settings.windows.enumerated() where size > 1 {
            for group in groups.indices {
                let starts = groups[group].windows[length].keys.filter { ($0 + size) * .second > time }
                for start in starts { groups[group].windows[length][start]?.heard = 0 }
            }
            for evse in evses {
                var counted: Set<[Int64]> = []
                for point in evse.points where point.isReading {
                    let start = point.time.wholeSecond.aligned(to: size)
                    guard (start + size) * .second > time else { continue }
                    let line = lineage(evse.place(of: point, at: point.time), before: (start + size) * .second)
                    for slot in line.indices where line[slot] >= 0 {
                        guard counted.insert([Int64(line[slot]), start]).inserted else { continue }
                        groups[Int(line[slot])].windows[length][start, default: WindowState()].heard += 1
                    }
                }
            }
        }
    }
}

extension Topology {
    /// A feeder's limits, and its shares of its transformer's.
    fileprivate func limits(of name: String) -> FeederLimits {
        guard let feeder = feeders[name] else { return FeederLimits() }
        var limits = FeederLimits(importW: feeder.importLimitW, exportW: feeder.exportLimitW)
        guard let transformer = feeder.transformer else { return limits }
        let neighbours = feeders.values.filter { $0.transformer == transformer }
        let equal = 1 / Double(max(1, neighbours.count))
        let imported = neighbours.map(\.importLimitW).sorted().reduce(0, +)
        let exported = neighbours.map(\.exportLimitW).sorted().reduce(0, +)
        limits.importShare = imported > 0 && imported.isFinite ? feeder.importLimitW / imported : equal
        limits.exportShare = exported > 0 && exported.isFinite ? feeder.exportLimitW / exported : equal
        return limits
    }
}
