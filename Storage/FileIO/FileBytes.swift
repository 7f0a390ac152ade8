import Glibc

/// The content of a file that does not change any more: mapped where the disk can, else read. It is there as long as this
/// is, also when the file has been replaced or removed.
///
/// A page of a mapped file that the machine cannot read ends the process (SIGBUS), as does a file that somebody cuts.
@safe
package final class FileBytes: Sendable {
    nonisolated(unsafe) private let start: UnsafeRawPointer
    private let isMapped: Bool
    /// How many bytes there are.
    package let count: Int

    /// A copy of `bytes`.
    package init(copying bytes: [UInt8]) {
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 8)
        // The allocation has room for all of the array.
        unsafe bytes.withUnsafeBytes {
            unsafe copy.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(copy), byteCount: $0.count)
        }
        unsafe start = UnsafeRawPointer(copy)
        count = bytes.count
        isMapped = false
    }

    /// Maps the first `count` bytes of an open file; nil with `errno` where the kernel will not.
    init?(mapping descriptor: Int32, count: Int) {
        guard count > 0, let address = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0),
            unsafe address != MAP_FAILED
        else { return nil }
        unsafe start = UnsafeRawPointer(address)
        self.count = count
        isMapped = true
    }

    deinit {
        if isMapped {
            unsafe munmap(UnsafeMutableRawPointer(mutating: start), count)
        } else {
            unsafe start.deallocate()
        }
    }

    /// All bytes; not to be used any more when this has gone.
    package var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: start, count: count) }
}
