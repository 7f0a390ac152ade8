import Bytes
import Codecs
import Telemetry

/// Every codec: the input is a column's values, which must come back bit for bit, and then a few changes to the encoded
/// bytes, which must be refused or read as something else.
///
/// Byte 0: the type and whether rows are absent; bytes 1 to 4: where and how to change the block; the rest: the values.
enum CodecFuzz {
    static func run(_ input: [UInt8]) {
        guard input.count > 6 else { return }
        let kinds = FieldKind.allCases
        let kind = kinds[Int(input[0] & 7) % kinds.count]
        let column = column(kind, input)
        guard column.count > 0 else { return }
        var bounds = Array(stride(from: 0, to: column.count, by: 64 + Int(input[5]) * 3))
        bounds.append(column.count)
        var block: [UInt8] = []
        let encoded = ColumnCodec.encode(column, bounds: bounds, into: &block)
        var decoded = FieldColumn(name: "x", kind: kind)
        do {
            try decode(block, encoded, bounds, into: &decoded)
        } catch {
            preconditionFailure("what was encoded is refused: \(error)")
        }
        precondition(decoded.count == column.count, "another count of rows")
        for row in 0..<column.count {
            precondition(column.isPresent(row) == decoded.isPresent(row), "another bitmap")
            guard column.isPresent(row) else { continue }
            let isSame =
                kind == .string
                ? column.textBytes(row) == decoded.textBytes(row) : column.words[row] == decoded.words[row]
            precondition(isSame, "another value in row \(row)")
        }
        change(&block, encoded.lengths, input)
        var damaged = FieldColumn(name: "x", kind: kind)
        try? decode(block, encoded, bounds, into: &damaged)
        precondition(damaged.count <= column.count, "more rows than there were")
    }

    private static func column(_ kind: FieldKind, _ input: [UInt8]) -> FieldColumn {
        var column = FieldColumn(name: "x", kind: kind)
        let width = [1, 2, 4, 8][Int(input[0] >> 4) & 3]
        var value: UInt64 = 0
        var offset = 6
        while offset + width <= input.count, column.count < 4096 {
            var step: UInt64 = 0
            for index in 0..<width { step |= UInt64(input[offset + index]) << UInt64(index * 8) }
            offset += width
            value = input[0] & 8 == 0 ? step : value &+ step
            if input[0] & 0x40 != 0, step % 5 == 0 {
                column.appendAbsent()
                continue
            }
            switch kind {
            case .float:
                let isDecimal = width < 8
                column.append(.float(isDecimal ? Double(value) / 10 : Double(bitPattern: value)))
            case .integer: column.append(.integer(Int64(bitPattern: value)))
            case .unsigned: column.append(.unsigned(value))
            case .boolean: column.append(.boolean(value & 1 == 1))
            case .string: column.append(.string(String(value % 1_000, radix: 16)))
            }
        }
        return column
    }

    private static func decode(
        _ block: [UInt8], _ encoded: EncodedColumn, _ bounds: [Int], into column: inout FieldColumn
    ) throws {
        var decoder = ColumnDecoder(encoded.tables)
        var offset = 0
        for (vector, length) in encoded.lengths.enumerated() {
            try decoder.decode(
                ByteReader(block, in: offset..<(offset + length)), rowCount: bounds[vector + 1] - bounds[vector],
                encoded.statistics[vector], into: &column)
            offset += length
        }
    }

    /// Changes two bytes behind the checksums, and makes the checksums right again.
    private static func change(_ block: inout [UInt8], _ lengths: [Int], _ input: [UInt8]) {
        guard !block.isEmpty else { return }
        let first = (Int(input[1]) << 8 | Int(input[2])) % block.count
        block[first] ^= input[3]
        block[(first + 1 + Int(input[4])) % block.count] &+= input[4]
        var offset = 0
        for length in lengths {
            if length >= 5 {
                block.replace(CRC32C.checksum(Array(block[(offset + 4)..<(offset + length)])), at: offset)
            }
            offset += length
        }
    }
}
