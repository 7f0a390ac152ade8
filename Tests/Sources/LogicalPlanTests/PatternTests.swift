import LogicalPlan
import Testing

/// Patterns with texts that match and texts that do not; the verdicts are those of Go's `regexp` in influxd 1.6.7.
@Suite("Pattern")
struct PatternTests {
    private func check(_ example: Example) throws {
        let pattern = try Pattern(example.pattern)
        for text in example.matching { #expect(pattern.matches(text), "\(pattern) and \(text.debugDescription)") }
        for text in example.others { #expect(!pattern.matches(text), "\(pattern) and \(text.debugDescription)") }
        // The second time it knows what the first one taught it.
        let matcher = PatternMatcher(pattern)
        for text in example.matching + example.others + example.matching + example.others {
            let isMatch = example.matching.contains(text)
            let found = matcher.matches(Array(text.utf8).span)
            #expect(found == isMatch, "\(pattern) and \(text.debugDescription)")
        }
    }

    @Test("literals and escapes stand for themselves", arguments: Example.literals)
    func literals(_ example: Example) throws { try check(example) }

    @Test("anchors and word boundaries match a place", arguments: Example.anchors)
    func anchors(_ example: Example) throws { try check(example) }

    @Test("classes match one character of theirs", arguments: Example.classes)
    func classes(_ example: Example) throws { try check(example) }

    @Test("alternatives and groups", arguments: Example.alternation)
    func alternation(_ example: Example) throws { try check(example) }

    @Test("repetitions keep their bounds", arguments: Example.repetition)
    func repetition(_ example: Example) throws { try check(example) }

    @Test("flags reach to the end of their group", arguments: Example.flags)
    func flags(_ example: Example) throws { try check(example) }

    @Test("a character is one of Unicode, and case folds as in Go", arguments: Example.unicode)
    func unicode(_ example: Example) throws { try check(example) }

    @Test("a pattern that is none is refused in Go's words", arguments: Example.refused)
    func refused(_ pattern: String, _ reason: String) {
        #expect {
            try Pattern(pattern)
        } throws: { error in
            "\(error)" == "error parsing regexp: \(reason)"
        }
    }
}

/// A pattern with texts that match and texts that do not.
struct Example: Sendable {
    let pattern: String
    let matching: [String]
    let others: [String]

