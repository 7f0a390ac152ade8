/// What a station may ask of us in any version of OCPP; each case is the action of its name in the specification.
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
    // 1.6 alone
    case startTransaction = "StartTransaction"
    case stopTransaction = "StopTransaction"
    case diagnosticsStatusNotification = "DiagnosticsStatusNotification"
    case signedFirmwareStatusNotification = "SignedFirmwareStatusNotification"
    // 2.1 alone
    case notifyDERAlarm = "NotifyDERAlarm"
    case notifyDERStartStop = "NotifyDERStartStop"
    case reportDERControl = "ReportDERControl"
    case notifyPriorityCharging = "NotifyPriorityCharging"
    case pullDynamicScheduleUpdate = "PullDynamicScheduleUpdate"
    case openPeriodicEventStream = "OpenPeriodicEventStream"
    case closePeriodicEventStream = "ClosePeriodicEventStream"
    case notifyPeriodicEventStream = "NotifyPeriodicEventStream"
    case getCertificateChainStatus = "GetCertificateChainStatus"
    case batterySwap = "BatterySwap"
    case notifySettlement = "NotifySettlement"
    case vatNumberValidation = "VatNumberValidation"

    /// The position in `allCases`, for counters in an array.
    package var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// Whether it is said by SEND (frame type 6) and so never answered.
    package var isSent: Bool { self == .notifyPeriodicEventStream }

    /// What the payload must look like in this version, or nil where the version does not have the action.
    package func shape(_ version: OCPPVersion) -> ObjectShape? {
        switch version {
        case .v16: shape16
        case .v201: shape201
        case .v21: shape21 ?? shape201
        }
    }

    private var shape16: ObjectShape? {
        switch self {
        case .bootNotification: Shapes16.bootNotification
        case .heartbeat: MessageShapes.heartbeat
        case .statusNotification: Shapes16.statusNotification
        case .meterValues: Shapes16.meterValues
        case .authorize: Shapes16.authorize
        case .startTransaction: Shapes16.startTransaction
        case .stopTransaction: Shapes16.stopTransaction
        case .dataTransfer: Shapes16.dataTransfer
        case .firmwareStatusNotification: Shapes16.firmwareStatusNotification
        case .diagnosticsStatusNotification: Shapes16.diagnosticsStatusNotification
        case .securityEventNotification: ReportShapes.securityEventNotification
        case .signCertificate: Shapes16.signCertificate
        case .logStatusNotification: Shapes16.logStatusNotification
        case .signedFirmwareStatusNotification: ReportShapes.firmwareStatusNotification
        default: nil
        }
    }

    private var shape201: ObjectShape? {
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
        case .signCertificate: CertificateShapes.signCertificate
        case .get15118EVCertificate: CertificateShapes.get15118EVCertificate
        case .getCertificateStatus: CertificateShapes.getCertificateStatus
        case .firmwareStatusNotification: ReportShapes.firmwareStatusNotification
        case .logStatusNotification: ReportShapes.logStatusNotification
        case .publishFirmwareStatusNotification: ReportShapes.publishFirmwareStatusNotification
        case .reservationStatusUpdate: ReportShapes.reservationStatusUpdate
        case .notifyCustomerInformation: ReportShapes.notifyCustomerInformation
        case .notifyDisplayMessages: ReportShapes.notifyDisplayMessages
        default: nil
        }
    }

    /// The shapes that 2.1 has for itself; the others are 2.0.1's.
    private var shape21: ObjectShape? {
        switch self {
        case .transactionEvent: Shapes21.transactionEvent
        case .meterValues: Shapes21.meterValues
        case .authorize: Shapes21.authorize
        case .notifyEvent: Shapes21.notifyEvent
        case .notifyReport: Shapes21.notifyReport
        case .notifyMonitoringReport: Shapes21.notifyMonitoringReport
        case .notifyEVChargingNeeds: NeedsShapes21.notifyEVChargingNeeds
        case .notifyEVChargingSchedule: ScheduleShapes21.notifyEVChargingSchedule
        case .notifyChargingLimit: ScheduleShapes21.notifyChargingLimit
        case .clearedChargingLimit: ScheduleShapes21.clearedChargingLimit
        case .reportChargingProfiles: ScheduleShapes21.reportChargingProfiles
        case .signCertificate: CertificateShapes.signCertificate21
        case .get15118EVCertificate: CertificateShapes.get15118EVCertificate21
        case .getCertificateStatus: CertificateShapes.getCertificateStatus21
        case .getCertificateChainStatus: CertificateShapes.getCertificateChainStatus
        case .firmwareStatusNotification: Shapes21.firmwareStatusNotification
        case .logStatusNotification: Shapes21.logStatusNotification
        case .publishFirmwareStatusNotification: Shapes21.publishFirmwareStatusNotification
        case .reservationStatusUpdate: Shapes21.reservationStatusUpdate
        case .notifyCustomerInformation: Shapes21.notifyCustomerInformation
        case .notifyDisplayMessages: Shapes21.notifyDisplayMessages
        default: newShape21
        }
    }

    private var newShape21: ObjectShape? {
        switch self {
        case .notifyDERAlarm: DERShapes21.notifyDERAlarm
        case .notifyDERStartStop: DERShapes21.notifyDERStartStop
        case .reportDERControl: DERShapes21.reportDERControl
        case .notifyPriorityCharging: Shapes21.notifyPriorityCharging
        case .pullDynamicScheduleUpdate: Shapes21.pullDynamicScheduleUpdate
        case .openPeriodicEventStream: Shapes21.openPeriodicEventStream
        case .closePeriodicEventStream: Shapes21.closePeriodicEventStream
        case .notifyPeriodicEventStream: Shapes21.notifyPeriodicEventStream
        case .batterySwap: Shapes21.batterySwap
        case .notifySettlement: Shapes21.notifySettlement
        case .vatNumberValidation: Shapes21.vatNumberValidation
        default: nil
        }
    }
}
