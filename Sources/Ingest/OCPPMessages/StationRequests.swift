import Telemetry

/// Samples of one instant.
package struct MeterValue: Sendable, Equatable {
    /// Nanoseconds since 1970 UTC.
    package var timestamp: Int64
    /// What was sampled.
    package var samples: [SampledValue]

    /// Reads the list at `index`, which was checked.
    static func decodeList(
        _ tape: JSONTape, _ index: Int, _ version: OCPPVersion, _ deviations: inout DeviationCounts
    ) throws(OCPPFault) -> [MeterValue] {
        var values: [MeterValue] = []
        for element in tape.elements(index) {
            guard let time = tape.member(element, "timestamp").flatMap({ RFC3339.nanoseconds(tape, $0) }),
                let list = tape.member(element, "sampledValue")
            else { continue }
            var value = MeterValue(timestamp: time, samples: [])
            for sample in tape.elements(list) {
                let decoded =
                    version == .v16
                    ? SampledValue.decode16(tape, sample, &deviations) : SampledValue.decode(tape, sample, &deviations)
                guard let decoded else {
                    throw OCPPFault(
                        .propertyConstraintViolation, "not a number, or out of range", path: "sampledValue",
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
    /// The EVSE's number, the connector's of 1.6; 0 is the station's main meter.
    package let evse: Int
    /// The transaction that 1.6 may name.
    package let transaction: Int?
    /// The readings.
    package let values: [MeterValue]

    /// Checks and reads a call's payload. A state of charge outside 0 to 100 refuses it: nothing is lost that is true.
    package static func decode(
        _ call: MessageFrame.Call, _ version: OCPPVersion, _ deviations: inout DeviationCounts
    ) throws(OCPPFault) -> MeterValuesRequest {
        let tape = call.tape
        guard
            let evse = tape.member(call.payload, version == .v16 ? "connectorId" : "evseId").flatMap(tape.integer),
            let list = tape.member(call.payload, "meterValue")
        else { throw OCPPFault(.occurrenceConstraintViolation, "missing", offset: tape.offset(call.payload)) }
        let values = try MeterValue.decodeList(tape, list, version, &deviations)
        for sample in values.lazy.flatMap(\.samples) where sample.measurand == .soc {
            guard (0...100).contains(sample.value) else {
                throw OCPPFault(
                    .propertyConstraintViolation, "SoC outside 0 to 100", path: "meterValue",
                    offset: tape.offset(list))
            }
        }
        return MeterValuesRequest(
            evse: evse, transaction: tape.member(call.payload, "transactionId").flatMap(tape.integer), values: values)
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
    /// Who sets the power, as 2.1 says it.
    package let operationMode: String?

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
            try MeterValue.decodeList(tape, list, .v201, &deviations)
        }
        return TransactionEventRequest(
            eventType: Words.match(tape.string(type), in: MessageShapes.eventTypes) ?? "Updated", timestamp: time,
            sequence: tape.integer(sequence) ?? 0, transactionID: tape.string(id),
            isOffline: tape.member(payload, "offline").flatMap(tape.boolean) ?? false,
            phasesUsed: tape.member(payload, "numberOfPhasesUsed").flatMap(tape.integer),
            evse: tape.member(payload, "evse").flatMap { tape.member($0, "id") }.flatMap(tape.integer),
            hasToken: tape.member(payload, "idToken") != nil, values: values ?? [],
            operationMode: tape.member(info, "operationMode").map(tape.string))
    }
}
