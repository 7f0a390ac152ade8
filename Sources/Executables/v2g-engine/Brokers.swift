import EngineConfiguration
import FrameIntake
import MQTTClient
import MQTTIngest
import ResultPublication
import Segments
import SeriesIndex
import Telemetry
import TimeSeriesStore

/// What the engine has to do with MQTT brokers.
extension Engine {
    /// The ways in, one for each broker.
    func mqttIngests(_ intake: FrameIntake, _ store: TimeSeriesStore) -> [MQTTIngest] {
        settings.brokers.map { broker in
            var settings = MQTTIngest.Settings()
            settings.address = Self.address(broker)
            settings.baseTopic = broker.base
            settings.templates = broker.templates
            settings.sharedGroup = broker.share
            settings.connectionCount = broker.connectionCount
            return MQTTIngest(
                settings: settings, sink: intake, topology: { intake.topology },
                hasNewer: { rows in rows.map { Self.hasNewer($0, store) } }, clock: Self.clock, logger: logger)
        }
    }

    /// Whether the store has a later row of a row's series.
    private static func hasNewer(_ row: MQTTIngest.RowKey, _ store: TimeSeriesStore) -> Bool {
        let database = CanonicalNames.telemetryDatabase
        guard row.timestamp < .max,
            let series = try? store.withIndex(of: database, { $0.find(row.series.span) })
        else { return false }
        let times = (row.timestamp + 1)...Int64.max
        var isThere = false
        // A segment that cannot be read is told elsewhere; then the reading is taken, which is harmless.
        try? store.snapshot(database: database, policy: nil, measurements: [row.measurement], times: times).scan(
            measurement: row.measurement, series: [series][...], times: times, fields: [], edge: .newest(1)
        ) { _, _, _ in isThere = true }
        return isThere
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
