import LogicalPlan
import QueryExecutor
import SimulatedDisk
import Telemetry
import Testing
import TimeSeriesStore

/// SELECT INTO; the answers are those of influxd 1.6.7 over the same points.
@Suite("INTO")
struct IntoTests {
    @Test(
        "what a SELECT answers is written and can be read",
        arguments: [
            (
                "SELECT v INTO w FROM m WHERE h = 'h1'", 8, "SELECT * FROM w",
                ["w time,v: 0s,1.5; 60s,2.25; 120s,4; 180s,3.75; 360s,6.5; 420s,-2; 480s,2.75; 540s,8.25"]
            ),
            (
                "SELECT mean(v) INTO w FROM m WHERE time >= 0s AND time < 600s GROUP BY time(3m), h", 8,
                "SELECT * FROM w",
                [
                    "w time,h,mean: 0s,null,5.5; 0s,'h1',2.58333333333; 0s,'h2',1.625; 180s,'h1',3.75; 180s,'h2',3; 360s,'h1',2.41666666667; 360s,'h2',7; 540s,'h1',8.25"
                ]
            ),
            (
                "SELECT mean(v) INTO w FROM m WHERE time >= 0s AND time < 600s AND h = 'h1' GROUP BY time(1m)", 8,
                "SELECT count(mean) FROM w", ["w time,count: 0s,8"]
            ),
            (
                "SELECT v AS a, s INTO w FROM m GROUP BY *", 17, "SELECT * FROM w WHERE h = 'h3' GROUP BY *",
                ["w{h=h3,r=} time,a,s: -120s,-4.75,null; 600s,0.25,null"]
            ),
            ("SELECT mean(v) INTO w FROM m", 1, "SELECT * FROM w", ["w time,mean: 0s,8.51470588235"]),
            ("SELECT v INTO w FROM nope", 0, "SELECT * FROM w", []),
            ("SELECT v INTO w FROM m LIMIT 2", 2, "SELECT v FROM w", ["w time,v: -120s,-4.75; 0s,1.5"]),
            (
                "SELECT q INTO other.autogen.:MEASUREMENT FROM /m|n/", 2, "SELECT q FROM other..n",
                ["n time,q: 10s,5; 20s,9"]
            ),
            (
                "SELECT q * 2 AS q INTO other..:MEASUREMENT FROM n", 2, "SELECT q FROM other..n",
                ["n time,q: 10s,10; 20s,18"]
            ),
        ])
    func written(_ text: String, _ count: Int, _ question: String, _ answer: [String]) async throws {
        let engine = try await TestEngine(.firstHalfFlushed)
        #expect(engine.answer("CREATE DATABASE other") == [])
        #expect(engine.answer(text) == ["result time,written: 0s,\(count)"])
        #expect(engine.answer(question) == answer)
    }

    @Test(
        "what cannot be written is refused in the words of influxd 1.6.7",
        arguments: [
            ("SELECT v INTO nowhere..x FROM m", "database not found: nowhere"),
            ("SELECT v INTO dd.nope.x FROM m", "retention policy not found: nope"),
            (
                "SELECT v INTO dd.autogen.:x FROM m",
                "error parsing query: found x, expected MEASUREMENT at line 1, char 27"
            ),
            (
                "SELECT v INTO :MEASUREMENT FROM m",
                "error parsing query: found :, expected identifier at line 1, char 15"
            ),
            ("SELECT v INTO /x/ FROM m", "error parsing query: found /, expected identifier at line 1, char 15"),
        ])
    func refused(_ text: String, _ words: String) async throws {
        let engine = try await TestEngine(.memory)
        #expect(engine.answer(text) == ["error: \(words)"])
    }

    @Test("the tags that top() and bottom() name stay tags")
    func tagsOfTop() async throws {
        let engine = try await TestEngine(
            points: [("a", 1.0, 5), ("b", 2, 6)].map { host, value, seconds in
                Point(
                    "cpu", [("h", host)], [("x", .float(value)), ("s", .string("q"))], seconds: Int64(seconds))
            })
        for (text, rows) in [
            ("SELECT top(x, h, 2) INTO w FROM cpu", "w time,h,top: 5s,'a',1; 6s,'b',2"),
            ("SELECT bottom(x, h, nix, 2), s INTO w FROM cpu", "w time,bottom,h,s: 5s,1,'a','q'; 6s,2,'b','q'"),
            ("SELECT top(x, h, 2) AS q INTO w FROM cpu GROUP BY h", "w time,h,q: 5s,'a',1; 6s,'b',2"),
        ] {
            #expect(engine.answer("DROP MEASUREMENT w") == [])
            #expect(engine.answer(text) == ["result time,written: 0s,2"])
            #expect(engine.answer("SELECT * FROM w") == [rows])
            #expect(engine.answer("SHOW TAG KEYS FROM w") == ["w tagKey: 'h'"])
        }
    }

    @Test("a value of another type than the field has is refused, and the statement says so")
    func typeConflict() async throws {
        let engine = try await TestEngine(.memory)
        let answer = engine.answer("SELECT v AS i INTO m FROM m WHERE h = 'h1'")
        #expect(answer.count == 1 && answer[0].hasPrefix("error: "))
    }

    @Test("without a place to write INTO is refused")
    func noSink() throws {
        let store = TimeSeriesStore(disk: SimulatedDisk(), settings: StoreSettings(directory: "/store"))
        try store.open()
        try store.createDatabase("dd")
        var options = QueryOptions()
        options.database = "dd"
        var errors: [String?] = []
        try QueryEngine(store: store, now: { 0 }).execute(
            "SELECT v INTO x FROM m", options: options, isCancelled: { false }
        ) { errors.append($0.error) }
        #expect(errors == ["not supported by this version: INTO"])
    }
}
