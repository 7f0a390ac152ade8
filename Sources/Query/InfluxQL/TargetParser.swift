import Foundation

/// The names of time zones.
enum TimeZoneName {
    /// The zones whose names are not a region and a place; a name is known as it is spelled.
    private static let short: Set<String> = [
        "", "CET", "CST6CDT", "EET", "EST", "EST5EDT", "GMT", "HST", "Local", "MET", "MST", "MST7MDT", "PST8PDT", "UTC",
        "WET",
    ]

    static func isKnown(_ name: String) -> Bool {
        if short.contains(name) { return true }
        guard name.contains("/"), !name.contains("..") else { return false }
        return TimeZone(identifier: name) != nil
    }
}

extension Parser {
    /// What INTO names: a measurement, or by `:MEASUREMENT` the one that a row comes from.
    mutating func target() throws(ParseError) -> Source {
        var parts = [try identifier()]
        var target = Source()
        while parts.count < 3, take(symbol: ".") {
            scanner.noteEnd()
            if take(symbol: ":") {
                try expect(keyword: "MEASUREMENT")
                target.isBackReference = true
                parts.append("")
                break
            }
            parts.append(peek() == .symbol(".") ? "" : try identifier())
        }
        target.name = parts[parts.count - 1]
        if parts.count > 1 { target.policy = parts[parts.count - 2].isEmpty ? nil : parts[parts.count - 2] }
        if parts.count > 2 { target.database = parts[0] }
        return target
    }
}
