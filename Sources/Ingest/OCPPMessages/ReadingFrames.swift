package import Telemetry

/// Turns what a station said into rows for the telemetry database.
package struct ReadingFrames {
    /// The measurement of variables' values from NotifyEvent: tags of the EVSE, `component`, `variable` and their
    /// instances; field `value`, or `text` where it is no number.
    package static let eventMeasurement = "OCPP_Event"
    /// Times before this are a clock that was never set: the first year of the epoch.
    private static let firstYear: Int64 = 31_536_000_000_000_000

    /// The rows so far; call `seal` on it before it is used.
    package private(set) var batch: FrameBatch
    /// What was forgiven or flagged.
    package private(set) var deviations = DeviationCounts()
    private let station: String
    private let topology: Topology
    private let arrival: Int64

    /// Rows of `station` that arrive at `arrival`, nanoseconds since 1970 UTC.
    package init(station: String, topology: Topology, arrival: Int64) {
        self.station = station
        self.topology = topology
        self.arrival = arrival
        batch = FrameBatch(database: CanonicalNames.telemetryDatabase, arrival: arrival)
    }

    /// Adds the readings of one request.
    ///
    /// - Parameters:
    ///   - evse: the EVSE's number; 0, the station's main meter, and nil, not known, never become `Power_Flow`.
    ///   - transaction: the transaction that they belong to; its registers are kept in it.
    ///   - phasesUsed: how many phases the EVSE uses, where no transaction says it.
    package mutating func add(
        _ values: [MeterValue], evse: Int?, transaction: inout TransactionMemory?, phasesUsed: Int? = nil
    ) {
        let name = evse.map(String.init) ?? "unknown"
        let id = evse.map { $0 > 0 ? topology.evseID(station: station, evse: $0) : nil } ?? nil
        let evseID = id ?? "\(station):\(name)"
        for value in merged(values) {
            let isUnset = value.timestamp < Self.firstYear
            if isUnset { deviations.count(.clockUnset) }
            let timestamp = isUnset ? arrival : value.timestamp
            guard id != nil else {
                for sample in value.samples { add(sample, evseID, timestamp) }
                continue
            }
            let point = PowerFlowPoint(
                samples: value.samples, timestamp: timestamp, transaction: &transaction, phasesUsed: phasesUsed)
            deviations.add(point.deviations)
            for sample in point.leftOver { add(sample, evseID, timestamp) }
            var fields = point.fields
            guard !fields.isEmpty else { continue }
            if point.context != SampledValue.periodic { fields.append(("context", .string(point.context))) }
            if let transaction { fields.append(("transaction_id", .string(transaction.id))) }
            if isUnset { fields.append(("clock_unset", .boolean(true))) }
            batch.append(
                measurement: CanonicalNames.powerFlow, tags: topology.tags(evseID: evseID), fields: fields,
                timestamp: timestamp)
        }
    }

    /// One value an instant, in the order of time: stations split an instant over several meterValues.
    private func merged(_ values: [MeterValue]) -> [MeterValue] {
        var result: [MeterValue] = []
        var places: [Int64: Int] = [:]
        for value in values {
            if let place = places[value.timestamp] {
                result[place].samples += value.samples
            } else {
                places[value.timestamp] = result.count
                result.append(value)
            }
        }
        return result.sorted { $0.timestamp < $1.timestamp }
    }

    private mutating func add(_ sample: SampledValue, _ evseID: String, _ timestamp: Int64) {
        var tags = topology.tags(evseID: evseID)
        tags.append(("measurand", Self.tagText(sample.name)))
        tags.append(("phase", Self.tagText(sample.phase ?? "")))
        tags.append(("location", Self.tagText(sample.location)))
        tags.append(("context", Self.tagText(sample.context)))
        var fields: [(String, FieldValue)] = sample.value.isFinite ? [("value", .float(sample.value))] : []
        if let unit = sample.foreignUnit { fields.append(("unit", .string(unit))) }
        if let signature = sample.signature {
            fields.append(("signed_meter_data", .string(signature.data)))
            fields.append(("signing_method", .string(signature.method)))
            fields.append(("encoding_method", .string(signature.encoding)))
            fields.append(("public_key", .string(signature.publicKey)))
        }
        batch.append(measurement: CanonicalNames.ocppSample, tags: tags, fields: fields, timestamp: timestamp)
    }

    /// Adds a connector's status: `connected` is whether it is occupied. A status of the whole station (EVSE 0) is an
    /// event of the component `ChargingStation`.
    package mutating func add(_ status: StatusRequest) {
        let isUnset = status.timestamp.map { $0 < Self.firstYear } ?? false
        if isUnset { deviations.count(.clockUnset) }
        let timestamp = isUnset ? arrival : status.timestamp ?? arrival
        guard status.evse > 0 else {
            batch.append(
                measurement: Self.eventMeasurement,
                tags: topology.tags(evseID: "\(station):0") + [
                    ("component", "ChargingStation"), ("variable", "AvailabilityState"),
                ], fields: [("text", .string(status.status))], timestamp: timestamp)
            return
        }
        batch.append(
            measurement: CanonicalNames.powerFlow,
            tags: topology.tags(evseID: topology.evseID(station: station, evse: status.evse)),
            fields: [
                ("status", .string(status.status)), ("connected", .boolean(status.isConnected)),
            ], timestamp: timestamp)
    }

    /// Adds the value of a variable.
    package mutating func add(_ event: VariableEvent) {
        let isUnset = event.timestamp < Self.firstYear
        if isUnset { deviations.count(.clockUnset) }
        let evse = event.evse ?? 0
        let evseID = evse > 0 ? topology.evseID(station: station, evse: evse) : "\(station):0"
        var tags = topology.tags(evseID: evseID)
        tags.append(("component", Self.tagText(event.component.name)))
        tags.append(("component_instance", Self.tagText(event.component.instance)))
        tags.append(("variable", Self.tagText(event.variable.name)))
        tags.append(("variable_instance", Self.tagText(event.variable.instance)))
        tags.append(("connector", event.connector.map(String.init) ?? ""))
        let number = JSONNumber.parse(text: event.value)
        var fields: [(String, FieldValue)] = [
            number.map { ("value", .float($0)) } ?? ("text", .string(event.value)),
            ("trigger", .string(event.trigger)),
        ]
        if let id = event.transactionID { fields.append(("transaction_id", .string(id))) }
        batch.append(
            measurement: Self.eventMeasurement, tags: tags, fields: fields,
            timestamp: isUnset ? arrival : event.timestamp)
    }

    /// A station's own words as a tag: control characters, and a backslash at the end, which a series key would take
    /// for an escape of what follows, are shown as U+FFFD.
    private static func tagText(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x5C }) else { return text }
        var scalars = text.unicodeScalars.map { $0.value < 0x20 ? "\u{FFFD}" : $0 }
        if scalars.last == "\\" { scalars[scalars.count - 1] = "\u{FFFD}" }
        return String(String.UnicodeScalarView(scalars))
    }

    /// The batch, whole; nil where nothing was added.
    package func sealed() -> FrameBatch? {
        guard batch.rowCount > 0 else { return nil }
        var batch = batch
        batch.seal()
        return batch
    }
}
