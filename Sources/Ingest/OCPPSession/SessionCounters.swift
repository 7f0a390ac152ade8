package import OCPPMessages
package import Telemetry

/// What the sessions of a gateway counted, all plain sums.
package struct SessionCounters: Sendable, Equatable {
    /// CALLs by action, in the order of `StationAction.allCases`.
    package var messagesByAction = [Int](repeating: 0, count: StationAction.allCases.count)
    /// CALLERRORs sent, in the order of `CallErrorCode.allCases`.
    package var callErrors = [Int](repeating: 0, count: CallErrorCode.allCases.count)
    /// Messages that were refused as they stood: `OCPP_JSON_INVALID`.
    package var invalidMessages = 0
    /// Rows handed to the sink.
    package var frames = 0
    /// Rows that the sink took as durable but refused one by one.
    package var droppedFrames = 0
    /// Batches that the sink refused, so that the station repeats them.
    package var refusedBatches = 0
    /// How often a connection reached its bound of open CALLs, so that reading from it stopped.
    package var heldConnections = 0
    /// CALLRESULTs and CALLERRORs from stations.
    package var answers = 0
    /// CALLs of ours that were sent.
    package var commands = 0
    /// CALLs of ours without an answer, in the order of `CommandOutcome.Failure.allCases`.
    package var failedCommands = [Int](repeating: 0, count: CommandOutcome.Failure.allCases.count)
    /// What was forgiven, by kind.
    package var deviations = DeviationCounts()

    /// Nothing counted.
    package init() {}

    /// Nothing counted, in memory that all connections share until they count: most of them wait.
    package static let none = SessionCounters()

    /// Adds what `other` counted.
    package mutating func add(_ other: SessionCounters) {
        for index in messagesByAction.indices { messagesByAction[index] += other.messagesByAction[index] }
        for index in callErrors.indices { callErrors[index] += other.callErrors[index] }
        invalidMessages += other.invalidMessages
        frames += other.frames
        droppedFrames += other.droppedFrames
        refusedBatches += other.refusedBatches
        heldConnections += other.heldConnections
        answers += other.answers
        commands += other.commands
        for index in failedCommands.indices { failedCommands[index] += other.failedCommands[index] }
        deviations.add(other.deviations)
    }

    /// Counts a CALL of ours that has no answer.
    package mutating func count(_ failure: CommandOutcome.Failure) {
        failedCommands[CommandOutcome.Failure.allCases.firstIndex(of: failure) ?? 0] += 1
    }
}
