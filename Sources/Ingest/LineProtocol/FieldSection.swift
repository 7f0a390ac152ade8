import Telemetry

/// What InfluxDB says of fields that cannot be read.
///
/// It looks at the whole section of a line before it takes a field apart, so that the first error that it meets may be
/// another one than that of a parser which goes field by field. This is asked only once a line is refused.
enum FieldSection {
    /// The first error of the section that begins at the range's start, or nil where InfluxDB finds none in it.
    static func error(_ bytes: Span<UInt8>, _ line: Range<Int>) -> LineError? {
        do throws(LineError) {
            try check(bytes.extracting(line))
            return nil
        } catch {
            return error
        }
    }

    private static func check(_ bytes: Span<UInt8>) throws(LineError) {
        var index = 0
        var isQuoted = false
        var (equals, commas) = (0, 0)
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\\"), index + 1 < bytes.count {
                index += 2
            } else if byte == UInt8(ascii: "\""), equals > commas {
                isQuoted.toggle()
                index += 1
            } else if byte == UInt8(ascii: "="), !isQuoted {
                equals += 1
                try needName(bytes, index)
                index = try skipValue(bytes, index + 1)
            } else if byte == UInt8(ascii: " "), !isQuoted {
                break
            } else {
                if byte == UInt8(ascii: ","), !isQuoted { commas += 1 }
                index += 1
            }
        }
        if isQuoted { throw .unbalancedQuotes }
        if equals == 0 || commas != equals - 1 { throw .invalidFieldFormat }
    }

    /// A name stands before an equals sign, if only an escaped blank or comma.
    private static func needName(_ bytes: Span<UInt8>, _ equals: Int) throws(LineError) {
        guard equals > 0 else { throw .missingFieldKey }
        guard bytes[equals - 1] == UInt8(ascii: " ") || bytes[equals - 1] == UInt8(ascii: ",") else { return }
        guard equals > 1, bytes[equals - 2] == UInt8(ascii: "\\") else { throw .missingFieldKey }
    }

    /// Where the number or the boolean that begins at `start` ends; a quoted text is left to the caller.
    private static func skipValue(_ bytes: Span<UInt8>, _ start: Int) throws(LineError) -> Int {
        guard start < bytes.count else { throw .missingFieldValue }
        guard bytes[start] != UInt8(ascii: "\"") else { return start }
        var field = ParsedField(name: start..<start, nameHasEscape: false)
        var end = start
        try FieldValueScanner.scan(bytes, &end, into: &field)
        return end
    }
}
