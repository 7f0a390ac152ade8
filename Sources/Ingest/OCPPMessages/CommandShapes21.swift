/// The payloads of what we may ask of a station of OCPP 2.1, where they are not those of 2.0.1.
enum CommandShapes21 {
    static let afrrSignal = ObjectShape([.must("timestamp", .time), .must("signal", .integer)])

    static let adjustPeriodicEventStream = ObjectShape([
        .must("id", .count), .must("params", periodicEventStreamParams),
    ])

    static let cancelReservation = ObjectShape([.must("reservationId", .count)])

    static let certificateSigned = ObjectShape([
        .must("certificateChain", .text(10000)),
        .may("certificateType", .word(["ChargingStationCertificate", "V2GCertificate", "V2G20Certificate"])),
        .may("requestId", .integer),
    ])

    static let changeAvailability = ObjectShape([
        .may("evse", evse), .must("operationalStatus", .word(["Inoperative", "Operative"])),
    ])

    static let changeTransactionTariff = ObjectShape([.must("tariff", tariff), .must("transactionId", .text(36))])

    static let clearChargingProfile = ObjectShape([
        .may("chargingProfileId", .integer),
        .may(
            "chargingProfileCriteria",
            .fields(
                .may("evseId", .count),
                .may(
                    "chargingProfilePurpose",
                    .word([
                        "ChargingStationExternalConstraints", "ChargingStationMaxProfile", "TxDefaultProfile",
                        "TxProfile", "PriorityCharging", "LocalGeneration",
                    ])), .may("stackLevel", .count))),
    ])

    static let clearDERControl = ObjectShape([
        .must("isDefault", .flag),
        .may(
            "controlType",
            .word([
                "EnterService", "FreqDroop", "FreqWatt", "FixedPFAbsorb", "FixedPFInject", "FixedVar", "Gradients",
                "HFMustTrip", "HFMayTrip", "HVMustTrip", "HVMomCess", "HVMayTrip", "LimitMaxDischarge", "LFMustTrip",
                "LVMustTrip", "LVMomCess", "LVMayTrip", "PowerMonitoringMustTrip", "VoltVar", "VoltWatt", "WattPF",
                "WattVar",
            ])), .may("controlId", .text(36)),
    ])

    static let clearDisplayMessage = ObjectShape([.must("id", .count)])

    static let clearTariffs = ObjectShape([.may("tariffIds", .many(.text(60))), .may("evseId", .count)])

    static let clearVariableMonitoring = ObjectShape([.must("id", .many(.count))])

    static let customerInformation = ObjectShape([
        .may("customerCertificate", CommandShapes201.certificateHashData), .may("idToken", idToken),
        .must("requestId", .count), .must("report", .flag), .must("clear", .flag),
        .may("customerIdentifier", .text(64)),
    ])

    static let getChargingProfiles = ObjectShape([
        .must("requestId", .integer), .may("evseId", .count),
        .must(
            "chargingProfile",
            .fields(
                .may(
                    "chargingProfilePurpose",
                    .word([
                        "ChargingStationExternalConstraints", "ChargingStationMaxProfile", "TxDefaultProfile",
                        "TxProfile", "PriorityCharging", "LocalGeneration",
                    ])), .may("stackLevel", .count), .may("chargingProfileId", .many(.integer)),
                .may("chargingLimitSource", .list(.text(20), 1...4)))),
    ])

    static let getCompositeSchedule = ObjectShape([
        .must("duration", .integer), .may("chargingRateUnit", .word(["W", "A"])), .must("evseId", .count),
    ])

    static let getDERControl = ObjectShape([
        .must("requestId", .integer), .may("isDefault", .flag),
        .may(
            "controlType",
            .word([
                "EnterService", "FreqDroop", "FreqWatt", "FixedPFAbsorb", "FixedPFInject", "FixedVar", "Gradients",
                "HFMustTrip", "HFMayTrip", "HVMustTrip", "HVMomCess", "HVMayTrip", "LimitMaxDischarge", "LFMustTrip",
                "LVMustTrip", "LVMomCess", "LVMayTrip", "PowerMonitoringMustTrip", "VoltVar", "VoltWatt", "WattPF",
                "WattVar",
            ])), .may("controlId", .text(36)),
    ])

    static let getDisplayMessages = ObjectShape([
        .may("id", .many(.count)), .must("requestId", .integer),
        .may("priority", .word(["AlwaysFront", "InFront", "NormalCycle"])),
        .may("state", .word(["Charging", "Faulted", "Idle", "Unavailable", "Suspended", "Discharging"])),
    ])

