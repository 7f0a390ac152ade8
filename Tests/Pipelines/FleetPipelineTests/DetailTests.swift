import FleetPipeline
import Telemetry
import Testing

/// The plain, slow answer: all readings in memory, every value written out once.
private struct NaiveDetails {
    struct Reading {
        var evse: String
        var at: Double
        var arrival: Double
        var power: Double
        var fields: [(String, FieldValue)]

        func number(_ name: String) -> Double? { fields.first { $0.0 == name }?.1.number }
        var voltages: [Double] {
            ["voltage_v", "voltage_l1_v", "voltage_l2_v", "voltage_l3_v"].compactMap { number($0) }
        }
    }

    let readings: [Reading]
    let feeders: [String: String]

    /// The readings of one EVSE by time.
    private func own(_ evse: String) -> [Reading] { readings.filter { $0.evse == evse }.sorted { $0.at < $1.at } }

    /// The integral over `[from, to)` of a held field of one EVSE.
    private func integral(_ own: [Reading], _ name: String, _ from: Double, _ to: Double) -> Double {
        var sum = 0.0
        for (index, reading) in own.enumerated() {
            let end = min(index + 1 < own.count ? own[index + 1].at : .infinity, reading.at + 15)
            sum += (reading.number(name) ?? 0) * max(0, min(end, to) - max(reading.at, from))
        }
        return sum
    }

    func fields(_ feeder: String?, _ start: Int, _ size: Int) -> [String: Double] {
        var out: [String: Double] = [:]
        var socs: [Double] = []
        for (evse, home) in feeders where feeder == nil || home == feeder {
            let own = own(evse)
            let end = Double(start + size)
            for (name, wanted) in [
                ("reactive_power_var", "reactive_power_var"), ("active_power_l1_w", "active_power_l1_w"),
                ("active_power_l2_w", "active_power_l2_w"), ("active_power_l3_w", "active_power_l3_w"),
            ] { out[wanted, default: 0] += integral(own, name, Double(start), end) / Double(size) }
            for (name, wanted) in [
                ("energy_import_wh", "metered_import_wh"), ("energy_export_wh", "metered_export_wh"),
            ] {
                for (one, next) in zip(own, own.dropFirst()) where Int(next.at) >= start && Int(next.at) < start + size
                {
                    out[wanted, default: 0] += max(0, (next.number(name) ?? 0) - (one.number(name) ?? 0))
                }
            }
            for second in start..<(start + size) {
                guard let last = own.last(where: { $0.at < Double(second + 1) }), Double(second + 1) - last.at <= 15
                else { continue }
                out["voltage_min_v"] = min(out["voltage_min_v"] ?? .infinity, last.voltages.min() ?? .infinity)
                out["voltage_max_v"] = max(out["voltage_max_v"] ?? -.infinity, last.voltages.max() ?? -.infinity)
            }
            guard let last = own.last(where: { $0.at < end }) else { continue }
            if case .string(let status)? = last.fields.first(where: { $0.0 == "status" })?.1 {
                out["evse_\(status.lowercased())", default: 0] += 1
            }
            if end - last.at <= 15, let soc = last.number("soc_pct") { socs.append(soc) }
        }
        let phases = (1...3).map { out["active_power_l\($0)_w"] ?? 0 }
        out["phase_imbalance_w"] = (phases.max() ?? 0) - (phases.min() ?? 0)
        socs.sort()
        if size > 1, !socs.isEmpty {
            for (name, share) in [("soc_p10_pct", 0.1), ("soc_p50_pct", 0.5), ("soc_p90_pct", 0.9)] {
                out[name] = socs[max(1, Int((Double(socs.count) * share).rounded(.up))) - 1]
            }
        }
        return out
    }
}

@Suite("Reactive power, phases, voltages, registers, statuses and the spread of SoC")
struct DetailTests {
    /// Two minutes of 12 EVSEs, a tenth late, in order of arrival.
    private static func readings(_ seed: UInt64) -> [NaiveDetails.Reading] {
        var random = SplitMix(state: seed)
        var out: [NaiveDetails.Reading] = []
        for number in 0..<12 {
            var at = Double(random.next() % 5000) / 1000
            var (imported, exported) = (1000, 500)
            while at < 120 {
                imported += Int(random.next() % 30)
                exported += Int(random.next() % 20)
                let power = Double(random.next() % 20_000) - 9000
                let third = (power / 3).rounded()
                let fields: [(String, FieldValue)] = [
                    ("soc_pct", .float(Double(10 + (number * 7 + Int(at)) % 80))),
                    ("reactive_power_var", .float(Double(random.next() % 2000) - 1000)),
                    ("active_power_l1_w", .float(third + 10)), ("active_power_l2_w", .float(third)),
                    ("active_power_l3_w", .float(third - 40)),
                    ("voltage_l1_v", .float(Double(2200 + random.next() % 200) / 10)),
                    ("voltage_l2_v", .float(Double(2200 + random.next() % 200) / 10)),
                    ("energy_import_wh", .integer(Int64(imported))), ("energy_export_wh", .integer(Int64(exported))),
                    ("status", .string(["Charging", "Available", "SuspendedEV"][Int(random.next() % 3)])),
                ]
                let late = random.next() % 10 == 0 ? Double(random.next() % 30) : 0
                out.append(
                    .init(
                        evse: "E\(number)", at: (at * 1000).rounded() / 1000, arrival: at + late, power: power,
                        fields: fields))
                at += 5
            }
        }
        return out.sorted { $0.arrival < $1.arrival }
    }

