import Logging
import NIOCore
import NIOPosix

/// Asks a time server now and then, and says where our clock is over a minute from its: stations take their time from us.
final class ClockWatch: Sendable {
    /// Seconds that a server has to answer.
    private static let patience: Int64 = 5
    /// Nanoseconds from which a clock is wrong.
    private static let limit: Int64 = 60_000_000_000

    private let shared: OCPPGateway.Shared
    private let host: String
    private let port: Int

    init(shared: OCPPGateway.Shared, host: String, port: Int) {
        self.shared = shared
        self.host = host
        self.port = port
    }

    /// Asks at once and then each `seconds`, on one loop of `group`.
    func start(on group: any EventLoopGroup, every seconds: Int) -> RepeatedTask {
        let loop = group.next()
        return loop.scheduleRepeatedTask(initialDelay: .zero, delay: .seconds(Int64(seconds))) { [self] _ in ask(loop) }
    }

    private func ask(_ loop: any EventLoop) {
        let exchange = TimeExchange(clock: shared.clock, promise: loop.makePromise())
        let bound = NIOLoopBound(exchange, eventLoop: loop)
        exchange.answer.whenComplete { [self] in note($0) }
        // A name is resolved by the library of C, which blocks.
        NIOThreadPool.singleton.runIfActive(eventLoop: loop) { [host, port] in
            try SocketAddress.makeAddressResolvingHost(host, port: port)
        }.flatMap { address in
            DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(bound.value)
                    }
                }
                .connect(to: address)
        }.whenComplete { result in
            switch result {
            case .failure(let error): bound.value.finish(.failure(error))
            case .success(let channel):
                bound.value.answer.whenComplete { _ in channel.close(promise: nil) }
                loop.scheduleTask(in: .seconds(Self.patience)) { bound.value.finish(.failure(NoTime())) }
            }
        }
    }

    private func note(_ result: Result<NetworkTime, any Error>) {
        guard case .success(let time) = result else {
            return shared.tally.update { $0.timeServerFailures += 1 }
        }
        shared.tally.update { $0.clockOffsetNanoseconds = time.offset }
        guard time.offset.magnitude > Self.limit.magnitude else { return }
        shared.logger.warning(
            "OCPP_CLOCK_DRIFT: our clock is \(-(time.offset / 1_000_000_000)) s from the time server's",
            metadata: ["server": "\(host):\(port)", "delay_ms": "\(time.delay / 1_000_000)"])
    }

    /// The server did not answer, or not as it should.
    private struct NoTime: Error {}

    /// One question on its way.
    private final class TimeExchange: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        private let clock: @Sendable () -> Int64
        private let promise: EventLoopPromise<NetworkTime>
        private let nonce = UInt64.random(in: 1...UInt64.max)
        private var sent: Int64 = 0
        private var isDone = false

        var answer: EventLoopFuture<NetworkTime> { promise.futureResult }

        init(clock: @escaping @Sendable () -> Int64, promise: EventLoopPromise<NetworkTime>) {
            self.clock = clock
            self.promise = promise
        }

        /// Ends it; what comes later changes nothing.
        func finish(_ result: Result<NetworkTime, any Error>) {
            guard !isDone else { return }
            isDone = true
            promise.completeWith(result)
        }

        func channelActive(context: ChannelHandlerContext) {
            guard let server = context.remoteAddress else { return finish(.failure(NoTime())) }
            sent = clock()
            let packet = ByteBuffer(bytes: NetworkTime.question(nonce: nonce))
            context.writeAndFlush(wrapOutboundOut(AddressedEnvelope(remoteAddress: server, data: packet)), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).data.readableBytesView)
            // Anything else may be forged: the answer may still come.
            guard let time = NetworkTime(answer: bytes, nonce: nonce, sent: sent, received: clock()) else { return }
            finish(.success(time))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(.failure(error)) }

        func channelInactive(context: ChannelHandlerContext) { finish(.failure(NoTime())) }
    }
}
