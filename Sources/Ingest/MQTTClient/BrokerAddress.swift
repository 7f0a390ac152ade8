/// Where a broker is, who we are to it, and how the connection is kept.
package struct BrokerAddress: Sendable, Equatable {
    /// The files of a connection by TLS, read anew at each connection.
    package struct TLSFiles: Sendable, Equatable {
        /// Who signs the broker's certificate, PEM.
        package var authority: String
        /// Our certificate, PEM; nil where the broker asks for none.
        package var certificate: String?
        /// Its key, PEM.
        package var key: String?

        /// The files; a certificate and its key come together.
        package init(authority: String, certificate: String? = nil, key: String? = nil) {
            self.authority = authority
            self.certificate = certificate
            self.key = key
        }
    }

    /// The broker's address.
    package var host = "127.0.0.1"
    /// The broker's port.
    package var port = 1883
    /// The name of the session at the broker: one for each connection, the same after a restart.
    package var clientID = "feederline"
    /// Whether the broker forgets the session with the connection.
    package var isCleanStart = false
    /// Seconds that the broker keeps the session while we are away.
    package var sessionExpirySeconds = 86_400
    /// Where the broker wants one.
    package var username: String?
    /// Where the broker wants one.
    package var password: String?
    /// Nil for a connection without TLS.
    package var tls: TLSFiles?
    /// Seconds of silence after which either side asks for a sign of life, 5 or more.
    package var keepAliveSeconds = 30
    /// The most messages without our acknowledgement, 1 to 65,535.
    package var receiveMaximum = 10_000
    /// The most messages of ours without the broker's acknowledgement, 1 to 65,535.
    package var sendMaximum = 1_000

    /// A topic whose retained message the broker takes away when the connection is lost; nil for none.
    package var clearedTopic: String?

    /// A broker on this machine.
    package init() {}
}
