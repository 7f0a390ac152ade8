import AccessControl
import Dispatch
import HTTPTypes
import Synchronization

/// Finds out who sends a request, before anything else of it is looked at.
struct RequestAccess: Sendable {
    /// Requests that wait for a password to be hashed; one beyond them is refused, so that guessing cannot fill the memory.
    private static let waitingLimit = 64
    private static let hashing = DispatchQueue(label: "feederline.passwords", qos: .userInitiated)
    private static let waiting = Mutex(0)

    /// Nil where the engine keeps no users.
    let authenticator: Authenticator?
    /// Nanoseconds since 1970 UTC.
    let clock: @Sendable () -> Int64
    let counters: HTTPCounters

    /// What can be said at once.
    func look(_ request: HTTPRequest, _ parameters: QueryParameters) -> Authenticator.FirstLook {
        guard let authenticator, authenticator.isRequired else { return .known(.anyone) }
        let credentials = Credentials(
            user: parameters["u"], password: parameters["p"], authorization: request.headerFields[.authorization])
        let look = authenticator.look(credentials, now: clock() / 1_000_000_000)
        if case .refused = look { counters.noteFailedAuthentication() }
        return look
    }

    /// Hashes a password on a queue of its own and says whose it is; nil where too many wait.
    func check(
        user: String, password: String, _ whenDone: @escaping @Sendable (Result<Caller, AccessError>?) -> Void
    ) {
        guard let authenticator else { return whenDone(.success(.anyone)) }
        let hasPlace = Self.waiting.withLock { count -> Bool in
            if count >= Self.waitingLimit { return false }
            count += 1
            return true
        }
        guard hasPlace else { return whenDone(nil) }
        Self.hashing.async {
            let result = Result { () throws(AccessError) in try authenticator.check(user: user, password: password) }
            Self.waiting.withLock { $0 -= 1 }
            if case .failure = result { counters.noteFailedAuthentication() }
            whenDone(result)
        }
    }

    /// Who sends a request.
    func caller(_ request: HTTPRequest, _ parameters: QueryParameters) async throws(AccessFailure) -> Caller {
        switch look(request, parameters) {
        case .known(let caller): return caller
        case .refused(let error): throw AccessFailure(error)
        case .password(let user, let password):
            let result = await withCheckedContinuation { continuation in
                check(user: user, password: password) { continuation.resume(returning: $0) }
            }
            guard let result else { throw .busy }
            do throws(AccessError) {
                return try result.get()
            } catch {
                throw AccessFailure(error)
            }
        }
    }
}

/// Why a request goes no further, and with which status.
struct AccessFailure: Error {
    var status: HTTPResponse.Status
    var message: String

    init(_ error: AccessError) { (status, message) = (.unauthorized, error.description) }

    init(_ status: HTTPResponse.Status, _ message: String) { (self.status, self.message) = (status, message) }

    /// More passwords wait to be hashed than there are places.
    static let busy = AccessFailure(.serviceUnavailable, "too many passwords wait to be checked")
}
