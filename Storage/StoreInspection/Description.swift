/// What a file holds, as a tree that is shown to people as indented lines and to programs as JSON.
package indirect enum Description: Sendable, Equatable {
    /// Named parts in order.
    case object([(String, Description)])
    /// Parts of one kind in order.
    case array([Description])
    /// A text.
    case text(String)
    /// A whole number.
    case integer(Int64)
    /// A number; what is not finite is shown as text.
    case number(Double)
    /// True or false.
    case boolean(Bool)

    /// A whole number of any width; beyond 63 bits it is shown as text.
    package static func count(_ number: some BinaryInteger) -> Description {
        Int64(exactly: number).map { .integer($0) } ?? .text("\(number)")
    }

    /// Whether two descriptions say the same.
    package static func == (left: Description, right: Description) -> Bool { left.json == right.json }

    /// The description as JSON, in one line.
    package var json: String {
        switch self {
        case .object(let parts):
            "{" + parts.map { Self.quoted($0.0) + ":" + $0.1.json }.joined(separator: ",") + "}"
        case .array(let parts): "[" + parts.map(\.json).joined(separator: ",") + "]"
        case .text(let text): Self.quoted(text)
        case .integer(let number): "\(number)"
        case .number(let number): number.isFinite ? "\(number)" : Self.quoted("\(number)")
        case .boolean(let value): value ? "true" : "false"
        }
    }

    /// The description as lines, two blanks further in at each level; parts without parts of their own share a line.
    package var lines: String { lines(indent: "") }

    private func lines(indent: String) -> String {
        switch self {
        case .object(let parts):
            let plain = parts.filter { $0.1.isPlain }.map { "\($0.0) \($0.1.shown)" }.joined(separator: "  ")
            let rest = parts.filter { !$0.1.isPlain }.map { name, part in
                "\(indent)  \(name):\n" + part.lines(indent: indent + "    ")
            }
            return (plain.isEmpty ? [] : [indent + plain + "\n"]).joined() + rest.joined()
        case .array(let parts):
            return parts.map { $0.lines(indent: indent) }.joined()
        default: return indent + shown + "\n"
        }
    }

    private var isPlain: Bool {
        switch self {
        case .object, .array: false
        default: true
        }
    }

    private var shown: String { if case .text(let text) = self { text } else { json } }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
