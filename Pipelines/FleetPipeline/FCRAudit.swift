/// One second of an FCR delivery, judged.
package struct FCRAuditRow: Sendable, Equatable {
    /// Hz, as measured.
    package var frequencyHz: Double
    /// The reserve that was sold, W.
    package var reserveW: Double
    /// What the droop asks for, W of change of Power_Flow.
    package var requiredW: Double
    /// Power less baseline, W.
    package var deliveredW: Double
    /// The corridor.
    package var lowW: Double, highW: Double
    /// Whether the delivery lies in it.
    package var isWithin: Bool
    /// Whether the system is in the alert state.
    package var isAlert: Bool
}

/// A quarter-hour of such seconds.
package struct FCRAuditQuarter: Sendable, Equatable {
    /// Seconds that were judged.
    package var seconds: Int64 = 0
    /// Of those, seconds within the corridor.
    package var within: Int64 = 0
    /// Sums over them: W, and W² for the slope.
    package var required = 0.0, delivered = 0.0, requiredSquared = 0.0, product = 0.0

    mutating func add(_ row: FCRAuditRow) {
        seconds += 1
        within += row.isWithin ? 1 : 0
        required += row.requiredW
        delivered += row.deliveredW
        requiredSquared += row.requiredW * row.requiredW
        product += row.requiredW * row.deliveredW
    }

    /// Least squares of delivered on required; nil where nothing, or always the same, was required.
    package var slope: Double? {
        let count = Double(seconds)
        let spread = count * requiredSquared - required * required
        guard spread > 1e-6 * max(1, requiredSquared) else { return nil }
        return (count * product - required * delivered) / spread
    }
}

/// Judges a delivery second by second: was it inside what a full answer within 30 s and half of it within 15 s allow?
///
/// - Source: our own definition, checked by the reference in the tests; the times are those of Regulation (EU) 2017/1485, Article 154.
package struct FCRAudit: Sendable, Equatable {
    /// A full answer is due within so many seconds.
    static let rampSeconds = 30
    /// Half of it.
    static let halfSeconds = 15
    /// The share of the reserve by which a delivery may miss.
    static let tolerance = 0.05

    /// What was required, the newest last: the present second and those that its corridor looks back to.
    var recent: [Double] = []
    /// The state of the system.
    var state = SystemState()

    package init() {}

    /// Judges one second more.
    package mutating func second(
        frequency: Double, reserve: Double, power: Double, baseline: Double
    ) -> FCRAuditRow {
        recent.append(droopResponse(frequency: frequency, reserve: reserve))
        if recent.count > Self.rampSeconds + 1 { recent.removeFirst() }
        let half = recent.count > Self.halfSeconds ? recent.suffix(Self.halfSeconds + 1) : [0]
        let lowest = recent.min() ?? 0
        let highest = recent.max() ?? 0
        let (halfLowest, halfHighest) = (half.min() ?? 0, half.max() ?? 0)
        let low = max(lowest, halfLowest > 0 ? halfLowest / 2 : lowest) - Self.tolerance * reserve
        let high = min(highest, halfHighest < 0 ? halfHighest / 2 : highest) + Self.tolerance * reserve
        let delivered = power - baseline
        return FCRAuditRow(
            frequencyHz: frequency, reserveW: reserve, requiredW: recent.last ?? 0, deliveredW: delivered, lowW: low,
            highW: high, isWithin: low <= delivered && delivered <= high, isAlert: state.second(frequency: frequency))
    }
}

/// Whether the system is in the alert state, from a frequency each second.
///
/// - Source: Regulation (EU) 2017/1485, Article 18 and Annex III, Continental Europe: 100 mHz for over 5 minutes, 50 mHz for over
///   15 minutes, or 200 mHz at once.
package struct SystemState: Sendable, Equatable {
    /// Seconds without a break beyond 100 mHz and beyond 50 mHz.
    var wideSeconds: Int64 = 0
    var narrowSeconds: Int64 = 0

    package init() {}

    /// Takes the frequency of a second; answers whether the alert state holds in it.
    package mutating func second(frequency: Double, nominal: Double = 50) -> Bool {
        // 50.1 Hz is not over 100 mHz although its binary is a hair more: the nanohertz decides.
        let deviation = (abs(frequency - nominal) * 1e9).rounded() / 1e9
        wideSeconds = deviation > 0.1 ? wideSeconds + 1 : 0
        narrowSeconds = deviation > 0.05 ? narrowSeconds + 1 : 0
        return wideSeconds > 300 || narrowSeconds > 900 || deviation > 0.2
    }
}

/// The deviation that a unit with a nearly used-up reservoir answers to: it slides within five minutes to the deviation
/// less its own mean, and back.
///
/// - Source: our own definition, checked by the reference in the tests.
package struct ReserveMode: Sendable, Equatable {
    /// The seconds of the mean and of the slide.
    static let meanSeconds = 300

    private var recent: [Double] = []
    private var secondsIn = 0.0
    private var peak = 0.0
    private var secondsSince = 0.0

    package init() {}

    /// Takes the deviation of a second, in Hz, and whether the unit is in reserve mode in it.
    package mutating func second(deviation: Double, isActive: Bool) -> Double {
        recent.append(deviation)
        if recent.count > Self.meanSeconds { recent.removeFirst() }
        let length = Double(Self.meanSeconds)
        var share = 0.0
        if isActive {
            share = min(1, secondsIn / length)
            secondsIn += 1
            (peak, secondsSince) = (min(1, secondsIn / length), 0)
        } else {
            share = max(0, peak - secondsSince / length)
            (secondsIn, secondsSince) = (0, secondsSince + 1)
        }
        let mean = recent.reduce(0, +) / Double(recent.count)
        return share * (deviation - mean) + (1 - share) * deviation
    }
}