    private static func feed(_ readings: [NaiveDetails.Reading], _ topology: Topology) throws -> [WindowResult] {
        var pipeline = FleetPipeline(topology: topology)
        var results: [WindowResult] = []
        for (index, reading) in readings.enumerated() {
            var table = FrameTable(measurement: CanonicalNames.powerFlow)
            table.beginRow(
                key: SeriesKey.encode(measurement: "Power_Flow", tags: [("EVSE_ID", reading.evse)]),
                timestamp: SmallFleet.time(reading.at))
            table.set("active_power_w", .float(reading.power))
            for (name, value) in reading.fields { table.set(name, value) }
            table.seal()
            results += pipeline.feed(table, arrival: SmallFleet.time(reading.arrival))
            if index % 40 == 7 {
                pipeline = try FleetPipeline(
                    checkpoint: pipeline.encodeCheckpoint(), settings: PipelineSettings(), topology: topology)
            }
        }
        return results + pipeline.close(after: SmallFleet.time(150))
    }

    @Test(
        "every field equals a naive batch computation, with late readings and a crash now and then",
        arguments: [1, 2, 3])
    func naive(seed: UInt64) throws {
        var topology = Topology()
        topology.feeders = ["F0": Feeder(), "F1": Feeder(), "F2": Feeder()]
        for number in 0..<12 { topology.evses["E\(number)"] = EVSE(feeder: "F\(number % 3)", maxDischargeW: 10_000) }
        let readings = Self.readings(seed)
        let naive = NaiveDetails(readings: readings, feeders: topology.evses.mapValues(\.feeder))
        let (newest, faults) = AnswerKey.newest(try Self.feed(readings, topology))
        #expect(faults.isEmpty, "\(faults.prefix(3))")
        var compared = 0
        let names = Set(WindowResult.declaredFields.map(\.name)).filter {
            $0.hasPrefix("reactive") || $0.contains("_l1") || $0.contains("_l2") || $0.contains("_l3")
                || $0.hasPrefix("voltage") || $0.hasPrefix("metered") || $0.hasPrefix("soc_p") || $0.hasPrefix("phase")
                || ["evse_charging", "evse_available", "evse_suspendedev"].contains($0)
        }
        for (place, result) in newest {
            guard case .aggregate = result.values, place.time < SmallFleet.time(120),
                place.time > SmallFleet.time(6)
                    || result.windowSeconds > 1
            else { continue }
            guard result.kind == .feeder || result.kind == .fleet else { continue }
            let start = Int((place.time - SmallFleet.origin) / 1_000_000_000)
            let wanted = naive.fields(
                result.kind == .fleet ? nil : result.name, start, Int(result.windowSeconds))
            let given = Dictionary(result.fields.map { ($0.0, $0.1.number) }, uniquingKeysWith: { $1 })
            for name in names where wanted[name] != nil || given[name] != nil {
                let (one, other) = (wanted[name] ?? 0, given[name] ?? 0)
                if !(abs(one - other) <= max(1e-3, 1e-6 * abs(one))) {
                    Issue.record(
                        "\(result.kind) \(result.name) \(start)+\(result.windowSeconds) \(name): \(other), not \(one)")
                }
                compared += 1
            }
        }
        #expect(compared > 4000)
    }

    @Test("an EVSE that measures none of it makes no such field")
    func absent() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 0, 1000)])
        fleet.feed([.init("E1", 5, 1000)])
        let names = Set(fleet.results.flatMap { $0.fields.map(\.0) })
        #expect(names.isDisjoint(with: ["reactive_power_var", "voltage_min_v", "metered_import_wh", "evse_charging"]))
    }

    @Test("a status alone counts at the window's end until the next one, and a register that fell begins anew")
    func statusAndRegister() throws {
        var pipeline = FleetPipeline(topology: SmallFleet.topology())
        func feed(_ at: Double, _ fields: [(String, FieldValue)]) -> [WindowResult] {
            var table = FrameTable(measurement: CanonicalNames.powerFlow)
            table.beginRow(
                key: SeriesKey.encode(measurement: "Power_Flow", tags: [("EVSE_ID", "E1")]),
                timestamp: SmallFleet.time(at))
            for (name, value) in fields { table.set(name, value) }
            table.seal()
            return pipeline.feed(table, arrival: SmallFleet.time(at))
        }
        var results = feed(0, [("active_power_w", .float(0)), ("energy_import_wh", .integer(100))])
        results += feed(1, [("status", .string("Charging"))])
        results += feed(10, [("active_power_w", .float(0)), ("energy_import_wh", .integer(130))])
        results += feed(20, [("active_power_w", .float(0)), ("energy_import_wh", .integer(5))])
        results += feed(30, [("status", .string("Mystery"))])
        results += feed(40, [("active_power_w", .float(0)), ("energy_import_wh", .integer(9))])
        results += feed(70, [("active_power_w", .float(0))])
        func value(_ name: String, _ at: Int64, size: Int64 = 1) -> Double? {
            let result = results.last {
                $0.measurement == "Feeder_Aggregate" && $0.name == "F1" && $0.windowSeconds == size
                    && $0.windowStart == SmallFleet.origin + at * 1_000_000_000
            }
            return result?.fields.first { $0.0 == name }?.1.number
        }
        #expect(value("evse_charging", 0) == nil && value("evse_charging", 1) == 1 && value("evse_charging", 29) == 1)
        #expect(value("evse_charging", 30) == 0 && value("evse_other", 30) == 1 && value("evse_other", 60) == 1)
        #expect(value("metered_import_wh", 10) == 30 && value("metered_import_wh", 20) == 0)
        #expect(value("metered_import_wh", 0, size: 60) == 34)
    }
}
