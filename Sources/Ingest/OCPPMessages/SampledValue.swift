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

    /// All of them, by their places.
    static let all = allCases

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

    /// What is not in the norm's lists, or seldom said: a value with nothing odd about it needs no memory of its own.
    private final class Oddity: Sendable, Equatable {
        let name: String?
        let phase: String?
        let location: String?
        let context: String?
        let foreignUnit: String?
        let signature: Signature?

        init(
            name: String? = nil, phase: String? = nil, location: String? = nil, context: String? = nil,
            foreignUnit: String? = nil, signature: Signature? = nil
        ) {
            self.name = name
            self.phase = phase
            self.location = location
            self.context = context
            self.foreignUnit = foreignUnit
            self.signature = signature
        }

        static func == (one: Oddity, other: Oddity) -> Bool {
            one.name == other.name && one.phase == other.phase && one.location == other.location
                && one.context == other.context && one.foreignUnit == other.foreignUnit
                && one.signature == other.signature
        }

        func with(foreignUnit: String?, signature: Signature?) -> Oddity {
            Oddity(
                name: name, phase: phase, location: location, context: context, foreignUnit: foreignUnit,
                signature: signature)
        }
    }

    /// The value times its multiplier, in `unit`; NaN where the signature alone tells it.
    package var value: Double
    /// The measurand where it is one of 2.0.1.
    package private(set) var measurand: Measurand?
    /// Places in the lists of words; `odd` for a text that is not in them.
    private var phaseCode = UInt8.max
    private var locationCode = Self.outletCode
    private var contextCode = Self.periodicCode
    private var oddity: Oddity?

    private static let outletCode: UInt8 = 4
    private static let periodicCode: UInt8 = 4
    /// The phase of a total is not said.
    private static let noPhase = UInt8.max
    private static let odd = UInt8.max - 1

    /// A value of which all words are the norm's, given by their places in the lists; the defaults for nil.
    @inline(__always)
    init(value: Double, measurand: Measurand, phase: UInt8? = nil, location: UInt8? = nil, context: UInt8? = nil) {
        self.value = value
        self.measurand = measurand
        if let phase { phaseCode = phase }
        if let location { locationCode = location }
        if let context { contextCode = context }
    }

    /// A value in words, as they came.
    init(
        value: Double, name: String, measurand: Measurand?, phase: String?, location: String, context: String
    ) {
        self.value = value
        self.measurand = measurand
        phaseCode = phase.map { Self.code($0, in: Self.phases) } ?? Self.noPhase
        locationCode = Self.code(location, in: Self.locations)
        contextCode = Self.code(context, in: Self.contexts)
        guard measurand == nil || phaseCode == Self.odd || locationCode == Self.odd || contextCode == Self.odd else {
            return
        }
        oddity = Oddity(name: name, phase: phase, location: location, context: context)
    }

    private static func code(_ text: String, in words: [String]) -> UInt8 {
        words.firstIndex(of: text).map { UInt8($0) } ?? odd
    }

    /// The measurand's name; one that 2.0.1 does not know stands as it came.
    package var name: String { measurand?.rawValue ?? oddity?.name ?? "" }
    /// The phase, or nil for the total over all.
    package var phase: String? {
        phaseCode < Self.odd ? Self.phases[Int(phaseCode)] : phaseCode == Self.odd ? oddity?.phase : nil
    }
    /// Where it was measured.
    package var location: String {
        locationCode < Self.odd ? Self.locations[Int(locationCode)] : oddity?.location ?? ""
    }
    /// Why it was measured.
    package var context: String { contextCode < Self.odd ? Self.contexts[Int(contextCode)] : oddity?.context ?? "" }
    /// The unit as it came, where it is not one that is known for the measurand.
    package var foreignUnit: String? { oddity?.foreignUnit }
    /// The signature, where there is one.
    package var signature: Signature? { oddity?.signature }

    /// Whether it was measured where the vehicle is connected.
    var isAtOutlet: Bool { locationCode == Self.outletCode }
    /// Whether it is the total over all phases.
    var isTotal: Bool { phaseCode == Self.noPhase }
    /// Whether the context is the one that is meant where none is given.
    var isPeriodic: Bool { contextCode == Self.periodicCode }

    /// Whether both were measured for the same reason.
    func hasContext(of other: SampledValue) -> Bool {
        contextCode == other.contextCode && (contextCode != Self.odd || context == other.context)
    }

    private mutating func note(foreignUnit: String? = nil, signature: Signature? = nil) {
        let known = oddity ?? Oddity()
        oddity = known.with(
            foreignUnit: foreignUnit ?? known.foreignUnit, signature: signature ?? known.signature)
    }

    /// Makes it a value that only its signature tells, under the name that the measurand has.
    mutating func keepSigned(_ data: String) {
        oddity = Oddity(
            name: name, phase: phase, location: location, context: context, foreignUnit: foreignUnit,
            signature: Signature(data: data, method: "", encoding: "", publicKey: ""))
        measurand = nil
    }

    /// The phase's number, 1 to 3, for a phase alone or against neutral.
    package var phaseNumber: Int? {
        switch phaseCode {
        case 0, 4: 1
        case 1, 5: 2
        case 2, 6: 3
        default: nil
        }
    }

    private static let unitNames = Dictionary(uniqueKeysWithValues: Measurand.allCases.map { ($0, $0.unit) })

    /// Units by their lower-case spelling, each with the unit it is brought to and the power of ten.
    static let units: [String: (unit: String, exponent: Int)] = [
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
            sample.note(
                signature: Signature(
                    data: part("signedMeterData"), method: part("signingMethod"), encoding: part("encodingMethod"),
                    publicKey: part("publicKey")))
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
            note(foreignUnit: unit)
            return 0
        }
        note(foreignUnit: known?.unit ?? unit)
        return known?.exponent ?? 0
    }

    /// The units that values are brought to, numbered by their places.
    static let unitNumbers = ["", "Wh", "W", "var", "varh", "VAh", "VA", "A", "V", "Hz", "Percent"]
    /// The place of `Wh`, the unit where no measurand is said.
    static let wattHourNumber: UInt8 = 1

    private static let measurandNames = Measurand.allCases.map(\.rawValue)
    /// By name: `init(rawValue:)` compares one after the other.
    private static let measurands = Dictionary(
        uniqueKeysWithValues: Measurand.allCases.map { ($0.rawValue, $0) })
}
