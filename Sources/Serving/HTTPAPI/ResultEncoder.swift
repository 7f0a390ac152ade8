import Foundation
import LogicalPlan
import Telemetry

/// The unit in which a client wants times, or RFC 3339 text.
enum TimeFormat: Sendable {
    case rfc3339
    /// Whole units since 1970, each of so many nanoseconds.
    case epoch(Int64)

    /// The format of the `epoch` parameter: `ns`, `n`, `u`, `µ`, `ms`, `s`, `m`, `h`; RFC 3339 without it.
    /// Another word means nanoseconds, as in InfluxDB.
    init(parameter: String?) {
        switch parameter {
        case nil, "": self = .rfc3339
        case "u", "µ", "us": self = .epoch(1_000)
        case "ms": self = .epoch(1_000_000)
        case "s": self = .epoch(1_000_000_000)
        case "m": self = .epoch(60_000_000_000)
        case "h": self = .epoch(3_600_000_000_000)
        default: self = .epoch(1)
        }
    }
}

/// Results as InfluxDB's JSON, compact or indented by four blanks.
struct JSONResultEncoder {
    private(set) var bytes: [UInt8] = []
    private let format: TimeFormat
    private let isPretty: Bool
    private var depth = 0
    /// The time zone of the statement that is written, nil for UTC.
    private var zone: TimeZone?

    init(format: TimeFormat, isPretty: Bool) {
        self.format = format
        self.isPretty = isPretty
    }

    /// `{"results":[…]}` and a line feed; `{}` where there is no statement.
    ///
    /// - Parameters:
    ///   - isPartial: whether more of each result follows.
    ///   - isSeriesPartial: whether more of each series follows.
    static func document(
        _ results: [StatementResult], format: TimeFormat, isPretty: Bool, isPartial: Bool = false,
        isSeriesPartial: Bool = false
    ) -> [UInt8] {
        var encoder = JSONResultEncoder(format: format, isPretty: isPretty)
        encoder.object { encoder in
            if results.isEmpty { return }
            encoder.member("results")
            encoder.list(results) { encoder, result in
                encoder.result(result, isPartial: isPartial) { encoder in
                    encoder.list(result.series) { encoder, series in
                        encoder.series(series, rows: 0..<series.rowCount, isPartial: isSeriesPartial)
                    }
                }
            }
        }
        encoder.bytes.append(UInt8(ascii: "\n"))
        return encoder.bytes
    }

    /// `{"error":"…"}` and a line feed.
    static func error(_ message: String, isPretty: Bool) -> [UInt8] {
        var encoder = JSONResultEncoder(format: .rfc3339, isPretty: isPretty)
        encoder.object { encoder in
            encoder.member("error")
            JSONText.append(message, to: &encoder.bytes)
        }
        encoder.bytes.append(UInt8(ascii: "\n"))
        return encoder.bytes
    }

    private mutating func result(
        _ result: StatementResult, isPartial: Bool, _ series: (inout JSONResultEncoder) -> Void
    ) {
        zone = result.timeZone.flatMap { TimeZone(identifier: $0) }
        object { encoder in
            encoder.member("statement_id")
            encoder.text(String(result.statementID))
            if !result.series.isEmpty {
                encoder.member("series")
                series(&encoder)
            }
            if !result.messages.isEmpty {
                encoder.member("messages")
                encoder.list(result.messages) { encoder, message in
                    encoder.object { encoder in
                        encoder.member("level")
                        JSONText.append("warning", to: &encoder.bytes)
                        encoder.member("text")
                        JSONText.append(message, to: &encoder.bytes)
                    }
                }
            }
            if isPartial {
                encoder.member("partial")
                encoder.text("true")
            }
            if let error = result.error {
                encoder.member("error")
                JSONText.append(error, to: &encoder.bytes)
            }
        }
    }

    private mutating func series(_ series: ResultSeries, rows: Range<Int>, isPartial: Bool) {
        object { encoder in
            if !series.name.isEmpty {
                encoder.member("name")
                JSONText.append(series.name, to: &encoder.bytes)
            }
            if !series.tags.isEmpty {
                encoder.member("tags")
                encoder.object { encoder in
                    for tag in series.tags {
                        encoder.member(tag.name)
                        JSONText.append(tag.value, to: &encoder.bytes)
                    }
                }
            }
            encoder.member("columns")
            encoder.list(series.columns) { encoder, column in JSONText.append(column, to: &encoder.bytes) }
            if !rows.isEmpty {
                encoder.member("values")
                if !encoder.isPretty { return encoder.compact(series, rows: rows, isPartial: isPartial) }
                encoder.list(rows) { encoder, row in
                    encoder.list(series.cells) { encoder, cells in encoder.cell(cells, row) }
                }
            }
            encoder.partial(isPartial)
        }
    }

    private mutating func partial(_ isPartial: Bool) {
        guard isPartial else { return }
        member("partial")
        text("true")
    }

    /// The rows of a series without line feeds, and what follows them.
    private mutating func compact(_ series: ResultSeries, rows: Range<Int>, isPartial: Bool) {
        bytes.append(UInt8(ascii: "["))
        // The zone alone is captured: a copy of the encoder would hold the bytes and have them copied with each series.
        let zone = zone
        JSONRows(format: format) { time, bytes in
            bytes.append(contentsOf: Self.quoted(time, in: zone).utf8)
        }.append(series.cells, rows: rows, to: &bytes)
        bytes.append(UInt8(ascii: "]"))
        partial(isPartial)
    }

