import Logging
import NIOCore
import NIOSSL
import NIOTLS
import Synchronization

/// How stations prove who they are: the security profiles of OCPP 2.0.1 part 2, A.
package enum SecurityProfile: Int, Sendable, CaseIterable {
    /// Nothing: for loopback and closed networks.
    case none = 0
    /// A password over plain TCP.
    case basic = 1
    /// A password inside TLS.
    case tls = 2
    /// A certificate inside TLS.
    case mutualTLS = 3

    /// Whether the station shows a password.
    var hasPassword: Bool { self == .basic || self == .tls }
    /// Whether connections are TLS.
    var isTLS: Bool { self == .tls || self == .mutualTLS }
}

/// Who may connect: the profile, the server's certificate, whose certificates are taken, the passwords.
///
/// Files are read anew by `reload`; connections that are open keep what they have.
package final class GatewaySecurity: Sendable {
    /// The files that a profile needs, nil where it needs none.
    package struct Files: Sendable, Equatable {
        /// The server's certificate and those that signed it, its own first, PEM.
        package var certificate: String?
        /// The key of the server's certificate, PEM.
        package var key: String?
        /// Whose signature a station's certificate must bear, PEM.
        package var stationAuthorities: String?
        /// The stations' passwords, as `StationPasswords` reads them.
        package var passwords: String?

        /// No files.
        package init() {}
    }

    private struct State {
        var context: NIOSSLContext?
        var passwords: StationPasswords
        var expiry: Int?
    }

    /// The profile in force.
    package let profile: SecurityProfile
    private let files: Files
    private let state: Mutex<State>

    /// Reads the files of a profile.
    ///
    /// - Throws: `SecurityFileError` for a file that is missing or not what it should be.
    package init(profile: SecurityProfile, files: Files = Files()) throws(SecurityFileError) {
        self.profile = profile
        self.files = files
        state = Mutex(try Self.read(profile, files, old: nil))
    }

    /// No security at all.
    package static var open: GatewaySecurity {
        GatewaySecurity(profile: .none, state: State(context: nil, passwords: StationPasswords(), expiry: nil))
    }

    private init(profile: SecurityProfile, state: sending State) {
        self.profile = profile
        files = Files()
        self.state = Mutex(state)
    }

    /// Reads all files again. On an error what was read before stays in force.
    package func reload() throws(SecurityFileError) {
        let old = state.withLock { $0.passwords }
        let new = try Self.read(profile, files, old: old)
        state.withLock { $0 = new }
    }

    /// When the server's certificate expires, seconds since 1970 UTC; nil without TLS.
    package var certificateExpiry: Int? { state.withLock { $0.expiry } }

    /// What the next connection is greeted with; nil without TLS.
    var context: NIOSSLContext? { state.withLock { $0.context } }

    /// Whether `password` is the station's, where that is known at once; nil where only the slow hash can tell.
    func knows(_ password: [UInt8], of station: String) -> Bool? {
        state.withLock { $0.passwords.knows(password, of: station) }
    }

    /// Whether `password` is the station's; takes as long as the slow hash does.
    func check(_ password: [UInt8], of station: String) -> Bool {
        guard let hash = state.withLock({ $0.passwords.hash(of: station) }), hash.matches(password) else {
            return false
        }
        state.withLock { $0.passwords.note(password, of: station, hash) }
        return true
    }

    private static func read(
        _ profile: SecurityProfile, _ files: Files, old: StationPasswords?
    ) throws(SecurityFileError) -> State {
        var state = State(context: nil, passwords: StationPasswords(), expiry: nil)
        if profile.hasPassword {
            guard let path = files.passwords else {
                throw SecurityFileError("profile \(profile.rawValue) needs a file of passwords")
            }
            state.passwords = try StationPasswords(path: path, knowing: old)
        }
        guard profile.isTLS else { return state }
        guard let certificate = files.certificate, let key = files.key else {
            throw SecurityFileError("profile \(profile.rawValue) needs a certificate and its key")
        }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            if profile == .mutualTLS {
                guard let authorities = files.stationAuthorities else {
                    throw SecurityFileError("profile 3 needs the certificates that sign the stations'")
                }
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorities))
                configuration.certificateVerification = .noHostnameVerification
            }
            state.context = try NIOSSLContext(configuration: configuration)
            state.expiry = chain.first.map { Int($0.notValidAfter) }
        } catch let error as SecurityFileError {
            throw error
        } catch {
            throw SecurityFileError("\(certificate), \(key): \(error)")
        }
        return state
    }
}

/// What is wrong with one of the files of a security profile.
package struct SecurityFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One line for the operator.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Names what broke a TLS handshake, and drops connections that never finish theirs.
final class TLSHandshakeWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let shared: OCPPGateway.Shared
    private var deadline: Scheduled<Void>?
    private var isDone = false

    init(shared: OCPPGateway.Shared) {
        self.shared = shared
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: .seconds(Int64(shared.settings.handshakeTimeout))) {
            let (watch, context) = bound.value
            watch.fail("no handshake within \(watch.shared.settings.handshakeTimeout) s", context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            isDone = true
            deadline?.cancel()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isDone else { return context.fireErrorCaught(error) }
        fail("\(error)", context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isDone { fail("the peer closed during the handshake", context) }
        context.fireChannelInactive()
    }

    private func fail(_ reason: String, _ context: ChannelHandlerContext) {
        guard !isDone else { return }
        isDone = true
        deadline?.cancel()
        shared.tally.update { $0.failedTLSHandshakes += 1 }
        shared.logger.warning(
            "TLS_ERR_HANDSHAKE: \(reason.prefix(300))",
            metadata: ["peer": "\(context.channel.remoteAddress.map { "\($0)" } ?? "unknown")"])
        context.close(promise: nil)
    }
}
