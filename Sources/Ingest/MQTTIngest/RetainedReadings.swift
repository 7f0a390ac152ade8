import Telemetry

/// Old state: what the broker kept for new subscribers.
extension PayloadDecoder {
    /// Takes over the rows of retained readings, those alone that are not older than what is stored.
    mutating func take(_ old: PayloadDecoder, hasNewer: MQTTIngest.NewerCheck) {
        flaws.add(old.flaws)
        guard old.batch.rowCount > 0 else { return }
        let keys = old.batch.tables.flatMap { table in
            (0..<table.rowCount).map {
                MQTTIngest.RowKey(
                    measurement: table.measurement, series: Array(table.key($0)), timestamp: table.timestamps[$0])
            }
        }
        var isOld = hasNewer(keys)[...]
        for table in old.batch.tables {
            for row in 0..<table.rowCount {
                if isOld.popFirst() == true {
                    flaws.count(.retained)
                    continue
                }
                let place = batch.tableIndex(table.measurement)
                batch.tables[place].beginRow(key: table.key(row), timestamp: table.timestamps[row])
                for column in table.fields {
                    if let value = column[row] { batch.tables[place].set(column.name, value) }
                }
            }
        }
    }
}
