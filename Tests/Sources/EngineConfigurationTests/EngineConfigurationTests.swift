import EngineConfiguration
import Telemetry
import FleetPipeline
import Testing

@Suite("Topology file")
struct TopologyFileTests {
    @Test("the form of the grid page is read, defaults and sites included")
    func reads() throws {
        let text = """
            defaults:     {max_charge_w: 11000, max_discharge_w: 0, soc_min_pct: 20, soc_max_pct: 90, battery_wh: 60000}
            transformers: {TR1: {type: onan-distribution, rated_va: 400000, ambient_c: 20, background_w: 0, power_factor: 1.0, thermal_limit: true}}
            feeders:      {F1: {transformer: TR1, import_limit_w: 250000, export_limit_w: 250000}}
            sites:        {S1: {feeder: F1}}
            evses:        {E1: {site: S1, max_charge_w: 22000, max_discharge_w: 10000, departure: 2026-01-01T07:00:00Z,
                                departure_soc_pct: 80, ocpp: {station: CS00001, evse: 1}}, E2: {feeder: F1}}
            fcr:          {limited_energy_s: 900, stale_after_s: 15, charge_efficiency: 0.95, discharge_efficiency: 0.95}
            """
        let topology = try TopologyFile.parse(text, file: "t.yaml")
        #expect(topology.evses["E1"]?.feeder == "F1" && topology.evses["E1"]?.site == "S1")
        #expect(topology.evses["E1"]?.departure == 1_767_250_800_000_000_000)
        #expect(topology.evses["E2"]?.maxChargeW == 11_000)
        #expect(topology.evseID(station: "CS00001", evse: 1) == "E1")
        #expect(topology.evseID(station: "CS00001", evse: 2) == "CS00001:2")
        #expect(topology.tags(evseID: "E1").map { $0.1 } == ["E1", "F1", "S1"])
    }

    @Test("JSON is YAML")
    func json() throws {
        let topology = try TopologyFile.parse(
            #"{"feeders": {"F": {"import_limit_w": 5}}, "evses": {"E": {"feeder": "F", "departure_ns": 7}}}"#,
            file: "t.json")
        #expect(topology.evses["E"]?.departure == 7 && topology.feeders["F"]?.importLimitW == 5)
    }

    @Test(
        "what cannot be is refused with file and line",
        arguments: [
            ("feeders:\n  F: {transformer: T}", "t.yaml:2: feeder F names transformer T, which is not there"),
            (
                "feeders:\n  F: {import_limit_w: -1}",
                "t.yaml:2: import_limit_w must be a number from 0 to 1000000000000, not -1"
            ),
            ("evses:\n  E: {site: S}", "t.yaml:2: EVSE E names site S, which is not there"),
            ("evses:\n  E: {}", "t.yaml:2: EVSE E names neither a feeder nor a site"),
            (
                "nonsense: 1",
                "t.yaml:1: unknown key nonsense; known here: defaults, evses, fcr, feeders, sites, transformers"
            ),
            ("feeders: [", "t.yaml:2: did not find expected node content"),
            ("feeders: 3", "t.yaml:1: feeders must be a mapping"),
        ])
    func refuses(text: String, message: String) {
        #expect(throws: ConfigurationError.self) { try TopologyFile.parse(text, file: "t.yaml") }
        do { _ = try TopologyFile.parse(text, file: "t.yaml") } catch { #expect(error.description == message) }
    }
}

@Suite("Engine configuration")
struct EngineConfigurationTests {
    @Test("a file changes what it names and nothing else")
    func reads() throws {
        let settings = try EngineConfiguration(
            yaml:
                "data: /var/lib/x\nocpp: off\nhttp: '[::1]:0'\nwindows: {allowed_lateness_s: 30, lengths_s: [1, 900], operators: [Fleet_Aggregate, FCR_Audit]}",
            file: "c.yaml")
        var expected = EngineConfiguration()
        expected.windowLengthsS = [1, 900]
        expected.operators = [.fleet, .audit]
        expected.data = "/var/lib/x"
        expected.ocpp = .off
        expected.http = .at(host: "::1", port: 0)
        expected.allowedLatenessS = 30
        #expect(settings == expected)
        #expect(try EngineConfiguration(yaml: "", file: "c.yaml") == EngineConfiguration())
    }

    @Test("operators are told lateness, lengths, groups and outputs one by one, and streams their outputs")
    func operators() throws {
        let text = """
            windows:
              percentiles_every_s: 0
              operators:
                - Fleet_Aggregate
                - Feeder_Aggregate: {lengths_s: [60], groups: [F1, F2]}
                - FCR_Readiness: {lateness_s: 10, outputs: [store, grpc]}
            streams:
              Own: {from: M, field: v, window: {tumbling_s: 60}, aggregates: [sum], outputs: [store]}
            """
        let settings = try EngineConfiguration(yaml: text, file: "c.yaml")
        #expect(settings.operators == [.fleet, .feeder, .readiness] && settings.spreadEveryS == nil)
        #expect(settings.perOperator.count == 2)
        #expect(
            settings.perOperator[.feeder]?.lengths == [60] && settings.perOperator[.feeder]?.groups == ["F1", "F2"])
        #expect(settings.perOperator[.readiness]?.lateness == 10_000_000_000)
        #expect(settings.outputs == ["FCR_Readiness": .grpc, "Own": []])
    }

