import InfluxQL
import LogicalPlan

/// The SELECT INTO that computes windows of one measurement.
enum RollupStatement {
    static func text(
        _ policy: DownsamplingPolicy, _ level: DownsamplingPolicy.Level, measurement: String, raw: String
    ) -> String {
        let calls = policy.functions.map { "\($0.rawValue)(*)" }.joined(separator: ", ")
        let database = quoteIdentifier(policy.database)
        let name = quoteIdentifier(measurement)
        return "SELECT \(calls) INTO \(database).\(quoteIdentifier(level.retentionPolicy)).\(name) "
            + "FROM \(database).\(quoteIdentifier(raw)).\(name) GROUP BY time(\(level.every)ns), *"
    }
}
