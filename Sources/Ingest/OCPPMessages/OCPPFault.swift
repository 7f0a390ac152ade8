/// The error codes of CALLERROR as OCPP 2.0.1 spells them.
package enum CallErrorCode: String, Sendable, CaseIterable {
    /// The JSON or the shape does not fit the action.
    case formatViolation = "FormatViolation"
    /// Nothing else fits.
    case genericError = "GenericError"
    /// We failed; the station may repeat.
    case internalError = "InternalError"
    /// The first element is a number that names no kind of message.
    case messageTypeNotSupported = "MessageTypeNotSupported"
    /// The action is unknown.
    case notImplemented = "NotImplemented"
    /// The action is known, but not taken here.
    case notSupported = "NotSupported"
    /// Too few or too many of a field.
    case occurrenceConstraintViolation = "OccurrenceConstraintViolation"
    /// The right type, but a value that is not allowed.
    case propertyConstraintViolation = "PropertyConstraintViolation"
    /// Sent at a wrong time.
    case protocolError = "ProtocolError"
    /// Not a frame of the protocol.
    case rpcFrameworkError = "RpcFrameworkError"
    /// A matter of security stopped it.
    case securityError = "SecurityError"
    /// The wrong JSON type, or too long.
    case typeConstraintViolation = "TypeConstraintViolation"

    /// The position in `allCases`, for counters in an array.
    package var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Why a payload was refused.
package struct OCPPFault: Error, Equatable, Sendable {
    /// The code that the station is told.
    package let code: CallErrorCode
    /// The field, as a path from the payload; empty for the payload itself.
    package private(set) var path: String
    /// What is wrong with it.
    package let reason: String
    /// The byte at which it was found.
    package let offset: Int

    /// A refusal of the field at `path`.
    package init(_ code: CallErrorCode, _ reason: String, path: String = "", offset: Int) {
        self.code = code
        self.path = path
        self.reason = reason
        self.offset = offset
    }

    /// The path and the reason, in one line.
    package var detail: String { path.isEmpty ? reason : "\(path): \(reason)" }

    /// The same, seen from the object or list around it.
    func inside(_ name: String) -> OCPPFault {
        var fault = self
        fault.path = path.isEmpty ? name : path.hasPrefix("[") ? name + path : "\(name).\(path)"
        return fault
    }
}

/// What stations do beside the norm and are forgiven, each counted.
package enum Deviation: String, Sendable, CaseIterable {
    /// A property that the norm does not have.
    case extraProperty = "extra_property"
    /// `null` for an absent optional.
    case nullOptional = "null_optional"
    /// A sampled value written as text.
    case numberAsText = "number_as_text"
    /// A word of an enumeration in another case.
    case wordCase = "word_case"
    /// A measurand, context, phase, location or unit that the version does not have.
    case unknownWord = "unknown_word"
    /// An escape that is half a surrogate pair, or NUL.
    case replacedEscape = "replaced_escape"
    /// NUL behind the JSON.
    case trailingPadding = "trailing_padding"
    /// A message id that is a number or has 37 to 64 characters.
    case oddMessageID = "odd_message_id"
    /// A time in 1970.
    case clockUnset = "clock_unset"
    /// A time over a minute from ours, in an event that was not offline.
    case clockSkew = "clock_skew"
    /// A transaction of which the EVSE was never said.
    case missingEVSE = "missing_evse"
    /// A unit that does not fit the measurand.
    case unknownUnit = "unknown_unit"
    /// A state of charge outside 0 to 100 in a transaction.
    case socOutOfRange = "soc_out_of_range"
    /// The same power said as import and as export.
    case doubledPower = "doubled_power"
    /// Phases that do not make a total.
    case incompletePhases = "incomplete_phases"
    /// L1 alone where more phases are used.
    case firstPhaseAsTotal = "first_phase_as_total"
    /// Events of a transaction that did not come.
    case sequenceGap = "sequence_gap"
    /// An event of a transaction that came before and is durable.
    case duplicateEvent = "duplicate_event"
    /// A transaction of 1.6 with an id that we did not give, as one that was started offline.
    case unknownTransaction = "unknown_transaction"
    /// Values of a periodic event stream that was never opened.
    case unopenedStream = "unopened_stream"
    /// A signed value of 1.6, which is no number.
    case signedText = "signed_text"
    /// A CALLRESULTERROR: the station could not use our answer.
    case refusedResult = "refused_result"
    /// An answer after its CALL had timed out.
    case lateAnswer = "late_answer"
    /// An answer to no CALL of ours.
    case unaskedAnswer = "unasked_answer"
    /// An answer with an element too few or too many.
    case oddAnswer = "odd_answer"

    /// The position in `allCases`, for counters in an array.
    package var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// How often each deviation was met.
package struct DeviationCounts: Sendable, Equatable {
    /// Empty until the first is counted, as in nearly every message.
    private var counted: [Int] = []

    /// No deviation yet.
    package init() {}

    /// One count a deviation, in the order of `Deviation.allCases`.
    package var counts: [Int] { counted.isEmpty ? [Int](repeating: 0, count: Deviation.allCases.count) : counted }

    /// How often `deviation` was met.
    package subscript(_ deviation: Deviation) -> Int { counted.isEmpty ? 0 : counted[deviation.index] }

    /// Counts `deviation`.
    package mutating func count(_ deviation: Deviation, times: Int = 1) {
        if counted.isEmpty { counted = counts }
        counted[deviation.index] += times
    }

    /// Adds what `other` counted.
    package mutating func add(_ other: DeviationCounts) {
        guard !other.counted.isEmpty else { return }
        if counted.isEmpty { counted = counts }
        for index in counted.indices { counted[index] += other.counted[index] }
    }
}
