/// One text message of OCPP-J as it was understood: a call, an answer to one of ours, or neither.
///
/// | first element | since | what it is                                             |
/// |--------------:|-------|--------------------------------------------------------|
/// |             2 | 1.6   | CALL `[2,id,action,payload]`                           |
/// |             3 | 1.6   | CALLRESULT `[3,id,payload]`                            |
/// |             4 | 1.6   | CALLERROR `[4,id,code,description,details]`            |
/// |             5 | 2.1   | CALLRESULTERROR, the same about one of our CALLRESULTs |
/// |             6 | 2.1   | SEND `[6,id,action,payload]`, never answered           |
package enum MessageFrame: Sendable {
    /// A CALL or SEND of an action that a station may send; its payload is an object, not yet checked.
    case call(Call)
    /// A CALLRESULT or CALLERROR to one of our CALLs.
    case answer(Answer)
    /// A CALLRESULTERROR: the station could not use one of our CALLRESULTs; nothing is answered.
    case resultRefused(Answer)
    /// What cannot be taken.
    case refused(Refusal)

    /// A CALL, or a SEND.
    package struct Call: Sendable {
        /// The message id as it came, quotes included, to be echoed.
        package let id: [UInt8]
        /// What is asked.
        package let action: StationAction
        /// The whole text in tokens.
        package let tape: JSONTape
        /// The payload's token.
        package let payload: Int
    }

    /// An answer to one of our CALLs.
    package struct Answer: Sendable {
        /// The id of our CALL.
        package let id: String
        /// The CALLERROR's code, nil for a CALLRESULT.
        package let errorCode: String?
        /// The CALLERROR's description; empty for a CALLRESULT.
        package let errorDescription: String
        /// The CALLRESULT's payload, or the CALLERROR's details, as JSON.
        package let payload: [UInt8]
        /// Whether its shape is off in a way that does not matter.
        package let isOdd: Bool
    }

    /// What is logged about a refusal.
    package enum LogCode: String, Sendable {
        /// Cannot be parsed or decoded.
        case jsonInvalid = "OCPP_JSON_INVALID"
        /// A message type that the version does not have.
        case typeUnknown = "OCPP_TYPE_UNKNOWN"
        /// An action that is not taken.
        case actionUnknown = "OCPP_ACTION_UNKNOWN"
        /// Something before an accepted boot.
        case notBooted = "OCPP_NOT_BOOTED"
        /// Rows that the store will never take, as for a field that has another type.
        case rowsRefused = "OCPP_ROWS_REFUSED"
        /// A station's clock over a minute from ours.
        case clockDrift = "OCPP_CLOCK_DRIFT"
        /// Longer than the limit.
        case frameTooLarge = "OCPP_FRAME_TOO_LARGE"
        /// No subprotocol in common.
        case subprotocol = "OCPP_SUBPROTOCOL"
        /// A handshake that was refused.
        case unauthorized = "OCPP_UNAUTHORIZED"
    }

    /// Why a message was refused and what the station is told.
    package struct Refusal: Error, Equatable, Sendable {
        /// The id to answer to as JSON, or nil where nothing is answered.
        package var replyID: [UInt8]?
        /// The code that the station is told.
        package var code: CallErrorCode
        /// One line for station and operator.
        package var reason: String
        /// The byte at which it was found.
        package var offset: Int
        /// What the log calls it.
        package var log: LogCode
        /// Whether it was no JSON at all: too many of those close the connection.
        package var isUnparsable: Bool
        /// Whether the bytes were no UTF-8, which RFC 6455 answers by closing.
        package var isEncoding: Bool
        /// The id of a CALLRESULT or CALLERROR that cannot be used, where it could be read.
        package var answeredID: String?

        /// A refusal that is answered to `replyID`, or not at all.
        package init(
            replyID: [UInt8]?, code: CallErrorCode, reason: String, offset: Int, log: LogCode = .jsonInvalid,
            isUnparsable: Bool = false, isEncoding: Bool = false
        ) {
            self.replyID = replyID
            self.code = code
            self.reason = reason
            self.offset = offset
            self.log = log
            self.isUnparsable = isUnparsable
            self.isEncoding = isEncoding
        }
    }

    /// The id for messages whose own cannot be read.
    package static let unreadableID = Array("\"-1\"".utf8)

    /// Reads one text message of this version; `deviations` counts what was forgiven.
    package static func read(
        _ bytes: [UInt8], version: OCPPVersion = .v201, _ deviations: inout DeviationCounts
    ) -> MessageFrame {
        let (tape, flaw) = JSONScanner.scan(bytes)
        if tape.hasTrailingPadding { deviations.count(.trailingPadding) }
        if tape.replacedEscapeCount > 0 { deviations.count(.replacedEscape, times: tape.replacedEscapeCount) }
        if let flaw { return .refused(refusal(of: flaw, tape)) }
        do throws(Refusal) {
            return try read(tape, version, &deviations)
        } catch {
            return .refused(error)
        }
    }

    /// The same refusal, as far as it may be said in `version`: 1.6 has no words for what has no readable id.
    package static func voiced(_ refusal: Refusal, in version: OCPPVersion) -> Refusal {
        guard version == .v16, refusal.replyID == unreadableID || refusal.code == .messageTypeNotSupported else {
            return refusal
        }
        var silent = refusal
        silent.replyID = nil
        return silent
    }

    private static func refusal(of flaw: JSONFlaw, _ tape: JSONTape) -> Refusal {
        switch flaw.kind {
        case .encoding:
            return Refusal(
                replyID: nil, code: .rpcFrameworkError, reason: flaw.detail, offset: flaw.offset, isEncoding: true)
        case .syntax:
            return Refusal(
                replyID: unreadableID, code: .rpcFrameworkError, reason: flaw.detail, offset: flaw.offset,
                isUnparsable: true)
        case .tooDeep, .numberOutOfRange:
            let isArray = tape.tokens.first?.kind == .array
            let parts = isArray ? tape.elements(0, limit: 3) : []
            if parts.count > 1, let type = tape.integer(parts[0]), (3...6).contains(type) {
                return Refusal(replyID: nil, code: .formatViolation, reason: flaw.detail, offset: flaw.offset)
            }
            var ignored = DeviationCounts()
            let id = parts.count > 1 ? readableID(tape, parts[1], &ignored) : nil
            return Refusal(
                replyID: id ?? unreadableID, code: id == nil ? .rpcFrameworkError : .formatViolation,
                reason: flaw.detail, offset: flaw.offset)
        }
    }

    private static func read(
        _ tape: JSONTape, _ version: OCPPVersion, _ deviations: inout DeviationCounts
    ) throws(Refusal) -> MessageFrame {
        guard tape.kind(0) == .array else {
            throw Refusal(replyID: unreadableID, code: .rpcFrameworkError, reason: "not an array", offset: 0)
        }
        let parts = tape.elements(0, limit: 6)
        let id = parts.count > 1 ? readableID(tape, parts[1], &deviations) : nil
        func broken(_ reason: String, _ part: Int) -> Refusal {
            Refusal(
                replyID: id ?? unreadableID, code: .rpcFrameworkError, reason: reason,
                offset: part < parts.count ? tape.offset(parts[part]) : 0)
        }
        guard let first = parts.first else { throw broken("an empty array", 0) }
        guard let type = tape.number(first) else { throw broken("the message type is not a number", 0) }
        switch type {
        case 2: break
        case 3, 4: return try answer(tape, parts, isError: type == 4)
        case 5 where version == .v21:
            guard case .answer(let answer) = try answer(tape, parts, isError: true) else { break }
            return .resultRefused(answer)
        case 6 where version == .v21:
            do {
                return try call(tape, parts, id, version, isSent: true, broken)
            } catch {
                var silent = error
                silent.replyID = nil
                throw silent
            }
        default:
            guard let id else { throw broken("an unknown message type without an id", 0) }
            throw Refusal(
                replyID: type == 5 ? nil : id, code: .messageTypeNotSupported, reason: "unknown message type",
                offset: tape.offset(first), log: .typeUnknown)
        }
        return try call(tape, parts, id, version, isSent: false, broken)
    }

    private static func call(
        _ tape: JSONTape, _ parts: [Int], _ id: [UInt8]?, _ version: OCPPVersion, isSent: Bool,
        _ broken: (String, Int) -> Refusal
    ) throws(Refusal) -> MessageFrame {
        let kind = isSent ? "SEND" : "CALL"
        guard parts.count == 4 else { throw broken("a \(kind) has 4 elements, not \(parts.count)", 0) }
        guard let id else { throw broken("the message id is not a string of 1 to 36 characters", 1) }
        guard tape.kind(parts[2]) == .string else { throw broken("the action is not a string", 2) }
        let name = tape.string(parts[2])
        guard let action = StationAction(rawValue: name), action.shape(version) != nil, action.isSent == isSent else {
            let isOurs = CommandActions.of(version).contains(name)
            throw Refusal(
                replyID: id, code: isOurs ? .notSupported : .notImplemented,
                reason: isOurs ? "an action of the other direction" : "unknown action",
                offset: tape.offset(parts[2]), log: .actionUnknown)
        }
        guard tape.kind(parts[3]) == .object else {
            throw Refusal(
                replyID: id, code: .formatViolation, reason: "the payload is not an object",
                offset: tape.offset(parts[3]))
        }
        return .call(Call(id: id, action: action, tape: tape, payload: parts[3]))
    }

    /// The id as JSON where it can be echoed: 1 to 36 characters, and forgiven up to 64, or a number.
    private static func readableID(_ tape: JSONTape, _ index: Int, _ deviations: inout DeviationCounts) -> [UInt8]? {
        let raw = tape.raw(index)
        switch tape.kind(index) {
        case .number where raw.count <= 64:
            deviations.count(.oddMessageID)
            return Array(raw)
        case .string:
            let count = tape.characterCount(index)
            guard (1...64).contains(count) else { return nil }
            if count > 36 { deviations.count(.oddMessageID) }
            return [UInt8(ascii: "\"")] + raw + [UInt8(ascii: "\"")]
        default: return nil
        }
    }

    private static func answer(
        _ tape: JSONTape, _ parts: [Int], isError: Bool
    ) throws(Refusal) -> MessageFrame {
        let isReadable =
            parts.count >= 3 && tape.kind(parts[1]) == .string
            && (isError ? tape.kind(parts[2]) == .string : tape.kind(parts[2]) == .object)
        guard isReadable else {
            var refusal = Refusal(
                replyID: nil, code: .formatViolation, reason: "an answer that cannot be read", offset: 0)
            if parts.count > 1, tape.kind(parts[1]) == .string { refusal.answeredID = tape.string(parts[1]) }
            throw refusal
        }
        let isOdd = isError ? parts.count != 5 || tape.kind(parts[4]) != .object : parts.count != 3
        let hasDescription = isError && parts.count > 3 && tape.kind(parts[3]) == .string
        let payload = isError ? (isOdd ? nil : parts[4]) : parts[2]
        return .answer(
            Answer(
                id: tape.string(parts[1]), errorCode: isError ? tape.string(parts[2]) : nil,
                errorDescription: hasDescription ? tape.string(parts[3]) : "",
                payload: payload.map { Array(tape.raw($0)) } ?? Array("{}".utf8), isOdd: isOdd))
    }
}
