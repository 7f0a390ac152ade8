import OCPPMessages
import OCPPSession
import Telemetry
import Testing

/// A generator with a seed, so that a finding comes again.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Damaged messages")
struct DamagedMessagesTests {
    private static let messages: [OCPPVersion: [String]] = [
        .v16: [
            #"[2,"a","StartTransaction",{"connectorId":1,"idTag":"T","meterStart":12,"timestamp":"2026-01-01T00:00:00Z"}]"#,
            #"[2,"b","MeterValues",{"connectorId":1,"transactionId":7,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","#
                + #""sampledValue":[{"value":"-7.5","measurand":"Power.Active.Import","unit":"kW","format":"Raw"}]}]}]"#,
            #"[2,"c","StopTransaction",{"transactionId":7,"meterStop":9,"timestamp":"2026-01-01T00:00:00Z","#
                + #""transactionData":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":"1"}]}]}]"#,
            #"[3,"x",{"status":"Accepted"}]"#, #"[4,"x","GenericError","",{}]"#,
        ],
        .v201: [
            #"[2,"a","TransactionEvent",{"eventType":"Updated","timestamp":"2026-01-01T00:00:00.5+01:00","seqNo":3,"#
                + #""triggerReason":"Trigger","transactionInfo":{"transactionId":"t"},"evse":{"id":1},"meterValue":[{"#
                + #""timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":1.5e3,"measurand":"Power.Active.Export","#
                + #""phase":"L1","unitOfMeasure":{"unit":"kW","multiplier":-3}}]}]}]"#,
            #"[2,"b","NotifyEvent",{"generatedAt":"2026-01-01T00:00:00Z","seqNo":0,"eventData":[{"eventId":1,"#
                + #""timestamp":"2026-01-01T00:00:00Z","trigger":"Delta","actualValue":"é\u00e9\ud83d\ude00","component":{"name":"C"},"#
                + #""variable":{"name":"V"},"eventNotificationType":"CustomMonitor"}]}]"#,
        ],
        .v21: [
            #"[6,"a","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-01-01T00:00:00Z","data":[{"t":1e9,"v":"1"}]}]"#,
            #"[2,"b","OpenPeriodicEventStream",{"constantStreamData":{"id":1,"variableMonitoringId":3,"params":{}}}]"#,
            #"[2,"c","NotifyEVChargingNeeds",{"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"DC_BPT","#
                + #""v2xChargingParameters":{"maxDischargePower":9000,"targetSoC":80}}}]"#,
            #"[2,"d","GetCertificateChainStatus",{"certificateStatusRequests":[{"certificateHashData":{"hashAlgorithm":"SHA256","#
                + #""issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"1"},"source":"OCSP","urls":["u"]}]}]"#,
            #"[5,"x","GenericError","",{}]"#,
        ],
    ]

    @Test(
        "whatever bytes come in whatever version, the session lives and answers the next heartbeat",
        arguments: OCPPVersion.allCases)
    func survives(version: OCPPVersion) throws {
        var generator = SeededGenerator(state: 7)
        let originals = try #require(Self.messages[version]).map { Array($0.utf8) }
        for round in 0..<6_000 {
            var memory = StationMemory()
            memory.isAccepted = true
            var session = OCPPSession(station: "CS", version: version, memory: memory)
            var bytes = originals[round % originals.count]
            for _ in 0..<Int.random(in: 1...4, using: &generator) { damage(&bytes, originals, &generator) }
            var actions = session.textReceived(bytes, at: 1_767_225_600_000_000_000, topology: Topology())
            actions += settle(&session, actions)
            guard !actions.contains(where: { if case .close = $0 { true } else { false } }) else { continue }
            let beat = session.textReceived(
                Array(#"[2,"h","Heartbeat",{}]"#.utf8), at: 1_767_225_600_000_000_000, topology: Topology())
            #expect(beat.count == 1, "seed 7, round \(round): \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    private func damage(_ bytes: inout [UInt8], _ originals: [[UInt8]], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(Array("\"[]{},:\\-e9".utf8).randomElement(using: &generator) ?? 0, at: place)
        case 3: bytes.removeLast(bytes.count - place)
        case 4:
            let other = originals.randomElement(using: &generator) ?? []
            bytes = Array(bytes.prefix(place)) + other.suffix(Int.random(in: 0...other.count, using: &generator))
        default: bytes.insert(contentsOf: Array("9999999999999999999".utf8), at: place)
        }
    }

    /// Says of all that was handed over that it is durable, as a gateway does; answers what that leads to.
    private func settle(_ session: inout OCPPSession, _ actions: [OCPPSession.Action]) -> [OCPPSession.Action] {
        var more: [OCPPSession.Action] = []
        for action in actions {
            switch action {
            case .assign(let ticket, _):
                let assigned = session.assigned(ticket, .success(7), at: 0, topology: Topology())
                more += assigned + settle(&session, assigned)
            case .submit(let ticket, _):
                more += session.settled(ticket, .success(FrameReceipt(position: 1)))
            default: break
            }
        }
        return more
    }
}
