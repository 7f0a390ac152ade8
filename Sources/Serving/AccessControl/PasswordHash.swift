import Bytes
import Crypto
import CryptoExtras
import Foundation

/// What is kept of a password: a salt and what scrypt makes of both.
///
/// scrypt rather than PBKDF2, since its memory (16 MiB with these costs) is what makes guessing dear on a graphics card.
/// The costs stand beside each hash, so that they can be raised without making the old hashes void.
///
/// scrypt gets the password's SHA-256: HMAC, inside of it, fills keys with zeros, so that `secret` and `secret` with a zero
/// byte behind it would be one password.
///
/// - Source: RFC 7914, section 2: N = 2^14, r = 8, p = 1 for passwords that a person waits for.
package struct PasswordHash: Equatable, Sendable {
    /// log2 of N.
    let costExponent: UInt8
    let blockSize: UInt8
    let parallelism: UInt8
    let salt: [UInt8]
    let key: [UInt8]

    static let keyByteCount = 32
    static let saltByteCount = 16
    /// log2 of the largest N that a reader takes: 1 GiB with r = 8.
    static let largestCostExponent: UInt8 = 20

    /// The hash of a new password with a salt of its own; takes some 50 ms.
    package init(_ password: String, costExponent: UInt8 = 14) throws {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<Self.saltByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let key = try Self.derive(
            Self.digest(password), salt: salt, costExponent: costExponent, blockSize: 8, parallelism: 1,
            byteCount: Self.keyByteCount)
        self.init(costExponent: costExponent, blockSize: 8, parallelism: 1, salt: salt, key: key)
    }

    init(costExponent: UInt8, blockSize: UInt8, parallelism: UInt8, salt: [UInt8], key: [UInt8]) {
        self.costExponent = costExponent
        self.blockSize = blockSize
        self.parallelism = parallelism
        self.salt = salt
        self.key = key
    }

    /// Whether `password` is the one; takes as long as making the hash did.
    package func matches(_ password: String) throws -> Bool {
        let other = try Self.derive(
            Self.digest(password), salt: salt, costExponent: costExponent, blockSize: blockSize,
            parallelism: parallelism, byteCount: key.count)
        return Self.isSame(key, other)
    }

    /// Compares without telling by its time where the difference lies.
    static func isSame(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func digest(_ password: String) -> [UInt8] { Array(SHA256.hash(data: Array(password.utf8))) }

    static func derive(
        _ password: [UInt8], salt: [UInt8], costExponent: UInt8, blockSize: UInt8, parallelism: UInt8, byteCount: Int
    ) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: password, salt: salt, outputByteCount: byteCount, rounds: 1 << Int(costExponent),
            blockSize: Int(blockSize), parallelism: Int(parallelism))
        // The bytes are copied before the key's own memory is given back.
        return unsafe key.withUnsafeBytes { unsafe Array($0) }
    }
}

/// Passwords that were right before, as digests under a key that this process alone knows.
///
/// A password is hashed slowly once; afterwards a client that sends it with each request costs one HMAC.
struct PasswordCache: Sendable {
    private let key = SymmetricKey(size: .bits256)
    private var digests: [String: (password: PasswordHash, digest: [UInt8])] = [:]

    /// Whether this password was right for this hash before.
    func knows(_ password: String, of user: User) -> Bool {
        guard let known = digests[user.name], known.password == user.password else { return false }
        return PasswordHash.isSame(known.digest, digest(password))
    }

    /// Keeps a password that was right; one for each user.
    mutating func note(_ password: String, of user: User) {
        digests[user.name] = (user.password, digest(password))
    }

    mutating func forget(_ name: String) { digests[name] = nil }

    private func digest(_ password: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(password.utf8), using: key))
    }
}
