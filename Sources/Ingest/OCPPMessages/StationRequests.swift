import Telemetry

/// Samples of one instant.
package struct MeterValue: Sendable, Equatable {
    /// Nanoseconds since 1970 UTC.
    package var timestamp: Int64
    /// What was sampled.
    package var samples: [SampledValue]

    /// Reads the list at `index`, which was checked.
    static func decodeList(
        _ tape: JSONTape, _ index: Int, _ deviations: inout DeviationCounts
    ) throws(OCPPFault) -> [MeterValue] {
        var values: [MeterValue] = []
        for element in tape.elements(index) {
            guard let time = tape.member(element, "timestamp").flatMap({ RFC3339.nanoseconds(tape, $0) }),
                let list = tape.member(element, "sampledValue")
            else { continue }
            var value = MeterValue(timestamp: time, samples: [])
            for sample in tape.elements(list) {
                guard let decoded = SampledValue.decode(tape, sample, &deviations) else {
                    throw OCPPFault(
                        .propertyConstraintViolation, "value and multiplier out of range", path: "sampledValue",
                        offset: tape.offset(sample))
                }
                value.samples.append(decoded)
            }
            values.append(value)
        }
        return values
    }
}

/// A MeterValues request: readings outside a transaction.
package struct MeterValuesRequest: Sendable, Equatable {
    /// The EVSE's number; 0 is the station's main meter.
    package let evse: Int
    /// The readings.
    package let values: [MeterValue]

    /// Checks and reads a call's payload. A state of charge outside 0 to 100 refuses it: nothing is lost that is true.
    package static func decode(
        _ call: MessageFrame.Call, _ deviations: inout DeviationCounts
    ) throws(OCPPFault) -> MeterValuesRequest {
        let tape = call.tape
        guard let evse = tape.member(call.payload, "evseId").flatMap(tape.integer),
            let list = tape.member(call.payload, "meterValue")
        else { throw OCPPFault(.occurrenceConstraintViolation, "missing", offset: tape.offset(call.payload)) }
        let values = try MeterValue.decodeList(tape, list, &deviations)
        for sample in values.lazy.flatMap(\.samples) where sample.measurand == .soc {
            guard (0...100).contains(sample.value) else {
                throw OCPPFault(
                    .propertyConstraintViolation, "SoC outside 0 to 100", path: "meterValue",
                    offset: tape.offset(list))
            }
        }
        return MeterValuesRequest(evse: evse, values: values)
    }
}

/// A TransactionEvent request.
package struct TransactionEventRequest: Sendable, Equatable {
    /// `Started`, `Updated` or `Ended`.
    package let eventType: String
    /// When it happened, nanoseconds since 1970 UTC.
    package let timestamp: Int64
    /// The event's number in the transaction.
    package let sequence: Int
    /// The station's name of the transaction.
    package let transactionID: String
    /// Whether the station was offline when it happened.
    package let isOffline: Bool
    /// How many phases the vehicle uses, where it is said.
    package let phasesUsed: Int?
    /// The EVSE, which is sent once in a transaction.
    package let evse: Int?
    /// Whether a token came with it, which wants an answer.
    package let hasToken: Bool
    /// The readings.
    package let values: [MeterValue]

    /// Reads a call's payload, which was checked.
    package static func decode(
        _ call: MessageFrame.Call, _ deviations: inout DeviationCounts
    ) throws(OCPPFault) -> TransactionEventRequest {
        let (tape, payload) = (call.tape, call.payload)
        guard let type = tape.member(payload, "eventType"), let sequence = tape.member(payload, "seqNo"),
            let time = tape.member(payload, "timestamp").flatMap({ RFC3339.nanoseconds(tape, $0) }),
            let info = tape.member(payload, "transactionInfo"), let id = tape.member(info, "transactionId")
        else { throw OCPPFault(.occurrenceConstraintViolation, "missing", offset: tape.offset(payload)) }
        let values = try tape.member(payload, "meterValue").map { list throws(OCPPFault) in
            try MeterValue.decodeList(tape, list, &deviations)
        }
        return TransactionEventRequest(
            eventType: Words.match(tape.string(type), in: MessageShapes.eventTypes) ?? "Updated", timestamp: time,
            sequence: tape.integer(sequence) ?? 0, transactionID: tape.string(id),
            isOffline: tape.member(payload, "offline").flatMap(tape.boolean) ?? false,
            phasesUsed: tape.member(payload, "numberOfPhasesUsed").flatMap(tape.integer),
            evse: tape.member(payload, "evse").flatMap { tape.member($0, "id") }.flatMap(tape.integer),
            hasToken: tape.member(payload, "idToken") != nil, values: values ?? [])
    }
}

