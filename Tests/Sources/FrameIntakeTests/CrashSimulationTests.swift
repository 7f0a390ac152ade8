import FleetPipeline
import Foundation
import SimulatedDisk
import Telemetry
import Testing

@testable import FrameIntake

/// One seed makes a fleet's five minutes, and everything that goes wrong with them.
@Suite("Windows through crashes")
struct CrashSimulationTests {
    private typealias Fleet = RepairTests

    /// One, or as many as `FEEDERLINE_CRASH_SEEDS` says.
    fileprivate static let seeds: [UInt64] = {
        let count = ProcessInfo.processInfo.environment["FEEDERLINE_CRASH_SEEDS"].flatMap { UInt64($0) } ?? 1
        return (21..<21 + max(1, count)).map { $0 }
    }()

    /// A step of a run: what arrives, when.
    private struct Step {
        var arrival: Int64
        var tables: [FrameTable]
    }

    private struct Random {
        var state: UInt64

        mutating func below(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
    }

    private static let inputs = AuditRepairTests.inputs().filter { $0.at < 300 }

    /// Readings, an eighth of them long late, and what the audit goes by: a fifth comes twice, each somewhat out of order.
    private static func steps(_ readings: [RepairTests.Reading], _ random: inout Random) -> [Step] {
        var arrivals: [(arrival: Int64, table: FrameTable)] = []
        func add(_ arrival: Int64, _ table: FrameTable) {
            for repeated in 0...(random.below(5) == 0 ? 1 : 0) {
                let delay = Int64(random.below(8 + UInt64(repeated) * 90)) * Fleet.second
                arrivals.append((arrival + delay, table))
            }
        }
        for reading in readings { add(reading.arrival, Fleet.table([reading])) }
        for input in inputs { add(Fleet.origin + (input.at + input.late) * Fleet.second, input.table) }
        arrivals.sort { $0.arrival < $1.arrival }
        var steps: [Step] = []
        while !arrivals.isEmpty {
            let count = min(arrivals.count, 1 + Int(random.below(12)))
            let part = arrivals.prefix(count)
            arrivals.removeFirst(count)
            steps.append(Step(arrival: part.last?.arrival ?? 0, tables: part.map(\.table)))
        }
        return steps
    }

    /// All last rows of a run without a fault: every reading in the order of its time, nothing late, nothing twice.
    private static func naive(_ readings: [RepairTests.Reading], until end: Int64) -> [String: [String: FieldValue]] {
        var pipeline = FleetPipeline(settings: Fleet.settings, topology: Fleet.topology())
        for input in inputs { pipeline.apply(input.table, arrival: end) }
        var results: [WindowResult] = []
        for reading in readings.sorted(by: { $0.at < $1.at }) {
            pipeline.apply(Fleet.table([reading]), arrival: reading.at)
            pipeline.finishBatch(arrival: reading.at)
            results += pipeline.takeResults()
        }
        pipeline.tick(now: end)
        results += pipeline.takeResults()
        var rows: [String: [String: FieldValue]] = [:]
        for result in results {
            let key = SeriesKey.encode(measurement: result.measurement, tags: result.tags)
            rows[String(decoding: key, as: UTF8.self) + " \(result.windowStart)"] =
                Dictionary(result.fields.filter { $0.0 != "revision" }, uniquingKeysWith: { $1 })
        }
        return rows
    }

    @Test(
        "aggregates, readiness, temperatures, audits and declared streams end as if nothing had gone wrong",
        arguments: CrashSimulationTests.seeds)
    func endsAsIfNothingHadGoneWrong(seed: UInt64) async throws {
        var random = Random(state: seed)
        let readings = Fleet.readings(seed)
        let steps = Self.steps(readings, &random)
        var disk = SimulatedDisk()
        var bench = try Fleet.Bench(disk)
        var crashes = 0
        for step in steps {
            let batch = FrameBatch(database: "telemetry", arrival: step.arrival, tables: step.tables)
            _ = try await bench.intake.submit(batch)
            if random.below(9) == 0 { try bench.intake.saveCheckpoint() }
            if random.below(4) == 0 { bench.intake.tick(now: step.arrival) }
            // In the middle of whatever it does, a repair among it.
            if random.below(25) == 0 {
                disk = disk.crash()
                bench = try Fleet.Bench(disk)
                crashes += 1
            }
        }
        // Repairs that a crash cuts off begin again.
        for _ in 0..<2 {
            for attempt in 0..<6 {
                bench.intake.tick(now: Fleet.origin + (600 + Int64(attempt)) * Fleet.second)
                try await Task.sleep(for: .milliseconds(20))
            }
            disk = disk.crash()
            bench = try Fleet.Bench(disk)
        }
        #expect(crashes > 1)
        #expect(try await bench.settle(now: Fleet.origin + 1300 * Fleet.second))
        #expect(bench.intake.repairFailures.count == 0, "\(bench.intake.repairFailures.last)")
        try compare(bench, Self.naive(readings, until: Fleet.origin + 1300 * Fleet.second))
    }

    private func compare(_ bench: RepairTests.Bench, _ wanted: [String: [String: FieldValue]]) throws {
        var given: [String: [String: FieldValue]] = [:]
        let measurements = Set(wanted.keys.compactMap { $0.split(separator: ",").first?.split(separator: " ").first })
        #expect(measurements.count == 11, "\(measurements)")
        for measurement in measurements { given.merge(try bench.rows(String(measurement))) { $1 } }
        var faults: [String] = []
        for (key, row) in wanted
        where Int64(key.split(separator: " ").last ?? "") ?? 0 < Fleet.origin + 300 * Fleet.second {
            for (name, value) in row where !Fleet.isSame(given[key]?[name], value) {
                faults.append("\(key) \(name): \(String(describing: given[key]?[name])), not \(value)")
            }
        }
        #expect(faults.isEmpty, "\(faults.count): \(faults.sorted().prefix(5))")
    }
}
