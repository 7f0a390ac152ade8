import LogicalPlan

/// The averages and oscillators of technical analysis over points in order, as influxd 1.8 computes them.
///
/// Each keeps a state that takes one value after the other and gives one each; the first ones, while the state has not
/// seen enough, are held back. The digits are those of InfluxDB: sums run on rather than being taken anew.
struct TechnicalAnalysis {
    /// The functions by name, with what their state is.
    enum Function: String {
        case exponentialMovingAverage = "exponential_moving_average"
        case doubleExponentialMovingAverage = "double_exponential_moving_average"
        case tripleExponentialMovingAverage = "triple_exponential_moving_average"
        case relativeStrengthIndex = "relative_strength_index"
        case tripleExponentialDerivative = "triple_exponential_derivative"
        case kaufmansEfficiencyRatio = "kaufmans_efficiency_ratio"
        case kaufmansAdaptiveMovingAverage = "kaufmans_adaptive_moving_average"
        case chandeMomentumOscillator = "chande_momentum_oscillator"
    }

    /// How an average begins.
    enum Warmup: String {
        /// By an average whose weights grow with the count of values.
        case exponential
        /// By the mean of the values so far.
        case simple
        /// By no average at all: of the momentum oscillator alone.
        case none
    }

    let function: Function
    /// How many values are looked back at, at least 1; of the oscillator without an average at least 2.
    let period: Int
    /// How many results are held back, nil for as many as the state needs.
    let hold: Int?
    let warmup: Warmup

    /// The function over the points that have a value.
    func points(_ series: PointSeries) -> PointSeries {
        var result = series.empty
        var state = state
        let held = hold ?? state.holdCount
        var count = 0
        for (place, value) in series.values.enumerated() {
            guard let number = Evaluation.number(value) else { continue }
            let next = state.add(number)
            count += 1
            // A rate of change from 0 is endless: no point, as in InfluxDB.
            guard count > held, !next.isInfinite else { continue }
            result.times.append(series.times[place])
            result.values.append(.float(next))
        }
        return result
    }

    private var state: any RunningValue {
        let average = ExponentialAverage(period: period, warmup: warmup)
        return switch function {
        case .exponentialMovingAverage: average
        case .doubleExponentialMovingAverage: AverageChain(average, count: 2)
        case .tripleExponentialMovingAverage: AverageChain(average, count: 3)
        case .tripleExponentialDerivative: AverageChain.Rate(AverageChain(average, count: 3))
        case .relativeStrengthIndex: UpAndDown(period: period, warmup: warmup) { 100 - 100 / (1 + $0 / $1) }
        case .kaufmansEfficiencyRatio: EfficiencyRatio(period: period)
        case .kaufmansAdaptiveMovingAverage: AdaptiveAverage(period: period)
        case .chandeMomentumOscillator:
            warmup == .none
                ? MomentumOscillator(period: period)
                : UpAndDown(period: period, warmup: warmup) { 100 * (($0 - $1) / ($0 + $1)) }
        }
    }
}

/// A state that makes a value of each value that it takes.
private protocol RunningValue {
    /// How many results are held back where the question does not say.
    var holdCount: Int { get }
    mutating func add(_ value: Double) -> Double
}

/// The mean of all values, each by a fixed share less than the one behind it.
private struct ExponentialAverage: RunningValue {
    let period: Int
    let warmup: TechnicalAnalysis.Warmup
    let share: Double
    private(set) var last = 0.0
    private var count = 0

    init(period: Int, warmup: TechnicalAnalysis.Warmup, share: Double? = nil) {
        (self.period, self.warmup) = (period, warmup)
        self.share = share ?? 2 / (Double(period) + 1)
    }

    var holdCount: Int { period - 1 }
    var isWarm: Bool { count == period }
    /// Whether its values may be averaged again.
    var feedsOn: Bool { isWarm || warmup == .exponential }

    mutating func add(_ value: Double) -> Double {
        if count == 0 {
            last = value
        } else if isWarm {
            last = (value - last) * share + last
        } else if warmup == .simple {
            last = (last * Double(count) + value) / Double(count + 1)
        } else {
            last = (value - last) * (2 / Double(count + 2)) + last
        }
        if count < period { count += 1 }
        return last
    }
}

/// An average of averages, two or three deep, that lags less than they do.
private struct AverageChain: RunningValue {
    private var averages: [ExponentialAverage]

    init(_ average: ExponentialAverage, count: Int) { averages = Array(repeating: average, count: count) }

    var holdCount: Int {
        averages[0].warmup == .exponential ? averages[0].holdCount : averages[0].holdCount * averages.count
    }

