package import Telemetry

/// Reads InfluxDB line protocol into the columns of a `FrameBatch`, in one pass over the bytes.
///
/// A line is checked whole before its row is begun, so a bad line leaves nothing behind. Keys whose tags stand in
/// order, as every agent sends them, are copied as they are; others are sorted. The grammar and each error's words are
/// those of InfluxDB 1.x (`unsigned` integers with `u` are taken as well).
package struct LineProtocolParser: Sendable {
    private let precision: TimestampPrecision
    private let defaultTime: Int64
    private var report = LineProtocolReport()
    private var fields: [ParsedField] = []
    private var tags: [ParsedTag] = []
    /// What is known of each measurement that was met: agents mix theirs line by line.
    private var measurements: [Measurement] = []
    /// How each stands in lines; one may stand in several ways, with escapes and without.
    private var spellings: [(raw: [UInt8], number: Int)] = []
    /// The measurement of the line before.
    private var latest: Int?
    /// The column of each field of the line that is read without a shape.
    private var columns: [Int] = []
    /// The texts of the row that the shape reads.
    private var texts: [ParsedField] = []

    /// One measurement of the body.
    private struct Measurement: Sendable {
        var table: Int
        /// The shape of a line that was read without one, after the line before it had the same columns.
        var shape: LineShape?
        /// How lines are read that look like those before, where the shape allows it.
        var run: LineRun?
        var lastColumns: [Int] = []
        /// The words of the rows that the shape has read, row by row.
        var words: [UInt64] = []
    }

    /// A parser whose lines without a time get `arrival`, cut to the precision.
    package init(precision: TimestampPrecision, arrival: Int64) {
        self.precision = precision
        let unit = precision.nanoseconds
        defaultTime = Timestamp.floorDivide(arrival, unit).quotient * unit
    }

    /// Reads all lines of `body` into `batch`, which is sealed at the end.
    package mutating func parse(_ body: [UInt8], into batch: inout FrameBatch) -> LineProtocolReport {
        let bytes = body.span
        var offset = 0
        while offset < bytes.count {
            if let number = latest, let run = measurements[number].run {
                let read = run.read(
                    bytes, from: offset, words: &measurements[number].words,
                    into: &batch.tables[measurements[number].table])
                report.rowCount &+= read.rowCount
                offset = read.end
                if offset >= bytes.count { break }
            }
            let start = skipBlanks(bytes, offset)
            if start >= bytes.count { break }
            if bytes[start] == .newline {
                offset = start &+ 1
                continue
            }
            if bytes[start] == UInt8(ascii: "#") {
                offset = endOfLine(bytes, start) &+ 1
                continue
            }
            var cursor = start
            do throws(LineError) {
                try parseLine(bytes, &cursor, into: &batch)
                report.rowCount &+= 1
                offset = cursor &+ 1
            } catch {
                let end = endOfPoint(bytes, start)
                note(bytes, start..<end, error)
                offset = end &+ 1
            }
        }
        for number in measurements.indices { flush(number, into: &batch) }
        batch.seal()
        return report
    }

    private mutating func parseLine(
        _ bytes: Span<UInt8>, _ cursor: inout Int, into batch: inout FrameBatch
    ) throws(LineError) {
        let start = cursor
        let key = try scanKey(bytes, &cursor)
        let fieldsStart = skipSeparators(bytes, cursor)
        cursor = fieldsStart
        let number = measurement(bytes, start..<key.measurementEnd)
        if let number, let shape = measurements[number].shape {
            let wordCount = measurements[number].words.count
            if let end = shape.read(bytes, from: cursor, words: &measurements[number].words, texts: &texts) {
                do throws(LineError) {
                    cursor = skipSeparators(bytes, end)
                    let time = try scanTime(bytes, &cursor)
                    try refuseTime(bytes, start..<key.measurementEnd, hasFields: false)
                    begin(bytes, start, key, time, &batch.tables[measurements[number].table])
                } catch {
                    measurements[number].words.removeLast(measurements[number].words.count - wordCount)
                    texts.removeAll(keepingCapacity: true)
                    throw error
                }
                setTexts(bytes, shape, &batch.tables[measurements[number].table])
                latest = number
                return
            }
        }
        do throws(LineError) {
            try scanFields(bytes, &cursor)
        } catch {
            // An escaped line feed in the key is the end of a point that begins before the fields.
            let end = max(fieldsStart, endOfPoint(bytes, start))
            throw FieldSection.error(bytes, fieldsStart..<end) ?? error
        }
        cursor = skipSeparators(bytes, cursor)
        let time = try scanTime(bytes, &cursor)
        try refuseTime(bytes, start..<key.measurementEnd, hasFields: true)
        let known = number ?? addMeasurement(bytes, start..<key.measurementEnd, &batch)
        flush(known, into: &batch)
        let table = measurements[known].table
        begin(bytes, start, key, time, &batch.tables[table])
        setFields(bytes, &batch.tables[table])
        // A line that differs once is no reason to forget how the others look.
        if measurements[known].shape == nil || measurements[known].lastColumns == columns {
            measurements[known].shape = LineShape(fields, columns: columns, of: bytes)
            measurements[known].run = measurements[known].shape.flatMap { shape in
                LineRun(
                    measurement: copied(bytes, start..<key.measurementEnd), shape: shape, unit: precision.nanoseconds)
            }
        }
        latest = known
        measurements[known].lastColumns = columns
    }

    private func begin(
        _ bytes: Span<UInt8>, _ start: Int, _ key: ScannedKey, _ time: Int64, _ table: inout FrameTable
    ) {
        if key.isCanonical {
            table.beginRow(keySpan: bytes.extracting(start..<key.end), timestamp: time)
        } else {
            table.beginRow(key: sortedKey(bytes, start..<key.measurementEnd), timestamp: time)
        }
    }

    /// Gives the begun row the texts that its shape found.
    private mutating func setTexts(_ bytes: Span<UInt8>, _ shape: LineShape, _ table: inout FrameTable) {
        if texts.isEmpty { return }
        var next = 0
        for place in shape.kinds.indices where shape.kinds[place].rawValue == FieldKind.string.rawValue {
            table.set(shape.columns[place], text: texts[next].text(bytes))
            next += 1
        }
        texts.removeAll(keepingCapacity: true)
    }

    /// Hands the words of rows that a measurement's shape has read to their columns.
    private mutating func flush(_ number: Int, into batch: inout FrameBatch) {
        guard let shape = measurements[number].shape, !measurements[number].words.isEmpty else { return }
        batch.tables[measurements[number].table].append(
            rowMajor: measurements[number].words, columns: shape.wordColumns)
        measurements[number].words.removeAll(keepingCapacity: true)
    }

    // MARK: The key

    private struct ScannedKey {
        var measurementEnd: Int
        var end: Int
        var isCanonical: Bool
    }

    private mutating func scanKey(_ bytes: Span<UInt8>, _ cursor: inout Int) throws(LineError) -> ScannedKey {
        if bytes[cursor] == UInt8(ascii: ",") { throw .missingMeasurement }
        var index = cursor
        var key = ScannedKey(measurementEnd: index, end: index, isCanonical: true)
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\\"), index &+ 1 < bytes.count, bytes[index &+ 1] != .newline {
                if isNeedlessEscape(bytes, index) { key.isCanonical = false }
                index &+= escapeLength(bytes, index)
                continue
            }
            if byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") || byte == .newline { break }
            index &+= 1
        }
        key.measurementEnd = index
        tags.removeAll(keepingCapacity: true)
        while index < bytes.count, bytes[index] == UInt8(ascii: ",") {
            let tag = try scanTag(bytes, index &+ 1)
            if let last = tags.last, key.isCanonical {
                key.isCanonical = precedes(bytes, last.name, tag.name)
            }
            if bytes[tag.value.lowerBound] == UInt8(ascii: "=") { key.isCanonical = false }
            tags.append(tag)
            index = tag.value.upperBound
        }
        key.end = index
        if !key.isCanonical { try sortTags(bytes) }
        if key.end &- cursor > 65_535 { throw .keyTooLong }
        if index >= bytes.count || bytes[index] == .newline { throw .missingFields }
        cursor = index
        return key
    }

    private func scanTag(_ bytes: Span<UInt8>, _ start: Int) throws(LineError) -> ParsedTag {
        if endsTag(bytes, start) || bytes[start] == UInt8(ascii: "=") { throw .missingTagKey }
        var index = start
        while true {
            if endsTag(bytes, index) { throw .missingTagValue }
            if bytes[index] == UInt8(ascii: "\\"), index &+ 1 < bytes.count {
                index &+= escapeLength(bytes, index)
                continue
            }
            if bytes[index] == UInt8(ascii: "=") { break }
            index &+= 1
        }
        let valueStart = index &+ 1
        if endsTag(bytes, valueStart) { throw .missingTagValue }
        let name = start..<index
        // An equals sign may begin a value, though it may not stand inside.
        index = bytes[valueStart] == UInt8(ascii: "=") ? valueStart &+ 1 : valueStart
        while !endsTag(bytes, index) {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\\"), index &+ 1 < bytes.count, bytes[index &+ 1] != .newline {
                index &+= escapeLength(bytes, index)
                continue
            }
            if byte == UInt8(ascii: "=") { throw .invalidTagFormat }
            index &+= 1
        }
        return ParsedTag(name: name, value: valueStart..<index)
    }

    private mutating func sortTags(_ bytes: Span<UInt8>) throws(LineError) {
        // Insertion sort: agents send few tags, nearly in order.
        for index in tags.indices.dropFirst() {
            var place = index
            while place > 0, !precedes(bytes, tags[place &- 1].name, tags[place].name) {
                if equal(bytes, tags[place &- 1].name, tags[place].name) { throw .duplicateTags }
                tags.swapAt(place &- 1, place)
                place &-= 1
            }
        }
    }

    private func sortedKey(_ bytes: Span<UInt8>, _ measurement: Range<Int>) -> [UInt8] {
        var key = measurementBytes(bytes, measurement)
        for tag in tags {
            key.append(UInt8(ascii: ","))
            for index in tag.name.lowerBound..<tag.value.lowerBound { key.append(bytes[index]) }
            if bytes[tag.value.lowerBound] == UInt8(ascii: "=") { key.append(UInt8(ascii: "\\")) }
            for index in tag.value { key.append(bytes[index]) }
        }
        return key
    }

    private func measurement(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        for spelling in spellings where equal(bytes, range, spelling.raw) { return spelling.number }
        return nil
    }

    private mutating func addMeasurement(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ batch: inout FrameBatch
    ) -> Int {
        let table = batch.tableIndex(text(bytes, range))
        let number = measurements.firstIndex { $0.table == table } ?? measurements.count
        if number == measurements.count { measurements.append(Measurement(table: table)) }
        spellings.append((copied(bytes, range), number))
        return number
    }

    /// InfluxDB passes over a field named `time` where there is another, and refuses a tag of that name.
    private mutating func refuseTime(
        _ bytes: Span<UInt8>, _ measurement: Range<Int>, hasFields: Bool
    ) throws(LineError) {
        for tag in tags where isTime(bytes, tag.name) { throw .timeTag(text(bytes, measurement)) }
        guard hasFields, fields.contains(where: { isTime(bytes, $0.name) }) else { return }
        fields.removeAll { isTime(bytes, $0.name) }
        if fields.isEmpty { throw .timeField(text(bytes, measurement)) }
    }

    private func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        SeriesKey.decode(measurementBytes(bytes, range)).measurement
    }

    // MARK: Fields and time

    private mutating func scanFields(_ bytes: Span<UInt8>, _ cursor: inout Int) throws(LineError) {
        fields.removeAll(keepingCapacity: true)
        var index = cursor
        if index >= bytes.count || bytes[index] == .newline { throw .invalidFieldFormat }
        while true {
            let nameStart = index
            var hasEscape = false
            while index < bytes.count, bytes[index] != UInt8(ascii: "=") {
                let byte = bytes[index]
                if byte == UInt8(ascii: "\\"), index &+ 1 < bytes.count {
                    hasEscape = true
                    index &+= 2
                    continue
                }
                if byte == UInt8(ascii: " ") || byte == UInt8(ascii: ",") || byte == .newline {
                    throw .invalidFieldFormat
                }
                index &+= 1
            }
            guard index < bytes.count else { throw .invalidFieldFormat }
            if index == nameStart { throw .missingFieldKey }
            var field = ParsedField(name: nameStart..<index, nameHasEscape: hasEscape)
            index &+= 1
            try FieldValueScanner.scan(bytes, &index, into: &field)
            fields.append(field)
            guard index < bytes.count, bytes[index] == UInt8(ascii: ",") else { break }
            index &+= 1
        }
        cursor = index
    }

    private func scanTime(_ bytes: Span<UInt8>, _ cursor: inout Int) throws(LineError) -> Int64 {
        var index = cursor
        if index >= bytes.count || bytes[index] == .newline {
            cursor = index
            return defaultTime
        }
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index &+= 1 }
        // Counted downwards, so that the smallest number can be read.
        var value: Int64 = 0
        let first = index
        var isTooLarge = false
        while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, overflowed) = tens.subtractingReportingOverflow(Int64(bytes[index] & 0x0F))
            isTooLarge = isTooLarge || overflow || overflowed
            value = next
            index &+= 1
        }
        let end = index
        guard end >= bytes.count || bytes[end] == UInt8(ascii: " ") || bytes[end] == .newline else {
            throw .badTimestamp
        }
        if end == first { throw .timestampSyntax(string(bytes, cursor..<end)) }
        if isTooLarge || !isNegative && value == .min { throw .timestampOutOfRange(string(bytes, cursor..<end)) }
        index = skipSpaces(bytes, end)
        let (product, overflow) = (isNegative ? value : -value).multipliedReportingOverflow(by: precision.nanoseconds)
        // The two smallest and the largest instants stand for "no limit" in queries, as in InfluxDB.
        if overflow || product < .min + 2 || product == .max { throw .timeOutOfRange }
        if index < bytes.count, bytes[index] != .newline { throw .invalidPoint }
        cursor = index
        return product
    }

    /// Gives the begun row its values, and `columns` the column of each.
    private mutating func setFields(_ bytes: Span<UInt8>, _ table: inout FrameTable) {
        columns.removeAll(keepingCapacity: true)
        var expected = 0
        for field in fields {
            let index = columnIndex(bytes, field, &table, expected)
            expected = index &+ 1
            columns.append(index)
            if table.isSet(index) {
                // A field that is named twice in a line keeps its last value.
                table.replace(index, field.value(bytes))
            } else if field.kind == .string {
                table.set(index, text: field.text(bytes))
            } else {
                table.set(index, word: field.word)
            }
        }
    }

    /// The field's column: most often the one behind the column of the field before it.
    private func columnIndex(_ bytes: Span<UInt8>, _ field: ParsedField, _ table: inout FrameTable, _ expected: Int)
        -> Int
    {
        let count = table.fields.count
        if !field.nameHasEscape {
            for step in 0..<count {
                let sum = expected &+ step
                let index = sum < count ? sum : sum &- count
                if table.fields[index].kind == field.kind, equal(bytes, field.name, table.fields[index].nameBytes) {
                    return index
                }
            }
        }
        return table.columnIndex(field.nameText(bytes), field.kind)
    }

    // MARK: Errors

    private mutating func note(_ bytes: Span<UInt8>, _ line: Range<Int>, _ error: LineError) {
        report.badLineCount &+= 1
        if error.isRefusal { report.refusedLineCount &+= 1 }
        guard report.errors.count < LineProtocolReport.errorLimit else { return }
        let text = string(bytes, line.lowerBound..<min(line.upperBound, line.lowerBound + 1024))
        report.errors.append(error.isRefusal ? error.text : "unable to parse '\(text)': \(error.text)")
    }
}
