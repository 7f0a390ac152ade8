import Telemetry

/// Why a line could not be read.
enum LineError: Error {
    case missingMeasurement, missingTagKey, missingTagValue, invalidTagFormat, duplicateTags, keyTooLong
    case missingFields, missingFieldKey, missingFieldValue, invalidFieldFormat, unbalancedQuotes
    case invalidNumber, invalidFloat, invalidBoolean, badTimestamp, timeOutOfRange, invalidPoint
    case integerOutOfRange(String, isSigned: Bool), timestampOutOfRange(String), timestampSyntax(String)
    /// A tag, or the only field, of a measurement is named `time`.
    case timeTag(String), timeField(String)

    /// Whether the line could be read, and is refused for what it says.
    var isRefusal: Bool {
        switch self {
        case .timeTag, .timeField: true
        default: false
        }
    }

    /// InfluxDB's words.
    var text: String {
        switch self {
        case .missingMeasurement: "missing measurement"
        case .missingTagKey: "missing tag key"
        case .missingTagValue: "missing tag value"
        case .invalidTagFormat: "invalid tag format"
        case .duplicateTags: "duplicate tags"
        case .keyTooLong: "max key length exceeded: over 65535"
        case .missingFields: "missing fields"
        case .missingFieldKey: "missing field key"
        case .missingFieldValue: "missing field value"
        case .invalidFieldFormat: "invalid field format"
        case .unbalancedQuotes: "unbalanced quotes"
        case .invalidNumber: "invalid number"
        case .invalidBoolean: "invalid boolean"
        case .invalidFloat: "invalid float"
        case .integerOutOfRange(let digits, let isSigned):
            "unable to parse \(isSigned ? "" : "unsigned ")integer \(digits): strconv.Parse\(isSigned ? "Int" : "Uint"): "
                + "parsing \"\(digits)\": value out of range"
        case .timestampOutOfRange(let digits): "strconv.ParseInt: parsing \"\(digits)\": value out of range"
        case .timestampSyntax(let digits): "strconv.ParseInt: parsing \"\(digits)\": invalid syntax"
        case .badTimestamp: "bad timestamp"
        case .invalidPoint: "point is invalid"
        case .timeTag(let measurement):
            "invalid tag key: input tag \"time\" on measurement \"\(measurement)\" is invalid"
        case .timeField(let measurement):
            "invalid field name: input field \"time\" on measurement \"\(measurement)\" is invalid"
        case .timeOutOfRange: "time outside range -9223372036854775806 - 9223372036854775806"
        }
    }
}

/// One tag of a line: where its name and value lie.
struct ParsedTag {
    var name: Range<Int>
    var value: Range<Int>
}

/// One field of a line: where its name lies, and its value.
struct ParsedField {
    var name: Range<Int>
    var nameHasEscape: Bool
    var kind = FieldKind.float
    var word: UInt64 = 0
    var textRange = 0..<0
    var textHasEscape = false

    init(name: Range<Int>, nameHasEscape: Bool) {
        self.name = name
        self.nameHasEscape = nameHasEscape
    }

