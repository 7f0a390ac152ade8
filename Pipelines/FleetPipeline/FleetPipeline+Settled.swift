/// What each second has in common with the one before it.
///
/// Most EVSEs say nothing in most seconds: their power is held, and they add to each second the same. Those are settled:
/// what they add is in the sum of their place once, and a second that closes looks only at the EVSEs that are in its
/// list of visits, because a point of theirs lies in it, a hold or an SoC ends in it, or they cannot be settled (a
/// departure changes their reserve each second, or they moved). So a second costs by its readings, not by the fleet.
///
/// All of this follows from the points and the timelines. A checkpoint has none of it, and what changes everything, such
/// as a reload, starts from nobody settled.
extension FleetPipeline {
    /// Puts an EVSE into the visits of a second.
    @inline(__always)
    mutating func visit(_ evse: Int32, in second: Int64) {
        visits.add(evse, in: second)
    }

    /// Nobody is settled from `second` on: all are looked at in it, or in the seconds of their points.
    ///
    /// - Parameter second: nil before the first second was closed.
    mutating func unsettleAll(from second: Int64?) {
        settled = [SettledSum](repeating: SettledSum(), count: places.count)
        placeBegins = [Int64](repeating: .max, count: places.count)
        visits = VisitQueue()
        for number in evses.indices {
            evses[number].settledSecond = .min
            evses[number].visitedSecond = .min
            evses[number].wakeSecond = .max
            guard !evses[number].points.isEmpty else { continue }
            if let second { visit(Int32(number), in: second) }
            for point in evses[number].points where point.time.wholeSecond > second ?? .min {
                visit(Int32(number), in: point.time.wholeSecond)
            }
        }
    }

    /// Takes an EVSE out of the sum of its place; it is looked at in the next second that closes.
    mutating func unsettle(_ evse: Int32) {
        let number = Int(evse)
        guard evses[number].settledSecond != .min else { return }
        takeOut(number)
        if let frontier { visit(evse, in: frontier) }
    }

    /// - Returns: what it added to each second.
    @discardableResult
    private mutating func takeOut(_ number: Int) -> Contribution {
        let part = settledPart(of: number)
        settled[Int(evses[number].places[0])].subtract(part)
        evses[number].settledSecond = .min
        return part
    }

    /// Settles an EVSE whose points before the end of `second` are known, or has it looked at in the next one too.
    mutating func settle(_ evse: Int32, after second: Int64) {
        var part = Contribution()
        settle(evse, after: second, &part, isExact: false)
    }

    /// - Parameter part: what it added to `second`, if `isExact`. What is known at the end of a second is nearly always what
    ///   is known at the end of the next one, and need not be computed again then.
    private mutating func settle(
        _ evse: Int32, after second: Int64, _ part: inout Contribution, isExact: Bool
    ) {
        let number = Int(evse)
        guard let wake = wake(of: number, after: second) else {
            visit(evse, in: second + 1)
            return
        }
        evses[number].settledSecond = second
        makeSettledSums()
        let place = Int(evses[number].places[0])
        if isExact, staysKnown(number, after: second, hasSoC: part.sums[Contribution.Sum.socCount] != 0) {
            part.holdOn()
            settled[place].add(part)
        } else {
            settled[place].add(settledPart(of: number))
        }
        if wake < evses[number].wakeSecond {
            evses[number].wakeSecond = wake
            visit(evse, in: wake)
        }
    }

    // Through a span of its own an EVSE is lent, not copied: a copy would retain each of its arrays. They are inlined, since a
    // call of a method that changes nothing copies the whole pipeline's fields.

    @inline(__always)
    private func settledPart(of number: Int) -> Contribution {
        var part = Contribution()
        let states = evses.span
        states[number].contributeSettled(product, to: &part)
        return part
    }

    @inline(__always)
    private func staysKnown(_ number: Int, after second: Int64, hasSoC: Bool) -> Bool {
        let states = evses.span
        return states[number].staysKnown(after: second, product, hasSoC: hasSoC)
    }

    @inline(__always)
    private func hasPoint(_ number: Int, from start: Int64, before end: Int64) -> Bool {
        let states = evses.span
        return states[number].index(from: start) != states[number].index(from: end)
    }

    @inline(__always)
    private func wake(of number: Int, after second: Int64) -> Int64? {
        let states = evses.span
        return states[number].wake(after: second, product)
    }

