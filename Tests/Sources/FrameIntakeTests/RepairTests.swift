import FileIO
import FleetPipeline
import SimulatedDisk
import Synchronization
import Telemetry
import Testing
import TimeSeriesStore

@testable import FrameIntake

@Suite("Repair from the store")
struct RepairTests {
    static let second: Int64 = 1_000_000_000
    static let origin: Int64 = 1_767_225_600_000_000_000

    struct Reading {
        var evse: String
        var at: Int64
        var arrival: Int64
        var power: Double
        var soc: Double
    }

    static func topology() -> Topology {
        var topology = Topology()
        topology.transformers["T1"] = Transformer(ratedVA: 12_000, hasThermalLimit: true)
        topology.feeders = [
            "F1": Feeder(transformer: "T1", importLimitW: 40_000, exportLimitW: 40_000),
            "F2": Feeder(transformer: "T1", importLimitW: 40_000, exportLimitW: 40_000),
        ]
        for number in 0..<6 {
            topology.evses["E\(number)"] = EVSE(
                feeder: "F\(number % 2 + 1)", site: "S\(number % 3)", maxDischargeW: 10_000)
        }
        for number in 0..<3 { topology.sites["S\(number)"] = "F1" }
        return topology
    }

    /// Five minutes of six EVSEs, an eighth far behind the allowed lateness.
    static func readings(_ seed: UInt64, count: Int = 60) -> [Reading] {
        var state = seed
        func random(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        var out: [Reading] = []
        for number in 0..<6 {
            for index in 0..<count {
                // E5 is silent from the second minute to the fourth.
                if number == 5, index > 14, index < 45 { continue }
                let at = origin + Int64(index) * 5 * second + Int64(random(900)) * 1_000_000
                let late = random(8) == 0 ? Int64(90 + random(100)) : 0
                out.append(
                    Reading(
                        evse: "E\(number)", at: at, arrival: at + late * second,
                        power: Double(random(20_000)) - 9000, soc: Double(20 + random(60))))
            }
        }
        return out.sorted { $0.arrival < $1.arrival }
    }

    static func table(_ readings: some Sequence<Reading>) -> FrameTable {
        var table = FrameTable(measurement: CanonicalNames.powerFlow)
        for reading in readings {
            table.beginRow(
                key: SeriesKey.encode(measurement: "Power_Flow", tags: [("EVSE_ID", reading.evse)]),
                timestamp: reading.at)
            table.set("active_power_w", .float(reading.power))
            table.set("soc_pct", .float(reading.soc))
        }
        table.seal()
        return table
    }

    /// The defaults, and streams that are declared over each kind of window with panes.
    static let settings: PipelineSettings = {
        var settings = PipelineSettings()
        let zone = ZoneTable(name: "Europe/Amsterdam", firstOffset: 3600, changes: [])
        let windows: [(String, StreamWindow)] = [
            ("Tumbling", .tumbling(60 * second)), ("Hopping", .hopping(size: 60 * second, every: 10 * second)),
            ("Calendar", .calendar(seconds: 300, zone)),
        ]
        settings.streams = windows.map { name, window in
            StreamDeclaration(
                name: name, measurement: "Power_Flow", field: "active_power_w", groupBy: [], window: window,
                aggregates: [
                    .sum, .mean, .min, .max, .count, .first, .last, .energyWh, .quantile(50),
                    .distinct(tag: "EVSE_ID"),
                ])
        }
        return settings
    }()

    final class Bench: Sendable {
        let store: TimeSeriesStore
        let intake: FrameIntake

        init(_ disk: SimulatedDisk) throws {
            store = TimeSeriesStore(disk: disk, settings: StoreSettings(directory: "/data"))
            intake = try FrameIntake(
                store: store, disk: disk, directory: "/data", settings: RepairTests.settings, topologyText: "",
                parseTopology: { _ in RepairTests.topology() }, publish: { _, _ in }, noteRefusal: { _ in })
            try intake.recover(arrival: 0)
            if store.database("telemetry") == nil { try store.createDatabase("telemetry") }
        }

        /// Writes one table.
        func write(_ table: FrameTable, arrival: Int64) async throws {
            let batch = FrameBatch(database: "telemetry", arrival: arrival, tables: [table])
            _ = try await intake.submit(batch)
        }

        /// Ticks until nothing waits for repair any more, and goes on so: one repair may bring another. Answers whether it
        /// came so far within some seconds.
        func settle(now: Int64) async throws -> Bool {
            var quiet = 0
            for attempt in 0..<3000 {
                // The clock goes on, since a minute that is final in part waits for the rest of it.
                intake.tick(now: now + Int64(attempt) * RepairTests.second / 4)
                try await Task.sleep(for: .milliseconds(10))
                if intake.counters.repairsPending == 0, intake.waitingBatchCount == 0,
                    (intake.watermark ?? 0) >= now - 200 * RepairTests.second
                {
                    quiet += 1
                    if quiet > 40 { return true }
                } else {
                    quiet = 0
                }
            }
            return false
        }

        /// The stored rows of a measurement by key and time, without their revisions.
        func rows(_ measurement: String) throws -> [String: [String: FieldValue]] {
            var rows: [String: [String: FieldValue]] = [:]
            try TelemetryReader(store: store).forEachTable(measurement, .min ... .max) { table in
                for row in 0..<table.rowCount {
                    let key = String(decoding: table.key(row), as: UTF8.self) + " \(table.timestamps[row])"
                    for column in table.fields where column.name != "revision" {
                        rows[key, default: [:]][column.name] = column[row]
                    }
                }
            }
            return rows
        }
    }

    /// What a pipeline makes of all readings in the order of their times: nobody is late in it.
    static func naive(_ readings: [Reading], _ measurement: String) -> [String: [String: FieldValue]] {
        var pipeline = FleetPipeline(settings: settings, topology: topology())
        var results: [WindowResult] = []
        for reading in readings.sorted(by: { $0.at < $1.at }) {
            pipeline.apply(table([reading]), arrival: reading.at)
            pipeline.finishBatch(arrival: reading.at)
            results += pipeline.takeResults()
        }
        pipeline.tick(now: origin + 1000 * second)
        results += pipeline.takeResults()
        var rows: [String: [String: FieldValue]] = [:]
        for result in results where result.measurement == measurement {
            let key = SeriesKey.encode(measurement: measurement, tags: result.tags)
            rows[String(decoding: key, as: UTF8.self) + " \(result.windowStart)"] =
                Dictionary(result.fields.filter { $0.0 != "revision" }, uniquingKeysWith: { $1 })
        }
        return rows
    }

    /// Whether two values are one but for the order in which doubles were added up.
    static func isSame(_ one: FieldValue?, _ other: FieldValue) -> Bool {
        guard case .float(let one)? = one, case .float(let other) = other else { return one == other }
        return abs(one - other) <= 1e-9 * max(1, abs(one), abs(other))
    }

    @Test(
        "readings far behind the lateness change their windows, so that all equal those of readings in order",
        arguments: [(seed: UInt64(1), crash: false), (2, true), (3, true)])
    func equalsInOrder(seed: UInt64, crash: Bool) async throws {
        let readings = Self.readings(seed)
        let disk = SimulatedDisk()
        var current = disk
        var bench = try Bench(disk)
        for (index, start) in stride(from: 0, to: readings.count, by: 20).enumerated() {
            let part = readings[start..<min(start + 20, readings.count)]
            let batch = FrameBatch(
                database: "telemetry", arrival: part.map(\.arrival).max() ?? 0, tables: [Self.table(part)])
            _ = try await bench.intake.submit(batch)
            if crash, index == 12 {
                try bench.intake.saveCheckpoint()
                bench.intake.tick(now: Self.origin + 400 * Self.second)
                current = current.crash()
                bench = try Bench(current)
            }
        }
        #expect(try await bench.settle(now: Self.origin + 1000 * Self.second))
        #expect(bench.intake.counters.late > 10)
        #expect(bench.intake.repairedWindowCount > 50 && bench.intake.repairFailures.count == 0)
        let measurements = [
            "Feeder_Aggregate", "FCR_Readiness", "Site_Aggregate", "Transformer_Aggregate", "Fleet_Aggregate",
            "Transformer_State", "Tumbling", "Hopping", "Calendar",
        ]
        for measurement in measurements {
            let (given, wanted) = (try bench.rows(measurement), Self.naive(readings, measurement))
            var faults: [String] = []
            for (key, row) in wanted
            where Int64(key.split(separator: " ").last ?? "") ?? 0 < Self.origin + 300 * Self.second {
                for (name, value) in row where !Self.isSame(given[key]?[name], value) {
                    faults.append("\(key) \(name): \(String(describing: given[key]?[name])), not \(value)")
                }
            }
            #expect(faults.isEmpty, "\(measurement): \(faults.count): \(faults.prefix(3))")
        }
    }
}
