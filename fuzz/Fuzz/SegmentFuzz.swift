import Bytes
import FileIO
import Segments
import SimulatedDisk

/// A segment: the checksums of footer, index and vectors made right, then all of it read.
enum SegmentFuzz {
    static func run(_ input: [UInt8]) {
        guard input.count >= 40 else { return }
        var bytes = input
        bytes.replaceSubrange(0..<8, with: SegmentFooter.head)
        let footer = bytes.count - 32
        // The index goes up to the footer, from where the input says.
        let offset = 8 + Int(bytes.word(at: footer)) % (footer - 7)
        bytes.replace(UInt32(offset), at: footer)
        bytes.replace(0, at: footer + 4)
        bytes.replace(UInt32(footer - offset), at: footer + 8)
        bytes.replace(CRC32C.checksum(Array(bytes[offset..<footer])), at: footer + 12)
        bytes.replace(bytes.word(at: footer + 16) % 8, at: footer + 16)
        bytes.replace(UInt32(SegmentFooter.version), at: footer + 20)
        bytes.replace(CRC32C.checksum(Array(bytes[footer..<(footer + 24)])), at: footer + 24)
        bytes.replaceSubrange((footer + 28)..<(footer + 32), with: Array("V2GS".utf8))
        guard let groups = try? file(bytes).rowGroups() else { return }
        for column in groups.flatMap(\.columns) {
            var start = column.offset
            for length in column.lengths {
                if length >= 5, start >= 8, start + length <= offset {
                    bytes.replace(CRC32C.checksum(Array(bytes[(start + 4)..<(start + length)])), at: start)
                }
                start += length
            }
        }
        let segment = file(bytes)
        _ = try? segment.verify()
        for group in groups {
            let fields = group.columns.dropFirst().map { (name: $0.name, kind: $0.kind) }
            _ = try? segment.read(
                measurement: group.measurement, series: group.series[...], times: .min ... .max, fields: fields)
        }
    }

    private static func file(_ bytes: [UInt8]) -> SegmentFile {
        SegmentFile(disk: JournaledDisk(["/x.segment": bytes]), path: "/x.segment")
    }
}
