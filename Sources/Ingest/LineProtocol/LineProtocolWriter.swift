package import Telemetry

/// Writes the rows of a batch as line protocol, times in nanoseconds: what `LineProtocolParser` reads back as they were.
package enum LineProtocolWriter {
    /// The lines of all tables, one a row; a row without fields has none.
    package static func encode(_ batch: FrameBatch) -> [UInt8] {
        var bytes: [UInt8] = []
        for table in batch.tables {
            let names = table.fields.map { escaped($0.name) }
            for row in 0..<table.rowCount {
                let start = bytes.count
                bytes += table.key(row)
                var separator = UInt8(ascii: " ")
                for (index, field) in table.fields.enumerated() {
                    guard let value = field[row] else { continue }
                    bytes.append(separator)
                    separator = UInt8(ascii: ",")
                    bytes += names[index]
                    bytes.append(UInt8(ascii: "="))
                    append(value, to: &bytes)
                }
                if separator == UInt8(ascii: " ") {
                    bytes.removeLast(bytes.count - start)
                    continue
                }
                bytes += Array(" \(table.timestamps[row])\n".utf8)
            }
        }
        return bytes
    }

    private static func append(_ value: FieldValue, to bytes: inout [UInt8]) {
        switch value {
        case .float(let value): bytes += Array("\(value)".utf8)
        case .integer(let value): bytes += Array("\(value)i".utf8)
        case .unsigned(let value): bytes += Array("\(value)u".utf8)
        case .boolean(let value): bytes += Array((value ? "true" : "false").utf8)
        case .string(let value):
            bytes.append(UInt8(ascii: "\""))
            for byte in value.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
    }

    private static func escaped(_ name: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            if byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "=") {
                bytes.append(UInt8(ascii: "\\"))
            }
            bytes.append(byte)
        }
        return bytes
    }
}
