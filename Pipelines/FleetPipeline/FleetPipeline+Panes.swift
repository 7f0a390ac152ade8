import Telemetry

/// Readings into panes.
extension FleetPipeline {
    /// Learns a series: its EVSE, and the feeder that its tag names.
    mutating func addSeries(key: ArraySlice<UInt8>) {
        var name: String?
        var feeder = CanonicalNames.unknownFeeder
        for (tag, value) in SeriesKey.decode(key).tags where !value.isEmpty {
            if tag == CanonicalNames.evseTag { name = value }
            if tag == CanonicalNames.feederTag { feeder = value }
        }
        guard let name else {
            series.append(SeriesPlace(evse: -1, feeder: -1))
            return
        }
        let evse = evseNumber(name)
        // The tag of an EVSE that the topology has always known places nothing.
        let canBeUnknown = evses[Int(evse)].canBeUnknown
        let place = SeriesPlace(evse: evse, feeder: feederNumber(feeder))
        if canBeUnknown { addFeeder(place.feeder, to: evse) }
        series.append(place)
    }

    /// The number of an EVSE, which is made where it is not there yet: one that no topology knows.
    mutating func evseNumber(_ name: String) -> Int32 {
        if let number = evseNumbers[name] { return number }
        let number = Int32(evses.count)
        evses.append(EVSEState(name: name, assignment: Timeline(defaults)))
        evseNumbers[name] = number
        return number
    }

    /// The number of a feeder, which is made where it is not there yet.
    mutating func feederNumber(_ name: String) -> Int32 {
        if let number = feederNumbers[name] { return number }
        let number = Int32(feeders.count)
        feeders.append(FeederState(name: name, windowCount: settings.windows.count))
        feederNumbers[name] = number
        return number
    }

    /// Notes that an EVSE can hang on a feeder.
    mutating func addFeeder(_ feeder: Int32, to evse: Int32) {
        guard !evses[Int(evse)].feeders.contains(feeder) else { return }
        evses[Int(evse)].feeders.append(feeder)
        feeders[Int(feeder)].members.append(evse)
    }

    /// Takes a point that lies within the limits.
    mutating func take(_ point: EVSEPoint, of evse: Int32) {
        if point.isReading {
            counts.readings += 1
            watermark.applied(point.time)
            noteBegin(point, of: evse)
        }
        let second = point.time.wholeSecond
        let insertion: EVSEState.Insertion
        if let frontier, second < frontier {
            insertion = insertLate(point, of: evse, from: second, frontier: frontier)
        } else {
            insertion = insertCounting(point, of: evse)
        }
        if insertion != .new, point.isReading { counts.repeats += 1 }
    }

    /// Puts a point in and counts the EVSE as heard in the windows where it was not heard before.
    private mutating func insertCounting(_ point: EVSEPoint, of evse: Int32) -> EVSEState.Insertion {
        let number = Int(evse)
        forgetIfFull(number)
        if evses[number].feeders.count > 1, point.isReading { return insertRecounting(point, of: number) }
        let insertion = evses[number].insert(point)
        guard point.isReading, insertion == .new || insertion == .completed else { return insertion }
        let second = point.time.wholeSecond
        for (length, size) in settings.windows.enumerated() where size > 1 {
            let start = second.aligned(to: size)
            let feeder = evses[number].feeders[0]
            let isHeard =
                evses[number].hasReading(from: start * .second, before: point.time, feeder: feeder)
                || evses[number].hasReading(
                    from: point.time + 1, before: (start + size) * .second, feeder: feeder)
            if !isHeard { addHeard(1, length, feeder, start) }
        }
        return insertion
    }

    /// The same for an EVSE of several feeders: a reading that replaces one can move it from one to the other.
    private mutating func insertRecounting(_ point: EVSEPoint, of evse: Int) -> EVSEState.Insertion {
        let before = heardWindows(around: point, of: evse)
        let insertion = evses[evse].insert(point)
        guard insertion != .unchanged else { return insertion }
        for (old, new) in zip(before, heardWindows(around: point, of: evse)) where old.isHeard != new.isHeard {
            addHeard(new.isHeard ? 1 : -1, new.place.length, new.place.feeder, new.place.start)
        }
        return insertion
    }

    private func heardWindows(around point: EVSEPoint, of evse: Int) -> [(place: WindowPlace, isHeard: Bool)] {
        var found: [(WindowPlace, Bool)] = []
        for feeder in evses[evse].feeders {
            for (length, size) in settings.windows.enumerated() where size > 1 {
                let start = point.time.wholeSecond.aligned(to: size)
                let isHeard = evses[evse].hasReading(
                    from: start * .second, before: (start + size) * .second, feeder: feeder)
                found.append((WindowPlace(length: length, feeder: feeder, start: start), isHeard))
            }
        }
        return found
    }

