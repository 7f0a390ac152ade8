import FleetPipeline
import Foundation
import Telemetry
import Testing

@Suite("Delivered against required reserve")
struct AuditTests {
    private static func rows(_ name: String) throws -> [[String]] {
        let text = try String(contentsOf: AnswerKey.resource(name), encoding: .utf8)
        return text.split(separator: "\n").dropFirst().map { $0.split(separator: ",").map(String.init) }
    }

    @Test("the corridor and the judgement agree with the reference in every second")
    func kernel() throws {
        var audit = FCRAudit()
        let (load, expected) = (try Self.rows("audit_load.csv"), try Self.rows("audit_1s.csv"))
        #expect(load.count == 900 && expected.count == 900)
        for (given, wanted) in zip(load, expected) {
            let values = given.compactMap { Double($0) }
            let row = audit.second(frequency: values[1], reserve: 1_000_000, power: values[2], baseline: values[3])
            for (value, text) in zip([row.requiredW, row.deliveredW, row.lowW, row.highW], wanted[1...4]) {
                #expect(abs(value - (Double(text) ?? .nan)) < 1e-3, "second \(given[0])")
            }
            #expect(row.isWithin == (wanted[5] == "True"), "second \(given[0])")
        }
    }

    @Test("the series FCR_Audit says the same of a fleet, with a crash every minute, and sums up the quarter-hour")
    func series() throws {
        let (load, expected) = (try Self.rows("audit_load.csv"), try Self.rows("audit_1s.csv"))
        let topology = SmallFleet.topology()
        var pipeline = FleetPipeline(topology: topology)
        var results: [WindowResult] = []
        func table(_ measurement: String, _ tags: [(String, String)], _ field: String, _ value: Double, _ at: Int)
            -> FrameTable
        {
            var table = FrameTable(measurement: measurement)
            table.beginRow(
                key: SeriesKey.encode(measurement: measurement, tags: tags), timestamp: SmallFleet.time(Double(at)))
            table.set(field, .float(value))
            table.seal()
            return table
        }
        pipeline.apply(
            table("FCR_Contract", [("Portfolio", "P1")], "reserve_w", 1_000_000, -60), arrival: SmallFleet.time(0))
        for (at, given) in load.enumerated() {
            let values = given.compactMap { Double($0) }
            let arrival = SmallFleet.time(Double(at))
            pipeline.apply(table("Grid_Frequency", [("Source", "A")], "frequency_hz", values[1], at), arrival: arrival)
            pipeline.apply(
                table("Baseline", [("Feeder_ID", "F1")], "active_power_w", values[3], at), arrival: arrival)
            results += pipeline.feed(
                table("Power_Flow", [("EVSE_ID", "E1")], "active_power_w", values[2], at), arrival: arrival)
            if at % 60 == 59 {
                pipeline = try FleetPipeline(
                    checkpoint: pipeline.encodeCheckpoint(), settings: PipelineSettings(), topology: topology)
            }
        }
        results += pipeline.close(after: SmallFleet.time(900))
        let audits = results.filter { $0.measurement == "FCR_Audit" && $0.windowSeconds == 1 }
        #expect(audits.count >= 900 && audits.allSatisfy { $0.isFinal && $0.tags[0].1 == "P1" })
        var within = 0
        for (result, wanted) in zip(audits, expected) {
            guard case .audit(let row) = result.values else { continue }
            for (value, text) in zip([row.requiredW, row.deliveredW, row.lowW, row.highW], wanted[1...4]) {
                #expect(abs(value - (Double(text) ?? .nan)) < 1e-3, "second \(wanted[0])")
            }
            #expect(row.isWithin == (wanted[5] == "True"))
            within += row.isWithin ? 1 : 0
        }
        let quarter = try #require(results.first { $0.measurement == "FCR_Audit" && $0.windowSeconds == 900 })
        guard case .auditQuarter(let sums) = quarter.values else { return }
        #expect(quarter.windowStart == SmallFleet.origin && sums.seconds == 900 && sums.within == Int64(within))
        let pairs = expected.map { (Double($0[1]) ?? 0, Double($0[2]) ?? 0) }
        let means = (pairs.map(\.0).reduce(0, +) / 900, pairs.map(\.1).reduce(0, +) / 900)
        let above = pairs.map { ($0.0 - means.0) * ($0.1 - means.1) }.reduce(0, +)
        let below = pairs.map { ($0.0 - means.0) * ($0.0 - means.0) }.reduce(0, +)
        #expect(abs((sums.slope ?? 0) - above / below) < 1e-6)
    }

