import Bytes
import Codecs
import Telemetry
import Testing

@Suite("Column codec")
struct ColumnCodecTests {
    /// Columns by name: best, typical and worst cases of each type, from one seed.
    static let columns: [FieldColumn] = {
        var random = SplitMix(state: 7)
        var columns: [FieldColumn] = []
        func add(_ name: String, _ kind: FieldKind, _ values: [FieldValue?]) {
            var column = FieldColumn(name: name, kind: kind)
            for value in values { if let value { column.append(value) } else { column.appendAbsent() } }
            columns.append(column)
        }
        let rows = 0..<1024
        add("constant", .float, rows.map { _ in .float(50) })
        add("one decimal", .float, rows.map { _ in .float(Double(Int(random.next() % 22_000)) / 10) })
        add("negative decimals", .float, rows.map { _ in .float(-Double(Int(random.next() % 9_999)) / 1000) })
        add("slow ramp", .float, rows.map { .float(Double(200 + $0) / 10) })
        add("any bits", .float, rows.map { _ in .float(Double(bitPattern: random.next())) })
        add(
            "edge floats", .float,
            [
                .float(-0.0), .float(0), .float(.infinity), .float(-.infinity), .float(.nan),
                .float(Double(bitPattern: 0x7FF8_0000_DEAD_BEEF)), .float(.leastNonzeroMagnitude),
                .float(.greatestFiniteMagnitude), .float(1e22), .float(0.1 + 0.2),
            ])
        add("zeros of both signs", .float, rows.map { .float($0 % 100 == 50 ? -0.0 : Double($0) / 10) })
        add("one value", .float, [.float(1.5)])
        add("gaps", .float, rows.map { $0 % 3 == 0 ? nil : .float(Double($0)) })
        add("nothing", .float, rows.map { _ in nil })
        add("register", .integer, rows.map { .integer(1_000_000 + Int64($0) * 3) })
        add("edge integers", .integer, [.integer(.min), .integer(.max), .integer(0), .integer(-1), .integer(.min)])
        add("any integers", .integer, rows.map { _ in .integer(Int64(bitPattern: random.next())) })
        add("unsigned", .unsigned, [.unsigned(0), .unsigned(.max), .unsigned(1)])
        add("booleans", .boolean, rows.map { _ in .boolean(random.next() & 1 == 1) })
        add("few texts", .string, rows.map { .string(["charging", "idle", "", "faulted"][$0 % 4]) })
        add("many texts", .string, rows.map { .string("transaction \($0) Ä") })
        add("texts with gaps", .string, rows.map { $0 % 2 == 0 ? nil : .string("x\($0)") })
        return columns
    }()

    /// The vectors of a column, cut at `bounds`, and what was said of them.
    private static func encode(_ column: FieldColumn, _ bounds: [Int]) -> (block: [UInt8], encoded: EncodedColumn) {
        var block: [UInt8] = []
        let encoded = ColumnCodec.encode(column, bounds: bounds, into: &block)
        return (block, encoded)
    }

    @Test("every column comes back bit for bit, in one vector and in many", arguments: columns.indices)
    func roundTrip(index: Int) throws {
        let column = Self.columns[index]
        for bounds in [
            [0, column.count], Array(0...column.count),
            [0, 1, 3, 67, 500, 1024].filter { $0 < column.count } + [column.count],
        ] {
            let (block, encoded) = Self.encode(column, bounds)
            var bytes: [UInt8] = []
            encoded.tables.encode(into: &bytes)
            var reader = ByteReader(bytes)
            var decoder = ColumnDecoder(try EntropyTables(from: &reader))
            var decoded = FieldColumn(name: column.name, kind: column.kind)
            var offset = 0
            for (vector, length) in encoded.lengths.enumerated() {
                let rowCount = bounds[vector + 1] - bounds[vector]
                try decoder.decode(
                    ByteReader(block, in: offset..<(offset + length)), rowCount: rowCount, encoded.statistics[vector],
                    into: &decoded)
                offset += length
            }
            #expect(offset == block.count && decoded.count == column.count)
            for row in 0..<column.count {
                #expect(decoded.isPresent(row) == column.isPresent(row))
                guard column.isPresent(row) else { continue }
                if column.kind == .string {
                    #expect(Array(decoded.textBytes(row)) == Array(column.textBytes(row)))
                } else if decoded.words[row] != column.words[row] {
                    Issue.record("row \(row) of \(column.name), \(bounds.count - 1) vectors")
                }
            }
        }
    }

