import Telemetry

/// What one EVSE said about one instant, as far as the windows need it.
struct EVSEPoint: Sendable, Equatable {
    /// ns since 1970 UTC.
    var time: Int64
    /// W, import positive; NaN where the point has none and so is no reading.
    var power: Double
    /// Percent; NaN where the point has none.
    var soc: Double
    /// The place that its tags name.
    var place: Int32

    /// Whether it counts as a reading and ends the hold of the one before.
    @inline(__always)
    var isReading: Bool { !power.isNaN }
}

/// Where an EVSE hangs and what it may do.
struct Assignment: Sendable, Equatable {
    /// The place of the topology; -1 where no topology knows the EVSE and the tags of each point decide.
    var place: Int32
    /// The limits.
    var limits: ReserveLimits
}

/// The reserve product with the hold time in ns.
struct ProductSettings: Sendable, Equatable {
    var fcr: FCRSettings
    var staleAfter: Int64

    init(_ fcr: FCRSettings) {
        self.fcr = fcr
        let seconds = fcr.staleAfterS.isNaN ? 0 : min(max(fcr.staleAfterS, 0), 86_400)
        staleAfter = Int64(seconds * 1e9)
    }
}

/// One EVSE: its readings as far back as a late one may need them, and where it hangs.
///
/// - Invariant: `points` ascend by time, one a time. `places` lists every place that a point of it can count in.
struct EVSEState: Sendable {
    /// The tag `EVSE_ID`.
    let name: String
    /// The readings, and points that have only an SoC.
    var points: [EVSEPoint] = []
    /// What it said beside power and SoC, ascending by time; empty for most.
    var details: [DetailPoint] = []
    /// Where it hangs.
    var assignment: Timeline<Assignment>
    /// Where it can have hung: one for nearly all EVSEs, which then need no look at the time.
    var places: [Int32] = []
    /// The second after which it adds the same to each, `.min` where it is not settled (`FleetPipeline.settle`).
    var settledSecond = Int64.min
    /// The second in which it was looked at last, so that two visits count once.
    var visitedSecond = Int64.min
    /// The earliest second that it waits to be looked at in for a hold that ends; `.max` for none.
    var wakeSecond = Int64.max

    init(name: String, assignment: Timeline<Assignment>) {
        self.name = name
        self.assignment = assignment
    }

    /// By how many points their array grows.
    static let pointStep = 6

    /// How long an EVSE that no topology knows stays expected after its last reading.
    static let unknownExpectedFor: Int64 = 86_400 * .second

    /// The place of `point` as it was at `time`.
    func place(of point: EVSEPoint, at time: Int64) -> Int32 {
        let assigned = assignment.value(at: time).place
        return assigned >= 0 ? assigned : point.place
    }

    /// The index of the first point at or after `time`.
    @inline(__always)
    func index(from time: Int64) -> Int {
        guard let last = points.last, last.time >= time else { return points.count }
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].time < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Whether a reading lies in `[start, end)` that counts on `place` (nil: on any).
    func hasReading(from start: Int64, before end: Int64, place: Int32? = nil) -> Bool {
        var index = index(from: end)
        while index > 0, points[index - 1].time >= start {
            index -= 1
            let point = points[index]
            if point.isReading, place == nil || places.count == 1 || self.place(of: point, at: point.time) == place {
                return true
            }
        }
        return false
    }

    /// Whether the tag of a point can decide where it counts.
    var canBeUnknown: Bool {
        assignment.current.place < 0 || assignment.past.contains { $0.value.place < 0 }
    }

    /// What putting a point in did; `completed` made a reading of a point that was none.
    enum Insertion { case new, completed, changed, unchanged }

