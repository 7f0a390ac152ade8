import EngineConfiguration
import MQTTClient
import Telemetry

/// Topics of other shapes, which the operator's templates map to tags and to a field's name.
extension PayloadDecoder {
    /// What the first template that fits makes of a topic's levels.
    func templated(_ topic: String) -> (source: Source, field: String?)? {
        if templates.isEmpty { return nil }
        let levels = topic.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        for level in levels where !Self.isTagValue(level) || level.utf8.contains(where: Self.isWildcard) { return nil }
        for template in templates {
            if let match = Self.match(template, levels) { return match }
        }
        return nil
    }

    private static func match(_ template: TopicTemplate, _ levels: [String]) -> (source: Source, field: String?)? {
        guard template.levels.count == levels.count else { return nil }
        var source = Source(kind: .telemetry, site: "", device: "")
        var field: String?
        for (level, text) in zip(template.levels, levels) {
            switch level {
            case .word(let word): if word != text { return nil }
            case .field: field = text
            case .tag(CanonicalNames.siteTag): source.site = tagText(text)
            case .tag(CanonicalNames.feederTag): source.feeder = tagText(text)
            case .tag(CanonicalNames.evseTag): source.device = tagText(text)
            case .tag(meterTag):
                source.kind = .meter
                source.device = tagText(text)
            case .tag(let name): source.tags.append((name, tagText(text)))
            }
        }
        return (source, field)
    }

    /// Adds the row of a payload that is one bare value; it came now.
    mutating func addValue(_ message: MQTTMessage, _ source: Source, field name: String) -> MQTTFlaw? {
        if message.isRetained { return .retained }
        guard message.payload.count <= 64 else { return .size }
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let bytes = message.payload.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        let text = String(decoding: Array(bytes), as: UTF8.self)
        let value: FieldValue
        switch text {
        case "true": value = .boolean(true)
        case "false": value = .boolean(false)
        default:
            // Neither nan nor infinity is a number here.
            guard text.utf8.allSatisfy({ (0x2B...0x39).contains($0) || $0 == 0x45 || $0 == 0x65 }),
                let number = Double(text), number.isFinite
            else { return .type }
            guard let field = Self.field(name, number, source.measurement) else { return .range }
            value = field
        }
        if source.measurement == CanonicalNames.powerFlow, topology.evses[source.device] == nil {
            flaws.count(.unknownEVSE)
        }
        batch.append(
            measurement: source.measurement, tags: tags(source, evse: nil, site: nil, feeder: nil),
            fields: [(name, value), (Self.arrivalTimeField, .boolean(true))], timestamp: batch.arrival)
        return nil
    }
}
