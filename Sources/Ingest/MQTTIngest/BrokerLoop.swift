import Dispatch
import Glibc
import Logging
import MQTTClient
import Synchronization
import Telemetry

/// The life of the connection thread: connect, read all there is, wait for the log, acknowledge, again.
///
/// 1. `poll` the socket; read until it would block: the library queues an acknowledgement for each message.
/// 2. Decode all of it into one batch; hand it to the sink; wait for the sink's answer.
/// 3. Durable: write, which sends the acknowledgements. Refused: free the handle, which sends nothing, and pause; the
///    broker gives the messages to the session's next connection again.
///
/// Nothing is read while a batch waits, since its acknowledgement would leave with the others.
struct BrokerLoop: ~Copyable {
    private enum End: Error {
        case stopped
        case failed(BrokerFault)
        case refused(FrameError)
        /// Another client has our name: coming back would take the session from it, and so for ever.
        case takenOver
    }

    /// MQTT 5: session taken over.
    private static let sessionTakenOver: Int32 = 0x8E
    /// Nanoseconds between two log lines about one flaw.
    private static let flawLogInterval: Int64 = 10 * Timestamp.second

    private let shared: MQTTIngest.Shared
    private var pause: ReconnectPause
    private var random = SystemRandomNumberGenerator()
    private var lastFlawLog: [MQTTFlaw: Int64] = [:]

    init(_ shared: MQTTIngest.Shared) {
        self.shared = shared
        pause = ReconnectPause(
            firstMilliseconds: shared.settings.firstPauseMilliseconds,
            longestMilliseconds: shared.settings.longestPauseMilliseconds)
    }

    private var settings: MQTTIngest.Settings { shared.settings }
    private var place: Logger.Metadata { ["host": "\(settings.address.host)", "port": "\(settings.address.port)"] }

    /// Runs until the stop signal.
    consuming func run() {
        while !shared.stop.isRaised {
            let end = connectAndServe()
            shared.tally.update { $0.isConnected = false }
            switch end {
            case .stopped:
                return
            case .takenOver:
                shared.tally.update { $0.failures += 1 }
                shared.logger.error(
                    "another MQTT client has the client id \(settings.address.clientID); this one stops",
                    metadata: place)
                return
            case .failed(let fault):
                shared.tally.update { $0.failures += 1 }
                waitAndLog("the MQTT broker is not there: \(fault.text)")
            case .refused(let error):
                shared.tally.update { $0.refusedBatches += 1 }
                waitAndLog("MQTT messages stay unacknowledged: \(error.code.rawValue): \(error.detail)")
            }
        }
    }

    private mutating func waitAndLog(_ text: String) {
        guard !shared.stop.isRaised else { return }
        let milliseconds = pause.next(random: Double.random(in: 0...1, using: &random))
        shared.logger.warning("\(text); next attempt in \(milliseconds) ms", metadata: place)
        _ = shared.stop.wait(for: 0, on: -1, milliseconds: milliseconds)
    }

    private mutating func connectAndServe() -> End {
        do throws(BrokerFault) {
            let client = try BrokerClient(settings.address)
            try client.connect()
            do throws(End) {
                try serve(client)
            } catch {
                return client.inbox.disconnectReason == Self.sessionTakenOver ? .takenOver : error
            }
        } catch {
            return .failed(error)
        }
    }

    private mutating func serve(_ client: BrokerClient) throws(End) -> Never {
        var nextMaintenance = monotonicMilliseconds()
        try flush(client)
        while true {
            if shared.stop.isRaised {
                client.disconnect()
                try flush(client)
                throw .stopped
            }
            let events = POLLIN | (client.wantsWrite ? POLLOUT : 0)
            let happened = shared.stop.wait(
                for: events, on: client.descriptor,
                milliseconds: max(0, Int(nextMaintenance - monotonicMilliseconds())))
            let fault = happened & ~POLLOUT != 0 ? drain(client) : nil
            try noteConnection(client, fault)
            if !client.inbox.messages.isEmpty { try deliver(client) }
            if let fault { throw .failed(fault) }
            try flush(client)
            if monotonicMilliseconds() >= nextMaintenance {
                try attempt { () throws(BrokerFault) in try client.maintain() }
                nextMaintenance = monotonicMilliseconds() + 1_000
            }
        }
    }

    private func attempt(_ body: () throws(BrokerFault) -> Void) throws(End) {
        do throws(BrokerFault) { try body() } catch { throw .failed(error) }
    }

    /// Reads until the socket has nothing more or a batch is full; answers how the connection broke, where it did.
    private func drain(_ client: BrokerClient) -> BrokerFault? {
        var fault: BrokerFault?
        do throws(BrokerFault) {
            repeat {
                try client.read()
            } while client.inbox.disconnectReason == nil && client.inbox.byteCount < settings.batchByteLimit
                && client.inbox.messages.count < max(1, settings.address.receiveMaximum)
                && shared.stop.wait(for: POLLIN, on: client.descriptor, milliseconds: 0) != 0
        } catch {
            fault = error
        }
        // A DISCONNECT of the broker is no error of the call that reads it.
        guard let reason = client.inbox.disconnectReason else { return fault }
        if let fault, reason < 0x80 { return fault }
        return BrokerFault("the broker ended the connection: \(BrokerClient.reason(reason))")
    }

