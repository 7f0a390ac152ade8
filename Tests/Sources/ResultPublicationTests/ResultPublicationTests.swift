import BrokerSupport
import Foundation
import Logging
import MQTTClient
import Telemetry
import Testing

@testable import ResultPublication

/// A derived batch with one result.
private func batch(
    _ measurement: String, _ tags: [(String, String)], time: Int64 = 5, revision: Int64 = 0, power: Double = 1
) -> FrameBatch {
    var batch = FrameBatch(database: "telemetry", arrival: 0, isDerived: true)
    batch.append(
        measurement: measurement, tags: tags,
        fields: [("revision", .integer(revision)), ("final", .boolean(false)), ("active_power_w", .float(power))],
        timestamp: time)
    batch.seal()
    return batch
}

private func batch(_ feeder: String, time: Int64, revision: Int64, power: Double) -> FrameBatch {
    batch(
        "Feeder_Aggregate", [("Feeder_ID", feeder), ("window", "60s")], time: time, revision: revision, power: power)
}

@Suite("Results on MQTT")
struct ResultTopicsTests {
    @Test(
        "each measurement has its topic",
        arguments: [
            ("Feeder_Aggregate", ["Feeder_ID": "F1", "window": "60s"], "out/feeder/F1/60s"),
            ("FCR_Readiness", ["Feeder_ID": "F1"], "out/fcr/F1"),
            ("Site_Aggregate", ["Site_ID": "S1", "window": "1s"], "out/site/S1/1s"),
            ("Transformer_Aggregate", ["Transformer_ID": "T1", "window": "1s"], "out/transformer/T1/1s"),
            ("Transformer_State", ["Transformer_ID": "T1"], "out/transformer/T1/state"),
            ("Fleet_Aggregate", ["window": "60s"], "out/fleet/60s"),
            ("Fleet_Readiness", [:], "out/fleet/fcr"),
            ("FCR_Audit", ["Portfolio": "P", "window": "1s"], "out/audit/P/1s"),
            ("My_Stream", ["Site_ID": "S1"], "out/stream/My_Stream/S1"),
        ] as [(String, [String: String], String)])
    func topics(measurement: String, tags: [String: String], topic: String) {
        let batch = batch(measurement, tags.map { ($0.key, $0.value) })
        #expect(ResultTopics.results(of: batch, prefix: "out").map(\.topic) == [topic])
    }

    @Test("the payload is JSON with the start of the window, the tags and the fields")
    func payload() throws {
        let results = ResultTopics.results(of: batch("F1", time: 5, revision: 2, power: -1.5), prefix: "v2g/v1/out")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(results[0].payload.utf8)) as? [String: Any])
        #expect(object["ts"] as? Int == 5 && object["revision"] as? Int == 2)
        #expect(object["active_power_w"] as? Double == -1.5 && object["final"] as? Bool == false)
        #expect(object["Feeder_ID"] as? String == "F1" && object["window"] as? String == "60s")
    }

    @Test("what MQTT gives a meaning is escaped, and quotes in names stay JSON")
    func hostileNames() throws {
        let results = ResultTopics.results(of: batch("a/b+#%\"\n", time: 5, revision: 0, power: .infinity), prefix: "p")
        #expect(results[0].topic == "p/feeder/a%2Fb%2B%23%25\"%0A/60s")
        let object = try JSONSerialization.jsonObject(with: Data(results[0].payload.utf8)) as? [String: Any]
        #expect(object?["Feeder_ID"] as? String == "a/b+#%\"\n")
        #expect(object?["active_power_w"] is NSNull)
    }

    @Test("readings are not published")
    func readings() {
        var readings = batch("F1", time: 5, revision: 0, power: 0)
        readings.isDerived = false
        #expect(ResultTopics.results(of: readings, prefix: "p").isEmpty)
    }

    @Test("of each topic the newest waits: a late revision of an older window does not come after it")
    func newestWins() {
        var pending = PendingResults(topicLimit: 1)
        for (time, revision, power) in [(Int64(10), Int64(0), 1.0), (20, 0, 2), (10, 1, 3), (20, 1, 4)] {
            for result in ResultTopics.results(
                of: batch("F1", time: time, revision: revision, power: power), prefix: "p")
            { pending.add(result) }
        }
        for result in ResultTopics.results(of: batch("F2", time: 1, revision: 0, power: 0), prefix: "p") {
            pending.add(result)
        }
        let taken = pending.take(10)
        #expect(taken.count == 1 && taken[0].payload.contains("\"active_power_w\":4.0"))
        #expect(pending.superseded == 3 && pending.leftOut == 1 && pending.take(10).isEmpty)
        pending.putBack(taken[0])
        #expect(pending.count == 1)
    }
}