    /// Puts a point in; one of the same time is replaced field by field.
    mutating func insert(_ point: EVSEPoint) -> Insertion {
        if holds(point) { return .unchanged }
        let index = index(from: point.time)
        guard index < points.count, points[index].time == point.time else {
            points.insert(point, at: index)
            return .new
        }
        var merged = points[index]
        if point.isReading {
            merged.power = point.power
            merged.place = point.place
        }
        if !point.soc.isNaN { merged.soc = point.soc }
        let wasReading = points[index].isReading
        points[index] = merged
        return !wasReading && merged.isReading ? .completed : .changed
    }

    /// Whether it says all that `point` says already.
    func holds(_ point: EVSEPoint) -> Bool {
        let index = index(from: point.time)
        guard index < points.count, points[index].time == point.time else { return false }
        let known = points[index]
        return (!point.isReading || (known.power.bitPattern == point.power.bitPattern && known.place == point.place))
            && (point.soc.isNaN || known.soc.bitPattern == point.soc.bitPattern)
    }

    /// The last instant at whose end of a second a point at `time` can matter: the next reading, or the end of its SoC.
    func reach(of point: EVSEPoint, staleAfter: Int64) -> Int64 {
        var reach = point.isReading ? Int64.max : point.time
        var socReach = point.soc.isNaN ? point.time : point.time.plus(staleAfter)
        for index in index(from: point.time.plus(1))..<points.count {
            let next = points[index]
            if next.isReading { reach = min(reach, next.time) }
            if !next.soc.isNaN { socReach = min(socReach, next.time) }
            if reach <= next.time, socReach <= next.time { break }
        }
        return max(reach, socReach)
    }

    /// Drops what no second from `horizon` on needs: all before the last reading older than that.
    ///
    /// - Parameter assignmentHorizon: the time before which nobody asks where it hung.
    mutating func forget(before horizon: Int64, assignmentsBefore assignmentHorizon: Int64) {
        var keep = index(from: horizon)
        while keep > 0 {
            keep -= 1
            if points[keep].isReading { break }
        }
        if keep > 0 { points.removeFirst(keep) }
        assignment.forget(before: assignmentHorizon)
    }
}

extension EVSEState {
    /// What it adds to `place` in the second that begins at `start`.
    ///
    /// A walk back from the second's end: holds that reach into it, then the last reading and the last SoC, which are
    /// what is known at its end. A reading at the very end belongs to the next second, but one that is exactly
    /// `staleAfter` old is still live.
    @inline(__always)
    func contribution(from start: Int64, place: Int32, _ product: borrowing Timeline<ProductSettings>) -> Contribution {
        var part = Contribution()
        contribute(from: start, place: place, product, to: &part)
        return part
    }

    /// Adds that to a sum.
    @inline(__always)
    func contribute(
        from start: Int64, place: Int32, _ product: borrowing Timeline<ProductSettings>, to part: inout Contribution
    ) {
        let isSole = places.count == 1
        let end = start + .second
        var holdEnd = end
        var last = -1
        var soc = Double.nan
        var readings: Int64 = 0
        let points = points.span
        var index = index(from: end)
        while index > 0 {
            index -= 1
            let point = points[index]
            let staleAfter = product.value(at: point.time).staleAfter
            let isFresh = end.minus(point.time) <= staleAfter
            if soc.isNaN, isFresh { soc = point.soc }
            if point.isReading {
                if holdEnd > start {
                    addHold(
                        of: point, from: max(point.time, start), to: min(holdEnd, point.time.plus(staleAfter)),
                        isSole ? nil : place, &part)
                    holdEnd = point.time
                }
                if point.time >= start, isSole || self.place(of: point, at: point.time) == place {
                    readings += 1
                }
                if last < 0 { last = index }
            }
            if holdEnd <= start, !soc.isNaN || !isFresh { break }
        }
        part.sums[Contribution.Sum.readings] &+= readings
        part.sums[Contribution.Sum.heard] &+= min(readings, 1)
        if last >= 0 { addEnd(of: points[last], soc: soc, at: end, isSole ? nil : place, product, &part) }
    }

