import Telemetry
package import TransformerThermal

/// Minutes of a transformer whose load changed long after they were final.
///
/// Its temperatures are a chain: from the first such minute on all are computed again from what the store has of each
/// (load, ambient, and in the row before it the whole state), up to the state that the pipeline goes on from, which
/// takes the end of the chain over. Where an admissible load changed that limits feeders, their seconds are noted.
package struct ThermalRepair: Sendable {
    /// The load of a minute.
    package struct Load: Sendable, Equatable {
        /// The transformer.
        package let transformer: String
        /// Its first second.
        package let start: Int64
        /// Per unit; nil where nobody was heard in it.
        package let loadPU: Double?
    }

    /// What the store has of a minute.
    package struct Minute: Sendable {
        /// The load, held where `isGap`.
        package var loadPU: Double
        /// The air around it, °C.
        package var ambientC: Double
        /// The state at its end; nil where an older program wrote the row.
        package var state: ThermalState?
        /// Life lost since the beginning, hours.
        package var lossOfLifeH: Double
        /// Per unit.
        package var admissibleLoadPU: Double
        /// Whether the load is held, or the first behind a long gap.
        package var isGap: Bool

        /// A minute; the temperatures are °C and K.
        package init(
            loadPU: Double, ambientC: Double, topOilC: Double, gradientK: Double?, reliefK: Double?,
            lossOfLifeH: Double, admissibleLoadPU: Double, isGap: Bool
        ) {
            self.loadPU = loadPU
            self.ambientC = ambientC
            if let gradientK, let reliefK {
                state = ThermalState(topOilC: topOilC, gradientK: gradientK, reliefK: reliefK)
            }
            self.lossOfLifeH = lossOfLifeH
            self.admissibleLoadPU = admissibleLoadPU
            self.isGap = isGap
        }
    }

    /// How long before the first minute a state to begin with is looked for, in seconds.
    package static let lookBack: Int64 = 86_400

    /// The transformer.
    package let transformer: String
    /// The first minute that changed, and the second behind the last that is final.
    package let from: Int64, to: Int64
    let group: Int32
    let plate: Transformer
    let loads: [Int64: Double]
    private var run = ThermalRun()
    private var admissible: Double?
    /// The seconds behind minutes whose admissible load changed.
    private var limited: [Int64] = []

    fileprivate init(_ pipeline: FleetPipeline, group: Int32, plate: Transformer, loads: [Int64: Double], to: Int64) {
        transformer = pipeline.groups[Int(group)].name
        self.group = group
        self.plate = plate
        self.loads = loads
        self.to = to
        from = loads.keys.min() ?? to
    }

    /// Computes the chain again.
    ///
    /// - Parameter minutes: what the store has of each minute from `lookBack` before `from` to `to`, by its first second.
    /// - Returns: the minutes from `from` on, revisions counted from 0.
    package mutating func results(_ minutes: [Int64: Minute]) -> [WindowResult] {
        let begin = minutes.keys.filter { $0 < from && !(minutes[$0]?.isGap ?? true) && minutes[$0]?.state != nil }
            .max()
        if let begin, let minute = minutes[begin] {
            run = ThermalRun(
                state: minute.state, loadPU: minute.loadPU, gapMinutes: 0, lossOfLifeH: minute.lossOfLifeH)
            admissible = minute.admissibleLoadPU
        }
        var ambient = begin.flatMap { minutes[$0]?.ambientC } ?? plate.ambientC + plate.ambientSurchargeK
        var results: [WindowResult] = []
        for start in stride(from: begin.map { $0 + ThermalHistory.minute } ?? from, to: to, by: 60) {
            let stored = minutes[start]
            ambient = stored?.ambientC ?? ambient
            let row = run.minute(loadPU: load(start, minutes), ambientC: ambient, plate.thermalPlate)
            guard let row, start >= from else { continue }
            admissible = row.admissibleLoadPU
            if plate.hasThermalLimit, abs((stored?.admissibleLoadPU ?? .infinity) - row.admissibleLoadPU) > 1e-6 {
                limited.append(start + ThermalHistory.minute)
            }
            results.append(
                WindowResult(
                    kind: .transformer, name: transformer, windowStart: start * .second,
                    windowSeconds: ThermalHistory.minute, revision: 0, isFinal: true, values: .thermal(row)))
        }
        return results
    }

    /// The load of a minute: as it came out in a repair, or as it was; a held one is none.
    private func load(_ start: Int64, _ minutes: [Int64: Minute]) -> Double? {
        if let load = loads[start] { return load }
        guard let stored = minutes[start] else { return nil }
        // The first minute behind a long gap is marked too; before it there is no row.
        return stored.isGap && minutes[start - ThermalHistory.minute] != nil ? nil : stored.loadPU
    }

    /// Those of some loads that are not what the store has.
    package static func changed(_ loads: [Load], _ minutes: [String: [Int64: Minute]]) -> [Load] {
        loads.filter { load in
            guard let new = load.loadPU else { return false }
            guard let stored = minutes[load.transformer]?[load.start] else { return true }
            let isHeld =
                stored.isGap && minutes[load.transformer]?[load.start - ThermalHistory.minute] != nil
            return isHeld || abs(stored.loadPU - new) > 1e-12 * max(1, new)
        }
    }

    fileprivate func end(_ pipeline: inout FleetPipeline) {
        guard let index = pipeline.thermalNumbers[group], let end = pipeline.thermals[index].baseEnd else { return }
        var (run, admissible) = (self.run, self.admissible)
        // What became final meanwhile was computed from the old state.
        let behind = pipeline.thermals[index].finals.filter { $0.start >= to }
        guard Int64(behind.count) * ThermalHistory.minute == end - to else { return }
        for minute in behind {
            let row = run.minute(loadPU: minute.load, ambientC: minute.ambientC, plate.thermalPlate)
            admissible = row?.admissibleLoadPU ?? admissible
        }
        let isNew = pipeline.thermals[index].base != run
        pipeline.thermals[index].base = run
        pipeline.thermals[index].baseAdmissible = admissible
        if isNew { pipeline.thermals[index].isDirty = true }
        for (start, load) in loads where pipeline.thermalRepairs[group]?[start] == load {
            pipeline.thermalRepairs[group]?[start] = nil
        }
        if isNew, let again = behind.first(where: { $0.load != nil }) {
            pipeline.thermalRepairs[group, default: [:]][again.start] = again.load
        }
        if pipeline.thermalRepairs[group]?.isEmpty ?? false { pipeline.thermalRepairs[group] = nil }
        for second in limited where second < pipeline.finalFrontier { pipeline.noteRepair(second: second) }
    }
}

