package import Logging
package import NIOCore
package import OCPPSession
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
package import OCPPMessages
import Synchronization
package import Telemetry

/// The edge that charging stations connect to: OCPP 1.6, 2.0.1 and 2.1 as JSON over WebSocket.
///
/// Each connection is one channel handler around one `OCPPSession`. Readings go to the sink as batches, and the
/// CALLRESULT leaves when the sink has called back.
package final class OCPPGateway: Sendable {
    /// What the operator may choose.
    package struct Settings: Sendable {
        /// The address to listen on.
        package var host = "127.0.0.1"
        /// The port to listen on; 0 picks a free one.
        package var port = 8080
        /// The versions that are spoken.
        package var versions = OCPPVersion.allCases
        /// Seconds between heartbeats, as stations are told.
        package var heartbeatInterval = 300
        /// The longest message, all fragments together; a longer one closes the connection.
        package var maxMessageBytes = 1 << 20
        /// Whether any identity is taken; else those that the topology names, others get 404.
        package var acceptsAnyStation = true
        /// CALLs of one connection without an answer at which reading from it stops.
        package var maxOutstanding = 16
        /// More connections than this are refused with 503.
        package var maxConnections = 100_000
        /// Seconds between our pings; a connection that missed two pongs is dropped. 0 sends none.
        package var pingInterval = 60
        /// Seconds within which a connection must have become a WebSocket.
        package var handshakeTimeout = 30
        /// Messages in ten seconds beyond which a station is dropped for flooding.
        package var maxMessagesPerTenSeconds = 10_000
        /// A time server that our clock is held against; nil asks none.
        package var timeServer: (host: String, port: Int)?
        /// Seconds between two questions to it.
        package var timeServerInterval = 600
        /// Whether permessage-deflate is agreed to.
        package var compressesMessages = true
        /// Seconds that a station may leave our answers untaken before it is dropped as too slow.
        package var slowTimeout = 60

        /// The defaults.
        package init() {}
    }

    /// What was counted, at one moment.
    package struct Counters: Sendable, Equatable {
        /// Connections that are open.
        package var connections = 0
        /// Connections since the start.
        package var connectionsTotal = 0
        /// Handshakes that were refused by HTTP status or for their subprotocol.
        package var refusedHandshakes = 0
        /// Connections dropped because pongs stayed away.
        package var silentConnections = 0
        /// Handshakes that were refused for want of a proof: 401.
        package var unauthorizedHandshakes = 0
        /// TLS handshakes that failed.
        package var failedTLSHandshakes = 0
        /// Connections dropped because the station did not take our answers.
        package var slowConnections = 0
        /// Connections dropped because the station sent too much.
        package var floodingConnections = 0
        /// Connections dropped because a message would have inflated to more than the limit.
        package var inflatingConnections = 0
        /// Connections that agreed to permessage-deflate.
        package var compressedConnectionsTotal = 0
        /// The time server's clock less ours, as it was heard last.
        package var clockOffsetNanoseconds: Int64?
        /// Questions to the time server without an answer.
        package var timeServerFailures = 0
        /// Pongs, the sum of their round trips in nanoseconds, and those over 100 ms.
        package var pongs = 0
        /// The sum of round trips, nanoseconds.
        package var pongNanoseconds: Int64 = 0
        /// Round trips over 100 ms.
        package var slowPongs = 0
        /// What the sessions counted.
        package var sessions = SessionCounters()

        /// Nothing counted.
        package init() {}

        /// CALLs by action's name, those that came at least once.
        package var messagesByAction: [String: Int] {
            Self.named(StationAction.allCases.map(\.rawValue), sessions.messagesByAction)
        }
        /// CALLERRORs sent by code, those that went out at least once.
        package var callErrorsByCode: [String: Int] {
            Self.named(CallErrorCode.allCases.map(\.rawValue), sessions.callErrors)
        }
        /// Deviations by kind, those that were met at least once.
        package var deviationsByKind: [String: Int] {
            Self.named(Deviation.allCases.map(\.rawValue), sessions.deviations.counts)
        }
        /// Commands without an answer by reason, those that were met at least once.
        package var failedCommandsByReason: [String: Int] {
            Self.named(CommandOutcome.Failure.allCases.map(\.rawValue), sessions.failedCommands)
        }
        /// Messages logged as `OCPP_JSON_INVALID`.
        package var invalidMessages: Int { sessions.invalidMessages }
        /// Rows handed to the sink.
        package var frames: Int { sessions.frames }

        private static func named(_ names: [String], _ counts: [Int]) -> [String: Int] {
            Dictionary(uniqueKeysWithValues: zip(names, counts).filter { $0.1 > 0 })
        }
    }

    /// What all connections share.
    struct Shared: Sendable {
        let settings: Settings
        let sink: any FrameSink
        let topology: @Sendable () -> Topology
        let clock: @Sendable () -> Int64
        let logger: Logger
        let ledger: StationLedger
        let security: GatewaySecurity
        let waitingPasswords = WaitCount()
        let directory: StationDirectory
        let tally = Tally()

        init(
            settings: Settings, sink: any FrameSink, topology: @escaping @Sendable () -> Topology,
            clock: @escaping @Sendable () -> Int64, logger: Logger, ledger: StationLedger,
            security: GatewaySecurity = .open
        ) {
            self.settings = settings
            self.sink = sink
            self.topology = topology
            self.clock = clock
            self.logger = logger
            self.ledger = ledger
            self.security = security
            directory = StationDirectory(ledger: ledger)
        }
    }

    /// How many wait for something.
    final class WaitCount: Sendable {
        private let count = Mutex(0)

        func withLock<Result: Sendable>(_ body: (inout Int) -> Result) -> Result {
            count.withLock { body(&$0) }
        }
    }

    /// The counters that connections add to.
    final class Tally: Sendable {
        private let counters = Mutex(Counters())

        func update(_ change: (inout Counters) -> Void) {
            counters.withLock { change(&$0) }
        }

        var snapshot: Counters { counters.withLock { $0 } }
    }

    let shared: Shared
    private let group: any EventLoopGroup
    private let server = Mutex<(any Channel)?>(nil)
    private let clockWatch = Mutex<RepeatedTask?>(nil)

    /// A gateway that does not listen yet.
    ///
    /// - Parameters:
    ///   - sink: where readings go.
    ///   - topology: the topology of this moment; asked once a message.
    ///   - clock: nanoseconds since 1970 UTC, for `currentTime` and the arrival of batches.
    ///   - ledger: what outlives a restart; without one, numbers of transactions begin at the seconds since 2020, so that
    ///     a restart does not give the same ones again.
    ///   - security: how stations prove who they are; nothing is asked unless it is given.
    ///   - eventLoopGroup: the loops that connections live on; the caller's to shut down.
    package init(
        settings: Settings, sink: any FrameSink, topology: @escaping @Sendable () -> Topology,
        clock: @escaping @Sendable () -> Int64, logger: Logger, ledger: StationLedger? = nil,
        security: GatewaySecurity = .open, eventLoopGroup: any EventLoopGroup
    ) {
        let seconds = clock() / Timestamp.second - 1_577_836_800
        shared = Shared(
            settings: settings, sink: sink, topology: topology, clock: clock, logger: logger,
            ledger: ledger ?? StationLedger(firstNumber: Int32(clamping: max(1, seconds))), security: security)
        group = eventLoopGroup
    }

    /// The address that was asked for.
    package var host: String { shared.settings.host }

    /// What was counted so far.
    package var counters: Counters { shared.tally.snapshot }

    /// Begins to listen and answers the port. Throws NIO's error where the address cannot be had.
    package func start() async throws -> Int {
        let shared = shared
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A buffer stays with its connection: one that grew to the largest read would cost 64 KiB of each station.
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2048))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try Self.configure(channel, shared) }
            }
            .bind(host: shared.settings.host, port: shared.settings.port).get()
        server.withLock { $0 = channel }
        if let time = shared.settings.timeServer {
            let watch = ClockWatch(shared: shared, host: time.host, port: time.port)
            let task = watch.start(on: group, every: shared.settings.timeServerInterval)
            clockWatch.withLock { $0 = task }
        }
        let port = channel.localAddress?.port ?? shared.settings.port
        shared.logger.info("OCPP gateway listens", metadata: ["host": "\(shared.settings.host)", "port": "\(port)"])
        return port
    }

    /// Stops listening, tells every station 1001 and waits until all connections are closed, at most five seconds each.
    package func shutdown() async {
        let listening = server.withLock { server in
            defer { server = nil }
            return server
        }
        clockWatch.withLock { $0?.cancel() }
        let channels = shared.directory.channels()
        do {
            try await listening?.close().get()
            for channel in channels { channel.pipeline.fireUserInboundEventTriggered(StationConnection.Order.goAway) }
            for channel in channels { try await channel.closeFuture.get() }
        } catch {
            shared.logger.warning("OCPP gateway did not close cleanly", metadata: ["error": "\(error)"])
        }
    }

    /// Reads certificates and passwords again; open connections keep what they have.
    package func reloadSecurity() throws(SecurityFileError) { try shared.security.reload() }

    /// When the server's certificate expires, seconds since 1970 UTC; nil without TLS.
    package var certificateExpiry: Int? { shared.security.certificateExpiry }

    /// Lays the pipeline of a new connection: TLS where it is asked, HTTP until the upgrade, a station's connection after.
    private static func configure(_ channel: any Channel, _ shared: Shared) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls = shared.security.context {
            try pipeline.addHandler(NIOSSLServerHandler(context: tls))
            try pipeline.addHandler(TLSHandshakeWatch(shared: shared))
        }
        let front = HandshakeFront(shared: shared)
        let loopBoundFront = NIOLoopBound(front, eventLoop: channel.eventLoop)
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: shared.settings.maxMessageBytes, automaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                guard case .station(let identity, let version) = Admission.judge(head, shared) else {
                    return channel.eventLoop.makeSucceededFuture(nil)
                }
                return loopBoundFront.value.judge(head, identity, version, channel)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    try admit(channel, head, loopBoundFront.value.connection, shared)
                }
            })
        try pipeline.configureHTTPServerPipeline(
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    context.pipeline.syncOperations.removeHandler(loopBoundFront.value, promise: nil)
                }
            ))
        try pipeline.addHandler(front)
    }

    private static func admit(
        _ channel: any Channel, _ head: HTTPRequestHead, _ number: UInt64, _ shared: Shared
    ) throws {
        guard case .station(let identity, let version) = Admission.judge(head, shared) else {
            return channel.close(promise: nil)
        }
        let connection = StationConnection(
            identity: identity, connection: number, version: version, channel: channel, shared: shared,
            compression: Admission.compression(head, shared))
        do {
            try channel.pipeline.syncOperations.addHandler(connection)
        } catch {
            connection.abandon()
            throw error
        }
    }
}
