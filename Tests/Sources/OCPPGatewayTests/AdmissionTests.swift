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
        #expect(Admission.subprotocol(["ocpp2.1", "ocpp2.0.1"]) == "ocpp2.0.1")
        #expect(Admission.subprotocol(["ocpp2.0", "OCPP2.0.1"]) == nil)
        #expect(Admission.subprotocol([]) == nil)
    }
}
