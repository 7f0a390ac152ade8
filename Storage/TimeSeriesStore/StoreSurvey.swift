import Segments
package import Telemetry

/// What a scan has before it, counted without reading a vector.
package struct StoreSurvey: Sendable, Equatable {
    /// Shards that overlap the times.
    package var shardCount = 0
    /// Rows in memory of the series that are asked for.
    package var memoryRowCount = 0
    /// Segments that hold one of the series at least.
    package var fileCount = 0
    /// Vectors of the series, fields and times, those of the rows' times included.
    package var vectorCount = 0
    /// The bytes of the vectors.
    package var byteCount = 0
    /// The steps in which the series are read.
    package var stepCount = 0
}

extension StoreSnapshot {
    /// Counts what a scan of ascending series would go through.
    package func survey(
        measurement: String, series: [UInt32], times: ClosedRange<Int64>, fields: [(name: String, kind: FieldKind)]
    ) throws -> StoreSurvey {
        var survey = StoreSurvey()
        survey.stepCount = try steps(measurement: measurement, series: series, times: times).count
        let wanted = Set(series)
        for source in sources {
            switch source {
            case .memory(let tables):
                survey.shardCount += 1
                for run in tables[measurement] ?? [] {
                    for (place, number) in run.series.enumerated() where wanted.contains(number) {
                        survey.memoryRowCount += run.starts[place + 1] - run.starts[place]
                    }
                }
            case .segment(let file, _):
                let before = survey.vectorCount
                for group in try groups(of: file) where group.measurement == measurement {
                    guard let span = group.times, span.overlaps(times) else { continue }
                    let found = group.survey(series: series[...], times: times, fields: fields)
                    survey.vectorCount += found.vectorCount
                    survey.byteCount += found.byteCount
                }
                if survey.vectorCount > before { survey.fileCount += 1 }
            }
        }
        return survey
    }
}
