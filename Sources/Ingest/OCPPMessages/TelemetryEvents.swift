/// What other messages than NotifyEvent tell as values of variables, so that it is stored as theirs are.
extension VariableEvent {
    /// The limits and wishes of a vehicle (NotifyEVChargingNeeds): one event a number, the component named after the
    /// object that holds it, such as `v2xChargingParameters`.
    package static func needs(_ call: MessageFrame.Call, arrival: Int64) -> [VariableEvent] {
        let tape = call.tape
        guard let needs = tape.member(call.payload, "chargingNeeds") else { return [] }
        let evse = tape.member(call.payload, "evseId").flatMap(tape.integer)
        let time = tape.member(call.payload, "timestamp").flatMap { RFC3339.nanoseconds(tape, $0) } ?? arrival
        var events: [VariableEvent] = []
        let objects: [(StaticString, ObjectShape)] = [
            ("acChargingParameters", NeedsShapes21.acChargingParameters),
            ("dcChargingParameters", NeedsShapes21.dcChargingParameters),
            ("v2xChargingParameters", NeedsShapes21.v2xChargingParameters),
        ]
        for (name, shape) in objects {
            guard let object = tape.member(needs, name) else { continue }
            let members = tape.elements(object)
            for (key, value) in zip(members, members.dropFirst()) where tape.kind(value) == .number {
                let variable = tape.string(key)
                // Only names of the norm: a station must not make series at will.
                guard shape.fields.contains(where: { $0.name == variable }) else { continue }
                events.append(
                    VariableEvent(
                        timestamp: time, trigger: "Delta", value: String(decoding: tape.raw(value), as: UTF8.self),
                        component: "\(name)", variable: variable, evse: evse))
            }
        }
        return events
    }

    /// An alarm of a distributed energy resource (NotifyDERAlarm), or its end.
    package static func alarm(_ call: MessageFrame.Call) -> VariableEvent? {
        let (tape, payload) = (call.tape, call.payload)
        guard let time = tape.member(payload, "timestamp").flatMap({ RFC3339.nanoseconds(tape, $0) }),
            let control = tape.member(payload, "controlType").map(tape.string)
        else { return nil }
        let isEnded = tape.member(payload, "alarmEnded").flatMap(tape.boolean) ?? false
        let fault = tape.member(payload, "gridEventFault").map(tape.string) ?? "Alarm"
        return VariableEvent(
            timestamp: time, trigger: "Alerting", value: isEnded ? "Ended" : fault, component: "DERAlarm",
            variable: control, evse: nil)
    }

    /// The start or the end of a DER control (NotifyDERStartStop).
    package static func control(_ call: MessageFrame.Call) -> VariableEvent? {
        let (tape, payload) = (call.tape, call.payload)
        guard let time = tape.member(payload, "timestamp").flatMap({ RFC3339.nanoseconds(tape, $0) }),
            let id = tape.member(payload, "controlId").map(tape.string),
            let isStarted = tape.member(payload, "started").flatMap(tape.boolean)
        else { return nil }
        return VariableEvent(
            timestamp: time, trigger: "Delta", value: "\(isStarted ? "Started" : "Stopped") \(id)",
            component: "DERControl", variable: "Started", evse: nil)
    }

    /// Who sets the power of a transaction from now on (`operationMode` of a TransactionEvent).
    package static func operationMode(_ event: TransactionEventRequest, evse: Int?) -> VariableEvent? {
        event.operationMode.map {
            VariableEvent(
                timestamp: event.timestamp, trigger: "Delta", value: $0, component: "Transaction",
                variable: "OperationMode", evse: evse, transactionID: event.transactionID)
        }
    }

    /// The values of a periodic event stream; `monitor` is what the station said when it opened the stream.
    ///
    /// Their time is `basetime` plus `t` seconds.
    package static func stream(_ call: MessageFrame.Call, monitor: Int) -> [VariableEvent] {
        let (tape, payload) = (call.tape, call.payload)
        guard let base = tape.member(payload, "basetime").flatMap({ RFC3339.nanoseconds(tape, $0) }),
            let data = tape.member(payload, "data")
        else { return [] }
        return tape.elements(data).compactMap { element in
            guard let offset = tape.member(element, "t").flatMap(tape.number),
                let value = tape.member(element, "v").map(tape.string), abs(offset) < 1e9
            else { return nil }
            let (time, isOverflow) = base.addingReportingOverflow(Int64(offset * 1e9))
            guard !isOverflow else { return nil }
            return VariableEvent(
                timestamp: time, trigger: "Periodic", value: value, component: "PeriodicEventStream",
                variable: "\(monitor)", evse: nil)
        }
    }
}
