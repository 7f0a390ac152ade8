import LogicalPlan
import QueryExecutor
import Telemetry
import Testing

/// EXPLAIN and EXPLAIN ANALYZE: the layout is that of influxd 1.6.7, the counts are those of the points in the store.
@Suite("EXPLAIN")
struct ExplainTests {
    private func lines(_ engine: TestEngine, _ text: String) throws -> [String] {
        let results = try engine.ask(text)
        #expect(results.map(\.error) == [nil])
        return results.flatMap(\.series).flatMap(\.rows).map { row in
            guard case .string(let line)? = row.first, row.count == 1 else { return "no line: \(row)" }
            return line
        }
    }

    @Test("a plan names what is computed and how much there is to read")
    func plan() async throws {
        let engine = try await TestEngine(.memory)
        let text = "EXPLAIN SELECT mean(v), max(i) FROM m WHERE h = 'h1' AND time < 1h GROUP BY h"
        #expect(
            try lines(engine, text) == [
                "EXPRESSION: mean(v::float), max(i::integer)", "NUMBER OF SHARDS: 1", "NUMBER OF SERIES: 1",
                "CACHED VALUES: 9", "NUMBER OF FILES: 0", "NUMBER OF BLOCKS: 0", "SIZE OF BLOCKS: 0",
                "NUMBER OF STEPS: 1",
            ])
        #expect(try engine.ask(text).flatMap(\.series).map(\.columns) == [["QUERY PLAN"]])
    }

    @Test(
        "what is read beside the calls is named with its type",
        arguments: [
            ("SELECT v FROM m", ["EXPRESSION: <nil>", "AUXILIARY FIELDS: v::float"]),
            (
                "SELECT last(v), s, h FROM m",
                ["EXPRESSION: last(v::float)", "AUXILIARY FIELDS: s::string, h::tag"]
            ),
            (
                "SELECT percentile(v, 5), count(nope) FROM m",
                ["EXPRESSION: percentile(v::float, 5), count(nope)", "NUMBER OF SHARDS: 2"]
            ),
            ("SELECT mean(x) FROM (SELECT max(v) AS x FROM m)", ["EXPRESSION: max(v::float)", "NUMBER OF SHARDS: 2"]),
            ("SELECT v FROM nope", [""]),
        ])
    func expressions(_ question: String, _ begin: [String]) async throws {
        let engine = try await TestEngine(.memory)
        #expect(try lines(engine, "EXPLAIN " + question).prefix(2) == begin[...])
    }

    @Test("calls that are computed apart have a plan each")
    func severalScans() async throws {
        let engine = try await TestEngine(.memory)
        let plan = try lines(engine, "EXPLAIN SELECT derivative(v), max(i) FROM m")
        #expect(plan.filter { $0.hasPrefix("EXPRESSION") } == ["EXPRESSION: <nil>", "EXPRESSION: max(i::integer)"])
        #expect(plan.filter(\.isEmpty).count == 1 && plan.last != "")
    }

    @Test("segments are counted with their vectors, those of the times too")
    func segments() async throws {
        let engine = try await TestEngine(.compacted)
        let plan = try lines(engine, "EXPLAIN SELECT v FROM m")
        // One segment of the week around 1970, with a vector of times and one of values.
        #expect(plan.contains("CACHED VALUES: 0") && plan.contains("NUMBER OF FILES: 1"))
        #expect(plan.contains("NUMBER OF BLOCKS: 2"))
    }

    @Test("an analysis runs the question and tells what was read")
    func analysis() async throws {
        let engine = try await TestEngine(.memory)
        let text = "EXPLAIN ANALYZE SELECT last(v), s INTO x FROM m WHERE h = 'h1'"
        #expect(
            try lines(engine, text) == [
                ".",
                "└── select",
                "    ├── execution_time: 0s",
                "    ├── planning_time: 0s",
                "    ├── total_time: 0s",
                "    └── build_cursor",
                "        ├── labels",
                "        │   └── statement: SELECT last(v), s INTO dd.autogen.x FROM dd.autogen.m WHERE h = 'h1'",
                "        └── iterator_scanner",
                "            ├── labels",
                "            │   ├── expr: last(v::float)",
                "            │   └── auxiliary_fields: s::string",
                "            └── create_iterator",
                "                ├── labels",
                "                │   └── measurement: m",
                "                ├── shards: 2",
                "                ├── series: 1",
                "                ├── steps: 1",
                "                ├── cached_rows: 9",
                "                ├── files: 0",
                "                ├── blocks: 0",
                "                ├── blocks_size_bytes: 0",
                "                ├── blocks_answered_by_statistics: 0",
                "                ├── rows_read: 8",
                "                └── planning_time: 0s",
                "",
            ])
        #expect(try engine.ask(text).flatMap(\.series).map(\.columns) == [["EXPLAIN ANALYZE"]])
        #expect(engine.answer("SELECT v FROM x") == [])
        #expect(
            try lines(engine, "EXPLAIN ANALYZE SELECT v FROM nope").suffix(3) == [
                "        └── labels", "            └── statement: SELECT v FROM dd.autogen.nope", "",
            ])
    }

    @Test("an analysis counts the vectors whose statistics said all that was asked")
    func statistics() async throws {
        let points = (0..<4096).map { Point("w", [], [("v", .float(Double($0)))], seconds: Int64($0)) }
        let engine = try await TestEngine(points: points)
        let plan = try lines(engine, "EXPLAIN ANALYZE SELECT sum(v) FROM w")
        // Half of the points lie in a segment, in vectors of 1,024.
        #expect(plan.contains { $0.hasSuffix("blocks: 4") })
        #expect(plan.contains { $0.hasSuffix("blocks_answered_by_statistics: 2") })
        #expect(plan.contains { $0.hasSuffix("rows_read: 2048") })
    }

    @Test("a question that cannot be asked is refused as without EXPLAIN; a cancelled one ends")
    func errors() async throws {
        let engine = try await TestEngine(.memory)
        for begin in ["EXPLAIN ", "EXPLAIN ANALYZE "] {
            #expect(engine.answer(begin + "SELECT v FROM nowhere..m") == ["error: database not found: nowhere"])
            #expect(engine.answer(begin + "SELECT foo(v) FROM m") == ["error: undefined function foo()"])
            let results = try engine.ask(begin + "SELECT v FROM m", isCancelled: { true })
            #expect(results.map(\.error) == ["query interrupted"])
        }
    }
}
