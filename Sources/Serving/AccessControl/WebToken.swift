import Crypto
import Foundation

/// A JSON web token, signed with a secret that server and client share: HS256, HS384 or HS512.
///
/// The words are those of the library that InfluxDB uses; where several things are wrong it names the signature, then
/// `nbf`, then `iat`, then `exp`.
///
/// - Source: RFC 7519; InfluxDB 1.8 documentation, "Authenticate using JWT tokens".
package struct WebToken: Sendable {
    private static let methods: Set<String> = [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512",
        "none",
    ]

    /// Bytes of a token that is looked at; a longer one is refused.
    package static let byteLimit = 16_384

    private struct Header: Decodable {
        var alg: String?
    }

    private struct Claims: Decodable {
        var exp: Double?
        var iat: Double?
        var nbf: Double?
        var username: String?

        private enum CodingKeys: CodingKey { case exp, iat, nbf, username }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            // A claim of another type counts as absent: InfluxDB does so.
            exp = try? container.decode(Double.self, forKey: .exp)
            iat = try? container.decode(Double.self, forKey: .iat)
            nbf = try? container.decode(Double.self, forKey: .nbf)
            username = try? container.decode(String.self, forKey: .username)
        }
    }

    /// The user that a token names.
    ///
    /// - Parameters:
    ///   - text: the token as it stands behind `Bearer`.
    ///   - secret: what it must be signed with.
    ///   - now: seconds since 1970 UTC.
    /// - Throws: why it is refused.
    package static func user(_ text: String, secret: String, now: Int64) throws(AccessError) -> String {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, text.utf8.count <= byteLimit else {
            throw AccessError("token contains an invalid number of segments")
        }
        let header = try object(Header.self, parts[0])
        let claims = try object(Claims.self, parts[1])
        guard let method = header.alg else { throw AccessError("signing method (alg) is unspecified.") }
        guard methods.contains(method) else { throw AccessError("signing method (alg) is unavailable.") }
        guard
            let isSigned = isSigned(
                Array((parts[0] + "." + parts[1]).utf8), by: try decode(parts[2]), method,
                SymmetricKey(data: Data(secret.utf8)))
        else { throw AccessError("unexpected signing method: \(method)") }
        guard isSigned else { throw AccessError("signature is invalid") }
        if let nbf = claims.nbf, nbf != 0, Double(now) < nbf { throw AccessError("Token is not valid yet") }
        if let iat = claims.iat, iat != 0, Double(now) < iat { throw AccessError("Token used before issued") }
        guard let exp = claims.exp, exp > 0 else { throw AccessError("token expiration required") }
        if Double(now) > exp { throw AccessError("Token is expired") }
        guard let name = claims.username else { throw AccessError("username in token must be a string") }
        if name.isEmpty { throw AccessError("token must contain a username") }
        return name
    }

    /// Whether a signature is right, nil where the method is none of a shared secret.
    private static func isSigned(_ text: [UInt8], by signature: [UInt8], _ method: String, _ key: SymmetricKey) -> Bool?
    {
        switch method {
        case "HS256": HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: text, using: key)
        case "HS384": HMAC<SHA384>.isValidAuthenticationCode(signature, authenticating: text, using: key)
        case "HS512": HMAC<SHA512>.isValidAuthenticationCode(signature, authenticating: text, using: key)
        default: nil
        }
    }

    private static func object<Value: Decodable>(_ type: Value.Type, _ part: Substring) throws(AccessError) -> Value {
        let bytes = try decode(part)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw AccessError("a part of the token is no JSON object")
        }
    }

    /// base64url with or without its padding.
    private static func decode(_ part: Substring) throws(AccessError) -> [UInt8] {
        var text = part
        if text.utf8.count % 4 == 0 {
            while text.hasSuffix("="), part.utf8.count - text.utf8.count < 2 { text.removeLast() }
        }
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for (place, character) in text.utf8.enumerated() {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "_"): value = 63
            default: throw AccessError("illegal base64 data at input byte \(place)")
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        if text.utf8.count % 4 == 1 { throw AccessError("illegal base64 data at input byte \(text.utf8.count)") }
        return bytes
    }
}
