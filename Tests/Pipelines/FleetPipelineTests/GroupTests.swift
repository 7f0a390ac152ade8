import FleetPipeline
import Telemetry
import Testing

@Suite("Sites, transformers and the fleet")
struct GroupTests {
    /// The committed fleet with sites that straddle its feeders.
    private static func key() throws -> (AnswerKey, Topology) {
        let key = try AnswerKey.committed()
        var topology = key.topology
        for name in topology.evses.keys {
            let site = "S\((Int(name.suffix(2)) ?? 0) % 3)"
            topology.sites[site] = "FDR0000"
            topology.evses[name]?.site = site
        }
        return (key, topology)
    }

    private static func run(_ key: AnswerKey, _ topology: Topology) -> [AnswerKey.Key: WindowResult] {
        var pipeline = FleetPipeline(topology: topology)
        var results: [WindowResult] = []
        var arrival: Int64 = 0
        for batch in key.batches(key.frames, size: 90) {
            results += pipeline.feed(batch.table, arrival: batch.arrival)
            arrival = batch.arrival
        }
        results += pipeline.close(after: arrival)
        let (newest, faults) = AnswerKey.newest(results)
        #expect(faults.isEmpty, "\(faults.prefix(3))")
        return newest
    }

    @Test(
        "the last revisions of a group equal, bit for bit, those of a feeder that holds the same EVSEs",
        arguments: ["Site_Aggregate", "Transformer_Aggregate", "Fleet_Aggregate"])
    func likeFeeders(measurement: String) throws {
        let (key, topology) = try Self.key()
        var regrouped = topology
        for (name, evse) in topology.evses {
            let transformer = topology.feeders[evse.feeder]?.transformer ?? ""
            regrouped.evses[name]?.feeder =
                ["Site_Aggregate": evse.site ?? "", "Transformer_Aggregate": transformer][measurement] ?? ""
            regrouped.evses[name]?.site = nil
        }
        let groups = Self.run(key, topology).filter { $0.key.file.hasPrefix(measurement) }
        let feeders = Self.run(key, regrouped)
        #expect(groups.count >= 305)
        for (place, result) in groups {
            let file = place.file.hasSuffix(" 60s") ? "windows_60s" : "windows_1s"
            let wanted = feeders[AnswerKey.Key(file: file, time: place.time, feeder: place.feeder)]
            #expect(result.isFinal || place.time >= SmallFleet.time(300))
            #expect(result.values == wanted?.values, "\(place)")
        }
        let wantedCount = feeders.keys.filter { $0.file.hasPrefix("windows_") }.count
        #expect(groups.count == wantedCount)
    }

    @Test("the fleet's readiness is the sum of the feeders', and the smaller of its own up and down")
    func fleetReadiness() throws {
        let (key, topology) = try Self.key()
        let newest = Self.run(key, topology)
        var sums: [Int64: (up: Double, down: Double, live: Int64)] = [:]
        for (place, result) in newest where place.file == "readiness_1s" {
            guard case .readiness(let values) = result.values else { continue }
            let sum = sums[place.time] ?? (0, 0, 0)
            sums[place.time] = (
                sum.up + values.reserve.up, sum.down + values.reserve.down, sum.live + values.evseLive
            )
        }
        let fleet = newest.filter { $0.key.file == "Fleet_Readiness 1s" }
        #expect(fleet.count == sums.count && fleet.count > 300)
        for (place, result) in fleet {
            guard case .readiness(let values) = result.values, let sum = sums[place.time] else { continue }
            #expect(abs(values.reserve.up - sum.up) < 1e-3 && abs(values.reserve.down - sum.down) < 1e-3)
            #expect(values.evseLive == sum.live)
            let symmetric = result.fields.first { $0.0 == "fcr_symmetric_w" }?.1.number ?? .nan
            #expect(abs(symmetric - min(sum.up, sum.down)) < 1e-3)
        }
    }

    @Test("results carry the tag of their group, the fleet's none")
    func tags() {
        var topology = SmallFleet.topology()
        topology.transformers["T1"] = Transformer(ratedVA: 100_000)
        topology.feeders["F1"]?.transformer = "T1"
        topology.evses["E1"]?.site = "S1"
        var fleet = SmallFleet(topology: topology)
        fleet.feed([.init("E1", 0, 1000)])
        fleet.feed([.init("E1", 5, 1000)])
        let tags = Set(
            fleet.results.map { result in
                result.measurement + result.tags.map { " \($0.0)=\($0.1)" }.joined()
            })
        #expect(
            tags == [
                "Feeder_Aggregate Feeder_ID=F1 window=1s", "FCR_Readiness Feeder_ID=F1",
                "Site_Aggregate Site_ID=S1 window=1s", "Transformer_Aggregate Transformer_ID=T1 window=1s",
                "Fleet_Aggregate window=1s", "Fleet_Readiness",
            ])
    }

    @Test("an EVSE that no topology knows counts at the site of its tag")
    func siteTag() throws {
        var pipeline = FleetPipeline(topology: SmallFleet.topology())
        var table = FrameTable(measurement: CanonicalNames.powerFlow)
        for second in [0.0, 4] {
            table.beginRow(
                key: SeriesKey.encode(
                    measurement: "Power_Flow", tags: [("EVSE_ID", "X"), ("Feeder_ID", "F9"), ("Site_ID", "S9")]),
                timestamp: SmallFleet.time(second))
            table.set("active_power_w", .float(3600))
        }
        table.seal()
        let results = pipeline.feed(table, arrival: SmallFleet.time(4))
        let site = results.first { $0.measurement == "Site_Aggregate" && $0.name == "S9" }
        guard case .aggregate(let values) = site?.values else {
            Issue.record("no aggregate of the site")
            return
        }
        #expect(values.energyImportWh == 1 && values.evseExpected == 1)
    }
}
