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
        case "DELETE":
            take()
            return .delete(try selection())
        case "EXPLAIN": return try explain()
        case "GRANT", "REVOKE": return try grant()
        case "SET": return try setPassword()
        case "KILL": return try killQuery()
        default: throw unexpected(Self.first)
        }
    }

    private static let first =
        "SELECT, DELETE, SHOW, CREATE, DROP, EXPLAIN, GRANT, REVOKE, ALTER, SET, KILL"

    mutating func select(needsTarget: Bool = false) throws(ParseError) -> SelectStatement {
        take()
        var statement = SelectStatement()
        repeat {
            var field = try field()
            if take(keyword: "AS") { field.alias = try identifier() }
            statement.fields.append(field)
        } while take(symbol: ",")
        if needsTarget, peek() != .keyword("INTO") { throw unexpected("INTO") }
        if take(keyword: "INTO") { statement.target = try target() }
        try expect(keyword: "FROM")
        statement.sources = try sources()
        if take(keyword: "WHERE") { statement.condition = try expression() }
        if take(keyword: "GROUP") {
            try expect(keyword: "BY")
            readsDimensions = true
            repeat { statement.dimensions.append(try expressionOrRegex()) } while take(symbol: ",")
            readsDimensions = false
        }
        if let value = try argument(
            of: "fill", orElse: "fill requires an argument, e.g.: 0, null, none, previous, linear")
        {
            statement.fill = try Self.fill(value)
        }
        statement.isOrdered = peek() == .keyword("ORDER")
        statement.isDescending = try order()
        (statement.limit, statement.offset) = try limits("LIMIT", "OFFSET")
        (statement.seriesLimit, statement.seriesOffset) = try limits("SLIMIT", "SOFFSET")
        if let value = try argument(of: "tz", orElse: "tz requires exactly one argument") {
            guard case .string(let zone) = value else { throw ParseError("expected string argument in tz()") }
            guard TimeZoneName.isKnown(zone) else { throw ParseError("unable to find time zone \(zone)") }
            statement.timeZone = zone
        }
        return statement
    }

    private mutating func field() throws(ParseError) -> Field {
        if let pattern = try regex() { return Field(.regex(pattern)) }
        let position = fill().position
        let value = try expression()
        if let op = value.firstComparison {
            throw ParseError(
                "invalid operator \(op.rawValue) in SELECT clause", at: position,
                behind: "; operator is intended for WHERE clause")
        }
        return Field(value)
    }

    /// The argument of a clause that is written as a call; nil where the clause is not there.
    private mutating func argument(of clause: String, orElse reason: String) throws(ParseError) -> Expression? {
        guard case .identifier(let word) = peek(), word.lowercased() == clause else { return nil }
        guard case .call(_, let arguments) = try expression() else {
            throw ParseError("\(clause) must be a function call")
        }
        guard arguments.count == 1 else { throw ParseError(reason) }
        return arguments[0]
    }

    private static func fill(_ argument: Expression) throws(ParseError) -> Fill {
        switch argument {
        case .reference("null", _): return .null
        case .reference("none", _): return .none
        case .reference("previous", _): return .previous
        case .reference("linear", _): return .linear
        case .number(let value): return .number(value)
        case .integer(let value): return .number(Double(value))
        default: throw ParseError("expected number argument in fill()")
        }
    }

    private mutating func order() throws(ParseError) -> Bool {
        guard take(keyword: "ORDER") else { return false }
        try expect(keyword: "BY")
        let isNamed = peek() != .keyword("ASC") && peek() != .keyword("DESC")
        if isNamed {
            guard case .identifier(let name) = peek() else { throw unexpected("identifier, ASC, DESC") }
            guard name == "time" else { throw ParseError("only ORDER BY time supported at this time") }
            take()
        }
        let isDescending = take(keyword: "DESC")
        if !isDescending { _ = take(keyword: "ASC") }
        if take(symbol: ",") { throw ParseError("only ORDER BY time supported at this time") }
        return isDescending
    }

    mutating func limits(_ limit: String, _ offset: String) throws(ParseError) -> (Int, Int) {
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
                guard take(symbol: "=~") || take(symbol: "=") else { throw unexpected("=, =~") }
                with = try source()
            }
            try showTail(&options, hasSources: false)
            return .showMeasurements(options, with)
        case "SERIES":
            if let cardinality = try cardinality(of: .series) { return cardinality }
            var options = ShowOptions()
            try showTail(&options)
            return .showSeries(options)
        case "FIELD":
            if take(keyword: "KEY") { return try requiredCardinality(of: .fieldKeys) }
            guard take(keyword: "KEYS") else { throw unexpected("KEY, KEYS") }
            var options = ShowOptions()
            try showTail(&options, hasCondition: false)
            return .showFieldKeys(options)
        case "TAG": return try showTags()
        case "MEASUREMENT": return try requiredCardinality(of: .measurements)
        case "RETENTION":
            try expect(keyword: "POLICIES")
            return .showPolicies(take(keyword: "ON") ? try identifier() : nil)
        default: return try showServer(word)
        }
    }

    private mutating func showTags() throws(ParseError) -> Statement {
        var options = ShowOptions()
        if take(keyword: "KEYS") {
            try showTail(&options)
            // They are read and mean nothing, as in InfluxDB.
            _ = try limits("SLIMIT", "SOFFSET")
            return .showTagKeys(options)
        }
        if take(keyword: "KEY") { return try requiredCardinality(of: .tagKeys) }
        guard take(keyword: "VALUES") else { throw unexpected("KEY, KEYS, VALUES") }
        if let cardinality = try cardinality(of: .tagValues) { return cardinality }
        if take(keyword: "ON") { options.database = try identifier() }
        if take(keyword: "FROM") { options.sources = try sources() }
        let selection = try keySelection()
        try showTail(&options)
        return .showTagValues(options, selection)
    }

    mutating func keySelection() throws(ParseError) -> KeySelection {
        try expect(keyword: "WITH")
        try expect(keyword: "KEY")
        if take(keyword: "IN") {
            try expect(symbol: "(")
            var names = [try identifier()]
            while take(symbol: ",") { names.append(try identifier()) }
            try expect(symbol: ")")
            return .names(names)
        }
        let op = peek()
        guard ["=", "!=", "=~", "!~"].contains(op.text) else { throw unexpected("IN, =, =~") }
        take()
        switch op {
        case .symbol("="): return .names([try identifier()])
        case .symbol("!="): return .notName(try identifier())
        default:
            guard let pattern = try regex() else { throw unexpected("regex") }
            return op == .symbol("=~") ? .pattern(pattern) : .notPattern(pattern)
        }
    }

    private mutating func showTail(
        _ options: inout ShowOptions, hasSources: Bool = true, hasCondition: Bool = true
    ) throws(ParseError) {
        if take(keyword: "ON") { options.database = try identifier() }
        if hasSources, take(keyword: "FROM") { options.sources = try sources() }
        if hasCondition, take(keyword: "WHERE") { options.condition = try expression() }
        _ = try order()
        (options.limit, options.offset) = try limits("LIMIT", "OFFSET")
    }

    private mutating func create() throws(ParseError) -> Statement {
        take()
        if take(keyword: "DATABASE") {
            let name = try identifier()
            guard take(keyword: "WITH") else { return .createDatabase(name, nil) }
            return .createDatabase(name, try databaseOptions())
        }
        if take(keyword: "RETENTION") {
            try expect(keyword: "POLICY")
            let name = try identifier()
            try expect(keyword: "ON")
            let database = try identifier()
            var options = PolicyOptions()
            try expect(keyword: "DURATION")
            options.duration = try durationLiteral()
            try expect(keyword: "REPLICATION")
            options.replication = try replication()
            options.shardDuration = try shardDuration()
            options.isDefault = take(keyword: "DEFAULT")
            return .createPolicy(name, database: database, options)
        }
        switch peek() {
        case .keyword("USER"): return try createUser()
        case .keyword("CONTINUOUS"): return try createContinuousQuery()
        case .keyword("SUBSCRIPTION"): return try createSubscription()
        default: throw unexpected("CONTINUOUS, DATABASE, USER, RETENTION, SUBSCRIPTION")
        }
    }

    private mutating func alter() throws(ParseError) -> Statement {
        take()
        try expect(keyword: "RETENTION")
        try expect(keyword: "POLICY")
        let name = try identifier()
        try expect(keyword: "ON")
        let database = try identifier()
        return .alterPolicy(name, database: database, try alteredOptions())
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
        if take(keyword: "MEASUREMENT") { return .dropMeasurement(try identifier()) }
        if take(keyword: "SERIES") { return .dropSeries(try selection()) }
        if take(keyword: "SHARD") { return .dropShard(try unsignedNumber()) }
        if take(keyword: "USER") { return .dropUser(try identifier()) }
        if take(keyword: "CONTINUOUS") {
            try expect(keyword: "QUERY")
            let name = try identifier()
            try expect(keyword: "ON")
            return .dropContinuousQuery(name, database: try identifier())
        }
        guard take(keyword: "SUBSCRIPTION") else {
            throw unexpected("CONTINUOUS, DATABASE, MEASUREMENT, RETENTION, SERIES, SHARD, SUBSCRIPTION, USER")
        }
        return .dropSubscription(try subscription())
    }

    private mutating func shardDuration() throws(ParseError) -> Int64? {
        guard take(keyword: "SHARD") else { return nil }
        try expect(keyword: "DURATION")
        return try durationLiteral()
    }

    /// What stands behind the WITH of CREATE DATABASE, in this order and at least one of it.
    private mutating func databaseOptions() throws(ParseError) -> PolicyOptions {
        guard ["DURATION", "NAME", "REPLICATION", "SHARD"].contains(where: { peek() == .keyword($0) }) else {
            throw unexpected("DURATION, NAME, REPLICATION, SHARD")
        }
        var options = PolicyOptions()
        if take(keyword: "DURATION") { options.duration = try durationLiteral() }
        if take(keyword: "REPLICATION") { options.replication = try replication() }
        options.shardDuration = try shardDuration()
        if take(keyword: "NAME") { options.name = try identifier() }
        return options
    }

    /// What ALTER RETENTION POLICY changes, in any order, each once.
    private mutating func alteredOptions() throws(ParseError) -> PolicyOptions {
        var options = PolicyOptions()
        var seen: Set<String> = []
        while case (.keyword(let word), let position) = fill(),
            ["DURATION", "REPLICATION", "SHARD", "DEFAULT"].contains(word)
        {
            guard seen.insert(word).inserted else {
                throw ParseError("found duplicate \(word) option", at: position)
            }
            switch word {
            case "SHARD": options.shardDuration = try shardDuration()
            case "DURATION":
                take()
                options.duration = try durationLiteral()
            case "REPLICATION":
                take()
                options.replication = try replication()
            default:
                take()
                options.isDefault = true
            }
        }
        guard !seen.isEmpty else { throw unexpected("DURATION, REPLICATION, SHARD, DEFAULT") }
        return options
    }
}
