import InfluxQL
import Testing

/// Statements as influxd 1.6.7 writes them in its warnings and in SHOW QUERIES.
@Suite("Statement texts")
struct StatementTextTests {
    private func text(_ text: String) throws -> String {
        try Parser.parse(text).map(\.description).joined(separator: "; ")
    }

    @Test(
        "a statement is written in influxd's form, without its password",
        arguments: [
            (
                "create user u with password 'p' with all privileges",
                "CREATE USER u WITH PASSWORD [REDACTED] WITH ALL PRIVILEGES"
            ),
            ("SET PASSWORD FOR u = 'x'", "SET PASSWORD FOR u = [REDACTED]"),
            ("GRANT ALL TO u", "GRANT ALL PRIVILEGES TO u"),
            ("GRANT ALL ON dd TO \"u\"", "GRANT ALL PRIVILEGES ON dd TO u"),
            ("CREATE DATABASE y WITH DURATION 2h NAME z", "CREATE DATABASE y WITH DURATION 2h0m0s NAME z"),
            ("CREATE DATABASE y WITH DURATION INF", "CREATE DATABASE y WITH DURATION 0s"),
            (
                #"CREATE RETENTION POLICY "p p" ON dd DURATION INF REPLICATION 1 SHARD DURATION 2h DEFAULT"#,
                #"CREATE RETENTION POLICY "p p" ON dd DURATION 0s REPLICATION 1 SHARD DURATION 2h DEFAULT"#
            ),
            (
                #"ALTER RETENTION POLICY "p p" ON dd DEFAULT SHARD DURATION 3h REPLICATION 1 DURATION INF"#,
                #"ALTER RETENTION POLICY "p p" ON dd DURATION 0s REPLICATION 1 SHARD DURATION 3h DEFAULT"#
            ),
            ("SELECT v INTO x FROM m ORDER BY time tz('UTC')", "SELECT v INTO x FROM m ORDER BY time ASC TZ('UTC')"),
        ])
    func changes(_ written: String, _ expected: String) throws {
        #expect(try text(written) == expected)
    }

    @Test(
        "a statement in influxd's own form is written as it was read",
        arguments: [
            "DROP SERIES FROM m, n WHERE h = 'x'", "DROP SERIES FROM /a/ WHERE h =~ /b/",
            #"DROP SERIES WHERE h = 'x' OR "a b" = 'y'"#, "DELETE FROM m WHERE time > 5",
            #"DROP MEASUREMENT "a b""#, "DROP SHARD 7", #"DROP USER "u u""#, "REVOKE WRITE ON dd FROM u",
            "CREATE CONTINUOUS QUERY \"q q\" ON dd RESAMPLE EVERY 90s FOR 10m BEGIN "
                + "SELECT mean(v) AS \"a b\", max(v) - 1 INTO dd.autogen.:MEASUREMENT FROM dd.autogen./m.*/, dd..n "
                + "WHERE h = 'a' AND time > 5s GROUP BY time(5m, 1m), h, /x/ fill(previous) ORDER BY time DESC "
                + "LIMIT 5 OFFSET 6 SLIMIT 7 SOFFSET 8 TZ('Europe/Berlin') END",
            "CREATE CONTINUOUS QUERY q ON dd BEGIN SELECT v INTO x FROM (SELECT v FROM m) END",
            "DROP CONTINUOUS QUERY a ON b", "SHOW CONTINUOUS QUERIES",
            #"CREATE SUBSCRIPTION "s s" ON dd.autogen DESTINATIONS ANY 'udp://localhost:1', 'udp://localhost:2'"#,
            #"DROP SUBSCRIPTION "s s" ON dd.autogen"#, "SHOW SUBSCRIPTIONS", "SHOW USERS", "SHOW GRANTS FOR u",
            "SELECT mean(*) INTO x FROM m GROUP BY time(1m) fill(linear)", "SELECT * INTO x FROM m GROUP BY *",
            "SELECT v FROM m fill(0)", "EXPLAIN SELECT v FROM m", "EXPLAIN ANALYZE SELECT v FROM m",
            "SHOW MEASUREMENTS ON e1 WITH MEASUREMENT =~ /a/ WHERE h = 'a' LIMIT 1",
            "SHOW TAG VALUES ON e1 FROM m WITH KEY IN (a, b) WHERE c = 'd' LIMIT 5",
            "SHOW TAG VALUES WITH KEY = h", "SHOW TAG VALUES WITH KEY !~ /x/", "SHOW TAG KEYS ON e1 FROM m",
            "SHOW SERIES ON e1 FROM m WHERE h = 'a' LIMIT 1 OFFSET 2", "SHOW FIELD KEYS ON e1 FROM m LIMIT 5",
            "SHOW RETENTION POLICIES ON e1", "SHOW SERIES EXACT CARDINALITY ON e1 FROM m WHERE h = 'a' GROUP BY h",
            "SHOW TAG VALUES CARDINALITY WITH KEY = h", "SHOW MEASUREMENT CARDINALITY", "SHOW STATS FOR 'x'",
            "SHOW DIAGNOSTICS FOR 'build'", "SHOW SHARDS", "SHOW SHARD GROUPS", "SHOW QUERIES", "KILL QUERY 5 ON h",
            "KILL QUERY 6", "SHOW DATABASES", "DROP DATABASE x", "DROP RETENTION POLICY p ON dd",
        ])
    func stable(_ written: String) throws {
        #expect(try text(written) == written)
    }

    @Test("a password is read as it is written")
    func passwords() throws {
        #expect(
            try Parser.parse("CREATE USER u WITH PASSWORD 'it\\'s'; SET PASSWORD FOR u = 'x y'") == [
                .createUser("u", password: "it's", isAdministrator: false), .setPassword("u", password: "x y"),
            ])
    }

    @Test("durations are written as Go writes them")
    func durations() {
        let expected: [(Int64, String)] = [
            (0, "0s"), (1, "1ns"), (8000, "8µs"), (1_458_000, "1.458ms"), (90_000_000_000, "1m30s"),
            (3_600_000_000_000, "1h0m0s"), (191_381_192_614, "3m11.381192614s"),
            (480_000 * 3_600_000_000_000, "480000h0m0s"),
            (-1_500_000_000, "-1.5s"),
        ]
        for (nanoseconds, text) in expected { #expect(goDuration(nanoseconds) == text) }
    }
}
