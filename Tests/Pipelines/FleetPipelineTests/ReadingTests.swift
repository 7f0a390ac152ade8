import FleetPipeline
import Telemetry
import Testing

@Suite("Readings in a pipeline")
struct ReadingTests {
    @Test("a second reading of an EVSE and time replaces the first, field by field")
    func replacement() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 0, 1000, soc: 40), .init("E1", 0, 3000)])
        fleet.feed([.init("E1", 3, 0)])
        let (_, values) = fleet.aggregate("F1", 0) ?? (fleet.results[0], FeederAggregate())
        #expect(values.activePowerW == 3000 && values.readings == 1 && values.socMeanPct == 40)
        #expect(fleet.pipeline.counters.readings == 3 && fleet.pipeline.counters.repeats == 1)
    }

    @Test("a point without power is no reading and ends no hold, but its SoC counts")
    func loneStateOfCharge() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 0, 3600), .init("E1", 0.5, nil, soc: 55), .init("E1", 0.7, nil)])
        fleet.feed([.init("E1", 5, 3600)])
        let (_, values) = fleet.aggregate("F1", 0) ?? (fleet.results[0], FeederAggregate())
        #expect(values.activePowerW == 3600 && values.readings == 1 && values.socMeanPct == 55)
        #expect(fleet.pipeline.counters.readings == 2)
        let given = fleet.feed([.init("E1", 1.5, nil, soc: 60)], arrival: 5)
        #expect(given.seconds == ["F1@1 r1", "F1@2 r1"])
    }

    @Test("a reading holds for 15 s; then it is stale and counts in the nameplate only")
    func staleness() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 0, 2000, soc: 50), .init("E2", 0.5, 0), .init("E2", 19, 0)])
        #expect(fleet.aggregate("F1", 14)?.1.activePowerW == 2000)
        #expect(fleet.aggregate("F1", 14)?.1.evseStale == 0)
        #expect(fleet.readiness("F1", 14)?.reserve.up == 12_000)
        #expect(fleet.readiness("F1", 14)?.lostEnergy.up == 10_000)
        #expect(fleet.aggregate("F1", 15)?.1.activePowerW == 0)
        #expect(fleet.aggregate("F1", 15)?.1.evseStale == 2)
        #expect(fleet.aggregate("F1", 15)?.1.coverage == 0.25)
        #expect(fleet.aggregate("F1", 15)?.1.socMeanPct == nil)
        #expect(fleet.readiness("F1", 15)?.lostStale == .init(up: 22_000, down: 20_000))
        #expect(fleet.readiness("F1", 15)?.evseLive == 0)
    }

    @Test("the lowest SoC is found again when a late reading raises it")
    func lowestStateOfCharge() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 0, 0, soc: 30), .init("E2", 0, 0, soc: 50), .init("E1", 10, 0, soc: 31)])
        #expect(fleet.aggregate("F1", 5)?.1.socMinPct == 30)
        fleet.feed([.init("E1", 4, 0, soc: 70)], arrival: 10)
        #expect(fleet.aggregate("F1", 5)?.1.socMinPct == 50 && fleet.aggregate("F1", 5)?.1.socMeanPct == 60)
        #expect(fleet.aggregate("F1", 3)?.1.socMinPct == 30)
    }

    @Test("rows without EVSE_ID are counted, tables of other measurements are passed over")
    func withoutEVSE() {
        var fleet = SmallFleet()
        fleet.feed([.init(nil, 0, 1000, feeder: "F1"), .init(nil, 1, 1000, feeder: "F1")])
        #expect(fleet.pipeline.counters.withoutEVSE == 2 && fleet.pipeline.counters.readings == 0)
        var other = FrameTable(measurement: "Grid_Meter")
        other.beginRow(key: Array("Grid_Meter,EVSE_ID=E1".utf8), timestamp: SmallFleet.time(0))
        other.set("active_power_w", .float(1))
        fleet.pipeline.apply(other, arrival: SmallFleet.time(0))
        #expect(fleet.pipeline.counters.readings == 0)
        #expect(fleet.pipeline.counters.silentEVSEs == 3 && fleet.pipeline.counters.silentFeeders == 2)
    }

    @Test("an EVSE that no topology knows counts on the feeder of its tag, else on unknown, with the defaults")
    func unknownEVSE() {
        var topology = SmallFleet.topology()
        topology.defaults.maxDischargeW = 4000
        var fleet = SmallFleet(topology: topology)
        fleet.feed([.init("X1", 0, 1000, feeder: "F1"), .init("X2", 0, 500), .init("X1", 5, 1000, feeder: "F1")])
        #expect(fleet.aggregate("F1", 0)?.1.evseExpected == 3)
        #expect(fleet.aggregate("F1", 0)?.1.activePowerW == 1000)
        #expect(fleet.aggregate("unknown", 0)?.1.evseExpected == 1)
        #expect(fleet.readiness("F1", 0)?.lostEnergy == .init(up: 5000, down: 10_000))
        #expect(fleet.pipeline.counters.unknownEVSEs == 2 && fleet.pipeline.counters.silentEVSEs == 3)
    }

    @Test("an unknown EVSE is expected until it was silent for 24 hours, and long gaps get no rows but a count")
    func silentForADay() {
        var fleet = SmallFleet()
        fleet.feed([.init("X1", 0, 1000, feeder: "F9")], arrival: 0)
        fleet.tick(86_400 - 100)
        #expect(fleet.pipeline.counters.skippedSeconds > 80_000)
        #expect(fleet.aggregate("F9", 86_400 - 120)?.1.evseExpected == 1)
        #expect(fleet.readiness("F9", 86_400 - 120)?.lostStale.down == 10_000)
        fleet.tick(86_400 + 300)
        #expect(fleet.aggregate("F9", 86_398)?.1.evseExpected == 1)
        #expect(fleet.aggregate("F9", 86_399)?.1.evseExpected == 0)
        #expect(fleet.readiness("F9", 86_400)?.lostStale.down == 0)
        #expect(AnswerKey.newest(fleet.results).faults.isEmpty)
    }

    @Test("an unknown EVSE whose tag changes counts where each reading says")
    func changingTag() {
        var fleet = SmallFleet()
        fleet.feed([.init("X1", 0, 3600, feeder: "F1"), .init("X1", 1.5, 3600, feeder: "F2"), .init("X1", 9, 0)])
        #expect(fleet.aggregate("F1", 1)?.1.activePowerW == 1800)
        #expect(fleet.aggregate("F2", 1)?.1.activePowerW == 1800)
        #expect(fleet.aggregate("F1", 1)?.1.evseExpected == 2 && fleet.aggregate("F2", 1)?.1.evseExpected == 2)
        fleet.feed([.init("X1", 1.5, 3600, feeder: "F1")], arrival: 9)
        fleet.tick(300)
        #expect(fleet.aggregate("F1", 0, size: 60)?.1.evseHeard == 1)
        #expect(fleet.aggregate("F2", 0, size: 60)?.1.evseHeard == 0)
        #expect(fleet.aggregate("F2", 0, size: 60)?.1.energyImportWh == 0)
    }

    @Test("no number and no time of a point traps, however wild")
    func wildValues() {
        var fleet = SmallFleet()
        let powers: [Double] = [.nan, .infinity, -.infinity, 1e300, -1e300, .leastNonzeroMagnitude, -0.0]
        let times: [Int64] = [.min, .min + 2, .max, .max - 1, 0, -1, -9_000_000_000_000_000_000]
        for arrival in [Int64.min, 0, SmallFleet.origin, .max - 1, .max] {
            var table = FrameTable(measurement: CanonicalNames.powerFlow)
            for (power, time) in zip(powers + powers, times + times.reversed()) {
                for soc in powers {
                    table.beginRow(key: Array("Power_Flow,EVSE_ID=E1".utf8), timestamp: time)
                    table.set("active_power_w", .float(power))
                    table.set("soc_pct", .float(soc))
                }
            }
            table.seal()
            _ = fleet.pipeline.feed(table, arrival: arrival)
            fleet.pipeline.tick(now: arrival)
        }
        #expect(fleet.pipeline.counters.late > 0 && fleet.pipeline.counters.future > 0)
    }
}
