import Testing

@testable import OCPPGateway

@Suite("Network time")
struct NetworkTimeTests {
    private static let second: Int64 = 1_000_000_000
    /// 2026-01-01T00:00:00Z, and the same in seconds since 1900.
    private static let newYear: Int64 = 1_767_225_600 * second
    private static let newYearOf1900: UInt64 = 3_976_214_400

    /// A server's answer: arrival and departure in seconds since 1900, shifted by 32 bits.
    private func answer(
        _ nonce: UInt64, arrived: UInt64, left: UInt64, first: UInt8 = 4 << 3 | 4, stratum: UInt8 = 2
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 48)
        bytes[0] = first
        bytes[1] = stratum
        for (offset, word) in [(24, nonce), (32, arrived), (40, left)] {
            for index in 0..<8 { bytes[offset + index] = UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * index)) }
        }
        return bytes
    }

    @Test("a question is version 4 of a client, and carries what must come back")
    func question() {
        let bytes = NetworkTime.question(nonce: 0x0102_0304_0506_0708)
        #expect(bytes.count == 48)
        #expect(bytes[0] == 0x23)
        #expect(Array(bytes[40...]) == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    /// The example of RFC 5905's formula: 1 s there, 1 s at the server, 3 s back, the server 100 s ahead.
    @Test("offset and delay are those of the four times")
    func offset() {
        let time = NetworkTime(
            answer: answer(7, arrived: (Self.newYearOf1900 + 101) << 32, left: (Self.newYearOf1900 + 102) << 32),
            nonce: 7, sent: Self.newYear, received: Self.newYear + 5 * Self.second)
        #expect(time?.offset == 99 * Self.second)
        #expect(time?.delay == 4 * Self.second)
    }

    @Test("fractions count, and times behind 2036 are of the next era")
    func eras() {
        let time = NetworkTime(
            answer: answer(7, arrived: 1 << 32 | 1 << 31, left: 1 << 32 | 1 << 31), nonce: 7,
            sent: 2_085_978_497 * Self.second, received: 2_085_978_497 * Self.second)
        #expect(time?.offset == Self.second / 2)
    }

    @Test("what is no answer to the question, or has no time in it, is not taken")
    func refused() {
        let stamp = Self.newYearOf1900 << 32
        func isTaken(_ bytes: [UInt8], nonce: UInt64 = 7) -> Bool {
            NetworkTime(answer: bytes, nonce: nonce, sent: Self.newYear, received: Self.newYear) != nil
        }
        #expect(isTaken(answer(7, arrived: stamp, left: stamp)))
        #expect(!isTaken(answer(8, arrived: stamp, left: stamp)))
        #expect(!isTaken(answer(7, arrived: stamp, left: stamp, first: 4 << 3 | 3)))
        #expect(!isTaken(answer(7, arrived: stamp, left: stamp, first: 3 << 6 | 4 << 3 | 4)))
        #expect(!isTaken(answer(7, arrived: stamp, left: stamp, stratum: 0)))
        #expect(!isTaken(answer(7, arrived: stamp, left: stamp, stratum: 16)))
        #expect(!isTaken(answer(7, arrived: 0, left: stamp)))
        #expect(!isTaken(Array(answer(7, arrived: stamp, left: stamp).prefix(47))))
        #expect(!isTaken([]))
    }
}
