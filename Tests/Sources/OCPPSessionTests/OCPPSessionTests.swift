import OCPPMessages
import OCPPSession
import Telemetry
import Testing

@Suite("OCPP session")
struct OCPPSessionTests {
    private static let now: Int64 = 1_767_225_600_000_000_000
    private static let boot =
        #"[2,"b","BootNotification",{"chargingStation":{"model":"M","vendorName":"V"},"reason":"PowerUp"}]"#

    private var accepted: StationMemory {
        var memory = StationMemory()
        memory.isAccepted = true
        return memory
    }

    private func session(maxOutstanding: Int = 16) -> OCPPSession {
        var settings = OCPPSession.Settings()
        settings.maxOutstanding = maxOutstanding
        return OCPPSession(station: "CS", memory: accepted, settings: settings)
    }

    private func heartbeat(_ id: String) -> String { #"[2,"\#(id)","Heartbeat",{}]"# }

    private func status(_ id: String) -> String {
        #"[2,"\#(id)","StatusNotification",{"timestamp":"2026-01-01T00:00:00Z","connectorStatus":"Occupied","#
            + #""evseId":1,"connectorId":1}]"#
    }

    private func event(_ kind: String, _ sequence: Int, _ rest: String) -> String {
        #"[2,"e\#(sequence)","TransactionEvent",{"eventType":"\#(kind)","timestamp":"2026-01-01T00:00:0\#(sequence)Z","#
            + #""triggerReason":"Trigger","seqNo":\#(sequence),"transactionInfo":{"transactionId":"tx"}\#(rest)}]"#
    }

    private func meter(_ watts: Int) -> String {
        #","meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":\#(watts),"#
            + #""measurand":"Power.Active.Export"}]}]"#
    }

    private func receive(
        _ session: inout OCPPSession, _ text: String, at now: Int64 = Self.now, topology: Topology = Topology()
    ) -> [OCPPSession.Action] {
        session.textReceived(Array(text.utf8), at: now, topology: topology)
    }

    private func sent(_ actions: [OCPPSession.Action]) -> [String] {
        actions.compactMap { if case .send(let text) = $0 { String(decoding: text, as: UTF8.self) } else { nil } }
    }

    private func submitted(_ actions: [OCPPSession.Action]) -> [(ticket: UInt64, batch: FrameBatch)] {
        actions.compactMap { if case .submit(let ticket, let batch) = $0 { (ticket, batch) } else { nil } }
    }

    private func closeCode(_ actions: [OCPPSession.Action]) -> UInt16? {
        actions.compactMap { if case .close(let code, _) = $0 { code } else { nil } }.first
    }

    private let durable: Result<FrameReceipt, FrameError> = .success(FrameReceipt(position: 1))

    @Test("a boot is accepted at once with our time; before it everything else is a SecurityError")
    func boot() {
        var session = OCPPSession(station: "CS", memory: StationMemory())
        for early in [heartbeat("h"), #"[2,"h","Nonsense",{}]"#] {
            #expect(sent(receive(&session, early))[0].hasPrefix(#"[4,"h","SecurityError""#))
        }
        #expect(
            sent(receive(&session, Self.boot)) == [
                #"[3,"b",{"currentTime":"2026-01-01T00:00:00.000Z","interval":300,"status":"Accepted"}]"#
            ])
        #expect(sent(receive(&session, heartbeat("h"))) == [#"[3,"h",{"currentTime":"2026-01-01T00:00:00.000Z"}]"#])
        #expect(session.memory.isAccepted)
    }

    @Test("a reading is answered only after the sink called back")
    func durability() throws {
        var session = session()
        let actions = receive(&session, status("s"))
        #expect(sent(actions).isEmpty)
        let (ticket, batch) = try #require(submitted(actions).first)
        #expect(batch.database == "telemetry")
        #expect(batch.arrival == Self.now)
        let table = try #require(batch.tables.first)
        #expect(String(decoding: table.key(0), as: UTF8.self) == "Power_Flow,EVSE_ID=CS:1")
        #expect(table.field("status")?[0] == .string("Occupied"))
        #expect(table.field("connected")?[0] == .boolean(true))
        #expect(table.field("active_power_w") == nil)
        #expect(sent(session.settled(ticket, durable)) == [#"[3,"s",{}]"#])
        #expect(session.settled(ticket, durable).isEmpty, "a second report is nothing")
    }

    @Test(
        "a sink that cannot store makes the station repeat",
        arguments: [FrameError.Code.overloaded, .logFailed, .diskFull, .unavailable])
    func refusal(code: FrameError.Code) throws {
        var session = session()
        let ticket = try #require(submitted(receive(&session, status("s"))).first?.ticket)
        let answer = sent(session.settled(ticket, .failure(FrameError(code, "no"))))
        #expect(answer[0].hasPrefix(#"[4,"s","InternalError""#))
        #expect(session.takeCounters().refusedBatches == 1)
    }

