import FleetPipeline
import Telemetry
import Testing
import TransformerThermal

@Suite("Transformers in the windows")
struct ThermalTests {
    private static func topology(ratedVA: Double = 10_000, limits: Bool = true) -> Topology {
        var topology = Topology()
        topology.transformers["T1"] = Transformer(
            ratedVA: ratedVA, ambientC: 15, backgroundW: 1000, hasThermalLimit: limits)
        topology.feeders = [
            "F1": Feeder(transformer: "T1", importLimitW: 30_000, exportLimitW: 10_000),
            "F2": Feeder(transformer: "T1", importLimitW: 10_000, exportLimitW: 10_000),
        ]
        topology.evses["E1"] = EVSE(feeder: "F1", maxDischargeW: 11_000)
        topology.evses["E2"] = EVSE(feeder: "F2", maxDischargeW: 11_000)
        return topology
    }

    private static func weather(_ points: [(at: Double, celsius: Double)], tags: [(String, String)] = []) -> FrameTable
    {
        var table = FrameTable(measurement: CanonicalNames.weather)
        for point in points {
            table.beginRow(
                key: SeriesKey.encode(measurement: CanonicalNames.weather, tags: tags),
                timestamp: SmallFleet.time(point.at))
            table.set("ambient_c", .float(point.celsius))
        }
        table.seal()
        return table
    }

    private static func rows(_ results: [WindowResult]) -> [(result: WindowResult, row: ThermalRow)] {
        results.compactMap { result in
            guard case .thermal(let row) = result.values else { return nil }
            return (result, row)
        }
    }

    /// The last revision of each minute.
    private static func newest(_ results: [WindowResult]) -> [Int64: ThermalRow] {
        var newest: [Int64: ThermalRow] = [:]
        for (result, row) in rows(results) { newest[(result.windowStart - SmallFleet.origin) / 60_000_000_000] = row }
        return newest
    }

    /// Half an hour of one EVSE that changes its power each minute, reported each 5 s.
    private static func readings() -> [SmallFleet.Reading] {
        (0..<360).map { index in
            .init("E1", Double(index) * 5, Double((index / 12 * 7919) % 22_000) - 9000, soc: 50)
        }
    }

    @Test("each minute is the model's answer to the root of the mean square of the load, forward and reverse")
    func minutes() throws {
        var fleet = SmallFleet(topology: Self.topology())
        for reading in Self.readings() { fleet.feed([reading]) }
        fleet.tick(2000)
        let given = Self.newest(fleet.results)
        let plate = TransformerPlate(
            ratedVA: 10_000, constants: .onanDistribution, limits: ThermalLimits(), isUpgradedPaper: false)
        var run = ThermalRun()
        for minute in 0..<30 {
            let load = abs(Double((minute * 7919) % 22_000) - 9000 + 1000) / 10_000
            let wanted = run.minute(loadPU: load, ambientC: 15, plate)
            let row = try #require(given[Int64(minute)])
            #expect(abs(row.loadPU - load) < 1e-9)
            #expect(abs(row.hotSpotC - (wanted?.hotSpotC ?? .nan)) < 1e-6)
            #expect(abs(row.lossOfLifeH - (wanted?.lossOfLifeH ?? .nan)) < 1e-9)
            #expect(abs(row.admissibleLoadPU - (wanted?.admissibleLoadPU ?? .nan)) < 1e-6)
        }
        let tags = Self.rows(fleet.results)[0].result
        #expect(tags.measurement == "Transformer_State" && tags.tags.map(\.1) == ["T1"])
    }

    @Test(
        "late, doubled and shuffled readings and a crash after every batch give the same last revisions",
        arguments: [1, 2])
    func anyOrder(seed: UInt64) throws {
        let topology = Self.topology()
        var plain = SmallFleet(topology: topology)
        for reading in Self.readings() { plain.feed([reading]) }
        plain.tick(2300)
        var random = SplitMix(state: seed)
        let shuffled = Self.readings().flatMap { reading -> [(SmallFleet.Reading, Double)] in
            let late = (reading, reading.at + Double(random.next() % 50))
            return random.next() % 10 == 0 ? [late, (reading, late.1 + 1)] : [late]
        }.sorted { $0.1 < $1.1 }
        var fleet = SmallFleet(topology: topology)
        for (index, (reading, arrival)) in shuffled.enumerated() {
            fleet.feed([reading], arrival: arrival)
            if index % 3 == 0 {
                fleet.pipeline = try FleetPipeline(
                    checkpoint: fleet.pipeline.encodeCheckpoint(), settings: PipelineSettings(), topology: topology)
            }
        }
        fleet.tick(2300)
        #expect(fleet.pipeline.counters.late == 0)
        let (one, other) = (AnswerKey.newest(plain.results), AnswerKey.newest(fleet.results))
        #expect(one.faults.isEmpty && other.faults.isEmpty, "\(other.faults.prefix(3))")
        #expect(Self.newest(plain.results).count >= 30)
        for (place, result) in one.results where result.windowStart < SmallFleet.time(1800) {
            #expect(other.results[place]?.values == result.values, "\(place)")
        }
        #expect(Self.rows(fleet.results).contains { $0.result.revision > 1 })
    }

