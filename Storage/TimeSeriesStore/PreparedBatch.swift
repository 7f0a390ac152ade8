import Catalog
import Segments
import SeriesIndex
import Telemetry

/// A batch that has been checked against the schema, with its series numbered and its rows cut into shards.
struct PreparedBatch: Sendable {
    var batch: FrameBatch
    var database: UInt32
    var policy: UInt32
    var parts: [Part]
    var droppedRowCount: Int
    var firstRefusal: FrameError?

    struct Part: Sendable {
        var shard: ShardKey
        var table: FrameTable
        var series: [UInt32]
    }
}

extension Database {
    /// The same for the policy that the batch names.
    mutating func prepare(_ batch: FrameBatch, counters: inout StoreCounters) -> Result<PreparedBatch, FrameError> {
        guard let policy = entry.policy(batch.policy) else {
            return .failure(FrameError(.policyNotFound, "retention policy not found: \(batch.policy ?? "")"))
        }
        return .success(prepare(batch, policy: policy, counters: &counters))
    }

    /// The same for a batch of the log, whose rows were accepted once: a policy that was changed since must not refuse
    /// them. Nil where there is no such policy any more.
    mutating func prepare(replayed batch: FrameBatch, policy number: UInt32) -> PreparedBatch? {
        guard var policy = entry.policies.first(where: { $0.number == number }) else { return nil }
        policy.duration = 0
        var ignored = StoreCounters()
        return prepare(batch, policy: policy, counters: &ignored)
    }

    /// Checks types and retention, numbers the series and cuts the rows into shards; the index grows by what is new.
    mutating func prepare(_ batch: FrameBatch, policy: RetentionPolicy, counters: inout StoreCounters) -> PreparedBatch
    {
        var prepared = PreparedBatch(
            batch: batch, database: entry.number, policy: policy.number, parts: [], droppedRowCount: 0)
        prepared.batch.tables = []
        let oldest = policy.duration == 0 ? Int64.min : batch.arrival - policy.duration
        for table in batch.tables where table.rowCount > 0 {
            var table = checkTypes(table, &prepared, &counters)
            let isTooOld = oldest > .min && table.timestamps.contains { $0 < oldest }
            if isTooOld {
                let kept = (0..<Int32(table.rowCount)).filter { table.timestamps[Int($0)] >= oldest }
                counters.rowsBeyondRetention += table.rowCount - kept.count
                prepared.droppedRowCount += table.rowCount - kept.count
                prepared.firstRefusal =
                    prepared.firstRefusal ?? FrameError(.beyondRetention, "points beyond retention policy")
                table = table.gathered(kept)
            }
            if table.rowCount == 0 { continue }
            prepared.batch.tables.append(table)
            // Numbered before, not in the call: that would hold a copy of the database, and the index be copied whole.
            let series = number(table)
            Self.cut(table, series: series, policy: policy, into: &prepared)
        }
        return prepared
    }

    private mutating func number(_ table: FrameTable) -> [UInt32] {
        var series: [UInt32] = []
        series.reserveCapacity(table.rowCount)
        let bytes = table.keyBytes.span
        for row in 0..<table.rowCount {
            let key = bytes.extracting(table.keyRange(row))
            let (number, isNew) = index.insert(key, measurement: table.measurement)
            if isNew { indexFile.add(series: key, measurement: table.measurement) }
            series.append(number)
        }
        return series
    }

    private static func cut(
        _ table: FrameTable, series: [UInt32], policy: RetentionPolicy, into prepared: inout PreparedBatch
    ) {
        func shard(_ time: Int64) -> ShardKey {
            let start = policy.shardStart(of: time)
            let (end, overflow) = start.addingReportingOverflow(policy.shardDuration)
            return ShardKey(policy: policy.number, start: start, end: overflow ? .max : end)
        }
        let first = shard(table.timestamps[0])
        if table.timestamps.allSatisfy({ $0 >= first.start && $0 < first.end }) {
            prepared.parts.append(.init(shard: first, table: table, series: series))
            return
        }
        var rowsByShard: [ShardKey: [Int32]] = [:]
        for row in 0..<table.rowCount { rowsByShard[shard(table.timestamps[row]), default: []].append(Int32(row)) }
        for (shard, rows) in rowsByShard {
            prepared.parts.append(
                .init(shard: shard, table: table.gathered(rows), series: rows.map { series[Int($0)] }))
        }
    }

    /// Drops the rows with a field of another type than it has, settles the types of new fields, and takes whole
    /// numbers for declared floats.
    private mutating func checkTypes(
        _ table: FrameTable, _ prepared: inout PreparedBatch, _ counters: inout StoreCounters
    ) -> FrameTable {
        var columns: [FieldColumn] = []
        var isDropped: [Bool] = []
        var mustMerge = false
        var isChanged = false
        for column in table.fields {
            guard let known = index.fieldKind(table.measurement, column.name) else {
                index.setField(table.measurement, column.name, column.kind)
                indexFile.add(field: column.name, measurement: table.measurement, kind: column.kind)
                columns.append(column)
                continue
            }
            if known == column.kind {
                mustMerge = mustMerge || columns.contains { $0.name == column.name }
                columns.append(column)
            } else if let converted = convert(column, to: known, measurement: table.measurement) {
                mustMerge = mustMerge || columns.contains { $0.name == column.name }
                columns.append(converted)
                isChanged = true
            } else {
                isChanged = true
                if isDropped.isEmpty { isDropped = [Bool](repeating: false, count: table.rowCount) }
                let before = prepared.droppedRowCount
                for row in 0..<table.rowCount where column.isPresent(row) && !isDropped[row] {
                    isDropped[row] = true
                    prepared.droppedRowCount += 1
                }
                counters.rowsTypeConflict += prepared.droppedRowCount - before
                let refusal = FrameError(
                    .typeConflict,
                    "field type conflict: input field \"\(column.name)\" on measurement \"\(table.measurement)\" is "
                        + "type \(column.kind.name), already exists as type \(known.name)")
                counters.lastTypeConflict = refusal.detail
                prepared.firstRefusal = prepared.firstRefusal ?? refusal
            }
        }
        if !isChanged, !mustMerge { return table }
        var result = table
        result.replaceFields(mustMerge ? Self.mergeDuplicates(columns) : columns)
        if isDropped.isEmpty { return result }
        return result.gathered((0..<Int32(table.rowCount)).filter { !isDropped[Int($0)] })
    }

    private func convert(_ column: FieldColumn, to known: FieldKind, measurement: String) -> FieldColumn? {
        guard known == .float, index.isDeclared(measurement, column.name) else { return nil }
        switch column.kind {
        case .integer: return column.mapped(kind: .float) { Double(Int64(bitPattern: $0)).bitPattern }
        case .unsigned: return column.mapped(kind: .float) { Double($0).bitPattern }
        case .float, .boolean, .string: return nil
        }
    }

    /// Two columns of one name and type, of which each row has at most one, become one.
    private static func mergeDuplicates(_ columns: [FieldColumn]) -> [FieldColumn] {
        var result: [FieldColumn] = []
        for column in columns {
            guard let index = result.firstIndex(where: { $0.name == column.name }) else {
                result.append(column)
                continue
            }
            var merged = FieldColumn(name: column.name, kind: column.kind)
            for row in 0..<column.count { merged.append(row: row, of: column.isPresent(row) ? column : result[index]) }
            result[index] = merged
        }
        return result
    }
}
