import Bytes
import FleetPipeline
import Telemetry
import Testing

@Suite("Reload of the topology")
struct ReloadTests {
    private static func moved() -> Topology {
        var topology = SmallFleet.topology()
        topology.evses["E1"]?.feeder = "F2"
        return topology
    }

    @Test("an EVSE that moves ends its hold on the old feeder and begins it on the new one")
    func move() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 10, 3600)])
        fleet.pipeline.reload(Self.moved(), at: SmallFleet.time(12.25))
        fleet.feed([.init("E1", 15, 3600)])
        fleet.feed([.init("E1", 20, 3600)])
        check(fleet)
        #expect(fleet.aggregate("F2", 11) == nil)
        #expect(fleet.aggregate("F2", 12)?.0.revision == 0)
    }

    @Test("a reload for a time that was given already gives those windows again")
    func moveInThePast() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 10, 3600)])
        fleet.feed([.init("E1", 15, 3600)])
        fleet.feed([.init("E1", 20, 3600)])
        fleet.pipeline.reload(Self.moved(), at: SmallFleet.time(12.25))
        fleet.feed([.init("E1", 20.5, 3600)])
        check(fleet)
        #expect(fleet.aggregate("F1", 12)?.0.revision == 1)
        fleet.tick(300)
        #expect(fleet.aggregate("F1", 0, size: 60)?.1.readings == 1)
        #expect(fleet.aggregate("F1", 0, size: 60)?.1.evseHeard == 1)
        #expect(fleet.aggregate("F2", 0, size: 60)?.1.readings == 3)
        #expect(fleet.aggregate("F2", 0, size: 60)?.1.evseHeard == 1)
        #expect(AnswerKey.newest(fleet.results).faults.isEmpty)
    }

    private func check(_ fleet: SmallFleet) {
        #expect(fleet.aggregate("F1", 12)?.1.energyImportWh == 0.25)
        #expect(fleet.aggregate("F2", 12)?.1.energyImportWh == 0.75)
        #expect(fleet.aggregate("F1", 13)?.1.energyImportWh == 0)
        #expect(fleet.aggregate("F2", 13)?.1.energyImportWh == 1)
        #expect(fleet.aggregate("F1", 11)?.1.evseExpected == 2 && fleet.aggregate("F1", 12)?.1.evseExpected == 1)
        #expect(fleet.aggregate("F2", 12)?.1.evseExpected == 2)
        #expect(fleet.readiness("F1", 11)?.activePowerW == 3600 && fleet.readiness("F1", 12)?.activePowerW == 0)
        #expect(fleet.readiness("F2", 12)?.activePowerW == 3600)
    }

    @Test("a late reading from before a move counts on the old feeder up to it")
    func lateBeforeMove() {
        var fleet = SmallFleet()
        fleet.feed([.init("E2", 5, 0)])
        fleet.pipeline.reload(Self.moved(), at: SmallFleet.time(12.25))
        fleet.feed([.init("E2", 20, 0)])
        fleet.feed([.init("E1", 10, 3600), .init("E1", 15, 3600)], arrival: 20)
        #expect(fleet.aggregate("F1", 12)?.1.energyImportWh == 0.25)
        #expect(fleet.aggregate("F2", 12)?.1.energyImportWh == 0.75)
        #expect(fleet.aggregate("F2", 11) == nil)
    }

    @Test("an EVSE that the topology drops counts where its tag says, and limits change with the time")
    func dropped() {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 10, 0, soc: 50, feeder: "F7")])
        var topology = SmallFleet.topology()
        topology.evses["E1"] = nil
        fleet.pipeline.reload(topology, at: SmallFleet.time(12))
        fleet.feed([.init("E1", 16, 0, soc: 50, feeder: "F7")])
        #expect(fleet.readiness("F1", 11)?.reserve.up == 10_000)
        #expect(fleet.readiness("F1", 12)?.reserve.up == 0)
        #expect(fleet.readiness("F7", 12)?.reserve == .init(up: 0, down: 11_000))
        #expect(fleet.pipeline.counters.unknownEVSEs == 1)
    }
}

