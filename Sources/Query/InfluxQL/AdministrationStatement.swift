/// What CREATE CONTINUOUS QUERY sets up.
package struct ContinuousQuery: Equatable, Sendable {
    /// The query's name.
    package var name: String
    /// The database that it belongs to.
    package var database: String
    /// RESAMPLE EVERY in nanoseconds, 0 for each window.
    package var every: Int64 = 0
    /// RESAMPLE FOR in nanoseconds, 0 for the last window.
    package var reach: Int64 = 0
    /// The SELECT with its INTO.
    package var select = SelectStatement()

    init(name: String, database: String) { (self.name, self.database) = (name, database) }
}

/// What CREATE and DROP SUBSCRIPTION name.
package struct Subscription: Equatable, Sendable {
    /// The subscription's name.
    package var name: String
    /// The database whose points are sent on.
    package var database: String
    /// The retention policy whose points are sent on.
    package var policy: String
    /// Whether each destination gets each point: ALL, not ANY.
    package var isToAll = false
    /// Where points go; none in DROP.
    package var destinations: [String] = []

    init(name: String, database: String, policy: String) {
        (self.name, self.database, self.policy) = (name, database, policy)
    }
}

/// What GRANT and REVOKE are about.
package struct Privilege: Equatable, Sendable {
    /// What is allowed.
    package enum Right: String, Sendable {
        case read = "READ"
        case write = "WRITE"
        case all = "ALL PRIVILEGES"
    }

    /// What is allowed.
    package var right: Right
    /// The database, nil for the whole server.
    package var database: String?
    /// Whose right it is.
    package var user: String
}

/// The series that DELETE and DROP SERIES mean.
package struct SeriesChoice: Equatable, Sendable {
    /// FROM; empty for every measurement.
    package var sources: [Source] = []
    /// WHERE.
    package var condition: Expression?
}

extension Statement {
    /// The words with which the statement begins, where messages name it by them.
    package var verb: String {
        switch self {
        case .explain: "EXPLAIN"
        case .killQuery: "KILL QUERY"
        case .createContinuousQuery: "CREATE CONTINUOUS QUERY"
        case .dropContinuousQuery: "DROP CONTINUOUS QUERY"
        case .createSubscription: "CREATE SUBSCRIPTION"
        case .dropSubscription: "DROP SUBSCRIPTION"
        case .createUser: "CREATE USER"
        case .dropUser: "DROP USER"
        case .setPassword: "SET PASSWORD"
        case .grant: "GRANT"
        case .revoke: "REVOKE"
        case .delete: "DELETE"
        case .dropSeries: "DROP SERIES"
        case .dropMeasurement: "DROP MEASUREMENT"
        case .dropShard: "DROP SHARD"
        case .showStatistics: "SHOW STATS"
        case .showDiagnostics: "SHOW DIAGNOSTICS"
        case .showGrants: "SHOW GRANTS"
        default: description
        }
    }
}
