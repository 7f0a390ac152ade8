import HTTPTypes
import Hummingbird
import NIOCore

/// Adds version and request id to every answer, and turns an unknown path or method into InfluxDB's 404 or 405.
struct ServerHeadersMiddleware: RouterMiddleware {
    typealias Context = APIContext

    /// What may be done with which path; anything else with one of them is a 405.
    private static let methods: [String: [String]] = [
        "/query": ["GET", "OPTIONS", "POST"], "/write": ["OPTIONS", "POST"], "/api/v2/write": ["POST"],
        "/ping": ["GET", "HEAD"], "/status": ["GET", "HEAD"],
    ]

    @concurrent
    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            if let methods = Self.methods[request.uri.path] {
                response = Self.text(.methodNotAllowed, "Method Not Allowed\n")
                response.headers[.allow] = methods.joined(separator: ", ")
            } else {
                response = Self.text(.notFound, "404 page not found\n")
            }
        } catch let error as HTTPError where error.status == .contentTooLarge {
            response = .failure(.contentTooLarge, "Request Entity Too Large")
        }
        ServerHeaders.add(to: &response.headers, request: request.headers)
        return response
    }

    private static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8", .xContentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
