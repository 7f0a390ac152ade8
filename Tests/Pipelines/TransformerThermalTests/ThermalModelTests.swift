import Foundation
import Testing
import TransformerThermal

@Suite("Transformer thermal model")
struct ThermalModelTests {
    private static func rows(_ name: String) throws -> [[Double?]] {
        let file = Bundle.module.bundleURL.appendingPathComponent("Resources").appendingPathComponent(name)
        let text = try String(contentsOf: file, encoding: .utf8)
        return text.split(separator: "\n").dropFirst().map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        }
    }

    private static func plate(_ constants: ThermalConstants, upgraded: Bool = false) -> TransformerPlate {
        TransformerPlate(
            ratedVA: 100_000, constants: constants, limits: ThermalLimits(), isUpgradedPaper: upgraded)
    }

    @Test(
        "IEC 60076-7: the example day agrees with the reference in every minute", arguments: ["distribution", "power"])
    func exampleDay(kind: String) throws {
        let load = try Self.rows("thermal_load.csv")
        let expected = try Self.rows("thermal_onan-\(kind).csv")
        #expect(load.count == 1441 && expected.count == 1441)
        let constants = try #require(ThermalConstants.named("onan-\(kind)"))
        var run = ThermalRun()
        for (given, row) in zip(load, expected) {
            let ambient = try #require(given[2])
            let result = try Self.minute(&run, given[1], ambient, Self.plate(constants))
            let pairs = [
                (result.topOilC, row[3], 1e-3), (result.hotSpotC, row[4], 1e-3), (result.ageingRate, row[5], 1e-3),
                (result.lossOfLifeH, row[6], 1e-4), (result.admissibleLoadPU, row[7], 1e-3),
            ]
            for (value, wanted, tolerance) in pairs {
                #expect(
                    abs(value - (wanted ?? .nan)) < tolerance, "minute \(row[0] ?? -1): \(value), not \(wanted ?? -1)")
            }
        }
    }

    private static func minute(
        _ run: inout ThermalRun, _ load: Double?, _ ambient: Double, _ plate: TransformerPlate
    ) throws -> ThermalRow {
        let row = run.minute(loadPU: load, ambientC: ambient, plate)
        return try #require(row)
    }

    @Test("two short steps equal a long one")
    func stepLength() {
        let constants = ThermalConstants.onanDistribution
        let level = ThermalState(steadyAt: 0.9, ambientC: 25, constants)
        let state = ThermalState(topOilC: 30, gradientK: 5, reliefK: 0)
        let long = ThermalStep(minutes: 10, constants).apply(to: state, towards: level)
        let first = ThermalStep(minutes: 4, constants).apply(to: state, towards: level)
        let second = ThermalStep(minutes: 6, constants).apply(to: first, towards: level)
        #expect(abs(long.topOilC - second.topOilC) < 1e-9 && abs(long.hotSpotC - second.hotSpotC) < 1e-9)
    }

    @Test(
        "rated load at 20 °C ends at 75 °C oil and 98.1 °C hot spot, whichever way the power flows",
        arguments: [1.0, -1.0])
    func ratedLoad(load: Double) {
        let state = ThermalState(steadyAt: load, ambientC: 20, .onanDistribution)
        #expect(abs(state.topOilC - 75) < 1e-9 && abs(state.hotSpotC - 98.1) < 1e-9)
    }

    @Test("normal paper ages at 1 at 98 °C, upgraded paper at 110 °C")
    func ageing() {
        #expect(ageingRate(hotSpotC: 98, isUpgradedPaper: false) == 1)
        #expect(ageingRate(hotSpotC: 104, isUpgradedPaper: false) == 2)
        #expect(abs(ageingRate(hotSpotC: 110, isUpgradedPaper: true) - 1) < 1e-12)
    }

    @Test("nothing is admissible where the oil is too hot already and stays so")
    func tooHot() {
        let state = ThermalState(topOilC: 140, gradientK: 0, reliefK: 0)
        #expect(admissibleLoad(from: state, ambientC: 20, .onanDistribution, limits: ThermalLimits()) == 0)
        #expect(
            minutesToLimit(from: state, loadPU: 0, ambientC: 20, .onanDistribution, limits: ThermalLimits()) == 0)
    }

    @Test("the time to the limit is where the exact temperature crosses it, and none at a load that stays below")
    func timeToLimit() throws {
        let constants = ThermalConstants.onanDistribution
        let state = ThermalState(steadyAt: 0.5, ambientC: 20, constants)
        let found = try #require(
            minutesToLimit(from: state, loadPU: 1.5, ambientC: 20, constants, limits: ThermalLimits()))
        let level = ThermalState(steadyAt: 1.5, ambientC: 20, constants)
        let at = ThermalStep(minutes: found, constants).apply(to: state, towards: level)
        #expect(abs(at.hotSpotC - 120) < 0.05 && at.topOilC < 105)
        #expect(minutesToLimit(from: state, loadPU: 1, ambientC: 20, constants, limits: ThermalLimits()) == nil)
        #expect(minutesToLimit(from: state, loadPU: 1.6, ambientC: 20, constants, limits: ThermalLimits()) == 0)
    }

    @Test("a gap under 15 minutes holds the last load and is marked")
    func shortGap() throws {
        let plate = Self.plate(.onanPower)
        var (gap, whole) = (ThermalRun(), ThermalRun())
        for run in 0..<20 {
            let held = try Self.minute(&gap, run < 5 || run > 18 ? 0.8 : nil, 20, plate)
            let known = try Self.minute(&whole, 0.8, 20, plate)
            #expect(held.topOilC == known.topOilC && held.lossOfLifeH == known.lossOfLifeH)
            #expect(held.isGap == (5...18).contains(run) && !known.isGap)
        }
    }

    @Test("a longer gap has no rows; behind it the state begins anew from the hotter of both", arguments: [0.1, 1.4])
    func longGap(load: Double) throws {
        let plate = Self.plate(.onanDistribution)
        var run = ThermalRun()
        let first = try Self.minute(&run, 0.8, 20, plate)
        var rows = 0
        for _ in 0..<100 where run.minute(loadPU: nil, ambientC: 20, plate) != nil { rows += 1 }
        #expect(rows == 14)
        let back = try Self.minute(&run, load, 20, plate)
        let steady = ThermalState(steadyAt: load, ambientC: 20, plate.constants)
        #expect(back.isGap)
        if load > 1 { #expect(back.hotSpotC == steady.hotSpotC) } else { #expect(back.topOilC > first.topOilC - 1) }
        #expect(try Self.minute(&run, load, 20, plate).isGap == false)
    }
}
