package import Telemetry

/// The samples of one EVSE and instant, made one point: how import and export become one signed power.
///
/// 1. Samples at the outlet count (a state of charge from anywhere); all others are left over.
/// 2. A total beats phases, for both directions at once; without one the phases are summed, two of three only where
///    the transaction uses two.
/// 3. Power is import less export, an absent one being 0; both saying the same twice counts once.
/// 4. Without power: the registers' slope within a transaction. Without energy too: volts times amperes.
///
/// A power that is not simply as measured is marked in the field `quality`: `doubled`, `incomplete` (then there is no
/// total), `derived` from registers or `estimated` from volts and amperes.
package struct PowerFlowPoint: Sendable {
    /// The fields of `Power_Flow`, without context and transaction.
    package private(set) var fields: [(String, FieldValue)] = []
    /// The context of the point's power, or else of its first sample.
    package private(set) var context = SampledValue.periodic
    /// What has no field and is stored as a series of its own.
    package private(set) var leftOver: [SampledValue] = []
    /// What was forgiven or flagged.
    package private(set) var deviations = DeviationCounts()

    /// Four of each measurand: the total, then the phases.
    private var slots = [Double?](repeating: nil, count: 12 * 4)
    private var marks: [String] = []
    private let phasesUsed: Int?

    /// The point of `samples` at `timestamp`; `transaction` lends its registers and keeps the new ones.
    package init(
        samples: [SampledValue], timestamp: Int64, transaction: inout TransactionMemory?, phasesUsed: Int? = nil
    ) {
        self.phasesUsed = transaction?.phasesUsed ?? phasesUsed
        place(samples)
        addPower(timestamp, &transaction)
        // The marks speak of the power alone; currents and reactive power add theirs in vain.
        if !marks.isEmpty { fields.append(("quality", .string(marks.joined(separator: ",")))) }
        addOthers()
        addRegisters()
        // Sums of values near the end of binary64 can leave it.
        fields.removeAll { if case .float(let value) = $0.1 { !value.isFinite } else { false } }
    }

    // MARK: Placing samples

    /// The measurands that have slots, numbered; nil for all others.
    private static func rank(_ measurand: Measurand) -> Int? {
        switch measurand {
        case .powerActiveImport: 0
        case .powerActiveExport: 1
        case .currentImport: 2
        case .currentExport: 3
        case .voltage: 4
        case .soc: 5
        case .frequency: 6
        case .energyActiveImportRegister: 7
        case .energyActiveExportRegister: 8
        case .powerReactiveImport: 9
        case .powerReactiveExport: 10
        case .powerFactor: 11
        default: nil
        }
    }
    private static let heldByPhase: [Measurand] = [
        .currentExport, .currentImport, .powerActiveExport, .powerActiveImport, .voltage,
    ]

    private mutating func place(_ samples: [SampledValue]) {
        var main: SampledValue?
        var hasPower = false
        for sample in samples where Self.slot(sample) != nil {
            let isPower = sample.measurand == .powerActiveImport || sample.measurand == .powerActiveExport
            if main == nil || isPower && !hasPower { main = sample }
            hasPower = hasPower || isPower
            if hasPower { break }
        }
        guard let main else {
            for sample in samples where sample.isPeriodic { place(sample, isForeign: false) }
            for sample in samples where !sample.isPeriodic { place(sample, isForeign: true) }
            return
        }
        context = main.context
        for sample in samples where sample.hasContext(of: main) { place(sample, isForeign: false) }
        for sample in samples where !sample.hasContext(of: main) { place(sample, isForeign: true) }
    }

    private mutating func place(_ sample: SampledValue, isForeign: Bool) {
        if sample.measurand == .soc, sample.foreignUnit == nil, !(0...100).contains(sample.value) {
            deviations.count(.socOutOfRange)
            return
        }
        guard let measurand = sample.measurand, let slot = Self.slot(sample), !(isForeign && slots[slot] != nil) else {
            leftOver.append(sample)
            return
        }
        slots[slot] = sample.value
        let hasField = sample.isTotal ? measurand != .powerFactor : Self.heldByPhase.contains(measurand)
        if !hasField || sample.signature != nil { leftOver.append(sample) }
    }

    private static func slot(_ sample: SampledValue) -> Int? {
        guard let measurand = sample.measurand, sample.foreignUnit == nil, let rank = rank(measurand) else {
            return nil
        }
        guard sample.isAtOutlet || measurand == .soc else { return nil }
        if sample.isTotal { return rank * 4 }
        guard measurand != .soc, measurand != .frequency, let number = sample.phaseNumber else { return nil }
        return rank * 4 + number
    }

    private func value(_ measurand: Measurand, phase: Int = 0) -> Double? {
        Self.rank(measurand).flatMap { slots[$0 * 4 + phase] }
    }

    // MARK: Signed sums

    /// Import less export; the same power said in both directions counts once.
    private mutating func net(_ importing: Double?, _ exporting: Double?) -> Double? {
        guard let importing else { return exporting.map { 0 - $0 } }
        guard let exporting else { return importing }
        let isOpposite = importing * exporting < 0
        if isOpposite, abs(importing + exporting) <= 0.01 * max(abs(importing), abs(exporting)) {
            deviations.count(.doubledPower)
            if !marks.contains("doubled") { marks.append("doubled") }
            return importing
        }
        return importing - exporting
    }

    private func sum(_ measurand: Measurand) -> Double? {
        let values = (1...3).compactMap { value(measurand, phase: $0) }
        return values.isEmpty ? nil : values.reduce(0, +)
    }

    private func phases(_ measurands: Measurand...) -> [Int] {
        (1...3).filter { phase in measurands.contains { value($0, phase: phase) != nil } }
    }

    /// The total where there is one in either direction, else the sum of phases; nil where phases are missing.
    private mutating func netTotal(_ importing: Measurand, _ exporting: Measurand) -> Double? {
        if value(importing) != nil || value(exporting) != nil { return net(value(importing), value(exporting)) }
        let present = phases(importing, exporting)
        guard !present.isEmpty else { return nil }
        guard isWhole(present) else {
            deviations.count(.incompletePhases)
            if !marks.contains("incomplete") { marks.append("incomplete") }
            return nil
        }
        return net(sum(importing), sum(exporting))
    }

    /// Whether these phases are all that flow: three, as many as the vehicle uses, or L1 alone, which stations write
    /// for the total.
    private mutating func isWhole(_ present: [Int]) -> Bool {
        if present.count == 3 || present.count == phasesUsed { return true }
        guard present.count == 1 else { return false }
        guard let phasesUsed, phasesUsed > 1 else { return true }
        guard present == [1] else { return false }
        deviations.count(.firstPhaseAsTotal)
        return true
    }

    /// A register: the total, else the sum of phases where none is missing.
    private mutating func register(_ measurand: Measurand) -> Double? {
        value(measurand) ?? (isWhole(phases(measurand)) ? sum(measurand) : nil)
    }

    // MARK: Fields

    private mutating func addPower(_ timestamp: Int64, _ transaction: inout TransactionMemory?) {
        let hasPower =
            value(.powerActiveImport) != nil || value(.powerActiveExport) != nil
            || !phases(.powerActiveImport, .powerActiveExport).isEmpty
        let registers = TransactionMemory.Registers(
            timestamp: timestamp,
            importWh: register(.energyActiveImportRegister), exportWh: register(.energyActiveExportRegister))
        let hasEnergy = registers.importWh != nil || registers.exportWh != nil
        let derived = hasEnergy ? transaction?.derivePower(registers) : nil
        if hasPower {
            if let power = netTotal(.powerActiveImport, .powerActiveExport) {
                fields.append(("active_power_w", .float(power)))
            }
        } else if let derived {
            marks.append("derived")
            fields.append(("active_power_w", .float(derived)))
        } else if !hasEnergy, let estimate = estimatedPower() {
            marks.append("estimated")
            fields.append(("active_power_w", .float(estimate)))
        }
        addPhases("active_power", "w", .powerActiveImport, .powerActiveExport)
    }

    /// Volts times amperes times the power factor, by phase where currents are, nil where either is missing.
    private mutating func estimatedPower() -> Double? {
        let present = phases(.currentImport, .currentExport)
        if value(.currentImport) == nil && value(.currentExport) == nil {
            guard !present.isEmpty, isWhole(present) else { return nil }
            var power = 0.0
            for phase in present {
                guard let volts = value(.voltage, phase: phase) ?? value(.voltage),
                    let amperes = net(value(.currentImport, phase: phase), value(.currentExport, phase: phase))
                else { return nil }
                power += volts * amperes * (value(.powerFactor, phase: phase) ?? value(.powerFactor) ?? 1)
            }
            return power
        }
        guard let volts = meanVoltage(), let amperes = net(value(.currentImport), value(.currentExport)) else {
            return nil
        }
        return volts * amperes * (value(.powerFactor) ?? 1)
    }

    private func meanVoltage() -> Double? {
        if let total = value(.voltage) { return total }
        let present = phases(.voltage)
        return sum(.voltage).map { $0 / Double(present.count) }
    }

    private mutating func addPhases(
        _ name: String, _ unit: String, _ importing: Measurand, _ exporting: Measurand
    ) {
        for phase in phases(importing, exporting) {
            guard let value = net(value(importing, phase: phase), value(exporting, phase: phase)) else { continue }
            fields.append(("\(name)_l\(phase)_\(unit)", .float(value)))
        }
    }

    private mutating func addOthers() {
        func add(_ name: String, _ value: Double?) {
            if let value { fields.append((name, .float(value))) }
        }
        add("reactive_power_var", netTotal(.powerReactiveImport, .powerReactiveExport))
        add("soc_pct", value(.soc))
        add("voltage_v", meanVoltage())
        for phase in phases(.voltage) { add("voltage_l\(phase)_v", value(.voltage, phase: phase)) }
        add("current_a", netTotal(.currentImport, .currentExport))
        addPhases("current", "a", .currentImport, .currentExport)
        add("frequency_hz", value(.frequency))
    }

    private mutating func addRegisters() {
        for (name, measurand) in [
            ("energy_import_wh", Measurand.energyActiveImportRegister),
            ("energy_export_wh", .energyActiveExportRegister),
        ] {
            guard let value = register(measurand) else { continue }
            if let whole = Int64(exactly: value.rounded()) { fields.append((name, .integer(whole))) }
        }
    }
}
