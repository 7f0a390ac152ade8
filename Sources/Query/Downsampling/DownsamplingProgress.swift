import Catalog
package import FileIO
package import LogicalPlan
import Synchronization
package import Telemetry
package import TimeSeriesStore

/// Knows how far the levels of all downsampling policies are, and which of their windows late rows have made stale.
///
/// What is stale is noted as rows become durable, and saved before the log lets go of those rows: after a crash the replay
/// of the log notes them again.
package final class DownsamplingProgress: Sendable {
    /// What there was to do since the start.
    package struct Counters: Sendable, Equatable {
        /// Points written to levels.
        package var points = 0
        /// Stretches of windows computed again for late rows.
        package var recomputed = 0
        /// Stretches that failed and are tried again.
        package var failures = 0
        /// Stretches that stay as they were, since retention has taken raw rows of them.
        package var unrepaired = 0
        /// Stretches that wait.
        package var waiting = 0
    }

    struct LevelState: Sendable {
        /// Windows that end at or before it have been computed or are being computed; nil before the first run.
        var begun: Int64?
        /// Windows that end at or before it have been computed.
        var finished: Int64?
        var stale: [String: TimeRanges] = [:]
        /// What was taken from `stale` and is being computed.
        var taken: (measurement: String, range: Range<Int64>)?
        /// Not before this time, after a failure.
        var pause: Int64 = .min
    }

    struct State: Sendable {
        var levels: [String: LevelState] = [:]
        var position: UInt64 = 0
        var counters = Counters()
        /// Whether every level was looked after once since the start.
        var hasPassed = false
        /// Why the saved state is lost, until it is told.
        var loss: String?
    }

    let policies: [DownsamplingPolicy]
    let store: TimeSeriesStore
    private let file: DownsamplingFile
    let state = Mutex(State())

    /// The progress of `policies`, which are checked, over `store`; its file lies in `directory`.
    package init(
        policies: [DownsamplingPolicy], store: TimeSeriesStore, disk: any Disk, directory: String
    ) {
        self.policies = policies
        self.store = store
        file = DownsamplingFile(disk: disk, directory: directory)
    }

    /// What was done.
    package var counters: Counters {
        state.withLock { state in
            var counters = state.counters
            counters.waiting = state.levels.values.reduce(0) { sum, level in
                sum + level.stale.values.reduce(0) { $0 + $1.ranges.count }
            }
            return counters
        }
    }

    /// False until every level was brought up to date once, or failed to be: retention waits for that long, so that rows
    /// that expired while no engine ran are in the levels before they go.
    package var hasPassed: Bool { policies.isEmpty || state.withLock { $0.hasPassed } }

    /// Reads what was saved; to be called before the log is replayed.
    package func load() {
        guard !policies.isEmpty else { return }
        do {
            guard let saved = try file.load() else { return }
            state.withLock { state in
                state.position = saved.position
                let known = Set(policies.flatMap { policy in policy.levels.map { Self.key(policy, $0) } })
                for (key, level) in saved.levels where known.contains(key) {
                    state.levels[key] = LevelState(
                        begun: level.finished, finished: level.finished, stale: level.stale)
                }
            }
        } catch {
            state.withLock { $0.loss = "\(error); all raw rows are read anew" }
        }
    }

    /// The position up to which batches were noted: a replay may pass over them.
    package var notedPosition: UInt64 { policies.isEmpty ? .max : state.withLock { $0.position } }

    /// Saves which windows are computed and which are stale; to be called before the log lets go of what was noted.
    package func save() throws {
        guard !policies.isEmpty else { return }
        let saved = state.withLock { state in
            SavedProgress(position: state.position, levels: state.levels.compactMapValues(Self.saved))
        }
        try file.save(saved)
    }

    private static func saved(_ level: LevelState) -> SavedProgress.Level? {
        guard let finished = level.finished else { return nil }
        var stale = level.stale
        if let taken = level.taken { stale[taken.measurement, default: TimeRanges()].insert(taken.range) }
        return SavedProgress.Level(finished: finished, stale: stale)
    }

    /// Notes which windows the rows of a durable batch change; to be called in the order of the log.
    ///
    /// - Parameter position: the log's position behind the batch; what was noted before the last `save` is passed over.
    package func note(_ batch: FrameBatch, position: UInt64) {
        guard policies.contains(where: { $0.database == batch.database }) else { return }
        let isOld = state.withLock { state in
            defer { state.position = max(state.position, position) }
            return position <= state.position
        }
        if isOld { return }
        for policy in policies where policy.database == batch.database {
            for table in batch.tables where policy.covers(table.measurement) {
                guard let first = table.timestamps.min(), isLate(first, policy), isRaw(batch, policy) else { continue }
                for level in policy.levels { note(table, policy, level) }
            }
        }
    }

    private func isLate(_ time: Int64, _ policy: DownsamplingPolicy) -> Bool {
        state.withLock { state in
            policy.levels.contains { time < state.levels[Self.key(policy, $0)]?.begun ?? .min }
        }
    }

    /// Whether the batch went to the policy whose rows the levels are made of.
    private func isRaw(_ batch: FrameBatch, _ policy: DownsamplingPolicy) -> Bool {
        guard let entry = store.database(policy.database) else { return false }
        return (batch.policy ?? entry.defaultPolicy) == (policy.retentionPolicy ?? entry.defaultPolicy)
    }

    private func note(_ table: FrameTable, _ policy: DownsamplingPolicy, _ level: DownsamplingPolicy.Level) {
        let key = Self.key(policy, level)
        state.withLock { state in
            guard let begun = state.levels[key]?.begun else { return }
            var last: Int64?
            for time in table.timestamps where time < begun {
                let start = Self.floor(time, level.every)
                if start == last { continue }
                last = start
                let (end, overflow) = start.addingReportingOverflow(level.every)
                guard !overflow else { continue }
                state.levels[key]?.stale[table.measurement, default: TimeRanges()].insert(start..<end)
            }
        }
    }

    /// Names a level with all that its points depend on: another list of functions is another level, which begins anew.
    static func key(_ policy: DownsamplingPolicy, _ level: DownsamplingPolicy.Level) -> String {
        let parts = [
            policy.database, policy.retentionPolicy ?? "", level.retentionPolicy, "\(level.every)",
            policy.functions.map(\.rawValue).joined(separator: ","), policy.measurements.joined(separator: ","),
        ]
        return parts.joined(separator: "/")
    }

    /// The start of the window of `time`, as `GROUP BY time(every)` has it.
    static func floor(_ time: Int64, _ every: Int64) -> Int64 {
        let remainder = time % every
        let start = time.subtractingReportingOverflow(remainder < 0 ? remainder + every : remainder)
        return start.overflow ? .min : start.partialValue
    }
}
