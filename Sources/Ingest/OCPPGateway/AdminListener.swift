package import Logging
package import NIOCore
import NIOHTTP1
import NIOPosix
package import Observability
import OCPPMessages
import Synchronization
import Telemetry

/// The operator's door to a gateway, on loopback: commands to stations, who is connected, metrics, reload.
///
/// | request                          | does                                                                          |
/// |----------------------------------|-------------------------------------------------------------------------------|
/// | `POST /admin/stations/<id>/call` | sends `{"action":…,"payload":{…},"messageId":…,"timeout":…}`, answers its end |
/// | `GET /admin/stations`            | lists the stations that are connected                                         |
/// | `POST /admin/reload`             | reads certificates and passwords anew                                         |
/// | `GET /metrics`                   | Prometheus text                                                               |
///
/// It asks nobody for a password. So it refuses to listen anywhere but on loopback, and refuses requests that a web page
/// could have made somebody's browser send: those with an `Origin`, or for a host that is not this machine.
package final class AdminListener: Sendable {
    /// The largest body.
    static let maxBodyBytes = OCPPGateway.maxCommandBytes + 4096

    let gateway: OCPPGateway
    let logger: Logger
    /// What the program counts besides the gateway.
    let moreMetrics: @Sendable (inout PrometheusText) -> Void
    private let group: any EventLoopGroup
    private let server = Mutex<(any Channel)?>(nil)

    /// A listener for `gateway` that does not listen yet.
    package init(
        gateway: OCPPGateway, logger: Logger, eventLoopGroup: any EventLoopGroup,
        moreMetrics: @escaping @Sendable (inout PrometheusText) -> Void = { _ in }
    ) {
        self.gateway = gateway
        self.moreMetrics = moreMetrics
        self.logger = logger
        group = eventLoopGroup
    }

    /// Whether an address is this machine's own.
    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// Begins to listen and answers the port. Throws where the address cannot be had or is not loopback.
    package func start(host: String, port: Int) async throws -> Int {
        guard Self.isLoopback(host) else {
            throw SecurityFileError("the admin listener is for loopback alone, \(host) is not")
        }
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(AdminHandler(listener: self))
                }
            }
            .bind(host: host, port: port).get()
        server.withLock { $0 = channel }
        return channel.localAddress?.port ?? port
    }

    /// Stops listening.
    package func shutdown() async {
        let listening = server.withLock { server in
            defer { server = nil }
            return server
        }
        do {
            try await listening?.close().get()
        } catch {
            logger.warning("the admin listener did not close cleanly", metadata: ["error": "\(error)"])
        }
    }
}

