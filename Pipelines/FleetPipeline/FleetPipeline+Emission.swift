/// Panes into results.
extension FleetPipeline {
    /// Gives all that the watermark asks for: first what is over for good, then what changed, then what is due newly.
    mutating func advance() {
        guard let value = watermark.value else { return }
        let due = value.wholeSecond
        let final = value.minus(settings.allowedLateness).wholeSecond
        if let frontier {
            updateThermals(to: frontier, dirtyOnly: true)
            giveFinalSeconds(to: min(final, frontier), final: final)
            giveFinalWindows(final: final)
            giveThermals(final: final)
            giveOwnFinals(final: final)
            giveChanged()
        }
        close(to: due, final: final)
        noteOwnFrontiers()
        if final > finalFrontier {
            finalFrontier = final
            forgetPanes(final: final)
        }
    }

    private mutating func giveFinalSeconds(to end: Int64, final: Int64) {
        guard finalFrontier < end else { return }
        let oldest = groups.reduce(Int64.max) { $1.panes.isEmpty ? $0 : min($0, $1.base) }
        for second in stride(from: max(finalFrontier, oldest), to: end, by: 1) {
            for group in groups.indices where groups[group].hasPane(second) {
                giveSecond(Int32(group), second, isFinal: true)
            }
            audit(second)
        }
    }

    private mutating func giveFinalWindows(final: Int64) {
        for (length, size) in settings.windows.enumerated() where size > 1 {
            guard finalFrontier == .min || final.aligned(to: size) > finalFrontier.aligned(to: size) else { continue }
            for group in groups.indices {
                let over = groups[group].windows[length].keys.filter { $0 + size <= final && isDue(length, $0) }
                for start in over.sorted() {
                    giveWindow(length, Int32(group), start, isFinal: true)
                    groups[group].windows[length][start] = nil
                }
            }
        }
    }

    private mutating func giveChanged() {
        let panes = dirtyPanes.sorted { ($0.second, $0.group) < ($1.second, $1.group) }
        dirtyPanes.removeAll(keepingCapacity: true)
        for place in panes {
            let number = Int(place.group)
            guard groups[number].hasPane(place.second) else { continue }
            let isDirty = groups[number].panes[Int(place.second - groups[number].base)].isDirty
            if isDirty { giveSecond(place.group, place.second, isFinal: false) }
        }
        let windows = dirtyWindows.sorted { ($0.start, $0.length, $0.group) < ($1.start, $1.length, $1.group) }
        dirtyWindows.removeAll(keepingCapacity: true)
        for place in windows {
            let isDirty = groups[Int(place.group)].windows[place.length][place.start]?.isDirty ?? false
            if isDirty { giveWindow(place.length, place.group, place.start, isFinal: false) }
        }
    }

    /// Closes the seconds up to `due`, one after the other, as if the watermark had passed them singly.
    mutating func close(to due: Int64, final: Int64) {
        guard var second = frontier ?? groups.compactMap({ $0.begin?.wholeSecond }).min() else { return }
        // What lies before the first second is known at its end.
        if frontier == nil, due > second { unsettleAll(from: second) }
        var quiet: Int64 = 0
        while second < due {
            if quiet >= settings.longestQuietS, let next = endOfGap(from: second, due: due) {
                counts.skippedSeconds += UInt64(next - second)
                for group in groups.indices {
                    groups[group].panes.removeAll()
                    groups[group].socCounts.removeAll()
                    for length in settings.windows.indices {
                        groups[group].windows[length] = groups[group].windows[length].filter { $0.key >= next }
                    }
                }
                skipThermals(to: next)
                unsettleAll(from: next)
                second = next
                quiet = 0
            }
            quiet = closeSecond(second) ? 0 : quiet + 1
            second += 1
            frontier = second
            giveClosed(second - 1, final: final)
            if second % ThermalHistory.minute == 0, !thermals.isEmpty {
                updateThermals(to: second, dirtyOnly: false)
                giveThermals(final: final)
                noteFrozenLoads(second - ThermalHistory.minute)
            }
            if second % 600 == 0 { forgetPanes(final: min(final, second)) }
        }
        frontier = max(frontier ?? second, second)
    }

    /// Adds up one second; answers whether anything was live in it.
    private mutating func closeSecond(_ second: Int64) -> Bool {
        let sums = closingSums(of: second)
        let totals = groupTotals(sums, of: second)
        let details = detailTotals(of: second)
        var isLive = false
        for number in groups.indices {
            guard let begin = groups[number].begin, begin.wholeSecond <= second else { continue }
            if groups[number].panes.isEmpty { groups[number].base = second }
            groups[number].panes.append(Pane(total: totals[number], details, number))
            let sums = totals[number].sums
            if sums[Contribution.Sum.live] | sums[Contribution.Sum.readings] != 0 { isLive = true }
        }
        if isWindowEnd(second) { countSoC(second) }
        return isLive
    }

    /// The sums of one second by group, from all EVSEs: for a second that was closed before.
    func totals(of second: Int64) -> [Contribution] {
        var byPlace = [Contribution](repeating: Contribution(), count: places.count)
        // Through a span an EVSE is lent, not copied: a copy would retain each of its arrays.
        let states = evses.span
        for number in states.indices where !states[number].points.isEmpty {
            for place in states[number].places {
                byPlace[Int(place)].add(states[number].contribution(from: second * .second, place: place, product))
            }
        }
        return groupTotals(byPlace, of: second)
    }

    /// The sums of places added up by group.
    private func groupTotals(_ byPlace: [Contribution], of second: Int64) -> [Contribution] {
        var totals = [Contribution](repeating: Contribution(), count: groups.count)
        for place in byPlace.indices {
            let line = lineage(Int32(place), before: (second + 1) * .second)
            for slot in line.indices where line[slot] >= 0 { totals[Int(line[slot])].add(byPlace[place]) }
        }
        return totals
    }

    private mutating func giveClosed(_ second: Int64, final: Int64) {
        for group in groups.indices where groups[group].hasPane(second) {
            giveSecond(Int32(group), second, isFinal: second < final)
        }
        if second < final { audit(second) }
        for (length, size) in settings.windows.enumerated()
        where size > 1 && (second + 1).aligned(to: size) == second + 1 {
            let start = second + 1 - size
            for group in groups.indices where groups[group].hasPane(second) {
                let isFinal = second < final
                giveWindow(length, Int32(group), start, isFinal: isFinal)
                if isFinal { groups[group].windows[length][start] = nil }
            }
        }
    }

    /// Where a gap without any live value ends, if it is long enough to skip the rest: at a time from which on no given
    /// window can still change, aligned as all windows are.
    private func endOfGap(from second: Int64, due: Int64) -> Int64? {
        let lengths = settings.windows.reduce(ThermalHistory.minute) { $0 * ($1 / greatestCommonDivisor($0, $1)) }
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
        let oldest = settings.windows.reduce(final.aligned(to: ThermalHistory.minute)) {
            min($0, final.aligned(to: $1))
        }
        for group in groups.indices {
            // A few panes are kept beyond their time: taking them out one by one would move the rest each second.
            if oldest - groups[group].base >= 32 { groups[group].forget(before: oldest) }
            if !groups[group].socCounts.isEmpty {
                groups[group].socCounts = groups[group].socCounts.filter { $0.key >= oldest }
            }
            groups[group].limits.forget(before: oldest * .second)
            groups[group].expected.forget(before: oldest * .second)
        }
        product.forget(before: (oldest - 86_400) * .second)
    }
}
