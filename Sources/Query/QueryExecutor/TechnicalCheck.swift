import InfluxQL

/// What InfluxDB refuses in the arguments of the functions of technical analysis, in its words.
enum TechnicalCheck {
    /// How a call is to be computed, from arguments that may yet be wrong.
    ///
    /// - Parameter arguments: all of the call, as many as it takes.
    static func function(_ name: String, _ arguments: [Expression]) throws -> TechnicalAnalysis? {
        guard let function = TechnicalAnalysis.Function(rawValue: name) else { return nil }
        guard case .integer(let period) = arguments[1] else {
            throw QueryError("\(name) period must be an integer")
        }
        guard period >= 1 else { throw QueryError("\(name) period must be greater than or equal to 1") }
        guard period <= periodLimit else {
            throw QueryError("\(name) period must be less than or equal to \(periodLimit)")
        }
        let hold = arguments.count > 2 ? try hold(name, function, arguments[2]) : nil
        let warmup = try warmup(name, function, arguments.count > 3 ? arguments[3] : nil)
        // influxd 1.8 panics there: two values at least make one change.
        if warmup == .none, period < 2 {
            throw QueryError("\(name) period must be greater than or equal to 2")
        }
        return TechnicalAnalysis(function: function, period: Int(period), hold: hold, warmup: warmup)
    }

    /// The most arguments that a function takes.
    static func argumentLimit(_ function: TechnicalAnalysis.Function) -> Int {
        switch function {
        case .kaufmansEfficiencyRatio, .kaufmansAdaptiveMovingAverage: 3
        default: 4
        }
    }

    /// As many values as one call looks back at.
    private static let periodLimit: Int64 = 1_000_000

    private static func hold(
        _ name: String, _ function: TechnicalAnalysis.Function, _ argument: Expression
    ) throws -> Int? {
        guard case .integer(let hold) = argument else { throw QueryError("\(name) hold period must be an integer") }
        if hold == -1 { return nil }
        let least: Int64 = function == .tripleExponentialDerivative ? 1 : 0
        guard hold >= least else {
            throw QueryError("\(name) hold period must be greater than or equal to \(least)")
        }
        return Int(hold)
    }

    private static func warmup(
        _ name: String, _ function: TechnicalAnalysis.Function, _ argument: Expression?
    ) throws -> TechnicalAnalysis.Warmup {
        let isOscillator = function == .chandeMomentumOscillator
        guard let argument else { return isOscillator ? .none : .exponential }
        guard case .string(let text) = argument else { throw QueryError("\(name) warmup type must be a string") }
        guard let warmup = TechnicalAnalysis.Warmup(rawValue: text), warmup != .none || isOscillator else {
            let words = (isOscillator ? "'none' " : "") + "'exponential' 'simple'"
            throw QueryError("\(name) warmup type must be one of: \(words)")
        }
        return warmup
    }
}
