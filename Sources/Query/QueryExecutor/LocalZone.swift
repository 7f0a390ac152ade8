import Foundation
import Telemetry

/// A time zone, by what its clocks show beside UTC.
struct LocalZone: Sendable {
    private let zone: TimeZone

    /// Zero hours beside UTC.
    static let utc = LocalZone(zone: .gmt)

    private init(zone: TimeZone) { self.zone = zone }

    /// The zone of a name that the parser has let through; nil for UTC.
    init?(_ name: String?) {
        guard let name, !["", "UTC", "GMT"].contains(name) else { return nil }
        guard let found = name == "Local" ? TimeZone.current : TimeZone(identifier: name) else { return nil }
        zone = found
    }

    /// How many nanoseconds the clocks are before UTC at an instant.
    func shift(_ time: Int64) -> Int64 {
        let seconds = Timestamp.floorDivide(time, Timestamp.second).quotient
        return Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))) * Timestamp.second
    }

    /// The instant at which the clocks show what `local` is in UTC.
    func instant(_ local: Int64) -> Int64 {
        // The shift is that of the instant that is looked for: guess it, then look again.
        let (guess, overflow) = local.subtractingReportingOverflow(shift(local))
        if overflow { return local }
        let (time, overflowed) = local.subtractingReportingOverflow(shift(guess))
        return overflowed ? local : time
    }
}
