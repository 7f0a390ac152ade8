import AccessControl
import Hummingbird
import NIOCore
import Synchronization

/// What a request brings along beside its text: the address of its client.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's address without its port, empty where it has none.
    let clientAddress: String

    init(source: Source) {
        coreContext = .init(source: source)
        clientAddress = source.channel.remoteAddress?.ipAddress ?? ""
    }
}

/// Counts writes and queries by client for `/debug/requests`, only while somebody looks.
package final class RequestCounts: Sendable {
    /// Counts at once; one more is refused.
    private static let lookLimit = 16
    /// Clients in one count; what others send beyond them is not counted.
    private static let clientLimit = 10_000

    struct Count: Equatable {
        var writes = 0
        var queries = 0
    }

    private struct State {
        var next = 0
        var looks: [Int: [String: Count]] = [:]
    }

    private let state = Mutex(State())

    /// No count.
    package init() {}

    func note(_ caller: Caller, _ address: String, _ kind: WritableKeyPath<Count, Int>) {
        state.withLock { state in
            if state.looks.isEmpty { return }
            let client = if case .user(let name) = caller { "\(name):\(address)" } else { address }
            for (look, counts) in state.looks where counts.count < Self.clientLimit || counts[client] != nil {
                state.looks[look, default: [:]][client, default: Count()][keyPath: kind] += 1
            }
        }
    }

    /// Begins a count, or returns nil where there are too many.
    func begin() -> Int? {
        state.withLock { state in
            if state.looks.count >= Self.lookLimit { return nil }
            state.next += 1
            state.looks[state.next] = [:]
            return state.next
        }
    }

    /// The page of `/debug/requests` for a count that began.
    func end(_ look: Int) -> String {
        let counts = state.withLock { $0.looks.removeValue(forKey: look) ?? [:] }
        let lines = counts.sorted { $0.key < $1.key }.map {
            "\(JSONText.quoted($0.key)): {\"writes\":\($0.value.writes),\"queries\":\($0.value.queries)}"
        }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }
}
