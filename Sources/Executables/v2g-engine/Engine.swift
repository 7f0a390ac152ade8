import AccessControl
import DispatchFeed
import Downsampling
import EngineConfiguration
import FileIO
import FleetPipeline
import Foundation
import FrameIntake
import HTTPAPI
import LineProtocol
import Logging
import MQTTIngest
import NIOCore
import NIOPosix
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

/// Puts the rooms together and runs them, from the ground up, until a signal comes.
struct Engine: Sendable {
    let settings: EngineConfiguration
    let topologyText: String
    let logger: Logger

    /// Nanoseconds since 1970 UTC by the machine's clock.
    static let clock: @Sendable () -> Int64 = {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    func run() async throws {
        let disk = PosixDisk()
        try disk.createDirectory(settings.data)
        let lock = try DirectoryLock(settings.data)
        let users = try UserDirectory(disk: disk, directory: settings.data)
        var storeSettings = StoreSettings(directory: settings.data)
        storeSettings.memoryByteLimit = settings.memoryByteLimit
        storeSettings.decodedByteLimit = settings.decodedByteLimit
        storeSettings.logRetentionByteLimit = UInt64(settings.logRetentionByteLimit)
        storeSettings.declarations = (CanonicalNames.declaredFields + WindowResult.declaredFields).map {
            FieldDeclaration(
                database: CanonicalNames.telemetryDatabase, measurement: $0.measurement, field: $0.name, kind: $0.kind)
        }
        let store = TimeSeriesStore(disk: disk, settings: storeSettings)
        let file = settings.topology ?? "topology"
        var windows = PipelineSettings()
        windows.disorder = Int64(settings.disorderS * 1e9)
        windows.allowedLateness = Int64(settings.allowedLatenessS * 1e9)
        windows.windows = settings.windowLengthsS
        windows.operators = settings.operators
        windows.perOperator = settings.perOperator
        windows.spreadEvery = settings.spreadEveryS
        windows.streams = settings.streams
        let outputs = settings.outputs
        let feed = try dispatchFeed()
        let publications = resultPublications()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: ProcessInfo.processInfo.activeProcessorCount)
        var trust = SubscriberTrust()
        trust.authorities = settings.subscriberAuthorities
        trust.isBlind = settings.trustsAnySubscriber
        let subscriptions = SubscriptionHub(store: store, group: group, trust: trust, logger: logger)
        let levels = DownsamplingProgress(
            policies: settings.downsampling, store: store, disk: disk, directory: settings.data)
        let intake = try FrameIntake(
            store: store, disk: disk, directory: settings.data, settings: windows, topologyText: topologyText,
            parseTopology: { try TopologyFile.parse($0, file: file) },
            publish: { batch, position in
                levels.note(batch, position: position)
                feed?.publish(Self.results(batch, to: .grpc, outputs), position: position)
                let published = publications.isEmpty ? batch : Self.results(batch, to: .mqtt, outputs)
                for publication in publications { publication.publish(published) }
            },
            forward: { batch, position in
                levels.note(batch, position: position)
                subscriptions.forward(batch)
            },
            noteReplay: { batch, position in levels.note(batch, position: position) },
            noteRefusal: { logger.error("the store refused results of windows: \($0.code.rawValue): \($0.detail)") })
        let status = EngineStatus()
        let queries = QueryEngine(
            store: store, now: Self.clock, users: users, limits: Self.limits(settings), sink: Self.blocking(intake))
        let parts = EngineParts(
            settings: settings, store: store, intake: intake, status: status, group: group, logger: logger,
            queries: queries,
            continuous: ContinuousQueries(engine: queries, disk: disk, directory: settings.data),
            downsampler: Downsampler(engine: queries, progress: levels), levels: levels,
            subscriptions: subscriptions, http: HTTPCounters(),
            authenticator: Authenticator(
                users: users, isRequired: settings.isAuthenticated, secret: settings.sharedSecret),
            ocpp: try ocppGateway(intake, disk, group), mqtt: mqttIngests(intake, store), publications: publications,
            feed: feed,
            udp: udpIngest(intake, group), certificate: try certificate())
        try await run(parts)
        try await group.shutdownGracefully()
        lock.release()
    }

    /// The tables of a batch of results whose measurements go to an output.
    private static func results(
        _ batch: FrameBatch, to output: ResultOutputs, _ outputs: [String: ResultOutputs]
    ) -> FrameBatch {
        guard batch.tables.contains(where: { !(outputs[$0.measurement]?.contains(output) ?? true) }) else {
            return batch
        }
        return FrameBatch(
            database: batch.database, arrival: batch.arrival, isDerived: batch.isDerived,
            tables: batch.tables.filter { outputs[$0.measurement]?.contains(output) ?? true })
    }

    private static func limits(_ settings: EngineConfiguration) -> QueryLimits {
        var limits = QueryLimits()
        limits.duration = Int64(settings.queryTimeoutS * 1e9)
        let memory = MemoryLimit.byteCount
        limits.memoryByteCount = settings.queryMemoryByteLimit ?? memory / 8
        limits.totalMemoryByteCount = max(memory / 4, limits.memoryByteCount)
        limits.seriesCount = settings.selectSeriesLimit
        return limits
    }