    /// The name without escapes: a backslash goes before a comma, a space, an equals sign, a quote.
    func nameText(_ bytes: Span<UInt8>) -> String {
        var text: [UInt8] = []
        var index = name.lowerBound
        while index < name.upperBound {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < name.upperBound,
                bytes[index + 1] == UInt8(ascii: ",") || bytes[index + 1] == UInt8(ascii: " ")
                    || bytes[index + 1] == UInt8(ascii: "=") || bytes[index + 1] == UInt8(ascii: "\"")
            {
                index += 1
            }
            text.append(bytes[index])
            index += 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The text without escapes: a backslash goes before a quote or another backslash.
    func text(_ bytes: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(textRange.count)
        var index = textRange.lowerBound
        while index < textRange.upperBound {
            if textHasEscape, bytes[index] == UInt8(ascii: "\\"), index + 1 < textRange.upperBound,
                bytes[index + 1] == UInt8(ascii: "\"") || bytes[index + 1] == UInt8(ascii: "\\")
            {
                index += 1
            }
            text.append(bytes[index])
            index += 1
        }
        return text
    }

    func value(_ bytes: Span<UInt8>) -> FieldValue {
        switch kind {
        case .float: .float(Double(bitPattern: word))
        case .integer: .integer(Int64(bitPattern: word))
        case .unsigned: .unsigned(word)
        case .boolean: .boolean(word != 0)
        case .string: .string(String(decoding: text(bytes), as: UTF8.self))
        }
    }
}

/// Reads one field's value: a number, a boolean or a quoted text.
enum FieldValueScanner {
    static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    static func scan(_ bytes: Span<UInt8>, _ index: inout Int, into field: inout ParsedField) throws(LineError) {
        guard index < bytes.count else { throw .missingFieldValue }
        let first = bytes[index]
        switch first {
        case UInt8(ascii: "\""): try scanText(bytes, &index, into: &field)
        case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "."):
            try scanNumber(bytes, &index, into: &field)
        case UInt8(ascii: ","), UInt8(ascii: " "), .newline: throw .missingFieldValue
        case UInt8(ascii: "n"), UInt8(ascii: "N"): throw .invalidNumber
        default: try scanBoolean(bytes, &index, into: &field)
        }
    }

    private static func scanText(_ bytes: Span<UInt8>, _ index: inout Int, into field: inout ParsedField)
        throws(LineError)
    {
        index &+= 1
        let start = index
        field.kind = .string
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\\"), index &+ 1 < bytes.count {
                field.textHasEscape = true
                index &+= 2
                continue
            }
            if byte == UInt8(ascii: "\"") {
                field.textRange = start..<index
                index &+= 1
                guard isEnd(bytes, index) else { throw .invalidFieldFormat }
                return
            }
            index &+= 1
        }
        throw .unbalancedQuotes
    }

    private static func scanBoolean(
        _ bytes: Span<UInt8>, _ index: inout Int, into field: inout ParsedField
    ) throws(LineError) {
        var text: UInt64 = 0
        var length = 0
        while !isEnd(bytes, index), length < 6 {
            text = text &<< 8 | UInt64(bytes[index])
            length &+= 1
            index &+= 1
        }
        field.kind = .boolean
        switch text {
        case 0x74, 0x54, 0x74_7275_65, 0x54_7275_65, 0x54_5255_45: field.word = 1
        case 0x66, 0x46, 0x66_616C_7365, 0x46_616C_7365, 0x46_414C_5345: field.word = 0
        default: throw .invalidBoolean
        }
    }

    private static func scanNumber(
        _ bytes: Span<UInt8>, _ index: inout Int, into field: inout ParsedField
    ) throws(LineError) {
        let start = index
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index &+= 1 }
        var mantissa: UInt64 = 0
        var digits = 0
        var decimals = 0
        var isExact = true
        var hasPoint = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x30, byte <= 0x39 {
                if digits >= 19 { isExact = false } else { mantissa = mantissa &* 10 &+ UInt64(byte & 0x0F) }
                digits &+= mantissa == 0 && !hasPoint ? 0 : 1
                if hasPoint { decimals &+= 1 }
            } else if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else {
                break
            }
            index &+= 1
        }
        let isDigitless = index &- start == (isNegative ? 1 : 0) + (hasPoint ? 1 : 0)
        if isDigitless { throw .invalidNumber }
        if isEnd(bytes, index) {
            if isExact, mantissa < 1 << 53, decimals <= 22 {
                let value = Double(mantissa) / powers[decimals]
                field.word = (isNegative ? -value : value).bitPattern
                return
            }
        } else if bytes[index] == UInt8(ascii: "i") || bytes[index] == UInt8(ascii: "u") {
            let value = isExact && digits < 19 && !hasPoint ? mantissa : nil
            return try finishInteger(bytes, start, &index, value, isNegative, into: &field)
        }
        try finishFloat(bytes, start, &index, into: &field)
    }

    private static func finishInteger(
        _ bytes: Span<UInt8>, _ start: Int, _ index: inout Int, _ magnitude: UInt64?, _ isNegative: Bool,
        into field: inout ParsedField
    ) throws(LineError) {
        let end = index
        let isSigned = bytes[index] == UInt8(ascii: "i")
        index &+= 1
        guard isEnd(bytes, index) else { throw .invalidNumber }
        if let magnitude, isSigned || !isNegative {
            field.kind = isSigned ? .integer : .unsigned
            field.word = isNegative ? 0 &- magnitude : magnitude
            return
        }
        // Twenty digits, or none that may be.
        let text = digits(bytes, start..<end)
        guard !text.contains(".") else { throw .invalidNumber }
        if isSigned {
            guard let value = Int64(text) else { throw .integerOutOfRange(text, isSigned: true) }
            field.kind = .integer
            field.word = UInt64(bitPattern: value)
        } else {
            guard !text.hasPrefix("-") else { throw .invalidNumber }
            guard let value = UInt64(text) else { throw .integerOutOfRange(text, isSigned: false) }
            field.kind = .unsigned
            field.word = value
        }
    }

    /// Exponents and long mantissas: rare, so the library's correctly rounded conversion serves.
    private static func finishFloat(
        _ bytes: Span<UInt8>, _ start: Int, _ index: inout Int, into field: inout ParsedField
    ) throws(LineError) {
        if index < bytes.count, bytes[index] == UInt8(ascii: "e") || bytes[index] == UInt8(ascii: "E") {
            index &+= 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
                index &+= 1
            }
            while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 { index &+= 1 }
        }
        guard isEnd(bytes, index) else { throw .invalidNumber }
        guard let value = Double(digits(bytes, start..<index)), value.isFinite else { throw .invalidFloat }
        field.word = value.bitPattern
    }

    private static func digits(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        let text = string(bytes, range)
        return text.hasSuffix(".") ? text + "0" : text
    }

    private static func isEnd(_ bytes: Span<UInt8>, _ index: Int) -> Bool {
        guard index < bytes.count else { return true }
        let byte = bytes[index]
        return byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") || byte == .newline
    }
}
