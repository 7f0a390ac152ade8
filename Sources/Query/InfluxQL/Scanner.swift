/// A place in the text, counted from 0.
struct SourcePosition: Equatable {
    var line = 0
    var character = 0
}

/// One word of InfluxQL.
enum Token: Equatable {
    case end
    case space
    case illegal(String)
    case identifier(String)
    case parameter(String)
    case number(String)
    case integer(String)
    case duration(String)
    case string(String)
    case badString(String)
    case badEscape(String)
    case keyword(String)
    case symbol(String)

    /// The word as messages name it.
    var text: String {
        switch self {
        case .end: "EOF"
        case .space: "WS"
        case .badString(""): "BADSTRING"
        case .string(""): "STRING"
        case .identifier(""): "IDENT"
        case .illegal(""): "ILLEGAL"
        case .illegal(let text), .identifier(let text), .number(let text), .integer(let text), .duration(let text),
            .string(let text), .badString(let text), .badEscape(let text), .keyword(let text), .symbol(let text):
            text
        case .parameter(let name): "$" + name
        }
    }
}

/// The reserved words.
package enum Keyword {
    static let all: Set<String> = Set(
        """
        ALL ALTER ANALYZE ANY AS ASC BEGIN BY CARDINALITY CREATE CONTINUOUS DATABASE DATABASES DEFAULT DELETE DESC \
        DESTINATIONS DIAGNOSTICS DISTINCT DROP DURATION END EVERY EXACT EXPLAIN FIELD FOR FROM GRANT GRANTS GROUP \
        GROUPS IN INF INSERT INTO KEY KEYS KILL LIMIT SHOW MEASUREMENT MEASUREMENTS NAME OFFSET ON ORDER PASSWORD \
        POLICY POLICIES PRIVILEGES QUERIES QUERY READ REPLICATION RESAMPLE RETENTION REVOKE SELECT SERIES SET SHARD \
        SHARDS SLIMIT SOFFSET STATS SUBSCRIPTION SUBSCRIPTIONS TAG TO USER USERS VALUES WHERE WITH WRITE AND OR
        """.split(separator: " ").map(String.init) + ["TRUE", "FALSE"])
}

/// Cuts a text into words; positions are counted as InfluxDB's scanner counts them, its oddities at the end included.
struct Scanner {
    private let text: [Unicode.Scalar]
    private var positions: [SourcePosition] = []
    private var offset = 0
    private var wasEndRead = false

    init(_ source: String) {
        var scalars: [Unicode.Scalar] = []
        var iterator = source.unicodeScalars.makeIterator()
        var pending = iterator.next()
        while let scalar = pending {
            pending = iterator.next()
            if scalar == "\r" {
                if pending == "\n" { pending = iterator.next() }
                scalars.append("\n")
            } else {
                scalars.append(scalar)
            }
        }
        // Blanks at the end count for nothing, within a text that nobody ends either.
        while let last = scalars.last, Self.isSpace(last) { scalars.removeLast() }
        text = scalars
        var position = SourcePosition()
        positions.reserveCapacity(scalars.count + 1)
        for scalar in scalars {
            positions.append(position)
            if scalar == "\n" {
                position = SourcePosition(line: position.line + 1, character: 0)
            } else {
                position.character += 1
            }
        }
        positions.append(position)
    }

    /// The next character without taking it.
    var peek: Unicode.Scalar? { offset < text.count ? text[offset] : nil }

    private func at(_ index: Int) -> Unicode.Scalar? { index < text.count ? text[index] : nil }

    mutating func next(regexAllowed: Bool = false) -> (token: Token, position: SourcePosition) {
        guard let first = peek else {
            var position = positions[text.count]
            if wasEndRead { position.character += 1 }
            wasEndRead = true
            return (.end, position)
        }
        let position = positions[offset]
        if Self.isSpace(first) {
            while let scalar = peek, Self.isSpace(scalar) { offset += 1 }
            return (.space, position)
        }
        if first == "'" || first == "\"" { return quoted(first, position) }
        if Self.isLetter(first) || first == "_" {
            let word = identifier()
            // InfluxDB's scanner forgets a word that a quote stands right behind.
            return peek == "\"" ? quoted("\"", position) : (word, position)
        }
        if Self.isDigit(first) { return (number(), position) }
        if first == ".", let after = at(offset + 1), Self.isDigit(after) { return (number(), position) }
        if first == "-", at(offset + 1) == "-" {
            while let scalar = peek, scalar != "\n" { offset += 1 }
            if offset >= text.count { wasEndRead = true }
            return (.space, position)
        }
        if first == "/", at(offset + 1) == "*" { return (blockComment(), position) }
        if first == "$" { return (parameter(), position) }
        for symbol in ["!=", "=~", "!~", "<=", ">=", "<>", "::"] {
            if text[offset...].starts(with: symbol.unicodeScalars) {
                offset += 2
                return (.symbol(symbol == "<>" ? "!=" : symbol), position)
            }
        }
        offset += 1
        let isKnown = "+-*/%&|^=<>(),;:.".unicodeScalars.contains(first)
        return (isKnown ? .symbol(String(first)) : .illegal(String(first)), position)
    }

