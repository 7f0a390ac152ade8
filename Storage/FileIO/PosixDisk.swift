import Glibc

/// The machine's own disk: plain system calls, repeated on EINTR and after short writes.
package struct PosixDisk: Disk {
    /// The disk of this machine.
    package init() {}

    /// Makes a directory and those above it, each durable in the one above.
    package func createDirectory(_ path: String) throws(FileError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            let above = prefix.isEmpty ? "." : prefix
            prefix += (prefix.isEmpty || prefix == "/" ? "" : "/") + part
            if unsafe mkdir(prefix, 0o750) == 0 {
                try syncDirectory(above)
            } else if errno != EEXIST {
                throw failure("mkdir \(prefix)")
            }
        }
    }

    /// The names in a directory, sorted.
    package func list(_ path: String) throws(FileError) -> [String] {
        guard let directory = unsafe opendir(path) else {
            if errno == ENOENT { return [] }
            throw failure("opendir \(path)")
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            // `d_name` is a terminated string inside the entry, valid until the next readdir.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Opens a file.
    package func open(_ path: String, _ mode: OpenMode) throws(FileError) -> DiskFile {
        let flags: Int32 =
            switch mode {
            case .read: O_RDONLY
            case .append: O_RDWR | O_CREAT | O_APPEND
            case .create: O_RDWR | O_CREAT | O_APPEND | O_TRUNC
            }
        while true {
            let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o640)
            if descriptor >= 0 { return DiskFile(number: descriptor) }
            if errno != EINTR { throw failure("open \(path)") }
        }
    }

    /// Closes a file.
    package func close(_ file: DiskFile) throws(FileError) {
        if Glibc.close(file.number) != 0, errno != EINTR { throw failure("close") }
    }

    /// Appends all of `bytes`.
    package func append(_ bytes: [UInt8], to file: DiskFile) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { source in
                // `written` is below `bytes.count`, so the rest is inside the array.
                unsafe write(file.number, source.baseAddress.map { unsafe $0 + written }, bytes.count - written)
            }
            if count > 0 {
                written += count
            } else if count == 0 {
                throw FileError(errno: ENOSPC, operation: "write")
            } else if errno != EINTR {
                throw failure("write")
            }
        }
    }

    /// Reads up to `count` bytes at `offset`.
    package func read(_ file: DiskFile, at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        guard count > 0 else { return [] }
        var problem: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            var got = 0
            while got < count {
                // `got` is below `count`, the capacity of the buffer.
                let step = unsafe pread(
                    file.number, buffer.baseAddress.map { unsafe $0 + got }, count - got, off_t(offset + got))
                if step > 0 {
                    got += step
                } else if step == 0 {
                    break
                } else if errno != EINTR {
                    problem = errno
                    break
                }
            }
            initialized = got
        }
        if problem != 0 { throw FileError(errno: problem, operation: "read") }
        return bytes
    }

    /// The file's length.
    package func size(_ file: DiskFile) throws(FileError) -> Int {
        var status = stat()
        if unsafe fstat(file.number, &status) != 0 { throw failure("stat") }
        return Int(status.st_size)
    }

    /// Cuts the file.
    package func truncate(_ file: DiskFile, to size: Int) throws(FileError) {
        if ftruncate(file.number, off_t(size)) != 0 { throw failure("truncate") }
    }

    /// Waits until the content is on stable storage.
    package func sync(_ file: DiskFile) throws(FileError) {
        // Never repeated: after a failed fdatasync the kernel may have forgotten the dirty pages.
        if fdatasync(file.number) != 0 { throw failure("fdatasync") }
    }

    /// Waits until the directory's entries are on stable storage.
    package func syncDirectory(_ path: String) throws(FileError) {
        let file = try open(path, .read)
        let result = fsync(file.number)
        let problem = errno
        try close(file)
        if result != 0 { throw FileError(errno: problem, operation: "fsync \(path)") }
    }

    /// Gives a file another name.
    package func rename(_ from: String, to: String) throws(FileError) {
        if unsafe Glibc.rename(from, to) != 0 { throw failure("rename \(from) to \(to)") }
    }

    /// Removes a file.
    package func remove(_ path: String) throws(FileError) {
        if unsafe unlink(path) != 0, errno != ENOENT { throw failure("unlink \(path)") }
    }

    /// Removes a directory with all that is in it.
    package func removeDirectory(_ path: String) throws(FileError) {
        for name in try list(path) {
            let inner = path + "/" + name
            if unsafe unlink(inner) != 0 {
                if errno == EISDIR || errno == EPERM {
                    try removeDirectory(inner)
                } else {
                    throw failure("unlink \(inner)")
                }
            }
        }
        if unsafe rmdir(path) != 0, errno != ENOENT { throw failure("rmdir \(path)") }
    }

    /// Gives a file a second name, or copies it to another file system.
    package func link(_ from: String, to: String) throws(FileError) {
        if unsafe Glibc.link(from, to) == 0 { return }
        guard errno == EXDEV || errno == EPERM || errno == EMLINK else { throw failure("link \(from) to \(to)") }
        try rename(stage(contents(of: from), for: to), to: to)
    }

    /// Maps the file.
    package func map(_ path: String) throws(FileError) -> FileBytes {
        let file = try open(path, .read)
        defer { _ = Glibc.close(file.number) }
        let count = try size(file)
        if count == 0 { return FileBytes(copying: []) }
        guard let mapped = FileBytes(mapping: file.number, count: count) else { throw failure("mmap \(path)") }
        return mapped
    }

    private func failure(_ operation: String) -> FileError { FileError(errno: errno, operation: operation) }
}