    static let getInstalledCertificateIds = ObjectShape([
        .may(
            "certificateType",
            .many(
                .word([
                    "V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "V2GCertificateChain",
                    "ManufacturerRootCertificate", "OEMRootCertificate",
                ])))
    ])

    static let getLog = ObjectShape([
        .must(
            "log",
            .fields(
                .must("remoteLocation", .text(2000)), .may("oldestTimestamp", .time), .may("latestTimestamp", .time))),
        .must("logType", .word(["DiagnosticsLog", "SecurityLog", "DataCollectorLog"])), .must("requestId", .integer),
        .may("retries", .count), .may("retryInterval", .integer),
    ])

    static let getMonitoringReport = ObjectShape([
        .may("componentVariable", .many(componentVariable)), .must("requestId", .integer),
        .may(
            "monitoringCriteria", .list(.word(["ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring"]), 1...3)),
    ])

    static let getPeriodicEventStream = ObjectShape([])

    static let getReport = ObjectShape([
        .may("componentVariable", .many(componentVariable)), .must("requestId", .integer),
        .may("componentCriteria", .list(.word(["Active", "Available", "Enabled", "Problem"]), 1...4)),
    ])

    static let getTariffs = ObjectShape([.must("evseId", .count)])

    static let getVariables = ObjectShape([
        .must(
            "getVariableData",
            .many(
                .fields(
                    .may("attributeType", .word(["Actual", "Target", "MinSet", "MaxSet"])),
                    .must("component", component), .must("variable", CommandShapes201.variable))))
    ])

    static let installCertificate = ObjectShape([
        .must(
            "certificateType",
            .word([
                "V2GRootCertificate", "MORootCertificate", "ManufacturerRootCertificate", "CSMSRootCertificate",
                "OEMRootCertificate",
            ])), .must("certificate", .text(10000)),
    ])

    static let notifyAllowedEnergyTransfer = ObjectShape([
        .must("transactionId", .text(36)),
        .must(
            "allowedEnergyTransfer",
            .many(
                .word([
                    "AC_single_phase", "AC_two_phase", "AC_three_phase", "DC", "AC_BPT", "AC_BPT_DER", "AC_DER",
                    "DC_BPT", "DC_ACDP", "DC_ACDP_BPT", "WPT",
                ]))),
    ])

    static let notifyWebPaymentStarted = ObjectShape([.must("evseId", .count), .must("timeout", .integer)])

    static let publishFirmware = ObjectShape([
        .must("location", .text(2000)), .may("retries", .count), .must("checksum", .text(32)),
        .must("requestId", .count), .may("retryInterval", .count),
    ])

    static let requestBatterySwap = ObjectShape([.must("idToken", idToken), .must("requestId", .integer)])

    static let requestStartTransaction = ObjectShape([
        .may("evseId", .whole(1...Shape.wholeLimit)), .may("groupIdToken", idToken), .must("idToken", idToken),
        .must("remoteStartId", .integer), .may("chargingProfile", chargingProfile),
    ])

    static let reserveNow = ObjectShape([
        .must("id", .count), .must("expiryDateTime", .time), .may("connectorType", .text(20)),
        .must("idToken", idToken), .may("evseId", .count), .may("groupIdToken", idToken),
    ])

