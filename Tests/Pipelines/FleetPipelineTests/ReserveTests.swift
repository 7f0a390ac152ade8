import FleetPipeline
import Foundation
import Telemetry
import Testing

@Suite("Reserve of one EVSE")
struct ReserveTests {
    struct Examples: Decodable {
        struct Limits: Decodable {
            let max_charge_w: Double, max_discharge_w: Double, battery_wh: Double
            let soc_min_pct: Double, soc_max_pct: Double
            let departure_ns: Int64?
            let departure_soc_pct: Double?
        }
        struct Product: Decodable {
            let limited_energy_s: Double, charge_efficiency: Double, discharge_efficiency: Double
        }
        struct Reserve: Decodable {
            let name: String
            let time_ns: Int64
            let power_w: Double
            let soc_pct: Double?
            let evse: Limits
            let settings: Product
            let fcr_up_w: Double, fcr_down_w: Double
            let discharge_potential_w: Double, discharge_energy_wh: Double
        }
        struct Droop: Decodable {
            let frequency_hz: Double, reserve_w: Double, change_w: Double
        }
        let reserve: [Reserve]
        let droop: [Droop]
    }

    let examples: Examples

    init() throws {
        let data = try Data(contentsOf: AnswerKey.resource("fcr_examples.json"))
        examples = try JSONDecoder().decode(Examples.self, from: data)
    }

    @Test("all 24 cases at the limits give the reference's reserve and potential")
    func limits() {
        #expect(examples.reserve.count == 24)
        for example in examples.reserve {
            let limits = ReserveLimits(
                EVSE(
                    feeder: "F", maxChargeW: example.evse.max_charge_w, maxDischargeW: example.evse.max_discharge_w,
                    batteryWh: example.evse.battery_wh, socMinPct: example.evse.soc_min_pct,
                    socMaxPct: example.evse.soc_max_pct, departure: example.evse.departure_ns,
                    departureSocPct: example.evse.departure_soc_pct))
            var fcr = FCRSettings()
            fcr.limitedEnergyS = example.settings.limited_energy_s
            fcr.chargeEfficiency = example.settings.charge_efficiency
            fcr.dischargeEfficiency = example.settings.discharge_efficiency
            let held = reserve(
                power: example.power_w, limits: limits, socPct: example.soc_pct, at: example.time_ns, fcr: fcr)
            let potential = dischargePotential(limits: limits, socPct: example.soc_pct, at: example.time_ns, fcr: fcr)
            #expect(abs(held.up - example.fcr_up_w) < 1e-6, "\(example.name)")
            #expect(abs(held.down - example.fcr_down_w) < 1e-6, "\(example.name)")
            #expect(abs(potential.powerW - example.discharge_potential_w) < 1e-6, "\(example.name)")
            #expect(abs(potential.energyWh - example.discharge_energy_wh) < 1e-6, "\(example.name)")
        }
    }

    @Test("droop answers each frequency as the reference does")
    func droop() {
        #expect(!examples.droop.isEmpty)
        for example in examples.droop {
            let change = droopResponse(frequency: example.frequency_hz, reserve: example.reserve_w)
            #expect(abs(change - example.change_w) < 1e-6, "\(example.frequency_hz) Hz")
        }
    }
}
