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
        guard let frontier else { return }
        let second = from.wholeSecond
        if second < frontier { rebuild(from: second, to: frontier) }
        recountHeard(from: from)
    }

    /// Takes a topology over into the timelines.
    mutating func adopt(_ topology: Topology, from time: Int64) {
        product.set(ProductSettings(topology.fcr), from: time)
        defaults = Assignment(feeder: -1, limits: ReserveLimits(topology.defaults))
        for index in feeders.indices { feeders[index].isInTopology = false }
        // In order of their names, so that numbers do not depend on a dictionary's order.
        for name in topology.feeders.keys.sorted() { feeders[Int(feederNumber(name))].isInTopology = true }
        for index in feeders.indices {
            let limits = topology.feeders[feeders[index].name].map {
                FeederLimits(importW: $0.importLimitW, exportW: $0.exportLimitW)
            }
            feeders[index].limits.set(limits ?? FeederLimits(), from: time)
        }
        for name in topology.evses.keys.sorted() {
            guard let evse = topology.evses[name] else { continue }
            let feeder = feederNumber(evse.feeder)
            assign(evseNumber(name), Assignment(feeder: feeder, limits: ReserveLimits(evse)), from: time)
        }
        for number in evses.indices where topology.evses[evses[number].name] == nil {
            assign(Int32(number), defaults, from: time)
        }
        addTagFeeders()
        var expected = [Int64](repeating: 0, count: feeders.count)
        for evse in evses where evse.assignment.current.feeder >= 0 {
            expected[Int(evse.assignment.current.feeder)] += 1
        }
        for index in feeders.indices { feeders[index].expected.set(expected[index], from: time) }
    }

    private mutating func assign(_ evse: Int32, _ assignment: Assignment, from time: Int64) {
        let number = Int(evse)
        evses[number].assignment.set(assignment, from: time)
        if assignment.feeder >= 0 { addFeeder(assignment.feeder, to: evse) }
        // What it said before holds from the change on where it hangs now; what it said since begins by itself.
        for point in evses[number].points where point.isReading {
            let feeder = assignment.feeder >= 0 ? assignment.feeder : point.feeder
            let isLastBefore = !evses[number].hasReading(from: point.time + 1, before: time)
            if point.time >= time || isLastBefore { feeders[Int(feeder)].begins(at: max(time, point.time)) }
        }
    }

    /// An EVSE that the topology has dropped, or did not always know, counts where its points' tags say.
    private mutating func addTagFeeders() {
        for place in series where place.evse >= 0 && evses[Int(place.evse)].canBeUnknown {
            addFeeder(place.feeder, to: place.evse)
        }
    }

    /// Adds the seconds of a range up anew; all of them are given again.
    private mutating func rebuild(from start: Int64, to frontier: Int64) {
        for feeder in feeders.indices {
            guard let begin = feeders[feeder].begin else { continue }
            ensurePanes(Int32(feeder), max(begin.wholeSecond, start), frontier)
            for second in max(start, feeders[feeder].base)..<frontier where feeders[feeder].hasPane(second) {
                let index = Int(second - feeders[feeder].base)
                feeders[feeder].panes[index].total = Contribution()
                feeders[feeder].panes[index].isSocMinUncertain = false
                for member in Set(feeders[feeder].members).sorted() {
                    let part = evses[Int(member)].contribution(
                        from: second * .second, feeder: Int32(feeder), product)
                    feeders[feeder].panes[index].total.add(part)
                }
                markDirty(Int32(feeder), second)
            }
        }
    }

    /// Counts anew which EVSEs were heard in the windows that end after `time`: readings may lie ahead of a reload.
    private mutating func recountHeard(from time: Int64) {
        for (length, size) in settings.windows.enumerated() where size > 1 {
            for feeder in feeders.indices {
                let starts = feeders[feeder].windows[length].keys.filter { ($0 + size) * .second > time }
                for start in starts { feeders[feeder].windows[length][start]?.heard = 0 }
            }
            for evse in evses {
                var counted: Set<[Int64]> = []
                for point in evse.points where point.isReading {
                    let start = point.time.wholeSecond.aligned(to: size)
                    guard (start + size) * .second > time else { continue }
                    let feeder = evse.feeder(of: point, at: point.time)
                    guard counted.insert([Int64(feeder), start]).inserted else { continue }
                    feeders[Int(feeder)].windows[length][start, default: WindowState()].heard += 1
                }
            }
        }
    }
}
