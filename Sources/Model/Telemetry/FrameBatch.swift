/// Readings of one measurement in columns: a series key, a time and some fields a row.
///
/// - Invariant: `keyEnds`, `timestamps` and each column have one entry a row. Keys are canonical (`SeriesKey`).
package struct FrameTable: Sendable, Equatable {
    /// The measurement of all rows.
    package let measurement: String
    /// The canonical series key of each row, one behind the other.
    package private(set) var keyBytes: [UInt8] = []
    /// The end of each row's key in `keyBytes`.
    package private(set) var keyEnds: [UInt32] = []
    /// Nanoseconds since 1970 UTC, one a row.
    package private(set) var timestamps: [Int64] = []
    /// The fields; two columns of one name differ in type.
    package private(set) var fields: [FieldColumn] = []

    /// A table without rows.
    package init(measurement: String) {
        self.measurement = measurement
    }

    /// A table made of what an earlier one held; nil where the parts do not fit each other.
    package init?(
        measurement: String, keyBytes: [UInt8], keyEnds: [UInt32], timestamps: [Int64], fields: [FieldColumn]
    ) {
        guard keyEnds.count == timestamps.count, fields.allSatisfy({ $0.count == timestamps.count }) else { return nil }
        var before: UInt32 = 0
        for end in keyEnds {
            guard end >= before, Int(end) <= keyBytes.count else { return nil }
            before = end
        }
        self.init(measurement: measurement)
        self.keyBytes = keyBytes
        self.keyEnds = keyEnds
        self.timestamps = timestamps
        self.fields = fields
    }

    /// How many rows there are.
    package var rowCount: Int { timestamps.count }

    /// Where row `row`'s key lies in `keyBytes`.
    package func keyRange(_ row: Int) -> Range<Int> {
        Int(row == 0 ? 0 : keyEnds[row - 1])..<Int(keyEnds[row])
    }

    /// A copy of row `row`'s key.
    package func key(_ row: Int) -> ArraySlice<UInt8> { keyBytes[keyRange(row)] }

    /// The column of a name and type.
    package func field(_ name: String, kind: FieldKind? = nil) -> FieldColumn? {
        fields.first { $0.name == name && (kind == nil || $0.kind == kind) }
    }

    /// Begins a row; give its values with `set`, then end it with `endRow`.
    package mutating func beginRow(key: some Collection<UInt8>, timestamp: Int64) {
        keyBytes.append(contentsOf: key)
        keyEnds.append(UInt32(keyBytes.count))
        timestamps.append(timestamp)
    }

    /// Begins a row whose key is `source[range]`, copied as it is.
    package mutating func beginRow(keySpan key: Span<UInt8>, timestamp: Int64) {
        unsafe key.withUnsafeBufferPointer { bytes in
            // The span is alive for the call, which copies all of it.
            unsafe keyBytes.append(contentsOf: bytes)
        }
        keyEnds.append(UInt32(keyBytes.count))
        timestamps.append(timestamp)
    }

    /// The column of a name and type, which is made where there is none; its rows before the begun one are absent.
    package mutating func columnIndex(_ name: String, _ kind: FieldKind) -> Int {
        for index in fields.indices where fields[index].kind == kind && fields[index].name == name { return index }
        var column = FieldColumn(name: name, kind: kind)
        column.appendAbsent(max(0, rowCount - 1))
        fields.append(column)
        return fields.count - 1
    }

    /// Whether column `index` already has a value for the row that was begun.
    package func isSet(_ index: Int) -> Bool { fields[index].count == rowCount }

    /// Gives the begun row its 64-bit value in column `index`, which is no column of strings.
    package mutating func set(_ index: Int, word: UInt64) {
        if fields[index].count + 1 < rowCount { fields[index].appendAbsent(rowCount - 1 - fields[index].count) }
        fields[index].append(word: word)
    }

    /// Gives the rows that were begun last their values in some columns, which hold no strings.
    ///
    /// - Parameter words: row by row, each with one word a column.
    package mutating func append(rowMajor words: [UInt64], columns: [Int]) {
        let rows = words.count / columns.count
        for (place, index) in columns.enumerated() {
            fields[index].appendAbsent(rowCount - rows - fields[index].count)
            fields[index].append(words: words, from: place, by: columns.count)
        }
    }

    /// Gives the begun row its text in column `index`.
    package mutating func set(_ index: Int, text: [UInt8]) {
        if fields[index].count + 1 < rowCount { fields[index].appendAbsent(rowCount - 1 - fields[index].count) }
        fields[index].append(text: text)
    }

    /// Gives the begun row a value of field `name`; a second value of one field replaces the first.
    package mutating func set(_ name: String, _ value: FieldValue) {
        let index = columnIndex(name, value.kind)
        if isSet(index) {
            fields[index].replaceLast(value)
            return
        }
        if fields[index].count + 1 < rowCount { fields[index].appendAbsent(rowCount - 1 - fields[index].count) }
        fields[index].append(value)
    }

    /// Replaces column `index`'s value in the begun row, which is set.
    package mutating func replace(_ index: Int, _ value: FieldValue) {
        fields[index].replaceLast(value)
    }

    /// Fills up the columns that got no value in the rows so far; after it the invariant holds.
    package mutating func seal() {
        for index in fields.indices { fields[index].appendAbsent(rowCount - fields[index].count) }
    }

    /// Exchanges the columns, each with one entry a row.
    package mutating func replaceFields(_ columns: [FieldColumn]) {
        precondition(columns.allSatisfy { $0.count == rowCount }, "a column of another length")
        fields = columns
    }

    /// The rows of `rows`, in that order.
    package func gathered(_ rows: [Int32]) -> FrameTable {
        var result = FrameTable(measurement: measurement)
        for row in rows { result.beginRow(key: key(Int(row)), timestamp: timestamps[Int(row)]) }
        result.fields = fields.map { $0.gathered(rows) }
        return result
    }

    /// About how many bytes it takes in memory.
    package var byteCount: Int {
        keyBytes.count + rowCount * 12 + fields.reduce(0) { $0 + $1.words.count * 8 + $1.text.count }
    }
}

