import Catalog
import Dispatch
import LineProtocol
import Logging
import NIOCore
import Synchronization
import Telemetry

/// What one subscription has done since it was made or the engine started.
package struct SubscriptionCounters: Sendable, Equatable {
    /// The database whose points it wants.
    package let database: String
    /// The retention policy whose points it wants.
    package let policy: String
    /// The subscription's name.
    package let name: String
    /// Points that a destination took, once for each.
    package var forwarded = 0
    /// Points for which the queue had no room.
    package var dropped = 0
    /// Points that a destination did not take, once for each.
    package var failed = 0
    /// Points that wait.
    package var waiting = 0
}

/// The queue of one subscription and its way to the destinations.
final class SubscriptionOutlet: Sendable {
    /// As many batches wait at most; beyond it they are dropped.
    static let batchLimit = 1000
    /// As many points wait at most.
    static let pointLimit = 250_000
    /// As many points go into one request, unless one batch has more.
    static let pointsPerRequest = 5000

    private struct State {
        var waiting: [FrameBatch] = []
        var waitingPoints = 0
        var counters: SubscriptionCounters
        var isSending = false
        var isClosed = false
        /// The destination that is next where one is enough.
        var turn = 0
    }

    let entry: SubscriptionEntry
    private let senders: [any LineSender]
    private let queue: DispatchQueue
    private let state: Mutex<State>
    private let logger: Logger

    init(
        _ entry: SubscriptionEntry, database: String, policy: String, group: any EventLoopGroup, trust: SubscriberTrust,
        logger: Logger
    ) {
        self.entry = entry
        self.logger = logger
        queue = DispatchQueue(label: "feederline.subscription.\(entry.name)", qos: .utility)
        state = Mutex(State(counters: SubscriptionCounters(database: database, policy: policy, name: entry.name)))
        senders = entry.destinations.compactMap { text in
            guard let place = SubscriptionDestination(text) else { return nil }
            return place.scheme == .udp
                ? DatagramSender(place, group: group)
                : RequestSender(place, database: database, policy: policy, group: group, trust: trust)
        }
    }

    var counters: SubscriptionCounters {
        state.withLock { state in
            var counters = state.counters
            counters.waiting = state.waitingPoints
            return counters
        }
    }

    /// Puts a batch into the queue, or counts it as dropped.
    func take(_ batch: FrameBatch) {
        let begins = state.withLock { state -> Bool in
            let points = batch.rowCount
            if state.isClosed || points == 0 { return false }
            guard state.waiting.count < Self.batchLimit, state.waitingPoints + points <= Self.pointLimit else {
                state.counters.dropped += points
                return false
            }
            state.waiting.append(batch)
            state.waitingPoints += points
            defer { state.isSending = true }
            return !state.isSending
        }
        if begins { queue.async { [self] in drain() } }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            (state.waiting, state.waitingPoints) = ([], 0)
        }
        // At once, so that whoever waits for an answer waits no more; and behind what was opened meanwhile.
        for sender in senders { sender.close() }
        queue.async { [self] in
            for sender in senders { sender.close() }
        }
    }

    /// Sends until nothing waits.
    private func drain() {
        while let batches = next() {
            let lines = batches.flatMap { LineProtocolWriter.encode($0) }
            send(lines, points: batches.reduce(0) { $0 + $1.rowCount })
        }
    }

    private func next() -> [FrameBatch]? {
        state.withLock { state in
            guard !state.isClosed, !state.waiting.isEmpty else {
                state.isSending = false
                return nil
            }
            var count = 0
            var points = 0
            for batch in state.waiting {
                if count > 0, points + batch.rowCount > Self.pointsPerRequest { break }
                count += 1
                points += batch.rowCount
            }
            let taken = Array(state.waiting[..<count])
            state.waiting.removeFirst(count)
            state.waitingPoints -= points
            return taken
        }
    }

    /// To each destination, or by turns to the first that takes it.
    private func send(_ lines: [UInt8], points: Int) {
        guard !senders.isEmpty else { return }
        for _ in senders.indices {
            let turn = state.withLock { state in
                defer { state.turn = (state.turn + 1) % senders.count }
                return state.turn
            }
            do {
                try senders[turn].send(lines)
                state.withLock { $0.counters.forwarded += points }
                if !entry.isToAll { return }
            } catch {
                state.withLock { $0.counters.failed += points }
                logger.debug("subscription \(entry.name) to \(entry.destinations[turn]): \(error)")
            }
        }
    }
}

/// A way to one destination; used by one thread at a time, which may block.
protocol LineSender: Sendable {
    /// Sends lines of line protocol and returns when they are taken, or throws why they are not.
    func send(_ lines: [UInt8]) throws
    /// Ends the connection.
    func close()
}
