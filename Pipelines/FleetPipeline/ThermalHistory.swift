import Telemetry
import TransformerThermal

/// A transformer's minutes: the state that nothing can change any more, and behind it those that can.
///
/// - Invariant: `minutes` follow each other from `baseEnd` on.
struct ThermalHistory: Sendable {
    /// The step of the model, in seconds.
    static let minute: Int64 = 60

    /// Its number among the groups.
    let group: Int32
    /// What the topology says of it; nil where it does not know it.
    var plate = Timeline<Transformer?>(nil)
    /// The state at `baseEnd`.
    var base = ThermalRun()
    /// The second at which the first of `minutes` begins; nil before the first.
    var baseEnd: Int64?
    /// The admissible load at `baseEnd`, per unit.
    var baseAdmissible: Double?
    /// The minutes that were given and can still change.
    var minutes: [ThermalMinute] = []
    /// The minutes that became final last, for a repair that was computed up to an earlier one.
    var finals: [ThermalMinute] = []
    /// How many of them are kept.
    static let finalLimit = 16
    /// Whether a second of them, or an ambient temperature, changed.
    var isDirty = false
    /// Whether the minutes are given from outside, as in a repair.
    var isFrozen = false

    /// The admissible load of the last minute that was over when `second` began; nil before the first.
    func admissible(at second: Int64) -> Double? {
        for minute in minutes.reversed() where minute.start + Self.minute <= second { return minute.admissible }
        return baseAdmissible
    }
}

/// One minute of a transformer.
struct ThermalMinute: Sendable, Equatable {
    /// Its first second.
    var start: Int64
    /// What went in: the load, nil where nobody was heard, and the air around it, °C.
    var load: Double?
    var ambientC = 20.0
    /// The transformer at its end.
    var run = ThermalRun()
    /// What is known at its end; nil before the first load and in a long gap.
    var row: ThermalRow?
    /// The newest admissible load.
    var admissible: Double?
    /// The revision that was given last, -1 before the first.
    var revision: Int32 = -1
    /// Whether `row` changed since.
    var isDirty = false
}

/// An ambient temperature from `time` on.
struct AmbientPoint: Sendable, Equatable {
    var time: Int64
    var celsius: Double

    /// How long a temperature holds: weather services give one an hour, and miss one now and then.
    static let holds: Int64 = 3 * 3600 * .second
}

extension Transformer {
    /// The nameplate as the model takes it.
    var thermalPlate: TransformerPlate {
        TransformerPlate(
            ratedVA: ratedVA, constants: ThermalConstants.named(type) ?? .onanDistribution,
            limits: ThermalLimits(hotSpotC: hotSpotLimitC, topOilC: topOilLimitC, loadPU: loadLimitPU),
            isUpgradedPaper: isPaperUpgraded)
    }
}
