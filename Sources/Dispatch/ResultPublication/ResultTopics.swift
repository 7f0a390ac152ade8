package import Telemetry

/// A result as MQTT carries it.
package struct RetainedResult: Equatable, Sendable {
    /// Where it is published, see `ResultTopics`.
    package let topic: String
    /// A JSON object: `ts` in ns since 1970 UTC, the start of the window; the tags; then the fields by name.
    package let payload: String
    /// The start of the window and the revision: what decides which of two is newer.
    let order: Order

    struct Order: Comparable, Sendable {
        let time: Int64
        let revision: Int64

        static func < (one: Order, other: Order) -> Bool {
            (one.time, one.revision) < (other.time, other.revision)
        }
    }
}

/// Reads derived batches into retained results.
///
/// | measurement             | topic under the prefix                       |
/// |-------------------------|----------------------------------------------|
/// | `Feeder_Aggregate`      | `feeder/<feeder>/<window>`                   |
/// | `Site_Aggregate`        | `site/<site>/<window>`                       |
/// | `Transformer_Aggregate` | `transformer/<transformer>/<window>`         |
/// | `Fleet_Aggregate`       | `fleet/<window>`                             |
/// | `FCR_Readiness`         | `fcr/<feeder>`                               |
/// | `Fleet_Readiness`       | `fleet/fcr`                                  |
/// | `Transformer_State`     | `transformer/<transformer>/state`            |
/// | `FCR_Audit`             | `audit/<portfolio>/<window>`, without a portfolio `audit/<window>`; a feeder's `audit/<feeder>/<portfolio>/<window>` |
/// | a declared stream's     | `stream/<measurement>/<its tags' values>`    |
package enum ResultTopics {
    /// The results of a batch, in its order.
    ///
    /// - Parameter prefix: what topics begin with, without a slash at its end.
    package static func results(of batch: FrameBatch, prefix: String) -> [RetainedResult] {
        guard batch.isDerived else { return [] }
        return batch.tables.flatMap { table in
            (0..<table.rowCount).map { result(table, $0, prefix) }
        }
    }

    private static func result(_ table: FrameTable, _ row: Int, _ prefix: String) -> RetainedResult {
        let tags = SeriesKey.decode(table.key(row)).tags
        var json = "{\"ts\":\(table.timestamps[row])"
        var revision: Int64 = 0
        for (name, value) in tags { json += ",\(quoted(name)):\(quoted(value))" }
        for column in table.fields {
            guard let value = column[row] else { continue }
            if column.name == "revision", case .integer(let number) = value { revision = number }
            json += ",\(quoted(column.name)):\(text(value))"
        }
        let levels = levels(table.measurement, tags).map(level)
        return RetainedResult(
            topic: prefix + "/" + levels.joined(separator: "/"), payload: json + "}",
            order: .init(time: table.timestamps[row], revision: revision))
    }

    private static func levels(_ measurement: String, _ tags: [(String, String)]) -> [String] {
        let window = tags.filter { $0.0 == "window" }.map(\.1)
        let groups = tags.filter { $0.0 != "window" }.map(\.1)
        return switch measurement {
        case CanonicalNames.feederAggregate: ["feeder"] + groups + window
        case CanonicalNames.siteAggregate: ["site"] + groups + window
        case CanonicalNames.transformerAggregate: ["transformer"] + groups + window
        case CanonicalNames.fleetAggregate: ["fleet"] + groups + window
        case CanonicalNames.fcrReadiness: ["fcr"] + groups
        case CanonicalNames.fleetReadiness: ["fleet", "fcr"]
        case CanonicalNames.transformerState: ["transformer"] + groups + ["state"]
        case CanonicalNames.fcrAudit: ["audit"] + groups + window
        default: ["stream", measurement] + tags.map(\.1)
        }
    }

    /// A name as one level of a topic: what MQTT gives a meaning, and a control character, is written in percent form.
    static func level(_ name: String) -> String {
        var level = ""
        for character in name.unicodeScalars {
            switch character {
            case "/", "+", "#", "%", "\u{0}"..<" ", "\u{7F}"..."\u{9F}":
                for byte in String(character).utf8 {
                    let digits = String(byte, radix: 16, uppercase: true)
                    level += "%" + (digits.count < 2 ? "0" + digits : digits)
                }
            default: level.unicodeScalars.append(character)
            }
        }
        return level
    }

    private static func text(_ value: FieldValue) -> String {
        switch value {
        // JSON has no infinity and no NaN.
        case .float(let number): number.isFinite ? "\(number)" : "null"
        case .integer(let number): "\(number)"
        case .unsigned(let number): "\(number)"
        case .boolean(let flag): "\(flag)"
        case .string(let text): quoted(text)
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case _ where character.value < 0x20:
                let digits = String(character.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(character)
            }
        }
        return out + "\""
    }
}
