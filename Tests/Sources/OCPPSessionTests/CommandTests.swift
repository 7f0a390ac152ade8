import OCPPMessages
import OCPPSession
import Telemetry
import Testing

@Suite("Our CALLs")
struct CommandTests {
    private func session(_ version: OCPPVersion = .v201) -> OCPPSession {
        var memory = StationMemory()
        memory.isAccepted = true
        return OCPPSession(station: "CS", version: version, memory: memory)
    }

    private func call(_ ticket: UInt64, _ action: String = "Reset") -> OutgoingCall {
        OutgoingCall(
            ticket: ticket, id: "m\(ticket)", action: action, payload: Array(#"{"type":"OnIdle"}"#.utf8),
            timeoutSeconds: 30)
    }

    private func receive(_ session: inout OCPPSession, _ text: String) -> [OCPPSession.Action] {
        session.textReceived(Array(text.utf8), at: 0, topology: Topology())
    }

    private func leaves(_ ticket: UInt64) -> [OCPPSession.Action] {
        [
            .send(Array(#"[2,"m\#(ticket)","Reset",{"type":"OnIdle"}]"#.utf8)),
            .awaitAnswer(ticket: ticket, seconds: 30),
        ]
    }

    private func resolved(_ ticket: UInt64, _ payload: String) -> OCPPSession.Action {
        .resolve(ticket: ticket, .answered(Array(payload.utf8)))
    }

    @Test("one CALL is open at a time; the next leaves with the answer to the last")
    func oneAtATime() {
        var session = session()
        #expect(session.call(call(1)) == leaves(1))
        #expect(session.call(call(2)).isEmpty)
        // The station's own CALL with the same id goes in between: ids of the two directions are apart.
        #expect(receive(&session, #"[2,"m1","Heartbeat",{}]"#).count == 1)
        let payload = #"{"status":"Accepted","statusInfo":{"reasonCode":"a"}}"#
        #expect(receive(&session, #"[3,"m1",\#(payload)]"#) == [resolved(1, payload)] + leaves(2))
        #expect(
            receive(&session, #"[4,"m2","NotSupported","no",{"a":[1]}]"#) == [
                .resolve(
                    ticket: 2,
                    .refused(code: "NotSupported", description: "no", details: Array(#"{"a":[1]}"#.utf8)))
            ])
    }

    @Test(
        "a payload that the norm does not allow is not sent, and its fault told with its place",
        arguments: [
            ("{}", "type: missing"), (#"{"type":"onidle"}"#, "type: not an allowed value"),
            (#"{"type":"OnIdle","evseId":-1.5}"#, "evseId: not an integer"),
            (#"{"type":"OnIdle","x":1}"#, "not a property of it: x"),
            (#"{"type":"OnIdle","evseId":null}"#, "evseId: not an integer"),
            (#"{"type":"OnIdle","customData":{}}"#, "customData.vendorId: missing"),
        ])
    func unfit(payload: String, reason: String) {
        var session = session()
        let bad = OutgoingCall(ticket: 1, id: "m1", action: "Reset", payload: Array(payload.utf8), timeoutSeconds: 30)
        #expect(session.call(bad) == [.resolve(ticket: 1, .unfit(reason: reason))])
        #expect(session.call(call(2)) == leaves(2))
    }

    @Test("a limit of 1.6 has at most one decimal", arguments: [("-0.3", true), ("16.1", true), ("0.05", false)])
    func tenths(limit: String, isSent: Bool) {
        var session = session(.v16)
        let payload =
            #"{"connectorId":1,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","#
            + #""chargingProfileKind":"Relative","chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":["#
            + #"{"startPeriod":0,"limit":\#(limit)}]}}}"#
        let actions = session.call(
            OutgoingCall(
                ticket: 1, id: "m1", action: "SetChargingProfile", payload: Array(payload.utf8), timeoutSeconds: 30))
        #expect((actions.count == 2) == isSent)
    }

    @Test("a CALL without an answer ends at its time, and a late answer is counted and dropped")
    func timeout() {
        var session = session()
        _ = session.call(call(1))
        _ = session.call(call(2))
        #expect(session.callTimedOut(1) == [.resolve(ticket: 1, .failed(.timedOut))] + leaves(2))
        #expect(session.callTimedOut(1).isEmpty)
        #expect(receive(&session, #"[3,"m1",{}]"#).isEmpty)
        #expect(receive(&session, #"[3,"other",{}]"#).isEmpty)
        #expect(receive(&session, #"[3,"m2",{}]"#) == [resolved(2, "{}")])
        let counters = session.takeCounters()
        #expect(counters.deviations[.lateAnswer] == 1)
        #expect(counters.deviations[.unaskedAnswer] == 1)
        #expect(counters.commands == 2)
    }

    @Test("more than 32 that wait are refused at once")
    func overload() {
        var session = session()
        for ticket in 1...33 { _ = session.call(call(UInt64(ticket))) }
        #expect(session.call(call(34)) == [.resolve(ticket: 34, .failed(.overloaded))])
    }

    @Test("a connection's end tells the open CALL from those that never left")
    func connectionEnds() {
        var session = session()
        _ = session.call(call(1))
        _ = session.call(call(2))
        #expect(
            session.connectionEnded() == [
                .resolve(ticket: 1, .failed(.connectionLost)), .resolve(ticket: 2, .failed(.notSent)),
            ])
        #expect(session.call(call(3)) == [.resolve(ticket: 3, .failed(.notSent))])
    }

    @Test(
        "an action that the version does not have is not sent",
        arguments: [
            (OCPPVersion.v16, "GetVariables"), (.v16, "Heartbeat"), (.v201, "RemoteStartTransaction"),
            (.v201, "UpdateDynamicSchedule"), (.v21, "ChangeConfiguration"),
        ])
    func unknownAction(version: OCPPVersion, action: String) {
        var session = session(version)
        #expect(session.call(call(1, action)) == [.resolve(ticket: 1, .failed(.unknownAction))])
    }

    @Test("an answer that cannot be read ends its CALL; 2.1 is told so by CALLRESULTERROR")
    func unreadable() {
        for version in [OCPPVersion.v201, .v21] {
            var session = session(version)
            _ = session.call(call(1))
            let actions = receive(&session, #"[3,"m1",5]"#)
            #expect(actions.contains(.resolve(ticket: 1, .failed(.unreadable))))
            let text = #"[5,"m1","FormatViolation","an answer that cannot be read",{}]"#
            #expect(actions.contains(.send(Array(text.utf8))) == (version == .v21))
        }
    }
}
