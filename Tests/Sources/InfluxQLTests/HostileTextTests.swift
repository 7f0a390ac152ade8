import InfluxQL
import Testing

@Suite("Hostile text")
struct HostileTextTests {
    private func refusal(_ text: String) -> String? {
        do throws(ParseError) {
            _ = try Parser.parse(text)
            return nil
        } catch {
            return error.description
        }
    }

    private static let openings = ["(", "f(", "-(", "+(", "distinct(", "(-(", "a+(", "a AND (", "f(1,"]

    @Test("nesting without end is an error, in every place where an expression stands", arguments: openings)
    func nesting(_ opening: String) {
        let deep = String(repeating: opening, count: 100_000)
        for begin in [
            "SELECT \(deep)", "SELECT v FROM m WHERE \(deep)", "SELECT v FROM m GROUP BY \(deep)",
            "SELECT v FROM m fill(\(deep)", "SHOW SERIES WHERE \(deep)",
        ] {
            #expect(refusal(begin) == "the query is nested too deeply")
        }
    }

    @Test("parentheses as deep as people write them are read")
    func usualDepth() {
        let text = String(repeating: "(", count: 25) + "v > 1" + String(repeating: ")", count: 25)
        #expect(refusal("SELECT v FROM m WHERE " + text) == nil)
    }

    @Test("500 operators are read and 501 are refused; the next statement counts anew")
    func operators() {
        for word in [" + ", " * ", " - "] {
            let fits = Array(repeating: "v", count: 501).joined(separator: word)
            #expect(refusal("SELECT \(fits) FROM m") == nil)
            #expect(refusal("SELECT \(fits) FROM m; SELECT \(fits) FROM m") == nil)
            #expect(
                refusal("SELECT \(fits)\(word)v FROM m") == "a statement with more than 500 operators")
        }
        let many = Array(repeating: "v", count: 100_000).joined(separator: " OR ")
        #expect(refusal("SELECT v FROM m WHERE \(many)") == "a statement with more than 500 operators")
    }

    @Test("an endless list, name, number, string or subquery ends in an answer")
    func length() {
        let count = 50_000
        #expect(refusal("SELECT \(String(repeating: "v, ", count: count))v FROM m") == nil)
        #expect(refusal("SELECT \(String(repeating: "v", count: count)) FROM m") == nil)
        #expect(refusal("SELECT \(String(repeating: "v.", count: count))v FROM m") == nil)
        #expect(refusal("SELECT \(String(repeating: "9", count: count)) FROM m") != nil)
        #expect(refusal("SELECT v FROM m LIMIT \(String(repeating: "9", count: count))") != nil)
        #expect(refusal("SELECT v FROM m WHERE h = '\(String(repeating: "x", count: count))") != nil)
        #expect(refusal("SELECT v FROM \(String(repeating: "(", count: count))") != nil)
        #expect(refusal("SELECT v FROM m WHERE h =~ /\(String(repeating: "(", count: count))/") != nil)
        #expect(refusal(String(repeating: "/*", count: count)) != nil)
        #expect(refusal(String(repeating: ";", count: count)) == nil)
    }

    private static let sound = [
        "SELECT mean(v) AS a FROM d.p.m WHERE h =~ /a[b]*/ AND time > now() - 1h GROUP BY time(5m, 1m), h fill(-1.5) "
            + "ORDER BY time DESC LIMIT 3 OFFSET 4 SLIMIT 5 SOFFSET 6 tz('UTC')",
        "SELECT \"a\\\"b\"::float, *::tag, -(v + 1) * 2 FROM /x/, \"m\" WHERE s = 'it\\'s' OR $p != .5 -- note",
        "SHOW TAG VALUES ON d FROM m WITH KEY IN (a, b) WHERE h != 'x' LIMIT 2; SHOW MEASUREMENTS WITH MEASUREMENT =~ /a/",
        "CREATE RETENTION POLICY p ON d DURATION 1h30m REPLICATION 1 SHARD DURATION INF DEFAULT /* end */",
    ]

    @Test("no prefix of a statement and no change of a few of its characters takes the parser down", arguments: sound)
    func mutations(_ text: String) {
        let scalars = Array(text.unicodeScalars)
        for end in 0...scalars.count { _ = refusal(String(String.UnicodeScalarView(scalars[..<end]))) }
        let pieces = Array("()/'\"\\;:.,*-+$#µ0z \n\r\u{0}\u{1F600}".unicodeScalars)
        var generator = SmallGenerator(state: 42)
        for _ in 0..<3000 {
            var changed = scalars
            for _ in 0...Int(generator.next() % 3) {
                let place = Int(generator.next() % UInt64(changed.count))
                let piece = pieces[Int(generator.next() % UInt64(pieces.count))]
                switch generator.next() % 3 {
                case 0: changed[place] = piece
                case 1: changed.insert(piece, at: place)
                default: changed.remove(at: place)
                }
            }
            let reason = refusal(String(String.UnicodeScalarView(changed)))
            #expect(reason?.isEmpty != true)
        }
    }
}

/// Knuth's linear congruential generator: the same numbers in each run.
private struct SmallGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
}
