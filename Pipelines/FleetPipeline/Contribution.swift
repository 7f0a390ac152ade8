/// What one EVSE adds to one second of one feeder, and the sums of such contributions: all whole numbers.
///
/// Powers are in µW, energies in µW·s, SoC in µ%, cover in ns. Whole numbers make addition exact and reversible: a late
/// reading takes its EVSE's old contribution out of a second and puts the new one in, and the sum is bit for bit what
/// it would have been had the reading come in time, in whatever order. Floating sums would keep a residue of every
/// correction. The rounding costs half a µW an EVSE.
struct Contribution: Sendable {
    /// The places of the sums.
    enum Sum {
        static let energy = 0
        static let imported = 1
        static let exported = 2
        static let covered = 3
        static let readings = 4
        static let heard = 5
        static let live = 6
        /// EVSEs that no topology knows, heard within a day.
        static let unknownExpected = 7
        static let socCount = 8
        static let soc = 9
        static let netPower = 10
        /// Reserve by the nameplate alone, stale EVSEs included; each pair is up, then down.
        static let nameplateUp = 11
        static let nameplateDown = 12
        static let livePlateUp = 13
        static let livePlateDown = 14
        /// Reserve as the energy allows, without departures.
        static let energyUp = 15
        static let energyDown = 16
        static let reserveUp = 17
        static let reserveDown = 18
        static let dischargePower = 19
        static let dischargeEnergy = 20
        /// Of the reserve, what would come after it is due.
        static let tooSlowUp = 21
        static let tooSlowDown = 22
    }

    /// How many sums there are.
    static let count = 23

    /// The sums, by place.
    var sums = InlineArray<23, Int64>(repeating: 0)
    /// The lowest SoC in µ%, `.max` where there is none.
    var socMin = Int64.max

    /// Whether `other` would change nothing in its stead.
    @inline(__always)
    func equals(_ other: Contribution) -> Bool {
        var difference = socMin ^ other.socMin
        for index in 0..<Self.count { difference |= sums[index] ^ other.sums[index] }
        return difference == 0
    }

    /// Adds another contribution.
    @inline(__always)
    mutating func add(_ part: borrowing Contribution) {
        for index in 0..<Self.count { sums[index] &+= part.sums[index] }
        if part.socMin < socMin { socMin = part.socMin }
    }

    /// Adds a value in the unit of the sum's name, times a million.
    @inline(__always)
    mutating func add(_ place: Int, _ value: Double) {
        sums[place] &+= Self.micro(value)
    }

    /// Millionths, rounded half away from zero; limited to ±100 MW or MWh, so that no nonsense of a meter overflows the
    /// sum of a feeder. What is not a number counts as 0.
    @inline(__always)
    static func micro(_ value: Double) -> Int64 {
        let scaled = value * 1e6
        if scaled >= 1e14 { return 100_000_000_000_000 }
        if scaled <= -1e14 { return -100_000_000_000_000 }
        return scaled.isNaN ? 0 : Int64(scaled + (scaled < 0 ? -0.5 : 0.5))
    }
}

/// The state of one second of one feeder.
struct Pane: Sendable {
    /// The sums over the feeder's EVSEs; its `socMin` is the lowest unless `isSocMinUncertain`.
    var total = Contribution()
    /// Set when the EVSE with the lowest SoC changed: the next result looks at all of them again.
    var isSocMinUncertain = false
    /// The revision that was given last, -1 before the first.
    var revision: Int32 = -1
    /// Whether it changed since.
    var isDirty = false
    /// Whether it changed when operators with a lateness of their own had given it finally.
    var isBehind = false
    /// One entry where an EVSE of the group has details, none elsewhere.
    var detail: [DetailSums] = []

    init() {}

    /// The pane of group `number` with its sums, and its entry of the details of all groups, if there are any.
    init(total: Contribution, _ details: [DetailSums], _ number: Int) {
        self.total = total
        if !details.isEmpty { detail = [details[number]] }
    }

    /// Puts `new` in the place of `old`.
    mutating func replace(_ old: borrowing Contribution, with new: borrowing Contribution) {
        for index in 0..<Contribution.count { total.sums[index] &+= new.sums[index] &- old.sums[index] }
        if old.socMin != new.socMin, old.socMin == total.socMin { isSocMinUncertain = true }
        if new.socMin < total.socMin { total.socMin = new.socMin }
    }
}

/// The state of one window of more than a second beside its panes.
struct WindowState: Sendable {
    /// How many EVSEs had a reading in it.
    var heard: Int64 = 0
    /// The revision that was given last, -1 before the first.
    var revision: Int32 = -1
    /// Whether it changed since.
    var isDirty = false
    /// Whether it changed when operators with a lateness of their own had given it finally.
    var isBehind = false
}
