/// The payloads that are checked and answered, but carry no reading, as OCPP 2.0.1 part 3 defines them.
enum ReportShapes {
    static let variableCharacteristics = ObjectShape([
        .may("unit", .text(16)),
        .must(
            "dataType",
            .word([
                "string", "decimal", "integer", "dateTime", "boolean", "OptionList", "SequenceList", "MemberList",
            ])), .may("minLimit", .number), .may("maxLimit", .number), .may("valuesList", .text(1000)),
        .must("supportsMonitoring", .flag),
    ])

    static let reportData = ObjectShape([
        .must("component", MessageShapes.component), .must("variable", MessageShapes.variable),
        .must(
            "variableAttribute",
            .list(
                .fields(
                    .may("type", .word(["Actual", "Target", "MinSet", "MaxSet"])), .may("value", .text(2500)),
                    .may("mutability", .word(["ReadOnly", "WriteOnly", "ReadWrite"])), .may("persistent", .flag),
                    .may("constant", .flag)), 1...4)),
        .may("variableCharacteristics", .object(variableCharacteristics)),
    ])

    static let notifyReport = ObjectShape([
        .must("requestId", .integer), .must("generatedAt", .time), .must("seqNo", .count), .may("tbc", .flag),
        .may("reportData", .many(.object(reportData))),
    ])

    static let notifyMonitoringReport = ObjectShape([
        .must("requestId", .integer), .must("generatedAt", .time), .must("seqNo", .count), .may("tbc", .flag),
        .may(
            "monitor",
            .many(
                .fields(
                    .must("component", MessageShapes.component), .must("variable", MessageShapes.variable),
                    .must(
                        "variableMonitoring",
                        .many(
                            .fields(
                                .must("id", .integer), .must("transaction", .flag), .must("value", .number),
                                .must(
                                    "type",
                                    .word([
                                        "UpperThreshold", "LowerThreshold", "Delta", "Periodic",
                                        "PeriodicClockAligned",
                                    ])), .must("severity", .whole(0...9)))))))),
    ])

    static let securityEventNotification = ObjectShape([
        .must("type", .text(50)), .must("timestamp", .time), .may("techInfo", .text(255)),
    ])

    static let notifyEVChargingNeeds = ObjectShape([
        .must("evseId", .count), .may("maxScheduleTuples", .integer),
        .must(
            "chargingNeeds",
            .fields(
                .must(
                    "requestedEnergyTransfer",
                    .word(["DC", "AC_single_phase", "AC_two_phase", "AC_three_phase"])),
                .may("departureTime", .time),
                .may(
                    "acChargingParameters",
                    .fields(
                        .must("energyAmount", .integer), .must("evMinCurrent", .integer),
                        .must("evMaxCurrent", .integer), .must("evMaxVoltage", .integer))),
                .may(
                    "dcChargingParameters",
                    .fields(
                        .must("evMaxCurrent", .integer), .must("evMaxVoltage", .integer),
                        .may("energyAmount", .integer), .may("evMaxPower", .integer),
                        .may("stateOfCharge", .whole(0...100)), .may("evEnergyCapacity", .integer),
                        .may("fullSoC", .whole(0...100)), .may("bulkSoC", .whole(0...100)))))),
    ])

    static let chargingSchedule = Shape.fields(
        .must("id", .integer), .may("startSchedule", .time), .may("duration", .integer),
        .must("chargingRateUnit", .word(["W", "A"])),
        .must(
            "chargingSchedulePeriod",
            .list(
                .fields(
                    .must("startPeriod", .integer), .must("limit", .number), .may("numberPhases", .integer),
                    .may("phaseToUse", .integer)), 1...1024)),
        .may("minChargingRate", .number), .may("salesTariff", salesTariff(.integer)))

    /// A tariff; whether its numbers may be negative is a matter of the version.
    static func salesTariff(_ number: Shape) -> Shape {
        .fields(
            .must("id", number), .may("salesTariffDescription", .text(32)), .may("numEPriceLevels", number),
            .must("salesTariffEntry", salesTariffEntries))
    }

