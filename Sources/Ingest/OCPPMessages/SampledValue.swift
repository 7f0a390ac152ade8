import Telemetry

/// Times of messages.
package enum RFC3339 {
    /// The time that the string at `index` says, nanoseconds since 1970 UTC; nil for none.
    package static func nanoseconds(_ tape: JSONTape, _ index: Int) -> Int64? {
        tape.tokens[index].hasEscapes ? Timestamp.parse(tape.string(index).utf8) : Timestamp.parse(tape.raw(index))
    }
}

/// What a sampled value measures: the 25 measurands of OCPP 2.0.1, each case the one of its name.
package enum Measurand: String, Sendable, CaseIterable {
    case currentExport = "Current.Export"
    case currentImport = "Current.Import"
    case currentOffered = "Current.Offered"
    case energyActiveExportRegister = "Energy.Active.Export.Register"
    case energyActiveImportRegister = "Energy.Active.Import.Register"
    case energyReactiveExportRegister = "Energy.Reactive.Export.Register"
    case energyReactiveImportRegister = "Energy.Reactive.Import.Register"
    case energyActiveExportInterval = "Energy.Active.Export.Interval"
    case energyActiveImportInterval = "Energy.Active.Import.Interval"
    case energyActiveNet = "Energy.Active.Net"
    case energyReactiveExportInterval = "Energy.Reactive.Export.Interval"
    case energyReactiveImportInterval = "Energy.Reactive.Import.Interval"
    case energyReactiveNet = "Energy.Reactive.Net"
    case energyApparentNet = "Energy.Apparent.Net"
    case energyApparentImport = "Energy.Apparent.Import"
    case energyApparentExport = "Energy.Apparent.Export"
    case frequency = "Frequency"
    case powerActiveExport = "Power.Active.Export"
    case powerActiveImport = "Power.Active.Import"
    case powerFactor = "Power.Factor"
    case powerOffered = "Power.Offered"
    case powerReactiveExport = "Power.Reactive.Export"
    case powerReactiveImport = "Power.Reactive.Import"
    case soc = "SoC"
    case voltage = "Voltage"

    /// The unit that values are brought to; the SI unit or percent.
    package var unit: String {
        let text = rawValue
        if text.hasPrefix("Energy.Active") { return "Wh" }
        if text.hasPrefix("Energy.Reactive") { return "varh" }
        if text.hasPrefix("Energy.Apparent") { return "VAh" }
        if text.hasPrefix("Current") { return "A" }
        if text.hasPrefix("Power.Reactive") { return "var" }
        switch self {
        case .frequency: return "Hz"
        case .soc: return "Percent"
        case .voltage: return "V"
        case .powerFactor: return ""
        default: return "W"
        }
    }
}

