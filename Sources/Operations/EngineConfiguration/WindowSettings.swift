import FleetPipeline
import Yams

/// What the mapping `windows` says of the built-in operators.
///
///     windows:
///       disorder_s: 2
///       allowed_lateness_s: 60
///       lengths_s: [1, 60]
///       operators: [Feeder_Aggregate, Fleet_Aggregate, FCR_Readiness]   # absent: all
enum WindowSettings {
    static func lengths(_ mapping: inout CheckedMapping) throws(ConfigurationError) -> [Int64]? {
        guard let node = mapping.node("lengths_s") else { return nil }
        var lengths: [Int64] = []
        for entry in Array(node.sequence ?? []) {
            // A day in seconds is a multiple of each: windows lie alike on every day, and a repair takes up whole ones.
            guard let length = entry.scalar.flatMap({ Int64($0.string) }), (1...86_400).contains(length),
                86_400 % length == 0, length > lengths.last ?? 0
            else {
                throw mapping.error(
                    entry,
                    "lengths_s: \(entry.scalar?.string ?? "a list") is no part of a day in whole seconds, or not more than the one before"
                )
            }
            lengths.append(length)
        }
        guard !lengths.isEmpty else { throw mapping.error(node, "lengths_s must be a list of whole seconds") }
        return lengths
    }

    static func operators(_ mapping: inout CheckedMapping) throws(ConfigurationError) -> BuiltInOperators? {
        guard let node = mapping.node("operators") else { return nil }
        guard let sequence = node.sequence else { throw mapping.error(node, "operators must be a list") }
        var chosen: BuiltInOperators = []
        for entry in sequence {
            let text = entry.scalar?.string ?? "a list"
            guard let known = BuiltInOperators.names.first(where: { $0.name == text })?.operator else {
                let names = BuiltInOperators.names.map(\.name).joined(separator: ", ")
                throw mapping.error(entry, "operators: \(text) is none of \(names)")
            }
            guard !chosen.contains(known) else { throw mapping.error(entry, "operators: \(text) stands twice") }
            chosen.insert(known)
        }
        return chosen
    }
}
