import ArgumentParser
import EngineConfiguration
import EngineForwarding
import FileIO
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
        abstract: "Takes charging stations (OCPP 1.6, 2.0.1 and 2.1) and forwards their readings to an engine.",
        discussion: """
            The same gateway as inside v2g-engine, as a process of its own: it forwards to the engine by gRPC, and a \
            station gets its answer after the engine's. While the engine is away readings wait in files under \
            DATA/spool, and a station gets its answer once they are safe there; without --data, or when the spool is \
            full, it gets InternalError, so that it keeps and repeats them. Ctrl-C or SIGTERM stops it; SIGHUP reads \
            the topology, the certificates and the passwords anew.

            Keys of --config (YAML), all optional: listen, engine, topology, data as the options; spool_mb (2048, \
            0: no spool), versions (all; \
            OCPP_VERSION goes before it), stations (any on loopback, else known: those of the topology), \
            security_profile (0: none, 1: password, 2: password in TLS, 3: certificate), allow_open (false: profile 0 on \
            loopback alone), tls_cert, tls_key, station_ca, passwords (files), admin (HOST:PORT on loopback, or off), \
            heartbeat_interval_s (300), ping_interval_s (60, 0: none), handshake_timeout_s (30), slow_timeout_s (60), \
            max_messages_per_10s (10000), max_stations (100000).
            """, version: "0.1.0", subcommands: [RunCommand.self, PasswordCommand.self],
        defaultSubcommand: RunCommand.self)
}

