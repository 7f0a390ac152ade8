import OCPPMessages
import Testing

@Suite("Message frame")
struct MessageFrameTests {
    private func refusal(_ text: String) -> MessageFrame.Refusal? {
        var deviations = DeviationCounts()
        guard case .refused(let refusal) = MessageFrame.read(Array(text.utf8), &deviations) else { return nil }
        return refusal
    }

    private func text(_ id: [UInt8]?) -> String? { id.map { String(decoding: $0, as: UTF8.self) } }

    @Test(
        "what is no frame is refused as OCPP-J 2.0.1 says, to the id where it can be read",
        arguments: [
            ("x", "\"-1\"", CallErrorCode.rpcFrameworkError), ("{}", "\"-1\"", .rpcFrameworkError),
            ("[]", "\"-1\"", .rpcFrameworkError), ("[2]", "\"-1\"", .rpcFrameworkError),
            (#"[2,"a"]"#, "\"a\"", .rpcFrameworkError), (#"[2,"a","Heartbeat",{},0]"#, "\"a\"", .rpcFrameworkError),
            (#"[true,"a","Heartbeat",{}]"#, "\"a\"", .rpcFrameworkError),
            (#"[2,[],"Heartbeat",{}]"#, "\"-1\"", .rpcFrameworkError),
            (#"[2,"","Heartbeat",{}]"#, "\"-1\"", .rpcFrameworkError),
            (#"[2,"a",null,{}]"#, "\"a\"", .rpcFrameworkError),
            (#"[7,"a"]"#, "\"a\"", .messageTypeNotSupported), (#"[2.5,"a"]"#, "\"a\"", .messageTypeNotSupported),
            (#"[2,"a","Reset",{}]"#, "\"a\"", .notSupported), (#"[2,"a","reset",{}]"#, "\"a\"", .notImplemented),
            (#"[2,"a","Heartbeat",null]"#, "\"a\"", .formatViolation),
            (#"[2,"a","Heartbeat",{"x":1e999}]"#, "\"a\"", .formatViolation),
            (#"[2,"a\"b","Heartbeat",3]"#, #""a\"b""#, .formatViolation),
        ])
    func refused(frame: String, id: String, code: CallErrorCode) {
        #expect(refusal(frame)?.code == code)
        #expect(text(refusal(frame)?.replyID) == id)
    }

    @Test(
        "an answer that cannot be read, and a CALLRESULTERROR, get no answer",
        arguments: ["[3]", "[4,1,2]", #"[5,"a"]"#])
    func unanswered(frame: String) {
        #expect(refusal(frame) != nil)
        #expect(refusal(frame)?.replyID == nil)
    }

    @Test("an id of 37 to 64 characters or a number is echoed as it came, and counted")
    func oddIDs() throws {
        for id in ["\"\(String(repeating: "ä", count: 64))\"", "17", "1e2"] {
            var deviations = DeviationCounts()
            guard case .call(let call) = MessageFrame.read(Array("[2,\(id),\"Heartbeat\",{}]".utf8), &deviations) else {
                Issue.record("refused \(id)")
                continue
            }
            #expect(text(call.id) == id)
            #expect(deviations[.oddMessageID] == 1)
        }
        #expect(refusal("[2,\"\(String(repeating: "x", count: 65))\",\"Heartbeat\",{}]")?.code == .rpcFrameworkError)
    }

    @Test("a CALLERROR with four elements or details null is an answer, and counted as odd")
    func oddAnswers() {
        var deviations = DeviationCounts()
        for frame in [#"[4,"a","GenericError",""]"#, #"[4,"a","OccurenceConstraintViolation","",null]"#] {
            guard case .answer(let answer) = MessageFrame.read(Array(frame.utf8), &deviations) else {
                Issue.record("no answer: \(frame)")
                continue
            }
            #expect(answer.isOdd)
            #expect(answer.errorCode != nil)
        }
    }

    @Test("a description is cut at 255 characters and escaped")
    func errorText() {
        let text = String(
            decoding: Reply.error(
                id: Array("\"a\"".utf8), .formatViolation, "\"\u{1}" + String(repeating: "x", count: 300)),
            as: UTF8.self)
        #expect(text.hasPrefix(#"[4,"a","FormatViolation","\"\u0001xxx"#))
        #expect(text.hasSuffix("x\",{}]"))
        #expect(text.filter { $0 == "x" }.count == 253)
    }
}

@Suite("Payload shapes")
struct PayloadShapeTests {
    private func fault(_ action: StationAction, _ payload: String) throws -> OCPPFault? {
        var deviations = DeviationCounts()
        let frame = MessageFrame.read(Array("[2,\"a\",\"\(action.rawValue)\",\(payload)]".utf8), &deviations)
        guard case .call(let call) = frame, let shape = call.action.shape(.v201) else {
            Issue.record("no call")
            return nil
        }
        var check = ShapeCheck(tape: call.tape)
        do throws(OCPPFault) {
            try check.check(call.payload, shape)
            if action == .meterValues { _ = try MeterValuesRequest.decode(call, .v201, &deviations) }
            return nil
        } catch {
            return error
        }
    }

    private static let token = #"{"idToken":"A","type":"Local"}"#
    private static func event(_ fields: String) -> String {
        #"{"eventType":"Updated","timestamp":"2026-01-01T00:00:00Z","triggerReason":"Trigger","seqNo":1,"#
            + #""transactionInfo":{"transactionId":"t"}"# + fields + "}"
    }
    private static func meter(_ sample: String) -> String {
        #"{"evseId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":["# + sample + "]}]}"
    }

    @Test(
        "each violation has the code of the norm and names its field",
        arguments: [
            (.bootNotification, "{}", .occurrenceConstraintViolation, "chargingStation"),
            (
                .bootNotification, #"{"chargingStation":{"model":"m","vendorName":"v"},"reason":"Because"}"#,
                .propertyConstraintViolation, "reason"
            ),
            (
                .bootNotification, #"{"chargingStation":{"model":5,"vendorName":"v"},"reason":"PowerUp"}"#,
                .typeConstraintViolation, "chargingStation.model"
            ),
            (
                .bootNotification, #"{"chargingStation":{"model":null,"vendorName":"v"},"reason":"PowerUp"}"#,
                .occurrenceConstraintViolation, "chargingStation.model"
            ),
            (
                .bootNotification, #"{"chargingStation":[],"reason":"PowerUp"}"#, .typeConstraintViolation,
                "chargingStation"
            ),
            (
                .statusNotification,
                #"{"timestamp":"2026-02-30T00:00:00Z","connectorStatus":"Occupied","evseId":1,"connectorId":1}"#,
                .propertyConstraintViolation, "timestamp"
            ),
            (.transactionEvent, event(#","offline":"no""#), .typeConstraintViolation, "offline"),
            (.transactionEvent, event(#","evse":{"id":1.5}"#), .typeConstraintViolation, "evse.id"),
            (.transactionEvent, event(#","evse":{}"#), .occurrenceConstraintViolation, "evse.id"),
            (.transactionEvent, event(#","meterValue":[]"#), .occurrenceConstraintViolation, "meterValue"),
            (
                .transactionEvent, event(#","idToken":{"idToken":"A","type":"Card"}"#), .propertyConstraintViolation,
                "idToken.type"
            ),
            (.meterValues, meter(""), .occurrenceConstraintViolation, "meterValue[0].sampledValue"),
            (.meterValues, meter(#"{"value":"abc"}"#), .typeConstraintViolation, "meterValue[0].sampledValue[0].value"),
            (.meterValues, meter("{}"), .occurrenceConstraintViolation, "meterValue[0].sampledValue[0].value"),
            (
                .meterValues, meter(#"{"value":1},{"value":1,"unitOfMeasure":{"multiplier":13}}"#),
                .propertyConstraintViolation, "meterValue[0].sampledValue[1].unitOfMeasure.multiplier"
            ),
            (.meterValues, meter(#"{"value":101,"measurand":"SoC"}"#), .propertyConstraintViolation, "meterValue"),
            (
                .meterValues, meter(#"{"value":1e308,"unitOfMeasure":{"multiplier":12}}"#),
                .propertyConstraintViolation, "sampledValue"
            ),
            (.authorize, #"{"idToken":"A"}"#, .typeConstraintViolation, "idToken"),
            (
                .authorize, #"{"idToken":\#(token),"iso15118CertificateHashData":[]}"#, .occurrenceConstraintViolation,
                "iso15118CertificateHashData"
            ),
            (
                .notifyEvent, #"{"generatedAt":"2026-01-01T00:00:00Z","seqNo":0,"eventData":[{}]}"#,
                .occurrenceConstraintViolation, "eventData[0].eventId"
            ),
            (
                .dataTransfer, #"{"vendorId":"\#(String(repeating: "v", count: 256))"}"#, .typeConstraintViolation,
                "vendorId"
            ),
            (
                .notifyEVChargingNeeds,
                #"{"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"DC","dcChargingParameters":"#
                    + #"{"evMaxCurrent":1,"evMaxVoltage":1,"stateOfCharge":101}}}"#,
                .propertyConstraintViolation, "chargingNeeds.dcChargingParameters.stateOfCharge"
            ),
            (
                .securityEventNotification, #"{"type":"x","timestamp":7}"#, .typeConstraintViolation, "timestamp"
            ),
        ] as [(StationAction, String, CallErrorCode, String)])
    func violation(action: StationAction, payload: String, code: CallErrorCode, path: String) throws {
        let fault = try fault(action, payload)
        #expect(fault?.code == code)
        #expect(fault?.path == path)
    }

    @Test(
        "what stations do beside the norm is borne and counted",
        arguments: [
            (#"{"value":1,"x":{"y":[1]}}"#, Deviation.extraProperty), (#"{"value":1,"phase":null}"#, .nullOptional),
            (#"{"value":" 1.50"}"#, .numberAsText), (#"{"value":1,"measurand":"voltage"}"#, .wordCase),
            (#"{"value":1,"measurand":"Display.PresentSOC"}"#, .unknownWord),
        ])
    func borne(sample: String, deviation: Deviation) throws {
        var deviations = DeviationCounts()
        let frame = MessageFrame.read(Array("[2,\"a\",\"MeterValues\",\(Self.meter(sample))]".utf8), &deviations)
        guard case .call(let call) = frame, let shape = call.action.shape(.v201) else {
            Issue.record("no call")
            return
        }
        var check = ShapeCheck(tape: call.tape)
        try check.check(call.payload, shape)
        #expect(check.deviations[deviation] == 1)
        #expect(try MeterValuesRequest.decode(call, .v201, &deviations).values[0].samples.count == 1)
    }

    @Test("customData is no deviation, and length is counted in characters")
    func customDataAndLength() throws {
        let name = String(repeating: "😀", count: 20)
        #expect(
            try fault(
                .bootNotification,
                #"{"chargingStation":{"model":"\#(name)","vendorName":"v","customData":{"vendorId":"x"}},"reason":"PowerUp"}"#
            )
                == nil)
    }

    @Test("the actions of each version are as many as its schemas: 39, 64, and 90 with one that is sent")
    func shapes() {
        for (version, count) in [(OCPPVersion.v16, 39), (.v201, 64), (.v21, 91)] {
            let known = Set(StationAction.allCases.filter { $0.shape(version) != nil }.map(\.rawValue))
            #expect(known.union(CommandActions.of(version)).count == count, "\(version)")
            #expect(known.intersection(CommandActions.of(version)) == ["DataTransfer"], "\(version)")
        }
    }
}
