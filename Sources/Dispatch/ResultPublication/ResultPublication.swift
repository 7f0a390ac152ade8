import Dispatch
import Foundation
package import Logging
package import MQTTClient
import Synchronization
package import Telemetry

/// Publishes the results of windows to an MQTT 5 broker, retained, so that whoever subscribes gets the last value at once.
///
/// Publishing costs the windows one entry on a bounded queue, whatever the broker does: a queue of its own makes JSON of
/// it and keeps of each topic the newest, a thread of its own sends that, with `inFlightLimit` on their way at most.
package final class ResultPublication: Sendable {
    /// Where to, and what for.
    package struct Settings: Sendable {
        /// The broker, and who we are to it.
        package var address: BrokerAddress
        /// What topics begin with.
        package var prefix = "v2g/v1/out"
        /// Batches that may wait to become JSON; more are dropped, and counted.
        package var batchLimit = 1_000
        /// Topics that are known at most; results of others are dropped, and counted.
        package var topicLimit = 200_000
        /// The pause after the first failure.
        package var firstPauseMilliseconds = 1_000
        /// The longest pause.
        package var longestPauseMilliseconds = 60_000

        /// A broker on this machine.
        package init() {
            address = BrokerAddress()
            address.clientID = "feederline-results"
            address.isCleanStart = true
            address.sessionExpirySeconds = 0
        }
    }

    /// What was counted, at one moment.
    package struct Counters: Sendable, Equatable {
        /// Whether the broker has accepted us and is still there.
        package var isConnected = false
        /// Results that the broker acknowledged.
        package var acknowledged = 0
        /// Results that the broker refused.
        package var refused = 0
        /// Results that a newer one of their topic overtook.
        package var superseded = 0
        /// Results that were dropped, for want of room.
        package var dropped = 0
        /// Results that wait for the broker.
        package var waiting = 0
        /// Attempts that failed, and connections that ended.
        package var failures = 0
    }

    struct State {
        var pending: PendingResults
        var waitingBatches = 0
        var counters = Counters()
    }

    /// What the thread, the queue and the owner share.
    final class Shared: Sendable {
        let settings: Settings
        let logger: Logger
        let signal = LoopSignal()
        let state: Mutex<State>

        init(_ settings: Settings, _ logger: Logger) {
            self.settings = settings
            self.logger = logger
            state = Mutex(State(pending: PendingResults(topicLimit: settings.topicLimit)))
        }
    }

    private enum Phase { case new, running, ended }

    private let shared: Shared
    private let queue = DispatchQueue(label: "feederline.publication", qos: .utility)
    private let phase = Mutex(Phase.new)
    private let ended = DispatchSemaphore(value: 0)

    /// A publication that begins to send with `start`, and takes results before it.
    package init(settings: Settings, logger: Logger) {
        shared = Shared(settings, logger)
    }

    /// Connects, on a thread of its own, and again for as long as it takes; a second call does nothing.
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
            PublicationLoop(shared).run()
            ended.signal()
        }
        thread.name = "mqtt-results"
        thread.start()
    }

    /// Takes a batch of results; never waits.
    package func publish(_ batch: FrameBatch) {
        let shared = shared
        let hasRoom = shared.state.withLock { state in
            guard state.waitingBatches < shared.settings.batchLimit else {
                state.counters.dropped += batch.rowCount
                return false
            }
            state.waitingBatches += 1
            return true
        }
        guard hasRoom else { return }
        queue.async {
            let results = ResultTopics.results(of: batch, prefix: shared.settings.prefix)
            shared.state.withLock { state in
                for result in results { state.pending.add(result) }
                state.waitingBatches -= 1
            }
            shared.signal.ring()
        }
    }

    /// The broker, as `HOST:PORT`.
    package var name: String { "\(shared.settings.address.host):\(shared.settings.address.port)" }

    /// What was counted so far.
    package var counters: Counters {
        shared.state.withLock { state in
            var counters = state.counters
            counters.superseded = state.pending.superseded
            counters.dropped += state.pending.leftOut
            counters.waiting = state.pending.count
            return counters
        }
    }

    /// Sends what waits, as far as the broker takes it at once, and blocks until the thread has ended.
    package func shutdown() {
        let isRunning = phase.withLock { phase in
            defer { phase = .ended }
            if case .running = phase { return true }
            return false
        }
        guard isRunning else { return }
        shared.signal.raise()
        ended.wait()
    }
}
