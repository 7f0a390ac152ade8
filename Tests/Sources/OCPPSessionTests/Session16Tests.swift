import OCPPMessages
import OCPPSession
import Telemetry
import Testing

@Suite("OCPP session, 1.6")
struct Session16Tests {
    private static let now: Int64 = 1_767_225_600_000_000_000
    private let durable: Result<FrameReceipt, FrameError> = .success(FrameReceipt(position: 1))

    private func session() -> OCPPSession {
        var memory = StationMemory()
        memory.isAccepted = true
        return OCPPSession(station: "CS", version: .v16, memory: memory)
    }

    private func receive(_ session: inout OCPPSession, _ text: String) -> [OCPPSession.Action] {
        session.textReceived(Array(text.utf8), at: Self.now, topology: Topology())
    }

    private func sent(_ actions: [OCPPSession.Action]) -> [String] {
        actions.compactMap { if case .send(let text) = $0 { String(decoding: text, as: UTF8.self) } else { nil } }
    }

    private func submitted(_ actions: [OCPPSession.Action]) -> [(ticket: UInt64, batch: FrameBatch)] {
        actions.compactMap { if case .submit(let ticket, let batch) = $0 { (ticket, batch) } else { nil } }
    }

    private func assigned(_ actions: [OCPPSession.Action]) -> [(ticket: UInt64, start: StartTransactionRequest)] {
        actions.compactMap { if case .assign(let ticket, let start) = $0 { (ticket, start) } else { nil } }
    }

    private let start =
        #"[2,"a","StartTransaction",{"connectorId":1,"idTag":"T","meterStart":1200,"#
        + #""timestamp":"2026-01-01T00:00:00Z"}]"#

