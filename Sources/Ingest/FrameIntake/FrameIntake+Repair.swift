import Dispatch
import FleetPipeline
import Segments
import SeriesIndex
import Synchronization
import Telemetry
import TimeSeriesStore

/// Where the repairs stand.
struct RepairState {
    var isRunning = false
    var windows: UInt64 = 0
    var failures: UInt64 = 0
    var lastFailure = ""
}

/// Readings that came too late for the panes, or too early: their windows are computed from the store, in the background.
extension FrameIntake {
    /// Windows that were given again, or for the first time, from the store.
    package var repairedWindowCount: UInt64 { repairState.withLock { $0.windows } }

    /// Repairs that failed and will be tried again, and why the last one did.
    package var repairFailures: (count: UInt64, last: String) {
        repairState.withLock { ($0.failures, $0.lastFailure) }
    }

    /// Begins the next repair unless one runs: one at a time, on a queue of its own.
    func repairLate(now: Int64) {
        guard
            repairState.withLock({ state in
                defer { state.isRunning = true }
                return !state.isRunning
            })
        else { return }
        repairQueue.async { [self] in
            do {
                try repairNext(now: now)
            } catch {
                repairState.withLock { state in
                    state.failures += 1
                    state.lastFailure = "\(error)"
                }
            }
            repairState.withLock { $0.isRunning = false }
        }
    }

    private func repairNext(now: Int64) throws {
        let topology = topology
        let job: (FleetPipeline.Repair, FleetPipeline, Int64)? = state.withLock { state in
            guard let repair = state.pipeline.nextRepair(spanLimit: state.pipeline.repairSpanLimit) else { return nil }
            return (
                repair, state.pipeline.repairing(repair, topology: topology), state.pipeline.repairLookBack
            )
        }
        guard let (repair, prepared, lookBack) = job else {
            if try repairThermal(now: now) { return }
            if try repairAudit(now: now) { return }
            return try repairStream(now: now)
        }
        var pipeline = prepared
        let (from, to) = (repair.from * Timestamp.second, repair.to * Timestamp.second)
        let reader = TelemetryReader(store: store)
        // Of what lies before, the last reading of each series will do; what still holds at the beginning is among it.
        let before = (from - lookBack * Timestamp.second)...(from - 1)
        try reader.forEachTable(CanonicalNames.powerFlow, before, lastOnly: true) { pipeline.apply($0, arrival: .max) }
        // A reading at the very end belongs to the next second.
        try reader.forEachTable(CanonicalNames.powerFlow, from...(to - 1)) { pipeline.apply($0, arrival: .max) }
        let minutes = try reader.thermalMinutes((from - 120 * Timestamp.second)...(to - 1))
        pipeline.freezeThermals(
            minutes.flatMap { name, minutes in
                minutes.map { (transformer: name, start: $0.key, admissiblePU: $0.value.admissibleLoadPU) }
            })
        let (windows, loads) = pipeline.repaired(repair)
        let results = try reader.changed(windows, times: from...(to - 1))
        let changedLoads = ThermalRepair.changed(loads, minutes)
        finish(results, now: now) { pipeline in
            pipeline.noteThermals(changedLoads)
            pipeline.endRepair(repair)
        }
    }

    /// The same for the temperatures of one transformer, from the first minute whose load changed.
    private func repairThermal(now: Int64) throws -> Bool {
        guard var repair = state.withLock({ $0.pipeline.nextThermalRepair() }) else { return false }
        let reader = TelemetryReader(store: store)
        let first = (repair.from - ThermalRepair.lookBack) * Timestamp.second
        let times = first...(repair.to * Timestamp.second - 1)
        let name = repair.transformer
        let minutes = try reader.thermalMinutes(times) { $0 == name }[name] ?? [:]
        let results = try reader.changed(repair.results(minutes), times: times) { key in
            SeriesKey.tag(CanonicalNames.transformerTag, in: key) == name
        }
        let done = repair
        finish(results, now: now) { $0.endRepair(done) }
        return true
    }

