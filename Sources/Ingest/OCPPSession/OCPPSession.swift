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

    /// One CALL's answer.
    private struct Slot {
        let ticket: UInt64
        let id: [UInt8]
        /// The CALLRESULT to send once the readings are durable.
        let result: [UInt8]
        /// The answer; nil while the log is waited for.
        var answer: [UInt8]?
    }

    /// The station's identity.
    package let station: String
    /// What is known of the station; kept by the caller from one connection to the next.
    package private(set) var memory: StationMemory
    /// What was counted since the last `takeCounters`.
    private var counters = SessionCounters()
    private let settings: Settings
    private var slots: [Slot] = []
    private var nextTicket: UInt64 = 0
    private var unparsableTimes: [Int64] = []
    private var isClosed = false

    /// A connection of `station`, of which `memory` is known.
    package init(station: String, memory: StationMemory, settings: Settings = Settings()) {
        self.station = station
        self.memory = memory
        self.settings = settings
    }

    /// Whether another message may be read now.
    package var wantsToRead: Bool { slots.count < settings.maxOutstanding }

    /// Gives what was counted and begins again at zero.
    package mutating func takeCounters() -> SessionCounters {
        defer { counters = SessionCounters() }
        return counters
    }

    // MARK: What happened

    /// A text message arrived at `now`, nanoseconds since 1970 UTC.
    package mutating func textReceived(_ bytes: [UInt8], at now: Int64, topology: Topology) -> [Action] {
        guard !isClosed else { return [] }
        switch MessageFrame.read(bytes, &counters.deviations) {
        case .call(let call):
            counters.messagesByAction[call.action.index] += 1
            return take(call, bytes, now, topology)
        case .answer(let answer):
            counters.answers += 1
            counters.deviations.count(.unaskedAnswer)
            if answer.isOdd { counters.deviations.count(.oddAnswer) }
            return []
        case .refused(var refusal):
            if refusal.log == .actionUnknown, !memory.isAccepted { refusal = notBooted(refusal.replyID) }
            return refuse(refusal, bytes, now)
        }
    }

    /// A binary message arrived: OCPP-J has none.
    package mutating func binaryReceived() -> [Action] {
        counters.invalidMessages += 1
        return [
            .log(LogLine(code: .jsonInvalid, reason: "a binary message", offset: 0, message: []))
        ] + close(1003, "binary message")
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
        switch outcome {
        case .success(let receipt):
            counters.droppedFrames += receipt.droppedRowCount
            if let refusal = receipt.firstRefusal { log = [Self.line(refusal)] }
            slots[index].answer = slots[index].result
        case .failure(let error):
            counters.refusedBatches += 1
            if error.code == .typeConflict || error.code == .beyondRetention { log = [Self.line(error)] }
            slots[index].answer = answer(to: error, slots[index])
        }
        return log + flush()
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
            counters.callErrors[CallErrorCode.internalError.index] += 1
            return Reply.error(id: slot.id, .internalError, error.code.rawValue)
        }
    }

    // MARK: Calls

    private mutating func take(
        _ call: MessageFrame.Call, _ bytes: [UInt8], _ now: Int64, _ topology: Topology
    ) -> [Action] {
        guard memory.isAccepted || call.action == .bootNotification else {
            return refuse(notBooted(call.id), bytes, now)
        }
        guard let shape = call.action.shape else {
            let refusal = MessageFrame.Refusal(
                replyID: call.id, code: .notSupported, reason: "\(call.action.rawValue) is not supported",
                offset: 0, log: .actionUnknown)
            return refuse(refusal, bytes, now)
        }
        do throws(OCPPFault) {
            var check = ShapeCheck(tape: call.tape)
            try check.check(call.payload, shape)
            counters.deviations.add(check.deviations)
            return try answer(call, now, topology)
        } catch {
            let refusal = MessageFrame.Refusal(
                replyID: call.id, code: error.code, reason: error.detail, offset: error.offset)
            return refuse(refusal, bytes, now)
        }
    }

    private mutating func answer(
        _ call: MessageFrame.Call, _ now: Int64, _ topology: Topology
    ) throws(OCPPFault) -> [Action] {
        switch call.action {
        case .bootNotification:
            memory.isAccepted = true
            return reply(call, Reply.boot(now: now, heartbeatInterval: settings.heartbeatInterval))
        case .heartbeat: return reply(call, Reply.heartbeat(now: now))
        case .authorize:
            let hasCertificate =
                call.tape.member(call.payload, "certificate") != nil
                || call.tape.member(call.payload, "iso15118CertificateHashData") != nil
            return reply(call, hasCertificate ? Reply.uncheckedCertificate : Reply.acceptedToken)
        case .statusNotification:
            let status = try StatusRequest.decode(call)
            var frames = ReadingFrames(station: station, topology: topology, arrival: now)
            frames.add(status)
            return submit(frames, call, "{}")
        case .meterValues:
            let request = try MeterValuesRequest.decode(call, &counters.deviations)
            var frames = ReadingFrames(station: station, topology: topology, arrival: now)
            var transaction: TransactionMemory?
            frames.add(
                request.values, evse: request.evse, transaction: &transaction,
                phasesUsed: memory.transaction(evse: request.evse)?.phasesUsed)
            return submit(frames, call, "{}")
        case .notifyEvent:
            var frames = ReadingFrames(station: station, topology: topology, arrival: now)
            for event in VariableEvent.decodeList(call) { frames.add(event) }
            return submit(frames, call, "{}")
        case .transactionEvent:
            return takeTransactionEvent(
                try TransactionEventRequest.decode(call, &counters.deviations), call, now, topology)
        default: return reply(call, Reply.plain(call.action))
        }
    }

    private mutating func takeTransactionEvent(
        _ event: TransactionEventRequest, _ call: MessageFrame.Call, _ now: Int64, _ topology: Topology
    ) -> [Action] {
        var transaction = memory.transaction(event.transactionID) ?? TransactionMemory(id: event.transactionID)
        if let evse = event.evse {
            transaction.evse = evse
            if event.eventType == "Started" { memory.endOthers(on: evse, than: event.transactionID) }
        } else if transaction.evse == nil {
            counters.deviations.count(.missingEVSE)
            transaction.evse = topology.onlyEVSE(of: station)
        }
        transaction.phasesUsed = event.phasesUsed ?? transaction.phasesUsed
        if let last = transaction.lastSequence, event.sequence > last + 1 { counters.deviations.count(.sequenceGap) }
        transaction.lastSequence = max(event.sequence, transaction.lastSequence ?? 0)
        if event.eventType == "Ended" { transaction.isEnded = true }
        let tolerated = (now - 60 * Timestamp.second)...(now + 60 * Timestamp.second)
        if !event.isOffline, !tolerated.contains(event.timestamp) { counters.deviations.count(.clockSkew) }
        var frames = ReadingFrames(station: station, topology: topology, arrival: now)
        var kept: TransactionMemory? = transaction
        frames.add(event.values, evse: transaction.evse, transaction: &kept)
        memory.remember(kept ?? transaction)
        return submit(frames, call, event.hasToken ? Reply.acceptedToken : "{}")
    }

    // MARK: Answers, in order

    private mutating func submit(
        _ frames: ReadingFrames, _ call: MessageFrame.Call, _ payload: String
    ) -> [Action] {
        counters.deviations.add(frames.deviations)
        guard let batch = frames.sealed() else { return reply(call, payload) }
        counters.frames += batch.rowCount
        let ticket = append(id: call.id, result: Reply.result(id: call.id, payload: payload), answer: nil)
        return [.submit(ticket: ticket, batch)]
    }

    private mutating func reply(_ call: MessageFrame.Call, _ payload: String) -> [Action] {
        let result = Reply.result(id: call.id, payload: payload)
        append(id: call.id, result: result, answer: result)
        return flush()
    }

    @discardableResult
    private mutating func append(id: [UInt8], result: [UInt8], answer: [UInt8]?) -> UInt64 {
        nextTicket += 1
        slots.append(Slot(ticket: nextTicket, id: id, result: result, answer: answer))
        if slots.count == settings.maxOutstanding { counters.heldConnections += 1 }
        return nextTicket
    }

    private mutating func flush() -> [Action] {
        let ready = slots.prefix { $0.answer != nil }
        let actions = ready.compactMap { $0.answer.map(Action.send) }
        slots.removeFirst(ready.count)
        return isClosed ? [] : actions
    }

    // MARK: Refusals

    private func notBooted(_ id: [UInt8]?) -> MessageFrame.Refusal {
        MessageFrame.Refusal(
            replyID: id, code: .securityError, reason: "no BootNotification was accepted yet", offset: 0,
            log: .notBooted)
    }

    private mutating func refuse(_ refusal: MessageFrame.Refusal, _ bytes: [UInt8], _ now: Int64) -> [Action] {
        if refusal.log == .jsonInvalid { counters.invalidMessages += 1 }
        var actions = [
            Action.log(
                LogLine(
                    code: refusal.log, reason: refusal.reason, offset: refusal.offset, message: bytes))
        ]
        if refusal.isEncoding { return actions + close(1007, "not UTF-8") }
        if let id = refusal.replyID {
            counters.callErrors[refusal.code.index] += 1
            let answer = Reply.error(id: id, refusal.code, refusal.reason)
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

extension Topology {
    /// The number of the EVSE of a station that the topology gives exactly one; nil for none or several.
    fileprivate func onlyEVSE(of station: String) -> Int? {
        let numbers = ports.keys.filter { $0.station == station }.map(\.evse)
        return numbers.count == 1 ? numbers.first : nil
    }
}
