/// JSON text as a flat list of tokens, in the order of the text: what `JSONScanner` found, for decoders to walk.
///
/// A container's token is followed by its content; an object's content is key, value, key, value. Each token knows
/// the index behind its whole content, so that a value is skipped in one step and nothing recurses.
package struct JSONTape: Sendable {
    /// What a token is.
    package enum Kind: UInt8, Sendable {
        case object, array, string, number, boolean, null
    }

    /// One value or key.
    package struct Token: Sendable {
        /// What it is.
        package let kind: Kind
        /// Whether a string holds escapes, so that its bytes are not its text.
        package let hasEscapes: Bool
        /// The first byte; of a string the one behind the quote.
        package let start: UInt32
        /// Behind the last byte; of a string the closing quote.
        package internal(set) var end: UInt32
        /// The index of the token behind this one's content.
        package internal(set) var next: UInt32
    }

    /// The text.
    package let bytes: [UInt8]
    /// The tokens; the first is the root.
    package internal(set) var tokens: [Token] = []
    /// Escapes that are half of a surrogate pair or NUL: read as U+FFFD.
    package internal(set) var replacedEscapeCount = 0
    /// Whether something harmless (a NUL) stood behind the JSON.
    package internal(set) var hasTrailingPadding = false

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The kind of token `index`.
    package func kind(_ index: Int) -> Kind { tokens[index].kind }

    /// Where token `index` begins in the text.
    package func offset(_ index: Int) -> Int { Int(tokens[index].start) }

    /// The bytes of token `index` as they stand.
    package func raw(_ index: Int) -> ArraySlice<UInt8> { bytes[Int(tokens[index].start)..<Int(tokens[index].end)] }

    /// The elements of the array at `index`; at most `limit` of them.
    package func elements(_ index: Int, limit: Int = .max) -> [Int] {
        var result: [Int] = []
        let end = Int(tokens[index].next)
        var element = index + 1
        while element < end, result.count < limit {
            result.append(element)
            element = Int(tokens[element].next)
        }
        return result
    }

    /// The value of `name` in the object at `index`; the last of several, nil where it is absent or null.
    package func member(_ index: Int, _ name: StaticString) -> Int? {
        guard kind(index) == .object else { return nil }
        let end = Int(tokens[index].next)
        var key = index + 1
        var found: Int?
        while key + 1 < end {
            if isEqual(key, name) { found = key + 1 }
            key = Int(tokens[key + 1].next)
        }
        guard let found, kind(found) != .null else { return nil }
        return found
    }

    /// Whether the string at `index` is `text`.
    package func isEqual(_ index: Int, _ text: StaticString) -> Bool {
        guard !tokens[index].hasEscapes else { return string(index) == "\(text)" }
        guard Int(tokens[index].end - tokens[index].start) == text.utf8CodeUnitCount else { return false }
        let start = Int(tokens[index].start)
        return text.withUTF8Buffer { wanted in
            for position in 0..<wanted.count {
                // The bound of both is the count compared above.
                let byte = unsafe wanted[position]
                if bytes[start + position] != byte { return false }
            }
            return true
        }
    }

    /// The UTF-8 of the string at `index`, escapes resolved; without escapes it is a slice of the text.
    func text(_ index: Int) -> ArraySlice<UInt8> {
        tokens[index].hasEscapes ? unescaped(raw(index))[...] : raw(index)
    }

    /// The text of the string at `index`, escapes resolved.
    package func string(_ index: Int) -> String {
        String(decoding: text(index), as: UTF8.self)
    }

    /// How many characters (Unicode scalars, as JSON Schema counts) the string at `index` has.
    package func characterCount(_ index: Int) -> Int {
        text(index).reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }

    /// The number at `index`; nil where the token is none.
    package func number(_ index: Int) -> Double? {
        guard kind(index) == .number else { return nil }
        return JSONNumber.parse(raw(index))
    }

    /// The boolean at `index`; nil where the token is none.
    package func boolean(_ index: Int) -> Bool? {
        guard kind(index) == .boolean else { return nil }
        return raw(index).first == UInt8(ascii: "t")
    }

    /// The whole number at `index` (`1.0` is one), within ±2^53; nil where the token is none.
    package func integer(_ index: Int) -> Int? {
        guard let value = number(index), value == value.rounded(), abs(value) <= 9_007_199_254_740_992 else {
            return nil
        }
        return Int(value)
    }

    /// Resolves the escapes of a string that the scanner accepted.
    private func unescaped(_ raw: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(raw.count)
        var index = raw.startIndex
        while index < raw.endIndex {
            guard raw[index] == UInt8(ascii: "\\") else {
                result.append(raw[index])
                index += 1
                continue
            }
            let escape = raw[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "u"):
                var unit = JSONScanner.hexUnit(raw, at: index) ?? 0
                index += 4
                if (0xD800..<0xDC00).contains(unit), index + 6 <= raw.endIndex, raw[index] == UInt8(ascii: "\\"),
                    raw[index + 1] == UInt8(ascii: "u"), let low = JSONScanner.hexUnit(raw, at: index + 2),
                    (0xDC00..<0xE000).contains(low)
                {
                    unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
                let scalar = unit == 0 ? nil : Unicode.Scalar(unit)
                result.append(contentsOf: Array(String(Character(scalar ?? "\u{FFFD}")).utf8))
            default: result.append(escape)
            }
        }
        return result
    }
}

