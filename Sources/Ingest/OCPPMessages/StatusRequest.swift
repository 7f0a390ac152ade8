/// A StatusNotification request.
package struct StatusRequest: Sendable, Equatable {
    /// When it happened, nanoseconds since 1970 UTC; 1.6 may leave it out.
    package let timestamp: Int64?
    /// One of the version's connector statuses.
    package let status: String
    /// The EVSE's number, the connector's of 1.6; 0 is the station.
    package let evse: Int
    /// Whether a vehicle is there: `Occupied`, or one of the five states of 1.6 that 2.0.1 calls so.
    package let isConnected: Bool

    private static let occupied = ["Occupied", "Preparing", "Charging", "SuspendedEVSE", "SuspendedEV", "Finishing"]

    /// Reads a call's payload, which was checked.
    package static func decode(_ call: MessageFrame.Call, _ version: OCPPVersion) throws(OCPPFault) -> StatusRequest {
        let (tape, payload) = (call.tape, call.payload)
        let isOld = version == .v16
        let words = isOld ? Shapes16.connectorStatuses : MessageShapes.connectorStatuses
        guard let status = tape.member(payload, isOld ? "status" : "connectorStatus").map(tape.string),
            let evse = tape.member(payload, isOld ? "connectorId" : "evseId").flatMap(tape.integer)
        else { throw OCPPFault(.occurrenceConstraintViolation, "missing", offset: tape.offset(payload)) }
        let word = Words.match(status, in: words) ?? status
        return StatusRequest(
            timestamp: tape.member(payload, "timestamp").flatMap { RFC3339.nanoseconds(tape, $0) }, status: word,
            evse: evse, isConnected: occupied.contains(word))
    }
}
