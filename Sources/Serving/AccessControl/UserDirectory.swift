import Bytes
package import FileIO
import Synchronization

/// Why the file of users cannot be read.
package struct CorruptUserFile: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file and what is wrong with it.
    package let description: String
}

/// The users of the server: read at the start, and replaced as a whole, durably, before a change counts.
package final class UserDirectory: Sendable {
    private struct State {
        var users: [User] = []
        var cache = PasswordCache()
    }

    private let disk: any Disk
    private let directory: String
    /// log2 of scrypt's N for new passwords.
    private let costExponent: UInt8
    private let state = Mutex(State())
    /// Held while a change is written, so that changes come one after another; `state` is never held for so long.
    private let changes = Mutex(())

    private var path: String { directory + "/users" }

    /// The users in `directory`, none where the file is not there.
    ///
    /// - Throws: `CorruptUserFile` where the file is not what was written, and what the disk says.
    package init(disk: any Disk, directory: String, costExponent: UInt8 = 14) throws {
        self.disk = disk
        self.directory = directory
        self.costExponent = costExponent
        guard try disk.list(directory).contains("users") else { return }
        let bytes = try disk.contents(of: directory + "/users")
        do throws(CorruptBytes) {
            let users = try UserFile.decode(bytes)
            state.withLock { $0.users = users }
        } catch {
            throw CorruptUserFile(description: "\(directory)/users is corrupt: \(error.detail)")
        }
    }

    /// All users in the order of their making.
    package var users: [User] { state.withLock { $0.users } }

    /// The user of a name, nil where there is none.
    package func user(_ name: String) -> User? { state.withLock { $0.users.first { $0.name == name } } }

    /// Whether somebody is an administrator; until then nobody has to say who they are.
    package var hasAdministrator: Bool { state.withLock { $0.users.contains(where: \.isAdministrator) } }

    // MARK: Passwords

    /// The user whose password this is where it was right before, nil where the slow hash has to decide; for an event
    /// loop.
    package func known(_ name: String, _ password: String) -> User? {
        state.withLock { state in
            state.users.first { $0.name == name }.flatMap { state.cache.knows(password, of: $0) ? $0 : nil }
        }
    }

    /// The user whose name and password these are, nil where they are nobody's; takes some 50 ms where it is not known.
    ///
    /// An unknown name takes as long as a wrong password, so that names cannot be found by the time.
    package func authenticate(_ name: String, _ password: String) throws -> User? {
        if let user = known(name, password) { return user }
        guard let user = user(name) else {
            _ = try PasswordHash(password, costExponent: costExponent)
            return nil
        }
        guard try user.password.matches(password) else { return nil }
        return state.withLock { state in
            // Somebody may have changed the password meanwhile.
            guard state.users.contains(where: { $0.name == name && $0.password == user.password }) else { return nil }
            state.cache.note(password, of: user)
            return user
        }
    }

    // MARK: Changes

    /// CREATE USER; one that is there with the same password and right is no error.
    package func create(_ name: String, password: String, isAdministrator: Bool) throws {
        if let user = user(name) {
            guard user.isAdministrator == isAdministrator, try user.password.matches(password) else {
                throw AccessError.userExists
            }
            return
        }
        if name.isEmpty { throw AccessError.nameRequired }
        let hash = try PasswordHash(password, costExponent: costExponent)
        try change { users in
            if users.contains(where: { $0.name == name }) { throw AccessError.userExists }
            users.append(User(name: name, password: hash, isAdministrator: isAdministrator))
        }
    }

    /// DROP USER.
    package func drop(_ name: String) throws {
        try change { users in
            guard let index = users.firstIndex(where: { $0.name == name }) else { throw AccessError.userNotFound }
            users.remove(at: index)
        }
    }

    /// SET PASSWORD.
    package func setPassword(of name: String, to password: String) throws {
        guard user(name) != nil else { throw AccessError.userNotFound }
        let hash = try PasswordHash(password, costExponent: costExponent)
        try changeUser(name) { $0.password = hash }
    }

    /// GRANT ALL PRIVILEGES and REVOKE ALL PRIVILEGES for the whole server.
    package func setAdministrator(_ name: String, to isAdministrator: Bool) throws {
        try changeUser(name) { $0.isAdministrator = isAdministrator }
    }

    /// GRANT … ON: in place of what was granted there before, as in InfluxDB.
    package func grant(_ privileges: Privileges, on database: String, to name: String) throws {
        try changeUser(name) { $0.grants[database] = privileges }
    }

    /// REVOKE … ON.
    package func revoke(_ privileges: Privileges, on database: String, from name: String) throws {
        try changeUser(name) { $0.grants[database] = ($0.grants[database] ?? []).subtracting(privileges) }
    }

    /// Takes the grants of a database that is dropped along.
    package func forget(database: String) throws {
        guard users.contains(where: { $0.grants[database] != nil }) else { return }
        try change { users in
            for index in users.indices { users[index].grants[database] = nil }
        }
    }

    private func changeUser(_ name: String, _ body: (inout User) -> Void) throws {
        try change { users in
            guard let index = users.firstIndex(where: { $0.name == name }) else { throw AccessError.userNotFound }
            body(&users[index])
        }
    }

    /// Writes what `body` makes of the users, and only then lets it count.
    private func change(_ body: (inout [User]) throws -> Void) throws {
        try changes.withLock { _ in
            var users = users
            try body(&users)
            try disk.replace(path, with: UserFile.encode(users), in: directory)
            state.withLock { state in
                for user in state.users where !users.contains(user) { state.cache.forget(user.name) }
                state.users = users
            }
        }
    }
}
