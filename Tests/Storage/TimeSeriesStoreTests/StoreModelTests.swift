import Segments
import SeriesIndex
import SimulatedDisk
import Telemetry
import Testing
import TimeSeriesStore
import WriteAheadLog

@Suite("Store against a naive model")
struct StoreModelTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }

    private static let hour: Int64 = 3_600_000_000_000
    /// How long the policy keeps rows: beyond it some of the rows of a run come too late, and shards expire.
    private static let kept: Int64 = 10 * hour

    @Test(
        "writes, overwrites, deletions, retention, flushes, merges and power cuts in any order give the model's rows",
        arguments: 1...20)
    func simulation(seed: Int) async throws {
        var random = Random(state: UInt64(seed))
        var disk = SimulatedDisk()
        var settings = StoreSettings(directory: "/store")
        settings.indexChangeLimit = 1
        settings.memoryByteLimit = 20_000
        settings.logFileByteCount = 3_000
        settings.compactionFanIn = 3
        settings.stepRowCount = 4
        var store = TimeSeriesStore(disk: disk, settings: settings)
        try store.open()
        try store.createDatabase("db", policy: ("p", Self.kept, Self.hour))
        var now: Int64 = 0
        var model: [String: [Int64: [String: FieldValue]]] = [:]
        for _ in 0..<120 {
            switch Int.random(in: 0..<24, using: &random) {
            case 0: try store.compactAll()
            case 1:
                disk = disk.crash(torn: Int.random(in: 0...40, using: &random))
                store = TimeSeriesStore(disk: disk, settings: settings)
                try store.open()
                // Rows of a shard that had expired may come up from the log; they go the same way again.
                expire(store, now, &model)
            case 2:
                now += Int64.random(in: 0...2, using: &random) * Self.hour
                expire(store, now, &model)
            case 3, 4: try deleteRows(of: store, &model, &random)
            case 5:
                let tag = "s\(Int.random(in: 0..<6, using: &random))"
                try store.delete(.series([.init(measurement: "m", keys: [Array("m,t=\(tag)".utf8)])]), from: "db")
                model[tag] = nil
            case 6 where Int.random(in: 0..<4, using: &random) == 0:
                try store.delete(.series([.init(measurement: "m", keys: nil)]), from: "db")
                model = [:]
            case 7:
                guard let shard = store.shards.randomElement(using: &random) else { continue }
                let candidates = try store.series(of: shard)
                try store.delete(.shard(policy: shard.policyNumber, start: shard.start), from: "db")
                try store.forgetEmpty(candidates, of: "db")
                for tag in model.keys {
                    model[tag] = model[tag]?.filter { $0.key < shard.start || $0.key >= shard.end }
                }
                model = model.filter { !$0.value.isEmpty }
            default:
                var batch = FrameBatch(database: "db", arrival: now)
                for _ in 0..<Int.random(in: 1...40, using: &random) {
                    let tag = "s\(Int.random(in: 0..<6, using: &random))"
                    let time = Int64.random(in: -50...50, using: &random) * 600_000_000_000
                    var fields: [(String, FieldValue)] = [
                        ("a", .float(Double(Int.random(in: 0...99, using: &random)) / 10))
                    ]
                    if Bool.random(using: &random) {
                        fields.append(("b", .string("v\(Int.random(in: 0...9, using: &random))")))
                    }
                    if Bool.random(using: &random) {
                        fields[0] = ("c", .integer(Int64(Int.random(in: 0...9, using: &random))))
                    }
                    batch.append(measurement: "m", tags: [("t", tag)], fields: fields, timestamp: time)
                    if time < now - Self.kept { continue }
                    for (name, value) in fields { model[tag, default: [:]][time, default: [:]][name] = value }
                }
                batch.seal()
                let sealed = batch
                let current = store
                let result = await withCheckedContinuation { continuation in
                    current.submit(sealed) { continuation.resume(returning: $0) }
                }
                _ = try result.get()
            }
            #expect(try contents(store) == model)
        }
        try store.compactAll()
        #expect(try contents(store) == model)
        #expect(try store.withIndex(of: "db") { $0.series(of: "m").count } == model.count)
    }

    /// Drops the shards that the policy keeps no more.
    private func expire(
        _ store: TimeSeriesStore, _ now: Int64, _ model: inout [String: [Int64: [String: FieldValue]]]
    ) {
        store.maintain(now: now)
        store.waitForCommits()
        for tag in model.keys {
            model[tag] = model[tag]?.filter { time, _ in
                let start = Int64((Double(time) / Double(Self.hour)).rounded(.down)) * Self.hour
                return start + Self.hour > now - Self.kept
            }
        }
        model = model.filter { !$0.value.isEmpty }
    }

    /// Deletes a random range of times of one series, or of all.
    private func deleteRows(
        of store: TimeSeriesStore, _ model: inout [String: [Int64: [String: FieldValue]]], _ random: inout Random
    ) throws {
        let low = Int64.random(in: -60...50, using: &random) * 600_000_000_000
        let high = low + Int64.random(in: 0...40, using: &random) * 600_000_000_000
        let tag = Bool.random(using: &random) ? "s\(Int.random(in: 0..<6, using: &random))" : nil
        let candidates = try store.withIndex(of: "db") { $0.series(of: "m") }
        let keys = tag.map { [Array("m,t=\($0)".utf8)] }
        try store.delete(.rows(low...high, [.init(measurement: "m", keys: keys)]), from: "db")
        for name in model.keys where tag == nil || name == tag {
            model[name] = model[name]?.filter { !(low...high).contains($0.key) }
        }
        try store.forgetEmpty(["m": candidates], of: "db")
        model = model.filter { !$0.value.isEmpty }
    }

    private func contents(_ store: TimeSeriesStore) throws -> [String: [Int64: [String: FieldValue]]] {
        let (series, fields, tags) = try store.withIndex(of: "db") { index in
            let measurement = index.measurement("m")
            let series = index.series(of: "m")
            return (
                series, (measurement?.fields ?? [:]).map { (name: $0.key, kind: $0.value) },
                series.map { index.tags($0)[0].1 }
            )
        }
        var result: [String: [Int64: [String: FieldValue]]] = [:]
        let snapshot = try store.snapshot(database: "db", policy: nil, measurements: ["m"], times: .min ... .max)
        for step in try snapshot.steps(measurement: "m", series: series, times: .min ... .max) {
            try snapshot.scan(measurement: "m", series: step.series, times: step.times, fields: fields) {
                place, slices, _ in
                for slice in slices {
                    for row in slice.rows {
                        for column in slice.columns.compactMap({ $0 }) {
                            if let value = column[row] {
                                result[tags[place], default: [:]][slice.times[row], default: [:]][column.name] = value
                            }
                        }
                    }
                }
            }
        }
        return result
    }
}
