import Yams

/// What is wrong with a configuration or topology file, and where.
package struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// `file:line: reason`.
    package let description: String

    /// The reason, at a line counted from 1.
    package init(file: String, line: Int?, _ reason: String) {
        description = line.map { "\(file):\($0): \(reason)" } ?? "\(file): \(reason)"
    }
}

/// A YAML mapping whose keys are checked: what is not asked for is refused by name.
struct CheckedMapping {
    let file: String
    private let mapping: Node.Mapping
    private let node: Node
    private var asked: Set<String> = []

    init(_ node: Node, file: String, what: String) throws(ConfigurationError) {
        guard let mapping = node.mapping else {
            throw ConfigurationError(file: file, line: node.mark?.line, "\(what) must be a mapping")
        }
        self.file = file
        self.node = node
        self.mapping = mapping
    }

    /// The keys and values in the order of the file; for mappings whose keys are names.
    var entries: [(name: String, node: Node)] {
        mapping.map { (name: $0.key.string ?? "", node: $0.value) }
    }

    /// The value of a key, nil where it is absent or null.
    mutating func node(_ key: String) -> Node? {
        asked.insert(key)
        guard let value = mapping[key], value.null == nil else { return nil }
        return value
    }

    mutating func text(_ key: String) throws(ConfigurationError) -> String? {
        guard let node = node(key) else { return nil }
        guard let scalar = node.scalar else { throw error(node, "\(key) must be a text") }
        return scalar.string
    }

    /// A number within `range`.
    mutating func number(_ key: String, in range: ClosedRange<Double>) throws(ConfigurationError) -> Double? {
        guard let node = node(key) else { return nil }
        guard let value = node.scalar.flatMap({ Double($0.string) }), range.contains(value) else {
            throw error(
                node,
                "\(key) must be a number from \(Self.plain(range.lowerBound)) to \(Self.plain(range.upperBound)), not \(node.scalar?.string ?? "a list")"
            )
        }
        return value
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int64>) throws(ConfigurationError) -> Int64? {
        guard let node = node(key) else { return nil }
        guard let value = node.scalar.flatMap({ Int64($0.string) }), range.contains(value) else {
            throw error(node, "\(key) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    mutating func boolean(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let node = node(key) else { return nil }
        guard let value = node.bool else { throw error(node, "\(key) must be true or false") }
        return value
    }

    /// A list of texts, each there once.
    mutating func texts(_ key: String) throws(ConfigurationError) -> [String]? {
        guard let node = node(key) else { return nil }
        guard let sequence = node.sequence else { throw error(node, "\(key) must be a list of texts") }
        var texts: [String] = []
        for entry in sequence {
            guard let text = entry.scalar?.string, !text.isEmpty, !texts.contains(text) else {
                throw error(entry, "\(key): an entry is no text, empty, or stands twice")
            }
            texts.append(text)
        }
        return texts
    }

    /// Refuses the keys that nobody asked for.
    func finish() throws(ConfigurationError) {
        for (key, _) in mapping {
            guard let name = key.string, asked.contains(name) else {
                throw error(
                    key, "unknown key \(key.string ?? "?"); known here: \(asked.sorted().joined(separator: ", "))")
            }
        }
    }

    func error(_ node: Node?, _ reason: String) -> ConfigurationError {
        ConfigurationError(file: file, line: (node ?? self.node).mark?.line, reason)
    }

    private static func plain(_ value: Double) -> String {
        value.isFinite && value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : "\(value)"
    }
}

/// The root node of a YAML text; an empty text is an empty mapping.
func composeYAML(_ text: String, file: String) throws(ConfigurationError) -> Node {
    do {
        return try Yams.compose(yaml: text) ?? Node([(Node, Node)]())
    } catch let error as YamlError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            throw ConfigurationError(file: file, line: mark.line, problem)
        default: throw ConfigurationError(file: file, line: nil, "\(error)")
        }
    } catch {
        throw ConfigurationError(file: file, line: nil, "\(error)")
    }
}