    @Test("the ambient temperature comes from the transformer's own series, then its site's, then that of all")
    func ambient() throws {
        var topology = Self.topology()
        topology.sites["S1"] = "F2"
        topology.transformers["T1"]?.ambientSurchargeK = 10
        var fleet = SmallFleet(topology: topology)
        func apply(_ at: Double, _ celsius: Double, _ tags: [(String, String)]) {
            fleet.pipeline.apply(Self.weather([(at, celsius)], tags: tags), arrival: SmallFleet.time(at))
        }
        fleet.feed([.init("E1", 0, 1000)])
        for second in stride(from: 10.0, to: 400, by: 10) {
            if second == 70 { apply(second, 1, []) }
            if second == 130 { apply(second, 2, [("Site_ID", "S1")]) }
            if second == 190 { apply(second, 3, [("Transformer_ID", "T1")]) }
            if second == 250 { apply(second, 4, [("Site_ID", "elsewhere")]) }
            fleet.feed([.init("E1", second, 1000)])
        }
        let given = Self.newest(fleet.results)
        #expect((0..<5).map { given[$0]?.ambientC } == [25, 11, 12, 13, 13])
    }

    @Test("a temperature that comes late gives the minutes again that it was wrong for")
    func lateAmbient() throws {
        var fleet = SmallFleet(topology: Self.topology())
        for second in stride(from: 0.0, to: 135, by: 10) { fleet.feed([.init("E1", second, 1000)]) }
        #expect(Self.newest(fleet.results)[1]?.ambientC == 15)
        fleet.pipeline.apply(Self.weather([(65, 30)]), arrival: SmallFleet.time(130))
        fleet.feed([.init("E1", 131, 1000)])
        let last = try #require(Self.rows(fleet.results).last { $0.result.windowStart == SmallFleet.time(60) })
        #expect(last.row.ambientC == 30 && last.result.revision == 1)
    }

    @Test("a hot transformer takes reserve and discharge potential from its feeders, by their shares, and warns before")
    func derating() throws {
        var topology = Self.topology(ratedVA: 4000)
        topology.feeders["F1"]?.importLimitW = 60_000
        topology.feeders["F1"]?.exportLimitW = 30_000
        var fleet = SmallFleet(topology: topology)
        for second in stride(from: 0.0, to: 900, by: 5) {
            fleet.feed([.init("E1", second, 3000, soc: 50), .init("E2", second, 0, soc: 50)])
        }
        let first = try #require(fleet.readiness("F1", 30))
        // Before the first minute the highest load that it may ever carry: 1.5 × 4 kVA less 1 kW, six sevenths of it.
        #expect(abs(first.reserve.down - (5000.0 * 6 / 7 - 3000)) < 1e-3)
        #expect(abs((first.lostTransformer?.down ?? 0) - (8000 - first.reserve.down)) < 1e-3)
        #expect(abs(first.dischargePotentialW - 7000 * 0.75) < 1e-3)
        let row = try #require(Self.newest(fleet.results)[12])
        let later = try #require(fleet.readiness("F1", 790))
        #expect(abs(later.reserve.down - max(0, (row.admissibleLoadPU * 4000 - 1000) * 6 / 7 - 3000)) < 1e-3)
        topology.transformers["T1"]?.hasThermalLimit = false
        fleet.pipeline.reload(topology, at: SmallFleet.time(893))
        fleet.feed([.init("E1", 905, 3000, soc: 50)])
        #expect(fleet.readiness("F1", 895)?.lostTransformer == nil)
    }

    @Test("the alarm comes while the limit is still ahead")
    func alarm() throws {
        var fleet = SmallFleet(topology: Self.topology(ratedVA: 10_000))
        for second in stride(from: 0.0, to: 14_400, by: 10) {
            fleet.feed([.init("E1", second, second < 600 ? 2000 : 13_900, soc: 50)])
        }
        let given = Self.newest(fleet.results).sorted { $0.key < $1.key }.map(\.value)
        let alarm = try #require(given.firstIndex { $0.isAlarm })
        let over = try #require(given.firstIndex { $0.hotSpotC > 120 })
        #expect(alarm > 10 && over - alarm >= 13 && over - alarm <= 15, "\(alarm) \(over)")
        #expect(!given[5].isAlarm && given[5].minutesToLimit == nil)
    }
}
