import LogicalPlan

/// Forecasts a series by the damped method of Holt and Winters, with the steps of influxd 1.8.
///
/// 1. The points are laid on a grid of the windows' length; what is missing is skipped where errors are summed.
/// 2. Level, trend and the factors of the season are guessed from the first seasons.
/// 3. Sixteen guesses of the four rates are each improved by `NelderMead`; the least sum of squared errors wins.
/// 4. The series is told by its recurrence alone, over the time of the points and `horizon` windows beyond.
///
/// The recurrence writes the season that it leaves into the parameters that it is given. InfluxDB does so too, and the
/// search then goes on from there; without it the digits are others.
struct HoltWinters {
    /// How many points to forecast, at least 1.
    let horizon: Int
    /// The points of a season; below 2 there is none.
    let season: Int
    /// Whether the points that the model has for the time of the data are given as well.
    let showsFit: Bool
    /// Nanoseconds from a point to the next.
    let interval: Int64
    /// Looked at before each judgement of a guess.
    let isCancelled: @Sendable () -> Bool

    /// As many points as the grid and the forecast have at most.
    private static let pointLimit: Int64 = 1_000_000

    private static let guesses = [0.3, 0.3 + 0.4]
    private static let tolerance = 1.0e-4

    private var isSeasonal: Bool { season >= 2 }

    /// The forecast of one series; empty where it has too few points.
    func forecast(_ series: PointSeries) throws -> PointSeries {
        var result = series.empty
        var times: [Int64] = []
        var numbers: [Double] = []
        for (place, value) in series.values.enumerated() {
            guard let number = Evaluation.number(value) else { continue }
            times.append(series.times[place])
            numbers.append(number)
        }
        guard numbers.count >= 2, !isSeasonal || numbers.count >= season, let last = times.last else { return result }
        guard let known = try grid(times, numbers), known.count >= 2, !isSeasonal || known.count >= season else {
            return result
        }
        var best = try fitted(known)
        let told = tell(known, horizon, &best)
        let (shown, start) = showsFit ? (told[...], times[0]) : (told[known.count...], last &+ interval)
        for (place, value) in shown.enumerated() where !value.isNaN {
            result.times.append(start &+ interval &* Int64(place))
            result.values.append(.float(value))
        }
        return result
    }

    // MARK: Points

    /// A value for each window from the first point to the last, NaN where there is none; nil for less than a window.
    private func grid(_ times: [Int64], _ numbers: [Double]) throws -> [Double]? {
        let (first, last) = (rounded(times[0]), rounded(times[times.count - 1]))
        let (span, overflow) = last.subtractingReportingOverflow(first)
        guard overflow || span / interval > 0 else { return nil }
        guard !overflow, span / interval + Int64(clamping: horizon) < Self.pointLimit else {
            throw QueryError("holt_winters over more than \(Self.pointLimit) points")
        }
        var known = [numbers[0]]
        var time = first
        for (place, number) in numbers.enumerated().dropFirst() {
            let next = rounded(times[place])
            // A second point of one window is left out.
            if next <= time { continue }
            time += interval
            while time != next {
                known.append(.nan)
                time += interval
            }
            known.append(number)
        }
        return known
    }

    private func rounded(_ time: Int64) -> Int64 {
        let down = time / interval
        return (time % interval > interval / 2 ? down + 1 : down) &* interval
    }

    // MARK: The fit

    /// Rates, level, trend and season with the least error: alpha, beta, gamma, phi, then the others.
    private func fitted(_ known: [Double]) throws -> [Double] {
        var start = [0, 0, 0, 0] + first(known)
        var best = start
        var least = Double.infinity
        var isFirst = true
        for alpha in Self.guesses {
            for beta in Self.guesses {
                for gamma in Self.guesses {
                    for phi in Self.guesses {
                        (start[0], start[1], start[2], start[3]) = (alpha, beta, gamma, phi)
                        let found = try NelderMead.minimum(from: start, tolerance: Self.tolerance) { guess in
                            if isCancelled() { throw QueryError("query interrupted") }
                            return error(known, &guess)
                        }
                        guard isFirst || found.value < least else { continue }
                        (least, best, isFirst) = (found.value, found.place, false)
                    }
                }
            }
        }
        return best
    }

