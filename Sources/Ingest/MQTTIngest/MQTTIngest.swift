import Dispatch
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
        /// A group whose members share the readings, nil to have them all; `status` and `weather` are never shared.
        package var sharedGroup: String?
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
        /// Whether the broker has accepted us and is still there.
        package var isConnected = false
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

        /// Connections after the first.
        package var reconnects: Int { max(0, connections - 1) }

        /// Nothing counted.
        package init() {}
    }

    /// What the thread and its owner share.
    struct Shared: Sendable {
        let settings: Settings
        let sink: any FrameSink
        let topology: @Sendable () -> Topology
        let clock: @Sendable () -> Int64
        let logger: Logger
        let stop: LoopSignal
        let tally = Tally()
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
    ///   - clock: nanoseconds since 1970 UTC, for the arrival of batches.
    package init(
        settings: Settings, sink: any FrameSink, topology: @escaping @Sendable () -> Topology,
        clock: @escaping @Sendable () -> Int64, logger: Logger
    ) {
        shared = Shared(
            settings: settings, sink: sink, topology: topology, clock: clock, logger: logger, stop: LoopSignal())
    }

    /// The broker, as `HOST:PORT`.
    package var name: String { "\(shared.settings.address.host):\(shared.settings.address.port)" }

    /// What was counted so far.
    package var counters: Counters { shared.tally.snapshot }

    /// Begins to connect, on a thread of its own; a second call does nothing.
    package func start() {
        let isFirst = phase.withLock { phase in
            guard case .new = phase else { return false }
            phase = .running
            return true
        }
        guard isFirst else { return }
        let shared = shared
        let ended = ended
        let thread = Thread {
            BrokerLoop(shared).run()
            ended.signal()
        }
        thread.name = "mqtt"
        thread.start()
    }

    /// Stops reading, acknowledges what is durable and blocks until the thread has ended.
    package func shutdown() {
        let isRunning = phase.withLock { phase in
            defer { phase = .ended }
            if case .running = phase { return true }
            return false
        }
        guard isRunning else { return }
        shared.stop.raise()
        ended.wait()
    }
}
