import LogicalPlan
import QueryExecutor
import Synchronization
import Testing

/// Statements about the server; columns, words and empty answers are those of influxd 1.6.7.
@Suite("Server statements")
struct ServerStatementTests {
    private func columns(_ engine: TestEngine, _ text: String) throws -> [String: [String]] {
        let series = try engine.ask(text).flatMap(\.series)
        return Dictionary(series.map { ($0.name, $0.columns) }) { first, _ in first }
    }

    @Test("what there is none of is answered as influxd answers it")
    func nothing() async throws {
        let engine = try await TestEngine(.memory)
        #expect(engine.answer("CREATE DATABASE x; SHOW CONTINUOUS QUERIES") == ["dd name,query: ", "x name,query: "])
        #expect(engine.answer("SHOW SUBSCRIPTIONS") == [])
        #expect(engine.answer("SHOW USERS") == [" user,admin: "])
        #expect(engine.answer("SHOW GRANTS FOR u") == ["error: user not found"])
        #expect(engine.answer("SHOW STATS FOR 'nope'; SHOW DIAGNOSTICS FOR 'nope'") == [])
    }

    @Test("shards are shown with what they cover and when they expire", arguments: Placement.allCases)
    func shards(_ placement: Placement) async throws {
        let engine = try await TestEngine(placement)
        #expect(engine.answer("CREATE DATABASE x") == [])
        let columns = "id,database,retention_policy,shard_group,start_time,end_time,expiry_time,owners"
        // Weeks begin on Mondays, as influxd's do.
        let (first, second) = ("'1969-12-29T00:00:00Z'", "'1970-01-05T00:00:00Z'")
        let (third, last) = ("'1970-01-12T00:00:00Z'", "'1970-01-19T00:00:00Z'")
        #expect(
            engine.answer("SHOW SHARDS") == [
                "dd \(columns): 1,'dd','autogen',1,\(first),\(second),\(second),''; "
                    + "2,'dd','autogen',2,\(third),\(last),\(last),''",
                "x \(columns): ",
            ])
        #expect(
            engine.answer("SHOW SHARD GROUPS") == [
                "shard groups id,database,retention_policy,start_time,end_time,expiry_time: "
                    + "1,'dd','autogen',\(first),\(second),\(second); 2,'dd','autogen',\(third),\(last),\(last)"
            ])
    }

    @Test("a shard expires when its policy has kept it as long as it says")
    func expiry() async throws {
        let engine = try await TestEngine(.memory)
        #expect(engine.answer("ALTER RETENTION POLICY autogen ON dd DURATION 30d") == [])
        let rows = try engine.ask("SHOW SHARD GROUPS").flatMap(\.series).flatMap(\.rows)
        #expect(
            rows.compactMap(\.last) == [
                .string("1970-02-04T00:00:00Z"), .string("1970-02-18T00:00:00Z"),
            ])
    }

    @Test("counters and what is known of the server have influxd's names where it has them")
    func statistics() async throws {
        let engine = try await TestEngine(.compacted)
        _ = engine.answer("SELECT v FROM m")
        #expect(
            engine.answer("SHOW STATS FOR 'queryExecutor'") == [
                "queryExecutor queriesActive,queriesExecuted,queriesFinished,queryDurationNs,recoveredPanics: 1,2,1,0,0"
            ])
        #expect(
            engine.answer("SHOW STATS FOR 'database'") == ["database{database=dd} numMeasurements,numSeries: 3,9"])
        let found = try columns(engine, "SHOW STATS")
        #expect(found["write"] == ["pointReq", "writeDrop", "writeError", "writeOk"])
        #expect(found["store"]?.contains("segmentBytes") == true)
        let known = try columns(engine, "SHOW DIAGNOSTICS")
        #expect(known["network"] == ["hostname"])
        #expect(known["system"] == ["PID", "currentTime", "started", "uptime"])
        #expect(try columns(engine, "SHOW DIAGNOSTICS FOR 'system'").keys.sorted() == ["system"])
    }

    @Test("a running query is shown with its text as influxd writes it, and is gone when it has ended")
    func queries() async throws {
        let engine = try await TestEngine(.memory)
        #expect(
            engine.answer("show queries; create user u with password 'p'").first
                == " qid,query,database,duration,status: "
                + "1,'SHOW QUERIES;\nCREATE USER u WITH PASSWORD [REDACTED]','dd','0s','running'")
        #expect(
            engine.answer("SHOW QUERIES") == [
                " qid,query,database,duration,status: 2,'SHOW QUERIES','dd','0s','running'"
            ])
        #expect(throws: QuerySyntaxError.self) { try engine.ask("SHOW QUERIES x") }
        #expect(try engine.ask("SHOW QUERIES").flatMap(\.series).flatMap(\.rows).count == 1)
    }

    @Test("KILL QUERY stops a query at its next look, and what follows it is not executed")
    func kill() async throws {
        let engine = try await TestEngine(.compacted)
        var options = QueryOptions()
        options.database = "dd"
        var results: [StatementResult] = []
        var others: [[String]] = []
        let text = "SHOW DATABASES; SELECT v FROM m; SELECT v FROM m"
        try engine.engine.execute(text, options: options, isCancelled: { false }) { result in
            results.append(result)
            guard result.statementID == 0 else { return }
            others = ["KILL QUERY 1", "KILL QUERY 1", "KILL QUERY 9"].map(engine.answer)
            others.append(engine.answer("SHOW QUERIES").filter { $0.contains("1,'SHOW DATABASES;") })
        }
        #expect(others.prefix(3) == [[], ["error: already killed"], ["error: no such query id: 9"]])
        #expect(others.last?.first?.contains("'killed'") == true)
        #expect(results.map(\.error) == [nil, "query interrupted", "not executed"])
        #expect(engine.answer("SELECT count(v) FROM n, m WHERE h = 'h3'") == ["m time,count: 0s,2"])
    }

    @Test("a query is stopped while it reads")
    func killWhileReading() async throws {
        let engine = try await TestEngine(.compacted)
        let looks = Mutex(0)
        let results = try engine.ask("SELECT v FROM m") {
            let count = looks.withLock { looks -> Int in
                looks += 1
                return looks
            }
            if count == 1 { _ = engine.answer("KILL QUERY 1") }
            return false
        }
        #expect(results.map(\.error) == ["query interrupted"])
    }

    @Test("KILL QUERY by GET has influxd's warning where it stops one")
    func killByGet() async throws {
        let engine = try await TestEngine(.memory)
        let results = try engine.ask("KILL QUERY 1", isReadOnly: true)
        #expect(
            results.map(\.messages) == [
                ["deprecated use of 'KILL QUERY 1' in a read only context, please use a POST request instead"]
            ])
        let missing = try engine.ask("KILL QUERY 99", isReadOnly: true)
        #expect(missing.map(\.error) == ["no such query id: 99"] && missing[0].messages.isEmpty)
    }
}
