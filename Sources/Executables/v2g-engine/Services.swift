import AccessControl
import DispatchFeed
import Downsampling
import EngineConfiguration
import EngineForwarding
import Foundation
import FrameIntake
import HTTPAPI
import Logging
import MQTTIngest
import NIOCore
import OCPPGateway
import Observability
import QueryExecutor
import ResultPublication
import ServiceLifecycle
import Subscriptions
import Synchronization
import Telemetry
import TimeSeriesStore
import UDPIngest
import UnixSignals

/// Opens the store, and closes it when everybody above has stopped.
struct StoreService: Service {
    let parts: EngineParts

    func run() async throws {
        let began = Engine.clock()
        try await Self.offPool { try recover() }
        parts.feed?.begin(at: parts.store.oldestLogPosition)
        parts.status.enter(.ready)
        let seconds = Double(Engine.clock() - began) / 1e9
        parts.logger.info("the store in \(parts.settings.data) is open after \(String(format: "%.3f", seconds)) s")
        try? await gracefulShutdown()  // Only cancellation throws, and then it is time to close as well.
        parts.status.enter(.stopping)
        try await Self.offPool {
            try parts.intake.saveCheckpoint(before: parts.levels.save)
            try parts.store.close()
        }
        parts.logger.info("the store is closed")
    }

    private func recover() throws {
        parts.levels.load()
        try parts.intake.recover(arrival: Engine.clock(), noted: parts.levels.notedPosition)
        let telemetry = CanonicalNames.telemetryDatabase
        if parts.store.database(telemetry) == nil { try parts.store.createDatabase(telemetry) }
    }

    /// Runs blocking work on a thread of its own.
    static func offPool(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }
}

/// What happens by the clock: ticks of idle windows, checkpoints, retention, and the topology on SIGHUP.
struct MaintenanceService: Service {
    let parts: EngineParts

    func run() async throws {
        // Trapped before the store is open: a replay may take long, and a SIGHUP must not end the process meanwhile.
        let hangUps = await UnixSignalsSequence(trapping: .sighup)
        try await parts.whenReady()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await everySecond() }
            group.addTask { await onHangUp(hangUps) }
            try await gracefulShutdown()
            group.cancelAll()
        }
    }

    private func everySecond() async throws {
        var second = 0
        var checkpointEvery = 10
        var quarantined: Set<String> = []
        if parts.store.cutByteCount > 0 {
            parts.logger.warning("the start cut \(parts.store.cutByteCount) torn bytes off the end of the log")
        }
        while !Task.isCancelled {
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
            second += 1
            for block in parts.store.quarantine where quarantined.insert(block).inserted {
                parts.logger.error("quarantined: \(block)")
            }
            parts.intake.tick(now: Engine.clock())
            if second % 30 == 0 {
                parts.store.maintain(now: Engine.clock(), dropsExpired: parts.levels.hasPassed)
            }
            if second % checkpointEvery == 0 {
                let began = Engine.clock()
                do {
                    try await StoreService.offPool { try parts.intake.saveCheckpoint(before: parts.levels.save) }
                } catch {
                    parts.logger.error("the windows' checkpoint could not be saved: \(error)")
                }
                // A large fleet's checkpoint must not take more than a fiftieth of the time.
                checkpointEvery = max(10, Int((Engine.clock() - began) / 1_000_000_000 * 50))
            }
        }
    }

    private func onHangUp(_ hangUps: UnixSignalsSequence) async {
        for await _ in hangUps {
            if let gateway = parts.ocpp {
                do {
                    try gateway.reloadSecurity()
                } catch {
                    parts.logger.error("the stations' certificates and passwords are refused, the old stay: \(error)")
                }
            }
            if let certificate = parts.certificate {
                do {
                    try certificate.reload()
                    parts.logger.notice("the certificate is in force for new connections")
                } catch {
                    parts.logger.error("the certificate is refused, the old one stays: \(error)")
                }
            }
            guard let path = parts.settings.topology else {
                parts.logger.notice("SIGHUP: no topology file is named")
                continue
            }
            do {
                try parts.intake.reloadTopology(try EngineCommand.text(path), arrival: Engine.clock())
                parts.logger.notice("the topology \(path) is in force")
            } catch {
                parts.logger.error("the topology \(path) is refused, the old one stays: \(error)")
            }
        }
    }
}

/// Runs the continuous queries, looking each second which are due.
struct ContinuousQueryService: Service {
    let parts: EngineParts

    func run() async throws {
        let parts = parts
        try await parts.whenReady()
        await everySecond { isStopping in
            parts.continuous.run(
                now: Engine.clock(), isCancelled: { isStopping.isRaised }, noteFailure: { parts.logger.error("\($0)") })
        }
    }
}

/// Computes the windows of coarser copies, looking each second which have ended.
struct DownsamplingService: Service {
    let parts: EngineParts

    func run() async throws {
        let parts = parts
        try await parts.whenReady()
        await everySecond { isStopping in
            parts.downsampler.run(
                now: Engine.clock(), isCancelled: { isStopping.isRaised }, noteFailure: { parts.logger.error("\($0)") })
        }
    }
}

/// Calls `body` each second on a thread of its own, until the engine stops.
private func everySecond(_ body: @escaping @Sendable (StopFlag) -> Void) async {
    let isStopping = StopFlag()
    await withTaskGroup(of: Void.self) { group in
        group.addTask {
            while !isStopping.isRaised {
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
                try? await StoreService.offPool { body(isStopping) }  // Failures are told one by one.
            }
        }
        try? await gracefulShutdown()  // Only cancellation throws, and then it is time to stop as well.
        isStopping.raise()
        group.cancelAll()
    }
}