    private mutating func blockComment() -> Token {
        offset += 2
        while offset < text.count {
            if text[offset] == "*", at(offset + 1) == "/" {
                offset += 2
                return .space
            }
            offset += 1
        }
        wasEndRead = true
        return .illegal("")
    }

    private mutating func bareWord() -> String {
        var word = String.UnicodeScalarView()
        while let scalar = peek, Self.isLetter(scalar) || Self.isDigit(scalar) || scalar == "_" {
            word.append(scalar)
            offset += 1
        }
        if offset >= text.count { wasEndRead = true }
        return String(word)
    }

    /// A string or a quoted name; InfluxDB places a string before its quote and a bad escape behind its backslash.
    private mutating func quoted(_ quote: Unicode.Scalar, _ start: SourcePosition) -> (Token, SourcePosition) {
        let before = offset > 0 ? positions[offset - 1] : SourcePosition()
        switch string(quote) {
        case .string(let text): return quote == "'" ? (.string(text), before) : (.identifier(text), start)
        case .badEscape(let text): return (.badEscape(text), positions[offset])
        case let bad: return (bad, before)
        }
    }

    private mutating func identifier() -> Token {
        let word = bareWord()
        let upper = word.uppercased()
        return Keyword.all.contains(upper) ? .keyword(upper) : .identifier(word)
    }

    private mutating func parameter() -> Token {
        offset += 1
        let word = bareWord()
        guard peek == "\"" else { return .parameter(word) }
        // As elsewhere, a word that a quote stands right behind is forgotten.
        switch string("\"") {
        case .string(let text): return .parameter(text)
        case let bad: return bad
        }
    }

    private mutating func string(_ quote: Unicode.Scalar) -> Token {
        offset += 1
        var result = String.UnicodeScalarView()
        while let scalar = peek {
            offset += 1
            if scalar == quote { return .string(String(result)) }
            if scalar == "\n" { return .badString(String(result)) }
            if scalar != "\\" {
                result.append(scalar)
                continue
            }
            switch peek {
            case "n": result.append("\n")
            case "\\", "\"", "'": result.append(text[offset])
            case let other: return .badEscape("\\" + (other.map(String.init) ?? "\0"))
            }
            offset += 1
        }
        return .badString(String(result))
    }

    private mutating func digits() -> String {
        var digits = ""
        while let scalar = peek, Self.isDigit(scalar) {
            digits.unicodeScalars.append(scalar)
            offset += 1
        }
        return digits
    }

    private mutating func number() -> Token {
        var literal = digits()
        if peek == ".", let after = at(offset + 1), Self.isDigit(after) {
            offset += 1
            literal += "." + digits()
            return .number(literal)
        }
        var isDuration = false
        while let scalar = peek, Self.isLetter(scalar) || scalar == "µ" {
            isDuration = true
            while let letter = peek, Self.isLetter(letter) || letter == "µ" {
                literal.unicodeScalars.append(letter)
                offset += 1
            }
            literal += digits()
        }
        if isDuration { return .duration(literal) }
        if peek == "." {
            offset += 1
            return .number(literal + ".")
        }
        return .integer(literal)
    }

    /// Reads a regular expression, whose first slash comes next.
    mutating func regex() -> (text: String?, position: SourcePosition) {
        let position = offset > 0 ? positions[offset - 1] : SourcePosition()
        offset += 1
        var result = String.UnicodeScalarView()
        while let scalar = peek {
            offset += 1
            if scalar == "/" { return (String(result), position) }
            if scalar == "\n" { break }
            if scalar == "\\", peek == "/" {
                result.append("/")
                offset += 1
            } else {
                result.append(scalar)
            }
        }
        return (nil, position)
    }

    /// Tells that someone looked for a character behind the last one, which moves InfluxDB's position on.
    mutating func noteEnd() { if offset >= text.count { wasEndRead = true } }

    static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\n" }
    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { (48...57).contains(scalar.value) }
    static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        (65...90).contains(scalar.value) || (97...122).contains(scalar.value)
    }
}