    private static let salesTariffEntries = Shape.list(
        .fields(
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
                                        ])), .must("amount", .integer), .may("amountMultiplier", .integer)), 1...3))),
                    1...3))), 1...1024)

    static let notifyEVChargingSchedule = ObjectShape([
        .must("timeBase", .time), .must("evseId", .count), .must("chargingSchedule", chargingSchedule),
    ])

    static let limitSource = Shape.word(["EMS", "Other", "SO", "CSO"])

    static let notifyChargingLimit = ObjectShape([
        .must("chargingLimit", .fields(.must("chargingLimitSource", limitSource), .may("isGridCritical", .flag))),
        .may("evseId", .count), .may("chargingSchedule", .many(chargingSchedule)),
    ])

    static let clearedChargingLimit = ObjectShape([.must("chargingLimitSource", limitSource), .may("evseId", .count)])

    static let reportChargingProfiles = ObjectShape([
        .must("requestId", .integer), .must("chargingLimitSource", limitSource), .must("evseId", .count),
        .may("tbc", .flag),
        .must(
            "chargingProfile",
            .many(
                .fields(
                    .must("id", .integer), .must("stackLevel", .integer),
                    .must(
                        "chargingProfilePurpose",
                        .word([
                            "ChargingStationExternalConstraints", "ChargingStationMaxProfile", "TxDefaultProfile",
                            "TxProfile",
                        ])), .must("chargingProfileKind", .word(["Absolute", "Recurring", "Relative"])),
                    .may("recurrencyKind", .word(["Daily", "Weekly"])), .may("validFrom", .time),
                    .may("validTo", .time), .must("chargingSchedule", .list(chargingSchedule, 1...3)),
                    .may("transactionId", .text(36))))),
    ])

    static let dataTransfer = ObjectShape([
        .must("vendorId", .text(255)), .may("messageId", .text(50)), .may("data", .any),
    ])

    static let firmwareStatusNotification = ObjectShape([
        .must(
            "status",
            .word([
                "Downloaded", "DownloadFailed", "Downloading", "DownloadScheduled", "DownloadPaused", "Idle",
                "InstallationFailed", "Installing", "Installed", "InstallRebooting", "InstallScheduled",
                "InstallVerificationFailed", "InvalidSignature", "SignatureVerified",
            ])), .may("requestId", .integer),
    ])

    static let logStatusNotification = ObjectShape([
        .must(
            "status",
            .word([
                "BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure",
                "Uploading", "AcceptedCanceled",
            ])), .may("requestId", .integer),
    ])

    static let publishFirmwareStatusNotification = ObjectShape([
        .must(
            "status",
            .word([
                "Idle", "DownloadScheduled", "Downloading", "Downloaded", "Published", "DownloadFailed",
                "DownloadPaused", "InvalidChecksum", "ChecksumVerified", "PublishFailed",
            ])), .may("location", .many(.text(512))), .may("requestId", .integer),
    ])

    static let reservationStatusUpdate = ObjectShape([
        .must("reservationId", .integer), .must("reservationUpdateStatus", .word(["Expired", "Removed"])),
    ])

    static let notifyCustomerInformation = ObjectShape([
        .must("data", .text(512)), .must("seqNo", .count), .must("generatedAt", .time),
        .must("requestId", .integer), .may("tbc", .flag),
    ])

    static let notifyDisplayMessages = ObjectShape([
        .must("requestId", .integer), .may("tbc", .flag),
        .may(
            "messageInfo",
            .many(
                .fields(
                    .must("id", .integer), .must("priority", .word(["AlwaysFront", "InFront", "NormalCycle"])),
                    .may("state", .word(["Charging", "Faulted", "Idle", "Unavailable"])),
                    .may("startDateTime", .time), .may("endDateTime", .time), .may("transactionId", .text(36)),
                    .may("display", MessageShapes.component),
                    .must(
                        "message",
                        .fields(
                            .must("format", .word(["ASCII", "HTML", "URI", "UTF8"])), .may("language", .text(8)),
                            .must("content", .text(512))))))),
    ])
}
