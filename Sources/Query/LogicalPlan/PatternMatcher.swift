/// Matches many texts with one expression: a deterministic automaton whose states are made when a text first needs them,
/// so that each byte of the next texts costs one look at a table.
///
/// Texts with other characters than ASCII, expressions that ask for words or lines, and those whose automaton grows
/// beyond `stateLimit` are left to `Pattern.matches`. One for each walk: it learns as it goes, and is not shared.
package final class PatternMatcher {
    private static let stateLimit = 1000
    private static let unknown: Int32 = -1
    private static let accepted: Int32 = -2

    private struct State {
        /// The sets that the next character may be of.
        var places: [Int]
        /// Whether a text that ends here matches.
        var matchesAtEnd: Bool
    }

    private let pattern: Pattern
    private var states: [State] = []
    /// 128 entries a state: the next one, `unknown` or `accepted`.
    private var transitions: [Int32] = []
    /// The states by the places that they begin with.
    private var numbers: [[Int]: Int32] = [:]
    private var isUsable: Bool
    /// Whether every text matches.
    private var acceptsAll = false

    /// A matcher that has seen no text.
    package init(_ pattern: Pattern) {
        self.pattern = pattern
        isUsable =
            pattern.texts == nil
            && pattern.program.allSatisfy { instruction in
                switch instruction {
                case .assert(let assertion): assertion == .textStart || assertion == .textEnd
                default: true
                }
            }
        if isUsable { acceptsAll = add([0], isStart: true) == Self.accepted }
    }

    /// Whether the expression matches somewhere in a text of UTF-8.
    package func matches(_ text: Span<UInt8>) -> Bool {
        guard isUsable else { return pattern.matches(String(copying: text)) }
        if acceptsAll { return true }
        var state = 0
        for index in 0..<text.count {
            let byte = text[index]
            guard byte < 0x80 else { return pattern.matches(String(copying: text)) }
            var next = transitions[state * 128 + Int(byte)]
            if next == Self.unknown {
                guard states.count < Self.stateLimit else {
                    isUsable = false
                    return pattern.matches(String(copying: text))
                }
                next = step(state, byte)
                transitions[state * 128 + Int(byte)] = next
            }
            if next == Self.accepted { return true }
            state = Int(next)
        }
        return states[state].matchesAtEnd
    }

    private func step(_ state: Int, _ byte: UInt8) -> Int32 {
        // A match may begin at every character.
        var begins: Set<Int> = [0]
        for place in states[state].places {
            if case .set(let set) = pattern.program[place], set.contains(UInt32(byte)) { begins.insert(place + 1) }
        }
        return add(begins.sorted(), isStart: false)
    }

    /// The state of the places where it begins, which is made where it is new; `accepted` where one of them leads to the
    /// end of the expression.
    private func add(_ begins: [Int], isStart: Bool) -> Int32 {
        if !isStart, let known = numbers[begins] { return known }
        let (places, isMatch) = reach(begins, isStart: isStart, isEnd: false)
        if isMatch { return Self.accepted }
        let number = Int32(states.count)
        states.append(
            State(places: places, matchesAtEnd: reach(begins, isStart: isStart, isEnd: true).isMatch))
        transitions += [Int32](repeating: Self.unknown, count: 128)
        if !isStart { numbers[begins] = number }
        return number
    }

    /// What is reached without a character.
    private func reach(_ begins: [Int], isStart: Bool, isEnd: Bool) -> (places: [Int], isMatch: Bool) {
        var seen: Set<Int> = []
        var places: [Int] = []
        var open = begins
        while let place = open.popLast() {
            guard seen.insert(place).inserted else { continue }
            switch pattern.program[place] {
            case .match: return ([], true)
            case .set: places.append(place)
            case .jump(let target): open.append(target)
            case .split(let first, let second): open += [first, second]
            case .assert(let assertion):
                if assertion == .textStart ? isStart : isEnd { open.append(place + 1) }
            }
        }
        return (places, false)
    }
}

extension String {
    /// The text of some UTF-8; what is none becomes U+FFFD.
    package init(copying bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
