/// The payloads about certificates: requests to sign, contract certificates, revocation.
enum CertificateShapes {
    static let hashAlgorithm = Shape.word(["SHA256", "SHA384", "SHA512"])

    static let hashFields: [FieldShape] = [
        .must("hashAlgorithm", hashAlgorithm), .must("issuerNameHash", .text(128)),
        .must("issuerKeyHash", .text(128)), .must("serialNumber", .text(40)),
    ]

    static let certificateHash = Shape.object(ObjectShape(hashFields))

    static func ocspRequest(urlLength: Int) -> Shape {
        .object(ObjectShape(hashFields + [.must("responderURL", .text(urlLength))]))
    }

    static let signCertificate = ObjectShape([
        .must("csr", .text(5500)),
        .may("certificateType", .word(["ChargingStationCertificate", "V2GCertificate"])),
    ])

    static let signCertificate21 = ObjectShape([
        .must("csr", .text(5500)),
        .may("certificateType", .word(["ChargingStationCertificate", "V2GCertificate", "V2G20Certificate"])),
        .may("hashRootCertificate", certificateHash), .may("requestId", .integer),
    ])

    static let get15118EVCertificate = ObjectShape([
        .must("iso15118SchemaVersion", .text(50)), .must("action", .word(["Install", "Update"])),
        .must("exiRequest", .text(5600)),
    ])

    static let get15118EVCertificate21 = ObjectShape([
        .must("iso15118SchemaVersion", .text(50)), .must("action", .word(["Install", "Update"])),
        .must("exiRequest", .text(11_000)), .may("maximumContractCertificateChains", .count),
        .may("prioritizedEMAIDs", .list(.text(255), 1...8)),
    ])

    static let getCertificateStatus = ObjectShape([.must("ocspRequestData", ocspRequest(urlLength: 512))])

    static let getCertificateStatus21 = ObjectShape([.must("ocspRequestData", ocspRequest(urlLength: 2000))])

    static let getCertificateChainStatus = ObjectShape([
        .must(
            "certificateStatusRequests",
            .list(
                .fields(
                    .must("certificateHashData", certificateHash), .must("source", .word(["CRL", "OCSP"])),
                    .must("urls", .list(.text(2000), 1...5))), 1...4))
    ])
}
