package import Telemetry

/// One cell of an answer.
package enum QueryValue: Equatable, Sendable {
    /// No value.
    case null
    case float(Double)
    case integer(Int64)
    case unsigned(UInt64)
    case boolean(Bool)
    case string(String)
    /// Texts side by side, in answers about the server alone.
    case list([String])
    /// Nanoseconds since 1970 UTC; the edge writes it in the unit that the client asked for.
    case time(Int64)

    /// The value of a row of a column, null where it has none.
    package init(_ column: FieldColumn, _ row: Int) {
        guard column.isPresent(row) else {
            self = .null
            return
        }
        switch column.kind {
        case .float: self = .float(Double(bitPattern: column.words[row]))
        case .integer: self = .integer(Int64(bitPattern: column.words[row]))
        case .unsigned: self = .unsigned(column.words[row])
        case .boolean: self = .boolean(column.words[row] != 0)
        case .string: self = .string(String(decoding: column.textBytes(row), as: UTF8.self))
        }
    }
}

/// The cells of one column of an answer.
package enum ResultColumn: Sendable, Equatable {
    /// Nanoseconds since 1970 UTC.
    case times([Int64])
    /// As they came out of the store.
    case field(FieldColumn)
    /// Whatever was computed.
    case values([QueryValue])

    /// How many rows there are.
    package var count: Int {
        switch self {
        case .times(let times): times.count
        case .field(let column): column.count
        case .values(let values): values.count
        }
    }

    /// The cell of a row.
    package subscript(row: Int) -> QueryValue {
        switch self {
        case .times(let times): .time(times[row])
        case .field(let column): QueryValue(column, row)
        case .values(let values): values[row]
        }
    }

    /// Takes the cells of another column behind its own.
    mutating func append(_ other: ResultColumn) {
        switch (self, other) {
        case (.times(let mine), .times(let theirs)): self = .times(mine + theirs)
        case (.field(var mine), .field(let theirs)) where mine.kind == theirs.kind:
            mine.append(rows: 0..<theirs.count, of: theirs)
            self = .field(mine)
        default: self = .values((0..<count).map { self[$0] } + (0..<other.count).map { other[$0] })
        }
    }

    /// The rows of `range` alone.
    package func part(_ range: Range<Int>) -> ResultColumn {
        switch self {
        case .times(let times): return .times(Array(times[range]))
        case .field(let column):
            var part = FieldColumn(name: column.name, kind: column.kind)
            part.append(rows: range, of: column)
            return .field(part)
        case .values(let values): return .values(Array(values[range]))
        }
    }
}

/// Rows of one measurement and tag set, in the order of the answer.
package struct ResultSeries: Equatable, Sendable {
    /// The measurement, or what a statement calls its answer (`databases`); may be empty.
    package var name: String
    /// The tags that the query grouped by, sorted by name.
    package var tags: [(name: String, value: String)]
    /// The names of the columns.
    package var columns: [String]
    /// The cells, one entry a column, all of one length.
    package private(set) var cells: [ResultColumn]

    /// A series of an answer from its rows, each with one cell a column.
    package init(
        name: String, tags: [(name: String, value: String)] = [], columns: [String], rows: [[QueryValue]] = []
    ) {
        let cells = columns.indices.map { index in ResultColumn.values(rows.map { $0[index] }) }
        self.init(name: name, tags: tags, columns: columns, cells: cells)
    }

    /// A series of an answer from its columns.
    package init(name: String, tags: [(name: String, value: String)], columns: [String], cells: [ResultColumn]) {
        precondition(cells.allSatisfy { $0.count == cells[0].count }, "columns of different lengths")
        self.name = name
        self.tags = tags
        self.columns = columns
        self.cells = cells
    }

    /// How many rows there are.
    package var rowCount: Int { cells.first?.count ?? 0 }

    /// The rows, each with one cell a column.
    package var rows: [[QueryValue]] { (0..<rowCount).map { row in cells.map { $0[row] } } }

    /// Keeps `limit` rows (0: all) behind the first `offset`.
    package mutating func page(offset: Int, limit: Int) {
        let from = min(offset, rowCount)
        let end = limit > 0 ? min(rowCount, from + min(limit, rowCount)) : rowCount
        if from > 0 || end < rowCount { cells = cells.map { $0.part(from..<end) } }
    }

    /// Takes the rows of another series of the same columns behind its own.
    package mutating func append(_ other: ResultSeries) {
        for index in cells.indices { cells[index].append(other.cells[index]) }
    }

    /// Whether both say the same.
    package static func == (left: ResultSeries, right: ResultSeries) -> Bool {
        left.name == right.name && left.columns == right.columns && left.rows == right.rows
            && left.tags.elementsEqual(right.tags) { $0.name == $1.name && $0.value == $1.value }
    }
}

/// Where an answer may be cut that goes out in chunks.
package enum Chunking: Equatable, Sendable {
    /// Between any rows, and each chunk says whether more follow.
    case rows
    /// Between series alone; nothing says that more follow.
    case series
    /// Nowhere.
    case whole
}

/// What one statement answers: series and messages, or an error.
package struct StatementResult: Equatable, Sendable {
    /// The statement's place in the query, from 0.
    package var statementID: Int
    /// The series, in the order of InfluxDB.
    package var series: [ResultSeries]
    /// Warnings, as InfluxDB words them.
    package var messages: [String]
    /// The zone in which times are written where they are written as text, nil for UTC.
    package var timeZone: String?
    /// Why the statement failed, as InfluxDB words it.
    package var error: String?
    /// Where the answer may be cut, as InfluxDB cuts it.
    package var chunking = Chunking.rows

    /// The result of statement `statementID`.
    package init(statementID: Int, series: [ResultSeries] = [], messages: [String] = [], error: String? = nil) {
        self.statementID = statementID
        self.series = series
        self.messages = messages
        self.error = error
    }
}
