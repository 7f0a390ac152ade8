import CTimex

/// What the kernel knows about the machine's clock, as the time daemon told it.
package struct SystemClock: Equatable, Sendable {
    /// Whether a time daemon (NTP, PTP) keeps the clock.
    package let isSynchronized: Bool
    /// The largest error that the kernel believes in, in seconds.
    package let maxErrorSeconds: Double

    /// Asks the kernel; nil where it does not say.
    ///
    /// - Source: adjtimex(2). `maxerror` grows by 500 ppm without news; from 16 s on the kernel says that nobody keeps the
    ///   clock.
    package static func read() -> SystemClock? {
        var state = timex()
        // With no modes set nothing is changed; the kernel fills the structure that outlives the call.
        let status = unsafe adjtimex(&state)
        guard status >= 0 else { return nil }
        return SystemClock(
            isSynchronized: state.status & STA_UNSYNC == 0, maxErrorSeconds: Double(state.maxerror) / 1e6)
    }
}