/// One value of one quantity, brought to W, Wh, var, A, V, Hz or percent where its unit is known.
package struct SampledValue: Sendable, Equatable {
    static let contexts = [
        "Interruption.Begin", "Interruption.End", "Other", "Sample.Clock", "Sample.Periodic", "Transaction.Begin",
        "Transaction.End", "Trigger",
    ]
    static let phases = ["L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"]
    static let locations = ["Body", "Cable", "EV", "Inlet", "Outlet"]
    /// The context that is meant where none is given.
    package static let periodic = "Sample.Periodic"
    /// The location that is meant where none is given.
    package static let outlet = "Outlet"

    /// The signature of a value, kept as it came.
    package struct Signature: Sendable, Equatable {
        /// The signed data.
        package let data: String
        /// How it was signed.
        package let method: String
        /// How the data is encoded.
        package let encoding: String
        /// The meter's public key.
        package let publicKey: String
    }

    /// The value times its multiplier, in `unit`; NaN where the signature alone tells it.
    package var value: Double
    /// The measurand's name; one that 2.0.1 does not know stands as it came.
    package var name: String
    /// The measurand where it is one of 2.0.1.
    package var measurand: Measurand?
    /// The phase, or nil for the total over all.
    package var phase: String?
    /// Where it was measured.
    package var location: String
    /// Why it was measured.
    package var context: String
    /// The unit as it came, where it is not one that is known for the measurand.
    package var foreignUnit: String?
    /// The signature, where there is one.
    package var signature: Signature?

    /// The phase's number, 1 to 3, for a phase alone or against neutral.
    package var phaseNumber: Int? {
        switch phase {
        case "L1", "L1-N": 1
        case "L2", "L2-N": 2
        case "L3", "L3-N": 3
        default: nil
        }
    }

    private static let unitNames = Dictionary(uniqueKeysWithValues: Measurand.allCases.map { ($0, $0.unit) })

    /// Units by their lower-case spelling, each with the unit it is brought to and the power of ten.
    private static let units: [String: (unit: String, exponent: Int)] = [
        "w": ("W", 0), "kw": ("W", 3), "wh": ("Wh", 0), "kwh": ("Wh", 3), "var": ("var", 0), "kvar": ("var", 3),
        "varh": ("varh", 0), "kvarh": ("varh", 3), "vah": ("VAh", 0), "kvah": ("VAh", 3), "va": ("VA", 0),
        "kva": ("VA", 3), "a": ("A", 0), "v": ("V", 0), "kv": ("V", 3), "hz": ("Hz", 0), "hertz": ("Hz", 0),
        "percent": ("Percent", 0), "%": ("Percent", 0),
    ]

    /// All of the object at `index` but its value and unit, which versions write differently.
    static func frame(_ tape: JSONTape, _ index: Int) -> SampledValue {
        func text(_ name: StaticString, _ words: [String]) -> String? {
            guard let found = tape.member(index, name) else { return nil }
            let text = tape.string(found)
            return Words.match(text, in: words) ?? text
        }
        let name =
            tape.member(index, "measurand").map(tape.string) ?? Measurand.energyActiveImportRegister.rawValue
        let measurand = measurands[name] ?? Words.match(name, in: measurandNames).flatMap { measurands[$0] }
        return SampledValue(
            value: .nan, name: measurand?.rawValue ?? name, measurand: measurand,
            phase: text("phase", phases), location: text("location", locations) ?? outlet,
            context: text("context", contexts) ?? periodic)
    }

    /// Reads the object at `index`, which was checked; nil where value and multiplier leave binary64.
    static func decode(_ tape: JSONTape, _ index: Int, _ deviations: inout DeviationCounts) -> SampledValue? {
        guard let valueIndex = tape.member(index, "value") else { return nil }
        var sample = frame(tape, index)
        var exponent = 0
        if let unit = tape.member(index, "unitOfMeasure") {
            exponent = tape.member(unit, "multiplier").flatMap(tape.integer) ?? 0
            if let unitText = tape.member(unit, "unit").map(tape.string), !unitText.isEmpty {
                exponent += sample.adopt(unit: unitText, &deviations)
            }
        }
        let scaled =
            tape.kind(valueIndex) == .number
            ? JSONNumber.parse(tape.raw(valueIndex), exponent: exponent)
            : JSONNumber.parse(text: tape.string(valueIndex), exponent: exponent)
        guard let scaled else { return nil }
        sample.value = scaled
        if let signed = tape.member(index, "signedMeterValue") {
            func part(_ name: StaticString) -> String { tape.member(signed, name).map(tape.string) ?? "" }
            sample.signature = Signature(
                data: part("signedMeterData"), method: part("signingMethod"), encoding: part("encodingMethod"),
                publicKey: part("publicKey"))
        }
        return sample
    }

    /// Notes `unit` and answers the power of ten that brings it to the house's.
    mutating func adopt(unit: String, _ deviations: inout DeviationCounts) -> Int {
        let known = Self.units[unit] ?? Self.units[unit.lowercased()]
        if let measurand {
            if let known, known.unit == Self.unitNames[measurand] { return known.exponent }
            if measurand == .powerFactor || (measurand == .powerOffered && known?.unit == "VA") {
                return known?.exponent ?? 0
            }
            deviations.count(.unknownUnit)
            foreignUnit = unit
            return 0
        }
        foreignUnit = known?.unit ?? unit
        return known?.exponent ?? 0
    }

    private static let measurandNames = Measurand.allCases.map(\.rawValue)
    /// By name: `init(rawValue:)` compares one after the other.
    private static let measurands = Dictionary(
        uniqueKeysWithValues: Measurand.allCases.map { ($0.rawValue, $0) })
}
