import DispatchFeedProtocol
import Telemetry
import Testing

@testable import DispatchFeed
@testable import FleetPipeline

/// The start of a minute.
let minute: Int64 = 1_767_225_600_000_000_000

/// An aggregate of `feeder` whose power is `power`.
func aggregate(
    _ feeder: String, second: Int64 = 0, power: Double = 1, revision: Int64 = 0, window: Int64 = 1
) -> WindowResult {
    var values = FeederAggregate()
    values.activePowerW = power
    values.readings = 3
    return WindowResult(
        name: feeder, windowStart: minute + second * 1_000_000_000, windowSeconds: window, revision: revision,
        isFinal: false, values: .aggregate(values))
}

/// A readiness of `feeder`.
func readiness(_ feeder: String, up: Double) -> WindowResult {
    var values = FCRReadiness()
    values.reserve = .init(up: up, down: up * 2)
    return WindowResult(
        name: feeder, windowStart: minute, windowSeconds: 1, revision: 0, isFinal: true, values: .readiness(values))
}

/// A derived batch as the pipeline makes it.
func derived(_ results: [WindowResult], arrival: Int64 = minute) -> FrameBatch {
    resultBatch(results, arrival: arrival)
}

@Suite("Hub of the dispatch feed")
struct FeedHubTests {
    private static func hub(_ change: (inout FeedLimits) -> Void = { _ in }) -> FeedHub {
        var limits = FeedLimits()
        change(&limits)
        return FeedHub(limits: limits)
    }

    private static func powers(_ results: [FeedResult]) -> [Double?] { results.map { $0.float(0) } }

    /// A new subscriber.
    private func joined(
        _ hub: inout FeedHub, _ filter: FeedFilter, _ mode: FeedHub.Mode, from start: FeedHub.Start
    ) throws -> Int {
        let id = hub.subscribe(filter, mode, from: start)
        return try #require(id)
    }

    /// All that subscriber `id` is told to send until it waits, and whether it was ended.
    private func taken(_ hub: inout FeedHub, _ id: Int) -> (responses: [FeedHub.Response], isEnded: Bool) {
        var responses: [FeedHub.Response] = []
        while true {
            switch hub.next(id) {
            case .send(let response): responses.append(response)
            case .wait: return (responses, false)
            case .end: return (responses, true)
            }
        }
    }

    @Test("from where the log begins a cursor is resumed without a gap; one before that is told so")
    func beginning() throws {
        var hub = Self.hub()
        _ = hub.publish(derived([aggregate("F1", power: 1)]), position: 20)
        hub.begin(at: 10)
        let whole = try joined(&hub, FeedFilter(), .everyRevision, from: .behind(10))
        let all = taken(&hub, whole).responses
        #expect(all.map(\.notice) == [nil])
        #expect(all.flatMap { Self.powers($0.results) } == [1])
        let early = try joined(&hub, FeedFilter(), .everyRevision, from: .behind(9))
        let responses = taken(&hub, early).responses
        #expect(responses.first?.notice == .cursorTooOld)
    }

    @Test("what was let go is not resumed from, whatever the log holds")
    func beginningAfterEviction() throws {
        var hub = Self.hub { $0.heldResults = 1 }
        for position in 1...3 {
            _ = hub.publish(derived([aggregate("F1", second: Int64(position))]), position: UInt64(position))
        }
        hub.begin(at: 0)
        let early = try joined(&hub, FeedFilter(), .everyRevision, from: .behind(0))
        let responses = taken(&hub, early).responses
        #expect(responses.first?.notice == .cursorTooOld)
    }

    @Test("a derived batch is read as typed results; what is absent stays absent")
    func reads() throws {
        var reader = ResultReader()
        let results = reader.read(
            derived([aggregate("F1", power: -5, window: 60), readiness("F2", up: 7)]), position: 9)
        try #require(results.count == 2)
        #expect(results[0].series.feeder == "F1")
        #expect(results[0].series.operator == .feederAggregate)
        #expect(results[0].series.windowSeconds == 60)
        #expect(results[0].message.measurement == "Feeder_Aggregate")
        #expect(results[0].message.tags == ["Feeder_ID": "F1"])
        #expect(results[0].position == 9)
        let message = results[0].message.feederAggregate
        #expect(message.activePowerW == -5)
        #expect(message.readings == 3)
        #expect(!message.hasSocMeanPct)
        #expect(results[1].message.fcrReadiness.fcrUpW == 7)
        #expect(results[1].message.fcrReadiness.fcrDownW == 14)
        #expect(results[1].message.fcrReadiness.fcrSymmetricW == 7)
        #expect(results[1].message.isFinal)
        #expect(results[1].message.windowStartNs == minute)
    }

