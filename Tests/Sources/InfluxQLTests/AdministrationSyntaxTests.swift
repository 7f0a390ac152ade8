import InfluxQL
import Testing

/// Statements about the server that are no InfluxQL, each with what influxd 1.6.7 answers behind
/// `error parsing query: `.
@Suite("Syntax errors of administration")
struct AdministrationSyntaxTests {
    private func refusal(_ text: String) -> String {
        do throws(ParseError) {
            return "accepted: \(try Parser.parse(text))"
        } catch {
            return error.description
        }
    }

    @Test(
        "a broken DELETE, DROP SERIES, DROP MEASUREMENT or DROP SHARD is refused as influxd 1.6.7 words it",
        arguments: BrokenStatements.series)
    func series(_ text: String, _ reason: String) {
        #expect(refusal(text) == reason)
    }

    @Test(
        "a broken statement about users, queries or the server is refused as influxd 1.6.7 words it",
        arguments: BrokenStatements.server)
    func server(_ text: String, _ reason: String) {
        #expect(refusal(text) == reason)
    }

    @Test(
        "a broken statement about continuous queries or subscriptions is refused as influxd 1.6.7 words it",
        arguments: BrokenStatements.lasting)
    func lasting(_ text: String, _ reason: String) {
        #expect(refusal(text) == reason)
    }
}

private enum BrokenStatements {
    static let series: [(String, String)] = [
        ("DELETE", "found EOF, expected FROM, WHERE at line 1, char 8"),
        ("DELETE x", "found x, expected FROM, WHERE at line 1, char 8"),
        ("DELETE FROM (SELECT v FROM m)", "found (, expected identifier at line 1, char 13"),
        ("DELETE FROM db.rp.m", "retention policy not supported at line 1, char 1"),
        ("DELETE FROM rp.m", "retention policy not supported at line 1, char 1"),
        ("DELETE FROM db..m", "database not supported at line 1, char 1"),
        ("DELETE WHERE", "found EOF, expected identifier, string, number, bool at line 1, char 14"),
        ("DELETE WHERE h = 'a' b", "found b, expected ; at line 1, char 22"),
        ("DELETE FROM m.", "found EOF, expected identifier at line 1, char 16"),
        ("DELETE FROM m LIMIT 1", "found LIMIT, expected ; at line 1, char 15"),
        ("DROP SERIES", "found EOF, expected FROM, WHERE at line 1, char 13"),
        ("DROP SERIES x", "found x, expected FROM, WHERE at line 1, char 13"),
        ("DROP SERIES FROM", "found EOF, expected identifier at line 1, char 18"),
        ("DROP SERIES FROM a.b.c", "retention policy not supported at line 1, char 1"),
        ("DROP SERIES FROM m WHERE", "found EOF, expected identifier, string, number, bool at line 1, char 26"),
        ("DROP SERIES FROM (SELECT v FROM m)", "found (, expected identifier at line 1, char 18"),
        ("DROP MEASUREMENT", "found EOF, expected identifier at line 1, char 18"),
        ("DROP MEASUREMENT 5", "found 5, expected identifier at line 1, char 18"),
        ("DROP MEASUREMENT /a/", "found /, expected identifier at line 1, char 18"),
        ("DROP MEASUREMENT a.b", "found ., expected ; at line 1, char 19"),
        ("DROP SHARD", "found EOF, expected integer at line 1, char 12"),
        ("DROP SHARD x", "found x, expected integer at line 1, char 12"),
        ("DROP SHARD 1.5", "found 1.5, expected integer at line 1, char 12"),
        ("DROP SHARD -1", "found -, expected integer at line 1, char 12"),
        (
            "DROP SHARD 99999999999999999999999",
            #"strconv.ParseUint: parsing "99999999999999999999999": value out of range at line 1, char 12"#
        ),
        ("DROP SHARD 7 x", "found x, expected ; at line 1, char 14"),
    ]

