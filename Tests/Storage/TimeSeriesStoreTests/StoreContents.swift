import FileIO
import Segments
import SeriesIndex
import Telemetry
import TimeSeriesStore

/// The rows of measurement `m` of a database `db`: tag, time, field.
typealias StoreRows = [String: [Int64: [String: FieldValue]]]

extension TimeSeriesStore {
    /// Every row of measurement `m`; empty where there is no database `db`.
    func contents() throws -> StoreRows {
        guard database("db") != nil else { return [:] }
        let (series, fields, tags) = try withIndex(of: "db") { index in
            let measurement = index.measurement("m")
            let series = index.series(of: "m")
            return (
                series, (measurement?.fields ?? [:]).map { (name: $0.key, kind: $0.value) },
                series.map { index.tags($0)[0].1 }
            )
        }
        var result: StoreRows = [:]
        let snapshot = try snapshot(database: "db", policy: nil, measurements: ["m"], times: .min ... .max)
        for step in try snapshot.steps(measurement: "m", series: series, times: .min ... .max) {
            try snapshot.scan(measurement: "m", series: step.series, times: step.times, fields: fields) {
                place, slices, _ in
                for slice in slices {
                    for row in slice.rows {
                        for column in slice.columns.compactMap({ $0 }) {
                            if let value = column[row] {
                                result[tags[place], default: [:]][slice.times[row], default: [:]][column.name] = value
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    /// Writes a batch and waits for what becomes of it.
    func write(_ batch: FrameBatch) async -> Result<StoredBatch, FrameError> {
        await withCheckedContinuation { continuation in submit(batch) { continuation.resume(returning: $0) } }
    }
}

/// A batch for measurement `m`, and what the rows become by it.
func batch(of points: [(tag: String, time: Int64, fields: [(String, FieldValue)])], _ rows: inout StoreRows)
    -> FrameBatch
{
    var batch = FrameBatch(database: "db", arrival: 0)
    for point in points {
        batch.append(measurement: "m", tags: [("t", point.tag)], fields: point.fields, timestamp: point.time)
        for (name, value) in point.fields { rows[point.tag, default: [:]][point.time, default: [:]][name] = value }
    }
    batch.seal()
    return batch
}