    @Test(
        "a batch that can never be stored is not asked for again",
        arguments: [FrameError.Code.typeConflict, .beyondRetention])
    func unstorable(code: FrameError.Code) throws {
        var session = session()
        let ticket = try #require(submitted(receive(&session, status("s"))).first?.ticket)
        #expect(sent(session.settled(ticket, .failure(FrameError(code, "no")))) == [#"[3,"s",{}]"#])
    }

    @Test("answers leave in the order of the calls, whatever order the sink reports in")
    func order() throws {
        var session = session()
        let first = try #require(submitted(receive(&session, status("1"))).first?.ticket)
        #expect(sent(receive(&session, heartbeat("2"))).isEmpty)
        let third = try #require(submitted(receive(&session, status("3"))).first?.ticket)
        #expect(sent(receive(&session, "x")).isEmpty)
        #expect(sent(session.settled(third, durable)).isEmpty)
        let answers = sent(session.settled(first, durable))
        #expect(answers.map { $0.prefix(6) } == [#"[3,"1""#, #"[3,"2""#, #"[3,"3""#, #"[4,"-1"#])
    }

    @Test("reading stops at the bound of open calls and goes on below it")
    func bound() throws {
        var session = session(maxOutstanding: 2)
        let first = try #require(submitted(receive(&session, status("1"))).first?.ticket)
        #expect(session.wantsToRead)
        _ = receive(&session, heartbeat("2"))
        #expect(!session.wantsToRead)
        #expect(session.takeCounters().heldConnections == 1)
        _ = session.settled(first, durable)
        #expect(session.wantsToRead)
    }

    @Test("the EVSE of a transaction is remembered, on the next connection too")
    func transactionMemory() throws {
        var session = session()
        let token = #","evse":{"id":2,"connectorId":1},"idToken":{"idToken":"A","type":"Local"}"#
        let started = receive(&session, event("Started", 0, token))
        #expect(sent(started) == [#"[3,"e0",{"idTokenInfo":{"status":"Accepted"}}]"#], "no reading, so at once")
        var next = OCPPSession(station: "CS", memory: session.memory)
        let batch = try #require(submitted(receive(&next, event("Updated", 1, meter(700)))).first?.batch)
        #expect(String(decoding: batch.tables[0].key(0), as: UTF8.self) == "Power_Flow,EVSE_ID=CS:2")
        #expect(batch.tables[0].field("active_power_w")?[0] == .float(-700))
        #expect(batch.tables[0].field("transaction_id")?[0] == .string("tx"))
        _ = receive(&next, event("Updated", 4, ""))
        #expect(next.takeCounters().deviations[.sequenceGap] == 1)
    }

