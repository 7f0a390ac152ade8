import ArgumentParser
import EngineConfiguration
import Foundation
import Logging
import NIOCore
import NIOPosix
import OCPPGateway
import ServiceLifecycle
import Telemetry
import UnixSignals

/// `ocpp-gateway`: charging stations in a process of their own, forwarded to an engine.
@main
struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ocpp-gateway",
        abstract: "Takes charging stations (OCPP 2.0.1) and forwards their readings to an engine.",
        discussion: """
            The same gateway as inside v2g-engine, as a process of its own: it writes to the engine's HTTP API, and a \
            station gets its answer after the engine's. While the engine is away a station's readings are answered with \
            InternalError, so that it keeps and repeats them. Ctrl-C or SIGTERM stops it; SIGHUP reads the topology anew.
            """, version: "0.1.0")

    @Option(
        help: ArgumentHelp("Where stations connect; port 0 picks a free one and prints it.", valueName: "host:port"))
    var listen: String = "127.0.0.1:8080"

    @Option(help: "The engine's HTTP address; http://user:password@host:port where it has --auth.")
    var engine: String = "http://127.0.0.1:8086"

    @Option(help: ArgumentHelp("Which EVSE hangs on which feeder: a YAML or JSON file.", valueName: "file"))
    var topology: String?

    func run() async throws {
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        let logger = Logger(label: "ocpp-gateway")
        guard case .at(let host, let port)? = Endpoint(listen) else {
            throw ValidationError("--listen \(listen) is not HOST:PORT")
        }
        guard let address = URL(string: engine), address.host != nil else {
            throw ValidationError("--engine \(engine) is no address")
        }
        let topology = TopologySource(path: topology)
        do {
            try topology.read()
        } catch {
            logger.critical("\(error)")
            throw ExitCode(78)
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: ProcessInfo.processInfo.activeProcessorCount)
        var settings = OCPPGateway.Settings()
        settings.host = host
        settings.port = port
        let gateway = OCPPGateway(
            settings: settings, sink: ForwardingSink(engine: address), topology: { topology.current }, clock: wallClock,
            logger: logger, eventLoopGroup: group)
        let services = ServiceGroup(
            services: [
                StationService(gateway: gateway, host: host), ReloadService(topology: topology, logger: logger),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await services.run()
        try await group.shutdownGracefully()
    }
}

/// Nanoseconds since 1970 UTC by the machine's clock.
let wallClock: @Sendable () -> Int64 = {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Takes stations until it is told to stop.
private struct StationService: Service {
    let gateway: OCPPGateway
    let host: String

    func run() async throws {
        let port = try await gateway.start()
        FileHandle.standardOutput.write(Data("ocpp-gateway: OCPP on \(host):\(port)\n".utf8))
        try? await gracefulShutdown()  // Only cancellation throws, and then it is time to stop as well.
        await gateway.shutdown()
    }
}

/// Reads the topology anew on SIGHUP.
private struct ReloadService: Service {
    let topology: TopologySource
    let logger: Logger

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do {
                try topology.read()
                logger.notice("the topology is in force")
            } catch {
                logger.error("the topology is refused, the old one stays: \(error)")
            }
        }
    }
}
