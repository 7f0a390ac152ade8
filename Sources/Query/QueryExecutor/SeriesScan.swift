import Catalog
import ComputeThreads
import Foundation
import Foundation
import LogicalPlan
import Segments
import SeriesIndex
import Synchronization
import Telemetry
import TimeSeriesStore

/// What a fold can do without.
struct ScanRequest: Sendable {
    /// The rows of each series that will do, nil for all.
    var edge: ScanEdge?
    /// The rows of which statistics will do, nil for none.
    var summary: SummaryRequest?
    /// Whether rows are wanted from the newest on.
    var isDescending = false
}

/// Reads the series of a plan out of a snapshot, on every core where there is much to read.
struct SeriesScan: Sendable {
    /// Asked once: the answer takes reading files.
    private static let coreCount = ProcessInfo.processInfo.activeProcessorCount

    /// Those that fold beside the thread of the query.
    private static let threads = ComputeThreads(name: "scan", count: max(1, coreCount))

    let store: TimeSeriesStore
    let database: String
    var plan: SelectPlan
    let snapshot: StoreSnapshot
    let isCancelled: @Sendable () -> Bool
    /// Where it is counted what is read, for EXPLAIN ANALYZE.
    var counter: ScanCounter?

    /// Folds every series into a state; each core folds a stretch of the series into a state of its own.
    ///
    /// - Parameters:
    ///   - empty: a state that has seen nothing.
    ///   - request: what need not be read.
    ///   - add: takes the rows of one series, its place in the plan, and what its tags are.
    ///   - addSummary: takes what stands for rows that were not read, and the place of their series.
    ///   - merge: takes the state of the series behind.
    func folded<State: Sendable>(
        _ empty: State, _ request: ScanRequest,
        add: @escaping @Sendable (inout State, [RowSlice], Int, (String) -> QueryValue) throws -> Void,
        addSummary: @escaping @Sendable (inout State, VectorSummary, Int) -> Void,
        merge: (inout State, State) -> Void
    ) throws -> State {
        let planned = try snapshot.steps(
            measurement: plan.measurement, series: plan.series, times: plan.condition.times)
        // The stretches of one series come in the order of the answer.
        let isCut = planned.contains { $0.times != plan.condition.times }
        let steps = request.isDescending && isCut ? planned.reversed() : planned
        let cores = max(1, min(steps.count, Self.coreCount))
        if cores == 1 { return try fold(steps[...], empty, request, add, addSummary) }
        let states = Mutex([Result<State, any Error>?](repeating: nil, count: cores))
        Self.threads.perform(cores) { core in
            let part = steps[(steps.count * core / cores)..<(steps.count * (core + 1) / cores)]
            let result = Result { try fold(part, empty, request, add, addSummary) }
            states.withLock { $0[core] = result }
        }
        let results = try states.withLock { try $0.compactMap { try $0?.get() } }
        var state = results[0]
        for other in results.dropFirst() { merge(&state, other) }
        return state
    }

    private func fold<State>(
        _ steps: ArraySlice<ScanStep>, _ empty: State, _ request: ScanRequest,
        _ add: (inout State, [RowSlice], Int, (String) -> QueryValue) throws -> Void,
        _ addSummary: (inout State, VectorSummary, Int) -> Void
    ) throws -> State {
        var state = empty
        let wantsTags = !plan.readTags.isEmpty
        for step in steps {
            if isCancelled() { throw QueryError("query interrupted") }
            let keys = wantsTags ? try tags(of: step.series) : []
            try snapshot.scan(
                measurement: plan.measurement, series: step.series, times: step.times, fields: plan.stored,
                edge: request.edge, summary: request.summary
            ) { place, slices, summaries in
                counter?.add(
                    rows: slices.reduce(0) { $0 + $1.rows.count },
                    summedVectors: summaries.reduce(0) { $0 + $1.columns.count { $0 != nil } })
                for summary in summaries { addSummary(&state, summary, place) }
                if slices.isEmpty { return }
                try add(&state, slices, place) { name in
                    let tag = wantsTags ? keys[place - step.series.startIndex].first { $0.0 == name } : nil
                    return tag.map { .string($0.1) } ?? .null
                }
            }
        }
        return state
    }

    private func tags(of step: ArraySlice<UInt32>) throws -> [[(String, String)]] {
        // Outside the store's lock: a thread that was made nice must not be preempted with it in its hands.
        let index = try store.index(of: database)
        return step.map { index.tags($0) }
    }
}
