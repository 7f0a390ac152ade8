import FileIO
import SimulatedDisk
import Telemetry
import Testing
import TimeSeriesStore
import WriteAheadLog

/// One scripted history, run again and again: each time another call of the disk fails, once or from then on.
@Suite("Disk faults")
struct DiskFaultTests {
    private static let hour: Int64 = 3_600_000_000_000

    private static var settings: StoreSettings {
        var settings = StoreSettings(directory: "/store")
        settings.indexChangeLimit = 1
        settings.memoryByteLimit = 4_000
        settings.logFileByteCount = 700
        settings.logRetention = 0
        settings.logRetentionByteLimit = 0
        return settings
    }

    /// What may be found of each tag: the values of field `a` that its one row may have, nil for no row.
    private struct Expectation {
        var values: [String: Set<Double?>] = [:]

        /// An operation came to an end: what is acknowledged is so, what was refused may be so.
        mutating func note(_ tag: String, _ value: Double?, isAcknowledged: Bool) {
            values[tag] = isAcknowledged ? [value] : values[tag, default: [nil]].union([value])
        }

        func problem(_ rows: StoreRows) -> String? {
            for (tag, allowed) in values {
                var value: Double?
                if case .float(let found) = rows[tag]?[0]?["a"] { value = found }
                if !allowed.contains(value) {
                    return "\(tag) is \(value.map { "\($0)" } ?? "absent"), allowed \(allowed)"
                }
            }
            let unknown = rows.keys.filter { values[$0] == nil }
            return unknown.isEmpty ? nil : "invented: \(unknown)"
        }
    }

    private enum Step {
        case write([String], Double), deleteRows(String), deleteSeries(String), compact, maintain, read
    }

    private static let script: [Step] = [
        .write(["a", "b"], 1), .write(["c"], 2), .compact, .write(["a", "d"], 3), .deleteRows("b"), .write(["e"], 4),
        .maintain, .compact, .deleteSeries("c"), .write(["c", "f", "g", "h"], 5), .read, .compact, .write(["b"], 6),
        .compact, .maintain, .write(["a"], 7), .write(["i"], 8), .write(["j"], 9), .write(["k"], 10), .read,
    ]

    private static func run(
        _ store: TimeSeriesStore, _ expectation: inout Expectation, refused: inout [FrameError]
    ) async -> String? {
        for step in script {
            switch step {
            case .write(let tags, let value):
                var rows: StoreRows = [:]
                let result = await store.write(batch(of: tags.map { ($0, 0, [("a", .float(value))]) }, &rows))
                var isAcknowledged = true
                if case .failure(let error) = result {
                    refused.append(error)
                    isAcknowledged = false
                }
                for tag in tags { expectation.note(tag, value, isAcknowledged: isAcknowledged) }
            case .deleteRows(let tag), .deleteSeries(let tag):
                var isAcknowledged = true
                do {
                    let target = Deletion.Target(measurement: "m", keys: [Array("m,t=\(tag)".utf8)])
                    if case .deleteRows = step {
                        try store.delete(.rows(-1...1, [target]), from: "db")
                    } else {
                        try store.delete(.series([target]), from: "db")
                    }
                } catch {
                    refused.append(error)
                    isAcknowledged = false
                }
                expectation.note(tag, nil, isAcknowledged: isAcknowledged)
            case .compact: _ = try? store.compactAll()  // It may fail; the rows may not.
            case .maintain:
                store.maintain(now: 1)
                store.waitForCommits()
            case .read:
                // A read that is refused is no wrong answer.
                if let rows = try? store.contents(), let problem = expectation.problem(rows) { return problem }
            }
        }
        return nil
    }

    private static func opened(_ disk: JournaledDisk) throws -> TimeSeriesStore {
        let store = TimeSeriesStore(disk: disk, settings: settings)
        try store.open()
        return store
    }

    private static func problem(_ fault: DiskFault) async -> String? {
        let disk = JournaledDisk()
        disk.show(fault)
        do {
            var expectation = Expectation()
            var refused: [FrameError] = []
            let first = Result { try opened(disk) }
            let store: TimeSeriesStore
            if case .success(let opened) = first {
                store = opened
            } else {
                disk.show(nil)
                store = try opened(disk)
            }
            do {
                try store.createDatabase("db", policy: ("p", 0, hour))
            } catch {
                disk.show(nil)
                try store.createDatabase("db", policy: ("p", 0, hour))
            }
            if let problem = await run(store, &expectation, refused: &refused) { return problem }
            let kind = disk.calls.indices.contains(fault.call) ? disk.calls[fault.call] : ""
            if fault.errno == 28, kind == "append", let error = refused.first(where: { $0.code != .diskFull }) {
                return "a full disk was told as \(error)"
            }
            disk.show(nil)
            let isBroken = store.writeFailure?.code == .logFailed
            if let problem = expectation.problem(try store.contents()) { return "with the disk well again: \(problem)" }
            var rows: StoreRows = [:]
            let after = await store.write(batch(of: [("after", 0, [("a", .float(11))])], &rows))
            if case .success = after {
                if isBroken { return "acknowledged after a failed fsync" }
                expectation.note("after", 11, isAcknowledged: true)
                try store.compactAll()
                if store.writeFailure != nil { return "no recovery: \(String(describing: store.writeFailure))" }
            } else {
                if !isBroken { return "no recovery: \(after)" }
                expectation.note("after", 11, isAcknowledged: false)
            }
            // The log's file, and what is left of the segments.
            if disk.openCount > 1 + store.counters.segmentCount { return "\(disk.openCount) descriptors are open" }
            for choice in [FileTree.Choice.dropped, .kept, .reordered(page: 512, seed: UInt64(fault.call))] {
                let next = JournaledDisk(disk.image(choice))
                var later = expectation
                let again = try opened(next)
                if let problem = later.problem(try again.contents()) { return "after \(choice): \(problem)" }
                _ = try await again.write(batch(of: [("last", 0, [("a", .float(12))])], &rows)).get()
                later.note("last", 12, isAcknowledged: true)
                try again.compactAll()
                if let problem = later.problem(try opened(JournaledDisk(next.image(.dropped))).contents()) {
                    return "after \(choice) and more: \(problem)"
                }
            }
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "whichever call fails, once or from then on, no acknowledged row is lost and none comes up from nowhere",
        arguments: [5, 28, 24] as [Int32], [false, true])
    func everyCall(errno: Int32, isLasting: Bool) async throws {
        let disk = JournaledDisk()
        var (expectation, refused) = (Expectation(), [FrameError]())
        let store = try Self.opened(disk)
        try store.createDatabase("db", policy: ("p", 0, Self.hour))
        #expect(await Self.run(store, &expectation, refused: &refused) == nil)
        #expect(refused.isEmpty)
        #expect(expectation.problem(try store.contents()) == nil)
        let count = disk.calls.count
        #expect(count > 150)
        for call in 0..<count {
            let fault = DiskFault(call: call, errno: errno, isLasting: isLasting)
            if let problem = await Self.problem(fault) {
                Issue.record("errno \(errno), lasting \(isLasting), call \(call) (\(disk.calls[call])): \(problem)")
            }
        }
    }
}
