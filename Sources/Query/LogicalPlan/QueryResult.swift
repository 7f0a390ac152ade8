/// One cell of an answer.
package enum QueryValue: Equatable, Sendable {
    /// No value.
    case null
    case float(Double)
    case integer(Int64)
    case unsigned(UInt64)
    case boolean(Bool)
    case string(String)
    /// Nanoseconds since 1970 UTC; the edge writes it in the unit that the client asked for.
    case time(Int64)
}

/// Rows of one measurement and tag set, in the order of the answer.
package struct ResultSeries: Equatable, Sendable {
    /// The measurement, or what a statement calls its answer (`databases`); may be empty.
    package var name: String
    /// The tags that the query grouped by, sorted by name.
    package var tags: [(name: String, value: String)]
    /// The names of the columns.
    package var columns: [String]
    /// The rows, each with one cell a column.
    package var rows: [[QueryValue]]

    /// A series of an answer.
    package init(
        name: String, tags: [(name: String, value: String)] = [], columns: [String], rows: [[QueryValue]] = []
    ) {
        self.name = name
        self.tags = tags
        self.columns = columns
        self.rows = rows
    }

    /// Whether both say the same.
    package static func == (left: ResultSeries, right: ResultSeries) -> Bool {
        left.name == right.name && left.columns == right.columns && left.rows == right.rows
            && left.tags.elementsEqual(right.tags) { $0.name == $1.name && $0.value == $1.value }
    }
}

/// What one statement answers: series and messages, or an error.
package struct StatementResult: Equatable, Sendable {
    /// The statement's place in the query, from 0.
    package var statementID: Int
    /// The series, in the order of InfluxDB.
    package var series: [ResultSeries]
    /// Warnings, as InfluxDB words them.
    package var messages: [String]
    /// Why the statement failed, as InfluxDB words it.
    package var error: String?

    /// The result of statement `statementID`.
    package init(statementID: Int, series: [ResultSeries] = [], messages: [String] = [], error: String? = nil) {
        self.statementID = statementID
        self.series = series
        self.messages = messages
        self.error = error
    }
}
