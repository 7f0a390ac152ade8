/// What may flow through a feeder, in W; infinite where nothing is said.
struct FeederLimits: Sendable, Equatable {
    var importW: Double = .infinity
    var exportW: Double = .infinity
}

/// One feeder: its panes from the first window that can still change to the last second that was given.
///
/// - Invariant: `panes` are those of the seconds `base`, `base + 1`, … up to the pipeline's frontier.
struct FeederState: Sendable {
    /// The tag `Feeder_ID`.
    let name: String
    /// Its limits.
    var limits = Timeline(FeederLimits())
    /// How many EVSEs of the topology hang on it.
    var expected = Timeline<Int64>(0)
    /// Whether the topology names it.
    var isInTopology = false
    /// The time of its first reading; rows begin with the window of it.
    var begin: Int64?
    /// The second of the first pane.
    var base: Int64 = 0
    /// One a second.
    var panes: [Pane] = []
    /// For each length of the settings the windows that are open or can still change, by their first second. Lengths of
    /// one second have none: the panes are they.
    var windows: [[Int64: WindowState]]
    /// The EVSEs that can have hung on it, some perhaps twice.
    var members: [Int32] = []

    init(name: String, windowCount: Int) {
        self.name = name
        windows = [[Int64: WindowState]](repeating: [:], count: windowCount)
    }

    /// A reading, or a hold that moved here, began at `time`.
    mutating func begins(at time: Int64) {
        begin = min(begin ?? time, time)
    }

    /// Whether it has a pane of `second`.
    func hasPane(_ second: Int64) -> Bool {
        second >= base && second - base < Int64(panes.count)
    }

    /// Drops the panes before `second`.
    mutating func forget(before second: Int64) {
        guard second > base, !panes.isEmpty else { return }
        let count = Int(min(second - base, Int64(panes.count)))
        panes.removeFirst(count)
        base += Int64(count)
    }
}
