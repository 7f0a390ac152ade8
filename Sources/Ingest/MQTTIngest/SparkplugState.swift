import Telemetry

/// What is known of Sparkplug's edge nodes: their births, the names behind aliases, where their sequence stands.
///
/// It is a pure value: told what came, it answers what has to be asked for.
struct SparkplugState {
    /// A metric as its birth named it.
    struct Named: Equatable {
        let name: String
        let datatype: UInt64
    }

    struct Node {
        /// By alias; one alias has one meaning within a node and its devices.
        var aliases: [UInt64: Named] = [:]
        var devices: Set<String> = []
        /// The sequence number of the last message; nil where any may come.
        var lastSequence: UInt64?
        var isBorn = false
        /// The number of the session by NBIRTH, which NDEATH repeats.
        var session: UInt64?
        /// When births were asked for last, ns since 1970 UTC.
        var lastRequest: Int64?
    }

    /// A node that has to be asked for its births.
    struct Rebirth: Equatable, Hashable {
        let group: String
        let edge: String

        var topic: String { "spBv1.0/\(group)/NCMD/\(edge)" }
    }

    /// Nodes that are known at most; further ones are read as long as they give names.
    static let nodeLimit = 10_000
    /// Aliases that a node may have, and devices.
    static let aliasLimit = 100_000
    /// The least time between two requests to one node.
    static let requestInterval: Int64 = 60 * Timestamp.second

    private var nodes: [Rebirth: Node] = [:]
    /// Who has to be asked now.
    private(set) var requests: [Rebirth] = []

    /// What is known of a node.
    subscript(_ id: Rebirth) -> Node { nodes[id] ?? Node() }

    /// Changes what is known of a node, in place.
    mutating func update(_ id: Rebirth, _ change: (inout Node) -> Void) {
        guard nodes[id] != nil || nodes.count < Self.nodeLimit else { return }
        change(&nodes[id, default: Node()])
    }

    /// Takes note of a sequence number; answers whether it does not follow the last one.
    mutating func note(sequence: UInt64?, of id: Rebirth) -> Bool {
        var isGap = false
        update(id) { node in
            if let sequence, let last = node.lastSequence {
                isGap = sequence != (last + 1) & 0xFF && sequence != last
            }
            if let sequence { node.lastSequence = sequence & 0xFF }
        }
        return isGap
    }

    /// Asks a node for its births, unless that was done within the last minute.
    mutating func request(_ id: Rebirth, now: Int64) {
        if let last = nodes[id]?.lastRequest, now >= last, now - last < Self.requestInterval { return }
        guard nodes[id] != nil || nodes.count < Self.nodeLimit else { return }
        nodes[id, default: Node()].lastRequest = now
        requests.append(id)
    }

    /// Takes out who has to be asked.
    mutating func takeRequests() -> [Rebirth] {
        defer { requests = [] }
        return requests
    }

    /// Forgets where the sequences stand: what was read comes again.
    mutating func forgetSequences() {
        for id in nodes.keys { nodes[id]?.lastSequence = nil }
    }
}
