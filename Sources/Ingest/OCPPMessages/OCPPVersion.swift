/// The versions of OCPP-J that are spoken, each the subprotocol of its name.
package enum OCPPVersion: String, Sendable, CaseIterable {
    /// OCPP 1.6J.
    case v16 = "ocpp1.6"
    /// OCPP 2.0.1.
    case v201 = "ocpp2.0.1"
    /// OCPP 2.1.
    case v21 = "ocpp2.1"

    /// The version that an operator writes: `1.6`, `2.0.1`, `2.1`, with or without `ocpp` before it; nil for another.
    package init?(written text: String) {
        let name = text.lowercased()
        self.init(rawValue: name.hasPrefix("ocpp") ? name : "ocpp" + name)
    }
}

extension CallErrorCode {
    /// The code as this version spells it: 1.6 has `FormationViolation`, one r in `Occurence`, and no `RpcFrameworkError`.
    package func spelling(_ version: OCPPVersion) -> String {
        guard version == .v16 else { return rawValue }
        switch self {
        case .formatViolation, .rpcFrameworkError, .messageTypeNotSupported: return "FormationViolation"
        case .occurrenceConstraintViolation: return "OccurenceConstraintViolation"
        default: return rawValue
        }
    }
}