    @Test("StartTransaction is answered with our number, after number and register are durable")
    func startTransaction() throws {
        var session = session()
        let first = try #require(assigned(receive(&session, start)).first)
        #expect(first.start.connector == 1)
        #expect(first.start.meterStart == 1200)
        let actions = session.assigned(first.ticket, .success(17), at: Self.now, topology: Topology())
        let (ticket, batch) = try #require(submitted(actions).first)
        #expect(sent(actions).isEmpty)
        #expect(batch.tables[0].field("energy_import_wh")?[0] == .integer(1200))
        #expect(batch.tables[0].field("transaction_id")?[0] == .string("17"))
        #expect(batch.tables[0].field("context")?[0] == .string("Transaction.Begin"))
        #expect(
            sent(session.settled(ticket, durable)) == [
                #"[3,"a",{"idTagInfo":{"status":"Accepted"},"transactionId":17}]"#
            ])
        #expect(session.memory.transaction("17")?.evse == 1)
    }

    @Test("a transaction that can be given no number is an InternalError, so that the station repeats it")
    func noNumber() throws {
        var session = session()
        let first = try #require(assigned(receive(&session, start)).first)
        let actions = session.assigned(
            first.ticket, .failure(FrameError(.diskFull, "full")), at: Self.now, topology: Topology())
        #expect(sent(actions) == [#"[4,"a","InternalError","ERR_DISK_FULL",{}]"#])
    }

    @Test("StopTransaction finds its connector, stores its data and the last register, and ends the number")
    func stopTransaction() throws {
        var session = session()
        let first = try #require(assigned(receive(&session, start)).first)
        _ = session.assigned(first.ticket, .success(17), at: Self.now, topology: Topology())
        _ = session.settled(first.ticket, durable)
        let actions = receive(
            &session,
            #"[2,"b","StopTransaction",{"transactionId":17,"meterStop":5200,"timestamp":"2026-01-01T01:00:00Z","#
                + #""transactionData":[{"timestamp":"2026-01-01T00:30:00Z","sampledValue":[{"value":"-7.5","#
                + #""measurand":"Power.Active.Import","unit":"kW"}]}]}]"#)
        #expect(actions.contains(.finish(transaction: 17)))
        let (ticket, batch) = try #require(submitted(actions).first)
        let table = batch.tables[0]
        #expect(String(decoding: table.key(0), as: UTF8.self) == "Power_Flow,EVSE_ID=CS:1")
        #expect(table.field("active_power_w")?[0] == .float(-7500))
        #expect(table.rowCount == 2)
        #expect(sent(session.settled(ticket, durable)) == [#"[3,"b",{}]"#])
    }

    @Test("a value that is no decimal is refused, signed data is stored beside the measurements")
    func values() throws {
        var session = session()
        func meter(_ sample: String) -> String {
            #"[2,"m","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":["#
                + sample + "]}]}]"
        }
        #expect(
            sent(receive(&session, meter(#"{"value":"much"}"#)))[0].hasPrefix(#"[4,"m","PropertyConstraintViolation""#))
        #expect(sent(receive(&session, meter(#"{"value":1}"#)))[0].hasPrefix(#"[4,"m","TypeConstraintViolation""#))
        let signed = try #require(
            submitted(receive(&session, meter(#"{"value":"AB==","format":"SignedData"}"#))).first)
        #expect(signed.batch.tables[0].measurement == "OCPP_Sample")
        #expect(signed.batch.tables[0].field("signed_meter_data")?[0] == .string("AB=="))
        #expect(signed.batch.tables[0].field("value") == nil)
        // The defaults of 1.6: Energy.Active.Import.Register in Wh.
        let plain = try #require(submitted(receive(&session, meter(#"{"value":"42"}"#))).first)
        #expect(plain.batch.tables[0].field("energy_import_wh")?[0] == .integer(42))
        let celsius = try #require(
            submitted(
                receive(&session, meter(#"{"value":"31.5","measurand":"Temperature","unit":"Celcius"}"#))
            ).first)
        #expect(celsius.batch.tables[0].field("value")?[0] == .float(31.5))
    }

    @Test("the main meter, connector 0, is never an EVSE's power")
    func mainMeter() throws {
        var session = session()
        let actions = receive(
            &session,
            #"[2,"m","MeterValues",{"connectorId":0,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","#
                + #""sampledValue":[{"value":"100","measurand":"Power.Active.Import","unit":"W"}]}]}]"#)
        let (_, batch) = try #require(submitted(actions).first)
        #expect(batch.tables.map(\.measurement) == ["OCPP_Sample"])
    }

    @Test(
        "a transaction that we gave no number is answered, and counted",
        arguments: ["0", "-1", "99"])
    func unknownTransaction(id: String) throws {
        var session = session()
        let actions = receive(
            &session,
            #"[2,"b","StopTransaction",{"transactionId":\#(id),"meterStop":5,"timestamp":"2026-01-01T01:00:00Z"}]"#)
        let (ticket, _) = try #require(submitted(actions).first)
        #expect(sent(session.settled(ticket, durable)) == [#"[3,"b",{}]"#])
        #expect(session.takeCounters().deviations[.unknownTransaction] == 1)
    }

    @Test("a status without a time is stored at its arrival; each of the five busy states is a connected vehicle")
    func status() throws {
        for (state, isConnected) in [
            ("Available", false), ("Preparing", true), ("Charging", true), ("SuspendedEVSE", true),
            ("SuspendedEV", true), ("Finishing", true), ("Reserved", false), ("Unavailable", false),
            ("Faulted", false),
        ] {
            var session = session()
            let actions = receive(
                &session,
                #"[2,"s","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"\#(state)"}]"#)
            let (_, batch) = try #require(submitted(actions).first)
            #expect(batch.tables[0].timestamps[0] == Self.now)
            #expect(batch.tables[0].field("status")?[0] == .string(state))
            #expect(batch.tables[0].field("connected")?[0] == .boolean(isConnected))
        }
    }

    @Test(
        "errors are spelled as 1.6 spells them, and what has no readable id is not answered",
        arguments: [
            (#"[2,"a","Heartbeat",[]]"#, #"[4,"a","FormationViolation""#),
            (#"[2,"a"]"#, #"[4,"a","FormationViolation""#),
            (#"[2,"a","Authorize",{}]"#, #"[4,"a","OccurenceConstraintViolation""#),
            (#"[2,"a","Authorize",{"idTag":5}]"#, #"[4,"a","TypeConstraintViolation""#),
            (#"[2,"a","TransactionEvent",{}]"#, #"[4,"a","NotImplemented""#),
            (#"[2,"a","RemoteStartTransaction",{}]"#, #"[4,"a","NotSupported""#),
            ("x", nil), ("{}", nil), (#"[7,"a"]"#, nil), (#"[6,"a","NotifyPeriodicEventStream",{}]"#, nil),
        ] as [(String, String?)])
    func errors(frame: String, prefix: String?) {
        var session = session()
        let answers = sent(receive(&session, frame))
        guard let prefix else {
            #expect(answers.isEmpty)
            return
        }
        #expect(answers.first?.hasPrefix(prefix) == true, "\(answers)")
    }
}
