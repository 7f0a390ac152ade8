import FileIO
import SimulatedDisk
import Testing

@testable import AccessControl

/// A directory of users on a disk in memory, with hashes that cost little.
func directory(_ disk: SimulatedDisk = SimulatedDisk()) throws -> UserDirectory {
    try disk.createDirectory("/data")
    return try UserDirectory(disk: disk, directory: "/data", costExponent: 4)
}

private func error(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return "\(error)"
    }
}

/// Users, their passwords and their file; words are those of influxd 1.6.7.
@Suite("User directory")
struct UserDirectoryTests {
    @Test("a password is kept as scrypt's key with a salt of its own, and only the right one matches")
    func passwords() throws {
        let hash = try PasswordHash("secret", costExponent: 4)
        #expect(try hash.matches("secret"))
        #expect(try !hash.matches("Secret") && !hash.matches("") && !hash.matches("secret\0"))
        #expect(try PasswordHash("secret", costExponent: 4) != hash)
        #expect(try !PasswordHash("", costExponent: 4).matches("\0"))
    }

    @Test("scrypt makes of RFC 7914's third vector what the RFC says")
    func scrypt() throws {
        let key = try PasswordHash.derive(
            Array("pleaseletmein".utf8), salt: Array("SodiumChloride".utf8), costExponent: 14, blockSize: 8,
            parallelism: 1, byteCount: 64)
        let want: [UInt8] = [
            0x70, 0x23, 0xbd, 0xcb, 0x3a, 0xfd, 0x73, 0x48, 0x46, 0x1c, 0x06, 0xcd, 0x81, 0xfd, 0x38, 0xeb,
            0xfd, 0xa8, 0xfb, 0xba, 0x90, 0x4f, 0x8e, 0x3e, 0xa9, 0xb5, 0x43, 0xf6, 0x54, 0x5d, 0xa1, 0xf2,
            0xd5, 0x43, 0x29, 0x55, 0x61, 0x3f, 0x0f, 0xcf, 0x62, 0xd4, 0x97, 0x05, 0x24, 0x2a, 0x9a, 0xf9,
            0xe6, 0x1e, 0x85, 0xdc, 0x0d, 0x65, 0x1e, 0x40, 0xdf, 0xcf, 0x01, 0x7b, 0x45, 0x57, 0x58, 0x87,
        ]
        #expect(key == want)
    }

    @Test("what is changed is there after a crash")
    func durable() throws {
        let disk = SimulatedDisk()
        let users = try directory(disk)
        try users.create("a", password: "pa", isAdministrator: true)
        try users.create("b", password: "", isAdministrator: false)
        try users.grant(.read, on: "d", to: "b")
        try users.grant(.all, on: "e", to: "b")
        try users.revoke(.write, on: "e", from: "b")
        try users.revoke(.all, on: "f", from: "b")
        let again = try directory(disk.crash())
        #expect(again.users.map(\.name) == ["a", "b"])
        #expect(again.users.map(\.isAdministrator) == [true, false])
        #expect(again.user("b")?.grants.mapValues(\.name) == ["d": "READ", "e": "READ", "f": "NO PRIVILEGES"])
        #expect(try again.authenticate("a", "pa")?.name == "a")
        #expect(try again.authenticate("a", "pb") == nil && again.authenticate("z", "pa") == nil)
    }

    @Test("each flipped bit of the file is found, and the error names the file")
    func corruption() throws {
        let disk = SimulatedDisk()
        let users = try directory(disk)
        try users.create("a", password: "pa", isAdministrator: true)
        try users.grant(.read, on: "d", to: "a")
        let good = try disk.contents(of: "/data/users")
        for index in good.indices {
            var bad = good
            bad[index] ^= 1 << (index % 8)
            try disk.replace("/data/users", with: bad, in: "/data")
            let message = error { _ = try directory(disk) }
            #expect(message?.hasPrefix("/data/users is corrupt: ") == true, "byte \(index)")
        }
        for length in 0..<good.count {
            try disk.replace("/data/users", with: Array(good.prefix(length)), in: "/data")
            #expect(throws: CorruptUserFile.self) { try directory(disk) }
        }
        try disk.replace("/data/users", with: good, in: "/data")
        #expect(try directory(disk).users.count == 1)
    }

    @Test("a password that was right is known at once, until it is changed or its user is dropped")
    func cache() throws {
        let users = try directory()
        try users.create("a", password: "pa", isAdministrator: false)
        #expect(users.known("a", "pa") == nil)
        #expect(try users.authenticate("a", "pa") != nil)
        #expect(users.known("a", "pa")?.name == "a" && users.known("a", "pb") == nil)
        try users.grant(.read, on: "d", to: "a")
        #expect(try users.authenticate("a", "pa") != nil)
        try users.setPassword(of: "a", to: "pb")
        #expect(users.known("a", "pa") == nil)
        #expect(try users.authenticate("a", "pa") == nil && users.authenticate("a", "pb") != nil)
        try users.drop("a")
        try users.create("a", password: "pc", isAdministrator: false)
        #expect(users.known("a", "pb") == nil)
    }

    @Test("errors are influxd's")
    func errors() throws {
        let users = try directory()
        try users.create("a", password: "pa", isAdministrator: false)
        #expect(error { try users.create("a", password: "pa", isAdministrator: false) } == nil)
        #expect(error { try users.create("a", password: "pb", isAdministrator: false) } == "user already exists")
        #expect(error { try users.create("a", password: "pa", isAdministrator: true) } == "user already exists")
        #expect(error { try users.create("", password: "pa", isAdministrator: true) } == "username required")
        #expect(error { try users.drop("z") } == "user not found")
        #expect(error { try users.setPassword(of: "z", to: "") } == "user not found")
        #expect(error { try users.grant(.read, on: "d", to: "z") } == "user not found")
        #expect(error { try users.revoke(.read, on: "d", from: "z") } == "user not found")
        #expect(error { try users.setAdministrator("z", to: true) } == "user not found")
    }

    @Test("a change that the disk refuses does not count")
    func fullDisk() throws {
        let disk = SimulatedDisk()
        let users = try directory(disk)
        try users.create("a", password: "pa", isAdministrator: false)
        disk.failSync(28)
        #expect(throws: FileError.self) { try users.setAdministrator("a", to: true) }
        #expect(users.user("a")?.isAdministrator == false)
    }

    @Test("a grant replaces the one before, and goes away with its database")
    func grants() throws {
        let users = try directory()
        try users.create("a", password: "pa", isAdministrator: false)
        try users.grant(.read, on: "d", to: "a")
        try users.grant(.write, on: "d", to: "a")
        #expect(users.user("a")?.grants == ["d": .write])
        try users.forget(database: "d")
        #expect(users.user("a")?.grants == [:])
    }
}
