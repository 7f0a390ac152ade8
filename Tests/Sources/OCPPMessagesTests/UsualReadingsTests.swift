import Testing

@testable import OCPPMessages

/// The quick way and the exact way must say the same of every message that the quick one takes.
@Suite("Usual readings")
struct UsualReadingsTests {
    /// What the exact way makes of a message; nil for a refusal or anything that was forgiven.
    private func exact(_ bytes: [UInt8], _ version: OCPPVersion) -> (id: [UInt8], request: UsualReadings.Request)? {
        var deviations = DeviationCounts()
        guard case .call(let call) = MessageFrame.read(bytes, version: version, &deviations),
            let shape = call.action.shape(version)
        else { return nil }
        do {
            var check = ShapeCheck(tape: call.tape)
            try check.check(call.payload, shape)
            deviations.add(check.deviations)
            let request: UsualReadings.Request =
                call.action == .meterValues
                ? .meterValues(try MeterValuesRequest.decode(call, version, &deviations))
                : .transactionEvent(try TransactionEventRequest.decode(call, &deviations))
            return deviations == DeviationCounts() ? (call.id, request) : nil
        } catch {
            return nil
        }
    }

    @Test("generated messages are taken, and read as the exact way reads them", arguments: OCPPVersion.allCases)
    func generated(version: OCPPVersion) throws {
        var generator = MessageGenerator(seed: 7, version: version)
        for _ in 0..<400 {
            let text = generator.message()
            let bytes = Array(text.utf8)
            let usual = try #require(UsualReadings.read(bytes, version: version), "\(text)")
            let wanted = try #require(exact(bytes, version), "\(text)")
            #expect(usual.request == wanted.request, "\(text)")
            #expect(usual.call.id == wanted.id)
        }
    }

    @Test(
        "a message with a byte changed, cut or repeated is taken as the exact way takes it, or not at all",
        arguments: OCPPVersion.allCases)
    func damaged(version: OCPPVersion) throws {
        var generator = MessageGenerator(seed: 11, version: version)
        var takenCount = 0
        for _ in 0..<300 {
            let bytes = Array(generator.message().utf8)
            for _ in 0..<12 {
                let changed = generator.damaged(bytes)
                guard let usual = UsualReadings.read(changed, version: version) else { continue }
                takenCount += 1
                let text = String(decoding: changed, as: UTF8.self)
                let wanted = try #require(exact(changed, version), "\(text)")
                #expect(usual.request == wanted.request, "\(text)")
                #expect(usual.call.id == wanted.id)
            }
        }
        #expect(takenCount > 100, "changed digits and letters of ids are still messages")
    }

    @Test(
        "what is forgiven or refused is left to the exact way",
        arguments: [
            #"{"evseId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":"1"}]}]}"#,
            #"{"evseId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":1,"phase":null}]}]}"#,
            #"{"evseId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":1e3}]}]}"#,
            #"{"evseId":1,"meterValue":[{"timestamp":"2026-02-30T00:00:00Z","sampledValue":[{"value":1}]}]}"#,
            #"{"evseId":1,"evseId":2,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":1}]}]}"#,
            #"{"evseId":1,"meterValue":[]}"#, #"{"evseId":1}"#, #"{"evseId":01,"meterValue":[]}"#,
            #"{"evseId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[]}]}"#,
            #"{"evseId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":1,"measurand":"soc"}]}]}"#,
            #"{"evseId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":101,"measurand":"SoC"}]}]}"#,
            #"{"evseId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":1,"measurand":"SoC","unitOfMeasure":{"unit":"V"}}]}]}"#,
            #"{"evseId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":1}]}],"x":1}"#,
        ])
    func left(payload: String) {
        #expect(UsualReadings.read(Array(#"[2,"1","MeterValues",\#(payload)]"#.utf8), version: .v201) == nil)
    }
}

/// Messages as stations write them, from one seed: every word of the norm, numbers of every form, blanks or none.
private struct MessageGenerator {
    private var state: UInt64
    private let version: OCPPVersion

    init(seed: UInt64, version: OCPPVersion) {
        state = seed
        self.version = version
    }

    /// A number below `limit` (splitmix64).
    private mutating func next(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
    }

    private mutating func one(_ words: [String]) -> String { words[next(words.count)] }

    private mutating func object(_ members: [String]) -> String {
        var members = members
        for index in members.indices.reversed() { members.swapAt(index, next(index + 1)) }
        let blank = one(["", "", " ", "\n  "])
        return "{" + blank + members.joined(separator: "," + blank) + blank + "}"
    }

