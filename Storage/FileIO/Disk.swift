/// An open file of a `Disk`; the number means something only to the disk that gave it.
package struct DiskFile: Hashable, Sendable {
    /// The disk's own number for the file.
    package let number: Int32

    /// The file with this number.
    package init(number: Int32) { self.number = number }
}

/// How a file is opened.
package enum OpenMode: Sendable {
    /// For reading.
    case read
    /// For appending, made where it is not there.
    case append
    /// For appending, emptied or made.
    case create
}

/// The seam between the store and the machine's disk, at which tests simulate faults.
///
/// Every call may fail with the kernel's own number. What was written is durable after `sync`; that a file is there, or
/// was renamed or removed, is durable after `syncDirectory` of its directory.
package protocol Disk: Sendable {
    /// Makes a directory and those above it, durably; one that is there already is no error.
    func createDirectory(_ path: String) throws(FileError)
    /// The names in a directory, sorted; empty where there is none.
    func list(_ path: String) throws(FileError) -> [String]
    /// Opens a file; `close` must follow.
    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> DiskFile
    /// Closes a file; what was not synced may be lost.
    func close(_ file: DiskFile) throws(FileError)
    /// Appends all of `bytes`, or throws; on an error an unknown part of them is in the file.
    func append(_ bytes: [UInt8], to file: DiskFile) throws(FileError)
    /// Reads up to `count` bytes at `offset`; fewer at the end of the file.
    func read(_ file: DiskFile, at offset: Int, count: Int) throws(FileError) -> [UInt8]
    /// The file's length in bytes.
    func size(_ file: DiskFile) throws(FileError) -> Int
    /// Cuts the file to `size` bytes.
    func truncate(_ file: DiskFile, to size: Int) throws(FileError)
    /// Returns when the file's content is on stable storage.
    func sync(_ file: DiskFile) throws(FileError)
    /// Returns when the entries of a directory are on stable storage.
    func syncDirectory(_ path: String) throws(FileError)
    /// Gives a file another name; a file of that name is replaced.
    func rename(_ from: String, to: String) throws(FileError)
    /// Removes a file.
    func remove(_ path: String) throws(FileError)
    /// Removes a directory with all that is in it; one that is not there is no error.
    func removeDirectory(_ path: String) throws(FileError)
    /// Gives a file that no longer changes a second name; where that cannot be, a copy has it.
    func link(_ from: String, to: String) throws(FileError)
    /// The whole content of a file that is not changed any more.
    func map(_ path: String) throws(FileError) -> FileBytes
}

extension Disk {
    /// A copy under the second name, for disks without links.
    package func link(_ from: String, to: String) throws(FileError) {
        try rename(stage(contents(of: from), for: to), to: to)
    }

    /// The whole content, read, for disks that cannot map.
    package func map(_ path: String) throws(FileError) -> FileBytes { FileBytes(copying: try contents(of: path)) }

    /// The whole content of a file.
    package func contents(of path: String) throws(FileError) -> [UInt8] {
        let file = try open(path, .read)
        do {
            let bytes = try read(file, at: 0, count: size(file))
            try close(file)
            return bytes
        } catch {
            try? close(file)  // The first error is the one to report.
            throw error
        }
    }

    /// Puts `bytes` at `path` so that after a crash the file is the old one or the new one, whole.
    package func replace(_ path: String, with bytes: [UInt8], in directory: String) throws(FileError) {
        try rename(stage(bytes, for: path), to: path)
        try syncDirectory(directory)
    }

    /// Puts `bytes`, durably, beside `path`: what has that content is returned, to be renamed.
    package func stage(_ bytes: [UInt8], for path: String) throws(FileError) -> String {
        let temporary = path + ".tmp"
        let file = try open(temporary, .create)
        do {
            try append(bytes, to: file)
            try sync(file)
        } catch {
            try? close(file)  // The first error is the one to report.
            throw error
        }
        try close(file)
        return temporary
    }
}