    static let server: [(String, String)] = [
        ("SHOW SHARD x", "found x, expected GROUPS at line 1, char 12"),
        ("SHOW SHARDS x", "found x, expected ; at line 1, char 13"),
        ("SHOW SHARD GROUPS x", "found x, expected ; at line 1, char 19"),
        ("SHOW STATS FOR x", "found x, expected string at line 1, char 16"),
        ("SHOW STATS x", "found x, expected ; at line 1, char 12"),
        ("SHOW DIAGNOSTICS FOR", "found EOF, expected string at line 1, char 22"),
        ("SHOW DIAGNOSTICS FOR 5", "found 5, expected string at line 1, char 22"),
        ("SHOW GRANTS", "found EOF, expected FOR at line 1, char 13"),
        ("SHOW GRANTS FOR", "found EOF, expected identifier at line 1, char 17"),
        ("SHOW GRANTS FOR 'x'", "found x, expected identifier at line 1, char 16"),
        ("SHOW GRANTS x", "found x, expected FOR at line 1, char 13"),
        ("SHOW CONTINUOUS", "found EOF, expected QUERIES at line 1, char 17"),
        ("SHOW CONTINUOUS x", "found x, expected QUERIES at line 1, char 17"),
        ("SHOW SUBSCRIPTIONS x", "found x, expected ; at line 1, char 20"),
        ("SHOW USERS x", "found x, expected ; at line 1, char 12"),
        ("SHOW QUERIES x", "found x, expected ; at line 1, char 14"),
        ("CREATE USER", "found EOF, expected identifier at line 1, char 13"),
        ("CREATE USER 'x'", "found x, expected identifier at line 1, char 12"),
        ("CREATE USER u", "found EOF, expected WITH at line 1, char 15"),
        ("CREATE USER u WITH", "found EOF, expected PASSWORD at line 1, char 20"),
        ("CREATE USER u WITH x", "found x, expected PASSWORD at line 1, char 20"),
        ("CREATE USER u WITH PASSWORD", "found EOF, expected string at line 1, char 29"),
        ("CREATE USER u WITH PASSWORD x", "found x, expected string at line 1, char 29"),
        ("CREATE USER u WITH PASSWORD 'p' WITH", "found EOF, expected ALL at line 1, char 38"),
        ("CREATE USER u WITH PASSWORD 'p' WITH ALL", "found EOF, expected PRIVILEGES at line 1, char 42"),
        ("CREATE USER u WITH PASSWORD 'p' x", "found x, expected ; at line 1, char 33"),
        ("DROP USER 'x'", "found x, expected identifier at line 1, char 10"),
        ("GRANT x", "found x, expected READ, WRITE, ALL [PRIVILEGES] at line 1, char 7"),
        ("GRANT READ TO u", "found TO, expected ON at line 1, char 12"),
        ("GRANT ALL x", "found x, expected ON, TO at line 1, char 11"),
        ("GRANT ALL PRIVILEGES", "found EOF, expected ON, TO at line 1, char 22"),
        ("GRANT ALL PRIVILEGES TO", "found EOF, expected identifier at line 1, char 25"),
        ("GRANT ALL ON dd", "found EOF, expected TO at line 1, char 17"),
        ("GRANT ALL ON dd FROM", "found FROM, expected TO at line 1, char 17"),
        ("GRANT READ ON dd TO", "found EOF, expected identifier at line 1, char 21"),
        ("REVOKE ALL FROM", "found EOF, expected identifier at line 1, char 17"),
        ("REVOKE READ FROM u", "found FROM, expected ON at line 1, char 13"),
        ("SET x", "found x, expected PASSWORD at line 1, char 5"),
        ("SET PASSWORD", "found EOF, expected FOR at line 1, char 14"),
        ("SET PASSWORD x", "found x, expected FOR at line 1, char 14"),
        ("SET PASSWORD FOR u", "found EOF, expected = at line 1, char 20"),
        ("SET PASSWORD FOR u =", "found EOF, expected string at line 1, char 21"),
        ("SET PASSWORD FOR u = x", "found x, expected string at line 1, char 22"),
        ("SET PASSWORD FOR u = 'x' y", "found y, expected ; at line 1, char 26"),
        ("KILL", "found EOF, expected QUERY at line 1, char 6"),
        ("KILL x", "found x, expected QUERY at line 1, char 6"),
        ("KILL QUERY", "found EOF, expected integer at line 1, char 12"),
        ("KILL QUERY x", "found x, expected integer at line 1, char 12"),
        ("KILL QUERY 1.5", "found 1.5, expected integer at line 1, char 12"),
        ("KILL QUERY -1", "found -, expected integer at line 1, char 12"),
        (
            "KILL QUERY 99999999999999999999999",
            #"strconv.ParseUint: parsing "99999999999999999999999": value out of range at line 1, char 12"#
        ),
        ("KILL QUERY 5 ON", "found EOF, expected identifier at line 1, char 17"),
        ("KILL QUERY 5 ON 'h'", "found h, expected identifier at line 1, char 16"),
        ("KILL QUERY 5 x", "found x, expected ; at line 1, char 14"),
        ("EXPLAIN", "found EOF, expected SELECT at line 1, char 9"),
        ("EXPLAIN x", "found x, expected SELECT at line 1, char 9"),
        ("EXPLAIN ANALYZE", "found EOF, expected SELECT at line 1, char 17"),
        ("EXPLAIN ANALYZE x", "found x, expected SELECT at line 1, char 17"),
        ("EXPLAIN SHOW DATABASES", "found SHOW, expected SELECT at line 1, char 9"),
        ("EXPLAIN SELECT", "found EOF, expected identifier, string, number, bool at line 1, char 16"),
    ]

