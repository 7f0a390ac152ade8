import Bytes
import SimulatedDisk
import WriteAheadLog

/// A file of the log: the header and the checksums and positions of its frames made right, as far as the lengths reach.
enum LogFuzz {
    static func run(_ input: [UInt8]) {
        var bytes = Array("V2GL".utf8) + [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        bytes.appendLittleEndian(CRC32C.checksum(bytes))
        bytes += [0, 0, 0, 0] + input.dropFirst(24)
        var offset = 24
        while offset + 24 <= bytes.count {
            let length = Int(bytes.word(at: offset + 4))
            guard length <= bytes.count - offset - 24 else { break }
            bytes.replace(UInt32(offset - 24), at: offset + 8)
            bytes.replace(0, at: offset + 12)
            bytes.replace(CRC32C.checksum(Array(bytes[(offset + 4)..<(offset + 24 + length)])), at: offset)
            offset += 24 + length
        }
        let scan = LogFileScan(bytes, first: 0, isLast: true)
        var log = WriteAheadLog(disk: JournaledDisk(["/log/00000000000000000000.log": bytes]), directory: "/log")
        var count = 0
        let isOpen =
            (try? log.open(from: 0) { record, _ in
                let again = try LogRecord(kind: record.kind, payload: record.encode())
                precondition(again.encode() == record.encode(), "another record came back")
                count += 1
            }) != nil
        precondition(isOpen == (scan.problem == nil), "the scan and the start differ")
        if isOpen { precondition(count == scan.frames.count, "the scan and the start differ") }
    }
}
