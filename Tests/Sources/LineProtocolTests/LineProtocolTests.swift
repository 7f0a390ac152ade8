import LineProtocol
import Telemetry
import Testing

@Suite("Line protocol")
struct LineProtocolTests {
    private func parse(_ body: String, precision: TimestampPrecision = .nanoseconds) -> (FrameBatch, LineProtocolReport)
    {
        var batch = FrameBatch(database: "d", arrival: 77_000_000_123)
        var parser = LineProtocolParser(precision: precision, arrival: batch.arrival)
        let report = parser.parse(Array(body.utf8), into: &batch)
        return (batch, report)
    }

    /// Every row as text, `key time field=value …`, in the order of the tables.
    private func rows(_ batch: FrameBatch, isSorted: Bool = false) -> [String] {
        batch.tables.flatMap { table in
            (0..<table.rowCount).map { row in
                var fields = table.fields.compactMap { field in field[row].map { "\(field.name)=\($0)" } }
                if isSorted { fields.sort() }
                return
                    "\(String(decoding: table.key(row), as: UTF8.self)) \(table.timestamps[row]) \(fields.joined(separator: " "))"
            }
        }
    }

    @Test(
        "a line is read as it would be by itself, whatever the lines before it had for fields",
        arguments: 1...20)
    func shapes(seed: UInt64) {
        var random = seed &* 0x9E37_79B9_7F4A_7C15
        func pick<Element>(_ choices: [Element]) -> Element {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return choices[Int(random >> 33) % choices.count]
        }
        let values: [String: [String]] = [
            "f": ["1.5", "-2", "7e3", ".5"], "i": ["3i", "-9223372036854775808i", "1.5", "12345678901234567890i"],
            "b": ["true", "F", "tru"], "s": ["\"a b\"", "\"\"", "\"q\\\"u,o=te\"", "\"open"], "u": ["8u", "-8u"],
            "time": ["1"],
        ]
        let shapes = [["f", "i"], ["f", "i", "s"], ["s"], ["i", "f"], ["b", "f", "u"], ["f", "f"], ["f", "time"]]
        var lines: [String] = []
        for _ in 0..<300 {
            let fields = pick(shapes + Array(repeating: ["f", "i", "s", "b"], count: 6))
            let pairs = fields.map {
                "\($0)=\(pick(Array(repeating: values[$0]?[0] ?? "", count: 6) + (values[$0] ?? [])))"
            }
            let key = pick(["m,t=a", "m,t=b", "m,t=a", "n,x=1", "m,z=1,a=2", "m,time=1", "o=o", "o\\=o"])
            lines.append(key + " " + pairs.joined(separator: ",") + pick([" 1", " 2", " 3", "", " x", " 5 "]))
        }
        // A quote that is left open takes what follows along, so such lines stand last.
        lines = lines.filter { !$0.contains("open") } + lines.filter { $0.contains("open") }.prefix(1)
        let (batch, report) = parse(lines.joined(separator: "\n"))
        let alone = lines.map { parse($0) }
        #expect(
            rows(batch, isSorted: true).sorted() == alone.flatMap { rows($0.0, isSorted: true) }.sorted())
        #expect(report.rowCount == alone.reduce(0) { $0 + $1.1.rowCount })
        #expect(report.badLineCount == alone.reduce(0) { $0 + $1.1.badLineCount })
        #expect(report.rowCount > 100 && report.badLineCount > 5)
        for table in batch.tables { for field in table.fields { #expect(field.count == table.rowCount) } }
    }

    @Test(
        "lines that look alike are read as they would be by themselves, whatever byte of one is another",
        arguments: 1...12)
    func alike(seed: UInt64) {
        var random = seed &* 0x9E37_79B9_7F4A_7C15
        func pick(_ count: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % count
        }
        let numbers = ["229.7", "-0.25", "0", "-0", ".5", "5.", "123456789012345678", "9007199254740993", "1e5", "0.1"]
        let times = [
            "1717200000000000000", "5", "-5", "", "9223372036854775806", "9223372036854775807", "99999999999999999999",
        ]
        let odd = Array(" ,=\\\"\n\r\t#i.-e9m\u{0}".utf8)
        let precision = TimestampPrecision.allCases[pick(TimestampPrecision.allCases.count)]
        var lines: [String] = []
        for number in 0..<400 {
            let value = pick(4) == 0 ? numbers[pick(numbers.count)] : "\(number).5"
            let time = pick(6) == 0 ? times[pick(times.count)] : "\(number)"
            let line = "m,a=\(number),b=x v=\(value),count=\(number)i,w=-1.25 \(time)"
            var bytes = Array(line.utf8)
            if pick(3) == 0 { bytes[pick(bytes.count)] = odd[pick(odd.count)] }
            // A line feed makes two lines of one; a quote that is left open takes what follows along.
            let text = String(decoding: bytes, as: UTF8.self)
            lines += text.split(separator: "\n").map(String.init).filter { !$0.contains("\"") }
        }
        let (batch, report) = parse(lines.joined(separator: "\n"), precision: precision)
        let alone = lines.map { parse($0, precision: precision) }
        #expect(rows(batch, isSorted: true).sorted() == alone.flatMap { rows($0.0, isSorted: true) }.sorted())
        #expect(report.rowCount == alone.reduce(0) { $0 + $1.1.rowCount })
        #expect(report.errors == Array(alone.flatMap { $0.1.errors }.prefix(LineProtocolReport.errorLimit)))
        #expect(report.rowCount > 250 && report.badLineCount > 20)
    }

    @Test("a tag named time is refused, a field of that name passed over where there is another, as influxd 1.6.7 does")
    func time() {
        let (batch, report) = parse("m,time=5 f=1 1\nm time=5 2\nm time=5,f=2 3\nm f=x 4")
        #expect(rows(batch) == ["m 3 f=float(2.0)"])
        #expect(
            report.errors == [
                "invalid tag key: input tag \"time\" on measurement \"m\" is invalid",
                "invalid field name: input field \"time\" on measurement \"m\" is invalid",
                "unable to parse 'm f=x 4': invalid boolean",
            ])
        #expect(report.refusedLineCount == 2)
        #expect(report.badLineCount == 3)
    }

