/// Reads the common name from a certificate's subject, in DER.
///
/// A certificate is `SEQUENCE { tbs SEQUENCE { [0] version, serial, algorithm, issuer, validity, subject … } … }`; the
/// subject a sequence of sets of pairs of OID and text. Whoever signed it is checked by TLS before; here only bytes are
/// walked, each length against what is there.
///
/// - Source: RFC 5280, section 4.1; X.690 for DER.
enum CertificateSubject {
    private static let commonNameOID: [UInt8] = [0x55, 0x04, 0x03]

    /// The last common name, which is the most specific; nil where there is none or it is no UTF-8.
    static func commonName(der: [UInt8]) -> String? {
        var outer = DERReader(der[...])
        guard let certificate = outer.next(0x30) else { return nil }
        var inner = DERReader(certificate)
        guard let body = inner.next(0x30) else { return nil }
        var fields = DERReader(body)
        _ = fields.next(0xA0)
        guard fields.next(0x02) != nil, fields.next(0x30) != nil, fields.next(0x30) != nil, fields.next(0x30) != nil,
            let subject = fields.next(0x30)
        else { return nil }
        var sets = DERReader(subject)
        var found: String?
        while let set = sets.next(0x31) {
            var pairs = DERReader(set)
            while let pair = pairs.next(0x30) {
                var parts = DERReader(pair)
                guard let oid = parts.next(0x06), oid.elementsEqual(commonNameOID), let text = parts.nextText() else {
                    continue
                }
                found = String(validating: text, as: UTF8.self)
            }
        }
        return found
    }
}

/// Values of DER, one after the other.
private struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// The content of the next value where it has this tag; else nothing is read.
    mutating func next(_ tag: UInt8) -> ArraySlice<UInt8>? {
        rest.first == tag ? value() : nil
    }

    /// The content of the next value where it is a UTF8String, PrintableString or IA5String.
    mutating func nextText() -> ArraySlice<UInt8>? {
        guard let tag = rest.first, [0x0C, 0x13, 0x16].contains(tag) else { return nil }
        return value()
    }

    private mutating func value() -> ArraySlice<UInt8>? {
        var copy = rest.dropFirst()
        guard let first = copy.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            // Four bytes of length are more than any certificate has.
            guard (0x81...0x84).contains(first) else { return nil }
            length = 0
            for _ in 0..<(first & 0x7F) {
                guard let byte = copy.popFirst() else { return nil }
                length = length << 8 | Int(byte)
            }
        }
        guard copy.count >= length else { return nil }
        rest = copy.dropFirst(length)
        return copy.prefix(length)
    }
}