    static let reset = ObjectShape([
        .must("type", .word(["Immediate", "OnIdle", "ImmediateAndResume"])), .may("evseId", .count),
    ])

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
                            .may("groupIdToken", idToken), .may("language1", .text(8)), .may("language2", .text(8)),
                            .may("evseId", .many(.count)), .may("personalMessage", messageContent)))))),
        .must("versionNumber", .integer), .must("updateType", .word(["Differential", "Full"])),
    ])

    static let setChargingProfile = ObjectShape([.must("evseId", .count), .must("chargingProfile", chargingProfile)])

    static let setDERControl = ObjectShape([
        .must("isDefault", .flag), .must("controlId", .text(36)),
        .must(
            "controlType",
            .word([
                "EnterService", "FreqDroop", "FreqWatt", "FixedPFAbsorb", "FixedPFInject", "FixedVar", "Gradients",
                "HFMustTrip", "HFMayTrip", "HVMustTrip", "HVMomCess", "HVMayTrip", "LimitMaxDischarge", "LFMustTrip",
                "LVMustTrip", "LVMomCess", "LVMayTrip", "PowerMonitoringMustTrip", "VoltVar", "VoltWatt", "WattPF",
                "WattVar",
            ])), .may("curve", derCurve),
        .may(
            "enterService",
            .fields(
                .must("priority", .count), .must("highVoltage", .number), .must("lowVoltage", .number),
                .must("highFreq", .number), .must("lowFreq", .number), .may("delay", .number),
                .may("randomDelay", .number), .may("rampRate", .number))), .may("fixedPFAbsorb", fixedPF),
        .may("fixedPFInject", fixedPF),
        .may(
            "fixedVar",
            .fields(
                .must("priority", .count), .must("setpoint", .number),
                .must(
                    "unit",
                    .word(["Not_Applicable", "PctMaxW", "PctMaxVar", "PctWAvail", "PctVarAvail", "PctEffectiveV"])),
                .may("startTime", .time), .may("duration", .number))),
        .may(
            "freqDroop",
            .fields(
                .must("priority", .count), .must("overFreq", .number), .must("underFreq", .number),
                .must("overDroop", .number), .must("underDroop", .number), .must("responseTime", .number),
                .may("startTime", .time), .may("duration", .number))),
        .may(
            "gradient", .fields(.must("priority", .count), .must("gradient", .number), .must("softGradient", .number))),
        .may(
            "limitMaxDischarge",
            .fields(
                .must("priority", .count), .may("pctMaxDischargePower", .number),
                .may("powerMonitoringMustTrip", derCurve), .may("startTime", .time), .may("duration", .number))),
    ])

    static let setDefaultTariff = ObjectShape([.must("evseId", .count), .must("tariff", tariff)])

    static let setDisplayMessage = ObjectShape([
        .must(
            "message",
            .fields(
                .may("display", component), .must("id", .count),
                .must("priority", .word(["AlwaysFront", "InFront", "NormalCycle"])),
                .may("state", .word(["Charging", "Faulted", "Idle", "Unavailable", "Suspended", "Discharging"])),
                .may("startDateTime", .time), .may("endDateTime", .time), .may("transactionId", .text(36)),
                .must("message", messageContent), .may("messageExtra", .list(messageContent, 1...4))))
    ])

    static let setMonitoringLevel = ObjectShape([.must("severity", .count)])

    static let setNetworkProfile = ObjectShape([
        .must("configurationSlot", .integer),
        .must(
            "connectionData",
            .fields(
                .may(
                    "apn",
                    .fields(
                        .must("apn", .text(2000)), .may("apnUserName", .text(50)), .may("apnPassword", .text(64)),
                        .may("simPin", .integer), .may("preferredNetwork", .text(6)),
                        .may("useOnlyPreferredNetwork", .flag),
                        .must("apnAuthentication", .word(["PAP", "CHAP", "NONE", "AUTO"])))),
                .may("ocppVersion", .word(["OCPP12", "OCPP15", "OCPP16", "OCPP20", "OCPP201", "OCPP21"])),
                .must(
                    "ocppInterface",
                    .word([
                        "Wired0", "Wired1", "Wired2", "Wired3", "Wireless0", "Wireless1", "Wireless2", "Wireless3",
                        "Any",
                    ])), .must("ocppTransport", .word(["SOAP", "JSON"])), .must("messageTimeout", .integer),
                .must("ocppCsmsUrl", .text(2000)), .must("securityProfile", .count), .may("identity", .text(48)),
                .may("basicAuthPassword", .text(64)),
                .may(
                    "vpn",
                    .fields(
                        .must("server", .text(2000)), .must("user", .text(50)), .may("group", .text(50)),
                        .must("password", .text(64)), .must("key", .text(255)),
                        .must("type", .word(["IKEv2", "IPSec", "L2TP", "PPTP"])))))),
    ])

    static let setVariableMonitoring = ObjectShape([
        .must(
            "setMonitoringData",
            .many(
                .fields(
                    .may("id", .count), .may("periodicEventStream", periodicEventStreamParams),
                    .may("transaction", .flag), .must("value", .number),
                    .must(
                        "type",
                        .word([
                            "UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned",
                            "TargetDelta", "TargetDeltaRelative",
                        ])), .must("severity", .count), .must("component", component),
                    .must("variable", CommandShapes201.variable))))
    ])

    static let setVariables = ObjectShape([
        .must(
            "setVariableData",
            .many(
                .fields(
                    .may("attributeType", .word(["Actual", "Target", "MinSet", "MaxSet"])),
                    .must("attributeValue", .text(2500)), .must("component", component),
                    .must("variable", CommandShapes201.variable))))
    ])

    static let triggerMessage = ObjectShape([
        .may("evse", evse),
        .must(
            "requestedMessage",
            .word([
                "BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues",
                "SignChargingStationCertificate", "SignV2GCertificate", "SignV2G20Certificate", "StatusNotification",
                "TransactionEvent", "SignCombinedCertificate", "PublishFirmwareStatusNotification", "CustomTrigger",
            ])), .may("customTrigger", .text(50)),
    ])

    static let unlockConnector = ObjectShape([.must("evseId", .count), .must("connectorId", .count)])

    static let updateDynamicSchedule = ObjectShape([
        .must("chargingProfileId", .integer),
        .must(
            "scheduleUpdate",
            .fields(
                .may("limit", .number), .may("limit_L2", .number), .may("limit_L3", .number),
                .may("dischargeLimit", .decimal(-Double.greatestFiniteMagnitude...0.0)),
                .may("dischargeLimit_L2", .decimal(-Double.greatestFiniteMagnitude...0.0)),
                .may("dischargeLimit_L3", .decimal(-Double.greatestFiniteMagnitude...0.0)), .may("setpoint", .number),
                .may("setpoint_L2", .number), .may("setpoint_L3", .number), .may("setpointReactive", .number),
                .may("setpointReactive_L2", .number), .may("setpointReactive_L3", .number))),
    ])

    static let updateFirmware = ObjectShape([
        .may("retries", .count), .may("retryInterval", .integer), .must("requestId", .integer),
        .must(
            "firmware",
            .fields(
                .must("location", .text(2000)), .must("retrieveDateTime", .time), .may("installDateTime", .time),
                .may("signingCertificate", .text(5500)), .may("signature", .text(800)))),
    ])

    static let usePriorityCharging = ObjectShape([.must("transactionId", .text(36)), .must("activate", .flag)])

    /// By action.
    static let all: [String: ObjectShape] = [
        "AFRRSignal": afrrSignal,
        "AdjustPeriodicEventStream": adjustPeriodicEventStream,
        "CancelReservation": cancelReservation,
        "CertificateSigned": certificateSigned,
        "ChangeAvailability": changeAvailability,
        "ChangeTransactionTariff": changeTransactionTariff,
        "ClearChargingProfile": clearChargingProfile,
        "ClearDERControl": clearDERControl,
        "ClearDisplayMessage": clearDisplayMessage,
        "ClearTariffs": clearTariffs,
        "ClearVariableMonitoring": clearVariableMonitoring,
        "CustomerInformation": customerInformation,
        "GetChargingProfiles": getChargingProfiles,
        "GetCompositeSchedule": getCompositeSchedule,
        "GetDERControl": getDERControl,
        "GetDisplayMessages": getDisplayMessages,
        "GetInstalledCertificateIds": getInstalledCertificateIds,
        "GetLog": getLog,
        "GetMonitoringReport": getMonitoringReport,
        "GetPeriodicEventStream": getPeriodicEventStream,
        "GetReport": getReport,
        "GetTariffs": getTariffs,
        "GetVariables": getVariables,
        "InstallCertificate": installCertificate,
        "NotifyAllowedEnergyTransfer": notifyAllowedEnergyTransfer,
        "NotifyWebPaymentStarted": notifyWebPaymentStarted,
        "PublishFirmware": publishFirmware,
        "RequestBatterySwap": requestBatterySwap,
        "RequestStartTransaction": requestStartTransaction,
        "ReserveNow": reserveNow,
        "Reset": reset,
        "SendLocalList": sendLocalList,
        "SetChargingProfile": setChargingProfile,
        "SetDERControl": setDERControl,
        "SetDefaultTariff": setDefaultTariff,
        "SetDisplayMessage": setDisplayMessage,
        "SetMonitoringLevel": setMonitoringLevel,
        "SetNetworkProfile": setNetworkProfile,
        "SetVariableMonitoring": setVariableMonitoring,
        "SetVariables": setVariables,
        "TriggerMessage": triggerMessage,
        "UnlockConnector": unlockConnector,
        "UpdateDynamicSchedule": updateDynamicSchedule,
        "UpdateFirmware": updateFirmware,
        "UsePriorityCharging": usePriorityCharging,
    ]
}
