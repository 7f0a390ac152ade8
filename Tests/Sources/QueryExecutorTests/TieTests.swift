import Telemetry
import Testing

@Suite("Rows of one time")
struct TieTests {
    /// Six series with rows at the same seconds, written in no order.
    private static let points: [Point] = {
        let rows: [(String, Int64, Double)] = [
            ("f", 1, 6), ("a", 0, 8), ("c", 0, 1), ("e", 1, 0), ("b", 1, 8), ("d", 2, 7), ("e", 0, 8), ("a", 2, 9),
            ("f", 0, 7), ("b", 0, 9), ("d", 1, 9), ("c", 2, 5), ("a", 1, 2), ("c", 1, 1), ("f", 2, 6), ("e", 2, 6),
            ("e", 3, 2), ("a", 3, 6), ("c", 3, 0),
        ]
        return rows.map { Point("m", [("h", $0.0)], [("v", .float($0.2))], seconds: $0.1) }
    }()

    @Test(
        "rows of one time come in the order of influxd 1.6.7: by the texts beside them, or as its heap has them",
        arguments: [
            Question(
                "SELECT v, h FROM m WHERE time <= 1s",
                [
                    "m time,v,h: 0s,8,'a'; 0s,9,'b'; 0s,1,'c'; 0s,8,'e'; 0s,7,'f'; 1s,2,'a'; 1s,8,'b'; 1s,1,'c'; 1s,9,'d'; 1s,0,'e'; 1s,6,'f'"
                ]),
            Question(
                "SELECT v FROM m",
                [
                    "m time,v: 0s,8; 0s,7; 0s,9; 0s,8; 0s,1; 1s,0; 1s,1; 1s,6; 1s,9; 1s,2; 1s,8; 2s,9; 2s,5; 2s,6; 2s,6; 2s,7; 3s,2; 3s,6; 3s,0"
                ]),
            Question("SELECT difference(v) FROM m", ["m time,difference: 1s,-8; 2s,9; 3s,-7"]),
            Question(
                "SELECT v, h FROM m WHERE time > 2s ORDER BY time DESC", ["m time,v,h: 3s,2,'e'; 3s,0,'c'; 3s,6,'a'"]),
        ])
    func ties(_ question: Question) async throws {
        let engine = try await TestEngine(points: Self.points)
        #expect(engine.answer(question.text) == question.answer, "\(question.text)")
    }
}

@Suite("A field and a tag of one name")
struct NameTests {
    @Test("both are shown, the field first, as in InfluxDB 1.8's own test TestServer_Query_AggregateSelectors")
    func both() async throws {
        let engine = try await TestEngine(points: [
            Point(
                "network", [("core", "1"), ("host", "server01")], [("core", .integer(2)), ("rx", .integer(10))],
                seconds: 0),
            Point(
                "network", [("core", "2"), ("host", "server02")], [("core", .integer(3)), ("rx", .integer(40))],
                seconds: 10),
        ])
        #expect(
            engine.answer("SELECT * FROM network")
                == ["network time,core,core_1,host,rx: 0s,2,'1','server01',10; 10s,3,'2','server02',40"])
    }
}
