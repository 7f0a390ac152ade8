import Telemetry

/// The texts that answer a station's CALL.
package enum Reply {
    /// A CALLRESULT; `payload` is JSON.
    package static func result(id: [UInt8], payload: String) -> [UInt8] {
        Array("[3,".utf8) + id + Array(",\(payload)]".utf8)
    }

    /// A CALLERROR; the description is cut at 255 characters.
    package static func error(id: [UInt8], _ code: CallErrorCode, _ description: String) -> [UInt8] {
        Array("[4,".utf8) + id + Array(",\"\(code.rawValue)\",\(quoted(String(description.prefix(255)))),{}]".utf8)
    }

    /// The payload for BootNotification: accepted, with our time.
    package static func boot(now: Int64, heartbeatInterval: Int) -> String {
        "{\"currentTime\":\"\(Timestamp.formatMilliseconds(now))\",\"interval\":\(heartbeatInterval),"
            + "\"status\":\"Accepted\"}"
    }

    /// The payload for Heartbeat.
    package static func heartbeat(now: Int64) -> String {
        "{\"currentTime\":\"\(Timestamp.formatMilliseconds(now))\"}"
    }

    /// The payload that accepts a token. It is never refused here: a station that hears `Invalid` stops charging.
    package static let acceptedToken = "{\"idTokenInfo\":{\"status\":\"Accepted\"}}"

    /// The payload for a token with a contract certificate, which this room cannot check: not known, never accepted.
    package static let uncheckedCertificate =
        "{\"idTokenInfo\":{\"status\":\"Unknown\"},\"certificateStatus\":\"NoCertificateAvailable\"}"

    /// The payload for the actions whose answer depends on nothing but the request's shape.
    package static func plain(_ action: StationAction) -> String {
        switch action {
        case .dataTransfer: "{\"status\":\"UnknownVendorId\"}"
        case .notifyEVChargingNeeds: "{\"status\":\"Rejected\"}"
        case .notifyEVChargingSchedule: "{\"status\":\"Accepted\"}"
        default: "{}"
        }
    }

    /// `text` as a JSON string.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case let scalar where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