/// Says to work on other threads that the engine is stopping.
final class StopFlag: Sendable {
    private let flag = Atomic(false)

    var isRaised: Bool { flag.load(ordering: .acquiring) }

    func raise() { flag.store(true, ordering: .releasing) }
}

/// Closes the ways to the subscribers when the writers have stopped.
struct SubscriptionService: Service {
    let parts: EngineParts

    func run() async throws {
        try? await gracefulShutdown()  // Only cancellation throws, and then it is time to stop as well.
        parts.subscriptions.shutdown()
    }
}

/// Takes charging stations once the store is open.
struct OCPPService: Service {
    let gateway: OCPPGateway
    let parts: EngineParts

    func run() async throws {
        try await parts.whenReady()
        guard case .at(let host, let wanted) = parts.settings.ocpp else { return }
        let port = try await ListenFailure.named("OCPP", host, wanted) { try await gateway.start() }
        EngineParts.announce("OCPP", host, port)
        let admin = AdminListener(gateway: gateway, logger: parts.logger, eventLoopGroup: parts.group)
        if case .at(let host, let wanted) = parts.settings.stations.admin {
            let port = try await ListenFailure.named("OCPP-admin", host, wanted) {
                try await admin.start(host: host, port: wanted)
            }
            EngineParts.announce("OCPP-admin", host, port)
        }
        try? await gracefulShutdown()  // Only cancellation throws, and then it is time to stop as well.
        await admin.shutdown()
        await gateway.shutdown()
    }
}

/// Reads from the broker once the store is open, and tries again for as long as it is away.
struct MQTTService: Service {
    let ingest: MQTTIngest
    let parts: EngineParts

    func run() async throws {
        try await parts.whenReady()
        ingest.start()
        try? await gracefulShutdown()  // Only cancellation throws, and then it is time to stop as well.
        try await StoreService.offPool { ingest.shutdown() }
    }
}

/// Publishes results to a broker, for as long as it takes to come back.
struct PublicationService: Service {
    let publication: ResultPublication
    let parts: EngineParts

    func run() async throws {
        try await parts.whenReady()
        publication.start()
        try? await gracefulShutdown()  // Only cancellation throws, and then it is time to stop as well.
        try await StoreService.offPool { publication.shutdown() }
    }
}

/// Takes datagrams once the store is open.
struct UDPService: Service {
    let ingest: UDPIngest
    let parts: EngineParts

    func run() async throws {
        try await parts.whenReady()
        guard case .at(let host, let wanted) = parts.settings.udp else { return }
        let port = try await ListenFailure.named("UDP", host, wanted) { try await ingest.start() }
        EngineParts.announce("UDP", host, port)
        try? await gracefulShutdown()  // Only cancellation throws, and then it is time to stop as well.
        await ingest.shutdown()
    }
}

/// Serves the dispatch feed once the replay has filled it.
struct FeedService: Service {
    let feed: DispatchFeed
    let parts: EngineParts

    func run() async throws {
        try await parts.whenReady()
        guard case .at(let host, let wanted) = parts.settings.grpc else { return }
        try await withGracefulShutdownHandler {
            try await ListenFailure.named("the dispatch feed", host, wanted) {
                try await feed.run(companions: [parts.readingIntake.registrable]) { port in
                    EngineParts.announce("GRPC", host, port)
                }
            }
        } onGracefulShutdown: {
            feed.shutdown()
        }
    }
}

/// Answers HTTP from the first moment.
struct APIService: Service {
    let parts: EngineParts
    let host: String
    let port: Int

    func run() async throws {
        let parts = parts
        var needs = HTTPAPI.Parts(
            sink: parts.intake,
            queries: parts.queries,
            status: parts.status, counters: parts.http, metrics: { EngineMetrics.page(parts) },
            writeFailure: { parts.store.writeFailure?.detail }, compact: { try parts.store.compactAll() },
            clock: Engine.clock)
        needs.authenticator = parts.authenticator
        needs.certificate = parts.certificate
        needs.limits.connectionCount = parts.settings.connectionLimit
        needs.limits.bodyByteCount = parts.settings.bodyByteLimit
        needs.limits.headerByteCount = parts.settings.headerByteLimit
        needs.isPingGuarded = parts.settings.isPingAuthenticated
        let api = HTTPAPI(
            parts: needs, host: host, port: port, logger: Engine.quiet(parts.logger), group: parts.group)
        let host = host
        try await ListenFailure.named("HTTP", host, port) {
            try await api.run { port in EngineParts.announce("HTTP", host, port) }
        }
    }
}

/// Why a part does not listen, with the address that it wanted.
struct ListenFailure: Error, CustomStringConvertible {
    let description: String

    /// Runs `body`; what it throws is told with the part's name and address.
    static func named<Result>(
        _ part: String, _ host: String, _ port: Int, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch let error as CancellationError {
            throw error
        } catch {
            let reason = (error as? IOError).flatMap { POSIXErrorCode(rawValue: $0.errnoCode) }.map {
                POSIXError($0).localizedDescription
            }
            throw ListenFailure(description: "\(part) cannot serve \(host):\(port): \(reason ?? "\(error)")")
        }
    }
}