    @Test("all value types and boolean forms are read")
    func types() {
        let (batch, report) = parse("m f=1.5,i=-3i,u=18446744073709551615u,b=t,c=FALSE,s=\"a\\\"b\\\\c, d=e\" 5")
        #expect(report.errors.isEmpty)
        #expect(
            rows(batch) == [
                "m 5 f=float(1.5) i=integer(-3) u=unsigned(18446744073709551615) b=boolean(true) c=boolean(false) s=string(\"a\\\"b\\\\c, d=e\")"
            ])
    }

    @Test(
        "numbers come out as the nearest double",
        arguments: [
            "0", "-0", "1", "229.7", ".5", "5.", "-.25", "1e5", "1.5E-3", "123456789012345678901234567890", "0.1",
            "9007199254740993", "4.9e-324", "1.7976931348623157e308", "0.30000000000000004", "00012.50",
        ])
    func numbers(text: String) throws {
        let (batch, report) = parse("m v=\(text) 1")
        #expect(report.errors.isEmpty)
        let expected = try #require(Double(text.hasSuffix(".") ? text + "0" : text))
        #expect(batch.tables[0].fields[0].words[0] == expected.bitPattern)
    }

    @Test("escapes, tag order, comments, blank lines and missing times")
    func shapes() {
        let (batch, report) = parse(
            "# comment\r\n\nm\\ x\\,y,b=2,a\\ k=1\\=2 v=1 9\n   \n m,a=1 v=2\n\nm,a=1 f\\ d=3 11\n m,a=1 \"q\"=4 12",
            precision: .seconds)
        #expect(report.errors.isEmpty)
        #expect(
            rows(batch) == [
                "m\\ x\\,y,a\\ k=1\\=2,b=2 9000000000 v=float(1.0)", "m,a=1 77000000000 v=float(2.0)",
                "m,a=1 11000000000 f d=float(3.0)", "m,a=1 12000000000 \"q\"=float(4.0)",
            ])
        #expect(batch.tables[0].measurement == "m x,y")
    }

    /// Each answer is influxd 1.6.7's own, asked with the same line.
    @Test(
        "a bad line is refused in InfluxDB's words",
        arguments: [
            ("m", "missing fields"), ("m ", "invalid field format"), (",a=1 v=1", "missing measurement"),
            ("m, v=1", "missing tag key"), ("m,a v=1", "missing tag value"), ("m,a= v=1", "missing tag value"),
            ("m,=1 v=1", "missing tag key"), ("m,a=1=2 v=1", "invalid tag format"), ("m,a=1,a=2 v=1", "duplicate tags"),
            ("m v", "invalid field format"), ("m v=", "missing field value"), ("m =1", "missing field key"),
            ("m v=1,", "invalid field format"), ("m v=1i2", "invalid number"), ("m v=1.5i", "invalid number"),
            (
                "m v=9223372036854775808i",
                "unable to parse integer 9223372036854775808: strconv.ParseInt: parsing \"9223372036854775808\": value out of range"
            ),
            ("m v=nan", "invalid number"), ("m v=inf", "invalid boolean"), ("m v=tru", "invalid boolean"),
            ("m v=trueX", "invalid boolean"), ("m v=\"abc", "unbalanced quotes"), ("m v=1 abc", "bad timestamp"),
            ("m v=1 12x", "bad timestamp"), ("m v=+1", "invalid boolean"), ("m v=-", "invalid number"),
            ("m v=1e400", "invalid float"), ("m v=1e", "invalid float"), ("m v=--1", "invalid number"),
            ("m v=1,w", "invalid field format"),
            ("m v=1 9223372036854775807", "time outside range -9223372036854775806 - 9223372036854775806"),
            ("m v=1 -9223372036854775808", "time outside range -9223372036854775806 - 9223372036854775806"),
            ("m v=1 -", "strconv.ParseInt: parsing \"-\": invalid syntax"), ("m v=1 5 x", "point is invalid"),
            ("m v=1 5\r", "bad timestamp"), ("m v=1\r", "invalid number"), ("\r", "missing fields"),
            ("m,", "missing tag key"),
            ("m,t=a\\\\ v=1 9", "invalid tag format"), ("m,a\\\\=b v=1 7", "missing tag value"),
            ("m\\\\,a==b,k x=1 3", "missing tag value"), ("m,a==b=c v=1", "invalid tag format"),
            ("m w,host=p\\=q,x f2=true 10", "invalid boolean"), ("m f1=1,,v=\"a\",,=f 5", "missing field key"),
            ("m f,c=.5,value=1 abc ", "invalid field format"), ("m f=e=0.1 4", "invalid boolean"),
            ("m v=1 99999999999999999999", "strconv.ParseInt: parsing \"99999999999999999999\": value out of range"),
        ])
    func errors(line: String, reason: String) {
        let (batch, report) = parse("ok v=1 1\n\(line)\nok v=2 2")
        #expect(report.errors == ["unable to parse '\(line)': \(reason)"])
        #expect(rows(batch) == ["ok 1 v=float(1.0)", "ok 2 v=float(2.0)"])
    }

    @Test("odd spellings are read as influxd 1.6.7 reads them, and give one key however they are escaped")
    func odd() {
        let (batch, report) = parse(
            "m\\\"a v=1 1\nm\"a v=2 2\nm\\=q,t==b v\\\"w=1 3\nn\\\\,a=1 v=1 4\nn \u{0}\tv=1 \u{0} 5")
        #expect(report.errors.isEmpty)
        #expect(
            rows(batch) == [
                "m\"a 1 v=float(1.0)", "m\"a 2 v=float(2.0)", "m=q,t=\\=b 3 v\"w=float(1.0)",
                "n\\\\,a=1 4 v=float(1.0)",
                "n 5 v=float(1.0)",
            ])
    }

    @Test("a line feed inside a quoted value belongs to it; a bad line before it costs only itself")
    func quotedLineFeed() {
        let (batch, report) = parse("bad\nm v=\"x\ny\" 8\nbad2")
        #expect(report.errors == ["unable to parse 'bad': missing fields", "unable to parse 'bad2': missing fields"])
        #expect(rows(batch) == ["m 8 v=string(\"x\\ny\")"])
    }

    @Test("the last value of a field that is named twice counts, and one field of two types makes two columns")
    func repeated() {
        let (batch, _) = parse("m v=1,v=2 1\nm v=3i 2\nm v=\"x\",v=\"y\" 3")
        #expect(rows(batch) == ["m 1 v=float(2.0)", "m 2 v=integer(3)", "m 3 v=string(\"y\")"])
    }

    @Test("what is written is read back as it was, every type and awkward name")
    func written() {
        var batch = FrameBatch(database: "d", arrival: 77_000_000_123)
        batch.append(
            measurement: "a b,c", tags: [("k =", "v,w")],
            fields: [
                ("f x", .float(-1e-300)), ("i", .integer(.min)), ("s", .string("a\"b\\\nc")), ("b", .boolean(false)),
            ],
            timestamp: -5)
        batch.append(measurement: "m", tags: [], fields: [("u", .unsigned(.max)), ("f", .float(229.7))], timestamp: 6)
        batch.seal()
        var copy = FrameBatch(database: "d", arrival: batch.arrival)
        var parser = LineProtocolParser(precision: .nanoseconds, arrival: 0)
        #expect(parser.parse(LineProtocolWriter.encode(batch), into: &copy).errors.isEmpty)
        #expect(copy == batch)
    }

    @Test("a body of nothing but bad lines keeps the first hundred errors")
    func bounded() {
        let (_, report) = parse(String(repeating: "bad\n", count: 1000))
        #expect(report.errors.count == LineProtocolReport.errorLimit && report.badLineCount == 1000)
        #expect(report.summary.hasSuffix("and 900 more lines"))
    }

    @Test("no line of odd bytes makes the parser trap, and each is a row or an error", arguments: 1...20)
    func oddBytes(seed: UInt64) {
        let pieces = [
            "m", ",", "=", " ", "\\", "\n", "\"", "a", "1", "i", ".", "-", "t", "\\\n", "\\\\", ",a=b", " v=1", " 5\n",
            "\t", "\r", "\u{0}", "é",
        ]
        var random = seed &* 0x9E37_79B9_7F4A_7C15
        for _ in 0..<400 {
            var body = ""
            for _ in 0..<24 {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                body += pieces[Int(random >> 33) % pieces.count]
            }
            let (batch, report) = parse(body)
            #expect(report.rowCount == batch.rowCount)
            #expect(report.errors.count == min(report.badLineCount, LineProtocolReport.errorLimit))
        }
    }

    @Test("no prefix of a body and no changed byte makes the parser trap")
    func hostile() {
        let body = Array("m,a=b\\ c,d=e f=1.5,i=3i,s=\"q\\\"r\",b=true 123\nn x=-1e5,u=7u\n".utf8)
        var random: UInt64 = 1
        for cut in body.indices {
            for byte: UInt8 in [0, 10, 13, 32, 34, 44, 61, 92, 0xFF] {
                var damaged = Array(body[..<cut])
                random = random &* 6_364_136_223_846_793_005 &+ 1
                if !damaged.isEmpty { damaged[Int(random >> 33) % damaged.count] = byte }
                var batch = FrameBatch(database: "d", arrival: 0)
                var parser = LineProtocolParser(precision: .hours, arrival: 0)
                let report = parser.parse(damaged, into: &batch)
                #expect(report.rowCount == batch.rowCount)
            }
        }
    }
}