    private func run(_ parts: EngineParts) async throws {
        var services: [any Service] = [StoreService(parts: parts)]
        services.append(MaintenanceService(parts: parts))
        services.append(ContinuousQueryService(parts: parts))
        if !settings.downsampling.isEmpty { services.append(DownsamplingService(parts: parts)) }
        services.append(SubscriptionService(parts: parts))
        if let gateway = parts.ocpp { services.append(OCPPService(gateway: gateway, parts: parts)) }
        for mqtt in parts.mqtt { services.append(MQTTService(ingest: mqtt, parts: parts)) }
        for publication in parts.publications {
            services.append(PublicationService(publication: publication, parts: parts))
        }
        if let feed = parts.feed { services.append(FeedService(feed: feed, parts: parts)) }
        if let udp = parts.udp { services.append(UDPService(ingest: udp, parts: parts)) }
        if case .at(let host, let port) = settings.http {
            services.append(APIService(parts: parts, host: host, port: port))
        }
        let group = ServiceGroup(
            configuration: .init(
                services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Self.quiet(logger)))
        try await group.run()
    }

    /// A sink that a query's own thread waits on.
    private static func blocking(_ sink: any FrameSink) -> QueryEngine.Sink {
        { batch in
            let outcome = Mutex<Result<FrameReceipt, FrameError>?>(nil)
            let isSettled = DispatchSemaphore(value: 0)
            sink.submit(batch) { result in
                outcome.withLock { $0 = result }
                isSettled.signal()
            }
            isSettled.wait()
            let receipt = try outcome.withLock { try $0?.get() }
            guard let receipt, let refusal = receipt.firstRefusal else { return }
            throw FrameError(
                refusal.code, "partial write: \(refusal.detail) dropped=\(receipt.droppedRowCount)")
        }
    }

    private func ocppGateway(
        _ intake: FrameIntake, _ disk: any Disk, _ group: MultiThreadedEventLoopGroup
    ) throws -> OCPPGateway? {
        guard case .at(let host, let port) = settings.ocpp else { return nil }
        let gateway = try OCPPGateway.Settings(
            settings.stations, host: host, port: port,
            versions: ProcessInfo.processInfo.environment["OCPP_VERSION"])
        return OCPPGateway(
            settings: gateway, sink: intake, topology: { intake.topology }, clock: Self.clock, logger: logger,
            ledger: try StationLedger(disk: disk, directory: settings.data + "/ocpp"),
            security: try GatewaySecurity(settings.stations), eventLoopGroup: group)
    }

    private func udpIngest(_ intake: FrameIntake, _ group: MultiThreadedEventLoopGroup) -> UDPIngest? {
        guard case .at(let host, let port) = settings.udp else { return nil }
        var listener = UDPIngest.Settings()
        listener.host = host
        listener.port = port
        listener.database = settings.udpDatabase
        listener.precision = TimestampPrecision(parameter: settings.udpPrecision) ?? .nanoseconds
        return UDPIngest(settings: listener, sink: intake, clock: Self.clock, group: group)
    }

    private func certificate() throws -> ServerCertificate? {
        guard let certificate = settings.tlsCertificate, let key = settings.tlsKey else { return nil }
        return try ServerCertificate(certificate: certificate, key: key)
    }

    private func dispatchFeed() throws -> DispatchFeed? {
        guard case .at(let host, let port) = settings.grpc else { return nil }
        let address = try SocketAddress.makeAddressResolvingHost(host, port: port).ipAddress ?? host
        return DispatchFeed(host: address, port: port, logger: logger)
    }

    /// A logger for libraries whose every step is not news.
    static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}

/// The rooms that the services share.
struct EngineParts: Sendable {
    let settings: EngineConfiguration
    let store: TimeSeriesStore
    let intake: FrameIntake
    let status: EngineStatus
    let group: MultiThreadedEventLoopGroup
    let logger: Logger
    let queries: QueryEngine
    let continuous: ContinuousQueries
    let downsampler: Downsampler
    let levels: DownsamplingProgress
    let subscriptions: SubscriptionHub
    let http: HTTPCounters
    let authenticator: Authenticator
    let ocpp: OCPPGateway?
    let mqtt: [MQTTIngest]
    let publications: [ResultPublication]
    let feed: DispatchFeed?
    let udp: UDPIngest?
    let certificate: ServerCertificate?

    /// Returns once the store is open, or when the task is cancelled.
    func whenReady() async throws {
        while status.current == .starting { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// Says where something listens, on standard output, for people and for scripts.
    static func announce(_ name: String, _ host: String, _ port: Int) {
        let shown = host.contains(":") ? "[\(host)]" : host
        // Not print: it keeps the line back while standard output is a pipe, and a script waits for it.
        FileHandle.standardOutput.write(Data("v2g-engine: \(name) on \(shown):\(port)\n".utf8))
    }
}
