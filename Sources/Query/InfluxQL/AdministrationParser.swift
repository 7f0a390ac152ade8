/// Statements about the server: users, shards, queries that run by themselves; and what is deleted.
extension Parser {
    /// What stands behind SHOW `word`.
    mutating func showServer(_ word: String) throws(ParseError) -> Statement {
        switch word {
        case "CONTINUOUS":
            try expect(keyword: "QUERIES")
            return .showContinuousQueries
        case "DIAGNOSTICS": return .showDiagnostics(take(keyword: "FOR") ? try string() : nil)
        case "GRANTS":
            try expect(keyword: "FOR")
            return .showGrants(try identifier())
        case "QUERIES": return .showQueries
        case "SHARD":
            try expect(keyword: "GROUPS")
            return .showShardGroups
        case "SHARDS": return .showShards
        case "STATS": return .showStatistics(take(keyword: "FOR") ? try string() : nil)
        case "SUBSCRIPTIONS": return .showSubscriptions
        default: return .showUsers
        }
    }

    mutating func explain() throws(ParseError) -> Statement {
        take()
        let isAnalysis = take(keyword: "ANALYZE")
        guard peek() == .keyword("SELECT") else { throw unexpected("SELECT") }
        return .explain(try select(), isAnalysis: isAnalysis)
    }

    mutating func killQuery() throws(ParseError) -> Statement {
        take()
        try expect(keyword: "QUERY")
        let number = try unsignedNumber()
        return .killQuery(number, host: take(keyword: "ON") ? try identifier() : nil)
    }

    // MARK: Series

    /// FROM and WHERE, one of them at least.
    mutating func selection() throws(ParseError) -> SeriesChoice {
        guard peek() == .keyword("FROM") || peek() == .keyword("WHERE") else { throw unexpected("FROM, WHERE") }
        var choice = SeriesChoice()
        if take(keyword: "FROM") {
            choice.sources = try sources(allowsSubqueries: false)
            if let located = choice.sources.last(where: { $0.policy != nil || $0.database != nil }) {
                let part = located.policy == nil ? "database" : "retention policy"
                throw ParseError("\(part) not supported", at: SourcePosition())
            }
        }
        if take(keyword: "WHERE") { choice.condition = try expression() }
        return choice
    }

    // MARK: Users

    mutating func createUser() throws(ParseError) -> Statement {
        take()
        let name = try identifier()
        try expect(keyword: "WITH")
        try expect(keyword: "PASSWORD")
        let password = try string()
        let isAdministrator = take(keyword: "WITH")
        if isAdministrator {
            try expect(keyword: "ALL")
            try expect(keyword: "PRIVILEGES")
        }
        return .createUser(name, password: password, isAdministrator: isAdministrator)
    }

    mutating func setPassword() throws(ParseError) -> Statement {
        take()
        try expect(keyword: "PASSWORD")
        try expect(keyword: "FOR")
        let name = try identifier()
        try expect(symbol: "=")
        return .setPassword(name, password: try string())
    }

    mutating func grant() throws(ParseError) -> Statement {
        let isGrant = take() == .keyword("GRANT")
        let preposition = isGrant ? "TO" : "FROM"
        let right = try privilege()
        var privilege = Privilege(right: right, database: nil, user: "")
        if take(keyword: "ON") {
            privilege.database = try identifier()
            try expect(keyword: preposition)
        } else {
            guard right == .all else { throw unexpected("ON") }
            guard take(keyword: preposition) else { throw unexpected("ON, " + preposition) }
        }
        privilege.user = try identifier()
        return isGrant ? .grant(privilege) : .revoke(privilege)
    }

    private mutating func privilege() throws(ParseError) -> Privilege.Right {
        if take(keyword: "READ") { return .read }
        if take(keyword: "WRITE") { return .write }
        guard take(keyword: "ALL") else { throw unexpected("READ, WRITE, ALL [PRIVILEGES]") }
        _ = take(keyword: "PRIVILEGES")
        return .all
    }

    // MARK: Subscriptions

    mutating func createSubscription() throws(ParseError) -> Statement {
        take()
        var subscription = try subscription()
        try expect(keyword: "DESTINATIONS")
        subscription.isToAll = take(keyword: "ALL")
        if !subscription.isToAll, !take(keyword: "ANY") { throw unexpected("ALL, ANY") }
        repeat { subscription.destinations.append(try string()) } while take(symbol: ",")
        return .createSubscription(subscription)
    }

    /// A subscription's name and the policy whose points it sends on.
    mutating func subscription() throws(ParseError) -> Subscription {
        let name = try identifier()
        try expect(keyword: "ON")
        let database = try identifier()
        try expect(symbol: ".")
        return Subscription(name: name, database: database, policy: try identifier())
    }

    // MARK: Continuous queries

    mutating func createContinuousQuery() throws(ParseError) -> Statement {
        take()
        try expect(keyword: "QUERY")
        let name = try identifier()
        try expect(keyword: "ON")
        var query = ContinuousQuery(name: name, database: try identifier())
        if take(keyword: "RESAMPLE") {
            if take(keyword: "EVERY") { query.every = try resampling() }
            if take(keyword: "FOR") { query.reach = try resampling() }
            if query.every == 0, query.reach == 0 { throw unexpected("EVERY, FOR") }
        }
        try expect(keyword: "BEGIN")
        guard peek() == .keyword("SELECT") else { throw unexpected("SELECT") }
        query.select = try select(needsTarget: true)
        let interval = try windowOfSelect(query.select)
        try expect(keyword: "END")
        let shortest = max(interval, query.every)
        if query.reach != 0, shortest > query.reach {
            throw ParseError(
                "FOR duration must be >= GROUP BY time duration: must be a minimum of \(formatDuration(shortest)), "
                    + "got \(formatDuration(query.reach))")
        }
        return .createContinuousQuery(query)
    }

    private mutating func resampling() throws(ParseError) -> Int64 {
        guard case (.duration(let text), let position) = fill() else { throw unexpected("duration") }
        guard let value = try Self.duration(text) else { throw ParseError("invalid duration", at: position) }
        take()
        return value
    }

    /// The length of the windows of a continuous query's SELECT, 0 where it has none.
    ///
    /// - Throws: where it aggregates without windows; InfluxDB then names the word that it read last.
    private func windowOfSelect(_ select: SelectStatement) throws(ParseError) -> Int64 {
        var interval: Int64 = 0
        var reason = ""
        for case .call("time", let arguments) in select.dimensions {
            switch arguments.first {
            case _ where !(1...2).contains(arguments.count):
                reason = ", time dimension expected 1 or 2 arguments"
            case .duration(let length)?: interval = length
            case .months(let count)?: interval = count * 28 * 86_400_000_000_000
            default: reason = ", time dimension must have duration argument"
            }
            break
        }
        if interval == 0, select.fields.contains(where: { $0.expression.hasCall }) {
            throw unexpected("GROUP BY time(...)" + reason, last)
        }
        return interval
    }

    // MARK: Words

    mutating func string() throws(ParseError) -> String {
        guard case .string(let text) = peek() else { throw unexpected("string") }
        take()
        return text
    }

    mutating func unsignedNumber() throws(ParseError) -> UInt64 {
        guard case (.integer(let text), let position) = fill() else { throw unexpected("integer") }
        guard let value = UInt64(text) else {
            throw ParseError("strconv.ParseUint: parsing \"\(text)\": value out of range", at: position)
        }
        take()
        return value
    }
}
