package import Telemetry

/// Whose delivery is judged: a portfolio's, or that of one feeder in it.
package struct AuditKey: Hashable, Comparable, Sendable {
    /// The tag `Portfolio` of the contract, empty where it has none.
    package var portfolio: String
    /// The tag `Feeder_ID` of the contract; empty for the portfolio itself.
    package var feeder: String

    /// By portfolio, then by feeder.
    package static func < (one: AuditKey, other: AuditKey) -> Bool {
        (one.portfolio, one.feeder) < (other.portfolio, other.feeder)
    }

    /// The name of its results.
    var name: String { feeder.isEmpty ? portfolio : portfolio + "\u{0}" + feeder }
}

/// What was required of a fleet and what it delivered, second by second, from series that hold from point to point.
///
/// The inputs are `FCR_Contract` (tags `Portfolio`, `Feeder_ID`), `Baseline` (tag `Portfolio` or `Feeder_ID`) and
/// `Grid_Frequency` (the source with the newest time counts). A contract that names a feeder is judged by that feeder's
/// power and baseline. A portfolio with a contract of its own is the whole fleet; one whose contracts all name feeders
/// is those feeders together. The same book judges in the pipeline and in a repair, from the store's series.
package struct AuditBook: Sendable, Equatable {
    /// The length of a settlement period, in seconds.
    package static let quarterHour: Int64 = 900
    /// How many seconds before the first that counts a book must be told so that its corridor and its alert state are
    /// what they would have been from the beginning.
    package static let runUp: Int64 = 960

    /// The reserve that is sold, W.
    var contracts: [AuditKey: [HeldPoint]] = [:]
    /// The announced baselines, W: of a portfolio, or of a feeder with an empty portfolio.
    var baselines: [AuditKey: [HeldPoint]] = [:]
    /// What trusted sources say of the frequency, Hz.
    var frequencies: [HeldPoint] = []
    /// What the fleet's own meters say of it in a second that is not judged yet: the newest of each EVSE.
    var fleetFrequencies: [Int64: [Int32: HeldPoint]] = [:]
    /// How each delivers.
    var runs: [AuditKey: AuditRun] = [:]

    /// A book that knows nothing.
    package init() {}

    /// Whether nobody has sold any reserve.
    package var isEmpty: Bool { contracts.isEmpty }

    /// The feeders that contracts name.
    package var feeders: Set<String> { Set(contracts.keys.map(\.feeder)).subtracting([""]) }

    /// Whether it has a point of every contract that `other` has one of, and of every baseline.
    package func covers(_ other: AuditBook) -> Bool {
        other.contracts.keys.allSatisfy { contracts[$0] != nil }
            && other.baselines.keys.allSatisfy { baselines[$0] != nil }
    }

    /// Whether a measurement is one that it goes by.
    package static func reads(_ measurement: String) -> Bool { inputs.contains(measurement) }

    /// The measurements that it goes by.
    package static let inputs = [CanonicalNames.fcrContract, CanonicalNames.baseline, CanonicalNames.gridFrequency]

    /// Takes contracts, baselines or frequencies up to the time `newest`.
    ///
    /// - Returns: the stretches of time, in ns, in which points before `final` change what holds.
    @discardableResult
    package mutating func apply(_ table: FrameTable, newest: Int64, final: Int64 = .min) -> [Range<Int64>] {
        let field = ["FCR_Contract": "reserve_w", "Baseline": "active_power_w"][table.measurement] ?? "frequency_hz"
        let values = NumericColumn(table, field)
        var changed: [Range<Int64>] = []
        for row in 0..<table.rowCount {
            let point = HeldPoint(time: table.timestamps[row], value: values[row])
            guard !point.value.isNaN, point.time <= newest, point.time >= -Watermark.limit else { continue }
            let tags = SeriesKey.decode(table.key(row)).tags
            let portfolio = tags.first { $0.0 == "Portfolio" }?.1 ?? ""
            let feeder = tags.first { $0.0 == CanonicalNames.feederTag }?.1 ?? ""
            let end: Int64?
            switch table.measurement {
            case CanonicalNames.fcrContract:
                end = contracts[AuditKey(portfolio: portfolio, feeder: feeder), default: []].hold(point)
            case CanonicalNames.baseline:
                let key = AuditKey(portfolio: feeder.isEmpty ? portfolio : "", feeder: feeder)
                end = baselines[key, default: []].hold(point)
            default: end = frequencies.hold(point)
            }
            if let end, point.time < final, end > point.time { changed.append(point.time..<end) }
        }
        return changed
    }

    /// Keeps what an EVSE measured of the frequency.
    package mutating func measured(_ point: (time: Int64, hertz: Double), by evse: Int32) {
        let second = point.time.wholeSecond
        if let known = fleetFrequencies[second]?[evse], known.time > point.time { return }
        fleetFrequencies[second, default: [:]][evse] = HeldPoint(time: point.time, value: point.hertz)
    }

    /// Whether no trusted source is fresh at the end of a second.
    package func lacksFrequency(in second: Int64, staleAfter: Int64) -> Bool {
        let end = (second + 1) * .second
        return frequencies.value(before: end).map { end.minus($0.time) > staleAfter } ?? true
    }

    /// The newest frequency of a trusted source, or where none is fresh the median of what at least three EVSEs measured
    /// within the second: never one station's.
    private func frequency(in second: Int64, staleAfter: Int64) -> Double? {
        if !lacksFrequency(in: second, staleAfter: staleAfter) {
            return frequencies.value(before: (second + 1) * .second)?.value
        }
        let values = (fleetFrequencies[second] ?? [:]).values.map(\.value).sorted()
        guard values.count >= 3 else { return nil }
        return (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
    }

    /// One second, or a quarter-hour, judged.
    package struct Judgement: Sendable {
        /// Whose.
        package let key: AuditKey
        /// The second.
        package var row: FCRAuditRow?
        /// The quarter-hour that ended with it.
        package var quarter: FCRAuditQuarter?
    }

    /// Judges a second; seconds are told one after the other.
    ///
    /// - Parameters:
    ///   - fleetPower: the fleet's mean power in it, W; nil where it is not known.
    ///   - feederPower: the same of the feeders that contracts name.
    ///   - staleAfter: how long a frequency counts, ns.
    package mutating func judge(
        _ second: Int64, fleetPower: Double?, feederPower: [String: Double], staleAfter: Int64
    ) -> [Judgement] {
        let end = (second + 1) * .second
        let isQuarterOver = (second + 1).aligned(to: Self.quarterHour) == second + 1
        let frequency = frequency(in: second, staleAfter: staleAfter)
        var judgements: [Judgement] = []
        let keys = Set(contracts.keys).union(contracts.keys.map { AuditKey(portfolio: $0.portfolio, feeder: "") })
        for key in keys.sorted() {
            var judgement = Judgement(key: key)
            if let frequency, let (reserve, power) = delivery(of: key, end, fleetPower, feederPower) {
                judgement.row = runs[key, default: AuditRun()].second(
                    second, frequency: frequency, reserve: reserve, power: power, baseline: baseline(of: key, end))
            }
            if isQuarterOver {
                if let quarter = runs[key]?.quarter, quarter.seconds > 0 { judgement.quarter = quarter }
                runs[key]?.quarter = FCRAuditQuarter()
            }
            judgements.append(judgement)
        }
        fleetFrequencies[second] = nil
        if isQuarterOver { forget(before: end) }
        return judgements
    }

    /// The reserve that is sold and the power that it is judged by; nil where nothing is sold or the power is not known.
    private func delivery(
        of key: AuditKey, _ end: Int64, _ fleetPower: Double?, _ feederPower: [String: Double]
    ) -> (reserve: Double, power: Double)? {
        if let points = contracts[key] {
            let power = key.feeder.isEmpty ? fleetPower : feederPower[key.feeder]
            guard let reserve = points.value(before: end)?.value, reserve > 0, let power else { return nil }
            return (reserve, power)
        }
        var (reserve, power, count) = (0.0, 0.0, 0)
        for feeder in sold(by: key.portfolio, end) {
            reserve += contracts[feeder]?.value(before: end)?.value ?? 0
            guard let known = feederPower[feeder.feeder] else { continue }
            power += known
            count += 1
        }
        return count > 0 ? (reserve, power) : nil
    }

    /// The feeders of a portfolio that have sold any reserve at a time.
    private func sold(by portfolio: String, _ end: Int64) -> [AuditKey] {
        contracts.keys.filter { key in
            key.portfolio == portfolio && !key.feeder.isEmpty
                && contracts[key]?.value(before: end).map { $0.value > 0 } ?? false
        }.sorted()
    }

    /// The baseline of a feeder; a portfolio's own, else the sum of its feeders' (of all where it is the whole fleet).
    private func baseline(of key: AuditKey, _ end: Int64) -> Double {
        if let own = baselines[AuditKey(portfolio: key.feeder.isEmpty ? key.portfolio : "", feeder: key.feeder)] {
            if let point = own.value(before: end) { return point.value }
        }
        guard key.feeder.isEmpty else { return 0 }
        let isFleet = contracts[key] != nil
        let feeders = isFleet ? baselines.keys.filter { !$0.feeder.isEmpty }.sorted() : sold(by: key.portfolio, end)
        return feeders.reduce(0) { sum, feeder in
            sum + (baselines[AuditKey(portfolio: "", feeder: feeder.feeder)]?.value(before: end)?.value ?? 0)
        }
    }

    private mutating func forget(before end: Int64) {
        frequencies.forget(before: end)
        fleetFrequencies = fleetFrequencies.filter { $0.key >= end.wholeSecond }
        for key in contracts.keys { contracts[key]?.forget(before: end) }
        for key in baselines.keys { baselines[key]?.forget(before: end) }
    }
}

/// How one delivers, second by second.
struct AuditRun: Sendable, Equatable {
    var audit = FCRAudit()
    var quarter = FCRAuditQuarter()
    /// The second that was judged last: behind one that could not be judged the corridor and the alert state begin anew.
    var last = Int64.min

    mutating func second(
        _ second: Int64, frequency: Double, reserve: Double, power: Double, baseline: Double
    ) -> FCRAuditRow {
        if last == .min || second != last + 1 { audit = FCRAudit() }
        last = second
        let row = audit.second(frequency: frequency, reserve: reserve, power: power, baseline: baseline)
        quarter.add(row)
        return row
    }
}

/// A value from `time` on, until the next one.
struct HeldPoint: Sendable, Equatable {
    var time: Int64
    var value: Double
}

extension [HeldPoint] {
    /// Puts a point in by its time; one of the same time is replaced.
    ///
    /// - Returns: up to when it holds, `.max` for the last one; nil where it was known already.
    @discardableResult
    mutating func hold(_ point: HeldPoint) -> Int64? {
        var index = count
        while index > 0, self[index - 1].time >= point.time { index -= 1 }
        let isKnown = index < count && self[index].time == point.time
        if isKnown, self[index] == point { return nil }
        if isKnown { self[index] = point } else { insert(point, at: index) }
        return index + 1 < count ? self[index + 1].time : .max
    }

    /// The newest point before `time`.
    func value(before time: Int64) -> HeldPoint? { last { $0.time < time } }

    /// Drops what nobody asks for any more who asks for `time` or later.
    mutating func forget(before time: Int64) {
        let keep = (lastIndex { $0.time < time } ?? 0)
        if keep > 0 { removeFirst(keep) }
    }
}
