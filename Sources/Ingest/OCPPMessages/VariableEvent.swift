/// One event of a NotifyEvent request: a variable's value.
package struct VariableEvent: Sendable, Equatable {
    /// When it happened, nanoseconds since 1970 UTC.
    package let timestamp: Int64
    /// `Alerting`, `Delta` or `Periodic`.
    package let trigger: String
    /// The value as text.
    package let value: String
    /// The component's name and instance.
    package let component: (name: String, instance: String)
    /// The variable's name and instance.
    package let variable: (name: String, instance: String)
    /// The EVSE's number, where the component has one.
    package let evse: Int?
    /// The connector's number, likewise.
    package let connector: Int?
    /// The transaction, where it is said.
    package let transactionID: String?

    /// An event that some other message tells.
    init(
        timestamp: Int64, trigger: String, value: String, component: String, variable: String, evse: Int?,
        transactionID: String? = nil
    ) {
        self.timestamp = timestamp
        self.trigger = trigger
        self.value = value
        self.component = (component, "")
        self.variable = (variable, "")
        self.evse = evse
        connector = nil
        self.transactionID = transactionID
    }

    private init(
        timestamp: Int64, trigger: String, value: String, component: (name: String, instance: String),
        variable: (name: String, instance: String), evse: Int?, connector: Int?, transactionID: String?
    ) {
        self.timestamp = timestamp
        self.trigger = trigger
        self.value = value
        self.component = component
        self.variable = variable
        self.evse = evse
        self.connector = connector
        self.transactionID = transactionID
    }

    /// Whether two events say the same.
    package static func == (left: VariableEvent, right: VariableEvent) -> Bool {
        left.timestamp == right.timestamp && left.trigger == right.trigger && left.value == right.value
            && left.component == right.component && left.variable == right.variable && left.evse == right.evse
            && left.connector == right.connector && left.transactionID == right.transactionID
    }

    /// Reads a call's payload, which was checked.
    package static func decodeList(_ call: MessageFrame.Call) -> [VariableEvent] {
        let tape = call.tape
        guard let list = tape.member(call.payload, "eventData") else { return [] }
        func named(_ index: Int) -> (name: String, instance: String) {
            (
                tape.member(index, "name").map(tape.string) ?? "",
                tape.member(index, "instance").map(tape.string) ?? ""
            )
        }
        return tape.elements(list).compactMap { event in
            guard let time = tape.member(event, "timestamp").flatMap({ RFC3339.nanoseconds(tape, $0) }),
                let component = tape.member(event, "component"), let variable = tape.member(event, "variable"),
                let trigger = tape.member(event, "trigger"), let value = tape.member(event, "actualValue")
            else { return nil }
            let evse = tape.member(component, "evse")
            let triggerText = tape.string(trigger)
            return VariableEvent(
                timestamp: time,
                trigger: Words.match(triggerText, in: ["Alerting", "Delta", "Periodic"]) ?? triggerText,
                value: tape.string(value), component: named(component), variable: named(variable),
                evse: evse.flatMap { tape.member($0, "id") }.flatMap(tape.integer),
                connector: evse.flatMap { tape.member($0, "connectorId") }.flatMap(tape.integer),
                transactionID: tape.member(event, "transactionId").map(tape.string))
        }
    }
}
