/// One command to a charging station: a CALL of OCPP, as the norm of the station's version writes it.
package struct StationCommand: Sendable, Equatable {
    /// The identity of the station.
    package var station: String
    /// The action's name, such as `SetChargingProfile`.
    package var action: String
    /// The payload, a JSON object.
    package var payload: [UInt8]
    /// The message id, 1 to 36 characters; nil for a new one. A repeat after a lost answer may bear the old one.
    package var messageID: String?
    /// Seconds from sending to giving up.
    package var timeoutSeconds: Int

    /// A command.
    package init(
        station: String, action: String, payload: [UInt8], messageID: String? = nil, timeoutSeconds: Int = 30
    ) {
        self.station = station
        self.action = action
        self.payload = payload
        self.messageID = messageID
        self.timeoutSeconds = timeoutSeconds
    }
}

/// What became of a command.
package enum CommandOutcome: Sendable, Equatable {
    /// Why there is no answer.
    package enum Failure: String, Sendable, CaseIterable {
        /// The station is not connected here; nothing was sent.
        case notConnected = "not_connected"
        /// Too many commands wait for this station; nothing was sent.
        case overloaded = "overloaded"
        /// The station's version has no such action; nothing was sent.
        case unknownAction = "unknown_action"
        /// The payload is no JSON object, the id too long, or the whole too large; nothing was sent.
        case invalid = "invalid"
        /// No answer came in time: the station may have obeyed.
        case timedOut = "timed_out"
        /// The connection ended before the answer: the station may have obeyed.
        case connectionLost = "connection_lost"
        /// The answer could not be read: the station may have obeyed.
        case unreadable = "unreadable"
        /// The gateway closed the connection, or it ended, before it was the command's turn; nothing was sent.
        case notSent = "not_sent"

        /// Whether the station may have got the command all the same.
        package var mayHaveArrived: Bool {
            switch self {
            case .timedOut, .connectionLost, .unreadable: true
            case .notConnected, .overloaded, .unknownAction, .invalid, .notSent: false
            }
        }
    }
    /// The station's CALLRESULT: its payload. What its `status` says is the caller's to read.
    case answered([UInt8])
    /// The station's CALLERROR: code, description and details (a JSON object).
    case refused(code: String, description: String, details: [UInt8])
    /// The payload breaks a rule of the norm's, and nothing was sent: the field's path and what is wrong with it.
    case unfit(reason: String)
    /// There is no answer.
    case failed(Failure)
}

/// Where commands to stations go: a command out, an outcome back.
package protocol CommandSink: Sendable {
    /// Sends `command` as soon as the station has no other CALL of ours open, and calls `whenDone` once, on any thread.
    ///
    /// It never blocks. Commands to one station leave in the order in which they were given.
    func send(_ command: StationCommand, whenDone: @escaping @Sendable (CommandOutcome) -> Void)
}

extension CommandSink {
    /// Sends `command` and returns what became of it.
    package func send(_ command: StationCommand) async -> CommandOutcome {
        await withCheckedContinuation { continuation in
            send(command) { continuation.resume(returning: $0) }
        }
    }
}
