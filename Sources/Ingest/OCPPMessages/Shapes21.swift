/// The payloads that OCPP 2.1 (edition 1) has anew or changed, those about schedules, needs and DER apart.
enum Shapes21 {
    static let percent = Shape.whole(0...100)

    static let statusInfo = Shape.fields(.must("reasonCode", .text(20)), .may("additionalInfo", .text(1024)))

    static let idToken = ObjectShape([
        .must("idToken", .text(255)), .must("type", .text(20)),
        .may("additionalInfo", .many(.fields(.must("additionalIdToken", .text(255)), .must("type", .text(50))))),
    ])

    static let sampledValue = MessageShapes.sampledValue.with(
        .may("measurand", .openWord(Measurand.allCases.map(\.rawValue) + measurandsAlone)),
        .may("location", .openWord(SampledValue.locations + ["Upstream"])),
        .may(
            "signedMeterValue",
            .fields(
                .must("signedMeterData", .text(32_768)), .may("signingMethod", .text(50)),
                .must("encodingMethod", .text(50)), .may("publicKey", .text(2500)))))

    /// The measurands that 2.0.1 does not have.
    static let measurandsAlone = [
        "Current.Export.Offered", "Current.Export.Minimum", "Current.Import.Offered", "Current.Import.Minimum",
        "Display.PresentSOC", "Display.MinimumSOC", "Display.TargetSOC", "Display.MaximumSOC",
        "Display.RemainingTimeToMinimumSOC", "Display.RemainingTimeToTargetSOC",
        "Display.RemainingTimeToMaximumSOC", "Display.ChargingComplete", "Display.BatteryEnergyCapacity",
        "Display.InletHot", "Energy.Active.Import.CableLoss", "Energy.Active.Import.LocalGeneration.Register",
        "Energy.Active.Setpoint.Interval", "EnergyRequest.Target", "EnergyRequest.Minimum", "EnergyRequest.Maximum",
        "EnergyRequest.Minimum.V2X", "EnergyRequest.Maximum.V2X", "EnergyRequest.Bulk", "Power.Active.Setpoint",
        "Power.Active.Residual", "Power.Export.Minimum", "Power.Export.Offered", "Power.Import.Offered",
        "Power.Import.Minimum", "Voltage.Minimum", "Voltage.Maximum",
    ]

    static let meterValueList = Shape.many(
        .fields(.must("timestamp", .time), .must("sampledValue", .many(.object(sampledValue)))))

    static let meterValues = MessageShapes.meterValues.with(.must("meterValue", meterValueList))

    static let operationModes = [
        "Idle", "ChargingOnly", "CentralSetpoint", "ExternalSetpoint", "ExternalLimits", "CentralFrequency",
        "LocalFrequency", "LocalLoadBalancing",
    ]

    static let operationMode = Shape.word(operationModes)

    static let transactionInfo = ObjectShape([
        .must("transactionId", .text(36)),
        .may("chargingState", .word(MessageShapes.chargingStates)),
        .may("timeSpentCharging", .integer),
        .may("stoppedReason", .word(MessageShapes.stoppedReasons + ["ReqEnergyTransferRejected"])),
        .may("remoteStartId", .integer), .may("operationMode", operationMode), .may("tariffId", .text(60)),
        .may(
            "transactionLimit",
            .fields(
                .may("maxCost", .number), .may("maxEnergy", .number), .may("maxTime", .integer),
                .may("maxSoC", percent))),
    ])

    static let triggerReasons =
        MessageShapes.triggerReasons + [
            "CostLimitReached", "LimitSet", "OperationModeChanged", "RunningCost", "SoCLimitReached", "TariffChanged",
            "TariffNotAccepted", "TxResumed",
        ]

    static let transactionEvent = MessageShapes.transactionEvent.with(
        .must("triggerReason", .word(triggerReasons)), .must("transactionInfo", .object(transactionInfo)),
        .may("numberOfPhasesUsed", .whole(0...3)), .may("reservationId", .count), .may("costDetails", costDetails),
        .may("preconditioningStatus", .word(["Unknown", "Ready", "NotReady", "Preconditioning"])),
        .may("evseSleep", .flag), .may("idToken", .object(idToken)), .may("meterValue", meterValueList))

    private static let price = Shape.fields(
        .may("exclTax", .number), .may("inclTax", .number),
        .may(
            "taxRates",
            .list(.fields(.must("type", .text(20)), .must("tax", .number), .may("stack", .count)), 1...5)))

    /// `IdleTIme` is spelled so in the norm.
    static let costDetails = Shape.fields(
        .may(
            "chargingPeriods",
            .many(
                .fields(
                    .may(
                        "dimensions",
                        .many(
                            .fields(
                                .must(
                                    "type",
                                    .word([
                                        "Energy", "MaxCurrent", "MinCurrent", "MaxPower", "MinPower", "IdleTIme",
                                        "ChargingTime",
                                    ])), .must("volume", .number)))), .may("tariffId", .text(60)),
                    .must("startPeriod", .time)))),
        .must(
            "totalCost",
            .fields(
                .must("currency", .text(3)), .must("typeOfCost", .word(["NormalCost", "MinCost", "MaxCost"])),
                .may("fixed", price), .may("energy", price), .may("chargingTime", price), .may("idleTime", price),
                .may("reservationTime", price), .may("reservationFixed", price),
                .must("total", .fields(.may("exclTax", .number), .may("inclTax", .number))))),
        .must(
            "totalUsage",
            .fields(
                .must("energy", .number), .must("chargingTime", .integer), .must("idleTime", .integer),
                .may("reservationTime", .integer))), .may("failureToCalculate", .flag),
        .may("failureReason", .text(500)))

