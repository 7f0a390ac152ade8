import InfluxQL
import LogicalPlan
import Telemetry

/// A WHERE clause taken apart: bounds of time, and the conjuncts on tags and on fields.
struct Condition: Sendable {
    /// Both ends included.
    private(set) var times: ClosedRange<Int64> = (.min + 2)...(.max - 1)
    private(set) var hasLowerBound = false
    private(set) var hasUpperBound = false
    /// Whether no time can fulfil it.
    private(set) var isEmpty = false
    /// Keeps what lies in `stretch` too.
    mutating func narrow(to stretch: ClosedRange<Int64>) { times = times.clamped(to: stretch) }

    /// The conjuncts beside the bounds of time, as written.
    var conjuncts: [Expression] = []
    /// Conjuncts that mention no field: judged once a series.
    var onTags: [Expression] = []
    /// The others: judged for each row.
    var onRows: [Expression] = []

    /// Takes the bounds of time out; `sort` then tells tags from fields.
    ///
    /// - Parameter zone: of times that name none; nil is UTC.
    init(_ expression: Expression?, now: Int64, zone: LocalZone? = nil) throws {
        guard let expression else { return }
        try Self.check(expression)
        var open = try [withoutTime(expression, now, zone)].compactMap { $0 }
        while let next = open.popLast() {
            switch next {
            case .binary(.and, let left, let right): open += [right, left]
            case .parenthesis(let inner): open.append(inner)
            default: conjuncts.append(next)
            }
        }
    }

    /// Sorts the conjuncts into those on tags alone and the others.
    mutating func sort(isField: (String) -> Bool) {
        let fields = conjuncts.filter { Self.names($0).contains(where: isField) }
        onTags = conjuncts.filter { !Self.names($0).contains(where: isField) }
        onRows = fields
    }

    /// The expression without its bounds of time, which narrow `times`. Under OR too: InfluxDB knows no other way.
    private mutating func withoutTime(
        _ expression: Expression, _ now: Int64, _ zone: LocalZone?
    ) throws -> Expression? {
        switch expression {
        case .binary(let op, let left, let right) where op == .and || op == .or:
            let first = try withoutTime(left, now, zone)
            guard let second = try withoutTime(right, now, zone) else { return first }
            return first.map { .binary(op, $0, second) } ?? second
        case .parenthesis(let inner): return try withoutTime(inner, now, zone).map { .parenthesis($0) }
        case .binary(let op, .reference("time", _), let bound) where op.isComparison:
            try limit(op, try Self.time(bound, now: now, zone: zone))
            return nil
        case .binary(let op, let bound, .reference("time", _)) where op.isComparison:
            try limit(Self.mirrored(op), try Self.time(bound, now: now, zone: zone))
            return nil
        default: return expression
        }
    }

    /// Narrows the bounds to those of the question around a subquery.
    mutating func narrow(to other: Condition) {
        let low = max(times.lowerBound, other.times.lowerBound)
        let high = min(times.upperBound, other.times.upperBound)
        isEmpty = isEmpty || other.isEmpty || low > high
        hasLowerBound = hasLowerBound || other.hasLowerBound
        hasUpperBound = hasUpperBound || other.hasUpperBound
        times = low...max(low, high)
    }

    /// Moves the bound at which an answer begins by one window: earlier, or later where it descends.
    mutating func widen(by window: WindowRule, isDescending: Bool) {
        guard !isEmpty else { return }
        var (low, high) = (times.lowerBound, times.upperBound)
        if isDescending {
            if hasUpperBound { high = high > .max - 1 - window.interval ? .max - 1 : high + window.interval }
        } else if hasLowerBound {
            low = low < .min + 2 + window.interval ? .min + 2 : low - window.interval
        }
        if window.calendar.map({ $0.months > 0 }) ?? false {
            // Months differ: the whole window before the first, or behind the last.
            if isDescending, hasUpperBound {
                high = max(high, window.end(of: window.end(of: window.start(of: times.upperBound))) &- 1)
            } else if hasLowerBound {
                low = min(low, window.start(of: window.start(of: times.lowerBound) &- 1))
            }
        }
        times = low...high
    }

    /// Refuses a name or a value where a yes or no must stand.
    private static func check(_ expression: Expression) throws {
        switch expression {
        case .binary(.and, let left, let right), .binary(.or, let left, let right):
            try check(left)
            try check(right)
        case .parenthesis(let inner): try check(inner)
        case .binary, .boolean: break
        default: throw QueryError("invalid condition expression: \(expression)")
        }
    }

