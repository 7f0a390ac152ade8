/// A regular expression of RE2's kind, matched in time linear in the text: Thompson's simulation, no backtracking.
///
/// Understood: literals, `.`, classes, `\d \w \s` and their negations, `\b`, anchors, groups, `|`, `* + ? {m,n}` (also
/// lazy, which changes no yes-or-no answer), `\Q…\E` and the flags `i`, `s` and `m`; not the classes of Unicode by name
/// (`\pL`). The program has a bound, so that no
/// pattern costs much.
package struct Pattern: Equatable, Sendable, CustomStringConvertible {
    /// The expression as it was written.
    package let source: String
    let program: [PatternInstruction]
    /// The only texts that match, where the expression names them.
    package let texts: Set<String>?

    /// Compiles an expression.
    ///
    /// - Throws: `PatternError` with Go's words for what is wrong.
    package init(_ source: String) throws(PatternError) {
        self.source = source
        var compiler = PatternCompiler(source)
        program = try compiler.compile()
        texts = Self.texts(source)
    }

    /// The texts of `^one$`, `^(one|two)$` or `^(?:one|two)$`, as clients write lists of tag values; nil for others.
    private static func texts(_ source: String) -> Set<String>? {
        guard source.hasPrefix("^"), source.hasSuffix("$") else { return nil }
        var inner = source.dropFirst().dropLast()
        let isGroup = inner.hasPrefix("(") && inner.hasSuffix(")")
        if isGroup {
            inner = inner.dropFirst().dropLast()
            if inner.hasPrefix("?:") { inner = inner.dropFirst(2) }
        }
        let texts = inner.split(separator: "|", omittingEmptySubsequences: false)
        let arePlain = texts.allSatisfy { text in
            text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ":"),
                    UInt8(ascii: " "), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
        }
        return arePlain && (isGroup || texts.count == 1) ? Set(texts.map(String.init)) : nil
    }

    /// The expression between slashes.
    package var description: String {
        "/" + source.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "\\/") + "/"
    }

    /// Whether the expression matches somewhere in `text`.
    package func matches(_ text: String) -> Bool {
        if let texts { return texts.contains(text) }
        let scalars = text.unicodeScalars.map(\.value)
        var current = PatternThreads(count: program.count)
        var next = PatternThreads(count: program.count)
        for position in 0...scalars.count {
            if follow(0, position, scalars, &current) { return true }
            if position == scalars.count { return false }
            next.removeAll()
            for index in 0..<current.count {
                guard case .set(let set) = program[current.list[index]], set.contains(scalars[position]) else {
                    continue
                }
                if follow(current.list[index] + 1, position + 1, scalars, &next) { return true }
            }
            swap(&current, &next)
        }
        return false
    }

    /// Adds every place that is reached from `start` without a character; true where one of them is the end.
    private func follow(_ start: Int, _ position: Int, _ text: [UInt32], _ threads: inout PatternThreads) -> Bool {
        var open = [start]
        while let place = open.popLast() {
            guard threads.insert(place) else { continue }
            switch program[place] {
            case .match: return true
            case .set: break
            case .jump(let target): open.append(target)
            case .split(let first, let second):
                open.append(second)
                open.append(first)
            case .assert(let assertion):
                if assertion.holds(position, text) { open.append(place + 1) }
            }
        }
        return false
    }
}

/// Why a regular expression is none, in Go's words.
package struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The whole text, as Go gives it.
    package let description: String

    init(_ reason: String, _ part: String) { description = "error parsing regexp: \(reason): `\(part)`" }
}

/// The places that are alive at one character, each once.
struct PatternThreads {
    private(set) var list: [Int]
    private(set) var count = 0
    private var isAlive: [Bool]

    init(count: Int) {
        list = [Int](repeating: 0, count: count)
        isAlive = [Bool](repeating: false, count: count)
    }

    mutating func insert(_ place: Int) -> Bool {
        if isAlive[place] { return false }
        isAlive[place] = true
        list[count] = place
        count += 1
        return true
    }

    mutating func removeAll() {
        for index in 0..<count { isAlive[list[index]] = false }
        count = 0
    }
}

/// One step of a compiled expression.
enum PatternInstruction: Equatable, Sendable {
    case set(PatternSet)
    case jump(Int)
    case split(Int, Int)
    case assert(PatternAssertion)
    case match
}

/// A condition on a place in the text.
enum PatternAssertion: Equatable, Sendable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary

    func holds(_ position: Int, _ text: [UInt32]) -> Bool {
        switch self {
        case .textStart: return position == 0
        case .textEnd: return position == text.count
        case .lineStart: return position == 0 || text[position - 1] == 10
        case .lineEnd: return position == text.count || text[position] == 10
        case .wordBoundary, .noWordBoundary:
            let before = position > 0 && PatternSet.word.contains(text[position - 1])
            let after = position < text.count && PatternSet.word.contains(text[position])
            return (before != after) == (self == .wordBoundary)
        }
    }
}

/// Some characters.
struct PatternSet: Equatable, Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false

    static let word = PatternSet(ranges: [48...57, 65...90, 95...95, 97...122])
    static let digit = PatternSet(ranges: [48...57])
    static let space = PatternSet(ranges: [9...10, 12...13, 32...32])

    func contains(_ scalar: UInt32) -> Bool {
        for range in ranges where range.contains(scalar) { return !isNegated }
        return isNegated
    }

    /// The ranges with the negation carried out.
    var positiveRanges: [ClosedRange<UInt32>] {
        guard isNegated else { return ranges }
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return result
    }
}
