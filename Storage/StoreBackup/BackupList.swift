package import Bytes

/// The file `backup.list`: what a backup consists of, so that a restore can tell a whole one from a damaged one.
///
/// Text, one line each: `V2GB 1`, then for every file its CRC-32C in 8 hexadecimal digits, its length and its path within
/// the backup, separated by blanks, and last `end`, the count of files and the CRC-32C of all lines before. It is
/// written last: a directory without it is no backup. A reader refuses a version that it does not know.
package struct BackupList: Sendable, Equatable {
    /// The file's name within the backup.
    package static let name = "backup.list"

    /// One file of a backup.
    package struct File: Sendable, Equatable {
        /// The path within the backup.
        package let path: String
        /// The length in bytes.
        package let byteCount: Int
        /// The CRC-32C of the content.
        package let crc: UInt32
    }

    /// The files, in the order of the copy.
    package var files: [File] = []

    init() {}

    /// The file's bytes.
    func encode() -> [UInt8] {
        var text = "V2GB 1\n"
        for file in files { text += "\(Self.digits(file.crc)) \(file.byteCount) \(file.path)\n" }
        let crc = CRC32C.checksum(Array(text.utf8))
        return Array((text + "end \(files.count) \(Self.digits(crc))\n").utf8)
    }

    /// Reads the file's bytes.
    package init(_ bytes: [UInt8]) throws(CorruptBytes) {
        let text = String(decoding: bytes, as: UTF8.self)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let head = lines.first, head.hasPrefix("V2GB ") else {
            throw CorruptBytes("a list that does not begin with V2GB")
        }
        guard head == "V2GB 1" else {
            throw CorruptBytes("backup version \(head.dropFirst(5)), which this program does not know")
        }
        guard lines.count >= 3, lines.removeLast().isEmpty, let last = lines.popLast() else {
            throw CorruptBytes("a list without its end")
        }
        for line in lines.dropFirst() {
            let parts = line.split(separator: " ", maxSplits: 2)
            guard parts.count == 3, let crc = UInt32(parts[0], radix: 16), let count = Int(parts[1]), count >= 0 else {
                throw CorruptBytes("the line \(line)")
            }
            let path = String(parts[2])
            guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
                throw CorruptBytes("the path \(path)")
            }
            files.append(File(path: path, byteCount: count, crc: crc))
        }
        var again = BackupList()
        again.files = files
        guard again.encode() == bytes else { throw CorruptBytes("the checksum of the list: its end is \(last)") }
    }

    private static func digits(_ crc: UInt32) -> String {
        let digits = String(crc, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
