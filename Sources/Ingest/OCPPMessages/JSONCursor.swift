import Telemetry

/// A place in JSON text, for readers that know what should come: each step takes what is there, or fails.
///
/// One pass, no object and no error a token. It reads less than `JSONScanner`: plain ASCII without escapes, numbers of
/// at most 15 digits. Where a step fails its reader gives up, and the exact way through the tape answers. Whatever it
/// takes it has checked, so that a text read to its end is JSON.
package struct JSONCursor {
    /// The next byte.
    package var position = 0

    /// A cursor at the beginning.
    package init() {}

    /// A number as it stands: `mantissa` times ten to the power of `power`.
    package struct Decimal {
        /// The digits.
        package var mantissa: UInt64
        /// Minus the count of digits behind the point.
        package var power: Int
        /// Whether a minus stands before it.
        package var isNegative: Bool

        /// The binary64 nearest to the number times ten to the power of `exponent`: exact (Clinger 1990), as the
        /// mantissa has at most 15 digits; nil where the power is beyond that.
        package func value(exponent: Int = 0) -> Double? {
            let scale = power + exponent
            guard scale > -23, scale < 23 else { return nil }
            let digits = Double(mantissa)
            let magnitude =
                scale < 0 ? digits / JSONNumber.exactPowers[-scale] : digits * JSONNumber.exactPowers[scale]
            return isNegative ? -magnitude : magnitude
        }
    }

    /// Goes over blanks.
    @inline(__always)
    package mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while position < bytes.count, bytes[position] <= 0x20 {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    /// Takes `byte` where it is the next but blanks.
    @inline(__always)
    package mutating func take(_ bytes: Span<UInt8>, _ byte: UInt8) -> Bool {
        skipBlanks(bytes)
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// Whether nothing but blanks is left.
    package mutating func isAtEnd(_ bytes: Span<UInt8>) -> Bool {
        skipBlanks(bytes)
        return position == bytes.count
    }

    /// Takes a string without escapes, its opening quote included, and answers where its text lies; nil for any other.
    package mutating func plainString(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard take(bytes, UInt8(ascii: "\"")) else { return nil }
        let start = position
        while position < bytes.count {
            let (word, available) = Self.word(bytes, position)
            let length = min(Self.plainLength(word), available)
            position += length
            guard length == 8 else {
                guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
                position += 1
                return start..<(position - 1)
            }
        }
        return nil
    }

    /// Takes a number; nil for any that is none, is longer than 15 digits or has an exponent.
    @inline(__always)
    package mutating func decimal(_ bytes: Span<UInt8>) -> Decimal? {
        skipBlanks(bytes)
        var index = position
        var number = Decimal(mantissa: 0, power: 0, isNegative: false)
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") {
            number.isNegative = true
            index += 1
        }
        let start = index
        while index < bytes.count {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { break }
            number.mantissa = number.mantissa &* 10 &+ UInt64(digit)
            index += 1
        }
        var digitCount = index - start
        guard digitCount > 0, digitCount == 1 || bytes[start] != 0x30 else { return nil }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            let fraction = index
            while index < bytes.count {
                let digit = bytes[index] &- 0x30
                guard digit < 10 else { break }
                number.mantissa = number.mantissa &* 10 &+ UInt64(digit)
                index += 1
            }
            guard index > fraction else { return nil }
            number.power = fraction - index
            digitCount += index - fraction
        }
        guard digitCount <= 15 else { return nil }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") { return nil }
        position = index
        return number
    }

    /// Takes a whole number from 0, written without a point.
    package mutating func count(_ bytes: Span<UInt8>) -> Int? {
        guard let number = decimal(bytes), number.power == 0, !number.isNegative else { return nil }
        return Int(number.mantissa)
    }

    /// Takes `true` or `false`.
    package mutating func flag(_ bytes: Span<UInt8>) -> Bool? {
        skipBlanks(bytes)
        let (word, available) = Self.word(bytes, position)
        if available >= 4, word & 0xFFFF_FFFF == 0x6575_7274 {
            position += 4
            return true
        }
        if available >= 5, word & 0xFF_FFFF_FFFF == 0x65_736C_6166 {
            position += 5
            return false
        }
        return nil
    }

    /// Takes a whole number from 0 of at most 18 digits, or of 19 below 2^63, without point and exponent.
    package mutating func epoch(_ bytes: Span<UInt8>) -> Int64? {
        skipBlanks(bytes)
        var index = position
        var value: UInt64 = 0
        while index < bytes.count, bytes[index] &- 0x30 < 10 {
            value = value &* 10 &+ UInt64(bytes[index] &- 0x30)
            index += 1
        }
        let digitCount = index - position
        guard digitCount > 0, digitCount <= 19, digitCount == 1 || bytes[position] != 0x30, index < bytes.count,
            bytes[index] != UInt8(ascii: "."), bytes[index] | 0x20 != UInt8(ascii: "e")
        else { return nil }
        position = index
        return Int64(exactly: value)
    }

    /// Takes a member's name that is `names[range]`, plain text, and the colon behind it; does not move where another
    /// stands.
    package mutating func takeName(_ bytes: Span<UInt8>, _ names: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let before = position
        guard take(bytes, UInt8(ascii: "\"")), range.count < bytes.count - position,
            bytes[position + range.count] == UInt8(ascii: "\""),
            Self.isEqual(bytes, position, names, range)
        else {
            position = before
            return false
        }
        position += range.count + 1
        if take(bytes, UInt8(ascii: ":")) { return true }
        position = before
        return false
    }

    private static func isEqual(
        _ bytes: Span<UInt8>, _ offset: Int, _ names: Span<UInt8>, _ range: Range<Int>
    ) -> Bool {
        var index = range.lowerBound
        var other = offset
        while index + 8 <= range.upperBound {
            if word(bytes, other).word != word(names, index).word { return false }
            index += 8
            other += 8
        }
        while index < range.upperBound {
            if bytes[other] != names[index] { return false }
            index += 1
            other += 1
        }
        return true
    }

    // MARK: Words

    /// The eight bytes from `offset`, the first lowest, and how many of them there are; the rest is 0.
    @inline(__always)
    static func word(_ bytes: Span<UInt8>, _ offset: Int) -> (word: UInt64, available: Int) {
        if offset >= 0, offset <= bytes.count &- 8 {
            // The bound is the line above: eight bytes from the offset lie inside the span.
            return (unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self), 8)
        }
        var word: UInt64 = 0
        let available = max(0, bytes.count - offset)
        for index in 0..<available { word |= UInt64(bytes[offset + index]) << UInt64(index * 8) }
        return (word, available)
    }

    /// How many of the eight bytes, from the first, are plain text: neither a quote, a backslash, a control character
    /// nor beyond ASCII.
    @inline(__always)
    static func plainLength(_ word: UInt64) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let escape = word ^ (ones &* 0x5C)
        // A borrow can mark a byte falsely, but only above one that is marked rightly: the first mark is right.
        let marks =
            ((quote &- ones) & ~quote) | ((escape &- ones) & ~escape) | ((word &- (ones &* 0x20)) & ~word) | word
        return (marks & (ones &* 0x80)).trailingZeroBitCount >> 3
    }
}

