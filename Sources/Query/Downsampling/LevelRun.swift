import Catalog
import LogicalPlan
import QueryExecutor
import SeriesIndex
import Synchronization
import TimeSeriesStore

/// Brings one level of a policy up to a time.
struct LevelRun {
    let downsampler: Downsampler
    let policy: DownsamplingPolicy
    let level: DownsamplingPolicy.Level
    let now: Int64
    let isCancelled: @Sendable () -> Bool

    private var progress: DownsamplingProgress { downsampler.progress }
    private var key: String { DownsamplingProgress.key(policy, level) }

    /// - Parameters:
    ///   - pause: when to try again what fails.
    ///   - span: of how much time windows are computed together, a multiple of the level's windows.
    /// - Throws: why a stretch failed; it stays to be done.
    func run(pause: Int64, span: Int64) throws {
        let isPaused = progress.state.withLock { ($0.levels[key]?.pause ?? .min) > now }
        guard !isPaused else { return }
        do {
            guard let raw = try prepared() else { return }
            try advance(raw, span)
            if let failure = repair(raw, span) { throw failure }
        } catch {
            progress.state.withLock { $0.levels[key, default: .init()].pause = pause }
            throw error
        }
    }

    /// Makes the retention policies what is declared; nil while the database is not there.
    private func prepared() throws -> RetentionPolicy? {
        guard let entry = progress.store.database(policy.database) else { return nil }
        guard var raw = entry.policy(policy.retentionPolicy) else {
            throw RollupError("retention policy not found: \(policy.retentionPolicy ?? entry.defaultPolicy)")
        }
        guard !policy.levels.contains(where: { $0.retentionPolicy == raw.name }) else {
            throw RollupError("retention policy \(raw.name) is raw and a level of itself")
        }
        if let keep = policy.keep, raw.duration != keep {
            try alter(raw, keep, shardDuration: keep > 0 && raw.shardDuration > keep ? 0 : nil)
            raw.duration = keep
        }
        if let there = entry.policy(level.retentionPolicy) {
            if there.duration != level.keep { try alter(there, level.keep, shardDuration: 0) }
        } else {
            // Whoever dropped it wanted its rows gone; what the raw rows still tell comes back.
            progress.state.withLock { $0.levels[key] = nil }
            try progress.store.createPolicy(
                level.retentionPolicy, on: policy.database, duration: level.keep, shardDuration: nil, replication: 1,
                isDefault: false)
        }
        return raw
    }

    private func alter(_ policy: RetentionPolicy, _ keep: Int64, shardDuration: Int64?) throws {
        try progress.store.alterPolicy(
            policy.name, on: self.policy.database, duration: keep, shardDuration: shardDuration, replication: nil,
            isDefault: false)
    }

    /// Computes the windows that have ended.
    private func advance(_ raw: RetentionPolicy, _ span: Int64) throws {
        let end = DownsamplingProgress.floor(now - policy.delay, level.every)
        while !isCancelled() {
            let shards = progress.store.shards.filter { $0.database == policy.database && $0.policy == raw.name }
            let known = progress.state.withLock { $0.levels[key]?.finished }
            var start = known ?? end
            if known == nil, let first = shards.map(\.start).min() {
                start = min(end, firstWindow(at: first))
            }
            start = max(start, oldestKept)
            // Where no shard lies there is nothing to look for.
            if !shards.contains(where: { $0.start < start + span && $0.end > start }) {
                let next = shards.map(\.start).filter { $0 >= start }.min() ?? end
                start = max(start, min(end, DownsamplingProgress.floor(next, level.every)))
            }
            let stop = min(end, start.addingReportingOverflow(span).partialValue)
            // What is late is judged by `begun`, which moves before the rows are read: a row that the reading misses is noted.
            progress.state.withLock { state in
                state.levels[key, default: .init()].begun = max(start, stop)
                if known == nil { state.levels[key]?.finished = start }
            }
            if start < stop {
                for measurement in try measurements() {
                    do {
                        try compute(measurement, start..<stop, raw)
                    } catch {
                        if isCancelled() { throw error }
                        // It is tried again with the late ones: one measurement must not hold the others up.
                        putBack(measurement, start..<stop)
                    }
                }
            }
            progress.state.withLock { $0.levels[key]?.finished = max(start, stop) }
            if stop >= end { return }
        }
    }

