import Glibc
import Logging
import MQTTClient
import Synchronization

/// The life of the publishing thread: connect, send what waits, take the acknowledgements, again.
struct PublicationLoop: ~Copyable {
    /// Publications that the broker has not acknowledged.
    static let inFlightLimit = 1_000
    /// Milliseconds that a stop waits for the last acknowledgements.
    private static let farewell: Int64 = 2_000

    private let shared: ResultPublication.Shared
    private var pause: ReconnectPause
    private var random = SystemRandomNumberGenerator()
    private var inFlight: [Int32: PendingResults.Entry] = [:]
    private var lastRefusalLog: Int64?

    init(_ shared: ResultPublication.Shared) {
        self.shared = shared
        pause = ReconnectPause(
            firstMilliseconds: shared.settings.firstPauseMilliseconds,
            longestMilliseconds: shared.settings.longestPauseMilliseconds)
    }

    private var place: Logger.Metadata {
        ["host": "\(shared.settings.address.host)", "port": "\(shared.settings.address.port)"]
    }

    /// Runs until the signal is raised.
    consuming func run() {
        while !shared.signal.isRaised {
            do throws(BrokerFault) {
                try connectAndServe()
            } catch {
                shared.state.withLock { $0.counters.failures += 1 }
                if !shared.signal.isRaised { waitAndLog(error) }
            }
            giveUpInFlight()
        }
    }

    /// What was on its way when the connection ended may not have come: it is sent again.
    private mutating func giveUpInFlight() {
        let entries = inFlight.values
        inFlight.removeAll()
        shared.state.withLock { state in
            state.counters.isConnected = false
            for entry in entries { state.pending.putBack(entry) }
        }
    }

    private mutating func waitAndLog(_ fault: BrokerFault) {
        giveUpInFlight()
        let milliseconds = pause.next(random: Double.random(in: 0...1, using: &random))
        shared.logger.warning(
            "results are not published: \(fault.text); next attempt in \(milliseconds) ms", metadata: place)
        let end = Self.now() + Int64(milliseconds)
        // Results that come meanwhile ring as well.
        while !shared.signal.isRaised, Self.now() < end {
            _ = shared.signal.wait(for: 0, on: -1, milliseconds: max(1, Int(end - Self.now())))
        }
    }

    /// Returns after the signal was raised.
    private mutating func connectAndServe() throws(BrokerFault) {
        let client = try BrokerClient(shared.settings.address)
        try client.connect()
        var isAccepted = false
        var nextMaintenance = Self.now()
        var stopAt: Int64?
        while true {
            if shared.signal.isRaised {
                let end = stopAt ?? Self.now() + Self.farewell
                stopAt = end
                let isIdle = inFlight.isEmpty && shared.state.withLock { $0.pending.count == 0 }
                if isIdle || !isAccepted || Self.now() >= end { break }
            }
            let limit = stopAt == nil ? max(0, nextMaintenance - Self.now()) : 50
            let happened = shared.signal.wait(
                for: POLLIN | (client.wantsWrite ? POLLOUT : 0), on: client.descriptor, milliseconds: Int(limit))
            // What TLS has decrypted already shows on no socket.
            if happened & ~POLLOUT != 0 || shared.settings.address.tls != nil { try read(client) }
            if let reason = client.inbox.connectReason {
                client.inbox.connectReason = nil
                guard reason == 0 else {
                    throw BrokerFault("the broker refused us: \(BrokerClient.reason(reason))")
                }
                isAccepted = true
                pause.reset()
                shared.state.withLock { $0.counters.isConnected = true }
                shared.logger.info("results are published to the MQTT broker", metadata: place)
            }
            settle(client)
            if isAccepted { try send(client) }
            if client.wantsWrite { try client.write() }
            if Self.now() >= nextMaintenance {
                try client.maintain()
                nextMaintenance = Self.now() + 1_000
            }
        }
        client.disconnect()
        if client.wantsWrite { try client.write() }
    }

    private func read(_ client: BrokerClient) throws(BrokerFault) {
        repeat {
            try client.read()
        } while client.inbox.disconnectReason == nil && client.inbox.published.count < Self.inFlightLimit
            && shared.signal.wait(for: POLLIN, on: client.descriptor, milliseconds: 0) != 0
        if let reason = client.inbox.disconnectReason {
            throw BrokerFault("the broker ended the connection: \(BrokerClient.reason(reason))")
        }
    }

    private mutating func settle(_ client: BrokerClient) {
        let answers = client.inbox.published
        guard !answers.isEmpty else { return }
        client.inbox.published.removeAll(keepingCapacity: true)
        var acknowledged = 0
        var refused = 0
        for answer in answers where inFlight.removeValue(forKey: answer.number) != nil {
            // 0x10, no matching subscribers, is no refusal.
            if answer.reason < 0x80 {
                acknowledged += 1
            } else {
                refused += 1
                logRefusal(answer.reason)
            }
        }
        shared.state.withLock { state in
            state.counters.acknowledged += acknowledged
            state.counters.refused += refused
        }
    }

    private mutating func logRefusal(_ reason: Int32) {
        let now = Self.now()
        if let last = lastRefusalLog, now - last < 10_000 { return }
        lastRefusalLog = now
        shared.logger.warning("the MQTT broker refused a result: \(BrokerClient.reason(reason))", metadata: place)
    }

    private mutating func send(_ client: BrokerClient) throws(BrokerFault) {
        while inFlight.count < Self.inFlightLimit {
            let room = Self.inFlightLimit - inFlight.count
            let entries = shared.state.withLock { $0.pending.take(room) }
            if entries.isEmpty { return }
            for (place, entry) in entries.enumerated() {
                do throws(BrokerFault) {
                    let number = try client.publish(
                        entry.topic, Array(entry.payload.utf8), contentType: "application/json", isRetained: true)
                    inFlight[number] = entry
                } catch {
                    shared.state.withLock { state in for left in entries[place...] { state.pending.putBack(left) } }
                    throw error
                }
            }
        }
    }

    private static func now() -> Int64 {
        var time = timespec()
        // A local that the call fills.
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
