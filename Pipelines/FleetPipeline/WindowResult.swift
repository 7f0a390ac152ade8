package import Telemetry
package import TransformerThermal

/// The values of one `Feeder_Aggregate`: held power, integrated; EVSEs and SoC as of its end.
package struct FeederAggregate: Sendable, Equatable {
    /// Mean held power over the window, W.
    package var activePowerW = 0.0
    /// The lowest of its seconds, W.
    package var activePowerMinW = 0.0
    /// The highest of its seconds, W.
    package var activePowerMaxW = 0.0
    /// What flowed to vehicles, Wh.
    package var energyImportWh = 0.0
    /// What flowed from vehicles, Wh.
    package var energyExportWh = 0.0
    /// Readings in the window, repeats once.
    package var readings: Int64 = 0
    /// EVSEs that the topology has here, and unknown ones that were heard within a day.
    package var evseExpected: Int64 = 0
    /// EVSEs with a reading in the window.
    package var evseHeard: Int64 = 0
    /// Expected EVSEs without a live value at the window's end.
    package var evseStale: Int64 = 0
    /// Covered share of the expected EVSE-seconds, 0 to 1.
    package var coverage = 0.0
    /// Mean SoC of live EVSEs at the window's end, percent; nil without one.
    package var socMeanPct: Double?
    /// Their lowest SoC.
    package var socMinPct: Double?
    /// What not every fleet measures; nil where nobody does.
    package var detail: AggregateDetail?

    /// All zero.
    package init() {}
}

/// The values of one `FCR_Readiness`, known at the end of its second; losses from the nameplate, in this order.
package struct FCRReadiness: Sendable, Equatable {
    /// Held power of live EVSEs, W.
    package var activePowerW = 0.0
    /// Live EVSEs.
    package var evseLive: Int64 = 0
    /// W by which Power_Flow can fall, and rise.
    package var reserve = Direction()
    /// W that staleness takes from the nameplate.
    package var lostStale = Direction()
    /// W that the batteries' energy takes.
    package var lostEnergy = Direction()
    /// W that departures take.
    package var lostDeparture = Direction()
    /// W that the feeder's limits take.
    package var lostFeeder = Direction()
    /// W that the transformer's temperature takes; nil where it does not limit.
    package var lostTransformer: Direction?
    /// W that come after the whole reserve is due; nil where every EVSE is fast enough.
    package var lostResponse: Direction?
    /// What the EVSEs that were heard lately can give each; nil in seconds of which nothing is said.
    package var spread: ReserveSpread?
    /// W out of the vehicles that can be held.
    package var dischargePotentialW = 0.0
    /// Wh above their floors.
    package var dischargeEnergyWh = 0.0

    /// All zero.
    package init() {}

    /// A power for either direction: up lowers Power_Flow, down raises it.
    package struct Direction: Sendable, Equatable {
        /// W for low frequency.
        package var up = 0.0
        /// W for high frequency.
        package var down = 0.0

        /// A pair of powers.
        package init(up: Double = 0, down: Double = 0) {
            self.up = up
            self.down = down
        }

        static func += (sum: inout Direction, part: Direction) {
            sum.up += part.up
            sum.down += part.down
        }
    }

    /// Adds another group's: the sum takes the smaller of its own up and down, not the sum of the smaller ones.
    mutating func add(_ part: FCRReadiness) {
        activePowerW += part.activePowerW
        evseLive += part.evseLive
        reserve += part.reserve
        lostStale += part.lostStale
        lostEnergy += part.lostEnergy
        lostDeparture += part.lostDeparture
        lostFeeder += part.lostFeeder
        if let lost = part.lostTransformer {
            lostTransformer = lostTransformer ?? Direction()
            lostTransformer? += lost
        }
        if let lost = part.lostResponse {
            lostResponse = lostResponse ?? Direction()
            lostResponse? += lost
        }
        dischargePotentialW += part.dischargePotentialW
        dischargeEnergyWh += part.dischargeEnergyWh
    }
}

