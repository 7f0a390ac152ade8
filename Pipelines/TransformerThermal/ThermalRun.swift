/// What a transformer's temperatures are computed with: nameplate, limits and what stands around it.
package struct TransformerPlate: Sendable, Equatable {
    /// Rated apparent power, VA.
    package var ratedVA: Double
    /// The constants of its type.
    package var constants: ThermalConstants
    /// What it may reach.
    package var limits: ThermalLimits
    /// Whether its paper is thermally upgraded.
    package var isUpgradedPaper: Bool

    /// A plate.
    package init(ratedVA: Double, constants: ThermalConstants, limits: ThermalLimits, isUpgradedPaper: Bool) {
        self.ratedVA = ratedVA
        self.constants = constants
        self.limits = limits
        self.isUpgradedPaper = isUpgradedPaper
    }
}

/// One transformer through the minutes: told each minute's load and ambient, it answers the state at the minute's end.
///
/// A minute without any load holds the last one, up to `gapLimit`; behind a longer gap it begins anew from the steady
/// state of the load that comes back, or from where it was before, whichever is hotter. A pure value: who keeps one of
/// each minute can go back to it when a late reading changes a load.
package struct ThermalRun: Sendable, Equatable {
    /// The minutes of a gap through which the last load is held.
    package static let gapLimit = 15

    /// The temperatures; nil before the first load.
    package var state: ThermalState?
    /// The last load that was known, per unit.
    package var loadPU: Double
    /// Minutes since then.
    package var gapMinutes: Int
    /// Life lost since the beginning, hours.
    package var lossOfLifeH: Double

    /// A transformer of which nothing is known.
    package init(
        state: ThermalState? = nil, loadPU: Double = 0, gapMinutes: Int = 0, lossOfLifeH: Double = 0
    ) {
        self.state = state
        self.loadPU = loadPU
        self.gapMinutes = gapMinutes
        self.lossOfLifeH = lossOfLifeH
    }

    /// A minute goes by.
    ///
    /// - Parameter loadPU: the square root of the mean square of the load, over rated; nil where nothing is known of it.
    /// - Returns: what is known at its end; nil before the first load and in a gap that is too long.
    package mutating func minute(loadPU load: Double?, ambientC: Double, _ plate: TransformerPlate) -> ThermalRow? {
        let isBack = load != nil && gapMinutes >= Self.gapLimit
        if load == nil { gapMinutes = min(gapMinutes + 1, Self.gapLimit) } else { gapMinutes = 0 }
        if let load { loadPU = load }
        guard gapMinutes < Self.gapLimit else { return nil }
        let level = ThermalState(steadyAt: loadPU, ambientC: ambientC, plate.constants)
        var after = level
        if let state {
            after = ThermalStep(minutes: 1, plate.constants).apply(to: state, towards: level)
            if isBack, level.hotSpotC > state.hotSpotC { after = level }
        } else if load == nil {
            return nil
        }
        let rate = ageingRate(hotSpotC: after.hotSpotC, isUpgradedPaper: plate.isUpgradedPaper)
        // The first state is assumed, not lived through.
        if state != nil { lossOfLifeH += rate / 60 }
        state = after
        let toLimit = minutesToLimit(
            from: after, loadPU: loadPU, ambientC: ambientC, plate.constants, limits: plate.limits)
        return ThermalRow(
            loadPU: loadPU, ambientC: ambientC, topOilC: after.topOilC, hotSpotC: after.hotSpotC, ageingRate: rate,
            lossOfLifeH: lossOfLifeH,
            admissibleLoadPU: admissibleLoad(from: after, ambientC: ambientC, plate.constants, limits: plate.limits),
            minutesToLimit: toLimit, isAlarm: toLimit.map { $0 < ThermalRow.alarmMinutes } ?? false,
            isGap: load == nil || isBack, gradientK: after.gradientK, reliefK: after.reliefK)
    }
}

/// What is known of a transformer at the end of a minute.
package struct ThermalRow: Sendable, Equatable {
    /// The alarm comes when the present load can go on for less than so many minutes.
    package static let alarmMinutes = 15.0

    /// The load over the minute, per unit: square root of the mean square.
    package var loadPU: Double
    /// The air around it, °C.
    package var ambientC: Double
    /// Top oil, °C.
    package var topOilC: Double
    /// Hot spot, °C.
    package var hotSpotC: Double
    /// Hours of life lost an hour.
    package var ageingRate: Double
    /// Hours of life lost since the beginning.
    package var lossOfLifeH: Double
    /// The highest load that may hold for the next half hour, per unit.
    package var admissibleLoadPU: Double
    /// How long the present load can go on; nil where no limit is reached within a day.
    package var minutesToLimit: Double?
    /// Whether that is less than `alarmMinutes`.
    package var isAlarm: Bool
    /// Whether the load is not known in this minute, or was not for so long before that the state was begun anew.
    package var isGap: Bool
    /// The two parts of the hot spot's gradient over the top oil, K: with the top oil all that the next minute needs.
    package var gradientK: Double, reliefK: Double

    /// A row of given values.
    package init(
        loadPU: Double, ambientC: Double, topOilC: Double, hotSpotC: Double, ageingRate: Double, lossOfLifeH: Double,
        admissibleLoadPU: Double, minutesToLimit: Double?, isAlarm: Bool, isGap: Bool,
        gradientK: Double, reliefK: Double
    ) {
        self.loadPU = loadPU
        self.ambientC = ambientC
        self.topOilC = topOilC
        self.hotSpotC = hotSpotC
        self.ageingRate = ageingRate
        self.lossOfLifeH = lossOfLifeH
        self.admissibleLoadPU = admissibleLoadPU
        self.minutesToLimit = minutesToLimit
        self.isAlarm = isAlarm
        self.isGap = isGap
        self.gradientK = gradientK
        self.reliefK = reliefK
    }
}
