package import Bytes
package import FileIO
import Telemetry

/// The first series of an index as they lie in a file, ready to be asked: nothing is built when it is opened.
///
/// It is made from the index file and says nothing that is not in it: where it is missing, damaged or of another version
/// the index is built from the index file, so that it may be taken away at any time. Series that are removed later are
/// marked in the `SeriesIndex`, new ones stand there too.
///
/// The file, all integers little-endian: sections of words at multiples of 8, padding to a multiple of 32, then
/// the footer of 56 bytes: magic "V2GB", version (4), `FoldedChecksum` of all before the footer (8), where the directory
/// begins and how long it is (8 each), the length of the file (8), how many bytes of the index file it stands for (8) and
/// CRC-32C of the last of those (4), CRC-32C of the footer's bytes before (4). The directory:
/// how many numbers were given out and how many of them removed, where the bits of the removed begin, a table of the keys;
/// the measurements, each with name, fields (name, type), its series (where, how many), its tags: name, table of the values,
/// where the ends of the posting lists (32 bits) and the lists begin, how many numbers are in them. A table: count of
/// keys, where the ends begin, the bytes, their count, the slots, their count. Numbers are varints, texts are counted.
package final class IndexBase: Sendable {
    /// What makes the file one of an index file as it was at one time.
    package struct Origin: Sendable, Equatable {
        /// How many bytes of the index file it stands for.
        package var byteCount: Int
        /// CRC-32C of the last of those, at most `tailByteCount`: another file of that name has others there.
        package var tailChecksum: UInt32

        /// How many bytes `tailChecksum` is of.
        package static let tailByteCount = 256

        /// The origin that ends with these bytes of the index file.
        package init(byteCount: Int, tail: [UInt8]) {
            self.init(byteCount: byteCount, tailChecksum: CRC32C.checksum(tail))
        }

        init(byteCount: Int, tailChecksum: UInt32) {
            self.byteCount = byteCount
            self.tailChecksum = tailChecksum
        }
    }

    struct Tag: Sendable {
        var name: [UInt8]
        var values: FlatKeyTable
        /// Where the list of each value ends.
        var ends: FlatWords<UInt32>
        /// The lists, one behind the other.
        var members: FlatWords<UInt32>

        /// The numbers in the list of a value.
        func list(_ place: Int) -> Range<Int> { (place == 0 ? 0 : Int(ends[place - 1]))..<Int(ends[place]) }
    }

    struct Measurement: Sendable {
        var name: String
        var fields: [String: FieldKind]
        var series: FlatWords<UInt32>
        var tags: [Tag]
    }

    static let magic = Array("V2GB".utf8)
    static let version: UInt32 = 1
    static let footerByteCount = 56

    /// What it was made from.
    package let origin: Origin
    /// How many numbers it knows; those of removed series are among them.
    package let numberCount: Int
    let removedCount: Int
    let removed: [UInt64]
    let keys: FlatKeyTable
    let measurements: [Measurement]

    /// Opens a file and looks at its checksums.
    ///
    /// - Throws: what is wrong with it.
    package init(_ file: FileBytes) throws(CorruptBytes) {
        let all = unsafe file.bytes
        guard file.count >= Self.footerByteCount,
            (file.count - Self.footerByteCount) % FoldedChecksum.stride == 0
        else {
            throw CorruptBytes("an index base of \(file.count) bytes")
        }
        let contentCount = file.count - Self.footerByteCount
        func copy(_ range: Range<Int>) -> [UInt8] { unsafe Array(UnsafeRawBufferPointer(rebasing: all[range])) }
        let footer = copy(contentCount..<file.count)
        guard footer.starts(with: Self.magic) else { throw CorruptBytes("no index base") }
        var reader = ByteReader(footer, in: 4..<footer.count)
        let version = try reader.littleEndian(UInt32.self)
        guard version == Self.version else { throw CorruptBytes("an index base of version \(version)") }
        let checksum = try reader.littleEndian(UInt64.self)
        let directoryStart = Int(truncatingIfNeeded: try reader.littleEndian(UInt64.self))
        let directoryCount = Int(truncatingIfNeeded: try reader.littleEndian(UInt64.self))
        let length = Int(truncatingIfNeeded: try reader.littleEndian(UInt64.self))
        origin = Origin(
            byteCount: Int(truncatingIfNeeded: try reader.littleEndian(UInt64.self)),
            tailChecksum: try reader.littleEndian(UInt32.self))
        guard try reader.littleEndian(UInt32.self) == CRC32C.checksum(Array(footer.dropLast(4))),
            length == file.count, directoryStart >= 0, directoryCount >= 0, directoryStart <= contentCount,
            directoryCount <= contentCount - directoryStart
        else { throw CorruptBytes("the footer of an index base") }
        var folded = FoldedChecksum()
        unsafe folded.update(UnsafeRawBufferPointer(rebasing: all[0..<contentCount]))
        guard folded.value == checksum else { throw CorruptBytes("the checksum of an index base") }

        var entry = DirectoryReader(
            file: file, reader: ByteReader(copy(directoryStart..<(directoryStart + directoryCount))))
        numberCount = try entry.number()
        removedCount = try entry.number()
        let bits = try entry.words(UInt64.self, count: (numberCount + 63) / 64)
        removed = removedCount == 0 ? [] : (0..<bits.count).map { bits[$0] }
        keys = try entry.table()
        guard keys.count == numberCount, removedCount <= numberCount else {
            throw CorruptBytes("the keys of an index base")
        }
        var measurements: [Measurement] = []
        for _ in 0..<(try entry.number()) { measurements.append(try entry.measurement()) }
        self.measurements = measurements
    }
}

/// Reads what the directory of an index base names.
private struct DirectoryReader {
    let file: FileBytes
    var reader: ByteReader

    mutating func number() throws(CorruptBytes) -> Int { try reader.count(limit: Int.max) }

    mutating func words<Word: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ type: Word.Type, count: Int
    ) throws(CorruptBytes) -> FlatWords<Word> {
        guard let words = FlatWords<Word>(file, at: try number(), count: count) else {
            throw CorruptBytes("a section of an index base")
        }
        return words
    }

    mutating func table() throws(CorruptBytes) -> FlatKeyTable {
        var place = FlatKeyTable.Place()
        place.count = try number()
        place.ends = try number()
        place.bytes = try number()
        place.byteCount = try number()
        place.slots = try number()
        place.slotCount = try number()
        guard let table = FlatKeyTable(file, place) else { throw CorruptBytes("a table of an index base") }
        return table
    }

    mutating func measurement() throws(CorruptBytes) -> IndexBase.Measurement {
        let name = try reader.text()
        var fields: [String: FieldKind] = [:]
        for _ in 0..<(try number()) {
            let field = try reader.text()
            guard let kind = FieldKind(rawValue: try reader.byte()) else {
                throw CorruptBytes("a field of unknown type")
            }
            fields[field] = kind
        }
        let count = try number()
        let series = try words(UInt32.self, count: count)
        var tags: [IndexBase.Tag] = []
        for _ in 0..<(try number()) {
            let name = Array(try reader.counted())
            let values = try table()
            let memberCount = try number()
            let ends = try words(UInt32.self, count: values.count)
            let members = try words(UInt32.self, count: memberCount)
            tags.append(IndexBase.Tag(name: name, values: values, ends: ends, members: members))
        }
        return IndexBase.Measurement(name: name, fields: fields, series: series, tags: tags)
    }
}
