import Testing

/// Where influxd 1.6.7 answers what its manual does not say, we answer what the manual says; each case is here.
@Suite("Deliberate differences from influxd 1.6.7")
struct DeliberateDifferenceTests {
    @Test(
        "the answer of the manual",
        arguments: [
            // influxd 1.6.7 leaves the sign of whole numbers; 1.8 does not.
            Question("SELECT abs(i) FROM m WHERE h = 'h2' AND time > 400s", ["m time,abs: 455s,5"]),
            // influxd applies LIMIT to the rows that top() looks at.
            Question("SELECT top(v, 2) FROM m LIMIT 2", ["m time,top: 540s,8.25; 700s,100.5"]),
            // influxd gives these groups in the order in which they end, h1 after h2.
            Question(
                "SELECT integral(i) FROM m WHERE h = 'h1' OR h = 'h2' GROUP BY h",
                ["m{h=h1} time,integral: 0s,990", "m{h=h2} time,integral: 0s,1125"]),
            // influxd ends the answer at the first group that has too few points for a forecast.
            Question(
                "SELECT count(x) FROM (SELECT holt_winters(sum(i), 2, 2) AS x FROM m "
                    + "WHERE time >= 0s AND time < 600s GROUP BY time(2m), h)", ["m time,count: 0s,4"]),
            // influxd panics where one value makes no change.
            Question(
                "SELECT chande_momentum_oscillator(v, 1) FROM m",
                ["error: chande_momentum_oscillator period must be greater than or equal to 2"]),
            // influxd takes the LIMIT of a subquery from each shard, and its SLIMIT from nowhere.
            Question(
                "SELECT count(v) FROM (SELECT v FROM m GROUP BY h LIMIT 2)", ["m time,count: 0s,8"]),
            Question("SELECT count(v) FROM (SELECT v FROM m GROUP BY h SLIMIT 2)", ["m time,count: 0s,10"]),
            // influxd shows these by group, not by time.
            Question(
                "SELECT x FROM (SELECT last(s) AS x FROM m GROUP BY h)", ["m time,x: 275s,'h2'; 360s,'xy'"]),
            // influxd reads what lies before the first window only where its shard is read anyway.
            Question(
                "SELECT mean(x) FROM (SELECT derivative(mean(v)) AS x FROM m) "
                    + "WHERE time >= 0s AND time < 360s GROUP BY time(3m)",
                ["m time,mean: 0s,7.5; 180s,0.5"]),
        ])
    func manual(_ question: Question) async throws {
        let engine = try await TestEngine(.memory)
        #expect(engine.answer(question.text) == question.answer, "\(question.text)")
    }
}
