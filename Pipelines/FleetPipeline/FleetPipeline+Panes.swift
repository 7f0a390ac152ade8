import Telemetry

/// Readings into panes.
extension FleetPipeline {
    /// Learns a series: its EVSE, and the place that its tags name.
    mutating func addSeries(key: ArraySlice<UInt8>) {
        var name: String?
        var feeder = CanonicalNames.unknownFeeder
        var site: String?
        for (tag, value) in SeriesKey.decode(key).tags where !value.isEmpty {
            if tag == CanonicalNames.evseTag { name = value }
            if tag == CanonicalNames.feederTag { feeder = value }
            if tag == CanonicalNames.siteTag { site = value }
        }
        guard let name else {
            series.append(SeriesPlace(evse: -1, place: -1))
            return
        }
        let evse = evseNumber(name)
        // The tag of an EVSE that the topology has always known places nothing.
        let canBeUnknown = evses[Int(evse)].canBeUnknown
        let place = SeriesPlace(evse: evse, place: placeNumber(feeder: feeder, site: site))
        if canBeUnknown { addPlace(place.place, to: evse) }
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
            if insertion != .unchanged { visit(evse, in: second) }
        }
        if insertion != .new, point.isReading { counts.repeats += 1 }
    }

    /// Puts a point in and counts the EVSE as heard in the windows where it was not heard before.
    private mutating func insertCounting(_ point: EVSEPoint, of evse: Int32) -> EVSEState.Insertion {
        let number = Int(evse)
        forgetIfFull(number)
        if evses[number].places.count > 1, point.isReading { return insertRecounting(point, of: number) }
        let insertion = evses[number].insert(point)
        guard point.isReading, insertion == .new || insertion == .completed else { return insertion }
        let second = point.time.wholeSecond
        for (length, size) in settings.windows.enumerated() where size > 1 {
            let start = second.aligned(to: size)
            let isHeard =
                evses[number].hasReading(from: start * .second, before: point.time)
                || evses[number].hasReading(from: point.time + 1, before: (start + size) * .second)
            if isHeard { continue }
            let line = lineage(evses[number].places[0], before: (start + size) * .second)
            for slot in line.indices where line[slot] >= 0 { addHeard(1, length, line[slot], start) }
        }
        return insertion
    }

    /// The same for an EVSE of several places: a reading that replaces one can move it from one to the other.
    private mutating func insertRecounting(_ point: EVSEPoint, of evse: Int) -> EVSEState.Insertion {
        let before = heardWindows(around: point, of: evse)
        let insertion = evses[evse].insert(point)
        guard insertion != .unchanged else { return insertion }
        let after = heardWindows(around: point, of: evse)
        for place in before.subtracting(after) { addHeard(-1, place.length, place.group, place.start) }
        for place in after.subtracting(before) { addHeard(1, place.length, place.group, place.start) }
        return insertion
    }

    /// In which windows around a point its EVSE is heard, by group: in the fleet once, wherever it hung.
    private func heardWindows(around point: EVSEPoint, of evse: Int) -> Set<WindowPlace> {
        var found: Set<WindowPlace> = []
        for place in evses[evse].places {
            for (length, size) in settings.windows.enumerated() where size > 1 {
                let start = point.time.wholeSecond.aligned(to: size)
                let end = (start + size) * .second
                guard evses[evse].hasReading(from: start * .second, before: end, place: place) else { continue }
                let line = lineage(place, before: end)
                for slot in line.indices where line[slot] >= 0 {
                    found.insert(WindowPlace(length: length, group: line[slot], start: start))
                }
            }
        }
        return found
    }

    private mutating func addHeard(_ step: Int64, _ length: Int, _ group: Int32, _ start: Int64) {
        groups[Int(group)].windows[length][start, default: WindowState()].heard += step
        markWindowDirty(length, group, start)
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
        for place in evses[number].places {
            for touched in second..<end {
                scratch.append(evses[number].contribution(from: touched * .second, place: place, product))
            }
        }
        unsettle(evse)
        let insertion = insertCounting(point, of: evse)
        if evses[number].settledSecond == .min { settle(evse, after: frontier - 1) }
        var index = 0
        for place in evses[number].places {
            for touched in second..<end {
                let part = evses[number].contribution(from: touched * .second, place: place, product)
                // It may have been live all the time and yet not heard lately enough for the percentiles.
                if !part.equals(scratch[index]) || (point.isReading && isSpreadDue(touched)) {
                    correct(place, touched, scratch[index], part, frontier)
                }
                index += 1
            }
            let line = lineage(place, before: .max)
            for slot in line.indices where line[slot] >= 0 {
                if let begin = groups[Int(line[slot])].begin { ensurePanes(line[slot], begin.wholeSecond, frontier) }
            }
        }
        return insertion
    }

    private mutating func correct(
        _ place: Int32, _ second: Int64, _ old: Contribution, _ new: Contribution, _ frontier: Int64
    ) {
        let line = lineage(place, before: (second + 1) * .second)
        if old.socMin != new.socMin, isWindowEnd(second) {
            if old.socMin != .max { addSoC(-1, old.socMin, place, second) }
            if new.socMin != .max { addSoC(1, new.socMin, place, second) }
        }
        for slot in line.indices where line[slot] >= 0 {
            let group = line[slot]
            ensurePanes(group, second, frontier)
            let index = Int(second - groups[Int(group)].base)
            groups[Int(group)].panes[index].replace(old, with: new)
            markDirty(group, second)
        }
    }

    /// Makes the panes from `second` on where a group began earlier than was known; they were not given yet.
    mutating func ensurePanes(_ group: Int32, _ second: Int64, _ frontier: Int64) {
        let number = Int(group)
        guard second < frontier, second >= finalFrontier else { return }
        if groups[number].panes.isEmpty { groups[number].base = frontier }
        let missing = groups[number].base - second
        guard missing > 0 else { return }
        groups[number].panes.insert(contentsOf: [Pane](repeating: Pane(), count: Int(missing)), at: 0)
        groups[number].base = second
        for made in second..<(second + missing) {
            // Who said nothing but a status did so before the group had its first reading.
            let details = detailTotals(of: made)
            if !details.isEmpty { groups[number].panes[Int(made - second)].detail = [details[number]] }
            markDirty(group, made)
        }
    }

    /// Notes that a pane, and each given window that holds it, has to be given again.
    mutating func markDirty(_ group: Int32, _ second: Int64) {
        let number = Int(group)
        let index = Int(second - groups[number].base)
        guard !groups[number].panes[index].isDirty else { return }
        groups[number].panes[index].isDirty = true
        dirtyPanes.append(PanePlace(group: group, second: second))
        if groups[number].kind == .transformer, let thermal = thermalNumbers[group] {
            thermals[thermal].isDirty = true
        }
        for (length, size) in settings.windows.enumerated() where size > 1 {
            markWindowDirty(length, group, second.aligned(to: size))
        }
    }

    /// Whether the watermark has passed a window's end.
    func isDue(_ length: Int, _ start: Int64) -> Bool {
        guard let frontier else { return false }
        return start + settings.windows[length] <= frontier
    }

    /// Notes that a window of more than a second has to be given again, if it was due already.
    mutating func markWindowDirty(_ length: Int, _ group: Int32, _ start: Int64) {
        guard isDue(length, start) else { return }
        let isDirty = groups[Int(group)].windows[length][start]?.isDirty ?? false
        guard !isDirty else { return }
        groups[Int(group)].windows[length][start, default: WindowState()].isDirty = true
        dirtyWindows.append(WindowPlace(length: length, group: group, start: start))
    }

    /// Lets rows of the point's groups begin with it, and those of a place that the EVSE moved to meanwhile.
    private mutating func noteBegin(_ point: EVSEPoint, of evse: Int32) {
        let number = Int(evse)
        if evses[number].places.count == 1 {
            begin(evses[number].places[0], at: point.time)
            return
        }
        begin(evses[number].place(of: point, at: point.time), at: point.time)
        let assignment = evses[number].assignment
        for change in assignment.changes(after: point.time, before: .max) {
            begin(evses[number].place(of: point, at: change), at: change)
        }
    }

    /// Makes room among an EVSE's points before the array grows.
    ///
    /// What can still change is what ends behind the allowed lateness; the hold or SoC that reaches into it is at most
    /// `staleAfter` older. Whether the EVSE was heard in a window that began long before needs no more: `forget` keeps the
    /// last reading before the horizon, and if any that it drops lies in the window, so does that one. Where an EVSE has
    /// several places each of them asks so for itself, and what lies in the longest window is kept.
    private mutating func forgetIfFull(_ evse: Int) {
        guard evses[evse].points.count == evses[evse].points.capacity, let value = watermark.value else { return }
        let changing = value.minus(settings.allowedLateness)
        let longest = max(product.current.staleAfter, (settings.windows.max() ?? 1) * .second)
        let windowHorizon = changing.minus(longest + .second)
        var horizon = windowHorizon
        if evses[evse].places.count <= 1 {
            // The last second that was given finally began up to a second before `changing`; a second to spare.
            horizon = changing.minus(longestHold + 2 * .second)
        }
        evses[evse].forget(before: horizon, assignmentsBefore: min(horizon, windowHorizon))
        // An array that doubles would keep up to twice the room that the readings of its horizon take.
        if evses[evse].points.count == evses[evse].points.capacity {
            evses[evse].points.reserveCapacity(evses[evse].points.count + EVSEState.pointStep)
        }
    }

    /// The longest that any reading holds under a product that still counts.
    private var longestHold: Int64 {
        product.past.reduce(product.current.staleAfter) { max($0, $1.value.staleAfter) }
    }
}