    private mutating func cell(_ cells: ResultColumn, _ row: Int) {
        switch cells {
        case .times(let times): time(times[row])
        case .values(let values): value(values[row])
        case .field(let column):
            guard column.isPresent(row) else { return text("null") }
            let word = column.words[row]
            switch column.kind {
            case .float: JSONText.append(Double(bitPattern: word), to: &bytes)
            case .integer: JSONText.append(Int64(bitPattern: word), to: &bytes)
            case .unsigned: text(String(word))
            case .boolean: text(word != 0 ? "true" : "false")
            case .string: JSONText.append(column.textBytes(row), to: &bytes)
            }
        }
    }

    private mutating func value(_ value: QueryValue) {
        switch value {
        case .null: text("null")
        case .float(let value): JSONText.append(value, to: &bytes)
        case .integer(let value): JSONText.append(value, to: &bytes)
        case .unsigned(let value): text(String(value))
        case .boolean(let value): text(value ? "true" : "false")
        case .string(let value): JSONText.append(value, to: &bytes)
        case .list(let texts):
            text("[")
            for (place, value) in texts.enumerated() {
                if place > 0 { text(",") }
                JSONText.append(value, to: &bytes)
            }
            text("]")
        case .time(let value): time(value)
        }
    }

    private mutating func time(_ time: Int64) {
        switch format {
        case .rfc3339: text(Self.quoted(time, in: zone))
        // Go divides towards zero.
        case .epoch(let unit): JSONText.append(time / unit, to: &bytes)
        }
    }

    /// A time as RFC 3339 text in quotes.
    private static func quoted(_ time: Int64, in zone: TimeZone?) -> String {
        let offset = zone?.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time) / 1e9)) ?? 0
        return "\"\(Timestamp.format(time, offset: offset))\""
    }

    // MARK: Punctuation

    private mutating func text(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func newline() {
        guard isPretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<(depth * 4) { bytes.append(UInt8(ascii: " ")) }
    }

    private mutating func object(_ body: (inout JSONResultEncoder) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        depth += 1
        body(&self)
        depth -= 1
        if bytes.last != UInt8(ascii: "{") { newline() }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func member(_ name: String) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        newline()
        JSONText.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        if isPretty { bytes.append(UInt8(ascii: " ")) }
    }

    @inline(__always)
    private mutating func list<Elements: Collection>(
        _ elements: Elements, _ body: (inout JSONResultEncoder, Elements.Element) -> Void
    ) {
        bytes.append(UInt8(ascii: "["))
        depth += 1
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            newline()
            body(&self, element)
        }
        depth -= 1
        if !elements.isEmpty { newline() }
        bytes.append(UInt8(ascii: "]"))
    }
}

/// Results as InfluxDB's CSV: a header for each statement and each change of columns, times as integers.
struct CSVResultEncoder {
    private(set) var bytes: [UInt8] = []
    private let unit: Int64
    private var statementID = -1

    init(format: TimeFormat) {
        if case .epoch(let unit) = format { self.unit = unit } else { unit = 1 }
    }

    /// What went wrong with all of a query.
    static func error(_ message: String) -> [UInt8] {
        var encoder = CSVResultEncoder(format: .rfc3339)
        encoder.line(["error"])
        encoder.line([message])
        return encoder.bytes
    }

    /// Appends the rows of a statement; of one that failed InfluxDB's CSV says nothing.
    mutating func append(_ result: StatementResult) {
        guard !result.series.isEmpty else { return }
        var columns: [String]? = statementID == result.statementID ? result.series[0].columns : nil
        if statementID >= 0, statementID != result.statementID { bytes.append(UInt8(ascii: "\n")) }
        for (index, series) in result.series.enumerated() {
            if columns != series.columns {
                if index > 0 { bytes.append(UInt8(ascii: "\n")) }
                line(["name", "tags"] + series.columns)
                columns = series.columns
            }
            let tags = series.tags.filter { !$0.value.isEmpty }.map { "\(escaped($0.name))=\(escaped($0.value))" }
                .joined(separator: ",")
            for row in 0..<series.rowCount { line([series.name, tags] + series.cells.map { text($0[row]) }) }
        }
        statementID = result.statementID
    }

    /// A tag as it stands in a series key.
    private func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            if character == "," || character == " " || character == "=" { result.append("\\") }
            result.append(character)
        }
        return result
    }

    private func text(_ value: QueryValue) -> String {
        switch value {
        case .null, .list: ""
        case .float(let value): plain(value)
        case .integer(let value): String(value)
        case .unsigned(let value): String(value)
        case .boolean(let value): value ? "true" : "false"
        case .string(let value): value
        case .time(let time): String(time / unit)
        }
    }

    /// The shortest digits without an exponent.
    private func plain(_ value: Double) -> String {
        let text = JSONText.number(value)
        guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...]) else {
            return text
        }
        let sign = text.hasPrefix("-") ? "-" : ""
        let mantissa = text[..<mark].filter { $0.isNumber }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + mantissa }
        return sign + mantissa + String(repeating: "0", count: exponent + 1 - mantissa.count)
    }

    private mutating func line(_ cells: [String]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            let needsQuotes = cell.contains { $0 == "," || $0 == "\"" || $0.isNewline } || cell.hasPrefix(" ")
            if needsQuotes {
                bytes.append(
                    contentsOf:
                        "\"\(cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
                        .utf8)
            } else {
                bytes.append(contentsOf: cell.utf8)
            }
        }
        bytes.append(UInt8(ascii: "\n"))
    }
}
