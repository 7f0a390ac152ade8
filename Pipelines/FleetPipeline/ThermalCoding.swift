import Bytes
import Telemetry
import TransformerThermal

/// Transformers in a checkpoint, written; `FleetCheckpoint` has the layout.
extension [UInt8] {
    mutating func append(ambients: [Int32: [AmbientPoint]]) {
        appendVarint(UInt64(ambients.count))
        for (group, points) in ambients.sorted(by: { $0.key < $1.key }) {
            appendVarint(UInt64(group))
            appendVarint(UInt64(points.count))
            for point in points {
                appendZigZag(point.time)
                append(double: point.celsius)
            }
        }
    }

    mutating func append(_ thermal: ThermalHistory) {
        appendVarint(UInt64(thermal.group))
        append(thermal.plate) { bytes, plate in bytes.append(plate: plate) }
        append(thermal.base)
        appendZigZag(thermal.baseEnd == nil ? 0 : 1)
        appendZigZag(thermal.baseEnd ?? 0)
        append(optional: thermal.baseAdmissible)
        append(thermal.isDirty ? 1 : 0)
        appendVarint(UInt64(thermal.minutes.count))
        for minute in thermal.minutes {
            appendZigZag(minute.start)
            append(minute.run)
            append(minute.row == nil ? 0 : 1)
            if let row = minute.row { append(row) }
            append(optional: minute.admissible)
            append(optional: minute.load)
            append(double: minute.ambientC)
            appendZigZag(Int64(minute.revision))
            append(minute.isDirty ? 1 : 0)
        }
    }

    private mutating func append(optional value: Double?) {
        append(value == nil ? 0 : 1)
        append(double: value ?? 0)
    }

    private mutating func append(plate: Transformer?) {
        append(plate == nil ? 0 : 1)
        guard let plate else { return }
        appendCounted(Array(plate.type.utf8))
        for value in [
            plate.ratedVA, plate.ambientC, plate.backgroundW, plate.powerFactor, plate.ambientSurchargeK,
            plate.hotSpotLimitC, plate.topOilLimitC, plate.loadLimitPU,
        ] { append(double: value) }
        append((plate.hasThermalLimit ? 1 : 0) | (plate.isPaperUpgraded ? 2 : 0))
    }

    private mutating func append(_ run: ThermalRun) {
        append(run.state == nil ? 0 : 1)
        append(double: run.state?.topOilC ?? 0)
        append(double: run.state?.gradientK ?? 0)
        append(double: run.state?.reliefK ?? 0)
        append(double: run.loadPU)
        appendZigZag(Int64(run.gapMinutes))
        append(double: run.lossOfLifeH)
    }

    private mutating func append(_ row: ThermalRow) {
        for value in [
            row.loadPU, row.ambientC, row.topOilC, row.hotSpotC, row.ageingRate, row.lossOfLifeH, row.admissibleLoadPU,
            row.gradientK, row.reliefK,
        ] { append(double: value) }
        append(optional: row.minutesToLimit)
        append((row.isAlarm ? 1 : 0) | (row.isGap ? 2 : 0))
    }
}

/// Transformers in a checkpoint, read.
extension ByteReader {
    fileprivate mutating func optionalDouble() throws(CorruptBytes) -> Double? {
        let isThere = try byte() != 0
        let value = try double()
        return isThere ? value : nil
    }

    fileprivate mutating func plate() throws(CorruptBytes) -> Transformer? {
        guard try byte() != 0 else { return nil }
        let type = try text()
        var plate = Transformer(type: type, ratedVA: try double())
        plate.ambientC = try double()
        plate.backgroundW = try double()
        plate.powerFactor = try double()
        plate.ambientSurchargeK = try double()
        plate.hotSpotLimitC = try double()
        plate.topOilLimitC = try double()
        plate.loadLimitPU = try double()
        let flags = try byte()
        plate.hasThermalLimit = flags & 1 != 0
        plate.isPaperUpgraded = flags & 2 != 0
        return plate
    }

    fileprivate mutating func thermalRun() throws(CorruptBytes) -> ThermalRun {
        let hasState = try byte() != 0
        let state = ThermalState(topOilC: try double(), gradientK: try double(), reliefK: try double())
        let load = try double()
        let gap = try zigZag()
        guard (0...Int64(ThermalRun.gapLimit)).contains(gap) else { throw CorruptBytes("a gap of \(gap) minutes") }
        return ThermalRun(
            state: hasState ? state : nil, loadPU: load, gapMinutes: Int(gap), lossOfLifeH: try double())
    }

    fileprivate mutating func thermalRow() throws(CorruptBytes) -> ThermalRow? {
        guard try byte() != 0 else { return nil }
        var row = ThermalRow(
            loadPU: try double(), ambientC: try double(), topOilC: try double(), hotSpotC: try double(),
            ageingRate: try double(), lossOfLifeH: try double(), admissibleLoadPU: try double(), minutesToLimit: nil,
            isAlarm: false, isGap: false, gradientK: try double(), reliefK: try double())
        row.minutesToLimit = try optionalDouble()
        let flags = try byte()
        row.isAlarm = flags & 1 != 0
        row.isGap = flags & 2 != 0
        return row
    }

    fileprivate mutating func thermal(groupCount: Int) throws(CorruptBytes) -> ThermalHistory {
        var thermal = ThermalHistory(group: try number(of: groupCount))
        thermal.plate = try timeline { reader throws(CorruptBytes) in try reader.plate() }
        thermal.base = try thermalRun()
        let hasBaseEnd = try zigZag() != 0
        let baseEnd = try second()
        thermal.baseEnd = hasBaseEnd ? baseEnd : nil
        thermal.baseAdmissible = try optionalDouble()
        thermal.isDirty = try byte() != 0
        for _ in 0..<(try count(limit: remaining)) {
            var minute = ThermalMinute(start: try second())
            minute.run = try thermalRun()
            minute.row = try thermalRow()
            minute.admissible = try optionalDouble()
            minute.load = try optionalDouble()
            minute.ambientC = try double()
            minute.revision = try revision()
            minute.isDirty = try byte() != 0
            thermal.minutes.append(minute)
        }
        return thermal
    }
}

extension FleetPipeline {
    /// Takes up ambient temperatures and transformers.
    mutating func restoreThermals(_ reader: inout ByteReader) throws(CorruptBytes) {
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let group = try reader.number(of: groups.count)
            var points: [AmbientPoint] = []
            for _ in 0..<(try reader.count(limit: reader.remaining)) {
                points.append(AmbientPoint(time: try reader.zigZag(), celsius: try reader.double()))
            }
            ambients[group] = points
        }
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            repairNumber += 1
            repairs[try reader.second()] = repairNumber
        }
        try restoreAudits(&reader)
        try restoreStreams(&reader)
        for number in 0..<(try reader.count(limit: reader.remaining)) {
            let thermal = try reader.thermal(groupCount: groups.count)
            thermals.append(thermal)
            thermalNumbers[thermal.group] = number
        }
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let group = try reader.number(of: groups.count)
            for _ in 0..<(try reader.count(limit: reader.remaining)) {
                let start = try reader.second()
                thermalRepairs[group, default: [:]][start] = try reader.double()
            }
        }
    }
}