    /// The first guess of level and trend, then of the factor of each point of the season.
    private func first(_ known: [Double]) -> [Double] {
        guard isSeasonal else {
            return [0.5 * known[0], known[1].isNaN ? 0 : 0.5 * (known[1] - known[0])]
        }
        var (level, trend) = (0.0, 0.0)
        for place in 0..<season where !known[place].isNaN { level += (1 / Double(season)) * known[place] }
        for place in 0..<season where season + place < known.count {
            if known[place].isNaN || known[season + place].isNaN { continue }
            trend += 1 / Double(season * season) * (known[season + place] - known[place])
        }
        return [level, trend] + known[..<season].map { $0.isNaN ? 0 : $0 / level }
    }

    /// The sum of the squared errors; infinite where the model has no value for a point.
    private func error(_ known: [Double], _ parameters: inout [Double]) -> Double {
        let told = tell(known, 0, &parameters)
        var sum = 0.0
        for place in told.indices where !known[place].isNaN {
            if told[place].isNaN { return .infinity }
            let difference = told[place] - known[place]
            sum += difference * difference
        }
        return sum
    }

    /// Tells the series from its first value on, `horizon` points beyond what is known.
    private func tell(_ known: [Double], _ horizon: Int, _ parameters: inout [Double]) -> [Double] {
        for rate in 0..<4 {
            if parameters[rate] > 1 { parameters[rate] = 1 }
            if parameters[rate] < 0 { parameters[rate] = 0 }
        }
        let (alpha, beta, gamma, phi) = (parameters[0], parameters[1], parameters[2], parameters[3])
        var (level, trend, damping) = (parameters[4], parameters[5], phi)
        var value = known[0]
        var told = [value]
        told.reserveCapacity(known.count + horizon)
        let power = WholePower(phi)
        var ahead = season - 1
        for step in 1..<max(1, known.count + horizon) {
            var (before, now) = (1.0, 1.0)
            if isSeasonal {
                before = parameters[6 + (step - season + ahead) % season]
                now = parameters[6 + (step - season + step % season + ahead) % season]
            }
            let carried = level + phi * trend
            let next = alpha * (value / before) + (1 - alpha) * carried
            let slope = beta * (next - level) + (1 - beta) * phi * trend
            let factor = gamma * (value / carried) + (1 - gamma) * before
            value = (next + damping * slope) * now
            (level, trend) = (next, slope)
            damping += power.raised(to: step)
            if isSeasonal {
                parameters[6 + (step + ahead) % season] = factor
                ahead += 1
            }
            told.append(value)
        }
        return told
    }
}

/// Whole powers of a number by squaring its fraction, rounded as Go's `math.Pow` rounds them.
private struct WholePower {
    private let base: Double
    private let fraction: Double
    private let exponent: Int

    init(_ base: Double) {
        self.base = base
        let isPlain = base.isFinite && base != 0
        fraction = isPlain ? base.significand / 2 : 0
        exponent = isPlain ? Int(base.exponent) + 1 : 0
    }

    /// - Parameter power: at least 1.
    func raised(to power: Int) -> Double {
        if base == 1 || base == 0 || base.isNaN || power == 1 { return base }
        var (square, scale) = (fraction, exponent)
        var (result, shift) = (1.0, 0)
        var left = power
        while left != 0 {
            // Beyond this the result is nothing, or without end.
            if scale.magnitude > 4096 {
                shift += scale
                break
            }
            if left & 1 == 1 {
                result *= square
                shift += scale
            }
            square *= square
            scale *= 2
            if square < 0.5 {
                square += square
                scale -= 1
            }
            left >>= 1
        }
        return Double(sign: .plus, exponent: shift, significand: result)
    }
}