    static let authorize = ObjectShape([
        .must("idToken", .object(idToken)), .may("certificate", .text(10_000)),
        .may(
            "iso15118CertificateHashData", .list(CertificateShapes.ocspRequest(urlLength: 2000), 1...4)),
    ])

    static let eventData = MessageShapes.eventData.with(
        .must("eventId", .count), .may("cause", .count), .may("variableMonitoringId", .count),
        .may("severity", .count))

    static let notifyEvent = MessageShapes.notifyEvent.with(.must("eventData", .many(.object(eventData))))

    static let notifyReport = ReportShapes.notifyReport.with(
        .may(
            "reportData",
            .many(
                .object(
                    ReportShapes.reportData.with(
                        .may(
                            "variableCharacteristics",
                            .object(
                                ReportShapes.variableCharacteristics.with(
                                    .may("maxElements", .whole(1...Int(Int32.max)))))))))))

    static let notificationTypes = [
        "HardWiredNotification", "HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor",
    ]

    static let notifyMonitoringReport = ReportShapes.notifyMonitoringReport.with(
        .may(
            "monitor",
            .many(
                .fields(
                    .must("component", MessageShapes.component), .must("variable", MessageShapes.variable),
                    .must(
                        "variableMonitoring",
                        .many(
                            .fields(
                                .must("id", .count), .must("transaction", .flag), .must("value", .number),
                                .must(
                                    "type",
                                    .word([
                                        "UpperThreshold", "LowerThreshold", "Delta", "Periodic",
                                        "PeriodicClockAligned", "TargetDelta", "TargetDeltaRelative",
                                    ])), .must("severity", .whole(0...9)),
                                .must("eventNotificationType", .word(notificationTypes)))))))))

    static let firmwareStatusNotification = ReportShapes.firmwareStatusNotification.with(
        .may("statusInfo", statusInfo))
    static let logStatusNotification = ReportShapes.logStatusNotification.with(.may("statusInfo", statusInfo))
    static let publishFirmwareStatusNotification = ReportShapes.publishFirmwareStatusNotification.with(
        .may("location", .many(.text(2000))), .may("requestId", .count), .may("statusInfo", statusInfo))
    static let reservationStatusUpdate = ObjectShape([
        .must("reservationId", .count),
        .must("reservationUpdateStatus", .word(["Expired", "Removed", "NoTransaction"])),
    ])
    static let notifyCustomerInformation = ReportShapes.notifyCustomerInformation.with(.must("requestId", .count))

    private static let messageContent = Shape.fields(
        .must("format", .word(["ASCII", "HTML", "URI", "UTF8", "QRCODE"])), .may("language", .text(8)),
        .must("content", .text(1024)))

    static let notifyDisplayMessages = ReportShapes.notifyDisplayMessages.with(
        .may(
            "messageInfo",
            .many(
                .fields(
                    .must("id", .count), .must("priority", .word(["AlwaysFront", "InFront", "NormalCycle"])),
                    .may(
                        "state",
                        .word(["Charging", "Faulted", "Idle", "Unavailable", "Suspended", "Discharging"])),
                    .may("startDateTime", .time), .may("endDateTime", .time), .may("transactionId", .text(36)),
                    .may("display", MessageShapes.component), .must("message", messageContent),
                    .may("messageExtra", .list(messageContent, 1...4))))))

    static let notifyPriorityCharging = ObjectShape([.must("transactionId", .text(36)), .must("activated", .flag)])
    static let pullDynamicScheduleUpdate = ObjectShape([.must("chargingProfileId", .integer)])
    static let openPeriodicEventStream = ObjectShape([
        .must(
            "constantStreamData",
            .fields(
                .must("id", .count), .must("params", .fields(.may("interval", .count), .may("values", .count))),
                .must("variableMonitoringId", .count)))
    ])
    static let closePeriodicEventStream = ObjectShape([.must("id", .count)])
    static let notifyPeriodicEventStream = ObjectShape([
        .must("data", .many(.fields(.must("t", .number), .must("v", .text(2500))))), .must("id", .count),
        .must("pending", .count), .must("basetime", .time),
    ])

    static let batterySwap = ObjectShape([
        .must(
            "batteryData",
            .many(
                .fields(
                    .must("evseId", .count), .must("serialNumber", .text(50)), .must("soC", .decimal(0...100)),
                    .must("soH", .decimal(0...100)), .may("productionDate", .time), .may("vendorInfo", .text(500))))),
        .must("eventType", .word(["BatteryIn", "BatteryOut", "BatteryOutTimeout"])),
        .must("idToken", .object(idToken)), .must("requestId", .integer),
    ])
    static let notifySettlement = ObjectShape([
        .may("transactionId", .text(36)), .must("pspRef", .text(255)),
        .must("status", .word(["Settled", "Canceled", "Rejected", "Failed"])), .may("statusInfo", .text(500)),
        .must("settlementAmount", .number), .must("settlementTime", .time), .may("receiptId", .text(50)),
        .may("receiptUrl", .text(2000)),
        .may(
            "vatCompany",
            .fields(
                .must("name", .text(50)), .must("address1", .text(100)), .may("address2", .text(100)),
                .must("city", .text(100)), .may("postalCode", .text(20)), .must("country", .text(50)))),
        .may("vatNumber", .text(20)),
    ])
    static let vatNumberValidation = ObjectShape([.must("vatNumber", .text(20)), .may("evseId", .count)])
}
