import Dispatch
package import EngineConfiguration
import Foundation
package import Logging
package import MQTTClient
import Synchronization
package import Telemetry

/// The edge that reads telemetry from an MQTT 5 broker: QoS 1, acknowledged when the log holds it.
///
/// One thread for each connection drives the client library by an external loop, see `BrokerLoop`. A broker that is
/// away is logged and tried again; it hurts nothing else.
package final class MQTTIngest: Sendable {
    /// What the operator may choose.
    package struct Settings: Sendable {
        /// The broker, and who we are to it.
        package var address = BrokerAddress()
        /// The levels before the site.
        package var baseTopic = "v2g/v1"
        /// Other shapes of topics.
        package var templates: [TopicTemplate] = []
        /// A group whose members share the readings, nil to have them all; `status` and `weather` are never shared.
        package var sharedGroup: String?
        /// Connections that share the readings, each with a session and a thread of its own.
        package var connectionCount = 1
        /// Longer payloads are dropped undecoded.
        package var payloadByteLimit = 1 << 20
        /// Bytes of payloads after which a batch is handed on, however much the broker has.
        package var batchByteLimit = 8 << 20
        /// The pause after the first failure.
        package var firstPauseMilliseconds = 1_000
        /// The longest pause.
        package var longestPauseMilliseconds = 60_000

        /// The defaults.
        package init() {}
    }

    /// What was counted, at one moment.
    package struct Counters: Sendable, Equatable {
        /// Connections that the broker has accepted and that are still there.
        package var connected = 0
        /// Messages that the broker says it dropped, for whomever, since its start.
        package var brokerDropped = 0
        /// Other engines that are seen in our group, each of which gets readings that we do not.
        package var otherMembers = 0
        /// Publications that were read.
        package var messages = 0
        /// Rows that the sink took and made durable.
        package var frames = 0
        /// Rows that the sink refused in batches that it took.
        package var refusedRows = 0
        /// Batches that the sink refused, whose messages were not acknowledged.
        package var refusedBatches = 0
        /// Messages that were dropped, and acknowledged.
        package var droppedMessages = 0
        /// What was wrong with messages, elements and fields.
        package var flaws = MQTTFlawCounts()
        /// Connections that the broker accepted.
        package var connections = 0
        /// Attempts that failed, and connections that ended, before we stopped.
        package var failures = 0

        /// Whether there is a connection.
        package var isConnected: Bool { connected > 0 }
        /// Connections after the first.
        package var reconnects: Int { max(0, connections - 1) }

        /// Nothing counted.
        package init() {}
    }

    /// Which of some rows are older than the newest stored one of their series; asked for retained readings alone.
    package typealias NewerCheck = @Sendable ([RowKey]) -> [Bool]

    /// A row, as it is known before it is stored.
    package struct RowKey: Sendable, Equatable {
        /// Its measurement.
        package let measurement: String
        /// The key of its series.
        package let series: [UInt8]
        /// Its time.
        package let timestamp: Int64
    }

    /// What the threads and their owner share.
    struct Shared: Sendable {
        let settings: Settings
        let sink: any FrameSink
        let topology: @Sendable () -> Topology
        let hasNewer: NewerCheck
        let clock: @Sendable () -> Int64
        let logger: Logger
        /// One for each connection.
        let stops: [LoopSignal]
        let tally = Tally()

        var connectionCount: Int { stops.count }

        /// The group of the readings' subscriptions; several connections are a group in any case.
        var group: String? {
            settings.sharedGroup ?? (connectionCount > 1 ? settings.address.clientID : nil)
        }
    }

    /// The counters that the thread adds to.
    final class Tally: Sendable {
        private let counters = Mutex(Counters())

        func update(_ change: (inout Counters) -> Void) {
            counters.withLock { change(&$0) }
        }

        var snapshot: Counters { counters.withLock { $0 } }
    }

    private enum Phase { case new, running, ended }

    private let shared: Shared
    private let phase = Mutex(Phase.new)
    private let ended = DispatchSemaphore(value: 0)

    /// An edge that does not run yet.
    ///
    /// - Parameters:
    ///   - sink: where readings go.
    ///   - topology: the topology of this moment; asked once a batch.
    ///   - hasNewer: which rows are older than what is stored.
    ///   - clock: nanoseconds since 1970 UTC, for the arrival of batches.
    package init(
        settings: Settings, sink: any FrameSink, topology: @escaping @Sendable () -> Topology,
        hasNewer: @escaping NewerCheck = { $0.map { _ in false } }, clock: @escaping @Sendable () -> Int64,
        logger: Logger
    ) {
        shared = Shared(
            settings: settings, sink: sink, topology: topology, hasNewer: hasNewer, clock: clock, logger: logger,
            stops: (0..<max(1, settings.connectionCount)).map { _ in LoopSignal() })
    }

    /// The broker, as `HOST:PORT`.
    package var name: String { "\(shared.settings.address.host):\(shared.settings.address.port)" }

    /// What was counted so far.
    package var counters: Counters { shared.tally.snapshot }

    /// Begins to connect, on threads of their own; a second call does nothing.
    package func start() {
        let isFirst = phase.withLock { phase in
            guard case .new = phase else { return false }
            phase = .running
            return true
        }
        guard isFirst else { return }
        let shared = shared
        let ended = ended
        for place in 0..<shared.connectionCount {
            let thread = Thread {
                BrokerLoop(shared, place).run()
                ended.signal()
            }
            thread.name = "mqtt-\(place + 1)"
            thread.start()
        }
    }

    /// Stops reading, acknowledges what is durable and blocks until the threads have ended.
    package func shutdown() {
        let isRunning = phase.withLock { phase in
            defer { phase = .ended }
            if case .running = phase { return true }
            return false
        }
        guard isRunning else { return }
        for stop in shared.stops { stop.raise() }
        for _ in 0..<shared.connectionCount { ended.wait() }
    }
}