/// Reads a number of JSON's grammar as binary64.
package enum JSONNumber {
    /// More characters than this are refused: no meter needs them and the conversion is slow.
    package static let maxLength = 512
    static let exactPowers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The binary64 nearest to the number times ten to the power of `exponent` (within ±15), so that 3.3 times 0.1 is
    /// 0.33; nil where that is infinite, or the text is no number.
    ///
    /// Up to 15 digits with a power of ten up to 22 are one exact operation (Clinger 1990); the rest is the library's.
    package static func parse(_ text: ArraySlice<UInt8>, exponent: Int = 0) -> Double? {
        guard !text.isEmpty, text.count <= maxLength else { return nil }
        var mantissa = 0
        var digitCount = 0
        var power = exponent
        var isFraction = false
        for byte in text.first == UInt8(ascii: "-") ? text.dropFirst() : text {
            if byte == UInt8(ascii: ".") {
                isFraction = true
                continue
            }
            guard (0x30...0x39).contains(byte), digitCount < 15 else { return slow(text, exponent) }
            mantissa = mantissa * 10 + Int(byte - 0x30)
            digitCount += 1
            power -= isFraction ? 1 : 0
        }
        guard abs(power) < exactPowers.count else { return slow(text, exponent) }
        let magnitude = power < 0 ? Double(mantissa) / exactPowers[-power] : Double(mantissa) * exactPowers[power]
        return text.first == UInt8(ascii: "-") ? -magnitude : magnitude
    }

    /// The decimal number that a text holds, by JSON's grammar with blanks around it; nil for anything else.
    package static func parse(text: String, exponent: Int = 0) -> Double? {
        let trimmed = Array(text.utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
        guard JSONScanner.numberEnd(trimmed, from: 0) == trimmed.count else { return nil }
        return parse(trimmed[...], exponent: exponent)
    }

    private static func slow(_ text: ArraySlice<UInt8>, _ exponent: Int) -> Double? {
        var digits = text
        var power = exponent
        if let mark = text.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            // An exponent beyond Int is beyond binary64 too, whichever way it is said.
            guard let own = Int(String(decoding: text[(mark + 1)...], as: UTF8.self)), abs(own) < 100_000 else {
                return Double(String(decoding: text, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
            }
            power += own
            digits = text[..<mark]
        }
        guard let value = Double("\(String(decoding: digits, as: UTF8.self))e\(power)"), value.isFinite else {
            return nil
        }
        return value
    }
}