    @Test("without a fresh frequency of a trusted source the median of at least three EVSEs counts, across a crash")
    func fleetFrequency() throws {
        let topology = SmallFleet.topology()
        var pipeline = FleetPipeline(topology: topology)
        func table(_ measurement: String, _ tag: (String, String), _ at: Int, _ fields: [(String, Double)])
            -> FrameTable
        {
            var table = FrameTable(measurement: measurement)
            table.beginRow(
                key: SeriesKey.encode(measurement: measurement, tags: [tag]), timestamp: SmallFleet.time(Double(at)))
            for (name, value) in fields { table.set(name, .float(value)) }
            table.seal()
            return table
        }
        pipeline.apply(
            table("FCR_Contract", ("Portfolio", "P1"), -60, [("reserve_w", 1000)]), arrival: SmallFleet.time(0))
        pipeline.apply(
            table("Baseline", ("Portfolio", "P1"), -60, [("active_power_w", 0)]), arrival: SmallFleet.time(0))
        var results: [WindowResult] = []
        for at in 0..<120 {
            let arrival = SmallFleet.time(Double(at))
            // One meter is wrong, and in the last minute only two measure.
            for (evse, frequency) in [("E1", 49.95), ("E2", 53), ("E3", 49.9)] where evse != "E1" || at < 60 {
                let row = table(
                    "Power_Flow", ("EVSE_ID", evse), at, [("active_power_w", 1), ("frequency_hz", frequency)])
                results += pipeline.feed(row, arrival: arrival)
                results += pipeline.feed(row, arrival: arrival)
            }
            if (20..<25).contains(at) {
                pipeline.apply(
                    table("Grid_Frequency", ("Source", "A"), at, [("frequency_hz", 50.05)]), arrival: arrival)
            }
            if at % 7 == 0 {
                pipeline = try FleetPipeline(
                    checkpoint: pipeline.encodeCheckpoint(), settings: PipelineSettings(), topology: topology)
            }
        }
        results += pipeline.close(after: SmallFleet.time(120))
        var frequencies: [Int64: Double] = [:]
        for result in results {
            if case .audit(let row) = result.values {
                frequencies[(result.windowStart - SmallFleet.origin) / 1_000_000_000] = row.frequencyHz
            }
        }
        #expect(frequencies[10] == 49.95 && frequencies[20] == 50.05 && frequencies[38] == 50.05)
        // 15 s after its time the source is stale.
        #expect(frequencies[39] == 49.95 && frequencies[59] == 49.95 && frequencies[61] == nil)
    }

    @Test("the alert state begins after 5 minutes over 100 mHz, 15 minutes over 50 mHz, and at once over 200 mHz")
    func alert() {
        func states(_ frequencies: [Double]) -> [Bool] {
            var state = SystemState()
            return frequencies.map { state.second(frequency: $0) }
        }
        #expect(states([50, 50.201, 50]) == [false, true, false])
        let long = states([Double](repeating: 49.89, count: 302) + [50] + [Double](repeating: 49.94, count: 901))
        #expect(Array(long[299..<303]) == [false, true, true, false] && Array(long.suffix(2)) == [false, true])
    }

    @Test("a unit in reserve mode slides to the deviation less its mean within five minutes, and back")
    func reserveMode() {
        var mode = ReserveMode()
        let answers = (0..<1201).map { mode.second(deviation: 0.1, isActive: (300..<900).contains($0)) }
        #expect(answers[300] == 0.1 && abs(answers[450] - 0.05) < 1e-9 && abs(answers[600]) < 1e-9)
        #expect(abs(answers[1050] - 0.05) < 1e-9 && abs(answers[1200] - 0.1) < 1e-9)
    }
}
