/// The one watermark of a partition: the promise that hardly a reading before it is still on its way.
///
/// `min(highest event time applied, arrival clock) − disorder`, never falling, so that no slow source holds it back and
/// no clock that runs ahead pushes it past real time. It holds no clock: batches and ticks bring the arrival clock
/// with them from the log, and a replay moves it as the first run did.
struct Watermark: Sendable, Equatable {
    /// The watermark, ns since 1970 UTC; nil before the first reading.
    private(set) var value: Int64?
    private var highestEvent: Int64?
    private var lastReadingArrival: Int64 = 0
    private var valueAtLastReading: Int64 = 0
    private var hasNewReading = false

    /// No watermark lies further from 1970, some 285 years, in ns: sums with a window or a lateness must not overflow.
    static let limit: Int64 = 9_000_000_000_000_000_000

    init() {}

    /// A reading that lies within the limits was applied.
    mutating func applied(_ timestamp: Int64) {
        highestEvent = max(highestEvent ?? timestamp, timestamp)
        hasNewReading = true
    }

    /// A batch was applied that had arrived at `arrival`.
    mutating func batchEnded(arrival: Int64, disorder: Int64) {
        guard hasNewReading, let highestEvent else { return }
        hasNewReading = false
        let candidate = max(-Self.limit, min(highestEvent, arrival).minus(disorder))
        value = max(value ?? candidate, candidate)
        lastReadingArrival = arrival
        valueAtLastReading = value ?? candidate
    }

    /// The arrival clock stands at `now`: past `idleAfter` without a reading the watermark goes on by what elapsed
    /// since that moment, whatever the clock says, so that replayed history closes its windows as live data does.
    mutating func tick(now: Int64, idleAfter: Int64) {
        guard let value else { return }
        let elapsed = now.minus(lastReadingArrival).minus(idleAfter)
        guard elapsed > 0 else { return }
        self.value = max(value, min(Self.limit, valueAtLastReading.plus(elapsed)))
    }

    /// The words of a checkpoint, in order.
    var words: [Int64] {
        [
            value == nil ? 0 : 1, value ?? 0, highestEvent == nil ? 0 : 1, highestEvent ?? 0, lastReadingArrival,
            valueAtLastReading, hasNewReading ? 1 : 0,
        ]
    }

    /// How many words a checkpoint has.
    static let wordCount = 7

    /// A watermark from the words of a checkpoint, of which there must be `wordCount`.
    init(words: [Int64]) {
        precondition(words.count == Self.wordCount, "a watermark of \(words.count) words")
        value = words[0] == 0 ? nil : max(-Self.limit, min(Self.limit, words[1]))
        highestEvent = words[2] == 0 ? nil : words[3]
        lastReadingArrival = words[4]
        valueAtLastReading = words[5]
        hasNewReading = words[6] != 0
    }
}

extension Int64 {
    /// One second in ns.
    static var second: Int64 { 1_000_000_000 }

    /// The sum, kept within the range: times of points are anybody's to choose.
    func plus(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, kept within the range.
    func minus(_ other: Int64) -> Int64 {
        let (difference, overflows) = subtractingReportingOverflow(other)
        return overflows ? (other < 0 ? .max : .min) : difference
    }

    /// The quotient rounded down, also below zero; `divisor` is positive.
    func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }

    /// The whole second that holds this time in ns.
    var wholeSecond: Int64 { floorDivided(by: .second) }

    /// The multiple of `size` at or below.
    func aligned(to size: Int64) -> Int64 { floorDivided(by: size) * size }
}
