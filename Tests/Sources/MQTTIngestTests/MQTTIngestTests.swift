import BrokerSupport
import Logging
import MQTTClient
import Synchronization
import Telemetry
import Testing

@testable import MQTTIngest

/// Keeps the lines that were logged.
private final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var logger: Logger {
        Logger(label: "test") { _ in Handler(lines: self) }
    }

    func contains(_ text: String) -> Bool {
        lines.withLock { $0.contains { $0.contains(text) } }
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append("\(event.message)") }
        }
    }
}

@Suite(
    "MQTT with a real mosquitto", .serialized,
    .enabled(if: MosquittoBroker.isInstalled, "Debian's mosquitto and mosquitto-clients are not installed"))
struct MQTTIngestTests {
    private let log = LogLines()
    private let sink = RecordingSink()

    private func ingest(
        port: Int, hasNewer: @escaping MQTTIngest.NewerCheck = { $0.map { _ in false } },
        change: (inout MQTTIngest.Settings) -> Void = { _ in }
    ) -> MQTTIngest {
        var settings = MQTTIngest.Settings()
        settings.address.port = port
        settings.firstPauseMilliseconds = 50
        settings.longestPauseMilliseconds = 200
        change(&settings)
        return MQTTIngest(
            settings: settings, sink: sink, topology: { Topology() }, hasNewer: hasNewer,
            clock: { 1_767_225_600_000_000_000 },
            logger: log.logger)
    }

    private func reading(_ current: Int) -> String { "{\"ts\":\(1_767_225_600 + current),\"current_a\":\(current)}" }

    @Test("messages at QoS 1 arrive once, with every content type")
    func arriveOnce() throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let ingest = ingest(port: broker.port)
        ingest.start()
        try eventually("a connection") { ingest.counters.isConnected }
        // The subscription follows the connection: what it must see is retried by its own number.
        try eventually("the subscription") {
            try? broker.publish("v2g/v1/S1/E1/telemetry", reading(0))
            return sink.currents.contains(0)
        }
        for current in 1...5 { try broker.publish("v2g/v1/S1/E1/telemetry", reading(current)) }
        try broker.publish("v2g/v1/S1/E1/telemetry", "Power_Flow current_a=6 1", contentType: "text/x-influx-line")
        try broker.publish("v2g/v1/S1/E1/telemetry", "{broken", contentType: "application/json")
        try broker.publish("v2g/v1/S1/E1/lp", "Power_Flow current_a=7 1")
        try eventually("the last reading") { sink.currents.contains(7) }
        ingest.shutdown()
        #expect(sink.currents.filter { $0 > 0 } == [1, 2, 3, 4, 5, 6, 7])
        #expect(ingest.counters.flaws[.json] == 1)
        #expect(!ingest.counters.isConnected)

