import HTTPTypes
import Synchronization
import Telemetry

/// The headers that InfluxDB's clients look for in every answer.
enum ServerHeaders {
    /// The API version that we speak; clients compare it with what they need.
    static let version = "1.8.10"

    private static let versionName = headerName("X-Influxdb-Version")
    private static let buildName = headerName("X-Influxdb-Build")
    private static let requestID = headerName("Request-Id")
    private static let givenRequestID = headerName("X-Request-Id")
    static let error = headerName("X-Influxdb-Error")
    private static let counter = Mutex<UInt64>(0)

    /// Adds version, build and request id; a request id that the client gave comes back.
    static func add(to fields: inout HTTPFields, request: HTTPFields) {
        fields[versionName] = version
        fields[buildName] = "OSS"
        let id = request[givenRequestID] ?? request[requestID] ?? newID()
        fields[requestID] = id
        fields[givenRequestID] = id
        if let origin = request[.origin] { allow(origin, in: &fields) }
    }

    /// What a page of another origin may do: all that a client may.
    private static func allow(_ origin: String, in fields: inout HTTPFields) {
        fields[.accessControlAllowOrigin] = origin
        fields[.accessControlAllowMethods] = "DELETE, GET, OPTIONS, POST, PUT"
        fields[.accessControlAllowHeaders] =
            "Accept, Accept-Encoding, Authorization, Content-Length, Content-Type, X-CSRF-Token, X-HTTP-Method-Override"
        fields[.accessControlExposeHeaders] = "Date, X-InfluxDB-Version, X-InfluxDB-Build"
    }

    private static func newID() -> String {
        let number = counter.withLock { counter in
            counter &+= 1
            return counter
        }
        var random = SystemRandomNumberGenerator()
        let high = String(random.next(), radix: 16)
        let low = String(number, radix: 16)
        let digits =
            String(repeating: "0", count: 16 - high.count) + high + String(repeating: "0", count: 16 - low.count) + low
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
            text.append(digit)
        }
        return text
    }

    private static func headerName(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
        return name
    }
}
