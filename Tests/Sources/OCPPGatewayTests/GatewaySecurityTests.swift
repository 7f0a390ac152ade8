import EngineConfiguration
import Foundation
import OCPPMessages
import Testing

@testable import OCPPGateway

@Suite("Gateway security")
struct GatewaySecurityTests {
    /// Made by: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -utf8
    /// -subj "/O=Operator/CN=first/CN=CS ä" -days 1
    private static let certificate = """
        MIIBuzCCAWGgAwIBAgIUOjGNH5UGh2mZaeWKtlPEfVasDZAwCgYIKoZIzj0EAwIwMzERMA8GA1UECgwIT3BlcmF0b3IxDjAMBgNV
        BAMMBWZpcnN0MQ4wDAYDVQQDDAVDUyDDpDAeFw0yNjExMjUxMzU4NTNaFw0yNjExMjYxMzU4NTNaMDMxETAPBgNVBAoMCE9wZXJh
        dG9yMQ4wDAYDVQQDDAVmaXJzdDEOMAwGA1UEAwwFQ1Mgw6QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASBCwYt0jNB4wCMYJSK
        ZKM2lDA1YU87mhK2Nil4XmIvBGhCTT+aweDEBSyk8+L0AE0gKejE1aNLxEdtUp+kG6OGo1MwUTAdBgNVHQ4EFgQUt1jZX+Dxgyg0
        Dm9eXOTyRKourcAwHwYDVR0jBBgwFoAUt1jZX+Dxgyg0Dm9eXOTyRKourcAwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNI
        ADBFAiEApfIuH7sYf11ufCIyym8B0J5cTWxcawNBx8o4WjhGvJ0CICmsCd+l+2nHi6J4/MTLGBUB27+QNECSlRg3KVTS7Kn1
        """

    private var der: [UInt8] {
        Array(Data(base64Encoded: Self.certificate, options: .ignoreUnknownCharacters) ?? Data())
    }

    @Test("the most specific common name of a certificate is read, the last one")
    func commonName() {
        #expect(CertificateSubject.commonName(der: der) == "CS ä")
    }

    @Test("a certificate that is cut or damaged anywhere has a name or none, and stops nobody")
    func damagedCertificate() {
        let der = der
        #expect(der.count > 300)
        for count in 0..<der.count { _ = CertificateSubject.commonName(der: Array(der.prefix(count))) }
        for place in der.indices {
            for value: UInt8 in [0, 0x30, 0x7F, 0x80, 0x84, 0xFF] {
                var damaged = der
                damaged[place] = value
                _ = CertificateSubject.commonName(der: damaged)
            }
        }
        #expect(CertificateSubject.commonName(der: []) == nil)
    }

    @Test(
        "credentials are split at the first colon, as bytes",
        arguments: [
            ("Basic Q1M6cGE6c3M=", "CS", "pa:ss"), ("basic Q1M6", "CS", ""), ("Basic  Q1M6cA==", "CS", "p"),
        ])
    func basic(header: String, user: String, password: String) throws {
        let read = try #require(StationCredentials.basic([header]))
        #expect(read.user.elementsEqual(user.utf8))
        #expect(read.password.elementsEqual(password.utf8))
    }

    @Test(
        "what is no Basic credentials is none",
        arguments: [
            [], ["Basic"], ["Basic Q1M"], ["Basic Q1M="], ["Bearer Q1M6cA=="], ["Basic Q1M6cA==", "Basic Q1M6cA=="],
        ])
    func notBasic(headers: [String]) {
        #expect(StationCredentials.basic(headers) == nil)
    }

    @Test("a password's hash is read back from its line and matches that password alone, zeros included")
    func hash() throws {
        let password: [UInt8] = [0xFF, 0x3A, 0x00, 0x41]
        let hash = try #require(StationPasswordHash(text: try StationPasswordHash(password).text))
        #expect(hash.matches(password))
        #expect(!hash.matches(password + [0]))
        #expect(!hash.matches([]))
    }

    /// RFC 7914, section 12, has scrypt over a password itself; ours goes over its SHA-256, so the vector is from Python's
    /// hashlib.scrypt(hashlib.sha256(b"secret").digest(), salt=bytes(range(16)), n=4096, r=8, p=1, dklen=32).
    @Test("the hash is scrypt of the password's SHA-256, as another library makes it")
    func vector() throws {
        let text =
            "scrypt$12$8$1$000102030405060708090a0b0c0d0e0f$8aee31c7a8e099d8d0c989000261f8a662a0f8154fbfcd22956fa508d7060d9d"
        #expect(try #require(StationPasswordHash(text: text)).matches(Array("secret".utf8)))
    }

    @Test(
        "costs that would stop the gateway, and lines that are none, are refused",
        arguments: [
            "", "scrypt", "scrypt$30$8$1$0001020304050607$00112233445566778899aabbccddeeff",
            "scrypt$12$8$9$0001020304050607$00112233445566778899aabbccddeeff",
            "scrypt$12$8$1$00$00112233445566778899aabbccddeeff",
            "scrypt$12$8$1$000102030405060$00112233445566778899aabbccddeeff", "scrypt$12$8$1$0001020304050607$00",
            "md5$12$8$1$0001020304050607$00112233445566778899aabbccddeeff",
        ])
    func noHash(text: String) {
        #expect(StationPasswordHash(text: text) == nil)
    }

    @Test("a profile without its files is refused with what is missing")
    func missingFiles() {
        var files = GatewaySecurity.Files()
        for profile in [SecurityProfile.basic, .tls, .mutualTLS] {
            #expect(throws: SecurityFileError.self) { try GatewaySecurity(profile: profile, files: files) }
        }
        files.passwords = "/nonexistent/passwords"
        #expect(throws: SecurityFileError.self) { try GatewaySecurity(profile: .basic, files: files) }
    }

    @Test("versions, profiles and addresses of the configuration are held to what is spoken and safe")
    func configuration() throws {
        let stations = try GatewayConfiguration(
            yaml: "versions: 2.1, ocpp1.6\nsecurity_profile: 1\nstations: any\nping_interval_s: 5\n", file: "g"
        ).stations
        let settings = try OCPPGateway.Settings(stations, host: "0.0.0.0", port: 1, versions: nil)
        #expect(settings.versions == [.v21, .v16])
        #expect(settings.pingInterval == 5)
        #expect(settings.acceptsAnyStation)
        #expect(try OCPPGateway.Settings(stations, host: "::1", port: 1, versions: "2.0.1").versions == [.v201])
        #expect(throws: SecurityFileError.self) {
            try OCPPGateway.Settings(StationSettings(), host: "0.0.0.0", port: 1, versions: nil)
        }
        #expect(throws: SecurityFileError.self) {
            try OCPPGateway.Settings(StationSettings(), host: "127.0.0.1", port: 1, versions: "2.0")
        }
        let known = try GatewayConfiguration(yaml: "security_profile: 1\n", file: "g").stations
        #expect(try !OCPPGateway.Settings(known, host: "10.0.0.1", port: 1, versions: nil).acceptsAnyStation)
        for wrong in ["security_profile: 4", "stations: some", "admin: x", "colour: red", "ping_interval_s: -1"] {
            #expect(throws: ConfigurationError.self) { try GatewayConfiguration(yaml: wrong, file: "g") }
        }
    }
}