extension FleetPipeline {
    /// In a repair: what the seconds of a minute say of each transformer's load.
    mutating func noteFrozenLoads(_ start: Int64) {
        for thermal in thermals where thermal.isFrozen {
            guard let plate = thermal.plate.value(before: (start + ThermalHistory.minute) * .second),
                groups[Int(thermal.group)].begin != nil
            else { continue }
            repairedLoads.append(
                ThermalRepair.Load(
                    transformer: groups[Int(thermal.group)].name, start: start,
                    loadPU: load(of: thermal.group, plate, from: start)))
        }
    }

    /// Loads that came out otherwise than they were given.
    package mutating func noteThermals(_ loads: [ThermalRepair.Load]) {
        guard settings.operators.contains(.thermal) else { return }
        for load in loads {
            guard let group = groupNumbers[GroupKey(kind: .transformer, name: load.transformer)],
                let value = load.loadPU
            else { continue }
            thermalRepairs[group, default: [:]][load.start] = value
        }
    }

    /// The next transformer whose minutes are to be computed again; nil while windows wait that may change its load.
    package func nextThermalRepair() -> ThermalRepair? {
        for (group, loads) in thermalRepairs.sorted(by: { $0.key < $1.key }) {
            guard let index = thermalNumbers[group], let plate = thermals[index].plate.current,
                let end = thermals[index].baseEnd
            else { continue }
            let known = loads.filter { $0.key < end }
            guard !known.isEmpty else { continue }
            return ThermalRepair(self, group: group, plate: plate, loads: known, to: end)
        }
        return nil
    }

    /// A replay of the log came by a minute that was given: where it is final already a repair may have given it, and the
    /// seconds behind it, which it may limit, are noted.
    ///
    /// The notes that `endRepair` makes go with a crash before the next checkpoint, and the repair, begun again,
    /// finds the minutes in the store as it computes them.
    package mutating func noteMinute(_ start: Int64, of name: String) {
        guard let group = groupNumbers[GroupKey(kind: .transformer, name: name)], let index = thermalNumbers[group],
            thermals[index].plate.current?.hasThermalLimit ?? false
        else { return }
        let second = start.wholeSecond + ThermalHistory.minute
        if second < finalFrontier { noteRepair(second: second) }
    }

    /// The results of a repair are durable: the pipeline goes on from the end of its chain.
    package mutating func endRepair(_ repair: ThermalRepair) { repair.end(&self) }
}
