import FleetPipeline
import Foundation
import Telemetry

/// The answer key of the grid: the readings and topology that were committed, and what the reference made of them.
struct AnswerKey {
    /// One row of `frames.csv`.
    struct Frame {
        let arrival: Int64
        let evse: String
        let time: Int64
        let power: Double
        let soc: Double?
    }

    /// One expected row: its key and its numbers by column.
    struct Row {
        let time: Int64
        let feeder: String
        let values: [String: Double]
    }

    let frames: [Frame]
    let topology: Topology
    /// Expected rows by name: `windows_1s`, `windows_60s`, `readiness_1s`.
    let expected: [String: [Row]]
    /// The columns of numbers of each file.
    let columns: [String: [String]]

    /// The committed fleet.
    static func committed() throws -> AnswerKey {
        try AnswerKey { try Data(contentsOf: resource($0)) }
    }

    /// The file of a resource.
    static func resource(_ name: String) -> URL {
        Bundle.module.bundleURL.appendingPathComponent("Resources").appendingPathComponent(name)
    }

    init(windows: [Int64] = [1, 60], _ load: (String) throws -> Data) throws {
        let lines = try Self.lines(load("frames.csv"))
        frames = lines.dropFirst().compactMap { cells in
            guard let arrival = Int64(cells[0]), let time = Int64(cells[2]), let power = Double(cells[3]) else {
                return nil
            }
            return Frame(arrival: arrival, evse: cells[1], time: time, power: power, soc: Double(cells[4]))
        }
        topology = try Self.topology(load("topology.json"))
        var (expected, columns): ([String: [Row]], [String: [String]]) = ([:], [:])
        for name in windows.map({ "windows_\($0)s" }) + ["readiness_1s"] {
            let lines = try Self.lines(load("\(name).csv"))
            columns[name] = Array(lines[0].dropFirst(2))
            expected[name] = lines.dropFirst().map { cells in
                var values: [String: Double] = [:]
                for (column, cell) in zip(lines[0], cells).dropFirst(2) { values[column] = Double(cell) }
                return Row(time: Int64(cells[0]) ?? 0, feeder: cells[1], values: values)
            }
        }
        self.expected = expected
        self.columns = columns
    }

