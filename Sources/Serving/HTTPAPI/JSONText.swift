/// Text and numbers as JSON, the way Go's encoder writes them, which is what InfluxDB's clients expect.
enum JSONText {
    /// `text` in quotes, escaped as Go does: `<`, `>`, `&`, U+2028 and U+2029 too.
    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `text` in quotes.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { unsafe append(Array($0), to: &bytes) }
    }

    /// Appends UTF-8 text in quotes.
    static func append(_ text: some Collection<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        if text.allSatisfy(isPlain) {
            bytes.append(contentsOf: text)
        } else {
            for scalar in String(decoding: text, as: UTF8.self).unicodeScalars { appendEscaped(scalar, to: &bytes) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether a byte stands for itself whatever is beside it.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"): false
        default: byte >= 0x20 && byte < 0x80
        }
    }

    private static func appendEscaped(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        switch scalar {
        case "\"": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
        case "\\": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
        case "\n": bytes += Array("\\n".utf8)
        case "\r": bytes += Array("\\r".utf8)
        case "\t": bytes += Array("\\t".utf8)
        case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{0}"..<" ":
            bytes += Array("\\u".utf8)
            for shift in stride(from: 12, through: 0, by: -4) {
                bytes.append(digits[Int(scalar.value >> UInt32(shift)) & 15])
            }
        default: bytes += Array(String(scalar).utf8)
        }
    }

    /// Appends a whole number.
    static func append(_ value: Int64, to bytes: inout [UInt8]) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        appendDigits(value.magnitude, to: &bytes)
    }

    /// Appends a whole number.
    static func append(_ value: UInt64, to bytes: inout [UInt8]) { appendDigits(value, to: &bytes) }

    /// Appends a double as `number` writes it; meters' decimals without a detour by text.
    static func append(_ value: Double, to bytes: inout [UInt8]) {
        let magnitude = value.magnitude
        if magnitude < 1e12, magnitude > 0 {
            var power = 1.0
            for decimals in 0...4 {
                let scaled = (magnitude * power).rounded(.toNearestOrEven)
                // Such digits are the shortest: a shorter form would have been met with fewer decimals.
                if scaled / power == magnitude, scaled < 9e15 {
                    if value < 0 { bytes.append(UInt8(ascii: "-")) }
                    appendDecimal(UInt64(scaled), decimals, to: &bytes)
                    return
                }
                power *= 10
            }
        }
        if magnitude >= 1e-4, magnitude < 9e15 {
            // Here Swift writes the same shortest digits, and no exponent.
            var text = value.description
            text.withUTF8 { digits in
                let isWhole =
                    unsafe digits.count > 2 && digits[digits.count - 1] == UInt8(ascii: "0")
                    && digits[digits.count - 2] == UInt8(ascii: ".")
                // A buffer of a text is valid within this closure, and so is its beginning.
                unsafe bytes.append(contentsOf: digits.prefix(digits.count - (isWhole ? 2 : 0)))
            }
            return
        }
        bytes.append(contentsOf: number(value).utf8)
    }

    private static func appendDecimal(_ scaled: UInt64, _ decimals: Int, to bytes: inout [UInt8]) {
        guard decimals > 0 else { return appendDigits(scaled, to: &bytes) }
        let powers: [5 of UInt64] = [1, 10, 100, 1_000, 10_000]
        let (whole, fraction) = scaled.quotientAndRemainder(dividingBy: powers[decimals])
        appendDigits(whole, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        for place in (0..<decimals).reversed() {
            bytes.append(UInt8(ascii: "0") + UInt8(fraction / powers[place] % 10))
        }
    }

    private static func appendDigits(_ value: UInt64, to bytes: inout [UInt8]) {
        if value < 100 {
            if value >= 10 { bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / 10)) }
            bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value % 10))
            return
        }
        var length = 1
        var bound: UInt64 = 10
        while length < 20, value >= bound {
            length += 1
            // The power behind the last one does not fit; the length ends the loop before it is looked at.
            bound = bound &* 10
        }
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: length))
        var span = bytes.mutableSpan
        var place = start + length
        var left = value
        // Eight digits at a time in 32 bits, which divide faster.
        while place > start {
            var part = UInt32(truncatingIfNeeded: left % 100_000_000)
            left /= 100_000_000
            let stop = max(start, place - 8)
            while place > stop {
                place -= 1
                span[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: part % 10)
                part /= 10
            }
        }
    }

    /// A double as Go's `encoding/json` writes it: the shortest form, an exponent below 1e-6 and from 1e21 on.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if value == 0 { return value.sign == .minus ? "-0" : "0" }
        var (digits, exponent) = shortest(value.magnitude)
        let sign = value < 0 ? "-" : ""
        if value.magnitude < 1e-6 || value.magnitude >= 1e21 {
            let point = exponent - 1
            let head = digits.removeFirst()
            let fraction = digits.isEmpty ? "" : "." + digits
            let magnitude = abs(point)
            // Go writes e-07 as e-7, but two digits for a positive exponent are never below 21.
            return "\(sign)\(head)\(fraction)e\(point < 0 ? "-" : "+")\(magnitude)"
        }
        if exponent <= 0 { return sign + "0." + String(repeating: "0", count: -exponent) + digits }
        if digits.count <= exponent { return sign + digits + String(repeating: "0", count: exponent - digits.count) }
        let cut = digits.index(digits.startIndex, offsetBy: exponent)
        return sign + digits[..<cut] + "." + digits[cut...]
    }

    /// The shortest decimal digits that read back as `value`, and where the point stands among them.
    private static func shortest(_ value: Double) -> (digits: String, exponent: Int) {
        let text = value.description
        let parts = text.split(separator: "e", maxSplits: 1)
        let mantissa = parts[0].split(separator: ".", maxSplits: 1)
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
        var digits = String(mantissa[0]) + fraction
        var exponent = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        while digits.hasPrefix("0"), digits.count > 1 {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
        return (digits, exponent)
    }
}
