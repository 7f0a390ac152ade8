import FleetPipeline
import Telemetry
import Testing

@Suite("Windows and their watermark")
struct WindowContractTests {
    @Test("the watermark is the lower of event time and arrival, less the disorder, and never falls")
    func watermark() {
        var fleet = SmallFleet()
        #expect(fleet.watermark == nil)
        fleet.feed([.init("E1", 10, 0)])
        #expect(fleet.watermark == 8)
        fleet.feed([.init("E1", 40, 0)], arrival: 20)
        #expect(fleet.watermark == 18)
        fleet.feed([.init("E1", 5, 0)], arrival: 19)
        #expect(fleet.watermark == 18)
        fleet.feed([.init("E1", 30, 0)], arrival: 100)
        #expect(fleet.watermark == 38)
    }

    @Test("a window is given when the watermark reaches its end, not before")
    func firstFiring() {
        var fleet = SmallFleet()
        #expect(fleet.feed([.init("E1", 0, 3600)]).isEmpty)
        #expect(fleet.feed([.init("E1", 2.999, 3600)]).isEmpty)
        #expect(fleet.feed([.init("E1", 3, 3600)]).seconds == ["F1@0 r0"])
        #expect(fleet.aggregate("F1", 0)?.1.energyImportWh == 1)
    }

