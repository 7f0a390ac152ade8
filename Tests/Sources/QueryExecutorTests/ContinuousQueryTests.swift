import FileIO
import LogicalPlan
import QueryExecutor
import SimulatedDisk
import Synchronization
import Telemetry
import Testing
import TimeSeriesStore

/// Continuous queries by a clock of the test's own; windows and times are those of InfluxDB 1.8's documentation of
/// basic and advanced syntax, words those of influxd 1.6.7.
@Suite("Continuous queries")
struct ContinuousQueryTests {
    /// A store with a database `d`, whose continuous queries run when the test says so.
    private final class Machine: Sendable {
        let disk: SimulatedDisk
        let store: TimeSeriesStore
        let engine: QueryEngine
        let queries: ContinuousQueries
        let failures = Mutex<[String]>([])

        init(_ disk: SimulatedDisk = SimulatedDisk()) throws {
            self.disk = disk
            store = TimeSeriesStore(disk: disk, settings: StoreSettings(directory: "/store"))
            try store.open()
            try store.createDatabase("d")
            let store = store
            engine = QueryEngine(store: store, now: { 0 }, sink: { try TestEngine.store($0, in: store) })
            queries = ContinuousQueries(engine: engine, disk: disk, directory: "/store")
        }

        func ask(_ text: String, database: String = "d") throws -> [String] {
            var options = QueryOptions()
            options.database = database
            var lines: [String] = []
            try engine.execute(text, options: options, isCancelled: { false }) { lines += Question.render($0) }
            return lines
        }

        /// Points of `m` with `v`, at whole seconds.
        func write(_ points: [(Int64, Double)], tag: String = "a") throws {
            var batch = FrameBatch(database: "d", arrival: 0)
            for (time, value) in points {
                batch.append(
                    measurement: "m", tags: [("h", tag)], fields: [("v", .float(value))],
                    timestamp: time * 1_000_000_000)
            }
            batch.seal()
            try TestEngine.store(batch, in: store)
        }

        func run(_ second: Int64) {
            queries.run(now: second * 1_000_000_000, noteFailure: { line in failures.withLock { $0.append(line) } })
        }
    }

