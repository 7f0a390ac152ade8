package import Telemetry

/// The derived batch that stores `results` in the telemetry database; derived rows never enter a pipeline again.
///
/// - Parameter arrival: the arrival clock of the batch or tick that gave the results.
package func resultBatch(_ results: [WindowResult], arrival: Int64) -> FrameBatch {
    var encoder = ResultEncoder()
    return encoder.batch(results, arrival: arrival)
}

/// Makes batches of results, and remembers the series keys that it has made for them.
package struct ResultEncoder: Sendable {
    /// What a key follows from, beside the tags of a declared stream.
    private struct Series: Hashable, Sendable {
        let measurement: String
        let name: String
        let windowSeconds: Int64
    }

    /// Keys that are remembered before the memory is emptied.
    private static let keyLimit = 1_000_000
    private var keys: [Series: [UInt8]] = [:]

    /// An encoder that knows no key.
    package init() {}

    /// The derived batch that stores `results`; see `resultBatch`.
    package mutating func batch(_ results: [WindowResult], arrival: Int64) -> FrameBatch {
        var tables: [ResultTable] = []
        var last = 0
        for result in results {
            let measurement = result.measurement
            if last >= tables.count || tables[last].measurement != measurement {
                last = tables.firstIndex { $0.measurement == measurement } ?? tables.count
                if last == tables.count { tables.append(ResultTable(measurement, result.columns)) }
            }
            tables[last].append(result, key: key(of: result, measurement))
        }
        return FrameBatch(
            database: CanonicalNames.telemetryDatabase, arrival: arrival, isDerived: true,
            tables: tables.map { $0.sealed() })
    }

    private mutating func key(of result: WindowResult, _ measurement: String) -> [UInt8] {
        if case .stream = result.values { return SeriesKey.encode(measurement: measurement, tags: result.tags) }
        let series = Series(measurement: measurement, name: result.name, windowSeconds: result.windowSeconds)
        if let known = keys[series] { return known }
        let made = Array(SeriesKey.encode(measurement: measurement, tags: result.tags))
        if keys.count >= Self.keyLimit { keys.removeAll() }
        keys[series] = made
        return made
    }
}

/// A table of results of one measurement, which looks names up once and not for each value.
private struct ResultTable {
    let measurement: String
    private var table: FrameTable
    private let places: [Int]

    init(_ measurement: String, _ columns: [(name: String, kind: FieldKind)]) {
        self.measurement = measurement
        var table = FrameTable(measurement: measurement)
        places = columns.map { table.columnIndex($0.name, $0.kind) }
        self.table = table
    }

    mutating func append(_ result: WindowResult, key: [UInt8]) {
        table.beginRow(keySpan: key.span, timestamp: result.windowStart)
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