/// One window of one group, given once more: keyed by group, window and revision, so that a repeat is harmless.
package struct WindowResult: Sendable, Equatable {
    /// What was computed.
    package enum Values: Sendable, Equatable {
        case aggregate(FeederAggregate)
        case readiness(FCRReadiness)
        case thermal(ThermalRow)
        case audit(FCRAuditRow)
        case auditQuarter(FCRAuditQuarter)
        case stream(StreamRow)
    }

    /// What kind of group it is.
    package let kind: GroupKind
    /// The group's name, or the portfolio's of an audit; the fleet's is empty.
    package let name: String
    /// The start of the window, ns since 1970 UTC; also the time of the point.
    package let windowStart: Int64
    /// The length of the window.
    package let windowSeconds: Int64
    /// 0 at the watermark, one more each time that it is given again.
    package let revision: Int64
    /// Whether the allowed lateness is over.
    package let isFinal: Bool
    /// What was computed.
    package let values: Values

    /// A result.
    package init(
        kind: GroupKind = .feeder, name: String, windowStart: Int64, windowSeconds: Int64, revision: Int64,
        isFinal: Bool, values: Values
    ) {
        self.kind = kind
        self.name = name
        self.windowStart = windowStart
        self.windowSeconds = windowSeconds
        self.revision = revision
        self.isFinal = isFinal
        self.values = values
    }

    /// The measurement of the point.
    package var measurement: String {
        switch values {
        case .aggregate: kind.aggregateMeasurement
        case .readiness: kind == .fleet ? CanonicalNames.fleetReadiness : CanonicalNames.fcrReadiness
        case .thermal: CanonicalNames.transformerState
        case .audit, .auditQuarter: CanonicalNames.fcrAudit
        case .stream(let row): row.measurement
        }
    }

    /// The tags of the point.
    package var tags: [(String, String)] {
        let group = kind.tag.map { [($0, name)] } ?? []
        let window = [("window", "\(windowSeconds)s")]
        switch values {
        case .aggregate: return group + window
        case .readiness, .thermal: return group
        case .stream(let row): return zip(row.tags, row.tagValues).filter { !$0.1.isEmpty }.map { ($0, $1) }
        case .audit, .auditQuarter:
            // The portfolio, and behind a NUL the feeder where it is one's.
            let names = name.split(separator: "\u{0}", omittingEmptySubsequences: false).map(String.init)
            let tags = zip(["Portfolio", CanonicalNames.feederTag], names).filter { !$0.1.isEmpty }
            return tags.map { ($0, $1) } + window
        }
    }

    /// The fields of the point by name; a value that is absent is left out.
    package var fields: [(String, FieldValue)] {
        columns.enumerated().compactMap { index, column in
            guard let word = word(index) else { return nil }
            switch column.kind {
            case .integer: return (column.name, .integer(Int64(bitPattern: word)))
            case .boolean: return (column.name, .boolean(word != 0))
            default: return (column.name, .float(Double(bitPattern: word)))
            }
        }
    }

    /// The names and types of the fields.
    var columns: [(name: String, kind: FieldKind)] {
        switch values {
        case .aggregate: FeederAggregate.columns
        case .readiness: FCRReadiness.columns
        case .thermal: ThermalRow.columns
        case .audit, .auditQuarter: FCRAuditRow.columns
        case .stream(let row): [("revision", .integer), ("final", .boolean)] + row.columns
        }
    }

    /// The 64 bits of the field in place `column`, nil where it is absent.
    func word(_ column: Int) -> UInt64? {
        switch (values, column) {
        case (_, 0): UInt64(bitPattern: revision)
        case (_, 1): isFinal ? 1 : 0
        case (.aggregate(let values), _): values.word(column)
        case (.readiness(let values), _): values.word(column)
        case (.thermal(let values), _): values.word(column)
        case (.audit(let values), _): values.word(column)
        case (.auditQuarter(let values), _): values.word(column)
        case (.stream(let row), _): row.words[column - 2]
        }
    }
}

extension WindowResult {
    /// The fields of results, by measurement, with their types.
    package static let declaredFields: [(measurement: String, name: String, kind: FieldKind)] =
        GroupKind.allCases.flatMap { kind in
            FeederAggregate.columns.map { (kind.aggregateMeasurement, $0.name, $0.kind) }
        }
        + [CanonicalNames.fcrReadiness, CanonicalNames.fleetReadiness].flatMap { measurement in
            FCRReadiness.columns.map { (measurement, $0.name, $0.kind) }
        } + ThermalRow.columns.map { (CanonicalNames.transformerState, $0.name, $0.kind) }
        + FCRAuditRow.columns.map { (CanonicalNames.fcrAudit, $0.name, $0.kind) }
}

extension GroupKind {
    /// The measurement of its aggregates.
    var aggregateMeasurement: String {
        switch self {
        case .feeder: CanonicalNames.feederAggregate
        case .site: CanonicalNames.siteAggregate
        case .transformer: CanonicalNames.transformerAggregate
        case .fleet: CanonicalNames.fleetAggregate
        }
    }

    /// The tag that names a group of it; nil for the fleet, of which there is one.
    var tag: String? {
        switch self {
        case .feeder: CanonicalNames.feederTag
        case .site: CanonicalNames.siteTag
        case .transformer: CanonicalNames.transformerTag
        case .fleet: nil
        }
    }
}

extension ThermalRow {
    /// The fields by place; the first two are the result's.
    static let columns: [(name: String, kind: FieldKind)] = [
        ("revision", .integer), ("final", .boolean), ("load_pu", .float), ("ambient_c", .float),
        ("top_oil_c", .float), ("hot_spot_c", .float), ("ageing_rate", .float), ("loss_of_life_h", .float),
        ("admissible_load_pu", .float), ("minutes_to_limit", .float), ("alarm", .boolean), ("gap", .boolean),
        ("gradient_k", .float), ("relief_k", .float),
    ]

