/// What several of 2.1's commands have in common: profiles, tariffs, DER controls.
extension CommandShapes21 {
    static let chargingProfile = Shape.fields(
        .must("id", .integer), .must("stackLevel", .count),
        .must(
            "chargingProfilePurpose",
            .word([
                "ChargingStationExternalConstraints", "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile",
                "PriorityCharging", "LocalGeneration",
            ])), .must("chargingProfileKind", .word(["Absolute", "Recurring", "Relative", "Dynamic"])),
        .may("recurrencyKind", .word(["Daily", "Weekly"])), .may("validFrom", .time), .may("validTo", .time),
        .may("transactionId", .text(36)), .may("maxOfflineDuration", .integer),
        .must(
            "chargingSchedule",
            .list(
                .fields(
                    .must("id", .integer),
                    .may("limitAtSoC", .fields(.must("soc", .whole(0...100)), .must("limit", .number))),
                    .may("startSchedule", .time), .may("duration", .integer),
                    .must("chargingRateUnit", .word(["W", "A"])), .may("minChargingRate", .number),
                    .may("powerTolerance", .number), .may("signatureId", .count), .may("digestValue", .text(88)),
                    .may("useLocalTime", .flag),
                    .must(
                        "chargingSchedulePeriod",
                        .list(
                            .fields(
                                .must("startPeriod", .integer), .may("limit", .number), .may("limit_L2", .number),
                                .may("limit_L3", .number), .may("numberPhases", .whole(0...3)),
                                .may("phaseToUse", .whole(0...3)),
                                .may("dischargeLimit", .decimal(-Double.greatestFiniteMagnitude...0.0)),
                                .may("dischargeLimit_L2", .decimal(-Double.greatestFiniteMagnitude...0.0)),
                                .may("dischargeLimit_L3", .decimal(-Double.greatestFiniteMagnitude...0.0)),
                                .may("setpoint", .number), .may("setpoint_L2", .number), .may("setpoint_L3", .number),
                                .may("setpointReactive", .number), .may("setpointReactive_L2", .number),
                                .may("setpointReactive_L3", .number), .may("preconditioningRequest", .flag),
                                .may("evseSleep", .flag), .may("v2xBaseline", .number),
                                .may(
                                    "operationMode",
                                    .word([
                                        "Idle", "ChargingOnly", "CentralSetpoint", "ExternalSetpoint", "ExternalLimits",
                                        "CentralFrequency", "LocalFrequency", "LocalLoadBalancing",
                                    ])),
                                .may(
                                    "v2xFreqWattCurve",
                                    .list(.fields(.must("frequency", .number), .must("power", .number)), 1...20)),
                                .may(
                                    "v2xSignalWattCurve",
                                    .list(.fields(.must("signal", .integer), .must("power", .number)), 1...20))),
                            1...1024)), .may("randomizedDelay", .count),
                    .may(
                        "salesTariff",
                        .fields(
                            .must("id", .count), .may("salesTariffDescription", .text(32)),
                            .may("numEPriceLevels", .count),
                            .must("salesTariffEntry", .list(CommandShapes201.salesTariffEntry, 1...1024)))),
                    .may(
                        "absolutePriceSchedule",
                        .fields(
                            .must("timeAnchor", .time), .must("priceScheduleID", .count),
                            .may("priceScheduleDescription", .text(160)), .must("currency", .text(3)),
                            .must("language", .text(8)), .must("priceAlgorithm", .text(2000)),
                            .may("minimumCost", rationalNumber), .may("maximumCost", rationalNumber),
                            .must(
                                "priceRuleStacks",
                                .list(
                                    .fields(
                                        .must("duration", .integer),
                                        .must(
                                            "priceRule",
                                            .list(
                                                .fields(
                                                    .may("parkingFeePeriod", .integer),
                                                    .may("carbonDioxideEmission", .count),
                                                    .may("renewableGenerationPercentage", .whole(0...100)),
                                                    .must("energyFee", rationalNumber),
                                                    .may("parkingFee", rationalNumber),
                                                    .must("powerRangeStart", rationalNumber)), 1...8))), 1...1024)),
                            .may(
                                "taxRules",
                                .list(
                                    .fields(
                                        .must("taxRuleID", .count), .may("taxRuleName", .text(100)),
                                        .may("taxIncludedInPrice", .flag), .must("appliesToEnergyFee", .flag),
                                        .must("appliesToParkingFee", .flag), .must("appliesToOverstayFee", .flag),
                                        .must("appliesToMinimumMaximumCost", .flag), .must("taxRate", rationalNumber)),
                                    1...10)),
                            .may(
                                "overstayRuleList",
                                .fields(
                                    .may("overstayPowerThreshold", rationalNumber),
                                    .must(
                                        "overstayRule",
                                        .list(
                                            .fields(
                                                .must("overstayFee", rationalNumber),
                                                .may("overstayRuleDescription", .text(32)),
                                                .must("startTime", .integer), .must("overstayFeePeriod", .integer)),
                                            1...5)), .may("overstayTimeThreshold", .integer))),
                            .may(
                                "additionalSelectedServices",
                                .list(
                                    .fields(.must("serviceFee", rationalNumber), .must("serviceName", .text(80))), 1...5
                                )))),
                    .may(
                        "priceLevelSchedule",
                        .fields(
                            .must(
                                "priceLevelScheduleEntries",
                                .list(.fields(.must("duration", .integer), .must("priceLevel", .count)), 1...100)),
                            .must("timeAnchor", .time), .must("priceScheduleId", .count),
                            .may("priceScheduleDescription", .text(32)), .must("numberOfPriceLevels", .count)))), 1...3)
        ), .may("invalidAfterOfflineDuration", .flag), .may("dynUpdateInterval", .integer),
        .may("dynUpdateTime", .time), .may("priceScheduleSignature", .text(256)))

