import Telemetry

/// Lines in a row that look alike: the same measurement, plain tags in order, the same fields all of which are numbers,
/// and a time. Most of what agents send is that, so it is read without a look at anything else; the first line that is
/// otherwise is left to the parser.
struct LineRun {
    /// The measurement as it stands in the lines.
    let measurement: [UInt8]
    let shape: LineShape
    /// Whether each field is a whole number.
    private let isInteger: [Bool]
    /// Nanoseconds of one unit of time.
    private let unit: Int64

    /// Nil where the shape has other fields than numbers.
    init?(measurement: [UInt8], shape: LineShape, unit: Int64) {
        for kind in shape.kinds where kind != .float && kind != .integer { return nil }
        self.measurement = measurement
        self.shape = shape
        self.unit = unit
        isInteger = shape.kinds.map { $0 == .integer }
    }

    /// Reads lines from `start` on: appends the words of each row's fields, and begins its row in `table`.
    ///
    /// - Returns: where the first line begins that is not read, and how many were.
    func read(
        _ bytes: Span<UInt8>, from start: Int, words: inout [UInt64], into table: inout FrameTable
    ) -> (end: Int, rowCount: Int) {
        var (line, rowCount) = (start, 0)
        var row = [UInt64](repeating: 0, count: isInteger.count)
        while line < bytes.count {
            guard let keyEnd = key(bytes, line),
                let fieldsEnd = fields(bytes, keyEnd &+ 1, &row),
                let (time, end) = time(bytes, fieldsEnd &+ 1)
            else { break }
            table.beginRow(keySpan: bytes.extracting(line..<keyEnd), timestamp: time)
            words.append(contentsOf: row)
            rowCount &+= 1
            line = end
        }
        return (line, rowCount)
    }

    /// Where the key ends, at its blank; nil where it has an escape, an oddity, or tags in another order.
    private func key(_ bytes: Span<UInt8>, _ line: Int) -> Int? {
        let measurement = measurement.span
        var index = line &+ measurement.count
        guard index < bytes.count else { return nil }
        for offset in 0..<measurement.count where bytes[line &+ offset] != measurement[offset] { return nil }
        var previous = 0..<0
        while bytes[index] != UInt8(ascii: " ") {
            guard bytes[index] == UInt8(ascii: ",") else { return nil }
            let nameStart = index &+ 1
            guard let nameEnd = Self.end(bytes, nameStart), bytes[nameEnd] == UInt8(ascii: "="), nameEnd > nameStart
            else { return nil }
            let name = nameStart..<nameEnd
            if !previous.isEmpty, !precedes(bytes, previous, name) { return nil }
            if name.count == 4, isTime(bytes, name) { return nil }
            previous = name
            guard let valueEnd = Self.end(bytes, nameEnd &+ 1), bytes[valueEnd] != UInt8(ascii: "="),
                valueEnd > nameEnd &+ 1
            else { return nil }
            index = valueEnd
        }
        return index &- line <= 65_535 ? index : nil
    }

    /// The first comma, blank or equals sign at or behind `start`; nil where a backslash or the line's end comes first.
    @inline(__always)
    private static func end(_ bytes: Span<UInt8>, _ start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            // All five are below `A` or the backslash itself: letters need one look.
            if byte < 0x40 || byte == UInt8(ascii: "\\") {
                if byte == UInt8(ascii: "=") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") { return index }
                if byte == UInt8(ascii: "\\") || byte == .newline { return nil }
            }
            index &+= 1
        }
        return nil
    }

    /// Reads the fields into `row`; where they end, at the blank before the time.
    private func fields(_ bytes: Span<UInt8>, _ start: Int, _ row: inout [UInt64]) -> Int? {
        let (allNames, allEnds) = (shape.names, shape.ends)
        let (names, ends, isInteger) = (allNames.span, allEnds.span, isInteger.span)
        var row = row.mutableSpan
        var (index, begin) = (start, 0)
        for place in 0..<ends.count {
            let length = ends[place] &- begin
            guard index &+ length < bytes.count else { return nil }
            for offset in 0..<length where bytes[index &+ offset] != names[begin &+ offset] { return nil }
            begin = ends[place]
            index &+= length
            guard let word = Self.number(bytes, &index, isInteger: isInteger[place]), index < bytes.count,
                bytes[index] == (place &+ 1 < ends.count ? UInt8(ascii: ",") : UInt8(ascii: " "))
            else { return nil }
            row[place] = word
            index &+= 1
        }
        return index &- 1
    }

    /// A number of at most 18 digits without an exponent.
    @inline(__always)
    private static func number(_ bytes: Span<UInt8>, _ index: inout Int, isInteger: Bool) -> UInt64? {
        var cursor = index
        let isNegative = cursor < bytes.count && bytes[cursor] == UInt8(ascii: "-")
        if isNegative { cursor &+= 1 }
        var mantissa: UInt64 = 0
        let first = cursor
        cursor = digits(bytes, cursor, &mantissa)
        var digitCount = cursor &- first
        if isInteger {
            guard digitCount > 0, digitCount <= 18, cursor < bytes.count, bytes[cursor] == UInt8(ascii: "i") else {
                return nil
            }
            index = cursor &+ 1
            return isNegative ? 0 &- mantissa : mantissa
        }
        var decimals = 0
        if cursor < bytes.count, bytes[cursor] == UInt8(ascii: ".") {
            let point = cursor
            cursor = digits(bytes, cursor &+ 1, &mantissa)
            decimals = cursor &- point &- 1
            digitCount &+= decimals
        }
        guard digitCount > 0, digitCount <= 18, mantissa < 1 << 53 else { return nil }
        index = cursor
        // Both are exact, so that the quotient is the nearest double.
        let value = Double(mantissa) / FieldValueScanner.powers[decimals]
        return (isNegative ? -value : value).bitPattern
    }

    @inline(__always)
    private static func digits(_ bytes: Span<UInt8>, _ start: Int, _ mantissa: inout UInt64) -> Int {
        var index = start
        while index < bytes.count {
            let digit = bytes[index] &- 0x30
            if digit > 9 { break }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            index &+= 1
        }
        return index
    }

    /// A time of at most 19 digits behind which the line ends; the time in nanoseconds, and where the next line begins.
    @inline(__always)
    private func time(_ bytes: Span<UInt8>, _ start: Int) -> (time: Int64, end: Int)? {
        var value: UInt64 = 0
        let end = Self.digits(bytes, start, &value)
        let count = end &- start
        // 19 digits are the times from the year 2001 on; what is beyond the largest time is left to the parser.
        guard count > 0, count <= 19, value < UInt64(Int64.max), end >= bytes.count || bytes[end] == .newline else {
            return nil
        }
        let (product, overflow) = Int64(value).multipliedReportingOverflow(by: unit)
        return overflow || product == .max ? nil : (product, end &+ 1)
    }
}
