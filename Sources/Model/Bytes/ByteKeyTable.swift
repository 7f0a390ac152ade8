import Glibc

/// Byte strings to dense numbers: an open-addressing table over one arena, without a String or an object a key.
///
/// The n-th distinct key gets the number n. A slot holds 32 bits of the hash beside the number, so that a probe touches
/// the arena only for a likely match, and the table grows without a look at the keys. A key that is taken out is not found any more; its number and bytes stay, and the
/// same key gets a new number when it comes again.
package struct ByteKeyTable: Sendable {
    /// Every key, one behind the other.
    package private(set) var arena: [UInt8] = []
    private var ends: [Int] = []
    private var slots: [UInt64]
    private var mask: Int

    /// An empty table with room for about `capacity` keys.
    package init(capacity: Int = 16) {
        var size = 32
        while size < capacity * 2 { size *= 2 }
        slots = [UInt64](repeating: 0, count: size)
        mask = size - 1
    }

    /// How many numbers it has given out.
    package var count: Int { ends.count }

    /// The bytes of key `number` within `arena`.
    package func range(of number: Int) -> Range<Int> {
        (number == 0 ? 0 : ends[number - 1])..<ends[number]
    }

    /// A copy of key `number`.
    package func key(_ number: Int) -> ArraySlice<UInt8> { arena[range(of: number)] }

    /// The number of `key`, or nil where it is not there.
    package func find(_ key: Span<UInt8>) -> Int? { find(key, hash: Self.hash(key)) }

    /// The number of `key`, whose hash is known already, or nil where it is not there.
    package func find(_ key: Span<UInt8>, hash: UInt64) -> Int? {
        slot(of: key, hash).map { Int(slots[$0] & 0xFFFF_FFFF) - 1 }
    }

    private func slot(of key: Span<UInt8>, _ hash: UInt64) -> Int? {
        var slot = Int(hash >> 32) & mask
        while slots[slot] != 0 {
            if slots[slot] >> 32 == hash >> 32, equals(Int(slots[slot] & 0xFFFF_FFFF) - 1, key) { return slot }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    private func slot(ofKey number: Int) -> Int? {
        let key = arena.span.extracting(range(of: number))
        return slot(of: key, Self.hash(key))
    }

    /// Takes key `number` out; one that is out already is let be.
    package mutating func remove(_ number: Int) {
        guard var hole = slot(ofKey: number),
            Int(slots[hole] & 0xFFFF_FFFF) - 1 == number
        else { return }
        // What lies behind it without a gap moves up where it would not be found otherwise.
        var next = (hole &+ 1) & mask
        while slots[next] != 0 {
            let home = Int(slots[next] >> 32) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        slots[hole] = 0
    }

    /// The number of `key`, which is put in where it is not there yet.
    package mutating func insert(_ key: Span<UInt8>) -> (number: Int, isNew: Bool) {
        insert(key, hash: Self.hash(key))
    }

    /// The number of `key`, whose hash is known already; it is put in where it is not there yet.
    package mutating func insert(_ key: Span<UInt8>, hash: UInt64) -> (number: Int, isNew: Bool) {
        var slot = Int(hash >> 32) & mask
        while slots[slot] != 0 {
            if slots[slot] >> 32 == hash >> 32, equals(Int(slots[slot] & 0xFFFF_FFFF) - 1, key) {
                return (Int(slots[slot] & 0xFFFF_FFFF) - 1, false)
            }
            slot = (slot &+ 1) & mask
        }
        let number = ends.count
        unsafe key.withUnsafeBufferPointer { bytes in
            // The span is alive for the call, which copies all of it.
            unsafe arena.append(contentsOf: bytes)
        }
        ends.append(arena.count)
        slots[slot] = (hash >> 32) << 32 | UInt64(number + 1)
        if ends.count * 2 > slots.count { grow() }
        return (number, true)
    }

    private mutating func grow() {
        var larger = [UInt64](repeating: 0, count: slots.count * 2)
        mask = larger.count - 1
        for entry in slots where entry != 0 {
            var slot = Int(entry >> 32) & mask
            while larger[slot] != 0 { slot = (slot &+ 1) & mask }
            larger[slot] = entry
        }
        slots = larger
    }

    private func equals(_ number: Int, _ key: Span<UInt8>) -> Bool {
        let range = range(of: number)
        guard range.count == key.count else { return false }
        if range.isEmpty { return true }
        return unsafe arena.withUnsafeBytes { stored in
            unsafe key.withUnsafeBytes { key in
                // The range lies within the arena, and the key has as many bytes.
                unsafe memcmp(
                    stored.baseAddress.unsafelyUnwrapped + range.lowerBound, key.baseAddress.unsafelyUnwrapped,
                    key.count)
                    == 0
            }
        }
    }

    /// Eight bytes a step, multiplied and folded: the shape of wyhash without its secrets.
    package static func hash(_ key: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(key.count)
        unsafe key.withUnsafeBytes { bytes in
            var index = 0
            while index < bytes.count {
                var word: UInt64 = 0
                if index &+ 8 <= bytes.count {
                    // Eight bytes follow `index`.
                    word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                } else {
                    for place in (index..<bytes.count).reversed() { word = unsafe word &<< 8 | UInt64(bytes[place]) }
                }
                let product = (hash ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
                hash = product.high ^ product.low
                index &+= 8
            }
        }
        let product = hash.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.high ^ product.low
    }
}