    private mutating func limit(_ op: BinaryOperator, _ time: Int64) throws {
        var (low, high) = (times.lowerBound, times.upperBound)
        if op != .less, op != .lessOrEqual {
            hasLowerBound = true
            if op == .greater, time == .max { isEmpty = true }
            low = max(low, op == .greater ? time &+ (time == .max ? 0 : 1) : time)
        }
        if op != .greater, op != .greaterOrEqual {
            hasUpperBound = true
            if op == .less, time == .min { isEmpty = true }
            high = min(high, op == .less ? time &- (time == .min ? 0 : 1) : time)
        }
        guard op != .notEqual else { throw QueryError("invalid time comparison operator: !=") }
        isEmpty = isEmpty || low > high
        times = low...max(low, high)
    }

    static func mirrored(_ op: BinaryOperator) -> BinaryOperator {
        switch op {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: op
        }
    }

    /// Whether a text begins with a date, so that it is meant as a time.
    static func isTimeText(_ text: String) -> Bool {
        let digits: Set = [0, 1, 2, 3, 5, 6, 8, 9]
        let date = text.utf8.prefix(10)
        return date.count == 10
            && date.enumerated().allSatisfy { place, byte in
                digits.contains(place) ? (48...57).contains(byte) : byte == UInt8(ascii: "-")
            }
    }

    /// The instant that an expression names.
    static func time(_ expression: Expression, now: Int64, zone: LocalZone? = nil) throws -> Int64 {
        switch expression {
        case .parenthesis(let inner): return try time(inner, now: now, zone: zone)
        case .integer(let value), .duration(let value): return value
        case .number(let value):
            guard let time = Int64(exactly: value.rounded(.towardZero)) else {
                throw QueryError("time \(value) is out of range")
            }
            return time
        case .call("now", _): return now
        case .string(let text):
            guard let time = Timestamp.parse(text.utf8) else {
                throw QueryError(
                    isTimeText(text)
                        ? "invalid timestamp string"
                        : "invalid operation: time and *influxql.StringLiteral are not compatible")
            }
            // A text without a zone is that of the clocks of `tz()`.
            return text.contains { "TtZz+".contains($0) } ? time : zone?.instant(time) ?? time
        case .binary(let op, let left, let right) where isTime(left) && isTime(right):
            let (first, second) = (
                try time(left, now: now, zone: zone), try time(right, now: now, zone: zone)
            )
            switch op {
            case .add: return first &+ second
            case .subtract: return first &- second
            case .multiply: return first &* second
            // A quotient has a fraction, which a time then loses; that by nothing is nothing.
            case .divide: return second == 0 ? 0 : first.dividedReportingOverflow(by: second).partialValue
            default: throw QueryError("invalid time expression: \(expression)")
            }
        default:
            throw QueryError("invalid operation: time and *influxql.\(kind(of: expression)) are not compatible")
        }
    }

    /// Whether an expression is made of instants and durations alone.
    private static func isTime(_ expression: Expression) -> Bool {
        switch expression {
        case .integer, .duration, .number, .call("now", _), .string: true
        case .parenthesis(let inner): isTime(inner)
        case .binary(_, let left, let right): isTime(left) && isTime(right)
        default: false
        }
    }

    /// How InfluxDB's messages call an expression.
    private static func kind(of expression: Expression) -> String {
        switch expression {
        case .reference: "VarRef"
        case .call: "Call"
        case .boolean: "BooleanLiteral"
        case .regex: "RegexLiteral"
        case .wildcard: "Wildcard"
        case .unsigned: "UnsignedLiteral"
        default: "BinaryExpr"
        }
    }

    /// The names that an expression mentions.
    static func names(_ expression: Expression) -> [String] {
        switch expression {
        case .reference(let name, _): [name]
        case .binary(_, let left, let right): names(left) + names(right)
        case .parenthesis(let inner): names(inner)
        case .call(_, let arguments): arguments.flatMap(names)
        default: []
        }
    }

    /// Whether a conjunct holds; what has no value compares as false.
    static func holds(_ expression: Expression, _ value: (String) -> QueryValue) -> Bool {
        Evaluation.value(expression, value) == .boolean(true)
    }
}

