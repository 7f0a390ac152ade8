import Compression
import NIOCore
import NIOWebSocket
import Testing

@testable import OCPPGateway

@Suite("permessage-deflate")
struct MessageCompressionTests {
    /// The examples of RFC 7692, section 7.2.3: "Hello" in one block, in a stored block, and in a last block.
    @Test(
        "the examples of the norm are read",
        arguments: [
            [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00],
            [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00],
            [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00],
            [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00],
        ] as [[UInt8]])
    func examples(bytes: [UInt8]) throws {
        #expect(try RawDeflate.inflate(bytes, limit: 100) == Array("Hello".utf8))
    }

    @Test("what was deflated comes back, whatever its length", arguments: [1, 100, 4096, 100_000])
    func roundTrip(count: Int) throws {
        let text = (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 % 97) }
        let small = try #require(RawDeflate.deflate(text))
        #expect(try RawDeflate.inflate(small, limit: count) == text)
        #expect(throws: InflateFailure.tooLarge) { try RawDeflate.inflate(small, limit: max(0, count - 1)) }
    }

    @Test("garbage and a stream that is cut off are corrupt")
    func corrupt() throws {
        #expect(throws: InflateFailure.corrupt) { try RawDeflate.inflate([0xFF, 0xFF, 0xFF, 0xFF], limit: 100) }
        let small = try #require(RawDeflate.deflate(Array(repeating: 7, count: 5_000) + Array(0..<200)))
        #expect(throws: InflateFailure.corrupt) { try RawDeflate.inflate(Array(small.prefix(20)), limit: 1 << 20) }
    }

    private static let plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

    @Test(
        "an offer is taken without any context, and with the window that it asks for",
        arguments: [
            ("permessage-deflate", plain), ("permessage-deflate; client_max_window_bits", plain),
            (
                "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
                plain + "; server_max_window_bits=12"
            ), ("Permessage-Deflate;server_no_context_takeover", plain),
        ])
    func offers(offer: String, answer: String) {
        #expect(MessageCompression.agree([offer[...]])?.header == answer)
    }

    @Test(
        "an offer that is none is passed over for the next",
        arguments: [
            "x-webkit-deflate-frame", "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits", "permessage-deflate; unheard_of",
            "permessage-deflate; server_max_window_bits=9; server_max_window_bits=10",
        ])
    func passedOver(offer: String) {
        #expect(MessageCompression.agree([offer[...]]) == nil)
        #expect(MessageCompression.agree([offer[...], "permessage-deflate"])?.header == Self.plain)
    }

    @Test("only long messages are deflated, and none that is longer than the station's window")
    func sizes() throws {
        let compression = try #require(MessageCompression.agree(["permessage-deflate; server_max_window_bits=10"]))
        #expect(compression.deflated(Array(repeating: 65, count: 511)) == nil)
        #expect(compression.deflated(Array(repeating: 65, count: 1024)) != nil)
        #expect(compression.deflated(Array(repeating: 65, count: 1025)) == nil)
    }

    @Test("a deflated message may come in fragments; one that would pass the limit is a bomb")
    func fragments() throws {
        let text = Array(repeating: UInt8(65), count: 3_000)
        let small = try #require(RawDeflate.deflate(text))
        func frame(_ opcode: WebSocketOpcode, _ bytes: some Sequence<UInt8>, isLast: Bool) -> WebSocketFrame {
            WebSocketFrame(fin: isLast, rsv1: opcode == .text, opcode: opcode, data: ByteBuffer(bytes: bytes))
        }
        var assembly = MessageAssembly(limit: 3_000)
        #expect(assembly.add(frame(.text, small.prefix(5), isLast: false)) == .wait)
        #expect(assembly.isOpen)
        #expect(assembly.add(frame(.continuation, small.dropFirst(5), isLast: true)) == .whole(text))
        var narrow = MessageAssembly(limit: 2_999)
        #expect(narrow.add(frame(.text, small, isLast: true)) == .tooLarge(isBomb: true))
        #expect(narrow.add(frame(.text, [0xFF, 0xFF], isLast: true)) == .corrupt)
    }
}
