import LogicalPlan
import Telemetry

/// Rows as compact JSON, made column by column: each column's cells of some rows as text, then the texts row by row.
///
/// So the type of a column is looked at once for many rows, and a row is put together by copying.
struct JSONRows {
    /// How many rows are made at once: their texts stay in the cache.
    private static let blockRowCount = 512

    /// The texts of one column.
    private struct Texts {
        var bytes: [UInt8] = []
        /// Where each row's text ends.
        var ends: [Int] = []

        mutating func removeAll() {
            bytes.removeAll(keepingCapacity: true)
            ends.removeAll(keepingCapacity: true)
        }
    }

    private let format: TimeFormat
    /// Appends a time, where that takes more than a number.
    private let time: (Int64, inout [UInt8]) -> Void

    /// - Parameter time: appends a time in the client's format.
    init(format: TimeFormat, time: @escaping (Int64, inout [UInt8]) -> Void) {
        (self.format, self.time) = (format, time)
    }

    /// Appends `[cell,…],[cell,…]` for the rows.
    func append(_ cells: [ResultColumn], rows: Range<Int>, to bytes: inout [UInt8]) {
        var texts = [Texts](repeating: Texts(), count: cells.count)
        var from = rows.lowerBound
        while from < rows.upperBound {
            let block = from..<min(rows.upperBound, from + Self.blockRowCount)
            for (index, column) in cells.enumerated() {
                texts[index].removeAll()
                append(column, block, to: &texts[index])
            }
            if from > rows.lowerBound { bytes.append(UInt8(ascii: ",")) }
            Self.interleave(texts, rowCount: block.count, into: &bytes)
            from = block.upperBound
        }
    }

    private static func interleave(_ texts: [Texts], rowCount: Int, into bytes: inout [UInt8]) {
        let capacity = texts.reduce(0) { $0 + $1.bytes.count } + rowCount * (texts.count + 3)
        bytes.reserveCapacity(bytes.count + capacity)
        var starts = [Int](repeating: 0, count: texts.count)
        for row in 0..<rowCount {
            bytes.append(row == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
            if row > 0 { bytes.append(UInt8(ascii: "[")) }
            for index in texts.indices {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                let end = texts[index].ends[row]
                bytes.append(contentsOf: texts[index].bytes[starts[index]..<end])
                starts[index] = end
            }
            bytes.append(UInt8(ascii: "]"))
        }
    }

    private func append(_ column: ResultColumn, _ rows: Range<Int>, to texts: inout Texts) {
        switch column {
        case .times(let times):
            for row in rows {
                append(time: times[row], to: &texts.bytes)
                texts.ends.append(texts.bytes.count)
            }
        case .values(let values):
            for row in rows {
                append(values[row], to: &texts.bytes)
                texts.ends.append(texts.bytes.count)
            }
        case .field(let column):
            let isWhole = column.absent.isEmpty
            for row in rows {
                if isWhole || column.isPresent(row) {
                    Self.append(column, row, to: &texts.bytes)
                } else {
                    texts.bytes.append(contentsOf: "null".utf8)
                }
                texts.ends.append(texts.bytes.count)
            }
        }
    }

    @inline(__always)
    private static func append(_ column: FieldColumn, _ row: Int, to bytes: inout [UInt8]) {
        switch column.kind {
        case .float: JSONText.append(Double(bitPattern: column.words[row]), to: &bytes)
        case .integer: JSONText.append(Int64(bitPattern: column.words[row]), to: &bytes)
        case .unsigned: JSONText.append(column.words[row], to: &bytes)
        case .boolean: bytes.append(contentsOf: (column.words[row] != 0 ? "true" : "false").utf8)
        case .string: JSONText.append(column.textBytes(row), to: &bytes)
        }
    }

    private func append(_ value: QueryValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .float(let value): JSONText.append(value, to: &bytes)
        case .integer(let value): JSONText.append(value, to: &bytes)
        case .unsigned(let value): JSONText.append(value, to: &bytes)
        case .boolean(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .string(let value): JSONText.append(value, to: &bytes)
        case .list(let texts):
            bytes.append(UInt8(ascii: "["))
            for (place, text) in texts.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONText.append(text, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .time(let value): append(time: value, to: &bytes)
        }
    }

    private func append(time: Int64, to bytes: inout [UInt8]) {
        // Go divides towards zero.
        if case .epoch(let unit) = format { JSONText.append(time / unit, to: &bytes) } else { self.time(time, &bytes) }
    }
}
