import EngineConfiguration
import Testing

@Suite("Brokers in the configuration")
struct BrokerSettingsTests {
    private func brokers(_ text: String) throws -> [BrokerSettings] {
        try EngineConfiguration(yaml: text, file: "c.yaml").brokers
    }

    @Test("one address, off, or nothing said")
    func short() throws {
        #expect(try brokers("").map(\.port) == [1883])
        #expect(try brokers("mqtt: off").isEmpty)
        let one = try brokers("mqtt: 10.0.0.1:1884\nmqtt_client_id: e")
        #expect(one.map(\.host) == ["10.0.0.1"] && one.map(\.port) == [1884] && one.map(\.clientID) == ["e"])
    }

    @Test("a list, each with its own session; results go to the first alone")
    func list() throws {
        let list = try brokers(
            """
            mqtt:
              - {broker: "a:8883", tls_ca: ca.pem, tls_cert: c.pem, tls_key: c.key, share: g, connections: 4, receive_maximum: 500}
              - {broker: "b:1883", base: plant, topics: ["x/{EVSE_ID}"], username: u, password: p}
              - {broker: "c:1883", client_id: third, results: feed/out}
            """)
        #expect(list.map(\.clientID) == ["feederline", "feederline-2", "third"])
        #expect(list.map(\.resultsPrefix) == ["v2g/v1/out", nil, "feed/out"])
        #expect(list[0].authority == "ca.pem" && list[0].certificate == "c.pem" && list[0].key == "c.key")
        #expect(list[0].share == "g" && list[0].connectionCount == 4 && list[0].receiveMaximum == 500)
        #expect(list[1].base == "plant" && list[1].templates.map(\.filter) == ["x/+"])
        #expect(list[1].username == "u" && list[1].password == "p")
    }

    @Test(
        "what cannot be is refused with file and line",
        arguments: [
            ("mqtt: nowhere", "c.yaml:1: mqtt: nowhere is neither HOST:PORT nor off"),
            ("mqtt:\n  - {client_id: x}", "c.yaml:2: broker must be HOST:PORT"),
            ("mqtt:\n  - broker: a:1\n    tls_cert: c", "c.yaml:3: tls_cert and tls_key come together"),
            (
                "mqtt:\n  - broker: a:1\n    tls_cert: c\n    tls_key: k",
                "c.yaml:3: tls_cert needs tls_ca, which says who the broker is"
            ),
            ("mqtt:\n  - broker: a:1\n    share: a/b", "c.yaml:3: share: a/b is empty or has /, + or # in it"),
            ("mqtt:\n  - broker: a:1\n    base: a//b", "c.yaml:3: base: a//b has an empty level, + or # in it"),
            (
                "mqtt:\n  - broker: a:1\n    topics: [\"a/{x}\"]",
                "c.yaml:3: topics: a/{x} must have one of {EVSE_ID} and {Meter_ID}"
            ),
            ("mqtt:\n  - broker: a:1\n    topics: x", "c.yaml:3: topics must be a list of templates"),
            (
                "mqtt:\n  - broker: a:1\n    connections: 65",
                "c.yaml:3: connections must be a whole number from 1 to 64"
            ),
        ])
    func refused(text: String, reason: String) {
        do {
            _ = try brokers(text)
            Issue.record("taken: \(text)")
        } catch {
            #expect("\(error)" == reason)
        }
    }
}
