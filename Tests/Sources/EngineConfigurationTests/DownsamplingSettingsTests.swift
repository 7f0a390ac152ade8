import EngineConfiguration
import LogicalPlan
import Testing

@Suite("Downsampling of the configuration")
struct DownsamplingSettingsTests {
    private static let day: Int64 = 86_400_000_000_000

    @Test("policies and levels are read, with their defaults")
    func reads() throws {
        let text = """
            downsampling:
              - database: telemetry
                retention_policy: raw
                keep: 7d
                measurements: [Power_Flow]
                functions: [mean, max]
                delay_s: 5
                levels:
                  - {every: 1m, keep: 365d}
                  - {every: 15m, keep: inf, retention_policy: quarters}
              - database: telegraf
                levels: [{every: 90s, keep: 52w}]
            """
        let policies = try EngineConfiguration(yaml: text, file: "c.yaml").downsampling
        var first = DownsamplingPolicy(
            database: "telemetry",
            levels: [
                .init(every: 60_000_000_000, retentionPolicy: "1m", keep: 365 * Self.day),
                .init(every: 900_000_000_000, retentionPolicy: "quarters", keep: 0),
            ])
        first.retentionPolicy = "raw"
        first.keep = 7 * Self.day
        first.measurements = ["Power_Flow"]
        first.functions = [.mean, .max]
        first.delay = 5_000_000_000
        let second = DownsamplingPolicy(
            database: "telegraf",
            levels: [.init(every: 90_000_000_000, retentionPolicy: "90s", keep: 364 * Self.day)])
        #expect(policies == [first, second])
    }

    @Test(
        "what cannot be is refused with file and line",
        arguments: [
            ("", "levels: [{every: 1m, keep: 1d}]", "c.yaml:2: downsampling: an entry names no database"),
            ("database: d", "levels: []", "c.yaml:3: downsampling of d has no levels"),
            (
                "database: d", "levels: [{keep: 1d}]",
                "c.yaml:3: a level of downsampling says not how long its windows are"
            ),
            ("database: d", "levels: [{every: 1m}]", "c.yaml:3: level 1m says not how long it is kept"),
            ("database: d", "levels: [{every: inf, keep: 1d}]", "c.yaml:3: every: inf is no duration"),
            ("database: d", "levels: [{every: 1y, keep: 1d}]", "c.yaml:3: every: 1y is no duration"),
            ("database: d", "levels: [{every: 0m, keep: 1d}]", "c.yaml:3: every: 0m is no duration"),
            (
                "database: d", "levels: [{every: 9223372036854775807w, keep: 1d}]",
                "c.yaml:3: every: 9223372036854775807w is"
            ),
            ("database: d", "levels: [{every: 1m, keep: ever}]", "c.yaml:3: keep: ever is no duration"),
            (
                "database: d", "levels: [{every: 2m, keep: 1d}, {every: 3m, keep: 1d}]",
                "c.yaml:3: level 3m: its windows are no multiple"
            ),
            (
                "database: d", "levels: [{every: 1m, keep: 1d}, {every: 2m, keep: 1d, retention_policy: 1m}]",
                "c.yaml:3: level 2m: retention policy \"1m\" is another one's"
            ),
            (
                "database: d", "functions: [median]\n    levels: [{every: 1m, keep: 1d}]",
                "c.yaml:3: functions: median is none of count"
            ),
            ("database: d", "levels: [{every: 1m, keep: 5m}]", "c.yaml:3: keep: 5m is less than the hour"),
            ("database: d", "levels: [{every: 1d, keep: 1d}]", "c.yaml:3: level 1d: its windows are not kept"),
            ("keep: 1h", "database: d\n    levels: [{every: 1h, keep: 1d}]", "c.yaml:2: keep: raw rows go before"),
            (
                "database: d",
                "levels: [{every: 1m, keep: 1d}]\n  - database: d\n    keep: 1d\n    levels: [{every: 2m, keep: 1d}]",
                "c.yaml:4: downsampling of d: raw rows are kept as long as another"
            ),
            ("database: d", "level: 1", "c.yaml:2: downsampling of d has no levels"),
            (
                "database: d", "levels: [{every: 1m, keep: 1d}]\n  - database: d\n    levels: [{every: 1m, keep: 2d}]",
                "c.yaml:4: downsampling: retention policy 1m is filled twice"
            ),
        ])
    func refusals(first: String, second: String, reason: String) {
        let text = "downsampling:\n  - \(first.isEmpty ? "delay_s: 1" : first)\n    \(second)\n"
        let error = #expect(throws: ConfigurationError.self) { try EngineConfiguration(yaml: text, file: "c.yaml") }
        #expect(error?.description.hasPrefix(reason) == true, "\(error?.description ?? "")")
    }
}
