/// How charging stations are taken: by the engine itself or by a gateway in a process of its own.
package struct StationSettings: Equatable, Sendable {
    /// The versions of OCPP that are spoken, such as `1.6,2.0.1`; nil for all.
    package var versions: String?
    /// Whether any identity is taken or only those of the topology; nil: any on loopback, else those of the topology.
    package var takesAnyStation: Bool?
    /// The security profile, 0 to 3.
    package var securityProfile = 0
    /// Whether profile 0 may listen elsewhere than on loopback.
    package var isOpenAllowed = false
    /// The server's certificate chain, PEM.
    package var certificate: String?
    /// Its key, PEM.
    package var key: String?
    /// The certificates that sign the stations', PEM.
    package var stationAuthorities: String?
    /// The stations' passwords, hashed.
    package var passwords: String?
    /// The operator's listener, on loopback.
    package var admin = Endpoint.off
    /// Seconds between heartbeats, as stations are told.
    package var heartbeatInterval: Int?
    /// Seconds between our pings; 0 sends none.
    package var pingInterval: Int?
    /// Seconds that a peer has for its handshake.
    package var handshakeTimeout: Int?
    /// Seconds that a station may leave our answers untaken.
    package var slowTimeout: Int?
    /// Messages in ten seconds that are borne.
    package var maxMessagesPerTenSeconds: Int?
    /// Connections at once.
    package var maxConnections: Int?
    /// Whether permessage-deflate is agreed to.
    package var compressesMessages: Bool?
    /// The time server that the clock is held against.
    package var timeServer = Endpoint.off
    /// Seconds between two questions to it.
    package var timeServerInterval: Int?

    /// The defaults.
    package init() {}

    /// The defaults with what a mapping says over them; the caller finishes the mapping.
    init(_ mapping: inout CheckedMapping) throws(ConfigurationError) {
        versions = try mapping.text("versions")
        if let stations = try mapping.text("stations") {
            guard ["any", "known"].contains(stations) else {
                throw mapping.error(mapping.node("stations"), "stations: \(stations) is neither any nor known")
            }
            takesAnyStation = stations == "any"
        }
        if let profile = try mapping.integer("security_profile", in: 0...3) { securityProfile = Int(profile) }
        isOpenAllowed = try mapping.boolean("allow_open") ?? isOpenAllowed
        certificate = try mapping.text("tls_cert")
        key = try mapping.text("tls_key")
        stationAuthorities = try mapping.text("station_ca")
        passwords = try mapping.text("passwords")
        if let text = try mapping.text("admin") {
            guard let endpoint = Endpoint(text) else {
                throw mapping.error(mapping.node("admin"), "admin: \(text) is neither HOST:PORT nor off")
            }
            admin = endpoint
        }
        heartbeatInterval = try mapping.integer("heartbeat_interval_s", in: 1...86_400).map(Int.init)
        pingInterval = try mapping.integer("ping_interval_s", in: 0...3_600).map(Int.init)
        handshakeTimeout = try mapping.integer("handshake_timeout_s", in: 1...600).map(Int.init)
        slowTimeout = try mapping.integer("slow_timeout_s", in: 1...3_600).map(Int.init)
        maxMessagesPerTenSeconds = try mapping.integer("max_messages_per_10s", in: 10...10_000_000).map(Int.init)
        if let text = try mapping.text("ntp") {
            guard let endpoint = Endpoint(text) else {
                throw mapping.error(mapping.node("ntp"), "ntp: \(text) is neither HOST:PORT nor off")
            }
            timeServer = endpoint
        }
        timeServerInterval = try mapping.integer("ntp_interval_s", in: 1...86_400).map(Int.init)
        compressesMessages = try mapping.boolean("permessage_deflate")
        maxConnections = try mapping.integer("max_stations", in: 1...1_000_000).map(Int.init)
    }
}

/// The settings of `ocpp-gateway`: the defaults and a YAML file over them.
package struct GatewayConfiguration: Equatable, Sendable {
    /// Where stations connect.
    package var listen: String?
    /// The engine's gRPC address, `HOST:PORT`, with `user:password@` before it where the engine asks for users.
    package var engine: String?
    /// Bytes that may wait on the disk for an engine that is away; 0: none do.
    package var spoolByteLimit = 2 << 30
    /// The topology file.
    package var topology: String?
    /// The directory of what outlives a restart.
    package var data: String?
    /// How stations are taken.
    package var stations = StationSettings()

    /// The defaults.
    package init() {}

    /// The defaults with what a YAML text says over them.
    ///
    /// - Throws: an unknown key or a value that cannot be, with file and line.
    package init(yaml text: String, file: String) throws(ConfigurationError) {
        var root = try CheckedMapping(try composeYAML(text, file: file), file: file, what: "the configuration")
        listen = try root.text("listen")
        engine = try root.text("engine")
        topology = try root.text("topology")
        data = try root.text("data")
        if let mebibytes = try root.integer("spool_mb", in: 0...1_000_000) { spoolByteLimit = Int(mebibytes) << 20 }
        stations = try StationSettings(&root)
        try root.finish()
    }
}
