import EngineConfiguration
import Glibc
import Logging
import MQTTClient
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
    enum End: Error {
        case stopped
        case failed(BrokerFault)
        case refused(FrameError)
        /// Another client has our name: coming back would take the session from it, and so for ever.
        case takenOver
    }

    /// MQTT 5: session taken over.
    private static let sessionTakenOver: Int32 = 0x8E
    /// Nanoseconds between two log lines about one flaw.
    static let flawLogInterval: Int64 = 10 * Timestamp.second

    let shared: MQTTIngest.Shared
    /// Which of the connections it is; the first takes what is not shared.
    private let connection: Int
    private let stop: LoopSignal
    private var address: BrokerAddress
    var pause: ReconnectPause
    private var random = SystemRandomNumberGenerator()
    /// Sparkplug is not shared, so the first connection alone knows its nodes.
    var sparkplug = SparkplugState()
    var lastFlawLog: [MQTTFlaw: Int64] = [:]

    /// What the readings of this pass may need to know of others in the group: their names, each told once.
    private var otherMembers: Set<String> = []
    /// Whether the broker has accepted this connection.
    private var isConnected = false

    init(_ shared: MQTTIngest.Shared, _ connection: Int = 0) {
        self.shared = shared
        self.connection = connection
        stop = shared.stops[connection]
        var address = shared.settings.address
        if connection > 0 { address.clientID += "-\(connection + 1)" }
        self.address = address
        pause = ReconnectPause(
            firstMilliseconds: shared.settings.firstPauseMilliseconds,
            longestMilliseconds: shared.settings.longestPauseMilliseconds)
        if connection == 0, let place = memberPlace { self.address.clearedTopic = place + address.clientID }
    }

    var settings: MQTTIngest.Settings { shared.settings }
    var place: Logger.Metadata { ["host": "\(address.host)", "port": "\(address.port)"] }

    /// Runs until the stop signal.
    consuming func run() {
        while !stop.isRaised {
            let end = connectAndServe()
            noteLoss()
            switch end {
            case .stopped:
                return
            case .takenOver:
                shared.tally.update { $0.failures += 1 }
                shared.logger.error(
                    "another MQTT client has the client id \(address.clientID); this one stops",
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
        guard !stop.isRaised else { return }
        let milliseconds = pause.next(random: Double.random(in: 0...1, using: &random))
        shared.logger.warning("\(text); next attempt in \(milliseconds) ms", metadata: place)
        _ = stop.wait(for: 0, on: -1, milliseconds: milliseconds)
    }

    private mutating func connectAndServe() -> End {
        do throws(BrokerFault) {
            let client = try BrokerClient(address)
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
            if stop.isRaised {
                try leaveGroup(client)
                client.disconnect()
                try flush(client)
                throw .stopped
            }
            let events = POLLIN | (client.wantsWrite ? POLLOUT : 0)
            let happened = stop.wait(
                for: events, on: client.descriptor,
                milliseconds: max(0, Int(nextMaintenance - monotonicMilliseconds())))
            // What TLS has decrypted already shows on no socket.
            let fault = happened & ~POLLOUT != 0 || address.tls != nil ? drain(client) : nil
            try noteConnection(client)
            takeNotices(client)
            if !client.inbox.messages.isEmpty { try deliver(client) }
            for node in sparkplug.takeRequests() {
                let command = SparkplugPayload.rebirthCommand(milliseconds: UInt64(max(0, shared.clock() / 1_000_000)))
                // Nobody repeats it: a node that still says what we cannot read is asked again a minute later.
                try attempt { () throws(BrokerFault) in _ = try client.publish(node.topic, command, quality: 0) }
            }
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
            var hasMore = true
            while hasMore {
                let before = client.inbox.messages.count
                try client.read()
                let count = client.inbox.messages.count
                hasMore =
                    client.inbox.disconnectReason == nil && client.inbox.byteCount < settings.batchByteLimit
                    && count < max(1, address.receiveMaximum)
                    && (stop.wait(for: POLLIN, on: client.descriptor, milliseconds: 0) != 0
                        || address.tls != nil && count > before)
            }
        } catch {
            fault = error
        }
        // A DISCONNECT of the broker is no error of the call that reads it.
        guard let reason = client.inbox.disconnectReason else { return fault }
        if let fault, reason < 0x80 { return fault }
        return BrokerFault("the broker ended the connection: \(BrokerClient.reason(reason))")
    }

    /// Acts on CONNACK and SUBACK.
    private mutating func noteConnection(_ client: BrokerClient) throws(End) {
        if let reason = client.inbox.connectReason {
            client.inbox.connectReason = nil
            guard reason == 0 else {
                throw .failed(BrokerFault("the broker refused us: \(BrokerClient.reason(reason))"))
            }
            isConnected = true
            shared.tally.update {
                $0.connected += 1
                $0.connections += 1
            }
            shared.logger.info("connected to the MQTT broker as \(address.clientID)", metadata: place)
            for topic in Self.subscriptions(settings, group: shared.group, isFirst: connection == 0) {
                try attempt { () throws(BrokerFault) in try client.subscribe(topic) }
            }
            try joinGroup(client)
        }
        for reason in client.inbox.refusedSubscriptions {
            shared.logger.error(
                "the MQTT broker refused a subscription: \(BrokerClient.reason(reason))", metadata: place)
        }
        client.inbox.refusedSubscriptions.removeAll()
    }

    /// The topics to subscribe to; only readings are shared, since a shared subscription has no retained messages.
    static func subscriptions(_ settings: MQTTIngest.Settings, group: String?, isFirst: Bool) -> [String] {
        let share = group.map { "$share/\($0)/" } ?? ""
        let base = settings.baseTopic
        let readings =
            ["telemetry", "lp", "meter"].map { "\(share)\(base)/+/+/\($0)" }
            + settings.templates.map { share + $0.filter }
        guard isFirst else { return readings }
        return readings + ["\(base)/+/+/status", "\(base)/+/weather", "spBv1.0/#", droppedTopic]
    }

    /// How many messages mosquitto has dropped, for whomever.
    static let droppedTopic = "$SYS/broker/publish/messages/dropped"

    private mutating func noteLoss() {
        guard isConnected else { return }
        isConnected = false
        shared.tally.update { $0.connected -= 1 }
    }

    // MARK: The group

    /// Where the members of our group say who they are; nil where the readings are not shared by configuration.
    private var memberPlace: String? {
        settings.sharedGroup.map { "\(settings.baseTopic)/out/member/\($0)/" }
    }

    private func joinGroup(_ client: BrokerClient) throws(End) {
        guard connection == 0, let place = memberPlace else { return }
        try attempt { () throws(BrokerFault) in
            try client.subscribe(place + "+", getsRetainedAgain: true)
            _ = try client.publish(place + address.clientID, [UInt8(ascii: "1")], isRetained: true)
        }
    }

    private func leaveGroup(_ client: BrokerClient) throws(End) {
        guard connection == 0, isConnected, let place = memberPlace else { return }
        try attempt { () throws(BrokerFault) in _ = try client.publish(place + address.clientID, [], isRetained: true) }
    }

    /// Takes what is no reading out of the inbox: what the broker says of itself, and who shares with us.
    mutating func takeNotices(_ client: BrokerClient) {
        guard connection == 0 else { return }
        let memberPlace = memberPlace
        var notices: [MQTTMessage] = []
        client.inbox.messages.removeAll { message in
            let isNotice =
                message.topic.hasPrefix("$SYS/") || memberPlace.map { message.topic.hasPrefix($0) } ?? false
            if isNotice { notices.append(message) }
            return isNotice
        }
        for notice in notices {
            if notice.topic == Self.droppedTopic {
                let count = Int(String(decoding: notice.payload, as: UTF8.self)) ?? 0
                shared.tally.update { $0.brokerDropped = count }
            } else if let memberPlace, notice.topic.hasPrefix(memberPlace) {
                noteMember(String(notice.topic.dropFirst(memberPlace.count)), isThere: !notice.payload.isEmpty)
            }
        }
    }

    private mutating func noteMember(_ name: String, isThere: Bool) {
        guard name != address.clientID else { return }
        if isThere {
            guard otherMembers.count < 1_000, otherMembers.insert(name).inserted else { return }
            shared.logger.warning(
                "\(name) shares our readings in the group \(settings.sharedGroup ?? "-"): each engine sees a part of a feeder, so the windows of both are wrong",
                metadata: place)
        } else {
            otherMembers.remove(name)
        }
        let count = otherMembers.count
        shared.tally.update { $0.otherMembers = count }
    }

    // MARK: The socket

    /// Sends all that is queued, acknowledgements included.
    private func flush(_ client: BrokerClient) throws(End) {
        let deadline = monotonicMilliseconds() + Int64(max(5, address.keepAliveSeconds)) * 1_000
        while client.wantsWrite {
            try attempt { () throws(BrokerFault) in try client.write() }
            guard client.wantsWrite else { return }
            guard monotonicMilliseconds() < deadline else {
                throw .failed(BrokerFault("the broker takes nothing"))
            }
            _ = stop.wait(for: POLLOUT, on: client.descriptor, milliseconds: 100)
        }
    }

    private func monotonicMilliseconds() -> Int64 {
        var time = timespec()
        // A local that the call fills.
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