    var isWarm: Bool { averages.allSatisfy(\.isWarm) }

    /// The averages of each depth; one that has not begun repeats the one before.
    mutating func depths(_ value: Double) -> [Double] {
        var result = [averages[0].add(value)]
        for depth in 1..<averages.count {
            let before = result[depth - 1]
            result.append(averages[depth - 1].feedsOn ? averages[depth].add(before) : before)
        }
        return result
    }

    mutating func add(_ value: Double) -> Double {
        let depths = depths(value)
        return depths.count == 2 ? 2 * depths[0] - depths[1] : 3 * depths[0] - 3 * depths[1] + depths[2]
    }

    /// By how many hundredths the innermost average changes.
    struct Rate: RunningValue {
        private var chain: AverageChain
        private var last = 0.0

        init(_ chain: AverageChain) { self.chain = chain }

        var holdCount: Int { chain.holdCount + 1 }

        mutating func add(_ value: Double) -> Double {
            let depths = chain.depths(value)
            // The second average of one that has not begun is none, and so is the third.
            let now = depths[depths.count - 1]
            let rate = ((now / last) - 1) * 100
            last = now
            return rate
        }
    }
}

/// Something of the averages of all rises and of all falls.
private struct UpAndDown: RunningValue {
    private var up: ExponentialAverage
    private var down: ExponentialAverage
    private var last = 0.0
    private let join: (_ up: Double, _ down: Double) -> Double

    init(period: Int, warmup: TechnicalAnalysis.Warmup, _ join: @escaping (Double, Double) -> Double) {
        up = ExponentialAverage(period: period + 1, warmup: warmup, share: 1 / Double(period))
        down = up
        self.join = join
    }

    var holdCount: Int { up.holdCount }

    mutating func add(_ value: Double) -> Double {
        let rise = value > last ? value - last : 0
        let fall = value < last ? last - value : 0
        last = value
        return join(up.add(rise), down.add(fall))
    }
}

/// A value and how far it is from the one before.
private struct Step {
    var value = 0.0
    var change = 0.0
}

/// How straight the way of the last values was: its two ends' distance by its length.
private struct EfficiencyRatio: RunningValue {
    private var steps: [Step]
    private var length = 0.0
    private var count = 0
    private var newest = 0

    init(period: Int) { steps = Array(repeating: Step(), count: period) }

    var holdCount: Int { steps.count }
    var isWarm: Bool { count == steps.count + 1 }
    var last: Double { steps[newest].value }

    mutating func add(_ value: Double) -> Double {
        let oldest = newest + 1 < steps.count ? newest + 1 : 0
        let distance = (value - steps[oldest].value).magnitude
        let step = Step(value: value, change: (value - steps[newest].value).magnitude)
        length -= steps[oldest].change
        length += step.change
        newest = oldest
        steps[newest] = step
        if !isWarm { count += 1 }
        return distance == 0 || length == 0 ? 0 : distance / length
    }
}

/// An average that follows straight ways fast and winding ones slowly.
private struct AdaptiveAverage: RunningValue {
    private var ratio: EfficiencyRatio
    private var last = 0.0

    init(period: Int) { ratio = EfficiencyRatio(period: period) }

    var holdCount: Int { ratio.holdCount }

    mutating func add(_ value: Double) -> Double {
        if !ratio.isWarm { last = ratio.last }
        // From 2/31, the slowest, up to 2/3; their difference is rounded once, as a constant of Go.
        let share = ratio.add(value) * (56.0 / 93.0) + 2.0 / 31.0
        last = last + share * share * (value - last)
        return last
    }
}

/// What the rises of the last values are more than their falls, by both together, in hundredths.
private struct MomentumOscillator: RunningValue {
    private var steps: [Step]
    private var rises = 0.0
    private var falls = 0.0
    private var newest = 0
    private var hasBegun = false

    init(period: Int) { steps = Array(repeating: Step(), count: max(1, period - 1)) }

    var holdCount: Int { steps.count }

    mutating func add(_ value: Double) -> Double {
        let oldest = newest + 1 == steps.count ? 0 : newest + 1
        let change = hasBegun ? value - steps[newest].value : 0
        if change > 0 { rises += change } else if change < 0 { falls -= change }
        hasBegun = true
        let result = rises != 0 || falls != 0 ? 100 * ((rises - falls) / (rises + falls)) : 0
        let gone = steps[oldest].change
        if gone > 0 { rises -= gone } else if gone < 0 { falls += gone }
        steps[oldest] = Step(value: value, change: change)
        newest = oldest
        return result
    }
}
