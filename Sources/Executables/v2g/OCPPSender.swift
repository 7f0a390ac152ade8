import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Telemetry

/// A charging station's way: OCPP 2.0.1 over WebSocket, one connection a vehicle.
struct OCPPSender: FleetSender {
    let address: String

    func run(_ share: [SimulatedVehicle], interval: Double, tally: Tally) async throws {
        guard let components = URLComponents(string: address), let host = components.host else {
            throw SimulationError("--ocpp \(address) is no address")
        }
        let server = try SocketAddress.makeAddressResolvingHost(host, port: components.port ?? 80)
        let fleet = Fleet(
            interval: interval, tally: tally, server: server, host: "\(host):\(components.port ?? 80)",
            path: components.path, group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
        await withTaskGroup(of: Void.self) { tasks in
            // Lanes, each of which opens its stations one after the other: 20,000 at once would time each other out.
            for lane in 0..<Self.laneCount {
                tasks.addTask {
                    await fleet.run(stride(from: lane, to: share.count, by: Self.laneCount).map { share[$0] })
                }
            }
        }
        try await fleet.group.shutdownGracefully()
    }

    private static let laneCount = 64
}

/// Where all stations of the fleet connect.
private struct Fleet: Sendable {
    let interval: Double
    let tally: Tally
    let server: SocketAddress
    let host: String
    let path: String
    let group: MultiThreadedEventLoopGroup

    /// Opens the stations of one lane in turn, and keeps them until it is cancelled.
    func run(_ lane: [SimulatedVehicle]) async {
        await withTaskGroup(of: Void.self) { stations in
            for vehicle in lane where !Task.isCancelled {
                let first = await open(vehicle)
                stations.addTask { await keep(vehicle, first) }
            }
        }
    }

    /// A station that loses its connection comes back after a while, as real ones do.
    private func keep(_ vehicle: SimulatedVehicle, _ first: (any Channel)?) async {
        var channel = first
        while true {
            if let open = channel {
                await withTaskCancellationHandler {
                    try? await open.closeFuture.get()  // However it ends, the station comes back.
                } onCancel: {
                    open.close(promise: nil)
                }
            }
            do {
                try await Task.sleep(for: .seconds(Double.random(in: 1...5)))
            } catch {
                return
            }
            channel = await open(vehicle)
        }
    }

    /// Connects one station, whose connection goes on by itself; nil where nobody takes it, which is counted.
    private func open(_ vehicle: SimulatedVehicle) async -> (any Channel)? {
        do {
            return try await connect(vehicle)
        } catch {
            tally.troubled("OCPP", "no connection: \(error)")
            return nil
        }
    }

    private func connect(_ vehicle: SimulatedVehicle) async throws -> any Channel {
        let (interval, tally) = (interval, tally)
        let request = (host, "\(path)/CS-\(vehicle.name)")
        return try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOWebSocketClientUpgrader(maxFrameSize: 1 << 20) { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(
                                StationHandler(vehicle: vehicle, interval: interval, tally: tally))
                        }
                    }
                    try channel.pipeline.syncOperations.addHTTPClientHandlers(
                        withClientUpgrade: (
                            upgraders: [upgrader],
                            completionHandler: { $0.pipeline.removeHandler(name: HandshakeHandler.name, promise: nil) }
                        ))
                    try channel.pipeline.syncOperations.addHandler(
                        HandshakeHandler(host: request.0, path: request.1, tally: tally), name: HandshakeHandler.name)
                }
            }
            .connect(to: server).get()
    }
}

/// Asks for the upgrade, and closes where it is refused or not answered.
private final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    static let name = "handshake"
    private static let handshakeLimit = TimeAmount.seconds(30)
    private let host: String
    private let path: String
    private let tally: Tally
    private var patience: Scheduled<Void>?

    init(host: String, path: String, tally: Tally) {
        self.host = host
        self.path = path
        self.tally = tally
    }

    func channelActive(context: ChannelHandlerContext) {
        let headers: HTTPHeaders = ["Host": host, "Sec-WebSocket-Protocol": "ocpp2.0.1"]
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        patience = context.eventLoop.scheduleTask(in: Self.handshakeLimit) {
            let (handshake, context) = bound.value
            handshake.tally.troubled("OCPP", "no answer to the handshake")
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        tally.troubled("OCPP", "the handshake was refused with \(head.status.code)")
        context.close(promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) { patience?.cancel() }
}
