import Catalog
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Why a destination did not take points.
struct SendFailure: Error, CustomStringConvertible {
    let description: String
}

/// Which certificates of subscribers are taken.
package struct SubscriberTrust: Sendable {
    /// The file of the authorities, PEM; nil for those of the machine.
    package var authorities: String?
    /// Whether any certificate is taken, whoever it names: for tests alone.
    package var isBlind = false

    /// The authorities of the machine.
    package init() {}

    /// What a connection is opened with; the files are read anew, so that changed ones count.
    func context() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorities { configuration.trustRoots = .file(authorities) }
        if isBlind { configuration.certificateVerification = .none }
        return try NIOSSLContext(configuration: configuration)
    }
}

/// Posts lines to `/write` of a server that speaks InfluxDB's HTTP API, over one connection that is kept open.
final class RequestSender: LineSender {
    private static let connectTimeout = TimeAmount.seconds(5)
    /// How long an answer may take, as InfluxDB's `http-timeout`.
    private static let answerTimeout = TimeAmount.seconds(30)

    private let place: SubscriptionDestination
    private let path: String
    private let group: any EventLoopGroup
    private let trust: SubscriberTrust
    private let connection = Mutex<Connection?>(nil)

    private struct Connection {
        let channel: any Channel
        let answers: AnswerReader
    }

    init(
        _ place: SubscriptionDestination, database: String, policy: String, group: any EventLoopGroup,
        trust: SubscriberTrust
    ) {
        self.place = place
        self.group = group
        self.trust = trust
        path = "/write?consistency=&db=\(Self.escaped(database))&precision=ns&rp=\(Self.escaped(policy))"
    }

    func send(_ lines: [UInt8]) throws {
        // A connection that was kept may have ended meanwhile: then once more over a new one.
        if let kept = connection.withLock({ $0 }), kept.channel.isActive {
            do {
                return try post(lines, kept)
            } catch let failure as SendFailure {
                throw failure
            } catch {
                close()
            }
        }
        let opened = try open()
        connection.withLock { $0 = opened }
        do {
            try post(lines, opened)
        } catch {
            if !(error is SendFailure) { close() }
            throw error
        }
    }

    func close() {
        let old = connection.withLock { connection in
            defer { connection = nil }
            return connection
        }
        old?.channel.close(promise: nil)
    }

    private func open() throws -> Connection {
        let answers = AnswerReader()
        let (context, host) = (place.scheme == .https ? try trust.context() : nil, place.host)
        let channel = try ClientBootstrap(group: group).connectTimeout(Self.connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        // An address stands in no name of a certificate: it is compared with the peer's.
                        let name = (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: name))
                    }
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(AnswerHandler(answers))
                }
            }.connect(host: place.host, port: place.port).wait()
        return Connection(channel: channel, answers: answers)
    }

    private func post(_ lines: [UInt8], _ connection: Connection) throws {
        let channel = connection.channel
        let promise = channel.eventLoop.makePromise(of: UInt.self)
        guard connection.answers.expect(promise) else { throw ChannelError.ioOnClosedChannel }
        let timeout = channel.eventLoop.scheduleTask(in: Self.answerTimeout) {
            channel.close(promise: nil)
        }
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: path)
        head.headers.add(name: "Host", value: "\(place.host):\(place.port)")
        head.headers.add(name: "User-Agent", value: "feederline")
        head.headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
        head.headers.add(name: "Content-Length", value: String(lines.count))
        if let user = place.user {
            let name = user.removingPercentEncoding ?? user
            head.headers.add(
                name: "Authorization", value: "Basic " + Data(name.utf8).base64EncodedString())
        }
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(
            HTTPClientRequestPart.body(.byteBuffer(channel.allocator.buffer(bytes: lines))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        defer { timeout.cancel() }
        let status = try promise.futureResult.wait()
        guard (200..<300).contains(status) else { throw SendFailure(description: "HTTP status \(status)") }
    }

    /// A name as it stands in a query.
    private static func escaped(_ name: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return name.addingPercentEncoding(withAllowedCharacters: plain) ?? name
    }
}

/// Whoever waits for the answer of a connection: one at a time.
private final class AnswerReader: Sendable {
    private struct State {
        var promise: EventLoopPromise<UInt>?
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Returns false where no answer can come any more; the promise is then failed.
    func expect(_ promise: EventLoopPromise<UInt>) -> Bool {
        let isOpen = state.withLock { state in
            if !state.isClosed { state.promise = promise }
            return !state.isClosed
        }
        if !isOpen { promise.fail(ChannelError.ioOnClosedChannel) }
        return isOpen
    }

    func succeed(_ status: UInt) { take()?.succeed(status) }

    func fail(_ error: any Error) {
        state.withLock { $0.isClosed = true }
        take()?.fail(error)
    }

    private func take() -> EventLoopPromise<UInt>? {
        state.withLock { state in
            defer { state.promise = nil }
            return state.promise
        }
    }
}

/// Reads answers: their status is told at their end, their bodies are passed over.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let answers: AnswerReader
    private var status: UInt = 0
    private var isKept = true

    init(_ answers: AnswerReader) { self.answers = answers }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = head.status.code
            isKept = head.isKeepAlive
        case .body: break
        case .end:
            // An answer such as 100 Continue is followed by the true one.
            if status >= 200 { answers.succeed(status) }
            if !isKept { context.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        answers.fail(ChannelError.ioOnClosedChannel)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answers.fail(error)
        context.close(promise: nil)
    }
}
