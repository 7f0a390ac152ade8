import LogicalPlan
import Testing

/// CREATE, DROP and SHOW of what stands in a database; words are those of influxd 1.6.7 asked the same.
@Suite("Continuous queries and subscriptions in the catalog")
struct StandingStatementTests {
    private static let head = "CREATE CONTINUOUS QUERY "

    @Test("a continuous query is shown with database and policy of each name")
    func shown() async throws {
        let engine = try await TestEngine(.memory)
        let statements = [
            "CREATE DATABASE e; CREATE RETENTION POLICY rp2 ON dd DURATION 0s REPLICATION 1",
            Self.head + "c1 ON dd BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(1m) END",
            Self.head + "c1 ON dd BEGIN SELECT MEAN(v) INTO X FROM M GROUP BY time(1m) END",
            Self.head + "c7 ON dd RESAMPLE EVERY 30s FOR 1h BEGIN SELECT max(v) AS mx INTO rp2.\"x y\" FROM "
                + "(SELECT max(v) FROM m WHERE a = 'b') WHERE time > now() - 3h AND host =~ /a.*/ "
                + "GROUP BY time(1m, 10s), host, /r/ fill(previous) ORDER BY time DESC LIMIT 3 SLIMIT 2 "
                + "tz('Europe/Berlin') END",
            Self.head + "c8 ON dd RESAMPLE FOR 1h BEGIN SELECT max(v) AS mx INTO dd.rp2.:MEASUREMENT FROM e../.*/ "
                + "GROUP BY time(90s), * fill(0) END",
        ]
        for statement in statements { #expect(engine.answer(statement) == [], "\(statement)") }
        #expect(
            try engine.ask("SHOW CONTINUOUS QUERIES").flatMap(\.series).flatMap(\.rows).map { "\($0[1])" } == [
                #"string("CREATE CONTINUOUS QUERY c1 ON dd BEGIN SELECT mean(v) INTO dd.autogen.x FROM dd.autogen.m GROUP BY time(1m) END")"#,
                #"string("CREATE CONTINUOUS QUERY c7 ON dd RESAMPLE EVERY 30s FOR 1h BEGIN SELECT max(v) AS mx INTO dd.rp2.\"x y\" FROM (SELECT max(v) FROM dd.autogen.m WHERE a = \'b\') WHERE time > now() - 3h AND host =~ /a.*/ GROUP BY time(1m, 10s), host, /r/ fill(previous) ORDER BY time DESC LIMIT 3 SLIMIT 2 TZ(\'Europe/Berlin\') END")"#,
                #"string("CREATE CONTINUOUS QUERY c8 ON dd RESAMPLE FOR 1h BEGIN SELECT max(v) AS mx INTO dd.rp2.:MEASUREMENT FROM e.autogen./.*/ GROUP BY time(90s), * fill(0) END")"#,
            ])
    }

    @Test(
        "what cannot be made is refused, what is not there is dropped without a word",
        arguments: [
            (
                head + "c ON dd BEGIN SELECT max(v) INTO x FROM m GROUP BY time(1m) END; " + head
                    + "c ON dd BEGIN SELECT min(v) INTO x FROM m GROUP BY time(1m) END",
                ["error: continuous query already exists"]
            ),
            (
                head + "c ON nodb BEGIN SELECT max(v) INTO x FROM m GROUP BY time(1m) END",
                ["error: database not found: nodb"]
            ),
            (
                head + "c ON dd BEGIN SELECT max(v) INTO nodb..x FROM m GROUP BY time(1m) END",
                ["error: database not found: nodb"]
            ),
            (
                head + "c ON dd BEGIN SELECT max(v) INTO norp.x FROM m GROUP BY time(1m) END",
                ["error: retention policy not found: dd.norp"]
            ),
            (
                head + "c ON dd BEGIN SELECT max(v) INTO x FROM (SELECT v FROM norp.m) GROUP BY time(1m) END",
                ["error: retention policy not found: dd.norp"]
            ),
            ("DROP CONTINUOUS QUERY nope ON dd", []),
            ("DROP CONTINUOUS QUERY nope ON nodb", []),
            (
                "CREATE SUBSCRIPTION s ON dd.autogen DESTINATIONS ALL 'http://h:1'; DROP SUBSCRIPTION s ON dd.autogen",
                []
            ),
            (
                "CREATE SUBSCRIPTION s ON dd.autogen DESTINATIONS ALL 'http://h:1'; "
                    + "CREATE SUBSCRIPTION s ON dd.autogen DESTINATIONS ANY 'udp://h:1'",
                ["error: subscription already exists"]
            ),
            (
                "CREATE SUBSCRIPTION s ON dd.norp DESTINATIONS ALL 'http://h:1'",
                ["error: retention policy not found: norp"]
            ),
            ("CREATE SUBSCRIPTION s ON nodb.norp DESTINATIONS ALL 'http://h:1'", ["error: database not found: nodb"]),
            ("DROP SUBSCRIPTION nope ON dd.autogen", ["error: subscription not found"]),
            ("DROP SUBSCRIPTION nope ON dd.norp", ["error: retention policy not found: norp"]),
            ("DROP SUBSCRIPTION nope ON nodb.norp", ["error: database not found: nodb"]),
        ])
    func refused(_ text: String, _ answer: [String]) async throws {
        let engine = try await TestEngine(.memory)
        #expect(engine.answer(text) == answer)
    }

    @Test(
        "a destination that is none is refused",
        arguments: [
            "ftp://127.0.0.1:19", "http://127.0.0.1", "udp://127.0.0.1", "bla bla", "bla", "", "http://a b:19",
            "http://a:x", "http://:19", "http://a:b:19",
        ])
    func destinations(_ text: String) async throws {
        let engine = try await TestEngine(.memory)
        #expect(
            engine.answer("CREATE SUBSCRIPTION s ON dd.autogen DESTINATIONS ANY 'http://[::1]:9', '\(text)'") == [
                "error: invalid subscription URL: \(text)"
            ])
    }

    @Test("subscriptions are shown by policy and go with it")
    func subscriptions() async throws {
        let engine = try await TestEngine(.memory)
        for text in [
            "CREATE RETENTION POLICY rp2 ON dd DURATION 0s REPLICATION 1",
            "CREATE SUBSCRIPTION s1 ON dd.rp2 DESTINATIONS ANY 'HTTP://u:p@h:19/x'",
            "CREATE SUBSCRIPTION s1 ON dd.autogen DESTINATIONS ALL 'http://127.0.0.1:19', 'udp://127.0.0.1:20'",
        ] { #expect(engine.answer(text) == []) }
        #expect(
            engine.answer("SHOW SUBSCRIPTIONS") == [
                "dd retention_policy,name,mode,destinations: "
                    + "'autogen','s1','ALL',[http://127.0.0.1:19 udp://127.0.0.1:20]; "
                    + "'rp2','s1','ANY',[HTTP://u:p@h:19/x]"
            ])
        #expect(engine.answer("DROP RETENTION POLICY rp2 ON dd; DROP SUBSCRIPTION s1 ON dd.autogen") == [])
        #expect(engine.answer("SHOW SUBSCRIPTIONS") == [])
    }
}