    /// Adds the energy of a hold, of which only what flowed while it hung on `place` counts (nil: all of it).
    @inline(__always)
    private func addHold(
        of point: EVSEPoint, from start: Int64, to end: Int64, _ place: Int32?, _ part: inout Contribution
    ) {
        guard let place else { return addPiece(point.power, end - start, &part) }
        var from = start
        for change in assignment.changes(after: start, before: end) + [end] where change > from {
            if self.place(of: point, at: from) == place { addPiece(point.power, change - from, &part) }
            from = change
        }
    }

    @inline(__always)
    func addPiece(_ power: Double, _ length: Int64, _ part: inout Contribution) {
        guard length > 0 else { return }
        let energy = Contribution.micro(power * (Double(length) / 1e9))
        part.sums[Contribution.Sum.energy] &+= energy
        part.sums[Contribution.Sum.imported] &+= max(energy, 0)
        part.sums[Contribution.Sum.exported] &+= max(0 &- energy, 0)
        part.sums[Contribution.Sum.covered] &+= length
    }

    /// Adds what is known at the end of the second.
    @inline(__always)
    func addEnd(
        of last: EVSEPoint, soc: Double, at end: Int64, _ place: Int32?,
        _ product: borrowing Timeline<ProductSettings>, _ part: inout Contribution
    ) {
        let assigned = assignment.value(before: end)
        if let place, (assigned.place >= 0 ? assigned.place : last.place) != place { return }
        if assigned.place < 0 {
            guard end.minus(last.time) < Self.unknownExpectedFor else { return }
            part.sums[Contribution.Sum.unknownExpected] &+= 1
        }
        let up = Contribution.micro(max(0, last.power + assigned.limits.maxDischargeW))
        let down = Contribution.micro(max(0, assigned.limits.maxChargeW - last.power))
        part.sums[Contribution.Sum.nameplateUp] &+= up
        part.sums[Contribution.Sum.nameplateDown] &+= down
        guard end.minus(last.time) <= product.value(at: last.time).staleAfter else { return }
        part.sums[Contribution.Sum.livePlateUp] &+= up
        part.sums[Contribution.Sum.livePlateDown] &+= down
        part.sums[Contribution.Sum.live] &+= 1
        part.add(Contribution.Sum.netPower, last.power)
        guard !soc.isNaN else { return }
        let socMicro = Contribution.micro(soc)
        part.socMin = min(part.socMin, socMicro)
        part.sums[Contribution.Sum.soc] &+= socMicro
        part.sums[Contribution.Sum.socCount] &+= 1
        addReserve(power: last.power, soc: soc, assigned.limits, at: end, product.value(before: end).fcr, &part)
    }

    @inline(__always)
    private func addReserve(
        power: Double, soc: Double, _ limits: ReserveLimits, at end: Int64, _ fcr: FCRSettings,
        _ part: inout Contribution
    ) {
        let bare = reserve(power: power, limits: limits, socPct: soc, at: end, fcr: fcr, withDeparture: false)
        part.add(Contribution.Sum.energyUp, bare.up)
        part.add(Contribution.Sum.energyDown, bare.down)
        let held =
            limits.departure == nil ? bare : reserve(power: power, limits: limits, socPct: soc, at: end, fcr: fcr)
        part.add(Contribution.Sum.reserveUp, held.up)
        part.add(Contribution.Sum.reserveDown, held.down)
        if limits.responseS > fcr.fullActivationS {
            let share = 1 - limits.responseShare(fcr)
            part.add(Contribution.Sum.tooSlowUp, held.up * share)
            part.add(Contribution.Sum.tooSlowDown, held.down * share)
        }
        let discharge = dischargePotential(limits: limits, socPct: soc, at: end, fcr: fcr)
        part.add(Contribution.Sum.dischargePower, discharge.powerW)
        part.add(Contribution.Sum.dischargeEnergy, discharge.energyWh)
    }
}
