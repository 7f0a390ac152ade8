/// What a pipeline is told once: how long it waits for readings, and which windows it computes.
package struct PipelineSettings: Sendable, Equatable {
    /// How far the watermark stays behind the highest event time, ns.
    package var disorder: Int64 = 2_000_000_000
    /// How far behind the watermark a reading may lie and still change its windows, ns.
    package var allowedLateness: Int64 = 60_000_000_000
    /// How long no reading may come before the watermark goes on by itself, ns.
    package var idleAfter: Int64 = 10_000_000_000
    /// How far ahead of the arrival clock a reading may lie and still enter the panes, ns.
    package var futureLimit: Int64 = 60_000_000_000
    /// The lengths of the tumbling windows of `Feeder_Aggregate`, whole seconds, ascending.
    package var windows: [Int64] = [1, 60]
    /// How many seconds without any live value are given within one advance of the watermark before the rest of the
    /// gap is skipped (and counted): a point of 1970 beside one of today must not make a row for each second between.
    package var longestQuietS: Int64 = 900
    /// In seconds that end at a multiple of so many the readiness has percentiles over EVSEs; nil for never. Each of them
    /// costs a look at every EVSE.
    package var spreadEvery: Int64? = 60
    /// Which of the built-in operators give results.
    package var operators = BuiltInOperators.all
    /// What single operators are told.
    package var perOperator: [BuiltInOperators: OperatorSettings] = [:]
    /// The windowed aggregates that the user declares.
    package var streams: [StreamDeclaration] = []

    /// Whether tables of a measurement say something to the windows.
    package func reads(_ measurement: String) -> Bool {
        FleetPipeline.reads(measurement) || streams.contains { $0.measurement == measurement }
    }

    /// The defaults.
    package init() {}
}

/// What a pipeline has counted since it was made; a checkpoint carries the counts on.
package struct PipelineCounters: Sendable, Equatable {
    /// Readings that entered the panes, repeats included.
    package var readings: UInt64 = 0
    /// Of those, readings whose EVSE and time were known already.
    package var repeats: UInt64 = 0
    /// Points behind the allowed lateness: their windows wait for repair.
    package var late: UInt64 = 0
    /// Points too far ahead of the arrival clock: their windows wait for repair.
    package var future: UInt64 = 0
    /// Rows without the tag `EVSE_ID`.
    package var withoutEVSE: UInt64 = 0
    /// Results that were given, revisions included.
    package var windowsEmitted: UInt64 = 0
    /// Seconds of long gaps that got no rows (`PipelineSettings.longestQuietS`).
    package var skippedSeconds: UInt64 = 0
    /// Spans of time that were given up because too many waited for repair.
    package var repairsDropped: UInt64 = 0
    /// Spans of time that wait for repair.
    package var repairsPending: UInt64 = 0
    /// EVSEs with readings that no topology knows now.
    package var unknownEVSEs: UInt64 = 0
    /// Feeders of the topology that were never heard.
    package var silentFeeders: UInt64 = 0
    /// EVSEs of the topology that were never heard.
    package var silentEVSEs: UInt64 = 0

    /// All zero.
    package init() {}
}
