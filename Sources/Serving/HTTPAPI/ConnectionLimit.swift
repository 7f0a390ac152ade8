import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Counts connections, and says to those beyond the limit that they are.
final class OpenConnections: Sendable {
    private let limit: Int
    private let counters: HTTPCounters
    private let count = Mutex(0)

    /// Places for `limit` connections, for any number where it is 0.
    init(limit: Int, counters: HTTPCounters) {
        self.limit = limit
        self.counters = counters
    }

    /// Takes a place; false where there is none.
    fileprivate func enter() -> Bool {
        let isIn = count.withLock { count -> Bool in
            if limit > 0, count >= limit { return false }
            count += 1
            return true
        }
        if !isIn { counters.noteRefusedConnection() }
        return isIn
    }

    fileprivate func leave() { count.withLock { $0 -= 1 } }
}

/// Stands before everything else on a connection: one beyond the limit is answered 503 and closed.
///
/// InfluxDB cuts such a connection off without a word, which a client cannot tell from a crash.
final class ConnectionLimitHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    /// A client that is refused and says nothing is cut off after so long.
    private static let patience = TimeAmount.seconds(5)

    private let connections: OpenConnections
    private var isIn: Bool?

    init(_ connections: OpenConnections) { self.connections = connections }

    func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { enter(context) } }

    func channelActive(context: ChannelHandlerContext) {
        enter(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isIn == true { connections.leave() }
        isIn = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard isIn == false else { return context.fireChannelRead(data) }
        guard case .head = unwrapInboundIn(data) else { return }
        let body = JSONResultEncoder.error("too many connections", isPretty: false)
        var response = HTTPResponse(status: .serviceUnavailable)
        response.headerFields = [
            .contentType: "application/json", .contentLength: String(body.count), .connection: "close",
            .retryAfter: "1",
        ]
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.write(wrapOutboundOut(.body(context.channel.allocator.buffer(bytes: body))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }

    private func enter(_ context: ChannelHandlerContext) {
        guard isIn == nil else { return }
        let isIn = connections.enter()
        self.isIn = isIn
        if isIn { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.patience) { bound.value.close(promise: nil) }
    }
}
