import AccessControl
import Dispatch
import EngineForwarding
import Telemetry

/// The readings that gateways forward, and who may forward them.
extension EngineParts {
    /// One after the other: a hash takes 50 ms of a core, and no more than one core may go there.
    private static let hashing = DispatchQueue(label: "feederline.forwarding.passwords")

    /// The service that takes them.
    var readingIntake: ReadingIntakeService {
        ReadingIntakeService(sink: intake) {
            [authenticator] (authorization, databases) async throws(ReadingIntakeService.Refusal) in
            guard authenticator.isRequired else { return }
            let caller = try await Self.caller(authenticator, authorization)
            for database in databases where !authenticator.users.mayWrite(caller, to: database) {
                throw .denied("not authorized to write to \(database)")
            }
        }
    }

    private static func caller(
        _ authenticator: Authenticator, _ authorization: String?
    ) async throws(ReadingIntakeService.Refusal) -> Caller {
        let credentials = Credentials(user: nil, password: nil, authorization: authorization)
        let result: Result<Caller, AccessError>
        switch authenticator.look(credentials, now: Engine.clock() / 1_000_000_000) {
        case .known(let caller): return caller
        case .refused(let error): throw .unauthenticated(error.description)
        case .password(let user, let password):
            result = await withCheckedContinuation { continuation in
                hashing.async {
                    continuation.resume(
                        returning: Result { () throws(AccessError) in
                            try authenticator.check(user: user, password: password)
                        })
                }
            }
        }
        switch result {
        case .success(let caller): return caller
        case .failure(let error): throw .unauthenticated(error.description)
        }
    }
}
