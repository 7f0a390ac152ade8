/// The functions of a source text with their lengths, found by counting braces outside of strings and comments.
///
/// A function begins on the line of its `func`, `init`, `deinit` or `subscript` and ends with the brace that closes the
/// first one after it. One without a body, as in a protocol, has no brace before the brace that closes its type, and
/// is passed over. Nested functions count by themselves and within the outer one.
struct FunctionLengths {
    struct Function: Equatable {
        let name: String
        /// Counted from 1.
        let line: Int
        let lineCount: Int
    }

    private struct Open {
        let name: String
        let line: Int
        /// The braces that were open where the function was named.
        let depth: Int
        var hasBody = false
    }

    private(set) var functions: [Function] = []
    /// Whether each brace and parenthesis was closed: where not, the text was misread and `functions` means nothing.
    var isBalanced: Bool { depth == 0 && parentheses == 0 }
    private var open: [Open] = []
    private var depth = 0
    /// Parentheses and brackets: a brace within them is a closure, a default value, no body.
    private var parentheses = 0

    init(of text: String) {
        let code = Self.withoutStringsAndComments(Array(text.unicodeScalars))
        var line = 1
        var word = ""
        var previous = ""
        for scalar in code {
            let isWord = scalar.properties.isAlphabetic || scalar == "_" || ("0"..."9").contains(scalar)
            if isWord {
                word.unicodeScalars.append(scalar)
                continue
            }
            if !word.isEmpty {
                read(word, after: previous, before: scalar, line)
                previous = word
                word = ""
            }
            switch scalar {
            case "(", "[": parentheses += 1
            case ")", "]": parentheses -= 1
            case "{": openBrace()
            case "}": closeBrace(line)
            case "\n": line += 1
            default: break
            }
            if scalar != " ", scalar != "\n" { previous = String(scalar) }
        }
    }

    private mutating func read(_ word: String, after previous: String, before next: Unicode.Scalar, _ line: Int) {
        guard parentheses == 0 else { return }
        if previous == "func" {
            // The name, or the operator's letters.
            begin(word, line)
        } else if word == "deinit" || word == "subscript" || word == "init" {
            let isDeclared = previous != "." && (word == "deinit" || "(?!<".unicodeScalars.contains(next))
            if isDeclared || word == "deinit" { begin(word, line) }
        }
    }

    private mutating func begin(_ name: String, _ line: Int) {
        // What was named at this depth before and never got a body has none.
        while let last = open.last, !last.hasBody, last.depth >= depth { open.removeLast() }
        open.append(Open(name: name, line: line, depth: depth))
    }

    private mutating func openBrace() {
        if parentheses == 0, let last = open.last, !last.hasBody, last.depth == depth {
            open[open.count - 1].hasBody = true
        }
        depth += 1
    }

    private mutating func closeBrace(_ line: Int) {
        depth -= 1
        while let last = open.last, !last.hasBody, last.depth > depth { open.removeLast() }
        if let last = open.last, last.hasBody, last.depth == depth, parentheses == 0 {
            open.removeLast()
            functions.append(Function(name: last.name, line: last.line, lineCount: line - last.line + 1))
        }
    }

    /// The same text with nothing in strings and comments but their line ends.
    private static func withoutStringsAndComments(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var code: [Unicode.Scalar] = []
        var index = 0
        func starts(_ word: String) -> Bool { text[index...].starts(with: word.unicodeScalars) }
        while index < text.count {
            if starts("//") {
                while index < text.count, text[index] != "\n" { index += 1 }
            } else if starts("/*") {
                var level = 0
                repeat {
                    if starts("/*") { level += 1 }
                    if starts("*/") { level -= 1 }
                    if text[index] == "\n" { code.append("\n") }
                    index += starts("/*") || starts("*/") ? 2 : 1
                } while index < text.count && level > 0
            } else if text[index] == "\"" || text[index] == "#" {
                let end = endOfString(text, index)
                if end == index {
                    code.append(text[index])
                    index += 1
                } else {
                    code += text[index..<end].filter { $0 == "\n" }
                    index = end
                }
            } else {
                code.append(text[index])
                index += 1
            }
        }
        return code
    }

    /// The place behind the string that begins at `start`, or `start` where none does.
    ///
    /// What is interpolated counts as part of the string; quotes in it are strings of their own.
    private static func endOfString(_ text: [Unicode.Scalar], _ start: Int) -> Int {
        var index = start
        while index < text.count, text[index] == "#" { index += 1 }
        let hashes = [Unicode.Scalar](repeating: "#", count: index - start)
        guard index < text.count, text[index] == "\"" else { return start }
        let isLong = text[index...].starts(with: "\"\"\"".unicodeScalars)
        let quote = [Unicode.Scalar](repeating: "\"", count: isLong ? 3 : 1)
        index += quote.count
        while index < text.count, isLong || text[index] != "\n" {
            if text[index...].starts(with: quote + hashes) { return index + quote.count + hashes.count }
            guard text[index] == "\\", text[(index + 1)...].starts(with: hashes) else {
                index += 1
                continue
            }
            index += 1 + hashes.count
            guard index < text.count else { break }
            guard text[index] == "(" else {
                index += 1
                continue
            }
            var level = 0
            repeat {
                if text[index] == "(" { level += 1 }
                if text[index] == ")" { level -= 1 }
                let end = endOfString(text, index)
                index = end > index ? end : index + 1
            } while index < text.count && level > 0
        }
        return index
    }
}
