/// The payloads of what we may ask of a station of OCPP 2.0.1.
enum CommandShapes201 {
    static let certificateHashData = Shape.fields(
        .must("hashAlgorithm", .word(["SHA256", "SHA384", "SHA512"])), .must("issuerNameHash", .text(128)),
        .must("issuerKeyHash", .text(128)), .must("serialNumber", .text(40)))

    static let chargingProfile = Shape.fields(
        .must("id", .integer), .must("stackLevel", .integer),
        .must(
            "chargingProfilePurpose",
            .word(["ChargingStationExternalConstraints", "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"])),
        .must("chargingProfileKind", .word(["Absolute", "Recurring", "Relative"])),
        .may("recurrencyKind", .word(["Daily", "Weekly"])), .may("validFrom", .time), .may("validTo", .time),
        .must(
            "chargingSchedule",
            .list(
                .fields(
                    .must("id", .integer), .may("startSchedule", .time), .may("duration", .integer),
                    .must("chargingRateUnit", .word(["W", "A"])),
                    .must(
                        "chargingSchedulePeriod",
                        .list(
                            .fields(
                                .must("startPeriod", .integer), .must("limit", .number), .may("numberPhases", .integer),
                                .may("phaseToUse", .integer)), 1...1024)), .may("minChargingRate", .number),
                    .may(
                        "salesTariff",
                        .fields(
                            .must("id", .integer), .may("salesTariffDescription", .text(32)),
                            .may("numEPriceLevels", .integer),
                            .must("salesTariffEntry", .list(salesTariffEntry, 1...1024))))), 1...3)),
        .may("transactionId", .text(36)))

    static let component = Shape.fields(.may("evse", evse), .must("name", .text(50)), .may("instance", .text(50)))

    static let componentVariable = Shape.fields(.must("component", component), .may("variable", variable))

    static let evse = Shape.fields(.must("id", .integer), .may("connectorId", .integer))

    static let idToken = Shape.fields(
        .may("additionalInfo", .many(.fields(.must("additionalIdToken", .text(36)), .must("type", .text(50))))),
        .must("idToken", .text(36)),
        .must(
            "type",
            .word(["Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress", "NoAuthorization"])))

    static let messageContent = Shape.fields(
        .must("format", .word(["ASCII", "HTML", "URI", "UTF8"])), .may("language", .text(8)),
        .must("content", .text(512)))

    static let salesTariffEntry = Shape.fields(
        .must("relativeTimeInterval", .fields(.must("start", .integer), .may("duration", .integer))),
        .may("ePriceLevel", .count),
        .may(
            "consumptionCost",
            .list(
                .fields(
                    .must("startValue", .number),
                    .must(
                        "cost",
                        .list(
                            .fields(
                                .must(
                                    "costKind",
                                    .word([
                                        "CarbonDioxideEmission", "RelativePricePercentage",
                                        "RenewableGenerationPercentage",
                                    ])), .must("amount", .integer), .may("amountMultiplier", .integer)), 1...3))), 1...3
            )))

    static let variable = Shape.fields(.must("name", .text(50)), .may("instance", .text(50)))

    static let cancelReservation = ObjectShape([.must("reservationId", .integer)])

    static let certificateSigned = ObjectShape([
        .must("certificateChain", .text(10000)),
        .may("certificateType", .word(["ChargingStationCertificate", "V2GCertificate"])),
    ])

    static let changeAvailability = ObjectShape([
        .may("evse", evse), .must("operationalStatus", .word(["Inoperative", "Operative"])),
    ])

    static let clearCache = ObjectShape([])

    static let clearChargingProfile = ObjectShape([
        .may("chargingProfileId", .integer),
        .may(
            "chargingProfileCriteria",
            .fields(
                .may("evseId", .integer),
                .may(
                    "chargingProfilePurpose",
                    .word([
                        "ChargingStationExternalConstraints", "ChargingStationMaxProfile", "TxDefaultProfile",
                        "TxProfile",
                    ])), .may("stackLevel", .integer))),
    ])

