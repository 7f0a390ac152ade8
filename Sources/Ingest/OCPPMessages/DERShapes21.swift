/// What OCPP 2.1 has about distributed energy resources: alarms, starts and stops, the settings in force.
enum DERShapes21 {
    static let controls = [
        "EnterService", "FreqDroop", "FreqWatt", "FixedPFAbsorb", "FixedPFInject", "FixedVar", "Gradients",
        "HFMustTrip", "HFMayTrip", "HVMustTrip", "HVMomCess", "HVMayTrip", "LimitMaxDischarge", "LFMustTrip",
        "LVMustTrip", "LVMomCess", "LVMayTrip", "PowerMonitoringMustTrip", "VoltVar", "VoltWatt", "WattPF", "WattVar",
    ]

    static let notifyDERAlarm = ObjectShape([
        .must("controlType", .word(controls)),
        .may(
            "gridEventFault",
            .word([
                "CurrentImbalance", "LocalEmergency", "LowInputPower", "OverCurrent", "OverFrequency", "OverVoltage",
                "PhaseRotation", "RemoteEmergency", "UnderFrequency", "UnderVoltage", "VoltageImbalance",
            ])), .may("alarmEnded", .flag), .must("timestamp", .time), .may("extraInfo", .text(200)),
    ])

    static let notifyDERStartStop = ObjectShape([
        .must("controlId", .text(36)), .must("started", .flag), .must("timestamp", .time),
        .may("supersededIds", .list(.text(36), 1...24)),
    ])

    private static let unit = Shape.word([
        "Not_Applicable", "PctMaxW", "PctMaxVar", "PctWAvail", "PctVarAvail", "PctEffectiveV",
    ])

    private static let curve = Shape.fields(
        .must("curveData", .list(.fields(.must("x", .number), .must("y", .number)), 1...10)),
        .may(
            "hysteresis",
            .fields(
                .may("hysteresisHigh", .number), .may("hysteresisLow", .number), .may("hysteresisDelay", .number),
                .may("hysteresisGradient", .number))), .must("priority", .count),
        .may(
            "reactivePowerParams",
            .fields(
                .may("vRef", .number), .may("autonomousVRefEnable", .flag),
                .may("autonomousVRefTimeConstant", .number))),
        .may(
            "voltageParams",
            .fields(
                .may("hv10MinMeanValue", .number), .may("hv10MinMeanTripDelay", .number),
                .may("powerDuringCessation", .word(["Active", "Reactive"])))), .must("yUnit", unit),
        .may("responseTime", .number), .may("startTime", .time), .may("duration", .number))

    private static let fixedPF = Shape.fields(
        .must("priority", .count), .must("displacement", .number), .must("excitation", .flag),
        .may("startTime", .time), .may("duration", .number))

    /// A list of settings, each with its id and the body called `name`.
    private static func settings(_ name: String, _ body: Shape, hasState: Bool = true, _ more: FieldShape...) -> Shape {
        let state: [FieldShape] = hasState ? [.must("isDefault", .flag), .must("isSuperseded", .flag)] : []
        return .list(.object(ObjectShape([.must(name, body), .must("id", .text(36))] + state + more)), 1...24)
    }

    static let reportDERControl = ObjectShape([
        .may("curve", settings("curve", curve, .must("curveType", .word(controls)))),
        .may(
            "enterService",
            settings(
                "enterService",
                .fields(
                    .must("priority", .count), .must("highVoltage", .number), .must("lowVoltage", .number),
                    .must("highFreq", .number), .must("lowFreq", .number), .may("delay", .number),
                    .may("randomDelay", .number), .may("rampRate", .number)), hasState: false)),
        .may("fixedPFAbsorb", settings("fixedPF", fixedPF)), .may("fixedPFInject", settings("fixedPF", fixedPF)),
        .may(
            "fixedVar",
            settings(
                "fixedVar",
                .fields(
                    .must("priority", .count), .must("setpoint", .number), .must("unit", unit),
                    .may("startTime", .time), .may("duration", .number)))),
        .may(
            "freqDroop",
            settings(
                "freqDroop",
                .fields(
                    .must("priority", .count), .must("overFreq", .number), .must("underFreq", .number),
                    .must("overDroop", .number), .must("underDroop", .number), .must("responseTime", .number),
                    .may("startTime", .time), .may("duration", .number)))),
        .may(
            "gradient",
            settings(
                "gradient",
                .fields(.must("priority", .count), .must("gradient", .number), .must("softGradient", .number)),
                hasState: false)),
        .may(
            "limitMaxDischarge",
            settings(
                "limitMaxDischarge",
                .fields(
                    .must("priority", .count), .may("pctMaxDischargePower", .number),
                    .may("powerMonitoringMustTrip", curve), .may("startTime", .time), .may("duration", .number)))),
        .must("requestId", .integer), .may("tbc", .flag),
    ])
}
