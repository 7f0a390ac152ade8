/// The offsets of a named time zone from UTC: an input, since nothing here reads a file.
package struct ZoneTable: Sendable, Equatable {
    /// The zone's name.
    package let name: String
    /// The offset before the first change, seconds east of UTC.
    package let firstOffset: Int64
    /// When the offset changes, seconds since 1970 UTC, ascending, and to what.
    package let changes: [Change]

    /// A change of the offset.
    package struct Change: Sendable, Equatable {
        /// Seconds since 1970 UTC.
        package let at: Int64
        /// Seconds east of UTC.
        package let offset: Int64

        /// A change to `offset` at `at`.
        package init(at: Int64, offset: Int64) {
            self.at = at
            self.offset = offset
        }
    }

    /// A zone.
    package init(name: String, firstOffset: Int64, changes: [Change]) {
        self.name = name
        self.firstOffset = firstOffset
        self.changes = changes
    }

    /// The offset at a second since 1970 UTC.
    func offset(at second: Int64) -> Int64 {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].at <= second { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? firstOffset : changes[low - 1].offset
    }

    /// The instant of a local time, counted as if in UTC: the first one where clocks show it twice, the instant of the
    /// change where they skip it.
    func instant(ofLocal local: Int64) -> Int64 {
        let before = offset(at: local - 86_400)
        let after = offset(at: local + 86_400)
        for offset in before == after ? [before] : [max(before, after), min(before, after)]
        where self.offset(at: local - offset) == offset { return local - offset }
        return changes.first { $0.at > local - 172_800 && $0.offset == after }?.at ?? local - before
    }

    /// The stretch between two multiples of `length`, counted from local midnight, that holds `second`.
    func block(holding second: Int64, length: Int64) -> Range<Int64> {
        let local = second + offset(at: second)
        if 3600 % length == 0 {
            // What divides an hour needs no midnight: where an hour comes twice, its quarters come twice.
            let start = local.aligned(to: length) - offset(at: second)
            return start..<start + length
        }
        let midnight = local.aligned(to: 86_400)
        let start = midnight + (local - midnight).aligned(to: length)
        let end = min(start + length, midnight + 86_400)
        return instant(ofLocal: start)..<instant(ofLocal: end)
    }
}

/// Which windows a stream's values fall into; lengths in ns.
package enum StreamWindow: Sendable, Equatable {
    /// One behind the other, aligned to 1970 UTC.
    case tumbling(Int64)
    /// Of a size, one beginning each `every`, of which the size is a multiple.
    case hopping(size: Int64, every: Int64)
    /// From the first value to one behind which nothing comes for `gap`; given once, when nothing in time can change it.
    case session(gap: Int64)
    /// Blocks of some seconds from local midnight on: days, and 4-hour blocks of 3 or 5 hours where clocks change.
    case calendar(seconds: Int64, ZoneTable)

    /// The smallest stretch that every window is made of, which holds `time`.
    func pane(holding time: Int64) -> Range<Int64> {
        switch self {
        case .tumbling(let size): return time.aligned(to: size)..<time.aligned(to: size) + size
        case .hopping(_, let every): return time.aligned(to: every)..<time.aligned(to: every) + every
        case .session: return time..<time
        case .calendar(let seconds, let zone):
            let block = zone.block(holding: time.wholeSecond, length: seconds)
            return block.lowerBound * .second..<block.upperBound * .second
        }
    }

    /// The windows that a pane belongs to.
    func windows(of pane: Range<Int64>) -> [Range<Int64>] {
        guard case .hopping(let size, let every) = self else { return [pane] }
        return stride(from: pane.lowerBound - size + every, through: pane.lowerBound, by: Int64.Stride(every)).map {
            $0..<$0 + size
        }
    }
}

/// What is computed of the values of a window.
package enum StreamAggregate: Sendable, Hashable {
    case sum
    /// Weighted by time: a value holds until the next one of its series, at most the stream's hold.
    case mean
    case min
    case max
    case count
    case first
    case last
    /// The integral over time of a power in W, in Wh.
    case energyWh
    /// A quantile in percent, from a sketch whose relative error is at most 1 %.
    case quantile(Int)
    /// How many values of a tag there are among the series.
    case distinct(tag: String)

    /// The field of the results.
    package var name: String {
        switch self {
        case .sum: "sum"
        case .mean: "mean"
        case .min: "min"
        case .max: "max"
        case .count: "count"
        case .first: "first"
        case .last: "last"
        case .energyWh: "energy_wh"
        case .quantile(let percent): "p\(percent)"
        case .distinct(let tag): "distinct_\(tag)"
        }
    }

    /// The aggregate that a configuration names so: a name as above, or `distinct TAG`; nil for none.
    package init?(_ text: String) {
        let plain: [String: StreamAggregate] = [
            "sum": .sum, "mean": .mean, "min": .min, "max": .max, "count": .count, "first": .first, "last": .last,
            "energy_wh": .energyWh,
        ]
        if let known = plain[text] {
            self = known
        } else if text.hasPrefix("p"), let percent = Int(text.dropFirst()), (0...100).contains(percent) {
            self = .quantile(percent)
        } else if text.hasPrefix("distinct "), text.count > 9 {
            self = .distinct(tag: String(text.dropFirst(9)))
        } else {
            return nil
        }
    }
}

/// A windowed aggregate that a user declares: of one field of a measurement, by tags.
package struct StreamDeclaration: Sendable, Equatable {
    /// The measurement of the results.
    package var name: String
    /// Where the values come from.
    package var measurement: String
    /// The field; numbers count, NaN does not.
    package var field: String
    /// The tags that make a group; all of a group's series are one.
    package var groupBy: [String]
    /// The windows.
    package var window: StreamWindow
    /// What is computed.
    package var aggregates: [StreamAggregate]
    /// How far behind the watermark a value still changes a window, ns.
    package var lateness: Int64 = 60_000_000_000
    /// How long a value holds at most, ns.
    package var hold: Int64 = 15_000_000_000

    /// A stream.
    package init(
        name: String, measurement: String, field: String, groupBy: [String], window: StreamWindow,
        aggregates: [StreamAggregate]
    ) {
        self.name = name
        self.measurement = measurement
        self.field = field
        self.groupBy = groupBy
        self.window = window
        self.aggregates = aggregates
    }
}
