package import LogicalPlan

/// An operator between two expressions, as InfluxQL writes it.
package enum BinaryOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case modulo = "%"
    case bitAnd = "&"
    case bitOr = "|"
    case bitXor = "^"
    case and = "AND"
    case or = "OR"
    case equal = "="
    case notEqual = "!="
    case matches = "=~"
    case matchesNot = "!~"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="

    var precedence: Int {
        switch self {
        case .or: 1
        case .and: 2
        case .equal, .notEqual, .matches, .matchesNot, .less, .lessOrEqual, .greater, .greaterOrEqual: 3
        case .add, .subtract, .bitOr, .bitXor: 4
        case .multiply, .divide, .modulo, .bitAnd: 5
        }
    }

    /// Whether it compares.
    package var isComparison: Bool { precedence == 3 }
    /// Whether it computes a number.
    package var isMath: Bool { precedence > 3 }
}

/// An expression of InfluxQL.
package indirect enum Expression: Equatable, Sendable, CustomStringConvertible {
    case reference(String, type: String?)
    case call(String, [Expression])
    case binary(BinaryOperator, Expression, Expression)
    case parenthesis(Expression)
    case number(Double)
    case integer(Int64)
    case unsigned(UInt64)
    case duration(Int64)
    /// Months of the calendar, `1mo`, `1q` or `1y`: in GROUP BY time alone.
    case months(Int64)
    case string(String)
    case boolean(Bool)
    case regex(Pattern)
    /// `*`, `*::field`, `*::tag`.
    case wildcard(String?)

    /// The expression as InfluxDB writes it.
    package var description: String {
        switch self {
        case .reference(let name, let type): quoteIdentifier(name) + (type.map { "::" + $0 } ?? "")
        case .call(let name, let arguments): "\(name)(\(arguments.map(\.description).joined(separator: ", ")))"
        case .binary(let op, let left, let right): "\(left) \(op.rawValue) \(right)"
        case .parenthesis(let inner): "(\(inner))"
        case .number(let value): formatNumber(value)
        case .integer(let value): String(value)
        case .unsigned(let value): String(value)
        case .duration(let value): formatDuration(value)
        case .months(let count): count % 12 == 0 ? "\(count / 12)y" : count % 3 == 0 ? "\(count / 3)q" : "\(count)mo"
        case .string(let text): quoteString(text)
        case .boolean(let value): value ? "true" : "false"
        case .regex(let pattern): pattern.description
        case .wildcard(let type): "*" + (type.map { "::" + $0 } ?? "")
        }
    }

    /// The first operator outside of calls that computes no number.
    var firstComparison: BinaryOperator? {
        switch self {
        case .binary(let op, let left, let right):
            op.isMath ? left.firstComparison ?? right.firstComparison : op
        case .parenthesis(let inner): inner.firstComparison
        default: nil
        }
    }

    /// Whether a function is called in it.
    var hasCall: Bool {
        switch self {
        case .call: true
        case .binary(_, let left, let right): left.hasCall || right.hasCall
        case .parenthesis(let inner): inner.hasCall
        default: false
        }
    }

    /// The name that a column of this expression has by itself.
    package var columnName: String {
        switch self {
        case .reference(let name, _): name
        case .call(let name, _): name
        case .parenthesis(let inner): inner.columnName
        case .binary: names.joined(separator: "_")
        default: ""
        }
    }

    private var names: [String] {
        switch self {
        case .reference(let name, _): [name]
        case .call(let name, _): [name]
        case .parenthesis(let inner): inner.names
        case .binary(_, let left, let right): left.names + right.names
        default: []
        }
    }
}

/// A name as it must be written: bare where it can be, else in double quotes.
package func quoteIdentifier(_ name: String) -> String {
    let isBare =
        !name.isEmpty && name.utf8.first.map { !(48...57).contains($0) } == true
        && !Keyword.all.contains(name.uppercased())
        && name.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95
        }
    if isBare { return name }
    var text = "\""
    for character in name.unicodeScalars {
        switch character {
        case "\"": text += "\\\""
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        default: text.unicodeScalars.append(character)
        }
    }
    return text + "\""
}

/// A text in single quotes.
package func quoteString(_ value: String) -> String {
    var text = "'"
    for character in value.unicodeScalars {
        switch character {
        case "'": text += "\\'"
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        default: text.unicodeScalars.append(character)
        }
    }
    return text + "'"
}

/// A number with three decimals, as InfluxDB writes it in messages.
package func formatNumber(_ value: Double) -> String {
    guard value.magnitude < 1e15 else { return String(value) }
    let scaled = Int64((value.magnitude * 1000).rounded())
    let fraction = String(scaled % 1000 + 1000).dropFirst()
    return (value < 0 ? "-" : "") + "\(scaled / 1000)." + fraction
}

/// A duration in the largest unit that divides it.
package func formatDuration(_ value: Int64) -> String {
    if value == 0 { return "0s" }
    for (name, factor) in DurationUnit.descending where value % factor == 0 { return "\(value / factor)\(name)" }
    return "\(value)ns"
}

/// The units of duration literals.
enum DurationUnit {
    static let descending: [(String, Int64)] = [
        ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
        ("s", 1_000_000_000), ("ms", 1_000_000), ("u", 1000),
    ]

    static func factor(_ name: String) -> Int64? {
        switch name {
        case "ns": 1
        case "u", "µ", "us", "µs": name.count == 1 ? 1000 : nil
        default: descending.first { $0.0 == name }?.1
        }
    }
}
