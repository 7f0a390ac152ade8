import LogicalPlan
import QueryExecutor
import Telemetry
import Testing

@testable import HTTPAPI

/// Bytes are those that influxd 1.6.7 sent; the short forms are those of the MessagePack specification.
@Suite("MessagePack")
struct MessagePackTests {
    private func bytes(_ body: (inout MessagePackWriter) -> Void) -> [UInt8] {
        var writer = MessagePackWriter()
        body(&writer)
        return writer.bytes
    }

    @Test("numbers take the shortest form that holds them")
    func numbers() {
        let integers: [(Int64, [UInt8])] = [
            (0, [0]), (127, [0x7f]), (128, [0xd1, 0, 0x80]), (1000, [0xd1, 0x03, 0xe8]), (-1, [0xff]), (-32, [0xe0]),
            (-33, [0xd0, 0xdf]), (-129, [0xd1, 0xff, 0x7f]), (40_000, [0xd2, 0, 0, 0x9c, 0x40]),
            (.max, [0xd3, 0x7f, 255, 255, 255, 255, 255, 255, 255]), (.min, [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ]
        for (value, want) in integers { #expect(bytes { $0.integer(value) } == want, "\(value)") }
        let unsigned: [(UInt64, [UInt8])] = [
            (127, [0x7f]), (255, [0xcc, 255]), (256, [0xcd, 1, 0]), (65_536, [0xce, 0, 1, 0, 0]),
            (.max, [0xcf, 255, 255, 255, 255, 255, 255, 255, 255]),
        ]
        for (value, want) in unsigned { #expect(bytes { $0.unsigned(value) } == want, "\(value)") }
        #expect(bytes { $0.float(1.5) } == [0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0])
    }

    @Test("lengths stand in the tag, or behind it in 8, 16 or 32 bits")
    func lengths() {
        #expect(bytes { $0.string("") } == [0xa0])
        #expect(bytes { $0.string(String(repeating: "x", count: 31)) }.prefix(2) == [0xbf, 0x78])
        #expect(bytes { $0.string(String(repeating: "x", count: 32)) }.prefix(3) == [0xd9, 32, 0x78])
        #expect(bytes { $0.string(String(repeating: "x", count: 256)) }.prefix(3) == [0xda, 1, 0])
        #expect(bytes { $0.string(String(repeating: "x", count: 65_536)) }.prefix(5) == [0xdb, 0, 1, 0, 0])
        #expect(bytes { $0.array(15) } == [0x9f] && bytes { $0.array(16) } == [0xdc, 0, 16])
        #expect(bytes { $0.array(65_536) } == [0xdd, 0, 1, 0, 0])
        #expect(bytes { $0.map(15) } == [0x8f] && bytes { $0.map(16) } == [0xde, 0, 16])
    }

    @Test("a time is extension 5, and before 1970 its nanoseconds still count upwards")
    func times() {
        #expect(bytes { $0.time(1_000_000_001) } == [0xc7, 12, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1])
        #expect(bytes { $0.time(-1) } == [0xc7, 12, 5] + [UInt8](repeating: 255, count: 8) + [0x3b, 0x9a, 0xc9, 0xff])
    }

    @Test("a document is influxd's, byte for byte")
    func document() {
        let series = ResultSeries(
            name: "m", tags: [(name: "t", value: "a")], columns: ["time", "f"],
            rows: [[.time(1_000_000_001), .float(1.5)]])
        let result = StatementResult(statementID: 0, series: [series])
        let want: [UInt8] =
            [0x81, 0xa7] + Array("results".utf8) + [0x91, 0x83, 0xac] + Array("statement_id".utf8) + [0, 0xa6]
            + Array("series".utf8) + [0x91, 0x84, 0xa4] + Array("name".utf8) + [0xa1] + Array("m".utf8) + [0xa4]
            + Array("tags".utf8) + [0x81, 0xa1] + Array("t".utf8) + [0xa1] + Array("a".utf8) + [0xa7]
            + Array("columns".utf8) + [0x92, 0xa4] + Array("time".utf8) + [0xa1] + Array("f".utf8) + [0xa6]
            + Array("values".utf8) + [0x91, 0x92, 0xc7, 12, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
            + [0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0] + [0xa7] + Array("partial".utf8) + [0xc3]
        #expect(MessagePackResultEncoder.document([result], format: .rfc3339, isPartial: true) == want)
        let failed = StatementResult(statementID: 1, error: "no")
        #expect(
            MessagePackResultEncoder.document([failed], format: .rfc3339)
                == [0x81, 0xa7] + Array("results".utf8) + [0x91, 0x81, 0xa5] + Array("error".utf8) + [0xa2]
                + Array("no".utf8))
    }
}

/// How an answer is cut into chunks, as influxd 1.6.7 cuts it.
@Suite("Answer in chunks")
struct AnswerChunkTests {
    private func documents(_ chunking: Chunking, rowCount: Int) -> [String] {
        func series(_ name: String, _ values: [Int64]) -> ResultSeries {
            ResultSeries(name: name, columns: ["v"], rows: values.map { [.integer($0)] })
        }
        var result = StatementResult(statementID: 0, series: [series("m", [1, 2]), series("n", [3])])
        result.chunking = chunking
        let shape = AnswerShape(time: .epoch(1), form: .json(isPretty: false), chunkRowCount: rowCount)
        var pieces = [QueryAnswer.Piece(result: result)]
        var answer = ChunkedAnswer(rowCount: rowCount, shape: shape) { pieces.popLast() }
        var documents: [String] = []
        while let document = answer.next() { documents.append(String(decoding: document, as: UTF8.self)) }
        return documents
    }

    private func document(_ series: String, isPartial: Bool) -> String {
        "{\"results\":[{\"statement_id\":0,\"series\":[\(series)]\(isPartial ? ",\"partial\":true" : "")}]}\n"
    }

