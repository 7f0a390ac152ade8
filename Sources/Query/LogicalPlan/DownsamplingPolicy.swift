/// How the rows of a retention policy live on as coarser ones when they themselves are dropped: raw for a week, by the
/// minute for a year, by the quarter of an hour for ever.
package struct DownsamplingPolicy: Equatable, Sendable {
    /// What is kept of the values of a window; each field `f` becomes `count_f`, `sum_f` and so on.
    package enum Function: String, CaseIterable, Equatable, Sendable {
        case count, sum, mean, min, max, first, last
    }

    /// One coarser copy.
    package struct Level: Equatable, Sendable {
        /// The length of its windows, nanoseconds; they lie as those of `GROUP BY time(every)`.
        package var every: Int64
        /// The retention policy that holds it.
        package var retentionPolicy: String
        /// How long it is kept, nanoseconds; 0 for ever.
        package var keep: Int64

        /// A level.
        package init(every: Int64, retentionPolicy: String, keep: Int64) {
            self.every = every
            self.retentionPolicy = retentionPolicy
            self.keep = keep
        }
    }

    /// The database of all levels.
    package var database: String
    /// The retention policy of the raw rows, nil for the database's default one.
    package var retentionPolicy: String?
    /// How long raw rows are kept, nanoseconds; 0 for ever, nil as the retention policy says.
    package var keep: Int64?
    /// The measurements, empty for all.
    package var measurements: [String] = []
    /// What is kept of each window.
    package var functions = Function.allCases
    /// How long after its end a window is computed, nanoseconds: what comes later makes it be computed again.
    package var delay: Int64 = 30_000_000_000
    /// The copies, from fine to coarse.
    package var levels: [Level]

    /// A policy of `database` with all functions over all measurements.
    package init(database: String, levels: [Level]) {
        self.database = database
        self.levels = levels
    }

    /// Whether the rows of a measurement are meant.
    package func covers(_ measurement: String) -> Bool {
        measurements.isEmpty || measurements.contains(measurement)
    }
}
