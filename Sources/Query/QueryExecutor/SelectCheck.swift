import InfluxQL

/// What InfluxDB refuses in a SELECT before it looks at any data.
enum SelectCheck {
    /// - Parameters:
    ///   - inheritsWindow: whether the question around this subquery groups by time.
    ///   - isSubquery: whether there is one.
    static func check(_ select: SelectStatement, inheritsWindow: Bool = false, isSubquery: Bool = false) throws {
        let expressions = select.fields.map(\.expression).filter { $0 != .reference("time", type: nil) }
        guard !expressions.isEmpty else { throw QueryError("at least 1 non-time field must be queried") }
        try checkDimensions(select.dimensions)
        let hasWindow = select.dimensions.contains(where: isTime)
        let callCheck = CallCheck(hasWindow: hasWindow, inheritsWindow: inheritsWindow, limit: select.limit)
        for expression in expressions {
            try checkCalls(expression, callCheck)
            guard hasVariable(expression) else { throw QueryError("field must contain at least one variable") }
        }
        let calls = expressions.flatMap(aggregates)
        let names = calls.map { if case .call(let name, _) = $0 { name } else { "" } }
        let distinctCount = Set(calls.map(\.description)).count
        if let name = names.first(where: { $0 == "top" || $0 == "bottom" }), distinctCount > 1 {
            throw QueryError("selector function \(name)() cannot be combined with other functions")
        }
        for name in calls.flatMap(nestedNames) where ["top", "bottom"].contains(name) {
            throw QueryError("selector function \(name)() cannot be combined with other functions")
        }
        let technical = calls.filter { call in
            if case .call(let name, _) = call { TechnicalAnalysis.Function(rawValue: name) != nil } else { false }
        }
        if technical.contains(where: { nestedNames($0).contains("distinct") }) {
            throw QueryError("aggregate function distinct() cannot be combined with other functions or fields")
        }
        let hasPlain = expressions.contains(where: hasPlain)
        if calls.isEmpty {
            // InfluxDB takes the fill of a subquery's windows away before it looks whether they may be.
            switch isSubquery && hasWindow && select.fill == .null ? .none : select.fill {
            case .none: throw QueryError("fill(none) must be used with a function")
            case .linear: throw QueryError("fill(linear) must be used with a function")
            default: break
            }
            guard !hasWindow else { throw QueryError("GROUP BY requires at least one aggregate function") }
        }
        if names.contains("distinct"), calls.count != 1 || hasPlain {
            throw QueryError("aggregate function distinct() cannot be combined with other functions or fields")
        }
        if hasPlain, !calls.isEmpty {
            guard names.allSatisfy(Functions.isSelector), !calls.contains(where: isWild) else {
                throw QueryError("mixing aggregate and non-aggregate queries is not supported")
            }
            guard distinctCount == 1 else {
                throw QueryError("mixing multiple selector functions with tags or fields is not supported")
            }
        }
    }

    /// The names outside of calls of other functions than those of one row.
    static func plainNames(_ expression: Expression) -> [String] {
        switch expression {
        case .reference(let name, _): [name]
        case .binary(_, let left, let right): plainNames(left) + plainNames(right)
        case .parenthesis(let inner): plainNames(inner)
        case .call(let name, let arguments) where Functions.math.contains(name): arguments.flatMap(plainNames)
        default: []
        }
    }

    /// The calls of functions that take more than one row, as they stand, those within them left out.
    static func aggregates(_ expression: Expression) -> [Expression] {
        switch expression {
        case .call(let name, let arguments):
            Functions.math.contains(name) ? arguments.flatMap(aggregates) : [expression]
        case .binary(_, let left, let right): aggregates(left) + aggregates(right)
        case .parenthesis(let inner): aggregates(inner)
        default: []
        }
    }

    /// The functions that a function is over; `count(distinct())` is one.
    private static func nestedNames(_ call: Expression) -> [String] {
        guard case .call(let name, let arguments) = call, case .call(let inner, _)? = arguments.first,
            name != "count"
        else { return [] }
        return [inner] + nestedNames(arguments[0])
    }

    /// Whether the first argument of a call stands for many fields.
    private static func isWild(_ call: Expression) -> Bool {
        guard case .call(_, let arguments) = call else { return false }
        switch arguments.first {
        case .wildcard?, .regex?: return true
        default: return false
        }
    }

    static func isTime(_ dimension: Expression) -> Bool {
        if case .call("time", _) = dimension { return true }
        return false
    }

    private static func checkDimensions(_ dimensions: [Expression]) throws {
        var hasTime = false
        for dimension in dimensions {
            switch dimension {
            case .reference("time", _): throw QueryError("time() is a function and expects at least one argument")
            case .reference, .wildcard, .regex: continue
            case .call("time", let arguments):
                guard !hasTime else { throw QueryError("multiple time dimensions not allowed") }
                hasTime = true
                try checkWindow(arguments)
            case .call: throw QueryError("only time() calls allowed in dimensions")
            default: throw QueryError("only time and tag dimensions allowed")
            }
        }
    }

    private static func checkWindow(_ arguments: [Expression]) throws {
        guard (1...2).contains(arguments.count) else {
            throw QueryError("time dimension expected 1 or 2 arguments")
        }
        switch arguments[0] {
        case .duration, .months: break
        default: throw QueryError("time dimension must have duration argument")
        }
        guard arguments.count == 2 else { return }
        switch arguments[1] {
        case .duration: break
        case .call("now", let inner):
            guard inner.isEmpty else {
                throw QueryError("time dimension offset now() function requires no arguments")
            }
        case .call: throw QueryError("time dimension offset function must be now()")
        case .string(let text) where Condition.isTimeText(text): break
        default: throw QueryError("time dimension offset must be duration or now()")
        }
    }

    private static func checkCalls(_ expression: Expression, _ check: CallCheck) throws {
        switch expression {
        case .binary(_, let left, let right):
            try checkCalls(left, check)
            try checkCalls(right, check)
        case .parenthesis(let inner): try checkCalls(inner, check)
        case .call(let function, let arguments) where Functions.math.contains(function):
            try check.checkMath(function, arguments)
            for argument in arguments { try checkCalls(argument, check) }
        case .call(let function, let arguments): try check.check(function, arguments)
        default: break
        }
    }

    private static func hasVariable(_ expression: Expression) -> Bool {
        switch expression {
        case .call(let name, let arguments): !Functions.math.contains(name) || arguments.contains(where: hasVariable)
        case .reference, .wildcard, .regex: true
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
        case .call(let name, let arguments): Functions.math.contains(name) && arguments.contains(where: hasPlain)
        default: false
        }
    }
}
