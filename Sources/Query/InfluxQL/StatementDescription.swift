import LogicalPlan

/// Statements as InfluxDB writes them: in SHOW QUERIES, in warnings and for continuous queries. Passwords are left out.
extension Statement: CustomStringConvertible {
    /// The statement's text.
    package var description: String {
        switch self {
        case .select(let select): "\(select)"
        case .explain(let select, let isAnalysis): "EXPLAIN " + (isAnalysis ? "ANALYZE " : "") + "\(select)"
        case .showDatabases, .showMeasurements, .showSeries, .showTagKeys, .showTagValues, .showFieldKeys,
            .showPolicies, .showCardinality, .showShards, .showShardGroups, .showStatistics, .showDiagnostics,
            .showQueries, .showContinuousQueries, .showSubscriptions, .showUsers, .showGrants:
            showDescription
        case .createDatabase, .createPolicy, .createContinuousQuery, .createSubscription, .createUser, .alterPolicy:
            createDescription
        case .dropDatabase, .dropPolicy, .dropContinuousQuery, .dropSubscription, .dropUser, .delete, .dropSeries,
            .dropMeasurement, .dropShard:
            dropDescription
        case .killQuery(let number, let host): "KILL QUERY \(number)" + on(host)
        case .setPassword(let user, _): "SET PASSWORD FOR \(quoteIdentifier(user)) = [REDACTED]"
        case .grant(let privilege):
            "GRANT \(privilege.right.rawValue)\(on(privilege.database)) TO \(quoteIdentifier(privilege.user))"
        case .revoke(let privilege):
            "REVOKE \(privilege.right.rawValue)\(on(privilege.database)) FROM \(quoteIdentifier(privilege.user))"
        }
    }

    private func on(_ name: String?) -> String { name.map { " ON " + quoteIdentifier($0) } ?? "" }

    private var showDescription: String {
        switch self {
        case .showDatabases: "SHOW DATABASES"
        case .showMeasurements(let options, let source):
            "SHOW MEASUREMENTS" + on(options.database)
                + (source.map { " WITH MEASUREMENT " + ($0.pattern == nil ? "= " : "=~ ") + "\($0)" } ?? "")
                + options.tail(hasSources: false)
        case .showSeries(let options): "SHOW SERIES" + on(options.database) + options.tail()
        case .showTagKeys(let options): "SHOW TAG KEYS" + on(options.database) + options.tail()
        case .showFieldKeys(let options): "SHOW FIELD KEYS" + on(options.database) + options.tail()
        case .showTagValues(let options, let keys):
            "SHOW TAG VALUES" + on(options.database) + from(options.sources) + " \(keys)"
                + options.tail(hasSources: false)
        case .showPolicies(let database): "SHOW RETENTION POLICIES" + on(database)
        case .showCardinality(let cardinality): "\(cardinality)"
        case .showShards: "SHOW SHARDS"
        case .showShardGroups: "SHOW SHARD GROUPS"
        case .showStatistics(let module): "SHOW STATS" + (module.map { " FOR " + quoteString($0) } ?? "")
        case .showDiagnostics(let module): "SHOW DIAGNOSTICS" + (module.map { " FOR " + quoteString($0) } ?? "")
        case .showQueries: "SHOW QUERIES"
        case .showContinuousQueries: "SHOW CONTINUOUS QUERIES"
        case .showSubscriptions: "SHOW SUBSCRIPTIONS"
        case .showUsers: "SHOW USERS"
        case .showGrants(let user): "SHOW GRANTS FOR " + quoteIdentifier(user)
        default: ""
        }
    }

    private var createDescription: String {
        switch self {
        case .createDatabase(let name, let options):
            "CREATE DATABASE " + quoteIdentifier(name) + (options.map { " WITH" + $0.text(goDuration) } ?? "")
        case .createPolicy(let name, let database, let options):
            "CREATE RETENTION POLICY \(quoteIdentifier(name))\(on(database))" + options.text(formatDuration)
        case .alterPolicy(let name, let database, let options):
            "ALTER RETENTION POLICY \(quoteIdentifier(name))\(on(database))" + options.text(formatDuration)
        case .createContinuousQuery(let query): "\(query)"
        case .createSubscription(let subscription):
            "CREATE SUBSCRIPTION \(subscription) DESTINATIONS \(subscription.isToAll ? "ALL" : "ANY") "
                + subscription.destinations.map(quoteString).joined(separator: ", ")
        case .createUser(let name, _, let isAdministrator):
            "CREATE USER \(quoteIdentifier(name)) WITH PASSWORD [REDACTED]"
                + (isAdministrator ? " WITH ALL PRIVILEGES" : "")
        default: ""
        }
    }

    private var dropDescription: String {
        switch self {
        case .dropDatabase(let name): "DROP DATABASE " + quoteIdentifier(name)
        case .dropPolicy(let name, let database): "DROP RETENTION POLICY " + quoteIdentifier(name) + on(database)
        case .dropContinuousQuery(let name, let database):
            "DROP CONTINUOUS QUERY " + quoteIdentifier(name) + on(database)
        case .dropSubscription(let subscription): "DROP SUBSCRIPTION \(subscription)"
        case .dropUser(let name): "DROP USER " + quoteIdentifier(name)
        case .delete(let choice): "DELETE" + from(choice.sources) + condition(choice.condition)
        case .dropSeries(let choice): "DROP SERIES" + from(choice.sources) + condition(choice.condition)
        case .dropMeasurement(let name): "DROP MEASUREMENT " + quoteIdentifier(name)
        case .dropShard(let number): "DROP SHARD \(number)"
        default: ""
        }
    }
}

