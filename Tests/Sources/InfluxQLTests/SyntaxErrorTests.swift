import InfluxQL
import Testing

private let operand = "identifier, string, number, bool"
private let firstWords = "SELECT, DELETE, SHOW, CREATE, DROP, EXPLAIN, GRANT, REVOKE, ALTER, SET, KILL"
private let showWords =
    "CONTINUOUS, DATABASES, DIAGNOSTICS, FIELD, GRANTS, MEASUREMENT, MEASUREMENTS, QUERIES, RETENTION, SERIES, "
    + "SHARD, SHARDS, STATS, SUBSCRIPTIONS, TAG, USERS"
private let dropWords = "CONTINUOUS, DATABASE, MEASUREMENT, RETENTION, SERIES, SHARD, SUBSCRIPTION, USER"

/// Texts that are no InfluxQL, each with what influxd 1.6.7 answers behind `error parsing query: `.
@Suite("Syntax errors")
struct SyntaxErrorTests {
    private func refusal(_ text: String) -> String {
        do throws(ParseError) {
            return "accepted: \(try Parser.parse(text))"
        } catch {
            return error.description
        }
    }

    @Test(
        "a broken SELECT is refused as influxd 1.6.7 words it, and so is a text that begins no statement",
        arguments: SyntaxErrors.selects)
    func selects(_ text: String, _ reason: String) {
        #expect(refusal(text) == reason)
    }

    @Test("a broken SHOW is refused as influxd 1.6.7 words it", arguments: SyntaxErrors.shows)
    func shows(_ text: String, _ reason: String) {
        #expect(refusal(text) == reason)
    }

    @Test("a broken CREATE, ALTER or DROP is refused as influxd 1.6.7 words it", arguments: SyntaxErrors.catalog)
    func catalog(_ text: String, _ reason: String) {
        #expect(refusal(text) == reason)
    }
}

