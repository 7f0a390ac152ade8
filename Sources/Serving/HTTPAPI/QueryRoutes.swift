import AccessControl
import Compression
import HTTPTypes
import Hummingbird
import LogicalPlan
import NIOCore
import Observability
import QueryExecutor
import Synchronization

/// `GET` and `POST /query`: InfluxQL in, JSON or CSV out, whole or in chunks.
struct QueryRoutes: Sendable {
    /// Bytes of a form or of a file of statements.
    private static let formByteLimit = 16 << 20
    private static let defaultChunkRowCount = 10_000

    let parts: HTTPAPI.Parts

    func add(to router: Router<APIContext>) {
        for path in ["/query", "/write", "/ping"] {
            router.on(RouterPath(path), method: .options) { _, _ in Response(status: .noContent) }
        }
        router.get("/query") { request, context in try await answer(request, context, fields: nil) }
        router.post("/query") { request, context in
            let body = try await request.body.collect(upTo: Self.formByteLimit)
            let type = request.headers[.contentType]?.lowercased() ?? ""
            let text = String(buffer: body)
            if type.hasPrefix("multipart/form-data") {
                return try await answer(
                    request, context,
                    fields: Multipart.parameters(text, contentType: request.headers[.contentType] ?? ""))
            }
            let isForm = type.hasPrefix("application/x-www-form-urlencoded") || (type.isEmpty && text.hasPrefix("q="))
            return try await answer(request, context, fields: isForm ? QueryParameters(text) : nil)
        }
    }

    private func answer(_ request: Request, _ context: APIContext, fields: QueryParameters?) async throws -> Response {
        let url = QueryParameters(request.uri.query ?? "")
        let parameters = fields.map { url.merged(with: $0) } ?? url
        let form = AnswerFormat(accept: request.headers[.accept], isPretty: parameters["pretty"] == "true")
        var options = QueryOptions()
        do throws(AccessFailure) {
            // Names and passwords in a form's body do not count: InfluxDB looks at the URL alone.
            options.caller = try await parts.access.caller(request.head, url)
        } catch {
            return .failure(error.status, error.message, form)
        }
        parts.requests.note(options.caller, context.clientAddress, \.queries)
        guard await isReady() else {
            return .failure(.serviceUnavailable, "the engine is \(parts.status.current.rawValue)", form)
        }
        guard let text = parameters["q"], !text.isEmpty else {
            return .failure(.badRequest, "missing required parameter \"q\"", form)
        }
        options.database = parameters["db"] ?? ""
        options.policy = parameters["rp"].flatMap { $0.isEmpty ? nil : $0 }
        options.isReadOnly = request.method == .get
        options.isForeign = Self.isForeign(request)
        if let json = parameters["params"], !json.isEmpty {
            guard let bound = BindParameters.parse(json) else {
                return .failure(
                    .badRequest, "error parsing query parameters: \(json) is no JSON object of plain values",
                    form)
            }
            options.parameters = bound
        }
        let shape = AnswerShape(
            time: TimeFormat(parameter: parameters["epoch"]), form: form,
            chunkRowCount: parameters["chunked"] == "true"
                ? max(1, Int(parameters["chunk_size"] ?? "") ?? Self.defaultChunkRowCount) : nil)
        let wantsGzip = request.headers[.acceptEncoding]?.contains("gzip") ?? false
        do {
            if let size = shape.chunkRowCount, form != .csv {
                return try chunked(text, options, shape, rowCount: size)
            }
            return response(try await results(text, options), shape, wantsGzip: wantsGzip)
        } catch let error as QuerySyntaxError {
            return .failure(.badRequest, error.description, form)
        } catch let error as AuthorizationError {
            return .failure(.forbidden, "error authorizing query: \(error.description)", form)
        }
    }

    /// Whether a browser says that a page of another origin sent this: its users never meant to ask us.
    private static func isForeign(_ request: Request) -> Bool {
        guard let origin = request.headers[.origin], origin != "null" else { return request.headers[.origin] != nil }
        return request.head.authority.map { !origin.hasSuffix("://" + $0) } ?? true
    }

    /// Waits, up to half a minute, for the log to be replayed.
    private func isReady() async -> Bool {
        for _ in 0..<300 {
            if parts.status.current != .starting { break }
            try? await Task.sleep(for: .milliseconds(100))  // Only a cancelled task throws: the client is gone.
        }
        return parts.status.current == .ready
    }

    private func results(_ text: String, _ options: QueryOptions) async throws -> [StatementResult] {
        let parts = parts
        let flag = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await BlockingWork.run {
                var results: [StatementResult] = []
                try parts.queries.execute(text, options: options, isCancelled: { flag.isSet }) { result in
                    parts.counters.noteQuery(isError: result.error != nil)
                    results.append(result)
                }
                return results
            }
        } onCancel: {
            flag.set()
        }
    }

    /// Runs the query while the client takes its answer: what is read next is read when the chunk before is gone.
    private func chunked(
        _ text: String, _ options: QueryOptions, _ shape: AnswerShape, rowCount: Int
    ) throws -> Response {
        let parts = parts
        let flag = CancellationFlag()
        let answer = try parts.queries.begin(text, options: options, inPieces: true) { flag.isSet }
        let chunks = Mutex(ChunkedAnswer(rowCount: rowCount, shape: shape) { answer.next() })
        return Response(
            status: .ok, headers: [.contentType: shape.form.contentType],
            body: ResponseBody { writer in
                try await withTaskCancellationHandler {
                    while let chunk = await BlockingWork.run({ chunks.withLock { $0.next() } }) {
                        try await writer.write(ByteBuffer(bytes: chunk))
                    }
                    try await writer.finish(nil)
                } onCancel: {
                    flag.set()
                }
            })
    }

    private func response(_ results: [StatementResult], _ shape: AnswerShape, wantsGzip: Bool) -> Response {
        var headers: HTTPFields = [.contentType: shape.form.contentType]
        var body: [UInt8]
        switch shape.form {
        case .csv:
            var csv = CSVResultEncoder(format: shape.time)
            for result in results { csv.append(result) }
            body = csv.bytes
        case .json(let isPretty): body = JSONResultEncoder.document(results, format: shape.time, isPretty: isPretty)
        case .messagePack: body = MessagePackResultEncoder.document(results, format: shape.time)
        }
        if wantsGzip, let smaller = Gzip.deflate(body) {
            headers[.contentEncoding] = "gzip"
            body = smaller
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

/// How a client wants its answer.
struct AnswerShape: Sendable {
    var time: TimeFormat
    var form: AnswerFormat
    /// Rows of one chunk, or nil for one document.
    var chunkRowCount: Int?
}

/// Set once, when the client hangs up.
private final class CancellationFlag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}
