import Bytes
import Telemetry

/// A portfolio that has sold reserve, and how it delivers.
struct Portfolio: Sendable, Equatable {
    /// The reserve that is sold, W, from point to point.
    var contracts: [HeldPoint] = []
    /// The announced baseline, W.
    var baselines: [HeldPoint] = []
    var audit = FCRAudit()
    var quarter = FCRAuditQuarter()
}

/// What was required of the fleet and what it delivered, second by second once nothing can change it any more.
///
/// The inputs are series: `FCR_Contract` (tag `Portfolio`), `Baseline` (tag `Portfolio`, or `Feeder_ID` whose sum counts)
/// and `Grid_Frequency` (the source with the newest time counts). A portfolio is the whole fleet.
extension FleetPipeline {
    /// The length of a settlement period, in seconds.
    static let quarterHour: Int64 = 900

    /// Takes contracts, baselines and frequencies.
    mutating func applyInputs(_ table: FrameTable, arrival: Int64) {
        let field = ["FCR_Contract": "reserve_w", "Baseline": "active_power_w"][table.measurement] ?? "frequency_hz"
        let values = NumericColumn(table, field)
        let newest = min(Watermark.limit, arrival.plus(86_400 * .second))
        for row in 0..<table.rowCount {
            let point = HeldPoint(time: table.timestamps[row], value: values[row])
            // A contract and a baseline are announced ahead, by a day.
            guard !point.value.isNaN, point.time <= newest, point.time >= -Watermark.limit else { continue }
            let tags = SeriesKey.decode(table.key(row)).tags
            let portfolio = tags.first { $0.0 == "Portfolio" }?.1
            switch table.measurement {
            case CanonicalNames.fcrContract: portfolios[portfolio ?? "", default: Portfolio()].contracts.hold(point)
            case CanonicalNames.baseline:
                if let feeder = tags.first(where: { $0.0 == CanonicalNames.feederTag })?.1 {
                    feederBaselines[feeder, default: []].hold(point)
                } else {
                    portfolios[portfolio ?? "", default: Portfolio()].baselines.hold(point)
                }
            default: frequencies.hold(point)
            }
        }
    }

    /// Keeps what rows of `Power_Flow` say of the frequency.
    mutating func applyFrequencies(_ table: FrameTable, within times: ClosedRange<Int64>) {
        let column = NumericColumn(table, "frequency_hz")
        guard !column.isAbsent else { return }
        let keys = table.keyBytes.span
        for row in 0..<table.rowCount where times.contains(table.timestamps[row]) && !column[row].isNaN {
            guard let number = seriesTable.find(keys.extracting(table.keyRange(row))), series[number].evse >= 0 else {
                continue
            }
            let point = HeldPoint(time: table.timestamps[row], value: column[row])
            let (second, evse) = (point.time.wholeSecond, series[number].evse)
            if let known = fleetFrequencies[second]?[evse], known.time > point.time { continue }
            fleetFrequencies[second, default: [:]][evse] = point
        }
    }

    /// The newest frequency of a trusted source, or where none is fresh the median of what at least three EVSEs measured
    /// within the second: never one station's.
    private func frequency(in second: Int64) -> Double? {
        let end = (second + 1) * .second
        if let point = frequencies.value(before: end), end.minus(point.time) <= product.current.staleAfter {
            return point.value
        }
        let values = (fleetFrequencies[second] ?? [:]).values.map(\.value).sorted()
        guard values.count >= 3 else { return nil }
        return (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
    }

    /// Judges a second that nothing can change any more.
    mutating func audit(_ second: Int64) {
        defer { fleetFrequencies[second] = nil }
        guard !portfolios.isEmpty, settings.operators.contains(.audit) else { return }
        let end = (second + 1) * .second
        let isQuarterOver = (second + 1).aligned(to: Self.quarterHour) == second + 1
        for name in portfolios.keys.sorted() {
            if let row = auditRow(name, second) {
                portfolios[name]?.quarter.add(row)
                give(Self.fleet, second, 1, 0, true, .audit(row), name: name)
            }
            guard isQuarterOver, let quarter = portfolios[name]?.quarter else { continue }
            if quarter.seconds > 0 {
                give(
                    Self.fleet, second + 1 - Self.quarterHour, Self.quarterHour, 0, true,
                    .auditQuarter(quarter), name: name)
            }
            portfolios[name]?.quarter = FCRAuditQuarter()
        }
        guard isQuarterOver else { return }
        frequencies.forget(before: end)
        fleetFrequencies = fleetFrequencies.filter { $0.key > second }
        for name in portfolios.keys {
            portfolios[name]?.contracts.forget(before: end)
            portfolios[name]?.baselines.forget(before: end)
        }
        for name in feederBaselines.keys { feederBaselines[name]?.forget(before: end) }
    }

    /// Nil where the frequency, the contract or the power is not known.
    private mutating func auditRow(_ name: String, _ second: Int64) -> FCRAuditRow? {
        let end = (second + 1) * .second
        let state = groups[Int(Self.fleet)]
        guard let portfolio = portfolios[name], state.hasPane(second), let frequency = frequency(in: second),
            let reserve = portfolio.contracts.value(before: end)?.value, reserve > 0
        else { return nil }
        let power = Double(state.panes[Int(second - state.base)].total.sums[Contribution.Sum.energy]) / 1e6
        let byFeeder = feederBaselines.keys.sorted().compactMap { feederBaselines[$0]?.value(before: end)?.value }
        let baseline = portfolio.baselines.value(before: end)?.value ?? byFeeder.reduce(0, +)
        return portfolios[name]?.audit.second(
            frequency: frequency, reserve: reserve, power: power, baseline: baseline)
    }
}

/// The fields by place; a second has the first ones, a quarter-hour the last five.
extension FCRAuditRow {
    static let columns: [(name: String, kind: FieldKind)] = [
        ("revision", .integer), ("final", .boolean), ("frequency_hz", .float), ("reserve_w", .float),
        ("required_w", .float), ("delivered_w", .float), ("low_w", .float), ("high_w", .float), ("within", .boolean),
        ("alert", .boolean), ("seconds", .integer), ("within_share", .float), ("required_wh", .float),
        ("delivered_wh", .float), ("slope", .float),
    ]

