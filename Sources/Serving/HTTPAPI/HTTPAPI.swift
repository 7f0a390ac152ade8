package import AccessControl
import ComputeThreads
import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import NIOPosix
import NIOHTTPTypes
package import Observability
package import QueryExecutor
package import Telemetry

/// InfluxDB's HTTP API: writes on the event loop, everything else through the router.
package struct HTTPAPI: Sendable {
    /// What the API needs from the engine.
    package struct Parts: Sendable {
        /// Where writes go.
        package var sink: any FrameSink
        /// What answers queries.
        package var queries: QueryEngine
        /// The engine's phase.
        package var status: EngineStatus
        /// What the API counts.
        package var counters: HTTPCounters
        /// The page of `/metrics`.
        package var metrics: @Sendable () -> String
        /// Why writes are refused at present, or nil.
        package var writeFailure: @Sendable () -> String?
        /// Flushes and compacts all.
        package var compact: @Sendable () throws -> Void
        /// Nanoseconds since 1970 UTC.
        package var clock: @Sendable () -> Int64
        /// What one request may weigh.
        package var limits = HTTPLimits()
        /// Who may do what; nil where the engine keeps no users.
        package var authenticator: Authenticator?
        /// What is shown to clients of HTTPS; nil for plain HTTP.
        package var certificate: ServerCertificate?
        /// Who sends how much, while somebody looks.
        package var requests = RequestCounts()
        /// Whether `/ping` asks too who sends it.
        package var isPingGuarded = false

        var access: RequestAccess { RequestAccess(authenticator: authenticator, clock: clock, counters: counters) }

        /// All parts.
        package init(
            sink: any FrameSink, queries: QueryEngine, status: EngineStatus, counters: HTTPCounters,
            metrics: @escaping @Sendable () -> String, writeFailure: @escaping @Sendable () -> String?,
            compact: @escaping @Sendable () throws -> Void, clock: @escaping @Sendable () -> Int64
        ) {
            self.sink = sink
            self.queries = queries
            self.status = status
            self.counters = counters
            self.metrics = metrics
            self.writeFailure = writeFailure
            self.compact = compact
            self.clock = clock
        }
    }

    private let parts: Parts
    private let host: String
    private let port: Int
    private let logger: Logger
    private let group: MultiThreadedEventLoopGroup

    /// An API that will listen on `host:port`; port 0 picks a free one.
    package init(parts: Parts, host: String, port: Int, logger: Logger, group: MultiThreadedEventLoopGroup) {
        self.parts = parts
        self.host = host
        self.port = port
        self.logger = logger
        self.group = group
    }

    /// Serves until the task is cancelled or the service group shuts down.
    ///
    /// - Parameter whenListening: gets the port.
    package func run(whenListening: @escaping @Sendable (Int) async -> Void) async throws {
        let parts = parts
        let router = Router(context: APIContext.self)
        router.add(middleware: ServerHeadersMiddleware())
        addStatusRoutes(to: router)
        QueryRoutes(parts: parts).add(to: router)
        DebugRoutes(parts: parts).add(to: router)
        let connections = OpenConnections(limit: parts.limits.connectionCount, counters: parts.counters)
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionLimitHandler(connections), WriteHandler(parts)],
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: parts.limits.headerByteCount, maxHeaderListSize: parts.limits.headerByteCount))
        let application = Application(
            router: router,
            server: HTTPServerBuilder { responder in
                let plain = HTTP1Channel(responder: responder, configuration: channel)
                guard let certificate = parts.certificate else { return plain }
                return SecureChannel(base: plain, certificate: certificate)
            },
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in await whenListening(channel.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(group), logger: logger)
        try await withTaskExecutorPreference(ComputeThreads.requests) { try await application.run() }
    }

    /// The answer to somebody who is not who they say, or is no administrator where one is needed; else nil.
    private func refusal(of request: Request, needsAdministrator: Bool = false) async -> Response? {
        do throws(AccessFailure) {
            let caller = try await parts.access.caller(request.head, QueryParameters(request.uri.query ?? ""))
            guard needsAdministrator, let users = parts.authenticator?.users, !users.isAdministrator(caller) else {
                return nil
            }
            return .failure(.forbidden, "this requires admin privilege")
        } catch {
            return .failure(error.status, error.message)
        }
    }

    private func addStatusRoutes(to router: Router<APIContext>) {
        let parts = parts
        for method in [HTTPRequest.Method.get, .head] {
            router.on("/ping", method: method) { request, _ -> Response in
                if parts.isPingGuarded, let failure = await refusal(of: request) { return failure }
                guard request.uri.queryParameters["verbose"].map({ $0 != "false" && $0 != "0" }) ?? false else {
                    return Response(status: .noContent)
                }
                return .json("{\"version\":\"\(ServerHeaders.version)\"}\n")
            }
            router.on("/status", method: method) { _, _ in Response(status: .noContent) }
        }
        router.get("/health") { _, _ -> Response in
            let failure = parts.writeFailure()
            let isReady = parts.status.current == .ready && failure == nil
            let message =
                failure ?? (isReady ? "ready for queries and writes" : "the engine is \(parts.status.current.rawValue)")
            return .json(
                "{\"checks\":[],\"message\":\(JSONText.quoted(message)),\"name\":\"influxdb\","
                    + "\"status\":\"\(isReady ? "pass" : "fail")\",\"version\":\"\(ServerHeaders.version)\"}\n",
                status: isReady ? .ok : .serviceUnavailable)
        }
        router.get("/ready") { _, _ -> Response in
            let phase = parts.status.current
            return .json("{\"status\":\"\(phase.rawValue)\"}\n", status: phase == .ready ? .ok : .serviceUnavailable)
        }
        router.get("/metrics") { _, _ -> Response in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: parts.metrics())))
        }
        router.post("/admin/compact") { request, _ -> Response in
            if let failure = await refusal(of: request, needsAdministrator: true) { return failure }
            guard parts.status.current == .ready else { return .failure(.serviceUnavailable, "the engine is starting") }
            do {
                try await BlockingWork.run { try parts.compact() }
                return Response(status: .noContent)
            } catch {
                return .failure(.internalServerError, "\(error)")
            }
        }
    }
}

extension Response {
    /// A JSON answer.
    static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
