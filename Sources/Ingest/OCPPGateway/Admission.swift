import Logging
import NIOCore
import NIOHTTP1
import OCPPMessages
import Telemetry

/// Whether a request may become a station's connection.
enum Admission: Equatable {
    /// It may; without a subprotocol in common it is closed right after the handshake.
    case station(identity: String, version: OCPPVersion?)
    /// It may not, and this is the answer.
    case refused(HTTPResponseStatus)

    /// The longest identity, OCPP 2.0.1 part 4.
    static let maxIdentityLength = 48

    /// Judges a request by its path, its headers and how full the house is.
    static func judge(_ head: HTTPRequestHead, _ shared: OCPPGateway.Shared) -> Admission {
        guard let identity = identity(ofTarget: head.uri) else { return .refused(.notFound) }
        guard shared.settings.acceptsAnyStation || isKnown(identity, shared.topology()) else {
            return .refused(.notFound)
        }
        guard shared.tally.snapshot.connections < shared.settings.maxConnections else {
            return .refused(.serviceUnavailable)
        }
        let offered = head.headers[canonicalForm: "Sec-WebSocket-Protocol"]
        return .station(
            identity: identity, version: version(offered.map(String.init), of: shared.settings.versions))
    }

    /// Whether the topology names the station; nearly all have an EVSE 1, the others cost a search.
    private static func isKnown(_ identity: String, _ topology: Topology) -> Bool {
        topology.ports[Topology.StationPort(station: identity, evse: 1)] != nil
            || topology.ports.keys.contains { $0.station == identity }
    }

    /// The first of the offered subprotocols that is spoken here; none is guessed.
    static func version(_ offered: [String], of spoken: [OCPPVersion]) -> OCPPVersion? {
        offered.lazy.compactMap { OCPPVersion(rawValue: $0) }.first { spoken.contains($0) }
    }

    /// How messages are compressed, where that is offered and allowed.
    static func compression(_ head: HTTPRequestHead, _ shared: OCPPGateway.Shared) -> MessageCompression? {
        guard shared.settings.compressesMessages else { return nil }
        return MessageCompression.agree(head.headers[canonicalForm: "Sec-WebSocket-Extensions"])
    }

    /// The station's identity in a request target: the last segment of the path, percent-decoded.
    ///
    /// Nil where it is empty (as in `/ocpp/`), longer than 48 characters, or holds a colon, a control character or
    /// what is no UTF-8.
    static func identity(ofTarget target: String) -> String? {
        var path = target.prefix { $0 != "?" && $0 != "#" }
        if path.hasSuffix("/") { path.removeLast() }
        guard let slash = path.lastIndex(of: "/"), path != "/ocpp" else { return nil }
        guard let bytes = percentDecoded(path[path.index(after: slash)...].utf8) else { return nil }
        guard let identity = String(validating: bytes, as: UTF8.self), !identity.isEmpty,
            identity.unicodeScalars.count <= maxIdentityLength,
            !identity.unicodeScalars.contains(where: { $0 == ":" || $0.value < 0x20 || $0.value == 0x7F })
        else { return nil }
        return identity
    }

    private static func percentDecoded(_ text: Substring.UTF8View) -> [UInt8]? {
        var result: [UInt8] = []
        var bytes = text.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            guard let high = bytes.next().flatMap(digit), let low = bytes.next().flatMap(digit) else { return nil }
            result.append(high << 4 | low)
        }
        return result
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

/// Answers requests that do not become a WebSocket, once, and closes; drops connections that never ask.
final class HandshakeFront: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let shared: OCPPGateway.Shared
    private var deadline: Scheduled<Void>?
    private var isAnswered = false
    /// What the station's proof came to, once it was looked at.
    private var verdict = StationCredentials.Verdict.welcome
    private var isJudging = false
    /// The connection's number in the directory, from before the station is told that it is welcome.
    private(set) var connection: UInt64 = 0

    init(shared: OCPPGateway.Shared) {
        self.shared = shared
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context.channel), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: .seconds(Int64(shared.settings.handshakeTimeout))) {
            let (front, channel) = bound.value
            // A password that waits for its hash is our delay, not the peer's.
            if !front.isJudging { channel.close(promise: nil) }
        }
    }

    /// Judges the station's proof, and answers the headers of the upgrade or nil where it is refused.
    func judge(
        _ head: HTTPRequestHead, _ identity: String, _ version: OCPPVersion?, _ channel: any Channel
    ) -> EventLoopFuture<HTTPHeaders?> {
        isJudging = true
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        return StationCredentials.judge(head, identity, channel, shared).map { verdict in
            let front = bound.value
            front.isJudging = false
            front.verdict = verdict
            guard verdict == .welcome else { return nil }
            front.connection = front.shared.directory.reserve()
            var headers = HTTPHeaders()
            if let version { headers.add(name: "Sec-WebSocket-Protocol", value: version.rawValue) }
            if let compression = Admission.compression(head, front.shared) {
                headers.add(name: "Sec-WebSocket-Extensions", value: compression.header)
            }
            return headers
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data), !isAnswered else { return }
        isAnswered = true
        shared.tally.update { $0.refusedHandshakes += 1 }
        let (status, reason) = answer(to: head)
        if status == .unauthorized { shared.tally.update { $0.unauthorizedHandshakes += 1 } }
        shared.logger.warning(
            "OCPP_UNAUTHORIZED: \(reason)",
            metadata: ["target": "\(head.uri.prefix(200))", "status": "\(status.code)"])
        var headers: HTTPHeaders = ["content-length": "0", "connection": "close"]
        if status == .unauthorized, shared.security.profile.hasPassword {
            headers.add(name: "www-authenticate", value: "Basic realm=\"OCPP\"")
        }
        if status == .upgradeRequired { headers.add(name: "upgrade", value: "websocket") }
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    private func answer(to head: HTTPRequestHead) -> (HTTPResponseStatus, String) {
        switch Admission.judge(head, shared) {
        case .refused(let refusal): return (refusal, "handshake refused")
        case .station:
            switch verdict {
            case .unauthorized(let reason): return (.unauthorized, reason)
            case .busy: return (.serviceUnavailable, "too many passwords wait to be checked")
            case .welcome:
                let isUpgrade = head.headers.contains(name: "Upgrade")
                return (isUpgrade ? .badRequest : .upgradeRequired, "handshake refused")
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A refused upgrade comes through here before its request does, and is answered there; a parser's error has
        // been answered with 400 by NIO's own handler.
        if !(error is HTTPServerUpgradeErrors) && isAnswered { context.close(promise: nil) }
    }
}
