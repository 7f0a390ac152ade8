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
        visits[second, default: []].append(evse)
    }

    /// Nobody is settled from `second` on: all are looked at in it, or in the seconds of their points.
    ///
    /// - Parameter second: nil before the first second was closed.
    mutating func unsettleAll(from second: Int64?) {
        settled = [SettledSum](repeating: SettledSum(), count: places.count)
        visits = [:]
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

    private mutating func takeOut(_ number: Int) {
        let part = evses[number].settledPart(product)
        settled[Int(evses[number].places[0])].subtract(part)
        evses[number].settledSecond = .min
    }

    /// Settles an EVSE whose points before the end of `second` are known, or has it looked at in the next one too.
    ///
    /// - Returns: what it adds to the sum of its place; nil where it was not settled.
    @discardableResult
    mutating func settle(_ evse: Int32, after second: Int64) -> Contribution? {
        let number = Int(evse)
        guard let wake = evses[number].wake(after: second, product) else {
            visit(evse, in: second + 1)
            return nil
        }
        evses[number].settledSecond = second
        let part = evses[number].settledPart(product)
        makeSettledSums()
        settled[Int(evses[number].places[0])].add(part)
        if wake < evses[number].wakeSecond {
            evses[number].wakeSecond = wake
            visit(evse, in: wake)
        }
        return part
    }

    private mutating func makeSettledSums() {
        while settled.count < places.count { settled.append(SettledSum()) }
    }

    /// The sums of a second that closes, by place.
    ///
    /// Who is visited is settled anew before the sums are taken: what it adds to this second counts less what it adds to
    /// the next ones. The lowest SoC needs no such account, since an SoC that counts from the next second on counts at
    /// the end of this one.
    mutating func closingSums(of second: Int64) -> [Contribution] {
        makeSettledSums()
        var byPlace = [Contribution](repeating: Contribution(), count: places.count)
        let visited = visits.removeValue(forKey: second) ?? []
        for evse in visited {
            let number = Int(evse)
            guard evses[number].visitedSecond != second else { continue }
            evses[number].visitedSecond = second
            if evses[number].wakeSecond <= second { evses[number].wakeSecond = .max }
            if evses[number].settledSecond != .min { takeOut(number) }
            for place in evses[number].places {
                byPlace[Int(place)].add(evses[number].contribution(from: second * .second, place: place, product))
            }
            if let part = settle(evse, after: second) { byPlace[Int(evses[number].places[0])].subtract(part) }
        }
        for place in places.indices {
            if settled[place].isLowUncertain { findLow(place) }
            byPlace[place].add(settled[place].total)
        }
        return byPlace
    }

    private mutating func findLow(_ place: Int) {
        var low = Int64.max
        if settled[place].total.sums[Contribution.Sum.socCount] > 0 {
            for member in groups[Int(places[place].feeder)].members {
                let state = Int(member)
                guard evses[state].settledSecond != .min, evses[state].places[0] == Int32(place) else { continue }
                low = min(low, evses[state].settledPart(product).socMin)
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
        guard let last else { return .max }
        let isSame = product.past.isEmpty || (product.since <= last.time && product.since <= soc?.time ?? .max)
        guard isSame else { return nil }
        let lives = last.time.plus(product.current.staleAfter)
        if lives >= end.plus(.second) {
            guard let soc, soc.time.plus(product.current.staleAfter) >= end.plus(.second) else {
                return lives.wholeSecond
            }
            return min(lives, soc.time.plus(product.current.staleAfter)).wholeSecond
        }
        guard lives <= end else { return nil }
        guard assignment.current.place < 0 else { return .max }
        let forgotten = last.time.plus(Self.unknownExpectedFor).wholeSecond - 1
        return forgotten > second ? forgotten : forgotten + 1 >= second ? nil : .max
    }

    /// What it adds to each second after `settledSecond`.
    @inline(__always)
    func settledPart(_ product: borrowing Timeline<ProductSettings>) -> Contribution {
        var part = Contribution()
        let start = (settledSecond + 1) * .second
        let (last, soc) = known(before: start)
        guard let last else { return part }
        let end = start + .second
        let isLive = end.minus(last.time) <= product.current.staleAfter
        if isLive { addPiece(last.power, .second, &part) }
        let isFresh = soc.map { end.minus($0.time) <= product.current.staleAfter } ?? false
        addEnd(of: last, soc: isFresh ? soc?.soc ?? .nan : .nan, at: end, nil, product, &part)
        return part
    }

    /// The last reading and the last SoC before a time.
    @inline(__always)
    private func known(before time: Int64) -> (reading: EVSEPoint?, soc: EVSEPoint?) {
        var index = index(from: time)
        var soc: EVSEPoint?
        while index > 0 {
            index -= 1
            if soc == nil, !points[index].soc.isNaN { soc = points[index] }
            if points[index].isReading {
                // An SoC that is older than the last reading may still be fresh.
                var older = index
                while soc == nil, older > 0 {
                    older -= 1
                    if !points[older].soc.isNaN { soc = points[older] }
                }
                return (points[index], soc)
            }
        }
        return (nil, soc)
    }
}

extension Contribution {
    /// Takes the sums of another one out again, but not its lowest SoC.
    @inline(__always)
    mutating func subtract(_ part: borrowing Contribution) {
        for index in 0..<Self.count { sums[index] &-= part.sums[index] }
    }
}
