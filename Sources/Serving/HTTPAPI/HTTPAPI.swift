import HTTPTypes
import Hummingbird
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
        let router = Router()
        router.add(middleware: ServerHeadersMiddleware())
        addStatusRoutes(to: router)
        QueryRoutes(parts: parts).add(to: router)
        let application = Application(
            router: router,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [
                        WriteHandler(
                            sink: parts.sink, status: parts.status, limits: parts.limits, counters: parts.counters,
                            clock: parts.clock)
                    ])),
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in await whenListening(channel.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(group), logger: logger)
        try await application.run()
    }

    private func addStatusRoutes(to router: Router<BasicRequestContext>) {
        let parts = parts
        for method in [HTTPRequest.Method.get, .head] {
            router.on("/ping", method: method) { request, _ -> Response in
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
        router.post("/admin/compact") { _, _ -> Response in
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

    /// `{"error":"…"}` with InfluxDB's header beside it.
    static func failure(_ status: HTTPResponse.Status, _ message: String, isPretty: Bool = false) -> Response {
        var response = Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSONResultEncoder.error(message, isPretty: isPretty))))
        response.headers[ServerHeaders.error] = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        return response
    }
}

/// Adds version and request id to every answer, and turns an unknown path into InfluxDB's 404.
private struct ServerHeadersMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext

    @concurrent
    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            response = Response(
                status: .notFound, headers: [.contentType: "text/plain; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "404 page not found\n")))
        } catch let error as HTTPError where error.status == .contentTooLarge {
            response = .failure(.contentTooLarge, "Request Entity Too Large")
        }
        ServerHeaders.add(to: &response.headers, request: request.headers)
        return response
    }
}
