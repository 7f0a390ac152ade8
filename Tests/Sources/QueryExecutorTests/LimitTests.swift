import QueryExecutor
import Telemetry
import Testing

@Suite("Limits of a query")
struct LimitTests {
    @Test("a query that would hold more than it may ends with an error, and what it held is given back")
    func memory() async throws {
        var limits = QueryLimits()
        limits.memoryByteCount = 200
        let engine = try await TestEngine(.compacted, limits: limits)
        #expect(engine.answer("SELECT * FROM m") == ["error: query memory limit exceeded: 0 of 0 MiB"])
        #expect(engine.answer("SELECT median(v) FROM m") == ["error: query memory limit exceeded: 0 of 0 MiB"])
        #expect(engine.answer("SELECT v FROM m LIMIT 1").count == 1)
        #expect(engine.answer("SELECT count(v) FROM m").first?.hasPrefix("m ") == true)
    }

    @Test("groups by the hundred thousand and windows by the million count too")
    func groups() async throws {
        var limits = QueryLimits()
        limits.memoryByteCount = 1 << 20
        let points = (0..<3000).map { number in
            Point("g", [("n", "\(number)")], [("v", .float(1))], seconds: 1)
        }
        let engine = try await TestEngine(points: points, limits: limits)
        #expect(
            engine.answer("SELECT count(v) FROM g GROUP BY n") == ["error: query memory limit exceeded: 1 of 1 MiB"])
        #expect(engine.answer("SELECT v FROM g GROUP BY n") == ["error: query memory limit exceeded: 1 of 1 MiB"])
        #expect(
            engine.answer("SELECT count(v) FROM g WHERE time >= 0 AND time < 90000s GROUP BY time(1s)")
                == ["error: query memory limit exceeded: 2 of 1 MiB"])
        #expect(engine.answer("SELECT count(v) FROM g") == ["g time,count: 0s,3000"])
    }

    @Test("all queries together have a limit too")
    func total() async throws {
        var limits = QueryLimits()
        limits.totalMemoryByteCount = 400
        let engine = try await TestEngine(.compacted, limits: limits)
        for _ in 0..<3 {
            #expect(
                engine.answer("SELECT * FROM m") == ["error: query memory limit of all queries exceeded: 0 of 0 MiB"])
            #expect(engine.answer("SELECT v FROM m LIMIT 1").count == 1)
        }
    }

    @Test("more series than one SELECT may read are refused in InfluxDB's words")
    func series() async throws {
        var limits = QueryLimits()
        limits.seriesCount = 2
        let engine = try await TestEngine(.memory, limits: limits)
        #expect(engine.answer("SELECT v FROM m").first?.hasPrefix("error: max-select-series limit exceeded: (") == true)
        #expect(engine.answer("SELECT v FROM m WHERE h = 'h1'").first?.hasPrefix("m ") == true)
    }

    @Test("a query that runs too long ends with InfluxDB's error")
    func time() async throws {
        var limits = QueryLimits()
        limits.duration = 1
        let engine = try await TestEngine(.compacted, limits: limits)
        #expect(engine.answer("SELECT v FROM m") == ["error: query-timeout limit exceeded"])
    }
}
