package import Telemetry

/// The derived batch that stores `results` in the telemetry database; derived rows never enter a pipeline again.
///
/// - Parameter arrival: the arrival clock of the batch or tick that gave the results.
package func resultBatch(_ results: [WindowResult], arrival: Int64) -> FrameBatch {
    var aggregates = ResultTable(CanonicalNames.feederAggregate, FeederAggregate.columns)
    var readiness = ResultTable(CanonicalNames.fcrReadiness, FCRReadiness.columns)
    for result in results {
        switch result.values {
        case .aggregate: aggregates.append(result)
        case .readiness: readiness.append(result)
        }
    }
    let tables = [aggregates.sealed(), readiness.sealed()].filter { $0.rowCount > 0 }
    return FrameBatch(
        database: CanonicalNames.telemetryDatabase, arrival: arrival, isDerived: true, tables: tables)
}

/// A table of results of one measurement, which looks names up once and not for each value.
private struct ResultTable {
    private struct Series: Hashable {
        let feeder: String
        let windowSeconds: Int64
    }

    private var table: FrameTable
    private let places: [Int]
    private var keys: [Series: [UInt8]] = [:]

    init(_ measurement: String, _ columns: [(name: String, kind: FieldKind)]) {
        var table = FrameTable(measurement: measurement)
        places = columns.map { table.columnIndex($0.name, $0.kind) }
        self.table = table
    }

    mutating func append(_ result: WindowResult) {
        let series = Series(feeder: result.feeder, windowSeconds: result.windowSeconds)
        let key = keys[series] ?? SeriesKey.encode(measurement: result.measurement, tags: result.tags)
        keys[series] = key
        table.beginRow(key: key, timestamp: result.windowStart)
        for (column, place) in places.enumerated() {
            if let word = result.word(column) { table.set(place, word: word) }
        }
    }

    /// The table, without the columns in which no row has a value.
    consuming func sealed() -> FrameTable {
        table.seal()
        table.replaceFields(table.fields.filter { $0.presentCount > 0 })
        return table
    }
}