/// One connection of the admin listener: a request at a time, an answer each.
final class AdminHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let listener: AdminListener
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(listener: AdminListener) {
        self.listener = listener
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part):
            // One byte beyond the limit is enough to know that it was passed.
            body.append(contentsOf: part.readableBytesView.prefix(AdminListener.maxBodyBytes + 1 - body.count))
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard !head.headers.contains(name: "Origin"), isOurs(head.headers.first(name: "Host")) else {
            return write(.forbidden, #"{"error":"not from a web page"}"#, context)
        }
        guard body.count <= AdminListener.maxBodyBytes else {
            return write(.payloadTooLarge, #"{"error":"the body is too large"}"#, context)
        }
        let path = head.uri.prefix { $0 != "?" }
        let gateway = listener.gateway
        switch (head.method, path) {
        case (.GET, "/metrics"):
            var text = PrometheusText()
            gateway.writeMetrics(&text)
            listener.moreMetrics(&text)
            write(.ok, text.text, context, type: "text/plain; version=0.0.4")
        case (.GET, "/admin/stations"):
            let stations = gateway.shared.directory.connected().sorted { $0.identity < $1.identity }.map {
                "{\"station\":\(Reply.quoted($0.identity)),\"roundTripMs\":"
                    + "\($0.roundTripNanoseconds.map { "\(Double($0 / 1000) / 1000)" } ?? "null")}"
            }
            write(.ok, "{\"stations\":[\(stations.joined(separator: ","))]}", context)
        case (.POST, "/admin/reload"):
            do {
                try gateway.reloadSecurity()
                write(.ok, #"{"status":"reloaded"}"#, context)
            } catch {
                write(.internalServerError, "{\"error\":\(Reply.quoted(error.description))}", context)
            }
        case (.POST, _) where path.hasPrefix("/admin/stations/") && path.hasSuffix("/call"):
            call(String(path.dropLast("/call".count)), context)
        default: write(.notFound, #"{"error":"no such page"}"#, context)
        }
    }

    private func isOurs(_ host: String?) -> Bool {
        guard var name = host?[...] else { return false }
        if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
            name = name[name.index(after: name.startIndex)..<end]
        } else if let colon = name.lastIndex(of: ":") {
            name = name[..<colon]
        }
        return AdminListener.isLoopback(String(name))
    }

    private func call(_ path: String, _ context: ChannelHandlerContext) {
        guard let station = Admission.identity(ofTarget: path), let command = Self.command(station, body) else {
            return write(.badRequest, #"{"error":"want {\"action\":text,\"payload\":object}"}"#, context)
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        listener.gateway.send(command) { outcome in
            loop.execute {
                let (handler, context) = bound.value
                let (status, text) = Self.text(outcome)
                handler.write(status, text, context)
            }
        }
    }

    static func command(_ station: String, _ body: [UInt8]) -> StationCommand? {
        let (tape, flaw) = JSONScanner.scan(body)
        guard flaw == nil, tape.kind(0) == .object, let action = tape.member(0, "action"),
            tape.kind(action) == .string
        else { return nil }
        var command = StationCommand(station: station, action: tape.string(action), payload: Array("{}".utf8))
        if let payload = tape.member(0, "payload") { command.payload = Array(tape.raw(payload)) }
        if let id = tape.member(0, "messageId") {
            guard tape.kind(id) == .string else { return nil }
            command.messageID = tape.string(id)
        }
        if let timeout = tape.member(0, "timeout") {
            guard let seconds = tape.integer(timeout), (1...600).contains(seconds) else { return nil }
            command.timeoutSeconds = seconds
        }
        return command
    }

    static func text(_ outcome: CommandOutcome) -> (HTTPResponseStatus, String) {
        switch outcome {
        case .answered(let payload):
            return (.ok, "{\"outcome\":\"answered\",\"payload\":\(String(decoding: payload, as: UTF8.self))}")
        case .refused(let code, let description, let details):
            return (
                .ok,
                "{\"outcome\":\"refused\",\"code\":\(Reply.quoted(code)),\"description\":\(Reply.quoted(description)),"
                    + "\"details\":\(String(decoding: details, as: UTF8.self))}"
            )
        case .unfit(let reason):
            return (
                .badRequest,
                "{\"outcome\":\"invalid\",\"mayHaveArrived\":false,\"reason\":\(Reply.quoted(reason))}"
            )
        case .failed(let failure):
            let status: HTTPResponseStatus =
                switch failure {
                case .notConnected: .notFound
                case .overloaded, .notSent: .serviceUnavailable
                case .unknownAction, .invalid: .badRequest
                case .timedOut: .gatewayTimeout
                case .connectionLost, .unreadable: .badGateway
                }
            return (
                status,
                "{\"outcome\":\"\(failure.rawValue)\",\"mayHaveArrived\":\(failure.mayHaveArrived)}"
            )
        }
    }

    private func write(
        _ status: HTTPResponseStatus, _ text: String, _ context: ChannelHandlerContext,
        type: String = "application/json"
    ) {
        let body = ByteBuffer(string: text.hasSuffix("\n") ? text : text + "\n")
        let headers: HTTPHeaders = ["content-type": type, "content-length": "\(body.readableBytes)"]
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