    private static func lines(_ data: Data) -> [[String]] {
        String(decoding: data, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// The topology that a JSON file of the reference describes.
    static func topology(_ data: Data) throws -> Topology {
        struct File: Decodable {
            struct TransformerEntry: Decodable {
                let type: String
                let ratedVa: Double, ambientC: Double, backgroundW: Double
                let thermalLimit: Bool
            }
            struct FeederEntry: Decodable { let transformer: String, importLimitW: Double, exportLimitW: Double }
            struct EVSEEntry: Decodable {
                let feeder: String
                let maxChargeW: Double, maxDischargeW: Double, batteryWh: Double
                let socMinPct: Double, socMaxPct: Double
                let departureNs: Int64?
                let departureSocPct: Double?
            }
            let transformers: [String: TransformerEntry]
            let feeders: [String: FeederEntry]
            let evses: [String: EVSEEntry]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let file = try decoder.decode(File.self, from: data)
        var topology = Topology()
        for (name, feeder) in file.feeders {
            topology.feeders[name] = Feeder(
                transformer: feeder.transformer, importLimitW: feeder.importLimitW, exportLimitW: feeder.exportLimitW)
        }
        for (name, entry) in file.transformers {
            topology.transformers[name] = Transformer(
                type: entry.type, ratedVA: entry.ratedVa, ambientC: entry.ambientC, backgroundW: entry.backgroundW,
                hasThermalLimit: entry.thermalLimit)
        }
        for (name, evse) in file.evses {
            topology.evses[name] = EVSE(
                feeder: evse.feeder, maxChargeW: evse.maxChargeW, maxDischargeW: evse.maxDischargeW,
                batteryWh: evse.batteryWh, socMinPct: evse.socMinPct, socMaxPct: evse.socMaxPct,
                departure: evse.departureNs, departureSocPct: evse.departureSocPct)
        }
        return topology
    }

    /// The frames as tables of `size` rows, each with the arrival of its last row.
    func batches(_ frames: [Frame], size: Int) -> [(table: FrameTable, arrival: Int64)] {
        stride(from: 0, to: frames.count, by: size).map { start in
            let part = frames[start..<min(start + size, frames.count)]
            return (Self.table(part), part.map(\.arrival).max() ?? 0)
        }
    }

    /// One table of some frames.
    static func table(_ frames: some Sequence<Frame>) -> FrameTable {
        var table = FrameTable(measurement: CanonicalNames.powerFlow)
        for frame in frames {
            table.beginRow(
                key: SeriesKey.encode(measurement: CanonicalNames.powerFlow, tags: [("EVSE_ID", frame.evse)]),
                timestamp: frame.time)
            table.set("active_power_w", .float(frame.power))
            if let soc = frame.soc { table.set("soc_pct", .float(soc)) }
        }
        table.seal()
        return table
    }
}

extension AnswerKey {
    /// A result's key in an expected file.
    struct Key: Hashable {
        let file: String
        let time: Int64
        let feeder: String
    }

    /// The newest revision of each window, and what is wrong with the order of revisions.
    static func newest(_ results: [WindowResult]) -> (results: [Key: WindowResult], faults: [String]) {
        var newest: [Key: WindowResult] = [:]
        var faults: [String] = []
        for result in results {
            let file =
                switch result.measurement {
                case CanonicalNames.fcrReadiness: "readiness_1s"
                case CanonicalNames.feederAggregate: "windows_\(result.windowSeconds)s"
                default: "\(result.measurement) \(result.windowSeconds)s"
                }
            let key = Key(file: file, time: result.windowStart, feeder: result.name)
            let due = newest[key].map { $0.revision + 1 } ?? 0
            if result.revision != due { faults.append("\(key): revision \(result.revision), not \(due)") }
            if newest[key]?.isFinal == true { faults.append("\(key): given after it was final") }
            newest[key] = result
        }
        return (newest, faults)
    }

    /// What differs between results and the key, in words; empty where all agree to 1e-6 relative or 1e-3 absolute.
    func differences(_ results: [WindowResult]) -> [String] {
        var (newest, faults) = Self.newest(results)
        for (file, rows) in expected {
            for row in rows {
                guard let result = newest[Key(file: file, time: row.time, feeder: row.feeder)] else {
                    faults.append("\(file) \(row.feeder) \(row.time): no result")
                    continue
                }
                if !result.isFinal { faults.append("\(file) \(row.feeder) \(row.time): not final") }
                var given: [String: Double] = [:]
                for (name, value) in result.fields where columns[file]?.contains(name) ?? false {
                    given[name] = value.number
                }
                for name in columns[file] ?? [] where row.values[name] != nil || given[name] != nil {
                    let (one, two) = (row.values[name] ?? .nan, given[name] ?? .nan)
                    if !(abs(one - two) <= max(1e-3, 1e-6 * abs(one))) {
                        faults.append("\(file) \(row.feeder) \(row.time) \(name): \(two), not \(one)")
                    }
                }
            }
        }
        return faults
    }
}

extension FieldValue {
    /// The number in a value.
    var number: Double {
        switch self {
        case .float(let value): value
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .boolean(let value): value ? 1 : 0
        case .string: .nan
        }
    }
}

extension FleetPipeline {
    /// Feeds one batch and takes what it gives.
    mutating func feed(_ table: FrameTable, arrival: Int64) -> [WindowResult] {
        apply(table, arrival: arrival)
        finishBatch(arrival: arrival)
        return takeResults()
    }

    /// Lets so much time go by after `arrival` that all windows become final.
    mutating func close(after arrival: Int64) -> [WindowResult] {
        tick(now: arrival + 400_000_000_000)
        return takeResults()
    }
}
