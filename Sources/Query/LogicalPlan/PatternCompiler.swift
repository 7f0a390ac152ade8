/// Turns the text of a regular expression into a program.
struct PatternCompiler {
    private static let instructionLimit = 20_000
    private static let repeatLimit = 1000
    private static let depthLimit = 200

    private indirect enum Node {
        case empty
        case set(PatternSet)
        case assert(PatternAssertion)
        case sequence([Node])
        case either([Node])
        case repeated(Node, Int, Int?)
    }

    private let source: String
    private let text: [UInt32]
    private var offset = 0
    private var depth = 0
    private var ignoresCase = false
    private var dotIsAll = false
    private var isMultiline = false
    private var program: [PatternInstruction] = []

    init(_ source: String) {
        self.source = source
        text = source.unicodeScalars.map(\.value)
    }

    mutating func compile() throws(PatternError) -> [PatternInstruction] {
        let node = try alternatives()
        if offset < text.count { throw PatternError("unexpected )", source) }
        try emit(node)
        program.append(.match)
        return program
    }

    private func isAt(_ character: Unicode.Scalar) -> Bool { offset < text.count && text[offset] == character.value }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard isAt(character) else { return false }
        offset += 1
        return true
    }

    private mutating func alternatives() throws(PatternError) -> Node {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthLimit { throw PatternError("expression nests too deeply", source) }
        let flags = (ignoresCase, dotIsAll, isMultiline)
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        (ignoresCase, dotIsAll, isMultiline) = flags
        return branches.count == 1 ? branches[0] : .either(branches)
    }

    private mutating func sequence() throws(PatternError) -> Node {
        var nodes: [Node] = []
        while offset < text.count, !isAt("|"), !isAt(")") {
            let start = offset
            if isAt("*") || isAt("+") || isAt("?") {
                throw PatternError("missing argument to repetition operator", part(offset, offset + 1))
            }
            var node = try atom()
            var wasRepeated = false
            while let (low, high) = try repetition() {
                if wasRepeated { throw PatternError("invalid nested repetition operator", part(start + 1, offset)) }
                _ = take("?")
                node = .repeated(node, low, high)
                wasRepeated = true
            }
            nodes.append(node)
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func repetition() throws(PatternError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard isAt("{") else { return nil }
        let start = offset
        offset += 1
        guard let low = number() else {
            offset = start
            return nil
        }
        var high: Int? = low
        if take(",") { high = number() }
        guard take("}") else {
            offset = start
            return nil
        }
        if low > Self.repeatLimit || (high ?? 0) > Self.repeatLimit || (high ?? low) < low {
            throw PatternError("invalid repeat count", part(start, offset))
        }
        return (low, high)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while offset < text.count, (48...57).contains(text[offset]) {
            value = min((value ?? 0) * 10 + Int(text[offset] - 48), 1_000_000)
            offset += 1
        }
        return value
    }

    private mutating func atom() throws(PatternError) -> Node {
        let character = text[offset]
        offset += 1
        switch Unicode.Scalar(character) {
        case ".":
            return .set(PatternSet(ranges: dotIsAll ? [] : [10...10], isNegated: true))
        case "^": return .assert(isMultiline ? .lineStart : .textStart)
        case "$": return .assert(isMultiline ? .lineEnd : .textEnd)
        case "(": return try group()
        case "[": return .set(try characterClass())
        case "\\": return try escape()
        default: return literal(character)
        }
    }

    private func literal(_ character: UInt32) -> Node {
        let set = PatternSet(ranges: [character...character])
        return .set(ignoresCase ? set.folded() : set)
    }

    private mutating func group() throws(PatternError) -> Node {
        if take("?") {
            if take("P") {
                guard take("<") else { throw PatternError("invalid named capture", source) }
                while offset < text.count, !isAt(">") { offset += 1 }
                offset = min(offset + 1, text.count)
            } else {
                let start = offset - 2
                var value = true
                while offset < text.count, !isAt(":"), !isAt(")") {
                    switch Unicode.Scalar(text[offset]) {
                    case "i": ignoresCase = value
                    case "s": dotIsAll = value
                    case "m": isMultiline = value
                    case "U": break
                    case "-": value = false
                    default: throw PatternError("invalid or unsupported Perl syntax", part(start, offset + 1))
                    }
                    offset += 1
                }
                if take(")") { return .empty }
                guard take(":") else { throw PatternError("missing closing )", source) }
            }
        }
        let node = try alternatives()
        guard take(")") else { throw PatternError("missing closing )", source) }
        return node
    }

    private mutating func escape() throws(PatternError) -> Node {
        guard offset < text.count else { throw PatternError("trailing backslash at end of expression", "") }
        switch Unicode.Scalar(text[offset]) {
        case "b": return assertion(.wordBoundary)
        case "B": return assertion(.noWordBoundary)
        case "A": return assertion(.textStart)
        case "z": return assertion(.textEnd)
        default: break
        }
        if let set = perlClass() { return .set(set) }
        return literal(try escapedCharacter())
    }

    private mutating func assertion(_ assertion: PatternAssertion) -> Node {
        offset += 1
        return .assert(assertion)
    }

    private mutating func perlClass() -> PatternSet? {
        var set: PatternSet
        switch Unicode.Scalar(text[offset]) {
        case "d", "D": set = .digit
        case "w", "W": set = .word
        case "s", "S": set = .space
        default: return nil
        }
        if text[offset] < 97 { set.isNegated = true }
        offset += 1
        return set
    }

    private mutating func escapedCharacter() throws(PatternError) -> UInt32 {
        let character = text[offset]
        offset += 1
        switch Unicode.Scalar(character) {
        case "n": return 10
        case "r": return 13
        case "t": return 9
        case "f": return 12
        case "v": return 11
        case "a": return 7
        case "x":
            var value: UInt32 = 0
            let isBraced = take("{")
            var count = 0
            while offset < text.count, isBraced || count < 2, count < 6,
                let digit = Unicode.Scalar(text[offset]).flatMap({ Character($0).hexDigitValue })
            {
                value = value * 16 + UInt32(digit)
                count += 1
                offset += 1
            }
            if isBraced ? !take("}") : count != 2 { throw PatternError("invalid escape sequence", "\\x") }
            return value
        default:
            let isWord = PatternSet.word.contains(character) && character != 95
            if isWord { throw PatternError("invalid escape sequence", part(offset - 2, offset)) }
            return character
        }
    }

    private mutating func characterClass() throws(PatternError) -> PatternSet {
        let start = offset - 1
        var set = PatternSet()
        let isNegated = take("^")
        var isFirst = true
        while isFirst || !isAt("]") {
            guard offset < text.count else { throw PatternError("missing closing ]", part(start, text.count)) }
            isFirst = false
            if isAt("["), let named = namedClass() {
                set.ranges += named.positiveRanges
                continue
            }
            if isAt("\\"), offset + 1 < text.count {
                offset += 1
                if let perl = perlClass() {
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
            guard offset < text.count else { throw PatternError("missing closing ]", part(start, text.count)) }
            return try escapedCharacter()
        }
        guard offset < text.count else { throw PatternError("missing closing ]", part(start, text.count)) }
        offset += 1
        return text[offset - 1]
    }

    private mutating func namedClass() -> PatternSet? {
        let names: [(String, [ClosedRange<UInt32>])] = [
            ("alpha", [65...90, 97...122]), ("digit", [48...57]), ("alnum", [48...57, 65...90, 97...122]),
            ("upper", [65...90]), ("lower", [97...122]), ("space", [9...13, 32...32]),
            ("punct", [33...47, 58...64, 91...96, 123...126]), ("xdigit", [48...57, 65...70, 97...102]),
            ("word", PatternSet.word.ranges), ("blank", [9...9, 32...32]),
        ]
        for (name, ranges) in names {
            for prefix in ["[:", "[:^"] {
                let whole = (prefix + name + ":]").unicodeScalars.map(\.value)
                if text[offset...].starts(with: whole) {
                    offset += whole.count
                    return PatternSet(ranges: ranges, isNegated: prefix.count == 3)
                }
            }
        }
        return nil
    }

    private func part(_ start: Int, _ end: Int) -> String {
        var result = ""
        for value in text[max(0, start)..<min(end, text.count)] {
            if let scalar = Unicode.Scalar(value) { result.unicodeScalars.append(scalar) }
        }
        return result
    }

    private mutating func emit(_ node: Node) throws(PatternError) {
        if program.count > Self.instructionLimit { throw PatternError("expression too large", source) }
        switch node {
        case .empty: break
        case .set(let set): program.append(.set(set))
        case .assert(let assertion): program.append(.assert(assertion))
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .either(let nodes):
            var jumps: [Int] = []
            for (index, node) in nodes.enumerated() {
                if index == nodes.count - 1 {
                    try emit(node)
                    break
                }
                let split = program.count
                program.append(.jump(0))
                try emit(node)
                jumps.append(program.count)
                program.append(.jump(0))
                program[split] = .split(split + 1, program.count)
            }
            for jump in jumps { program[jump] = .jump(program.count) }
        case .repeated(let node, let low, let high):
            for _ in 0..<low { try emit(node) }
            if let high {
                for _ in low..<max(low, high) {
                    let split = program.count
                    program.append(.jump(0))
                    try emit(node)
                    program[split] = .split(split + 1, program.count)
                }
            } else {
                let split = program.count
                program.append(.jump(0))
                try emit(node)
                program.append(.jump(split))
                program[split] = .split(split + 1, program.count)
            }
        }
    }
}
