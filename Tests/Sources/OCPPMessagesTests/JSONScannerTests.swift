import OCPPMessages
import Testing

/// A small generator of random numbers, so that a seed replays a test.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite("JSON scanner")
struct JSONScannerTests {
    private func flaw(_ text: String) -> JSONFlaw.Kind? { JSONScanner.scan(Array(text.utf8)).flaw?.kind }

    @Test(
        "RFC 8259 texts are taken",
        arguments: [
            "0", "-0", "1.5e-3", "\"\"", "true", "null", "[]", "{}", " [ 1 , 2 ] ", "{\"a\":{\"b\":[null,false]}}",
            "\"\\u00e4\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\ud83d\\ude00\"", "[1E+2]", "\"ä€😀\"", "{\"a\":1,\"a\":2}",
            "[]\n", "[]\u{0}", "[] \u{0}\n",
        ])
    func takes(text: String) {
        #expect(flaw(text) == nil)
    }

    @Test(
        "what is not RFC 8259 is refused",
        arguments: [
            "", " ", "hello", "[", "]", "{", "}", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
            "{1:2}", "[1}", "{\"a\":1]", "01", "1.", ".5", "+1", "1e", "-", "NaN", "Infinity", "-Infinity", "tru",
            "nulll", "True", "'a'", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\t\"", "\"\u{0}\"", "[]x", "[][]",
            "[1]//", "\u{FEFF}[]", "[\u{0}]", "\"\\",
        ])
    func refuses(text: String) {
        #expect(flaw(text) == .syntax)
    }

    @Test(
        "bytes that are not UTF-8 are found where they stand",
        arguments: [
            ([0x22, 0xFF, 0x22], 1), ([0x22, 0xC0, 0x80, 0x22], 1), ([0x22, 0xED, 0xA0, 0x80, 0x22], 1),
            ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], 1), ([0x22, 0x61, 0xE2, 0x82], 2), ([0x80], 0),
            ([0xE0, 0x80, 0x80], 0), ([0xF0, 0x8F, 0xBF, 0xBF], 0), ([0xF5, 0x80, 0x80, 0x80], 0),
        ] as [([UInt8], Int)])
    func encoding(bytes: [UInt8], offset: Int) {
        let flaw = JSONScanner.scan(bytes).flaw
        #expect(flaw?.kind == .encoding)
        #expect(flaw?.offset == offset)
    }

    @Test("64 levels are read, 65 are refused, and a hundred thousand cost no stack")
    func depth() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(flaw(nested(64)) == nil)
        #expect(flaw(nested(65)) == .tooDeep)
        #expect(flaw(nested(100_000)) == .tooDeep)
        #expect(flaw(String(repeating: "{\"a\":", count: 100_000)) == .tooDeep)
    }

    @Test("a number that binary64 does not hold is refused, one that it rounds to zero is not")
    func range() {
        #expect(flaw("[1e400]") == .numberOutOfRange)
        #expect(flaw("[-1e400]") == .numberOutOfRange)
        #expect(flaw("[1e-400]") == nil)
        #expect(flaw("[1e400") == .syntax)
        #expect(flaw("[1\(String(repeating: "0", count: 600))]") == .numberOutOfRange)
    }

    @Test("numbers are read as the nearest binary64, as the standard library reads them")
    func numbers() {
        var random = SplitMix(state: 1)
        for _ in 0..<5000 {
            let text =
                switch random.next() % 4 {
                case 0: String(Int64.random(in: -1_000_000...1_000_000, using: &random))
                case 1: String(Double.random(in: -1e6...1e6, using: &random))
                case 2: String(Double(Int.random(in: -10_000_000...10_000_000, using: &random)) / 1000)
                default: String(Double(bitPattern: random.next() & 0x7FCF_FFFF_FFFF_FFFF))
                }
            #expect(JSONNumber.parse(Array(text.utf8)[...]) == Double(text), "\(text)")
        }
    }

    @Test("a multiplier moves the decimal point before the one rounding")
    func exponents() {
        for (text, exponent, value) in [
            ("3.3", -1, 0.33), ("0.1", 3, 100.0), ("1234567890.12345678", 3, 1234567890123.45678), ("1e2", -2, 1.0),
            ("-2.5E1", 1, -250.0), ("0.0000000000000000000000012", 12, 1.2e-12),
        ] {
            #expect(JSONNumber.parse(Array(text.utf8)[...], exponent: exponent) == value)
        }
        #expect(JSONNumber.parse(Array("1e308".utf8)[...], exponent: 1) == nil)
        #expect(JSONNumber.parse(Array("1e-99999999999999999999".utf8)[...]) == 0)
        #expect(JSONNumber.parse(Array("1e99999999999999999999".utf8)[...]) == nil)
    }

    @Test("escapes are resolved; half a pair and NUL become U+FFFD and are counted")
    func escapes() {
        let text = #""a\u00e4\n\ud83d\ude00\ud800x\u0000\udc00""#
        let tape = JSONScanner.scan(Array(text.utf8)).tape
        #expect(tape.string(0) == "aä\n😀\u{FFFD}x\u{FFFD}\u{FFFD}")
        #expect(tape.characterCount(0) == 8)
        #expect(tape.replacedEscapeCount == 3)
    }

    @Test("of a key that comes twice the last counts, and null is absent")
    func duplicates() {
        let tape = JSONScanner.scan(Array(#"{"a":1,"b":null,"\u0061":2}"#.utf8)).tape
        #expect(tape.member(0, "a").flatMap(tape.integer) == 2)
        #expect(tape.member(0, "b") == nil)
        #expect(tape.member(0, "c") == nil)
    }

    @Test("every prefix and thousands of damaged copies of a message are judged without a crash")
    func damage() {
        let message =
            Array(
                #"[2,"id","MeterValues",{"evseId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","#.utf8)
            + Array(#""sampledValue":[{"value":-1.5e3,"measurand":"SoC","x":"\ud83d\ude00ä"}]}]}]"#.utf8)
        #expect(JSONScanner.scan(message).flaw == nil)
        for length in 0..<message.count {
            #expect(JSONScanner.scan(Array(message[..<length])).flaw != nil)
        }
        var random = SplitMix(state: 7)
        var deviations = DeviationCounts()
        for _ in 0..<20_000 {
            var bytes = message
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch random.next() % 3 {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(#"[]{}",:\u0-eE.t"#.utf8.randomElement(using: &random) ?? 0, at: index)
                }
            }
            guard case .call(let call) = MessageFrame.read(bytes, &deviations), let shape = call.action.shape(.v201)
            else {
                continue
            }
            var check = ShapeCheck(tape: call.tape)
            guard (try? check.check(call.payload, shape)) != nil, call.action == .meterValues else { continue }
            _ = try? MeterValuesRequest.decode(call, .v201, &deviations)
        }
    }
}
