package import FileIO
import Synchronization

/// A fault that a journaled disk has been told to show.
package struct DiskFault: Sendable {
    /// Which call fails, counted from 0; later ones too where `isLasting`.
    package var call: Int
    /// What it fails with.
    package var errno: Int32
    /// Whether all later calls of this kind fail too, until the fault is taken back.
    package var isLasting: Bool

    /// A fault of one call, or from one call on.
    package init(call: Int, errno: Int32, isLasting: Bool) {
        (self.call, self.errno, self.isLasting) = (call, errno, isLasting)
    }
}

/// A disk in memory that keeps a journal of every change, so that each power cut can be looked at that could have come,
/// and that fails the n-th of its calls when told to.
package final class JournaledDisk: Disk {
    private struct State {
        var tree: FileTree
        var journal: [FileTree.Change] = []
        var open: [Int32: Int] = [:]
        var nextHandle: Int32 = 1
        var nextNode: Int
        var calls: [String] = []
        var fault: DiskFault?
        var failing: String?
    }
    private let state: Mutex<State>

    /// A disk that holds `files`, all of them certain.
    package init(_ files: [String: [UInt8]] = [:]) {
        let tree = FileTree(files)
        state = Mutex(State(tree: tree, nextNode: tree.nodeCount))
    }

    /// Every change so far, in order.
    package var journal: [FileTree.Change] { state.withLock { $0.journal } }
    /// The kind of each call so far.
    package var calls: [String] { state.withLock { $0.calls } }
    /// The paths that a process sees.
    package var paths: [String] { state.withLock { $0.tree.names.keys.sorted() } }
    /// Descriptors that are open.
    package var openCount: Int { state.withLock { $0.open.count } }
    /// The files that a power cut would leave now.
    package func image(_ choice: FileTree.Choice) -> [String: [UInt8]] { state.withLock { $0.tree.image(choice) } }
    /// Notes something in the journal.
    package func mark(_ number: Int) { state.withLock { $0.journal.append(.mark(number)) } }
    /// Shows a fault from now on, or none any more.
    package func show(_ fault: DiskFault?) {
        state.withLock { state in
            state.fault = fault
            state.failing = nil
        }
    }

    /// Counts a call; what it fails with, or nil.
    private static func problem(_ kind: String, _ state: inout State) -> Int32? {
        let number = state.calls.count
        state.calls.append(kind)
        guard let fault = state.fault else { return nil }
        if number == fault.call {
            if fault.isLasting { state.failing = kind }
            return fault.errno
        }
        return state.failing == kind ? fault.errno : nil
    }

    private func perform<Result>(
        _ kind: String, onFault: (inout State) -> Void = { _ in }, _ body: (inout State) -> Result?
    ) throws(FileError) -> Result {
        let outcome: Swift.Result<Result, FileError> = state.withLock { state in
            if let errno = Self.problem(kind, &state) {
                onFault(&state)
                return .failure(FileError(errno: errno, operation: kind))
            }
            guard let result = body(&state) else { return .failure(FileError(errno: 2, operation: kind)) }
            return .success(result)
        }
        return try outcome.get()
    }

    private static func change(_ change: FileTree.Change, _ state: inout State) {
        state.tree.apply(change)
        state.journal.append(change)
    }

    package func createDirectory(_ path: String) throws(FileError) { try perform("mkdir") { _ in () } }
    package func list(_ path: String) throws(FileError) -> [String] {
        try perform("list") { state in
            let inside = state.tree.names.keys.filter { $0.hasPrefix(path + "/") }.map { $0.dropFirst(path.count + 1) }
            return Set(inside.map { String($0.split(separator: "/")[0]) }).sorted()
        }
    }
    package func open(_ path: String, _ mode: OpenMode) throws(FileError) -> DiskFile {
        try perform("open") { state in
            if state.tree.names[path] == nil {
                if mode == .read { return nil }
                Self.change(.make(path: path, node: state.nextNode), &state)
                state.nextNode += 1
            }
            guard let node = state.tree.names[path] else { return nil }
            if mode == .create { Self.change(.cut(node: node, size: 0), &state) }
            let handle = state.nextHandle
            state.nextHandle += 1
            state.open[handle] = node
            return DiskFile(number: handle)
        }
    }
    package func close(_ file: DiskFile) throws(FileError) {
        // Linux lets go of the descriptor even where close reports an error.
        try perform("close", onFault: { $0.open[file.number] = nil }) { state in
            state.open.removeValue(forKey: file.number).map { _ in () }
        }
    }
    package func append(_ bytes: [UInt8], to file: DiskFile) throws(FileError) {
        try perform(
            "append",
            onFault: { state in
                // A part of it is in the file, as when the disk gets full.
                guard let node = state.open[file.number] else { return }
                Self.change(.write(node: node, bytes: Array(bytes.prefix(bytes.count * 2 / 3))), &state)
            },
            { state -> Void? in
                guard let node = state.open[file.number] else { return nil }
                Self.change(.write(node: node, bytes: bytes), &state)
                return ()
            })
    }
    package func read(_ file: DiskFile, at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        try perform("read") { state in
            guard let node = state.open[file.number] else { return nil }
            let bytes = state.tree.bytes(node)
            return offset >= bytes.count ? [] : Array(bytes[offset..<min(bytes.count, offset + count)])
        }
    }
    package func size(_ file: DiskFile) throws(FileError) -> Int {
        try perform("size") { state in state.open[file.number].map { state.tree.bytes($0).count } }
    }
    package func truncate(_ file: DiskFile, to size: Int) throws(FileError) {
        try perform("truncate") { state -> Void? in
            guard let node = state.open[file.number] else { return nil }
            Self.change(.cut(node: node, size: size), &state)
            return ()
        }
    }
    package func sync(_ file: DiskFile) throws(FileError) {
        try perform(
            "sync",
            onFault: { state in
                if let node = state.open[file.number] { Self.change(.lose(node: node), &state) }
            },
            { state -> Void? in
                guard let node = state.open[file.number] else { return nil }
                Self.change(.sync(node: node), &state)
                return ()
            })
    }
    package func syncDirectory(_ path: String) throws(FileError) {
        try perform("syncDirectory") { Self.change(.syncDirectory(path: path), &$0) }
    }
    package func rename(_ from: String, to: String) throws(FileError) {
        try perform("rename") { Self.change(.rename(from: from, to: to), &$0) }
    }
    package func remove(_ path: String) throws(FileError) {
        try perform("remove") { Self.change(.remove(path: path), &$0) }
    }
    package func removeDirectory(_ path: String) throws(FileError) {
        try perform("removeDirectory") { state in
            for name in state.tree.names.keys.sorted() where name.hasPrefix(path + "/") {
                Self.change(.remove(path: name), &state)
            }
        }
    }
}
