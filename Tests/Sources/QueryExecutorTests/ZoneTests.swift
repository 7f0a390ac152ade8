import LogicalPlan
import Telemetry
import Testing

@Suite("Time zones and the calendar")
struct ZoneTests {
    /// A point every six hours over the two Sundays of 2024 on which Berlin's clocks change.
    private static let clockChanges: [Point] =
        (0..<24).map { Point("t", [], [("v", .float(Double($0)))], seconds: 1_711_584_000 + 21_600 * $0) }
        + (0..<20).map { Point("t", [], [("v", .float(Double($0)))], seconds: 1_729_814_400 + 21_600 * $0) }

    /// A point at noon UTC of each day of 2023 and 2024.
    private static let days: [Point] = (0..<731).map {
        Point("y", [], [("v", .float(1))], seconds: 1_672_531_200 + 43_200 + 86_400 * $0)
    }

    @Test("tz() lays windows by the local clock as influxd 1.6.7 does")
    func zones() async throws {
        let engine = try await TestEngine(points: Self.clockChanges)
        for question in Question.zones { #expect(engine.answer(question.text) == question.answer, "\(question.text)") }
    }

    @Test(
        "months, quarters and years begin at local midnight of their first day",
        arguments: [
            // 2024 is a leap year; the starts are those of the calendar, in seconds since 1970.
            Question(
                "SELECT count(v) FROM y WHERE time >= '2024-01-01' AND time < '2024-05-01' GROUP BY time(1mo)",
                ["y time,count: 1704067200s,31; 1706745600s,29; 1709251200s,31; 1711929600s,30"]),
            // In Berlin an hour earlier in winter and two in summer.
            Question(
                "SELECT count(v) FROM y WHERE time >= '2024-03-01' AND time < '2024-05-01' GROUP BY time(1mo) "
                    + "tz('Europe/Berlin')",
                ["y time,count: 1709247600s,31; 1711922400s,30"]),
            Question(
                "SELECT sum(v) FROM y WHERE time >= '2023-01-01' AND time < '2024-07-01' GROUP BY time(1q)",
                [
                    "y time,sum: 1672531200s,90; 1680307200s,91; 1688169600s,92; 1696118400s,92; 1704067200s,91; 1711929600s,91"
                ]),
            Question(
                "SELECT sum(v) FROM y WHERE time >= '2022-01-01' AND time < '2025-01-01' GROUP BY time(1y) fill(0)",
                ["y time,sum: 1640995200s,0; 1672531200s,365; 1704067200s,366"]),
            Question(
                "SELECT count(v) FROM y WHERE time >= '2024-01-01' AND time < '2024-05-01' GROUP BY time(2mo) "
                    + "ORDER BY time DESC",
                ["y time,count: 1709251200s,61; 1704067200s,60"]),
            Question(
                "SELECT difference(count(v)) FROM y WHERE time >= '2024-02-01' AND time < '2024-05-01' "
                    + "GROUP BY time(1mo)",
                ["y time,difference: 1706745600s,-2; 1709251200s,2; 1711929600s,-1"]),
            Question(
                "SELECT max(c) FROM (SELECT count(v) AS c FROM y GROUP BY time(1mo)) "
                    + "WHERE time >= '2024-02-01' AND time < '2024-05-01' GROUP BY time(1q)",
                ["y time,max: 1704067200s,31; 1711929600s,30"]),
            Question(
                "SELECT count(v) FROM y WHERE time >= '2024-01-01' AND time < '2024-05-01' GROUP BY time(1mo, 1d) "
                    + "LIMIT 2",
                ["y time,count: 1701475200s,1; 1704153600s,31"]),
            Question("SELECT count(v) FROM y GROUP BY time(0mo)", ["error: error parsing query: invalid duration"]),
            Question(
                "SELECT count(v) FROM y WHERE time > now() - 1mo",
                ["error: error parsing query: invalid duration"]),
        ])
    func calendar(_ question: Question) async throws {
        let engine = try await TestEngine(points: Self.days)
        #expect(engine.answer(question.text) == question.answer, "\(question.text)")
    }

    @Test("windows that begin at six stay at six over a change of the clock, where influxd 1.6.7 makes one more")
    func offset() async throws {
        let engine = try await TestEngine(points: Self.clockChanges)
        // Six o'clock is 05:00 UTC until the 30th and 04:00 from the 31st; the points 4 to 21 are those from
        // 2024-03-29 00:00 UTC on, six hours apart.
        #expect(
            engine.answer(
                "SELECT sum(v) FROM t WHERE time >= '2024-03-30' AND time < '2024-04-02' GROUP BY time(1d, 6h) "
                    + "tz('Europe/Berlin')")
                == ["t time,sum: 1711688400s,8; 1711774800s,42; 1711857600s,58; 1711944000s,54"])
    }

    @Test("an answer says in which zone its times are to be written")
    func zoneOfAnswer() async throws {
        let engine = try await TestEngine(points: Self.clockChanges)
        #expect(
            try engine.ask("SELECT v FROM t tz('Europe/Berlin'); SELECT v FROM t").map(\.timeZone) == [
                "Europe/Berlin", nil,
            ])
    }

    @Test(
        "a time as the offset of windows puts one there; weeks count from the Monday of the year 1, as influxd's now() does",
        arguments: [
            // The engine's now is a Friday at eight, 1970 began on a Thursday.
            ("10s, '2000-01-01T00:00:05Z'", "10s, 5s"), ("1m, '2000-01-01 00:00:07'", "1m, 7s"),
            ("1h, '1960-01-01T00:50:00Z'", "1h, 50m"), ("1d, '2000-01-01'", "1d, 0s"), ("1w, now()", "1w, 104h"),
            ("1w, '1970-01-01'", "1w, 3d"), ("1w, '2024-01-01'", "1w, 0s"), ("1h, now()", "1h, 0s"),
        ])
    func timeAsOffset(_ offset: String, _ same: String) async throws {
        let engine = try await TestEngine(.memory)
        let question = "SELECT count(v) FROM m WHERE time >= -700s AND time < 900s GROUP BY time("
        let answer = engine.answer(question + offset + ") fill(none)")
        #expect(answer == engine.answer(question + same + ") fill(none)"))
        #expect(answer.count == 1 && answer[0].hasPrefix("m time,count: "))
    }
}
