/// What a station may ask of us in OCPP 2.0.1; each case is the action of its name in part 2 of the specification.
package enum StationAction: String, Sendable, CaseIterable {
    case bootNotification = "BootNotification"
    case heartbeat = "Heartbeat"
    case statusNotification = "StatusNotification"
    case transactionEvent = "TransactionEvent"
    case meterValues = "MeterValues"
    case authorize = "Authorize"
    case notifyEvent = "NotifyEvent"
    case notifyReport = "NotifyReport"
    case notifyMonitoringReport = "NotifyMonitoringReport"
    case securityEventNotification = "SecurityEventNotification"
    case notifyEVChargingNeeds = "NotifyEVChargingNeeds"
    case notifyEVChargingSchedule = "NotifyEVChargingSchedule"
    case notifyChargingLimit = "NotifyChargingLimit"
    case clearedChargingLimit = "ClearedChargingLimit"
    case reportChargingProfiles = "ReportChargingProfiles"
    case dataTransfer = "DataTransfer"
    case signCertificate = "SignCertificate"
    case get15118EVCertificate = "Get15118EVCertificate"
    case getCertificateStatus = "GetCertificateStatus"
    case firmwareStatusNotification = "FirmwareStatusNotification"
    case logStatusNotification = "LogStatusNotification"
    case publishFirmwareStatusNotification = "PublishFirmwareStatusNotification"
    case reservationStatusUpdate = "ReservationStatusUpdate"
    case notifyCustomerInformation = "NotifyCustomerInformation"
    case notifyDisplayMessages = "NotifyDisplayMessages"

    /// The position in `allCases`, for counters in an array.
    package var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// What only we may ask of a station: known, but not taken from one.
    package static let fromUs: Set<String> = [
        "CancelReservation", "CertificateSigned", "ChangeAvailability", "ClearCache", "ClearChargingProfile",
        "ClearDisplayMessage", "ClearVariableMonitoring", "CostUpdated", "CustomerInformation", "DeleteCertificate",
        "GetBaseReport", "GetChargingProfiles", "GetCompositeSchedule", "GetDisplayMessages",
        "GetInstalledCertificateIds", "GetLocalListVersion", "GetLog", "GetMonitoringReport", "GetReport",
        "GetTransactionStatus", "GetVariables", "InstallCertificate", "PublishFirmware", "RequestStartTransaction",
        "RequestStopTransaction", "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "SetDisplayMessage",
        "SetMonitoringBase", "SetMonitoringLevel", "SetNetworkProfile", "SetVariableMonitoring", "SetVariables",
        "TriggerMessage", "UnlockConnector", "UnpublishFirmware", "UpdateFirmware",
    ]

    /// What the payload must look like, or nil where this room has no answer to the action yet.
    package var shape: ObjectShape? {
        switch self {
        case .bootNotification: MessageShapes.bootNotification
        case .heartbeat: MessageShapes.heartbeat
        case .statusNotification: MessageShapes.statusNotification
        case .transactionEvent: MessageShapes.transactionEvent
        case .meterValues: MessageShapes.meterValues
        case .authorize: MessageShapes.authorize
        case .notifyEvent: MessageShapes.notifyEvent
        case .notifyReport: ReportShapes.notifyReport
        case .notifyMonitoringReport: ReportShapes.notifyMonitoringReport
        case .securityEventNotification: ReportShapes.securityEventNotification
        case .notifyEVChargingNeeds: ReportShapes.notifyEVChargingNeeds
        case .notifyEVChargingSchedule: ReportShapes.notifyEVChargingSchedule
        case .notifyChargingLimit: ReportShapes.notifyChargingLimit
        case .clearedChargingLimit: ReportShapes.clearedChargingLimit
        case .reportChargingProfiles: ReportShapes.reportChargingProfiles
        case .dataTransfer: ReportShapes.dataTransfer
        case .firmwareStatusNotification: ReportShapes.firmwareStatusNotification
        case .logStatusNotification: ReportShapes.logStatusNotification
        case .publishFirmwareStatusNotification: ReportShapes.publishFirmwareStatusNotification
        case .reservationStatusUpdate: ReportShapes.reservationStatusUpdate
        case .notifyCustomerInformation: ReportShapes.notifyCustomerInformation
        case .notifyDisplayMessages: ReportShapes.notifyDisplayMessages
        case .signCertificate, .get15118EVCertificate, .getCertificateStatus: nil
        }
    }
}
