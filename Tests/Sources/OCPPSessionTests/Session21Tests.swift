import OCPPMessages
import OCPPSession
import Telemetry
import Testing

@Suite("OCPP session, 2.1 and repeated events")
struct Session21Tests {
    private static let now: Int64 = 1_767_225_600_000_000_000
    private let durable: Result<FrameReceipt, FrameError> = .success(FrameReceipt(position: 1))

    private func session(_ version: OCPPVersion = .v21) -> OCPPSession {
        var memory = StationMemory()
        memory.isAccepted = true
        return OCPPSession(station: "CS", version: version, memory: memory)
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

    private let stream =
        #"[6,"s","NotifyPeriodicEventStream",{"id":7,"pending":0,"basetime":"2026-01-01T00:00:00Z","#
        + #""data":[{"t":0,"v":"1.5"},{"t":2.5,"v":"2"}]}]"#

    @Test("values of a stream that was opened are stored at basetime plus t, and never answered")
    func periodicStream() throws {
        var session = session()
        #expect(receive(&session, stream).isEmpty)
        #expect(session.takeCounters().deviations[.unopenedStream] == 1)
        let open =
            #"[2,"o","OpenPeriodicEventStream",{"constantStreamData":{"id":7,"variableMonitoringId":3,"params":{}}}]"#
        #expect(sent(receive(&session, open)) == [#"[3,"o",{"status":"Accepted"}]"#])
        let (ticket, batch) = try #require(submitted(receive(&session, stream)).first)
        let table = batch.tables[0]
        #expect(table.timestamps == [Self.now, Self.now + 2_500_000_000])
        #expect(table.field("value")?[1] == .float(2))
        #expect(String(decoding: table.key(0), as: UTF8.self).contains("variable=3"))
        #expect(sent(session.settled(ticket, durable)).isEmpty)
        #expect(sent(receive(&session, #"[2,"c","ClosePeriodicEventStream",{"id":7}]"#)) == [#"[3,"c",{}]"#])
        #expect(submitted(receive(&session, stream)).isEmpty)
    }

    @Test(
        "a SEND is not answered, whatever is wrong with it; a CALL of its action is not implemented",
        arguments: [
            #"[6,"s","NotifyPeriodicEventStream",{}]"#, #"[6,"s","Heartbeat",{}]"#, #"[6,"s","x",{}]"#, #"[6,"s"]"#,
            #"[5,"s","GenericError","",{}]"#,
        ])
    func silent(frame: String) {
        var session = session()
        #expect(sent(receive(&session, frame)).isEmpty)
        #expect(
            sent(receive(&session, #"[2,"s","NotifyPeriodicEventStream",{}]"#))[0].hasPrefix(
                #"[4,"s","NotImplemented""#))
    }

    @Test("a vehicle's V2X limits, an alarm of its inverter and who sets its power are stored")
    func v2x() throws {
        var session = session()
        let needs = receive(
            &session,
            #"[2,"n","NotifyEVChargingNeeds",{"evseId":1,"timestamp":"2026-01-01T00:00:00Z","chargingNeeds":{"#
                + #""requestedEnergyTransfer":"AC_BPT","v2xChargingParameters":{"maxDischargePower":9000,"#
                + #""minDischargePower_L2":100,"targetSoC":80,"extra":5}}}]"#)
        let (ticket, batch) = try #require(submitted(needs).first)
        #expect(batch.rowCount == 3)
        #expect(batch.tables[0].measurement == "OCPP_Event")
        #expect(sent(session.settled(ticket, durable)) == [#"[3,"n",{"status":"NoChargingProfile"}]"#])

        let alarm = receive(
            &session,
            #"[2,"a","NotifyDERAlarm",{"controlType":"VoltVar","gridEventFault":"OverVoltage","#
                + #""timestamp":"2026-01-01T00:00:00Z"}]"#)
        #expect(submitted(alarm)[0].batch.tables[0].field("text")?[0] == .string("OverVoltage"))
        #expect(sent(session.settled(submitted(alarm)[0].ticket, durable)) == [#"[3,"a",{}]"#])

        let mode = receive(
            &session,
            #"[2,"e","TransactionEvent",{"eventType":"Started","timestamp":"2026-01-01T00:00:00Z","seqNo":0,"#
                + #""triggerReason":"OperationModeChanged","evse":{"id":1},"transactionInfo":{"transactionId":"t","#
                + #""operationMode":"CentralSetpoint"}}]"#)
        #expect(submitted(mode)[0].batch.tables[0].field("text")?[0] == .string("CentralSetpoint"))
    }

    @Test("a battery swap, a tax number and a chain of certificates are answered as the norm says")
    func others() {
        var session = session()
        #expect(
            sent(receive(&session, #"[2,"v","VatNumberValidation",{"vatNumber":"NL\"1"}]"#)) == [
                #"[3,"v",{"vatNumber":"NL\"1","status":"Rejected"}]"#
            ])
        let hash =
            #"{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"1"}"#
        let chain = receive(
            &session,
            #"[2,"g","GetCertificateChainStatus",{"certificateStatusRequests":[{"certificateHashData":\#(hash),"#
                + #""source":"OCSP","urls":["http://a"]}]}]"#)
        #expect(
            sent(chain) == [
                #"[3,"g",{"certificateStatus":[{"certificateHashData":\#(hash),"source":"OCSP","status":"Failed","#
                    + #""nextUpdate":"2026-01-01T00:00:00.000Z"}]}]"#
            ])
    }

    // MARK: Repeats

    private func event(_ sequence: Int, second: Int) -> String {
        #"[2,"e","TransactionEvent",{"eventType":"Updated","timestamp":"2026-01-01T00:00:0\#(second)Z","#
            + #""triggerReason":"Trigger","seqNo":\#(sequence),"evse":{"id":1},"offline":true,"#
            + #""transactionInfo":{"transactionId":"tx"},"meterValue":[{"timestamp":"2026-01-01T00:00:0\#(second)Z","#
            + #""sampledValue":[{"value":1,"measurand":"Power.Active.Import"}]}]}]"#
    }

    @Test("an event that is durable is not stored again, one that could not be stored is")
    func duplicates() throws {
        var session = session(.v201)
        let first = try #require(submitted(receive(&session, event(0, second: 0))).first)
        // Its repeat before the answer is no repeat yet: the first may still be refused.
        let second = try #require(submitted(receive(&session, event(0, second: 0))).first)
        _ = session.settled(first.ticket, .failure(FrameError(.overloaded, "busy")))
        _ = session.settled(second.ticket, durable)
        let repeated = receive(&session, event(0, second: 0))
        #expect(submitted(repeated).isEmpty)
        #expect(sent(repeated) == [#"[3,"e",{}]"#])
        #expect(session.takeCounters().deviations[.duplicateEvent] == 1)
    }

    @Test("an event that fills a gap late is stored, once; numbers that begin anew after a reboot are no repeats")
    func gaps() throws {
        var session = session(.v201)
        for (sequence, second) in [(0, 0), (3, 3), (1, 1)] {
            let event = try #require(submitted(receive(&session, event(sequence, second: second))).first)
            _ = session.settled(event.ticket, durable)
        }
        #expect(submitted(receive(&session, event(1, second: 1))).isEmpty)
        #expect(submitted(receive(&session, event(2, second: 2))).count == 1)
        #expect(submitted(receive(&session, event(0, second: 9))).count == 1)
        let counters = session.takeCounters()
        #expect(counters.deviations[.sequenceGap] == 1)
        #expect(counters.deviations[.duplicateEvent] == 1)
    }
}
