import FleetPipeline
import Telemetry
import Testing

@Suite("Operators that are told alone")
struct OperatorTests {
    private static func run(_ settings: PipelineSettings, crash: Bool = false) throws -> [WindowResult] {
        var fleet = SmallFleet(settings: settings)
        for second in 0..<200 {
            var readings = [SmallFleet.Reading("E1", Double(second), 1000, soc: 50)]
            if second % 3 == 0 { readings.append(.init("E3", Double(second), -500, soc: 60)) }
            // Each comes 30 s late, behind the operators' own lateness and within that of all.
            if second > 40, second % 10 == 0 { readings.append(.init("E2", Double(second - 30) + 0.5, 700, soc: 40)) }
            fleet.feed(readings, arrival: Double(second))
            if crash, second % 15 == 0 {
                fleet.pipeline = try FleetPipeline(
                    checkpoint: fleet.pipeline.encodeCheckpoint(), settings: settings, topology: SmallFleet.topology())
            }
        }
        fleet.tick(600)
        return fleet.results
    }

    private static func newest(_ results: [WindowResult]) -> [String: WindowResult] {
        Dictionary(
            results.map { ("\($0.measurement) \($0.tags) \($0.windowStart)", $0) }, uniquingKeysWith: { $1 })
    }

    @Test(
        "one with less lateness is final earlier, and what comes in between is given once, behind the allowed lateness")
    func lateness() throws {
        var settings = PipelineSettings()
        var told = OperatorSettings()
        told.lateness = 10_000_000_000
        settings.perOperator = [.readiness: told, .feeder: told]
        let (own, all) = (try Self.run(settings), try Self.run(PipelineSettings()))
        let (one, other) = (Self.newest(own), Self.newest(all))
        #expect(one.count == other.count && one.count > 600)
        for (key, result) in other {
            #expect(one[key]?.values == result.values && (!result.isFinal || one[key]?.isFinal == true), "\(key)")
        }
        func finals(_ feeder: String) -> [Bool] {
            own.filter {
                $0.measurement == "FCR_Readiness" && $0.name == feeder && $0.windowStart == SmallFleet.time(80)
            }.map(\.isFinal)
        }
        // At the watermark, 10 s behind it, and once more for E2's reading of 80.5 s.
        #expect(finals("F1") == [false, true, true])
        #expect(finals("F2") == [false, true])
        #expect(try Self.run(settings, crash: true) == own)
    }

    @Test("one that is told lengths and groups gives those alone, and all others what they gave")
    func groups() throws {
        var settings = PipelineSettings()
        var told = OperatorSettings()
        told.lengths = [60]
        told.groups = ["F2"]
        settings.perOperator = [.feeder: told]
        let (own, all) = (try Self.run(settings), try Self.run(PipelineSettings()))
        let wanted = all.filter {
            $0.measurement != "Feeder_Aggregate" || ($0.windowSeconds == 60 && $0.name == "F2")
        }
        #expect(own == wanted && own.contains { $0.measurement == "Feeder_Aggregate" })
    }
}
