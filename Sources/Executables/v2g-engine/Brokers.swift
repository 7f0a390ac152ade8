import EngineConfiguration
import FrameIntake
import MQTTClient
import MQTTIngest
import ResultPublication

/// What the engine has to do with MQTT brokers.
extension Engine {
    /// The ways in, one for each broker.
    func mqttIngests(_ intake: FrameIntake) -> [MQTTIngest] {
        settings.brokers.map { broker in
            var settings = MQTTIngest.Settings()
            settings.address = Self.address(broker)
            settings.baseTopic = broker.base
            settings.sharedGroup = broker.share
            return MQTTIngest(
                settings: settings, sink: intake, topology: { intake.topology }, clock: Self.clock, logger: logger)
        }
    }

    /// The ways out of results, one for each broker that gets them.
    func resultPublications() -> [ResultPublication] {
        settings.brokers.compactMap { broker in
            guard let prefix = broker.resultsPrefix else { return nil }
            var settings = ResultPublication.Settings()
            settings.prefix = prefix
            settings.address = Self.address(broker)
            settings.address.clientID += "-results"
            settings.address.isCleanStart = true
            settings.address.sessionExpirySeconds = 0
            return ResultPublication(settings: settings, logger: logger)
        }
    }

    private static func address(_ broker: BrokerSettings) -> BrokerAddress {
        var address = BrokerAddress()
        address.host = broker.host
        address.port = broker.port
        address.clientID = broker.clientID
        address.username = broker.username
        address.password = broker.password
        address.tls = broker.authority.map {
            BrokerAddress.TLSFiles(authority: $0, certificate: broker.certificate, key: broker.key)
        }
        address.receiveMaximum = broker.receiveMaximum
        address.sessionExpirySeconds = broker.sessionExpirySeconds
        address.keepAliveSeconds = broker.keepAliveSeconds
        return address
    }
}
