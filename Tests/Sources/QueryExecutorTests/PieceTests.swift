import LogicalPlan
import QueryExecutor
import Synchronization
import Testing

@Suite("Answers in pieces")
struct PieceTests {
    /// The rows of each series of an answer, with the pieces of one series put together.
    private func pieces(_ engine: QueryEngine, _ text: String) throws -> (results: [StatementResult], count: Int) {
        var options = QueryOptions()
        options.database = "dd"
        let answer = try engine.begin(text, options: options, inPieces: true) { false }
        var results: [StatementResult] = []
        var count = 0
        while let piece = answer.next() {
            count += 1
            guard let last = results.last, last.statementID == piece.result.statementID else {
                #expect(!piece.isContinuation)
                results.append(piece.result)
                continue
            }
            var series = piece.result.series[...]
            if piece.isContinuation, let first = series.popFirst() {
                let end = results[results.count - 1].series.count - 1
                results[results.count - 1].series[end].append(first)
            }
            results[results.count - 1].series += series
        }
        return (results, count)
    }

    @Test(
        "put together they are the whole answer, wherever the rows lie",
        arguments: Placement.allCases,
        [
            "SELECT * FROM m", "SELECT v FROM m GROUP BY h", "SELECT * FROM m GROUP BY *",
            "SELECT * FROM m ORDER BY time DESC",
            "SELECT * FROM m GROUP BY * ORDER BY time DESC", "SELECT * FROM /.*/",
            "SELECT * FROM /.*/ ORDER BY time DESC",
            "SELECT v FROM m WHERE v > 2",
            "SELECT v FROM m WHERE time > '1970-01-01T00:00:10Z' AND time < '1970-01-01T00:01:00Z'",
            "SELECT v * 2 FROM m GROUP BY h; SHOW DATABASES; SELECT v FROM m", "SELECT v FROM nothing",
            "SELECT mean(v) FROM m GROUP BY time(10s)", "SELECT v FROM m LIMIT 2", "SELECT v FROM (SELECT v FROM m)",
        ])
    func together(placement: Placement, text: String) async throws {
        var limits = QueryLimits()
        var most = 0
        for size in [1, 2, 3, 7] {
            limits.pieceRowCount = size
            let engine = try await TestEngine(placement, limits: limits)
            let (results, count) = try pieces(engine.engine, text)
            #expect(results == (try engine.ask(text)), "pieces of \(size)")
            most = max(most, count)
        }
        if text == "SELECT * FROM m" { #expect(most > 3) }
    }

    @Test("a limit of memory counts what is held at once, and a query that is stopped says so in its next piece")
    func limits() async throws {
        var limits = QueryLimits()
        limits.memoryByteCount = 200
        limits.pieceRowCount = 1
        let engine = try await TestEngine(.compacted, limits: limits)
        #expect(engine.answer("SELECT v FROM m") == ["error: query memory limit exceeded: 0 of 0 MiB"])
        #expect(try pieces(engine.engine, "SELECT v FROM m").results.allSatisfy { $0.error == nil })
        let isStopped = Mutex(false)
        var options = QueryOptions()
        options.database = "dd"
        let answer = try engine.engine.begin("SELECT v FROM m; SELECT v FROM m", options: options, inPieces: true) {
            isStopped.withLock { $0 }
        }
        #expect(answer.next()?.result.error == nil)
        isStopped.withLock { $0 = true }
        #expect(answer.next()?.result.error == "query interrupted")
        #expect(answer.next()?.result.error == "not executed")
        #expect(answer.next() == nil)
    }
}
