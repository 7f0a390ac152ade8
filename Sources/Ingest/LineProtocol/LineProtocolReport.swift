/// The unit of the timestamps in a body of line protocol.
package enum TimestampPrecision: String, Sendable, CaseIterable {
    case nanoseconds = "ns"
    case microseconds = "u"
    case milliseconds = "ms"
    case seconds = "s"
    case minutes = "m"
    case hours = "h"

    /// The precision that a client names, or nil: `n`, `ns`, `u`, `us`, `µ`, `ms`, `s`, `m`, `h`; empty means `ns`.
    package init?(parameter: String) {
        switch parameter {
        case "", "n", "ns": self = .nanoseconds
        case "u", "us", "µ", "µs": self = .microseconds
        case "ms": self = .milliseconds
        case "s": self = .seconds
        case "m": self = .minutes
        case "h": self = .hours
        default: return nil
        }
    }

    /// Nanoseconds of one unit.
    package var nanoseconds: Int64 {
        switch self {
        case .nanoseconds: 1
        case .microseconds: 1_000
        case .milliseconds: 1_000_000
        case .seconds: 1_000_000_000
        case .minutes: 60_000_000_000
        case .hours: 3_600_000_000_000
        }
    }
}

/// What a body of line protocol had that could not be read.
package struct LineProtocolReport: Sendable, Equatable {
    /// The first errors, in InfluxDB's words: `unable to parse '…': …`, or what a line is refused for.
    package var errors: [String] = []
    /// How many lines could not be read, or are refused for what they say.
    package var badLineCount = 0
    /// How many of these could be read.
    package var refusedLineCount = 0
    /// How many lines gave a row.
    package var rowCount = 0

    /// The most errors that are kept: a body of a million bad lines must not make an answer of a gigabyte.
    package static let errorLimit = 100

    /// The errors in one text, as InfluxDB joins them.
    package var summary: String {
        var text = errors.joined(separator: "\n")
        if badLineCount > errors.count { text += "\n… and \(badLineCount - errors.count) more lines" }
        return text
    }
}
