package import FleetPipeline
import Foundation
import Telemetry
import Yams

/// The mapping `streams` of the configuration: windowed aggregates by the name of the measurement that they make.
///
///     streams:
///       Settlement:
///         from: Power_Flow            # database telemetry
///         field: active_power_w
///         group_by: [Feeder_ID]       # absent: all series are one group
///         window: {calendar: 15m, zone: Europe/Amsterdam}
///         aggregates: [mean, energy_wh, p95, distinct EVSE_ID]
///         lateness_s: 60              # default: the windows' allowed lateness
///         hold_s: 15                  # how long a value holds at most
///         outputs: [store, grpc]      # absent: store, grpc and mqtt
///
/// A window is `{tumbling_s: N}`, `{hopping_s: N, every_s: M}`, `{session_gap_s: N}`, or `{calendar: U, zone: Z}` with U of 15m, 30m,
/// 1h, 4h (FCR blocks), 6h, 12h or 1d.
enum StreamSettings {
    private static let units: [String: Int64] = [
        "15m": 900, "30m": 1800, "1h": 3600, "4h": 14_400, "6h": 21_600, "12h": 43_200, "1d": 86_400,
    ]
    private static let taken = Set(WindowResult.declaredFields.map(\.measurement)).union(
        CanonicalNames.declaredFields.map(\.measurement))

    static func parse(
        _ node: Node, file: String, latenessS: Double, outputs: inout [String: ResultOutputs]
    ) throws(ConfigurationError) -> [StreamDeclaration] {
        var streams: [StreamDeclaration] = []
        for (name, node) in try CheckedMapping(node, file: file, what: "streams").entries {
            var mapping = try CheckedMapping(node, file: file, what: "stream \(name)")
            guard !name.isEmpty, !streams.contains(where: { $0.name == name }) else {
                throw mapping.error(node, "stream \"\(name)\": the name is empty or stands twice")
            }
            guard !taken.contains(name) else {
                throw mapping.error(node, "stream \(name): the measurement is one that the engine keeps itself")
            }
            guard let measurement = try mapping.text("from"), !measurement.isEmpty else {
                throw mapping.error(node, "stream \(name) says from no measurement")
            }
            guard let field = try mapping.text("field"), !field.isEmpty else {
                throw mapping.error(node, "stream \(name) names no field")
            }
            guard let windowNode = mapping.node("window") else {
                throw mapping.error(node, "stream \(name) has no window")
            }
            var stream = StreamDeclaration(
                name: name, measurement: measurement, field: field,
                groupBy: try mapping.texts("group_by") ?? [], window: try window(windowNode, file, name),
                aggregates: try aggregates(&mapping, node, name))
            let lateness = try mapping.number("lateness_s", in: 0...86_400) ?? latenessS
            stream.lateness = Int64(lateness * 1e9)
            stream.hold = Int64((try mapping.number("hold_s", in: 0...86_400) ?? 15) * 1e9)
            if let own = try WindowSettings.outputs(&mapping, "stream \(name)") { outputs[name] = own }
            try mapping.finish()
            streams.append(stream)
        }
        return streams
    }

    private static func aggregates(
        _ mapping: inout CheckedMapping, _ node: Node, _ name: String
    ) throws(ConfigurationError) -> [StreamAggregate] {
        var aggregates: [StreamAggregate] = []
        for text in try mapping.texts("aggregates") ?? [] {
            guard let aggregate = StreamAggregate(text) else {
                throw mapping.error(
                    mapping.node("aggregates"),
                    "stream \(name): \(text) is none of sum, mean, min, max, count, first, last, energy_wh, p0 to p100, distinct TAG"
                )
            }
            aggregates.append(aggregate)
        }
        guard !aggregates.isEmpty else { throw mapping.error(node, "stream \(name) has no aggregates") }
        return aggregates
    }

    private static func window(_ node: Node, _ file: String, _ name: String) throws(ConfigurationError) -> StreamWindow
    {
        var mapping = try CheckedMapping(node, file: file, what: "stream \(name): window")
        let seconds: ClosedRange<Int64> = 1...31_536_000
        let tumbling = try mapping.integer("tumbling_s", in: seconds)
        let hopping = try mapping.integer("hopping_s", in: seconds)
        let every = try mapping.integer("every_s", in: seconds)
        let gap = try mapping.integer("session_gap_s", in: seconds)
        let calendar = try mapping.text("calendar")
        let zone = try mapping.text("zone")
        try mapping.finish()
        let kinds = [tumbling != nil, hopping != nil, gap != nil, calendar != nil].filter { $0 }.count
        guard kinds == 1 else {
            throw mapping.error(
                node, "stream \(name): one of tumbling_s, hopping_s, session_gap_s and calendar is needed")
        }
        if (every != nil) != (hopping != nil) || (zone != nil) != (calendar != nil) {
            throw mapping.error(node, "stream \(name): every_s goes with hopping_s, and zone with calendar")
        }
        if let tumbling { return .tumbling(tumbling * Timestamp.second) }
        if let gap { return .session(gap: gap * Timestamp.second) }
        if let hopping, let every {
            guard hopping % every == 0, hopping / every <= 10_000 else {
                throw mapping.error(
                    node, "stream \(name): hopping_s must be a multiple of every_s, at most 10000 times it")
            }
            return .hopping(size: hopping * Timestamp.second, every: every * Timestamp.second)
        }
        guard let unit = calendar.flatMap({ units[$0] }) else {
            throw mapping.error(
                mapping.node("calendar"), "stream \(name): calendar must be 15m, 30m, 1h, 4h, 6h, 12h or 1d")
        }
        guard let table = zone.flatMap({ ZoneTable(named: $0) }) else {
            throw mapping.error(mapping.node("zone"), "stream \(name): zone \(zone ?? "") is not known")
        }
        return .calendar(seconds: unit, table)
    }
}

extension ZoneTable {
    /// The zone of a name as this machine's zone data has it, from 1970 to 2100; nil for an unknown name.
    package init?(named name: String) {
        guard let zone = TimeZone(identifier: name) else { return nil }
        var instant = Date(timeIntervalSince1970: 0)
        let first = Int64(zone.secondsFromGMT(for: instant))
        var changes: [Change] = []
        while let next = zone.nextDaylightSavingTimeTransition(after: instant),
            next > instant, next.timeIntervalSince1970 < 4_102_444_800
        {
            let at = Int64(next.timeIntervalSince1970)
            changes.append(Change(at: at, offset: Int64(zone.secondsFromGMT(for: next.addingTimeInterval(1)))))
            instant = next
        }
        self.init(name: name, firstOffset: first, changes: changes)
    }
}
