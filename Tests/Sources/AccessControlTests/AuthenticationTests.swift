import AccessControl
import Crypto
import SimulatedDisk
import Testing

/// What a request says of its sender; words are those of influxd 1.6.7, `Token` is of the 1.8 documentation.
@Suite("Authentication")
struct AuthenticationTests {
    private static let now: Int64 = 1_800_000_000

    private func base64URL(_ bytes: some Sequence<UInt8>) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        var (bits, count) = (0, 0)
        for byte in bytes {
            bits = bits << 8 | Int(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(letters[bits >> count & 63])
            }
            bits &= 0xff
        }
        if count > 0 { text.append(letters[bits << (6 - count) & 63]) }
        return text
    }

    private func token(_ claims: String, secret: String = "sesame", header: String = #"{"alg":"HS256","typ":"JWT"}"#)
        -> String
    {
        let text = base64URL(header.utf8) + "." + base64URL(claims.utf8)
        let key = SymmetricKey(data: Array(secret.utf8))
        return text + "." + base64URL(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    private func outcome(_ token: String) -> String {
        do throws(AccessError) {
            return "user " + (try WebToken.user(token, secret: "sesame", now: Self.now))
        } catch {
            return error.description
        }
    }

    @Test("the token of RFC 7519, section 3.1, is signed with another secret")
    func foreignToken() throws {
        // RFC 7519, section 3.1: the claims have no user name and no "exp" that is still to come.
        let text =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6"
            + "Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        #expect(throws: AccessError("signature is invalid")) {
            try WebToken.user(text, secret: "sesame", now: 1_300_000_000)
        }
    }

    @Test("a token that is right names its user")
    func goodToken() {
        #expect(outcome(token(#"{"username":"u","exp":1800000001}"#)) == "user u")
        #expect(outcome(token(#"{"username":"u","exp":1800000001.5}"#)) == "user u")
        #expect(outcome(token(#"{"username":"u","exp":1800000001,"nbf":1800000000,"iat":1700000000}"#)) == "user u")
    }

    @Test("a token that is wrong is refused in influxd's words")
    func badTokens() {
        #expect(outcome(token(#"{"username":"u","exp":1799999999}"#)) == "Token is expired")
        #expect(outcome(token(#"{"username":"u"}"#)) == "token expiration required")
        #expect(outcome(token(#"{"username":"u","exp":0}"#)) == "token expiration required")
        #expect(outcome(token(#"{"username":"u","exp":"12"}"#)) == "token expiration required")
        #expect(outcome(token(#"{"exp":1800000001}"#)) == "username in token must be a string")
        #expect(outcome(token(#"{"exp":1800000001,"username":5}"#)) == "username in token must be a string")
        #expect(outcome(token(#"{"exp":1800000001,"username":""}"#)) == "token must contain a username")
        #expect(outcome(token(#"{"username":"u","exp":1800000001,"nbf":1800000050}"#)) == "Token is not valid yet")
        #expect(outcome(token(#"{"username":"u","exp":1800000001,"iat":1800000050}"#)) == "Token used before issued")
        #expect(outcome(token(#"{"username":"u","exp":1}"#, secret: "x")) == "signature is invalid")
        let claims = #"{"username":"u","exp":1800000001}"#
        #expect(outcome(token(claims, header: #"{"alg":"none"}"#)) == "unexpected signing method: none")
        #expect(outcome(token(claims, header: #"{"alg":"RS256"}"#)) == "unexpected signing method: RS256")
        #expect(outcome(token(claims, header: #"{"alg":"foo"}"#)) == "signing method (alg) is unavailable.")
        #expect(outcome(token(claims, header: #"{"typ":"JWT"}"#)) == "signing method (alg) is unspecified.")
        #expect(outcome("a.b") == "token contains an invalid number of segments")
        #expect(outcome("") == "token contains an invalid number of segments")
        #expect(outcome("a.b.c") == "illegal base64 data at input byte 1")
        #expect(outcome("!!.b.c") == "illegal base64 data at input byte 0")
        #expect(outcome(token("[1]")) == "a part of the token is no JSON object")
    }

    @Test("parameters come before the header, and of the header three kinds are read")
    func credentials() {
        func read(_ user: String?, _ password: String?, _ header: String?) -> Credentials? {
            Credentials(user: user, password: password, authorization: header)
        }
        let pair = Credentials.password(user: "u", password: "p:q")
        #expect(read("u", "p:q", "Bearer x") == pair)
        #expect(read("u", "", "Bearer x") == .bearer("x"))
        #expect(read(nil, nil, "Basic dTpwOnE=") == pair)
        #expect(read(nil, nil, "basic dTpwOnE=") == pair)
        #expect(read(nil, nil, "Token u:p:q") == pair)
        for header in [nil, "", "Token u", "Token u:p q", "Basic !", "Basic dQ==", "Digest abc", "Bearer"] {
            #expect(read(nil, nil, header) == nil, "\(header ?? "nil")")
        }
    }

    @Test("the first look tells what can be told without hashing")
    func firstLook() throws {
        let users = try directory()
        let asked = Authenticator(users: users, isRequired: true, secret: "sesame")
        func look(_ authenticator: Authenticator, _ credentials: Credentials?) -> String {
            switch authenticator.look(credentials, now: Self.now) {
            case .known(let caller): "\(caller)"
            case .refused(let error): error.description
            case .password(let user, _): "hash \(user)"
            }
        }
        #expect(look(asked, nil) == "nobody")
        #expect(look(Authenticator(users: users, isRequired: false, secret: nil), nil) == "anyone")
        try users.create("u", password: "p", isAdministrator: true)
        #expect(look(asked, nil) == "unable to parse authentication credentials")
        #expect(look(asked, .password(user: "", password: "p")) == "username required")
        #expect(look(asked, .password(user: "u", password: "p")) == "hash u")
        #expect(try asked.check(user: "u", password: "p") == .user("u"))
        #expect(throws: AccessError("authorization failed")) { try asked.check(user: "u", password: "x") }
        #expect(look(asked, .password(user: "u", password: "p")) == #"user("u")"#)
        #expect(look(asked, .bearer(token(#"{"username":"u","exp":1800000001}"#))) == #"user("u")"#)
        #expect(look(asked, .bearer(token(#"{"username":"zz","exp":1800000001}"#))) == "user not found")
        let without = Authenticator(users: users, isRequired: true, secret: "")
        #expect(look(without, .bearer("x")) == "bearer auth disabled")
    }
}
