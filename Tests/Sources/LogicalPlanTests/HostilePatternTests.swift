import LogicalPlan
import Testing

/// Patterns that cost a backtracking engine years, and patterns that would make a program without end.
@Suite("Hostile patterns")
struct HostilePatternTests {
    private static let explosive = [
        "(a*)*b", "(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*)*(.*)*b", "(x+x+)+y|^(a+a+)+$b", "(a?){500}a{500}b",
        "^(([a-z])+.)+[A-Z]([a-z])+$", "(((a*)*)*)*b", "(|a|a*)*b", "(?i)(a|A|a)*b",
    ]

    @Test(
        "time is linear in the text where a backtracking engine's is exponential", .timeLimit(.minutes(5)),
        arguments: explosive)
    func linear(_ pattern: String) throws {
        let pattern = try Pattern(pattern)
        let text = String(repeating: "a", count: 2000)
        #expect(!pattern.matches(text))
        let isMatch = PatternMatcher(pattern).matches(Array(text.utf8).span)
        #expect(!isMatch)
    }

    @Test("an automaton that would grow without end is left, and the answers stay")
    func grown() throws {
        // Which of the last fourteen characters were an `a`: 16,384 states.
        let pattern = try Pattern("a.............$")
        let matcher = PatternMatcher(pattern)
        var random: UInt64 = 7
        for _ in 0..<400 {
            var text: [UInt8] = []
            for _ in 0..<40 {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text.append(random >> 40 & 1 == 0 ? UInt8(ascii: "a") : UInt8(ascii: "b"))
            }
            let isMatch = matcher.matches(text.span)
            #expect(isMatch == (text[26] == UInt8(ascii: "a")))
        }
    }

    @Test("the same patterns still find what is there", .timeLimit(.minutes(5)))
    func explosiveMatch() throws {
        let text = String(repeating: "a", count: 2000)
        #expect(try Pattern("(a*)*b").matches(text + "b"))
        #expect(try Pattern("^(a|aa)+$").matches(text))
        #expect(try Pattern("^(a?){500}a{500}$").matches(String(text.prefix(700))))
        #expect(try !Pattern("^(a?){500}a{500}$").matches(String(text.prefix(499))))
    }

    private static let oversized = [
        "((a{100}){100}){100}", "(((){1000}){1000}){1000}", "(((a?){1000}){1000}){1000}", "((^{1000}){1000}){1000}",
        String(repeating: "(", count: 100_000), String(repeating: "(?:", count: 100_000) + "a",
        String(repeating: "a{1000}", count: 1000), String(repeating: "(){1000}", count: 1000),
        String(repeating: "a|", count: 100_000), String(repeating: "x", count: 100_000),
        String(repeating: "(", count: 300) + String(repeating: ")", count: 300),
    ]

    @Test(
        "what would make too large a program, or nests too deeply, is refused and does not hang",
        .timeLimit(.minutes(5)), arguments: oversized)
    func bounded(_ pattern: String) {
        #expect(throws: PatternError.self) { try Pattern(pattern) }
    }

    @Test("what is within the bounds is taken")
    func bounds() throws {
        #expect(try Pattern("^a{1000}$").matches(String(repeating: "a", count: 1000)))
        #expect(try !Pattern("^a{1000}$").matches(String(repeating: "a", count: 999)))
        #expect(try Pattern("^(a{100}){10}$").matches(String(repeating: "a", count: 1000)))
        let nested = String(repeating: "(", count: 150) + "a" + String(repeating: ")", count: 150)
        #expect(try Pattern(nested).matches("a"))
        #expect(try Pattern("(a{0}){1000}").matches(""))
    }

    @Test("a pattern writes itself between slashes, its own slashes escaped")
    func description() throws {
        #expect(try Pattern("a/b").description == #"/a\/b/"#)
        #expect(try Pattern("").description == "//")
    }

    @Test("no mutation of a pattern takes the compiler down")
    func mutations() {
        let sound = Array(#"^(?i:a|b)[^a-z\d[:alpha:]]{2,3}?\x{41}(?P<n>.*)+\Qx\E$"#.unicodeScalars)
        let pieces = Array("()[]{}\\^$*+?|-:<>,0129PQEpxdi.\n\u{1F600}".unicodeScalars)
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var accepted = 0
        for end in 0...sound.count {
            if (try? Pattern(String(String.UnicodeScalarView(sound[..<end])))) != nil { accepted += 1 }
        }
        for _ in 0..<5000 {
            var changed = sound
            for _ in 0...next(3) {
                let place = next(changed.count)
                if next(2) == 0 { changed[place] = pieces[next(pieces.count)] } else { changed.remove(at: place) }
            }
            if let pattern = try? Pattern(String(String.UnicodeScalarView(changed))) {
                accepted += 1
                _ = pattern.matches("aB1 x\n😀")
            }
        }
        #expect(accepted > 0)
    }
}
