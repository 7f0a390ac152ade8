import Bytes
package import FileIO
import Telemetry

extension SeriesIndex {
    /// Writes the whole index as a base to an open, empty file; what is removed is left out but for its number.
    ///
    /// - Parameter origin: the bytes of the index file that say what this index says.
    package func writeBase(_ origin: IndexBase.Origin, to file: DiskFile, of disk: any Disk) throws(FileError) {
        var writer = IndexBaseWriter(disk: disk, file: file)
        var directory: [UInt8] = []
        directory.appendVarint(UInt64(numberCount))
        directory.appendVarint(UInt64(removedCount))
        directory.appendVarint(UInt64(writer.offset))
        for word in 0..<((numberCount + 63) / 64) { try writer.append(removedWord(word)) }
        try writer.table(
            numberCount, into: &directory
        ) { number, body throws(FileError) in
            if isRemoved(UInt32(number)) { try body([]) } else { try body(key(UInt32(number))) }
        }
        directory.appendVarint(UInt64(measurements.count))
        for measurement in measurements { try write(measurement, &writer, &directory) }
        try writer.pad(to: 8)
        let directoryStart = writer.offset
        try writer.append(bytes: directory)
        try writer.finish(origin, directoryStart: directoryStart, directoryCount: directory.count)
    }

    private func write(
        _ measurement: Measurement, _ writer: inout IndexBaseWriter, _ directory: inout [UInt8]
    ) throws(FileError) {
        directory.appendCounted(measurement.name.utf8)
        directory.appendVarint(UInt64(measurement.fields.count))
        for (name, kind) in measurement.fields.sorted(by: { $0.key < $1.key }) {
            directory.appendCounted(name.utf8)
            directory.append(kind.rawValue)
        }
        let series = self.series(of: measurement)
        directory.appendVarint(UInt64(series.count))
        directory.appendVarint(UInt64(writer.offset))
        for number in series { try writer.append(number) }
        try writer.pad(to: 8)
        let tags = measurement.tags.filter { $0.memberCount > 0 }
        directory.appendVarint(UInt64(tags.count))
        for tag in tags {
            let places = (0..<tag.placeCount).filter { hasMembers(tag, $0) }
            directory.appendCounted(tag.name)
            try writer.table(places.count, into: &directory) { index, body throws(FileError) in
                try body(tag.value(places[index])[...])
            }
            directory.appendVarint(UInt64(tag.memberCount))
            directory.appendVarint(UInt64(writer.offset))
            var end: UInt32 = 0
            for place in places {
                forEachMember(tag, place) { _ in end += 1 }
                try writer.append(end)
            }
            try writer.pad(to: 8)
            directory.appendVarint(UInt64(writer.offset))
            for place in places {
                for number in members(tag, place) { try writer.append(number) }
            }
            try writer.pad(to: 8)
        }
    }
}

/// Appends to a file in large pieces and sums them up.
private struct IndexBaseWriter {
    private static let pieceByteCount = 1 << 20

    let disk: any Disk
    let file: DiskFile
    private var piece: [UInt8] = []
    private var written = 0
    private var checksum = FoldedChecksum()

    init(disk: any Disk, file: DiskFile) {
        self.disk = disk
        self.file = file
        piece.reserveCapacity(Self.pieceByteCount + 1024)
    }

    /// Where the next byte comes.
    var offset: Int { written + piece.count }

    mutating func append(_ word: UInt64) throws(FileError) {
        piece.appendLittleEndian(word)
        try writeFull()
    }

    mutating func append(_ word: UInt32) throws(FileError) {
        piece.appendLittleEndian(word)
        try writeFull()
    }

    mutating func append(bytes: some Collection<UInt8>) throws(FileError) {
        piece.append(contentsOf: bytes)
        try writeFull()
    }

    mutating func pad(to width: Int) throws(FileError) {
        while offset % width != 0 { piece.append(0) }
        try writeFull()
    }

    /// Writes `count` keys as a `FlatKeyTable` and notes in the directory where it lies.
    ///
    /// - Parameter key: hands key `number` to the closure that it is given.
    mutating func table(
        _ count: Int, into directory: inout [UInt8],
        _ key: (Int, (ArraySlice<UInt8>) throws(FileError) -> Void) throws(FileError) -> Void
    ) throws(FileError) {
        var place = FlatKeyTable.Place()
        place.count = count
        try pad(to: 8)
        place.bytes = offset
        var ends: [UInt64] = []
        ends.reserveCapacity(count)
        place.slotCount = 32
        while place.slotCount * 2 < count * 3 { place.slotCount *= 2 }
        var slots = [UInt64](repeating: 0, count: place.slotCount)
        let mask = place.slotCount - 1
        for number in 0..<count {
            try key(number) { bytes throws(FileError) in
                place.byteCount += bytes.count
                ends.append(UInt64(place.byteCount))
                if bytes.isEmpty { return }
                try append(bytes: bytes)
                let hash = ByteKeyTable.hash(bytes.span)
                var slot = Int(hash >> 32) & mask
                while slots[slot] != 0 { slot = (slot &+ 1) & mask }
                slots[slot] = (hash >> 32) << 32 | UInt64(number + 1)
            }
        }
        try pad(to: 8)
        place.ends = offset
        for end in ends { try append(end) }
        place.slots = offset
        for slot in slots { try append(slot) }
        for value in [place.count, place.ends, place.bytes, place.byteCount, place.slots, place.slotCount] {
            directory.appendVarint(UInt64(value))
        }
    }

    mutating func finish(_ origin: IndexBase.Origin, directoryStart: Int, directoryCount: Int) throws(FileError) {
        try pad(to: FoldedChecksum.stride)
        try write(piece.count)
        var footer = IndexBase.magic
        footer.appendLittleEndian(IndexBase.version)
        footer.appendLittleEndian(checksum.value)
        footer.appendLittleEndian(UInt64(directoryStart))
        footer.appendLittleEndian(UInt64(directoryCount))
        footer.appendLittleEndian(UInt64(written + IndexBase.footerByteCount))
        footer.appendLittleEndian(UInt64(origin.byteCount))
        footer.appendLittleEndian(origin.tailChecksum)
        footer.appendLittleEndian(CRC32C.checksum(footer))
        try disk.append(footer, to: file)
    }

    private mutating func writeFull() throws(FileError) {
        if piece.count >= Self.pieceByteCount { try write(piece.count / FoldedChecksum.stride * FoldedChecksum.stride) }
    }

    private mutating func write(_ count: Int) throws(FileError) {
        if count == 0 { return }
        let whole = count == piece.count ? piece : Array(piece[..<count])
        unsafe whole.withUnsafeBytes { unsafe checksum.update($0) }
        try disk.append(whole, to: file)
        piece.removeFirst(count)
        written += count
    }
}
