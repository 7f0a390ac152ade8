import FleetPipeline
import Yams

/// What the mapping `windows` says of the built-in operators.
///
///     windows:
///       disorder_s: 2
///       allowed_lateness_s: 60
///       lengths_s: [1, 60]
///       operators:                          # absent: all
///         - Fleet_Aggregate
///         - Feeder_Aggregate: {lengths_s: [60], groups: [F1, F2]}
///         - FCR_Readiness: {lateness_s: 10, outputs: [store, grpc]}
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

    /// What `operators` chooses.
    struct Chosen {
        var operators: BuiltInOperators = []
        var told: [BuiltInOperators: OperatorSettings] = [:]
        /// By measurement, where its results go beside the store; all where it is not there.
        var outputs: [String: ResultOutputs] = [:]
    }

    static func operators(
        _ mapping: inout CheckedMapping, lengths: [Int64], latenessS: Double
    ) throws(ConfigurationError) -> Chosen? {
        guard let node = mapping.node("operators") else { return nil }
        guard let sequence = node.sequence else { throw mapping.error(node, "operators must be a list") }
        var chosen = Chosen()
        for entry in sequence {
            let single = entry.mapping.flatMap { $0.count == 1 ? $0.first : nil }
            let text = entry.scalar?.string ?? single?.key.string ?? "a list"
            guard let known = BuiltInOperators.names.first(where: { $0.name == text })?.operator else {
                let names = BuiltInOperators.names.map(\.name).joined(separator: ", ")
                throw mapping.error(entry, "operators: \(text) is none of \(names)")
            }
            guard !chosen.operators.contains(known) else {
                throw mapping.error(entry, "operators: \(text) stands twice")
            }
            chosen.operators.insert(known)
            guard let told = single?.value else { continue }
            var own = try CheckedMapping(told, file: mapping.file, what: "operator \(text)")
            let settings = try operatorSettings(&own, text, known, lengths, latenessS)
            if settings != OperatorSettings() { chosen.told[known] = settings }
            if let outputs = try outputs(&own, "operator \(text)") { chosen.outputs[text] = outputs }
            try own.finish()
        }
        return chosen
    }

    private static let aggregates: BuiltInOperators = [.feeder, .site, .transformer, .fleet]
    private static let readiness: BuiltInOperators = [.readiness, .fleetReadiness]

    private static func operatorSettings(
        _ own: inout CheckedMapping, _ name: String, _ one: BuiltInOperators, _ lengths: [Int64], _ latenessS: Double
    ) throws(ConfigurationError) -> OperatorSettings {
        var settings = OperatorSettings()
        if let seconds = try own.number("lateness_s", in: 0...latenessS) {
            guard aggregates.union(readiness).contains(one) else {
                throw own.error(own.node("lateness_s"), "operator \(name): its rows come by the allowed lateness alone")
            }
            if seconds < latenessS { settings.lateness = Int64(seconds * 1e9) }
        }
        if let node = own.node("lengths_s") {
            let chosen = Array(node.sequence ?? []).map { $0.scalar.flatMap { Int64($0.string) } ?? 0 }
            guard aggregates.contains(one), !chosen.isEmpty, chosen.allSatisfy({ lengths.contains($0) }) else {
                let known = lengths.map { "\($0)" }.joined(separator: ", ")
                throw own.error(node, "operator \(name): lengths_s must be some of \(known), of an aggregate")
            }
            settings.lengths = Set(chosen)
        }
        if let names = try own.texts("groups") {
            guard one != .audit, one != .fleet, one != .fleetReadiness, !names.isEmpty else {
                throw own.error(
                    own.node("groups"), "operator \(name): groups are names of feeders, sites or transformers")
            }
            settings.groups = Set(names)
        }
        return settings
    }

    /// Where results go: `store` and any of `grpc` and `mqtt`; nil where nothing is said.
    static func outputs(_ mapping: inout CheckedMapping, _ what: String) throws(ConfigurationError) -> ResultOutputs? {
        guard let names = try mapping.texts("outputs") else { return nil }
        let known: [String: ResultOutputs] = ["store": [], "grpc": .grpc, "mqtt": .mqtt]
        var outputs: ResultOutputs = []
        for name in names {
            guard let output = known[name] else {
                throw mapping.error(
                    mapping.node("outputs"), "\(what): outputs: \(name) is none of store, grpc, mqtt")
            }
            outputs.formUnion(output)
        }
        guard names.contains("store") else {
            throw mapping.error(
                mapping.node("outputs"),
                "\(what): outputs: store must be among them, since cursors and repairs go by what it has")
        }
        return outputs
    }
}
