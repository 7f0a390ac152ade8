import MQTTClient
import Telemetry

/// Sparkplug B: `spBv1.0/<group>/<type>/<edge>[/<device>]`; the group is the site, the device the EVSE, metrics are fields.
extension PayloadDecoder {
    static let sparkplugPrefix = "spBv1.0/"

    mutating func addSparkplug(_ message: MQTTMessage) -> MQTTFlaw? {
        let levels = message.topic.utf8.dropFirst(Self.sparkplugPrefix.utf8.count)
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String(Substring($0)) }
        // A host's own state and commands to nodes are no telemetry.
        if levels.first == "STATE" || levels.count > 1 && (levels[1] == "NCMD" || levels[1] == "DCMD") { return nil }
        guard (3...4).contains(levels.count), levels.allSatisfy({ Self.isTagValue($0) }),
            !levels.contains(where: { $0.utf8.contains(where: Self.isWildcard) })
        else { return .topic }
        let id = SparkplugState.Rebirth(group: levels[0], edge: levels[2])
        let device = levels.count == 4 ? levels[3] : nil
        if message.payload.isEmpty { return .empty }
        if message.payload.count > payloadByteLimit { return .size }
        let payload: SparkplugPayload
        do throws(SparkplugPayload.Corrupt) {
            payload = try SparkplugPayload(message.payload)
        } catch {
            if error.flaw == .sparkplug { sparkplug.request(id, now: batch.arrival) }
            return error.flaw
        }
        switch (levels[1], device) {
        case ("NBIRTH", nil): nodeBirth(payload, id)
        case ("NDATA", nil): noteSequence(payload, id)
        case ("NDEATH", nil): nodeDeath(payload, id)
        case ("DBIRTH", let device?): return deviceBirth(payload, id, device)
        case ("DDATA", let device?):
            noteSequence(payload, id)
            return addMetrics(payload, id, device)
        case ("DDEATH", let device?):
            noteSequence(payload, id)
            sparkplug.update(id) { $0.devices.remove(device) }
            addOffline(id.group, device, at: time(milliseconds: payload.timestamp))
        default: return .topic
        }
        return nil
    }

    private mutating func nodeBirth(_ payload: SparkplugPayload, _ id: SparkplugState.Rebirth) {
        sparkplug.update(id) { node in
            node.aliases = [:]
            node.devices = []
            node.isBorn = true
            node.lastSequence = payload.sequence.map { $0 & 0xFF }
            node.session = Self.session(payload)
        }
        learn(payload, id)
    }

    private mutating func deviceBirth(
        _ payload: SparkplugPayload, _ id: SparkplugState.Rebirth, _ device: String
    ) -> MQTTFlaw? {
        noteSequence(payload, id)
        learn(payload, id)
        sparkplug.update(id) { node in
            if node.devices.count < SparkplugState.aliasLimit { node.devices.insert(device) }
        }
        return addMetrics(payload, id, device)
    }

    /// Remembers what aliases stand for.
    private mutating func learn(_ payload: SparkplugPayload, _ id: SparkplugState.Rebirth) {
        sparkplug.update(id) { node in
            for metric in payload.metrics {
                guard let alias = metric.alias, let name = metric.name, node.aliases.count < SparkplugState.aliasLimit
                else { continue }
                node.aliases[alias] = .init(name: name, datatype: metric.datatype)
            }
        }
    }

    private mutating func noteSequence(_ payload: SparkplugPayload, _ id: SparkplugState.Rebirth) {
        if sparkplug.note(sequence: payload.sequence, of: id) {
            flaws.count(.sequence)
            sparkplug.request(id, now: batch.arrival)
        } else if !sparkplug[id].isBorn {
            sparkplug.request(id, now: batch.arrival)
        }
    }

    private static func session(_ payload: SparkplugPayload) -> UInt64? {
        guard case .word(let number)? = payload.metrics.first(where: { $0.name == "bdSeq" })?.value else { return nil }
        return number
    }

    /// A node is gone, and its devices with it: told by its last will, whose time is that of the connection's begin.
    private mutating func nodeDeath(_ payload: SparkplugPayload, _ id: SparkplugState.Rebirth) {
        let node = sparkplug[id]
        // The will of a session that has been followed by another.
        if let session = Self.session(payload), let current = node.session, session != current { return }
        for device in node.devices.sorted() { addOffline(id.group, device, at: batch.arrival) }
        sparkplug.update(id) { node in
            node.isBorn = false
            node.lastSequence = nil
            node.devices = []
        }
    }

    private mutating func addOffline(_ site: String, _ device: String, at time: Int64?) {
        let source = Source(kind: .status, site: Self.tagText(site), device: Self.tagText(device))
        batch.append(
            measurement: source.measurement, tags: tags(source, evse: nil, site: nil, feeder: nil),
            fields: [("status", .string("offline")), ("connected", .boolean(false))], timestamp: time ?? batch.arrival)
    }

    /// Adds the rows of a device's metrics, one for each time; a message with an alias that nobody explained is dropped.
    private mutating func addMetrics(
        _ payload: SparkplugPayload, _ id: SparkplugState.Rebirth, _ device: String
    ) -> MQTTFlaw? {
        let source = Source(kind: .telemetry, site: Self.tagText(id.group), device: Self.tagText(device))
        let node = sparkplug[id]
        var rows: [(time: UInt64?, fields: [(String, FieldValue)])] = []
        for metric in payload.metrics {
            guard let named = Self.named(metric, node) else {
                sparkplug.request(id, now: batch.arrival)
                return .sparkplug
            }
            guard Self.isTagValue(named.name) else {
                flaws.count(.element)
                continue
            }
            guard let value = field(metric.value, named, source.measurement) else { continue }
            let time = metric.timestamp ?? payload.timestamp
            if let place = rows.firstIndex(where: { $0.time == time }) {
                rows[place].fields.append((named.name, value))
            } else {
                rows.append((time, [(named.name, value)]))
            }
        }
        if !rows.isEmpty, topology.evses[source.device] == nil { flaws.count(.unknownEVSE) }
        for row in rows { addRow(row.time, row.fields, source) }
        return nil
    }

    private mutating func addRow(_ milliseconds: UInt64?, _ fields: [(String, FieldValue)], _ source: Source) {
        var fields = fields
        if milliseconds == nil { fields.append((Self.arrivalTimeField, .boolean(true))) }
        guard let time = milliseconds == nil ? batch.arrival : time(milliseconds: milliseconds) else {
            flaws.count(.time)
            return
        }
        if time > batch.arrival.addingReportingOverflow(Self.futureLimit).partialValue { flaws.count(.future) }
        batch.append(
            measurement: source.measurement, tags: tags(source, evse: nil, site: nil, feeder: nil), fields: fields,
            timestamp: time)
    }

    private func time(milliseconds: UInt64?) -> Int64? {
        guard let milliseconds, let signed = Int64(exactly: milliseconds) else { return nil }
        let (time, overflow) = signed.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? nil : time
    }

    private static func named(_ metric: SparkplugPayload.Metric, _ node: SparkplugState.Node) -> SparkplugState.Named? {
        let known = metric.alias.flatMap { node.aliases[$0] }
        guard let name = metric.name ?? known?.name else { return nil }
        return .init(name: name, datatype: metric.datatype == 0 ? known?.datatype ?? 0 : metric.datatype)
    }

    /// A value as a field; nil where there is none, which is counted unless it is a null.
    private mutating func field(
        _ value: SparkplugPayload.Value, _ named: SparkplugState.Named, _ measurement: String
    ) -> FieldValue? {
        switch value {
        case .none: return nil
        case .nested:
            flaws.count(.nested)
            return nil
        case .boolean(let flag): return .boolean(flag)
        case .text(let text): return .string(text)
        case .number(let number): return numeric(number, named, measurement)
        case .word(let word): return numeric(Self.number(word, named.datatype), named, measurement)
        }
    }

    private mutating func numeric(
        _ number: Double, _ named: SparkplugState.Named, _ measurement: String
    ) -> FieldValue? {
        guard number.isFinite, let field = Self.field(named.name, number, measurement) else {
            flaws.count(.range)
            return nil
        }
        return field
    }

    /// A word by its type: 1 to 4 are signed, in two's complement.
    private static func number(_ word: UInt64, _ datatype: UInt64) -> Double {
        switch datatype {
        case 1: Double(Int8(truncatingIfNeeded: word))
        case 2: Double(Int16(truncatingIfNeeded: word))
        case 3: Double(Int32(truncatingIfNeeded: word))
        case 4: Double(Int64(bitPattern: word))
        case 5: Double(UInt8(truncatingIfNeeded: word))
        case 6: Double(UInt16(truncatingIfNeeded: word))
        case 7: Double(UInt32(truncatingIfNeeded: word))
        default: Double(word)
        }
    }
}
