import Bytes
import Catalog
import Foundation
import LineProtocol
import SeriesIndex
import StoreBackup
import Telemetry
import WriteAheadLog

/// What is fuzzed: one program, the target named by `FEEDERLINE_FUZZ_TARGET`.
///
/// Each target takes any bytes and either reads them or throws; a trap, a hang or an access outside of memory is a find.
/// Checksums are made right first, so that what lies behind them is reached.
enum FuzzTarget: String {
    case lineProtocol = "line-protocol"
    case log, manifest, index, segment, codecs
    case backupList = "backup-list"
    case ocpp
    case mqttJSON = "mqtt-json"
    case mqttLines = "mqtt-lines"
    case sparkplug

    static let chosen: FuzzTarget? = ProcessInfo.processInfo.environment["FEEDERLINE_FUZZ_TARGET"].flatMap {
        FuzzTarget(rawValue: $0)
    }

    func run(_ bytes: [UInt8]) {
        switch self {
        case .lineProtocol: Self.lines(bytes)
        case .log: LogFuzz.run(bytes)
        case .manifest: Self.manifest(bytes)
        case .index: Self.index(bytes)
        case .segment: SegmentFuzz.run(bytes)
        case .codecs: CodecFuzz.run(bytes)
        case .ocpp: StationFuzz.run(bytes)
        case .mqttJSON: PayloadFuzz.json(bytes)
        case .mqttLines: PayloadFuzz.lines(bytes)
        case .sparkplug: PayloadFuzz.sparkplug(bytes)
        case .backupList:
            if let list = try? BackupList(bytes) { precondition(list.files.allSatisfy { $0.byteCount >= 0 }) }
        }
    }

    /// What the parser takes must come back through the writer as it was.
    private static func lines(_ bytes: [UInt8]) {
        var batch = FrameBatch(database: "db", arrival: 0)
        var parser = LineProtocolParser(precision: .nanoseconds, arrival: 7)
        _ = parser.parse(bytes, into: &batch)
        batch.seal()
        let record = LogRecord.batch(database: 1, policy: 1, batch)
        guard case .batch(_, _, let again)? = try? LogRecord(kind: record.kind, payload: record.encode()) else {
            preconditionFailure("a parsed batch does not come back from the log")
        }
        precondition(LineProtocolWriter.encode(again) == LineProtocolWriter.encode(batch), "another batch came back")
    }

    private static func manifest(_ bytes: [UInt8]) {
        var bytes = bytes
        guard bytes.count >= 16 else { return }
        let crc = CRC32C.checksum(Array(bytes[16...]))
        bytes.replace(UInt32(bytes.count - 16), at: 12)
        bytes.replace(crc, at: 8)
        guard let manifest = try? Manifest(bytes) else { return }
        guard let again = try? Manifest(manifest.encode()) else { preconditionFailure("a manifest does not come back") }
        precondition(again == manifest, "another manifest came back")
    }

    private static func index(_ bytes: [UInt8]) {
        var bytes = bytes
        var offset = 0
        while offset + 8 <= bytes.count {
            let length = min(Int(bytes.word(at: offset)), bytes.count - offset - 8)
            bytes.replace(UInt32(length), at: offset)
            bytes.replace(CRC32C.checksum(Array(bytes[(offset + 8)..<(offset + 8 + length)])), at: offset + 4)
            offset += 8 + length
        }
        if let index = try? IndexFile.load(bytes, byteCount: bytes.count) { precondition(index.seriesCount >= 0) }
    }
}

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let target = FuzzTarget.chosen else {
        print("FEEDERLINE_FUZZ_TARGET names none of the targets")
        exit(2)
    }
    // libFuzzer lends `count` bytes for the time of the call.
    target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

extension [UInt8] {
    /// The little-endian word of 32 bits at `offset`, which has 4 bytes behind it.
    func word(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[offset + $1]) << UInt32($1 * 8) }
    }

    /// Writes a little-endian word.
    mutating func replace(_ word: UInt32, at offset: Int) {
        for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: word >> UInt32(index * 8)) }
    }
}