    static let clearDisplayMessage = ObjectShape([.must("id", .integer)])

    static let clearVariableMonitoring = ObjectShape([.must("id", .many(.integer))])

    static let costUpdated = ObjectShape([.must("totalCost", .number), .must("transactionId", .text(36))])

    static let customerInformation = ObjectShape([
        .may("customerCertificate", certificateHashData), .may("idToken", idToken), .must("requestId", .integer),
        .must("report", .flag), .must("clear", .flag), .may("customerIdentifier", .text(64)),
    ])

    static let dataTransfer = ObjectShape([
        .may("messageId", .text(50)), .may("data", .any), .must("vendorId", .text(255)),
    ])

    static let deleteCertificate = ObjectShape([.must("certificateHashData", certificateHashData)])

    static let getBaseReport = ObjectShape([
        .must("requestId", .integer),
        .must("reportBase", .word(["ConfigurationInventory", "FullInventory", "SummaryInventory"])),
    ])

    static let getChargingProfiles = ObjectShape([
        .must("requestId", .integer), .may("evseId", .integer),
        .must(
            "chargingProfile",
            .fields(
                .may(
                    "chargingProfilePurpose",
                    .word([
                        "ChargingStationExternalConstraints", "ChargingStationMaxProfile", "TxDefaultProfile",
                        "TxProfile",
                    ])), .may("stackLevel", .integer), .may("chargingProfileId", .many(.integer)),
                .may("chargingLimitSource", .list(.word(["EMS", "Other", "SO", "CSO"]), 1...4)))),
    ])

    static let getCompositeSchedule = ObjectShape([
        .must("duration", .integer), .may("chargingRateUnit", .word(["W", "A"])), .must("evseId", .integer),
    ])

    static let getDisplayMessages = ObjectShape([
        .may("id", .many(.integer)), .must("requestId", .integer),
        .may("priority", .word(["AlwaysFront", "InFront", "NormalCycle"])),
        .may("state", .word(["Charging", "Faulted", "Idle", "Unavailable"])),
    ])

    static let getInstalledCertificateIds = ObjectShape([
        .may(
            "certificateType",
            .many(
                .word([
                    "V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "V2GCertificateChain",
                    "ManufacturerRootCertificate",
                ])))
    ])

    static let getLocalListVersion = ObjectShape([])

    static let getLog = ObjectShape([
        .must(
            "log",
            .fields(.must("remoteLocation", .text(512)), .may("oldestTimestamp", .time), .may("latestTimestamp", .time))
        ), .must("logType", .word(["DiagnosticsLog", "SecurityLog"])), .must("requestId", .integer),
        .may("retries", .integer), .may("retryInterval", .integer),
    ])

    static let getMonitoringReport = ObjectShape([
        .may("componentVariable", .many(componentVariable)), .must("requestId", .integer),
        .may(
            "monitoringCriteria", .list(.word(["ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring"]), 1...3)),
    ])

    static let getReport = ObjectShape([
        .may("componentVariable", .many(componentVariable)), .must("requestId", .integer),
        .may("componentCriteria", .list(.word(["Active", "Available", "Enabled", "Problem"]), 1...4)),
    ])

    static let getTransactionStatus = ObjectShape([.may("transactionId", .text(36))])

    static let getVariables = ObjectShape([
        .must(
            "getVariableData",
            .many(
                .fields(
                    .may("attributeType", .word(["Actual", "Target", "MinSet", "MaxSet"])),
                    .must("component", component), .must("variable", variable))))
    ])

