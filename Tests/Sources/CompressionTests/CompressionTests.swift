import Foundation
import Testing

@testable import Compression

@Suite("Compressed bodies")
struct CompressionTests {
    /// What a Debian tool makes of `bytes`.
    private func compressed(_ bytes: [UInt8], by tool: [String]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = tool
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let written = Data(bytes)
        DispatchQueue.global().async {
            input.fileHandleForWriting.write(written)
            input.fileHandleForWriting.closeFile()
        }
        let result = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        return result
    }

    private static let tools: [(ContentEncoding, [String])] = [
        (.gzip, ["gzip", "-c"]), (.zstd, ["zstd", "-q", "-c"]), (.lz4, ["lz4", "-q", "-c"]),
    ]

    @Test("what the tools of the field compress comes back, small and large, once and twice", arguments: tools)
    func roundTrip(encoding: ContentEncoding, tool: [String]) throws {
        let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        for body in [[UInt8(7)], Array("{\"a\":1}".utf8), large] {
            let small = try compressed(body, by: tool)
            #expect(try encoding.inflate(small, limit: body.count) == body)
            #expect(try encoding.inflate(small + small, limit: body.count * 2) == body + body)
        }
    }

    @Test("a body that inflates beyond the limit, is cut off or is no such stream is refused", arguments: tools)
    func refusals(encoding: ContentEncoding, tool: [String]) throws {
        let bomb = try compressed([UInt8](repeating: 0, count: 10_000_000), by: tool)
        #expect(throws: InflateFailure.tooLarge) { try encoding.inflate(bomb, limit: 9_999_999) }
        #expect(throws: InflateFailure.corrupt) { try encoding.inflate(Array(bomb.dropLast(3)), limit: 20_000_000) }
        #expect(throws: InflateFailure.corrupt) { try encoding.inflate(Array("no stream".utf8), limit: 100) }
        #expect(throws: InflateFailure.corrupt) { try encoding.inflate([], limit: 100) }
    }
}
