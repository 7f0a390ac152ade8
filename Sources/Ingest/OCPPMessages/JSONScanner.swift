/// Why a text is not taken as JSON, and where.
package struct JSONFlaw: Equatable, Sendable {
    /// What is wrong.
    package enum Kind: Equatable, Sendable {
        /// Not JSON at all: RFC 8259.
        case syntax
        /// Bytes that are not UTF-8.
        case encoding
        /// JSON, but nested deeper than `JSONScanner.maxDepth`.
        case tooDeep
        /// JSON, but a number that binary64 does not hold.
        case numberOutOfRange
    }
    /// What is wrong.
    package let kind: Kind
    /// One line for the operator.
    package let detail: String
    /// The byte at which it was found.
    package let offset: Int
}

/// Cuts JSON text into tokens in one pass: a pull of the next token, a small state and a stack of open containers.
///
/// Nothing recurses, so nesting costs a counter; it stops at `maxDepth`. Tokens are at most as many as bytes, which the
/// gateway bounds. Strict RFC 8259, except that blanks, newlines and NUL are tolerated behind the value.
package struct JSONScanner {
    /// The deepest nesting that is read; OCPP's own messages need 8.
    package static let maxDepth = 64

    private enum Expectation {
        case value, valueOrEnd, keyOrEnd, key, colon, commaOrEnd, end
    }

    private var tape: JSONTape
    private var position = 0
    private var open: [Int] = []
    private var expectation = Expectation.value
    private var rangeFlaw: JSONFlaw?

    /// Scans `bytes`. With a flaw the tape holds what came before it, open containers ending where it stands.
    package static func scan(_ bytes: [UInt8]) -> (tape: JSONTape, flaw: JSONFlaw?) {
        var scanner = JSONScanner(tape: JSONTape(bytes: bytes))
        if let offset = firstInvalidUTF8(bytes) {
            return (scanner.tape, JSONFlaw(kind: .encoding, detail: "not UTF-8", offset: offset))
        }
        let flaw = scanner.run()
        for container in scanner.open {
            scanner.tape.tokens[container].next = UInt32(scanner.tape.tokens.count)
            scanner.tape.tokens[container].end = UInt32(bytes.count)
        }
        return (scanner.tape, flaw ?? scanner.rangeFlaw)
    }

    private init(tape: JSONTape) {
        self.tape = tape
    }

    private func syntax(_ detail: String) -> JSONFlaw {
        JSONFlaw(kind: .syntax, detail: detail, offset: position)
    }

    private mutating func run() -> JSONFlaw? {
        let bytes = tape.bytes
        // OCPP's messages have a token for each dozen bytes.
        tape.tokens.reserveCapacity(bytes.count / 8)
        while true {
            while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
            guard position < bytes.count else { break }
            if expectation == .end {
                guard bytes[position] == 0 else { return syntax("text behind the JSON value") }
                tape.hasTrailingPadding = true
                position += 1
                continue
            }
            if let flaw = step(bytes[position]) { return flaw }
        }
        if tape.tokens.isEmpty { return syntax("no JSON value") }
        return expectation == .end ? nil : syntax("the text ends inside the JSON value")
    }

    private mutating func step(_ byte: UInt8) -> JSONFlaw? {
        switch (expectation, byte) {
        case (.colon, UInt8(ascii: ":")):
            position += 1
            expectation = .value
        case (.commaOrEnd, UInt8(ascii: ",")):
            position += 1
            expectation = tape.tokens[open[open.count - 1]].kind == .object ? .key : .value
        case (.commaOrEnd, UInt8(ascii: "]")), (.valueOrEnd, UInt8(ascii: "]")):
            return close(.array)
        case (.commaOrEnd, UInt8(ascii: "}")), (.keyOrEnd, UInt8(ascii: "}")):
            return close(.object)
        case (.key, UInt8(ascii: "\"")), (.keyOrEnd, UInt8(ascii: "\"")):
            expectation = .colon
            return string()
        case (.value, _), (.valueOrEnd, _):
            return value(byte)
        default:
            return syntax("unexpected \(Unicode.Scalar(byte).escaped(asASCII: true))")
        }
        return nil
    }

    private mutating func value(_ byte: UInt8) -> JSONFlaw? {
        switch byte {
        case UInt8(ascii: "{"): return openContainer(.object, .keyOrEnd)
        case UInt8(ascii: "["): return openContainer(.array, .valueOrEnd)
        case UInt8(ascii: "\""):
            endValue()
            return string()
        case UInt8(ascii: "t"): return word("true", .boolean)
        case UInt8(ascii: "f"): return word("false", .boolean)
        case UInt8(ascii: "n"): return word("null", .null)
        default:
            guard let end = Self.numberEnd(tape.bytes, from: position) else { return syntax("not a JSON value") }
            if JSONNumber.parse(tape.bytes[position..<end]) == nil, rangeFlaw == nil {
                rangeFlaw = JSONFlaw(kind: .numberOutOfRange, detail: "a number out of range", offset: position)
            }
            append(.number, end: end)
            position = end
            endValue()
            return nil
        }
    }

    private mutating func endValue() {
        expectation = open.isEmpty ? .end : .commaOrEnd
    }

    private mutating func append(_ kind: JSONTape.Kind, start: Int? = nil, end: Int, hasEscapes: Bool = false) {
        tape.tokens.append(
            JSONTape.Token(
                kind: kind, hasEscapes: hasEscapes, start: UInt32(start ?? position), end: UInt32(end),
                next: UInt32(tape.tokens.count + 1)))
    }

    private mutating func openContainer(_ kind: JSONTape.Kind, _ then: Expectation) -> JSONFlaw? {
        guard open.count < Self.maxDepth else {
            return JSONFlaw(kind: .tooDeep, detail: "nested deeper than \(Self.maxDepth)", offset: position)
        }
        open.append(tape.tokens.count)
        append(kind, end: position + 1)
        position += 1
        expectation = then
        return nil
    }

    private mutating func close(_ kind: JSONTape.Kind) -> JSONFlaw? {
        guard let container = open.last, tape.tokens[container].kind == kind else {
            return syntax("a bracket that was not opened")
        }
        open.removeLast()
        position += 1
        tape.tokens[container].end = UInt32(position)
        tape.tokens[container].next = UInt32(tape.tokens.count)
        endValue()
        return nil
    }

    private mutating func word(_ word: StaticString, _ kind: JSONTape.Kind) -> JSONFlaw? {
        let end = position + word.utf8CodeUnitCount
        guard end <= tape.bytes.count, String(decoding: tape.bytes[position..<end], as: UTF8.self) == "\(word)" else {
            return syntax("not a JSON value")
        }
        append(kind, end: end)
        position = end
        endValue()
        return nil
    }

    private mutating func string() -> JSONFlaw? {
        let bytes = tape.bytes
        let start = position + 1
        var index = start
        var hasEscapes = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                append(.string, start: start, end: index, hasEscapes: hasEscapes)
                position = index + 1
                return nil
            }
            guard byte >= 0x20 else {
                position = index
                return syntax("a control character in a string")
            }
            guard byte == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            hasEscapes = true
            guard let end = escapeEnd(index) else {
                position = index
                return syntax("a broken escape")
            }
            index = end
        }
        return syntax("a string without an end")
    }

    /// Where the escape that begins at `index` ends: a pair of surrogates is one; nil for none.
    private mutating func escapeEnd(_ index: Int) -> Int? {
        guard index + 1 < tape.bytes.count else { return nil }
        switch tape.bytes[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return index + 2
        case UInt8(ascii: "u"):
            guard let unit = Self.hexUnit(tape.bytes[...], at: index + 2) else { return nil }
            let next = index + 6
            if (0xD800..<0xDC00).contains(unit), next + 1 < tape.bytes.count, tape.bytes[next] == UInt8(ascii: "\\"),
                tape.bytes[next + 1] == UInt8(ascii: "u"), let low = Self.hexUnit(tape.bytes[...], at: next + 2),
                (0xDC00..<0xE000).contains(low)
            {
                return next + 6
            }
            if (0xD800..<0xE000).contains(unit) || unit == 0 { tape.replacedEscapeCount += 1 }
            return next
        default:
            return nil
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// Four hexadecimal digits at `index`, or nil.
    static func hexUnit(_ bytes: ArraySlice<UInt8>, at index: Int) -> UInt32? {
        guard index + 4 <= bytes.endIndex else { return nil }
        var unit: UInt32 = 0
        for byte in bytes[index..<(index + 4)] {
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: unit = unit << 4 | UInt32(byte - 0x41 + 10)
            case 0x61...0x66: unit = unit << 4 | UInt32(byte - 0x61 + 10)
            default: return nil
            }
        }
        return unit
    }

    /// Where the number that begins at `start` ends, by RFC 8259; nil for none.
    static func numberEnd(_ bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        func digits() -> Int {
            var count = 0
            while index + count < bytes.count, (0x30...0x39).contains(bytes[index + count]) { count += 1 }
            return count
        }
        func has(_ byte: UInt8) -> Bool { index < bytes.count && bytes[index] == byte }
        if has(UInt8(ascii: "-")) { index += 1 }
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[index] != 0x30 else { return nil }
        index += whole
        if has(UInt8(ascii: ".")) {
            index += 1
            let count = digits()
            guard count > 0 else { return nil }
            index += count
        }
        if has(UInt8(ascii: "e")) || has(UInt8(ascii: "E")) {
            index += 1
            if has(UInt8(ascii: "+")) || has(UInt8(ascii: "-")) { index += 1 }
            let count = digits()
            guard count > 0 else { return nil }
            index += count
        }
        return index
    }

    /// The offset of the first byte that is no UTF-8 (RFC 3629: no surrogates, nothing overlong), or nil.
    package static func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
        // Nearly all messages are ASCII alone, which this loop sees 16 or more bytes at a time.
        if bytes.reduce(0, { $0 | $1 }) < 0x80 { return nil }
        var index = 0
        while index < bytes.count {
            let lead = bytes[index]
            if lead < 0x80 {
                index += 1
                continue
            }
            let length: Int
            var second: ClosedRange<UInt8> = 0x80...0xBF
            switch lead {
            case 0xC2...0xDF: length = 2
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: length = 3
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            case 0xF1...0xF3: length = 4
            default: return index
            }
            guard index + length <= bytes.count, second.contains(bytes[index + 1]),
                bytes[(index + 2)..<(index + length)].allSatisfy({ $0 & 0xC0 == 0x80 })
            else { return index }
            index += length
        }
        return nil
    }
}