@Suite(
    "Publication to a real mosquitto", .serialized,
    .enabled(if: MosquittoBroker.isInstalled, "Debian's mosquitto and mosquitto-clients are not installed"))
struct PublicationTests {
    private func publication(port: Int, change: (inout ResultPublication.Settings) -> Void = { _ in })
        -> ResultPublication
    {
        var settings = ResultPublication.Settings()
        settings.address.port = port
        settings.firstPauseMilliseconds = 20
        settings.longestPauseMilliseconds = 100
        change(&settings)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return ResultPublication(settings: settings, logger: logger)
    }

    @Test("what was given while the broker was away comes once it is there, retained, with its content type")
    func retained() throws {
        let broker = try MosquittoBroker()
        let publication = publication(port: broker.port)
        publication.start()
        for feeder in ["F1", "F2"] { publication.publish(batch(feeder, time: 10, revision: 0, power: 1)) }
        publication.publish(batch("F1", time: 11, revision: 0, power: 2))
        try eventually("two wait") { publication.counters.waiting == 2 && publication.counters.superseded == 1 }
        try broker.start()
        try eventually("both are acknowledged") { publication.counters.acknowledged == 2 }
        publication.publish(batch("F2", time: 12, revision: 0, power: 3))
        publication.publish(batch("F2", time: 10, revision: 1, power: 9))
        try eventually("the third is") { publication.counters.acknowledged == 3 }
        publication.shutdown()
        #expect(!publication.counters.isConnected)
        let seen = try broker.subscribe("v2g/v1/out/#", count: 2, format: "%r %C %t %p").sorted()
        #expect(seen.count == 2)
        #expect(seen.first?.hasPrefix("1 application/json v2g/v1/out/feeder/F1/60s {\"ts\":11,") == true, "\(seen)")
        #expect(seen.last?.contains("F2/60s {\"ts\":12,") == true, "\(seen)")
    }

    @Test("a broker that dies and comes back gets what it had not acknowledged, and the newest of each topic")
    func restarted() throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let publication = publication(port: broker.port)
        publication.start()
        publication.publish(batch("F1", time: 1, revision: 0, power: 1))
        try eventually("the first is acknowledged") { publication.counters.acknowledged == 1 }
        broker.stop()
        try eventually("the loss is seen") { !publication.counters.isConnected }
        for time in 2...50 { publication.publish(batch("F1", time: Int64(time), revision: 0, power: 1)) }
        try eventually("one waits") { publication.counters.superseded == 48 && publication.counters.waiting == 1 }
        try broker.start()
        try eventually("the newest is acknowledged") { publication.counters.acknowledged == 2 }
        publication.shutdown()
        let seen = try broker.subscribe("v2g/v1/out/feeder/F1/60s", count: 1, format: "%p")
        #expect(seen.first?.hasPrefix("{\"ts\":50,") == true)
        #expect(publication.counters.failures >= 1)
    }

    @Test("without a broker nothing waits for it, and what has no room is counted")
    func bounded() throws {
        let publication = publication(port: try Loopback.freePort()) { $0.topicLimit = 10 }
        for number in 0..<100 { publication.publish(batch("F\(number)", time: 1, revision: 0, power: 1)) }
        try eventually("the limit") { publication.counters.dropped == 90 }
        #expect(publication.counters.waiting == 10)
        let none = self.publication(port: 1) { $0.batchLimit = 0 }
        none.publish(batch("F1", time: 1, revision: 0, power: 1))
        #expect(none.counters.dropped == 1)
        publication.start()
        try eventually("a failure") { publication.counters.failures >= 2 }
        publication.shutdown()
    }
}
