import FleetPipeline
import Foundation
import Telemetry

/// What a run is told; the words of the command line over the defaults.
struct Options {
    private var values = [
        "evses": "1000000", "feeders": "10000", "seconds": "100", "late": "0", "operators": "all", "checkpoint": "10",
        "shuffle": "yes",
    ]

    /// Nil for a word that is not known or a number that cannot be.
    init?(_ words: [String]) {
        var words = words
        while words.count >= 2, words[0].hasPrefix("--"), values[String(words[0].dropFirst(2))] != nil {
            values[String(words[0].dropFirst(2))] = words[1]
            words.removeFirst(2)
        }
        let isKnown = ["feeder", "all"].contains(values["operators"])
        guard words.isEmpty, isKnown, self["evses"] >= 5, self["feeders"] > 0, self["seconds"] > 0 else { return nil }
    }

    subscript(_ name: String) -> Int { values[name].flatMap { Int($0) } ?? 0 }
    var hasAllOperators: Bool { values["operators"] == "all" }
    var isShuffled: Bool { values["shuffle"] == "yes" }

    func name(_ number: Int) -> String { "E" + String(format: "%07d", number) }
    func feederName(_ number: Int) -> String { "F" + String(format: "%05d", number / 5 % self["feeders"]) }

    /// All EVSEs on their feeders, ten of which are on a transformer where every operator runs.
    func topology() -> Topology {
        var topology = Topology()
        for feeder in 0..<self["feeders"] {
            let transformer = hasAllOperators ? "T\(feeder / 10)" : nil
            topology.feeders[feederName(feeder)] = Feeder(
                transformer: transformer, importLimitW: 500_000, exportLimitW: 500_000)
            if let transformer, feeder % 10 == 0 {
                topology.transformers[transformer] = Transformer(ratedVA: 5_000_000)
            }
        }
        for number in 0..<self["evses"] {
            topology.evses[name(number)] = EVSE(feeder: feederName(number), maxDischargeW: 10_000)
        }
        return topology
    }

    /// The fleet in five parts that report one second after the other, each in batches of 5,000 rows.
    func phases() -> [[Part]] {
        var random = SystemRandomNumberGenerator()
        return (0..<5).map { phase in
            let numbers = Array(stride(from: phase, to: self["evses"], by: 5))
            return stride(from: 0, to: numbers.count, by: 5_000).map { start in
                var part = Array(numbers[start..<min(start + 5_000, numbers.count)])
                if isShuffled { part.shuffle(using: &random) }
                return Part(part, self, &random)
            }
        }
    }
}

/// Processor seconds of this thread.
func cpuSeconds() -> Double {
    var time = timespec()
    // The pointer is to a local of the call's own type.
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Bytes of this process in memory.
func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 4096 } ?? 0
}

/// The rows of one fifth of the fleet: keys and values are made once, times anew each second.
struct Part {
    let keyBytes: [UInt8]
    let keyEnds: [UInt32]
    let offsets: [Int64]
    let fields: [FieldColumn]

    init(_ numbers: [Int], _ options: Options, _ random: inout SystemRandomNumberGenerator) {
        var table = FrameTable(measurement: CanonicalNames.powerFlow)
        var offsets: [Int64] = []
        for number in numbers {
            let tags = [("EVSE_ID", options.name(number)), ("Feeder_ID", options.feederName(number))]
            table.beginRow(key: SeriesKey.encode(measurement: CanonicalNames.powerFlow, tags: tags), timestamp: 0)
            table.set("active_power_w", .float(Double.random(in: -10_000...11_000, using: &random)))
            table.set("soc_pct", .float(Double(Int.random(in: 200...900, using: &random)) / 10))
            offsets.append(Int64.random(in: 0..<1_000, using: &random) * 1_000_000)
        }
        table.seal()
        keyBytes = table.keyBytes
        keyEnds = table.keyEnds
        self.offsets = offsets
        fields = table.fields
    }

    func table(second: Int64, late: Int) -> FrameTable? {
        var times = offsets.map { second * 1_000_000_000 + $0 }
        if late > 0 {
            for row in stride(from: Int(second % 100), to: times.count, by: max(1, 100 / late)) {
                times[row] -= Int64(3 + (row + Int(second)) % 27) * 1_000_000_000
            }
        }
        return FrameTable(
            measurement: CanonicalNames.powerFlow, keyBytes: keyBytes, keyEnds: keyEnds, timestamps: times,
            fields: fields)
    }
}
