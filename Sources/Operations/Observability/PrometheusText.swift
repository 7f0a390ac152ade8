/// Metrics in the Prometheus text exposition format, version 0.0.4.
///
/// - Source: Prometheus documentation, "Exposition formats".
package struct PrometheusText: Sendable {
    private var lines: [String] = []
    private var described: Set<String> = []

    /// A page without metrics.
    package init() {}

    /// What a metric is.
    package enum Kind: String, Sendable {
        case counter, gauge
    }

    /// Adds one sample.
    ///
    /// - Parameters:
    ///   - name: the metric, with its unit last; counters end in `_total`.
    ///   - help: one sentence, given with the first sample of a name.
    ///   - labels: names and values; values are escaped.
    package mutating func add(
        _ name: String, _ kind: Kind, _ help: String, labels: [(String, String)] = [], _ value: Double
    ) {
        if described.insert(name).inserted {
            lines.append("# HELP \(name) \(help)")
            lines.append("# TYPE \(name) \(kind.rawValue)")
        }
        let text = labels.map { "\($0.0)=\"\(Self.escape($0.1))\"" }.joined(separator: ",")
        let number = value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : String(value)
        lines.append("\(name)\(text.isEmpty ? "" : "{\(text)}") \(number)")
    }

    /// Adds one whole-number sample.
    package mutating func add(
        _ name: String, _ kind: Kind, _ help: String, labels: [(String, String)] = [], _ value: some BinaryInteger
    ) {
        add(name, kind, help, labels: labels, Double(value))
    }

    /// The page.
    package var text: String { lines.joined(separator: "\n") + "\n" }

    private static func escape(_ value: String) -> String {
        var result = ""
        for character in value {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result
    }
}
