/// Turns the text of a regular expression into a program.
struct PatternCompiler {
    private static let instructionLimit = 20_000
    private static let repeatLimit = 1000
    private static let depthLimit = 200
    /// Nodes that are walked to make the program: a repetition of nothing makes no instructions, but takes its time.
    private static let stepLimit = 200_000

    var ignoresCase: Bool { flags.ignoresCase }

    indirect enum Node {
        case empty
        case set(PatternSet)
        case assert(PatternAssertion)
        case sequence([Node])
        case either([Node])
        case repeated(Node, Int, Int?)
    }

    private struct Flags {
        var ignoresCase = false
        var dotIsAll = false
        var isMultiline = false
    }

    private let source: String
    let text: [UInt32]
    var offset = 0
    private var depth = 0
    private var flags = Flags()
    private var stepCount = 0
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

    func isAt(_ character: Unicode.Scalar) -> Bool { offset < text.count && text[offset] == character.value }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard isAt(character) else { return false }
        offset += 1
        return true
    }

    private mutating func alternatives() throws(PatternError) -> Node {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthLimit { throw PatternError("expression nests too deeply", source) }
        let outer = flags
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        flags = outer
        return branches.count == 1 ? branches[0] : .either(branches)
    }

    private mutating func sequence() throws(PatternError) -> Node {
        var nodes: [Node] = []
        // The last node may be repeated, once.
        var isRepeatable = false
        var lastRepetition: Int?
        while offset < text.count, !isAt("|"), !isAt(")") {
            let start = offset
            if let (low, high) = try repetition() {
                if let lastRepetition {
                    throw PatternError("invalid nested repetition operator", part(lastRepetition, offset))
                }
                guard isRepeatable, let node = nodes.popLast() else {
                    throw PatternError("missing argument to repetition operator", part(start, offset))
                }
                let repeated = Node.repeated(node, low, high)
                guard repeated.isRepeatedAtMost(Self.repeatLimit) else {
                    throw PatternError("invalid repeat count", part(start, offset))
                }
                nodes.append(repeated)
                lastRepetition = start
                continue
            }
            lastRepetition = nil
            let before = nodes.count
            if isAt("\\"), offset + 1 < text.count, text[offset + 1] == 81 {
                nodes += quotation()
            } else if let node = try atom() {
                nodes.append(node)
            }
            isRepeatable = nodes.count > before
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    /// The bounds of a repetition that stands here, with the `?` behind it.
    private mutating func repetition() throws(PatternError) -> (Int, Int?)? {
        var bounds: (Int, Int?)?
        if take("*") {
            bounds = (0, nil)
        } else if take("+") {
            bounds = (1, nil)
        } else if take("?") {
            bounds = (0, 1)
        } else if isAt("{") {
            bounds = try counts()
        }
        if bounds != nil { _ = take("?") }
        return bounds
    }

    /// The bounds in braces, nil where the brace is a plain character.
    private mutating func counts() throws(PatternError) -> (Int, Int?)? {
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

    /// The characters between `\Q` and `\E` or the end, as they stand.
    private mutating func quotation() -> [Node] {
        offset += 2
        var nodes: [Node] = []
        while offset < text.count {
            if isAt("\\"), offset + 1 < text.count, text[offset + 1] == 69 {
                offset += 2
                break
            }
            nodes.append(literal(text[offset]))
            offset += 1
        }
        return nodes
    }

    private mutating func number() -> Int? {
        var value: Int?
        while offset < text.count, (48...57).contains(text[offset]) {
            value = min((value ?? 0) * 10 + Int(text[offset] - 48), 1_000_000)
            offset += 1
        }
        return value
    }

    /// One node; nil where only flags stand.
    private mutating func atom() throws(PatternError) -> Node? {
        let character = text[offset]
        offset += 1
        switch Unicode.Scalar(character) {
        case ".":
            return .set(PatternSet(ranges: flags.dotIsAll ? [] : [10...10], isNegated: true))
        case "^": return .assert(flags.isMultiline ? .lineStart : .textStart)
        case "$": return .assert(flags.isMultiline ? .lineEnd : .textEnd)
        case "(": return try group()
        case "[": return .set(try characterClass())
        case "\\": return try escape()
        default: return literal(character)
        }
    }

    func literal(_ character: UInt32) -> Node {
        let set = PatternSet(ranges: [character...character])
        return .set(ignoresCase ? set.folded() : set)
    }

    private mutating func group() throws(PatternError) -> Node? {
        let start = offset - 1
        let outer = flags
        if take("?") {
            if isAt("P"), offset + 2 < text.count, text[offset + 1] == 60 {
                try groupName(start)
            } else if try !groupFlags(start) {
                return nil
            }
        }
        let node = try alternatives()
        flags = outer
        guard take(")") else { throw PatternError("missing closing )", source) }
        return node
    }

    private mutating func groupName(_ start: Int) throws(PatternError) {
        offset += 2
        let first = offset
        while offset < text.count, !isAt(">") { offset += 1 }
        let name = text[first..<offset]
        guard take(">"), !name.isEmpty, name.allSatisfy(PatternSet.word.contains) else {
            throw PatternError("invalid named capture", part(start, offset))
        }
    }

    /// Sets the flags that stand here; false where they are not of a group, but of what follows.
    private mutating func groupFlags(_ start: Int) throws(PatternError) -> Bool {
        var changed = flags
        var value = true
        var isComplete = true
        scan: while offset < text.count {
            let character = Unicode.Scalar(text[offset])
            offset += 1
            switch character {
            case "i": changed.ignoresCase = value
            case "s": changed.dotIsAll = value
            case "m": changed.isMultiline = value
            case "U": break
            case "-":
                guard value else { break scan }
                value = false
                isComplete = false
                continue
            case ":", ")":
                guard isComplete else { break scan }
                flags = changed
                return character == ":"
            default: break scan
            }
            isComplete = true
        }
        throw PatternError("invalid or unsupported Perl syntax", part(start, offset))
    }

    func part(_ start: Int, _ end: Int) -> String {
        var result = ""
        for value in text[max(0, start)..<min(end, text.count)] {
            if let scalar = Unicode.Scalar(value) { result.unicodeScalars.append(scalar) }
        }
        return result
    }

    private mutating func emit(_ node: Node) throws(PatternError) {
        stepCount += 1
        if program.count > Self.instructionLimit || stepCount > Self.stepLimit {
            throw PatternError("expression too large", source)
        }
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

extension PatternCompiler.Node {
    /// Whether no part stands more than `limit` times in a row, the counts of repetitions in repetitions multiplied.
    fileprivate func isRepeatedAtMost(_ limit: Int) -> Bool {
        switch self {
        case .empty, .set, .assert: return true
        case .sequence(let nodes), .either(let nodes): return nodes.allSatisfy { $0.isRepeatedAtMost(limit) }
        case .repeated(let node, let low, let high):
            let count = high ?? low
            if count > limit { return false }
            // A part that never stands costs nothing, however often.
            return high == 0 || node.isRepeatedAtMost(count > 0 ? limit / count : limit)
        }
    }
}
