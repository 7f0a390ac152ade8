import FleetPipeline
import Telemetry
import Testing

@Suite("Response time and spread of the reserve")
struct ResponseTests {
    private static func topology() -> Topology {
        var topology = SmallFleet.topology()
        // E2 gives half of its change within the 30 s in which the whole is due.
        topology.evses["E2"]?.responseS = 60
        return topology
    }

    @Test(
        "Regulation 2017/1485, Article 154: what comes after 30 s is no reserve, and shown as a loss behind all others")
    func slow() throws {
        var fleet = SmallFleet(topology: Self.topology())
        for second in 0..<30 {
            fleet.feed([.init("E1", Double(second), 0, soc: 50), .init("E2", Double(second), 1000, soc: 50)])
        }
        // 10 kW and 11 kW up, 11 kW and 10 kW down; of E2's half.
        let values = try #require(fleet.readiness("F1", 20))
        #expect(values.reserve == .init(up: 10_000 + 5500, down: 11_000 + 5000))
        #expect(values.lostResponse == .init(up: 5500, down: 5000))
        #expect(fleet.readiness("F2", 20)?.lostResponse == nil)
        var quick = SmallFleet()
        quick.feed([.init("E2", 0, 1000, soc: 50), .init("E2", 5, 1000, soc: 50)])
        #expect(quick.readiness("F1", 1)?.lostResponse == nil)
    }

    @Test("a limit of the feeder that takes as much already leaves nothing to the response time")
    func feederFirst() throws {
        var topology = Self.topology()
        topology.feeders["F1"] = Feeder(importLimitW: 6000, exportLimitW: 50_000)
        var fleet = SmallFleet(topology: topology)
        for second in 0..<10 {
            fleet.feed([.init("E1", Double(second), 0, soc: 50), .init("E2", Double(second), 1000, soc: 50)])
        }
        let values = try #require(fleet.readiness("F1", 5))
        #expect(values.reserve.down == 5000 && values.lostResponse == .init(up: 5500, down: 0))
        let nameplate = 11_000.0 + 10_000
        let losses = [
            values.lostStale, values.lostEnergy, values.lostDeparture, values.lostFeeder,
            values.lostResponse ?? .init(),
        ]
        #expect(losses.map(\.down).reduce(values.reserve.down, +) == nameplate)
    }

    @Test(
        "percentiles are over those heard within the last seconds: who is silent lowers the count, late ones come back")
    func spread() throws {
        var topology = Topology()
        topology.feeders = ["F1": Feeder(), "F2": Feeder()]
        topology.fcr.heardWithinS = 10
        for number in 0..<10 {
            topology.evses["E\(number)"] = EVSE(feeder: number < 8 ? "F1" : "F2", maxDischargeW: 10_000)
        }
        var settings = PipelineSettings()
        settings.spreadEvery = 5
        var fleet = SmallFleet(settings: settings, topology: topology)
        for second in stride(from: 0, to: 40, by: 5) {
            // E7 is silent after 15 s.
            fleet.feed(
                (0..<10).filter { $0 != 7 || second <= 15 }.map {
                    .init("E\($0)", Double(second) + 0.5, Double($0) * 1000, soc: 50)
                })
        }
        let first = try #require(fleet.readiness("F1", 14)?.spread)
        #expect(first.heard == 8 && first.up == [10_000, 13_000, 17_000] && first.down == [4000, 7000, 11_000])
        #expect(fleet.readiness("F1", 15)?.spread == nil)
        let later = try #require(fleet.readiness("F1", 29)?.spread)
        #expect(later.heard == 7 && later.up == [10_000, 13_000, 16_000])
        let whole = try #require(
            fleet.results.last { $0.measurement == "Fleet_Readiness" && $0.windowStart == SmallFleet.time(29) })
        guard case .readiness(let values) = whole.values else { return }
        #expect(values.spread?.heard == 9 && values.spread?.up == [10_000, 14_000, 19_000])
        #expect(whole.fields.contains { $0.0 == "evse_heard" } && whole.fields.contains { $0.0 == "down_p90_w" })
        fleet.feed([.init("E7", 25.5, 7000, soc: 50)], arrival: 40)
        #expect(fleet.readiness("F1", 29)?.spread?.heard == 8)
    }
}
