package import LineProtocol
import NIOCore
package import NIOPosix
import Synchronization
package import Telemetry

/// Takes line protocol in datagrams: nobody is told what becomes of them, so everything that is lost is counted.
///
/// Each datagram is a batch: the store's commit takes all that waits together anyway, and a line without a time gets that
/// of its own coming. UDP says neither who sends nor that it went well: it is off unless it is asked for, and no user is
/// asked for.
package final class UDPIngest: Sendable {
    /// Where to listen and what lines mean.
    package struct Settings: Sendable {
        /// The address.
        package var host = "127.0.0.1"
        /// The port; 0 picks a free one.
        package var port = 8089
        /// The database that lines go to.
        package var database = "udp"
        /// The unit of times, as the parameter `precision` of a write names it.
        package var precision = TimestampPrecision.nanoseconds

        /// The defaults of InfluxDB.
        package init() {}
    }

    /// What has been taken and lost.
    package struct Counters: Sendable {
        /// Datagrams that came.
        package var datagrams = 0
        /// Rows handed to the store.
        package var rows = 0
        /// Lines that could not be read.
        package var badLines = 0
        /// Rows that the store did not take.
        package var droppedRows = 0
    }

    /// What the kernel is asked to hold for us, bytes.
    private static let receiveBufferByteCount: Int32 = 4 << 20

    private let settings: Settings
    private let sink: any FrameSink
    private let clock: @Sendable () -> Int64
    private let group: MultiThreadedEventLoopGroup
    private let state = Mutex(Counters())
    private let channel = Mutex<(any Channel)?>(nil)

    /// A listener that hands its batches to `sink`; `clock` gives nanoseconds since 1970 UTC.
    package init(
        settings: Settings, sink: any FrameSink, clock: @escaping @Sendable () -> Int64,
        group: MultiThreadedEventLoopGroup
    ) {
        self.settings = settings
        self.sink = sink
        self.clock = clock
        self.group = group
    }

    /// The numbers now.
    package var counters: Counters { state.withLock { $0 } }

    /// Listens; returns the port.
    package func start() async throws -> Int {
        let bound = try await DatagramBootstrap(group: group)
            .channelOption(.socketOption(.so_rcvbuf), value: .init(Self.receiveBufferByteCount))
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramHandler(self))
                }
            }
            .bind(host: settings.host, port: settings.port).get()
        channel.withLock { $0 = bound }
        return bound.localAddress?.port ?? settings.port
    }

    /// Stops listening; what has come is handed on.
    package func shutdown() async {
        try? await channel.withLock { $0 }?.close().get()  // It is closed already where this fails.
    }

    /// Reads a datagram and hands it on; what is refused is lost, and counted.
    package func take(_ lines: [UInt8]) {
        let arrival = clock()
        var batch = FrameBatch(database: settings.database, arrival: arrival)
        var parser = LineProtocolParser(precision: settings.precision, arrival: arrival)
        let report = parser.parse(lines, into: &batch)
        state.withLock { counters in
            counters.datagrams += 1
            counters.badLines += report.badLineCount
        }
        let rowCount = batch.rowCount
        guard rowCount > 0 else { return }
        sink.submit(batch) { [self] result in
            let dropped =
                switch result {
                case .success(let receipt): receipt.droppedRowCount
                case .failure: rowCount
                }
            state.withLock { counters in
                counters.rows += rowCount - dropped
                counters.droppedRows += dropped
            }
        }
    }
}

/// Hands each datagram on, on the listener's event loop.
private final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let ingest: UDPIngest

    init(_ ingest: UDPIngest) { self.ingest = ingest }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        ingest.take(Array(unwrapInboundIn(data).data.readableBytesView))
    }
}