    @Test("what is regular costs next to nothing: a constant, a fixed step, a decimal ramp, and times no byte at all")
    func sizes() {
        for name in ["constant", "register", "slow ramp"] {
            guard let column = Self.columns.first(where: { $0.name == name }) else { continue }
            #expect(Self.encode(column, [0, column.count]).block.count < 24, "\(name)")
        }
        var times: [UInt8] = []
        let regular: [Int64] = (0..<1024).map { 1_700_000_000_000_000_000 + $0 * 5_000_000_000 }
        _ = ColumnCodec.encode(times: regular, bounds: [0, 1024], into: &times)
        #expect(times.isEmpty)
    }

    @Test("times come back: regular, jittered, equal, at both ends of what 64 bits hold")
    func times() throws {
        var random = SplitMix(state: 11)
        let base: Int64 = 1_700_000_000_000_000_000
        let cases: [[Int64]] = [
            (0..<1024).map { base + $0 * 5_000_000_000 },
            (0..<1024).map { base + $0 * 5_000_000_000 + Int64(random.next() % 11) * 1_000_000 },
            (0..<700).map { base + $0 * 5_000_000_000 + Int64(random.next() % 999_999) },
            (0..<300).map { (96 << 30) * ($0 * $0 % 97) - 5 },
            (0..<300).map { 7 * ($0 * $0 % 97) - (1 << 40) },
            [7, 7, 7], [5], [.min, .max], [.min, -1, .max], [.min, 0], [-3, -1, 1, 3],
        ]
        for times in cases {
            var block: [UInt8] = []
            let encoded = ColumnCodec.encode(times: times, bounds: [0, times.count], into: &block)
            var decoder = ColumnDecoder(encoded.tables)
            var decoded: [Int64] = []
            try decoder.decode(
                ByteReader(block), rowCount: times.count, in: (times.min() ?? 0)...(times.max() ?? 0), into: &decoded)
            #expect(decoded == times)
        }
    }

    @Test("jittered times cost about their entropy: 11 steps of a millisecond are 3.46 bits")
    func jitter() {
        var random = SplitMix(state: 5)
        let times = (0..<16_384).map { Int64($0) * 5_000_000_000 + Int64(random.next() % 11) * 1_000_000 }
        var block: [UInt8] = []
        _ = ColumnCodec.encode(times: times, bounds: Array(stride(from: 0, through: 16_384, by: 1024)), into: &block)
        #expect(Double(block.count) * 8 / 16_384 < 3.46 * 1.08)
    }

    @Test("every flipped bit and every cut is found, and none traps", arguments: [64, 1024])
    func corruption(rowCount: Int) {
        guard let column = Self.columns.first(where: { $0.name == "one decimal" }) else { return }
        let (block, encoded) = Self.encode(column, [0, rowCount])
        #expect(encoded.tables == EntropyTables())
        let noisy = Self.noise(rowCount)
        let (stream, noise) = Self.encode(noisy, [0, rowCount])
        #expect((noise.tables != EntropyTables()) == (rowCount > 512))
        for (block, encoded) in [(block, encoded), (stream, noise)] {
            func decode(_ block: [UInt8]) throws(CorruptBytes) {
                var decoder = ColumnDecoder(encoded.tables)
                var decoded = FieldColumn(name: "x", kind: .float)
                try decoder.decode(ByteReader(block), rowCount: rowCount, encoded.statistics[0], into: &decoded)
            }
            #expect(throws: Never.self) { try decode(block) }
            for position in block.indices {
                for bit in 0..<8 {
                    var damaged = block
                    damaged[position] ^= 1 << UInt8(bit)
                    #expect(throws: CorruptBytes.self) { try decode(damaged) }
                }
                #expect(throws: CorruptBytes.self) { try decode(Array(block[..<position])) }
            }
        }
    }

