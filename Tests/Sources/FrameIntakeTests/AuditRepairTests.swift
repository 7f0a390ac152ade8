import FleetPipeline
import SimulatedDisk
import Telemetry
import Testing

@testable import FrameIntake

@Suite("Audit from the store")
struct AuditRepairTests {
    typealias Fleet = RepairTests

    /// One point of a series that the audit goes by.
    struct Input {
        var measurement: String
        var tags: [(String, String)]
        var field: String
        var at: Int64
        var value: Double
        var late: Int64 = 0

        var table: FrameTable {
            var table = FrameTable(measurement: measurement)
            table.beginRow(
                key: SeriesKey.encode(measurement: measurement, tags: tags),
                timestamp: Fleet.origin + at * Fleet.second)
            table.set(field, .float(value))
            table.seal()
            return table
        }
    }

    /// Two portfolios, one the fleet and one of two feeders; a frequency each second, some of them long late, and a
    /// baseline that is known long after it began to hold.
    static func inputs() -> [Input] {
        var inputs = [
            Input(measurement: "FCR_Contract", tags: [("Portfolio", "P1")], field: "reserve_w", at: -60, value: 30_000),
            Input(
                measurement: "FCR_Contract", tags: [("Portfolio", "P2"), ("Feeder_ID", "F1")], field: "reserve_w",
                at: -60, value: 8000),
            Input(
                measurement: "FCR_Contract", tags: [("Portfolio", "P2"), ("Feeder_ID", "F2")], field: "reserve_w",
                at: 100, value: 12_000, late: 500),
            Input(measurement: "Baseline", tags: [("Portfolio", "P1")], field: "active_power_w", at: -60, value: 500),
            Input(
                measurement: "Baseline", tags: [("Feeder_ID", "F1")], field: "active_power_w", at: -60, value: -2000),
            Input(
                measurement: "Baseline", tags: [("Feeder_ID", "F1")], field: "active_power_w", at: 400, value: 3000,
                late: 300),
        ]
        for second in 0..<1100 {
            let late: Int64 = second % 17 == 3 ? 150 : 0
            // Two minutes without: no second of them is judged.
            if (600..<720).contains(second) { continue }
            let deviation = Double((second * 7919) % 400 - 200) / 1000
            inputs.append(
                Input(
                    measurement: "Grid_Frequency", tags: [("Source", "A")], field: "frequency_hz", at: Int64(second),
                    value: 50 + deviation, late: late))
        }
        return inputs
    }

    private static func naive(_ readings: [RepairTests.Reading]) -> [String: [String: FieldValue]] {
        var pipeline = FleetPipeline(settings: Fleet.settings, topology: Fleet.topology())
        for input in inputs() { pipeline.apply(input.table, arrival: Fleet.origin + 2000 * Fleet.second) }
        var results: [WindowResult] = []
        for reading in readings.sorted(by: { $0.at < $1.at }) {
            pipeline.apply(Fleet.table([reading]), arrival: reading.at)
            pipeline.finishBatch(arrival: reading.at)
            results += pipeline.takeResults()
        }
        pipeline.tick(now: Fleet.origin + 2400 * Fleet.second)
        results += pipeline.takeResults()
        var rows: [String: [String: FieldValue]] = [:]
        for result in results where result.measurement == CanonicalNames.fcrAudit {
            let key = SeriesKey.encode(measurement: CanonicalNames.fcrAudit, tags: result.tags)
            rows[String(decoding: key, as: UTF8.self) + " \(result.windowStart)"] =
                Dictionary(result.fields.filter { $0.0 != "revision" }, uniquingKeysWith: { $1 })
        }
        return rows
    }

    @Test(
        "readings, frequencies, baselines and contracts that come too late change the seconds and quarter-hours that they judge",
        arguments: [(seed: UInt64(4), crash: false), (5, true)])
    func equalsInOrder(seed: UInt64, crash: Bool) async throws {
        let readings = Fleet.readings(seed, count: 220)
        var current = SimulatedDisk()
        var bench = try Fleet.Bench(current)
        var writes = readings.map { (arrival: $0.arrival, table: Fleet.table([$0])) }
        writes += Self.inputs().map {
            (arrival: Fleet.origin + ($0.at + $0.late) * Fleet.second + Fleet.second / 2, table: $0.table)
        }
        writes.sort { $0.arrival < $1.arrival }
        for (index, write) in writes.enumerated() {
            try await bench.write(write.table, arrival: write.arrival)
            if crash, index == writes.count / 2 {
                try bench.intake.saveCheckpoint()
                current = current.crash()
                bench = try Fleet.Bench(current)
            }
        }
        #expect(try await bench.settle(now: Fleet.origin + 2400 * Fleet.second))
        #expect(bench.intake.repairFailures.count == 0, "\(bench.intake.repairFailures.last)")
        let (given, wanted) = (try bench.rows(CanonicalNames.fcrAudit), Self.naive(readings))
        #expect(wanted.keys.contains { $0.hasPrefix("FCR_Audit,Feeder_ID=F2,Portfolio=P2,window=900s ") })
        #expect(wanted.keys.contains { $0.hasPrefix("FCR_Audit,Portfolio=P2,window=1s ") })
        var faults: [String] = []
        for (key, row) in wanted
        where Int64(key.split(separator: " ").last ?? "") ?? 0 < Fleet.origin + 1100 * Fleet.second {
            for (name, value) in row where !Fleet.isSame(given[key]?[name], value) {
                faults.append("\(key) \(name): \(String(describing: given[key]?[name])), not \(value)")
            }
        }
        #expect(wanted.count > 3000 && faults.isEmpty, "\(wanted.count) \(faults.count): \(faults.sorted().prefix(6))")
    }
}