private enum SyntaxErrors {
    static let selects: [(String, String)] = [
        ("SELECT", "found EOF, expected \(operand) at line 1, char 8"),
        ("SELECT v", "found EOF, expected FROM at line 1, char 10"),
        ("SELECT v FROM", "found EOF, expected identifier at line 1, char 15"),
        ("SELECT v m", "found m, expected FROM at line 1, char 10"),
        // Blanks at the end count for nothing; whether a character was looked for behind the last one counts.
        ("SELECT v  ", "found EOF, expected FROM at line 1, char 10"),
        ("SELECT \"v\" \n", "found EOF, expected FROM at line 1, char 11"),
        ("SELECT v FROM ", "found EOF, expected identifier at line 1, char 15"),
        ("SELECT v FROM m WHERE v = ", "found EOF, expected \(operand) at line 1, char 26"),
        ("SELECT a. ", "found EOF, expected identifier at line 1, char 11"),
        ("SELECT top(v, ", "found EOF, expected \(operand) at line 1, char 15"),
        ("SELECT v INTO \"a\".", "found EOF, expected identifier at line 1, char 20"),
        ("SELECT x /* c", "found ILLEGAL, expected FROM at line 1, char 10"),
        // A word that a quote stands right behind is forgotten, and the quoted one taken.
        ("SELECT v\") FROM \"select\"", "found BADSTRING, expected FROM at line 1, char 23"),
        ("SELECT a, v\"), b\" c FROM m", "found c, expected FROM at line 1, char 19"),
        ("SELECT v FROM m WHERE a ''", "found STRING, expected ; at line 1, char 24"),
        ("SELECT v FROM m \"\"", "found IDENT, expected ; at line 1, char 17"),
        ("SELECT v FROM \"m   ", "found m, expected identifier at line 1, char 14"),
        ("SELECT v FROM \"m\\   ", "found \\\0, expected identifier at line 1, char 18"),
        ("SELECT FROM m", "found FROM, expected \(operand) at line 1, char 8"),
        ("SELECT v, FROM m", "found FROM, expected \(operand) at line 1, char 11"),
        ("SELECT v FROM m WHERE", "found EOF, expected \(operand) at line 1, char 23"),
        ("SELECT v FROM m WHERE v >", "found EOF, expected \(operand) at line 1, char 26"),
        ("SELECT v FROM m WHERE v > 1 AND", "found EOF, expected \(operand) at line 1, char 33"),
        ("SELECT v FROM m WHERE (v > 1", "found EOF, expected ) at line 1, char 29"),
        ("SELECT v FROM m WHERE v = = 1", "found =, expected \(operand) at line 1, char 27"),
        ("SELECT v FROM m WHERE h =~ 'x'", "found x, expected regex at line 1, char 27"),
        ("SELECT v FROM m WHERE h =~ /x", "bad regex:  at line 1, char 27"),
        ("SELECT v FROM m WHERE h =~ /[/", "error parsing regexp: missing closing ]: `[` at line 1, char 27"),
        ("SELECT v FROM m WHERE h =~ /a(b/", "error parsing regexp: missing closing ): `a(b` at line 1, char 27"),
        ("SELECT v FROM m WHERE h = 'x", "found x, expected \(operand) at line 1, char 26"),
        ("SELECT v FROM m WHERE h = 'a\\qb'", "found \\q, expected \(operand) at line 1, char 30"),
        ("SELECT v FROM m GROUP", "found EOF, expected BY at line 1, char 23"),
        ("SELECT v FROM m GROUP BY", "found EOF, expected \(operand) at line 1, char 26"),
        ("SELECT v FROM m GROUP BY h,", "found EOF, expected \(operand) at line 1, char 29"),
        ("SELECT mean(v) FROM m GROUP BY time(5m", "found EOF, expected ) at line 1, char 39"),
        ("SELECT mean(v) FROM m GROUP BY time(1m) fill", "fill must be a function call"),
        (
            "SELECT mean(v) FROM m GROUP BY time(1m) fill()",
            "fill requires an argument, e.g.: 0, null, none, previous, linear"
        ),
        ("SELECT mean(v) FROM m GROUP BY time(1m) fill(x)", "expected number argument in fill()"),
        ("SELECT mean(v) FROM m GROUP BY time(1m) fill('x')", "expected number argument in fill()"),
        (
            "SELECT mean(v) FROM m GROUP BY time(1m) fill(1, 2)",
            "fill requires an argument, e.g.: 0, null, none, previous, linear"
        ),
        ("SELECT mean(v) FROM m GROUP BY time(1m) fill(linear) fill(0)", "found fill, expected ; at line 1, char 54"),
        ("SELECT v FROM m ORDER", "found EOF, expected BY at line 1, char 23"),
        ("SELECT v FROM m ORDER BY", "found EOF, expected identifier, ASC, DESC at line 1, char 26"),
        ("SELECT v FROM m ORDER BY v", "only ORDER BY time supported at this time"),
        ("SELECT v FROM m ORDER BY time, v", "only ORDER BY time supported at this time"),
        ("SELECT v FROM m LIMIT", "found EOF, expected integer at line 1, char 23"),
        ("SELECT v FROM m LIMIT x", "found x, expected integer at line 1, char 23"),
        ("SELECT v FROM m LIMIT -1", "found -, expected integer at line 1, char 23"),
        ("SELECT v FROM m LIMIT 1.5", "found 1.5, expected integer at line 1, char 23"),
        ("SELECT v FROM m LIMIT 10 OFFSET", "found EOF, expected integer at line 1, char 33"),
        ("SELECT v FROM m SLIMIT a", "found a, expected integer at line 1, char 24"),
        ("SELECT v FROM m SOFFSET 'a'", "found a, expected integer at line 1, char 24"),
        ("SELECT v FROM m LIMIT 1 WHERE v > 1", "found WHERE, expected ; at line 1, char 25"),
        ("SELECT v AS FROM m", "found FROM, expected identifier at line 1, char 13"),
        ("SELECT v AS 'x' FROM m", "found x, expected identifier at line 1, char 12"),
        ("SELECT mean(v FROM m", "found FROM, expected ) at line 1, char 15"),
        ("SELECT mean(v, FROM m", "found FROM, expected \(operand) at line 1, char 16"),
        ("SELECT v FROM \"m", "found m, expected identifier at line 1, char 14"),
        ("SELECT \"v FROM m", "found v FROM m, expected \(operand) at line 1, char 7"),
        ("SELECT v FROM m;;SELECT", "found EOF, expected \(operand) at line 1, char 25"),
        ("SELECT v FROM m SELECT v FROM m", "found SELECT, expected ; at line 1, char 17"),
        ("SELECT v FROM m; DROP", "found EOF, expected \(dropWords) at line 1, char 23"),
        (
            "SELECT v::int FROM m",
            "found int, expected float, integer, unsigned, string, boolean, field, tag at line 1, char 11"
        ),
        ("SELECT v + FROM m", "found FROM, expected \(operand) at line 1, char 12"),
        ("SELECT v * / FROM m", "found /, expected \(operand) at line 1, char 12"),
        ("SELECT -v FROM m WHERE v > -", "found EOF, expected identifier, number, duration, ( at line 1, char 29"),
        ("SELECT v FROM m WHERE v > 10xy", "invalid duration"),
        (
            "SELECT v FROM m WHERE time > 9223372037s",
            "overflowed duration 9223372037s: choose a smaller duration or INF"
        ),
        ("SELECT v FROM m GROUP BY time(10xy)", "invalid duration"),
        ("SELECT v FROM db..", "found EOF, expected identifier at line 1, char 20"),
        ("SELECT v FROM a.b.c.d", "too many segments in \"a\".\"b\".\"c\".d at line 1, char 1"),
        ("SELECT v FROM m tz", "tz must be a function call"),
        ("SELECT v FROM m tz(UTC)", "expected string argument in tz()"),
        ("SELECT v FROM m WHERE $x > 1", "missing parameter: x"),
        ("SELECT v FROM m WHERE v > $x", "missing parameter: x"),
        ("SELECT v INTO FROM m", "found FROM, expected identifier at line 1, char 15"),
        ("SELECT 99999999999999999999 FROM m", "unable to parse integer at line 1, char 8"),
        ("SELECT # FROM m", "found #, expected \(operand) at line 1, char 8"),
        ("SELECT v FROM m WHERE v ! 3", "found !, expected ; at line 1, char 25"),
        ("foo", "found foo, expected \(firstWords) at line 1, char 1"),
        ("123", "found 123, expected \(firstWords) at line 1, char 1"),
        ("'SELECT'", "found SELECT, expected \(firstWords) at line 1, char 1"),
        ("SELECT v,", "found EOF, expected \(operand) at line 1, char 11"),
        ("SELECT v FROM m WHERE h =~", "found EOF, expected regex at line 1, char 28"),
        ("SELECT v FROM m,", "found EOF, expected identifier at line 1, char 18"),
        ("SELECT v FROM /[/", "error parsing regexp: missing closing ]: `[` at line 1, char 14"),
        ("SELECT /(/ FROM m", "error parsing regexp: missing closing ): `(` at line 1, char 7"),
        ("SELECT v FROM m WHERE h = /x/", "found /, expected \(operand) at line 1, char 27"),
        ("SELECT v FROM m WHERE v > --3", "found EOF, expected \(operand) at line 1, char 31"),
        ("SELECT v FROM m WHERE v > - -3", "found -, expected identifier, number, duration, ( at line 1, char 29"),
        ("SELECT v FROM m WHERE v > -'x'", "found x, expected identifier, number, duration, ( at line 1, char 27"),
        ("SELECT v FROM m GROUP BY /a/ b", "found b, expected ; at line 1, char 30"),
        ("SELECT v FROM m tz()", "tz requires exactly one argument"),
        ("SELECT v FROM m ORDER BY time ASC, time", "only ORDER BY time supported at this time"),
        ("SELECT v FROM m WHERE h = \"x", "found x, expected \(operand) at line 1, char 26"),
        ("SELECT v FROM m WHERE v >= > 3", "found >, expected \(operand) at line 1, char 28"),
        (
            "SELECT v FROM m WHERE h =~ /a**/",
            "error parsing regexp: invalid nested repetition operator: `**` at line 1, char 27"
        ),
        (
            "SELECT v > 1 FROM m",
            "invalid operator > in SELECT clause at line 1, char 8; operator is intended for WHERE clause"
        ),
        (
            "SELECT v AND b FROM m",
            "invalid operator AND in SELECT clause at line 1, char 8; operator is intended for WHERE clause"
        ),
        (
            "SELECT (v = 1) FROM m",
            "invalid operator = in SELECT clause at line 1, char 8; operator is intended for WHERE clause"
        ),
        (
            "SELECT sum(v) > 1 FROM m",
            "invalid operator > in SELECT clause at line 1, char 8; operator is intended for WHERE clause"
        ),
        (
            "SELECT v + (i >= 2) FROM m",
            "invalid operator >= in SELECT clause at line 1, char 8; operator is intended for WHERE clause"
        ),
        (
            "SELECT v =~ /x/ FROM m",
            "invalid operator =~ in SELECT clause at line 1, char 8; operator is intended for WHERE clause"
        ),
        (
            "SELECT v, i < 3 FROM m",
            "invalid operator < in SELECT clause at line 1, char 11; operator is intended for WHERE clause"
        ),
    ]

