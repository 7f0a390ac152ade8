package import FleetPipeline
package import LogicalPlan
import Yams

/// Where something listens or connects: `HOST:PORT` or `off`.
package enum Endpoint: Equatable, Sendable {
    case off
    case at(host: String, port: Int)

    /// Reads `HOST:PORT` or `off`; nil for anything else. An IPv6 host stands in brackets.
    package init?(_ text: String) {
        if text == "off" {
            self = .off
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        self = .at(host: host, port: port)
    }
}

/// The engine's settings: the defaults, a YAML file over them, the command line over both.
package struct EngineConfiguration: Equatable, Sendable {
    /// The directory of everything.
    package var data = "feederline-data"
    /// InfluxDB's API.
    package var http = Endpoint.at(host: "127.0.0.1", port: 8086)
    /// Charging stations.
    package var ocpp = Endpoint.at(host: "127.0.0.1", port: 8080)
    /// How charging stations are taken.
    package var stations = StationSettings()
    /// The MQTT brokers, none where it is off.
    package var brokers = [BrokerSettings()]
    /// The dispatch feed.
    package var grpc = Endpoint.at(host: "127.0.0.1", port: 50_051)
    /// The topology file, or nil for none.
    package var topology: String?
    /// Bytes of rows in memory at which a flush begins.
    package var memoryByteLimit = 256 << 20
    /// Bytes of log files kept for subscribers' cursors.
    package var logRetentionByteLimit = 256 << 20
    /// Bytes of decoded vectors that are kept for the next query.
    package var decodedByteLimit = 256 << 20
    /// Seconds that a query may run, 0 for any time.
    package var queryTimeoutS: Double = 0
    /// Bytes that the rows of one query may take, nil for an eighth of the machine's memory.
    package var queryMemoryByteLimit: Int?
    /// Series that one SELECT may read of a measurement, 0 for any number.
    package var selectSeriesLimit = 0
    /// How far readings may be out of order without being late, seconds.
    package var disorderS: Double = 2
    /// How long late readings still change a window, seconds.
    package var allowedLatenessS: Double = 60
    /// The lengths of the windows of aggregates, whole seconds, ascending.
    package var windowLengthsS: [Int64] = [1, 60]
    /// How often the readiness has percentiles over EVSEs, seconds; nil for never.
    package var spreadEveryS: Int64? = 60
    /// Which of the built-in operators give results.
    package var operators = BuiltInOperators.all
    /// What single ones of them are told.
    package var perOperator: [BuiltInOperators: OperatorSettings] = [:]
    /// By measurement, where results go beside the store; all where it is not there.
    package var outputs: [String: ResultOutputs] = [:]
    /// The windowed aggregates that the user declares.
    package var streams: [StreamDeclaration] = []
    /// The coarser copies that outlive rows.
    package var downsampling: [DownsamplingPolicy] = []

    /// Whether requests to the HTTP API have to say who sends them.
    package var isAuthenticated = false
    /// What JSON web tokens are signed with, nil where none are taken.
    package var sharedSecret: String?
    /// Whether `/ping` asks too.
    package var isPingAuthenticated = false

    /// The files of the certificate chain and its key, PEM; nil for plain HTTP.
    package var tlsCertificate: String?
    /// The key's file.
    package var tlsKey: String?
    /// The file of the authorities that subscribers' certificates come from, PEM; nil for those of the machine.
    package var subscriberAuthorities: String?
    /// Whether any certificate of a subscriber is taken.
    package var trustsAnySubscriber = false
    /// HTTP connections at once, 0 for any number.
    package var connectionLimit = 0
    /// Bytes of a body as sent.
    package var bodyByteLimit = 64 << 20
    /// Bytes of the header fields of a request.
    package var headerByteLimit = 80 << 10
    /// Line protocol in datagrams.
    package var udp = Endpoint.off
    /// The database of datagrams.
    package var udpDatabase = "udp"
    /// The unit of their times: `ns`, `u`, `ms`, `s`, `m` or `h`.
    package var udpPrecision = "ns"

    /// The defaults.
    package init() {}

    /// The defaults with what a YAML text says over them.
    ///
    /// - Throws: an unknown key or a value that cannot be, with file and line.
    package init(yaml text: String, file: String) throws(ConfigurationError) {
        self.init()
        var root = try CheckedMapping(try composeYAML(text, file: file), file: file, what: "the configuration")
        data = try root.text("data") ?? data
        http = try Self.endpoint("http", &root) ?? http
        ocpp = try Self.endpoint("ocpp", &root) ?? ocpp
        grpc = try Self.endpoint("grpc", &root) ?? grpc
        topology = try root.text("topology")
        try readHTTP(&root)
        udp = try Self.endpoint("udp", &root) ?? udp
        udpDatabase = try root.text("udp_database") ?? udpDatabase
        if let unit = try root.text("udp_precision") {
            guard ["n", "ns", "u", "us", "ms", "s", "m", "h"].contains(unit) else {
                throw root.error(root.node("udp_precision"), "udp_precision: \(unit) is none of ns, u, ms, s, m, h")
            }
            udpPrecision = unit
        }
        let clientID = try root.text("mqtt_client_id") ?? BrokerSettings().clientID
        brokers[0].clientID = clientID
        if let node = root.node("mqtt") { brokers = try BrokerSettings.parse(node, file: file, clientID: clientID) }
        if let mebibytes = try root.integer("memtable_mib", in: 1...1_048_576) {
            memoryByteLimit = Int(mebibytes) << 20
        }
        if let mebibytes = try root.integer("decoded_cache_mib", in: 0...1_048_576) {
            decodedByteLimit = Int(mebibytes) << 20
        }
        if let mebibytes = try root.integer("log_retention_mib", in: 64...1_048_576) {
            logRetentionByteLimit = Int(mebibytes) << 20
        }
        queryTimeoutS = try root.number("query_timeout_s", in: 0...86_400) ?? queryTimeoutS
        if let mebibytes = try root.integer("query_memory_mib", in: 1...1_048_576) {
            queryMemoryByteLimit = Int(mebibytes) << 20
        }
        if let count = try root.integer("max_select_series", in: 0...1_000_000_000) { selectSeriesLimit = Int(count) }
        if let node = root.node("windows") {
            var windows = try CheckedMapping(node, file: file, what: "windows")
            disorderS = try windows.number("disorder_s", in: 0...3_600) ?? disorderS
            allowedLatenessS = try windows.number("allowed_lateness_s", in: 0...86_400) ?? allowedLatenessS
            if let every = try windows.integer("percentiles_every_s", in: 0...86_400) {
                guard every == 0 || 86_400 % every == 0 else {
                    throw windows.error(
                        windows.node("percentiles_every_s"), "percentiles_every_s: \(every) is no part of a day")
                }
                spreadEveryS = every == 0 ? nil : every
            }
            if let lengths = try WindowSettings.lengths(&windows) { windowLengthsS = lengths }
            let chosen = try WindowSettings.operators(
                &windows, lengths: windowLengthsS, latenessS: allowedLatenessS)
            if let chosen { (operators, perOperator, outputs) = (chosen.operators, chosen.told, chosen.outputs) }
            try windows.finish()
        }
        if let node = root.node("ocpp_gateway") {
            var mapping = try CheckedMapping(node, file: file, what: "ocpp_gateway")
            stations = try StationSettings(&mapping)
            try mapping.finish()
        }
        if let node = root.node("streams") {
            streams = try StreamSettings.parse(node, file: file, latenessS: allowedLatenessS, outputs: &outputs)
        }
        if let node = root.node("downsampling") { downsampling = try DownsamplingSettings.parse(node, file: file) }
        try root.finish()
    }

    private mutating func readHTTP(_ root: inout CheckedMapping) throws(ConfigurationError) {
        isAuthenticated = try root.boolean("auth") ?? isAuthenticated
        sharedSecret = try root.text("shared_secret")
        isPingAuthenticated = try root.boolean("ping_auth") ?? isPingAuthenticated
        tlsCertificate = try root.text("tls_cert")
        tlsKey = try root.text("tls_key")
        subscriberAuthorities = try root.text("subscriber_ca")
        trustsAnySubscriber = try root.boolean("subscriber_insecure") ?? false
        if let count = try root.integer("max_connection_limit", in: 0...1_000_000) { connectionLimit = Int(count) }
        if let kibibytes = try root.integer("max_body_kib", in: 1...1_048_576) { bodyByteLimit = Int(kibibytes) << 10 }
        if let kibibytes = try root.integer("max_header_kib", in: 1...1_024) { headerByteLimit = Int(kibibytes) << 10 }
    }

    private static func endpoint(_ key: String, _ root: inout CheckedMapping) throws(ConfigurationError) -> Endpoint? {
        guard let text = try root.text(key) else { return nil }
        guard let endpoint = Endpoint(text) else {
            throw root.error(root.node(key), "\(key): \(text) is neither HOST:PORT nor off")
        }
        return endpoint
    }
}
