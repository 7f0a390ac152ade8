import LogicalPlan
import QueryExecutor
import SimulatedDisk
import Telemetry
import Testing
import TimeSeriesStore

/// Aggregates that the statistics of vectors answer must be what the decoded rows give: the same question is asked with a
/// condition on a field that every row fulfils, which forbids the use of statistics.
@Suite("Statistics instead of rows")
struct StatisticsTests {
    private static let second: Int64 = 1_000_000_000
    /// A full hour.
    private static let start: Int64 = 1_767_225_600 * second

    private static func write(_ store: TimeSeriesStore, _ tag: String, _ rows: Range<Int>, shift: Int) async throws {
        var batch = FrameBatch(database: "dd", arrival: start)
        for row in rows {
            let number = (row &* 7_919 &+ shift) % 1_000
            var fields: [(String, FieldValue)] = [
                ("z", .float(1)), ("f", .float(Double(number - 500) / 4)), ("i", .integer(Int64(number) - 500)),
                ("u", .unsigned(UInt64(number))), ("b", .boolean(number % 2 == 0)), ("t", .string("x\(number)")),
            ]
            if row % 3 == 0 { fields.append(("s", .float(Double(number)))) }
            batch.append(
                measurement: "m", tags: [("g", tag)], fields: fields, timestamp: start + Int64(row) * second)
        }
        batch.seal()
        let sealed = batch
        _ = await withCheckedContinuation { continuation in
            store.submit(sealed) { continuation.resume(returning: $0) }
        }
    }

    /// Series a is in one segment; of b, rows were overwritten later; c is half in memory; d has few rows;
    /// e is in memory, twice.
    private static func engine() async throws -> QueryEngine {
        let store = TimeSeriesStore(disk: SimulatedDisk(), settings: StoreSettings(directory: "/store"))
        try store.open()
        try store.createDatabase("dd")
        for tag in ["a", "b"] { try await write(store, tag, 0..<3_000, shift: 0) }
        try await write(store, "c", 0..<1_500, shift: 3)
        try await write(store, "d", 0..<40, shift: 5)
        try store.compactAll()
        try await write(store, "b", 1_000..<1_400, shift: 77)
        try await write(store, "c", 1_500..<3_000, shift: 4)
        // Twice the same points in memory: of a series of its own, and behind the rows of one in the segment.
        for shift in [1, 2] {
            try await write(store, "e", 10..<12, shift: shift)
            try await write(store, "d", 2_000..<2_001, shift: shift)
        }
        return QueryEngine(store: store, now: { start })
    }

    @Test("the newest and the oldest row of each series are those of all rows, whatever overlaps and is absent")
    func edges() async throws {
        let engine = try await Self.engine()
        func rows(_ text: String) throws -> [String] {
            var results: [StatementResult] = []
            var options = QueryOptions()
            options.database = "dd"
            try engine.execute(text, options: options, isCancelled: { false }) { results.append($0) }
            return results.flatMap { result in
                [result.error].compactMap { $0 }
                    + result.series.flatMap { series in series.rows.map { "\(series.tags) \($0)" } }
            }
        }
        for times in ["", "AND time < '2026-01-01T00:20:30Z'", "AND time > '2026-01-01T00:20:30Z'"] {
            for order in ["", "ORDER BY time DESC"] {
                // A condition on the rows forbids it to read the edges alone.
                let all = try rows("SELECT * FROM m WHERE z > 0 \(times) GROUP BY g \(order) LIMIT 1")
                #expect(try rows("SELECT * FROM m WHERE g != 'x' \(times) GROUP BY g \(order) LIMIT 1") == all)
                #expect(all.count >= 3)
            }
        }
    }

    private static let functions = ["count", "sum", "mean", "min", "max", "spread", "first", "last"]

    @Test("every aggregate, over every type, grouped in every way, is what the rows give")
    func equal() async throws {
        let engine = try await Self.engine()
        func answer(_ text: String) -> [StatementResult] {
            var results: [StatementResult] = []
            var options = QueryOptions()
            options.database = "dd"
            try? engine.execute(text, options: options, isCancelled: { false }) { results.append($0) }
            return results
        }
        let times = "time >= '2026-01-01T00:00:10Z' AND time < '2026-01-01T00:45:00Z'"
        let selections =
            ["f", "i", "u", "s"].flatMap { field in Self.functions.map { "\($0)(\(field))" } }
            + ["count(*)", "first(b)", "last(b)", "min(b)", "last(t)", "max(f), min(i), mean(u)", "last(f), last(s)"]
        for selection in selections {
            for group in ["", "GROUP BY g", "GROUP BY time(1m)", "GROUP BY time(10m), g", "GROUP BY time(2h)"] {
                for condition in ["", times] {
                    let with = condition.isEmpty ? "WHERE z > 0" : "WHERE \(condition) AND z > 0"
                    let without = condition.isEmpty ? "" : "WHERE \(condition)"
                    let fill = group.contains("time") ? "fill(none)" : ""
                    let expected = answer("SELECT \(selection) FROM m \(with) \(group) \(fill)")
                    let found = answer("SELECT \(selection) FROM m \(without) \(group) \(fill)")
                    #expect(found == expected, "\(selection) \(without) \(group)")
                    #expect(
                        !expected.isEmpty && expected.allSatisfy { $0.error == nil && !$0.series.isEmpty },
                        "\(selection) \(group)")
                }
            }
        }
    }
}
