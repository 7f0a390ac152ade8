/// One EVSE with a vehicle: charges, idles or feeds the grid, and knows what its meter shows.
///
/// Import is positive, from the vehicle to the grid negative, as everywhere in the house.
struct SimulatedVehicle {
    let name: String
    let site: String
    let feeder: String
    /// What the charging point is rated for, W, both ways.
    let ratedW: Double
    /// The battery's capacity, Wh.
    let batteryWh: Double
    /// Present power at the grid side, W.
    private(set) var powerW = 0.0
    /// State of charge, percent.
    private(set) var socPct: Double
    private(set) var importWh: Double
    private(set) var exportWh: Double
    private(set) var voltageV = 230.0
    private(set) var frequencyHz = 50.0
    private var random: SeededRandom

    init(number: Int, feeders: Int, seed: UInt64) {
        var random = SeededRandom(state: seed &* 1_000_003 &+ UInt64(number))
        name = "EVSE" + String(repeating: "0", count: max(0, 4 - String(number).count)) + String(number)
        feeder = "F\(number % feeders + 1)"
        site = "S\(number % feeders + 1)"
        ratedW = [7_400, 11_000, 22_000][Int.random(in: 0..<3, using: &random)]
        batteryWh = [40_000, 60_000, 80_000][Int.random(in: 0..<3, using: &random)]
        socPct = Double.random(in: 25...85, using: &random)
        importWh = Double(Int.random(in: 100_000...900_000, using: &random))
        exportWh = Double(Int.random(in: 10_000...90_000, using: &random))
        self.random = random
    }

    /// What a person would call its state.
    var status: String { powerW > 0 ? "charging" : powerW < 0 ? "discharging" : "idle" }

    /// Current at the meter, A, of three phases.
    var currentA: Double { Self.rounded(powerW / 3 / voltageV, 100) }

    /// Lets `seconds` pass at the present power, then decides anew.
    mutating func advance(_ seconds: Double) {
        let energy = powerW * seconds / 3600
        if energy > 0 { importWh += energy } else { exportWh -= energy }
        socPct = min(95, max(10, socPct + energy / batteryWh * 100))
        if Double.random(in: 0..<1, using: &random) < 0.1 || socPct >= 95 || socPct <= 10 {
            let share = Double.random(in: -1...1, using: &random)
            powerW = share.magnitude < 0.2 ? 0 : Self.rounded(share * ratedW, 10)
            if socPct >= 95 { powerW = -powerW.magnitude }
            if socPct <= 10 { powerW = powerW.magnitude }
        }
        voltageV = Self.rounded(230 + Double.random(in: -4...4, using: &random), 10)
        frequencyHz = Self.rounded(50 + Double.random(in: -0.04...0.04, using: &random), 1000)
    }

    static func rounded(_ value: Double, _ parts: Double) -> Double { (value * parts).rounded() / parts }
}

/// Seeded random words (Steele, Lea, Flood: SplitMix64), so that a seed gives the same fleet.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
