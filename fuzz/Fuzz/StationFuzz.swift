import OCPPMessages
import OCPPSession
import Telemetry

/// What a station sends: the first byte chooses the version, then messages, one a line.
///
/// Each message that the quick way takes must be the same by the exact way; after all of them the session still answers,
/// unless it closed the connection.
enum StationFuzz {
    private static let now: Int64 = 1_767_225_600_000_000_000

    static func run(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let version = OCPPVersion.allCases[Int(first) % OCPPVersion.allCases.count]
        var memory = StationMemory()
        memory.isAccepted = first & 0x80 == 0
        var session = OCPPSession(station: "CS", version: version, memory: memory)
        var isClosed = false
        for line in input.dropFirst().split(separator: 0x0A, omittingEmptySubsequences: false).prefix(8) {
            let message = Array(line)
            compare(message, version)
            for action in session.textReceived(message, at: now, topology: Topology()) {
                isClosed = settle(action, &session) || isClosed
            }
        }
        guard !isClosed, memory.isAccepted else { return }
        let beat = session.textReceived(Array(#"[2,"beat","Heartbeat",{}]"#.utf8), at: now, topology: Topology())
        precondition(beat.contains { if case .send = $0 { true } else { false } }, "the session answers no heartbeat")
    }

    /// Reports what was asked for as done; answers whether the connection is closed.
    private static func settle(_ action: OCPPSession.Action, _ session: inout OCPPSession) -> Bool {
        var more: [OCPPSession.Action] = []
        switch action {
        case .close: return true
        case .submit(let ticket, let batch):
            for table in batch.tables {
                precondition(table.fields.allSatisfy { $0.count == table.rowCount }, "a batch is not whole")
            }
            more = session.settled(ticket, .success(FrameReceipt(position: 1)))
        case .assign(let ticket, _): more = session.assigned(ticket, .success(7), at: now, topology: Topology())
        default: break
        }
        return more.contains { settle($0, &session) }
    }

    private static func compare(_ message: [UInt8], _ version: OCPPVersion) {
        guard let usual = UsualReadings.read(message, version: version) else { return }
        var deviations = DeviationCounts()
        guard case .call(let call) = MessageFrame.read(message, version: version, &deviations),
            call.id == usual.call.id,
            let shape = call.action.shape(version)
        else { preconditionFailure("the exact way does not take the message") }
        do {
            var check = ShapeCheck(tape: call.tape)
            try check.check(call.payload, shape)
            let request: UsualReadings.Request =
                call.action == .meterValues
                ? .meterValues(try MeterValuesRequest.decode(call, version, &deviations))
                : .transactionEvent(try TransactionEventRequest.decode(call, &deviations))
            precondition(request == usual.request, "the two ways differ")
        } catch {
            preconditionFailure("the exact way refuses the message")
        }
    }
}
