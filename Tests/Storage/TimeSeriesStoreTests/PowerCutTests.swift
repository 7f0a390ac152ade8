import Foundation
import SimulatedDisk
import Synchronization
import Telemetry
import Testing
import TimeSeriesStore
import WriteAheadLog

/// A tiny store's life is recorded change by change. After each change, files are made that a power cut could have left
/// at that instant, and a store is opened on them: its rows must be those of a prefix of the history that holds
/// everything acknowledged by then. `FEEDERLINE_POWER_CUT_STATES` sets how many different states are looked at.
@Suite("Power cut")
struct PowerCutTests {
    private static let seeds = 10
    private static let stateCount =
        ProcessInfo.processInfo.environment["FEEDERLINE_POWER_CUT_STATES"].flatMap(Int.init) ?? 10_000
    private static let hour: Int64 = 3_600_000_000_000

    private static var settings: StoreSettings {
        var settings = StoreSettings(directory: "/store")
        settings.indexChangeLimit = 1
        settings.memoryByteLimit = 1_500
        settings.logFileByteCount = 1_200
        settings.logRetention = 0
        settings.logRetentionByteLimit = 0
        settings.compactionFanIn = 3
        return settings
    }

    /// The rows after each operation; an operation is marked with its number when it is submitted, and with the
    /// negative number when it is acknowledged.
    private struct History: Sendable {
        var models: [StoreRows] = [[:]]
        var journal: [FileTree.Change] = []
    }

    private static func points(_ random: inout SplitMix) -> [(tag: String, time: Int64, fields: [(String, FieldValue)])]
    {
        (0..<(1 + random.below(4))).map { _ in
            var fields: [(String, FieldValue)] = [("a", .float(Double(random.below(1000)) / 10))]
            if random.below(2) == 0 { fields.append(("s", .string("v\(random.below(10))"))) }
            return ("s\(random.below(5))", Int64(random.below(30)) * hour / 10, fields)
        }
    }

    private static func record(_ random: inout SplitMix) async throws -> History {
        let disk = JournaledDisk()
        let store = TimeSeriesStore(disk: disk, settings: settings)
        try store.open()
        var history = History()
        history.models.append([:])
        disk.mark(1)
        try store.createDatabase("db", policy: ("p", 0, hour))
        disk.mark(-1)
        for _ in 0..<30 {
            var rows = history.models[history.models.count - 1]
            switch random.below(14) {
            case 0: try store.compactAll()
            case 1:
                store.maintain(now: 1)
                store.waitForCommits()
            case 2:
                let low = Int64(random.below(30)) * hour / 10
                let times = low...(low + Int64(random.below(10)) * hour / 10)
                for tag in rows.keys { rows[tag] = rows[tag]?.filter { !times.contains($0.key) } }
                rows = rows.filter { !$0.value.isEmpty }
                history.models.append(rows)
                disk.mark(history.models.count - 1)
                try store.delete(.rows(times, [.init(measurement: "m", keys: nil)]), from: "db")
                disk.mark(-(history.models.count - 1))
            case 3:
                let tag = "s\(random.below(5))"
                rows[tag] = nil
                history.models.append(rows)
                disk.mark(history.models.count - 1)
                try store.delete(.series([.init(measurement: "m", keys: [Array("m,t=\(tag)".utf8)])]), from: "db")
                disk.mark(-(history.models.count - 1))
            default:
                // Several at once, which may share a commit.
                for _ in 0..<(1 + random.below(3)) {
                    let batch = batch(of: points(&random), &rows)
                    history.models.append(rows)
                    let number = history.models.count - 1
                    disk.mark(number)
                    store.submit(batch) { result in
                        if case .success = result { disk.mark(-number) }
                    }
                }
                store.waitForCommits()
            }
        }
        store.waitForCommits()
        history.journal = disk.journal
        return history
    }

    private static func choices(_ random: inout SplitMix, _ count: Int) -> [FileTree.Choice] {
        var choices: [FileTree.Choice] = [.dropped, .kept]
        for index in 0..<count {
            let page = random.below(2) == 0 ? 512 : 4096
            choices.append(
                index % 3 == 0
                    ? .torn(page: page, boundary: random.below(3)) : .reordered(page: page, seed: random.next()))
        }
        return choices
    }

    @Test("whatever a power cut drops, tears or reorders, what was acknowledged is there, once", arguments: 1...seeds)
    func states(seed: Int) async throws {
        var random = SplitMix(state: UInt64(seed))
        let wanted = Self.stateCount / Self.seeds
        var seen: Set<Int> = []
        while seen.count < wanted {
            let history = try await Self.record(&random)
            var tree = FileTree()
            var acknowledged = 0
            var submitted = 0
            for (place, change) in history.journal.enumerated() {
                tree.apply(change)
                if case .mark(let number) = change {
                    if number > 0 { submitted = number } else { acknowledged = max(acknowledged, -number) }
                }
                for choice in Self.choices(&random, 6) {
                    let files = tree.image(choice)
                    guard seen.insert(Self.digest(files, acknowledged, submitted)).inserted else { continue }
                    let problem = await Self.problem(files, history.models[acknowledged...submitted], seen.count)
                    guard let problem else { continue }
                    Issue.record("seed \(seed), change \(place), \(choice): \(problem)")
                    return
                }
                if seen.count >= wanted { break }
            }
        }
    }

    private static func digest(_ files: [String: [UInt8]], _ acknowledged: Int, _ submitted: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(acknowledged)
        hasher.combine(submitted)
        for path in files.keys.sorted() {
            hasher.combine(path)
            // The closure reads the array that lends it the bytes.
            if let bytes = files[path] { unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) } }
        }
        return hasher.finalize()
    }

    /// What is wrong with a store on `files`, or nil: each eighth one lives on and has a second power cut.
    private static func problem(
        _ files: [String: [UInt8]], _ models: ArraySlice<StoreRows>, _ number: Int
    ) async -> String? {
        do {
            let disk = JournaledDisk(files)
            let store = TimeSeriesStore(disk: disk, settings: settings)
            try store.open()
            var rows = try store.contents()
            guard models.contains(rows) else { return "rows \(rows), expected one of \(models)" }
            guard number % 8 == 0, store.database("db") != nil else { return nil }
            for round in 0..<3 {
                let more = batch(of: [("z", Int64(round), [("a", .float(1))])], &rows)
                _ = try await store.write(more).get()
                if round == 1 { try store.compactAll() }
            }
            for choice in [FileTree.Choice.dropped, .reordered(page: 512, seed: UInt64(number))] {
                let again = TimeSeriesStore(disk: JournaledDisk(disk.image(choice)), settings: settings)
                try again.open()
                let found = try again.contents()
                if found != rows { return "after the second power cut rows \(found), expected \(rows)" }
            }
            return nil
        } catch {
            return "\(error)"
        }
    }
}