    /// Acts on CONNACK and SUBACK.
    private mutating func noteConnection(_ client: BrokerClient, _ fault: BrokerFault?) throws(End) {
        if let reason = client.inbox.connectReason {
            client.inbox.connectReason = nil
            guard reason == 0 else {
                throw .failed(BrokerFault("the broker refused us: \(BrokerClient.reason(reason))"))
            }
            shared.tally.update {
                $0.isConnected = true
                $0.connections += 1
            }
            shared.logger.info("connected to the MQTT broker as \(settings.address.clientID)", metadata: place)
            for topic in Self.subscriptions(settings) {
                try attempt { () throws(BrokerFault) in try client.subscribe(topic) }
            }
        }
        for reason in client.inbox.refusedSubscriptions {
            shared.logger.error(
                "the MQTT broker refused a subscription: \(BrokerClient.reason(reason))", metadata: place)
        }
        client.inbox.refusedSubscriptions.removeAll()
    }

    /// The topics to subscribe to; only readings are shared, since a shared subscription has no retained messages.
    static func subscriptions(_ settings: MQTTIngest.Settings) -> [String] {
        let share = settings.sharedGroup.map { "$share/\($0)/" } ?? ""
        let base = settings.baseTopic
        return ["telemetry", "lp", "meter"].map { "\(share)\(base)/+/+/\($0)" }
            + ["\(base)/+/+/status", "\(base)/+/weather", "spBv1.0/#"]
    }

    // MARK: A batch

    /// Decodes what was read and blocks until the sink has it; returns when it may be acknowledged.
    private mutating func deliver(_ client: BrokerClient) throws(End) {
        let messages = client.inbox.messages
        client.inbox.messages.removeAll(keepingCapacity: true)
        client.inbox.byteCount = 0
        let arrival = shared.clock()
        var decoder = PayloadDecoder(
            baseTopic: settings.baseTopic, payloadByteLimit: settings.payloadByteLimit,
            topology: shared.topology(), arrival: arrival)
        var dropped = 0
        for message in messages {
            // The deletion of a retained message is no loss.
            guard let flaw = decoder.add(message), flaw != .empty else { continue }
            dropped += 1
            logFlaw(flaw, message, arrival)
        }
        let flaws = decoder.flaws
        let batch = decoder.sealed()
        let result = batch.map(Self.submit(shared.sink))
        if case .failure(let error) = result { throw .refused(error) }
        pause.reset()
        let receipt = try? result?.get()
        let rows = batch?.rowCount ?? 0
        shared.tally.update {
            $0.messages += messages.count
            $0.droppedMessages += dropped
            $0.flaws.add(flaws)
            $0.frames += rows - (receipt?.droppedRowCount ?? 0)
            $0.refusedRows += receipt?.droppedRowCount ?? 0
        }
        if let refusal = receipt?.firstRefusal {
            shared.logger.warning("the store refused rows of MQTT: \(refusal.code.rawValue): \(refusal.detail)")
        }
    }

    /// Hands a batch on and blocks this thread until it is durable or refused.
    private static func submit(_ sink: any FrameSink) -> (FrameBatch) -> Result<FrameReceipt, FrameError> {
        { batch in
            let answer = Answer()
            sink.submit(batch) { answer.give($0) }
            return answer.wait()
        }
    }

    /// One answer, handed from the sink's thread to the one that waits.
    private final class Answer: Sendable {
        private let result = Mutex<Result<FrameReceipt, FrameError>?>(nil)
        private let isGiven = DispatchSemaphore(value: 0)

        func give(_ answer: Result<FrameReceipt, FrameError>) {
            result.withLock { $0 = answer }
            isGiven.signal()
        }

        func wait() -> Result<FrameReceipt, FrameError> {
            isGiven.wait()
            return result.withLock { $0 } ?? .failure(FrameError(.unavailable, "no answer"))
        }
    }

    private mutating func logFlaw(_ flaw: MQTTFlaw, _ message: MQTTMessage, _ now: Int64) {
        if let last = lastFlawLog[flaw], now - last < Self.flawLogInterval, now >= last { return }
        lastFlawLog[flaw] = now
        shared.logger.warning(
            "an MQTT message was dropped: \(flaw.rawValue)",
            metadata: [
                "topic": "\(message.topic.prefix(200))",
                "payload": "\(String(decoding: message.payload.prefix(200), as: UTF8.self).debugDescription)",
            ])
    }

    /// Sends all that is queued, acknowledgements included.
    private func flush(_ client: BrokerClient) throws(End) {
        let deadline = monotonicMilliseconds() + Int64(max(5, settings.address.keepAliveSeconds)) * 1_000
        while client.wantsWrite {
            try attempt { () throws(BrokerFault) in try client.write() }
            guard client.wantsWrite else { return }
            guard monotonicMilliseconds() < deadline else {
                throw .failed(BrokerFault("the broker takes nothing"))
            }
            _ = shared.stop.wait(for: POLLOUT, on: client.descriptor, milliseconds: 100)
        }
    }

    private func monotonicMilliseconds() -> Int64 {
        var time = timespec()
        // A local that the call fills.
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
