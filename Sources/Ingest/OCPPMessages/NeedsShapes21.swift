/// What a vehicle needs and offers, as OCPP 2.1 says it: V2X and DER included.
enum NeedsShapes21 {
    private static let transferModes = [
        "AC_single_phase", "AC_two_phase", "AC_three_phase", "DC", "AC_BPT", "AC_BPT_DER", "AC_DER", "DC_BPT",
        "DC_ACDP", "DC_ACDP_BPT", "WPT",
    ]

    /// Optional numbers of these names; `byPhase` names stand with `_L2` and `_L3` too.
    private static func numbers(byPhase: [String], _ plain: [String]) -> [FieldShape] {
        byPhase.flatMap { [$0, $0 + "_L2", $0 + "_L3"] }.map { .may($0, .number) } + plain.map { .may($0, .number) }
    }

    /// Powers in W, energies in Wh, all of them zero or more: here a discharge is positive.
    static let v2xChargingParameters = ObjectShape(
        numbers(
            byPhase: ["minChargePower", "maxChargePower", "minDischargePower", "maxDischargePower"],
            [
                "minChargeCurrent", "maxChargeCurrent", "minDischargeCurrent", "maxDischargeCurrent", "minVoltage",
                "maxVoltage", "evTargetEnergyRequest", "evMinEnergyRequest", "evMaxEnergyRequest",
                "evMinV2XEnergyRequest", "evMaxV2XEnergyRequest",
            ]) + [.may("targetSoC", Shapes21.percent)])

    static let acChargingParameters = ObjectShape([
        .must("energyAmount", .number), .must("evMinCurrent", .number), .must("evMaxCurrent", .number),
        .must("evMaxVoltage", .number),
    ])

    static let dcChargingParameters = ObjectShape([
        .must("evMaxCurrent", .number), .must("evMaxVoltage", .number), .may("evMaxPower", .number),
        .may("evEnergyCapacity", .number), .may("energyAmount", .number), .may("stateOfCharge", Shapes21.percent),
        .may("fullSoC", Shapes21.percent), .may("bulkSoC", Shapes21.percent),
    ])

    private static let derChargingParameters = ObjectShape(
        numbers(
            byPhase: [
                "maxChargeApparentPower", "maxDischargeApparentPower", "maxChargeReactivePower",
                "minChargeReactivePower", "maxDischargeReactivePower", "minDischargeReactivePower",
            ],
            [
                "evOverExcitedMaxDischargePower", "evOverExcitedPowerFactor", "evUnderExcitedMaxDischargePower",
                "evUnderExcitedPowerFactor", "maxApparentPower", "nominalVoltage", "nominalVoltageOffset",
                "maxNominalVoltage", "minNominalVoltage", "evIslandingTripTime", "evMaximumLevel1DCInjection",
                "evDurationLevel1DCInjection", "evMaximumLevel2DCInjection", "evDurationLevel2DCInjection",
                "evReactiveSusceptance", "evSessionTotalDischargeEnergyAvailable",
            ]) + [
                .may("evSupportedDERControl", .many(.word(DERShapes21.controls))),
                .may("evInverterManufacturer", .text(50)), .may("evInverterModel", .text(50)),
                .may("evInverterSerialNumber", .text(50)), .may("evInverterSwVersion", .text(50)),
                .may("evInverterHwVersion", .text(50)),
                .may(
                    "evIslandingDetectionMethod",
                    .many(
                        .word([
                            "NoAntiIslandingSupport", "RoCoF", "UVP_OVP", "UFP_OFP", "VoltageVectorShift",
                            "ZeroCrossingDetection", "OtherPassive", "ImpedanceMeasurement", "ImpedanceAtFrequency",
                            "SlipModeFrequencyShift", "SandiaFrequencyShift", "SandiaVoltageShift", "FrequencyJump",
                            "RCLQFactor", "OtherActive",
                        ]))),
            ])

    private static let evEnergyOffer = Shape.fields(
        .may(
            "evAbsolutePriceSchedule",
            .fields(
                .must("timeAnchor", .time), .must("currency", .text(3)),
                .must(
                    "evAbsolutePriceScheduleEntries",
                    .list(
                        .fields(
                            .must("duration", .integer),
                            .must(
                                "evPriceRule",
                                .list(
                                    .fields(.must("energyFee", .number), .must("powerRangeStart", .number)), 1...8))),
                        1...1024)), .must("priceAlgorithm", .text(2000)))),
        .must(
            "evPowerSchedule",
            .fields(
                .must(
                    "evPowerScheduleEntries",
                    .list(.fields(.must("duration", .integer), .must("power", .number)), 1...1024)),
                .must("timeAnchor", .time))))

    static let notifyEVChargingNeeds = ObjectShape([
        .must("evseId", .whole(1...Int(Int32.max))), .may("maxScheduleTuples", .count), .may("timestamp", .time),
        .must(
            "chargingNeeds",
            .fields(
                .must("requestedEnergyTransfer", .word(transferModes)),
                .may("availableEnergyTransfer", .many(.word(transferModes))),
                .may("controlMode", .word(["ScheduledControl", "DynamicControl"])),
                .may("mobilityNeedsMode", .word(["EVCC", "EVCC_SECC"])), .may("departureTime", .time),
                .may("acChargingParameters", .object(acChargingParameters)),
                .may("dcChargingParameters", .object(dcChargingParameters)),
                .may("derChargingParameters", .object(derChargingParameters)),
                .may("v2xChargingParameters", .object(v2xChargingParameters)),
                .may("evEnergyOffer", evEnergyOffer))),
    ])
}
