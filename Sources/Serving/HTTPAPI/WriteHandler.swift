import AccessControl
import Compression
import HTTPTypes
import LineProtocol
import NIOCore
import NIOHTTPTypes
import Observability
import QueryExecutor
import Telemetry

/// Takes writes on the connection's event loop; everything else passes on to the router behind it.
///
/// A body is gathered, inflated and parsed here, without a task or a hop; the answer leaves when the sink says that it
/// is durable. One request at a time: what a client pipelines waits in order, and reading stops while it waits.
final class WriteHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        case idle
        /// Gathering the body of a write.
        case gathering(WriteRequest, HTTPRequest, [UInt8])
        /// A refused write whose body is read and thrown away.
        case discarding(HTTPRequest, WriteRefusal)
        /// Waiting for the sink, or for a password to be hashed.
        case waiting
        /// A request that the router answers.
        case passing
    }

    private let parts: HTTPAPI.Parts
    private var limits: HTTPLimits { parts.limits }
    private var state = State.idle
    private var pending: [HTTPRequestPart] = []
    private var isReadHeld = false

    init(_ parts: HTTPAPI.Parts) { self.parts = parts }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if pending.isEmpty, take(part, context) { return }
        pending.append(part)
    }

    func read(context: ChannelHandlerContext) {
        // A client that pipelines must not fill our memory with requests that have to wait.
        if pending.count > 64 { isReadHeld = true } else { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        context.write(wrapOutboundOut(part), promise: promise)
        if case .end = part, case .passing = state {
            state = .idle
            drain(context)
        }
    }

    /// Takes a part where the state allows it; false where it has to wait.
    private func take(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) -> Bool {
        switch (state, part) {
        case (.idle, .head(let head)):
            begin(head, context)
        case (.passing, .body), (.passing, .end):
            context.fireChannelRead(wrapInboundOut(part))
        case (.gathering(let request, let head, var body), .body(let buffer)):
            state = .idle  // The body is held once, so that it grows in place.
            if body.count + buffer.readableBytes > limits.bodyByteCount {
                state = .discarding(head, tooLarge(request.dialect))
            } else {
                body.append(contentsOf: buffer.readableBytesView)
                state = .gathering(request, head, body)
            }
        case (.gathering(let request, let head, let body), .end):
            state = .waiting
            finish(request, head, body, context)
        case (.discarding, .body):
            break
        case (.discarding(let head, let refusal), .end):
            state = .waiting
            answer(context, head, refusal)
        case (.idle, _):
            break  // The rest of a request that the decoder gave up.
        case (.waiting, _), (.gathering, .head), (.discarding, .head), (.passing, .head):
            return false
        }
        return true
    }

    private func begin(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        let target = (head.path ?? "/").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = String(target[0])
        guard head.method == .post, path == "/write" || path == "/api/v2/write" else {
            state = .passing
            context.fireChannelRead(wrapInboundOut(.head(head)))
            return
        }
        let parameters = QueryParameters(target.count > 1 ? target[1] : "")
        switch parts.access.look(head, parameters) {
        case .known(let caller): gather(head, path, parameters, caller, context)
        case .refused(let error): state = .discarding(head, WriteRefusal(path, AccessFailure(error)))
        case .password(let user, let password):
            state = .waiting
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            parts.access.check(user: user, password: password) { [loop = context.eventLoop] result in
                loop.execute {
                    let (handler, context) = bound.value
                    switch result {
                    case .success(let caller): handler.gather(head, path, parameters, caller, context)
                    case .failure(let error):
                        handler.state = .discarding(head, WriteRefusal(path, AccessFailure(error)))
                    case nil: handler.state = .discarding(head, WriteRefusal(path, .busy))
                    }
                    handler.drain(context)
                }
            }
        }
    }

    /// Begins with the body of a write whose sender is known.
    private func gather(
        _ head: HTTPRequest, _ path: String, _ parameters: QueryParameters, _ caller: Caller,
        _ context: ChannelHandlerContext
    ) {
        do throws(WriteRefusal) {
            parts.requests.note(caller, context.channel.remoteAddress?.ipAddress ?? "", \.writes)
            guard let request = try WriteRequest(path: path, parameters: parameters) else { return }
            try authorize(caller, request)
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
            var body: [UInt8] = []
            if let length = head.headerFields[.contentLength].flatMap({ Int($0) }) {
                if length > limits.bodyByteCount { throw tooLarge(request.dialect) }
                body.reserveCapacity(length)
            }
            state = .gathering(request, head, body)
        } catch {
            state = .discarding(head, error)
        }
    }

    /// Refuses a write by somebody who may not; a database that is not there is named first, as InfluxDB does.
    ///
    /// Nothing that is refused here may go on, even if the database comes while the body does.
    private func authorize(_ caller: Caller, _ request: WriteRequest) throws(WriteRefusal) {
        guard let users = parts.authenticator?.users, !users.mayWrite(caller, to: request.database) else { return }
        try needReady(request)
        guard parts.queries.hasDatabase(request.database) else { throw Self.missing(request) }
        guard case .user(let name) = caller else {
            throw WriteRefusal(
                request.dialect, status: 403, code: "forbidden",
                message: "user is required to write to database \"\(request.database)\"")
        }
        throw WriteRefusal(
            request.dialect, status: 403, code: "forbidden",
            message: "\"\(name)\" user is not authorized to write to database \"\(request.database)\"")
    }

    private static func missing(_ request: WriteRequest) -> WriteRefusal {
        let error = FrameError(.databaseNotFound, "database not found: \"\(request.database)\"")
        return WriteRefusal(request.dialect, error, database: request.database)
    }

    private func needReady(_ request: WriteRequest) throws(WriteRefusal) {
        let phase = parts.status.current
        guard phase != .ready else { return }
        throw WriteRefusal(
            request.dialect, FrameError(.unavailable, "the engine is \(phase.rawValue)"), database: request.database)
    }

    private func finish(
        _ request: WriteRequest, _ head: HTTPRequest, _ body: [UInt8], _ context: ChannelHandlerContext
    ) {
        do throws(WriteRefusal) {
            try needReady(request)
            let lines = try inflated(body, head, request.dialect)
            let arrival = parts.clock()
            var batch = FrameBatch(database: request.database, policy: request.policy, arrival: arrival)
            var parser = LineProtocolParser(precision: request.precision, arrival: arrival)
            let report = parser.parse(lines, into: &batch)
            parts.counters.noteLines(report)
            if batch.rowCount == 0, !report.errors.isEmpty {
                let message =
                    report.refusedLineCount > 0
                    ? "partial write: \(report.summary) dropped=\(report.refusedLineCount)" : report.summary
                throw WriteRefusal(request.dialect, status: 400, code: "invalid", message: message)
            }
            submit(batch, request, head, report, context)
        } catch {
            // Where the database is not there, that is what has to be mended first.
            let isMissing = error.status == 400 && !parts.queries.hasDatabase(request.database)
            answer(context, head, isMissing ? Self.missing(request) : error)
        }
    }

    private func submit(
        _ batch: FrameBatch, _ request: WriteRequest, _ head: HTTPRequest, _ report: LineProtocolReport,
        _ context: ChannelHandlerContext
    ) {
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        parts.sink.submit(batch) { result in
            let refusal: WriteRefusal? =
                switch result {
                case .failure(let error): WriteRefusal(request.dialect, error, database: request.database)
                case .success(let receipt): Self.partial(receipt, report, request.dialect)
                }
            loop.execute {
                let (handler, context) = bound.value
                handler.answer(context, head, refusal)
            }
        }
    }

    /// The answer where some lines or rows were refused: the good ones are stored.
    private static func partial(
        _ receipt: FrameReceipt, _ report: LineProtocolReport, _ dialect: WriteRequest.Dialect
    ) -> WriteRefusal? {
        let reason: String
        if let refusal = receipt.firstRefusal {
            reason = report.errors.isEmpty ? refusal.detail : report.summary + "\n" + refusal.detail
        } else if !report.errors.isEmpty {
            reason = report.summary
        } else {
            return nil
        }
        return WriteRefusal(
            dialect, status: 400, code: "invalid",
            message: "partial write: \(reason) dropped=\(receipt.droppedRowCount + report.refusedLineCount)")
    }

    private func inflated(
        _ body: [UInt8], _ head: HTTPRequest, _ dialect: WriteRequest.Dialect
    ) throws(WriteRefusal) -> [UInt8] {
        switch head.headerFields[.contentEncoding]?.lowercased() {
        case nil, "", "identity": return body
        case "gzip", "x-gzip":
            do throws(InflateFailure) {
                return try Gzip.inflate(body, limit: limits.inflatedByteCount)
            } catch {
                switch error {
                case .corrupt:
                    let what = body.starts(with: [0x1F, 0x8B]) ? "body" : "header"
                    throw WriteRefusal(dialect, status: 400, code: "invalid", message: "gzip: invalid \(what)")
                case .tooLarge: throw tooLarge(dialect)
                }
            }
        case let other?:
            throw WriteRefusal(
                dialect, status: 415, code: "invalid", message: "unsupported Content-Encoding \"\(other)\" (use gzip)")
        }
    }

    private func tooLarge(_ dialect: WriteRequest.Dialect) -> WriteRefusal {
        WriteRefusal(dialect, status: 413, code: "request too large", message: "Request Entity Too Large")
    }

    private func answer(_ context: ChannelHandlerContext, _ head: HTTPRequest, _ refusal: WriteRefusal?) {
        guard context.channel.isActive else { return }
        parts.counters.noteWrite(status: refusal?.status ?? 204)
        var response = HTTPResponse(status: .init(code: refusal?.status ?? 204))
        ServerHeaders.add(to: &response.headerFields, request: head.headerFields)
        var body: ByteBuffer?
        if let refusal {
            let format = AnswerFormat(accept: head.headerFields[.accept], isPretty: false)
            let bytes = refusal.dialect == .v1 ? format.failure(refusal.message) : Array(refusal.body.utf8)
            response.headerFields[.contentType] =
                refusal.dialect == .v1 ? format.contentType : "application/json; charset=utf-8"
            response.headerFields[.contentLength] = String(bytes.count)
            if refusal.dialect == .v1 || refusal.status == 401 {
                response.headerFields.describeFailure(response.status, refusal.message)
            }
            if let seconds = refusal.retryAfterSeconds { response.headerFields[.retryAfter] = String(seconds) }
            body = context.channel.allocator.buffer(bytes: bytes)
        }
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        if let body { context.write(wrapOutboundOut(.body(body)), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        state = .idle
        drain(context)
    }

    /// Takes what waited, in order, as far as the state allows.
    private func drain(_ context: ChannelHandlerContext) {
        guard !pending.isEmpty else { return }
        var waiting = pending[...]
        pending = []
        while let part = waiting.first, take(part, context) { waiting.removeFirst() }
        pending = Array(waiting)
        // The reader behind waits for this before it looks at what it got.
        if case .passing = state { context.fireChannelReadComplete() }
        if isReadHeld, pending.count <= 64 {
            isReadHeld = false
            context.read()
        }
    }
}
