import LogicalPlan

extension Parser {
    mutating func statement() throws(ParseError) -> Statement {
        guard case .keyword(let word) = peek() else { throw unexpected(Self.first) }
        switch word {
        case "SELECT": return .select(try select())
        case "SHOW": return try show()
        case "CREATE": return try create()
        case "DROP": return try drop()
        case "ALTER": return try alter()
        case "DELETE", "EXPLAIN", "GRANT", "REVOKE", "SET", "KILL":
            while peek() != .end, peek() != .symbol(";") { take() }
            return .unsupported(word)
        default: throw unexpected(Self.first)
        }
    }

    private static let first =
        "SELECT, DELETE, SHOW, CREATE, DROP, EXPLAIN, GRANT, REVOKE, ALTER, SET, KILL"

    private mutating func select() throws(ParseError) -> SelectStatement {
        take()
        var statement = SelectStatement()
        repeat {
            let value = try expression()
            var field = Field(value)
            if take(keyword: "AS") { field.alias = try identifier() }
            statement.fields.append(field)
        } while take(symbol: ",")
        if take(keyword: "INTO") { statement.target = try source() }
        try expect(keyword: "FROM")
        statement.sources = try sources()
        if take(keyword: "WHERE") { statement.condition = try expression() }
        if take(keyword: "GROUP") {
            try expect(keyword: "BY")
            repeat { statement.dimensions.append(try expression(4)) } while take(symbol: ",")
        }
        if case .identifier(let word) = peek(), word.lowercased() == "fill" {
            take()
            try expect(symbol: "(")
            statement.fill = try fill()
            try expect(symbol: ")")
        }
        statement.isDescending = try order()
        (statement.limit, statement.offset) = try limits("LIMIT", "OFFSET")
        (statement.seriesLimit, statement.seriesOffset) = try limits("SLIMIT", "SOFFSET")
        if case .identifier(let word) = peek(), word.lowercased() == "tz" {
            take()
            try expect(symbol: "(")
            guard case .string(let zone) = peek() else { throw unexpected("string") }
            take()
            try expect(symbol: ")")
            statement.timeZone = zone
        }
        return statement
    }

    private mutating func fill() throws(ParseError) -> Fill {
        switch try expression() {
        case .reference("null", _): return .null
        case .reference("none", _): return .none
        case .reference("previous", _): return .previous
        case .reference("linear", _): return .linear
        case .number(let value): return .number(value)
        case .integer(let value): return .number(Double(value))
        case let other: throw ParseError("expected number argument in fill(), not \(other)")
        }
    }

    private mutating func order() throws(ParseError) -> Bool {
        guard take(keyword: "ORDER") else { return false }
        try expect(keyword: "BY")
        if case .identifier(let name) = peek() {
            guard name == "time" else { throw ParseError("only ORDER BY time supported at this time") }
            take()
        }
        if take(keyword: "DESC") { return true }
        _ = take(keyword: "ASC")
        return false
    }

    private mutating func limits(_ limit: String, _ offset: String) throws(ParseError) -> (Int, Int) {
        var result = (0, 0)
        if take(keyword: limit) { result.0 = try wholeNumber() }
        if take(keyword: offset) { result.1 = try wholeNumber() }
        return result
    }

    private mutating func show() throws(ParseError) -> Statement {
        take()
        let words =
            "CONTINUOUS, DATABASES, DIAGNOSTICS, FIELD, GRANTS, MEASUREMENT, MEASUREMENTS, QUERIES, RETENTION, SERIES, "
            + "SHARD, SHARDS, STATS, SUBSCRIPTIONS, TAG, USERS"
        guard case .keyword(let word) = peek(), words.split(separator: ", ").contains(Substring(word)) else {
            throw unexpected(words)
        }
        take()
        switch word {
        case "DATABASES": return .showDatabases
        case "MEASUREMENTS":
            var options = ShowOptions()
            if take(keyword: "ON") { options.database = try identifier() }
            var with: Source?
            if take(keyword: "WITH") {
                try expect(keyword: "MEASUREMENT")
                if peek() == .symbol("=~") {
                    take()
                    with = try source()
                } else {
                    try expect(symbol: "=")
                    with = try source()
                }
            }
            try showTail(&options, hasSources: false)
            return .showMeasurements(options, with)
        case "SERIES":
            var options = ShowOptions()
            try showTail(&options)
            return .showSeries(options)
        case "FIELD":
            try expect(keyword: "KEYS")
            var options = ShowOptions()
            try showTail(&options)
            return .showFieldKeys(options)
        case "TAG": return try showTags()
        case "RETENTION":
            try expect(keyword: "POLICIES")
            return .showPolicies(take(keyword: "ON") ? try identifier() : nil)
        default:
            while peek() != .end, peek() != .symbol(";") { take() }
            return .unsupported("SHOW " + word)
        }
    }

