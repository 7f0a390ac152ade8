import MQTTClient
import OCPPMessages
import Telemetry

/// JSON payloads: one object, or an array of objects, each a reading.
extension PayloadDecoder {
    /// What one object gave, before it becomes a row.
    private struct Reading {
        var time: Int64?
        var evse: String?
        var feeder: String?
        var site: String?
    }

    mutating func addJSON(_ message: MQTTMessage, _ source: Source) -> MQTTFlaw? {
        if !isExact, addUsualJSON(message.payload, source) { return nil }
        let (tape, flaw) = JSONScanner.scan(message.payload)
        guard flaw == nil, !tape.tokens.isEmpty else { return .json }
        switch tape.kind(0) {
        case .object:
            return addObject(tape, 0, source, isRetained: message.isRetained)
        case .array:
            let elements = tape.elements(0, limit: Self.elementLimit + 1)
            guard elements.count <= Self.elementLimit else { return .size }
            for element in elements {
                let flaw =
                    tape.kind(element) == .object
                    ? addObject(tape, element, source, isRetained: message.isRetained) : .element
                if flaw != nil { flaws.count(.element) }
            }
            return nil
        default:
            return .json
        }
    }

    /// Adds the row of one object; answers why there is none.
    private mutating func addObject(
        _ tape: JSONTape, _ object: Int, _ source: Source, isRetained: Bool
    ) -> MQTTFlaw? {
        var reading = Reading()
        fields.removeAll(keepingCapacity: true)
        let end = Int(tape.tokens[object].next)
        var key = object + 1
        while key + 1 < end {
            let value = key + 1
            if let flaw = addMember(tape, key, value, source.measurement, &reading) { return flaw }
            key = Int(tape.tokens[value].next)
        }
        if reading.time == nil {
            guard !isRetained || source.kind == .status else { return .retained }
            if !fields.isEmpty { fields.append((Self.arrivalTimeField, .boolean(true))) }
        }
        guard !fields.isEmpty else { return nil }
        let time = reading.time ?? batch.arrival
        if time > batch.arrival.addingReportingOverflow(Self.futureLimit).partialValue { flaws.count(.future) }
        let place = batch.tableIndex(source.measurement)
        if reading.evse == nil, reading.site == nil, reading.feeder == nil {
            let own = ownKey(source)
            if own.isUnknownEVSE { flaws.count(.unknownEVSE) }
            batch.tables[place].beginRow(key: own.key, timestamp: time)
        } else {
            if source.measurement == CanonicalNames.powerFlow, topology.evses[reading.evse ?? source.device] == nil {
                flaws.count(.unknownEVSE)
            }
            let tags = tags(source, evse: reading.evse, site: reading.site, feeder: reading.feeder)
            batch.tables[place].beginRow(
                key: SeriesKey.encode(measurement: source.measurement, tags: tags), timestamp: time)
        }
        for (name, value) in fields { batch.tables[place].set(name, value) }
        return nil
    }

    private mutating func addMember(
        _ tape: JSONTape, _ key: Int, _ value: Int, _ measurement: String, _ reading: inout Reading
    ) -> MQTTFlaw? {
        if tape.kind(value) == .null { return nil }
        let name = tape.string(key)
        switch name {
        case "ts":
            guard let time = Self.time(tape, value) else { return .time }
            reading.time = time
        case "evse", "feeder", "site":
            guard tape.kind(value) == .string else { return .element }
            let text = tape.string(value)
            guard Self.isTagValue(text) else { return .element }
            switch name {
            case "evse": reading.evse = Self.tagText(text)
            case "feeder": reading.feeder = Self.tagText(text)
            default: reading.site = Self.tagText(text)
            }
        default:
            guard Self.isTagValue(name) else { return .element }
            switch tape.kind(value) {
            case .object, .array, .null: flaws.count(.nested)
            case .string: fields.append((name, .string(tape.string(value))))
            case .boolean: fields.append((name, .boolean(tape.boolean(value) ?? false)))
            case .number:
                guard let number = tape.number(value), let field = Self.field(name, number, measurement) else {
                    flaws.count(.range)
                    return nil
                }
                fields.append((name, field))
            }
        }
        return nil
    }

    /// A number as a field: every one is a float but registers of energy, which are whole; nil where it cannot be.
    static func field(_ name: String, _ number: Double, _ measurement: String) -> FieldValue? {
        guard isPlausible(name, number, measurement) else { return nil }
        guard isRegister(name) else { return .float(number) }
        return Int64(exactly: number.rounded()).map { .integer($0) }
    }

    /// A `ts`: RFC 3339, or a whole epoch whose unit follows from its size; nil for what is neither, before 1970 or
    /// beyond the range of nanoseconds.
    static func time(_ tape: JSONTape, _ token: Int) -> Int64? {
        if tape.kind(token) == .string {
            guard let time = Timestamp.parse(Array(tape.string(token).utf8)), time >= 0 else { return nil }
            return time
        }
        // The digits themselves: nanoseconds of today are beyond the whole numbers of binary64.
        guard tape.kind(token) == .number, let epoch = Int64(String(decoding: tape.raw(token), as: UTF8.self)),
            epoch >= 0
        else { return nil }
        return time(epoch: epoch)
    }

    /// The nanoseconds of an epoch whose unit follows from its size; nil beyond their range.
    static func time(epoch: Int64) -> Int64? {
        let unit: Int64 =
            switch epoch {
            case ..<100_000_000_000: Timestamp.second
            case ..<100_000_000_000_000: 1_000_000
            case ..<100_000_000_000_000_000: 1_000
            default: 1
            }
        let (time, overflow) = epoch.multipliedReportingOverflow(by: unit)
        return overflow ? nil : time
    }
}