    @Test("users, certificates, limits and datagrams are off until they are named")
    func access() throws {
        let text = """
            auth: true
            shared_secret: s
            ping_auth: true
            tls_cert: c.pem
            tls_key: k.pem
            max_connection_limit: 9
            max_body_kib: 2
            max_header_kib: 1
            udp: 127.0.0.1:8089
            udp_database: d
            udp_precision: ms
            """
        let settings = try EngineConfiguration(yaml: text, file: "c.yaml")
        var expected = EngineConfiguration()
        #expect(!expected.isAuthenticated && expected.tlsCertificate == nil && expected.udp == .off)
        (expected.isAuthenticated, expected.sharedSecret, expected.isPingAuthenticated) = (true, "s", true)
        (expected.tlsCertificate, expected.tlsKey) = ("c.pem", "k.pem")
        (expected.connectionLimit, expected.bodyByteLimit, expected.headerByteLimit) = (9, 2048, 1024)
        (expected.udp, expected.udpDatabase, expected.udpPrecision) = (.at(host: "127.0.0.1", port: 8089), "d", "ms")
        #expect(settings == expected)
    }

    @Test(
        "a wrong setting is refused by name and line",
        arguments: [
            ("http: nowhere", "c.yaml:1: http: nowhere is neither HOST:PORT nor off"),
            ("datta: x", "c.yaml:1: unknown key datta"),
            ("auth: maybe", "c.yaml:1: auth must be true or false"),
            ("udp_precision: d", "c.yaml:1: udp_precision: d is none of ns, u, ms, s, m, h"),
            ("memtable_mib: 0", "c.yaml:1: memtable_mib must be a whole number"),
            ("windows: {lengths_s: [1, 7]}", "c.yaml:1: lengths_s: 7 is no part of a day in whole seconds"),
            ("windows: {lengths_s: [60, 1]}", "c.yaml:1: lengths_s: 1 is no part"),
            ("windows: {lengths_s: 60}", "c.yaml:1: lengths_s must be a list of whole seconds"),
            (
                "windows:\n  operators: [Feeder_Aggregate, FCR]",
                "c.yaml:2: operators: FCR is none of Feeder_Aggregate, "
            ),
            ("windows: {operators: [FCR_Audit, FCR_Audit]}", "c.yaml:1: operators: FCR_Audit stands twice"),
            ("windows: {operators: all}", "c.yaml:1: operators must be a list"),
            (
                "windows:\n  operators:\n    - FCR_Readiness: {lateness_s: 61}",
                "c.yaml:3: lateness_s must be a number from 0 to 60, not 61"
            ),
            (
                "windows: {operators: [{FCR_Audit: {lateness_s: 5}}]}",
                "c.yaml:1: operator FCR_Audit: its rows come by the allowed lateness alone"
            ),
            (
                "windows: {operators: [{Site_Aggregate: {lengths_s: [7]}}]}",
                "c.yaml:1: operator Site_Aggregate: lengths_s must be some of 1, 60, of an aggregate"
            ),
            (
                "windows: {operators: [{FCR_Readiness: {lengths_s: [1]}}]}",
                "c.yaml:1: operator FCR_Readiness: lengths_s must be"
            ),
            (
                "windows: {operators: [{Fleet_Aggregate: {groups: [F1]}}]}",
                "c.yaml:1: operator Fleet_Aggregate: groups are names"
            ),
            (
                "windows: {operators: [{Fleet_Aggregate: {outputs: [grpc]}}]}",
                "c.yaml:1: operator Fleet_Aggregate: outputs: store must be among them"
            ),
            (
                "windows: {operators: [{Fleet_Aggregate: {outputs: [store, nats]}}]}",
                "c.yaml:1: operator Fleet_Aggregate: outputs: nats is none of store, grpc, mqtt"
            ),
            (
                "windows: {operators: [{Fleet_Aggregate: {output: [store]}}]}", "c.yaml:1: unknown key output"
            ),
            ("windows: {percentiles_every_s: 7}", "c.yaml:1: percentiles_every_s: 7 is no part of a day"),
            ("windows: {disorder_s: no}", "c.yaml:1: disorder_s must be a number from 0 to 3600, not no"),
        ])
    func refuses(text: String, message: String) {
        do {
            _ = try EngineConfiguration(yaml: text, file: "c.yaml")
            Issue.record("\(text) was taken")
        } catch { #expect(error.description.hasPrefix(message)) }
    }
}
