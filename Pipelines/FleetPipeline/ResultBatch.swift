package import Telemetry

/// The derived batch that stores `results` in the telemetry database; derived rows never enter a pipeline again.
///
/// - Parameter arrival: the arrival clock of the batch or tick that gave the results.
package func resultBatch(_ results: [WindowResult], arrival: Int64) -> FrameBatch {
    var tables: [ResultTable] = []
    for result in results {
        let measurement = result.measurement
        let index = tables.firstIndex { $0.measurement == measurement }
        if index == nil { tables.append(ResultTable(measurement, result.columns)) }
        tables[index ?? tables.count - 1].append(result)
    }
    return FrameBatch(
        database: CanonicalNames.telemetryDatabase, arrival: arrival, isDerived: true,
        tables: tables.map { $0.sealed() })
}

/// A table of results of one measurement, which looks names up once and not for each value.
private struct ResultTable {
    private struct Series: Hashable {
        let name: String
        let windowSeconds: Int64
    }

    let measurement: String
    private var table: FrameTable
    private let places: [Int]
    private var keys: [Series: [UInt8]] = [:]

    init(_ measurement: String, _ columns: [(name: String, kind: FieldKind)]) {
        self.measurement = measurement
        var table = FrameTable(measurement: measurement)
        places = columns.map { table.columnIndex($0.name, $0.kind) }
        self.table = table
    }

    mutating func append(_ result: WindowResult) {
        let series = Series(name: result.name, windowSeconds: result.windowSeconds)
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
