/// Why the disk refused.
package struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kernel's number, as in errno(3).
    package let errno: Int32
    /// What was tried, with the path.
    package let operation: String

    /// The failure of `operation` with `errno`.
    package init(errno: Int32, operation: String) {
        self.errno = errno
        self.operation = operation
    }

    /// Whether the disk, or the quota, is full: the one failure that goes away by itself.
    package var isDiskFull: Bool { errno == 28 || errno == 122 }

    /// Operation and number.
    package var description: String { "\(operation): \(FileError.text(errno)) (errno \(errno))" }

    private static func text(_ errno: Int32) -> String {
        switch errno {
        case 2: "no such file or directory"
        case 5: "input/output error"
        case 9: "bad file descriptor"
        case 13: "permission denied"
        case 17: "file exists"
        case 24: "too many open files"
        case 28: "no space left on device"
        case 30: "read-only file system"
        case 122: "disk quota exceeded"
        default: "failed"
        }
    }
}
