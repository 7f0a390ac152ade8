import HTTPTypes
import LineProtocol
import Telemetry

/// What `POST /write` and `POST /api/v2/write` ask for, and how each names what went wrong.
struct WriteRequest: Sendable {
    /// The two dialects of the API.
    enum Dialect: Sendable { case v1, v2 }

    var dialect: Dialect
    var database: String
    var policy: String?
    var precision: TimestampPrecision

    /// Reads path and query of a request; nil where it is no write.
    ///
    /// - Throws: the answer to a request that cannot be carried out.
    init?(path: String, parameters: QueryParameters) throws(WriteRefusal) {
        switch path {
        case "/write":
            dialect = .v1
            guard let name = parameters["db"], !name.isEmpty else {
                throw WriteRefusal(.v1, status: 400, code: "invalid", message: "database is required")
            }
            database = name
            policy = parameters["rp"].flatMap { $0.isEmpty ? nil : $0 }
            // One node keeps one copy: a level is read and means nothing.
            if let level = parameters["consistency"], !level.isEmpty,
                !["any", "one", "quorum", "all"].contains(level.lowercased())
            {
                throw WriteRefusal(.v1, status: 400, code: "invalid", message: "invalid consistency level")
            }
        case "/api/v2/write":
            dialect = .v2
            guard let bucket = parameters["bucket"], !bucket.isEmpty else {
                throw WriteRefusal(.v2, status: 400, code: "invalid", message: "bucket is required")
            }
            let parts = bucket.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            database = String(parts[0])
            policy = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : nil
        default:
            return nil
        }
        guard let unit = TimestampPrecision(parameter: parameters["precision"] ?? "") else {
            throw WriteRefusal(
                dialect, status: 400, code: "invalid",
                message: "invalid precision \"\(parameters["precision"] ?? "")\" (use n, u, ms, s, m or h)")
        }
        precision = unit
    }
}

/// An answer to a write that is not 204.
struct WriteRefusal: Error, Sendable {
    var dialect: WriteRequest.Dialect
    var status: Int
    var code: String
    var message: String
    var retryAfterSeconds: Int?

    init(_ dialect: WriteRequest.Dialect, status: Int, code: String, message: String, retryAfterSeconds: Int? = nil) {
        self.dialect = dialect
        self.status = status
        self.code = code
        self.message = message
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// The refusal of a batch, with the status that makes agents keep their data: 4xx only for what can never succeed.
    init(_ dialect: WriteRequest.Dialect, _ error: FrameError, database: String) {
        switch error.code {
        case .databaseNotFound:
            let message = dialect == .v1 ? error.detail : "bucket \"\(database)\" not found"
            self.init(dialect, status: 404, code: "not found", message: message)
        case .policyNotFound:
            self.init(dialect, status: dialect == .v1 ? 500 : 404, code: "not found", message: error.detail)
        case .typeConflict, .beyondRetention:
            self.init(dialect, status: 400, code: "invalid", message: error.detail)
        case .overloaded:
            self.init(
                dialect, status: dialect == .v1 ? 503 : 429, code: "too many requests", message: error.detail,
                retryAfterSeconds: 1)
        case .logFailed, .diskFull, .unavailable:
            self.init(dialect, status: 503, code: "unavailable", message: error.detail, retryAfterSeconds: 5)
        }
    }

    /// The refusal of a sender, by the path that was asked for.
    init(_ path: String, _ failure: AccessFailure) {
        self.init(
            path == "/write" ? .v1 : .v2, status: failure.status.code,
            code: failure.status == .unauthorized ? "unauthorized" : "too many requests", message: failure.message,
            retryAfterSeconds: failure.status == .unauthorized ? nil : 1)
    }

    /// The JSON body in the dialect's shape, with a line feed behind it.
    var body: String {
        switch dialect {
        case .v1: "{\"error\":\(JSONText.quoted(message))}\n"
        case .v2: "{\"code\":\(JSONText.quoted(code)),\"message\":\(JSONText.quoted(message))}\n"
        }
    }
}

/// The parameters of a URL's query or of a form, percent-decoded; the first of a name counts.
struct QueryParameters: Sendable {
    private var values: [(name: String, value: String)] = []

    init(_ query: some StringProtocol) {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values.append((Self.decode(parts[0]), parts.count > 1 ? Self.decode(parts[1]) : ""))
        }
    }

    init(_ pairs: [(String, String)]) {
        values = pairs.map { (name: $0.0, value: $0.1) }
    }

    subscript(name: String) -> String? { values.first { $0.name == name }?.value }

    /// These and, behind them, others: the first of a name counts.
    func merged(with others: QueryParameters) -> QueryParameters {
        var result = self
        result.values += others.values
        return result
    }

    /// Percent-decoding with `+` for a blank; a percent sign that begins no code stands for itself.
    static func decode(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        let source = Array(text.utf8)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "+") {
                bytes.append(UInt8(ascii: " "))
            } else if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let value = UInt8(String(decoding: source[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                index += 2
            } else {
                bytes.append(source[index])
            }
            index += 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
