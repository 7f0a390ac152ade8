import EngineConfiguration
import FleetPipeline
import Testing

@Suite("Streams of the configuration")
struct StreamSettingsTests {
    @Test("each kind of window and aggregate is read")
    func reads() throws {
        let text = """
            windows: {allowed_lateness_s: 30}
            streams:
              Settlement:
                from: Power_Flow
                field: active_power_w
                group_by: [Feeder_ID]
                window: {calendar: 15m, zone: Europe/Amsterdam}
                aggregates: [mean, energy_wh, p95, distinct EVSE_ID]
              Hop: {from: M, field: v, window: {hopping_s: 300, every_s: 60}, aggregates: [sum], lateness_s: 5, hold_s: 0}
              Tumble: {from: M, field: v, window: {tumbling_s: 7}, aggregates: [min, max, count, first, last]}
              Session: {from: M, field: v, window: {session_gap_s: 1800}, aggregates: [p0, p100]}
            """
        let streams = try EngineConfiguration(yaml: text, file: "c.yaml").streams
        #expect(streams.map(\.name) == ["Settlement", "Hop", "Tumble", "Session"])
        #expect(streams[0].aggregates == [.mean, .energyWh, .quantile(95), .distinct(tag: "EVSE_ID")])
        #expect(streams[0].groupBy == ["Feeder_ID"] && streams[0].lateness == 30_000_000_000)
        #expect(streams[1].window == .hopping(size: 300_000_000_000, every: 60_000_000_000))
        #expect(streams[1].lateness == 5_000_000_000 && streams[1].hold == 0)
        #expect(streams[2].window == .tumbling(7_000_000_000) && streams[2].hold == 15_000_000_000)
        #expect(streams[3].window == .session(gap: 1_800_000_000_000))
    }

    @Test("a zone's table has the changes of the clocks")
    func zone() throws {
        let table = try #require(ZoneTable(named: "Europe/Amsterdam"))
        #expect(table.changes.contains(.init(at: 1_774_746_000, offset: 7200)))
        #expect(table.changes.contains(.init(at: 1_792_890_000, offset: 3600)))
        #expect(ZoneTable(named: "Middle/Earth") == nil)
        #expect(ZoneTable(named: "UTC")?.changes.isEmpty == true)
    }

    @Test(
        "what cannot be is refused with file and line",
        arguments: [
            ("window: {tumbling_s: 7, session_gap_s: 3}", "aggregates: [sum]", "c.yaml:5: stream S: one of"),
            (
                "window: {hopping_s: 7, every_s: 3}", "aggregates: [sum]",
                "c.yaml:5: stream S: hopping_s must be a multiple"
            ),
            ("window: {hopping_s: 7}", "aggregates: [sum]", "c.yaml:5: stream S: every_s goes with hopping_s"),
            ("window: {tumbling_s: 0}", "aggregates: [sum]", "c.yaml:5: tumbling_s must be a whole number"),
            ("window: {calendar: 5m, zone: UTC}", "aggregates: [sum]", "c.yaml:5: stream S: calendar must be 15m"),
            (
                "window: {calendar: 1d, zone: Nowhere/At}", "aggregates: [sum]",
                "c.yaml:5: stream S: zone Nowhere/At is not known"
            ),
            (
                "window: {calendar: 1d}", "aggregates: [sum]",
                "c.yaml:5: stream S: every_s goes with hopping_s, and zone"
            ),
            ("window: {tumbling_s: 7}", "aggregates: [median]", "c.yaml:6: stream S: median is none of sum"),
            ("window: {tumbling_s: 7}", "aggregates: []", "stream S has no aggregates"),
            ("window: {tumbling_s: 7}", "agregates: [sum]", "c.yaml:3: stream S has no aggregates"),
            ("window: {tumbling_s: 7, x: 1}", "aggregates: [sum]", "c.yaml:5: unknown key x"),
            ("window: {tumbling_s: 7}", "aggregates: [p101]", "c.yaml:6: stream S: p101 is none"),
        ])
    func refusals(window: String, aggregates: String, expected: String) {
        let text = "streams:\n  S:\n    from: M\n    field: v\n    \(window)\n    \(aggregates)"
        do {
            _ = try EngineConfiguration(yaml: text, file: "c.yaml")
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains(expected), "\(error.description)")
        }
    }

    @Test("a stream may not be called like a measurement of the engine's own")
    func takenName() {
        #expect(throws: ConfigurationError.self) {
            try EngineConfiguration(
                yaml: "streams: {Feeder_Aggregate: {from: M, field: v, window: {tumbling_s: 7}, aggregates: [sum]}}",
                file: "c.yaml")
        }
    }
}
