import LogicalPlan

/// The SELECT INTO that computes windows of one measurement.
enum RollupStatement {
    static func text(
        _ policy: DownsamplingPolicy, _ level: DownsamplingPolicy.Level, measurement: String, raw: String
    ) -> String {
        let calls = policy.functions.map { "\($0.rawValue)(*)" }.joined(separator: ", ")
        let database = quoted(policy.database)
        let name = quoted(measurement)
        return "SELECT \(calls) INTO \(database).\(quoted(level.retentionPolicy)).\(name) "
            + "FROM \(database).\(quoted(raw)).\(name) GROUP BY time(\(level.every)ns), *"
    }

    private static func quoted(_ name: String) -> String {
        var text = "\""
        for character in name.unicodeScalars {
            switch character {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
        return text + "\""
    }
}
