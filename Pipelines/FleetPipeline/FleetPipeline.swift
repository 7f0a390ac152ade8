import Bytes
package import Telemetry

/// The windows of one partition: readings in, aggregates of feeders, sites, transformers and the fleet and readiness out.
///
/// How it works, in four steps:
/// 1. A reading is put among its EVSE's points. If it lies ahead of the frontier (the last whole second at or before
///    the watermark) that is all: one reading costs the same whatever the fleet.
/// 2. When the watermark passes the end of a second, each EVSE is asked once what it adds to that second, and the sums
///    are given with revision 0.
/// 3. A late reading takes the old contribution of its EVSE out of the seconds that it touches and puts the new one in.
///    The sums are whole numbers, so this leaves no residue (`Contribution`). Each second that changed is given again
///    with the next revision, once a batch.
/// 4. A window is given a last time, `final`, when the allowed lateness is over, and forgotten.
///
/// Everything that moves it comes from the log: batches, ticks, reloads. So a replay gives the same results in the same
/// order. It holds no clock and does not wait; one task owns it.
package struct FleetPipeline: Sendable {
    /// What it was told.
    package let settings: PipelineSettings
    var watermark = Watermark()
    var product: Timeline<ProductSettings>
    var groups: [GroupState] = []
    var groupNumbers: [GroupKey: Int32] = [:]
    var places: [Place] = []
    var placeNumbers: [Place: Int32] = [:]
    var evses: [EVSEState] = []
    var evseNumbers: [String: Int32] = [:]
    var series: [SeriesPlace] = []
    var seriesTable = ByteKeyTable()
    var defaults: Assignment
    /// All seconds before it were given; nil before the first reading.
    var frontier: Int64?
    /// All seconds before it were given finally.
    var finalFrontier = Int64.min
    /// By lateness of operators that have their own, the second before which they gave all finally.
    var ownFrontiers: [Int64: Int64] = [:]
    /// No reload takes effect before the one that came before it.
    var lastReload = Int64.min
    var dirtyPanes: [PanePlace] = []
    var dirtyWindows: [WindowPlace] = []
    var results: [WindowResult] = []
    var counts = PipelineCounters()
    var scratch: [Contribution] = []
    /// By place, the earliest reading: what comes later lets no group begin.
    var placeBegins: [Int64] = []
    /// By place, an array of it alone.
    var solePlaces: [[Int32]] = []
    /// By place, what its settled EVSEs add to each second.
    var settled: [SettledSum] = []
    /// The EVSEs that are looked at in a second that is not closed yet.
    var visits = VisitQueue()
    /// The sum of words that were read ahead, so that reading them is not left out.
    var touched: Int64 = 0
    /// The streams of the settings, in their order.
    var streams: [StreamOperator] = []
    /// Who has sold reserve, and what the audit goes by.
    var book = AuditBook()
    /// The quarter-hours that wait to be judged again, by their first second, with the number of what noted it last.
    var auditRepairs: [Int64: UInt64] = [:]
    /// The spans that wait for repair, by their first second, with the number of the reading that noted it last.
    var repairs: [Int64: UInt64] = [:]
    var repairNumber: UInt64 = 0
    /// Whether any EVSE ever said more than power and SoC.
    var hasDetails = false
    /// The transformers of the topology, and where each is by its group.
    var thermals: [ThermalHistory] = []
    var thermalNumbers: [Int32: Int] = [:]
    /// By transformer, the minutes whose load came out otherwise when their seconds were computed from the store; the
    /// loads per unit.
    var thermalRepairs: [Int32: [Int64: Double]] = [:]
    /// In a repair the loads of the minutes that were closed.
    var repairedLoads: [ThermalRepair.Load] = []
    /// Ambient temperatures by the group that they are of.
    var ambients: [Int32: [AmbientPoint]] = [:]

    /// Which EVSE and place a series speaks of.
    struct SeriesPlace: Sendable, Equatable {
        /// -1 where the key has no tag `EVSE_ID`.
        var evse: Int32
        var place: Int32
    }

    /// A pane that changed.
    struct PanePlace: Sendable, Equatable {
        var group: Int32
        var second: Int64
    }

    /// A window of more than a second that changed.
    struct WindowPlace: Sendable, Hashable {
        var length: Int
        var group: Int32
        var start: Int64
    }

    /// A pipeline that has seen nothing.
    package init(settings: PipelineSettings = PipelineSettings(), topology: Topology) {
        precondition(settings.windows.allSatisfy { $0 > 0 }, "a window without length")
        precondition(Set(settings.windows).count == settings.windows.count, "a length of windows twice")
        self.settings = settings
        streams = settings.streams.map { StreamOperator($0) }
        product = Timeline(ProductSettings(topology.fcr))
        defaults = Assignment(place: -1, limits: ReserveLimits(topology.defaults))
        _ = groupNumber(.fleet, "")
        adopt(topology, from: .min)
    }

    /// The watermark, ns since 1970 UTC; nil before the first reading.
    package var watermarkValue: Int64? { watermark.value }

    /// What it has counted.
    package var counters: PipelineCounters {
        var counters = counts
        counters.repairsPending = UInt64(
            repairs.count + auditRepairs.count { $0.key + AuditBook.quarterHour <= finalFrontier }
                + thermalRepairs.count + streams.reduce(0) { $0 + $1.repairs.count })
        counters.repairsDropped += streams.reduce(0) { $0 + $1.repairsDropped }
        for group in groups where group.kind == .feeder && group.isInTopology && group.begin == nil {
            counters.silentFeeders += 1
        }
        for evse in evses {
            if evse.assignment.current.place < 0 {
                if !evse.points.isEmpty { counters.unknownEVSEs += 1 }
            } else if evse.points.isEmpty {
                counters.silentEVSEs += 1
            }
        }
        return counters
    }

    /// Whether tables of a measurement say something to the windows.
    package static func reads(_ measurement: String) -> Bool {
        measurement == CanonicalNames.powerFlow || measurement == CanonicalNames.weather
            || AuditBook.reads(measurement)
    }

    /// Takes the rows of one table of a batch; tables of other measurements than those that it reads are passed over.
    ///
    /// - Parameter arrival: the arrival clock that was logged with the batch, ns since 1970 UTC.
    package mutating func apply(_ table: FrameTable, arrival: Int64) {
        for index in streams.indices where streams[index].declaration.measurement == table.measurement {
            streams[index].apply(table, arrival: arrival, settings)
        }
        if table.measurement == CanonicalNames.weather { applyWeather(table, arrival: arrival) }
        if AuditBook.reads(table.measurement) { applyInputs(table, arrival: arrival) }
        guard table.measurement == CanonicalNames.powerFlow else { return }
        let power = NumericColumn(table, Self.powerField)
        let soc = NumericColumn(table, Self.socField)
        let details = DetailColumns(table)
        let newest = min(Watermark.limit, arrival.plus(settings.futureLimit))
        let oldest = oldestAccepted
        defer { if !book.isEmpty, oldest <= newest { applyFrequencies(table, within: oldest...newest) } }
        var numbers: [Int32] = []
        for row in 0..<table.rowCount {
            if row % Self.touchCount == 0 { find(table, from: row, &numbers) }
            let place = series[Int(numbers[row % Self.touchCount])]
            guard place.evse >= 0 else {
                counts.withoutEVSE += 1
                continue
            }
            let point = EVSEPoint(
                time: table.timestamps[row], power: power[row], soc: soc[row], place: place.place)
            let detail = details?.point(row, time: point.time, place: place.place)
            let isDetailed = !(detail?.isEmpty ?? true)
            guard point.isReading || !point.soc.isNaN || isDetailed else { continue }
            if point.time < oldest {
                counts.late += 1
                if point.time >= -Watermark.limit { noteRepair(point.time) }
            } else if point.time > newest {
                counts.future += 1
                if point.time <= Watermark.limit { noteRepair(point.time) }
            } else {
                if point.isReading || !point.soc.isNaN { take(point, of: place.evse) }
                if isDetailed, let detail {
                    hasDetails = true
                    take(detail, of: place.evse)
                }
            }
        }
    }

    /// Finds the series of the next rows, and touches their EVSEs: one after the other each would wait for memory alone.
    private mutating func find(_ table: FrameTable, from start: Int, _ numbers: inout [Int32]) {
        let keys = table.keyBytes.span
        numbers.removeAll(keepingCapacity: true)
        for row in start..<min(start + Self.touchCount, table.rowCount) {
            let (number, isNew) = seriesTable.insert(keys.extracting(table.keyRange(row)))
            if isNew { addSeries(key: table.key(row)) }
            numbers.append(Int32(number))
        }
        touch(numbers.compactMap { series[Int($0)].evse >= 0 ? series[Int($0)].evse : nil }[...])
    }

    /// The time before which a point is late: behind the allowed lateness, or in a second that was given finally under
    /// settings that allowed less. So far from 1970 that arithmetic would overflow all are, whatever the clock.
    var oldestAccepted: Int64 {
        let final = finalFrontier == .min ? .min : finalFrontier * .second
        return max(-Watermark.limit, final, (watermark.value ?? .min).minus(settings.allowedLateness))
    }

    /// Ends a batch: moves the watermark after all of its tables, and gives what changed and what is over.
    package mutating func finishBatch(arrival: Int64) {
        watermark.batchEnded(arrival: arrival, disorder: settings.disorder)
        advance()
        advanceStreams(arrival: arrival)
    }

    /// The arrival clock stands at `now`, as a tick record of the log says.
    package mutating func tick(now: Int64) {
        watermark.tick(now: now, idleAfter: settings.idleAfter)
        advance()
        advanceStreams(arrival: now)
    }

    /// The results since the last call, in order.
    package mutating func takeResults() -> [WindowResult] {
        defer { results = [] }
        return results
    }

    static let powerField = "active_power_w"
    static let socField = "soc_pct"
}

