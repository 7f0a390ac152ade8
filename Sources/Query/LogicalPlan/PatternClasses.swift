/// What stands for one character: escapes and classes.
extension PatternCompiler {
    mutating func escape() throws(PatternError) -> Node {
        guard offset < text.count else { throw PatternError("trailing backslash at end of expression", "") }
        switch Unicode.Scalar(text[offset]) {
        case "b": return assertion(.wordBoundary)
        case "B": return assertion(.noWordBoundary)
        case "A": return assertion(.textStart)
        case "z": return assertion(.textEnd)
        default: break
        }
        if let set = try perlClass() { return .set(set) }
        return literal(try escapedCharacter())
    }

    private mutating func assertion(_ assertion: PatternAssertion) -> Node {
        offset += 1
        return .assert(assertion)
    }

    /// `\d` and the like, whose letter comes next.
    private mutating func perlClass() throws(PatternError) -> PatternSet? {
        var set: PatternSet
        switch Unicode.Scalar(text[offset]) {
        case "d", "D": set = .digit
        case "w", "W": set = .word
        case "s", "S": set = .space
        case "p", "P":
            // The classes of Unicode by name are not carried.
            let start = offset - 1
            offset += 1
            if isAt("{") { while offset < text.count, !isAt("}") { offset += 1 } }
            throw PatternError("invalid character class range", part(start, offset + 1))
        default: return nil
        }
        if text[offset] < 97 { set.isNegated = true }
        offset += 1
        return set
    }

    /// The character that an escape names; its backslash is taken.
    private mutating func escapedCharacter() throws(PatternError) -> UInt32 {
        let start = offset - 1
        let character = text[offset]
        offset += 1
        switch Unicode.Scalar(character) {
        case "n": return 10
        case "r": return 13
        case "t": return 9
        case "f": return 12
        case "v": return 11
        case "a": return 7
        case "x": return try hexCharacter(start)
        case "0": return octalCharacter(0)
        case "1", "2", "3", "4", "5", "6", "7":
            // One digit would refer to a group, which no linear engine can.
            guard offset < text.count, (48...55).contains(text[offset]) else { break }
            return octalCharacter(character - 48)
        default:
            if character < 128, character == 95 || !PatternSet.word.contains(character) { return character }
        }
        throw PatternError("invalid escape sequence", part(start, offset))
    }

    private mutating func octalCharacter(_ first: UInt32) -> UInt32 {
        var value = first
        var count = 1
        while count < 3, offset < text.count, (48...55).contains(text[offset]) {
            value = value * 8 + text[offset] - 48
            offset += 1
            count += 1
        }
        return value
    }

    private mutating func hexCharacter(_ start: Int) throws(PatternError) -> UInt32 {
        let isBraced = take("{")
        var value: UInt32 = 0
        var count = 0
        while offset < text.count, value <= 0x10FFFF, isBraced || count < 2 {
            if isBraced, take("}") {
                if count > 0 { return value }
                break
            }
            let digit = Unicode.Scalar(text[offset]).flatMap { $0.isASCII ? Character($0).hexDigitValue : nil }
            offset += 1
            guard let digit else {
                if !isBraced, count == 0 { offset += 1 }
                break
            }
            value = value * 16 + UInt32(digit)
            count += 1
        }
        if !isBraced, count == 2 { return value }
        throw PatternError("invalid escape sequence", part(start, offset))
    }

    mutating func characterClass() throws(PatternError) -> PatternSet {
        let start = offset - 1
        var set = PatternSet()
        let isNegated = take("^")
        var isFirst = true
        while isFirst || !isAt("]") {
            guard offset < text.count else { throw PatternError("missing closing ]", part(start, text.count)) }
            isFirst = false
            if let named = try namedClass() {
                set.ranges += named.positiveRanges
                continue
            }
            if isAt("\\"), offset + 1 < text.count {
                offset += 1
                if let perl = try perlClass() {
                    set.ranges += perl.positiveRanges
                    continue
                }
                offset -= 1
            }
            let rangeStart = offset
            let low = try classCharacter(start)
            var high = low
            if isAt("-"), offset + 1 < text.count, text[offset + 1] != 93 {
                offset += 1
                high = try classCharacter(start)
            }
            if high < low { throw PatternError("invalid character class range", part(rangeStart, offset)) }
            set.ranges.append(low...high)
        }
        offset += 1
        if ignoresCase { set = set.folded() }
        set.isNegated = isNegated
        return set
    }

    private mutating func classCharacter(_ start: Int) throws(PatternError) -> UInt32 {
        if take("\\") {
            guard offset < text.count else { throw PatternError("trailing backslash at end of expression", "") }
            return try escapedCharacter()
        }
        guard offset < text.count else { throw PatternError("missing closing ]", part(start, text.count)) }
        offset += 1
        return text[offset - 1]
    }

    private static let namedClasses: [String: [ClosedRange<UInt32>]] = [
        "alnum": [48...57, 65...90, 97...122], "alpha": [65...90, 97...122], "ascii": [0...127],
        "blank": [9...9, 32...32], "cntrl": [0...31, 127...127], "digit": [48...57], "graph": [33...126],
        "lower": [97...122], "print": [32...126], "punct": [33...47, 58...64, 91...96, 123...126],
        "space": [9...13, 32...32], "upper": [65...90], "word": PatternSet.word.ranges,
        "xdigit": [48...57, 65...70, 97...102],
    ]

    /// `[:alpha:]` and the like, where one begins here and ends somewhere.
    private mutating func namedClass() throws(PatternError) -> PatternSet? {
        guard isAt("["), offset + 1 < text.count, text[offset + 1] == 58 else { return nil }
        var end = offset + 2
        while end + 1 < text.count, text[end] != 58 || text[end + 1] != 93 { end += 1 }
        guard end + 1 < text.count else { return nil }
        let isNegated = text[offset + 2] == 94
        let name = part(offset + (isNegated ? 3 : 2), end)
        guard let ranges = Self.namedClasses[name] else {
            throw PatternError("invalid character class range", part(offset, end + 2))
        }
        offset = end + 2
        return PatternSet(ranges: ranges, isNegated: isNegated)
    }
}
