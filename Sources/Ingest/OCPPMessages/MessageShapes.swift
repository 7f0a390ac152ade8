/// The payloads that carry boots, readings and tokens, as OCPP 2.0.1 part 3 defines them.
enum MessageShapes {
    static let evse = ObjectShape([.must("id", .count), .may("connectorId", .count)])

    static let component = Shape.fields(
        .must("name", .text(50)), .may("instance", .text(50)), .may("evse", .object(evse)))

    static let variable = Shape.fields(.must("name", .text(50)), .may("instance", .text(50)))

    static let tokenTypes = [
        "Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress", "NoAuthorization",
    ]

    static let idToken = ObjectShape([
        .must("idToken", .text(36)),
        .must(
            "type",
            .word(tokenTypes)),
        .may("additionalInfo", .many(.fields(.must("additionalIdToken", .text(36)), .must("type", .text(50))))),
    ])

    static let bootNotification = ObjectShape([
        .must(
            "chargingStation",
            .fields(
                .must("model", .text(20)), .must("vendorName", .text(50)), .may("serialNumber", .text(25)),
                .may("firmwareVersion", .text(50)),
                .may("modem", .fields(.may("iccid", .text(20)), .may("imsi", .text(20)))))),
        .must(
            "reason",
            .word([
                "ApplicationReset", "FirmwareUpdate", "LocalReset", "PowerUp", "RemoteReset", "ScheduledReset",
                "Triggered", "Unknown", "Watchdog",
            ])),
    ])

    static let heartbeat = ObjectShape([])

    static let connectorStatuses = ["Available", "Occupied", "Reserved", "Unavailable", "Faulted"]

    static let statusNotification = ObjectShape([
        .must("timestamp", .time), .must("connectorStatus", .word(connectorStatuses)), .must("evseId", .count),
        .must("connectorId", .count),
    ])

    static let sampledValue = ObjectShape([
        .must("value", .sample), .may("measurand", .openWord(Measurand.allCases.map(\.rawValue))),
        .may("context", .openWord(SampledValue.contexts)), .may("phase", .openWord(SampledValue.phases)),
        .may("location", .openWord(SampledValue.locations)),
        .may(
            "unitOfMeasure",
            .fields(.may("unit", .text(20)), .may("multiplier", .whole(-12...12)))),
        .may(
            "signedMeterValue",
            .fields(
                .must("signedMeterData", .text(2500)), .must("signingMethod", .text(50)),
                .must("encodingMethod", .text(50)), .must("publicKey", .text(2500)))),
    ])

    static let meterValueList = Shape.many(
        .fields(.must("timestamp", .time), .must("sampledValue", .many(.object(sampledValue)))))

    static let meterValues = ObjectShape([.must("evseId", .count), .must("meterValue", meterValueList)])

    static let chargingStates = ["Charging", "EVConnected", "SuspendedEV", "SuspendedEVSE", "Idle"]

    static let eventTypes = ["Started", "Updated", "Ended"]

    static let triggerReasons = [
        "Authorized", "CablePluggedIn", "ChargingRateChanged", "ChargingStateChanged", "Deauthorized",
        "EnergyLimitReached", "EVCommunicationLost", "EVConnectTimeout", "MeterValueClock", "MeterValuePeriodic",
        "TimeLimitReached", "Trigger", "UnlockCommand", "StopAuthorized", "EVDeparted", "EVDetected", "RemoteStop",
        "RemoteStart", "AbnormalCondition", "SignedDataReceived", "ResetCommand",
    ]

    static let stoppedReasons = [
        "DeAuthorized", "EmergencyStop", "EnergyLimitReached", "EVDisconnected", "GroundFault", "ImmediateReset",
        "Local", "LocalOutOfCredit", "MasterPass", "Other", "OvercurrentFault", "PowerLoss", "PowerQuality",
        "Reboot", "Remote", "SOCLimitReached", "StoppedByEV", "TimeLimitReached", "Timeout",
    ]

    static let transactionEvent = ObjectShape([
        .must("eventType", .word(eventTypes)), .must("timestamp", .time),
        .must("triggerReason", .word(triggerReasons)), .must("seqNo", .count),
        .must(
            "transactionInfo",
            .fields(
                .must("transactionId", .text(36)),
                .may("chargingState", .word(chargingStates)),
                .may("timeSpentCharging", .integer), .may("stoppedReason", .word(stoppedReasons)),
                .may("remoteStartId", .integer))),
        .may("offline", .flag), .may("numberOfPhasesUsed", .count), .may("cableMaxCurrent", .integer),
        .may("reservationId", .integer), .may("evse", .object(evse)), .may("idToken", .object(idToken)),
        .may("meterValue", meterValueList),
    ])

    static let authorize = ObjectShape([
        .must("idToken", .object(idToken)), .may("certificate", .text(5500)),
        .may(
            "iso15118CertificateHashData",
            .list(
                .fields(
                    .must("hashAlgorithm", .word(["SHA256", "SHA384", "SHA512"])),
                    .must("issuerNameHash", .text(128)), .must("issuerKeyHash", .text(128)),
                    .must("serialNumber", .text(40)), .must("responderURL", .text(512))), 1...4)),
    ])

    static let eventData = ObjectShape([
        .must("eventId", .integer), .must("timestamp", .time),
        .must("trigger", .word(["Alerting", "Delta", "Periodic"])), .may("cause", .integer),
        .must("actualValue", .text(2500)), .may("techCode", .text(50)), .may("techInfo", .text(500)),
        .may("cleared", .flag), .may("transactionId", .text(36)), .must("component", component),
        .may("variableMonitoringId", .integer),
        .must(
            "eventNotificationType",
            .word(["HardWiredNotification", "HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor"])),
        .must("variable", variable),
    ])

    static let notifyEvent = ObjectShape([
        .must("generatedAt", .time), .must("seqNo", .count), .may("tbc", .flag),
        .must("eventData", .many(.object(eventData))),
    ])
}