    private mutating func time() -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(2020 + next(20))-\(two(1 + next(12)))-\(two(1 + next(28)))"
        let clock = "\(two(next(24))):\(two(next(60))):\(two(next(60)))"
        return "\(date)T\(clock)\(one(["", ".0", ".12", ".123", ".123456789"]))\(one(["Z", "Z", "+02:00", "-11:30"]))"
    }

    private mutating func number() -> String {
        let whole = next(4) == 0 ? 0 : next(10_000_000)
        return one(["", "", "-"]) + "\(whole)" + one(["", ".0", ".5", ".25", ".\(next(1_000_000))"])
    }

    private mutating func sample() -> String {
        let measurand = one(
            Measurand.allCases.map(\.rawValue).filter { version != .v16 || Shapes16.measurands.contains($0) })
        let isCharge = measurand == "SoC"
        let value = isCharge ? "\(next(100)).\(next(10))" : number()
        var members = ["\"value\": \(version == .v16 ? "\"\(value)\"" : value)"]
        if next(8) > 0 || isCharge { members.append("\"measurand\":\"\(measurand)\"") }
        if next(2) == 0 { members.append("\"context\":\"\(one(SampledValue.contexts))\"") }
        if next(2) == 0 { members.append("\"phase\":\"\(one(SampledValue.phases))\"") }
        if next(2) == 0 { members.append("\"location\":\"\(one(SampledValue.locations))\"") }
        let isNamed = members.contains { $0.hasPrefix("\"measurand\"") }
        if next(3) > 0, let unit = unit(isNamed ? measurand : "Energy.Active.Import.Register") {
            members.append(version == .v16 ? "\"unit\":\"\(unit)\"" : unitOfMeasure(unit, isCharge: isCharge))
        }
        if version == .v16, next(3) == 0 { members.append("\"format\":\"Raw\"") }
        return object(members)
    }

    private mutating func unitOfMeasure(_ unit: String, isCharge: Bool) -> String {
        var members = ["\"unit\":\"\(unit)\""]
        if next(3) == 0, !isCharge { members.append("\"multiplier\":\(next(7) - 3)") }
        return "\"unitOfMeasure\":" + object(members)
    }

    private mutating func unit(_ measurand: String) -> String? {
        switch Measurand(rawValue: measurand)?.unit {
        case "Wh": one(["Wh", "kWh"])
        case "varh": one(["varh", "kvarh"])
        case "VAh": one(["VAh", "kVAh"])
        case "W": one(["W", "kW"])
        case "var": one(["var", "kvar"])
        case "A": "A"
        case "V": "V"
        case "Hz": version == .v16 ? "Hertz" : one(["Hz", "Hertz"])
        case "Percent": "Percent"
        default: nil
        }
    }

    private mutating func meterValue() -> String {
        let list = (0...next(2)).map { _ in
            let samples = (0...next(5)).map { _ in sample() }.joined(separator: ",")
            return object(["\"timestamp\":\"\(time())\"", "\"sampledValue\":[\(samples)]"])
        }
        return "\"meterValue\":[\(list.joined(separator: ", "))]"
    }

    private mutating func meterValues() -> String {
        var members = ["\"\(version == .v16 ? "connectorId" : "evseId")\":\(next(4))", meterValue()]
        if version == .v16, next(2) == 0 { members.append("\"transactionId\":\(next(100_000))") }
        return object(members)
    }

    private mutating func transactionEvent() -> String {
        var info = ["\"transactionId\":\"\(next(1_000_000))-a\""]
        if next(2) == 0 { info.append("\"chargingState\":\"\(one(MessageShapes.chargingStates))\"") }
        if next(4) == 0 { info.append("\"stoppedReason\":\"\(one(MessageShapes.stoppedReasons))\"") }
        if next(4) == 0 { info.append("\"timeSpentCharging\":\(next(10_000))") }
        if version == .v21, next(2) == 0 { info.append("\"operationMode\":\"\(one(Shapes21.operationModes))\"") }
        var members = [
            "\"eventType\":\"\(one(MessageShapes.eventTypes))\"", "\"timestamp\":\"\(time())\"",
            "\"triggerReason\":\"\(one(MessageShapes.triggerReasons))\"", "\"seqNo\":\(next(1000))",
            "\"transactionInfo\":\(object(info))",
        ]
        if next(2) == 0 { members.append("\"offline\":\(one(["true", "false"]))") }
        if next(2) == 0 { members.append("\"numberOfPhasesUsed\":\(next(4))") }
        if next(2) == 0 { members.append("\"evse\":" + object(["\"id\":\(next(4))", "\"connectorId\":1"])) }
        if next(2) == 0 {
            members.append(
                "\"idToken\":" + object(["\"idToken\":\"04A2\"", "\"type\":\"\(one(MessageShapes.tokenTypes))\""]))
        }
        if next(4) > 0 { members.append(meterValue()) }
        return object(members)
    }

    mutating func message() -> String {
        let isEvent = version != .v16 && next(2) == 0
        let payload = isEvent ? transactionEvent() : meterValues()
        let blank = one(["", " "])
        return
            "[2,\(blank)\"\(next(1_000_000))-x\",\(blank)\"\(isEvent ? "TransactionEvent" : "MeterValues")\",\(payload)]\(blank)"
    }

    /// The same with one byte another, without one, or with one twice.
    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var changed = bytes
        let place = next(bytes.count)
        switch next(4) {
        case 0: changed.remove(at: place)
        case 1: changed.insert(bytes[place], at: place)
        case 2: changed[place] = UInt8(next(256))
        default:
            // Digits and letters alone, so that many stay messages.
            let byte = bytes[place]
            changed[place] = (0x30...0x39).contains(byte) ? UInt8(0x30 + next(10)) : byte ^ 0x20
        }
        return changed
    }
}
