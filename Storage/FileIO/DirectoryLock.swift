import Glibc

/// Holds a directory for one process: two engines on one store would overwrite each other's files.
///
/// The kernel lets go of it when the process ends, however it ends.
package struct DirectoryLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock file `LOCK` in `directory`, which must be there.
    ///
    /// - Throws: errno 11 (would block) where another process holds it.
    package init(_ directory: String) throws(FileError) {
        let path = directory + "/LOCK"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw FileError(errno: errno, operation: "open \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let problem = errno
            _ = close(descriptor)
            throw FileError(errno: problem, operation: "\(path) is held by another process: lock")
        }
        self.descriptor = descriptor
    }

    /// Lets go of it now; a lock that is needed to the end of a scope is released there, since a value may end earlier.
    package consuming func release() {}

    deinit { _ = close(descriptor) }
}