    static let installCertificate = ObjectShape([
        .must(
            "certificateType",
            .word(["V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "ManufacturerRootCertificate"])),
        .must("certificate", .text(5500)),
    ])

    static let publishFirmware = ObjectShape([
        .must("location", .text(512)), .may("retries", .integer), .must("checksum", .text(32)),
        .must("requestId", .integer), .may("retryInterval", .integer),
    ])

    static let requestStartTransaction = ObjectShape([
        .may("evseId", .integer), .may("groupIdToken", idToken), .must("idToken", idToken),
        .must("remoteStartId", .integer), .may("chargingProfile", chargingProfile),
    ])

    static let requestStopTransaction = ObjectShape([.must("transactionId", .text(36))])

    static let reserveNow = ObjectShape([
        .must("id", .integer), .must("expiryDateTime", .time),
        .may(
            "connectorType",
            .word([
                "cCCS1", "cCCS2", "cG105", "cTesla", "cType1", "cType2", "s309-1P-16A", "s309-1P-32A", "s309-3P-16A",
                "s309-3P-32A", "sBS1361", "sCEE-7-7", "sType2", "sType3", "Other1PhMax16A", "Other1PhOver16A",
                "Other3Ph", "Pan", "wInductive", "wResonant", "Undetermined", "Unknown",
            ])), .must("idToken", idToken), .may("evseId", .integer), .may("groupIdToken", idToken),
    ])

    static let reset = ObjectShape([.must("type", .word(["Immediate", "OnIdle"])), .may("evseId", .integer)])

    static let sendLocalList = ObjectShape([
        .may(
            "localAuthorizationList",
            .many(
                .fields(
                    .must("idToken", idToken),
                    .may(
                        "idTokenInfo",
                        .fields(
                            .must(
                                "status",
                                .word([
                                    "Accepted", "Blocked", "ConcurrentTx", "Expired", "Invalid", "NoCredit",
                                    "NotAllowedTypeEVSE", "NotAtThisLocation", "NotAtThisTime", "Unknown",
                                ])), .may("cacheExpiryDateTime", .time), .may("chargingPriority", .integer),
                            .may("language1", .text(8)), .may("evseId", .many(.integer)), .may("groupIdToken", idToken),
                            .may("language2", .text(8)), .may("personalMessage", messageContent)))))),
        .must("versionNumber", .integer), .must("updateType", .word(["Differential", "Full"])),
    ])

    static let setChargingProfile = ObjectShape([.must("evseId", .integer), .must("chargingProfile", chargingProfile)])

    static let setDisplayMessage = ObjectShape([
        .must(
            "message",
            .fields(
                .may("display", component), .must("id", .integer),
                .must("priority", .word(["AlwaysFront", "InFront", "NormalCycle"])),
                .may("state", .word(["Charging", "Faulted", "Idle", "Unavailable"])), .may("startDateTime", .time),
                .may("endDateTime", .time), .may("transactionId", .text(36)), .must("message", messageContent)))
    ])

    static let setMonitoringBase = ObjectShape([
        .must("monitoringBase", .word(["All", "FactoryDefault", "HardWiredOnly"]))
    ])

    static let setMonitoringLevel = ObjectShape([.must("severity", .integer)])

    static let setNetworkProfile = ObjectShape([
        .must("configurationSlot", .integer),
        .must(
            "connectionData",
            .fields(
                .may(
                    "apn",
                    .fields(
                        .must("apn", .text(512)), .may("apnUserName", .text(20)), .may("apnPassword", .text(20)),
                        .may("simPin", .integer), .may("preferredNetwork", .text(6)),
                        .may("useOnlyPreferredNetwork", .flag),
                        .must("apnAuthentication", .word(["CHAP", "NONE", "PAP", "AUTO"])))),
                .must("ocppVersion", .word(["OCPP12", "OCPP15", "OCPP16", "OCPP20"])),
                .must("ocppTransport", .word(["JSON", "SOAP"])), .must("ocppCsmsUrl", .text(512)),
                .must("messageTimeout", .integer), .must("securityProfile", .integer),
                .must(
                    "ocppInterface",
                    .word(["Wired0", "Wired1", "Wired2", "Wired3", "Wireless0", "Wireless1", "Wireless2", "Wireless3"])),
                .may(
                    "vpn",
                    .fields(
                        .must("server", .text(512)), .must("user", .text(20)), .may("group", .text(20)),
                        .must("password", .text(20)), .must("key", .text(255)),
                        .must("type", .word(["IKEv2", "IPSec", "L2TP", "PPTP"])))))),
    ])

    static let setVariableMonitoring = ObjectShape([
        .must(
            "setMonitoringData",
            .many(
                .fields(
                    .may("id", .integer), .may("transaction", .flag), .must("value", .number),
                    .must(
                        "type",
                        .word(["UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned"])),
                    .must("severity", .integer), .must("component", component), .must("variable", variable))))
    ])

    static let setVariables = ObjectShape([
        .must(
            "setVariableData",
            .many(
                .fields(
                    .may("attributeType", .word(["Actual", "Target", "MinSet", "MaxSet"])),
                    .must("attributeValue", .text(1000)), .must("component", component), .must("variable", variable))))
    ])

    static let triggerMessage = ObjectShape([
        .may("evse", evse),
        .must(
            "requestedMessage",
            .word([
                "BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues",
                "SignChargingStationCertificate", "SignV2GCertificate", "StatusNotification", "TransactionEvent",
                "SignCombinedCertificate", "PublishFirmwareStatusNotification",
            ])),
    ])

    static let unlockConnector = ObjectShape([.must("evseId", .integer), .must("connectorId", .integer)])

    static let unpublishFirmware = ObjectShape([.must("checksum", .text(32))])

    static let updateFirmware = ObjectShape([
        .may("retries", .integer), .may("retryInterval", .integer), .must("requestId", .integer),
        .must(
            "firmware",
            .fields(
                .must("location", .text(512)), .must("retrieveDateTime", .time), .may("installDateTime", .time),
                .may("signingCertificate", .text(5500)), .may("signature", .text(800)))),
    ])

    /// By action.
    static let all: [String: ObjectShape] = [
        "CancelReservation": cancelReservation,
        "CertificateSigned": certificateSigned,
        "ChangeAvailability": changeAvailability,
        "ClearCache": clearCache,
        "ClearChargingProfile": clearChargingProfile,
        "ClearDisplayMessage": clearDisplayMessage,
        "ClearVariableMonitoring": clearVariableMonitoring,
        "CostUpdated": costUpdated,
        "CustomerInformation": customerInformation,
        "DataTransfer": dataTransfer,
        "DeleteCertificate": deleteCertificate,
        "GetBaseReport": getBaseReport,
        "GetChargingProfiles": getChargingProfiles,
        "GetCompositeSchedule": getCompositeSchedule,
        "GetDisplayMessages": getDisplayMessages,
        "GetInstalledCertificateIds": getInstalledCertificateIds,
        "GetLocalListVersion": getLocalListVersion,
        "GetLog": getLog,
        "GetMonitoringReport": getMonitoringReport,
        "GetReport": getReport,
        "GetTransactionStatus": getTransactionStatus,
        "GetVariables": getVariables,
        "InstallCertificate": installCertificate,
        "PublishFirmware": publishFirmware,
        "RequestStartTransaction": requestStartTransaction,
        "RequestStopTransaction": requestStopTransaction,
        "ReserveNow": reserveNow,
        "Reset": reset,
        "SendLocalList": sendLocalList,
        "SetChargingProfile": setChargingProfile,
        "SetDisplayMessage": setDisplayMessage,
        "SetMonitoringBase": setMonitoringBase,
        "SetMonitoringLevel": setMonitoringLevel,
        "SetNetworkProfile": setNetworkProfile,
        "SetVariableMonitoring": setVariableMonitoring,
        "SetVariables": setVariables,
        "TriggerMessage": triggerMessage,
        "UnlockConnector": unlockConnector,
        "UnpublishFirmware": unpublishFirmware,
        "UpdateFirmware": updateFirmware,
    ]
}
