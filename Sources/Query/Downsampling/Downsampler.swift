import LogicalPlan
package import QueryExecutor
import Synchronization

/// Keeps the levels of all downsampling policies: computes each window once it has ended, and again when late rows have
/// come to it; whoever owns the clock calls `run` again and again.
///
/// Every level is computed from the raw rows, so that a level is as true as they are; a window is only computed again
/// while the raw rows of all of it are kept.
package struct Downsampler: Sendable {
    /// Of so much time the windows are computed together.
    private static let span: Int64 = 3_600_000_000_000
    private static let pause: Int64 = 10_000_000_000

    let engine: QueryEngine
    let progress: DownsamplingProgress

    /// Computes by `engine` what `progress` says is to be done.
    package init(engine: QueryEngine, progress: DownsamplingProgress) {
        self.engine = engine
        self.progress = progress
    }

    /// Brings every level up to `now`, nanoseconds since 1970 UTC; to be called by one task.
    ///
    /// - Parameters:
    ///   - isCancelled: asked between and within queries; what is cut short is done at the next call.
    ///   - noteFailure: gets one line for each stretch that failed.
    package func run(
        now: Int64, isCancelled: @escaping @Sendable () -> Bool = { false }, noteFailure: (String) -> Void = { _ in }
    ) {
        let loss = progress.state.withLock { state in
            defer { state.loss = nil }
            return state.loss
        }
        if let loss { noteFailure("the state of downsampling is lost: \(loss)") }
        for policy in progress.policies {
            for level in policy.levels {
                let job = LevelRun(downsampler: self, policy: policy, level: level, now: now, isCancelled: isCancelled)
                do {
                    try job.run(pause: now + Self.pause, span: max(level.every, Self.span / level.every * level.every))
                } catch {
                    if isCancelled() { return }
                    progress.state.withLock { $0.counters.failures += 1 }
                    noteFailure("downsampling \(DownsamplingProgress.key(policy, level)): \(error)")
                }
            }
        }
        if !isCancelled() { progress.state.withLock { $0.hasPassed = true } }
    }
}
