import LogicalPlan
import QueryExecutor
import Telemetry
import Testing

/// What statements do beside answering rows; the words are those of influxd 1.6.7 where it has the case.
@Suite("Statements")
struct StatementTests {
    private func rows(_ results: [StatementResult]) -> [[QueryValue]] { results.flatMap(\.series).flatMap(\.rows) }

    @Test("whole numbers stay whole: count, sum, min, spread and first of integers; a mean is a float")
    func types() async throws {
        let engine = try await TestEngine(.memory)
        let text = "SELECT count(v), sum(i), min(i), spread(i), mean(i), median(i), sum(v) FROM m WHERE h = 'h1'"
        // i of h1 is 0 1 2 3 2 3 0 1, v is 1.5 2.25 4 3.75 6.5 -2 2.75 8.25.
        #expect(
            try rows(engine.ask(text)) == [
                [
                    .time(0), .integer(8), .integer(12), .integer(0), .integer(3), .float(1.5), .float(1.5),
                    .float(27),
                ]
            ])
        #expect(
            try rows(engine.ask("SELECT first(i), last(b) FROM m WHERE h = 'h1'")) == [
                [.time(0), .integer(0), .boolean(true)]
            ])
        #expect(
            try rows(engine.ask("SELECT i + 1, i / 2, i * 1.0 FROM m WHERE h = 'h1' AND time = 60s")) == [
                [.time(60_000_000_000), .integer(2), .float(0.5), .float(1)]
            ])
        #expect(
            try rows(engine.ask("SELECT v::integer, i::float FROM m WHERE h = 'h1' AND time = 60s")) == [
                [.time(60_000_000_000), .integer(2), .float(1)]
            ])
    }

    @Test("statements are numbered; what follows a failed one is not executed")
    func sequence() async throws {
        let engine = try await TestEngine(.memory)
        let results = try engine.ask("SHOW MEASUREMENTS; SELECT v FROM nowhere..m; SHOW DATABASES; SELECT v FROM m")
        #expect(results.map(\.statementID) == [0, 1, 2, 3])
        #expect(
            results.map(\.error) == [nil, "database not found: nowhere", "not executed", "not executed"])
        #expect(try engine.ask("").isEmpty)
    }

    @Test("a text that is no InfluxQL runs none of its statements")
    func syntax() async throws {
        let engine = try await TestEngine(.memory)
        #expect {
            try engine.ask("DROP DATABASE dd; SELECT")
        } throws: { error in
            "\(error)"
                == "error parsing query: found EOF, expected identifier, string, number, bool at line 1, char 26"
        }
        #expect(engine.answer("SHOW DATABASES") == ["databases name: 'dd'"])
    }

    @Test(
        "a statement that changes something is carried out in a read-only context too, with influxd's warning",
        arguments: [
            ("CREATE DATABASE x", "CREATE DATABASE x"),
            (
                "create database \"x y\" with duration 2h name z",
                "CREATE DATABASE \"x y\" WITH DURATION 2h0m0s NAME z"
            ),
            ("DROP DATABASE x", "DROP DATABASE x"),
            (
                "CREATE RETENTION POLICY p ON dd DURATION 60m REPLICATION 1",
                "CREATE RETENTION POLICY p ON dd DURATION 1h REPLICATION 1"
            ),
            (
                "ALTER RETENTION POLICY autogen ON dd DURATION 14d",
                "ALTER RETENTION POLICY autogen ON dd DURATION 2w"
            ),
            ("DROP RETENTION POLICY p ON nope", "DROP RETENTION POLICY p ON nope"),
            ("SELECT v INTO x FROM m", "SELECT v INTO dd.autogen.x FROM dd.autogen.m"),
            (
                "SELECT v INTO dd..x FROM (SELECT max(v) AS v FROM m)",
                "SELECT v INTO dd.autogen.x FROM (SELECT max(v) AS v FROM dd.autogen.m)"
            ),
        ])
    func readOnly(_ text: String, _ shown: String) async throws {
        let engine = try await TestEngine(.memory)
        let results = try engine.ask(text, isReadOnly: true)
        #expect(
            results.map(\.messages) == [
                ["deprecated use of '\(shown)' in a read only context, please use a POST request instead"]
            ])
        #expect(results.map(\.error) == [nil])
        #expect(try engine.ask(text).map(\.messages) == [[]])
    }

    @Test("a change by GET is made, what only reads or fails has no warning")
    func readOnlyChange() async throws {
        let engine = try await TestEngine(.memory)
        let results = try engine.ask("CREATE DATABASE x; SHOW DATABASES; SELECT v FROM m", isReadOnly: true)
        #expect(results.map(\.messages.count) == [1, 0, 0])
        #expect(Question.render(results[1]) == ["databases name: 'dd'; 'x'"])
        let failed = try engine.ask("ALTER RETENTION POLICY p ON dd DURATION 2d", isReadOnly: true)
        #expect(failed.map(\.messages) == [[]] && failed[0].error != nil)
        #expect(engine.answer("SELECT count(v) FROM x") == [])
        #expect(try engine.ask("SELECT v INTO x FROM m", isReadOnly: true)[0].error == nil)
        #expect(engine.answer("SELECT count(v) FROM x") == ["x time,count: 0s,17"])
    }

    @Test("databases and retention policies are made, altered and dropped")
    func catalog() async throws {
        let engine = try await TestEngine(.memory)
        let columns = "name,duration,shardGroupDuration,replicaN,default"
        #expect(engine.answer("CREATE DATABASE x WITH DURATION 2h REPLICATION 1 SHARD DURATION 1h NAME p") == [])
        #expect(engine.answer("SHOW DATABASES") == ["databases name: 'dd'; 'x'"])
        #expect(engine.answer("SHOW RETENTION POLICIES ON x") == [" \(columns): 'p','2h0m0s','1h0m0s',1,true"])
        #expect(engine.answer("CREATE RETENTION POLICY q ON x DURATION INF REPLICATION 1 DEFAULT") == [])
        #expect(engine.answer("ALTER RETENTION POLICY p ON x DURATION 3d") == [])
        #expect(
            engine.answer("SHOW RETENTION POLICIES ON x") == [
                " \(columns): 'p','72h0m0s','1h0m0s',1,false; 'q','0s','168h0m0s',1,true"
            ])
        #expect(engine.answer("DROP RETENTION POLICY p ON x") == [])
        #expect(
            engine.answer("SHOW RETENTION POLICIES ON x") == [" \(columns): 'q','0s','168h0m0s',1,true"])
        #expect(engine.answer("DROP DATABASE x; SHOW DATABASES") == ["databases name: 'dd'"])
        #expect(engine.answer("CREATE DATABASE dd; DROP DATABASE nope") == [])
    }

    @Test("a question in no database says so")
    func noDatabase() async throws {
        let engine = try await TestEngine(.memory)
        for text in ["SELECT v FROM m", "SHOW MEASUREMENTS", "SHOW SERIES", "SHOW RETENTION POLICIES"] {
            #expect(try engine.ask(text, database: "").map(\.error) == ["database name required"], "\(text)")
        }
    }

    @Test("a cancelled question ends with an error")
    func cancelled() async throws {
        let engine = try await TestEngine(.compacted)
        for text in ["SELECT v FROM m", "SELECT mean(v) FROM m"] {
            let results = try engine.ask(text, isCancelled: { true })
            #expect(results.map(\.error) == ["query interrupted"])
            #expect(rows(results).isEmpty)
        }
    }

    @Test("more than a million windows are refused, except that LIMIT asks for few or fill(none) makes none")
    func bucketLimit() async throws {
        let engine = try await TestEngine(.memory)
        let begin = "SELECT count(v) FROM m WHERE time >= 0s AND time < 10000000s GROUP BY time(1s)"
        #expect(engine.answer(begin) == ["error: max-select-buckets limit exceeded: (9999999/1000000)"])
        #expect(engine.answer(begin + " LIMIT 2") == ["m time,count: 0s,1; 1s,0"])
        #expect(engine.answer(begin + " fill(none) LIMIT 2") == ["m time,count: 0s,1; 5s,1"])
        let all = "SELECT count(v) FROM m WHERE time >= -9223372036s AND time < 9223372036s GROUP BY time(1ns)"
        #expect(engine.answer(all).first?.hasPrefix("error: max-select-buckets limit exceeded") == true)
    }

    @Test(
        "counts of names by tags; the answers are those of influxd 1.6.7 over the same series",
        arguments: [
            (
                "SHOW TAG KEY EXACT CARDINALITY GROUP BY h",
                ["cpu{h=a} count: 2", "cpu{h=b} count: 2", "mem{h=a} count: 1"]
            ),
            (
                "SHOW TAG VALUES CARDINALITY WITH KEY = h GROUP BY r",
                ["cpu{r=} count: 2", "cpu{r=x} count: 2", "mem{r=} count: 1"]
            ),
            (
                "SHOW TAG VALUES EXACT CARDINALITY WITH KEY = h GROUP BY *",
                [
                    "cpu{h=a,r=} count: 1", "cpu{h=a,r=x} count: 1", "cpu{h=b,r=} count: 1", "cpu{h=b,r=x} count: 1",
                    "mem{h=a,r=} count: 1",
                ]
            ),
            (
                "SHOW FIELD KEY EXACT CARDINALITY GROUP BY h",
                ["cpu{h=a} count: 2", "cpu{h=b} count: 2", "li{h=} count: 1", "mem{h=a} count: 1"]
            ),
            (
                "SHOW SERIES EXACT CARDINALITY GROUP BY h",
                ["cpu{h=a} count: 2", "cpu{h=b} count: 2", "li{h=} count: 1", "mem{h=a} count: 1"]
            ),
            (
                "SHOW MEASUREMENT EXACT CARDINALITY GROUP BY h",
                ["{h=} count: 1", "{h=a} count: 2", "{h=b} count: 1"]
            ),
        ])
    func cardinalities(_ text: String, _ answer: [String]) async throws {
        let engine = try await TestEngine(points: [
            Point("cpu", [("h", "a")], [("x", .float(1))], seconds: 1),
            Point("cpu", [("h", "b")], [("y", .float(1))], seconds: 1),
            Point("cpu", [("h", "a"), ("r", "x")], [("x", .float(1))], seconds: 1),
            Point("cpu", [("h", "b"), ("r", "x")], [("x", .float(1))], seconds: 1),
            Point("li", [], [("f", .float(1))], seconds: 1), Point("mem", [("h", "a")], [("z", .float(1))], seconds: 1),
        ])
        #expect(engine.answer(text) == answer)
    }

    @Test(
        "what this version does not carry out is named",
        arguments: [
            ("GRANT ALL TO u", "GRANT"), ("CREATE USER u WITH PASSWORD 'p'", "CREATE USER"),
        ])
    func unsupported(_ text: String, _ words: String) async throws {
        let engine = try await TestEngine(.memory)
        #expect(engine.answer(text) == ["error: not supported by this version: \(words)"])
    }

    @Test(
        "a statement that is meant to hurt gets an answer", .timeLimit(.minutes(5)),
        arguments: [
            "SELECT v FROM m WHERE time > 9223372036854775807", "SELECT v FROM m WHERE time < -9223372036854775808",
            "SELECT v FROM m WHERE time < -9223372036854775807 - 10",
            "SELECT v FROM m WHERE time > 99999999999999999999999.5", "SELECT i % -1, i % 0 FROM m",
            "SELECT percentile(v, 99999999999999999999999.0) FROM m", "SELECT percentile(v, -1e3) FROM m",
            "SELECT count(v) FROM m WHERE time > 9223372036854775000 GROUP BY time(1h) LIMIT 5",
            "SELECT count(v) FROM m WHERE time > -9223372036854775808 GROUP BY time(106751d)",
            "SELECT count(v) FROM m WHERE time >= 0 AND time < 10s GROUP BY time(1s, 9223372036854775807ns)",
            "SELECT sum(i) FROM m WHERE time >= 0 AND time < 10s GROUP BY time(1s) fill(99999999999999999999999.0)",
            "SELECT v FROM m LIMIT 9223372036854775807 OFFSET 9223372036854775807",
            "SELECT v FROM m SLIMIT 9223372036854775807 SOFFSET 9223372036854775807",
            "SELECT v FROM m WHERE h =~ /((a*)*)*b/",
            "SELECT i * 9223372036854775807 + 9223372036854775807 FROM m",
            "SELECT top(v, 9223372036854775807), h FROM m", "SELECT sample(v, 9223372036854775807) FROM m",
            "SELECT moving_average(v, 9223372036854775807) FROM m", "SELECT derivative(v, 106751d) FROM m",
            "SELECT mode(v) FROM m WHERE time > -9223372036854775808 GROUP BY time(1ns)",
            "SELECT count(distinct(v)) FROM m WHERE time > 9223372036854775000 GROUP BY time(106751d) fill(linear)",
            "SELECT mean(v) FROM m GROUP BY time(3000mo) fill(linear)", "SELECT mean(v) FROM m GROUP BY time(9999y)",
            "SELECT mean(v) FROM m GROUP BY time(1d, 9223372036854775807ns) tz('Europe/Berlin')",
            "SELECT difference(mean(v)) FROM m WHERE time > -9223372036854775807 GROUP BY time(106751d) tz('Asia/Tokyo')",
            "SELECT pow(v, 1e308), exp(v * 1000), log(v, 0), sqrt(-1 * v), abs(i) % 0 FROM m",
            "SELECT derivative(mean(x)) FROM (SELECT v AS x FROM m) WHERE time > -9223372036854775807 GROUP BY time(1w)",
            "SHOW SERIES WHERE ((((h = 'a' OR h = 'b') AND h =~ /((a*)*)*b/)))",
            "SELECT v FROM m OFFSET 9223372036854775807",
        ])
    func hostile(_ text: String) async throws {
        let engine = try await TestEngine(.firstHalfFlushed)
        _ = engine.answer(text)
        #expect(engine.answer("SELECT count(v) FROM n, m WHERE h = 'h3'") == ["m time,count: 0s,2"])
    }

    @Test("subqueries that multiply are stopped", .timeLimit(.minutes(5)))
    func multiplyingSubqueries() async throws {
        let engine = try await TestEngine(.memory)
        var text = "m"
        for _ in 0..<8 {
            let calls = (2..<8).map { "moving_average(v, \($0)) AS v\($0 == 2 ? "" : String($0))" }
            text = "(SELECT \(calls.joined(separator: ", ")) FROM \(text))"
        }
        #expect(
            engine.answer("SELECT count(v) FROM \(text)")
                == ["error: the statement would run its subqueries more than 1000 times"])
        let deep =
            String(repeating: "SELECT v FROM (", count: 20) + "SELECT v FROM m" + String(repeating: ")", count: 20)
        #expect(engine.answer(deep) == ["error: subqueries are nested more than 16 deep"])
    }

    @Test("ten thousand columns of one name are told apart in linear time", .timeLimit(.minutes(5)))
    func manyColumns() async throws {
        let engine = try await TestEngine(.memory)
        for field in ["v", "max(v)"] {
            let fields = Array(repeating: field, count: 10_000).joined(separator: ", ")
            let columns = try #require(engine.ask("SELECT \(fields) FROM m LIMIT 1")[0].series.first?.columns)
            #expect(Set(columns).count == 10_001)
            #expect(columns.last == (field == "v" ? "v_9999" : "max_9999"))
        }
    }
}
