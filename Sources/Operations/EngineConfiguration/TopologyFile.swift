package import Telemetry
import Yams

/// The topology file: YAML (JSON is YAML) with `defaults`, `transformers`, `feeders`, `sites`, `evses` and `fcr`.
package enum TopologyFile {
    private static let watts: ClosedRange<Double> = 0...1e12

    /// Reads a topology.
    ///
    /// - Parameter file: the name for errors.
    /// - Throws: what is wrong, with file and line: an unknown key, a missing parent, a negative limit, two EVSEs at one
    ///   port of a station.
    package static func parse(_ text: String, file: String) throws(ConfigurationError) -> Topology {
        var topology = Topology()
        var root = try CheckedMapping(try composeYAML(text, file: file), file: file, what: "the topology")
        if let node = root.node("defaults") {
            var mapping = try CheckedMapping(node, file: file, what: "defaults")
            topology.defaults = try limits(&mapping, from: topology.defaults)
            try mapping.finish()
        }
        if let node = root.node("fcr") { topology.fcr = try fcr(node, file) }
        for (name, node) in try entries(&root, "transformers") {
            topology.transformers[name] = try transformer(name, node, file)
        }
        for (name, node) in try entries(&root, "feeders") {
            topology.feeders[name] = try feeder(name, node, file, topology)
        }
        for (name, node) in try entries(&root, "sites") {
            var mapping = try CheckedMapping(node, file: file, what: "site \(name)")
            guard let feeder = try mapping.text("feeder") else {
                throw mapping.error(node, "site \(name) names no feeder")
            }
            guard topology.feeders[feeder] != nil else {
                throw mapping.error(mapping.node("feeder"), "site \(name) names feeder \(feeder), which is not there")
            }
            try mapping.finish()
            topology.sites[name] = feeder
        }
        for (name, node) in try entries(&root, "evses") { try addEVSE(name, node, file, &topology) }
        try root.finish()
        return topology
    }

    private static func entries(
        _ root: inout CheckedMapping, _ key: String
    ) throws(ConfigurationError) -> [(name: String, node: Node)] {
        guard let node = root.node(key) else { return [] }
        var seen: Set<String> = []
        let entries = try CheckedMapping(node, file: root.file, what: key).entries
        for entry in entries where entry.name.isEmpty || !seen.insert(entry.name).inserted {
            throw root.error(entry.node, "\(key): the name \"\(entry.name)\" is empty or stands twice")
        }
        return entries
    }

    private static func limits(_ mapping: inout CheckedMapping, from base: EVSE) throws(ConfigurationError) -> EVSE {
        var evse = base
        evse.maxChargeW = try mapping.number("max_charge_w", in: watts) ?? base.maxChargeW
        evse.maxDischargeW = try mapping.number("max_discharge_w", in: watts) ?? base.maxDischargeW
        evse.batteryWh = try mapping.number("battery_wh", in: watts) ?? base.batteryWh
        evse.socMinPct = try mapping.number("soc_min_pct", in: 0...100) ?? base.socMinPct
        evse.socMaxPct = try mapping.number("soc_max_pct", in: 0...100) ?? base.socMaxPct
        evse.responseS = try mapping.number("response_s", in: 0...3_600) ?? base.responseS
        if evse.socMinPct > evse.socMaxPct { throw mapping.error(nil, "soc_min_pct is over soc_max_pct") }
        return evse
    }

    private static func fcr(_ node: Node, _ file: String) throws(ConfigurationError) -> FCRSettings {
        var settings = FCRSettings()
        var mapping = try CheckedMapping(node, file: file, what: "fcr")
        settings.limitedEnergyS = try mapping.number("limited_energy_s", in: 1...86_400) ?? settings.limitedEnergyS
        settings.staleAfterS = try mapping.number("stale_after_s", in: 1...3_600) ?? settings.staleAfterS
        settings.chargeEfficiency = try mapping.number("charge_efficiency", in: 0.1...1) ?? settings.chargeEfficiency
        settings.dischargeEfficiency =
            try mapping.number("discharge_efficiency", in: 0.1...1) ?? settings.dischargeEfficiency
        settings.fullActivationS = try mapping.number("full_activation_s", in: 1...3_600) ?? settings.fullActivationS
        settings.heardWithinS = try mapping.number("heard_within_s", in: 1...3_600) ?? settings.heardWithinS
        try mapping.finish()
        return settings
    }

    private static func transformer(_ name: String, _ node: Node, _ file: String) throws(ConfigurationError)
        -> Transformer
    {
        var mapping = try CheckedMapping(node, file: file, what: "transformer \(name)")
        let type = try mapping.text("type") ?? "onan-distribution"
        guard ["onan-distribution", "onan-power", "onaf-power"].contains(type) else {
            throw mapping.error(
                mapping.node("type"),
                "transformer \(name): type \(type) is not onan-distribution, onan-power or onaf-power")
        }
        var transformer = Transformer(
            type: type, ratedVA: try mapping.number("rated_va", in: 1...1e12) ?? 400_000,
            ambientC: try mapping.number("ambient_c", in: -60...80) ?? 20,
            backgroundW: try mapping.number("background_w", in: -1e12...1e12) ?? 0,
            powerFactor: try mapping.number("power_factor", in: 0.01...1) ?? 1,
            hasThermalLimit: try mapping.boolean("thermal_limit") ?? true)
        transformer.ambientSurchargeK = try mapping.number("ambient_surcharge_k", in: 0...60) ?? 0
        transformer.hotSpotLimitC = try mapping.number("hot_spot_limit_c", in: 40...250) ?? 120
        transformer.topOilLimitC = try mapping.number("top_oil_limit_c", in: 40...250) ?? 105
        transformer.loadLimitPU = try mapping.number("load_limit_pu", in: 0.1...5) ?? 1.5
        transformer.isPaperUpgraded = try mapping.boolean("upgraded_paper") ?? false
        try mapping.finish()
        return transformer
    }

    private static func feeder(
        _ name: String, _ node: Node, _ file: String, _ topology: Topology
    ) throws(ConfigurationError) -> Feeder {
        var mapping = try CheckedMapping(node, file: file, what: "feeder \(name)")
        let transformer = try mapping.text("transformer")
        if let transformer, topology.transformers[transformer] == nil {
            throw mapping.error(
                mapping.node("transformer"), "feeder \(name) names transformer \(transformer), which is not there")
        }
        let feeder = Feeder(
            transformer: transformer, importLimitW: try mapping.number("import_limit_w", in: watts) ?? .infinity,
            exportLimitW: try mapping.number("export_limit_w", in: watts) ?? .infinity)
        try mapping.finish()
        return feeder
    }

    private static func addEVSE(
        _ name: String, _ node: Node, _ file: String, _ topology: inout Topology
    ) throws(ConfigurationError) {
        var mapping = try CheckedMapping(node, file: file, what: "EVSE \(name)")
        var evse = try limits(&mapping, from: topology.defaults)
        let site = try mapping.text("site")
        let feeder = try mapping.text("feeder")
        if let site, topology.sites[site] == nil {
            throw mapping.error(mapping.node("site"), "EVSE \(name) names site \(site), which is not there")
        }
        if let feeder, topology.feeders[feeder] == nil {
            throw mapping.error(mapping.node("feeder"), "EVSE \(name) names feeder \(feeder), which is not there")
        }
        guard let parent = feeder ?? site.flatMap({ topology.sites[$0] }) else {
            throw mapping.error(node, "EVSE \(name) names neither a feeder nor a site")
        }
        evse.feeder = parent
        evse.site = site
        if let text = try mapping.text("departure") {
            guard let departure = Timestamp.parse(text.utf8) else {
                throw mapping.error(mapping.node("departure"), "EVSE \(name): departure \(text) is no RFC 3339 time")
            }
            evse.departure = departure
        }
        if let departure = try mapping.integer("departure_ns", in: 0...Int64.max) { evse.departure = departure }
        evse.departureSocPct = try mapping.number("departure_soc_pct", in: 0...100)
        if let node = mapping.node("ocpp") {
            var port = try CheckedMapping(node, file: file, what: "EVSE \(name): ocpp")
            guard let station = try port.text("station") else {
                throw port.error(node, "EVSE \(name): ocpp names no station")
            }
            let key = Topology.StationPort(
                station: station, evse: Int(try port.integer("evse", in: 1...1_000_000) ?? 1))
            try port.finish()
            if let other = topology.ports[key] {
                throw port.error(node, "EVSE \(name) and EVSE \(other) are at the same port of station \(station)")
            }
            topology.ports[key] = name
        }
        try mapping.finish()
        topology.evses[name] = evse
    }
}
