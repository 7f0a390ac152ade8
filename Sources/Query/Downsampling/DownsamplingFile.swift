import Bytes
import FileIO

/// How far the levels of all policies are.
struct SavedProgress: Equatable {
    struct Level: Equatable {
        /// Every window that ends at or before it was computed, nanoseconds since 1970 UTC.
        var finished: Int64
        /// Windows to compute again, by measurement.
        var stale: [String: TimeRanges]
    }

    /// Up to where the log was looked through for late rows.
    var position: UInt64
    /// By `Downsampler.key`.
    var levels: [String: Level]
}

/// The file `downsampling.state`: `V2GD`, version (4) = 1, CRC-32C of the content (4), content length (8), then the content:
/// log position (varint), number of levels (varint), and for each its key (counted text), `finished` (zigzag), number of
/// measurements (varint), and for each its name (counted), number of stretches (varint), and for each start and end
/// (zigzag). It is replaced as a whole.
struct DownsamplingFile: Sendable {
    private static let magic: [UInt8] = Array("V2GD".utf8)
    private static let name = "downsampling.state"

    let disk: any Disk
    let directory: String

    private var path: String { directory + "/" + Self.name }

    func save(_ saved: SavedProgress) throws(FileError) {
        var content: [UInt8] = []
        content.appendVarint(saved.position)
        content.appendVarint(UInt64(saved.levels.count))
        for (key, level) in saved.levels.sorted(by: { $0.key < $1.key }) {
            content.appendCounted(key.utf8)
            content.appendZigZag(level.finished)
            content.appendVarint(UInt64(level.stale.count))
            for (measurement, stretches) in level.stale.sorted(by: { $0.key < $1.key }) {
                content.appendCounted(measurement.utf8)
                content.appendVarint(UInt64(stretches.ranges.count))
                for range in stretches.ranges {
                    content.appendZigZag(range.lowerBound)
                    content.appendZigZag(range.upperBound)
                }
            }
        }
        var bytes = Self.magic
        bytes.appendLittleEndian(UInt32(1))
        bytes.appendLittleEndian(CRC32C.checksum(content))
        bytes.appendLittleEndian(UInt64(content.count))
        try disk.replace(path, with: bytes + content, in: directory)
    }

    /// What was saved, nil where nothing was.
    ///
    /// - Throws: `CorruptBytes` where the file is not what was saved.
    func load() throws -> SavedProgress? {
        guard try disk.list(directory).contains(Self.name) else { return nil }
        let bytes = try disk.contents(of: path)
        guard bytes.starts(with: Self.magic) else { throw CorruptBytes("\(path) does not begin with V2GD") }
        var reader = ByteReader(bytes, in: 4..<bytes.count)
        let version: UInt32 = try reader.littleEndian()
        guard version == 1 else { throw CorruptBytes("\(path): version \(version), which this engine does not know") }
        let crc: UInt32 = try reader.littleEndian()
        let length: UInt64 = try reader.littleEndian()
        guard length == UInt64(reader.remaining), CRC32C.checksum(Array(bytes[reader.offset...])) == crc else {
            throw CorruptBytes("the checksum of \(path)")
        }
        var saved = SavedProgress(position: try reader.varint(), levels: [:])
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let key = try reader.text()
            var level = SavedProgress.Level(finished: try reader.zigZag(), stale: [:])
            for _ in 0..<(try reader.count(limit: reader.remaining)) {
                let measurement = try reader.text()
                var stretches = TimeRanges()
                for _ in 0..<(try reader.count(limit: reader.remaining)) {
                    let (start, end) = (try reader.zigZag(), try reader.zigZag())
                    guard start < end else {
                        throw CorruptBytes("\(path): a stretch of time that ends before it begins")
                    }
                    stretches.insert(start..<end)
                }
                level.stale[measurement] = stretches
            }
            saved.levels[key] = level
        }
        return saved
    }
}