/// Computes expressions over named values.
enum Evaluation {
    static func value(_ expression: Expression, _ lookup: (String) -> QueryValue) -> QueryValue {
        switch expression {
        case .reference(let name, let type): type.map { cast(lookup(name), $0) } ?? lookup(name)
        case .call(let name, let arguments):
            Functions.math.contains(name)
                ? MathFunction.value(name, arguments.map { value($0, lookup) }) : lookup(expression.description)
        case .parenthesis(let inner): value(inner, lookup)
        case .number(let value): .float(value)
        case .integer(let value), .duration(let value): .integer(value)
        case .unsigned(let value): .unsigned(value)
        case .string(let text): .string(text)
        case .boolean(let value): .boolean(value)
        case .binary(let op, let left, .regex(let pattern)):
            if case .string(let text) = value(left, lookup) {
                .boolean(pattern.matches(text) == (op == .matches))
            } else {
                .boolean(false)
            }
        case .binary(.and, let left, let right):
            .boolean(value(left, lookup) == .boolean(true) && value(right, lookup) == .boolean(true))
        case .binary(.or, let left, let right):
            .boolean(value(left, lookup) == .boolean(true) || value(right, lookup) == .boolean(true))
        case .binary(let op, let left, let right): apply(op, value(left, lookup), value(right, lookup))
        case .regex, .wildcard, .months: .null
        }
    }

    static func number(_ value: QueryValue) -> Double? {
        switch value {
        case .float(let value): value
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        default: nil
        }
    }

    /// A number as another type of number.
    private static func cast(_ value: QueryValue, _ type: String) -> QueryValue {
        guard let number = number(value) else { return .null }
        switch type {
        case "float": return .float(number)
        case "integer":
            if case .integer = value { return value }
            return .integer(Int64(exactly: number.rounded(.towardZero)) ?? (number < 0 ? .min : .max))
        case "unsigned":
            if case .unsigned = value { return value }
            return .unsigned(UInt64(exactly: number.rounded(.towardZero)) ?? (number < 0 ? 0 : .max))
        default: return .null
        }
    }

    private static func apply(_ op: BinaryOperator, _ left: QueryValue, _ right: QueryValue) -> QueryValue {
        if op.isComparison { return .boolean(compare(op, left, right)) }
        if case (.integer(let a), .integer(let b)) = (left, right) {
            switch op {
            case .add: return .integer(a &+ b)
            case .subtract: return .integer(a &- b)
            case .multiply: return .integer(a &* b)
            // The one quotient that overflows, the smallest by -1, leaves nothing over.
            case .modulo: return .integer(b == 0 || b == -1 ? 0 : a % b)
            case .bitAnd: return .integer(a & b)
            case .bitOr: return .integer(a | b)
            case .bitXor: return .integer(a ^ b)
            default: break
            }
        }
        if case (.boolean(let a), .boolean(let b)) = (left, right) {
            switch op {
            case .bitAnd: return .boolean(a && b)
            case .bitOr: return .boolean(a || b)
            case .bitXor: return .boolean(a != b)
            default: return .null
            }
        }
        guard let a = number(left), let b = number(right) else { return .null }
        switch op {
        case .add: return .float(a + b)
        case .subtract: return .float(a - b)
        case .multiply: return .float(a * b)
        case .divide: return .float(b == 0 ? 0 : a / b)
        case .modulo: return .float(a.truncatingRemainder(dividingBy: b))
        default: return .null
        }
    }

    private static func compare(_ op: BinaryOperator, _ left: QueryValue, _ right: QueryValue) -> Bool {
        if let a = number(left), let b = number(right) { return ordered(op, a < b, a == b) }
        switch (left, right) {
        // InfluxDB does not order strings: what is neither = nor != is false.
        case (.string(let a), .string(let b)): return op == .equal ? a == b : op == .notEqual && a != b
        case (.boolean(let a), .boolean(let b)): return op == .equal ? a == b : op == .notEqual && a != b
        default: return false
        }
    }

    private static func ordered(_ op: BinaryOperator, _ isLess: Bool, _ isEqual: Bool) -> Bool {
        switch op {
        case .equal: isEqual
        case .notEqual: !isEqual
        case .less: isLess
        case .lessOrEqual: isLess || isEqual
        case .greater: !isLess && !isEqual
        case .greaterOrEqual: !isLess
        default: false
        }
    }
}
