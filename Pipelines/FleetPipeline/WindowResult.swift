package import Telemetry

/// The values of one `Feeder_Aggregate`, as GRID.md section 2 defines them.
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

    /// All zero.
    package init() {}
}

/// The values of one `FCR_Readiness`, known at the end of its second, as GRID.md section 3 defines them.
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
    }
}

/// One window of one feeder, given once more: keyed by feeder, window and revision, so that a repeat is harmless.
package struct WindowResult: Sendable, Equatable {
    /// What was computed.
    package enum Values: Sendable, Equatable {
        case aggregate(FeederAggregate)
        case readiness(FCRReadiness)
    }

    /// The feeder.
    package let feeder: String
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

    /// The measurement of the point.
    package var measurement: String {
        switch values {
        case .aggregate: CanonicalNames.feederAggregate
        case .readiness: CanonicalNames.fcrReadiness
        }
    }

    /// The tags of the point.
    package var tags: [(String, String)] {
        switch values {
        case .aggregate: [(CanonicalNames.feederTag, feeder), ("window", "\(windowSeconds)s")]
        case .readiness: [(CanonicalNames.feederTag, feeder)]
        }
    }

    /// The fields of the point by name; a value that is absent is left out.
    package var fields: [(String, FieldValue)] {
        var fields: [(String, FieldValue)]
        switch values {
        case .aggregate(let values): fields = values.fields
        case .readiness(let values): fields = values.fields
        }
        fields.append(("revision", .integer(revision)))
        fields.append(("final", .boolean(isFinal)))
        return fields
    }
}

extension FeederAggregate {
    fileprivate var fields: [(String, FieldValue)] {
        var fields: [(String, FieldValue)] = [
            ("active_power_w", .float(activePowerW)), ("active_power_w_min", .float(activePowerMinW)),
            ("active_power_w_max", .float(activePowerMaxW)), ("energy_import_wh", .float(energyImportWh)),
            ("energy_export_wh", .float(energyExportWh)), ("readings", .integer(readings)),
            ("evse_expected", .integer(evseExpected)), ("evse_heard", .integer(evseHeard)),
            ("evse_stale", .integer(evseStale)), ("coverage", .float(coverage)),
        ]
        if let socMeanPct { fields.append(("soc_mean_pct", .float(socMeanPct))) }
        if let socMinPct { fields.append(("soc_min_pct", .float(socMinPct))) }
        return fields
    }
}

extension FCRReadiness {
    fileprivate var fields: [(String, FieldValue)] {
        [
            ("active_power_w", .float(activePowerW)), ("evse_live", .integer(evseLive)),
            ("fcr_up_w", .float(reserve.up)), ("fcr_down_w", .float(reserve.down)),
            ("fcr_symmetric_w", .float(min(reserve.up, reserve.down))),
            ("lost_stale_up_w", .float(lostStale.up)), ("lost_energy_up_w", .float(lostEnergy.up)),
            ("lost_departure_up_w", .float(lostDeparture.up)), ("lost_feeder_up_w", .float(lostFeeder.up)),
            ("lost_stale_down_w", .float(lostStale.down)), ("lost_energy_down_w", .float(lostEnergy.down)),
            ("lost_departure_down_w", .float(lostDeparture.down)), ("lost_feeder_down_w", .float(lostFeeder.down)),
            ("discharge_potential_w", .float(dischargePotentialW)),
            ("discharge_energy_wh", .float(dischargeEnergyWh)),
        ]
    }
}

/// The derived batch that stores `results` in the telemetry database; derived rows never enter a pipeline again.
///
/// - Parameter arrival: the arrival clock of the batch or tick that gave the results.
package func resultBatch(_ results: [WindowResult], arrival: Int64) -> FrameBatch {
    var batch = FrameBatch(database: CanonicalNames.telemetryDatabase, arrival: arrival, isDerived: true)
    for result in results {
        batch.append(
            measurement: result.measurement, tags: result.tags, fields: result.fields, timestamp: result.windowStart)
    }
    batch.seal()
    return batch
}
