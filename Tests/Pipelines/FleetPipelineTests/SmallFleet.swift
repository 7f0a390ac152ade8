import FleetPipeline
import Telemetry

/// A pipeline with a few EVSEs, fed in seconds after 2026-01-01T00:00:00Z.
struct SmallFleet {
    var pipeline: FleetPipeline
    /// All that was given, in order.
    var results: [WindowResult] = []

    static let origin: Int64 = 1_767_225_600_000_000_000

    /// A time in ns.
    static func time(_ seconds: Double) -> Int64 { origin + Int64((seconds * 1000).rounded()) * 1_000_000 }

    /// E1 and E2 on F1, E3 on F2; 11 kW in, 10 kW out.
    static func topology() -> Topology {
        var topology = Topology()
        topology.feeders = ["F1": Feeder(), "F2": Feeder()]
        for (name, feeder) in [("E1", "F1"), ("E2", "F1"), ("E3", "F2")] {
            topology.evses[name] = EVSE(feeder: feeder, maxDischargeW: 10_000)
        }
        return topology
    }

    init(settings: PipelineSettings = PipelineSettings(), topology: Topology = Self.topology()) {
        pipeline = FleetPipeline(settings: settings, topology: topology)
    }

    /// One point of a batch.
    struct Reading {
        var evse: String?
        var at: Double
        var power: Double?
        var soc: Double?
        var feeder: String?

        init(_ evse: String?, _ at: Double, _ power: Double?, soc: Double? = nil, feeder: String? = nil) {
            self.evse = evse
            self.at = at
            self.power = power
            self.soc = soc
            self.feeder = feeder
        }
    }

    /// A table of `Power_Flow`.
    static func table(_ readings: [Reading]) -> FrameTable {
        var table = FrameTable(measurement: CanonicalNames.powerFlow)
        for reading in readings {
            var tags: [(String, String)] = []
            if let evse = reading.evse { tags.append(("EVSE_ID", evse)) }
            if let feeder = reading.feeder { tags.append(("Feeder_ID", feeder)) }
            table.beginRow(
                key: SeriesKey.encode(measurement: CanonicalNames.powerFlow, tags: tags), timestamp: time(reading.at))
            if let power = reading.power { table.set("active_power_w", .float(power)) }
            if let soc = reading.soc { table.set("soc_pct", .float(soc)) }
            if reading.power == nil, reading.soc == nil { table.set("status", .string("Available")) }
        }
        table.seal()
        return table
    }

    /// Feeds a batch and answers what it gave; it arrives with its newest reading unless told otherwise.
    @discardableResult
    mutating func feed(_ readings: [Reading], arrival: Double? = nil) -> [WindowResult] {
        let arrived = Self.time(arrival ?? readings.map(\.at).max() ?? 0)
        let given = pipeline.feed(Self.table(readings), arrival: arrived)
        results += given
        return given
    }

    /// A tick of the arrival clock.
    @discardableResult
    mutating func tick(_ seconds: Double) -> [WindowResult] {
        pipeline.tick(now: Self.time(seconds))
        let given = pipeline.takeResults()
        results += given
        return given
    }

    /// The watermark in seconds after the origin.
    var watermark: Double? { pipeline.watermarkValue.map { Double($0 - Self.origin) / 1e9 } }

    /// The newest aggregate of a window, and its result.
    func aggregate(_ feeder: String, _ start: Double, size: Int64 = 1) -> (WindowResult, FeederAggregate)? {
        for result in results.reversed()
        where result.name == feeder && result.windowStart == Self.time(start) && result.windowSeconds == size {
            if case .aggregate(let values) = result.values { return (result, values) }
        }
        return nil
    }

    /// The newest readiness of a second.
    func readiness(_ feeder: String, _ start: Double) -> FCRReadiness? {
        for result in results.reversed() where result.name == feeder && result.windowStart == Self.time(start) {
            if case .readiness(let values) = result.values { return values }
        }
        return nil
    }
}

extension [WindowResult] {
    /// The aggregates of one second each, as "feeder@second r revision", final ones with a bang.
    var seconds: [String] {
        compactMap { result in
            guard case .aggregate = result.values, result.windowSeconds == 1, result.kind == .feeder else { return nil }
            let second = (result.windowStart - SmallFleet.origin) / 1_000_000_000
            return "\(result.name)@\(second) r\(result.revision)\(result.isFinal ? "!" : "")"
        }
    }
}
