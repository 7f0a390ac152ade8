import FleetPipeline
import Foundation
import Telemetry
import Testing

@Suite("Reserve of one EVSE")
struct ReserveTests {
    struct Examples: Decodable {
        struct Limits: Decodable {
            let maxChargeW: Double, maxDischargeW: Double, batteryWh: Double
            let socMinPct: Double, socMaxPct: Double
            let departureNs: Int64?
            let departureSocPct: Double?
        }
        struct Product: Decodable {
            let limitedEnergyS: Double, chargeEfficiency: Double, dischargeEfficiency: Double
        }
        struct Reserve: Decodable {
            let name: String
            let timeNs: Int64
            let powerW: Double
            let socPct: Double?
            let evse: Limits
            let settings: Product
            let fcrUpW: Double, fcrDownW: Double
            let dischargePotentialW: Double, dischargeEnergyWh: Double
        }
        struct Droop: Decodable {
            let frequencyHz: Double, reserveW: Double, changeW: Double
        }
        let reserve: [Reserve]
        let droop: [Droop]
    }

    let examples: Examples

    init() throws {
        let data = try Data(contentsOf: AnswerKey.resource("fcr_examples.json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        examples = try decoder.decode(Examples.self, from: data)
    }

    @Test("all 24 cases at the limits give the reference's reserve and potential")
    func limits() {
        #expect(examples.reserve.count == 24)
        for example in examples.reserve {
            let limits = ReserveLimits(
                EVSE(
                    feeder: "F", maxChargeW: example.evse.maxChargeW, maxDischargeW: example.evse.maxDischargeW,
                    batteryWh: example.evse.batteryWh, socMinPct: example.evse.socMinPct,
                    socMaxPct: example.evse.socMaxPct, departure: example.evse.departureNs,
                    departureSocPct: example.evse.departureSocPct))
            var fcr = FCRSettings()
            fcr.limitedEnergyS = example.settings.limitedEnergyS
            fcr.chargeEfficiency = example.settings.chargeEfficiency
            fcr.dischargeEfficiency = example.settings.dischargeEfficiency
            let held = reserve(
                power: example.powerW, limits: limits, socPct: example.socPct, at: example.timeNs, fcr: fcr)
            let potential = dischargePotential(limits: limits, socPct: example.socPct, at: example.timeNs, fcr: fcr)
            #expect(abs(held.up - example.fcrUpW) < 1e-6, "\(example.name)")
            #expect(abs(held.down - example.fcrDownW) < 1e-6, "\(example.name)")
            #expect(abs(potential.powerW - example.dischargePotentialW) < 1e-6, "\(example.name)")
            #expect(abs(potential.energyWh - example.dischargeEnergyWh) < 1e-6, "\(example.name)")
        }
    }

    @Test("droop answers each frequency as the reference does")
    func droop() {
        #expect(!examples.droop.isEmpty)
        for example in examples.droop {
            let change = droopResponse(frequency: example.frequencyHz, reserve: example.reserveW)
            #expect(abs(change - example.changeW) < 1e-6, "\(example.frequencyHz) Hz")
        }
    }
}
