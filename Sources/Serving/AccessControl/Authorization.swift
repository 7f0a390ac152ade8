package import InfluxQL

/// Who sends a request.
package enum Caller: Equatable, Sendable {
    /// Nobody is asked who they are: authentication is off.
    case anyone
    /// Authentication is on, but nobody had to say who they are: there is no administrator yet.
    case nobody
    /// A user by name.
    case user(String)
}

/// A statement that its sender may not run, in InfluxDB's words.
package struct AuthorizationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One line.
    package let description: String
}

extension UserDirectory {
    /// Refuses a query of which a statement is not allowed; nothing of it is run then.
    ///
    /// - Parameter database: the one of names without one.
    package func authorize(
        _ statements: [Statement], _ caller: Caller, database: String
    ) throws(AuthorizationError) {
        if caller == .anyone { return }
        if users.isEmpty {
            if case .createUser(_, _, isAdministrator: true) = statements.first { return }
            throw AuthorizationError(description: "create admin user first or disable authentication")
        }
        guard case .user(let name) = caller, let user = user(name) else {
            throw AuthorizationError(description: "no user provided")
        }
        if user.isAdministrator { return }
        for statement in statements {
            for need in statement.requirements {
                let missing: String
                switch need {
                case .administrator: missing = "admin privilege"
                case .privilege(let privilege, let place):
                    let place = place ?? database
                    if user.may(privilege, in: place) { continue }
                    missing = "\(privilege.name) on \(place)"
                }
                throw AuthorizationError(
                    description: "\(name) not authorized to execute statement '\(statement)', requires \(missing)")
            }
        }
    }

    /// Whether points may be written to a database.
    package func mayWrite(_ caller: Caller, to database: String) -> Bool {
        may(caller) { $0.may(.write, in: database) }
    }

    /// Whether SHOW DATABASES names a database.
    package func maySee(_ database: String, _ caller: Caller) -> Bool {
        may(caller) { $0.may(.read, in: database) || $0.may(.write, in: database) }
    }

    /// Whether the caller may do what concerns the whole server.
    package func isAdministrator(_ caller: Caller) -> Bool { may(caller, \.isAdministrator) }

    private func may(_ caller: Caller, _ condition: (User) -> Bool) -> Bool {
        switch caller {
        case .anyone: true
        case .nobody: false
        case .user(let name): user(name).map(condition) ?? false
        }
    }
}

/// One thing that a statement needs.
enum Requirement: Equatable {
    case administrator
    /// A privilege in a database, nil for the query's own.
    case privilege(Privileges, database: String?)
}

extension Statement {
    /// What the sender of a statement needs, in the order in which InfluxDB looks.
    var requirements: [Requirement] {
        switch self {
        case .select(let select), .explain(let select, _): select.requirements
        case .showDatabases: []
        case .showMeasurements(let show, _), .showSeries(let show), .showTagKeys(let show), .showTagValues(let show, _),
            .showFieldKeys(let show):
            [.privilege(.read, database: show.database)]
        case .showPolicies(let database): [.privilege(.read, database: database)]
        case .showCardinality(let cardinality): cardinality.requirements
        case .showQueries, .showContinuousQueries: [.privilege(.read, database: nil)]
        case .dropPolicy(_, let database), .dropContinuousQuery(_, let database):
            [.privilege(.write, database: database)]
        case .delete, .dropSeries: [.privilege(.write, database: nil)]
        case .createContinuousQuery(let query): query.requirements
        case .createDatabase, .dropDatabase, .createPolicy, .alterPolicy, .showShards, .showShardGroups,
            .showStatistics, .showDiagnostics, .killQuery, .showSubscriptions, .createSubscription, .dropSubscription,
            .showUsers, .showGrants, .createUser, .dropUser, .setPassword, .grant, .revoke, .dropMeasurement,
            .dropShard:
            [.administrator]
        }
    }
}

extension SelectStatement {
    var requirements: [Requirement] {
        sources.flatMap(\.requirements) + (target.map { [.privilege(.write, database: $0.database)] } ?? [])
    }
}

extension Source {
    /// What reading a source needs.
    var requirements: [Requirement] {
        subquery.first?.requirements ?? [.privilege(.read, database: database)]
    }
}

extension ContinuousQuery {
    /// The database that it belongs to is the one of its names, whatever the query's own is.
    var requirements: [Requirement] {
        var needs: [Requirement] = [.privilege(.read, database: database)]
        if let target = select.target, let other = target.database {
            needs.append(.privilege(.write, database: other))
        }
        return needs
    }
}

extension Cardinality {
    /// The database for the estimates of InfluxDB's sketches, the sources for what it counts.
    var requirements: [Requirement] {
        let isEstimate = !isExact && (subject == .series || subject == .measurements)
        return isEstimate ? [.privilege(.read, database: options.database)] : options.sources.flatMap(\.requirements)
    }
}