extension ReloadTests {
    @Test("moves, tags and readings in any order give the same windows, bit for bit", arguments: [1, 2, 3, 4])
    func anyOrder(seed: UInt64) {
        // At 30.5 s E1 moves, E3 is dropped, X1 becomes known, and readings hold 10 s instead of 15.
        var later = SmallFleet.topology()
        later.evses["E1"]?.feeder = "F2"
        later.evses["E3"] = nil
        later.evses["X1"] = EVSE(feeder: "F1", maxDischargeW: 500)
        later.fcr.staleAfterS = 10
        var random = SplitMix(state: seed)
        var readings = (0..<240).map { index in
            SmallFleet.Reading(
                ["E1", "E2", "E3", "X1", "X2", "X3"][Int(random.next() % 6)], 5 + Double(index) / 5,
                random.next() % 9 == 0 ? nil : Double(random.next() % 20_000) - 9000,
                soc: random.next() % 3 == 0 ? nil : Double(random.next() % 100),
                feeder: ["F1", "F2", "F3"][Int(random.next() % 3)])
        }
        var first: [AnswerKey.Key: WindowResult]?
        for reloadAfter in [0, 100, 240] {
            var fleet = SmallFleet()
            for (index, reading) in readings.enumerated() {
                if index == reloadAfter { fleet.pipeline.reload(later, at: SmallFleet.time(30.5)) }
                fleet.feed([reading], arrival: 60)
            }
            if reloadAfter == 240 { fleet.pipeline.reload(later, at: SmallFleet.time(30.5)) }
            fleet.tick(300)
            #expect(fleet.pipeline.counters.late == 0)
            let (newest, faults) = AnswerKey.newest(fleet.results)
            #expect(faults.isEmpty, "\(faults.prefix(3))")
            for (key, result) in first ?? [:] where newest[key]?.values != result.values {
                Issue.record("\(key): \(String(describing: newest[key]?.values)), not \(result.values)")
            }
            first = first ?? newest
            readings = readings.map { ($0, random.next()) }.sorted { $0.1 < $1.1 }.map(\.0)
        }
    }
}

@Suite("Checkpoint of a pipeline")
struct CheckpointTests {
    private func fleet() -> SmallFleet {
        var fleet = SmallFleet()
        fleet.feed((0..<30).map { .init("E1", Double($0), 1000, soc: 50) } + [.init("X1", 3, 500, feeder: "F9")])
        var topology = SmallFleet.topology()
        topology.evses["E2"]?.feeder = "F2"
        fleet.pipeline.reload(topology, at: SmallFleet.time(31))
        fleet.feed([.init("E2", 29, 700), .init("E1", 33, 0)])
        return fleet
    }

    private var topology: Topology {
        var topology = SmallFleet.topology()
        topology.evses["E2"]?.feeder = "F2"
        return topology
    }

    @Test("it comes back byte for byte, and goes on as if nothing had been")
    func roundTrip() throws {
        var plain = fleet()
        let bytes = plain.pipeline.encodeCheckpoint()
        var restored = SmallFleet()
        restored.pipeline = try FleetPipeline(checkpoint: bytes, settings: PipelineSettings(), topology: topology)
        #expect(restored.pipeline.encodeCheckpoint() == bytes)
        #expect(restored.pipeline.counters == plain.pipeline.counters)
        for second in [20.0, 34, 35, 36] {
            let readings = [SmallFleet.Reading("E2", second, 100), .init("E3", second, 5), .init("X1", second, 1)]
            #expect(plain.feed(readings) == restored.feed(readings))
        }
        #expect(plain.tick(400) == restored.tick(400))
    }

