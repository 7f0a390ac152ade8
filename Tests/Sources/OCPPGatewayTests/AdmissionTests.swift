import Logging
import NIOHTTP1
import OCPPMessages
import Telemetry
import Testing

@testable import OCPPGateway

@Suite("Admission")
struct AdmissionTests {
    @Test(
        "the last segment of the path is the identity, percent-decoded",
        arguments: [
            ("/ocpp/CS00001", "CS00001"), ("/CS00001", "CS00001"), ("/a/b/c/CS%20%C3%A4", "CS ä"),
            ("/ocpp/CS1/", "CS1"), ("/ocpp/CS1?token=a/b", "CS1"), ("/ocpp/ocpp", "ocpp"),
            ("ws://host:8080/ocpp/CS1", "CS1"),
            ("/ocpp/\(String(repeating: "x", count: 48))", String(repeating: "x", count: 48)),
        ])
    func identity(target: String, identity: String) {
        #expect(Admission.identity(ofTarget: target) == identity)
    }

    @Test(
        "what is no identity is refused",
        arguments: [
            "", "/", "/ocpp", "/ocpp/", "/ocpp//", "/ocpp/a:b", "/ocpp/a%3Ab", "/ocpp/%", "/ocpp/%4", "/ocpp/%zz",
            "/ocpp/%ff", "/ocpp/%00", "/ocpp/a%0Ab", "/ocpp/\(String(repeating: "x", count: 49))", "ocpp", "?/a",
        ])
    func refuses(target: String) {
        #expect(Admission.identity(ofTarget: target) == nil)
    }

    @Test("the first offered subprotocol that is spoken is taken, none is guessed")
    func subprotocol() {
        let all = OCPPVersion.allCases
        #expect(Admission.version(["ocpp2.1", "ocpp2.0.1"], of: all) == .v21)
        #expect(Admission.version(["ocpp2.1", "ocpp2.0.1"], of: [.v201]) == .v201)
        #expect(Admission.version(["ocpp1.6"], of: all) == .v16)
        #expect(Admission.version(["ocpp2.0", "OCPP2.0.1"], of: all) == nil)
        #expect(Admission.version([], of: all) == nil)
    }

    /// Nothing is stored in these tests.
    private struct NoSink: FrameSink {
        func submit(_ batch: FrameBatch, whenDurable: @escaping @Sendable (Result<FrameReceipt, FrameError>) -> Void) {
            whenDurable(.failure(FrameError(.unavailable, "a test")))
        }
    }

    private func judge(_ target: String, _ settings: OCPPGateway.Settings, _ topology: Topology) -> Admission {
        let shared = OCPPGateway.Shared(
            settings: settings, sink: NoSink(), topology: { topology }, clock: { 0 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, ledger: StationLedger(firstNumber: 1))
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: target)
        head.headers.add(name: "Sec-WebSocket-Protocol", value: "ocpp9 ,  ocpp2.0.1")
        return Admission.judge(head, shared)
    }

    @Test("where stations must be known, one that the topology does not name gets 404")
    func knownStations() {
        var settings = OCPPGateway.Settings()
        settings.acceptsAnyStation = false
        var topology = Topology()
        topology.ports[Topology.StationPort(station: "CS1", evse: 1)] = "E1"
        topology.ports[Topology.StationPort(station: "CS2", evse: 7)] = "E2"
        #expect(judge("/ocpp/CS1", settings, topology) == .station(identity: "CS1", version: .v201))
        #expect(judge("/ocpp/CS2", settings, topology) == .station(identity: "CS2", version: .v201))
        #expect(judge("/ocpp/CS3", settings, topology) == .refused(.notFound))
        #expect(judge("/ocpp/cs1", settings, topology) == .refused(.notFound), "identities are case-sensitive")
    }

    @Test("a full house answers 503")
    func full() {
        var settings = OCPPGateway.Settings()
        settings.maxConnections = 0
        #expect(judge("/ocpp/CS1", settings, Topology()) == .refused(.serviceUnavailable))
    }
}
