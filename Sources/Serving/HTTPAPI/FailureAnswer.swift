import HTTPTypes
import Hummingbird
import NIOCore

/// The form in which a client wants its answer.
enum AnswerFormat: Equatable, Sendable {
    case json(isPretty: Bool)
    case csv
    case messagePack

    /// Reads `Accept`: the first of a list counts, and JSON is for all that is not known.
    init(accept: String?, isPretty: Bool) {
        let first = accept?.split(separator: ",").first?.split(separator: ";").first ?? ""
        switch first {
        case "application/csv", "text/csv": self = .csv
        case "application/x-msgpack": self = .messagePack
        default: self = .json(isPretty: isPretty)
        }
    }

    var contentType: String {
        switch self {
        case .json: "application/json"
        case .csv: "text/csv"
        case .messagePack: "application/x-msgpack"
        }
    }

    /// The body of an answer that says only what went wrong.
    func failure(_ message: String) -> [UInt8] {
        switch self {
        case .json(let isPretty): JSONResultEncoder.error(message, isPretty: isPretty)
        case .csv: CSVResultEncoder.error(message)
        case .messagePack: MessagePackResultEncoder.error(message)
        }
    }
}

extension HTTPFields {
    /// The headers beside a failure: a challenge where somebody has to say who they are, else InfluxDB's error header.
    mutating func describeFailure(_ status: HTTPResponse.Status, _ message: String) {
        if status == .unauthorized {
            self[.wwwAuthenticate] = "Basic realm=\"InfluxDB\""
        } else {
            // A header ends at a line feed: a text of several lines goes there in one, and InfluxDB cuts it.
            let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
            self[ServerHeaders.error] = String(decoding: line.utf8.prefix(1024), as: UTF8.self)
        }
    }
}

extension Response {
    /// What went wrong, in the form that the client asked for, with InfluxDB's headers beside it.
    static func failure(
        _ status: HTTPResponse.Status, _ message: String, _ format: AnswerFormat = .json(isPretty: false)
    ) -> Response {
        var response = Response(
            status: status, headers: [.contentType: format.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: format.failure(message))))
        response.headers.describeFailure(status, message)
        if status == .serviceUnavailable { response.headers[.retryAfter] = "1" }
        return response
    }
}
