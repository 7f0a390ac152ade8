import Foundation
import FoundationNetworking

/// An engine's address, and who asks.
struct ImportAddress {
    let components: URLComponents
    let authorization: String?

    init(_ text: String) throws {
        guard var components = URLComponents(string: text), components.host != nil else {
            throw ImportError("--http \(text) is no address")
        }
        let sender = components.user.map { "\($0):\(components.password ?? "")" }
        components.user = nil
        components.password = nil
        self.components = components
        authorization = sender.map { "Basic " + Data($0.utf8).base64EncodedString() }
    }
}

/// Sends chunks, each until it is acknowledged or refused.
struct ImportSender {
    private let address: ImportAddress
    private let tries: Int
    private let session = URLSession(configuration: .ephemeral)
    /// Lines in requests that were answered.
    private(set) var lineCount = 0
    /// Requests of which something was refused.
    private(set) var refusalCount = 0

    init(address: ImportAddress, tries: Int) {
        self.address = address
        self.tries = tries
    }

    /// Returns when the chunk is durable, or was refused for what it is: that is told and counted.
    mutating func send(_ chunk: LineImport.Chunk) async throws {
        var components = address.components
        components.path += chunk.isStatement ? "/query" : "/write"
        components.queryItems =
            chunk.isStatement
            ? []
            : [.init(name: "db", value: chunk.database)]
                + (chunk.policy.isEmpty ? [] : [.init(name: "rp", value: chunk.policy)])
        guard let url = components.url else { throw ImportError("no address for \(chunk.database)") }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = Data(chunk.bytes)
        if chunk.isStatement {
            let text = String(decoding: chunk.bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            let encoded = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
            request.httpBody = Data("q=\(encoded)".utf8)
        }
        if let authorization = address.authorization {
            request.setValue(authorization, forHTTPHeaderField: "Authorization")
        }
        var problem = ""
        for attempt in 0..<tries {
            if attempt > 0 { try await Task.sleep(for: .milliseconds(min(5_000, 100 << min(attempt, 6)))) }
            do {
                let (body, response) = try await session.data(for: request)
                let status = (response as? HTTPURLResponse)?.statusCode ?? 0
                let text = String(decoding: body.prefix(500), as: UTF8.self)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
                switch status {
                case 401, 403, 404: throw ImportError("lines \(chunk.first) to \(chunk.last): \(status) \(text)")
                case 200..<300 where chunk.isStatement && text.contains("\"error\""), 400, 413:
                    complain("lines \(chunk.first) to \(chunk.last): \(status) \(text)")
                    refusalCount += 1
                    lineCount += chunk.last - chunk.first + 1
                    return
                case 200..<300:
                    lineCount += chunk.last - chunk.first + 1
                    return
                default: problem = "\(status) \(text)"
                }
            } catch let error as URLError {
                // A challenge that is not answered ends as a cancelled request.
                if error.code == .cancelled { throw ImportError("the engine asks for another user or password") }
                problem = error.localizedDescription
            }
        }
        throw ImportError("lines \(chunk.first) to \(chunk.last) were tried \(tries) times: \(problem)")
    }
}