    @inline(__always)
    private func exactPart(of number: Int, in second: Int64) -> Contribution {
        var part = Contribution()
        let states = evses.span
        states[number].contribute(from: second * .second, place: states[number].places[0], product, to: &part)
        return part
    }

    /// Adds what an EVSE adds to a second to the sums of its places.
    @inline(__always)
    private func add(_ number: Int, in second: Int64, to byPlace: inout [Contribution]) {
        let states = evses.span
        for place in states[number].places {
            states[number].contribute(from: second * .second, place: place, product, to: &byPlace[Int(place)])
        }
    }

    /// How many EVSEs are touched at a time: what they keep, some kilobyte each, fits into the second cache.
    static var touchCount: Int { 256 }

    /// Reads a word of what each of some EVSEs keeps, so that the lines of cache come side by side and not one after the
    /// other when they are worked on right behind.
    mutating func touch(_ numbers: ArraySlice<Int32>) {
        let sum = Self.sum(of: evses.span, numbers)
        touched &+= sum
    }

    private static func sum(of states: Span<EVSEState>, _ numbers: ArraySlice<Int32>) -> Int64 {
        var sum: Int64 = 0
        for number in numbers {
            sum &+= states[Int(number)].wakeSecond
            let points = states[Int(number)].points.span
            if !points.isEmpty { sum &+= points[points.count - 1].time }
        }
        return sum
    }

    private mutating func makeSettledSums() {
        while settled.count < places.count { settled.append(SettledSum()) }
    }

    /// The sums of a second that closes, by place.
    ///
    /// Who is visited adds what it adds to this second, less what it was settled with. The lowest SoC is that of the
    /// visited ones and of all that are settled afterwards: who has an SoC in the next second has it at the end of this.
    mutating func closingSums(of second: Int64) -> [Contribution] {
        makeSettledSums()
        var byPlace = settled.map { $0.total }
        for place in byPlace.indices { byPlace[place].socMin = .max }
        let visited = visits.take(second)
        for (place, evse) in visited.enumerated() {
            let number = Int(evse)
            if place % Self.touchCount == 0 { touch(visited[place..<min(place + Self.touchCount, visited.count)]) }
            guard evses[number].visitedSecond != second else { continue }
            evses[number].visitedSecond = second
            if evses[number].wakeSecond <= second { evses[number].wakeSecond = .max }
            if evses[number].settledSecond != .min {
                if staysSettled(evse, through: second) { continue }
                byPlace[Int(evses[number].places[0])].subtract(takeOut(number))
            }
            guard evses[number].places.count == 1 else {
                add(number, in: second, to: &byPlace)
                settle(evse, after: second)
                continue
            }
            var exact = exactPart(of: number, in: second)
            byPlace[Int(evses[number].places[0])].add(exact)
            settle(evse, after: second, &exact, isExact: true)
        }
        visits.recycle(visited, of: second)
        for place in places.indices {
            if settled[place].isLowUncertain { findLow(place) }
            byPlace[place].socMin = min(byPlace[place].socMin, settled[place].total.socMin)
        }
        return byPlace
    }

    /// Whether an EVSE that was woken has nothing to say in `second` after all, since a reading came after the wake was
    /// set; then it waits for the next one.
    private mutating func staysSettled(_ evse: Int32, through second: Int64) -> Bool {
        let number = Int(evse)
        let known = (evses[number].settledSecond + 1) * .second
        guard !hasPoint(number, from: known, before: (second + 1) * .second),
            let wake = wake(of: number, after: evses[number].settledSecond), wake > second
        else { return false }
        if wake < evses[number].wakeSecond {
            evses[number].wakeSecond = wake
            visit(evse, in: wake)
        }
        return true
    }

    private mutating func findLow(_ place: Int) {
        var low = Int64.max
        if settled[place].total.sums[Contribution.Sum.socCount] > 0 {
            for member in groups[Int(places[place].feeder)].members {
                let state = Int(member)
                guard evses[state].settledSecond != .min, evses[state].places[0] == Int32(place) else { continue }
                low = min(low, settledPart(of: state).socMin)
            }
        }
        settled[place].total.socMin = low
        settled[place].isLowUncertain = false
    }
}

/// What the settled EVSEs of a place add to each second.
struct SettledSum: Sendable {
    /// The sums; its `socMin` is the lowest, or lower where that is uncertain.
    var total = Contribution()
    /// Set when the EVSE with the lowest SoC went.
    var isLowUncertain = false