        // Everything was acknowledged: the session's next connection gets nothing again.
        let second = self.ingest(port: broker.port)
        second.start()
        try eventually("a connection") { second.counters.isConnected }
        try broker.publish("v2g/v1/S1/E1/telemetry", reading(8))
        try eventually("the new reading") { sink.currents.contains(8) }
        second.shutdown()
        #expect(sink.currents.filter { $0 > 0 } == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test("a refused write is not acknowledged: the message comes again")
    func refused() throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let ingest = ingest(port: broker.port)
        ingest.start()
        try eventually("the subscription") {
            try? broker.publish("v2g/v1/S1/E1/telemetry", reading(0))
            return sink.currents.contains(0)
        }
        sink.state.withLock { $0.isRefusing = true }
        try broker.publish("v2g/v1/S1/E1/telemetry", reading(1))
        try broker.publish("v2g/v1/S1/E1/telemetry", reading(2))
        try eventually("two refusals") { sink.state.withLock { $0.refused >= 2 } }
        sink.state.withLock { $0.isRefusing = false }
        try eventually("both readings") { sink.currents.contains(1) && sink.currents.contains(2) }
        ingest.shutdown()
        #expect(sink.currents.filter { $0 > 0 } == [1, 2])
        #expect(ingest.counters.refusedBatches >= 2)
        #expect(ingest.counters.reconnects >= 2)
        #expect(log.contains("ERR_DISK_FULL"))
    }

    @Test("a broker that comes back finds us again, with the session")
    func restarted() throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let ingest = ingest(port: broker.port)
        ingest.start()
        try eventually("the subscription") {
            try? broker.publish("v2g/v1/S1/E1/telemetry", reading(0))
            return sink.currents.contains(0)
        }
        broker.stop()
        try eventually("the loss is seen") { !ingest.counters.isConnected }
        try eventually("a refused attempt") { log.contains("ECONNREFUSED") }
        try broker.start()
        try broker.publish("v2g/v1/S1/E1/telemetry", reading(1))
        try eventually("the reading after the restart") { sink.currents.contains(1) }
        ingest.shutdown()
        #expect(ingest.counters.reconnects >= 1)
    }

    @Test("where no broker listens the log says ECONNREFUSED, and stopping does not wait for it")
    func noBroker() throws {
        let ingest = ingest(port: try Loopback.freePort())
        ingest.start()
        try eventually("a refused attempt") { log.contains("ECONNREFUSED") }
        ingest.shutdown()
        #expect(ingest.counters.failures >= 1)
        #expect(ingest.counters.connections == 0)
    }

    @Test("DISCONNECT 0x8E, session taken over (MQTT 5, 3.14.2.1), stops us and is named in the log")
    func takenOver() throws {
        // mosquitto 2.0 closes the older connection without the code, so the bytes come from the norm.
        let broker = try ScriptedBroker(answer: [0x20, 0x03, 0x00, 0x00, 0x00, 0xE0, 0x01, 0x8E])
        let ingest = ingest(port: broker.port)
        ingest.start()
        try eventually("it stops") { log.contains("another MQTT client has the client id") }
        ingest.shutdown()
        #expect(ingest.counters.connections == 1)
        #expect(ingest.counters.failures == 1)
    }

    @Test("a broker that refuses us is named with its reason (MQTT 5, 3.2.2.2)")
    func notAuthorized() throws {
        let broker = try ScriptedBroker(answer: [0x20, 0x03, 0x00, 0x87, 0x00])
        let ingest = ingest(port: broker.port)
        ingest.start()
        try eventually("the reason") { log.contains("Not authorized") }
        ingest.shutdown()
        #expect(ingest.counters.connections == 0)
    }

    @Test("only readings are shared by a group, and only the first connection takes the rest")
    func subscriptions() {
        let settings = MQTTIngest.Settings()
        let readings = [
            "$share/g/v2g/v1/+/+/telemetry", "$share/g/v2g/v1/+/+/lp", "$share/g/v2g/v1/+/+/meter",
        ]
        #expect(
            BrokerLoop.subscriptions(settings, group: "g", isFirst: true)
                == readings + [
                    "v2g/v1/+/+/status", "v2g/v1/+/weather", "spBv1.0/#", "$SYS/broker/publish/messages/dropped",
                ])
        #expect(BrokerLoop.subscriptions(settings, group: "g", isFirst: false) == readings)
    }

    @Test("several connections share the readings, each of which comes once")
    func connections() throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let ingest = ingest(port: broker.port, change: { $0.connectionCount = 3 })
        ingest.start()
        try eventually("three connections") { ingest.counters.connected == 3 }
        try eventually("the subscriptions") {
            try? broker.publish("v2g/v1/S1/E1/telemetry", reading(0))
            return sink.currents.filter { $0 == 0 }.count >= 3
        }
        for current in 1...12 { try broker.publish("v2g/v1/S1/E1/telemetry", reading(current)) }
        try broker.publish("v2g/v1/S1/E1/status", "{\"ts\":1767225600,\"current_a\":13}")
        try eventually("all of them") { sink.currents.filter { $0 > 0 }.count >= 13 }
        ingest.shutdown()
        #expect(sink.currents.filter { $0 > 0 }.sorted() == (1...13).map(Double.init))
        #expect(ingest.counters.connected == 0)
    }

    @Test("a retained status is taken, a retained reading only where nothing newer is stored")
    func retained() throws {
        let broker = try MosquittoBroker()
        try broker.start()
        for current in 1...3 {
            try broker.publish("v2g/v1/S1/E\(current)/telemetry", reading(current), isRetained: true)
        }
        try broker.publish("v2g/v1/S1/E4/telemetry", "{\"current_a\":4}", isRetained: true)
        try broker.publish("v2g/v1/S1/E5/status", "{\"current_a\":5}", isRetained: true)
        // The store has something newer of E2 alone, whose reading is of the second second.
        let ingest = ingest(port: broker.port, hasNewer: { $0.map { $0.timestamp == 1_767_225_602_000_000_000 } })
        ingest.start()
        try eventually("the old state") { sink.currents.count == 3 }
        try broker.publish("v2g/v1/S1/E6/telemetry", reading(6))
        try eventually("a live reading") { sink.currents.contains(6) }
        ingest.shutdown()
        #expect(sink.currents.sorted() == [1, 3, 5, 6])
        #expect(ingest.counters.flaws[.retained] == 2)
    }

    @Test("another engine in the group is told of, until it leaves")
    func otherMember() throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let one = ingest(port: broker.port, change: { $0.sharedGroup = "g" })
        let other = ingest(
            port: broker.port,
            change: {
                $0.sharedGroup = "g"
                $0.address.clientID = "other"
            })
        one.start()
        other.start()
        try eventually("each sees the other") {
            one.counters.otherMembers == 1 && other.counters.otherMembers == 1
        }
        #expect(log.contains("other shares our readings in the group g"))
        other.shutdown()
        try eventually("it has left") { one.counters.otherMembers == 0 }
        one.shutdown()
    }

    @Test("a message at QoS 0 that is refused is lost, and counted as shed")
    func shed() throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let ingest = ingest(port: broker.port)
        ingest.start()
        try eventually("the subscription") {
            try? broker.publish("v2g/v1/S1/E1/telemetry", reading(0))
            return sink.currents.contains(0)
        }
        sink.state.withLock { $0.isRefusing = true }
        try broker.publish("v2g/v1/S1/E1/telemetry", reading(1), quality: 0)
        try eventually("it is counted") { ingest.counters.flaws[.shed] == 1 }
        sink.state.withLock { $0.isRefusing = false }
        try eventually("readings flow again") {
            try? broker.publish("v2g/v1/S1/E1/telemetry", reading(2))
            return sink.currents.contains(2)
        }
        ingest.shutdown()
        #expect(log.contains("MQTT messages at QoS 0 are lost: ERR_DISK_FULL"))
        #expect(!sink.currents.contains(1))
    }
}
