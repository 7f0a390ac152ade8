/// What may flow through a feeder, in W; infinite where nothing is said.
struct FeederLimits: Sendable, Equatable {
    var importW: Double = .infinity
    var exportW: Double = .infinity
    /// The feeder's shares of its transformer's limits, 0 to 1: in proportion to its own limits, or equal ones where a
    /// feeder of the transformer has none.
    var importShare: Double = 0
    var exportShare: Double = 0
}

/// What results speak of: the kinds of groups of EVSEs, each with a measurement of its own for its aggregates.
package enum GroupKind: UInt8, Sendable, CaseIterable {
    case feeder = 0
    case site = 1
    case transformer = 2
    case fleet = 3
}

/// A group by its name; the fleet's is empty.
struct GroupKey: Sendable, Hashable {
    var kind: GroupKind
    var name: String
}

/// Where an EVSE hangs: its feeder and, where it has one, its site, by their numbers among the groups.
struct Place: Sendable, Hashable {
    var feeder: Int32
    /// -1 without a site.
    var site: Int32
}

/// A group of EVSEs: its panes from the first window that can still change to the last second that was given.
///
/// Groups overlap: what an EVSE adds to a second is added to its feeder, its site, its feeder's transformer and the
/// fleet, as whole numbers, so that each sum is exact on its own.
///
/// - Invariant: `panes` are those of the seconds `base`, `base + 1`, … up to the pipeline's frontier.
struct GroupState: Sendable {
    /// What it is.
    let kind: GroupKind
    /// Its name in the topology or a tag.
    let name: String
    /// A feeder's limits.
    var limits = Timeline(FeederLimits())
    /// A feeder's transformer, and the feeder of a site of the topology, by its number among the groups; -1 without one.
    var parent = Timeline<Int32>(-1)
    /// How many EVSEs of the topology hang on it.
    var expected = Timeline<Int64>(0)
    /// Whether the topology names it.
    var isInTopology = false
    /// The time of its first reading; rows begin with the window of it.
    var begin: Int64?
    /// The second of the first pane.
    var base: Int64 = 0
    /// One a second.
    var panes: [Pane] = []
    /// For each length of the settings the windows that are open or can still change, by their first second. Lengths of
    /// one second have none: the panes are they.
    var windows: [[Int64: WindowState]]
    /// How many live EVSEs had which whole percent of SoC at the ends of windows of more than a second, by the last
    /// second of the window; empty where none has any.
    var socCounts: [Int64: [Int32]] = [:]
    /// The EVSEs that can have hung on it, some perhaps twice; feeders and sites have them.
    var members: [Int32] = []

    init(kind: GroupKind, name: String, windowCount: Int) {
        self.kind = kind
        self.name = name
        windows = [[Int64: WindowState]](repeating: [:], count: windowCount)
    }

    /// A reading, or a hold that moved here, began at `time`.
    mutating func begins(at time: Int64) {
        begin = min(begin ?? time, time)
    }

    /// Whether it has a pane of `second`.
    func hasPane(_ second: Int64) -> Bool {
        second >= base && second - base < Int64(panes.count)
    }

    /// Drops the panes before `second`.
    mutating func forget(before second: Int64) {
        guard second > base, !panes.isEmpty else { return }
        let count = Int(min(second - base, Int64(panes.count)))
        panes.removeFirst(count)
        base += Int64(count)
    }
}

/// The groups of one place at one time: feeder, site, transformer, fleet; -1 where there is none.
typealias Lineage = InlineArray<4, Int32>

/// Groups and places by number.
extension FleetPipeline {
    /// The number of the fleet, which is always there.
    static let fleet: Int32 = 0

    /// The groups that a place belongs to just before `time`.
    @inline(__always)
    func lineage(_ place: Int32, before time: Int64) -> Lineage {
        let place = places[Int(place)]
        return [place.feeder, place.site, groups[Int(place.feeder)].parent.value(before: time), Self.fleet]
    }

    /// The number of a group, which is made where it is not there yet.
    mutating func groupNumber(_ kind: GroupKind, _ name: String) -> Int32 {
        let key = GroupKey(kind: kind, name: name)
        if let number = groupNumbers[key] { return number }
        let number = Int32(groups.count)
        groups.append(GroupState(kind: kind, name: name, windowCount: settings.windows.count))
        groupNumbers[key] = number
        return number
    }

    /// The number of a place, which is made where it is not there yet.
    mutating func placeNumber(feeder: String, site: String?) -> Int32 {
        let place = Place(
            feeder: groupNumber(.feeder, feeder), site: site.map { groupNumber(.site, $0) } ?? -1)
        if let number = placeNumbers[place] { return number }
        let number = Int32(places.count)
        places.append(place)
        placeBegins.append(.max)
        placeNumbers[place] = number
        return number
    }

    /// Notes that an EVSE can hang at a place.
    mutating func addPlace(_ place: Int32, to evse: Int32) {
        guard !evses[Int(evse)].places.contains(place) else { return }
        while solePlaces.count <= Int(place) { solePlaces.append([Int32(solePlaces.count)]) }
        unsettle(evse)
        // Nearly all have one place: all of a place share one array.
        if evses[Int(evse)].places.isEmpty {
            evses[Int(evse)].places = solePlaces[Int(place)]
        } else {
            evses[Int(evse)].places.append(place)
        }
        groups[Int(places[Int(place)].feeder)].members.append(evse)
        if places[Int(place)].site >= 0 { groups[Int(places[Int(place)].site)].members.append(evse) }
    }

    /// Lets the rows of all groups of a place begin with `time`.
    mutating func begin(_ place: Int32, at time: Int64) {
        if time >= placeBegins[Int(place)] { return }
        // Where the feeder had another transformer before, that of a later time may not have begun yet.
        if groups[Int(places[Int(place)].feeder)].parent.past.isEmpty { placeBegins[Int(place)] = time }
        let line = lineage(place, before: time.plus(1))
        for slot in line.indices where line[slot] >= 0 { groups[Int(line[slot])].begins(at: time) }
    }
}