    private mutating func showTags() throws(ParseError) -> Statement {
        var options = ShowOptions()
        if take(keyword: "KEYS") {
            try showTail(&options)
            return .showTagKeys(options)
        }
        try expect(keyword: "VALUES")
        if take(keyword: "ON") { options.database = try identifier() }
        if take(keyword: "FROM") { options.sources = try sources() }
        try expect(keyword: "WITH")
        try expect(keyword: "KEY")
        let selection: KeySelection
        if take(keyword: "IN") {
            try expect(symbol: "(")
            var names = [try identifier()]
            while take(symbol: ",") { names.append(try identifier()) }
            try expect(symbol: ")")
            selection = .names(names)
        } else {
            let op = take()
            switch op {
            case .symbol("="): selection = .names([try identifier()])
            case .symbol("!="): selection = .notName(try identifier())
            case .symbol("=~"), .symbol("!~"):
                guard let pattern = try regex() else { throw unexpected("regex") }
                selection = op == .symbol("=~") ? .pattern(pattern) : .notPattern(pattern)
            default: throw unexpected("=, !=, =~, !~, IN")
            }
        }
        try showTail(&options)
        return .showTagValues(options, selection)
    }

    private mutating func showTail(_ options: inout ShowOptions, hasSources: Bool = true) throws(ParseError) {
        if take(keyword: "ON") { options.database = try identifier() }
        if hasSources, take(keyword: "FROM") { options.sources = try sources() }
        if take(keyword: "WHERE") { options.condition = try expression() }
        _ = try order()
        (options.limit, options.offset) = try limits("LIMIT", "OFFSET")
    }

    private mutating func create() throws(ParseError) -> Statement {
        take()
        if take(keyword: "DATABASE") {
            let name = try identifier()
            guard take(keyword: "WITH") else { return .createDatabase(name, nil) }
            return .createDatabase(name, try policyOptions(hasName: true))
        }
        if take(keyword: "RETENTION") {
            try expect(keyword: "POLICY")
            let name = try identifier()
            try expect(keyword: "ON")
            let database = try identifier()
            let options = try policyOptions(hasName: false)
            guard options.duration != nil else { throw unexpected("DURATION") }
            guard options.replication != nil else { throw unexpected("REPLICATION") }
            return .createPolicy(name, database: database, options)
        }
        guard peek() == .keyword("USER") || peek() == .keyword("CONTINUOUS") || peek() == .keyword("SUBSCRIPTION")
        else {
            throw unexpected("CONTINUOUS, DATABASE, USER, RETENTION, SUBSCRIPTION")
        }
        let word = take().text
        while peek() != .end, peek() != .symbol(";") { take() }
        return .unsupported("CREATE " + word)
    }

    private mutating func alter() throws(ParseError) -> Statement {
        take()
        try expect(keyword: "RETENTION")
        try expect(keyword: "POLICY")
        let name = try identifier()
        try expect(keyword: "ON")
        let database = try identifier()
        let options = try policyOptions(hasName: false)
        guard options != PolicyOptions() else { throw unexpected("DURATION, REPLICATION, SHARD, DEFAULT") }
        return .alterPolicy(name, database: database, options)
    }

    private mutating func drop() throws(ParseError) -> Statement {
        take()
        if take(keyword: "DATABASE") { return .dropDatabase(try identifier()) }
        if take(keyword: "RETENTION") {
            try expect(keyword: "POLICY")
            let name = try identifier()
            try expect(keyword: "ON")
            return .dropPolicy(name, database: try identifier())
        }
        guard case .keyword(let word) = peek(),
            ["CONTINUOUS", "MEASUREMENT", "SERIES", "SHARD", "SUBSCRIPTION", "USER"].contains(word)
        else { throw unexpected("CONTINUOUS, DATABASE, MEASUREMENT, RETENTION, SERIES, SHARD, SUBSCRIPTION, USER") }
        while peek() != .end, peek() != .symbol(";") { take() }
        return .unsupported("DROP " + word)
    }

    private mutating func policyOptions(hasName: Bool) throws(ParseError) -> PolicyOptions {
        var options = PolicyOptions()
        while true {
            if take(keyword: "DURATION") {
                options.duration = try durationLiteral()
            } else if take(keyword: "REPLICATION") {
                options.replication = try wholeNumber()
            } else if take(keyword: "SHARD") {
                try expect(keyword: "DURATION")
                options.shardDuration = try durationLiteral()
            } else if !hasName, take(keyword: "DEFAULT") {
                options.isDefault = true
            } else if hasName, take(keyword: "NAME") {
                options.name = try identifier()
            } else {
                return options
            }
        }
    }
}