    private mutating func addHeard(_ step: Int64, _ length: Int, _ feeder: Int32, _ start: Int64) {
        feeders[Int(feeder)].windows[length][start, default: WindowState()].heard += step
        markWindowDirty(length, feeder, start)
    }

    /// Puts a point in behind the frontier and corrects the seconds that it touches.
    private mutating func insertLate(
        _ point: EVSEPoint, of evse: Int32, from second: Int64, frontier: Int64
    ) -> EVSEState.Insertion {
        let number = Int(evse)
        if evses[number].holds(point) { return .unchanged }
        let reach = evses[number].reach(of: point, staleAfter: product.value(at: point.time).staleAfter)
        let end = min(frontier, reach.wholeSecond + 1)
        scratch.removeAll(keepingCapacity: true)
        for feeder in evses[number].feeders {
            for touched in second..<end {
                scratch.append(evses[number].contribution(from: touched * .second, feeder: feeder, product))
            }
        }
        let insertion = insertCounting(point, of: evse)
        var index = 0
        for feeder in evses[number].feeders {
            for touched in second..<end {
                let part = evses[number].contribution(from: touched * .second, feeder: feeder, product)
                if !part.equals(scratch[index]) { correct(feeder, touched, scratch[index], part, frontier) }
                index += 1
            }
            if let begin = feeders[Int(feeder)].begin { ensurePanes(feeder, begin.wholeSecond, frontier) }
        }
        return insertion
    }

    private mutating func correct(
        _ feeder: Int32, _ second: Int64, _ old: Contribution, _ new: Contribution, _ frontier: Int64
    ) {
        ensurePanes(feeder, second, frontier)
        let index = Int(second - feeders[Int(feeder)].base)
        feeders[Int(feeder)].panes[index].replace(old, with: new)
        markDirty(feeder, second)
    }

    /// Makes the panes from `second` on where a feeder began earlier than was known; they were not given yet.
    mutating func ensurePanes(_ feeder: Int32, _ second: Int64, _ frontier: Int64) {
        let number = Int(feeder)
        guard second < frontier, second >= finalFrontier else { return }
        if feeders[number].panes.isEmpty { feeders[number].base = frontier }
        let missing = feeders[number].base - second
        guard missing > 0 else { return }
        feeders[number].panes.insert(contentsOf: [Pane](repeating: Pane(), count: Int(missing)), at: 0)
        feeders[number].base = second
        for made in second..<(second + missing) { markDirty(feeder, made) }
    }

    /// Notes that a pane, and each given window that holds it, has to be given again.
    mutating func markDirty(_ feeder: Int32, _ second: Int64) {
        let number = Int(feeder)
        let index = Int(second - feeders[number].base)
        guard !feeders[number].panes[index].isDirty else { return }
        feeders[number].panes[index].isDirty = true
        dirtyPanes.append(PanePlace(feeder: feeder, second: second))
        for (length, size) in settings.windows.enumerated() where size > 1 {
            markWindowDirty(length, feeder, second.aligned(to: size))
        }
    }

    /// Whether the watermark has passed a window's end.
    func isDue(_ length: Int, _ start: Int64) -> Bool {
        guard let frontier else { return false }
        return start + settings.windows[length] <= frontier
    }

    /// Notes that a window of more than a second has to be given again, if it was due already.
    mutating func markWindowDirty(_ length: Int, _ feeder: Int32, _ start: Int64) {
        guard isDue(length, start) else { return }
        let isDirty = feeders[Int(feeder)].windows[length][start]?.isDirty ?? false
        guard !isDirty else { return }
        feeders[Int(feeder)].windows[length][start, default: WindowState()].isDirty = true
        dirtyWindows.append(WindowPlace(length: length, feeder: feeder, start: start))
    }

    /// Lets rows of the point's feeder begin with it, and those of a feeder that the EVSE moved to meanwhile.
    private mutating func noteBegin(_ point: EVSEPoint, of evse: Int32) {
        let number = Int(evse)
        if evses[number].feeders.count == 1 {
            feeders[Int(evses[number].feeders[0])].begins(at: point.time)
            return
        }
        feeders[Int(evses[number].feeder(of: point, at: point.time))].begins(at: point.time)
        let assignment = evses[number].assignment
        for change in assignment.changes(after: point.time, before: .max) {
            feeders[Int(evses[number].feeder(of: point, at: change))].begins(at: change)
        }
    }

    /// Makes room among an EVSE's points before the array grows.
    private mutating func forgetIfFull(_ evse: Int) {
        guard evses[evse].points.count == evses[evse].points.capacity, let value = watermark.value else { return }
        let longest = max(product.current.staleAfter, (settings.windows.max() ?? 1) * .second)
        evses[evse].forget(before: value.minus(settings.allowedLateness).minus(longest + .second))
    }
}
