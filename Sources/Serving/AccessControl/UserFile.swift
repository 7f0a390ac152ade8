import Bytes

/// The file `users` of the data directory: one file, replaced as a whole.
///
/// All integers are little-endian; lengths and counts are varints.
///
/// | offset | size | field     | meaning                                                     |
/// |-------:|-----:|-----------|-------------------------------------------------------------|
/// |      0 |    4 | `magic`   | `V2GU`                                                      |
/// |      4 |    4 | `version` | 1; a reader refuses any number it does not know             |
/// |      8 |    4 | `crc`     | CRC-32C of the content                                      |
/// |     12 |    4 | `length`  | bytes of the content, which ends with the file              |
/// |     16 |    … | content   | count of users, then each user in the order of their making |
///
/// A user is: name (counted), flags (1: bit 0 an administrator), log2 of scrypt's N (1), r (1), p (1), salt (counted), key
/// (counted), count of grants, then each as database (counted) and bits (1: bit 0 read, bit 1 write), sorted by database.
enum UserFile {
    static let magic: [UInt8] = Array("V2GU".utf8)
    static let version: UInt32 = 1

    static func encode(_ users: [User]) -> [UInt8] {
        var content: [UInt8] = []
        content.appendVarint(UInt64(users.count))
        for user in users {
            content.appendCounted(user.name.utf8)
            content.append(user.isAdministrator ? 1 : 0)
            content += [user.password.costExponent, user.password.blockSize, user.password.parallelism]
            content.appendCounted(user.password.salt)
            content.appendCounted(user.password.key)
            content.appendVarint(UInt64(user.grants.count))
            for (database, privileges) in user.grants.sorted(by: { $0.key < $1.key }) {
                content.appendCounted(database.utf8)
                content.append(privileges.rawValue)
            }
        }
        var bytes = magic
        bytes.appendLittleEndian(version)
        bytes.appendLittleEndian(CRC32C.checksum(content))
        bytes.appendLittleEndian(UInt32(content.count))
        return bytes + content
    }

    static func decode(_ bytes: [UInt8]) throws(CorruptBytes) -> [User] {
        guard bytes.starts(with: magic) else { throw CorruptBytes("it does not begin with V2GU") }
        var reader = ByteReader(bytes, in: magic.count..<bytes.count)
        let version: UInt32 = try reader.littleEndian()
        guard version == Self.version else { throw CorruptBytes("version \(version), which this engine does not know") }
        let crc: UInt32 = try reader.littleEndian()
        let length: UInt32 = try reader.littleEndian()
        guard Int(length) == reader.remaining, CRC32C.checksum(Array(bytes[reader.offset...])) == crc else {
            throw CorruptBytes("its checksum is wrong")
        }
        var users: [User] = []
        for _ in 0..<(try reader.count(limit: reader.remaining)) { users.append(try user(from: &reader)) }
        guard reader.remaining == 0 else { throw CorruptBytes("\(reader.remaining) bytes behind the last user") }
        return users
    }

    private static func user(from reader: inout ByteReader) throws(CorruptBytes) -> User {
        let name = try reader.text()
        let flags = try reader.byte()
        let password = PasswordHash(
            costExponent: try reader.byte(), blockSize: try reader.byte(), parallelism: try reader.byte(),
            salt: Array(try reader.counted()), key: Array(try reader.counted()))
        guard (1...PasswordHash.largestCostExponent).contains(password.costExponent), password.blockSize > 0,
            password.parallelism > 0, password.key.count >= 16, flags < 2
        else { throw CorruptBytes("user \(name) has a hash that cannot be") }
        var user = User(name: name, password: password, isAdministrator: flags == 1)
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let database = try reader.text()
            user.grants[database] = Privileges(rawValue: try reader.byte() & 3)
        }
        return user
    }
}