    @Test("every series of results is carried with its operator, its tags and its values")
    func everySeries() throws {
        var values = FeederAggregate()
        values.activePowerW = 4
        values.detail = AggregateDetail(DetailSums(), size: 1)
        values.detail?.reactivePowerVar = 2.5
        let audit = FCRAuditRow(
            frequencyHz: 49.9, reserveW: 1000, requiredW: -500, deliveredW: -490, lowW: -550, highW: 0, isWithin: true,
            isAlert: false)
        let stream = StreamRow(
            measurement: "Settlement", tags: ["Site_ID"], tagValues: ["S1"],
            columns: [("mean", .float), ("count", .integer)], words: [Double(7.5).bitPattern, 12])
        func result(_ kind: GroupKind, _ name: String, _ values: WindowResult.Values) -> WindowResult {
            WindowResult(
                kind: kind, name: name, windowStart: minute, windowSeconds: 1, revision: 2, isFinal: true,
                values: values)
        }
        var reader = ResultReader()
        let messages = reader.read(
            derived([
                result(.site, "S1", .aggregate(values)), result(.transformer, "T1", .aggregate(values)),
                result(.fleet, "", .aggregate(values)), result(.fleet, "", .readiness(FCRReadiness())),
                result(.fleet, "P1", .audit(audit)), result(.feeder, "", .stream(stream)),
            ]), position: 9
        ).map(\.message)
        #expect(
            messages.map(\.operator) == [
                .siteAggregate, .transformerAggregate, .fleetAggregate, .fleetReadiness, .fcrAudit, .declaredStream,
            ])
        #expect(
            messages.map(\.tags) == [
                ["Site_ID": "S1"], ["Transformer_ID": "T1"], [:], [:], ["Portfolio": "P1"], ["Site_ID": "S1"],
            ])
        #expect(messages.allSatisfy { $0.revision == 2 && $0.isFinal && $0.feeder.isEmpty })
        #expect(messages[0].feederAggregate.activePowerW == 4)
        #expect(messages[0].fields == ["reactive_power_var": 2.5])
        #expect(messages[4].fcrAudit.requiredW == -500)
        #expect(messages[4].fcrAudit.within)
        #expect(!messages[4].fcrAudit.alert)
        #expect(messages[5].measurement == "Settlement")
        #expect(messages[5].windowSeconds == 0)
        #expect(messages[5].fields == ["mean": 7.5, "count": 12])
    }

    @Test("readings are no results")
    func readings() {
        var batch = derived([aggregate("F1")])
        batch.isDerived = false
        var hub = Self.hub()
        let hasResults = hub.publish(batch, position: 1)
        #expect(!hasResults)
        #expect(hub.counters.published == 0)
    }

    @Test("from now on: what was before is not sent")
    func fromNow() throws {
        var hub = Self.hub()
        _ = hub.publish(derived([aggregate("F1", power: 1)]), position: 10)
        let id = try joined(&hub, FeedFilter(), .everyRevision, from: .now)
        let step = hub.next(id)
        #expect(step == .wait)
        _ = hub.publish(derived([aggregate("F1", power: 2)]), position: 20)
        let responses = taken(&hub, id).responses
        #expect(responses.map(\.cursor) == [20])
        #expect(Self.powers(responses[0].results) == [2])
    }

    @Test("from a cursor: what is behind it comes, in the order of the log, once")
    func resume() throws {
        var hub = Self.hub { $0.resultsInResponse = 2 }
        for step in 1...6 {
            _ = hub.publish(derived([aggregate("F1", power: Double(step))]), position: UInt64(step * 10))
        }
        for (cursor, expected) in [(10, [2.0, 3, 4, 5, 6]), (35, [4, 5, 6]), (50, [6]), (60, [])] {
            let id = try joined(&hub, FeedFilter(), .everyRevision, from: .behind(UInt64(cursor)))
            let responses = taken(&hub, id).responses
            #expect(responses.flatMap { Self.powers($0.results) } == expected)
            #expect(responses.allSatisfy { $0.notice == nil && $0.results.count <= 2 })
            #expect(responses.last.map(\.cursor) ?? 60 == 60)
        }
    }

    @Test("the cursor of a part is the place before it, until the last part")
    func parts() throws {
        var hub = Self.hub { $0.resultsInResponse = 2 }
        _ = hub.publish(derived([aggregate("F0")]), position: 1)
        _ = hub.publish(derived((1...5).map { aggregate("F\($0)") }), position: 2)
        let id = try joined(&hub, FeedFilter(), .everyRevision, from: .behind(1))
        let cursors = taken(&hub, id).responses.map(\.cursor)
        #expect(cursors == [1, 1, 2])
    }

    @Test("a cursor that is too old is told so, and gets the newest revisions held", arguments: [UInt64(0), 9, 19])
    func tooOld(cursor: UInt64) throws {
        var hub = Self.hub { $0.heldResults = 2 }
        _ = hub.publish(derived([aggregate("F1", power: 1), aggregate("F2", power: 2)]), position: 10)
        _ = hub.publish(derived([aggregate("F1", power: 3, revision: 1)]), position: 20)
        _ = hub.publish(derived([aggregate("F3", power: 4)]), position: 30)
        _ = hub.publish(derived([aggregate("F3", power: 5, revision: 1)]), position: 40)
        let id = try joined(&hub, FeedFilter(), .everyRevision, from: .behind(cursor))
        let responses = taken(&hub, id).responses
        #expect(responses.map(\.notice) == [.cursorTooOld])
        #expect(responses.map(\.cursor) == [40])
        #expect(Self.powers(responses[0].results) == [3, 2, 5])
    }

    @Test("a cursor ahead of the log is told so, and gets what comes")
    func ahead() throws {
        var hub = Self.hub()
        _ = hub.publish(derived([aggregate("F1")]), position: 10)
        let id = try joined(&hub, FeedFilter(), .everyRevision, from: .behind(11))
        _ = hub.publish(derived([aggregate("F1", power: 2)]), position: 20)
        let responses = taken(&hub, id).responses
        #expect(responses.map(\.notice) == [.cursorAhead, nil])
        #expect(responses.flatMap { Self.powers($0.results) } == [2])
    }

    @Test("results are held for an hour of the arrival clock")
    func age() throws {
        var hub = Self.hub()
        _ = hub.publish(derived([aggregate("F1")]), position: 10)
        _ = hub.publish(derived([aggregate("F1")], arrival: minute + 1), position: 20)
        let id = try joined(&hub, FeedFilter(), .everyRevision, from: .behind(10))
        _ = hub.publish(derived([aggregate("F1")], arrival: minute + 3_600_000_000_000), position: 30)
        let first = taken(&hub, id).responses.flatMap(\.results)
        #expect(first.count == 2)
        _ = hub.publish(derived([aggregate("F1")], arrival: minute + 3_600_000_000_002), position: 40)
        let late = try joined(&hub, FeedFilter(), .everyRevision, from: .behind(19))
        let notices = taken(&hub, late).responses.map(\.notice)
        #expect(notices == [.cursorTooOld])
        let inTime = try joined(&hub, FeedFilter(), .everyRevision, from: .behind(20))
        let rest = taken(&hub, inTime).responses.flatMap(\.results)
        #expect(rest.count == 2)
    }

    @Test("a filter wants feeders, operators and lengths of windows; empty wants all")
    func filters() throws {
        let all = [aggregate("F1"), aggregate("F1", window: 60), aggregate("F2"), readiness("F1", up: 1)]
        func matching(_ change: (inout FeedFilter) -> Void) throws -> Int {
            var filter = FeedFilter()
            change(&filter)
            var hub = Self.hub()
            let id = try joined(&hub, filter, .everyRevision, from: .now)
            _ = hub.publish(derived(all), position: 1)
            #expect(
                hub.lastClosed(filter).results.count
                    == hub.lastClosed(FeedFilter()).results.filter { filter.matches($0.series) }.count)
            return taken(&hub, id).responses.flatMap(\.results).count
        }
        #expect(try matching { _ in } == 4)
        #expect(try matching { $0.feeders = ["F1"] } == 3)
        #expect(try matching { $0.operators = [.fcrReadiness] } == 1)
        #expect(try matching { $0.windowSeconds = [60] } == 1)
        #expect(try matching { $0.measurements = ["FCR_Readiness", "Settlement"] } == 1)
        #expect(try matching { $0.tags = ["Feeder_ID": "F2"] } == 1)
        #expect(try matching { $0.tags = ["Feeder_ID": "F2", "Site_ID": "S1"] } == 0)
        #expect(
            try matching {
                $0.feeders = ["F2"]; $0.windowSeconds = [60]
            } == 0)
    }

    @Test("newest-wins conflates what waits, by feeder, operator and length of window")
    func conflation() throws {
        var hub = Self.hub()
        let id = try joined(&hub, FeedFilter(), .newestWins, from: .now)
        _ = hub.publish(derived([aggregate("F1", power: 1), aggregate("F2", power: 2)]), position: 10)
        _ = hub.publish(derived([aggregate("F1", second: 1, power: 3)]), position: 20)
        _ = hub.publish(derived([aggregate("F1", power: 4, revision: 1)]), position: 30)
        let responses = taken(&hub, id).responses
        // The late revision of the older window does not hide the newer window.
        #expect(Self.powers(responses.flatMap(\.results)) == [3, 2])
        #expect(responses.map(\.cursor) == [30])
        #expect(hub.counters.conflated == 2)
        #expect(hub.counters.delivered == 2)
    }

    @Test("newest-wins outlives the ring: it gets the newest of each that it has not had")
    func conflationBeyondRing() throws {
        var hub = Self.hub { $0.heldResults = 1 }
        let id = try joined(&hub, FeedFilter(), .newestWins, from: .now)
        for step in 1...5 {
            let results = [aggregate("F1", second: Int64(step), power: Double(step))]
            _ = hub.publish(derived(results), position: UInt64(step))
        }
        let taken = taken(&hub, id)
        #expect(!taken.isEnded)
        #expect(Self.powers(taken.responses.flatMap(\.results)) == [5])
        #expect(hub.counters.conflated == 4)
    }

    @Test("every-revision is ended when more waits than its bound, or than is held; others are not")
    func overflow() throws {
        var hub = Self.hub {
            $0.waitingResults = 3
            $0.heldResults = 5
        }
        let slow = try joined(&hub, FeedFilter(), .everyRevision, from: .now)
        let quick = try joined(&hub, FeedFilter(), .everyRevision, from: .now)
        for step in 1...4 {
            _ = hub.publish(derived([aggregate("F1", power: Double(step))]), position: UInt64(step))
            let responses = taken(&hub, quick).responses
            #expect(responses.count == 1)
        }
        let isEnded = taken(&hub, slow).isEnded
        #expect(isEnded)
        #expect(hub.counters.droppedSubscribers == 1)
        #expect(hub.counters.subscribers == 1)
    }

    @Test("resuming from an old cursor may take more than the bound")
    func catchingUp() throws {
        var hub = Self.hub { $0.waitingResults = 3 }
        for step in 1...20 { _ = hub.publish(derived([aggregate("F1")]), position: UInt64(step)) }
        let id = try joined(&hub, FeedFilter(), .everyRevision, from: .behind(1))
        let taken = taken(&hub, id)
        #expect(!taken.isEnded)
        #expect(taken.responses.flatMap(\.results).count == 19)
    }

    @Test("the newest of each feeder, operator and length of window is the last closed")
    func lastClosed() {
        var hub = Self.hub()
        _ = hub.publish(derived([aggregate("F2", power: 1), aggregate("F1", power: 2)]), position: 1)
        _ = hub.publish(derived([aggregate("F2", second: 1, power: 3)]), position: 2)
        _ = hub.publish(derived([aggregate("F2", power: 9, revision: 1)]), position: 3)
        let answer = hub.lastClosed(FeedFilter())
        #expect(Self.powers(answer.results) == [2, 3])
        #expect(answer.position == 3)
    }

    @Test("more subscribers than the limit are refused, and room is made by those that go")
    func subscriberLimit() throws {
        var hub = Self.hub { $0.subscribers = 1 }
        let id = try joined(&hub, FeedFilter(), .newestWins, from: .now)
        let refused = hub.subscribe(FeedFilter(), .newestWins, from: .now)
        #expect(refused == nil)
        hub.unsubscribe(id)
        let taken = hub.subscribe(FeedFilter(), .newestWins, from: .now)
        #expect(taken != nil)
    }
}
