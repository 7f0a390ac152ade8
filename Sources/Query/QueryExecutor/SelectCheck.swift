import InfluxQL

/// What InfluxDB refuses in a SELECT before it looks at any data.
enum SelectCheck {
    /// Functions of InfluxDB that this version does not carry out.
    private static let later: Set<String> = [
        "bottom", "cumulative_sum", "derivative", "difference", "distinct", "elapsed", "holt_winters",
        "holt_winters_with_fit", "integral", "mode", "moving_average", "non_negative_derivative",
        "non_negative_difference", "sample", "top",
    ]

    static func check(_ select: SelectStatement) throws {
        let expressions = select.fields.map(\.expression).filter { $0 != .reference("time", type: nil) }
        guard !expressions.isEmpty else { throw QueryError("at least 1 non-time field must be queried") }
        for expression in expressions {
            try checkCalls(expression)
            guard hasVariable(expression) else { throw QueryError("field must contain at least one variable") }
        }
        let calls = expressions.flatMap(calls)
        if calls.isEmpty {
            guard !select.dimensions.contains(where: isTime) else {
                throw QueryError("GROUP BY requires at least one aggregate function")
            }
        } else if expressions.contains(where: hasPlain) {
            guard calls.allSatisfy({ AggregateCall.Function(rawValue: $0)?.isSelector ?? false }) else {
                throw QueryError("mixing aggregate and non-aggregate queries is not supported")
            }
            guard Set(expressions.flatMap(callTexts)).count == 1 else {
                throw QueryError("mixing multiple selector functions with tags or fields is not supported")
            }
        }
        try checkDimensions(select.dimensions)
    }

    /// The names outside of calls.
    static func plainNames(_ expression: Expression) -> [String] {
        switch expression {
        case .reference(let name, _): [name]
        case .binary(_, let left, let right): plainNames(left) + plainNames(right)
        case .parenthesis(let inner): plainNames(inner)
        default: []
        }
    }

    private static func isTime(_ dimension: Expression) -> Bool {
        if case .call("time", _) = dimension { return true }
        return false
    }

    private static func checkDimensions(_ dimensions: [Expression]) throws {
        var hasTime = false
        for case .call("time", let arguments) in dimensions {
            guard !hasTime else { throw QueryError("multiple time dimensions not allowed") }
            hasTime = true
            guard (1...2).contains(arguments.count) else {
                throw QueryError("time dimension expected 1 or 2 arguments")
            }
        }
    }

    private static func checkCalls(_ expression: Expression) throws {
        switch expression {
        case .binary(_, let left, let right):
            try checkCalls(left)
            try checkCalls(right)
        case .parenthesis(let inner): try checkCalls(inner)
        case .call(let function, let arguments):
            if later.contains(function) { throw QueryError("not supported by this version: \(function)()") }
            guard AggregateCall.Function(rawValue: function) != nil else {
                throw QueryError("undefined function \(function)()")
            }
            let expected = function == "percentile" ? 2 : 1
            guard arguments.count == expected else {
                throw QueryError(
                    "invalid number of arguments for \(function), expected \(expected), got \(arguments.count)")
            }
            switch arguments[0] {
            case .reference, .wildcard, .regex: break
            default: throw QueryError("expected field argument in \(function)()")
            }
            if expected == 2 {
                switch arguments[1] {
                case .number, .integer: break
                default: throw QueryError("expected float argument in percentile()")
                }
            }
        default: break
        }
    }

    private static func hasVariable(_ expression: Expression) -> Bool {
        switch expression {
        case .reference, .call, .wildcard, .regex: true
        case .binary(_, let left, let right): hasVariable(left) || hasVariable(right)
        case .parenthesis(let inner): hasVariable(inner)
        default: false
        }
    }

    /// Whether something outside of calls is asked for.
    private static func hasPlain(_ expression: Expression) -> Bool {
        switch expression {
        case .reference, .wildcard, .regex: true
        case .binary(_, let left, let right): hasPlain(left) || hasPlain(right)
        case .parenthesis(let inner): hasPlain(inner)
        default: false
        }
    }

    private static func calls(_ expression: Expression) -> [String] {
        switch expression {
        case .call(let function, _): [function]
        case .binary(_, let left, let right): calls(left) + calls(right)
        case .parenthesis(let inner): calls(inner)
        default: []
        }
    }

    private static func callTexts(_ expression: Expression) -> [String] {
        switch expression {
        case .call: [expression.description]
        case .binary(_, let left, let right): callTexts(left) + callTexts(right)
        case .parenthesis(let inner): callTexts(inner)
        default: []
        }
    }
}
