import ForwardingProtocol
package import Telemetry

/// What became of one batch that was sent.
package enum ForwardOutcome: Sendable, Equatable {
    /// The engine has it, as far as it could be taken.
    case durable(FrameReceipt)
    /// The engine will never take it.
    case refused(FrameError)
    /// The engine cannot take it now: it is to be sent again, with all that come after.
    case later(FrameError)

    /// The refusal of a batch that the engine cannot read.
    static let unreadable = "unreadable"

    init(_ message: Feederline_Forwarding_V1_Outcome) {
        switch message.refusal {
        case "":
            let dropped = Int(clamping: message.droppedRows)
            self = .durable(
                FrameReceipt(
                    position: 0, droppedRowCount: dropped,
                    firstRefusal: dropped > 0 ? FrameError(.typeConflict, message.detail) : nil))
        case Self.unreadable: self = .refused(FrameError(.typeConflict, message.detail))
        default:
            // A code of a newer engine is taken for one that passes: the data stays.
            let code = FrameError.Code(rawValue: message.refusal) ?? .unavailable
            let error = FrameError(code, message.detail)
            switch code {
            case .overloaded, .unavailable, .logFailed, .diskFull: self = .later(error)
            case .databaseNotFound, .policyNotFound, .typeConflict, .beyondRetention: self = .refused(error)
            }
        }
    }
}

/// The engine as a forwarder sees it: batches in their encoded form, an outcome each.
package protocol EngineLink: Sendable {
    /// Sends batches in their order and waits for what became of each; fails where nothing is known of any.
    func forward(_ batches: [[UInt8]]) async throws(FrameError) -> [ForwardOutcome]
}
