import Bytes
import Codecs
import Telemetry
import Testing

@Suite("Column codec, seeded columns")
struct ColumnCodecFuzzTests {
    private var random = SplitMix(state: 0)

    private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

    /// A number of any scale: the walk of a sensor, a step, a leap, a spike, an extreme.
    private mutating func next(after value: Int64, noise: Int64, slope: Int64) -> Int64 {
        switch below(400) {
        case 0: return Int64(bitPattern: random.next())
        case 1: return [.min, .max, 0, -1, 1 << 53, -(1 << 53) - 1, 1 << 21, 1 << 40][below(8)]
        case 2: return value &+ Int64(below(1 << 20)) &* noise
        default: return value &+ slope &+ Int64(bitPattern: random.next()) % noise
        }
    }

    private mutating func column(_ kind: FieldKind, _ rowCount: Int) -> FieldColumn {
        var column = FieldColumn(name: "x", kind: kind)
        let hasGaps = below(3) == 0
        let noise = Int64(1) << Int64(below(24))
        let power = [1, 10, 100, 1000, 7][below(5)]
        var slope: Int64 = 0
        var value = Int64(below(1 << 30))
        for row in 0..<rowCount {
            if row % 200 == 0 { slope = Int64(below(3)) * Int64(below(1000)) }
            if below(5) > 0 || noise > 1 { value = next(after: value, noise: noise, slope: slope) }
            if hasGaps, below(7) == 0 {
                column.appendAbsent()
                continue
            }
            switch kind {
            case .float:
                let odd = below(1500)
                if odd < 4 {
                    let odds = [
                        -0.0, .infinity, -.infinity, Double(bitPattern: 0x7FF8_0000_0000_0000 | random.next() >> 13),
                    ]
                    column.append(.float(odds[odd]))
                } else {
                    column.append(.float(Double(value) / Double(power)))
                }
            case .integer: column.append(.integer(value))
            case .unsigned: column.append(.unsigned(UInt64(bitPattern: value)))
            case .boolean: column.append(.boolean(row / 90 % 2 == 0 || below(50) == 0))
            case .string: column.append(.string("t\(value % [3, 50, 1_000_000][below(30) == 0 ? 2 : 0])"))
            }
        }
        return column
    }

    @Test("any column comes back bit for bit, cut anywhere", arguments: 1...60)
    func roundTrip(seed: Int) throws {
        var me = self
        me.random = SplitMix(state: UInt64(seed))
        for kind in FieldKind.allCases {
            let column = me.column(kind, 1 + me.below(3000))
            var bounds = [0]
            while let last = bounds.last, last < column.count {
                bounds.append(min(column.count, last + 1 + me.below(1024)))
            }
            var block: [UInt8] = []
            let encoded = ColumnCodec.encode(column, bounds: bounds, into: &block)
            var decoder = ColumnDecoder(encoded.tables)
            var decoded = FieldColumn(name: "x", kind: kind)
            var offset = 0
            for (vector, length) in encoded.lengths.enumerated() {
                try decoder.decode(
                    ByteReader(block, in: offset..<(offset + length)), rowCount: bounds[vector + 1] - bounds[vector],
                    encoded.statistics[vector], into: &decoded)
                offset += length
                var bytes: [UInt8] = []
                var (before, after): (Int64, Int64) = (3, 3)
                let rowCount = bounds[vector + 1] - bounds[vector]
                encoded.statistics[vector].encode(kind: kind, rowCount: rowCount, before: &before, into: &bytes)
                var reader = ByteReader(bytes)
                let statistics = try VectorStatistics(
                    kind: kind, rowCount: rowCount, before: &after, from: &reader)
                #expect(statistics == encoded.statistics[vector] && before == after && reader.remaining == 0)
            }
            let isSame = (0..<column.count).allSatisfy { row in
                guard column.isPresent(row) else { return !decoded.isPresent(row) }
                guard decoded.isPresent(row) else { return false }
                return kind == .string
                    ? column.textBytes(row) == decoded.textBytes(row) : column.words[row] == decoded.words[row]
            }
            #expect(decoded.count == column.count && isSame, "\(kind.name)")
        }
    }
}
