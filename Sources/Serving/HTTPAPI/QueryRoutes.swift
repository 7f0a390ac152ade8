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

    func add(to router: Router<BasicRequestContext>) {
        router.get("/query") { request, _ in try await answer(request, form: nil) }
        router.post("/query") { request, _ in
            let body = try await request.body.collect(upTo: Self.formByteLimit)
            let type = request.headers[.contentType]?.lowercased() ?? ""
            let text = String(buffer: body)
            if type.hasPrefix("multipart/form-data") {
                return try await answer(
                    request, form: Multipart.parameters(text, contentType: request.headers[.contentType] ?? ""))
            }
            let isForm = type.hasPrefix("application/x-www-form-urlencoded") || (type.isEmpty && text.hasPrefix("q="))
            return try await answer(request, form: isForm ? QueryParameters(text) : nil)
        }
    }

    private func answer(_ request: Request, form: QueryParameters?) async throws -> Response {
        let url = QueryParameters(request.uri.query ?? "")
        let parameters = form.map { url.merged(with: $0) } ?? url
        let isPretty = parameters["pretty"] == "true"
        guard await isReady() else {
            var response = Response.failure(
                .serviceUnavailable, "the engine is \(parts.status.current.rawValue)", isPretty: isPretty)
            response.headers[.retryAfter] = "1"
            return response
        }
        guard let text = parameters["q"], !text.isEmpty else {
            return .failure(.badRequest, "missing required parameter \"q\"", isPretty: isPretty)
        }
        var options = QueryOptions()
        options.database = parameters["db"] ?? ""
        options.policy = parameters["rp"].flatMap { $0.isEmpty ? nil : $0 }
        options.isReadOnly = request.method == .get
        if let json = parameters["params"], !json.isEmpty {
            guard let bound = BindParameters.parse(json) else {
                return .failure(
                    .badRequest, "error parsing query parameters: \(json) is no JSON object of plain values",
                    isPretty: isPretty)
            }
            options.parameters = bound
        }
        let accept = request.headers[.accept] ?? ""
        let isCSV = accept.hasPrefix("application/csv") || accept.hasPrefix("text/csv")
        let shape = AnswerShape(
            format: TimeFormat(parameter: parameters["epoch"]), isPretty: isPretty, isCSV: isCSV,
            chunkRowCount: parameters["chunked"] == "true"
                ? max(1, Int(parameters["chunk_size"] ?? "") ?? Self.defaultChunkRowCount) : nil)
        let wantsGzip = request.headers[.acceptEncoding]?.contains("gzip") ?? false
        do {
            let documents = try await documents(text, options, shape)
            return response(documents, shape, wantsGzip: wantsGzip)
        } catch let error as QuerySyntaxError {
            return .failure(.badRequest, error.description, isPretty: isPretty)
        }
    }

    /// Waits, up to half a minute, for the log to be replayed.
    private func isReady() async -> Bool {
        for _ in 0..<300 {
            if parts.status.current != .starting { break }
            try? await Task.sleep(for: .milliseconds(100))  // Only a cancelled task throws: the client is gone.
        }
        return parts.status.current == .ready
    }

    private func documents(_ text: String, _ options: QueryOptions, _ shape: AnswerShape) async throws -> [[UInt8]] {
        let parts = parts
        let flag = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await BlockingWork.run {
                var collector = ResultCollector(shape: shape)
                try parts.queries.execute(text, options: options, isCancelled: { flag.isSet }) { result in
                    parts.counters.noteQuery(isError: result.error != nil)
                    collector.add(result)
                }
                return collector.finish()
            }
        } onCancel: {
            flag.set()
        }
    }

    private func response(_ documents: [[UInt8]], _ shape: AnswerShape, wantsGzip: Bool) -> Response {
        var headers: HTTPFields = [.contentType: shape.isCSV ? "text/csv" : "application/json"]
        if shape.chunkRowCount != nil {
            return Response(
                status: .ok, headers: headers,
                body: ResponseBody { writer in
                    for document in documents { try await writer.write(ByteBuffer(bytes: document)) }
                    try await writer.finish(nil)
                })
        }
        var body = documents.count == 1 ? documents[0] : Array(documents.joined())
        if wantsGzip, let smaller = Gzip.deflate(body) {
            headers[.contentEncoding] = "gzip"
            body = smaller
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

/// How a client wants its answer.
struct AnswerShape: Sendable {
    var format: TimeFormat
    var isPretty: Bool
    var isCSV: Bool
    /// Rows of one chunk, or nil for one document.
    var chunkRowCount: Int?
}

/// Set once, when the client hangs up.
private final class CancellationFlag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}

/// Gathers results into the documents of an answer: one, or one a chunk of rows.
struct ResultCollector {
    private let shape: AnswerShape
    private var results: [StatementResult] = []
    private var documents: [[UInt8]] = []
    private var csv: CSVResultEncoder

    init(shape: AnswerShape) {
        self.shape = shape
        csv = CSVResultEncoder(format: shape.format)
    }

    mutating func add(_ result: StatementResult) {
        if shape.isCSV {
            csv.append(result)
        } else if let size = shape.chunkRowCount, result.error == nil, !result.series.isEmpty {
            chunk(result, size)
        } else if shape.chunkRowCount != nil {
            documents.append(JSONResultEncoder.document([result], format: shape.format, isPretty: shape.isPretty))
        } else {
            results.append(result)
        }
    }

    mutating func finish() -> [[UInt8]] {
        if shape.isCSV { return [csv.bytes] }
        if shape.chunkRowCount != nil { return documents }
        return [JSONResultEncoder.document(results, format: shape.format, isPretty: shape.isPretty)]
    }

    private mutating func chunk(_ result: StatementResult, _ size: Int) {
        for (place, series) in result.series.enumerated() {
            var from = 0
            repeat {
                let end = min(series.rowCount, from + size)
                let isSeriesPartial = end < series.rowCount
                documents.append(
                    JSONResultEncoder.document(
                        result, series, rows: from..<end,
                        isPartial: isSeriesPartial || place < result.series.count - 1,
                        isSeriesPartial: isSeriesPartial, format: shape.format, isPretty: shape.isPretty))
                from = end
            } while from < series.rowCount
        }
    }
}
