package import LogicalPlan

/// A measurement, or many by a pattern, and where it is.
package struct Source: Equatable, Sendable {
    /// The database, nil where the query's own is meant.
    package var database: String?
    /// The retention policy, nil for the default one.
    package var policy: String?
    /// The name; empty where `pattern` is given.
    package var name = ""
    /// The pattern of the names.
    package var pattern: Pattern?
    /// Whether this is the `:MEASUREMENT` of INTO.
    package var isBackReference = false
    /// The SELECT of a subquery; none or one, a list only because a value cannot hold itself.
    package var subquery: [SelectStatement] = []

    /// A source without a name.
    package init() {}
}

/// One expression of a SELECT with its alias.
package struct Field: Equatable, Sendable {
    /// What is computed.
    package var expression: Expression
    /// The name after AS.
    package var alias: String?

    /// A field.
    package init(_ expression: Expression, alias: String? = nil) {
        self.expression = expression
        self.alias = alias
    }
}

/// What stands in a window without points.
package enum Fill: Equatable, Sendable {
    case null, none, previous, linear
    case number(Double)
}

/// A SELECT.
package struct SelectStatement: Equatable, Sendable {
    /// The fields as written.
    package var fields: [Field] = []
    /// Where results go, as written.
    package var target: Source?
    /// The sources.
    package var sources: [Source] = []
    /// The condition.
    package var condition: Expression?
    /// GROUP BY.
    package var dimensions: [Expression] = []
    /// What stands in windows without points.
    package var fill = Fill.null
    /// Whether ORDER BY is there.
    package var isOrdered = false
    /// ORDER BY time DESC.
    package var isDescending = false
    /// LIMIT, 0 for none.
    package var limit = 0
    /// OFFSET.
    package var offset = 0
    /// SLIMIT, 0 for none.
    package var seriesLimit = 0
    /// SOFFSET.
    package var seriesOffset = 0
    /// The name in `tz('…')`.
    package var timeZone: String?

    /// A SELECT of nothing.
    package init() {}

    /// How many rows LIMIT and OFFSET reach over, or nil without a LIMIT.
    package var pageEnd: Int? {
        guard limit > 0 else { return nil }
        let (end, overflow) = limit.addingReportingOverflow(offset)
        return overflow ? .max : end
    }
}

/// LIMIT and the like of a SHOW.
package struct ShowOptions: Equatable, Sendable {
    /// ON: the database.
    package var database: String?
    /// FROM.
    package var sources: [Source] = []
    /// WHERE.
    package var condition: Expression?
    /// LIMIT, 0 for none.
    package var limit = 0
    /// OFFSET.
    package var offset = 0

    /// No option.
    package init() {}
}

/// Which tag keys SHOW TAG VALUES means.
package enum KeySelection: Equatable, Sendable {
    case names([String])
    case notName(String)
    case pattern(Pattern)
    case notPattern(Pattern)
}

/// SHOW … CARDINALITY.
package struct Cardinality: Equatable, Sendable {
    /// What is counted.
    package enum Subject: String, Equatable, Sendable {
        case series = "SERIES"
        case measurements = "MEASUREMENT"
        case tagKeys = "TAG KEY"
        case tagValues = "TAG VALUES"
        case fieldKeys = "FIELD KEY"
    }

    /// What is counted.
    package var subject: Subject
    /// Whether EXACT is there.
    package var isExact = false
    /// ON, FROM, WHERE, LIMIT and OFFSET.
    package var options = ShowOptions()
    /// WITH KEY, of TAG VALUES alone.
    package var keys: KeySelection?
    /// GROUP BY.
    package var dimensions: [Expression] = []

    init(_ subject: Subject) { self.subject = subject }
}

/// The options of a retention policy.
package struct PolicyOptions: Equatable, Sendable {
    /// DURATION in nanoseconds, 0 for ever.
    package var duration: Int64?
    /// REPLICATION.
    package var replication: Int?
    /// SHARD DURATION in nanoseconds.
    package var shardDuration: Int64?
    /// DEFAULT.
    package var isDefault = false
    /// NAME of CREATE DATABASE.
    package var name: String?

    /// No option.
    package init() {}
}

/// One statement.
package enum Statement: Equatable, Sendable {
    case select(SelectStatement)
    case showDatabases
    case showMeasurements(ShowOptions, Source?)
    case showSeries(ShowOptions)
    case showTagKeys(ShowOptions)
    case showTagValues(ShowOptions, KeySelection)
    case showFieldKeys(ShowOptions)
    case showPolicies(String?)
    case showCardinality(Cardinality)
    case createDatabase(String, PolicyOptions?)
    case dropDatabase(String)
    case createPolicy(String, database: String, PolicyOptions)
    case alterPolicy(String, database: String, PolicyOptions)
    case dropPolicy(String, database: String)
    case explain(SelectStatement, isAnalysis: Bool)
    case showShards
    case showShardGroups
    /// FOR: the one that is asked for.
    case showStatistics(String?)
    case showDiagnostics(String?)
    case showQueries
    case killQuery(UInt64, host: String?)
    case showContinuousQueries
    case createContinuousQuery(ContinuousQuery)
    case dropContinuousQuery(String, database: String)
    case showSubscriptions
    case createSubscription(Subscription)
    case dropSubscription(Subscription)
    case showUsers
    case showGrants(String)
    case createUser(String, password: String, isAdministrator: Bool)
    case dropUser(String)
    case setPassword(String, password: String)
    case grant(Privilege)
    case revoke(Privilege)
    case delete(SeriesChoice)
    case dropSeries(SeriesChoice)
    case dropMeasurement(String)
    case dropShard(UInt64)
}