    static let shows: [(String, String)] = [
        ("SHOW", "found EOF, expected \(showWords) at line 1, char 6"),
        ("SHOW FOO", "found FOO, expected \(showWords) at line 1, char 6"),
        ("SHOW TAG", "found EOF, expected KEY, KEYS, VALUES at line 1, char 10"),
        ("SHOW TAG VALUES", "found EOF, expected WITH at line 1, char 17"),
        ("SHOW TAG VALUES FROM m", "found EOF, expected WITH at line 1, char 24"),
        ("SHOW TAG VALUES WITH", "found EOF, expected KEY at line 1, char 22"),
        ("SHOW TAG VALUES WITH KEY", "found EOF, expected IN, =, =~ at line 1, char 26"),
        ("SHOW TAG VALUES WITH KEY > h", "found >, expected IN, =, =~ at line 1, char 26"),
        ("SHOW TAG VALUES WITH KEY =", "found EOF, expected identifier at line 1, char 27"),
        ("SHOW TAG VALUES WITH KEY IN h", "found h, expected ( at line 1, char 29"),
        ("SHOW TAG VALUES WITH KEY IN (h", "found EOF, expected ) at line 1, char 32"),
        ("SHOW TAG VALUES WITH KEY IN (h,)", "found ), expected identifier at line 1, char 32"),
        ("SHOW TAG VALUES WITH KEY =~ h", "found h, expected regex at line 1, char 29"),
        ("SHOW TAG KEYS FROM", "found EOF, expected identifier at line 1, char 20"),
        ("SHOW FIELD", "found EOF, expected KEY, KEYS at line 1, char 12"),
        ("SHOW FIELD VALUES", "found VALUES, expected KEY, KEYS at line 1, char 12"),
        ("SHOW MEASUREMENTS WITH", "found EOF, expected MEASUREMENT at line 1, char 24"),
        ("SHOW MEASUREMENTS WITH MEASUREMENT", "found EOF, expected =, =~ at line 1, char 36"),
        ("SHOW MEASUREMENTS WITH MEASUREMENT > m", "found >, expected =, =~ at line 1, char 36"),
        ("SHOW MEASUREMENTS WITH MEASUREMENT =", "found EOF, expected identifier at line 1, char 38"),
        ("SHOW MEASUREMENTS LIMIT a", "found a, expected integer at line 1, char 25"),
        ("SHOW MEASUREMENTS ON", "found EOF, expected identifier at line 1, char 22"),
        ("SHOW SERIES FROM", "found EOF, expected identifier at line 1, char 18"),
        ("SHOW SERIES LIMIT", "found EOF, expected integer at line 1, char 19"),
        ("SHOW RETENTION", "found EOF, expected POLICIES at line 1, char 16"),
        ("SHOW RETENTION POLICY", "found POLICY, expected POLICIES at line 1, char 16"),
        ("SHOW RETENTION POLICIES ON", "found EOF, expected identifier at line 1, char 28"),
        ("SHOW DATABASES x", "found x, expected ; at line 1, char 16"),
    ]

