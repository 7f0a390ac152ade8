/// How long to wait before the next attempt: doubling from the first to the longest, with jitter.
///
/// Jitter keeps a thousand engines from coming back to a broker in one instant.
package struct ReconnectPause: Sendable, Equatable {
    private let firstMilliseconds: Int
    private let longestMilliseconds: Int
    private var nextMilliseconds: Int

    /// Pauses from `firstMilliseconds` to `longestMilliseconds`, both at least 1.
    package init(firstMilliseconds: Int = 1_000, longestMilliseconds: Int = 60_000) {
        self.firstMilliseconds = max(1, firstMilliseconds)
        self.longestMilliseconds = max(self.firstMilliseconds, longestMilliseconds)
        nextMilliseconds = self.firstMilliseconds
    }

    /// The pause of this attempt in milliseconds: its step less up to a quarter.
    ///
    /// - Parameter random: 0 to 1; how much of the quarter is taken off.
    package mutating func next(random: Double) -> Int {
        let step = nextMilliseconds
        nextMilliseconds = min(longestMilliseconds, step * 2)
        return max(1, step - Int(Double(step) * 0.25 * min(1, max(0, random))))
    }

    /// Begins again with the first pause, after something worked.
    package mutating func reset() {
        nextMilliseconds = firstMilliseconds
    }
}
