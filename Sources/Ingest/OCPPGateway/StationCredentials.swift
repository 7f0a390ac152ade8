import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import OCPPMessages

/// What a station shows to prove that it is the one of its URL.
enum StationCredentials {
    /// Passwords that may wait for their slow hash; beyond it a station is told to come again.
    static let maxWaiting = 10_000

    /// What became of a station's proof.
    enum Verdict: Equatable, Sendable {
        case welcome
        case unauthorized(String)
        case busy
    }

    /// Judges a request of the station `identity`. The answer is there at once but for a password that was not seen since
    /// the start: its hash is made on another thread.
    static func judge(
        _ head: HTTPRequestHead, _ identity: String, _ channel: any Channel, _ shared: OCPPGateway.Shared
    ) -> EventLoopFuture<Verdict> {
        let security = shared.security
        switch security.profile {
        case .none: return channel.eventLoop.makeSucceededFuture(.welcome)
        case .mutualTLS: return channel.eventLoop.makeSucceededFuture(certificate(identity, channel))
        case .basic, .tls: break
        }
        guard let (user, password) = basic(head.headers["Authorization"]) else {
            return channel.eventLoop.makeSucceededFuture(.unauthorized("no Basic credentials"))
        }
        // Who is not the station of the URL has no password to be looked at.
        guard user.elementsEqual(identity.utf8) else {
            return channel.eventLoop.makeSucceededFuture(.unauthorized("the user is not the identity"))
        }
        if let isKnown = security.knows(password, of: identity) {
            return channel.eventLoop.makeSucceededFuture(
                isKnown ? .welcome : .unauthorized("a station without a password"))
        }
        guard shared.waitingPasswords.withLock({ $0 < maxWaiting }) else {
            return channel.eventLoop.makeSucceededFuture(.busy)
        }
        shared.waitingPasswords.withLock { $0 += 1 }
        return NIOThreadPool.singleton.runIfActive(eventLoop: channel.eventLoop) {
            defer { shared.waitingPasswords.withLock { $0 -= 1 } }
            return security.check(password, of: identity) ? .welcome : .unauthorized("a wrong password")
        }
    }

    /// The user and the password of the `Authorization` header; the password may be any bytes, colons included.
    static func basic(_ headers: [String]) -> (user: [UInt8], password: [UInt8])? {
        guard headers.count == 1, let header = headers.first else { return nil }
        let words = header.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 2, words[0].lowercased() == "basic", let data = Data(base64Encoded: String(words[1]))
        else { return nil }
        let bytes = Array(data)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        return (Array(bytes[..<colon]), Array(bytes[(colon + 1)...]))
    }

    private static func certificate(_ identity: String, _ channel: any Channel) -> Verdict {
        let der: [UInt8]
        do {
            guard let shown = try channel.pipeline.syncOperations.nioSSL_peerCertificate() else {
                return .unauthorized("no certificate")
            }
            der = try shown.toDERBytes()
        } catch {
            return .unauthorized("no certificate: \(error)")
        }
        guard let name = CertificateSubject.commonName(der: der) else {
            return .unauthorized("a certificate without a common name")
        }
        return name == identity ? .welcome : .unauthorized("the certificate is of \(name.prefix(100))")
    }
}
