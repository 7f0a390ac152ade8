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
    /// The tag of a charging point.
    package static let evseTag = "EVSE_ID"
    /// The tag of a feeder.
    package static let feederTag = "Feeder_ID"
    /// The tag of a site.
    package static let siteTag = "Site_ID"
    /// The feeder of an EVSE that neither the topology nor a tag places.
    package static let unknownFeeder = "unknown"

    /// The fields of `Power_Flow` whose types are settled before the first point: a whole number written to a float
    /// of these is taken as a float.
    package static let powerFlowFields: [(name: String, kind: FieldKind)] =
        [
            "active_power_w", "reactive_power_var", "soc_pct", "voltage_v", "current_a", "frequency_hz",
            "active_power_l1_w", "active_power_l2_w", "active_power_l3_w", "voltage_l1_v", "voltage_l2_v",
            "voltage_l3_v", "current_l1_a", "current_l2_a", "current_l3_a",
        ].map { ($0, FieldKind.float) } + [
            ("energy_import_wh", .integer), ("energy_export_wh", .integer), ("status", .string),
            ("connected", .boolean),
        ]
}
