import Catalog
import Downsampling
import FileIO
import LogicalPlan
import SimulatedDisk
import Synchronization
import Telemetry
import Testing
import TimeSeriesStore

/// Expected values are those of the raw rows themselves: what a level says of a window is what the window's rows say.
@Suite("Downsampling")
struct DownsamplingTests {
    /// How a level is asked for what the raw rows are asked by the key.
    private static let questions: [(raw: String, level: String)] = [
        ("count(v)", "sum(count_v)"), ("sum(v)", "sum(sum_v)"), ("min(v)", "min(min_v)"), ("max(v)", "max(max_v)"),
        ("first(v)", "first(first_v)"), ("last(v)", "last(last_v)"), ("mean(v)", "sum(sum_v) / sum(count_v)"),
    ]

    /// Checks every level against the raw rows, window by window and over coarser windows.
    private func compare(_ machine: Machine, until second: Int64) throws {
        for (level, windows) in [("1m", ["1m", "5m", "15m", "1h"]), ("15m", ["15m", "1h"])] {
            for window in windows {
                for question in Self.questions {
                    let tail = "WHERE time < \(second)s GROUP BY time(\(window)), h fill(none)"
                    let raw = try machine.ask("SELECT \(question.raw) FROM m \(tail)")
                    #expect(!raw.isEmpty)
                    #expect(
                        try machine.ask("SELECT \(question.level) FROM \"\(level)\".m \(tail)") == raw,
                        "\(question.raw) of \(level) by \(window)")
                }
            }
        }
    }

    /// Values that a sum holds exactly, at seven-second steps with gaps.
    private func fill(_ machine: Machine, _ seconds: Range<Int64>) throws {
        for tag in ["a", "b"] {
            let points = stride(from: seconds.lowerBound, to: seconds.upperBound, by: 7).filter { $0 % 5 != 0 }
            try machine.write(points.map { ($0, Double(($0 * 37) % 101) - 50) }, tag: tag)
        }
    }

    @Test("each level says of a window what its rows say, over coarser windows too")
    func levels() throws {
        let machine = try Machine()
        try fill(machine, 0..<7_200)
        machine.run(7_200)
        try compare(machine, until: 7_200)
        try fill(machine, 7_200..<9_000)
        machine.run(8_100)
        try compare(machine, until: 8_100)
        machine.run(9_000)
        try compare(machine, until: 9_000)
        #expect(machine.failures.withLock { $0 } == [])
        #expect(machine.progress.counters.recomputed == 0)
    }

    @Test("a window is not there before it has ended and the delay has passed")
    func delay() throws {
        var policy = Machine.policy
        policy.delay = 30_000_000_000
        let machine = try Machine(policy)
        try machine.write([(10, 1), (59, 2), (60, 3)])
        machine.run(89)
        #expect(try machine.ask("SELECT sum_v FROM \"1m\".m") == [])
        machine.run(90)
        #expect(try machine.ask("SELECT sum_v FROM \"1m\".m") == [[.time(0), .float(3)]])
    }

    @Test("late rows change the windows of every level that they fall into")
    func late() throws {
        let machine = try Machine()
        try fill(machine, 0..<7_200)
        machine.run(7_200)
        try machine.write([(61, 1_000), (3_601, -1_000), (60, 4)], tag: "a")
        try machine.write([(5_000, 77)], tag: "new")
        machine.run(7_201)
        try compare(machine, until: 7_200)
        #expect(machine.progress.counters.recomputed > 0)
        #expect(machine.progress.counters.waiting == 0)
    }

    @Test("rows of years ago, written after all, come into the levels that keep them")
    func backfill() throws {
        let machine = try Machine()
        let now: Int64 = 400 * 86_400
        try machine.write([(now - 100, 1)])
        machine.run(now)
        try machine.write([(3_600, 5), (3_700, 6)])
        machine.run(now + 1)
        #expect(
            try machine.ask("SELECT sum_v FROM \"15m\".m WHERE time < 100d") == [
                [.time(3_600_000_000_000), .float(11)]
            ])
        #expect(try machine.ask("SELECT sum_v FROM \"1m\".m WHERE time < 100d") == [], "kept for two days only")
        #expect(machine.failures.withLock { $0 } == [])
    }

    @Test("late rows whose notes a power cut took are found again in the log")
    func crash() throws {
        let machine = try Machine()
        try fill(machine, 0..<3_600)
        machine.run(3_600)
        try machine.progress.save()
        try machine.write([(100, 500)])
        let after = try machine.crashed()
        #expect(after.progress.counters.waiting > 0)
        after.run(3_600)
        try compare(after, until: 3_600)
    }

    @Test("late rows that were noted and saved, but not yet computed, are computed after a power cut")
    func savedNotes() throws {
        let machine = try Machine()
        try fill(machine, 0..<3_600)
        machine.run(3_600)
        try machine.write([(100, 500)])
        try machine.progress.save()
        let after = try machine.crashed()
        after.run(3_600)
        try compare(after, until: 3_600)
    }

    @Test("without any saved state all raw rows are read anew")
    func lostState() throws {
        let machine = try Machine()
        try fill(machine, 0..<3_600)
        machine.run(3_600)
        let after = try machine.crashed()
        after.run(3_600)
        try compare(after, until: 3_600)
    }

    @Test("a state that is not what was saved is told, and all raw rows are read anew")
    func corruptState() throws {
        let machine = try Machine()
        try fill(machine, 0..<3_600)
        machine.run(3_600)
        try machine.progress.save()
        try machine.write([(100, 500)])
        var bytes = try machine.disk.contents(of: "/store/downsampling.state")
        bytes[bytes.count - 1] ^= 1
        try machine.disk.replace("/store/downsampling.state", with: bytes, in: "/store")
        let after = try machine.crashed()
        after.run(3_600)
        #expect(after.failures.withLock { $0.first?.contains("downsampling.state") } == true)
        try compare(after, until: 3_600)
    }

    @Test("what the store refuses is computed again after a pause, new windows and late ones")
    func refusal() throws {
        let machine = try Machine()
        try fill(machine, 0..<3_600)
        // When it is computed first, in two stretches, and when it is tried again at once.
        machine.refusals.left.withLock { $0 = 3 }
        machine.run(3_600)
        #expect(machine.failures.withLock { $0.count } == 1)
        machine.run(3_611)
        try compare(machine, until: 3_600)
        try machine.write([(100, 500)])
        machine.refusals.left.withLock { $0 = 1 }
        machine.run(3_612)
        #expect(machine.progress.counters.waiting == 1)
        machine.run(3_630)
        try compare(machine, until: 3_600)
    }

    @Test("the levels outlive the raw rows, and their retention policies are made as declared")
    func retention() throws {
        var policy = Machine.policy
        policy.keep = 24 * Machine.hour
        let machine = try Machine(policy)
        let day: Int64 = 86_400
        machine.run(30 * day)
        let policies = try #require(machine.store.database("d")).policies
        #expect(policies.map(\.name) == ["autogen", "1m", "15m"])
        #expect(policies.map(\.duration) == [24 * Machine.hour, 48 * Machine.hour, 0])
        try machine.write([(30 * day + 10, 3)], arrival: 30 * day * 1_000_000_000)
        machine.run(30 * day + 900)
        machine.store.maintain(now: 33 * day * 1_000_000_000)
        machine.store.waitForCommits()
        #expect(try machine.ask("SELECT v FROM m") == [])
        #expect(try machine.ask("SELECT sum_v FROM \"1m\".m") == [])
        #expect(try machine.ask("SELECT sum_v FROM \"15m\".m") == [[.time(30 * day * 1_000_000_000), .float(3)]])
    }

    @Test("a window of which retention has taken rows is not computed again")
    func halfGone() throws {
        var policy = Machine.policy
        policy.keep = 24 * Machine.hour
        let machine = try Machine(policy)
        let day: Int64 = 86_400
        machine.run(30 * day)
        try machine.write([(30 * day + 10, 3)], arrival: 30 * day * 1_000_000_000)
        machine.run(30 * day + 900)
        // The engine's clock stood still while the row was written, and went on before its window was computed again.
        try machine.write([(30 * day + 20, 4)], arrival: 30 * day * 1_000_000_000)
        machine.run(31 * day + 60)
        #expect(try machine.ask("SELECT sum_v FROM \"15m\".m") == [[.time(30 * day * 1_000_000_000), .float(3)]])
        #expect(machine.progress.counters.unrepaired == 2)
    }

    @Test("of a stretch whose beginning retention has taken the rest is computed again")
    func nearTheLimit() throws {
        var policy = Machine.policy
        policy.keep = 24 * Machine.hour
        let machine = try Machine(policy)
        let now: Int64 = 30 * 86_400
        machine.run(now)
        let late = stride(from: now - 86_400 + 3, to: now - 86_400 + 7_200, by: 10).map { ($0, 1.0) }
        try machine.write(late, arrival: now * 1_000_000_000)
        machine.run(now + 1)
        let rows = try machine.ask("SELECT count(count_v) FROM \"1m\".m")
        #expect(rows == [[.time(0), .integer(119)]], "120 minutes, the first of which has begun before the limit")
        #expect(machine.progress.counters.unrepaired == 2, "one a level")
    }

    @Test("a measurement that cannot be computed holds no other up")
    func oneFails() throws {
        let machine = try Machine()
        var batch = FrameBatch(database: "d", arrival: 0)
        batch.append(measurement: "a", tags: [], fields: [("v", .float(1)), ("count_v", .float(1))], timestamp: 5)
        batch.append(measurement: "z", tags: [], fields: [("v", .float(3))], timestamp: 5)
        batch.seal()
        try machine.write(batch)
        machine.run(900)
        #expect(try machine.ask("SELECT sum_v FROM \"1m\".z") == [[.time(0), .float(3)]])
        #expect(machine.failures.withLock { $0.count } == 2, "one a level")
        try machine.write(batch)
        machine.run(920)
        #expect(machine.progress.counters.waiting > 0)
        #expect(try machine.ask("SELECT count(sum_v) FROM \"15m\".z") == [[.time(0), .integer(1)]])
    }

    @Test("a level that is the raw policy itself is refused, and the policy stays as it is")
    func itself() throws {
        var policy = DownsamplingPolicy(
            database: "d", levels: [.init(every: 60_000_000_000, retentionPolicy: "autogen", keep: 48 * Machine.hour)])
        policy.delay = 0
        let machine = try Machine(policy)
        try machine.write([(1, 1), (2, 2)])
        machine.run(120)
        #expect(machine.failures.withLock { $0.first?.contains("level of itself") } == true)
        #expect(try machine.ask("SELECT * FROM m WHERE h = 'a'").count == 2)
        #expect(machine.store.database("d")?.policies.first?.duration == 0)
    }

    @Test("a level whose retention policy was dropped is filled again from the raw rows")
    func dropped() throws {
        let machine = try Machine()
        try fill(machine, 0..<3_600)
        machine.run(3_600)
        try machine.store.dropPolicy("1m", on: "d")
        machine.run(3_601)
        try compare(machine, until: 3_600)
    }

    @Test("texts and truth values have a count, a first and a last; names may hold quotes")
    func otherKinds() throws {
        let machine = try Machine()
        var batch = FrameBatch(database: "d", arrival: 0)
        for (second, text) in [(1, "x"), (2, "y")] {
            batch.append(
                measurement: "q\"\\", tags: [], fields: [("s", .string(text)), ("b", .boolean(second == 2))],
                timestamp: Int64(second) * 1_000_000_000)
        }
        batch.seal()
        try machine.write(batch)
        machine.run(60)
        #expect(machine.failures.withLock { $0 } == [])
        #expect(
            try machine.ask("SELECT count_s, first_s, last_s, first_b, last_b FROM \"1m\".\"q\\\"\\\\\"")
                == [[.time(0), .integer(2), .string("x"), .string("y"), .boolean(false), .boolean(true)]])
    }

    @Test("rows of other retention policies and databases make nothing stale")
    func others() throws {
        let machine = try Machine()
        try fill(machine, 0..<3_600)
        machine.run(3_600)
        try machine.store.createPolicy(
            "other", on: "d", duration: 0, shardDuration: nil, replication: 1, isDefault: false)
        var batch = FrameBatch(database: "d", policy: "other", arrival: 0)
        batch.append(measurement: "m", tags: [], fields: [("v", .float(1))], timestamp: 5)
        batch.seal()
        try machine.write(batch)
        #expect(machine.progress.counters.waiting == 0)
    }
}
