import InfluxQL
import LogicalPlan
import Synchronization
import Telemetry
import TimeSeriesStore

/// What EXPLAIN notes of a SELECT: its scans in the order of their planning.
final class QueryTrace: Sendable {
    /// What one scan of one measurement has before it.
    struct Scan: Sendable {
        var measurement: String
        /// The calls that are folded while the scan runs, with the types of their fields.
        var calls: [String]
        /// What is read beside the calls, with types.
        var auxiliary: [String]
        var seriesCount: Int
        var survey: StoreSurvey
        /// Nanoseconds.
        var planning: Int64
        var counter = ScanCounter()
    }

    /// Whether scans are planned and not run.
    let isPlanOnly: Bool
    private let noted = Mutex([Scan]())

    init(isPlanOnly: Bool) { self.isPlanOnly = isPlanOnly }

    /// The scans up to now.
    var scans: [Scan] { noted.withLock { $0 } }

    func note(_ scan: Scan) { noted.withLock { $0.append(scan) } }
}

/// What a scan has read up to now; it is counted once a series.
final class ScanCounter: Sendable {
    private let rows = Atomic(0)
    private let summed = Atomic(0)

    /// Rows that were handed to the folds.
    var rowCount: Int { rows.load(ordering: .relaxed) }
    /// Vectors of fields whose statistics stood for their rows.
    var summedVectorCount: Int { summed.load(ordering: .relaxed) }

    func add(rows count: Int, summedVectors: Int) {
        rows.wrappingAdd(count, ordering: .relaxed)
        if summedVectors > 0 { summed.wrappingAdd(summedVectors, ordering: .relaxed) }
    }
}

extension QueryTrace.Scan {
    init(_ plan: SelectPlan, _ snapshot: StoreSnapshot, planning: () -> Int64) throws {
        measurement = plan.measurement
        calls = plan.calls.map { call in
            let type = call.kind.map { "::" + $0.name } ?? ""
            let share = Int(exactly: call.percentile).map(String.init) ?? String(call.percentile)
            let more = call.function == .percentile ? ", " + share : ""
            return "\(call.function.rawValue)(\(quoteIdentifier(call.field))\(type)\(more))"
        }
        let beside = plan.calls.isEmpty ? plan.stored : plan.stored.filter { plan.auxiliary.contains($0.name) }
        auxiliary = beside.map { quoteIdentifier($0.name) + "::" + $0.kind.name }
        let asked = Set(plan.fields.flatMap { Condition.names($0.expression) })
        let tags = plan.readTags.filter { asked.contains($0) && !plan.unknown.contains($0) }
        auxiliary += tags.sorted().map { quoteIdentifier($0) + "::tag" }
        seriesCount = plan.series.count
        survey = try snapshot.survey(
            measurement: plan.measurement, series: plan.series, times: plan.condition.times, fields: plan.stored)
        self.planning = planning()
    }
}