    /// Gives the results of a repair, and lets the pipeline know when they are durable.
    func finish(_ results: [WindowResult], now: Int64, _ note: @escaping @Sendable (inout FleetPipeline) -> Void) {
        let end: @Sendable () -> Void = { [self] in
            state.withLock { note(&$0.pipeline) }
            repairState.withLock { $0.windows += UInt64(results.count) }
        }
        if results.isEmpty { end() } else { give(results, arrival: now, whenStored: end) }
    }

    /// Lets the windows know of transformers' minutes that were given behind the checkpoint, as the log is replayed.
    func noteMinutes(_ batch: FrameBatch, _ position: UInt64) {
        for table in batch.tables where table.measurement == CanonicalNames.transformerState {
            state.withLock { state in
                guard position > state.position else { return }
                for row in 0..<table.rowCount {
                    guard let name = SeriesKey.tag(CanonicalNames.transformerTag, in: table.key(row)) else { continue }
                    state.pipeline.noteMinute(table.timestamps[row], of: name)
                }
            }
        }
    }

    /// The same for declared streams, when no window of feeders waits.
    private func repairStream(now: Int64) throws {
        guard let repair = state.withLock({ $0.pipeline.nextStreamRepair() }) else { return }
        let (times, reader) = (repair.times, TelemetryReader(store: store))
        var run = StreamRepair.Run(repair)
        let before = (times.lowerBound - repair.lookBack)...(times.lowerBound - 1)
        let measurement = repair.declaration.measurement
        try reader.forEachTable(measurement, before, lastOnly: true) { run.apply($0) }
        try reader.forEachTable(measurement, times.lowerBound...(times.upperBound - 1)) { run.apply($0) }
        let results = try reader.changed(run.results(), times: times.lowerBound...(times.upperBound - 1))
        finish(results, now: now) { $0.endRepair(repair) }
    }
}

/// Reads the telemetry database as tables.
struct TelemetryReader {
    let store: TimeSeriesStore

    /// Hands out the rows of a measurement within some times, in tables of bounded size.
    ///
    /// - Parameters:
    ///   - lastOnly: of each series only the last stretch of rows up to its last reading with a power.
    ///   - fields: the fields that are read; nil for all.
    ///   - isWanted: which series are read, by their keys; nil for all.
    func forEachTable(
        _ measurement: String, _ times: ClosedRange<Int64>, lastOnly: Bool = false, fields names: Set<String>? = nil,
        where isWanted: ((ArraySlice<UInt8>) -> Bool)? = nil, _ body: (FrameTable) -> Void
    ) throws {
        let (series, fields) = try store.withIndex(of: CanonicalNames.telemetryDatabase) { index in
            let found = index.measurement(measurement)
            var series = index.series(of: measurement)
            if let isWanted { series = series.filter { isWanted(Array(index.key($0))[...]) } }
            let fields = (found?.fields ?? [:]).filter { names?.contains($0.key) ?? true }
            return (series, fields.sorted { $0.key < $1.key }.map { (name: $0.key, kind: $0.value) })
        }
        guard !series.isEmpty else { return }
        let snapshot = try store.snapshot(
            database: CanonicalNames.telemetryDatabase, policy: nil, measurements: [measurement], times: times)
        for step in try snapshot.steps(measurement: measurement, series: series, times: times) {
            let keys = try store.withIndex(of: CanonicalNames.telemetryDatabase) { index in
                step.series.map { Array(index.key($0)) }
            }
            var table = FrameTable(measurement: measurement)
            let places = fields.map { table.columnIndex($0.name, $0.kind) }
            try snapshot.scan(measurement: measurement, series: step.series, times: step.times, fields: fields) {
                index, slices, _ in
                for slice in slices {
                    for row in lastOnly ? Self.lastRows(slices, slice) : slice.rows {
                        table.beginRow(key: keys[index - step.series.startIndex], timestamp: slice.times[row])
                        for (column, place) in zip(slice.columns, places) {
                            guard let column, column.isPresent(row) else { continue }
                            if column.kind == .string {
                                table.set(place, text: Array(column.textBytes(row)))
                            } else {
                                table.set(place, word: column.words[row])
                            }
                        }
                    }
                }
            }
            table.seal()
            body(table)
        }
    }

