package import EngineConfiguration
import OCPPMessages

extension OCPPGateway.Settings {
    /// What the configuration says, for a gateway that listens at `host` and `port`.
    ///
    /// - Parameter versions: versions that are spoken, such as `1.6,2.1`, in the place of the configuration's; the programs
    ///   pass `OCPP_VERSION` here.
    /// - Throws: `SecurityFileError` for a version that is none, and for profile 0 elsewhere than on loopback.
    package init(
        _ stations: StationSettings, host: String, port: Int, versions: String?
    ) throws(SecurityFileError) {
        self.init()
        self.host = host
        self.port = port
        if let text = versions ?? stations.versions, !text.isEmpty {
            self.versions = []
            for word in text.split(separator: ",") {
                let name = String(word.drop { $0 == " " })
                guard let version = OCPPVersion(written: name) else {
                    throw SecurityFileError("OCPP \(name) is not spoken here: 1.6, 2.0.1 and 2.1 are")
                }
                self.versions.append(version)
            }
        }
        let isLoopback = AdminListener.isLoopback(host)
        guard isLoopback || stations.securityProfile > 0 || stations.isOpenAllowed else {
            throw SecurityFileError(
                "security profile 0 is for loopback: \(host) needs security_profile 1 to 3, or allow_open: true")
        }
        heartbeatInterval = stations.heartbeatInterval ?? heartbeatInterval
        pingInterval = stations.pingInterval ?? pingInterval
        handshakeTimeout = stations.handshakeTimeout ?? handshakeTimeout
        slowTimeout = stations.slowTimeout ?? slowTimeout
        maxMessagesPerTenSeconds = stations.maxMessagesPerTenSeconds ?? maxMessagesPerTenSeconds
        maxConnections = stations.maxConnections ?? maxConnections
        compressesMessages = stations.compressesMessages ?? compressesMessages
        if case .at(let host, let port) = stations.timeServer { timeServer = (host, port) }
        timeServerInterval = stations.timeServerInterval ?? timeServerInterval
        acceptsAnyStation = stations.takesAnyStation ?? isLoopback
    }
}

extension GatewaySecurity {
    /// The profile and files that the configuration names.
    package convenience init(_ stations: StationSettings) throws(SecurityFileError) {
        var files = Files()
        files.certificate = stations.certificate
        files.key = stations.key
        files.stationAuthorities = stations.stationAuthorities
        files.passwords = stations.passwords
        guard let profile = SecurityProfile(rawValue: stations.securityProfile) else {
            throw SecurityFileError("security profile \(stations.securityProfile) is none of 0 to 3")
        }
        try self.init(profile: profile, files: files)
    }
}
