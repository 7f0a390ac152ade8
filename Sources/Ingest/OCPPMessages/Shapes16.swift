/// The payloads of OCPP 1.6J, as its edition 2 and its security white paper define them.
enum Shapes16 {
    static let bootNotification = ObjectShape([
        .must("chargePointVendor", .text(20)), .must("chargePointModel", .text(20)),
        .may("chargePointSerialNumber", .text(25)), .may("chargeBoxSerialNumber", .text(25)),
        .may("firmwareVersion", .text(50)), .may("iccid", .text(20)), .may("imsi", .text(20)),
        .may("meterType", .text(25)), .may("meterSerialNumber", .text(25)),
    ])

    static let authorize = ObjectShape([.must("idTag", .text(20))])

    static let connectorStatuses = [
        "Available", "Preparing", "Charging", "SuspendedEVSE", "SuspendedEV", "Finishing", "Reserved", "Unavailable",
        "Faulted",
    ]

    static let statusNotification = ObjectShape([
        .must("connectorId", .count),
        .must(
            "errorCode",
            .word([
                "ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature", "InternalError",
                "LocalListConflict", "NoError", "OtherError", "OverCurrentFailure", "PowerMeterFailure",
                "PowerSwitchFailure", "ReaderFailure", "ResetFailure", "UnderVoltage", "OverVoltage", "WeakSignal",
            ])), .may("info", .text(50)), .must("status", .word(connectorStatuses)), .may("timestamp", .time),
        .may("vendorId", .text(255)), .may("vendorErrorCode", .text(50)),
    ])

    /// The 22 measurands of 1.6, two of which 2.0.1 does not have.
    static let measurands = [
        "Energy.Active.Export.Register", "Energy.Active.Import.Register", "Energy.Reactive.Export.Register",
        "Energy.Reactive.Import.Register", "Energy.Active.Export.Interval", "Energy.Active.Import.Interval",
        "Energy.Reactive.Export.Interval", "Energy.Reactive.Import.Interval", "Power.Active.Export",
        "Power.Active.Import", "Power.Offered", "Power.Reactive.Export", "Power.Reactive.Import", "Power.Factor",
        "Current.Import", "Current.Export", "Current.Offered", "Voltage", "Frequency", "Temperature", "SoC", "RPM",
    ]

    static let units = [
        "Wh", "kWh", "varh", "kvarh", "W", "kW", "VA", "kVA", "var", "kvar", "A", "V", "K", "Celcius", "Celsius",
        "Fahrenheit", "Percent", "Hertz",
    ]

    /// Checked for being a decimal number by the decoder, since `SignedData` is none.
    static let sampledValue = ObjectShape([
        .must("value", .text(.max)), .may("context", .openWord(SampledValue.contexts)),
        .may("format", .word(["Raw", "SignedData"])), .may("measurand", .openWord(measurands)),
        .may("phase", .openWord(SampledValue.phases)), .may("location", .openWord(SampledValue.locations)),
        .may("unit", .openWord(units)),
    ])

    static let meterValues = ObjectShape([
        .must("connectorId", .count), .may("transactionId", .integer),
        .must(
            "meterValue",
            .many(.fields(.must("timestamp", .time), .must("sampledValue", .many(.object(sampledValue)))))),
    ])

    static let startTransaction = ObjectShape([
        .must("connectorId", .count), .must("idTag", .text(20)), .must("meterStart", .integer),
        .may("reservationId", .integer), .must("timestamp", .time),
    ])

    static let stopTransaction = ObjectShape([
        .may("idTag", .text(20)), .must("meterStop", .integer), .must("timestamp", .time),
        .must("transactionId", .integer),
        .may(
            "reason",
            .word([
                "EmergencyStop", "EVDisconnected", "HardReset", "Local", "Other", "PowerLoss", "Reboot", "Remote",
                "SoftReset", "UnlockCommand", "DeAuthorized",
            ])),
        .may(
            "transactionData",
            .list(
                .fields(
                    .must("timestamp", .time), .must("sampledValue", .list(.object(sampledValue), 0...Int.max))),
                0...Int.max)),
    ])

    static let dataTransfer = ObjectShape([
        .must("vendorId", .text(255)), .may("messageId", .text(50)), .may("data", .text(.max)),
    ])

    static let firmwareStatusNotification = ObjectShape([
        .must(
            "status",
            .word([
                "Downloaded", "DownloadFailed", "Downloading", "Idle", "InstallationFailed", "Installing", "Installed",
            ]))
    ])

    static let diagnosticsStatusNotification = ObjectShape([
        .must("status", .word(["Idle", "Uploaded", "UploadFailed", "Uploading"]))
    ])

    static let signCertificate = ObjectShape([.must("csr", .text(5500))])

    static let logStatusNotification = ObjectShape([
        .must(
            "status",
            .word([
                "BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure",
                "Uploading",
            ])), .may("requestId", .integer),
    ])
}
