import LogicalPlan
import Telemetry

/// Values as MessagePack, each in its shortest form.
///
/// - Source: the MessagePack specification, "Formats".
struct MessagePackWriter {
    private(set) var bytes: [UInt8] = []

    mutating func null() { bytes.append(0xc0) }

    mutating func boolean(_ value: Bool) { bytes.append(value ? 0xc3 : 0xc2) }

    mutating func integer(_ value: Int64) {
        if let small = Int8(exactly: value) {
            if small < -32 { bytes.append(0xd0) }
            bytes.append(UInt8(bitPattern: small))
        } else if let small = Int16(exactly: value) {
            number(0xd1, UInt64(UInt16(bitPattern: small)), 2)
        } else if let small = Int32(exactly: value) {
            number(0xd2, UInt64(UInt32(bitPattern: small)), 4)
        } else {
            number(0xd3, UInt64(bitPattern: value), 8)
        }
    }

    mutating func unsigned(_ value: UInt64) {
        switch value {
        case 0..<128: bytes.append(UInt8(value))
        case 0..<0x100: number(0xcc, value, 1)
        case 0..<0x1_0000: number(0xcd, value, 2)
        case 0..<0x1_0000_0000: number(0xce, value, 4)
        default: number(0xcf, value, 8)
        }
    }

    mutating func float(_ value: Double) { number(0xcb, value.bitPattern, 8) }

    mutating func string(_ text: some Collection<UInt8>) {
        head(text.count, fixed: 0xa0, fixedLimit: 32, 0xd9)
        bytes.append(contentsOf: text)
    }

    mutating func string(_ text: String) { string(text.utf8) }

    mutating func array(_ count: Int) { head(count, fixed: 0x90, fixedLimit: 16, 0xdc) }

    mutating func map(_ count: Int) { head(count, fixed: 0x80, fixedLimit: 16, 0xde) }

    /// A time as extension 5: seconds (8) and nanoseconds (4), big-endian, as InfluxDB writes it.
    mutating func time(_ nanoseconds: Int64) {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        bytes += [0xc7, 12, 5]
        bigEndian(UInt64(bitPattern: rest < 0 ? seconds - 1 : seconds), 8)
        bigEndian(UInt64(rest < 0 ? rest + 1_000_000_000 : rest), 4)
    }

    /// A length: in the tag itself where it is short, else behind one of 8 (texts alone), 16 or 32 bits.
    private mutating func head(_ count: Int, fixed: UInt8, fixedLimit: Int, _ tag: UInt8) {
        if count < fixedLimit {
            bytes.append(fixed | UInt8(count))
        } else if tag == 0xd9, count < 0x100 {
            number(tag, UInt64(count), 1)
        } else {
            let wide = tag == 0xd9 ? tag + 1 : tag
            if count < 0x1_0000 { number(wide, UInt64(count), 2) } else { number(wide + 1, UInt64(count), 4) }
        }
    }

    private mutating func number(_ tag: UInt8, _ value: UInt64, _ byteCount: Int) {
        bytes.append(tag)
        bigEndian(value, byteCount)
    }

    private mutating func bigEndian(_ value: UInt64, _ byteCount: Int) {
        for shift in stride(from: (byteCount - 1) * 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }
}

/// Results as InfluxDB's MessagePack: the maps of its JSON, times as extension 5 or as whole numbers.
struct MessagePackResultEncoder {
    private var writer = MessagePackWriter()
    private let format: TimeFormat

    private init(format: TimeFormat) { self.format = format }

    /// `{"error": …}`.
    static func error(_ message: String) -> [UInt8] {
        var writer = MessagePackWriter()
        writer.map(1)
        writer.string("error")
        writer.string(message)
        return writer.bytes
    }

    /// `{"results": […]}`; the flags say whether more of each result and of each series follows.
    static func document(
        _ results: [StatementResult], format: TimeFormat, isPartial: Bool = false, isSeriesPartial: Bool = false
    ) -> [UInt8] {
        var encoder = MessagePackResultEncoder(format: format)
        encoder.writer.map(1)
        encoder.writer.string("results")
        encoder.writer.array(results.count)
        for result in results { encoder.result(result, isPartial: isPartial, isSeriesPartial: isSeriesPartial) }
        return encoder.writer.bytes
    }

    private mutating func result(_ result: StatementResult, isPartial: Bool, isSeriesPartial: Bool) {
        if let error = result.error {
            // InfluxDB leaves the statement's number out here.
            writer.map(1)
            writer.string("error")
            writer.string(error)
            return
        }
        writer.map(2 + (result.messages.isEmpty ? 0 : 1) + (isPartial ? 1 : 0))
        writer.string("statement_id")
        writer.integer(Int64(result.statementID))
        if !result.messages.isEmpty {
            writer.string("messages")
            writer.array(result.messages.count)
            for message in result.messages {
                writer.map(2)
                writer.string("level")
                writer.string("warning")
                writer.string("text")
                writer.string(message)
            }
        }
        writer.string("series")
        writer.array(result.series.count)
        for series in result.series { self.series(series, isPartial: isSeriesPartial) }
        if isPartial {
            writer.string("partial")
            writer.boolean(true)
        }
    }

    private mutating func series(_ series: ResultSeries, isPartial: Bool) {
        writer.map(2 + (series.name.isEmpty ? 0 : 1) + (series.tags.isEmpty ? 0 : 1) + (isPartial ? 1 : 0))
        if !series.name.isEmpty {
            writer.string("name")
            writer.string(series.name)
        }
        if !series.tags.isEmpty {
            writer.string("tags")
            writer.map(series.tags.count)
            for tag in series.tags {
                writer.string(tag.name)
                writer.string(tag.value)
            }
        }
        writer.string("columns")
        writer.array(series.columns.count)
        for column in series.columns { writer.string(column) }
        writer.string("values")
        writer.array(series.rowCount)
        for row in 0..<series.rowCount {
            writer.array(series.cells.count)
            for cells in series.cells { cell(cells, row) }
        }
        if isPartial {
            writer.string("partial")
            writer.boolean(true)
        }
    }

    private mutating func cell(_ cells: ResultColumn, _ row: Int) {
        switch cells {
        case .times(let times): time(times[row])
        case .values(let values): value(values[row])
        case .field(let column):
            if column.isPresent(row), column.kind == .string {
                writer.string(column.textBytes(row))
            } else {
                value(QueryValue(column, row))
            }
        }
    }

    private mutating func value(_ value: QueryValue) {
        switch value {
        case .null: writer.null()
        case .float(let value): writer.float(value)
        case .integer(let value): writer.integer(value)
        case .unsigned(let value): writer.unsigned(value)
        case .boolean(let value): writer.boolean(value)
        case .string(let value): writer.string(value)
        case .list(let texts):
            writer.array(texts.count)
            for text in texts { writer.string(text) }
        case .time(let value): time(value)
        }
    }

    private mutating func time(_ time: Int64) {
        switch format {
        case .rfc3339: writer.time(time)
        case .epoch(let unit): writer.integer(time / unit)
        }
    }
}