private func from(_ sources: [Source]) -> String {
    sources.isEmpty ? "" : " FROM " + sources.map(\.description).joined(separator: ", ")
}

private func condition(_ condition: Expression?) -> String { condition.map { " WHERE \($0)" } ?? "" }

private func groups(_ dimensions: [Expression]) -> String {
    dimensions.isEmpty ? "" : " GROUP BY " + dimensions.map(\.description).joined(separator: ", ")
}

private func limits(_ words: (String, Int)...) -> String {
    words.map { $0.1 > 0 ? " \($0.0) \($0.1)" : "" }.joined()
}

extension Source: CustomStringConvertible {
    /// The source's text.
    package var description: String {
        if let select = subquery.first { return "(\(select))" }
        var text = database.map { quoteIdentifier($0) + "." } ?? ""
        if let policy { text += quoteIdentifier(policy) }
        if database != nil || policy != nil { text += "." }
        if isBackReference { return text + ":MEASUREMENT" }
        return text + (pattern?.description ?? quoteIdentifier(name))
    }
}

extension SelectStatement: CustomStringConvertible {
    /// The statement's text.
    package var description: String {
        let fields = fields.map { "\($0.expression)" + ($0.alias.map { " AS " + quoteIdentifier($0) } ?? "") }
        var text = "SELECT " + fields.joined(separator: ", ")
        if let target { text += " INTO \(target)" }
        text += from(sources) + InfluxQL.condition(condition) + groups(dimensions)
        switch fill {
        case .null: break
        case .none: text += " fill(none)"
        case .previous: text += " fill(previous)"
        case .linear: text += " fill(linear)"
        case .number(let value): text += " fill(\(Int64(exactly: value).map(String.init) ?? String(value)))"
        }
        if isOrdered { text += isDescending ? " ORDER BY time DESC" : " ORDER BY time ASC" }
        text += limits(("LIMIT", limit), ("OFFSET", offset), ("SLIMIT", seriesLimit), ("SOFFSET", seriesOffset))
        if let timeZone { text += " TZ('\(timeZone)')" }
        return text
    }
}

extension ShowOptions {
    fileprivate func tail(hasSources: Bool = true) -> String {
        (hasSources ? from(sources) : "") + InfluxQL.condition(condition) + limits(("LIMIT", limit), ("OFFSET", offset))
    }
}

extension KeySelection: CustomStringConvertible {
    /// The selection's text.
    package var description: String {
        switch self {
        case .names(let names) where names.count == 1: "WITH KEY = " + quoteIdentifier(names[0])
        case .names(let names): "WITH KEY IN (" + names.map(quoteIdentifier).joined(separator: ", ") + ")"
        case .notName(let name): "WITH KEY != " + quoteIdentifier(name)
        case .pattern(let pattern): "WITH KEY =~ \(pattern)"
        case .notPattern(let pattern): "WITH KEY !~ \(pattern)"
        }
    }
}

extension Cardinality: CustomStringConvertible {
    /// The statement's text.
    package var description: String {
        "SHOW \(subject.rawValue) " + (isExact ? "EXACT " : "") + "CARDINALITY"
            + (options.database.map { " ON " + quoteIdentifier($0) } ?? "") + from(options.sources)
            + (keys.map { " \($0)" } ?? "") + condition(options.condition) + groups(dimensions)
            + limits(("LIMIT", options.limit), ("OFFSET", options.offset))
    }
}

extension PolicyOptions {
    fileprivate func text(_ format: (Int64) -> String) -> String {
        (duration.map { " DURATION " + format($0) } ?? "") + (replication.map { " REPLICATION \($0)" } ?? "")
            + (shardDuration.map { " SHARD DURATION " + format($0) } ?? "")
            + (name.map { " NAME " + quoteIdentifier($0) } ?? "") + (isDefault ? " DEFAULT" : "")
    }
}

extension ContinuousQuery: CustomStringConvertible {
    /// The statement's text.
    package var description: String {
        var text = "CREATE CONTINUOUS QUERY \(quoteIdentifier(name)) ON \(quoteIdentifier(database))"
        if every > 0 || reach > 0 { text += " RESAMPLE" }
        if every > 0 { text += " EVERY " + formatDuration(every) }
        if reach > 0 { text += " FOR " + formatDuration(reach) }
        return text + " BEGIN \(select) END"
    }
}

extension Subscription: CustomStringConvertible {
    /// The subscription's name and place.
    package var description: String {
        "\(quoteIdentifier(name)) ON \(quoteIdentifier(database)).\(quoteIdentifier(policy))"
    }
}

/// A duration as Go prints it: `168h0m0s`, `1.5s`, `15ms`, `8µs`.
package func goDuration(_ nanoseconds: Int64) -> String {
    if nanoseconds == 0 { return "0s" }
    let sign = nanoseconds < 0 ? "-" : ""
    let size = nanoseconds.magnitude
    let small: [(UInt64, String)] = [(1000, "ns"), (1_000_000, "µs"), (1_000_000_000, "ms")]
    if let (limit, unit) = small.first(where: { size < $0.0 }) { return sign + decimal(size, limit / 1000) + unit }
    let seconds = size / 1_000_000_000
    var text = decimal(size % 60_000_000_000, 1_000_000_000) + "s"
    if seconds >= 60 { text = "\(seconds / 60 % 60)m" + text }
    if seconds >= 3600 { text = "\(seconds / 3600)h" + text }
    return sign + text
}

/// A fraction without zeros at its end.
private func decimal(_ value: UInt64, _ unit: UInt64) -> String {
    var fraction = String(String(value % unit + unit).dropFirst())
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return "\(value / unit)" + (fraction.isEmpty ? "" : "." + fraction)
}
