import NIOCore
import NIOWebSocket
import OCPPMessages
import OCPPSession
import Telemetry

/// One station's WebSocket: frames in, messages to the session, its answers out.
///
/// Backpressure: while the session has enough open, or the station does not take our answers, nothing is read from
/// the socket; what one read had already brought (at most one receive buffer) waits in `waiting`.
final class StationConnection: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// Seconds that a peer has to close after our close frame.
    private static let closeTimeout: Int64 = 5

    let identity: String
    let version: OCPPVersion?
    let shared: OCPPGateway.Shared
    private let connection: UInt64
    private let compression: MessageCompression?
    /// Whether a later connection of the station was admitted before this one.
    private let isOvertaken: Bool
    private var session: OCPPSession
    private var savedMemory: StationMemory
    private var context: ChannelHandlerContext?
    private var assembly: MessageAssembly
    private var waiting = CircularBuffer<[UInt8]>()
    private var isWorking = false
    private var isReadHeld = false
    private var isClosing = false
    private var isDraining = false
    private var watch: PeerWatch
    private var slowDeadline: Scheduled<Void>?
    private var pings: RepeatedTask?
    private var commands: [UInt64: @Sendable (CommandOutcome) -> Void] = [:]
    private var deadlines: [UInt64: Scheduled<Void>] = [:]
    private var lastCommand: UInt64 = 0

    /// A connection of `identity` with the number that its handshake reserved; without a version it says 1002 and nothing else.
    init(
        identity: String, connection: UInt64, version: OCPPVersion?, channel: any Channel, shared: OCPPGateway.Shared,
        compression: MessageCompression? = nil
    ) {
        self.compression = compression
        assembly = MessageAssembly(limit: shared.settings.maxMessageBytes)
        self.connection = connection
        self.identity = identity
        self.version = version
        self.shared = shared
        watch = PeerWatch(maxMessages: shared.settings.maxMessagesPerTenSeconds, now: .now())
        var settings = OCPPSession.Settings()
        settings.heartbeatInterval = shared.settings.heartbeatInterval
        settings.maxOutstanding = shared.settings.maxOutstanding
        if version != nil {
            let opened = shared.directory.open(identity, connection, channel)
            isOvertaken = opened.isOvertaken
            savedMemory = opened.memory
            opened.replaced?.pipeline.fireUserInboundEventTriggered(Order.giveWay)
        } else {
            isOvertaken = false
            savedMemory = StationMemory()
        }
        session = OCPPSession(
            station: identity, version: version ?? .v201, memory: savedMemory, settings: settings)
    }

    // MARK: Beginning and end

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        shared.tally.update {
            $0.connections += 1
            $0.connectionsTotal += 1
            $0.compressedConnectionsTotal += compression == nil ? 0 : 1
        }
        guard version != nil else {
            shared.tally.update { $0.refusedHandshakes += 1 }
            log(MessageFrame.LogCode.subprotocol.rawValue, "no subprotocol in common")
            return close(1002, "no subprotocol in common")
        }
        if isOvertaken { return close(1000, "another connection of this station") }
        shared.directory.attach(identity, connection, ConnectionHandle(self, on: context.eventLoop))
        guard shared.settings.pingInterval > 0 else { return }
        let interval = TimeAmount.seconds(Int64(shared.settings.pingInterval))
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        pings = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.ping()
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // What was asked of the station has no answer now, and its callers are told while there is a context.
        perform(session.connectionEnded())
        self.context = nil
        pings?.cancel()
        slowDeadline?.cancel()
        for deadline in deadlines.values { deadline.cancel() }
        shared.directory.close(identity, connection)
        let counted = session.takeCounters()
        shared.tally.update {
            $0.connections -= 1
            $0.sessions.add(counted)
        }
    }

    /// Gives the directory's place back where the channel was gone before the handler could be added.
    func abandon() {
        shared.directory.close(identity, connection)
    }

    private func ping() {
        guard let context, !isClosing else { return }
        guard watch.pingDue(at: .now()) else {
            shared.tally.update { $0.silentConnections += 1 }
            log("OCPP_STATION_SILENT", "two pings without a pong")
            return context.close(promise: nil)
        }
        send(.ping, ByteBuffer())
    }

    /// A pong came: one whose round trip is over 100 ms is flagged.
    private func ponged() {
        guard let roundTrip = watch.ponged(at: .now()) else { return }
        let isSlow = roundTrip > .milliseconds(100)
        shared.tally.update {
            $0.pongs += 1
            $0.pongNanoseconds += roundTrip.nanoseconds
            $0.slowPongs += isSlow ? 1 : 0
        }
        shared.directory.noteRoundTrip(identity, connection, roundTrip.nanoseconds)
        if isSlow { log("OCPP_SLOW_PONG", "a round trip of \(roundTrip.nanoseconds / 1_000_000) ms") }
    }

    /// Counts a message; false where there were too many, and the connection is closed.
    private func isWithinRate() -> Bool {
        guard !watch.messageReceived(at: .now()) else { return true }
        shared.tally.update { $0.floodingConnections += 1 }
        log("OCPP_STATION_FLOODING", "more than \(shared.settings.maxMessagesPerTenSeconds) messages in ten seconds")
        close(1008, "too many messages")
        return false
    }

    /// Gives a station that takes no answers its time, and then drops it.
    private func watchSlowness() {
        guard let context else { return }
        guard !context.channel.isWritable else {
            slowDeadline?.cancel()
            slowDeadline = nil
            return
        }
        guard slowDeadline == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        slowDeadline = context.eventLoop.scheduleTask(in: .seconds(Int64(shared.settings.slowTimeout))) {
            let connection = bound.value
            guard let context = connection.context, !context.channel.isWritable else { return }
            connection.shared.tally.update { $0.slowConnections += 1 }
            connection.log(
                "OCPP_STATION_SLOW", "our answers were not taken for \(connection.shared.settings.slowTimeout) s")
            context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? Order {
        case .giveWay: close(1000, "another connection of this station")
        case .goAway: drain()
        case nil: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isClosing else { return }
        switch error as? NIOWebSocketError {
        case .invalidFrameLength: perform(session.oversizedReceived(limit: shared.settings.maxMessageBytes))
        case .fragmentedControlFrame, .multiByteControlFrameLength: close(1002, "a broken control frame")
        case nil: context.close(promise: nil)
        }
    }

    // MARK: Frames

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard !isClosing else {
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        guard frame.maskKey != nil, !frame.rsv1 || mayBeDeflated(frame), !frame.rsv2, !frame.rsv3 else {
            return close(1002, "a frame that is not masked, or with reserved bits")
        }
        watch.heard()
        switch frame.opcode {
        case .text where !assembly.isOpen, .continuation where assembly.isOpen: append(frame)
        case .binary: perform(session.binaryReceived())
        case .ping: send(.pong, frame.unmaskedData)
        case .pong: ponged()
        case .connectionClose: echoClose(frame)
        default: close(1002, "a frame out of order")
        }
    }

    /// The first reserved bit marks a message that is deflated, on its first frame.
    private func mayBeDeflated(_ frame: WebSocketFrame) -> Bool {
        compression != nil && (frame.opcode == .text || frame.opcode == .binary)
    }

    private func append(_ frame: WebSocketFrame) {
        guard isWithinRate() else { return }
        switch assembly.add(frame) {
        case .wait: break
        case .whole(let text): take(text)
        case .corrupt: perform(session.corruptReceived())
        case .tooLarge(let isBomb):
            if isBomb { shared.tally.update { $0.inflatingConnections += 1 } }
            perform(session.oversizedReceived(limit: shared.settings.maxMessageBytes))
        }
    }

    /// Takes no new message, and says goodbye once what was taken is answered.
    private func drain() {
        isDraining = true
        waiting.removeAll()
        goOn()
        guard let context, !isClosing else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .seconds(Self.closeTimeout)) { bound.value.close(1001, "going away") }
    }

    private func take(_ text: [UInt8]) {
        // Unanswered, it comes again after the reconnect; answered, it would hold up the end.
        if isDraining { return }
        waiting.append(text)
        goOn()
    }

    /// Goes on with what waits, and with reading, as far as session and peer allow.
    ///
    /// A send can change the channel's writability and so come back here: the guard keeps answers in order.
    private func goOn() {
        guard !isWorking else { return }
        isWorking = true
        defer { isWorking = false }
        while !isClosing, session.wantsToRead, context?.channel.isWritable == true, let text = waiting.popFirst() {
            perform(session.textReceived(text, at: shared.clock(), topology: shared.topology()))
        }
        if isReadHeld, mayRead {
            isReadHeld = false
            context?.read()
        }
        if isDraining, !session.hasOpenCalls { close(1001, "going away") }
    }

    private var mayRead: Bool {
        isClosing || (waiting.isEmpty && session.wantsToRead && context?.channel.isWritable == true)
    }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isReadHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        goOn()
        watchSlowness()
        context.fireChannelWritabilityChanged()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        context.fireChannelReadComplete()
    }

    // MARK: Commands

    /// Sends a command as soon as it is its turn.
    func call(_ command: StationCommand, whenDone: @escaping @Sendable (CommandOutcome) -> Void) {
        guard context != nil, !isClosing else { return whenDone(.failed(.notConnected)) }
        lastCommand += 1
        commands[lastCommand] = whenDone
        perform(
            session.call(
                OutgoingCall(
                    ticket: lastCommand, id: command.messageID ?? OCPPGateway.newMessageID(), action: command.action,
                    payload: command.payload, timeoutSeconds: command.timeoutSeconds)))
    }

    private func awaitAnswer(_ ticket: UInt64, _ seconds: Int) {
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        deadlines[ticket] = context.eventLoop.scheduleTask(in: .seconds(Int64(seconds))) {
            let connection = bound.value
            connection.perform(connection.session.callTimedOut(ticket))
        }
    }

    private func resolve(_ ticket: UInt64, _ outcome: CommandOutcome) {
        deadlines.removeValue(forKey: ticket)?.cancel()
        commands.removeValue(forKey: ticket)?(outcome)
    }

    private func assign(_ ticket: UInt64, _ start: StartTransactionRequest) {
        guard let context else { return }
        let loop = context.eventLoop
        let bound = NIOLoopBound(self, eventLoop: loop)
        shared.ledger.assign(start, of: identity) { outcome in
            loop.execute { bound.value.assigned(ticket, outcome) }
        }
    }

    private func assigned(_ ticket: UInt64, _ outcome: Result<Int32, FrameError>) {
        guard context != nil else { return }
        perform(session.assigned(ticket, outcome, at: shared.clock(), topology: shared.topology()))
        goOn()
    }

    // MARK: Actions

    private func perform(_ actions: [OCPPSession.Action]) {
        let counted = session.takeCounters()
        shared.tally.update { $0.sessions.add(counted) }
        if session.memory != savedMemory {
            savedMemory = session.memory
            shared.directory.save(identity, connection, savedMemory)
        }
        for action in actions {
            switch action {
            case .send(let text): send(text)
            case .submit(let ticket, let batch): submit(ticket, batch)
            case .assign(let ticket, let start): assign(ticket, start)
            case .finish(let number): shared.ledger.finish(number)
            case .awaitAnswer(let ticket, let seconds): awaitAnswer(ticket, seconds)
            case .resolve(let ticket, let outcome): resolve(ticket, outcome)
            case .log(let line): log(line)
            case .close(let code, let reason): close(code, reason)
            }
        }
    }

    private func submit(_ ticket: UInt64, _ batch: FrameBatch) {
        guard let context else { return }
        let loop = context.eventLoop
        let bound = NIOLoopBound(self, eventLoop: loop)
        shared.sink.submit(batch) { outcome in
            loop.execute { bound.value.settled(ticket, outcome) }
        }
    }

    private func settled(_ ticket: UInt64, _ outcome: Result<FrameReceipt, FrameError>) {
        guard context != nil else { return }
        isWorking = true
        perform(session.settled(ticket, outcome))
        isWorking = false
        goOn()
    }

    private func send(_ text: [UInt8]) {
        if let small = compression?.deflated(text) {
            send(.text, ByteBuffer(bytes: small), isDeflated: true)
        } else {
            send(.text, ByteBuffer(bytes: text))
        }
    }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, isDeflated: Bool = false) {
        guard let context, !isClosing else { return }
        context.writeAndFlush(
            wrapOutboundOut(WebSocketFrame(fin: true, rsv1: isDeflated, opcode: opcode, data: data)), promise: nil)
    }

    private func echoClose(_ frame: WebSocketFrame) {
        guard let context else { return }
        isClosing = true
        let data = frame.unmaskedData
        let code = data.getSlice(at: data.readerIndex, length: min(2, data.readableBytes)) ?? ByteBuffer()
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: code)))
            .whenComplete { _ in channel.close(promise: nil) }
    }

    /// Says goodbye, ends our direction and swallows what still comes, so that no reset overtakes the close frame.
    private func close(_ code: UInt16, _ reason: String) {
        guard let context, !isClosing else { return }
        isClosing = true
        assembly.drop()
        waiting.removeAll()
        var data = ByteBuffer()
        data.writeInteger(code)
        data.writeString(String(reason.prefix(120)))
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: data)))
            .whenComplete { _ in channel.close(mode: .output, promise: nil) }
        context.eventLoop.scheduleTask(in: .seconds(Self.closeTimeout)) { channel.close(promise: nil) }
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }
}
