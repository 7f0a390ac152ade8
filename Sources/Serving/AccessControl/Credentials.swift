import Foundation

/// What a request says about who sends it.
package enum Credentials: Equatable, Sendable {
    case password(user: String, password: String)
    case bearer(String)

    /// Reads parameters `u` and `p`, else the header `Authorization`; nil where neither says anything.
    ///
    /// `Token user:password` is what the clients of InfluxDB 2 send to a server of version 1.8.
    package init?(user: String?, password: String?, authorization: String?) {
        if let user, let password, !user.isEmpty, !password.isEmpty {
            self = .password(user: user, password: password)
            return
        }
        guard let authorization else { return nil }
        let words = authorization.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2 else { return nil }
        switch words[0] {
        case "Bearer":
            self = .bearer(String(words[1]))
            return
        case "Token":
            guard let pair = Self.pair(String(words[1])) else { return nil }
            self = pair
        default:
            guard words[0].lowercased() == "basic", let data = Data(base64Encoded: String(words[1])),
                let pair = Self.pair(String(decoding: data, as: UTF8.self))
            else { return nil }
            self = pair
        }
    }

    private static func pair(_ text: String) -> Credentials? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        return .password(user: String(text[..<colon]), password: String(text[text.index(after: colon)...]))
    }
}

/// Finds out who sends a request.
package struct Authenticator: Sendable {
    /// The users.
    package let users: UserDirectory
    /// Whether anybody is asked at all.
    package let isRequired: Bool
    private let secret: String?

    /// An authenticator; without a `secret` tokens are refused.
    package init(users: UserDirectory, isRequired: Bool, secret: String?) {
        self.users = users
        self.isRequired = isRequired
        self.secret = secret.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What can be said at once, without hashing.
    package enum FirstLook: Sendable {
        case known(Caller)
        case refused(AccessError)
        /// The password has to be hashed: `check` says.
        case password(user: String, password: String)
    }

    /// Looks at what a request says; cheap, for an event loop.
    ///
    /// - Parameter now: seconds since 1970 UTC.
    package func look(_ credentials: Credentials?, now: Int64) -> FirstLook {
        guard isRequired else { return .known(.anyone) }
        // The first administrator is made by somebody who cannot be asked.
        guard users.hasAdministrator else { return .known(.nobody) }
        switch credentials {
        case nil: return .refused(AccessError("unable to parse authentication credentials"))
        case .password(let user, let password):
            if user.isEmpty { return .refused(AccessError("username required")) }
            if users.known(user, password) != nil { return .known(.user(user)) }
            return .password(user: user, password: password)
        case .bearer(let token):
            guard let secret else { return .refused(AccessError("bearer auth disabled")) }
            do throws(AccessError) {
                let name = try WebToken.user(token, secret: secret, now: now)
                guard users.user(name) != nil else { return .refused(.userNotFound) }
                return .known(.user(name))
            } catch {
                return .refused(error)
            }
        }
    }

    /// Hashes the password and compares; takes some 50 ms, on a thread that may wait.
    package func check(user: String, password: String) throws(AccessError) -> Caller {
        let found: User?
        do {
            found = try users.authenticate(user, password)
        } catch {
            throw AccessError("authorization failed")
        }
        guard let found else { throw AccessError("authorization failed") }
        return .user(found.name)
    }
}
