import InfluxQL
import LogicalPlan
import Testing

private let minute: Int64 = 60_000_000_000

@Suite("Statements")
struct StatementTests {
    private func one(_ text: String) throws -> Statement {
        let statements = try Parser.parse(text)
        return try #require(statements.count == 1 ? statements[0] : nil)
    }

    private func select(_ text: String) throws -> SelectStatement {
        guard case .select(let select) = try one(text) else {
            Issue.record("no SELECT: \(text)")
            return SelectStatement()
        }
        return select
    }

    private func condition(_ text: String) throws -> Expression? {
        try select("SELECT v FROM m WHERE " + text).condition
    }

    private func reference(_ name: String) -> Expression { .reference(name, type: nil) }

    private func source(_ name: String, policy: String? = nil, database: String? = nil) -> Source {
        var source = Source()
        (source.name, source.policy, source.database) = (name, policy, database)
        return source
    }

    @Test("a SELECT with every clause is read clause by clause, whatever the case of the words")
    func everyClause() throws {
        let select = try select(
            """
            select MEAN("v") AS a, max(w) from m where h = 'x' AND v > 1.5 group by time(5m, -1m), h, /^r/ \
            FILL(previous) order by time desc limit 3 offset 4 slimit 5 soffset 6 tz('Europe/Berlin')
            """)
        #expect(
            select.fields == [
                Field(.call("mean", [reference("v")]), alias: "a"), Field(.call("max", [reference("w")])),
            ])
        #expect(select.sources == [source("m")])
        #expect(
            select.condition
                == .binary(
                    .and, .binary(.equal, reference("h"), .string("x")),
                    .binary(.greater, reference("v"), .number(1.5))))
        #expect(
            select.dimensions == [
                .call("time", [.duration(5 * minute), .duration(-minute)]), reference("h"), .regex(try Pattern("^r")),
            ])
        #expect(select.fill == .previous)
        #expect(select.isDescending)
        #expect([select.limit, select.offset, select.seriesLimit, select.seriesOffset] == [3, 4, 5, 6])
        #expect(select.timeZone == "Europe/Berlin")
        #expect(select.pageEnd == 7)
    }

    @Test("a SELECT without clauses has InfluxDB's defaults: fill(null), ascending, no limits")
    func defaults() throws {
        let select = try select("SELECT * FROM m")
        #expect(select.fields == [Field(.wildcard(nil))])
        #expect(select.fill == .null && !select.isDescending && select.condition == nil && select.pageEnd == nil)
        #expect([select.limit, select.offset, select.seriesLimit, select.seriesOffset] == [0, 0, 0, 0])
    }

    @Test("each fill is told from the others")
    func fills() throws {
        let expected: [(String, Fill)] = [
            ("null", .null), ("none", .none), ("previous", .previous), ("linear", .linear), ("0", .number(0)),
            ("-1.5", .number(-1.5)),
        ]
        for (text, fill) in expected {
            #expect(try select("SELECT mean(v) FROM m GROUP BY time(1m) fill(\(text))").fill == fill, "\(text)")
        }
    }

    @Test("AND binds before OR, comparison before both, arithmetic before comparison, product before sum")
    func precedence() throws {
        let (a, b, c) = (reference("a"), reference("b"), reference("c"))
        #expect(
            try condition("a = 1 OR b = 2 AND c = 3")
                == .binary(
                    .or, .binary(.equal, a, .integer(1)),
                    .binary(.and, .binary(.equal, b, .integer(2)), .binary(.equal, c, .integer(3)))))
        #expect(
            try condition("a + b * c > 7")
                == .binary(.greater, .binary(.add, a, .binary(.multiply, b, c)), .integer(7)))
        #expect(
            try condition("(a + b) * c > 7")
                == .binary(.greater, .binary(.multiply, .parenthesis(.binary(.add, a, b)), c), .integer(7)))
        #expect(
            try condition("a - b - c = 0")
                == .binary(.equal, .binary(.subtract, .binary(.subtract, a, b), c), .integer(0)))
        #expect(try condition("a <> 1") == .binary(.notEqual, a, .integer(1)))
    }

    @Test("literals keep their type")
    func literals() throws {
        let expected: [(String, Expression)] = [
            ("1", .integer(1)), ("-1", .integer(-1)), ("1.", .number(1)), (".5", .number(0.5)), ("1.25", .number(1.25)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .unsigned(1 << 63)), ("18446744073709551615", .unsigned(.max)),
            ("true", .boolean(true)), ("FALSE", .boolean(false)), ("'it\\'s'", .string("it's")),
            ("'a\\nb\\\\'", .string("a\nb\\")), ("''", .string("")), ("'ä☃𝄞'", .string("ä☃𝄞")),
        ]
        for (text, literal) in expected {
            #expect(try condition("v = \(text)") == .binary(.equal, reference("v"), literal), "\(text)")
        }
    }

    @Test("durations count nanoseconds, and several units add up")
    func durations() throws {
        let expected: [(String, Int64)] = [
            ("1ns", 1), ("1u", 1000), ("1µ", 1000), ("1ms", 1_000_000), ("1s", 1_000_000_000), ("1m", minute),
            ("1h", 60 * minute), ("1d", 1440 * minute), ("1w", 10_080 * minute), ("1h30m", 90 * minute),
            ("2m10s5ms", 130_005_000_000),
        ]
        for (text, nanoseconds) in expected {
            #expect(
                try condition("time > \(text)") == .binary(.greater, reference("time"), .duration(nanoseconds)),
                "\(text)")
        }
        #expect(throws: ParseError.self) { try condition("time > 99999999999w") }
        #expect(throws: ParseError.self) { try condition("time > 1q") }
    }

    @Test("names are bare, or in double quotes with escapes; a source has a database and a policy or leaves them out")
    func names() throws {
        #expect(try select(#"SELECT "select" FROM m"#).fields == [Field(reference("select"))])
        #expect(try select(#"SELECT "a\"b c" FROM m"#).fields == [Field(reference("a\"b c"))])
        #expect(try select("SELECT _x1 FROM m").fields == [Field(reference("_x1"))])
        let expected: [(String, Source)] = [
            ("m", source("m")), ("p.m", source("m", policy: "p")), ("d.p.m", source("m", policy: "p", database: "d")),
            ("d..m", source("m", database: "d")), (#""d"."p"."m m""#, source("m m", policy: "p", database: "d")),
        ]
        for (text, source) in expected { #expect(try select("SELECT v FROM \(text)").sources == [source], "\(text)") }
        #expect(try select("SELECT v FROM a, b").sources == [source("a"), source("b")])
        var pattern = source("", policy: "p", database: "d")
        pattern.pattern = try Pattern("a/b")
        #expect(try select(#"SELECT v FROM d.p./a\/b/"#).sources == [pattern])
    }

    @Test("a regex stands for a field, a dimension and the first argument of a call, and behind =~ and !~")
    func regexes() throws {
        #expect(try select("SELECT /^v/ FROM m").fields == [Field(.regex(try Pattern("^v")))])
        #expect(try select("SELECT mean(/^v/) FROM m").fields == [Field(.call("mean", [.regex(try Pattern("^v"))]))])
        let h = reference("h")
        #expect(
            try condition("h =~ /a.*/ AND h !~ /b/")
                == .binary(
                    .and, .binary(.matches, h, .regex(try Pattern("a.*"))),
                    .binary(.matchesNot, h, .regex(try Pattern("b")))))
    }

    @Test("casts are kept")
    func casts() throws {
        #expect(
            try select("SELECT v::float, h::tag, *::field FROM m").fields == [
                Field(.reference("v", type: "float")), Field(.reference("h", type: "tag")), Field(.wildcard("field")),
            ])
    }

    @Test("comments and spaces do not count, and semicolons separate")
    func separation() throws {
        let statements = try Parser.parse(";; SELECT v -- a comment\n FROM m; /* two\nlines */ SHOW DATABASES ;")
        #expect(statements.count == 2)
        #expect(statements.last == .showDatabases)
        #expect(try Parser.parse("").isEmpty)
        #expect(try Parser.parse(" ;\n; ").isEmpty)
    }

    @Test("a parameter stands for its value")
    func parameters() throws {
        let values: [String: QueryValue] = ["a": .string("x"), "b": .integer(3), "c d": .boolean(true)]
        let text = #"SELECT v FROM m WHERE h = $a AND v > $b AND w = $"c d""#
        guard case .select(let select)? = try Parser.parse(text, parameters: values).first else {
            Issue.record("no SELECT")
            return
        }
        #expect(
            select.condition
                == (try condition("h = 'x' AND v > 3 AND w = true")))
    }

    @Test("SHOW is read with its options")
    func shows() throws {
        #expect(try one("SHOW DATABASES") == .showDatabases)
        #expect(try one("SHOW RETENTION POLICIES") == .showPolicies(nil))
        #expect(try one("show retention policies on d") == .showPolicies("d"))
        var options = ShowOptions()
        #expect(try one("SHOW SERIES") == .showSeries(options))
        #expect(try one("SHOW TAG KEYS") == .showTagKeys(options))
        #expect(try one("SHOW FIELD KEYS") == .showFieldKeys(options))
        #expect(try one("SHOW MEASUREMENTS") == .showMeasurements(options, nil))
        options.database = "d"
        (options.limit, options.offset) = (2, 1)
        #expect(
            try one("SHOW MEASUREMENTS ON d WITH MEASUREMENT = m LIMIT 2 OFFSET 1")
                == .showMeasurements(options, source("m")))
        options.sources = [source("m"), source("n")]
        options.condition = .binary(.equal, reference("h"), .string("x"))
        let tail = "ON d FROM m, n WHERE h = 'x' LIMIT 2 OFFSET 1"
        #expect(try one("SHOW SERIES \(tail)") == .showSeries(options))
        #expect(try one("SHOW TAG KEYS \(tail)") == .showTagKeys(options))
        #expect(
            try one("SHOW TAG VALUES ON d FROM m, n WITH KEY = k WHERE h = 'x' LIMIT 2 OFFSET 1")
                == .showTagValues(options, .names(["k"])))
    }

    @Test("SHOW TAG VALUES selects keys by name, list or pattern")
    func keySelections() throws {
        let expected: [(String, KeySelection)] = [
            ("= h", .names(["h"])), ("IN (h, \"r r\")", .names(["h", "r r"])), ("!= h", .notName("h")),
            ("=~ /h.*/", .pattern(try Pattern("h.*"))), ("!~ /h/", .notPattern(try Pattern("h"))),
        ]
        for (text, keys) in expected {
            #expect(try one("SHOW TAG VALUES WITH KEY \(text)") == .showTagValues(ShowOptions(), keys), "\(text)")
        }
    }

    @Test("CREATE, ALTER and DROP are read with their options")
    func catalog() throws {
        #expect(try one("CREATE DATABASE d") == .createDatabase("d", nil))
        #expect(try one("DROP DATABASE \"my db\"") == .dropDatabase("my db"))
        #expect(try one("DROP RETENTION POLICY p ON d") == .dropPolicy("p", database: "d"))
        var options = PolicyOptions()
        (options.duration, options.replication, options.shardDuration) = (120 * minute, 1, 60 * minute)
        options.name = "p"
        let all = "DURATION 2h REPLICATION 1 SHARD DURATION 1h"
        #expect(try one("CREATE DATABASE d WITH \(all) NAME p") == .createDatabase("d", options))
        options.name = nil
        options.isDefault = true
        #expect(
            try one("CREATE RETENTION POLICY p ON d \(all) DEFAULT") == .createPolicy("p", database: "d", options))
        #expect(
            try one("ALTER RETENTION POLICY p ON d DEFAULT SHARD DURATION 1h REPLICATION 1 DURATION 2h")
                == .alterPolicy("p", database: "d", options))
        var endless = PolicyOptions()
        (endless.duration, endless.replication) = (0, 1)
        #expect(
            try one("CREATE RETENTION POLICY p ON d DURATION INF REPLICATION 1")
                == .createPolicy("p", database: "d", endless))
    }

    @Test("SHOW CARDINALITY is read with what it counts, and EXACT by itself is passed over")
    func cardinality() throws {
        guard
            case .showCardinality(let found) = try one(
                "SHOW TAG VALUES EXACT CARDINALITY ON d FROM m WITH KEY IN (a, b) WHERE a = 'x' GROUP BY b LIMIT 2 OFFSET 1"
            )
        else {
            Issue.record("no count")
            return
        }
        #expect(found.subject == .tagValues)
        #expect(found.isExact)
        #expect(found.options.database == "d")
        #expect(found.options.sources == [source("m")])
        #expect(found.keys == .names(["a", "b"]))
        #expect(found.options.condition == .binary(.equal, reference("a"), .string("x")))
        #expect(found.dimensions == [reference("b")])
        #expect(found.options.limit == 2 && found.options.offset == 1)
        #expect(try one("SHOW SERIES EXACT") == .showSeries(ShowOptions()))
    }

    @Test("a subquery is read whole, and as deep as nesting goes")
    func subqueries() throws {
        let found = try select("SELECT mean(x) FROM (SELECT v AS x FROM (SELECT v FROM m LIMIT 2)), n")
        #expect(found.sources.count == 2)
        let inner = try #require(found.sources.first?.subquery.first)
        #expect(inner.fields == [Field(reference("v"), alias: "x")])
        #expect(inner.sources.first?.subquery.first?.limit == 2)
        #expect(found.sources.last == source("n"))
        let deep =
            String(repeating: "SELECT v FROM (", count: 100) + "SELECT v FROM m" + String(repeating: ")", count: 100)
        #expect(throws: ParseError.self) { try one(deep) }
    }

    @Test("another statement may follow each kind of statement")
    func sequence() throws {
        let texts = [
            "EXPLAIN SELECT v FROM m", "DELETE FROM m", "SHOW QUERIES", "SHOW STATS", "DROP SERIES FROM m",
            "CREATE USER u WITH PASSWORD 'p'",
        ]
        for text in texts { #expect(try Parser.parse(text + "; SHOW DATABASES").count == 2, "\(text)") }
    }
}
