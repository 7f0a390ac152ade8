/// A checksum of 64 bits over many bytes at the pace of memory: four lanes of words, each multiplied and folded, so that
/// the multiplications do not wait for each other.
///
/// It finds what a disk damages; it is no defence against somebody who wants to deceive.
struct FoldedChecksum {
    private static let multiplier: UInt64 = 0xD6E8_FEB8_6659_FD93
    /// How many bytes a step takes; what is summed up in pieces comes in multiples of it.
    static let stride = 32

    private var lanes: (UInt64, UInt64, UInt64, UInt64) = (1, 2, 3, 4)

    /// Adds bytes whose count is a multiple of `stride`.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count % Self.stride == 0, "\(bytes.count) bytes are no whole steps")
        var lanes = lanes
        for offset in Swift.stride(from: 0, to: bytes.count, by: Self.stride) {
            // A whole step follows `offset`.
            lanes.0 = Self.fold(lanes.0, unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            lanes.1 = Self.fold(lanes.1, unsafe bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            lanes.2 = Self.fold(lanes.2, unsafe bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
            lanes.3 = Self.fold(lanes.3, unsafe bytes.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self))
        }
        self.lanes = lanes
    }

    /// The checksum of everything so far.
    var value: UInt64 {
        Self.fold(Self.fold(Self.fold(lanes.0, lanes.1), lanes.2), lanes.3)
    }

    /// A bijection of `lane` for each word, and of the word for each lane, so that no single change of a word is lost.
    @inline(__always)
    private static func fold(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        let mixed = (lane ^ UInt64(littleEndian: word)) &* multiplier
        return mixed ^ (mixed >> 32)
    }
}
