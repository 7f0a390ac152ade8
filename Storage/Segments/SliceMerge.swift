package import Telemetry

/// Brings the parts of one series into one order.
package enum SliceMerge {
    /// Stretches that are shorter than this on average are copied together rather than handed out one by one.
    private static let stretchRowCount = 8

    /// The same rows in time order, each time once: as they are where no part overlaps another, cut into stretches where
    /// parts interleave, else merged; where two have a time, the later part's present fields win.
    ///
    /// - Parameters:
    ///   - parts: oldest source first.
    ///   - hasRepeats: whether a part may have a time twice.
    ///   - fields: names and types of the columns.
    package static func ordered(
        _ parts: [RowSlice], hasRepeats: Bool, fields: [(name: String, kind: FieldKind)]
    ) -> [RowSlice] {
        if parts.isEmpty { return [] }
        if !hasRepeats {
            if parts.count == 1 { return parts }
            let sorted = parts.sorted { $0.firstTime < $1.firstTime }
            if (1..<sorted.count).allSatisfy({ sorted[$0 - 1].lastTime < sorted[$0].firstTime }) { return sorted }
            if let stretches = interleaved(parts) { return stretches }
        }
        return [merged(parts, fields: fields)]
    }

    /// The parts cut into stretches that follow each other in time; nil where two have the same time, or where the
    /// stretches would be short.
    private static func interleaved(_ parts: [RowSlice]) -> [RowSlice]? {
        let limit = parts.reduce(0) { $0 + $1.rows.count } / stretchRowCount
        var heads = parts.map(\.rows.lowerBound)
        var open = Array(parts.indices)
        var stretches: [RowSlice] = []
        while open.count > 1 {
            var first = open[0]
            var (low, next) = (parts[first].times[heads[first]], Int64.max)
            for part in open.dropFirst() {
                let time = parts[part].times[heads[part]]
                if time < low {
                    (first, next, low) = (part, low, time)
                } else {
                    next = min(next, time)
                }
            }
            if low == next || stretches.count >= limit { return nil }
            let end = parts[first].firstRow(behind: heads[first], notBefore: next)
            stretches.append(parts[first].part(heads[first]..<end))
            heads[first] = end
            if end == parts[first].rows.upperBound { open.removeAll { $0 == first } }
        }
        for last in open { stretches.append(parts[last].part(heads[last]..<parts[last].rows.upperBound)) }
        return stretches
    }

    /// A row of a part, by its time.
    private struct Entry {
        var time: Int64
        var part: Int32
        var row: Int32
    }

    private static func merged(_ parts: [RowSlice], fields: [(name: String, kind: FieldKind)]) -> RowSlice {
        var order: [Entry] = []
        order.reserveCapacity(parts.reduce(0) { $0 + $1.rows.count })
        for (index, part) in parts.enumerated() {
            for row in part.rows { order.append(Entry(time: part.times[row], part: Int32(index), row: Int32(row))) }
        }
        order.sort { left, right in
            if left.time != right.time { return left.time < right.time }
            return left.part != right.part ? left.part < right.part : left.row < right.row
        }
        // The entries of each time, which ends where the next begins.
        var ends: [Int] = []
        var times: [Int64] = []
        for (place, entry) in order.enumerated() {
            if let last = times.last, last == entry.time {
                ends[ends.count - 1] = place + 1
            } else {
                times.append(entry.time)
                ends.append(place + 1)
            }
        }
        let columns = fields.indices.map { index in
            let sources = parts.map { $0.columns[index] }
            var column = FieldColumn(name: fields[index].name, kind: fields[index].kind)
            column.reserveCapacity(times.count)
            if column.kind != .string, sources.allSatisfy({ $0?.absent.isEmpty ?? false }) {
                // Each row has a value: the last of each time counts.
                let words = sources.map { $0?.words ?? [] }
                column.append(words: ends.map { words[Int(order[$0 - 1].part)][Int(order[$0 - 1].row)] }[...])
                return column
            }
            var from = 0
            for end in ends {
                let entry = order[from..<end].last { sources[Int($0.part)]?.isPresent(Int($0.row)) ?? false }
                if let entry, let source = sources[Int(entry.part)] {
                    column.append(row: Int(entry.row), of: source)
                } else {
                    column.appendAbsent()
                }
                from = end
            }
            return column
        }
        return RowSlice(times: times, columns: columns, rows: times.indices)
    }
}
