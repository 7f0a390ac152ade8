import Bytes
import Codecs
import Telemetry
import Testing

@Suite("Vector codec")
struct VectorCodecTests {
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

    @Test("every column comes back bit for bit", arguments: columns.indices)
    func roundTrip(index: Int) throws {
        let column = Self.columns[index]
        var block: [UInt8] = []
        let statistics = VectorCodec.encode(column, rows: 0..<column.count, into: &block)
        #expect(statistics.presentCount == (0..<column.count).count { column.isPresent($0) })
        var decoded = FieldColumn(name: column.name, kind: column.kind)
        try VectorCodec.decode(
            ByteReader(block), rowCount: column.count, presentCount: statistics.presentCount, into: &decoded)
        #expect(decoded.count == column.count)
        for row in 0..<column.count {
            #expect(decoded.isPresent(row) == column.isPresent(row))
            guard column.isPresent(row) else { continue }
            if column.kind == .string {
                #expect(Array(decoded.textBytes(row)) == Array(column.textBytes(row)))
            } else {
                #expect(decoded.words[row] == column.words[row], "row \(row) of \(column.name)")
            }
        }
    }

    @Test("what is regular costs next to nothing: a constant, a fixed step, a decimal ramp")
    func sizes() {
        for name in ["constant", "register", "slow ramp"] {
            guard let column = Self.columns.first(where: { $0.name == name }) else { continue }
            var block: [UInt8] = []
            _ = VectorCodec.encode(column, rows: 0..<column.count, into: &block)
            #expect(block.count < VectorHeader.byteCount + 32, "\(name)")
        }
        var times: [UInt8] = []
        VectorCodec.encode(
            times: ArraySlice((0..<1024).map { 1_700_000_000_000_000_000 + $0 * 5_000_000_000 }), into: &times)
        #expect(times.count < VectorHeader.byteCount + 32)
    }

    @Test("every flipped bit and every cut is found, and none traps")
    func corruption() {
        guard let column = Self.columns.first(where: { $0.name == "one decimal" }) else { return }
        var block: [UInt8] = []
        _ = VectorCodec.encode(column, rows: 0..<64, into: &block)
        for position in block.indices {
            for bit in 0..<8 {
                var damaged = block
                damaged[position] ^= 1 << UInt8(bit)
                #expect(throws: CorruptBytes.self) { try Self.decode(damaged) }
            }
            #expect(throws: CorruptBytes.self) { try Self.decode(Array(block[..<position])) }
        }
    }

    private static func decode(_ block: [UInt8]) throws(CorruptBytes) {
        var decoded = FieldColumn(name: "x", kind: .float)
        try VectorCodec.decode(ByteReader(block), rowCount: 64, presentCount: 64, into: &decoded)
    }

    @Test("a vector's statistics are those of the present values, and name the rows of the extremes")
    func statistics() throws {
        var column = FieldColumn(name: "x", kind: .float)
        for value: Double? in [nil, 3, -2, nil, 7.5, 1] {
            if let value { column.append(.float(value)) } else { column.appendAbsent() }
        }
        var block: [UInt8] = []
        let statistics = VectorCodec.encode(column, rows: 0..<6, into: &block)
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
        var block: [UInt8] = []
        #expect(Double(bitPattern: VectorCodec.encode(column, rows: 0..<10, into: &block).sum) == 1)
    }

    @Test("statistics come back bit for bit, and a cut is found", arguments: columns.indices)
    func statisticsRoundTrip(index: Int) throws {
        let column = Self.columns[index]
        var block: [UInt8] = []
        let statistics = VectorCodec.encode(column, rows: 0..<column.count, into: &block)
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
