import OCPPMessages
import Telemetry

/// What each action of a station leads to: rows for the sink, an answer, or both.
extension OCPPSession {
    mutating func take(
        _ call: MessageFrame.Call, _ bytes: [UInt8], _ now: Int64, _ topology: Topology
    ) -> [Action] {
        // A SEND is never answered, not even with an error.
        let replyID = call.action.isSent ? nil : call.id
        guard memory.isAccepted || call.action == .bootNotification, let shape = call.action.shape(version) else {
            return refuse(notBooted(replyID), bytes, now)
        }
        do throws(OCPPFault) {
            var check = ShapeCheck(tape: call.tape)
            try check.check(call.payload, shape)
            counters.deviations.add(check.deviations)
            return try answer(call, now, topology)
        } catch {
            let refusal = MessageFrame.Refusal(
                replyID: replyID, code: error.code, reason: error.detail, offset: error.offset)
            return refuse(refusal, bytes, now)
        }
    }

    /// Readings that were checked as they were read.
    mutating func take(_ usual: UsualReadings, _ now: Int64, _ topology: Topology) -> [Action] {
        switch usual.request {
        case .meterValues(let request): takeMeterValues(request, usual.call, now, topology)
        case .transactionEvent(let event): takeTransactionEvent(event, usual.call, now, topology)
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
            return reply(
                call, hasCertificate && version != .v16 ? Reply.uncheckedCertificate : Reply.acceptedToken(version))
        case .meterValues:
            let request = try MeterValuesRequest.decode(call, version, &counters.deviations)
            return takeMeterValues(request, call, now, topology)
        case .transactionEvent:
            return takeTransactionEvent(
                try TransactionEventRequest.decode(call, &counters.deviations), call, now, topology)
        case .startTransaction: return assign(try StartTransactionRequest.decode(call), call)
        case .stopTransaction: return try stop(call, now, topology)
        case .openPeriodicEventStream, .closePeriodicEventStream, .notifyPeriodicEventStream:
            return takeStream(call, now, topology)
        case .statusNotification, .notifyEvent, .notifyEVChargingNeeds, .notifyDERAlarm, .notifyDERStartStop:
            return try takeEvents(call, now, topology)
        case .getCertificateChainStatus: return reply(call, Reply.certificateChainStatus(call, now: now))
        case .vatNumberValidation: return reply(call, Reply.vatNumber(call))
        default: return reply(call, Reply.plain(call.action, version))
        }
    }

    private mutating func takeEvents(
        _ call: MessageFrame.Call, _ now: Int64, _ topology: Topology
    ) throws(OCPPFault) -> [Action] {
        var frames = ReadingFrames(station: station, topology: topology, arrival: now)
        switch call.action {
        case .statusNotification: frames.add(try StatusRequest.decode(call, version))
        case .notifyEvent: for event in VariableEvent.decodeList(call) { frames.add(event) }
        case .notifyEVChargingNeeds: for event in VariableEvent.needs(call, arrival: now) { frames.add(event) }
        case .notifyDERAlarm: if let event = VariableEvent.alarm(call) { frames.add(event) }
        case .notifyDERStartStop: if let event = VariableEvent.control(call) { frames.add(event) }
        default: break
        }
        return submit(frames, call, Reply.plain(call.action, version))
    }

    private mutating func takeMeterValues(
        _ request: MeterValuesRequest, _ call: MessageFrame.Call, _ now: Int64, _ topology: Topology
    ) -> [Action] {
        var frames = ReadingFrames(station: station, topology: topology, arrival: now)
        var transaction: TransactionMemory?
        // 2.0.1 sends readings of a transaction as TransactionEvents, 1.6 as MeterValues that name it.
        if let number = request.transaction, request.evse > 0 {
            if number > 0 {
                transaction = memory.transaction("\(number)") ?? TransactionMemory(id: "\(number)", evse: request.evse)
            } else {
                counters.deviations.count(.unknownTransaction)
            }
        }
        frames.add(
            request.values, evse: request.evse, transaction: &transaction,
            phasesUsed: memory.transaction(evse: request.evse)?.phasesUsed)
        if let transaction { memory.remember(transaction) }
        return submit(frames, call, "{}")
    }