    @Test("a batch is applied to the panes first and moves the watermark after")
    func panesFirst() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 500, 0), .init("E1", 0, 3600)])
        #expect(fleet.pipeline.counters.late == 0)
        #expect(fleet.aggregate("F1", 0)?.1.energyImportWh == 1)
        #expect(fleet.aggregate("F1", 0)?.0.isFinal == true)
    }

    @Test("a reading inside the allowed lateness gives its windows again, one revision up, once a batch")
    func lateRefires() {
        var fleet = SmallFleet()
        fleet.feed((0...20).map { .init("E1", Double($0), 1000) })
        fleet.feed([.init("E1", 21, 1000)])
        let given = fleet.feed([.init("E2", 3.5, 7200), .init("E2", 4, 0), .init("E2", 3.25, 7200)], arrival: 21)
        // From second 5 on E2 adds no power, but it is covered and live until 15 s after its last reading.
        #expect(given.seconds == (3...18).map { "F1@\($0) r1" })
        #expect(fleet.aggregate("F1", 3)?.1.activePowerW == 1000 + 0.75 * 7200)
        #expect(fleet.aggregate("F1", 3)?.1.readings == 3)
        #expect(fleet.aggregate("F1", 3)?.1.evseHeard == 2)
        #expect(fleet.pipeline.counters.late == 0)
    }

    @Test("what is given again is only what changed")
    func unchangedStays() {
        var fleet = SmallFleet()
        fleet.feed((0...20).map { .init("E1", Double($0), 1000, soc: 50) })
        #expect(fleet.feed([.init("E1", 7, 1000, soc: 50)], arrival: 20).isEmpty)
        #expect(fleet.pipeline.counters.repeats == 1)
        #expect(fleet.feed([.init("E1", 7, 2000)], arrival: 20).seconds == ["F1@7 r1"])
    }

    @Test("a reading behind the allowed lateness is counted and changes nothing")
    func lateIsCounted() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 0, 1000), .init("E1", 70, 1000)])
        #expect(fleet.watermark == 68)
        #expect(fleet.feed([.init("E2", 7.999, 1000)], arrival: 70).isEmpty)
        #expect(fleet.pipeline.counters.late == 1)
        #expect(!fleet.feed([.init("E2", 8, 1000)], arrival: 70).isEmpty)
        #expect(fleet.pipeline.counters.late == 1)
    }

    @Test("a reading over 60 s ahead of the arrival clock is counted and enters no pane")
    func futureIsCounted() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 10, 1000)])
        fleet.feed([.init("E1", 71, 5000)], arrival: 10)
        #expect(fleet.pipeline.counters.future == 1)
        #expect(fleet.pipeline.counters.readings == 1)
        #expect(fleet.watermark == 8)
        fleet.feed([.init("E1", 70, 5000)], arrival: 10)
        #expect(fleet.pipeline.counters.future == 1)
    }

    @Test("a window is given a last time when the lateness is over, and final windows never again")
    func finality() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 0, 1000)])
        for second in 1...62 { fleet.feed([.init("E1", Double(second), 1000)]) }
        #expect(fleet.aggregate("F1", 0)?.0.revision == 0)
        #expect(fleet.feed([.init("E1", 63, 1000)]).seconds == ["F1@0 r1!", "F1@60 r0"])
        #expect(fleet.feed([.init("E1", 64, 1000), .init("E2", 2, 500)]).seconds.first == "F1@1 r1!")
        fleet.tick(500)
        #expect(AnswerKey.newest(fleet.results).faults.isEmpty)
        let over = SmallFleet.time((fleet.watermark ?? 0) - 60)
        for result in AnswerKey.newest(fleet.results).results.values {
            #expect(result.isFinal == (result.windowStart + result.windowSeconds * 1_000_000_000 <= over))
        }
    }

    @Test("a reading that changes a window in the batch that makes it final is in its last revision")
    func lastChange() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 0, 0), .init("E1", 60, 0)])
        let given = fleet.feed([.init("E2", 0, 3600), .init("E1", 63, 0)])
        #expect(given.seconds.first == "F1@0 r1!")
        #expect(fleet.aggregate("F1", 0)?.1.energyImportWh == 1)
    }

    @Test("after 10 s without a reading ticks move the watermark by what elapsed since, whatever the clock says")
    func idleTicks() {
        var fleet = SmallFleet()
        // History: event time is an hour behind the arrival clock.
        fleet.feed([.init("E1", 0, 1000)], arrival: 3600)
        #expect(fleet.watermark == -2)
        #expect(fleet.tick(3610).isEmpty)
        #expect(fleet.watermark == -2)
        fleet.tick(3615)
        #expect(fleet.watermark == 3)
        fleet.tick(3620)
        #expect(fleet.watermark == 8)
        fleet.tick(3617)
        #expect(fleet.watermark == 8)
        fleet.feed([.init("E1", 11, 1000)], arrival: 3621)
        #expect(fleet.watermark == 9)
        fleet.tick(3631)
        #expect(fleet.watermark == 9)
    }

    @Test("a replay of batches and ticks gives the same results in the same order")
    func replay() {
        func run() -> [WindowResult] {
            var fleet = SmallFleet()
            var random = SplitMix(state: 5)
            for second in 0..<90 {
                let readings = ["E1", "E2", "E3", "E9"].map { evse in
                    SmallFleet.Reading(
                        evse, Double(second) - Double(random.next() % 20_000) / 1000, Double(random.next() % 9000),
                        feeder: random.next() % 2 == 0 ? "F1" : "F3")
                }
                fleet.feed(readings, arrival: Double(second))
                if second % 30 == 29 { fleet.tick(Double(second) + 25) }
            }
            fleet.tick(800)
            return fleet.results
        }
        let first = run()
        #expect(first == run())
        #expect(AnswerKey.newest(first).faults.isEmpty)
    }

    @Test("rows of a feeder begin with the window of its first reading, also when an earlier one comes late")
    func begin() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 0, 0), .init("E1", 30, 0)])
        #expect(fleet.aggregate("F2", 20) == nil)
        fleet.feed([.init("E3", 20.5, 600)], arrival: 30)
        #expect(fleet.aggregate("F2", 19) == nil)
        #expect(fleet.aggregate("F2", 20)?.1.activePowerW == 300)
        #expect(fleet.aggregate("F2", 20)?.0.revision == 0)
        let given = fleet.feed([.init("E3", 18, 600)], arrival: 30)
        #expect(given.seconds == ["F2@18 r0", "F2@19 r0", "F2@20 r1"])
        #expect(fleet.aggregate("F2", 20)?.1.activePowerW == 600)
        fleet.tick(200)
        #expect(fleet.aggregate("F2", 0, size: 60)?.1.readings == 2)
        #expect(fleet.aggregate("F2", 0, size: 60)?.1.evseHeard == 1)
        #expect(fleet.aggregate("F2", 120)?.1.coverage == 0)
    }

    @Test("a window over a minute counts an EVSE as heard once, and its lowest second from what its seconds have")
    func minute() {
        var fleet = SmallFleet()
        for second in stride(from: 0.0, through: 125, by: 5) {
            fleet.feed([.init("E1", second, second < 30 ? 1000 : 3000), .init("E2", second, -500)])
        }
        let first = fleet.aggregate("F1", 0, size: 60)?.1
        #expect(first?.evseHeard == 2 && first?.readings == 24 && first?.coverage == 1)
        #expect(first?.activePowerW == 1500 && first?.activePowerMinW == 500 && first?.activePowerMaxW == 2500)
        #expect(abs((first?.energyImportWh ?? 0) - 2000.0 / 60) < 1e-9)
        #expect(abs((first?.energyExportWh ?? 0) - 500.0 / 60) < 1e-9)
        #expect(fleet.aggregate("F1", 60, size: 60)?.0.revision == 0)
    }
}
