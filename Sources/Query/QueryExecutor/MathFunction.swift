import Foundation
import LogicalPlan

/// The functions of one row, as InfluxDB 1.8 computes them: no value where an argument has none or is no number.
enum MathFunction {
    static func value(_ name: String, _ arguments: [QueryValue]) -> QueryValue {
        guard let first = arguments.first else { return .null }
        let second = arguments.count > 1 ? Evaluation.number(arguments[1]) : nil
        switch (name, first) {
        // Whole numbers stay whole where the result is; the smallest has no opposite and wraps, as in Go.
        case ("abs", .integer(let value)): return .integer(value < 0 ? 0 &- value : value)
        case ("abs", .unsigned), ("ceil", .integer), ("ceil", .unsigned), ("floor", .integer), ("floor", .unsigned),
            ("round", .integer), ("round", .unsigned):
            return first
        default: break
        }
        guard let number = Evaluation.number(first) else { return .null }
        switch name {
        case "atan2", "pow", "log":
            guard let second else { return .null }
            return finite(binary(name, number, second))
        default: return finite(unary(name, number))
        }
    }

    /// JSON has no word for what is not finite; InfluxDB shows null for it.
    private static func finite(_ value: Double) -> QueryValue { value.isFinite ? .float(value) : .null }

    private static func binary(_ name: String, _ first: Double, _ second: Double) -> Double {
        switch name {
        case "atan2": Foundation.atan2(first, second)
        case "pow": Foundation.pow(first, second)
        default: Foundation.log(first) / Foundation.log(second)
        }
    }

    private static func unary(_ name: String, _ value: Double) -> Double {
        switch name {
        case "abs": value.magnitude
        case "acos": Foundation.acos(value)
        case "asin": Foundation.asin(value)
        case "atan": Foundation.atan(value)
        case "ceil": value.rounded(.up)
        case "cos": Foundation.cos(value)
        case "exp": Foundation.exp(value)
        case "floor": value.rounded(.down)
        case "ln": Foundation.log(value)
        case "log10": Foundation.log10(value)
        case "log2": Foundation.log2(value)
        case "round": value.rounded(.toNearestOrAwayFromZero)
        case "sin": Foundation.sin(value)
        case "sqrt": value.squareRoot()
        default: Foundation.tan(value)
        }
    }
}
