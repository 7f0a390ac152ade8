/// RFC 3339 text to nanoseconds since 1970 UTC and back, without a calendar library.
///
/// The civil-date arithmetic is Howard Hinnant's `days_from_civil` (public domain).
package enum Timestamp {
    /// The nanoseconds of a second.
    package static let second: Int64 = 1_000_000_000

    /// Reads RFC 3339 as devices write it: 0 to 9 fraction digits, `Z` or an offset (with or without a colon), lower-case `t` and `z`, a
    /// blank for the `T`; a missing zone is UTC. Nil for anything else, and for times outside the range of nanoseconds.
    package static func parse(_ text: some Collection<UInt8>) -> Int64? {
        var reader = DigitReader(bytes: Array(text))
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), (1...12).contains(month), day >= 1, day <= daysIn(month: month, year: year)
        else { return nil }
        var seconds = daysFromCivil(year: year, month: month, day: day) * 86_400
        var nanoseconds: Int64 = 0
        if reader.isAtEnd { return multiplied(seconds, nanoseconds) }
        guard reader.take("T") || reader.take("t") || reader.take(" "), let hour = reader.digits(2), reader.take(":"),
            let minute = reader.digits(2), hour < 24, minute < 60
        else { return nil }
        var sec: Int64 = 0
        if reader.take(":") {
            guard let value = reader.digits(2), value <= 60 else { return nil }
            sec = value
            if reader.take(".") {
                guard let fraction = reader.fraction() else { return nil }
                nanoseconds = fraction
            }
        }
        seconds += hour * 3600 + minute * 60 + sec
        if reader.isAtEnd || reader.take("Z") || reader.take("z") {
            return reader.isAtEnd ? multiplied(seconds, nanoseconds) : nil
        }
        let isEast = reader.take("+")
        guard isEast || reader.take("-"), let zoneHour = reader.digits(2) else { return nil }
        _ = reader.take(":")
        let zoneMinute = reader.isAtEnd ? 0 : reader.digits(2)
        guard let zoneMinute, zoneHour < 24, zoneMinute < 60, reader.isAtEnd else { return nil }
        let offset = zoneHour * 3600 + zoneMinute * 60
        return multiplied(isEast ? seconds - offset : seconds + offset, nanoseconds)
    }

    /// RFC 3339 in UTC with as many fraction digits as are needed, none for whole seconds, as InfluxDB writes times.
    package static func format(_ timestamp: Int64) -> String {
        let (seconds, fraction) = floorDivide(timestamp, second)
        var text = civil(seconds)
        if fraction != 0 {
            var digits = String(fraction)
            digits = String(repeating: "0", count: 9 - digits.count) + digits
            while digits.hasSuffix("0") { digits.removeLast() }
            text += "." + digits
        }
        return text + "Z"
    }

    /// RFC 3339 with an offset from UTC in seconds, as Go writes it: `Z` for none.
    package static func format(_ timestamp: Int64, offset: Int) -> String {
        if offset == 0 { return format(timestamp) }
        let (local, overflow) = timestamp.addingReportingOverflow(Int64(offset) * second)
        if overflow { return format(timestamp) }
        let minutes = abs(offset) / 60
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(format(local).dropLast())\(offset < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }

    /// RFC 3339 in UTC with exactly three fraction digits, as OCPP wants it.
    package static func formatMilliseconds(_ timestamp: Int64) -> String {
        let (seconds, fraction) = floorDivide(timestamp, second)
        let digits = String(fraction / 1_000_000)
        return civil(seconds) + "." + String(repeating: "0", count: 3 - digits.count) + digits + "Z"
    }

    /// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
    package static func daysFromCivil(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Year, month and day of a day number counted from 1970-01-01.
    package static func civilFromDays(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Quotient and remainder with the remainder never negative.
    package static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func daysIn(month: Int64, year: Int64) -> Int64 {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
    }

    private static func multiplied(_ seconds: Int64, _ nanoseconds: Int64) -> Int64? {
        // A negative time is counted from the second above it, so that the smallest one does not overflow on its way.
        let isShifted = seconds < 0 && nanoseconds > 0
        let (product, overflow) = (isShifted ? seconds + 1 : seconds).multipliedReportingOverflow(by: second)
        let (sum, overflowed) = product.addingReportingOverflow(isShifted ? nanoseconds - second : nanoseconds)
        return overflow || overflowed ? nil : sum
    }

    private static func civil(_ seconds: Int64) -> String {
        let (days, rest) = floorDivide(seconds, 86_400)
        let (year, month, day) = civilFromDays(days)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
            + "\(padded(rest / 3600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))"
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Takes the parts of a timestamp from the front of its bytes.
private struct DigitReader {
    let bytes: [UInt8]
    var offset = 0

    var isAtEnd: Bool { offset == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard offset < bytes.count, UInt32(bytes[offset]) == character.value else { return false }
        offset += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int64? {
        guard offset + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for index in offset..<(offset + count) {
            guard (0x30...0x39).contains(bytes[index]) else { return nil }
            value = value * 10 + Int64(bytes[index] - 0x30)
        }
        offset += count
        return value
    }

    /// 1 to 9 digits as nanoseconds; more digits are cut off.
    mutating func fraction() -> Int64? {
        var value: Int64 = 0
        var count = 0
        while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) {
            if count < 9 { value = value * 10 + Int64(bytes[offset] - 0x30) }
            count += 1
            offset += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 9)..<9 { value *= 10 }
        return value
    }
}
