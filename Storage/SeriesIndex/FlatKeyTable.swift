import Bytes
import FileIO
import Glibc

/// A `ByteKeyTable` that lies in a file and is only read: keys one behind the other, where each ends, and the slots.
///
/// The n-th key gets the number n. A key without bytes is none: its number was removed. All words are little-endian.
@safe
struct FlatKeyTable: Sendable {
    /// Where a table lies in its file.
    struct Place: Sendable {
        /// How many keys.
        var count = 0
        /// Where the ends begin, 64 bits each.
        var ends = 0
        /// Where the keys begin.
        var bytes = 0
        /// How many bytes the keys take.
        var byteCount = 0
        /// Where the slots begin, 64 bits each: 32 bits of the hash, then the number plus one; 0 is free.
        var slots = 0
        /// How many slots, a power of two.
        var slotCount = 0
    }

    /// How many keys there are.
    let count: Int
    private let owner: FileBytes
    nonisolated(unsafe) private let ends: UnsafeRawPointer
    nonisolated(unsafe) private let bytes: UnsafeRawPointer
    nonisolated(unsafe) private let slots: UnsafeRawPointer
    private let mask: Int

    /// The table at `place`, nil where it does not lie within the file.
    init?(_ owner: FileBytes, _ place: Place) {
        let file = unsafe owner.bytes
        guard place.slotCount > 0, place.slotCount & (place.slotCount - 1) == 0,
            FlatWords<UInt64>.fits(place.ends, count: place.count, width: 8, in: file.count),
            FlatWords<UInt64>.fits(place.bytes, count: place.byteCount, width: 1, in: file.count),
            FlatWords<UInt64>.fits(place.slots, count: place.slotCount, width: 8, in: file.count),
            let start = file.baseAddress
        else { return nil }
        count = place.count
        self.owner = owner
        // The three lie within the file, as was just looked at, and `owner` keeps it.
        unsafe ends = start + place.ends
        unsafe bytes = start + place.bytes
        unsafe slots = start + place.slots
        mask = place.slotCount - 1
        let last = count == 0 ? 0 : end(of: count - 1)
        if last != place.byteCount { return nil }
    }

    private func end(of number: Int) -> Int {
        Int(truncatingIfNeeded: UInt64(littleEndian: unsafe ends.load(fromByteOffset: number * 8, as: UInt64.self)))
    }

    /// Hands the bytes of key `number` to `body`.
    func withKey<Result>(_ number: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        precondition(number >= 0 && number < count, "there is no key \(number)")
        let start = number == 0 ? 0 : end(of: number - 1)
        // Ends ascend up to the count of bytes: the file's checksum was looked at.
        let key = unsafe UnsafeRawBufferPointer(start: bytes + start, count: end(of: number) - start)
        return body(unsafe Span(_unsafeBytes: key))
    }

    /// The number of `key`, whose hash is `hash`, or nil where it is not there.
    func find(_ key: Span<UInt8>, hash: UInt64) -> Int? {
        var slot = Int(hash >> 32) & mask
        while true {
            // The mask keeps it within the slots.
            let entry = UInt64(littleEndian: unsafe slots.load(fromByteOffset: slot * 8, as: UInt64.self))
            if entry == 0 { return nil }
            let number = Int(entry & 0xFFFF_FFFF) - 1
            if entry >> 32 == hash >> 32, number < count, equals(number, key) { return number }
            slot = (slot &+ 1) & mask
        }
    }

    private func equals(_ number: Int, _ key: Span<UInt8>) -> Bool {
        let start = number == 0 ? 0 : end(of: number - 1)
        guard end(of: number) - start == key.count else { return false }
        if key.isEmpty { return true }
        return unsafe key.withUnsafeBytes { key in
            // As many bytes of the table follow `start`.
            unsafe memcmp(bytes + start, key.baseAddress.unsafelyUnwrapped, key.count) == 0
        }
    }
}

/// Words of 32 or 64 bits that lie in a file.
@safe
struct FlatWords<Word: FixedWidthInteger & BitwiseCopyable & Sendable>: Sendable {
    /// How many words there are.
    let count: Int
    private let owner: FileBytes
    nonisolated(unsafe) private let start: UnsafeRawPointer

    /// The words at `offset`, nil where they do not lie within the file.
    init?(_ owner: FileBytes, at offset: Int, count: Int) {
        let file = unsafe owner.bytes
        guard Self.fits(offset, count: count, width: MemoryLayout<Word>.size, in: file.count),
            let first = file.baseAddress
        else { return nil }
        self.count = count
        self.owner = owner
        unsafe start = first + offset
    }

    /// Whether `count` words at `offset` lie within a file, at a whole multiple of their width.
    static func fits(_ offset: Int, count: Int, width: Int, in fileCount: Int) -> Bool {
        offset >= 0 && count >= 0 && offset % width == 0 && offset <= fileCount
            && count <= (fileCount - offset) / width
    }

    subscript(index: Int) -> Word {
        precondition(index >= 0 && index < count, "there is no word \(index)")
        // The words lie within the file that `owner` keeps.
        return Word(littleEndian: unsafe start.load(fromByteOffset: index * MemoryLayout<Word>.size, as: Word.self))
    }
}