    fileprivate func word(_ column: Int) -> UInt64? {
        switch column {
        case 2: loadPU.bitPattern
        case 3: ambientC.bitPattern
        case 4: topOilC.bitPattern
        case 5: hotSpotC.bitPattern
        case 6: ageingRate.bitPattern
        case 7: lossOfLifeH.bitPattern
        case 8: admissibleLoadPU.bitPattern
        case 9: minutesToLimit?.bitPattern
        case 10: isAlarm ? 1 : 0
        case 11: isGap ? 1 : 0
        case 12: gradientK.bitPattern
        case 13: reliefK.bitPattern
        default: nil
        }
    }
}

extension FeederAggregate {
    /// The fields by place; the first two are the result's.
    static let columns: [(name: String, kind: FieldKind)] =
        [
            ("revision", .integer), ("final", .boolean), ("active_power_w", .float), ("active_power_w_min", .float),
            ("active_power_w_max", .float), ("energy_import_wh", .float), ("energy_export_wh", .float),
            ("readings", .integer), ("evse_expected", .integer), ("evse_heard", .integer), ("evse_stale", .integer),
            ("coverage", .float), ("soc_mean_pct", .float), ("soc_min_pct", .float),
        ] + AggregateDetail.columns

    fileprivate func word(_ column: Int) -> UInt64? {
        switch column {
        case 2: activePowerW.bitPattern
        case 3: activePowerMinW.bitPattern
        case 4: activePowerMaxW.bitPattern
        case 5: energyImportWh.bitPattern
        case 6: energyExportWh.bitPattern
        case 7: UInt64(bitPattern: readings)
        case 8: UInt64(bitPattern: evseExpected)
        case 9: UInt64(bitPattern: evseHeard)
        case 10: UInt64(bitPattern: evseStale)
        case 11: coverage.bitPattern
        case 12: socMeanPct?.bitPattern
        case 13: socMinPct?.bitPattern
        default: detail?.word(column - 14)
        }
    }
}

extension FCRReadiness {
    /// The fields by place; the first two are the result's.
    static let columns: [(name: String, kind: FieldKind)] = [
        ("revision", .integer), ("final", .boolean), ("active_power_w", .float), ("evse_live", .integer),
        ("fcr_up_w", .float), ("fcr_down_w", .float), ("fcr_symmetric_w", .float), ("lost_stale_up_w", .float),
        ("lost_energy_up_w", .float), ("lost_departure_up_w", .float), ("lost_feeder_up_w", .float),
        ("lost_stale_down_w", .float), ("lost_energy_down_w", .float), ("lost_departure_down_w", .float),
        ("lost_feeder_down_w", .float), ("discharge_potential_w", .float), ("discharge_energy_wh", .float),
        ("lost_transformer_up_w", .float), ("lost_transformer_down_w", .float), ("lost_response_up_w", .float),
        ("lost_response_down_w", .float), ("evse_heard", .integer), ("up_p10_w", .float), ("up_p50_w", .float),
        ("up_p90_w", .float), ("down_p10_w", .float), ("down_p50_w", .float), ("down_p90_w", .float),
    ]

    fileprivate func word(_ column: Int) -> UInt64? {
        switch column {
        case 2: activePowerW.bitPattern
        case 3: UInt64(bitPattern: evseLive)
        case 4: reserve.up.bitPattern
        case 5: reserve.down.bitPattern
        case 6: min(reserve.up, reserve.down).bitPattern
        case 7: lostStale.up.bitPattern
        case 8: lostEnergy.up.bitPattern
        case 9: lostDeparture.up.bitPattern
        case 10: lostFeeder.up.bitPattern
        case 11: lostStale.down.bitPattern
        case 12: lostEnergy.down.bitPattern
        case 13: lostDeparture.down.bitPattern
        case 14: lostFeeder.down.bitPattern
        case 15: dischargePotentialW.bitPattern
        case 16: dischargeEnergyWh.bitPattern
        case 17: lostTransformer?.up.bitPattern
        case 18: lostTransformer?.down.bitPattern
        case 19: lostResponse?.up.bitPattern
        case 20: lostResponse?.down.bitPattern
        case 21: spread.map { UInt64(bitPattern: $0.heard) }
        case 22...24: spread.flatMap { $0.up.isEmpty ? nil : $0.up[column - 22].bitPattern }
        case 25...27: spread.flatMap { $0.down.isEmpty ? nil : $0.down[column - 25].bitPattern }
        default: nil
        }
    }
}

extension WindowResult {
    /// The same result as another revision.
    package func withRevision(_ revision: Int64) -> WindowResult {
        WindowResult(
            kind: kind, name: name, windowStart: windowStart, windowSeconds: windowSeconds, revision: revision,
            isFinal: isFinal, values: values)
    }
}