    private mutating func takeTransactionEvent(
        _ event: TransactionEventRequest, _ call: MessageFrame.Call, _ now: Int64, _ topology: Topology
    ) -> [Action] {
        let answer = event.hasToken ? Reply.acceptedToken(version) : "{}"
        var transaction = memory.transaction(event.transactionID) ?? TransactionMemory(id: event.transactionID)
        if transaction.isRepeat(event.sequence, at: event.timestamp) {
            counters.deviations.count(.duplicateEvent)
            return reply(call, answer)
        }
        if let evse = event.evse {
            transaction.evse = evse
            if event.eventType == "Started" { memory.endOthers(on: evse, than: event.transactionID) }
        } else if transaction.evse == nil {
            counters.deviations.count(.missingEVSE)
            transaction.evse = topology.onlyEVSE(of: station)
        }
        transaction.phasesUsed = event.phasesUsed ?? transaction.phasesUsed
        if transaction.received(event.sequence) { counters.deviations.count(.sequenceGap) }
        if event.eventType == "Ended" { transaction.isEnded = true }
        let warning = event.isOffline ? [] : judgeClock(event.timestamp, now)
        var frames = ReadingFrames(station: station, topology: topology, arrival: now)
        var kept: TransactionMemory? = transaction
        frames.add(event.values, evse: transaction.evse, transaction: &kept)
        if let mode = VariableEvent.operationMode(event, evse: transaction.evse) { frames.add(mode) }
        memory.remember(kept ?? transaction)
        return warning
            + submit(
                frames, call, answer,
                event: PendingEvent(
                    transactionID: event.transactionID, sequence: event.sequence, timestamp: event.timestamp))
    }

    /// Counts a clock that is over a minute from ours, and warns of it once a connection; nothing is rewritten.
    private mutating func judgeClock(_ timestamp: Int64, _ now: Int64) -> [Action] {
        let (drift, isOverflow) = timestamp.subtractingReportingOverflow(now)
        guard isOverflow || drift.magnitude > 60 * UInt64(Timestamp.second) else { return [] }
        counters.deviations.count(.clockSkew)
        guard !hasLoggedDrift else { return [] }
        hasLoggedDrift = true
        let seconds = drift / Timestamp.second
        return [
            .log(
                LogLine(
                    code: .clockDrift, reason: "the station's clock is \(seconds) s from ours", offset: 0, message: []))
        ]
    }

    // MARK: Transactions of 1.6

    /// The rows of a transaction that has its number now; nil for none.
    mutating func begin(
        _ start: StartTransactionRequest, _ number: Int32, _ now: Int64, _ topology: Topology
    ) -> FrameBatch? {
        memory.endOthers(on: start.connector, than: "\(number)")
        var transaction: TransactionMemory? =
            memory.transaction("\(number)") ?? TransactionMemory(id: "\(number)", evse: start.connector)
        var frames = ReadingFrames(station: station, topology: topology, arrival: now)
        frames.add([start.value], evse: start.connector, transaction: &transaction)
        if let transaction { memory.remember(transaction) }
        counters.deviations.add(frames.deviations)
        let batch = frames.sealed()
        counters.frames += batch?.rowCount ?? 0
        return batch
    }

    private mutating func stop(
        _ call: MessageFrame.Call, _ now: Int64, _ topology: Topology
    ) throws(OCPPFault) -> [Action] {
        let request = try StopTransactionRequest.decode(call, &counters.deviations)
        let id = "\(request.transaction)"
        var transaction = memory.transaction(id)
        if transaction == nil { counters.deviations.count(.unknownTransaction) }
        if transaction?.evse == nil { counters.deviations.count(.missingEVSE) }
        transaction?.isEnded = true
        let evse = transaction?.evse ?? topology.onlyEVSE(of: station)
        var frames = ReadingFrames(station: station, topology: topology, arrival: now)
        frames.add(request.values, evse: evse, transaction: &transaction)
        if let transaction { memory.remember(transaction) }
        let actions = submit(frames, call, request.hasToken ? Reply.acceptedToken(version) : "{}")
        guard let number = Int32(exactly: request.transaction), number > 0 else { return actions }
        return actions + [.finish(transaction: number)]
    }

    // MARK: Periodic event streams of 2.1

    private mutating func takeStream(
        _ call: MessageFrame.Call, _ now: Int64, _ topology: Topology
    ) -> [Action] {
        let tape = call.tape
        let owner = tape.member(call.payload, "constantStreamData") ?? call.payload
        guard let id = tape.member(owner, "id").flatMap(tape.integer) else { return [] }
        switch call.action {
        case .openPeriodicEventStream:
            let monitor = tape.member(owner, "variableMonitoringId").flatMap(tape.integer) ?? 0
            memory.open(StationMemory.EventStream(id: id, monitor: monitor))
        case .closePeriodicEventStream: memory.close(stream: id)
        default:
            guard let stream = memory.streams.first(where: { $0.id == id }) else {
                counters.deviations.count(.unopenedStream)
                return []
            }
            var frames = ReadingFrames(station: station, topology: topology, arrival: now)
            for event in VariableEvent.stream(call, monitor: stream.monitor) { frames.add(event) }
            return submit(frames, call, "{}")
        }
        return reply(call, Reply.plain(call.action, version))
    }
}

extension Topology {
    /// The number of the EVSE of a station that the topology gives exactly one; nil for none or several.
    fileprivate func onlyEVSE(of station: String) -> Int? {
        let numbers = ports.keys.filter { $0.station == station }.map(\.evse)
        return numbers.count == 1 ? numbers.first : nil
    }
}
