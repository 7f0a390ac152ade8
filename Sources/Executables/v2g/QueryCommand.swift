import ArgumentParser
import Foundation
import FoundationNetworking

/// `v2g query`: one InfluxQL query, its answer as a table, CSV or JSON.
struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Asks the engine in InfluxQL.",
        discussion: """
            v2g query 'SELECT last(active_power_w) FROM Power_Flow GROUP BY Feeder_ID'
            v2g query --format csv --epoch s 'SELECT mean(fcr_up_w) FROM FCR_Readiness WHERE time > now() - 5m GROUP BY time(1m)'

            Exit codes: 0, 1 when the engine does not answer or a statement fails.
            """)

    /// How an answer is printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, csv, json
    }

    @Argument(help: "The statements, separated by semicolons.")
    var text: String

    @Option(help: "The engine's HTTP address; http://user:password@host:port where it has --auth.")
    var http: String = "http://127.0.0.1:8086"

    @Option(name: .shortAndLong, help: "The database of names without one.")
    var database: String = "telemetry"

    @Option(help: "How the answer is printed: \(Format.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format: Format = .table

    @Option(help: "The unit of times: ns, u, ms, s, m, h; RFC 3339 without it.")
    var epoch: String?

    func run() async throws {
        var components = URLComponents(string: http + "/query")
        components?.queryItems =
            [URLQueryItem(name: "db", value: database)] + (epoch.map { [URLQueryItem(name: "epoch", value: $0)] } ?? [])
        let sender = components?.user.map { "\($0):\(components?.password ?? "")" }
        components?.user = nil
        components?.password = nil
        guard let url = components?.url else { throw ValidationError("--http \(http) is no address") }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        if let sender {
            request.setValue("Basic " + Data(sender.utf8).base64EncodedString(), forHTTPHeaderField: "Authorization")
        }
        request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
        request.setValue(format == .csv ? "application/csv" : "application/json", forHTTPHeaderField: "Accept")
        let encoded = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        request.httpBody = Data("q=\(encoded)".utf8)
        let body: Data
        do {
            let session = URLSession(configuration: .ephemeral, delegate: NoChallenge(), delegateQueue: nil)
            body = try await session.data(for: request).0
        } catch {
            // A challenge that is not answered ends as a cancelled request.
            let isRefused = (error as? URLError)?.code == .cancelled
            let reason = isRefused ? "the engine asks for another user or password" : error.localizedDescription
            print("v2g: no answer from \(url.host ?? http): \(reason)")
            throw ExitCode.failure
        }
        switch format {
        case .csv, .json: print(String(decoding: body, as: UTF8.self), terminator: "")
        case .table:
            let answer = try JSONDecoder().decode(Answer.self, from: body)
            print(answer.table())
            if answer.hasError { throw ExitCode.failure }
        }
    }
}

/// Answers no challenge: without a delegate URLSession waits for ever behind a 401.
private final class NoChallenge: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) { completionHandler(.cancelAuthenticationChallenge, nil) }
}

/// An answer of `/query`, as far as a table shows it.
struct Answer: Decodable {
    struct Result: Decodable {
        var series: [Series]?
        var error: String?
    }
    struct Series: Decodable {
        var name: String?
        var tags: [String: String]?
        var columns: [String]
        var values: [[Cell]]?
    }
    enum Cell: Decodable {
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .text("")
            } else if let value = try? container.decode(Bool.self) {
                self = .text(String(value))
            } else if let value = try? container.decode(Int64.self) {
                self = .text(String(value))
            } else if let value = try? container.decode(Double.self) {
                self = .text(String(value))
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        var shown: String { if case .text(let text) = self { text } else { "" } }
    }

    var results: [Result]?
    var error: String?

    var hasError: Bool { error != nil || results?.contains { $0.error != nil } ?? false }

    /// Every series under its name and tags, columns as wide as their widest cell.
    func table() -> String {
        if let error { return "error: \(error)" }
        var lines: [String] = []
        for result in results ?? [] {
            if let error = result.error { lines.append("error: \(error)") }
            for series in result.series ?? [] {
                if !lines.isEmpty { lines.append("") }
                let tags = (series.tags ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                lines.append(([series.name ?? ""] + tags).joined(separator: "  "))
                let rows = [series.columns] + (series.values ?? []).map { $0.map(\.shown) }
                let widths = series.columns.indices.map { column in
                    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
                }
                for row in rows {
                    let cells = row.enumerated().map { index, cell in
                        cell + String(repeating: " ", count: max(0, widths[index] - cell.count))
                    }
                    lines.append(("  " + cells.joined(separator: "  ")).trimmingSuffix())
                }
            }
        }
        return lines.isEmpty ? "(no rows)" : lines.joined(separator: "\n")
    }
}

extension String {
    /// The text without blanks at its end.
    fileprivate func trimmingSuffix() -> String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
