import Crypto
import CryptoExtras
import Foundation

/// The stations' passwords: slow hashes from a file, and keyed digests of those that were right before.
///
/// A line of the file is the identity, percent-encoded, one blank, and the hash:
/// `CS00001 scrypt$12$8$1$<salt, hex>$<key, hex>`. Empty lines and those that begin with `#` are passed over.
///
/// A password is hashed slowly once; when a station comes again, as 5,000 do at once after a mobile operator's hourly
/// reset, one HMAC under a key that this process alone knows tells that it is the same one.
struct StationPasswords: Sendable {
    private let key: SymmetricKey
    private let hashes: [String: StationPasswordHash]
    private var digests: [String: (hash: StationPasswordHash, digest: [UInt8])]

    /// No passwords: every station is refused.
    init() {
        key = SymmetricKey(size: .bits256)
        hashes = [:]
        digests = [:]
    }

    /// The passwords of a file; digests of `old` stay good as long as their hash stands in it unchanged.
    init(path: String, knowing old: StationPasswords? = nil) throws(SecurityFileError) {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw SecurityFileError("\(path) cannot be read: \(error.localizedDescription)")
        }
        var read: [String: StationPasswordHash] = [:]
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard words.count == 2, let identity = Admission.identity(ofTarget: "/ocpp/" + first),
                let hash = StationPasswordHash(text: String(words[1]))
            else { throw SecurityFileError("\(path):\(number + 1): not an identity and a hash") }
            read[identity] = hash
        }
        key = old?.key ?? SymmetricKey(size: .bits256)
        hashes = read
        digests = (old?.digests ?? [:]).filter { read[$0.key] == $0.value.hash }
    }

    /// The hash of a station's password; nil for a station without one.
    func hash(of station: String) -> StationPasswordHash? { hashes[station] }

    /// Whether `password` is the station's, where that can be told without the slow hash.
    func knows(_ password: [UInt8], of station: String) -> Bool? {
        guard hashes[station] != nil else { return false }
        guard let known = digests[station] else { return nil }
        // Another password than the one that was right is still judged by the hash: only that can refuse it for good.
        return StationPasswordHash.isSame(known.digest, digest(password)) ? true : nil
    }

    /// Keeps a password that was right.
    mutating func note(_ password: [UInt8], of station: String, _ hash: StationPasswordHash) {
        if hashes[station] == hash { digests[station] = (hash, digest(password)) }
    }

    private func digest(_ password: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: password, using: key))
    }
}

/// What is kept of a station's password: a salt and what scrypt makes of both.
///
/// N is 2^12 (4 MiB, about 15 ms), less than for a person's password: these have 16 characters or more and are made by
/// machines, and 5,000 stations must get in within a minute of a restart. A password is bytes, not text: 1.6 stations
/// send the raw bytes of their `AuthorizationKey`. scrypt gets their SHA-256, since HMAC inside of it would take a zero
/// behind them for nothing.
///
/// - Source: RFC 7914.
package struct StationPasswordHash: Sendable, Equatable {
    private let costExponent: Int
    private let blockSize: Int
    private let parallelism: Int
    private let salt: [UInt8]
    private let key: [UInt8]

    /// The hash of a new password, with a salt of its own.
    package init(_ password: [UInt8]) throws {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        costExponent = 12
        blockSize = 8
        parallelism = 1
        self.salt = salt
        key = try Self.derive(password, salt, 12, 8, 1, 32)
    }

    /// Reads the form of the file; nil for anything else, and for costs that would stop the gateway.
    init?(text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "scrypt", let cost = Int(parts[1]), (1...18).contains(cost),
            let block = Int(parts[2]), (1...16).contains(block), let parallel = Int(parts[3]),
            (1...4).contains(parallel), let salt = Self.bytes(parts[4]), salt.count >= 8,
            let key = Self.bytes(parts[5]), (16...64).contains(key.count)
        else { return nil }
        costExponent = cost
        blockSize = block
        parallelism = parallel
        self.salt = salt
        self.key = key
    }

    /// The form of the file.
    package var text: String {
        "scrypt$\(costExponent)$\(blockSize)$\(parallelism)$\(Self.hex(salt))$\(Self.hex(key))"
    }

    /// Whether `password` is the one; takes as long as making the hash did.
    func matches(_ password: [UInt8]) -> Bool {
        guard let other = try? Self.derive(password, salt, costExponent, blockSize, parallelism, key.count) else {
            return false  // scrypt refuses only costs, and those were checked: nobody gets in by an error.
        }
        return Self.isSame(key, other)
    }

    /// Compares without telling by its time where the difference lies.
    static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func derive(
        _ password: [UInt8], _ salt: [UInt8], _ cost: Int, _ block: Int, _ parallel: Int, _ count: Int
    ) throws -> [UInt8] {
        let derived = try KDF.Scrypt.deriveKey(
            from: Array(SHA256.hash(data: password)), salt: salt, outputByteCount: count, rounds: 1 << cost,
            blockSize: block, parallelism: parallel)
        // The bytes are copied before the key's own memory is given back.
        return unsafe derived.withUnsafeBytes { unsafe Array($0) }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(_ hex: String) -> [UInt8]? {
        let digits = Array(hex.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var result: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[place...(place + 1)], as: UTF8.self), radix: 16) else {
                return nil
            }
            result.append(byte)
        }
        return result
    }
}
