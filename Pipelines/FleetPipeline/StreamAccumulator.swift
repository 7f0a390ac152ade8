import Glibc
import Telemetry

/// Counts of values in bins that grow by a fixed ratio, so that a quantile is at most 1 % off, whatever the values.
///
/// A value v > 0 is in bin ceil(log(v) / log γ), γ = 1.01 / 0.99; the bin's answer 2·γ^bin / (γ + 1) is within 1 % of all
/// values in it. Two sketches are merged by adding up their bins. (Masson, Rim, Lee: DDSketch, 2019.)
struct QuantileSketch: Sendable, Equatable {
    private static let logGamma = log(1.01 / 0.99)

    var positive: [Int32: Int64] = [:]
    var negative: [Int32: Int64] = [:]
    var zeros: Int64 = 0

    static func bin(_ magnitude: Double) -> Int32 { Int32((log(magnitude) / logGamma).rounded(.up)) }

    private static func value(_ bin: Int32) -> Double {
        let gamma = exp(logGamma)
        return 2 * exp(logGamma * Double(bin)) / (gamma + 1)
    }

    mutating func add(_ value: Double) {
        // What is smaller than 1e-9 is 0 for any unit in use.
        if abs(value) < 1e-9 {
            zeros += 1
        } else if value > 0 {
            positive[Self.bin(value), default: 0] += 1
        } else {
            negative[Self.bin(-value), default: 0] += 1
        }
    }

    mutating func add(_ other: QuantileSketch) {
        zeros += other.zeros
        positive.merge(other.positive) { $0 + $1 }
        negative.merge(other.negative) { $0 + $1 }
    }

    /// The smallest value that at least `share` of all do not pass, within 1 %; nil without any.
    func quantile(_ share: Double) -> Double? {
        let total = zeros + positive.values.reduce(0, +) + negative.values.reduce(0, +)
        guard total > 0 else { return nil }
        var left = max(1, Int64((Double(total) * share).rounded(.up)))
        for (bin, count) in negative.sorted(by: { $0.key > $1.key }) {
            left -= count
            if left <= 0 { return -Self.value(bin) }
        }
        left -= zeros
        if left <= 0 { return 0 }
        for (bin, count) in positive.sorted(by: { $0.key < $1.key }) {
            left -= count
            if left <= 0 { return Self.value(bin) }
        }
        return nil
    }
}

/// The values of a pane, folded; two can be merged.
struct StreamAccumulator: Sendable, Equatable {
    var count: Int64 = 0
    var sum = 0.0
    var lowest = Double.infinity
    var highest = -Double.infinity
    var first = HeldPoint(time: .max, value: 0)
    var last = HeldPoint(time: .min, value: 0)
    /// The integral of held values, unit times seconds, and the series-seconds that it covers.
    var integral = 0.0
    var coveredSeconds = 0.0
    var sketch = QuantileSketch()
    /// The series that had a value, by their number.
    var series: Set<Int32> = []

    mutating func add(_ point: HeldPoint, series number: Int32, needsSketch: Bool) {
        count += 1
        sum += point.value
        lowest = min(lowest, point.value)
        highest = max(highest, point.value)
        takeEnds(point, point)
        if needsSketch { sketch.add(point.value) }
        series.insert(number)
    }

    /// Of two series' values of one time the smaller is the first and the larger the last, whichever came first.
    private mutating func takeEnds(_ earlier: HeldPoint, _ later: HeldPoint) {
        if (earlier.time, earlier.value) < (first.time, first.value) || first.time == .max { first = earlier }
        if (later.time, later.value) > (last.time, last.value) || last.time == .min { last = later }
    }

    mutating func hold(_ value: Double, _ length: Int64) {
        integral += value * (Double(length) / 1e9)
        coveredSeconds += Double(length) / 1e9
    }

    mutating func add(_ other: StreamAccumulator) {
        count += other.count
        sum += other.sum
        lowest = min(lowest, other.lowest)
        highest = max(highest, other.highest)
        takeEnds(other.first, other.last)
        integral += other.integral
        coveredSeconds += other.coveredSeconds
        sketch.add(other.sketch)
        series.formUnion(other.series)
    }
}

/// The values of one window of a declared stream.
package struct StreamRow: Sendable, Equatable {
    /// The measurement of the results.
    package let measurement: String
    /// The tags of the group.
    package let tags: [String]
    /// Their values, empty where a series does not have one.
    package let tagValues: [String]
    /// The names and types of the fields.
    let columns: [(name: String, kind: FieldKind)]
    /// The bits of the fields, nil where there is nothing to say.
    let words: [UInt64?]

    package static func == (one: StreamRow, other: StreamRow) -> Bool {
        one.measurement == other.measurement && one.tagValues == other.tagValues && one.words == other.words
    }
}

/// How many series of a group were to be heard at a window's end, and how many of them held a value then.
struct StreamCompleteness: Sendable, Equatable {
    /// Series with a value in the window or within a day before its end.
    var expected: Int64 = 0
    /// Of those, series whose last value still held at its end.
    var live: Int64 = 0

    /// Counts a series by its last value before the window's end, and one that is known although it came too late.
    mutating func add(last: Int64, late: Int64, _ start: Int64, _ end: Int64, hold: Int64) {
        guard max(last, late) >= min(start, end.minus(EVSEState.unknownExpectedFor)) else { return }
        expected += 1
        if last != .min, end.minus(last) <= hold { live += 1 }
    }
}
