import LogicalPlan
import Telemetry

/// Rows as compact JSON, made column by column: each column's cells of some rows as text, then the texts row by row.
///
/// So the type of a column is looked at once for many rows, and a row is put together by copying.
struct JSONRows {
    /// How many rows are made at once: their texts stay in the cache.
    private static let blockRowCount = 512

    /// Bytes that are copied at once, whatever the length of a text.
    private static let copyByteCount = 16

    /// The texts of all columns of a block, one column behind the other.
    private struct Texts {
        var bytes: [UInt8] = []
        /// Where each text ends: the rows of the first column, then those of the next.
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
        var texts = Texts()
        var from = rows.lowerBound
        while from < rows.upperBound {
            let block = from..<min(rows.upperBound, from + Self.blockRowCount)
            texts.removeAll()
            for column in cells { append(column, block, to: &texts) }
            if from > rows.lowerBound { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: Self.interleaved(&texts, rowCount: block.count, columnCount: cells.count))
            from = block.upperBound
        }
    }

    /// The rows of a block as text, brackets and commas included.
    private static func interleaved(_ texts: inout Texts, rowCount: Int, columnCount: Int) -> [UInt8] {
        // A comma or bracket before each cell, a comma between rows and a bracket behind each; texts are read and written
        // a stretch too far, so both sides have room for that.
        let length = texts.bytes.count + rowCount * (columnCount + 1) + rowCount - 1
        texts.bytes.append(contentsOf: repeatElement(0, count: copyByteCount))
        let ends = texts.ends.span
        return unsafe [UInt8](unsafeUninitializedCapacity: length + copyByteCount) { output, initializedCount in
            unsafe texts.bytes.withUnsafeBytes { source in
                var starts = (0..<columnCount).map { $0 == 0 ? 0 : ends[$0 * rowCount - 1] }
                var place = 0
                for row in 0..<rowCount {
                    if row > 0 {
                        unsafe output[place] = UInt8(ascii: ",")
                        place &+= 1
                    }
                    for column in 0..<columnCount {
                        unsafe output[place] = column == 0 ? UInt8(ascii: "[") : UInt8(ascii: ",")
                        place &+= 1
                        let (start, end) = (starts[column], ends[column &* rowCount &+ row])
                        starts[column] = end
                        var from = start
                        var to = place
                        // `source` and `output` are `copyByteCount` longer than their texts.
                        repeat {
                            unsafe UnsafeMutableRawPointer(output.baseAddress.unsafelyUnwrapped + to).storeBytes(
                                of: source.loadUnaligned(fromByteOffset: from, as: SIMD16<UInt8>.self),
                                as: SIMD16<UInt8>.self)
                            from &+= copyByteCount
                            to &+= copyByteCount
                        } while from < end
                        place &+= end &- start
                    }
                    unsafe output[place] = UInt8(ascii: "]")
                    place &+= 1
                }
                initializedCount = place
            }
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
        case .field(let column) where column.kind == .string: Self.append(texts: column, rows, to: &texts)
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

    /// Appends strings, without a slice of the column for each.
    private static func append(texts column: FieldColumn, _ rows: Range<Int>, to texts: inout Texts) {
        let ends = column.words.span
        unsafe column.text.withUnsafeBufferPointer { source in
            for row in rows {
                if column.isPresent(row) {
                    // Ends ascend and none is behind the text: what a column holds to.
                    let range = (row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row])
                    unsafe JSONText.append(UnsafeBufferPointer(rebasing: source[range]), to: &texts.bytes)
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