    static let catalog: [(String, String)] = [
        ("CREATE", "found EOF, expected CONTINUOUS, DATABASE, USER, RETENTION, SUBSCRIPTION at line 1, char 8"),
        ("CREATE FOO", "found FOO, expected CONTINUOUS, DATABASE, USER, RETENTION, SUBSCRIPTION at line 1, char 8"),
        ("CREATE DATABASE", "found EOF, expected identifier at line 1, char 17"),
        ("CREATE DATABASE 'x'", "found x, expected identifier at line 1, char 16"),
        ("CREATE DATABASE x WITH", "found EOF, expected DURATION, NAME, REPLICATION, SHARD at line 1, char 24"),
        ("CREATE DATABASE x WITH DURATION", "found EOF, expected duration at line 1, char 33"),
        ("CREATE DATABASE x WITH DURATION foo", "found foo, expected duration at line 1, char 33"),
        ("CREATE DATABASE x WITH DURATION 10", "found 10, expected duration at line 1, char 33"),
        ("CREATE DATABASE x WITH DURATION 1h DURATION 2h", "found DURATION, expected ; at line 1, char 36"),
        ("CREATE DATABASE x WITH NAME", "found EOF, expected identifier at line 1, char 29"),
        ("CREATE DATABASE x WITH REPLICATION x", "found x, expected integer at line 1, char 36"),
        ("CREATE DATABASE x WITH REPLICATION 0", "invalid value 0: must be 1 <= n <= 2147483647 at line 1, char 36"),
        ("CREATE DATABASE x WITH SHARD 1h", "found 1h, expected DURATION at line 1, char 30"),
        (
            "CREATE DATABASE x WITH DEFAULT",
            "found DEFAULT, expected DURATION, NAME, REPLICATION, SHARD at line 1, char 24"
        ),
        ("CREATE RETENTION", "found EOF, expected POLICY at line 1, char 18"),
        ("CREATE RETENTION POLICY", "found EOF, expected identifier at line 1, char 25"),
        ("CREATE RETENTION POLICY p", "found EOF, expected ON at line 1, char 27"),
        ("CREATE RETENTION POLICY p ON", "found EOF, expected identifier at line 1, char 30"),
        ("CREATE RETENTION POLICY p ON d", "found EOF, expected DURATION at line 1, char 32"),
        ("CREATE RETENTION POLICY p ON d DURATION", "found EOF, expected duration at line 1, char 41"),
        ("CREATE RETENTION POLICY p ON d DURATION 1h", "found EOF, expected REPLICATION at line 1, char 43"),
        ("CREATE RETENTION POLICY p ON d DURATION 1h REPLICATION", "found EOF, expected integer at line 1, char 56"),
        ("CREATE RETENTION POLICY p ON d DURATION 1h REPLICATION -1", "found -, expected integer at line 1, char 56"),
        (
            "CREATE RETENTION POLICY p ON d DURATION 1h REPLICATION 0",
            "invalid value 0: must be 1 <= n <= 2147483647 at line 1, char 56"
        ),
        (
            "CREATE RETENTION POLICY p ON d DURATION 1h REPLICATION 1 SHARD",
            "found EOF, expected DURATION at line 1, char 64"
        ),
        (
            "CREATE RETENTION POLICY p ON d DURATION 1h REPLICATION 1 SHARD DURATION",
            "found EOF, expected duration at line 1, char 73"
        ),
        ("CREATE RETENTION POLICY p ON d DURATION 1h REPLICATION 1 FOO", "found FOO, expected ; at line 1, char 58"),
        ("CREATE RETENTION POLICY p ON d REPLICATION 1", "found REPLICATION, expected DURATION at line 1, char 32"),
        ("ALTER", "found EOF, expected RETENTION at line 1, char 7"),
        ("ALTER FOO", "found FOO, expected RETENTION at line 1, char 7"),
        ("ALTER RETENTION POLICY", "found EOF, expected identifier at line 1, char 24"),
        (
            "ALTER RETENTION POLICY p ON d",
            "found EOF, expected DURATION, REPLICATION, SHARD, DEFAULT at line 1, char 31"
        ),
        (
            "ALTER RETENTION POLICY p ON d FOO",
            "found FOO, expected DURATION, REPLICATION, SHARD, DEFAULT at line 1, char 31"
        ),
        ("ALTER RETENTION POLICY p ON d DURATION", "found EOF, expected duration at line 1, char 40"),
        ("ALTER RETENTION POLICY p ON d DURATION 1h DURATION 2h", "found duplicate DURATION option at line 1, char 43"),
        ("ALTER RETENTION POLICY p ON d DEFAULT DEFAULT", "found duplicate DEFAULT option at line 1, char 39"),
        ("ALTER RETENTION POLICY p ON d REPLICATION a", "found a, expected integer at line 1, char 43"),
        ("DROP", "found EOF, expected \(dropWords) at line 1, char 6"),
        ("DROP FOO", "found FOO, expected \(dropWords) at line 1, char 6"),
        ("DROP DATABASE", "found EOF, expected identifier at line 1, char 15"),
        ("DROP DATABASE 1", "found 1, expected identifier at line 1, char 15"),
        ("DROP RETENTION", "found EOF, expected POLICY at line 1, char 16"),
        ("DROP RETENTION POLICY", "found EOF, expected identifier at line 1, char 23"),
        ("DROP RETENTION POLICY p", "found EOF, expected ON at line 1, char 25"),
        ("DROP RETENTION POLICY p ON", "found EOF, expected identifier at line 1, char 28"),
        ("DROP RETENTION POLICY p ON 'x'", "found x, expected identifier at line 1, char 27"),
    ]
}
