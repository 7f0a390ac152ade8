import Logging
import OCPPMessages
import OCPPSession

extension StationConnection {
    /// What the gateway tells a connection.
    enum Order: Sendable {
        /// Another connection of the same identity has come.
        case giveWay
        /// The gateway stops.
        case goAway
    }

    /// Writes what the session says about one message.
    func log(_ line: OCPPSession.LogLine) {
        shared.logger.warning(
            "\(line.code.rawValue): \(line.reason)",
            metadata: [
                "station": "\(identity)", "version": "\(version?.rawValue ?? "none")", "reason": "\(line.reason)",
                "offset": "\(line.offset)", "text": "\(line.excerpt)",
            ])
    }

    /// Writes what befell the connection.
    func log(_ code: String, _ reason: String) {
        shared.logger.warning(
            "\(code): \(reason)",
            metadata: ["station": "\(identity)", "version": "\(version?.rawValue ?? "none")"])
    }
}
