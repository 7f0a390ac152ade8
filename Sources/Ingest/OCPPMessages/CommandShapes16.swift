/// The payloads of what we may ask of a station of OCPP 1.6J, its security extension included.
enum CommandShapes16 {
    static let cancelReservation = ObjectShape([.must("reservationId", .integer)])

    static let certificateSigned = ObjectShape([.must("certificateChain", .text(10000))])

    static let changeAvailability = ObjectShape([
        .must("connectorId", .integer), .must("type", .word(["Inoperative", "Operative"])),
    ])

    static let changeConfiguration = ObjectShape([.must("key", .text(50)), .must("value", .text(500))])

    static let clearCache = ObjectShape([])

    static let clearChargingProfile = ObjectShape([
        .may("id", .integer), .may("connectorId", .integer),
        .may("chargingProfilePurpose", .word(["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"])),
        .may("stackLevel", .integer),
    ])

    static let dataTransfer = ObjectShape([
        .must("vendorId", .text(255)), .may("messageId", .text(50)), .may("data", .text(.max)),
    ])

    static let deleteCertificate = ObjectShape([
        .must(
            "certificateHashData",
            .fields(
                .must("hashAlgorithm", .word(["SHA256", "SHA384", "SHA512"])), .must("issuerNameHash", .text(128)),
                .must("issuerKeyHash", .text(128)), .must("serialNumber", .text(40))))
    ])

    static let extendedTriggerMessage = ObjectShape([
        .must(
            "requestedMessage",
            .word([
                "BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues",
                "SignChargePointCertificate", "StatusNotification",
            ])), .may("connectorId", .integer),
    ])

    static let getCompositeSchedule = ObjectShape([
        .must("connectorId", .integer), .must("duration", .integer), .may("chargingRateUnit", .word(["A", "W"])),
    ])

    static let getConfiguration = ObjectShape([.may("key", .list(.text(50), 0...Int.max))])

    static let getDiagnostics = ObjectShape([
        .must("location", .text(.max)), .may("retries", .integer), .may("retryInterval", .integer),
        .may("startTime", .time), .may("stopTime", .time),
    ])

    static let getInstalledCertificateIds = ObjectShape([
        .must("certificateType", .word(["CentralSystemRootCertificate", "ManufacturerRootCertificate"]))
    ])

    static let getLocalListVersion = ObjectShape([])

    static let getLog = ObjectShape([
        .must(
            "log",
            .fields(.must("remoteLocation", .text(512)), .may("oldestTimestamp", .time), .may("latestTimestamp", .time))
        ), .must("logType", .word(["DiagnosticsLog", "SecurityLog"])), .must("requestId", .integer),
        .may("retries", .integer), .may("retryInterval", .integer),
    ])

    static let installCertificate = ObjectShape([
        .must("certificateType", .word(["CentralSystemRootCertificate", "ManufacturerRootCertificate"])),
        .must("certificate", .text(5500)),
    ])

    static let remoteStartTransaction = ObjectShape([
        .may("connectorId", .integer), .must("idTag", .text(20)),
        .may(
            "chargingProfile",
            .fields(
                .must("chargingProfileId", .integer), .may("transactionId", .integer), .must("stackLevel", .integer),
                .must("chargingProfilePurpose", .word(["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"])),
                .must("chargingProfileKind", .word(["Absolute", "Recurring", "Relative"])),
                .may("recurrencyKind", .word(["Daily", "Weekly"])), .may("validFrom", .time), .may("validTo", .time),
                .must(
                    "chargingSchedule",
                    .fields(
                        .may("duration", .integer), .may("startSchedule", .time),
                        .must("chargingRateUnit", .word(["A", "W"])),
                        .must(
                            "chargingSchedulePeriod",
                            .list(
                                .fields(
                                    .must("startPeriod", .integer), .must("limit", .tenths),
                                    .may("numberPhases", .integer)), 0...Int.max)), .may("minChargingRate", .tenths))))),
    ])

    static let remoteStopTransaction = ObjectShape([.must("transactionId", .integer)])

