/// What a user may do in one database: reading, writing, both or neither.
package struct Privileges: OptionSet, Sendable, Hashable {
    /// Bit 0 for reading, bit 1 for writing.
    package let rawValue: UInt8

    /// The privileges of these bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// SELECT and SHOW.
    package static let read = Privileges(rawValue: 1)
    /// Points, INTO, DELETE.
    package static let write = Privileges(rawValue: 2)
    /// Both.
    package static let all: Privileges = [.read, .write]

    /// The privileges as InfluxDB names them.
    package var name: String {
        switch self {
        case .all: "ALL PRIVILEGES"
        case .read: "READ"
        case .write: "WRITE"
        default: "NO PRIVILEGES"
        }
    }
}

/// One user: name, password as a hash, what is allowed.
package struct User: Equatable, Sendable {
    /// The name, not empty.
    package let name: String
    /// What is kept of the password.
    var password: PasswordHash
    /// Whether everything is allowed.
    package var isAdministrator: Bool
    /// What is allowed in which database; one that is revoked stays here with nothing, as in InfluxDB.
    package var grants: [String: Privileges] = [:]

    /// Whether `privileges` are granted in a database.
    func may(_ privileges: Privileges, in database: String) -> Bool {
        isAdministrator || grants[database].map { $0.isSuperset(of: privileges) } ?? false
    }
}

/// Why a statement about users failed, in InfluxDB's words.
package struct AccessError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One line.
    package let description: String

    /// An error that says `description`.
    package init(_ description: String) { self.description = description }

    static let userNotFound = AccessError("user not found")
    static let userExists = AccessError("user already exists")
    static let nameRequired = AccessError("username required")
}
