/// What we may ask of a station, by version: known, but never taken from one.
package enum CommandActions {
    private static let inAll: Set<String> = [
        "CancelReservation", "CertificateSigned", "ChangeAvailability", "ClearCache", "ClearChargingProfile",
        "DataTransfer", "DeleteCertificate", "GetCompositeSchedule", "GetInstalledCertificateIds",
        "GetLocalListVersion", "GetLog", "InstallCertificate", "ReserveNow", "Reset", "SendLocalList",
        "SetChargingProfile", "TriggerMessage", "UnlockConnector", "UpdateFirmware",
    ]

    private static let in16: Set<String> = inAll.union([
        "ChangeConfiguration", "ExtendedTriggerMessage", "GetConfiguration", "GetDiagnostics",
        "RemoteStartTransaction", "RemoteStopTransaction", "SignedUpdateFirmware",
    ])

    private static let in201: Set<String> = inAll.union([
        "ClearDisplayMessage", "ClearVariableMonitoring", "CostUpdated", "CustomerInformation", "GetBaseReport",
        "GetChargingProfiles", "GetDisplayMessages", "GetMonitoringReport", "GetReport", "GetTransactionStatus",
        "GetVariables", "PublishFirmware", "RequestStartTransaction", "RequestStopTransaction", "SetDisplayMessage",
        "SetMonitoringBase", "SetMonitoringLevel", "SetNetworkProfile", "SetVariableMonitoring", "SetVariables",
        "UnpublishFirmware",
    ])

    private static let in21: Set<String> = in201.union([
        "AFRRSignal", "AdjustPeriodicEventStream", "ChangeTransactionTariff", "ClearDERControl", "ClearTariffs",
        "GetDERControl", "GetPeriodicEventStream", "GetTariffs", "NotifyAllowedEnergyTransfer",
        "NotifyWebPaymentStarted", "RequestBatterySwap", "SetDERControl", "SetDefaultTariff", "UpdateDynamicSchedule",
        "UsePriorityCharging",
    ])

    /// What is wrong with a payload that is to be sent, with the path of the field; nil where it fits the norm's rules.
    /// Nothing is forgiven: a station may do anything with what it does not expect.
    package static func fault(of payload: [UInt8], for action: String, _ version: OCPPVersion) -> String? {
        let (tape, flaw) = JSONScanner.scan(payload)
        if let flaw { return flaw.detail }
        guard !tape.hasTrailingPadding, tape.replacedEscapeCount == 0 else { return "not JSON as it should be" }
        guard let shape = shape(of: action, version) else { return "no such action" }
        var check = ShapeCheck(tape: tape, rigour: .strict(hasCustomData: version != .v16))
        do throws(OCPPFault) {
            try check.check(0, shape)
            return nil
        } catch {
            return error.detail
        }
    }

    private static func shape(of action: String, _ version: OCPPVersion) -> ObjectShape? {
        switch version {
        case .v16: CommandShapes16.all[action]
        case .v201: CommandShapes201.all[action]
        case .v21: CommandShapes21.all[action] ?? CommandShapes201.all[action]
        }
    }

    /// The actions that we may send to a station of this version.
    package static func of(_ version: OCPPVersion) -> Set<String> {
        switch version {
        case .v16: in16
        case .v201: in201
        case .v21: in21
        }
    }
}