/// A StatusNotification request.
package struct StatusRequest: Sendable, Equatable {
    /// When it happened, nanoseconds since 1970 UTC.
    package let timestamp: Int64
    /// One of OCPP's connector statuses.
    package let status: String
    /// The EVSE's number; 0 is the station.
    package let evse: Int

    /// Reads a call's payload, which was checked.
    package static func decode(_ call: MessageFrame.Call) throws(OCPPFault) -> StatusRequest {
        let (tape, payload) = (call.tape, call.payload)
        guard let time = tape.member(payload, "timestamp").flatMap({ RFC3339.nanoseconds(tape, $0) }),
            let status = tape.member(payload, "connectorStatus").map(tape.string),
            let evse = tape.member(payload, "evseId").flatMap(tape.integer)
        else { throw OCPPFault(.occurrenceConstraintViolation, "missing", offset: tape.offset(payload)) }
        return StatusRequest(
            timestamp: time, status: Words.match(status, in: MessageShapes.connectorStatuses) ?? status, evse: evse)
    }
}

/// One event of a NotifyEvent request: a variable's value.
package struct VariableEvent: Sendable, Equatable {
    /// When it happened, nanoseconds since 1970 UTC.
    package let timestamp: Int64
    /// `Alerting`, `Delta` or `Periodic`.
    package let trigger: String
    /// The value as text.
    package let value: String
    /// The component's name and instance.
    package let component: (name: String, instance: String)
    /// The variable's name and instance.
    package let variable: (name: String, instance: String)
    /// The EVSE's number, where the component has one.
    package let evse: Int?
    /// The connector's number, likewise.
    package let connector: Int?
    /// The transaction, where it is said.
    package let transactionID: String?

    /// Whether two events say the same.
    package static func == (left: VariableEvent, right: VariableEvent) -> Bool {
        left.timestamp == right.timestamp && left.trigger == right.trigger && left.value == right.value
            && left.component == right.component && left.variable == right.variable && left.evse == right.evse
            && left.connector == right.connector && left.transactionID == right.transactionID
    }

    /// Reads a call's payload, which was checked.
    package static func decodeList(_ call: MessageFrame.Call) -> [VariableEvent] {
        let tape = call.tape
        guard let list = tape.member(call.payload, "eventData") else { return [] }
        func named(_ index: Int) -> (name: String, instance: String) {
            (
                tape.member(index, "name").map(tape.string) ?? "",
                tape.member(index, "instance").map(tape.string) ?? ""
            )
        }
        return tape.elements(list).compactMap { event in
            guard let time = tape.member(event, "timestamp").flatMap({ RFC3339.nanoseconds(tape, $0) }),
                let component = tape.member(event, "component"), let variable = tape.member(event, "variable"),
                let trigger = tape.member(event, "trigger"), let value = tape.member(event, "actualValue")
            else { return nil }
            let evse = tape.member(component, "evse")
            let triggerText = tape.string(trigger)
            return VariableEvent(
                timestamp: time,
                trigger: Words.match(triggerText, in: ["Alerting", "Delta", "Periodic"]) ?? triggerText,
                value: tape.string(value), component: named(component), variable: named(variable),
                evse: evse.flatMap { tape.member($0, "id") }.flatMap(tape.integer),
                connector: evse.flatMap { tape.member($0, "connectorId") }.flatMap(tape.integer),
                transactionID: tape.member(event, "transactionId").map(tape.string))
        }
    }
}
