import FleetPipeline
import Telemetry
import Testing

@Suite("Declared streams")
struct StreamTests {
    private struct Reading {
        var series: String
        var feeder: String
        var at: Int64
        var arrival: Int64
        var value: Double
    }

    private static let second: Int64 = 1_000_000_000

    private static func readings(_ seed: UInt64, silent: Bool = false) -> [Reading] {
        var random = SplitMix(state: seed)
        var out: [Reading] = []
        for number in 0..<6 {
            var at = Int64(random.next() % 5000) * 1_000_000
            while at < 400 * second {
                let late = random.next() % 8 == 0 ? Int64(random.next() % 40) * second : 0
                out.append(
                    Reading(
                        series: "M\(number)", feeder: "F\(number % 2)", at: SmallFleet.origin + at,
                        arrival: SmallFleet.origin + at + late, value: Double(random.next() % 20_000) - 9000))
                at += Int64(1 + random.next() % 8) * second + Int64(random.next() % 1000) * 1_000_000
                // Long pauses end sessions.
                if silent, random.next() % 12 == 0 { at += 60 * second }
            }
        }
        return out.sorted { ($0.arrival, $0.series) < ($1.arrival, $1.series) }
    }

    private static func declaration(_ window: StreamWindow) -> StreamDeclaration {
        StreamDeclaration(
            name: "Metered", measurement: "Grid_Meter", field: "active_power_w", groupBy: ["Feeder_ID"],
            window: window,
            aggregates: [
                .sum, .mean, .min, .max, .count, .first, .last, .energyWh, .quantile(50), .quantile(95),
                .distinct(tag: "Meter"),
            ])
    }

    /// Feeds readings in order of arrival, some twice, with a crash now and then; answers the results of the stream.
    private static func run(_ declaration: StreamDeclaration, _ readings: [Reading]) throws -> [WindowResult] {
        var settings = PipelineSettings()
        settings.streams = [declaration]
        var pipeline = FleetPipeline(settings: settings, topology: Topology())
        var results: [WindowResult] = []
        for (index, reading) in readings.enumerated() {
            var table = FrameTable(measurement: "Grid_Meter")
            for _ in 0..<(index % 7 == 0 ? 2 : 1) {
                table.beginRow(
                    key: SeriesKey.encode(
                        measurement: "Grid_Meter", tags: [("Feeder_ID", reading.feeder), ("Meter", reading.series)]),
                    timestamp: reading.at)
                table.set("active_power_w", .float(reading.value))
            }
            table.seal()
            results += pipeline.feed(table, arrival: reading.arrival)
            if index % 25 == 3 {
                pipeline = try FleetPipeline(
                    checkpoint: pipeline.encodeCheckpoint(), settings: settings, topology: Topology())
            }
        }
        results += pipeline.close(after: readings.map(\.arrival).max() ?? 0)
        #expect(pipeline.streamLateCount == 0)
        return results
    }

    /// What a window of `[start, end)` has, from all readings at once.
    private static func naive(_ readings: [Reading], _ start: Int64, _ end: Int64, holdTo: Int64) -> [String: Double] {
        var out: [String: Double] = [:]
        let inside = readings.filter { $0.at >= start && $0.at < end }.sorted { $0.at < $1.at }
        out["count"] = Double(inside.count)
        out["sum"] = inside.map(\.value).reduce(0, +)
        out["min"] = inside.map(\.value).min()
        out["max"] = inside.map(\.value).max()
        out["first"] = inside.first?.value
        out["last"] = inside.last?.value
        out["distinct_Meter"] = Double(Set(inside.map(\.series)).count)
        var (integral, covered) = (0.0, 0.0)
        for series in Set(readings.map(\.series)) {
            let own = readings.filter { $0.series == series }.sorted { $0.at < $1.at }
            for (index, reading) in own.enumerated() {
                let next = index + 1 < own.count ? own[index + 1].at : .max
                let length = max(0, min(next, reading.at + 15 * second, end, holdTo) - max(reading.at, start))
                integral += reading.value * Double(length) / 1e9
                covered += Double(length) / 1e9
            }
        }
        if covered > 0 { (out["mean"], out["energy_wh"]) = (integral / covered, integral / 3600) }
        let sorted = inside.map(\.value).sorted()
        for percent in [50, 95] where !sorted.isEmpty {
            out["p\(percent)"] = sorted[max(1, Int((Double(sorted.count * percent) / 100).rounded(.up))) - 1]
        }
        if inside.isEmpty { out["sum"] = nil }
        return out
    }

