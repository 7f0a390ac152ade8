import Glibc

// How it works: three temperatures each follow, with a time constant of its own, a level that load and ambient set. Over
// a step in which both stay constant the approach is exactly exponential, so that a step may have any length and two
// short ones equal a long one; the norm's own Euler form is stable only up to half of the winding's time constant, and
// a tenth of a kelvin off.

/// A transformer's nameplate as far as its temperatures need it.
///
/// - Source: IEC 60076-7:2018, Table 3 (exponents and time constants) and annex A (rises).
package struct ThermalConstants: Sendable, Equatable {
    /// The exponents of the top oil's and the winding's rise over the load.
    package var oilExponent: Double, windingExponent: Double
    /// Load losses over no-load losses at the rated load.
    package var lossRatio: Double
    /// The constants k11, k21 and k22.
    package var k11: Double, k21: Double, k22: Double
    /// The time constants of oil and winding, minutes.
    package var oilMinutes: Double, windingMinutes: Double
    /// The top oil's rise over ambient and the winding's over oil at the rated load, K.
    package var topOilRiseK: Double, gradientK: Double
    /// Hot spot over mean winding gradient.
    package var hotSpotFactor: Double

    /// A small transformer with natural oil and air, as stands in a street.
    package static let onanDistribution = ThermalConstants(
        oilExponent: 0.8, windingExponent: 1.6, lossRatio: 5, k11: 1, k21: 1, k22: 2, oilMinutes: 180,
        windingMinutes: 4, topOilRiseK: 55, gradientK: 21, hotSpotFactor: 1.1)
    /// A power transformer with natural oil and air.
    package static let onanPower = ThermalConstants(
        oilExponent: 0.8, windingExponent: 1.3, lossRatio: 6, k11: 0.5, k21: 2, k22: 2, oilMinutes: 210,
        windingMinutes: 10, topOilRiseK: 52, gradientK: 20, hotSpotFactor: 1.3)
    /// A power transformer with natural oil and forced air.
    package static let onafPower = ThermalConstants(
        oilExponent: 0.8, windingExponent: 1.3, lossRatio: 6, k11: 0.5, k21: 2, k22: 2, oilMinutes: 150,
        windingMinutes: 7, topOilRiseK: 52, gradientK: 20, hotSpotFactor: 1.3)

    /// The constants of a type by the name that a topology gives it; nil for an unknown name.
    package static func named(_ type: String) -> ThermalConstants? {
        switch type {
        case "onan-distribution": onanDistribution
        case "onan-power": onanPower
        case "onaf-power": onafPower
        default: nil
        }
    }
}

/// What a transformer may reach; the defaults are those of normal cyclic loading.
///
/// - Source: IEC 60076-7:2018, Table 4.
package struct ThermalLimits: Sendable, Equatable {
    /// °C at the hottest spot of the winding.
    package var hotSpotC: Double = 120
    /// °C of the top oil.
    package var topOilC: Double = 105
    /// Load over rated load.
    package var loadPU: Double = 1.5

    /// Normal cyclic loading.
    package init(hotSpotC: Double = 120, topOilC: Double = 105, loadPU: Double = 1.5) {
        self.hotSpotC = hotSpotC
        self.topOilC = topOilC
        self.loadPU = loadPU
    }
}

/// A transformer's temperatures at one instant.
package struct ThermalState: Sendable, Equatable {
    /// Top oil, °C.
    package var topOilC: Double
    /// The two parts of the hot spot's gradient over the top oil, K.
    package var gradientK: Double, reliefK: Double

    /// A state of given temperatures.
    package init(topOilC: Double, gradientK: Double, reliefK: Double) {
        self.topOilC = topOilC
        self.gradientK = gradientK
        self.reliefK = reliefK
    }

    /// The state after a long time at one load and ambient.
    ///
    /// - Parameter loadPU: apparent power over rated power; reverse flow heats as import does.
    package init(steadyAt loadPU: Double, ambientC: Double, _ constants: ThermalConstants) {
        let losses = (1 + constants.lossRatio * loadPU * loadPU) / (1 + constants.lossRatio)
        topOilC = ambientC + constants.topOilRiseK * pow(losses, constants.oilExponent)
        let gradient = constants.hotSpotFactor * constants.gradientK * pow(abs(loadPU), constants.windingExponent)
        gradientK = constants.k21 * gradient
        reliefK = (constants.k21 - 1) * gradient
    }

    /// The hottest spot of the winding, °C.
    package var hotSpotC: Double { topOilC + gradientK - reliefK }

    /// Whether both temperatures are within limits.
    package func isWithin(_ limits: ThermalLimits) -> Bool {
        topOilC <= limits.topOilC && hotSpotC <= limits.hotSpotC
    }
}

