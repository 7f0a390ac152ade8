import Yams

/// One MQTT 5 broker: how readings are taken from it and results given to it.
package struct BrokerSettings: Equatable, Sendable {
    /// The broker's address.
    package var host = "127.0.0.1"
    /// The broker's port.
    package var port = 1883
    /// The client id towards the broker; two engines at one broker need two.
    package var clientID = "feederline"
    /// Where the broker wants one.
    package var username: String?
    /// Where the broker wants one.
    package var password: String?
    /// Who signs the broker's certificate, PEM; nil for a connection without TLS.
    package var authority: String?
    /// Our certificate, PEM.
    package var certificate: String?
    /// Its key, PEM.
    package var key: String?
    /// What the topics of readings begin with.
    package var base = "v2g/v1"
    /// Other shapes of topics.
    package var templates: [TopicTemplate] = []
    /// The group whose members share the readings; nil for all of them, or with several connections the client id.
    package var share: String?
    /// Connections that share the readings.
    package var connectionCount = 1
    /// The most messages of a connection without an acknowledgement.
    package var receiveMaximum = 10_000
    /// Seconds that the broker keeps the session while we are away.
    package var sessionExpirySeconds = 86_400
    /// Seconds of silence after which a sign of life is asked for.
    package var keepAliveSeconds = 30
    /// What the topics of results begin with; nil where none are published.
    package var resultsPrefix: String? = "v2g/v1/out"

    /// A broker on this machine.
    package init() {}

    /// The brokers that `mqtt` names: `HOST:PORT`, `off`, a mapping, or a list of mappings.
    ///
    /// - Parameter clientID: of brokers that name none; from the second on with their number behind it.
    static func parse(_ node: Node, file: String, clientID: String) throws(ConfigurationError) -> [BrokerSettings] {
        if let scalar = node.scalar {
            guard let endpoint = Endpoint(scalar.string) else {
                throw ConfigurationError(
                    file: file, line: node.mark?.line, "mqtt: \(scalar.string) is neither HOST:PORT nor off")
            }
            guard case .at(let host, let port) = endpoint else { return [] }
            var broker = BrokerSettings()
            broker.host = host
            broker.port = port
            broker.clientID = clientID
            return [broker]
        }
        var brokers: [BrokerSettings] = []
        for (place, node) in (node.sequence.map(Array.init) ?? [node]).enumerated() {
            var mapping = try CheckedMapping(node, file: file, what: "a broker of mqtt")
            var broker = BrokerSettings()
            broker.clientID = place == 0 ? clientID : "\(clientID)-\(place + 1)"
            // Results go to the first broker alone, unless another asks for them.
            if place > 0 { broker.resultsPrefix = nil }
            try broker.read(&mapping)
            try mapping.finish()
            brokers.append(broker)
        }
        return brokers
    }

    private mutating func read(_ mapping: inout CheckedMapping) throws(ConfigurationError) {
        guard let text = try mapping.text("broker"), case .at(let host, let port)? = Endpoint(text) else {
            throw mapping.error(mapping.node("broker"), "broker must be HOST:PORT")
        }
        self.host = host
        self.port = port
        clientID = try mapping.text("client_id") ?? clientID
        username = try mapping.text("username")
        password = try mapping.text("password")
        try readTLS(&mapping)
        base = try Self.prefix("base", &mapping) ?? base
        try readTemplates(&mapping)
        share = try mapping.text("share")
        if let share, share.isEmpty || share.contains(where: { "/+#".contains($0) }) {
            throw mapping.error(mapping.node("share"), "share: \(share) is empty or has /, + or # in it")
        }
        if let count = try mapping.integer("connections", in: 1...64) { connectionCount = Int(count) }
        if let count = try mapping.integer("receive_maximum", in: 1...65_535) { receiveMaximum = Int(count) }
        if let seconds = try mapping.integer("session_expiry_s", in: 3_600...4_294_967_294) {
            sessionExpirySeconds = Int(seconds)
        }
        if let seconds = try mapping.integer("keep_alive_s", in: 5...65_535) { keepAliveSeconds = Int(seconds) }
        switch try Self.prefix("results", &mapping) {
        case "off": resultsPrefix = nil
        case let prefix?: resultsPrefix = prefix
        case nil: break
        }
    }

    private mutating func readTLS(_ mapping: inout CheckedMapping) throws(ConfigurationError) {
        authority = try mapping.text("tls_ca")
        certificate = try mapping.text("tls_cert")
        key = try mapping.text("tls_key")
        guard (certificate == nil) == (key == nil) else {
            throw mapping.error(
                mapping.node("tls_cert") ?? mapping.node("tls_key"), "tls_cert and tls_key come together")
        }
        if certificate != nil, authority == nil {
            throw mapping.error(mapping.node("tls_cert"), "tls_cert needs tls_ca, which says who the broker is")
        }
    }

    private mutating func readTemplates(_ mapping: inout CheckedMapping) throws(ConfigurationError) {
        guard let node = mapping.node("topics") else { return }
        guard let list = node.sequence else { throw mapping.error(node, "topics must be a list of templates") }
        for node in list {
            guard let text = node.scalar?.string else { throw mapping.error(node, "a template must be a text") }
            do throws(TopicTemplate.Flaw) {
                templates.append(try TopicTemplate(text))
            } catch {
                throw mapping.error(node, "topics: \(text) \(error.reason)")
            }
        }
    }

    /// Levels of a topic, without wildcards and empty levels.
    private static func prefix(_ key: String, _ mapping: inout CheckedMapping) throws(ConfigurationError) -> String? {
        guard let text = try mapping.text(key) else { return nil }
        let levels = text.split(separator: "/", omittingEmptySubsequences: false)
        guard levels.allSatisfy({ !$0.isEmpty }), !text.contains(where: { "+#\u{0}".contains($0) }) else {
            throw mapping.error(mapping.node(key), "\(key): \(text) has an empty level, + or # in it")
        }
        return text
    }
}