/// Many readings in columns, decoded and typed, on their way into one retention policy of one database.
package struct FrameBatch: Sendable, Equatable {
    /// The database that the rows go to.
    package var database: String
    /// The retention policy, or nil for the database's default.
    package var policy: String?
    /// When the batch arrived: the engine's clock, nanoseconds since 1970 UTC. It is logged with the batch, so that
    /// a replay moves the watermark as the first run did.
    package var arrival: Int64
    /// True for what the windows computed: stored, but never fed to the windows again.
    package var isDerived: Bool
    /// The rows by measurement.
    package var tables: [FrameTable]

    /// A batch of `tables`.
    package init(
        database: String, policy: String? = nil, arrival: Int64, isDerived: Bool = false, tables: [FrameTable] = []
    ) {
        self.database = database
        self.policy = policy
        self.arrival = arrival
        self.isDerived = isDerived
        self.tables = tables
    }

    /// How many rows there are in all tables.
    package var rowCount: Int { tables.reduce(0) { $0 + $1.rowCount } }

    /// About how many bytes it takes in memory.
    package var byteCount: Int { tables.reduce(0) { $0 + $1.byteCount } }

    /// The index of the table of `measurement`, which is made where there is none.
    package mutating func tableIndex(_ measurement: String) -> Int {
        for index in tables.indices where tables[index].measurement == measurement { return index }
        tables.append(FrameTable(measurement: measurement))
        return tables.count - 1
    }

    /// Appends one row: the plain way, for edges that decode a reading at a time.
    ///
    /// - Parameters:
    ///   - measurement: the measurement, not escaped.
    ///   - tags: names and values, in any order, not escaped; a tag with an empty value is left out.
    ///   - fields: names and values; a row without fields is not appended.
    ///   - timestamp: nanoseconds since 1970 UTC.
    package mutating func append(
        measurement: String, tags: [(String, String)], fields: [(String, FieldValue)], timestamp: Int64
    ) {
        guard !fields.isEmpty else { return }
        let index = tableIndex(measurement)
        tables[index].beginRow(key: SeriesKey.encode(measurement: measurement, tags: tags), timestamp: timestamp)
        for (name, value) in fields { tables[index].set(name, value) }
    }

    /// Makes every table whole; call it once after the last row.
    package mutating func seal() {
        for index in tables.indices { tables[index].seal() }
    }
}
