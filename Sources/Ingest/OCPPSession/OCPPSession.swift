package import OCPPMessages
package import Telemetry

/// The life of one connection of one station, as a value: told what happened, it answers what to do.
///
/// Answers leave in the order of the CALLs. Each CALL holds a slot until its answer is known; an answer that waits for
/// the log holds back those behind it. The caller stops reading while `wantsToRead` is false.
package struct OCPPSession: Sendable {
    /// What the caller must do next.
    package enum Action: Sendable, Equatable {
        /// Send this text message.
        case send([UInt8])
        /// Hand this batch to the sink and report with `settled` and the same ticket.
        case submit(ticket: UInt64, FrameBatch)
        /// Give this transaction of 1.6 a number, durably, and report with `assigned` and the same ticket.
        case assign(ticket: UInt64, StartTransactionRequest)
        /// The transaction of 1.6 with this number has ended.
        case finish(transaction: Int32)
        /// Report with `callTimedOut` and this ticket after so many seconds.
        case awaitAnswer(ticket: UInt64, seconds: Int)
        /// Our CALL with this ticket is done.
        case resolve(ticket: UInt64, CommandOutcome)
        /// Write this line to the log.
        case log(LogLine)
        /// Close the connection with this code of RFC 6455 and reason.
        case close(code: UInt16, reason: String)
    }

    /// One warning about one message.
    package struct LogLine: Sendable, Equatable {
        /// The stable code that begins the line.
        package let code: MessageFrame.LogCode
        /// What is wrong, in one line.
        package let reason: String
        /// The byte at which it was found.
        package let offset: Int
        /// The beginning of the message, at most 200 bytes.
        package let excerpt: String

        /// A line about `message`; control characters of it are shown as U+FFFD, so that one message is one line.
        init(code: MessageFrame.LogCode, reason: String, offset: Int, message: some Collection<UInt8>) {
            self.code = code
            self.reason = reason
            self.offset = offset
            let text = String(decoding: message.prefix(200), as: UTF8.self)
            excerpt = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? "\u{FFFD}" : $0 }))
        }
    }

    /// What the operator may choose.
    package struct Settings: Sendable {
        /// Seconds between heartbeats, as stations are told.
        package var heartbeatInterval = 300
        /// CALLs without an answer at which reading stops.
        package var maxOutstanding = 16
        /// Unparsable messages in one minute that are still borne.
        package var maxUnparsablePerMinute = 10

        /// The defaults.
        package init() {}
    }

    /// One event of a transaction whose readings are on their way to the log.
    struct PendingEvent {
        let transactionID: String
        let sequence: Int
        let timestamp: Int64
    }

    /// One CALL's answer.
    private struct Slot {
        let ticket: UInt64
        /// The CALL's id; nil for a SEND, which is never answered.
        let id: [UInt8]?
        /// The CALLRESULT to send once the readings are durable.
        var result: [UInt8]
        /// The answer, empty for a SEND; nil while the log is waited for.
        var answer: [UInt8]?
        var event: PendingEvent?
        /// What waits for its number.
        var start: StartTransactionRequest?
    }

    /// The station's identity.
    package let station: String
    /// The version that was agreed on.
    package let version: OCPPVersion
    /// What is known of the station; kept by the caller from one connection to the next.
    package internal(set) var memory: StationMemory
    /// What was counted since the last `takeCounters`.
    var counters = SessionCounters.none
    let settings: Settings
    private var outgoing = OutgoingCalls()
    private var slots: [Slot] = []
    private var nextTicket: UInt64 = 0
    private var unparsableTimes: [Int64] = []
    /// Whether the log was told of the station's clock.
    var hasLoggedDrift = false
    private var isClosed = false

    /// A connection of `station`, of which `memory` is known.
    package init(
        station: String, version: OCPPVersion = .v201, memory: StationMemory, settings: Settings = Settings()
    ) {
        self.station = station
        self.version = version
        self.memory = memory
        self.settings = settings
    }

    /// Whether another message may be read now.
    package var wantsToRead: Bool { slots.count < settings.maxOutstanding }

    /// Whether CALLs of the station still wait for their answer.
    package var hasOpenCalls: Bool { !slots.isEmpty }

    /// Gives what was counted and begins again at zero.
    package mutating func takeCounters() -> SessionCounters {
        defer { counters = .none }
        return counters
    }

    // MARK: What happened

    /// A text message arrived at `now`, nanoseconds since 1970 UTC.
    package mutating func textReceived(_ bytes: [UInt8], at now: Int64, topology: Topology) -> [Action] {
        guard !isClosed else { return [] }
        // Nearly all messages of a fleet; anything unusual goes the exact way.
        if memory.isAccepted, let usual = UsualReadings.read(bytes, version: version) {
            counters.messagesByAction[usual.call.action.index] += 1
            return take(usual, now, topology)
        }
        switch MessageFrame.read(bytes, version: version, &counters.deviations) {
        case .call(let call):
            counters.messagesByAction[call.action.index] += 1
            return take(call, bytes, now, topology)
        case .answer(let answer):
            counters.answers += 1
            if answer.isOdd { counters.deviations.count(.oddAnswer) }
            let outcome =
                answer.errorCode.map {
                    CommandOutcome.refused(
                        code: $0, description: answer.errorDescription, details: answer.payload)
                } ?? .answered(answer.payload)
            return takeAnswer(answer.id, outcome)
        case .resultRefused:
            counters.deviations.count(.refusedResult)
            return []
        case .refused(var refusal):
            if refusal.log == .actionUnknown, !memory.isAccepted { refusal = notBooted(refusal.replyID) }
            var actions: [Action] = []
            if let id = refusal.answeredID {
                if version == .v21 { actions = [.send(Reply.resultError(id: id, refusal.code, refusal.reason))] }
                actions += takeAnswer(id, .failed(.unreadable))
            }
            return actions + refuse(refusal, bytes, now)
        }
    }

    /// A binary message arrived: OCPP-J has none.
    package mutating func binaryReceived() -> [Action] {
        counters.invalidMessages += 1
        return [
            .log(LogLine(code: .jsonInvalid, reason: "a binary message", offset: 0, message: []))
        ] + close(1003, "binary message")
    }

    /// A message that should have been deflated cannot be inflated.
    package mutating func corruptReceived() -> [Action] {
        counters.invalidMessages += 1
        return [
            .log(LogLine(code: .jsonInvalid, reason: "a message that cannot be inflated", offset: 0, message: []))
        ] + close(1007, "cannot be inflated")
    }

    /// A message was longer than the limit.
    package mutating func oversizedReceived(limit: Int) -> [Action] {
        counters.invalidMessages += 1
        let line = LogLine(
            code: .frameTooLarge, reason: "a message over \(limit) bytes", offset: limit, message: [])
        return [.log(line)] + close(1009, "message too large")
    }

    /// The sink reported on the batch of `ticket`.
    package mutating func settled(_ ticket: UInt64, _ outcome: Result<FrameReceipt, FrameError>) -> [Action] {
        guard let index = slots.firstIndex(where: { $0.ticket == ticket && $0.answer == nil }) else { return [] }
        var log: [Action] = []
        var isDurable = true
        switch outcome {
        case .success(let receipt):
            counters.droppedFrames += receipt.droppedRowCount
            if let refusal = receipt.firstRefusal { log = [Self.line(refusal)] }
            slots[index].answer = slots[index].result
        case .failure(let error):
            counters.refusedBatches += 1
            let isForEver = error.code == .typeConflict || error.code == .beyondRetention
            isDurable = isForEver
            if isForEver { log = [Self.line(error)] }
            slots[index].answer = answer(to: error, slots[index])
        }
        if let event = slots[index].event {
            memory.update(event.transactionID) {
                $0.settled(event.sequence, at: event.timestamp, isDurable: isDurable)
            }
        }
        return log + flush()
    }

    /// The transaction of `ticket` has its number, or could not be given one.
    package mutating func assigned(
        _ ticket: UInt64, _ outcome: Result<Int32, FrameError>, at now: Int64, topology: Topology
    ) -> [Action] {
        guard let index = slots.firstIndex(where: { $0.ticket == ticket && $0.answer == nil }),
            let start = slots[index].start
        else { return [] }
        slots[index].start = nil
        switch outcome {
        case .failure(let error):
            counters.refusedBatches += 1
            slots[index].answer = answer(to: error, slots[index])
            return flush()
        case .success(let number):
            slots[index].result = Reply.result(
                id: slots[index].id ?? MessageFrame.unreadableID, payload: Reply.started(transaction: number))
            guard let batch = begin(start, number, now, topology) else {
                slots[index].answer = slots[index].result
                return flush()
            }
            return [.submit(ticket: ticket, batch)]
        }
    }

    // MARK: Our CALLs

    /// A CALL of ours is to be sent; it leaves now or after those before it.
    package mutating func call(_ call: OutgoingCall) -> [Action] {
        guard !isClosed else { return [.resolve(ticket: call.ticket, .failed(.notSent))] }
        guard CommandActions.of(version).contains(call.action) else {
            return [.resolve(ticket: call.ticket, .failed(.unknownAction))]
        }
        if let reason = CommandActions.fault(of: call.payload, for: call.action, version) {
            counters.count(.invalid)
            return [.resolve(ticket: call.ticket, .unfit(reason: reason))]
        }
        return perform(outgoing.add(call))
    }

    /// The time of a CALL of ours is up.
    package mutating func callTimedOut(_ ticket: UInt64) -> [Action] { perform(outgoing.timedOut(ticket)) }

    /// The connection is gone: what was asked of the station has no answer.
    package mutating func connectionEnded() -> [Action] {
        isClosed = true
        return perform(outgoing.closed())
    }

    private mutating func takeAnswer(_ id: String, _ outcome: CommandOutcome) -> [Action] {
        if let steps = outgoing.answered(id, outcome) { return perform(steps) }
        counters.deviations.count(outgoing.isExpired(id) ? .lateAnswer : .unaskedAnswer)
        return []
    }

    private mutating func perform(_ steps: [OutgoingCalls.Step]) -> [Action] {
        steps.flatMap { step -> [Action] in
            switch step {
            case .send(let call):
                counters.commands += 1
                return [
                    .send(Reply.call(id: call.id, action: call.action, payload: call.payload)),
                    .awaitAnswer(ticket: call.ticket, seconds: call.timeoutSeconds),
                ]
            case .resolve(let ticket, let outcome):
                if case .failed(let failure) = outcome { counters.count(failure) }
                return [.resolve(ticket: ticket, outcome)]
            }
        }
    }

    private static func line(_ refusal: FrameError) -> Action {
        .log(
            LogLine(
                code: .rowsRefused, reason: "\(refusal.code.rawValue): \(refusal.detail)", offset: 0, message: []))
    }

    /// The answer to a batch that was refused: one that can never be stored is not asked for again.
    private mutating func answer(to error: FrameError, _ slot: Slot) -> [UInt8] {
        switch error.code {
        case .typeConflict, .beyondRetention: return slot.result
        case .overloaded, .logFailed, .diskFull, .unavailable, .databaseNotFound, .policyNotFound:
            guard let id = slot.id else { return [] }
            counters.callErrors[CallErrorCode.internalError.index] += 1
            return Reply.error(id: id, .internalError, error.code.rawValue, version: version)
        }
    }

    // MARK: Answers, in order

    /// Hands the rows to the sink; the answer with `payload` leaves when they are durable.
    mutating func submit(
        _ frames: ReadingFrames, _ call: MessageFrame.Call, _ payload: String, event: PendingEvent? = nil
    ) -> [Action] {
        counters.deviations.add(frames.deviations)
        guard let batch = frames.sealed() else {
            if let event {
                memory.update(event.transactionID) { $0.settled(event.sequence, at: event.timestamp, isDurable: true) }
            }
            return reply(call, payload)
        }
        counters.frames += batch.rowCount
        let isSent = call.action.isSent
        let ticket = append(
            id: isSent ? nil : call.id, result: isSent ? [] : Reply.result(id: call.id, payload: payload),
            event: event)
        return [.submit(ticket: ticket, batch)]
    }

    /// Asks for a transaction's number; the answer leaves when number and reading are durable.
    mutating func assign(_ start: StartTransactionRequest, _ call: MessageFrame.Call) -> [Action] {
        let ticket = append(id: call.id, result: [], start: start)
        return [.assign(ticket: ticket, start)]
    }

    /// Answers as soon as those before are answered; a SEND not at all.
    mutating func reply(_ call: MessageFrame.Call, _ payload: String) -> [Action] {
        guard !call.action.isSent else { return [] }
        let result = Reply.result(id: call.id, payload: payload)
        append(id: call.id, result: result, answer: result)
        return flush()
    }

    @discardableResult
    private mutating func append(
        id: [UInt8]?, result: [UInt8], answer: [UInt8]? = nil, event: PendingEvent? = nil,
        start: StartTransactionRequest? = nil
    ) -> UInt64 {
        nextTicket += 1
        slots.append(
            Slot(ticket: nextTicket, id: id, result: result, answer: answer, event: event, start: start))
        if slots.count == settings.maxOutstanding { counters.heldConnections += 1 }
        return nextTicket
    }

    private mutating func flush() -> [Action] {
        let ready = slots.prefix { $0.answer != nil }
        let actions = ready.compactMap { $0.answer.flatMap { $0.isEmpty ? nil : Action.send($0) } }
        slots.removeFirst(ready.count)
        return isClosed ? [] : actions
    }

    // MARK: Refusals

    func notBooted(_ id: [UInt8]?) -> MessageFrame.Refusal {
        MessageFrame.Refusal(
            replyID: id, code: .securityError, reason: "no BootNotification was accepted yet", offset: 0,
            log: .notBooted)
    }

    mutating func refuse(_ refused: MessageFrame.Refusal, _ bytes: [UInt8], _ now: Int64) -> [Action] {
        let refusal = MessageFrame.voiced(refused, in: version)
        if refusal.log == .jsonInvalid { counters.invalidMessages += 1 }
        var actions = [
            Action.log(
                LogLine(
                    code: refusal.log, reason: refusal.reason, offset: refusal.offset, message: bytes))
        ]
        if refusal.isEncoding { return actions + close(1007, "not UTF-8") }
        if let id = refusal.replyID {
            counters.callErrors[refusal.code.index] += 1
            let answer = Reply.error(id: id, refusal.code, refusal.reason, version: version)
            append(id: id, result: answer, answer: answer)
            actions += flush()
        }
        if refusal.isUnparsable {
            unparsableTimes.removeAll { now - $0 >= 60 * Timestamp.second }
            unparsableTimes.append(now)
            if unparsableTimes.count > settings.maxUnparsablePerMinute {
                actions += close(1008, "too many messages that are not JSON")
            }
        }
        return actions
    }

    private mutating func close(_ code: UInt16, _ reason: String) -> [Action] {
        isClosed = true
        return [.close(code: code, reason: reason)]
    }
}
