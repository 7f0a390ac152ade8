import Foundation
import HTTPTypes
import Hummingbird
import LogicalPlan
import NIOCore
import Observability
import QueryExecutor
import Telemetry

/// `/debug/vars` and `/debug/requests`, for those who look at a server by hand or with Telegraf's `influxdb` input.
struct DebugRoutes: Sendable {
    /// Seconds of a count of requests.
    private static let defaultSeconds = 10
    private static let longestSeconds = 3600

    let parts: HTTPAPI.Parts

    func add(to router: Router<APIContext>) {
        let started = parts.clock()
        router.get("/debug/vars") { _, _ -> Response in
            let results = try await BlockingWork.run { () throws -> [StatementResult] in
                var results: [StatementResult] = []
                guard parts.status.current == .ready else { return results }
                try parts.queries.execute("SHOW STATS", options: QueryOptions(), isCancelled: { false }) {
                    results.append($0)
                }
                return results
            }
            return .page(Self.variables(results.flatMap(\.series), now: parts.clock(), started: started))
        }
        router.get("/debug/requests") { request, _ -> Response in
            let text = request.uri.queryParameters["seconds"].map(String.init) ?? ""
            guard let seconds = text.isEmpty ? Self.defaultSeconds : Int(text) else {
                return .failure(.badRequest, "strconv.ParseInt: parsing \"\(text)\": invalid syntax")
            }
            guard let look = parts.requests.begin() else {
                return .failure(.serviceUnavailable, "too many counts of requests at once")
            }
            // A client that leaves ends the wait, and the count with it.
            let isWhole: ()? = try? await Task.sleep(for: .seconds(min(max(0, seconds), Self.longestSeconds)))
            let page = parts.requests.end(look)
            return isWhole == nil ? .page("{\n\n}\n") : .page(page)
        }
    }

    /// The counters of SHOW STATS as InfluxDB lays them out: an object with a key for each.
    static func variables(_ series: [ResultSeries], now: Int64, started: Int64) -> String {
        var entries = [
            "\"system\": {\"currentTime\":\(JSONText.quoted(Timestamp.format(now))),"
                + "\"started\":\(JSONText.quoted(Timestamp.format(started))),"
                + "\"uptime\":\((now - started) / 1_000_000_000)}",
            "\"cmdline\": [" + CommandLine.arguments.map(JSONText.quoted).joined(separator: ",") + "]",
        ]
        for series in series {
            let tags = series.tags.map { "\(JSONText.quoted($0.name)):\(JSONText.quoted($0.value))" }
            let values = zip(series.columns, series.rows.first ?? []).compactMap { name, value -> String? in
                guard case .integer(let number) = value else { return nil }
                return "\(JSONText.quoted(name)):\(number)"
            }
            let key = ([series.name] + series.tags.map(\.value)).joined(separator: ":")
            entries.append(
                "\(JSONText.quoted(key)): {\"name\":\(JSONText.quoted(series.name)),"
                    + "\"tags\":{\(tags.joined(separator: ","))},\"values\":{\(values.joined(separator: ","))}}")
        }
        return "{\n" + entries.joined(separator: ",\n") + "\n}\n"
    }
}

extension Response {
    /// A page of JSON.
    fileprivate static func page(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