    @Test("a SELECT is cut between rows, and each chunk but the last says that more follows")
    func rows() {
        #expect(
            documents(.rows, rowCount: 1) == [
                document(#"{"name":"m","columns":["v"],"values":[[1]],"partial":true}"#, isPartial: true),
                document(#"{"name":"m","columns":["v"],"values":[[2]]}"#, isPartial: true),
                document(#"{"name":"n","columns":["v"],"values":[[3]]}"#, isPartial: false),
            ])
    }

    @Test(
        "pieces of any size are cut like the whole", arguments: [1, 2, 3, 4, 100],
        [[7], [1, 6], [3, 3, 1], [1, 1, 1, 1, 1, 1, 1]])
    func pieces(rowCount: Int, sizes: [Int]) {
        let shape = AnswerShape(time: .epoch(1), form: .json(isPretty: false), chunkRowCount: rowCount)
        let rows: [(String, Int64)] = [("m", 1), ("m", 2), ("m", 3), ("m", 4), ("n", 5), ("n", 6), ("o", 7)]
        /// Statement 0 in pieces of `sizes` rows, statement 1 behind it.
        func documents(_ sizes: [Int]) -> [String] {
            var pieces: [QueryAnswer.Piece] = []
            var from = 0
            for size in sizes {
                let part = rows[from..<(from + size)]
                let isContinuation = from > 0 && rows[from - 1].0 == rows[from].0
                var series: [ResultSeries] = []
                for name in ["m", "n", "o"] {
                    let values = part.filter { $0.0 == name }.map { [QueryValue.integer($0.1)] }
                    if !values.isEmpty { series.append(ResultSeries(name: name, columns: ["v"], rows: values)) }
                }
                pieces.append(
                    .init(result: StatementResult(statementID: 0, series: series), isContinuation: isContinuation))
                from += size
            }
            pieces.append(.init(result: StatementResult(statementID: 1, error: "no")))
            pieces.reverse()
            var answer = ChunkedAnswer(rowCount: rowCount, shape: shape) { pieces.popLast() }
            var documents: [String] = []
            while let document = answer.next() { documents.append(String(decoding: document, as: UTF8.self)) }
            return documents
        }
        #expect(documents(sizes) == documents([7]))
        #expect(documents(sizes).count == [1: 8, 2: 5, 3: 5][rowCount] ?? 4)
    }

    @Test("tag keys come a measurement at a time, and say nothing of what follows")
    func series() {
        #expect(
            documents(.series, rowCount: 1) == [
                document(#"{"name":"m","columns":["v"],"values":[[1],[2]]}"#, isPartial: false),
                document(#"{"name":"n","columns":["v"],"values":[[3]]}"#, isPartial: false),
            ])
    }

    @Test("a list of databases is not cut")
    func whole() {
        #expect(
            documents(.whole, rowCount: 1) == [
                document(
                    #"{"name":"m","columns":["v"],"values":[[1],[2]]},{"name":"n","columns":["v"],"values":[[3]]}"#,
                    isPartial: false)
            ])
    }
}

@Suite("Answer of a failure")
struct AnswerFormatTests {
    @Test("the first of Accept decides, JSON where it is not known")
    func accept() {
        func read(_ accept: String?) -> AnswerFormat { AnswerFormat(accept: accept, isPretty: false) }
        #expect(read("application/csv") == .csv && read("text/csv; q=1") == .csv)
        #expect(read("application/x-msgpack") == .messagePack)
        for other in [nil, "", "*/*", "application/json", "application/vnd.foo, application/csv"] {
            #expect(read(other) == .json(isPretty: false), "\(other ?? "nil")")
        }
    }

    @Test("an error has the form of the answer")
    func errors() {
        #expect(AnswerFormat.csv.failure("missing \"q\"") == Array("error\n\"missing \"\"q\"\"\"\n".utf8))
        #expect(AnswerFormat.json(isPretty: true).failure("no") == Array("{\n    \"error\": \"no\"\n}\n".utf8))
        #expect(
            AnswerFormat.messagePack.failure("no") == [0x81, 0xa5] + Array("error".utf8) + [0xa2] + Array("no".utf8))
    }
}

@Suite("JSON rows")
struct JSONRowsTests {
    @Test("rows in blocks are the cells one by one, whatever their lengths")
    func rows() {
        var numbers = FieldColumn(name: "n", kind: .integer)
        var texts = FieldColumn(name: "s", kind: .string)
        var values: [QueryValue] = []
        var times: [Int64] = []
        var want: [String] = []
        for row in 0..<1300 {
            times.append(Int64(row) * 1_000_000_007)
            if row % 7 == 3 { numbers.appendAbsent() } else { numbers.append(.integer(Int64(row * row) - 9000)) }
            let text = String(repeating: row % 5 == 0 ? "\"" : "ä", count: row % 40)
            texts.append(.string(text))
            values.append([.null, .float(Double(row) / 3), .boolean(true), .unsigned(.max), .string("x")][row % 5])
            let number = row % 7 == 3 ? "null" : "\(row * row - 9000)"
            let cell = ["null", JSONText.number(Double(row) / 3), "true", "18446744073709551615", "\"x\""][row % 5]
            want.append("[\(times[row]),\(number),\(JSONText.quoted(text)),\(cell)]")
        }
        let cells: [ResultColumn] = [.times(times), .field(numbers), .field(texts), .values(values)]
        for range in [0..<1300, 0..<1, 511..<513, 0..<512, 700..<1300] {
            var bytes: [UInt8] = []
            JSONRows(format: .epoch(1)) { _, _ in }.append(cells, rows: range, to: &bytes)
            #expect(String(decoding: bytes, as: UTF8.self) == want[range].joined(separator: ","))
        }
    }

    @Test("a double is written as the shortest digits that read back, whichever way it takes")
    func doubles() {
        var state: UInt64 = 1
        for step in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value =
                step % 2 == 0 ? Double(bitPattern: state) : Double(Int64(bitPattern: state) >> 20) / 1000 / Double(step)
            guard value.isFinite else { continue }
            var bytes: [UInt8] = []
            JSONText.append(value, to: &bytes)
            #expect(String(decoding: bytes, as: UTF8.self) == JSONText.number(value))
        }
        for value in [UInt64.min, 9, 10, 99_999_999, 100_000_000, 10_000_000_000_000_000_000, .max] {
            var bytes: [UInt8] = []
            JSONText.append(value, to: &bytes)
            #expect(String(decoding: bytes, as: UTF8.self) == String(value))
        }
    }
}
