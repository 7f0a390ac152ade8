/// What a disk holds, what of it would outlive a power cut, and what could: the changes since the last syncs.
///
/// A file's content is certain after `sync`, a name after `syncDirectory` of its directory. What came since may be there
/// or not, page by page and name by name, in any order; a rename is there whole or not at all.
package struct FileTree: Sendable {
    /// One change, as a disk's journal keeps it.
    package enum Change: Sendable {
        case make(path: String, node: Int)
        case write(node: Int, bytes: [UInt8])
        case cut(node: Int, size: Int)
        case sync(node: Int)
        /// A sync that failed: the kernel has forgotten what was to be written, and shows it all the same.
        case lose(node: Int)
        case rename(from: String, to: String)
        case remove(path: String)
        case syncDirectory(path: String)
        /// Something that a test wants to find again in the journal.
        case mark(Int)
    }

    /// Which of the uncertain changes a power cut leaves.
    package enum Choice: Sendable {
        /// None.
        case dropped
        /// All.
        case kept
        /// All, but of the last write to each file only the pages of `page` bytes before the `boundary`th in it.
        case torn(page: Int, boundary: Int)
        /// Pages of `page` bytes and names at random, newer ones without older ones too.
        case reordered(page: Int, seed: UInt64)
    }

    private enum Pending: Sendable {
        case write(offset: Int, bytes: [UInt8])
        case cut(size: Int)
    }
    private struct Node: Sendable {
        var visible: [UInt8] = []
        var durable: [UInt8] = []
        var pending: [Pending] = []
    }

    private var nodes: [Int: Node] = [:]
    private var durableNames: [String: Int] = [:]
    private var pendingNames: [String: [Change]] = [:]
    /// The files as a running process sees them.
    package private(set) var names: [String: Int] = [:]

    /// A tree in which all of `files` is certain.
    package init(_ files: [String: [UInt8]] = [:]) {
        for (number, path) in files.keys.sorted().enumerated() {
            let bytes = files[path] ?? []
            nodes[number] = Node(visible: bytes, durable: bytes)
            names[path] = number
        }
        durableNames = names
    }

    /// How many files there ever were.
    package var nodeCount: Int { nodes.count }

    /// The content of a file as a running process sees it.
    package func bytes(_ node: Int) -> [UInt8] { nodes[node]?.visible ?? [] }

    /// Whether some change could be lost.
    package var isCertain: Bool {
        pendingNames.values.allSatisfy(\.isEmpty) && nodes.values.allSatisfy(\.pending.isEmpty)
    }

    /// Carries a change out.
    package mutating func apply(_ change: Change) {
        switch change {
        case .make(let path, let node):
            nodes[node] = Node()
            names[path] = node
            pendingNames[Self.directory(path), default: []].append(change)
        case .write(let node, let bytes):
            let offset = nodes[node]?.visible.count ?? 0
            nodes[node]?.visible += bytes
            nodes[node]?.pending.append(.write(offset: offset, bytes: bytes))
        case .cut(let node, let size):
            guard let count = nodes[node]?.visible.count, count > size else { return }
            nodes[node]?.visible.removeLast(count - size)
            nodes[node]?.pending.append(.cut(size: size))
        case .sync(let node):
            guard let file = nodes[node] else { return }
            nodes[node]?.durable = Self.versions(file).last ?? []
            nodes[node]?.pending = []
        case .lose(let node): nodes[node]?.pending = []
        case .rename(let from, let to):
            names[to] = names.removeValue(forKey: from)
            pendingNames[Self.directory(to), default: []].append(change)
        case .remove(let path):
            guard names.removeValue(forKey: path) != nil else { return }
            pendingNames[Self.directory(path), default: []].append(change)
        case .syncDirectory(let path):
            for name in pendingNames.removeValue(forKey: path) ?? [] { Self.apply(name, to: &durableNames) }
        case .mark: break
        }
    }

    /// The files that a power cut leaves.
    package func image(_ choice: Choice) -> [String: [UInt8]] {
        var random = SplitMix(state: 0)
        if case .reordered(_, let seed) = choice { random = SplitMix(state: seed) }
        var found = durableNames
        for path in pendingNames.keys.sorted() {
            let changes = pendingNames[path] ?? []
            var limit = changes.count
            if case .dropped = choice { limit = 0 }
            var isSubset = false
            if case .reordered = choice {
                limit = random.below(changes.count + 1)
                isSubset = random.below(2) == 0
            }
            for (place, change) in changes.enumerated() {
                if isSubset ? random.below(2) == 0 : place < limit { Self.apply(change, to: &found) }
            }
        }
        var files: [String: [UInt8]] = [:]
        for path in found.keys.sorted() {
            guard let node = found[path].flatMap({ nodes[$0] }) else { continue }
            files[path] = Self.content(node, choice, &random)
        }
        return files
    }

    private static func content(_ node: Node, _ choice: Choice, _ random: inout SplitMix) -> [UInt8] {
        if node.pending.isEmpty { return node.durable }
        let versions = Self.versions(node)
        let newest = versions[versions.count - 1]
        switch choice {
        case .dropped: return node.durable
        case .kept: return newest
        case .torn(let page, let boundary):
            guard case .write(let offset, let bytes) = node.pending[node.pending.count - 1] else { return newest }
            let end = (offset / page + boundary) * page
            return Array(newest[..<max(min(offset, newest.count), min(offset + bytes.count, end))])
        case .reordered(let page, _):
            let size = versions[random.below(versions.count)].count
            var content = [UInt8](repeating: 0, count: size)
            for start in stride(from: 0, to: size, by: page) {
                let version = versions[random.below(versions.count)]
                let end = min(start + page, size, version.count)
                if start < end { content.replaceSubrange(start..<end, with: version[start..<end]) }
            }
            return content
        }
    }

    /// The certain content, and what it becomes with each uncertain change.
    private static func versions(_ node: Node) -> [[UInt8]] {
        var versions = [node.durable]
        var content = node.durable
        for change in node.pending {
            switch change {
            case .write(let offset, let bytes):
                if content.count < offset + bytes.count {
                    content += [UInt8](repeating: 0, count: offset + bytes.count - content.count)
                }
                content.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
            case .cut(let size): if content.count > size { content.removeLast(content.count - size) }
            }
            versions.append(content)
        }
        return versions
    }

    private static func apply(_ change: Change, to names: inout [String: Int]) {
        switch change {
        case .make(let path, let node): names[path] = node
        case .rename(let from, let to): if let node = names.removeValue(forKey: from) { names[to] = node }
        case .remove(let path): names[path] = nil
        default: break
        }
    }

    static func directory(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }
}

/// A small generator of numbers that one seed replays.
package struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The generator of a seed.
    package init(state: UInt64) { self.state = state }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// A number under `limit`, which is over 0.
    package mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
