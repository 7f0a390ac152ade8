/// Charging schedules and profiles as OCPP 2.1 defines them: setpoints, discharge limits, operation modes, prices.
enum ScheduleShapes21 {
    /// A field and its `_L2` and `_L3`.
    private static func byPhase(_ name: String, _ shape: Shape) -> [FieldShape] {
        [name, name + "_L2", name + "_L3"].map { .may($0, shape) }
    }

    private static let notPositive = Shape.decimal(-Double.greatestFiniteMagnitude...0)

    static let period = ObjectShape(
        [.must("startPeriod", .integer)] + byPhase("limit", .number) + byPhase("dischargeLimit", notPositive)
            + byPhase("setpoint", .number) + byPhase("setpointReactive", .number) + [
                .may("numberPhases", .whole(0...3)), .may("phaseToUse", .whole(0...3)),
                .may("preconditioningRequest", .flag), .may("evseSleep", .flag), .may("v2xBaseline", .number),
                .may("operationMode", Shapes21.operationMode),
                .may(
                    "v2xFreqWattCurve",
                    .list(.fields(.must("frequency", .number), .must("power", .number)), 1...20)),
                .may(
                    "v2xSignalWattCurve",
                    .list(.fields(.must("signal", .integer), .must("power", .number)), 1...20)),
            ])

    /// A decimal number as two integers.
    private static let rational = Shape.fields(.must("exponent", .integer), .must("value", .integer))

    private static let priceRule = Shape.fields(
        .may("parkingFeePeriod", .integer), .may("carbonDioxideEmission", .count),
        .may("renewableGenerationPercentage", Shapes21.percent), .must("energyFee", rational),
        .may("parkingFee", rational), .must("powerRangeStart", rational))

    private static let taxRule = Shape.fields(
        .must("taxRuleID", .count), .may("taxRuleName", .text(100)), .may("taxIncludedInPrice", .flag),
        .must("appliesToEnergyFee", .flag), .must("appliesToParkingFee", .flag),
        .must("appliesToOverstayFee", .flag), .must("appliesToMinimumMaximumCost", .flag),
        .must("taxRate", rational))

    private static let overstayRules = Shape.fields(
        .may("overstayPowerThreshold", rational),
        .must(
            "overstayRule",
            .list(
                .fields(
                    .must("overstayFee", rational), .may("overstayRuleDescription", .text(32)),
                    .must("startTime", .integer), .must("overstayFeePeriod", .integer)), 1...5)),
        .may("overstayTimeThreshold", .integer))

    private static let absolutePriceSchedule = Shape.fields(
        .must("timeAnchor", .time), .must("priceScheduleID", .count), .may("priceScheduleDescription", .text(160)),
        .must("currency", .text(3)), .must("language", .text(8)), .must("priceAlgorithm", .text(2000)),
        .may("minimumCost", rational), .may("maximumCost", rational),
        .must(
            "priceRuleStacks",
            .list(
                .fields(.must("duration", .integer), .must("priceRule", .list(priceRule, 1...8))), 1...1024)),
        .may("taxRules", .list(taxRule, 1...10)), .may("overstayRuleList", overstayRules),
        .may(
            "additionalSelectedServices",
            .list(.fields(.must("serviceFee", rational), .must("serviceName", .text(80))), 1...5)))

    private static let priceLevelSchedule = Shape.fields(
        .must(
            "priceLevelScheduleEntries",
            .list(.fields(.must("duration", .integer), .must("priceLevel", .count)), 1...100)),
        .must("timeAnchor", .time), .must("priceScheduleId", .count), .may("priceScheduleDescription", .text(32)),
        .must("numberOfPriceLevels", .count))

    static let chargingSchedule = Shape.fields(
        .must("id", .integer), .may("limitAtSoC", .fields(.must("soc", Shapes21.percent), .must("limit", .number))),
        .may("startSchedule", .time), .may("duration", .integer), .must("chargingRateUnit", .word(["W", "A"])),
        .may("minChargingRate", .number), .may("powerTolerance", .number), .may("signatureId", .count),
        .may("digestValue", .text(88)), .may("useLocalTime", .flag),
        .must("chargingSchedulePeriod", .list(.object(period), 1...1024)), .may("randomizedDelay", .count),
        .may("salesTariff", ReportShapes.salesTariff(.count)), .may("absolutePriceSchedule", absolutePriceSchedule),
        .may("priceLevelSchedule", priceLevelSchedule))

    static let notifyEVChargingSchedule = ObjectShape([
        .must("timeBase", .time), .must("evseId", .whole(1...Int(Int32.max))),
        .must("chargingSchedule", chargingSchedule), .may("selectedChargingScheduleId", .count),
        .may("powerToleranceAcceptance", .flag),
    ])

    static let notifyChargingLimit = ObjectShape([
        .must(
            "chargingLimit",
            .fields(
                .must("chargingLimitSource", .text(20)), .may("isLocalGeneration", .flag),
                .may("isGridCritical", .flag))),
        .may("evseId", .count), .may("chargingSchedule", .many(chargingSchedule)),
    ])

    static let clearedChargingLimit = ObjectShape([.must("chargingLimitSource", .text(20)), .may("evseId", .count)])

    static let reportChargingProfiles = ObjectShape([
        .must("requestId", .integer), .must("chargingLimitSource", .text(20)), .must("evseId", .count),
        .may("tbc", .flag),
        .must(
            "chargingProfile",
            .many(
                .fields(
                    .must("id", .integer), .must("stackLevel", .count),
                    .must(
                        "chargingProfilePurpose",
                        .word([
                            "ChargingStationExternalConstraints", "ChargingStationMaxProfile", "TxDefaultProfile",
                            "TxProfile", "PriorityCharging", "LocalGeneration",
                        ])),
                    .must("chargingProfileKind", .word(["Absolute", "Recurring", "Relative", "Dynamic"])),
                    .may("recurrencyKind", .word(["Daily", "Weekly"])), .may("validFrom", .time),
                    .may("validTo", .time), .may("transactionId", .text(36)), .may("maxOfflineDuration", .integer),
                    .must("chargingSchedule", .list(chargingSchedule, 1...3)),
                    .may("invalidAfterOfflineDuration", .flag), .may("dynUpdateInterval", .integer),
                    .may("dynUpdateTime", .time), .may("priceScheduleSignature", .text(256))))),
    ])
}
