import Bytes
import FileIO

/// The file `continuous.position`: up to when all continuous queries have run.
///
/// All integers are little-endian.
///
/// | offset | size | field     | meaning                                                       |
/// |-------:|-----:|-----------|---------------------------------------------------------------|
/// |      0 |    4 | `magic`   | `V2GQ`                                                        |
/// |      4 |    4 | `version` | 1; a reader refuses any number it does not know               |
/// |      8 |    4 | `crc`     | CRC-32C of `time`                                             |
/// |     12 |    8 | `time`    | nanoseconds since 1970 UTC                                    |
///
/// It is replaced as a whole. Without it, or where it is broken, no window is missed but those that ended while no
/// engine ran.
struct ContinuousPosition: Sendable {
    private static let magic: [UInt8] = Array("V2GQ".utf8)
    private static let name = "continuous.position"
    private static let byteCount = 20

    let disk: any Disk
    let directory: String

    /// The saved time, nil where there is none.
    func load() throws -> Int64? {
        guard try disk.list(directory).contains(Self.name) else { return nil }
        let bytes = try disk.contents(of: directory + "/" + Self.name)
        guard bytes.count == Self.byteCount, bytes.starts(with: Self.magic) else {
            throw CorruptBytes("\(Self.name) is no position")
        }
        var reader = ByteReader(bytes, in: 4..<bytes.count)
        let version: UInt32 = try reader.littleEndian()
        guard version == 1 else { throw CorruptBytes("\(Self.name) of version \(version)") }
        let crc: UInt32 = try reader.littleEndian()
        guard CRC32C.checksum(Array(bytes[reader.offset...])) == crc else {
            throw CorruptBytes("the checksum of \(Self.name)")
        }
        let time: UInt64 = try reader.littleEndian()
        return Int64(bitPattern: time)
    }

    func save(_ time: Int64) throws {
        var content: [UInt8] = []
        content.appendLittleEndian(UInt64(bitPattern: time))
        var bytes = Self.magic
        bytes.appendLittleEndian(UInt32(1))
        bytes.appendLittleEndian(CRC32C.checksum(content))
        try disk.replace(directory + "/" + Self.name, with: bytes + content, in: directory)
    }
}