    static let reserveNow = ObjectShape([
        .must("connectorId", .integer), .must("expiryDate", .time), .must("idTag", .text(20)),
        .may("parentIdTag", .text(20)), .must("reservationId", .integer),
    ])

    static let reset = ObjectShape([.must("type", .word(["Hard", "Soft"]))])

    static let sendLocalList = ObjectShape([
        .must("listVersion", .integer),
        .may(
            "localAuthorizationList",
            .list(
                .fields(
                    .must("idTag", .text(20)),
                    .may(
                        "idTagInfo",
                        .fields(
                            .may("expiryDate", .time), .may("parentIdTag", .text(20)),
                            .must("status", .word(["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"]))))),
                0...Int.max)), .must("updateType", .word(["Differential", "Full"])),
    ])

    static let setChargingProfile = ObjectShape([
        .must("connectorId", .integer),
        .must(
            "csChargingProfiles",
            .fields(
                .must("chargingProfileId", .integer), .may("transactionId", .integer), .must("stackLevel", .integer),
                .must("chargingProfilePurpose", .word(["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"])),
                .must("chargingProfileKind", .word(["Absolute", "Recurring", "Relative"])),
                .may("recurrencyKind", .word(["Daily", "Weekly"])), .may("validFrom", .time), .may("validTo", .time),
                .must(
                    "chargingSchedule",
                    .fields(
                        .may("duration", .integer), .may("startSchedule", .time),
                        .must("chargingRateUnit", .word(["A", "W"])),
                        .must(
                            "chargingSchedulePeriod",
                            .list(
                                .fields(
                                    .must("startPeriod", .integer), .must("limit", .tenths),
                                    .may("numberPhases", .integer)), 0...Int.max)), .may("minChargingRate", .tenths))))),
    ])

    static let signedUpdateFirmware = ObjectShape([
        .may("retries", .integer), .may("retryInterval", .integer), .must("requestId", .integer),
        .must(
            "firmware",
            .fields(
                .must("location", .text(512)), .must("retrieveDateTime", .time), .may("installDateTime", .time),
                .must("signingCertificate", .text(5500)), .must("signature", .text(800)))),
    ])

    static let triggerMessage = ObjectShape([
        .must(
            "requestedMessage",
            .word([
                "BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat",
                "MeterValues", "StatusNotification",
            ])), .may("connectorId", .integer),
    ])

    static let unlockConnector = ObjectShape([.must("connectorId", .integer)])

    static let updateFirmware = ObjectShape([
        .must("location", .text(.max)), .may("retries", .integer), .must("retrieveDate", .time),
        .may("retryInterval", .integer),
    ])

    /// By action.
    static let all: [String: ObjectShape] = [
        "CancelReservation": cancelReservation,
        "CertificateSigned": certificateSigned,
        "ChangeAvailability": changeAvailability,
        "ChangeConfiguration": changeConfiguration,
        "ClearCache": clearCache,
        "ClearChargingProfile": clearChargingProfile,
        "DataTransfer": dataTransfer,
        "DeleteCertificate": deleteCertificate,
        "ExtendedTriggerMessage": extendedTriggerMessage,
        "GetCompositeSchedule": getCompositeSchedule,
        "GetConfiguration": getConfiguration,
        "GetDiagnostics": getDiagnostics,
        "GetInstalledCertificateIds": getInstalledCertificateIds,
        "GetLocalListVersion": getLocalListVersion,
        "GetLog": getLog,
        "InstallCertificate": installCertificate,
        "RemoteStartTransaction": remoteStartTransaction,
        "RemoteStopTransaction": remoteStopTransaction,
        "ReserveNow": reserveNow,
        "Reset": reset,
        "SendLocalList": sendLocalList,
        "SetChargingProfile": setChargingProfile,
        "SignedUpdateFirmware": signedUpdateFirmware,
        "TriggerMessage": triggerMessage,
        "UnlockConnector": unlockConnector,
        "UpdateFirmware": updateFirmware,
    ]
}
