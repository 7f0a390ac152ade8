import LineProtocol
import MQTTClient
import Telemetry

/// Payloads of line protocol: what the lines leave out of their tags, the topic fills in.
extension PayloadDecoder {
    /// Adds the rows of a body of lines.
    ///
    /// - Parameter isCertain: whether the publisher said that it is line protocol; else a body of which no line can
    ///   be read is of an unknown type.
    mutating func addLines(_ message: MQTTMessage, _ source: Source, isCertain: Bool) -> MQTTFlaw? {
        guard let precision = TimestampPrecision(parameter: message.precision ?? "") else { return .time }
        var lines = FrameBatch(database: batch.database, arrival: batch.arrival)
        var parser = LineProtocolParser(precision: precision, arrival: batch.arrival)
        let report = parser.parse(message.payload, into: &lines)
        if report.rowCount == 0 {
            if !isCertain { return .type }
            return report.badLineCount > 0 ? .element : .empty
        }
        guard report.rowCount <= Self.elementLimit else { return .size }
        flaws.count(.element, report.badLineCount)
        for table in lines.tables { addRows(of: table, source) }
        return nil
    }

    private mutating func addRows(of table: FrameTable, _ source: Source) {
        var keys: [[UInt8]: [UInt8]] = [:]
        for row in 0..<table.rowCount {
            let time = table.timestamps[row]
            guard time >= 0 else {
                flaws.count(.time)
                continue
            }
            var fields: [(String, FieldValue)] = []
            for column in table.fields {
                guard let value = column[row] else { continue }
                guard isPlausible(column.name, value, table.measurement) else {
                    flaws.count(.range)
                    continue
                }
                fields.append((column.name, value))
            }
            guard !fields.isEmpty else { continue }
            if time > batch.arrival.addingReportingOverflow(Self.futureLimit).partialValue { flaws.count(.future) }
            let written = Array(table.key(row))
            let key = keys[written] ?? filledKey(table.measurement, written, source)
            keys[written] = key
            let place = batch.tableIndex(table.measurement)
            batch.tables[place].beginRow(key: key, timestamp: time)
            for (name, value) in fields { batch.tables[place].set(name, value) }
        }
    }

    /// The key of a line with the tags of the topic and the topology, which comes before the line's own words; a series of an EVSE that no topology knows is
    /// counted, once a message.
    private mutating func filledKey(_ measurement: String, _ written: [UInt8], _ source: Source) -> [UInt8] {
        var tags = SeriesKey.decode(written).tags
        func own(_ name: String) -> String? { tags.first { $0.0 == name }?.1 }
        let evse = own(CanonicalNames.evseTag)
        let known = self.tags(
            source, evse: evse, site: own(CanonicalNames.siteTag), feeder: own(CanonicalNames.feederTag))
        tags.removeAll { tag in known.contains { $0.0 == tag.0 } }
        tags += known
        if source.measurement == CanonicalNames.powerFlow, topology.evses[evse ?? source.device] == nil {
            flaws.count(.unknownEVSE)
        }
        return SeriesKey.encode(measurement: measurement, tags: tags)
    }

    private func isPlausible(_ name: String, _ value: FieldValue, _ measurement: String) -> Bool {
        switch value {
        case .float(let value): Self.isPlausible(name, value, measurement)
        case .integer(let value): Self.isPlausible(name, Double(value), measurement)
        case .unsigned(let value): Self.isPlausible(name, Double(value), measurement)
        case .boolean, .string: true
        }
    }
}