    init(_ pattern: String, _ matching: [String], not others: [String]) {
        (self.pattern, self.matching, self.others) = (pattern, matching, others)
    }
}

extension Example {
    static let literals: [Example] = [
        Example(#"abc"#, ["abc", "xabcx"], not: ["ab", "ABC", "", "acb"]),
        Example(#""#, ["", "abc"], not: []),
        Example(#"a.c"#, ["abc", "a☃c", "a\tc"], not: ["ac", "a\nc"]),
        Example(#"a\.c"#, ["a.c"], not: ["abc"]),
        Example(#"\(\)\[\]\{\}\+\*\?\|\^\$\\"#, ["()[]{}+*?|^$\\"], not: ["()[]{}"]),
        Example(#"a\nb\t"#, ["a\nb\t"], not: ["anbt"]),
        Example(#"\x41\x{1F600}"#, ["A😀"], not: ["a😀", "A"]),
        Example(#"a{"#, ["a{"], not: ["a"]),
        Example(#"a{,3}"#, ["a{,3}"], not: ["aaa"]),
        Example(#"a{x}"#, ["a{x}"], not: ["a"]),
        Example(#"\Qa.b\E."#, ["a.bx"], not: ["axbx", "a.b"]),
        Example(#"\_\-\ "#, ["_- "], not: ["_-"]),
    ]

    static let anchors: [Example] = [
        Example(#"^abc"#, ["abc", "abcd"], not: ["xabc", "x\nabc"]),
        Example(#"abc$"#, ["abc", "xabc"], not: ["abcx", "abc\n"]),
        Example(#"^abc$"#, ["abc"], not: ["abcd", "xabc", "abc\nabc"]),
        Example(#"^$"#, [""], not: ["a", "\n"]),
        Example(#"$^"#, [""], not: ["a"]),
        Example(#"\Aab\z"#, ["ab"], not: ["ab\n", "cab"]),
        Example(#"(?m)^b+$"#, ["a\nb\nc", "b"], not: ["ab\nbc"]),
        Example(#"(?m)\Ab"#, ["b\na"], not: ["a\nb"]),
        Example(#"a^b"#, [], not: ["ab", "a\nb"]),
        Example(#"(^a|b$)"#, ["ax", "xb"], not: ["xa", "bx"]),
        Example(#"\bcat\b"#, ["cat", "a cat.", "cat-nap"], not: ["cats", "bobcat", "_cat"]),
        Example(#"\Bcat\B"#, ["bobcats"], not: ["cat", "cats"]),
        Example(#"\b"#, ["a"], not: ["", "-"]),
        Example(#"^*a"#, ["a", "ba"], not: ["b"]),
    ]

    static let classes: [Example] = [
        Example(#"[abc]"#, ["a", "xbx"], not: ["d", "A", ""]),
        Example(#"[^abc]"#, ["d", "ad", "\n"], not: ["a", "abc", ""]),
        Example(#"^[a-cx-z]+$"#, ["abcxyz"], not: ["d", "w", ""]),
        Example(#"^[]a]+$"#, ["]a"], not: ["b"]),
        Example(#"^[^]a]+$"#, ["b"], not: ["]", "a"]),
        Example(#"^[a-]+$"#, ["a-"], not: ["b"]),
        Example(#"^[-a]+$"#, ["a-"], not: ["b"]),
        Example(#"^[\]\\\-]+$"#, ["-]\\"], not: ["a"]),
        Example(#"^[+-/]+$"#, ["+,-./"], not: ["0", "*"]),
        Example(#"^[.*+?$]+$"#, [".*+?$"], not: ["a"]),
        Example(#"^[a^]+$"#, ["a^"], not: ["b"]),
        Example(#"^\d+$"#, ["0123456789"], not: ["a", "", "٣"]),
        Example(#"^\D+$"#, ["ab", "٣"], not: ["1", "a1"]),
        Example(#"^\w+$"#, ["aZ_09"], not: ["a-b", "ä"]),
        Example(#"^\W+$"#, ["-ä "], not: ["a", "_"]),
        Example(#"^\s+$"#, [" \t\n\r\u{c}"], not: ["a", "\u{b}", "\u{a0}"]),
        Example(#"^\S+$"#, ["aä-\u{b}"], not: ["a b"]),
        Example(#"^[\d\s]+$"#, ["1 2"], not: ["a"]),
        Example(#"^[^\d\s]+$"#, ["ab"], not: ["a1", "a "]),
        Example(#"^[\D]+$"#, ["ab"], not: ["1"]),
        Example(#"^[[:alpha:]]+$"#, ["aZ"], not: ["1", "ä", "_"]),
        Example(#"^[[:digit:][:upper:]]+$"#, ["A1"], not: ["a"]),
        Example(#"^[[:^digit:]]+$"#, ["aA"], not: ["1"]),
        Example(#"^[^[:space:]]+$"#, ["aA"], not: [" ", "a b"]),
        Example(#"^[[:punct:]]+$"#, ["!/:@[`{~"], not: ["a", "0", " "]),
        Example(#"^[[:xdigit:]]+$"#, ["09afAF"], not: ["g"]),
        Example(#"^[[:word:]]+$"#, ["a_9"], not: ["-"]),
        Example(#"^[[:space:]]+$"#, [" \t\u{b}"], not: ["a"]),
        Example(#"^[[:ascii:]]+$"#, ["a~ "], not: ["ä"]),
        Example(#"^[[:cntrl:]]+$"#, ["\t\n"], not: ["a"]),
        Example(#"^[[:graph:]]+$"#, ["a!~"], not: [" "]),
        Example(#"^[[:print:]]+$"#, ["a !"], not: ["\t"]),
        Example(#"^[[:lower:]]+$"#, ["az"], not: ["A"]),
        Example(#"^[[:alnum:]]+$"#, ["aZ9"], not: ["_"]),
        Example(#"^[[:blank:]]+$"#, [" \t"], not: ["\n"]),
    ]

    static let alternation: [Example] = [
        Example(#"a|b"#, ["a", "xb"], not: ["c", ""]),
        Example(#"^a|b$"#, ["ax", "xb"], not: ["xa", "bx"]),
        Example(#"^(a|b)$"#, ["a", "b"], not: ["ab", "c"]),
        Example(#"^(abc|ab)c$"#, ["abcc", "abc"], not: ["ab", "abccc"]),
        Example(#"^(a|ab)(c|bcd)$"#, ["abcd", "ac", "abc"], not: ["ab", "abcdc"]),
        Example(#"^(|a)$"#, ["", "a"], not: ["b"]),
        Example(#"^(?:a|)$"#, ["", "a"], not: ["b"]),
        Example(#"a||b"#, ["", "z"], not: []),
        Example(#"^(?P<name>a)(?:b)$"#, ["ab"], not: ["a", "b"]),
        Example(#"^((a)|(b(c|d)))$"#, ["a", "bc", "bd"], not: ["b", "ac"]),
    ]

    static let repetition: [Example] = [
        Example(#"^a*$"#, ["", "aaa"], not: ["b", "ab"]),
        Example(#"^a+$"#, ["a", "aaa"], not: ["", "b"]),
        Example(#"^a?$"#, ["", "a"], not: ["aa"]),
        Example(#"^a{3}$"#, ["aaa"], not: ["aa", "aaaa"]),
        Example(#"^a{2,}$"#, ["aa", "aaaaa"], not: ["a", ""]),
        Example(#"^a{2,3}$"#, ["aa", "aaa"], not: ["a", "aaaa"]),
        Example(#"^a{0}$"#, [""], not: ["a"]),
        Example(#"^a{0,1}b{0,0}$"#, ["", "a"], not: ["b", "aa"]),
        Example(#"^(ab){2}$"#, ["abab"], not: ["ab", "aabb", "ababab"]),
        Example(#"^(a{2}){3}$"#, ["aaaaaa"], not: ["aaaaa", "aaaaaaa"]),
        Example(#"^(a*)*$"#, ["", "aaa"], not: ["b"]),
        Example(#"^(a*)+$"#, ["", "aaa"], not: ["b"]),
        Example(#"^(a?){3}$"#, ["", "a", "aaa"], not: ["aaaa"]),
        Example(#"^a*?b+?c??$"#, ["b", "aabbc"], not: ["a", "bcc"]),
        Example(#"^a{1,2}?$"#, ["a", "aa"], not: ["aaa"]),
        Example(#"^(a|b)*c$"#, ["c", "ababc"], not: ["abab"]),
        Example(#"^(?:)*$"#, [""], not: ["a"]),
    ]

    static let flags: [Example] = [
        Example(#"(?i)abc"#, ["abc", "ABC", "aBc"], not: ["abd"]),
        Example(#"a(?i)b"#, ["ab", "aB"], not: ["Ab", "AB"]),
        Example(#"^(?i:a)b$"#, ["ab", "Ab"], not: ["aB", "AB"]),
        Example(#"^(?i:a|B)c$"#, ["Ac", "bc"], not: ["aC"]),
        Example(#"^(a(?i)b)c$"#, ["abc", "aBc"], not: ["abC"]),
        Example(#"^(?i)a(?-i)b$"#, ["Ab"], not: ["AB"]),
        Example(#"^(?i)a(?-i:b)c$"#, ["AbC"], not: ["ABc"]),
        Example(#"(?i)^[a-c]+$"#, ["aBC"], not: ["d"]),
        Example(#"(?i)^[^a]+$"#, ["b"], not: ["a", "A"]),
        Example(#"^(?i)a|b$"#, ["A", "B"], not: ["c"]),
        Example(#"(?s)a.b"#, ["a\nb", "axb"], not: ["ab"]),
        Example(#"(?s:a.)b.c"#, ["a\nbxc"], not: ["a\nb\nc"]),
        Example(#"(?is)A.B"#, ["a\nb"], not: ["ab"]),
        Example(#"(?i-s)a.b"#, ["AxB"], not: ["a\nb"]),
        Example(#"(?U)a+"#, ["a"], not: ["b"]),
    ]

    static let unicode: [Example] = [
        Example(#"^.$"#, ["ä", "☃", "😀"], not: ["", "ab", "e\u{301}"]),
        Example(#"^ä+$"#, ["ää"], not: ["a", "Ä"]),
        Example(#"^[ä-ü]+$"#, ["äöü"], not: ["a", "z", "ÿ"]),
        Example(#"^[α-ω]{3}$"#, ["αβγ"], not: ["ABC", "αβ"]),
        Example(#"^[^a-z]$"#, ["ä", "😀"], not: ["a"]),
        Example(#"(?i)^ä$"#, ["ä", "Ä"], not: ["a"]),
        Example(#"(?i)^σ$"#, ["σ", "Σ", "ς"], not: ["s"]),
        Example(#"(?i)^[а-я]+$"#, ["ПРИВЕТ", "привет"], not: ["abc"]),
        Example(#"(?i)^k$"#, ["k", "K", "\u{212a}"], not: ["x"]),
        Example(#"(?i)^×$"#, ["×"], not: ["÷"]),
        Example(#"(?i)^ß$"#, ["ß", "ẞ"], not: ["ss", "SS"]),
        Example(#"(?i)^i$"#, ["i", "I"], not: ["ı", "İ"]),
        Example(#"(?i)^[a-z]+$"#, ["aZ", "ſ"], not: ["ä"]),
        Example(#"^\x{e4}$"#, ["ä"], not: ["a"]),
        Example(#"^\w$"#, ["a"], not: ["é", "ß"]),
        Example(#"^東京$"#, ["東京"], not: ["京東"]),
    ]

    static let refused: [(String, String)] = [
        (#"["#, #"missing closing ]: `[`"#),
        (#"[a"#, #"missing closing ]: `[a`"#),
        (#"[]"#, #"missing closing ]: `[]`"#),
        (#"[^]"#, #"missing closing ]: `[^]`"#),
        (#"[a-"#, #"missing closing ]: `[a-`"#),
        (#"[z-a]"#, #"invalid character class range: `z-a`"#),
        (#"[a-\d]"#, #"invalid escape sequence: `\d`"#),
        (#"[[:foo:]]"#, #"invalid character class range: `[:foo:]`"#),
        (#"[[:^foo:]]"#, #"invalid character class range: `[:^foo:]`"#),
        (#"("#, #"missing closing ): `(`"#),
        (#"(a"#, #"missing closing ): `(a`"#),
        (#"(a|b"#, #"missing closing ): `(a|b`"#),
        (#"((a)"#, #"missing closing ): `((a)`"#),
        (#")"#, #"unexpected ): `)`"#),
        (#"a)"#, #"unexpected ): `a)`"#),
        (#"*"#, #"missing argument to repetition operator: `*`"#),
        (#"+a"#, #"missing argument to repetition operator: `+`"#),
        (#"?"#, #"missing argument to repetition operator: `?`"#),
        (#"^(*a)"#, #"missing argument to repetition operator: `*`"#),
        (#"(|*)"#, #"missing argument to repetition operator: `*`"#),
        (#"a**"#, #"invalid nested repetition operator: `**`"#),
        (#"a*+"#, #"invalid nested repetition operator: `*+`"#),
        (#"a+*?b"#, #"invalid nested repetition operator: `+*?`"#),
        (#"a??*"#, #"invalid nested repetition operator: `??*`"#),
        (#"a{2}{3}"#, #"invalid nested repetition operator: `{2}{3}`"#),
        (#"a{2,1}"#, #"invalid repeat count: `{2,1}`"#),
        (#"a{1001}"#, #"invalid repeat count: `{1001}`"#),
        (#"a{1,1001}"#, #"invalid repeat count: `{1,1001}`"#),
        (#"a{2000,}"#, #"invalid repeat count: `{2000,}`"#),
        (#"(a{100}){11}"#, #"invalid repeat count: `{11}`"#),
        (#"((a{10}){10}){11}"#, #"invalid repeat count: `{11}`"#),
        (#"(((){1000}){1000}){1000}"#, #"invalid repeat count: `{1000}`"#),
        (#"{1}"#, #"missing argument to repetition operator: `{1}`"#),
        (#"(?i)*"#, #"missing argument to repetition operator: `*`"#),
        (#"(?"#, #"invalid or unsupported Perl syntax: `(?`"#),
        (#"(?i"#, #"invalid or unsupported Perl syntax: `(?i`"#),
        (#"(?z)"#, #"invalid or unsupported Perl syntax: `(?z`"#),
        (#"(?z:a)"#, #"invalid or unsupported Perl syntax: `(?z`"#),
        (#"(?iz)a"#, #"invalid or unsupported Perl syntax: `(?iz`"#),
        (#"(?=a)"#, #"invalid or unsupported Perl syntax: `(?=`"#),
        (#"(?!a)"#, #"invalid or unsupported Perl syntax: `(?!`"#),
        (#"(?<=a)"#, #"invalid or unsupported Perl syntax: `(?<`"#),
        (#"(?<n>a)"#, #"invalid or unsupported Perl syntax: `(?<`"#),
        (#"(?P"#, #"invalid or unsupported Perl syntax: `(?P`"#),
        (#"(?Pa)"#, #"invalid or unsupported Perl syntax: `(?P`"#),
        (#"(?P<"#, #"invalid or unsupported Perl syntax: `(?P`"#),
        (#"(?P<n"#, #"invalid named capture: `(?P<n`"#),
        (#"(?P<>a)"#, #"invalid named capture: `(?P<>`"#),
        (#"(?P<1-2>a)"#, #"invalid named capture: `(?P<1-2>`"#),
        (#"(?P=n)"#, #"invalid or unsupported Perl syntax: `(?P`"#),
        (#"(?i-)a"#, #"invalid or unsupported Perl syntax: `(?i-)`"#),
        (#"(?--i)a"#, #"invalid or unsupported Perl syntax: `(?--`"#),
        (#"\"#, #"trailing backslash at end of expression: ``"#),
        (#"\q"#, #"invalid escape sequence: `\q`"#),
        (#"\Z"#, #"invalid escape sequence: `\Z`"#),
        (#"\8"#, #"invalid escape sequence: `\8`"#),
        (#"\1"#, #"invalid escape sequence: `\1`"#),
        (#"\pX"#, #"invalid character class range: `\pX`"#),
        (#"\p{Foo}"#, #"invalid character class range: `\p{Foo}`"#),
        (#"\x"#, #"invalid escape sequence: `\x`"#),
        (#"\x4"#, #"invalid escape sequence: `\x4`"#),
        (#"\xZZ"#, #"invalid escape sequence: `\xZZ`"#),
        (#"\x{"#, #"invalid escape sequence: `\x{`"#),
        (#"\x{}"#, #"invalid escape sequence: `\x{}`"#),
        (#"\x{110000}"#, #"invalid escape sequence: `\x{110000`"#),
        (#"\x{12"#, #"invalid escape sequence: `\x{12`"#),
        (#"\é"#, #"invalid escape sequence: `\é`"#),
        (#"\C"#, #"invalid escape sequence: `\C`"#),
        (#"[\q]"#, #"invalid escape sequence: `\q`"#),
        (#"[\"#, #"trailing backslash at end of expression: ``"#),
        (#"[a\"#, #"trailing backslash at end of expression: ``"#),
        (#"a|*"#, #"missing argument to repetition operator: `*`"#),
        (#"x{1000}{2}"#, #"invalid nested repetition operator: `{1000}{2}`"#),
    ]
}