extension JSONCursor {
    /// Takes a string that is a time as stations write it: `2026-01-01T00:00:00Z`, up to nine digits of a fraction, `Z`
    /// or an offset with a colon, years 1970 to 2199; nil for any other.
    package mutating func time(_ bytes: Span<UInt8>) -> Int64? {
        guard take(bytes, UInt8(ascii: "\"")), position + 20 < bytes.count else { return nil }
        let start = position
        let year = Self.two(bytes, start) * 100 + Self.two(bytes, start + 2)
        let (month, day) = (Self.two(bytes, start + 5), Self.two(bytes, start + 8))
        let (hour, minute, second) = (
            Self.two(bytes, start + 11), Self.two(bytes, start + 14), Self.two(bytes, start + 17)
        )
        guard year >= 1970, year < 2200, (1...12).contains(month), (1...28).contains(day), (0..<24).contains(hour),
            (0..<60).contains(minute), (0..<60).contains(second), bytes[start + 4] == UInt8(ascii: "-"),
            bytes[start + 7] == UInt8(ascii: "-"), bytes[start + 10] == UInt8(ascii: "T"),
            bytes[start + 13] == UInt8(ascii: ":"), bytes[start + 16] == UInt8(ascii: ":")
        else { return Self.isLateInMonth(year, month, day) ? slowTime(bytes, start) : nil }
        position = start + 19
        guard let nanoseconds = fraction(bytes), let offset = zone(bytes), take(bytes, UInt8(ascii: "\"")) else {
            return nil
        }
        let days = Timestamp.daysFromCivil(year: Int64(year), month: Int64(month), day: Int64(day))
        let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second - offset)
        return seconds * Timestamp.second + nanoseconds
    }

    /// The last days of a month ask the calendar.
    private static func isLateInMonth(_ year: Int, _ month: Int, _ day: Int) -> Bool {
        year >= 1970 && year < 2200 && (1...12).contains(month) && (29...31).contains(day)
    }

    private mutating func slowTime(_ bytes: Span<UInt8>, _ start: Int) -> Int64? {
        position = start - 1
        guard let range = plainString(bytes), range.count <= 64 else { return nil }
        return Timestamp.parse(Self.copy(bytes, range))
    }

    /// The bytes of `range` in an array of their own.
    package static func copy(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        unsafe bytes.extracting(range).withUnsafeBufferPointer { part in
            // Alive for the call, which copies all of it.
            unsafe Array(part)
        }
    }

    /// The bytes of `range`, which are ASCII, as text.
    package static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        unsafe bytes.extracting(range).withUnsafeBufferPointer { part in
            // Alive for the call, which copies all of it.
            unsafe String(decoding: part, as: UTF8.self)
        }
    }

    /// Two digits at `index`, which is inside; less than 0 for anything else.
    private static func two(_ bytes: Span<UInt8>, _ index: Int) -> Int {
        let (high, low) = (bytes[index] &- 0x30, bytes[index + 1] &- 0x30)
        return high < 10 && low < 10 ? Int(high) * 10 + Int(low) : -10_000
    }

    private mutating func fraction(_ bytes: Span<UInt8>) -> Int64? {
        guard bytes[position] == UInt8(ascii: ".") else { return 0 }
        position += 1
        var value: Int64 = 0
        var count = 0
        while position < bytes.count, bytes[position] &- 0x30 < 10 {
            value = value &* 10 &+ Int64(bytes[position] &- 0x30)
            position += 1
            count += 1
            if count > 9 { return nil }
        }
        guard count > 0 else { return nil }
        for _ in count..<9 { value *= 10 }
        return value
    }

    /// Seconds east of UTC.
    private mutating func zone(_ bytes: Span<UInt8>) -> Int? {
        guard position < bytes.count else { return nil }
        if bytes[position] == UInt8(ascii: "Z") {
            position += 1
            return 0
        }
        let sign = bytes[position]
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), position + 6 < bytes.count,
            bytes[position + 3] == UInt8(ascii: ":")
        else { return nil }
        let (hours, minutes) = (Self.two(bytes, position + 1), Self.two(bytes, position + 4))
        guard (0..<24).contains(hours), (0..<60).contains(minutes) else { return nil }
        position += 6
        return (hours * 60 + minutes) * (sign == UInt8(ascii: "+") ? 60 : -60)
    }
}