    static let lasting: [(String, String)] = [
        ("DROP CONTINUOUS x", "found x, expected QUERY at line 1, char 17"),
        ("DROP CONTINUOUS QUERY", "found EOF, expected identifier at line 1, char 23"),
        ("DROP CONTINUOUS QUERY a", "found EOF, expected ON at line 1, char 25"),
        ("DROP CONTINUOUS QUERY a x", "found x, expected ON at line 1, char 25"),
        ("DROP CONTINUOUS QUERY a ON", "found EOF, expected identifier at line 1, char 28"),
        ("CREATE CONTINUOUS", "found EOF, expected QUERY at line 1, char 19"),
        ("CREATE CONTINUOUS QUERY", "found EOF, expected identifier at line 1, char 25"),
        ("CREATE CONTINUOUS QUERY q", "found EOF, expected ON at line 1, char 27"),
        ("CREATE CONTINUOUS QUERY q ON", "found EOF, expected identifier at line 1, char 30"),
        ("CREATE CONTINUOUS QUERY q ON d", "found EOF, expected BEGIN at line 1, char 32"),
        ("CREATE CONTINUOUS QUERY q ON d RESAMPLE", "found EOF, expected EVERY, FOR at line 1, char 41"),
        ("CREATE CONTINUOUS QUERY q ON d RESAMPLE x", "found x, expected EVERY, FOR at line 1, char 41"),
        ("CREATE CONTINUOUS QUERY q ON d RESAMPLE EVERY", "found EOF, expected duration at line 1, char 47"),
        ("CREATE CONTINUOUS QUERY q ON d RESAMPLE EVERY 5", "found 5, expected duration at line 1, char 47"),
        ("CREATE CONTINUOUS QUERY q ON d RESAMPLE EVERY 5q", "invalid duration at line 1, char 47"),
        ("CREATE CONTINUOUS QUERY q ON d RESAMPLE EVERY INF", "found INF, expected duration at line 1, char 47"),
        ("CREATE CONTINUOUS QUERY q ON d RESAMPLE FOR", "found EOF, expected duration at line 1, char 45"),
        ("CREATE CONTINUOUS QUERY q ON d RESAMPLE FOR x", "found x, expected duration at line 1, char 45"),
        (
            "CREATE CONTINUOUS QUERY q ON d RESAMPLE EVERY 0s BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(5m) END",
            "found BEGIN, expected EVERY, FOR at line 1, char 50"
        ),
        ("CREATE CONTINUOUS QUERY q ON d RESAMPLE EVERY 5s x", "found x, expected BEGIN at line 1, char 50"),
        ("CREATE CONTINUOUS QUERY q ON d BEGIN", "found EOF, expected SELECT at line 1, char 38"),
        ("CREATE CONTINUOUS QUERY q ON d BEGIN x", "found x, expected SELECT at line 1, char 38"),
        (
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT",
            "found EOF, expected identifier, string, number, bool at line 1, char 45"
        ),
        ("CREATE CONTINUOUS QUERY q ON d BEGIN SELECT v FROM m END", "found FROM, expected INTO at line 1, char 47"),
        ("CREATE CONTINUOUS QUERY q ON d BEGIN SELECT v INTO x FROM m", "found EOF, expected END at line 1, char 61"),
        (
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT mean(v) INTO x FROM m END",
            "found m, expected GROUP BY time(...) at line 1, char 65"
        ),
        (
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT mean(v) INTO x FROM m GROUP BY h END",
            "found h, expected GROUP BY time(...) at line 1, char 76"
        ),
        (
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(0s) END",
            "found ), expected GROUP BY time(...) at line 1, char 83"
        ),
        (
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT mean(v) INTO x FROM m WHERE h = 'a' END",
            "found a, expected GROUP BY time(...) at line 1, char 76"
        ),
        (
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT mean(v) INTO x FROM m",
            "found m, expected GROUP BY time(...) at line 1, char 65"
        ),
        (
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(5m)",
            "found EOF, expected END at line 1, char 84"
        ),
        (
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(5m) x",
            "found x, expected END at line 1, char 85"
        ),
        (
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(5m, 1m, 2m) END",
            "found ), expected GROUP BY time(...), time dimension expected 1 or 2 arguments at line 1, char 91"
        ),
        (
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT mean(v) INTO x FROM m GROUP BY time('5m') END",
            "found ), expected GROUP BY time(...), time dimension must have duration argument at line 1, char 85"
        ),
        (
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(5) END",
            "found ), expected GROUP BY time(...), time dimension must have duration argument at line 1, char 82"
        ),
        (
            "CREATE CONTINUOUS QUERY q ON d RESAMPLE EVERY 20m FOR 10m BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(5m) END",
            "FOR duration must be >= GROUP BY time duration: must be a minimum of 20m, got 10m"
        ),
        (
            "CREATE CONTINUOUS QUERY q ON d RESAMPLE FOR 1m BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(5m) END",
            "FOR duration must be >= GROUP BY time duration: must be a minimum of 5m, got 1m"
        ),
        ("CREATE SUBSCRIPTION", "found EOF, expected identifier at line 1, char 21"),
        ("CREATE SUBSCRIPTION s", "found EOF, expected ON at line 1, char 23"),
        ("CREATE SUBSCRIPTION s ON", "found EOF, expected identifier at line 1, char 26"),
        ("CREATE SUBSCRIPTION s ON d", "found EOF, expected . at line 1, char 28"),
        ("CREATE SUBSCRIPTION s ON d.", "found EOF, expected identifier at line 1, char 28"),
        ("CREATE SUBSCRIPTION s ON d.r", "found EOF, expected DESTINATIONS at line 1, char 30"),
        ("CREATE SUBSCRIPTION s ON d.r DESTINATIONS", "found EOF, expected ALL, ANY at line 1, char 43"),
        ("CREATE SUBSCRIPTION s ON d.r DESTINATIONS x", "found x, expected ALL, ANY at line 1, char 43"),
        ("CREATE SUBSCRIPTION s ON d.r DESTINATIONS ALL", "found EOF, expected string at line 1, char 47"),
        ("CREATE SUBSCRIPTION s ON d.r DESTINATIONS ALL x", "found x, expected string at line 1, char 47"),
        ("CREATE SUBSCRIPTION s ON d.r DESTINATIONS ALL 'udp://a:1',", "found EOF, expected string at line 1, char 59"),
        ("CREATE SUBSCRIPTION s ON d..r", "found ., expected identifier at line 1, char 28"),
        ("DROP SUBSCRIPTION", "found EOF, expected identifier at line 1, char 19"),
        ("DROP SUBSCRIPTION s", "found EOF, expected ON at line 1, char 21"),
        ("DROP SUBSCRIPTION s ON", "found EOF, expected identifier at line 1, char 24"),
        ("DROP SUBSCRIPTION s ON d", "found EOF, expected . at line 1, char 26"),
        ("DROP SUBSCRIPTION s ON d.", "found EOF, expected identifier at line 1, char 26"),
    ]
}