/// How far the three temperatures go towards their levels in a step of one length: computed once, used for many steps.
package struct ThermalStep: Sendable {
    private let oil: Double, gradient: Double, relief: Double

    /// A step of some minutes.
    package init(minutes: Double, _ constants: ThermalConstants) {
        oil = exp(-minutes / (constants.k11 * constants.oilMinutes))
        gradient = exp(-minutes / (constants.k22 * constants.windingMinutes))
        relief = exp(-minutes * constants.k22 / constants.oilMinutes)
    }

    /// The state a step later, with `level` the steady state of the load and ambient that hold through it.
    package func apply(to state: ThermalState, towards level: ThermalState) -> ThermalState {
        ThermalState(
            topOilC: level.topOilC + (state.topOilC - level.topOilC) * oil,
            gradientK: level.gradientK + (state.gradientK - level.gradientK) * gradient,
            reliefK: level.reliefK + (state.reliefK - level.reliefK) * relief)
    }
}

/// How much faster than normally the insulation ages at a hot spot.
///
/// - Parameter hotSpotC: °C.
/// - Returns: hours of life lost an hour: 1 at 98 °C for normal paper, at 110 °C for thermally upgraded paper.
/// - Source: IEC 60076-7:2018, equations (1) and (2).
package func ageingRate(hotSpotC: Double, isUpgradedPaper: Bool) -> Double {
    isUpgradedPaper ? exp(15_000.0 / 383 - 15_000 / (hotSpotC + 273)) : pow(2, (hotSpotC - 98) / 6)
}

/// The highest constant load that keeps both temperatures within limits for some minutes to come.
///
/// - Returns: load over rated load, at most the limit's; 0 where no load does.
/// - Source: our own definition, checked by the reference in the tests: bisection over steps of one minute.
package func admissibleLoad(
    from state: ThermalState, ambientC: Double, _ constants: ThermalConstants, limits: ThermalLimits, minutes: Int = 30
) -> Double {
    let step = ThermalStep(minutes: 1, constants)
    func holds(_ load: Double) -> Bool {
        let level = ThermalState(steadyAt: load, ambientC: ambientC, constants)
        var state = state
        for _ in 0..<minutes {
            state = step.apply(to: state, towards: level)
            if !state.isWithin(limits) { return false }
        }
        return true
    }
    if holds(limits.loadPU) { return limits.loadPU }
    guard holds(0) else { return 0 }
    var (low, high) = (0.0, limits.loadPU)
    for _ in 0..<40 {
        let middle = (low + high) / 2
        if holds(middle) { low = middle } else { high = middle }
    }
    return low
}

/// How long the present load can go on until a limit is reached, in minutes, straight between whole ones.
///
/// - Returns: 0 where a limit is passed already; nil where none is reached within `horizon` minutes.
package func minutesToLimit(
    from state: ThermalState, loadPU: Double, ambientC: Double, _ constants: ThermalConstants, limits: ThermalLimits,
    horizon: Int = 1440
) -> Double? {
    guard loadPU <= limits.loadPU, state.isWithin(limits) else { return 0 }
    let level = ThermalState(steadyAt: loadPU, ambientC: ambientC, constants)
    // Each part lies between where it is and where it goes to: most loads are settled without a step.
    let oil = max(state.topOilC, level.topOilC)
    let gradient = max(state.gradientK, level.gradientK) - min(state.reliefK, level.reliefK)
    if oil <= limits.topOilC, oil + gradient <= limits.hotSpotC { return nil }
    let step = ThermalStep(minutes: 1, constants)
    var before = state
    for minute in 0..<horizon {
        let after = step.apply(to: before, towards: level)
        if !after.isWithin(limits) {
            let oil = share(from: before.topOilC, to: after.topOilC, limits.topOilC)
            let hotSpot = share(from: before.hotSpotC, to: after.hotSpotC, limits.hotSpotC)
            return Double(minute) + min(oil, hotSpot)
        }
        before = after
    }
    return nil
}

/// Where between two values a limit lies, 1 where it is not passed.
private func share(from before: Double, to after: Double, _ limit: Double) -> Double {
    after > limit ? max(0, (limit - before) / (after - before)) : 1
}
