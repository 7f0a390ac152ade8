import InfluxQL
import LogicalPlan

/// A condition on one tag, made ready to be asked of each of its values in turn.
indirect enum TagTest {
    case equal([UInt8], isWanted: Bool)
    case matches(PatternMatcher, isWanted: Bool)
    case and(TagTest, TagTest)
    case or(TagTest, TagTest)
    /// Whatever else can be asked.
    case other(Expression)

    /// The test of a condition that names one tag alone.
    init(_ condition: Expression) {
        switch condition {
        case .parenthesis(let inner): self = TagTest(inner)
        case .binary(.and, let left, let right): self = .and(TagTest(left), TagTest(right))
        case .binary(.or, let left, let right): self = .or(TagTest(left), TagTest(right))
        case .binary(let op, .reference, .string(let value)) where op == .equal || op == .notEqual:
            self = .equal(Array(value.utf8), isWanted: op == .equal)
        case .binary(let op, .reference, .regex(let pattern)) where op == .matches || op == .matchesNot:
            self = .matches(PatternMatcher(pattern), isWanted: op == .matches)
        default: self = .other(condition)
        }
    }

    /// Whether a value fulfils it.
    func holds(_ value: Span<UInt8>) -> Bool {
        switch self {
        case .equal(let bytes, let isWanted): return Self.isEqual(value, bytes) == isWanted
        case .matches(let matcher, let isWanted): return matcher.matches(value) == isWanted
        case .and(let left, let right): return left.holds(value) && right.holds(value)
        case .or(let left, let right): return left.holds(value) || right.holds(value)
        case .other(let condition):
            let text = String(copying: value)
            return Condition.holds(condition) { _ in .string(text) }
        }
    }

    private static func isEqual(_ value: Span<UInt8>, _ bytes: [UInt8]) -> Bool {
        guard value.count == bytes.count else { return false }
        for index in 0..<value.count where value[index] != bytes[index] { return false }
        return true
    }
}