/// `ocpp-gateway run`, what it does unless told otherwise.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Takes stations until it is stopped.")

    @Option(
        help: ArgumentHelp("Where stations connect (default 127.0.0.1:8080); port 0 picks one.", valueName: "host:port")
    )
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "The engine's gRPC address (default 127.0.0.1:50051), with user:password@ before it where it has --auth.",
            valueName: "host:port"))
    var engine: String?

    @Option(help: ArgumentHelp("Which EVSE hangs on which feeder: a YAML or JSON file.", valueName: "file"))
    var topology: String?

    @Option(
        help: ArgumentHelp(
            "Where transactions, accepted stations and readings on their way outlive a restart.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("The settings, a YAML file.", valueName: "file"))
    var config: String?

    func run() async throws {
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        let logger = Logger(label: "ocpp-gateway")
        OpenFiles.raiseLimit()
        let settings: GatewayConfiguration
        let topology: TopologySource
        let gateway: OCPPGateway
        let forwarding: ForwardingService
        let directory: HeldDirectory?
        let group = MultiThreadedEventLoopGroup(numberOfThreads: ProcessInfo.processInfo.activeProcessorCount)
        do {
            settings = try merged()
            topology = TopologySource(path: settings.topology)
            try topology.read()
            directory = try settings.data.map(HeldDirectory.init)
            forwarding = try Self.forwarding(settings, logger)
            gateway = try Self.gateway(settings, topology, forwarding.sink, logger, group)
        } catch let error as ValidationError {
            throw error
        } catch {
            logger.critical("\(error)")
            throw ExitCode(78)
        }
        let services = ServiceGroup(
            services: [
                forwarding,
                StationService(
                    gateway: gateway, sink: forwarding.sink, admin: settings.stations.admin, logger: logger,
                    group: group),
                ReloadService(topology: topology, gateway: gateway, logger: logger),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await services.run()
        try await group.shutdownGracefully()
        withExtendedLifetime(directory) {}
    }

    private func merged() throws -> GatewayConfiguration {
        var settings = GatewayConfiguration()
        if let config {
            settings = try GatewayConfiguration(yaml: try String(contentsOfFile: config, encoding: .utf8), file: config)
        }
        settings.listen = listen ?? settings.listen
        settings.engine = engine ?? settings.engine
        settings.topology = topology ?? settings.topology
        settings.data = data ?? settings.data
        return settings
    }

    private static func forwarding(_ settings: GatewayConfiguration, _ logger: Logger) throws -> ForwardingService {
        let engine = settings.engine ?? "127.0.0.1:50051"
        let mark = engine.lastIndex(of: "@")
        let address = mark.map { String(engine[engine.index(after: $0)...]) } ?? engine
        guard case .at(let host, let port)? = Endpoint(address) else {
            throw ValidationError("--engine \(address) is not HOST:PORT")
        }
        let link = try GRPCEngineLink(host: host, port: port, sender: mark.map { String(engine[..<$0]) })
        var spool: ForwardSpool?
        if let data = settings.data, settings.spoolByteLimit > 0 {
            spool = try ForwardSpool(
                disk: PosixDisk(), directory: data + "/spool", byteLimit: settings.spoolByteLimit)
        }
        return ForwardingService(link: link, sink: ForwardingSink(link: link, spool: spool, logger: logger))
    }

    private static func gateway(
        _ settings: GatewayConfiguration, _ topology: TopologySource, _ sink: ForwardingSink, _ logger: Logger,
        _ group: MultiThreadedEventLoopGroup
    ) throws -> OCPPGateway {
        let listen = settings.listen ?? "127.0.0.1:8080"
        guard case .at(let host, let port)? = Endpoint(listen) else {
            throw ValidationError("--listen \(listen) is not HOST:PORT")
        }
        return OCPPGateway(
            settings: try OCPPGateway.Settings(
                settings.stations, host: host, port: port,
                versions: ProcessInfo.processInfo.environment["OCPP_VERSION"]),
            sink: sink, topology: { topology.current }, clock: wallClock, logger: logger,
            ledger: try settings.data.map { try StationLedger(disk: PosixDisk(), directory: $0) },
            security: try GatewaySecurity(settings.stations), eventLoopGroup: group)
    }
}

/// The directory of the gateway, for one process: two would take the spool from each other.
private final class HeldDirectory {
    private let lock: DirectoryLock

    init(_ path: String) throws {
        try PosixDisk().createDirectory(path)
        lock = try DirectoryLock(path)
    }
}

/// Nanoseconds since 1970 UTC by the machine's clock.
let wallClock: @Sendable () -> Int64 = {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Forwards readings; stops after the stations, so that what they sent last goes on or into the spool.
private struct ForwardingService: Service {
    let link: GRPCEngineLink
    let sink: ForwardingSink

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await link.run() }
            await withGracefulShutdownHandler {
                await sink.run()
            } onGracefulShutdown: {
                sink.shutdown()
            }
            link.shutdown()
            try await tasks.waitForAll()
        }
    }
}

/// Takes stations until it is told to stop.
private struct StationService: Service {
    let gateway: OCPPGateway
    let sink: ForwardingSink
    let admin: Endpoint
    let logger: Logger
    let group: MultiThreadedEventLoopGroup

    func run() async throws {
        let (host, port) = (gateway.host, try await gateway.start())
        FileHandle.standardOutput.write(Data("ocpp-gateway: OCPP on \(host):\(port)\n".utf8))
        let listener = AdminListener(
            gateway: gateway, logger: logger, eventLoopGroup: group, moreMetrics: { sink.writeMetrics(&$0) })
        if case .at(let host, let wanted) = admin {
            let port = try await listener.start(host: host, port: wanted)
            FileHandle.standardOutput.write(Data("ocpp-gateway: admin on \(host):\(port)\n".utf8))
        }
        try? await gracefulShutdown()  // Only cancellation throws, and then it is time to stop as well.
        await listener.shutdown()
        await gateway.shutdown()
    }
}

/// Reads the topology, the certificates and the passwords anew on SIGHUP.
private struct ReloadService: Service {
    let topology: TopologySource
    let gateway: OCPPGateway
    let logger: Logger

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do {
                try topology.read()
                logger.notice("the topology is in force")
            } catch {
                logger.error("the topology is refused, the old one stays: \(error)")
            }
            do {
                try gateway.reloadSecurity()
                logger.notice("certificates and passwords are in force")
            } catch {
                logger.error("certificates and passwords are refused, the old ones stay: \(error)")
            }
        }
    }
}