    @Test("a vector under wrong tables or bytes with a good checksum is refused or read, but never traps")
    func hostile() {
        var random = SplitMix(state: 3)
        let (_, encoded) = Self.encode(Self.noise(1024), [0, 1024])
        for tag: UInt8 in [1, 2, 3, 5, 6] {
            for _ in 0..<300 {
                var body = (0..<(random.next() % 90)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                if tag == 1, !body.isEmpty { body[0] &= 31 }
                var block: [UInt8] = []
                block.appendLittleEndian(CRC32C.checksum([tag] + body))
                block += [tag] + body
                for kind in FieldKind.allCases {
                    var decoder = ColumnDecoder(encoded.tables)
                    var decoded = FieldColumn(name: "x", kind: kind)
                    var statistics = VectorStatistics()
                    statistics.presentCount = random.next() & 1 == 0 ? 64 : 63
                    try? decoder.decode(ByteReader(block), rowCount: 64, statistics, into: &decoded)
                    #expect(decoded.count <= 64)
                }
            }
        }
    }

    @Test("tables that do not add up, or end early, are refused")
    func brokenTables() {
        var bytes: [UInt8] = []
        Self.encode(Self.noise(1024), [0, 1024]).encoded.tables.encode(into: &bytes)
        for end in bytes.indices {
            var cut = ByteReader(Array(bytes[..<end]))
            #expect(throws: CorruptBytes.self) { try EntropyTables(from: &cut) }
        }
        for broken: [UInt8] in [[17], [1, 1, 2], [1, 1, 0x80, 0x20], [1, 129], [1, 1, 1]] {
            var reader = ByteReader(broken)
            #expect(throws: CorruptBytes.self) { try EntropyTables(from: &reader) }
        }
    }

    /// A float that walks by small steps and leaps at times.
    private static func noise(_ rowCount: Int) -> FieldColumn {
        var random = SplitMix(state: 9)
        var column = FieldColumn(name: "x", kind: .float)
        var value = 2300
        for row in 0..<rowCount {
            value += Int(random.next() % 4) + Int(random.next() % 4) - 3
            if row % 97 == 96 { value += 100_000 }
            column.append(.float(Double(value) / 10))
        }
        return column
    }

    @Test("a vector's statistics are those of the present values, and name the rows of the extremes")
    func statistics() throws {
        var column = FieldColumn(name: "x", kind: .float)
        for value: Double? in [nil, 3, -2, nil, 7.5, 1] {
            if let value { column.append(.float(value)) } else { column.appendAbsent() }
        }
        let statistics = Self.encode(column, [0, 6]).encoded.statistics[0]
        #expect(statistics.presentCount == 4 && statistics.minimumRow == 2 && statistics.maximumRow == 4)
        #expect(
            [statistics.minimum, statistics.maximum, statistics.sum, statistics.first, statistics.last]
                .map { Double(bitPattern: $0) } == [-2, 7.5, 9.5, 3, 1])
        var total = statistics
        total.append(statistics, kind: .float, after: 6)
        #expect(total.presentCount == 8 && total.minimumRow == 2 && total.maximumRow == 4)
        #expect(Double(bitPattern: total.sum) == 19)
    }

    @Test("the sum of decimals is rounded once: ten times 0.1 is 1")
    func decimalSum() {
        var column = FieldColumn(name: "x", kind: .float)
        for _ in 0..<10 { column.append(.float(0.1)) }
        #expect(Double(bitPattern: Self.encode(column, [0, 10]).encoded.statistics[0].sum) == 1)
    }

    @Test("statistics come back bit for bit, and a cut is found", arguments: columns.indices)
    func statisticsRoundTrip(index: Int) throws {
        let column = Self.columns[index]
        let statistics = Self.encode(column, [0, column.count]).encoded.statistics[0]
        var bytes: [UInt8] = []
        var before: Int64 = 17
        statistics.encode(kind: column.kind, rowCount: column.count, before: &before, into: &bytes)
        let after = before
        before = 17
        var reader = ByteReader(bytes)
        let decoded = try VectorStatistics(
            kind: column.kind, rowCount: column.count, before: &before, from: &reader)
        #expect(decoded == statistics && reader.remaining == 0 && before == after)
        for end in bytes.indices {
            var cut = ByteReader(Array(bytes[..<end]))
            #expect(throws: CorruptBytes.self) {
                try VectorStatistics(kind: column.kind, rowCount: column.count, before: &before, from: &cut)
            }
        }
    }
}

/// Seeded random words (Steele, Lea, Flood: SplitMix64).
struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
