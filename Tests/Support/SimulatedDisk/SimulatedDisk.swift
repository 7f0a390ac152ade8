package import FileIO
import Synchronization

/// A disk in memory that forgets, on a crash, what was not synced, and fails when told to.
///
/// Content is durable after `sync` of the file, a name after `syncDirectory` of its directory.
package final class SimulatedDisk: Disk {
    private struct Node { var bytes: [UInt8]; var durable: [UInt8] }
    private struct State {
        var nodes: [Int32: Node] = [:]
        var names: [String: Int32] = [:]
        var durableNames: [String: Int32] = [:]
        var open: [Int32: Int32] = [:]
        var next: Int32 = 1
        var syncFailure: Int32?
        var appendFailure: Int32?
        var appendsBeforeFailure = Int.max
        var onOpen: (@Sendable (String) -> Void)?
    }
    private let state = Mutex(State())

    /// A disk without files.
    package init() {}

    /// What a power cut leaves: durable names with durable content, plus up to `torn` bytes of each unsynced tail.
    package func crash(torn: Int = 0) -> SimulatedDisk {
        let after = SimulatedDisk()
        state.withLock { old in
            after.state.withLock { new in
                for (name, node) in old.durableNames {
                    guard let content = old.nodes[node] else { continue }
                    var bytes = content.durable
                    if torn > 0, content.bytes.count > bytes.count {
                        bytes = Array(content.bytes[..<min(content.bytes.count, bytes.count + torn)])
                    }
                    new.nodes[node] = Node(bytes: bytes, durable: bytes)
                    new.names[name] = node
                    new.durableNames[name] = node
                    new.next = max(new.next, node + 1)
                }
            }
        }
        return after
    }

    package func failSync(_ errno: Int32?) { state.withLock { $0.syncFailure = errno } }
    package func failAppend(_ errno: Int32?) { state.withLock { $0.appendFailure = errno } }
    /// Lets `count` more appends through and then fails each as a full disk does, until the next call.
    package func fillAfter(appends count: Int?) {
        state.withLock { $0.appendsBeforeFailure = count ?? .max }
    }
    /// Calls `hook` with the path before a file is opened.
    package func onOpen(_ hook: (@Sendable (String) -> Void)?) { state.withLock { $0.onOpen = hook } }
    package func flip(_ path: String, at index: Int) {
        state.withLock { state in
            guard let node = state.names[path] else { return }
            state.nodes[node]?.bytes[index] ^= 0x10
        }
    }
    package func size(of path: String) -> Int {
        state.withLock { state in state.names[path].flatMap { state.nodes[$0]?.bytes.count } ?? 0 }
    }
    package var paths: [String] { state.withLock { $0.names.keys.sorted() } }

    package func createDirectory(_ path: String) throws(FileError) {}
    package func list(_ path: String) throws(FileError) -> [String] {
        state.withLock { state in
            let inside = state.names.keys.filter { $0.hasPrefix(path + "/") }.map { $0.dropFirst(path.count + 1) }
            return Set(inside.map { String($0.split(separator: "/")[0]) }).sorted()
        }
    }
    package func open(_ path: String, _ mode: OpenMode) throws(FileError) -> DiskFile {
        if let hook = state.withLock({ $0.onOpen }) { hook(path) }
        let number: Int32? = state.withLock { state in
            var node = state.names[path]
            if node == nil {
                if mode == .read { return nil }
                node = state.next
                state.nodes[state.next] = Node(bytes: [], durable: [])
                state.names[path] = state.next
                state.next += 1
            }
            if mode == .create, let node { state.nodes[node]?.bytes = [] }
            let handle = state.next
            state.next += 1
            state.open[handle] = node
            return handle
        }
        guard let number else { throw FileError(errno: 2, operation: "open \(path)") }
        return DiskFile(number: number)
    }
    package func close(_ file: DiskFile) throws(FileError) { state.withLock { $0.open[file.number] = nil } }
    package func append(_ bytes: [UInt8], to file: DiskFile) throws(FileError) {
        let problem: Int32? = state.withLock { state in
            guard let node = state.open[file.number] else { return 9 }
            if state.appendsBeforeFailure == 0 { return 28 }
            if state.appendsBeforeFailure < .max { state.appendsBeforeFailure -= 1 }
            if let failure = state.appendFailure {
                // A short write before the error, as a full disk gives.
                state.nodes[node]?.bytes.append(contentsOf: bytes.prefix(bytes.count / 2))
                return failure
            }
            state.nodes[node]?.bytes.append(contentsOf: bytes)
            return nil
        }
        if let problem { throw FileError(errno: problem, operation: "write") }
    }
    package func read(_ file: DiskFile, at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        let bytes: [UInt8]? = state.withLock { state in
            state.open[file.number].flatMap { state.nodes[$0] }.map { node in
                offset >= node.bytes.count ? [] : Array(node.bytes[offset..<min(node.bytes.count, offset + count)])
            }
        }
        guard let bytes else { throw FileError(errno: 9, operation: "read") }
        return bytes
    }
    package func size(_ file: DiskFile) throws(FileError) -> Int {
        state.withLock { state in state.open[file.number].flatMap { state.nodes[$0]?.bytes.count } ?? 0 }
    }
    package func truncate(_ file: DiskFile, to size: Int) throws(FileError) {
        state.withLock { state in
            guard let node = state.open[file.number], let count = state.nodes[node]?.bytes.count, count > size else {
                return
            }
            state.nodes[node]?.bytes.removeLast(count - size)
        }
    }
    package func sync(_ file: DiskFile) throws(FileError) {
        let problem: Int32? = state.withLock { state in
            if let failure = state.syncFailure { return failure }
            if let node = state.open[file.number], let bytes = state.nodes[node]?.bytes {
                state.nodes[node]?.durable = bytes
            }
            return nil
        }
        if let problem { throw FileError(errno: problem, operation: "fdatasync") }
    }
    package func syncDirectory(_ path: String) throws(FileError) {
        state.withLock { state in
            for name in Set(state.names.keys).union(state.durableNames.keys)
            where name.hasPrefix(path + "/") && !name.dropFirst(path.count + 1).contains("/") {
                state.durableNames[name] = state.names[name]
            }
        }
    }
    package func rename(_ from: String, to: String) throws(FileError) {
        state.withLock { state in
            state.names[to] = state.names[from]
            state.names[from] = nil
        }
    }
    package func remove(_ path: String) throws(FileError) { state.withLock { $0.names[path] = nil } }
    package func removeDirectory(_ path: String) throws(FileError) {
        state.withLock { state in
            for name in state.names.keys where name.hasPrefix(path + "/") { state.names[name] = nil }
        }
    }
}