    @inline(__always)
    mutating func add(_ part: borrowing Contribution) {
        total.add(part)
        if part.socMin <= total.socMin { isLowUncertain = false }
    }

    @inline(__always)
    mutating func subtract(_ part: borrowing Contribution) {
        total.subtract(part)
        if part.socMin != .max, part.socMin <= total.socMin { isLowUncertain = true }
    }
}

extension EVSEState {
    /// The second in which what it adds changes next, if it adds the same to each one after `second` until then and no
    /// further point comes; nil where that cannot be said.
    func wake(after second: Int64, _ product: borrowing Timeline<ProductSettings>) -> Int64? {
        let end = (second + 1) * .second
        guard places.count == 1, assignment.past.isEmpty || assignment.since <= end,
            assignment.current.limits.departure == nil
        else { return nil }
        let (last, soc) = known(before: end)
        guard last >= 0 else { return .max }
        let points = points.span
        let isSame =
            product.past.isEmpty
            || (product.since <= points[last].time && (soc < 0 || product.since <= points[soc].time))
        guard isSame else { return nil }
        let staleAfter = product.current.staleAfter
        let lives = points[last].time.plus(staleAfter)
        if lives >= end.plus(.second) {
            let isKnown = soc >= 0 && points[soc].time.plus(staleAfter) >= end.plus(.second)
            return (isKnown ? min(lives, points[soc].time.plus(staleAfter)) : lives).wholeSecond
        }
        guard lives <= end else { return nil }
        guard assignment.current.place < 0 else { return .max }
        let forgotten = points[last].time.plus(Self.unknownExpectedFor).wholeSecond - 1
        return forgotten > second ? forgotten : forgotten + 1 >= second ? nil : .max
    }

    /// Whether all that is known at the end of `second` is known alike at the end of the next one; false where that is not
    /// plain to see.
    @inline(__always)
    func staysKnown(after second: Int64, _ product: borrowing Timeline<ProductSettings>, hasSoC: Bool) -> Bool {
        guard assignment.past.isEmpty, product.past.isEmpty, assignment.current.place >= 0 else { return false }
        let end = (second + 1) * .second
        let (last, soc) = known(before: end)
        guard last >= 0 else { return false }
        let points = points.span
        let oldest = end.plus(.second).minus(product.current.staleAfter)
        return points[last].time >= oldest && hasSoC == (soc >= 0 && points[soc].time >= oldest)
    }

    /// Adds what it adds to each second after `settledSecond` to a sum.
    @inline(__always)
    func contributeSettled(_ product: borrowing Timeline<ProductSettings>, to part: inout Contribution) {
        let start = (settledSecond + 1) * .second
        let (last, soc) = known(before: start)
        guard last >= 0 else { return }
        let points = points.span
        let end = start + .second
        let staleAfter = product.current.staleAfter
        if end.minus(points[last].time) <= staleAfter { addPiece(points[last].power, .second, &part) }
        let isFresh = soc >= 0 && end.minus(points[soc].time) <= staleAfter
        addEnd(of: points[last], soc: isFresh ? points[soc].soc : .nan, at: end, nil, product, &part)
    }

    /// The places of the last reading and the last SoC before a time; -1 where there is none.
    @inline(__always)
    private func known(before time: Int64) -> (reading: Int, soc: Int) {
        let points = points.span
        var index = index(from: time)
        var (reading, soc) = (-1, -1)
        // An SoC that is older than the last reading may still be fresh.
        while index > 0, reading < 0 || soc < 0 {
            index -= 1
            if soc < 0, !points[index].soc.isNaN { soc = index }
            if reading < 0, points[index].isReading { reading = index }
        }
        return (reading, soc)
    }
}

extension Contribution {
    /// Turns what one EVSE added to a second into what it adds to the next one, if it says nothing and nothing ends.
    @inline(__always)
    mutating func holdOn() {
        let energy = sums[Sum.netPower]
        sums[Sum.energy] = energy
        sums[Sum.imported] = max(energy, 0)
        sums[Sum.exported] = max(0 &- energy, 0)
        sums[Sum.covered] = .second
        sums[Sum.readings] = 0
        sums[Sum.heard] = 0
    }

    /// Takes the sums of another one out again, but not its lowest SoC.
    @inline(__always)
    mutating func subtract(_ part: borrowing Contribution) {
        for index in 0..<Self.count { sums[index] &-= part.sums[index] }
    }
}