    static let component = Shape.fields(.may("evse", evse), .must("name", .text(50)), .may("instance", .text(50)))

    static let componentVariable = Shape.fields(
        .must("component", component), .may("variable", CommandShapes201.variable))

    static let derCurve = Shape.fields(
        .must("curveData", .list(.fields(.must("x", .number), .must("y", .number)), 1...10)),
        .may(
            "hysteresis",
            .fields(
                .may("hysteresisHigh", .number), .may("hysteresisLow", .number), .may("hysteresisDelay", .number),
                .may("hysteresisGradient", .number))), .must("priority", .count),
        .may(
            "reactivePowerParams",
            .fields(
                .may("vRef", .number), .may("autonomousVRefEnable", .flag), .may("autonomousVRefTimeConstant", .number))
        ),
        .may(
            "voltageParams",
            .fields(
                .may("hv10MinMeanValue", .number), .may("hv10MinMeanTripDelay", .number),
                .may("powerDuringCessation", .word(["Active", "Reactive"])))),
        .must("yUnit", .word(["Not_Applicable", "PctMaxW", "PctMaxVar", "PctWAvail", "PctVarAvail", "PctEffectiveV"])),
        .may("responseTime", .number), .may("startTime", .time), .may("duration", .number))

    static let evse = Shape.fields(.must("id", .count), .may("connectorId", .count))

    static let fixedPF = Shape.fields(
        .must("priority", .count), .must("displacement", .number), .must("excitation", .flag), .may("startTime", .time),
        .may("duration", .number))

    static let idToken = Shape.fields(
        .may("additionalInfo", .many(.fields(.must("additionalIdToken", .text(255)), .must("type", .text(50))))),
        .must("idToken", .text(255)), .must("type", .text(20)))

    static let messageContent = Shape.fields(
        .must("format", .word(["ASCII", "HTML", "URI", "UTF8", "QRCODE"])), .may("language", .text(8)),
        .must("content", .text(1024)))

    static let periodicEventStreamParams = Shape.fields(.may("interval", .count), .may("values", .count))

    static let price = Shape.fields(
        .may("exclTax", .number), .may("inclTax", .number), .may("taxRates", .list(taxRate, 1...5)))

    static let rationalNumber = Shape.fields(.must("exponent", .integer), .must("value", .integer))

    static let tariffConditions = Shape.fields(
        .may("startTimeOfDay", .text(.max)), .may("endTimeOfDay", .text(.max)),
        .may(
            "dayOfWeek",
            .list(.word(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]), 1...7)),
        .may("validFromDate", .text(.max)), .may("validToDate", .text(.max)), .may("evseKind", .word(["AC", "DC"])),
        .may("minEnergy", .number), .may("maxEnergy", .number), .may("minCurrent", .number),
        .may("maxCurrent", .number), .may("minPower", .number), .may("maxPower", .number), .may("minTime", .integer),
        .may("maxTime", .integer), .may("minChargingTime", .integer), .may("maxChargingTime", .integer),
        .may("minIdleTime", .integer), .may("maxIdleTime", .integer))

    static let tariffFixed = Shape.fields(
        .must(
            "prices",
            .many(
                .fields(
                    .may(
                        "conditions",
                        .fields(
                            .may("startTimeOfDay", .text(.max)), .may("endTimeOfDay", .text(.max)),
                            .may(
                                "dayOfWeek",
                                .list(
                                    .word([
                                        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
                                    ]), 1...7)), .may("validFromDate", .text(.max)), .may("validToDate", .text(.max)),
                            .may("evseKind", .word(["AC", "DC"])), .may("paymentBrand", .text(20)),
                            .may("paymentRecognition", .text(20)))), .must("priceFixed", .number)))),
        .may("taxRates", .list(taxRate, 1...5)))

    static let tariffTime = Shape.fields(
        .must("prices", .many(.fields(.must("priceMinute", .number), .may("conditions", tariffConditions)))),
        .may("taxRates", .list(taxRate, 1...5)))

    static let tariff = Shape.fields(
        .must("tariffId", .text(60)), .may("description", .list(messageContent, 1...10)), .must("currency", .text(3)),
        .may(
            "energy",
            .fields(
                .must("prices", .many(.fields(.must("priceKwh", .number), .may("conditions", tariffConditions)))),
                .may("taxRates", .list(taxRate, 1...5)))), .may("validFrom", .time), .may("chargingTime", tariffTime),
        .may("idleTime", tariffTime), .may("fixedFee", tariffFixed), .may("reservationTime", tariffTime),
        .may("reservationFixed", tariffFixed), .may("minCost", price), .may("maxCost", price))

    static let taxRate = Shape.fields(.must("type", .text(20)), .must("tax", .number), .may("stack", .count))
}
