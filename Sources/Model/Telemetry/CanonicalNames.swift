/// The names that the whole house shares: the telemetry database, its measurements, tags and declared fields.
package enum CanonicalNames {
    /// The database that OCPP and MQTT write to, made at the first start.
    package static let telemetryDatabase = "telemetry"
    /// The measurement of readings at EVSEs; import positive, negative is from the vehicle to the grid.
    package static let powerFlow = "Power_Flow"
    /// OCPP samples that have no field of `Power_Flow`.
    package static let ocppSample = "OCPP_Sample"
    /// A feeder's or transformer's own meter.
    package static let gridMeter = "Grid_Meter"
    /// Ambient temperatures.
    package static let weather = "Weather"
    /// The windows of feeders.
    package static let feederAggregate = "Feeder_Aggregate"
    /// The reserve that a feeder can give, each second.
    package static let fcrReadiness = "FCR_Readiness"
    /// The windows of sites.
    package static let siteAggregate = "Site_Aggregate"
    /// The windows of transformers.
    package static let transformerAggregate = "Transformer_Aggregate"
    /// The windows of the fleet.
    package static let fleetAggregate = "Fleet_Aggregate"
    /// The reserve that the fleet can give, each second.
    package static let fleetReadiness = "Fleet_Readiness"
    /// Required and delivered reserve, each second and each quarter-hour.
    package static let fcrAudit = "FCR_Audit"
    /// What reserve was sold.
    package static let fcrContract = "FCR_Contract"
    /// The power that would flow without the reserve's answer, announced beforehand.
    package static let baseline = "Baseline"
    /// The grid's frequency, as a trusted source measures it.
    package static let gridFrequency = "Grid_Frequency"
    /// The temperatures of transformers, each minute.
    package static let transformerState = "Transformer_State"
    /// The tag of a charging point.
    package static let evseTag = "EVSE_ID"
    /// The tag of a feeder.
    package static let feederTag = "Feeder_ID"
    /// The tag of a site.
    package static let siteTag = "Site_ID"
    /// The tag of a transformer.
    package static let transformerTag = "Transformer_ID"
    /// The feeder of an EVSE that neither the topology nor a tag places.
    package static let unknownFeeder = "unknown"

    /// The fields of readings, by measurement, whose types are settled before the first point, so that no client's
    /// first write can give them another: a whole number written to a float of these is taken as a float.
    package static let declaredFields: [(measurement: String, name: String, kind: FieldKind)] =
        [powerFlow, gridMeter].flatMap { measurement in
            electricalFields.map { (measurement, $0, FieldKind.float) }
                + ["energy_import_wh", "energy_export_wh"].map { (measurement, $0, FieldKind.integer) }
        } + [
            (powerFlow, "soc_pct", .float), (powerFlow, "status", .string), (powerFlow, "connected", .boolean),
            (weather, "ambient_c", .float), (fcrContract, "reserve_w", .float), (baseline, "active_power_w", .float),
            (gridFrequency, "frequency_hz", .float), (ocppSample, "value", .float),
        ]

    private static let electricalFields = [
        "active_power_w", "reactive_power_var", "voltage_v", "current_a", "frequency_hz", "active_power_l1_w",
        "active_power_l2_w", "active_power_l3_w", "voltage_l1_v", "voltage_l2_v", "voltage_l3_v", "current_l1_a",
        "current_l2_a", "current_l3_a",
    ]
}
