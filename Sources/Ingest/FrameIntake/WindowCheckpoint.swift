import Bytes
import FileIO

/// The windows' state as it was at a position of the log.
struct SavedWindows: Equatable {
    var position: UInt64
    var topologyText: String
    /// `FleetPipeline.encodeCheckpoint`'s bytes.
    var pipeline: [UInt8]
}

/// The file `windows.checkpoint`: `V2GW`, version (4) = 1, CRC-32C of the content (4), content length (8), then the
/// content: log position (varint), topology text (counted), pipeline (counted). It is replaced as a whole.
struct WindowCheckpoint: Sendable {
    private static let magic: [UInt8] = Array("V2GW".utf8)

    let disk: any Disk
    let directory: String

    private var path: String { directory + "/windows.checkpoint" }

    func save(_ saved: SavedWindows) throws(FileError) {
        var content: [UInt8] = []
        content.appendVarint(saved.position)
        content.appendCounted(saved.topologyText.utf8)
        content.appendCounted(saved.pipeline)
        var bytes = Self.magic
        bytes.appendLittleEndian(UInt32(1))
        bytes.appendLittleEndian(CRC32C.checksum(content))
        bytes.appendLittleEndian(UInt64(content.count))
        try disk.replace(path, with: bytes + content, in: directory)
    }

    /// The saved state, or nil where there is none.
    ///
    /// - Throws: `CorruptBytes` where the file is not what was saved: to start without it would give wrong windows.
    func load() throws -> SavedWindows? {
        guard try disk.list(directory).contains("windows.checkpoint") else { return nil }
        let bytes = try disk.contents(of: path)
        guard bytes.starts(with: Self.magic) else { throw CorruptBytes("\(path) does not begin with V2GW") }
        var reader = ByteReader(bytes, in: 4..<bytes.count)
        let version: UInt32 = try reader.littleEndian()
        guard version == 1 else { throw CorruptBytes("\(path): version \(version), which this engine does not know") }
        let crc: UInt32 = try reader.littleEndian()
        let length: UInt64 = try reader.littleEndian()
        guard length == UInt64(reader.remaining), CRC32C.checksum(Array(bytes[reader.offset...])) == crc else {
            throw CorruptBytes("the checksum of \(path)")
        }
        let position = try reader.varint()
        let topologyText = try reader.text()
        return SavedWindows(position: position, topologyText: topologyText, pipeline: Array(try reader.counted()))
    }
}
