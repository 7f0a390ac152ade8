import Telemetry
import Testing

@testable import FleetPipeline

@Suite("Readings that are forgotten")
struct ForgettingTests {
    /// A window and the group that it is of.
    private struct Window: Hashable {
        var name: String
        var kind: String
        var start: Int64
        var size: Int64
    }

    /// What was given last of each window whose values are aggregates.
    private static func newest(_ results: [WindowResult]) -> [Window: FeederAggregate] {
        var newest: [Window: FeederAggregate] = [:]
        for result in results {
            guard case .aggregate(let values) = result.values else { continue }
            let window = Window(
                name: result.name, kind: "\(result.kind)", start: result.windowStart, size: result.windowSeconds)
            newest[window] = values
        }
        return newest
    }

    private static func settings(windows: [Int64]) -> PipelineSettings {
        var settings = PipelineSettings()
        settings.windows = windows
        return settings
    }

    /// The watermark is two seconds behind the newest reading, the lateness is 60 s, a hold 15 s.
    @Test("an EVSE keeps the readings of lateness and hold alone", arguments: [60, 3600] as [Int64])
    func bounded(longest: Int64) {
        var fleet = SmallFleet(settings: Self.settings(windows: [1, longest]))
        var most = 0
        for second in 0..<600 {
            fleet.feed([.init("E1", Double(second), 1000, soc: 50)])
            most = max(most, fleet.pipeline.evses.map(\.points.count).max() ?? 0)
        }
        #expect(most >= 60 + 15)
        #expect(most <= 2 + 60 + 15 + 2 + 2 * EVSEState.pointStep)
    }

    @Test("an EVSE whose first readings of a long window were forgotten is heard in it once")
    func heardOnce() {
        var fleet = SmallFleet(settings: Self.settings(windows: [1, 600]))
        for second in 0..<700 {
            var readings = [SmallFleet.Reading("E2", Double(second), 500)]
            if second < 100 || second >= 320 { readings.append(.init("E1", Double(second) + 0.5, 1000)) }
            fleet.feed(readings)
        }
        fleet.tick(1500)
        #expect(fleet.aggregate("F1", 0, size: 600)?.1.evseHeard == 2)
        #expect(fleet.aggregate("F1", 600, size: 600)?.1.evseHeard == 2)
    }

    /// Gives every reading of an EVSE behind the others by so many seconds.
    private static func given(behind: Int) -> [Window: FeederAggregate] {
        var fleet = SmallFleet()
        for second in 0..<400 {
            var readings = [SmallFleet.Reading("E2", Double(second), 500, soc: 40)]
            let own = second - behind
            if second % 7 == 0 { readings.append(.init("E1", Double(second), Double(second), soc: 60)) }
            if own >= 0, own < 300, own % 14 == 13 { readings.append(.init("E1", Double(own), -3000)) }
            fleet.feed(readings)
        }
        fleet.tick(800)
        return newest(fleet.results)
    }

    @Test("what comes as late as is allowed gives the windows of a timely reading", arguments: [1, 30, 61])
    func lastMoment(behind: Int) {
        let inTime = Self.given(behind: 0)
        let late = Self.given(behind: behind)
        #expect(inTime.count > 800)
        #expect(late == inTime)
    }
}