    func word(_ column: Int) -> UInt64? {
        switch column {
        case 2: frequencyHz.bitPattern
        case 3: reserveW.bitPattern
        case 4: requiredW.bitPattern
        case 5: deliveredW.bitPattern
        case 6: lowW.bitPattern
        case 7: highW.bitPattern
        case 8: isWithin ? 1 : 0
        case 9: isAlert ? 1 : 0
        default: nil
        }
    }
}

extension FCRAuditQuarter {
    func word(_ column: Int) -> UInt64? {
        switch column {
        case 10: UInt64(bitPattern: seconds)
        case 11: (Double(within) / Double(max(1, seconds))).bitPattern
        case 12: (required / 3600).bitPattern
        case 13: (delivered / 3600).bitPattern
        case 14: slope?.bitPattern
        default: nil
        }
    }
}

/// A value from `time` on, until the next one.
struct HeldPoint: Sendable, Equatable {
    var time: Int64
    var value: Double
}

extension [HeldPoint] {
    /// Puts a point in by its time; one of the same time is replaced.
    mutating func hold(_ point: HeldPoint) {
        var index = count
        while index > 0, self[index - 1].time >= point.time { index -= 1 }
        if index < count, self[index].time == point.time { self[index] = point } else { insert(point, at: index) }
    }

    /// The newest point before `time`.
    func value(before time: Int64) -> HeldPoint? { last { $0.time < time } }

    /// Drops what nobody asks for any more who asks for `time` or later.
    mutating func forget(before time: Int64) {
        let keep = (lastIndex { $0.time < time } ?? 0)
        if keep > 0 { removeFirst(keep) }
    }
}

/// Portfolios in a checkpoint; `FleetCheckpoint` has the layout.
extension FleetPipeline {
    func appendAudits(to bytes: inout [UInt8]) {
        bytes.append(held: frequencies)
        bytes.appendVarint(UInt64(feederBaselines.count))
        for (name, points) in feederBaselines.sorted(by: { $0.key < $1.key }) {
            bytes.appendCounted(Array(name.utf8))
            bytes.append(held: points)
        }
        bytes.appendVarint(UInt64(portfolios.count))
        for (name, portfolio) in portfolios.sorted(by: { $0.key < $1.key }) {
            bytes.appendCounted(Array(name.utf8))
            bytes.append(held: portfolio.contracts)
            bytes.append(held: portfolio.baselines)
            bytes.appendVarint(UInt64(portfolio.audit.recent.count))
            for value in portfolio.audit.recent { bytes.append(double: value) }
            bytes.appendZigZag(portfolio.audit.state.wideSeconds)
            bytes.appendZigZag(portfolio.audit.state.narrowSeconds)
            bytes.appendZigZag(portfolio.quarter.seconds)
            bytes.appendZigZag(portfolio.quarter.within)
            let quarter = portfolio.quarter
            for value in [quarter.required, quarter.delivered, quarter.requiredSquared, quarter.product] {
                bytes.append(double: value)
            }
        }
        bytes.appendVarint(UInt64(fleetFrequencies.count))
        for (second, points) in fleetFrequencies.sorted(by: { $0.key < $1.key }) {
            bytes.appendZigZag(second)
            bytes.appendVarint(UInt64(points.count))
            for (evse, point) in points.sorted(by: { $0.key < $1.key }) {
                bytes.appendVarint(UInt64(evse))
                bytes.append(held: [point])
            }
        }
    }

    mutating func restoreAudits(_ reader: inout ByteReader) throws(CorruptBytes) {
        frequencies = try reader.held()
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let name = try reader.text()
            feederBaselines[name] = try reader.held()
        }
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let name = try reader.text()
            var portfolio = Portfolio(contracts: try reader.held(), baselines: try reader.held())
            for _ in 0..<(try reader.count(limit: FCRAudit.rampSeconds + 1)) {
                portfolio.audit.recent.append(try reader.double())
            }
            portfolio.audit.state.wideSeconds = try reader.zigZag()
            portfolio.audit.state.narrowSeconds = try reader.zigZag()
            portfolio.quarter.seconds = try reader.zigZag()
            portfolio.quarter.within = try reader.zigZag()
            portfolio.quarter.required = try reader.double()
            portfolio.quarter.delivered = try reader.double()
            portfolio.quarter.requiredSquared = try reader.double()
            portfolio.quarter.product = try reader.double()
            portfolios[name] = portfolio
        }
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let second = try reader.second()
            var points: [Int32: HeldPoint] = [:]
            for _ in 0..<(try reader.count(limit: reader.remaining)) {
                let evse = try reader.number(of: evses.count)
                points[evse] = try reader.held().first
            }
            fleetFrequencies[second] = points
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(held points: [HeldPoint]) {
        appendVarint(UInt64(points.count))
        for point in points {
            appendZigZag(point.time)
            append(double: point.value)
        }
    }
}

extension ByteReader {
    fileprivate mutating func held() throws(CorruptBytes) -> [HeldPoint] {
        var points: [HeldPoint] = []
        for _ in 0..<(try count(limit: remaining)) { points.append(HeldPoint(time: try zigZag(), value: try double())) }
        return points
    }
}
