/// One question and answer of SNTP (RFC 5905, section 14), as values: how far a server's clock is from ours.
struct NetworkTime: Equatable {
    /// The length of a packet without extensions.
    static let packetLength = 48

    /// The server's clock less ours, nanoseconds.
    let offset: Int64
    /// How long question and answer were under way, nanoseconds.
    let delay: Int64

    /// A question; the server sends `nonce` back, so that an answer to another question is told apart.
    static func question(nonce: UInt64) -> [UInt8] {
        var packet = [UInt8](repeating: 0, count: packetLength)
        // Version 4, a client.
        packet[0] = 4 << 3 | 3
        for index in 0..<8 { packet[40 + index] = UInt8(truncatingIfNeeded: nonce >> UInt64(56 - index * 8)) }
        return packet
    }

    /// Reads an answer; nil for what is no answer to the question of `nonce`, or comes from a server without a time.
    ///
    /// - Parameters:
    ///   - sent: when the question left, nanoseconds since 1970 UTC by our clock.
    ///   - received: when the answer came.
    init?(answer: [UInt8], nonce: UInt64, sent: Int64, received: Int64) {
        guard answer.count >= Self.packetLength, answer[0] & 7 == 4, answer[0] >> 6 != 3, (1...15).contains(answer[1]),
            Self.word(answer, 24) == nonce, received >= sent
        else { return nil }
        let (arrived, left) = (Self.time(Self.word(answer, 32)), Self.time(Self.word(answer, 40)))
        guard let arrived, let left, left >= arrived else { return nil }
        // ((T2 - T1) + (T3 - T4)) / 2; times of these centuries do not overflow.
        offset = ((arrived - sent) + (left - received)) / 2
        delay = max(0, (received - sent) - (left - arrived))
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        bytes[offset..<(offset + 8)].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// 32 bits of seconds since 1900 and 32 of their fraction, as nanoseconds since 1970; nil for none. The seconds run
    /// over in 2036: small ones are of the era after it.
    private static func time(_ stamp: UInt64) -> Int64? {
        guard stamp != 0 else { return nil }
        let seconds = Int64(stamp >> 32) + (stamp >> 63 == 0 ? 1 << 32 : 0) - 2_208_988_800
        let fraction = Int64(((stamp & 0xFFFF_FFFF) * 1_000_000_000) >> 32)
        return seconds * 1_000_000_000 + fraction
    }
}
