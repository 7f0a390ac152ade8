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
        let port = components.port ?? 80
        let path = components.path
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        await withTaskGroup(of: Void.self) { tasks in
            for vehicle in share {
                tasks.addTask {
                    // A station that loses its connection comes back after a while, as real ones do.
                    while !Task.isCancelled {
                        try? await Self.connect(
                            vehicle, interval: interval, tally: tally, host: host, port: port,
                            path: "\(path)/CS-\(vehicle.name)", on: group)
                        try? await Task.sleep(for: .seconds(Double.random(in: 1...5)))
                    }
                }
            }
        }
        try await group.shutdownGracefully()
    }

    /// Connects one station and returns when its connection has ended.
    private static func connect(
        _ vehicle: SimulatedVehicle, interval: Double, tally: Tally, host: String, port: Int, path: String,
        on group: MultiThreadedEventLoopGroup
    ) async throws {
        let channel = try await ClientBootstrap(group: group)
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
                        HandshakeHandler(host: "\(host):\(port)", path: path), name: HandshakeHandler.name)
                }
            }
            .connect(host: host, port: port).get()
        try await withTaskCancellationHandler {
            try await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}

/// Asks for the upgrade, and closes where it is refused.
private final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    static let name = "handshake"
    private let host: String
    private let path: String

    init(host: String, path: String) {
        self.host = host
        self.path = path
    }

    func channelActive(context: ChannelHandlerContext) {
        let headers: HTTPHeaders = ["Host": host, "Sec-WebSocket-Protocol": "ocpp2.0.1"]
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) { context.close(promise: nil) }
    }
}
