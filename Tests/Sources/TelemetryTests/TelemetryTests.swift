import Telemetry
import Testing

@Suite("Timestamp")
struct TimestampTests {
    @Test(
        "RFC 3339 is read as devices write it",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-01-01T00:00:00.000Z", 1_767_225_600_000_000_000),
            ("2026-01-01t01:00:00.5+01:00", 1_767_225_600_500_000_000),
            ("2026-01-01T00:00:00+0000", 1_767_225_600_000_000_000), ("2026-01-01 00:00:00", 1_767_225_600_000_000_000),
            ("1969-12-31T23:59:59.123456789Z", -876_543_211), ("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000),
        ])
    func reads(text: String, nanoseconds: Int64) {
        #expect(Timestamp.parse(text.utf8) == nanoseconds)
    }

    @Test(
        "what is no time is refused",
        arguments: [
            "", "2026", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00Zx",
            "9999-01-01T00:00:00Z", "2026-01-01T00:00:00.Z",
        ])
    func refuses(text: String) {
        #expect(Timestamp.parse(text.utf8) == nil)
    }

    @Test("written times read back as themselves")
    func roundTrip() {
        for nanoseconds: Int64 in [0, 1, -1, 1_500_000_000, 1_767_225_600_000_000_001, -86_400_000_000_000, .max, .min]
        {
            #expect(Timestamp.parse(Timestamp.format(nanoseconds).utf8) == nanoseconds)
        }
        #expect(Timestamp.format(1_500_000_000) == "1970-01-01T00:00:01.5Z")
        #expect(Timestamp.formatMilliseconds(1_500_000_000) == "1970-01-01T00:00:01.500Z")
    }
}

@Suite("SeriesKey")
struct SeriesKeyTests {
    @Test("tags stand in byte order of their names, special characters are escaped, empty values left out")
    func canonical() {
        let key = SeriesKey.encode(measurement: "a b,c", tags: [("z", "1"), ("a=", "x y"), ("gone", "")])
        #expect(String(decoding: key, as: UTF8.self) == #"a\ b\,c,a\==x\ y,z=1"#)
        let (measurement, tags) = SeriesKey.decode(key)
        #expect(measurement == "a b,c")
        #expect(tags.map { $0.0 } == ["a=", "z"])
        #expect(tags.map { $0.1 } == ["x y", "1"])
    }
}

@Suite("FrameTable")
struct FrameTableTests {
    @Test("a field that comes late is absent in the rows before it, and one that stops in the rows behind")
    func absentRows() {
        var batch = FrameBatch(database: "d", arrival: 0)
        batch.append(measurement: "m", tags: [], fields: [("a", .float(1)), ("s", .string("x"))], timestamp: 1)
        batch.append(measurement: "m", tags: [], fields: [("b", .integer(2))], timestamp: 2)
        batch.append(measurement: "m", tags: [], fields: [("b", .integer(3)), ("s", .string("yz"))], timestamp: 3)
        batch.seal()
        let table = batch.tables[0]
        #expect((0..<3).map { table.field("a")?[$0] } == [.float(1), nil, nil])
        #expect((0..<3).map { table.field("b")?[$0] } == [nil, .integer(2), .integer(3)])
        #expect((0..<3).map { table.field("s")?[$0] } == [.string("x"), nil, .string("yz")])
        let turned = table.gathered([2, 0])
        #expect((0..<2).map { turned.field("s")?[$0] } == [.string("yz"), .string("x")])
        #expect((0..<2).map { turned.field("b")?[$0] } == [.integer(3), nil])
    }

    @Test("a field named twice in one row keeps the later value")
    func replaced() {
        var batch = FrameBatch(database: "d", arrival: 0)
        batch.append(measurement: "m", tags: [], fields: [("a", .string("one")), ("a", .string("two"))], timestamp: 1)
        batch.seal()
        #expect(batch.tables[0].field("a")?[0] == .string("two"))
    }

    @Test("the presence of more than 64 rows is kept bit by bit")
    func longBitmap() {
        var column = FieldColumn(name: "c", kind: .boolean)
        for row in 0..<200 {
            if row % 3 == 0 { column.appendAbsent() } else { column.append(.boolean(row % 2 == 0)) }
        }
        for row in 0..<200 { #expect(column[row] == (row % 3 == 0 ? nil : .boolean(row % 2 == 0))) }
        #expect(column.presentCount == 133)
    }
}