    @Test("a query runs on each boundary of its windows over the one that ended")
    func boundaries() throws {
        let machine = try Machine()
        #expect(
            try machine.ask(
                "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT mean(v) INTO w FROM m GROUP BY time(1m) END") == [])
        machine.run(70)
        try machine.write([(30, 1), (61, 2), (119, 4), (120, 8)])
        machine.run(119)
        #expect(try machine.ask("SELECT * FROM w") == [])
        machine.run(120)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,mean: 60s,3"])
        machine.run(121)
        machine.run(200)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,mean: 60s,3; 120s,8"])
        let counters = machine.queries.counters
        #expect((counters.runs, counters.failures, counters.points) == (2, 0, 2))
    }

    @Test("boundaries that passed without a run are made up for")
    func lateRun() throws {
        let machine = try Machine()
        _ = try machine.ask("CREATE CONTINUOUS QUERY q ON d BEGIN SELECT sum(v) INTO w FROM m GROUP BY time(1m) END")
        machine.run(60)
        try machine.write([(61, 1), (121, 2), (181, 3), (241, 4)])
        machine.run(250)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,sum: 60s,1; 120s,2; 180s,3"])
    }

    @Test("RESAMPLE EVERY runs within a window, and the open window is written too")
    func every() throws {
        let machine = try Machine()
        _ = try machine.ask(
            "CREATE CONTINUOUS QUERY q ON d RESAMPLE EVERY 30s BEGIN SELECT sum(v) INTO w FROM m GROUP BY time(1m) END")
        machine.run(60)
        try machine.write([(61, 1)])
        machine.run(90)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,sum: 60s,1"])
        try machine.write([(100, 2)])
        machine.run(110)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,sum: 60s,1"])
        machine.run(120)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,sum: 60s,3"])
    }

    @Test("RESAMPLE FOR writes a window again when late points have come to it")
    func reach() throws {
        let machine = try Machine()
        _ = try machine.ask(
            "CREATE CONTINUOUS QUERY q ON d RESAMPLE FOR 3m BEGIN SELECT sum(v) INTO w FROM m GROUP BY time(1m), h END")
        machine.run(60)
        try machine.write([(61, 1), (121, 2)])
        machine.run(120)
        machine.run(180)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,h,sum: 60s,'a',1; 120s,'a',2"])
        try machine.write([(62, 10), (5, 100)])
        machine.run(240)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,h,sum: 60s,'a',11; 120s,'a',2"])
        try machine.write([(63, 10)])
        machine.run(300)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,h,sum: 60s,'a',11; 120s,'a',2"])
    }

    @Test("EVERY longer than a window covers all windows since the last run")
    func longEvery() throws {
        let machine = try Machine()
        _ = try machine.ask(
            "CREATE CONTINUOUS QUERY q ON d RESAMPLE EVERY 2m BEGIN SELECT sum(v) INTO w FROM m GROUP BY time(1m) END")
        machine.run(120)
        try machine.write([(121, 1), (181, 2)])
        machine.run(180)
        #expect(try machine.ask("SELECT * FROM w") == [])
        machine.run(240)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,sum: 120s,1; 180s,2"])
    }

    @Test("an offset moves windows and runs")
    func offset() throws {
        let machine = try Machine()
        _ = try machine.ask(
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT sum(v) INTO w FROM m GROUP BY time(1m, 15s) END")
        machine.run(75)
        try machine.write([(76, 1), (134, 2), (135, 4)])
        machine.run(134)
        #expect(try machine.ask("SELECT * FROM w") == [])
        machine.run(135)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,sum: 75s,3"])
    }

    @Test("days begin at the midnight of the query's zone")
    func zone() throws {
        let machine = try Machine()
        _ = try machine.ask(
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT sum(v) INTO w FROM m GROUP BY time(1d) tz('Europe/Berlin') END"
        )
        // 2024-01-10T23:00:00Z is the midnight before the 11th there.
        let midnight: Int64 = 1_704_927_600
        machine.run(midnight - 86_400)
        try machine.write([(midnight - 86_400, 1), (midnight - 1, 2), (midnight, 4)])
        machine.run(midnight - 1)
        #expect(try machine.ask("SELECT * FROM w") == [])
        machine.run(midnight)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,sum: \(midnight - 86_400)s,3"])
    }

    @Test("a backreference writes each measurement under its own name")
    func backReference() throws {
        let machine = try Machine()
        try machine.store.createDatabase("e")
        _ = try machine.ask(
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT count(v) INTO e.autogen.:MEASUREMENT FROM /m/ GROUP BY time(1m), * END"
        )
        machine.run(60)
        try machine.write([(61, 1)])
        machine.run(120)
        #expect(try machine.ask("SELECT * FROM m", database: "e") == ["m time,count,h: 60s,1,'a'"])
    }

    @Test("after a restart the queries are there and the windows that ended meanwhile are written")
    func restart() throws {
        let machine = try Machine()
        let text = "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT sum(v) INTO w FROM m GROUP BY time(1m) END"
        _ = try machine.ask(text)
        machine.run(60)
        try machine.write([(61, 1), (121, 2), (181, 3)])
        machine.run(120)
        let listed = try machine.ask("SHOW CONTINUOUS QUERIES")
        let next = try Machine(machine.disk.crash())
        #expect(try next.ask("SHOW CONTINUOUS QUERIES") == listed)
        next.run(250)
        #expect(try next.ask("SELECT * FROM w") == ["w time,sum: 60s,1; 120s,2; 180s,3"])
        #expect(next.failures.withLock { $0 } == [])
    }

    @Test("a broken position is told and costs nothing but itself")
    func brokenPosition() throws {
        let machine = try Machine()
        _ = try machine.ask("CREATE CONTINUOUS QUERY q ON d BEGIN SELECT sum(v) INTO w FROM m GROUP BY time(1m) END")
        try machine.disk.replace("/store/continuous.position", with: Array("V2GQ rubbish".utf8), in: "/store")
        machine.run(60)
        try machine.write([(61, 1)])
        machine.run(120)
        #expect(
            machine.failures.withLock { $0 } == [
                "the position of the continuous queries is lost: continuous.position is no position"
            ])
        #expect(try machine.ask("SELECT * FROM w") == ["w time,sum: 60s,1"])
    }

    @Test("a query that fails is told, tried again, and then covers what it missed")
    func failure() throws {
        let machine = try Machine()
        _ = try machine.ask("CREATE RETENTION POLICY p ON d DURATION 0s REPLICATION 1")
        _ = try machine.ask("CREATE CONTINUOUS QUERY q ON d BEGIN SELECT sum(v) INTO p.w FROM m GROUP BY time(1m) END")
        machine.run(60)
        try machine.write([(61, 1), (121, 2)])
        _ = try machine.ask("DROP RETENTION POLICY p ON d")
        machine.run(120)
        machine.run(125)
        #expect(
            machine.failures.withLock { $0 } == ["continuous query q of d: retention policy not found: p"])
        _ = try machine.ask("CREATE RETENTION POLICY p ON d DURATION 0s REPLICATION 1")
        machine.run(190)
        #expect(try machine.ask("SELECT * FROM p.w") == ["w time,sum: 60s,1; 120s,2"])
    }

    @Test("a query without a function never runs, as in InfluxDB")
    func raw() throws {
        let machine = try Machine()
        _ = try machine.ask("CREATE CONTINUOUS QUERY q ON d BEGIN SELECT v INTO w FROM m END")
        machine.run(60)
        try machine.write([(61, 1)])
        machine.run(120)
        #expect(try machine.ask("SELECT * FROM w") == [])
        #expect(machine.queries.counters.runs == 0)
    }

    @Test("a dropped query runs no more, and its name is free")
    func drop() throws {
        let machine = try Machine()
        let make = "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT sum(v) INTO w FROM m GROUP BY time(1m) END"
        _ = try machine.ask(make)
        machine.run(60)
        #expect(try machine.ask("DROP CONTINUOUS QUERY q ON d") == [])
        try machine.write([(61, 1)])
        machine.run(120)
        #expect(try machine.ask("SELECT * FROM w") == [])
        #expect(try machine.ask(make.replacing("sum", with: "max")) == [])
    }

    @Test("times in WHERE give way to those of the run; other conditions stay")
    func conditions() throws {
        let machine = try Machine()
        _ = try machine.ask(
            "CREATE CONTINUOUS QUERY q ON d BEGIN SELECT sum(v) INTO w FROM m "
                + "WHERE time > now() - 1h AND (h = 'a' OR time < 5) GROUP BY time(1m) END")
        machine.run(60)
        try machine.write([(61, 1)])
        try machine.write([(61, 2)], tag: "b")
        machine.run(120)
        #expect(try machine.ask("SELECT * FROM w") == ["w time,sum: 60s,1"])
    }
}
