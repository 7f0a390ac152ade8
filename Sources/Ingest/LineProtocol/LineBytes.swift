extension UInt8 {
    static let newline = UInt8(ascii: "\n")
}

/// The first byte at or behind `offset` that is no blank, tab or NUL: what InfluxDB passes over before a line.
func skipBlanks(_ bytes: Span<UInt8>, _ offset: Int) -> Int {
    var index = offset
    while index < bytes.count,
        bytes[index] == UInt8(ascii: " ") || bytes[index] == UInt8(ascii: "\t") || bytes[index] == 0
    { index &+= 1 }
    return index
}

/// The first byte at or behind `offset` that is no blank.
func skipSpaces(_ bytes: Span<UInt8>, _ offset: Int) -> Int {
    var index = offset
    while index < bytes.count, bytes[index] == UInt8(ascii: " ") { index &+= 1 }
    return index
}

/// What stands between the parts of a line: a blank, and behind it blanks, tabs and NULs.
func skipSeparators(_ bytes: Span<UInt8>, _ offset: Int) -> Int {
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: " ") else { return offset }
    return skipBlanks(bytes, offset &+ 1)
}

/// Whether `index` is behind the tags' last byte, or at a byte that ends a tag.
func endsTag(_ bytes: Span<UInt8>, _ index: Int) -> Bool {
    guard index < bytes.count else { return true }
    let byte = bytes[index]
    return byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") || byte == .newline
}

/// How many bytes the backslash at `index` takes: itself and what it escapes, which no other backslash can be.
func escapeLength(_ bytes: Span<UInt8>, _ index: Int) -> Int {
    index &+ 1 < bytes.count && bytes[index &+ 1] == UInt8(ascii: "\\") ? 1 : 2
}

/// Whether the backslash at `index` stands before a quote or an equals sign, which measurements need not escape.
func isNeedlessEscape(_ bytes: Span<UInt8>, _ index: Int) -> Bool {
    bytes[index &+ 1] == UInt8(ascii: "\"") || bytes[index &+ 1] == UInt8(ascii: "=")
}

/// The measurement in `range`, escaped in the one way that series keys know.
func measurementBytes(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    for index in range {
        if bytes[index] == UInt8(ascii: "\\"), index &+ 1 < range.upperBound, isNeedlessEscape(bytes, index) {
            continue
        }
        result.append(bytes[index])
    }
    return result
}

/// The bytes of `range` in an array of their own.
func copied(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
    var copy: [UInt8] = []
    copy.reserveCapacity(range.count)
    for index in range { copy.append(bytes[index]) }
    return copy
}

/// The bytes of `range` as text; what is no UTF-8 becomes U+FFFD.
func string(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
    String(decoding: copied(bytes, range), as: UTF8.self)
}

/// The next line feed at or behind `offset`, or the end.
func endOfLine(_ bytes: Span<UInt8>, _ offset: Int) -> Int {
    var index = offset
    while index < bytes.count, bytes[index] != .newline { index &+= 1 }
    return index
}

/// Where the point that begins at `offset` ends: a line feed inside a quoted field value does not end it.
func endOfPoint(_ bytes: Span<UInt8>, _ offset: Int) -> Int {
    var index = offset
    var isQuoted = false
    var (equals, commas) = (0, 0)
    var inFields = false
    while index < bytes.count {
        let byte = bytes[index]
        if byte == UInt8(ascii: "\\"), index &+ 1 < bytes.count, bytes[index &+ 1] != .newline {
            index &+= 2
            continue
        }
        if byte == UInt8(ascii: " "), !isQuoted { inFields = true }
        if inFields, !isQuoted, byte == UInt8(ascii: "=") { equals &+= 1 }
        if inFields, !isQuoted, byte == UInt8(ascii: ",") { commas &+= 1 }
        if inFields, equals > commas, byte == UInt8(ascii: "\"") { isQuoted.toggle() }
        if byte == .newline, !isQuoted { return index }
        index &+= 1
    }
    // A quote that is never closed must cost its own line only.
    return isQuoted ? endOfLine(bytes, offset) : index
}

func equal(_ bytes: Span<UInt8>, _ range: Range<Int>, _ other: [UInt8]) -> Bool {
    guard range.count == other.count else { return false }
    let second = other.span
    for index in 0..<second.count where bytes[range.lowerBound &+ index] != second[index] { return false }
    return true
}

func equal(_ bytes: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where bytes[left.lowerBound &+ index] != bytes[right.lowerBound &+ index] {
        return false
    }
    return true
}

/// Whether the bytes of `left` stand strictly before those of `right`.
func precedes(_ bytes: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Bool {
    for index in 0..<min(left.count, right.count) {
        let (a, b) = (bytes[left.lowerBound &+ index], bytes[right.lowerBound &+ index])
        if a != b { return a < b }
    }
    return left.count < right.count
}

/// Whether a tag or a field is named `time`.
func isTime(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
    name.count == 4 && bytes[name.lowerBound] == UInt8(ascii: "t")
        && bytes[name.lowerBound + 1] == UInt8(ascii: "i")
        && bytes[name.lowerBound + 2] == UInt8(ascii: "m") && bytes[name.lowerBound + 3] == UInt8(ascii: "e")
}