    /// The rows of the last slice from its last but 64th on: what holds at its end, and a power among them nearly always.
    private static func lastRows(_ slices: [RowSlice], _ slice: RowSlice) -> Range<Int> {
        guard slice.lastTime == slices.last?.lastTime else { return slice.rows.upperBound..<slice.rows.upperBound }
        return max(slice.rows.lowerBound, slice.rows.upperBound - 64)..<slice.rows.upperBound
    }

    /// The minutes of transformers that begin within some times, by transformer and first second.
    func thermalMinutes(
        _ times: ClosedRange<Int64>, where isWanted: @escaping (String) -> Bool = { _ in true }
    ) throws -> [String: [Int64: ThermalRepair.Minute]] {
        var minutes: [String: [Int64: ThermalRepair.Minute]] = [:]
        let isSeries = { (key: ArraySlice<UInt8>) in
            SeriesKey.tag(CanonicalNames.transformerTag, in: key).map(isWanted) ?? false
        }
        try forEachTable(CanonicalNames.transformerState, times, where: isSeries) { table in
            let names = [
                "load_pu", "ambient_c", "top_oil_c", "gradient_k", "relief_k", "loss_of_life_h", "admissible_load_pu",
            ]
            let columns = names.map { table.field($0, kind: .float) }
            let gaps = table.field("gap", kind: .boolean)
            for row in 0..<table.rowCount {
                guard let name = SeriesKey.tag(CanonicalNames.transformerTag, in: table.key(row)) else { continue }
                let values = columns.map { column in
                    column.flatMap { $0.isPresent(row) ? Double(bitPattern: $0.words[row]) : nil }
                }
                guard let load = values[0], let ambient = values[1], let oil = values[2], let life = values[5],
                    let admissible = values[6]
                else { continue }
                minutes[name, default: [:]][table.timestamps[row] / Timestamp.second] = ThermalRepair.Minute(
                    loadPU: load, ambientC: ambient, topOilC: oil, gradientK: values[3], reliefK: values[4],
                    lossOfLifeH: life, admissibleLoadPU: admissible,
                    isGap: gaps.map { $0.isPresent(row) && $0.words[row] != 0 } ?? false)
            }
        }
        return minutes
    }

    private struct StoredKey: Hashable {
        let key: [UInt8]
        let time: Int64
    }

    /// Those of some results that the store does not have like this, each with the revision behind the stored one.
    ///
    /// - Parameter isWanted: which of the stored series can be theirs; nil for all.
    func changed(
        _ results: [WindowResult], times: ClosedRange<Int64>, where isWanted: ((ArraySlice<UInt8>) -> Bool)? = nil
    ) throws -> [WindowResult] {
        var stored: [StoredKey: [String: FieldValue]] = [:]
        for measurement in Set(results.map(\.measurement)) {
            try forEachTable(measurement, times, where: isWanted) { table in
                for row in 0..<table.rowCount {
                    var fields: [String: FieldValue] = [:]
                    for column in table.fields { fields[column.name] = column[row] }
                    stored[StoredKey(key: Array(table.key(row)), time: table.timestamps[row])] = fields
                }
            }
        }
        return results.compactMap { result in
            let key = SeriesKey.encode(measurement: result.measurement, tags: result.tags)
            guard let known = stored[StoredKey(key: Array(key), time: result.windowStart)] else { return result }
            let fields = result.fields
            // Sums of doubles depend on the order of their parts in the last bits; those of feeders are whole numbers.
            let isStream = if case .stream = result.values { true } else { false }
            let isSame = fields.allSatisfy { name, value in
                guard name != "revision", known[name] != value else { return true }
                guard isStream, case .float(let new) = value, case .float(let old)? = known[name] else { return false }
                return abs(new - old) <= 1e-9 * max(1, abs(new), abs(old))
            }
            if isSame, known.count == fields.count { return nil }
            guard case .integer(let revision)? = known["revision"] else { return result }
            return result.withRevision(revision + 1)
        }
    }
}
