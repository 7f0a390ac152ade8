package import Telemetry

/// What the reserve of one EVSE depends on beside its readings; powers in W at the grid side, all zero or more.
package struct ReserveLimits: Sendable, Equatable {
    /// The most that it charges.
    package var maxChargeW: Double
    /// The most that it discharges.
    package var maxDischargeW: Double
    /// The battery's capacity.
    package var batteryWh: Double
    /// The state of charge that discharging must leave.
    package var socMinPct: Double
    /// The state of charge that charging must not pass.
    package var socMaxPct: Double
    /// When the vehicle leaves, ns since 1970 UTC.
    package var departure: Int64?
    /// The state of charge that it must leave with.
    package var departureSocPct: Double?
    /// How long it takes from a command to the whole change of its power, seconds.
    package var responseS: Double

    /// The limits of an EVSE of the topology.
    package init(_ evse: EVSE) {
        maxChargeW = evse.maxChargeW
        maxDischargeW = evse.maxDischargeW
        batteryWh = evse.batteryWh
        socMinPct = evse.socMinPct
        socMaxPct = evse.socMaxPct
        departure = evse.departure
        departureSocPct = evse.departureSocPct
        responseS = evse.responseS
    }

    /// The share of a change of power that is there when the whole is due, with power that changes evenly.
    ///
    /// - Source: Regulation (EU) 2017/1485, Article 154: the activation is at least linear up to the full activation time.
    @inline(__always)
    func responseShare(_ fcr: FCRSettings) -> Double {
        responseS <= fcr.fullActivationS ? 1 : fcr.fullActivationS / responseS
    }

    /// The energy that must be left after `limitedEnergyS`, so that the vehicle can still leave as promised, in Wh;
    /// nil where it leaves before that: then it has no reserve at all.
    @inline(__always)
    func energyFloor(at time: Int64, _ fcr: FCRSettings, withDeparture: Bool) -> Double? {
        let floor = batteryWh * socMinPct / 100
        guard withDeparture, let departure else { return floor }
        let seconds = Double(departure.minus(time)) / 1e9
        guard seconds >= fcr.limitedEnergyS else { return nil }
        guard let departureSocPct else { return floor }
        let charged = fcr.chargeEfficiency * maxChargeW * (seconds - fcr.limitedEnergyS) / 3600
        return max(floor, batteryWh * departureSocPct / 100 - charged)
    }
}

/// The power that one EVSE can hold for `limitedEnergyS` in either direction, from what it does now.
///
/// - Parameters:
///   - power: held power in W, import positive.
///   - limits: the EVSE's.
///   - socPct: its state of charge, nil where unknown or stale: then it has none.
///   - time: the instant, ns since 1970 UTC; only the departure is measured against it.
///   - fcr: the settings of the product.
///   - withDeparture: false leaves the departure out, for the account of what it takes.
/// - Returns: W by which Power_Flow can fall (`up`: for low frequency) and rise (`down`), zero or more.
/// - Source: our own definition, checked by the reference in the tests; limited reservoirs: Regulation (EU) 2017/1485, Article 156.
@inline(__always)
package func reserve(
    power: Double, limits: ReserveLimits, socPct: Double?, at time: Int64, fcr: FCRSettings, withDeparture: Bool = true
) -> (up: Double, down: Double) {
    guard let socPct, let floor = limits.energyFloor(at: time, fcr, withDeparture: withDeparture) else { return (0, 0) }
    let energy = limits.batteryWh * socPct / 100
    let ceiling = limits.batteryWh * limits.socMaxPct / 100
    var up = 0.0
    if energy >= floor {
        let discharge = fcr.dischargeEfficiency * (energy - floor) * 3600 / fcr.limitedEnergyS
        up = max(0, power + min(limits.maxDischargeW, discharge))
    }
    var highest = 0.0
    if energy <= ceiling {
        highest = min(limits.maxChargeW, (ceiling - energy) * 3600 / (fcr.chargeEfficiency * fcr.limitedEnergyS))
    }
    return (up, max(0, highest - power))
}

/// What can come out of one vehicle: the power that it can hold for `limitedEnergyS`, and the energy above its floor.
///
/// - Returns: W and Wh, both at the grid side, zero or more; the energy is 0 where nothing can be discharged.
/// - Source: our own definition, checked by the reference in the tests.
@inline(__always)
package func dischargePotential(
    limits: ReserveLimits, socPct: Double?, at time: Int64, fcr: FCRSettings
) -> (powerW: Double, energyWh: Double) {
    guard let socPct, let floor = limits.energyFloor(at: time, fcr, withDeparture: true) else { return (0, 0) }
    let spare = max(0, limits.batteryWh * socPct / 100 - floor) * fcr.dischargeEfficiency
    let power = min(limits.maxDischargeW, spare * 3600 / fcr.limitedEnergyS)
    return (power, limits.maxDischargeW > 0 ? spare : 0)
}

/// The change of Power_Flow that an FCR unit owes the grid at one frequency, by linear droop.
///
/// - Parameters:
///   - frequency: Hz, as measured.
///   - reserve: W sold as symmetric FCR, zero or more.
///   - nominal: Hz.
///   - full: the deviation of full activation, Hz.
///   - insensitivity: the deviation below which nothing is asked, Hz.
/// - Returns: W to add to the baseline, negative when the frequency is low; the whole reserve from `full` on.
/// - Source: Regulation (EU) 2017/1485, Annex V, Continental Europe.
package func droopResponse(
    frequency: Double, reserve: Double, nominal: Double = 50, full: Double = 0.2, insensitivity: Double = 0.01
) -> Double {
    let deviation = frequency - nominal
    // A measured 49.99 Hz is 10 mHz off although its binary is a hair less: the nanohertz decides for activation.
    guard abs(deviation) >= insensitivity - 1e-9 else { return 0 }
    return reserve * max(-1, min(1, deviation / full))
}
