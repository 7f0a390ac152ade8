import Telemetry

/// What single EVSEs of a group can give at a second's end: percentiles over those that were heard within the last seconds.
///
/// An EVSE that is silent for longer is not among them: it lowers `heard`, and no other's value takes its place.
package struct ReserveSpread: Sendable, Equatable {
    /// EVSEs with a reading within `FCRSettings.heardWithinS` before the second's end.
    package var heard: Int64 = 0
    /// The power that a tenth, half and nine tenths of them do not pass, W, for low frequency; empty where none was heard.
    package var up: [Double] = []
    /// The same for high frequency.
    package var down: [Double] = []

    init(up: [Double], down: [Double]) {
        heard = Int64(up.count)
        self.up = Self.percentiles(up)
        self.down = Self.percentiles(down)
    }

    /// The smallest value that at least so large a share of all has or is below.
    private static func percentiles(_ values: [Double]) -> [Double] {
        guard !values.isEmpty else { return [] }
        let sorted = values.sorted()
        return [0.1, 0.5, 0.9].map { share in
            sorted[max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
        }
    }
}

extension FleetPipeline {
    /// Whether the readiness of a second says how the reserve is spread over the EVSEs.
    func isSpreadDue(_ second: Int64) -> Bool {
        guard let every = settings.spreadEvery else { return false }
        return (second + 1).aligned(to: every) == second + 1
    }

    /// Looks at every EVSE of a feeder, or of the fleet; exact, whatever came late.
    func spread(of group: Int32, _ second: Int64) -> ReserveSpread {
        var (up, down): ([Double], [Double]) = ([], [])
        let states = evses.span
        if group == Self.fleet {
            for number in states.indices { addSpread(number, nil, second, &up, &down) }
        } else {
            for member in Set(groups[Int(group)].members) { addSpread(Int(member), group, second, &up, &down) }
        }
        return ReserveSpread(up: up, down: down)
    }

    private func addSpread(
        _ number: Int, _ feeder: Int32?, _ second: Int64, _ up: inout [Double], _ down: inout [Double]
    ) {
        let end = (second + 1) * .second
        let states = evses.span
        guard let last = states[number].lastReading(before: end) else { return }
        let product = product.value(before: end)
        guard Double(end.minus(last)) <= product.fcr.heardWithinS * 1e9 else { return }
        for place in states[number].places where feeder == nil || places[Int(place)].feeder == feeder {
            let part = states[number].contribution(from: second * .second, place: place, self.product)
            // Of an EVSE's places it hangs at one at the second's end.
            guard part.sums[Contribution.Sum.nameplateUp] | part.sums[Contribution.Sum.nameplateDown] != 0 else {
                continue
            }
            up.append(
                Double(part.sums[Contribution.Sum.reserveUp] - part.sums[Contribution.Sum.tooSlowUp]) / 1e6)
            down.append(
                Double(part.sums[Contribution.Sum.reserveDown] - part.sums[Contribution.Sum.tooSlowDown]) / 1e6)
        }
    }
}

extension EVSEState {
    /// The time of the last reading before a time.
    func lastReading(before time: Int64) -> Int64? {
        var index = index(from: time)
        while index > 0 {
            index -= 1
            if points[index].isReading { return points[index].time }
        }
        return nil
    }
}
