/// A StartTransaction request of OCPP 1.6: the station asks for the transaction's number.
package struct StartTransactionRequest: Sendable, Hashable {
    /// The connector, which is the EVSE's number.
    package let connector: Int
    /// The token.
    package let idTag: String
    /// The register at the start, in Wh.
    package let meterStart: Int
    /// When it began, nanoseconds since 1970 UTC.
    package let timestamp: Int64

    /// A request; what a ledger keeps of one.
    package init(connector: Int, idTag: String, meterStart: Int, timestamp: Int64) {
        self.connector = connector
        self.idTag = idTag
        self.meterStart = meterStart
        self.timestamp = timestamp
    }

    /// Reads a call's payload, which was checked.
    package static func decode(_ call: MessageFrame.Call) throws(OCPPFault) -> StartTransactionRequest {
        let (tape, payload) = (call.tape, call.payload)
        guard let connector = tape.member(payload, "connectorId").flatMap(tape.integer),
            let idTag = tape.member(payload, "idTag").map(tape.string),
            let meterStart = tape.member(payload, "meterStart").flatMap(tape.integer),
            let time = tape.member(payload, "timestamp").flatMap({ RFC3339.nanoseconds(tape, $0) })
        else { throw OCPPFault(.occurrenceConstraintViolation, "missing", offset: tape.offset(payload)) }
        return StartTransactionRequest(connector: connector, idTag: idTag, meterStart: meterStart, timestamp: time)
    }

    /// The register as a reading.
    package var value: MeterValue {
        MeterValue(timestamp: timestamp, samples: [.register(meterStart, context: "Transaction.Begin")])
    }
}

/// A StopTransaction request of OCPP 1.6.
package struct StopTransactionRequest: Sendable, Equatable {
    /// The number that we gave; 0 or less where the station began offline and never heard one.
    package let transaction: Int
    /// Whether a token came with it, which wants an answer.
    package let hasToken: Bool
    /// The readings of `transactionData` and the register at the end.
    package let values: [MeterValue]

    /// Reads a call's payload, which was checked.
    package static func decode(
        _ call: MessageFrame.Call, _ deviations: inout DeviationCounts
    ) throws(OCPPFault) -> StopTransactionRequest {
        let (tape, payload) = (call.tape, call.payload)
        guard let transaction = tape.member(payload, "transactionId").flatMap(tape.integer),
            let meterStop = tape.member(payload, "meterStop").flatMap(tape.integer),
            let time = tape.member(payload, "timestamp").flatMap({ RFC3339.nanoseconds(tape, $0) })
        else { throw OCPPFault(.occurrenceConstraintViolation, "missing", offset: tape.offset(payload)) }
        var values: [MeterValue] = []
        if let list = tape.member(payload, "transactionData") {
            values = try MeterValue.decodeList(tape, list, .v16, &deviations)
        }
        let hasEnd = values.contains { value in
            value.timestamp == time && value.samples.contains(where: \.isImportRegister)
        }
        // transactionData may bring the same register in another unit: what it says stands.
        if !hasEnd {
            values.append(MeterValue(timestamp: time, samples: [.register(meterStop, context: "Transaction.End")]))
        }
        return StopTransactionRequest(
            transaction: transaction, hasToken: tape.member(payload, "idTag") != nil, values: values)
    }
}

extension SampledValue {
    /// The import register of a whole EVSE, in Wh.
    fileprivate static func register(_ wattHours: Int, context: String) -> SampledValue {
        SampledValue(
            value: Double(wattHours), name: Measurand.energyActiveImportRegister.rawValue,
            measurand: .energyActiveImportRegister, phase: nil, location: outlet, context: context)
    }

    fileprivate var isImportRegister: Bool {
        measurand == .energyActiveImportRegister && isTotal && isAtOutlet
    }

    /// Reads a sampled value of 1.6, which was checked: a decimal number as text, its unit beside it.
    ///
    /// Signed data is kept as it came, under the measurand's name and without a value. Nil for any other text.
    static func decode16(_ tape: JSONTape, _ index: Int, _ deviations: inout DeviationCounts) -> SampledValue? {
        guard let valueIndex = tape.member(index, "value") else { return nil }
        let text = tape.string(valueIndex)
        var sample = frame(tape, index)
        if let format = tape.member(index, "format"), Words.match(tape.string(format), in: ["SignedData"]) != nil {
            deviations.count(.signedText)
            sample.keepSigned(text)
            return sample
        }
        var exponent = 0
        if let unit = tape.member(index, "unit").map(tape.string), !unit.isEmpty {
            exponent = sample.adopt(unit: unit, &deviations)
        }
        guard let value = JSONNumber.parse(text: text, exponent: exponent) else { return nil }
        sample.value = value
        return sample
    }
}
