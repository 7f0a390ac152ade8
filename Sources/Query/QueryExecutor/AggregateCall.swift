import Telemetry

/// One call of an aggregate over one field.
struct AggregateCall: Sendable {
    /// What is computed.
    enum Function: String, Sendable {
        case count, sum, mean, min, max, first, last, spread, percentile, median, stddev

        /// Whether it gives one of the points, with its time.
        var isSelector: Bool {
            switch self {
            case .first, .last, .min, .max, .percentile: true
            default: false
            }
        }

        /// Whether it takes fields of a type.
        func accepts(_ kind: FieldKind) -> Bool {
            switch self {
            case .count, .first, .last: true
            case .min, .max: kind != .string
            default: kind != .string && kind != .boolean
            }
        }

        /// The type of the result over a field of `kind`.
        func type(of kind: FieldKind) -> FieldKind {
            switch self {
            case .count: .integer
            case .mean, .median, .stddev: .float
            default: kind
            }
        }
    }

    /// The call as written, by which expressions find its value.
    var key: String
    var function: Function
    var field: String
    /// The type of the field, nil where the measurement has none of that name.
    var kind: FieldKind?
    /// The second argument of `percentile`.
    var percentile = 0.0

    /// Whether a stretch of rows without a gap is folded by a loop over the words of the column alone.
    var takesPlainRows: Bool {
        switch function {
        case .count, .sum, .mean, .min, .max, .spread: true
        case .first, .last, .percentile, .median, .stddev: false
        }
    }

    /// Whether the statistics of a stretch of rows say all that the call asks of it.
    var takesStatistics: Bool {
        switch function {
        case .percentile, .median, .stddev: false
        case .first, .last: kind != .string
        default: true
        }
    }
}
