/// What the vehicle, the charging point and the contract allow at one EVSE; powers in W at the grid side.
package struct EVSE: Sendable, Equatable {
    /// The feeder that it hangs on, its own or its site's.
    package var feeder: String
    /// The site, where the topology names one.
    package var site: String?
    /// The most that it charges, zero or more.
    package var maxChargeW: Double
    /// The most that it discharges, zero or more.
    package var maxDischargeW: Double
    /// The battery's capacity.
    package var batteryWh: Double
    /// The state of charge that discharging must leave.
    package var socMinPct: Double
    /// The state of charge that charging must not pass.
    package var socMaxPct: Double
    /// When the vehicle leaves, nanoseconds since 1970 UTC.
    package var departure: Int64?
    /// The state of charge that it must leave with.
    package var departureSocPct: Double?
    /// How long it takes from a command to the whole change of its power, seconds; 0 where nothing is said.
    package var responseS: Double = 0

    /// An EVSE of a feeder.
    package init(
        feeder: String, site: String? = nil, maxChargeW: Double = 11_000, maxDischargeW: Double = 0,
        batteryWh: Double = 60_000, socMinPct: Double = 20, socMaxPct: Double = 90, departure: Int64? = nil,
        departureSocPct: Double? = nil
    ) {
        self.feeder = feeder
        self.site = site
        self.maxChargeW = maxChargeW
        self.maxDischargeW = maxDischargeW
        self.batteryWh = batteryWh
        self.socMinPct = socMinPct
        self.socMaxPct = socMaxPct
        self.departure = departure
        self.departureSocPct = departureSocPct
    }
}

/// One feeder: its transformer and what may flow through it, in W.
package struct Feeder: Sendable, Equatable {
    /// The transformer that feeds it.
    package var transformer: String?
    /// The most that may flow in; infinite where nothing is said.
    package var importLimitW: Double
    /// The most that may flow back; infinite where nothing is said.
    package var exportLimitW: Double

    /// A feeder.
    package init(transformer: String? = nil, importLimitW: Double = .infinity, exportLimitW: Double = .infinity) {
        self.transformer = transformer
        self.importLimitW = importLimitW
        self.exportLimitW = exportLimitW
    }
}

/// One transformer's nameplate; its thermal model is IEC 60076-7's.
package struct Transformer: Sendable, Equatable {
    /// `onan-distribution`, `onan-power` or `onaf-power`.
    package var type: String
    /// Rated apparent power.
    package var ratedVA: Double
    /// Ambient temperature where no series gives it.
    package var ambientC: Double
    /// Load that is not ours.
    package var backgroundW: Double
    /// Power factor where reactive power is not measured.
    package var powerFactor: Double
    /// Whether its temperature limits the feeders' reserve.
    package var hasThermalLimit: Bool
    /// What a building or kiosk adds to the ambient temperature, K.
    package var ambientSurchargeK = 0.0
    /// The highest temperatures of the hot spot and the top oil, °C, and the highest load over the rated one.
    package var hotSpotLimitC = 120.0
    /// The top oil's.
    package var topOilLimitC = 105.0
    /// The load's.
    package var loadLimitPU = 1.5
    /// Whether its paper is thermally upgraded.
    package var isPaperUpgraded = false

    /// A transformer.
    package init(
        type: String = "onan-distribution", ratedVA: Double, ambientC: Double = 20, backgroundW: Double = 0,
        powerFactor: Double = 1, hasThermalLimit: Bool = true
    ) {
        self.type = type
        self.ratedVA = ratedVA
        self.ambientC = ambientC
        self.backgroundW = backgroundW
        self.powerFactor = powerFactor
        self.hasThermalLimit = hasThermalLimit
    }
}

/// The settings of the reserve product.
package struct FCRSettings: Sendable, Equatable {
    /// How long full activation must be held, seconds.
    package var limitedEnergyS: Double = 900
    /// How long a reading holds, seconds.
    package var staleAfterS: Double = 15
    /// Grid to battery.
    package var chargeEfficiency: Double = 0.95
    /// Battery to grid.
    package var dischargeEfficiency: Double = 0.95
    /// Within how many seconds the whole reserve is due: an EVSE that needs longer counts with what it gives by then.
    package var fullActivationS: Double = 30
    /// The EVSEs whose reserve percentiles are taken of were heard within so many seconds.
    package var heardWithinS: Double = 15

    /// The defaults of Continental Europe.
    package init() {}
}

/// Which EVSE hangs where, and what each may do.
package struct Topology: Sendable, Equatable {
    /// A station and the number of an EVSE in it, as OCPP names them.
    package struct StationPort: Hashable, Sendable {
        /// The station's identity.
        package let station: String
        /// The EVSE's number, from 1.
        package let evse: Int

        /// EVSE number `evse` of `station`.
        package init(station: String, evse: Int) {
            self.station = station
            self.evse = evse
        }
    }

    /// Transformers by name.
    package var transformers: [String: Transformer] = [:]
    /// Feeders by name.
    package var feeders: [String: Feeder] = [:]
    /// The feeder of each site.
    package var sites: [String: String] = [:]
    /// EVSEs by `EVSE_ID`.
    package var evses: [String: EVSE] = [:]
    /// `EVSE_ID` by station and number.
    package var ports: [StationPort: String] = [:]
    /// What holds for an EVSE that the topology does not know.
    package var defaults = EVSE(feeder: CanonicalNames.unknownFeeder)
    /// The settings of the reserve product.
    package var fcr = FCRSettings()

    /// A topology that knows nothing: every EVSE is on feeder `unknown`.
    package init() {}

    /// The name of an EVSE that a station speaks for: the topology's, else `station:number`.
    package func evseID(station: String, evse: Int) -> String {
        ports[StationPort(station: station, evse: evse)] ?? "\(station):\(evse)"
    }

    /// The tags that a point of `evseID` gets: those that are known, never an empty one.
    ///
    /// - Parameter site: the site that the source names, used where the topology does not know the EVSE.
    /// - Parameter feeder: the feeder that the source names, likewise.
    package func tags(evseID: String, site: String? = nil, feeder: String? = nil) -> [(String, String)] {
        var tags = [(CanonicalNames.evseTag, evseID)]
        let known = evses[evseID]
        if let feeder = known?.feeder ?? feeder ?? site.flatMap({ sites[$0] }) {
            tags.append((CanonicalNames.feederTag, feeder))
        }
        if let site = known?.site ?? site { tags.append((CanonicalNames.siteTag, site)) }
        return tags
    }
}
