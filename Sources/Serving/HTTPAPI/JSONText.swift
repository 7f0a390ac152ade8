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
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
            case "\\": bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
            case "\n": bytes += Array("\\n".utf8)
            case "\r": bytes += Array("\\r".utf8)
            case "\t": bytes += Array("\\t".utf8)
            case "<", ">", "&", "\u{2028}", "\u{2029}":
                bytes += Array("\\u".utf8)
                for shift in stride(from: 12, through: 0, by: -4) {
                    bytes.append(digits[Int(scalar.value >> UInt32(shift)) & 15])
                }
            default:
                if scalar.value < 0x20 {
                    bytes += Array("\\u00".utf8)
                    bytes += [digits[Int(scalar.value >> 4)], digits[Int(scalar.value & 15)]]
                } else {
                    bytes += Array(String(scalar).utf8)
                }
            }
        }
        bytes.append(UInt8(ascii: "\""))
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
