import InfluxQL

/// What InfluxDB refuses in the arguments of a call, in its words.
struct CallCheck {
    /// Whether GROUP BY has a time of its own.
    let hasWindow: Bool
    /// Whether the question around a subquery has one.
    let inheritsWindow: Bool
    /// LIMIT, 0 for none.
    let limit: Int

    func check(_ function: String, _ arguments: [Expression]) throws {
        switch function {
        case "distinct": try distinct(arguments)
        case "holt_winters", "holt_winters_with_fit": try holtWinters(function, arguments)
        case "top", "bottom": try topOrBottom(function, arguments)
        case "sample":
            try count(function, arguments, 2)
            guard case .integer(let size) = arguments[1] else {
                throw QueryError("expected integer argument in sample()")
            }
            guard size > 0 else { throw QueryError("sample window must be greater than 1, got \(size)") }
            try field(function, arguments[0])
        case "integral":
            try count(function, arguments, 1, 2)
            if arguments.count == 2 { try unit(function, arguments[1], "second argument must be a duration") }
            try field(function, arguments[0])
        case "percentile":
            try count(function, arguments, 2)
            try field(function, arguments[0])
            switch arguments[1] {
            case .number, .integer: break
            default: throw QueryError("expected float argument in percentile()")
            }
        case _ where Functions.transformations.contains(function): try transformation(function, arguments)
        default:
            guard AggregateCall.Function(rawValue: function) != nil || function == "mode" else {
                throw QueryError("undefined function \(function)()")
            }
            try count(function, arguments, 1)
            if function == "count", case .call("distinct", let inner) = arguments[0] { return try distinct(inner) }
            try field(function, arguments[0])
        }
    }

    /// A function of one row.
    func checkMath(_ function: String, _ arguments: [Expression]) throws {
        try count(function, arguments, ["atan2", "pow", "log"].contains(function) ? 2 : 1)
    }

    private func count(_ function: String, _ arguments: [Expression], _ least: Int, _ most: Int? = nil) throws {
        let got = arguments.count
        guard got < least || got > most ?? least else { return }
        let expected = most.map { "at least \(least) but no more than \($0)" } ?? "\(least)"
        throw QueryError("invalid number of arguments for \(function), expected \(expected), got \(got)")
    }

    private func field(_ function: String, _ argument: Expression) throws {
        switch argument {
        case .reference, .wildcard, .regex: break
        default: throw QueryError("expected field argument in \(function)()")
        }
    }

    private func unit(_ function: String, _ argument: Expression, _ otherwise: String) throws {
        guard case .duration(let unit) = argument else { throw QueryError(otherwise) }
        guard unit > 0 else { throw QueryError("duration argument must be positive, got \(formatDuration(unit))") }
    }

    private func distinct(_ arguments: [Expression]) throws {
        guard !arguments.isEmpty else { throw QueryError("distinct function requires at least one argument") }
        guard arguments.count == 1 else { throw QueryError("distinct function can only have one argument") }
        guard case .reference = arguments[0] else { throw QueryError("expected field argument in distinct()") }
    }

    private func topOrBottom(_ function: String, _ arguments: [Expression]) throws {
        guard arguments.count >= 2 else {
            throw QueryError(
                "invalid number of arguments for \(function), expected at least 2, got \(arguments.count)")
        }
        let last = arguments[arguments.count - 1]
        guard case .integer(let size) = last else {
            throw QueryError("expected integer as last argument in \(function)(), found \(last)")
        }
        guard size > 0 else { throw QueryError("limit (\(size)) in \(function) function must be at least 1") }
        guard limit == 0 || size <= Int64(limit) else {
            throw QueryError(
                "limit (\(size)) in \(function) function can not be larger than the LIMIT (\(limit)) in the select "
                    + "statement")
        }
        switch arguments[0] {
        case .reference, .wildcard, .regex: break
        case let other: throw QueryError("expected first argument to be a field in \(function)(), found \(other)")
        }
        for argument in arguments[1..<(arguments.count - 1)] {
            guard case .reference = argument else {
                throw QueryError("only fields or tags are allowed in \(function)(), found \(argument)")
            }
        }
    }

    private func holtWinters(_ function: String, _ arguments: [Expression]) throws {
        try count(function, arguments, 3)
        guard case .integer(let points) = arguments[1] else {
            throw QueryError("expected integer argument as second arg in \(function)")
        }
        guard points > 0 else { throw QueryError("second arg to \(function) must be greater than 0, got \(points)") }
        guard case .integer(let season) = arguments[2] else {
            throw QueryError("expected integer argument as third arg in \(function)")
        }
        guard season >= 0 else { throw QueryError("third arg to \(function) cannot be negative, got \(season)") }
        guard case .call(let inner, let innerArguments) = arguments[0] else {
            throw QueryError("must use aggregate function with \(function)")
        }
        guard hasWindow || inheritsWindow else {
            throw QueryError("\(function) aggregate requires a GROUP BY interval")
        }
        try check(inner, innerArguments)
    }

    private func transformation(_ function: String, _ arguments: [Expression]) throws {
        switch function {
        case "moving_average":
            try count(function, arguments, 2)
            guard case .integer(let size) = arguments[1] else {
                throw QueryError(
                    "second argument for moving_average must be an integer, got \(Self.kind(arguments[1]))")
            }
            guard size > 1 else { throw QueryError("moving_average window must be greater than 1, got \(size)") }
        case "derivative", "non_negative_derivative", "elapsed":
            try count(function, arguments, 1, 2)
            if arguments.count == 2 {
                let otherwise = "second argument to \(function) must be a duration, got \(Self.kind(arguments[1]))"
                try unit(function, arguments[1], otherwise)
            }
        default:
            if let technical = TechnicalAnalysis.Function(rawValue: function) {
                try count(function, arguments, 2, TechnicalCheck.argumentLimit(technical))
                _ = try TechnicalCheck.function(function, arguments)
            } else {
                try count(function, arguments, 1)
            }
        }
        guard case .call(let inner, let innerArguments) = arguments[0] else {
            guard !hasWindow else {
                throw QueryError("aggregate function required inside the call to \(function)")
            }
            return try field(function, arguments[0])
        }
        guard hasWindow || inheritsWindow else {
            throw QueryError("\(function) aggregate requires a GROUP BY interval")
        }
        try check(inner, innerArguments)
    }

    /// What Go calls the type of an argument.
    private static func kind(_ argument: Expression) -> String {
        switch argument {
        case .integer: "*influxql.IntegerLiteral"
        case .number: "*influxql.NumberLiteral"
        case .string: "*influxql.StringLiteral"
        case .boolean: "*influxql.BooleanLiteral"
        case .reference: "*influxql.VarRef"
        case .call: "*influxql.Call"
        default: "*influxql.BinaryExpr"
        }
    }
}
