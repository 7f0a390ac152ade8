import Telemetry

/// One CALL of ours to the station.
package struct OutgoingCall: Sendable, Equatable {
    /// The caller's number for it.
    package let ticket: UInt64
    /// The message id.
    package let id: String
    /// The action's name.
    package let action: String
    /// The payload, a JSON object.
    package let payload: [UInt8]
    /// Seconds from sending to giving up.
    package let timeoutSeconds: Int

    /// A CALL.
    package init(ticket: UInt64, id: String, action: String, payload: [UInt8], timeoutSeconds: Int) {
        self.ticket = ticket
        self.id = id
        self.action = action
        self.payload = payload
        self.timeoutSeconds = timeoutSeconds
    }
}

/// Our CALLs to one station: one at a time is open, the others wait in order.
///
/// Message ids of the two directions are apart; an answer counts only for the CALL that is open.
struct OutgoingCalls: Sendable {
    /// What must be done, in this order.
    enum Step: Equatable {
        case send(OutgoingCall)
        case resolve(UInt64, CommandOutcome)
    }

    /// CALLs that may wait behind the open one.
    static let queueLimit = 32
    /// Ids of CALLs without an answer that are kept, to tell a late answer from one that nobody asked for.
    static let expiredLimit = 16

    private var open: OutgoingCall?
    private var queue: [OutgoingCall] = []
    private var expired: [String] = []

    /// A CALL is to be sent.
    mutating func add(_ call: OutgoingCall) -> [Step] {
        guard open != nil else {
            open = call
            return [.send(call)]
        }
        guard queue.count < Self.queueLimit else { return [.resolve(call.ticket, .failed(.overloaded))] }
        queue.append(call)
        return []
    }

    /// The station answered to `id`; nil where that CALL is not the open one.
    mutating func answered(_ id: String, _ outcome: CommandOutcome) -> [Step]? {
        guard let call = open, call.id == id else { return nil }
        return [.resolve(call.ticket, outcome)] + next()
    }

    /// Whether `id` was a CALL of ours that had timed out.
    func isExpired(_ id: String) -> Bool { expired.contains(id) }

    /// The time of a CALL is up; nothing where it was answered before.
    mutating func timedOut(_ ticket: UInt64) -> [Step] {
        guard let call = open, call.ticket == ticket else { return [] }
        expired = (expired + [call.id]).suffix(Self.expiredLimit)
        return [.resolve(ticket, .failed(.timedOut))] + next()
    }

    /// The connection is at its end.
    mutating func closed() -> [Step] {
        let lost = open.map { [Step.resolve($0.ticket, .failed(.connectionLost))] } ?? []
        let waiting = queue.map { Step.resolve($0.ticket, .failed(.notSent)) }
        open = nil
        queue = []
        return lost + waiting
    }

    private mutating func next() -> [Step] {
        open = queue.isEmpty ? nil : queue.removeFirst()
        return open.map { [.send($0)] } ?? []
    }
}
