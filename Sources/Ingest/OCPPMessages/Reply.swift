import Telemetry

/// The texts that answer a station's CALL.
package enum Reply {
    /// A CALLRESULT; `payload` is JSON.
    package static func result(id: [UInt8], payload: String) -> [UInt8] {
        Array("[3,".utf8) + id + Array(",\(payload)]".utf8)
    }

    /// A CALLERROR, in the spelling of `version`; the description is cut at 255 characters.
    package static func error(
        id: [UInt8], _ code: CallErrorCode, _ description: String, version: OCPPVersion = .v201
    ) -> [UInt8] {
        let text = quoted(String(description.prefix(255)))
        return Array("[4,".utf8) + id + Array(",\"\(code.spelling(version))\",\(text),{}]".utf8)
    }

    /// A CALLRESULTERROR of 2.1, about the station's CALLRESULT to `id`.
    package static func resultError(id: String, _ code: CallErrorCode, _ description: String) -> [UInt8] {
        Array("[5,\(quoted(id)),\"\(code.rawValue)\",\(quoted(String(description.prefix(255)))),{}]".utf8)
    }

    /// A CALL of ours; `payload` is JSON.
    package static func call(id: String, action: String, payload: [UInt8]) -> [UInt8] {
        Array("[2,\(quoted(id)),\(quoted(action)),".utf8) + payload + Array("]".utf8)
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
    package static func acceptedToken(_ version: OCPPVersion) -> String {
        version == .v16 ? "{\"idTagInfo\":{\"status\":\"Accepted\"}}" : "{\"idTokenInfo\":{\"status\":\"Accepted\"}}"
    }

    /// The payload for StartTransaction of 1.6.
    package static func started(transaction: Int32) -> String {
        "{\"idTagInfo\":{\"status\":\"Accepted\"},\"transactionId\":\(transaction)}"
    }

    /// The payload for a token with a contract certificate, which this room cannot check: not known, never accepted.
    package static let uncheckedCertificate =
        "{\"idTokenInfo\":{\"status\":\"Unknown\"},\"certificateStatus\":\"NoCertificateAvailable\"}"

    /// The payload for the actions whose answer depends on nothing but the request's shape.
    ///
    /// Where something is asked that only an operator's own systems know (certificates, taxes, a vehicle's schedule),
    /// the answer is the norm's refusal of that one request, never an error.
    package static func plain(_ action: StationAction, _ version: OCPPVersion = .v201) -> String {
        switch action {
        case .dataTransfer: "{\"status\":\"UnknownVendorId\"}"
        case .notifyEVChargingNeeds:
            version == .v21 ? "{\"status\":\"NoChargingProfile\"}" : "{\"status\":\"Rejected\"}"
        case .notifyEVChargingSchedule, .openPeriodicEventStream: "{\"status\":\"Accepted\"}"
        case .signCertificate, .pullDynamicScheduleUpdate: "{\"status\":\"Rejected\"}"
        case .get15118EVCertificate: "{\"status\":\"Failed\",\"exiResponse\":\"\"}"
        case .getCertificateStatus: "{\"status\":\"Failed\"}"
        default: "{}"
        }
    }

    /// The payload for GetCertificateChainStatus: of each certificate that nothing is known.
    package static func certificateChainStatus(_ call: MessageFrame.Call, now: Int64) -> String {
        let tape = call.tape
        let list = tape.member(call.payload, "certificateStatusRequests").map { tape.elements($0) } ?? []
        let answers = list.compactMap { item -> String? in
            guard let hash = tape.member(item, "certificateHashData"), let source = tape.member(item, "source") else {
                return nil
            }
            return
                "{\"certificateHashData\":\(json(tape, hash)),\"source\":\(json(tape, source)),\"status\":\"Failed\","
                + "\"nextUpdate\":\"\(Timestamp.formatMilliseconds(now))\"}"
        }
        return "{\"certificateStatus\":[\(answers.joined(separator: ","))]}"
    }

    /// The payload for VatNumberValidation: the number is not validated here.
    package static func vatNumber(_ call: MessageFrame.Call) -> String {
        let number = call.tape.member(call.payload, "vatNumber").map { json(call.tape, $0) } ?? "\"\""
        return "{\"vatNumber\":\(number),\"status\":\"Rejected\"}"
    }

    /// The token at `index` as the JSON that it came as.
    private static func json(_ tape: JSONTape, _ index: Int) -> String {
        let text = String(decoding: tape.raw(index), as: UTF8.self)
        return tape.kind(index) == .string ? "\"\(text)\"" : text
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