/// A field of a table as doubles; the intake has settled it as float, but whole numbers are read as well.
struct NumericColumn {
    private let kind: FieldKind
    private let words: [UInt64]
    private let absent: [UInt64]
    /// Further columns of the name, of other types.
    private let others: [FieldColumn]

    init(_ table: FrameTable, _ name: String) {
        let columns = table.fields.filter { $0.name == name && [.float, .integer, .unsigned].contains($0.kind) }
        kind = columns.first?.kind ?? .float
        words = columns.first?.words ?? []
        absent = columns.first?.absent ?? []
        others = Array(columns.dropFirst())
    }

    /// Whether the table has no such column.
    var isAbsent: Bool { words.isEmpty && others.isEmpty }

    /// The value of `row`; NaN where there is none that is finite.
    @inline(__always)
    subscript(row: Int) -> Double {
        if row < words.count, absent.isEmpty || absent[row >> 6] & (1 << UInt64(row & 63)) == 0 {
            return Self.value(kind, words[row])
        }
        return others.isEmpty ? .nan : otherValue(row)
    }

    private func otherValue(_ row: Int) -> Double {
        for column in others where column.isPresent(row) { return Self.value(column.kind, column.words[row]) }
        return .nan
    }

    @inline(__always)
    private static func value(_ kind: FieldKind, _ word: UInt64) -> Double {
        let value =
            switch kind {
            case .integer: Double(Int64(bitPattern: word))
            case .unsigned: Double(word)
            default: Double(bitPattern: word)
            }
        return value.isFinite ? value : .nan
    }
}
