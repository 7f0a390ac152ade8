import Synchronization

/// Where the engine is in its life; read by the edges, set by the program.
package final class EngineStatus: Sendable {
    /// The phases of a run.
    package enum Phase: String, Sendable {
        /// The log is being replayed.
        case starting
        /// Everything answers.
        case ready
        /// No new work is taken.
        case stopping
    }

    private let phase = Mutex(Phase.starting)

    /// A status that says `starting`.
    package init() {}

    /// The phase now.
    package var current: Phase { phase.withLock { $0 } }

    /// Enters a phase.
    package func enter(_ next: Phase) { phase.withLock { $0 = next } }
}
