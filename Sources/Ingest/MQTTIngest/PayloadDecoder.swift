import Compression
package import EngineConfiguration
package import MQTTClient
import OCPPMessages
package import Telemetry

/// Turns publications into rows of the telemetry database: topics choose measurement and tags, payloads the fields.
///
/// It is a pure value: no socket, no clock. A flaw costs what it stands in (a field, an element, a message) and is
/// counted; the next message is read as if nothing had been.
///
/// | topic under the base    | measurement             | tags from the topic          |
/// |-------------------------|-------------------------|------------------------------|
/// | `<site>/<evse>/telemetry` | `Power_Flow`          | `EVSE_ID`, `Site_ID`         |
/// | `<site>/<evse>/status`    | `Power_Flow`          | `EVSE_ID`, `Site_ID`         |
/// | `<site>/<evse>/lp`        | as the line says      | `EVSE_ID`, `Site_ID`         |
/// | `<site>/<meter>/meter`    | `Grid_Meter`          | `Meter_ID`, `Site_ID`        |
/// | `<site>/weather`          | `Weather`             | `Site_ID`                    |
///
/// `spBv1.0/…` is Sparkplug B, see `addSparkplug`; other shapes are the operator's templates.
package struct PayloadDecoder {
    /// The tag of a feeder's or transformer's own meter.
    package static let meterTag = "Meter_ID"
    /// The field that marks a reading whose time is the time of arrival.
    package static let arrivalTimeField = "time_from_arrival"
    /// The most bytes that a topic level, and so a tag value, may have.
    package static let levelByteLimit = 128
    /// The most elements that one message may have.
    package static let elementLimit = 10_000
    /// Nanoseconds that a reading may be ahead of the arrival clock before it is counted.
    static let futureLimit: Int64 = 60 * Timestamp.second

    /// What a topic says about its payload.
    struct Source {
        enum Kind {
            case telemetry, status, lines, meter, weather
        }
        var kind: Kind
        /// Empty where a template has none.
        var site: String
        /// The EVSE or the meter; empty for a site's weather.
        var device: String
        /// The topic itself; empty where it makes no key alone.
        var topic = ""
        /// What a template says besides.
        var feeder: String?
        var tags: [(String, String)] = []

        var measurement: String {
            switch kind {
            case .telemetry, .status, .lines: CanonicalNames.powerFlow
            case .meter: CanonicalNames.gridMeter
            case .weather: CanonicalNames.weather
            }
        }
    }

    /// The rows so far; `sealed` gives them whole.
    var batch: FrameBatch
    /// What was wrong so far.
    package internal(set) var flaws = MQTTFlawCounts()
    let topology: Topology
    private let prefix: String
    /// What topics of this batch say; a fleet says the same ones again and again.
    private var places: [String: (source: Source, field: String?)] = [:]
    /// The keys of the series of readings that name nothing but what the topic does.
    private var keys: [String: (key: [UInt8], isUnknownEVSE: Bool)] = [:]
    /// The fields of the object that is read, kept for its room.
    var fields: [(String, FieldValue)] = []
    /// What objects of this batch looked like.
    var layouts: [ReadingLayout] = []
    /// Whether JSON goes the exact way alone; tests hold both against each other.
    package var isExact = false
    /// The readings of the message that is read, kept for their room.
    var rows = ReadingRows()
    let payloadByteLimit: Int
    let templates: [TopicTemplate]
    /// What is known of Sparkplug's nodes; the caller keeps it from batch to batch.
    var sparkplug = SparkplugState()
    /// What a compressed payload may inflate to.
    private var inflatedByteLimit: Int { payloadByteLimit * 8 }

    /// A decoder for what arrived at `arrival`, nanoseconds since 1970 UTC.
    ///
    /// - Parameters:
    ///   - baseTopic: the levels before the site, without a slash at the end.
    ///   - payloadByteLimit: longer payloads are not looked at.
    ///   - templates: other shapes of topics.
    package init(
        baseTopic: String, payloadByteLimit: Int, topology: Topology, arrival: Int64, templates: [TopicTemplate] = []
    ) {
        prefix = baseTopic + "/"
        self.templates = templates
        self.payloadByteLimit = payloadByteLimit
        self.topology = topology
        batch = FrameBatch(database: CanonicalNames.telemetryDatabase, arrival: arrival)
    }

    /// Adds the rows of one message; answers why it was dropped, nil where it was taken.
    package mutating func add(_ message: MQTTMessage) -> MQTTFlaw? {
        let flaw = decode(message)
        if let flaw { flaws.count(flaw) }
        return flaw
    }

    /// The batch, whole; nil where there is no row.
    package mutating func sealed() -> FrameBatch? {
        guard batch.rowCount > 0 else { return nil }
        batch.seal()
        return batch
    }

    private mutating func decode(_ message: MQTTMessage) -> MQTTFlaw? {
        if message.topic.utf8.starts(with: Self.sparkplugPrefix.utf8) { return addSparkplug(message) }
        guard let (source, field) = place(message.topic) else { return .topic }
        if message.payload.isEmpty { return .empty }
        if message.payload.count > payloadByteLimit { return .size }
        var message = message
        if let name = message.encoding, !name.isEmpty {
            guard let encoding = ContentEncoding(rawValue: name) else { return .encoding }
            do throws(InflateFailure) {
                message.payload = try encoding.inflate(message.payload, limit: inflatedByteLimit)
            } catch {
                return error == .tooLarge ? .size : .encoding
            }
            if message.payload.isEmpty { return .empty }
        }
        if JSONScanner.firstInvalidUTF8(message.payload) != nil { return .utf8 }
        if let field { return addValue(message, source, field: field) }
        // A content type may carry parameters behind a semicolon.
        let type = message.contentType?.prefix { $0 != ";" && $0 != " " }.lowercased()
        if source.kind == .lines || type == "text/x-influx-line" {
            return addLines(message, source, isCertain: true)
        }
        if type == "application/json" { return addJSON(message, source) }
        guard let first = message.payload.first(where: { $0 > 0x20 }) else { return .type }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { return addJSON(message, source) }
        return addLines(message, source, isCertain: false)
    }

    private mutating func place(_ topic: String) -> (source: Source, field: String?)? {
        if let known = places[topic] { return known }
        guard var match = source(topic).map({ (source: $0, field: String?.none) }) ?? templated(topic) else {
            return nil
        }
        match.source.topic = topic
        places[topic] = match
        return match
    }

    /// The key of a series whose tags are all in the topic, and whether its EVSE is one that no topology knows.
    mutating func ownKey(_ source: Source) -> (key: [UInt8], isUnknownEVSE: Bool) {
        if let known = keys[source.topic] { return known }
        let key = SeriesKey.encode(
            measurement: source.measurement, tags: tags(source, evse: nil, site: nil, feeder: nil))
        let isUnknown = source.measurement == CanonicalNames.powerFlow && topology.evses[source.device] == nil
        if !source.topic.isEmpty { keys[source.topic] = (key, isUnknown) }
        return (key, isUnknown)
    }

    private func source(_ topic: String) -> Source? {
        guard topic.utf8.starts(with: prefix.utf8) else { return nil }
        // By bytes: a combining mark behind a slash would hide it from a comparison of characters.
        let levels = topic.utf8.dropFirst(prefix.utf8.count)
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String(Substring($0)) }
        for level in levels where !Self.isTagValue(level) || level.utf8.contains(where: Self.isWildcard) { return nil }
        // What we publish ourselves stands under `out`.
        if levels.first == "out" { return nil }
        if levels.count == 2, levels[1] == "weather" {
            return Source(kind: .weather, site: Self.tagText(levels[0]), device: "")
        }
        guard levels.count == 3 else { return nil }
        let kind: Source.Kind
        switch levels[2] {
        case "telemetry": kind = .telemetry
        case "status": kind = .status
        case "lp": kind = .lines
        case "meter": kind = .meter
        default: return nil
        }
        return Source(kind: kind, site: Self.tagText(levels[0]), device: Self.tagText(levels[1]))
    }

    static func isWildcard(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "+") || byte == UInt8(ascii: "#") }

    /// Whether a text can be a tag value: not empty, not too long, without NUL.
    static func isTagValue(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.count <= levelByteLimit && !text.utf8.contains(0)
    }

    /// A text as a tag value; a backslash at its end, which a series key would take for an escape of what follows,
    /// is shown as U+FFFD.
    static func tagText(_ text: some StringProtocol) -> String {
        text.unicodeScalars.last == Unicode.Scalar(UInt8(ascii: "\\")) ? text.dropLast() + "\u{FFFD}" : String(text)
    }

    /// The tags of a row, its own words before the topic's; an EVSE's place in the topology before both.
    func tags(_ source: Source, evse: String?, site: String?, feeder: String?) -> [(String, String)] {
        let site = site ?? (source.site.isEmpty ? nil : source.site)
        let feeder = feeder ?? source.feeder
        switch source.kind {
        case .telemetry, .status, .lines:
            return topology.tags(evseID: evse ?? source.device, site: site, feeder: feeder) + source.tags
        case .meter, .weather:
            var tags = source.tags
            if let site { tags.append((CanonicalNames.siteTag, site)) }
            if source.kind == .meter {
                tags.append((Self.meterTag, source.device))
                if let feeder = feeder ?? site.flatMap({ topology.sites[$0] }) {
                    tags.append((CanonicalNames.feederTag, feeder))
                }
            }
            return tags
        }
    }

    /// Whether `value` can be what an EVSE's field `name` says; always true for other measurements' fields.
    static func isPlausible(_ name: String, _ value: Double, _ measurement: String) -> Bool {
        plausibility(name, measurement)?.contains(value) ?? true
    }

    /// What an EVSE's field `name` can be; nil where that is anything.
    static func plausibility(_ name: String, _ measurement: String) -> ClosedRange<Double>? {
        switch name {
        case "soc_pct": 0...100
        case "frequency_hz": 40...70
        case "active_power_w", "active_power_l1_w", "active_power_l2_w", "active_power_l3_w", "reactive_power_var":
            measurement == CanonicalNames.powerFlow ? -10_000_000...10_000_000 : nil
        default: nil
        }
    }

    /// Whether a field is a register of energy, which is whole.
    static func isRegister(_ name: String) -> Bool { name.hasPrefix("energy_") && name.hasSuffix("_wh") }
}