    private static func compare(_ results: [WindowResult], _ readings: [Reading]) {
        var newest: [String: WindowResult] = [:]
        for result in results where result.measurement == "Metered" {
            let key = "\(result.tags) \(result.windowStart)"
            #expect(result.revision == (newest[key].map { $0.revision + 1 } ?? 0), "\(key)")
            #expect(newest[key]?.isFinal != true)
            newest[key] = result
        }
        #expect(newest.count >= 8)
        for result in newest.values {
            let own = readings.filter { $0.feeder == result.tags.first?.1 }
            let end = result.windowStart + result.windowSeconds * second
            let wanted = naive(own, result.windowStart, end, holdTo: end)
            let given = Dictionary(result.fields.map { ($0.0, $0.1.number) }, uniquingKeysWith: { $1 })
            #expect(result.isFinal)
            for (name, value) in wanted {
                let tolerance = name.hasPrefix("p") ? 0.0100001 * abs(value) : max(1e-6, 1e-9 * abs(value))
                let got = given[name] ?? .nan
                #expect(abs(got - value) <= tolerance, "\(result.windowStart) \(name): \(got), not \(value)")
            }
            for name in ["sum", "mean", "min", "p50"] where given[name] != nil { #expect(wanted[name] != nil) }
        }
    }

    @Test(
        "tumbling and hopping windows equal a naive batch computation, late, doubled and after crashes",
        arguments: [
            StreamWindow.tumbling(60_000_000_000), .tumbling(7_000_000_000),
            .hopping(size: 60_000_000_000, every: 10_000_000_000),
        ])
    func naiveWindows(window: StreamWindow) throws {
        for seed: UInt64 in [1, 2] {
            let readings = Self.readings(seed)
            let results = try Self.run(Self.declaration(window), readings)
            Self.compare(results, readings)
            #expect(results.contains { $0.measurement == "Metered" && $0.revision > 1 })
        }
    }

    @Test("a value that comes again changes nothing, and one with another value changes its window")
    func repeats() {
        var settings = PipelineSettings()
        settings.streams = [Self.declaration(.tumbling(10_000_000_000))]
        var pipeline = FleetPipeline(settings: settings, topology: Topology())
        func feed(_ at: Double, _ value: Double) -> [String] {
            var table = FrameTable(measurement: "Grid_Meter")
            table.beginRow(
                key: SeriesKey.encode(measurement: "Grid_Meter", tags: [("Feeder_ID", "F")]),
                timestamp: SmallFleet.time(at))
            table.set("active_power_w", .float(value))
            table.seal()
            return pipeline.feed(table, arrival: SmallFleet.time(max(at, 15))).map {
                "\(($0.windowStart - SmallFleet.origin) / Self.second) r\($0.revision) \($0.fields.first { $0.0 == "sum" }?.1.number ?? 0)"
            }
        }
        #expect(feed(1, 5) == [])
        #expect(feed(13, 7) == ["0 r0 5.0"])
        #expect(feed(1, 5) == [])
        #expect(feed(1, 6) == ["0 r1 6.0"])
        #expect(feed(2, 10) == ["0 r2 16.0"])
    }

    @Test("a session ends where nothing comes for the gap, whoever of the group speaks")
    func sessions() throws {
        let readings = Self.readings(5, silent: true).filter { $0.feeder == "F0" && $0.series == "M0" }
        let results = try Self.run(Self.declaration(.session(gap: 30_000_000_000)), readings)
        let sorted = readings.sorted { $0.at < $1.at }
        var wanted: [[Reading]] = []
        for reading in sorted {
            if let last = wanted.last?.last, reading.at - last.at <= 30 * Self.second {
                wanted[wanted.count - 1].append(reading)
            } else {
                wanted.append([reading])
            }
        }
        let given = results.filter { $0.measurement == "Metered" }
        #expect(given.count == wanted.count && wanted.count > 2)
        for (result, session) in zip(given, wanted) {
            #expect(result.windowStart == session[0].at && result.isFinal && result.revision == 0)
            let fields = Dictionary(result.fields.map { ($0.0, $0.1.number) }, uniquingKeysWith: { $1 })
            #expect(fields["count"] == Double(session.count))
            let (start, end) = (session[0].at, session[session.count - 1].at)
            let naive = Self.naive(session, start, end, holdTo: end)
            #expect(abs((fields["energy_wh"] ?? 0) - (naive["energy_wh"] ?? 0)) < 1e-6)
        }
    }
}

@Suite("Calendar windows")
struct CalendarWindowTests {
    /// Amsterdam in 2026: summer time from 2026-03-29T01:00Z to 2026-10-25T01:00Z.
    private static let amsterdam = ZoneTable(
        name: "Europe/Amsterdam", firstOffset: 3600,
        changes: [.init(at: 1_774_746_000, offset: 7200), .init(at: 1_792_890_000, offset: 3600)])

    /// The lengths in hours of the windows that hold values each half-hour of a local day and the two beside it.
    private static func lengths(_ seconds: Int64, from start: Int64) -> [Double] {
        var settings = PipelineSettings()
        settings.streams = [
            StreamDeclaration(
                name: "Blocks", measurement: "M", field: "v", groupBy: [],
                window: .calendar(seconds: seconds, amsterdam), aggregates: [.count])
        ]
        var pipeline = FleetPipeline(settings: settings, topology: Topology())
        var results: [WindowResult] = []
        for step in 0..<52 {
            var table = FrameTable(measurement: "M")
            let time = (start + Int64(step) * 1800) * 1_000_000_000
            table.beginRow(key: SeriesKey.encode(measurement: "M", tags: []), timestamp: time)
            table.set("v", .float(1))
            table.seal()
            results += pipeline.feed(table, arrival: time)
        }
        return results.filter { $0.isFinal }.map { Double($0.windowSeconds) / 3600 }
    }

    @Test("4-hour blocks count from local midnight, with 3 and 5 hours where the clocks change")
    func blocks() {
        // From local midnight of 2026-03-29 and of 2026-10-25.
        #expect(Self.lengths(14_400, from: 1_774_738_800) == [3, 4, 4, 4, 4, 4])
        #expect(Self.lengths(14_400, from: 1_792_879_200) == [5, 4, 4, 4, 4, 4])
        #expect(Self.lengths(14_400, from: 1_780_264_800) == [4, 4, 4, 4, 4, 4])
    }

    @Test("days have 23, 24 and 25 hours")
    func days() {
        #expect(Self.lengths(86_400, from: 1_774_738_800) == [23])
        #expect(Self.lengths(86_400, from: 1_792_879_200) == [25])
        #expect(Self.lengths(86_400, from: 1_780_264_800) == [24])
    }

    @Test("quarter-hours are aligned to UTC, and none is lost where the clocks go back")
    func quarters() {
        let lengths = Self.lengths(900, from: 1_792_879_200)
        #expect(lengths.count == 51 && lengths.allSatisfy { $0 == 0.25 })
    }
}