    @Test("an unknown transaction is that of the only EVSE, else its samples stay with the station")
    func unknownTransaction() throws {
        var session = session()
        let lost = try #require(submitted(receive(&session, event("Updated", 3, meter(7)))).first?.batch)
        #expect(lost.tables.map(\.measurement) == ["OCPP_Sample"])
        #expect(session.takeCounters().deviations[.missingEVSE] == 1)
        var topology = Topology()
        topology.ports[Topology.StationPort(station: "CS", evse: 1)] = "E1"
        let found = try #require(
            submitted(receive(&session, event("Updated", 4, meter(7)), topology: topology)).first?.batch)
        #expect(String(decoding: found.tables[0].key(0), as: UTF8.self) == "Power_Flow,EVSE_ID=E1")
    }

    @Test("a state of charge beyond 100 costs a transaction its sample, not the event")
    func stateOfCharge() throws {
        var session = session()
        let samples =
            #","evse":{"id":1},"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":["#
            + #"{"value":255,"measurand":"SoC"},{"value":5,"measurand":"Power.Active.Import"}]}]"#
        let batch = try #require(submitted(receive(&session, event("Started", 0, samples))).first?.batch)
        #expect(batch.tables[0].field("soc_pct") == nil)
        #expect(batch.tables[0].field("active_power_w")?[0] == .float(5))
        #expect(session.takeCounters().deviations[.socOutOfRange] == 1)
    }

    @Test("NotifyEvent becomes a row a variable, number or text")
    func events() throws {
        var session = session()
        func data(_ value: String, _ evse: String) -> String {
            #"{"eventId":1,"timestamp":"2026-01-01T00:00:00Z","trigger":"Delta","actualValue":"\#(value)","#
                + #""component":{"name":"Connector"\#(evse)},"variable":{"name":"Temperature","instance":"i"},"#
                + #""eventNotificationType":"CustomMonitor"}"#
        }
        let text =
            #"[2,"n","NotifyEvent",{"generatedAt":"2026-01-01T00:00:00Z","seqNo":0,"eventData":["#
            + data("41.5", #","evse":{"id":1}"#) + "," + data("hot", "") + "]}]"
        let table = try #require(submitted(receive(&session, text)).first?.batch.tables.first)
        #expect(
            String(decoding: table.key(0), as: UTF8.self)
                == "OCPP_Event,EVSE_ID=CS:1,component=Connector,variable=Temperature,variable_instance=i")
        #expect(table.field("value")?[0] == .float(41.5))
        #expect(table.field("text")?[1] == .string("hot"))
        #expect(table.field("trigger")?[1] == .string("Delta"))
    }

    @Test("a station's words cannot break out of their tag")
    func hostileTags() throws {
        var session = session()
        let text =
            #"[2,"n","NotifyEvent",{"generatedAt":"2026-01-01T00:00:00Z","seqNo":0,"eventData":[{"eventId":1,"#
            + #""timestamp":"2026-01-01T00:00:00Z","trigger":"Delta","actualValue":"1","component":{"name":"a\\"},"#
            + #""variable":{"name":"b,EVSE_ID=x\ny"},"eventNotificationType":"CustomMonitor"}]}]"#
        let table = try #require(submitted(receive(&session, text)).first?.batch.tables.first)
        let tags = SeriesKey.decode(table.key(0)).tags.map { "\($0.0)=\($0.1)" }
        #expect(tags == ["EVSE_ID=CS:0", "component=a\u{FFFD}", "variable=b,EVSE_ID=x\u{FFFD}y"])
    }

    @Test("a token is accepted; one with a contract certificate is not known, for nobody here can check it")
    func authorize() {
        var session = session()
        let plain = #"[2,"a","Authorize",{"idToken":{"idToken":"A","type":"Central"}}]"#
        #expect(sent(receive(&session, plain)) == [#"[3,"a",{"idTokenInfo":{"status":"Accepted"}}]"#])
        let contract = #"[2,"a","Authorize",{"idToken":{"idToken":"A","type":"eMAID"},"certificate":"PEM"}]"#
        #expect(sent(receive(&session, contract))[0].contains("\"Unknown\""))
    }

    @Test("an invalid message is one log line of at most 200 bytes, and the connection lives on")
    func invalid() throws {
        var session = session()
        let actions = receive(&session, #"[2,"s","StatusNotification",{"a":"\#(String(repeating: "x", count: 500))"}]"#)
        guard case .log(let line)? = actions.first else {
            Issue.record("no line")
            return
        }
        #expect(line.code == .jsonInvalid)
        #expect(line.reason == "timestamp: missing")
        #expect(line.offset == 28)
        #expect(line.excerpt.utf8.count == 200)
        #expect(sent(actions)[0].hasPrefix(#"[4,"s","OccurrenceConstraintViolation","timestamp: missing",{}]"#))
        #expect(sent(receive(&session, heartbeat("h"))).count == 1)
        #expect(session.takeCounters().invalidMessages == 1)
    }

    @Test("a log line holds no line break of the message")
    func oneLine() {
        var session = session()
        guard case .log(let line)? = receive(&session, "a\nb").first else {
            Issue.record("no line")
            return
        }
        #expect(line.excerpt == "a\u{FFFD}b")
    }

    @Test("eleven messages in a minute that are no JSON close with 1008, eleven in two do not")
    func unparsableRate() {
        var fast = session()
        for _ in 0..<10 { #expect(closeCode(receive(&fast, "x")) == nil) }
        #expect(closeCode(receive(&fast, "x")) == 1008)
        #expect(receive(&fast, heartbeat("h")).isEmpty)
        var slow = session()
        for step in 0..<30 {
            #expect(closeCode(receive(&slow, "x", at: Self.now + Int64(step) * 7_000_000_000)) == nil)
        }
        var wellFormed = session()
        for _ in 0..<30 { #expect(closeCode(receive(&wellFormed, "[]")) == nil) }
    }

    @Test("binary closes with 1003, what is no UTF-8 with 1007, too long with 1009")
    func closes() {
        var session = session()
        #expect(closeCode(session.binaryReceived()) == 1003)
        session = self.session()
        #expect(closeCode(session.textReceived([0x22, 0xFF], at: 0, topology: Topology())) == 1007)
        session = self.session()
        #expect(closeCode(session.oversizedReceived(limit: 9)) == 1009)
    }

    @Test("answers to nothing of ours are counted, not answered")
    func answers() {
        var session = session()
        for text in [#"[3,"a",{}]"#, #"[4,"a","GenericError","",null]"#] {
            #expect(receive(&session, text).isEmpty)
        }
        let counters = session.takeCounters()
        #expect(counters.answers == 2)
        #expect(counters.deviations[.unaskedAnswer] == 2)
        #expect(counters.deviations[.oddAnswer] == 1)
    }

    @Test(
        "a time at the end of the range of nanoseconds is counted as a wrong clock and crashes nothing",
        arguments: ["1677-09-22T00:00:00Z", "2262-04-11T00:00:00Z"])
    func extremeTimes(time: String) {
        var session = session()
        let text = event("Started", 0, #","evse":{"id":1}"# + meter(1)).replacing("2026-01-01T00:00:00Z", with: time)
        #expect(submitted(receive(&session, text)).count == 1)
        #expect(session.takeCounters().deviations[.clockSkew] == 1)
    }
}
