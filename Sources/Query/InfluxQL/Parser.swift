package import LogicalPlan

/// Why a text is no InfluxQL, in InfluxDB's words.
package struct ParseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One line, without the words that come before it.
    package let description: String

    init(_ description: String) { self.description = description }

    init(_ reason: String, at position: SourcePosition, behind advice: String = "") {
        description = "\(reason) at line \(position.line + 1), char \(position.character + 1)\(advice)"
    }
}

/// Reads InfluxQL statements by recursive descent; nesting is bounded.
package struct Parser {
    private static let depthLimit = 64
    /// Operators of one statement: each is a level of the tree that is walked by recursion.
    private static let operatorLimit = 500

    var scanner: Scanner
    private var pending: (token: Token, position: SourcePosition)?
    /// The word that was taken last.
    private(set) var last: (token: Token, position: SourcePosition) = (.end, SourcePosition())
    private let parameters: [String: QueryValue]
    /// Whether GROUP BY is being read, where months of the calendar may stand.
    var readsDimensions = false
    private var depth = 0
    private var operatorCount = 0

    private init(_ text: String, parameters: [String: QueryValue]) {
        scanner = Scanner(text)
        self.parameters = parameters
    }

    /// All statements of a text, separated by semicolons.
    package static func parse(_ text: String, parameters: [String: QueryValue] = [:]) throws(ParseError) -> [Statement]
    {
        var parser = Parser(text, parameters: parameters)
        var statements: [Statement] = []
        while true {
            while parser.peek() == .symbol(";") { parser.take() }
            if parser.peek() == .end { return statements }
            parser.operatorCount = 0
            statements.append(try parser.statement())
            let next = parser.peek()
            guard next == .symbol(";") || next == .end else { throw parser.unexpected(";") }
        }
    }

    // MARK: Words

    mutating func fill() -> (token: Token, position: SourcePosition) {
        if let pending { return pending }
        var next = scanner.next()
        while next.token == .space { next = scanner.next() }
        pending = next
        return next
    }

    mutating func peek() -> Token { fill().token }

    @discardableResult
    mutating func take() -> Token {
        last = fill()
        pending = nil
        return last.token
    }

    mutating func take(keyword: String) -> Bool {
        guard peek() == .keyword(keyword) else { return false }
        take()
        return true
    }

    mutating func take(symbol: String) -> Bool {
        guard peek() == .symbol(symbol) else { return false }
        take()
        return true
    }

    mutating func unexpected(_ expected: String) -> ParseError {
        unexpected(expected, fill())
    }

    func unexpected(_ expected: String, _ found: (token: Token, position: SourcePosition)) -> ParseError {
        ParseError("found \(found.token.text), expected \(expected)", at: found.position)
    }

    mutating func expect(keyword: String) throws(ParseError) {
        guard take(keyword: keyword) else { throw unexpected(keyword) }
    }

    mutating func expect(symbol: String) throws(ParseError) {
        guard take(symbol: symbol) else { throw unexpected(symbol) }
    }

    mutating func identifier() throws(ParseError) -> String {
        guard case .identifier(let name) = peek() else { throw unexpected("identifier") }
        take()
        return name
    }

    mutating func wholeNumber() throws(ParseError) -> Int {
        guard case .integer(let text) = peek() else { throw unexpected("integer") }
        guard let value = Int(text) else { throw unexpected("integer") }
        take()
        return value
    }

    mutating func replication() throws(ParseError) -> Int {
        let position = fill().position
        let value = try wholeNumber()
        guard (1...Int(Int32.max)).contains(value) else {
            throw ParseError("invalid value \(value): must be 1 <= n <= \(Int32.max)", at: position)
        }
        return value
    }

    mutating func durationLiteral() throws(ParseError) -> Int64 {
        if take(keyword: "INF") { return 0 }
        guard case .duration(let text) = peek() else { throw unexpected("duration") }
        guard let value = try Self.duration(text) else { throw ParseError("invalid duration") }
        take()
        return value
    }

    /// As many months as fit into the range of nanoseconds.
    private static let monthLimit: Int64 = 3000

    /// Calendar months of a literal as `3mo`, `1q` or `2y`; nil where it is none.
    static func months(_ text: String) -> Int64? {
        guard let count = Int64(text.prefix { $0.isNumber }), (1...monthLimit).contains(count) else { return nil }
        let months: Int64? =
            switch text.drop(while: \.isNumber) {
            case "mo": count
            case "q": count * 3
            case "y": count * 12
            default: nil
            }
        return months.flatMap { $0 <= monthLimit ? $0 : nil }
    }

    /// Nanoseconds of a literal as `1h30m`, nil where it is none.
    ///
    /// - Throws: where it is longer than 2^63 ns; InfluxDB lets some of those wrap around.
    static func duration(_ text: String) throws(ParseError) -> Int64? {
        var total: Int64 = 0
        var digits = ""
        var unit = ""
        func flush() throws(ParseError) -> Bool {
            guard let count = Int64(digits), let factor = DurationUnit.factor(unit) else { return false }
            let (product, overflow) = count.multipliedReportingOverflow(by: factor)
            let (sum, overflowed) = total.addingReportingOverflow(product)
            total = sum
            guard !overflow, !overflowed else {
                throw ParseError("overflowed duration \(text): choose a smaller duration or INF")
            }
            return true
        }
        for character in text {
            if character.isNumber {
                if !unit.isEmpty {
                    guard try flush() else { return nil }
                    (digits, unit) = ("", "")
                }
                digits.append(character)
            } else {
                unit.append(character)
            }
        }
        return try flush() ? total : nil
    }

    // MARK: Sources

    /// A regex literal, where the next word is a slash; the scanner stands behind that slash.
    mutating func regex() throws(ParseError) -> Pattern? {
        if pending == nil {
            while let scalar = scanner.peek, Scanner.isSpace(scalar) { _ = scanner.next() }
            scanner.noteEnd()
            guard scanner.peek == "/" else { return nil }
            let (text, position) = scanner.regex()
            guard let text else { throw ParseError("bad regex: ", at: position) }
            do throws(PatternError) {
                return try Pattern(text)
            } catch {
                throw ParseError(error.description, at: position)
            }
        }
        return nil
    }

    mutating func source(allowsSubquery: Bool = true) throws(ParseError) -> Source {
        var source = Source()
        if let pattern = try regex() {
            source.pattern = pattern
            return source
        }
        if allowsSubquery, take(symbol: "(") {
            depth += 1
            defer { depth -= 1 }
            guard depth < Self.depthLimit else { throw ParseError("the query is nested too deeply") }
            guard peek() == .keyword("SELECT") else { throw unexpected("SELECT") }
            source.subquery = [try select()]
            try expect(symbol: ")")
            return source
        }
        var parts = [try identifier()]
        while parts.count < 3, take(symbol: ".") {
            if let pattern = try regex() {
                source.pattern = pattern
                break
            }
            if peek() == .symbol(".") {
                parts.append("")
            } else {
                parts.append(try identifier())
            }
        }
        if source.pattern == nil, peek() == .symbol(".") { throw try tooManySegments(parts) }
        if source.pattern != nil { parts.append("") }
        source.name = parts[parts.count - 1]
        if parts.count > 1 { source.policy = parts[parts.count - 2].isEmpty ? nil : parts[parts.count - 2] }
        if parts.count > 2 { source.database = parts[0] }
        return source
    }

    private mutating func tooManySegments(_ parts: [String]) throws(ParseError) -> ParseError {
        var parts = parts
        while take(symbol: ".") { parts.append(try identifier()) }
        let leading = parts.dropLast().map { "\"\($0)\"" }.joined(separator: ".")
        return ParseError(
            "too many segments in \(leading).\(quoteIdentifier(parts[parts.count - 1]))", at: SourcePosition())
    }

    mutating func sources(allowsSubqueries: Bool = true) throws(ParseError) -> [Source] {
        var sources = [try source(allowsSubquery: allowsSubqueries)]
        while take(symbol: ",") { sources.append(try source(allowsSubquery: allowsSubqueries)) }
        return sources
    }

    // MARK: Expressions

    mutating func expression(_ lowest: Int = 1) throws(ParseError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.depthLimit else { throw ParseError("the query is nested too deeply") }
        var left = try unary()
        while let op = binaryOperator(), op.precedence >= lowest {
            take()
            operatorCount += 1
            guard operatorCount <= Self.operatorLimit else {
                throw ParseError("a statement with more than \(Self.operatorLimit) operators")
            }
            if op == .matches || op == .matchesNot {
                guard let pattern = try regex() else { throw unexpected("regex") }
                left = .binary(op, left, .regex(pattern))
            } else {
                left = .binary(op, left, try expression(op.precedence + 1))
            }
        }
        return left
    }

    private mutating func binaryOperator() -> BinaryOperator? {
        switch peek() {
        case .symbol(let text): BinaryOperator(rawValue: text)
        case .keyword("AND"): .and
        case .keyword("OR"): .or
        default: nil
        }
    }

    private mutating func unary() throws(ParseError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.depthLimit else { throw ParseError("the query is nested too deeply") }
        let (token, position) = fill()
        switch token {
        case .symbol("("):
            take()
            let inner = try expression()
            try expect(symbol: ")")
            return .parenthesis(inner)
        case .symbol("-"):
            take()
            switch try signed() {
            case .number(let value): return .number(-value)
            case .integer(let value): return .integer(0 &- value)
            case .duration(let value): return .duration(0 &- value)
            case .unsigned(1 << 63): return .integer(.min)
            case let other: return .binary(.multiply, .integer(-1), other)
            }
        case .symbol("+"):
            take()
            return try signed()
        case .symbol("*"):
            take()
            return .wildcard(try cast())
        case .number(let text):
            take()
            return .number(Double(text.hasSuffix(".") ? text + "0" : text) ?? 0)
        case .integer(let text):
            take()
            if let value = Int64(text) { return .integer(value) }
            if let value = UInt64(text) { return .unsigned(value) }
            throw ParseError("unable to parse integer", at: position)
        case .duration(let text):
            take()
            if readsDimensions, let months = Self.months(text) { return .months(months) }
            guard let value = try Self.duration(text) else { throw ParseError("invalid duration") }
            return .duration(value)
        case .string(let text):
            take()
            return .string(text)
        case .keyword("TRUE"), .keyword("FALSE"):
            return .boolean(take() == .keyword("TRUE"))
        case .keyword("DISTINCT"):
            take()
            let isApart = scanner.peek.map(Scanner.isSpace) ?? false
            if peek() == .symbol("(") { return try reference("distinct") }
            guard case .identifier(let name) = peek() else {
                throw unexpected(isApart ? "identifier" : "(, identifier")
            }
            take()
            return .call("distinct", [.reference(name, type: nil)])
        case .parameter(let name):
            take()
            return try bound(name)
        case .identifier(let name):
            take()
            return try reference(name)
        default:
            throw unexpected("identifier, string, number, bool")
        }
    }

    /// What may stand behind a sign.
    private mutating func signed() throws(ParseError) -> Expression {
        switch peek() {
        case .number, .integer, .duration, .identifier, .symbol("("): return try unary()
        default: throw unexpected("identifier, number, duration, (")
        }
    }

    /// An expression where a regex may stand for names.
    mutating func expressionOrRegex() throws(ParseError) -> Expression {
        if let pattern = try regex() { return .regex(pattern) }
        return try expression()
    }

    private func bound(_ name: String) throws(ParseError) -> Expression {
        if name.isEmpty { throw ParseError("empty bound parameter") }
        switch parameters[name] {
        case .float(let value)?: return .number(value)
        case .integer(let value)?: return .integer(value)
        case .unsigned(let value)?: return .unsigned(value)
        case .boolean(let value)?: return .boolean(value)
        case .string(let value)?: return .string(value)
        default: throw ParseError("missing parameter: \(name)")
        }
    }

    private mutating func reference(_ name: String) throws(ParseError) -> Expression {
        if peek() == .symbol("(") {
            pending = nil
            var arguments: [Expression] = []
            if let pattern = try regex() {
                arguments.append(.regex(pattern))
            } else if peek() != .symbol(")") {
                arguments.append(try expression())
            }
            while take(symbol: ",") { arguments.append(try expressionOrRegex()) }
            try expect(symbol: ")")
            return .call(name.lowercased(), arguments)
        }
        var full = name
        while take(symbol: ".") {
            scanner.noteEnd()
            full += "." + (try identifier())
        }
        return .reference(full, type: try cast())
    }

    private mutating func cast() throws(ParseError) -> String? {
        guard take(symbol: "::") else { return nil }
        if take(keyword: "FIELD") { return "field" }
        if take(keyword: "TAG") { return "tag" }
        guard case .identifier(let name) = peek(),
            case let type = name.lowercased(), ["float", "integer", "string", "boolean", "unsigned"].contains(type)
        else { throw unexpected("float, integer, unsigned, string, boolean, field, tag") }
        take()
        return type
    }
}