    @Test("a checkpoint that was cut or in which a byte changed is refused")
    func corrupt() {
        let bytes = fleet().pipeline.encodeCheckpoint()
        func code(_ bytes: [UInt8]) -> CheckpointError.Code? {
            do {
                _ = try FleetPipeline(checkpoint: bytes, settings: PipelineSettings(), topology: topology)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code(bytes) == nil)
        for cut in stride(from: 0, to: bytes.count, by: 7) { #expect(code(Array(bytes[..<cut])) == .corrupt) }
        for index in stride(from: 5, to: bytes.count, by: 11) {
            var changed = bytes
            changed[index] ^= 0x10
            #expect(code(changed) == .corrupt)
        }
        var newer = bytes
        newer[4] = FleetCheckpoint.version + 1
        #expect(code(newer) == .unknownVersion)
    }

    @Test("bytes that are wrong under a right checksum are read without a trap")
    func forged() {
        let bytes = fleet().pipeline.encodeCheckpoint()
        var random = SplitMix(state: 1)
        var refused = 0
        for _ in 0..<3000 {
            var forged = Array(bytes.dropLast(4))
            for _ in 0...(random.next() % 3) {
                forged[5 + Int(random.next() % UInt64(forged.count - 5))] = UInt8(truncatingIfNeeded: random.next())
            }
            forged.appendLittleEndian(CRC32C.checksum(forged))
            do {
                _ = try FleetPipeline(checkpoint: forged, settings: PipelineSettings(), topology: topology)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 100)
    }

    @Test("a restart that allows more lateness does not open what was final")
    func moreLateness() throws {
        var fleet = SmallFleet()
        fleet.feed([.init("E1", 0, 1000), .init("E1", 200, 1000)])
        var settings = PipelineSettings()
        settings.allowedLateness = 150_000_000_000
        fleet.pipeline = try FleetPipeline(
            checkpoint: fleet.pipeline.encodeCheckpoint(), settings: settings, topology: SmallFleet.topology())
        fleet.feed([.init("E1", 100, 1000)], arrival: 200)
        #expect(fleet.pipeline.counters.late == 1)
        fleet.feed([.init("E1", 300, 1000)])
        fleet.feed([.init("E1", 160, 1000)], arrival: 300)
        #expect(fleet.pipeline.counters.late == 1)
        fleet.tick(900)
        #expect(AnswerKey.newest(fleet.results).faults.isEmpty)
    }

    @Test("a checkpoint of other windows is refused by its name")
    func otherWindows() {
        var settings = PipelineSettings()
        settings.windows = [1, 300]
        #expect(throws: CheckpointError(code: .otherWindows, detail: "windows of [1, 60] s, the settings say [1, 300]"))
        {
            try FleetPipeline(checkpoint: fleet().pipeline.encodeCheckpoint(), settings: settings, topology: topology)
        }
    }
}

@Suite("The batch of results")
struct ResultBatchTests {
    @Test("it is derived, for telemetry, with the tags, types and names of the measurements")
    func shape() throws {
        var fleet = SmallFleet()
        let given = fleet.feed([.init("E1", 0, 1000), .init("E1", 1, 1000, soc: 50), .init("E1", 70, 0)])
        let batch = resultBatch(given, arrival: 77)
        #expect(batch.isDerived && batch.database == "telemetry" && batch.arrival == 77)
        #expect(batch.rowCount == given.count)
        let table = try #require(batch.tables.first { $0.measurement == "Feeder_Aggregate" })
        let keys = Set((0..<table.rowCount).map { String(decoding: table.key($0), as: UTF8.self) })
        #expect(keys == ["Feeder_Aggregate,Feeder_ID=F1,window=1s", "Feeder_Aggregate,Feeder_ID=F1,window=60s"])
        #expect(table.timestamps[0] == SmallFleet.time(0))
        #expect(table.field("soc_mean_pct")?[0] == nil && table.field("soc_mean_pct")?[1] == .float(50))
        for name in ["readings", "evse_expected", "evse_heard", "evse_stale", "revision"] {
            #expect(table.field(name)?.kind == .integer)
        }
        #expect(table.field("final")?[0] == .boolean(true) && table.field("final")?[60] == .boolean(false))
        let readiness = try #require(batch.tables.first { $0.measurement == "FCR_Readiness" })
        #expect(String(decoding: readiness.key(0), as: UTF8.self) == "FCR_Readiness,Feeder_ID=F1")
        #expect(readiness.field("fcr_symmetric_w")?.kind == .float && readiness.field("evse_live")?.kind == .integer)
        #expect(batch.tables.allSatisfy { table in table.fields.allSatisfy { $0.count == table.rowCount } })
    }
}
