import AccessControl
import InfluxQL
import LogicalPlan
import TimeSeriesStore

/// Statements about users and what they may do.
extension QueryEngine {
    /// Whether there is a database of this name.
    package func hasDatabase(_ name: String) -> Bool { store.database(name) != nil }

    /// Carries one out; its sender has been found to be allowed to.
    func manageUsers(_ statement: Statement) throws -> [ResultSeries] {
        guard let users else { return try withoutUsers(statement) }
        switch statement {
        case .showUsers:
            let rows = users.users.map { [QueryValue.string($0.name), .boolean($0.isAdministrator)] }
            return [ResultSeries(name: "", columns: ["user", "admin"], rows: rows)]
        case .showGrants(let name):
            guard let user = users.user(name) else { throw QueryError("user not found") }
            // InfluxDB shows them in any order.
            let rows = user.grants.sorted { $0.key < $1.key }.map { [$0.key, $0.value.name] }
            return [list("", ["database", "privilege"], rows)]
        case .createUser(let name, let password, let isAdministrator):
            try users.create(name, password: password, isAdministrator: isAdministrator)
        case .dropUser(let name): try users.drop(name)
        case .setPassword(let name, let password): try users.setPassword(of: name, to: password)
        case .grant(let privilege): try change(privilege, isGrant: true, users)
        case .revoke(let privilege): try change(privilege, isGrant: false, users)
        default: break
        }
        return []
    }

    private func change(_ privilege: Privilege, isGrant: Bool, _ users: UserDirectory) throws {
        guard let database = privilege.database else {
            return try users.setAdministrator(privilege.user, to: isGrant)
        }
        // The user first, then the database: InfluxDB names the user where both are missing.
        guard users.user(privilege.user) != nil else { throw QueryError("user not found") }
        guard store.database(database) != nil else { throw QueryError("database not found: \(database)") }
        let privileges: Privileges =
            switch privilege.right {
            case .read: .read
            case .write: .write
            case .all: .all
            }
        if isGrant {
            try users.grant(privileges, on: database, to: privilege.user)
        } else {
            try users.revoke(privileges, on: database, from: privilege.user)
        }
    }

    /// What an engine answers that keeps no users.
    private func withoutUsers(_ statement: Statement) throws -> [ResultSeries] {
        switch statement {
        case .showUsers: return [list("", ["user", "admin"], [])]
        case .showGrants: throw QueryError("user not found")
        default: throw QueryError("not supported by this version: \(statement.verb)")
        }
    }
}
