/// The functions of InfluxQL by what they need: one pass over columns, the points of a window, or the points in order.
///
/// `AggregateCall.Function` has those that fold columns; the rest is computed from points by `CallPoints`.
enum Functions {
    /// From the points of each series in order to points at their times.
    static let transformations: Set<String> = [
        "cumulative_sum", "derivative", "difference", "elapsed", "moving_average", "non_negative_derivative",
        "non_negative_difference", "chande_momentum_oscillator", "double_exponential_moving_average",
        "exponential_moving_average", "kaufmans_adaptive_moving_average", "kaufmans_efficiency_ratio",
        "relative_strength_index", "triple_exponential_derivative", "triple_exponential_moving_average",
        "holt_winters", "holt_winters_with_fit",
    ]

    /// From all points of a window to one or more.
    static let reductions: Set<String> = ["bottom", "distinct", "integral", "mode", "sample", "top"]

    /// From one row to one number.
    static let math: Set<String> = [
        "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "exp", "floor", "ln", "log", "log10", "log2", "pow",
        "round", "sin", "sqrt", "tan",
    ]

    /// Whether a function gives points that there were, so that other values of their rows can stand beside them.
    static func isSelector(_ name: String) -> Bool {
        name == "top" || name == "bottom" || name == "sample"
            || AggregateCall.Function(rawValue: name)?.isSelector ?? false
    }

    /// The type of the result where it is not that of the argument.
    static func fixedType(_ name: String) -> String? {
        switch name {
        case "count", "elapsed": "integer"
        case "mean", "median", "stddev", "integral", "derivative", "non_negative_derivative", "moving_average",
            "holt_winters", "holt_winters_with_fit":
            "float"
        default: TechnicalAnalysis.Function(rawValue: name) == nil ? nil : "float"
        }
    }
}