    /// The first window to compute where nothing is known, the oldest shard of raw rows beginning at `time`.
    ///
    /// Where the level has rows already, a window that began before is left as it is: raw rows of it are gone.
    private func firstWindow(at time: Int64) -> Int64 {
        let isThere = progress.store.shards.contains {
            $0.database == policy.database && $0.policy == level.retentionPolicy && $0.start <= time
        }
        return isThere ? firstWhole(time) : DownsamplingProgress.floor(time, level.every)
    }

    private func putBack(_ measurement: String, _ range: Range<Int64>) {
        progress.state.withLock { state in
            state.levels[key]?.taken = nil
            state.levels[key]?.stale[measurement, default: TimeRanges()].insert(range)
        }
    }

    /// Computes the windows again that late rows have come to, as far as their raw rows and the level's are kept.
    ///
    /// - Returns: why the first measurement failed that did; the others were gone on with.
    private func repair(_ raw: RetentionPolicy, _ span: Int64) -> (any Error)? {
        let oldest = max(raw.duration > 0 ? firstWhole(now - raw.duration) : .min, oldestKept)
        var failure: (any Error)?
        var failed: Set<String> = []
        while !isCancelled(), let (measurement, range) = take(span, except: failed) {
            let start = max(range.lowerBound, oldest)
            if start > range.lowerBound { progress.state.withLock { $0.counters.unrepaired += 1 } }
            do {
                if start < range.upperBound { try compute(measurement, start..<range.upperBound, raw) }
                progress.state.withLock { state in
                    state.levels[key]?.taken = nil
                    if start < range.upperBound { state.counters.recomputed += 1 }
                }
            } catch {
                putBack(measurement, range)
                failed.insert(measurement)
                failure = failure ?? error
            }
        }
        return failure
    }

    /// The start of the first window that begins at `time` or later.
    private func firstWhole(_ time: Int64) -> Int64 {
        let start = DownsamplingProgress.floor(time, level.every)
        return start < time ? start + level.every : start
    }

    private func take(_ span: Int64, except failed: Set<String>) -> (String, Range<Int64>)? {
        progress.state.withLock { state in
            guard let measurement = state.levels[key]?.stale.keys.filter({ !failed.contains($0) }).min(),
                let range = state.levels[key]?.stale[measurement]?.takeFirst(span: span)
            else { return nil }
            if state.levels[key]?.stale[measurement]?.isEmpty == true { state.levels[key]?.stale[measurement] = nil }
            state.levels[key]?.taken = (measurement, range)
            return (measurement, range)
        }
    }

    /// The start of the oldest window that the level still keeps, with one to spare while it is computed.
    private var oldestKept: Int64 {
        level.keep > 0 ? DownsamplingProgress.floor(now - level.keep, level.every) + 2 * level.every : .min
    }

    private func measurements() throws -> [String] {
        guard policy.measurements.isEmpty else { return policy.measurements }
        return try progress.store.index(of: policy.database).measurements.map(\.name)
    }

    private func compute(_ measurement: String, _ range: Range<Int64>, _ raw: RetentionPolicy) throws {
        if isCancelled() { throw RollupError("the engine stops") }
        let text = RollupStatement.text(policy, level, measurement: measurement, raw: raw.name)
        let count = try downsampler.engine.rollUp(text, over: range, isCancelled: isCancelled)
        progress.state.withLock { $0.counters.points += count }
    }
}

/// Why a level could not be brought up to date.
struct RollupError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
