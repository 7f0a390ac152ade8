import CMosquitto
import Glibc

/// Why there is no connection, in the words that an operator searches for.
package struct BrokerFault: Error, Equatable {
    /// One line.
    package let text: String

    /// A fault in words of our own.
    package init(_ text: String) {
        self.text = text
    }

    /// The fault of a result code of the library, with the system's error, or what TLS said, where it is one.
    init(code: Int32, errno: Int32, detail: String = "") {
        switch code {
        case MOSQ_ERR_ERRNO.rawValue:
            // The text is the C library's own and copied here.
            self.init("\(Self.name(errno)): \(unsafe String(cString: strerror(errno)))")
        case MOSQ_ERR_TLS.rawValue, MOSQ_ERR_TLS_HANDSHAKE.rawValue:
            self.init(
                "TLS_ERR_HANDSHAKE: \(detail.isEmpty ? unsafe String(cString: mosquitto_strerror(code)) : detail)")
        default:
            self.init(unsafe String(cString: mosquitto_strerror(code)))
        }
    }

    private static func name(_ errno: Int32) -> String {
        switch errno {
        case ECONNREFUSED: "ECONNREFUSED"
        case ECONNRESET: "ECONNRESET"
        case EHOSTUNREACH: "EHOSTUNREACH"
        case ENETUNREACH: "ENETUNREACH"
        case ETIMEDOUT: "ETIMEDOUT"
        case EPIPE: "EPIPE"
        default: "errno \(errno)"
        }
    }
}
