import Catalog
import Codecs
import FileIO
import Segments
import SeriesIndex
import SimulatedDisk
import Telemetry
import Testing
import TimeSeriesStore
import WriteAheadLog

private let second: Int64 = 1_000_000_000

@Suite("Time series store")
struct TimeSeriesStoreTests {
    private func open(
        _ disk: SimulatedDisk, memory: Int = 256 << 20, configure: (inout StoreSettings) -> Void = { _ in }
    ) throws -> TimeSeriesStore {
        var settings = StoreSettings(directory: "/store")
        settings.memoryByteLimit = memory
        configure(&settings)
        let store = TimeSeriesStore(disk: disk, settings: settings)
        try store.open()
        return store
    }

    private func write(
        _ store: TimeSeriesStore, _ points: [(tag: String, time: Int64, fields: [(String, FieldValue)])],
        arrival: Int64 = 2_000_000_000 * second
    ) async -> Result<StoredBatch, FrameError> {
        var batch = FrameBatch(database: "db", arrival: arrival)
        for point in points {
            batch.append(measurement: "m", tags: [("t", point.tag)], fields: point.fields, timestamp: point.time)
        }
        batch.seal()
        let sealed = batch
        return await withCheckedContinuation { continuation in
            store.submit(sealed) { continuation.resume(returning: $0) }
        }
    }

    /// Every row of measurement m as text, `tag time field=value …`.
    private func rows(_ store: TimeSeriesStore, times: ClosedRange<Int64> = .min ... .max) throws -> [String] {
        let (series, fields, tags) = try store.withIndex(of: "db") { index in
            let measurement = index.measurement("m")
            let series = index.series(of: "m")
            let fields = (measurement?.fields ?? [:]).map { (name: $0.key, kind: $0.value) }.sorted {
                $0.name < $1.name
            }
            return (series, fields, series.map { index.tags($0).first?.1 ?? "" })
        }
        let names = Dictionary(uniqueKeysWithValues: zip(series, tags))
        var result: [String] = []
        let snapshot = try store.snapshot(database: "db", policy: nil, measurements: ["m"], times: times)
        try snapshot.scan(measurement: "m", series: series[...], times: times, fields: fields) { place, slices, _ in
            for slice in slices {
                for row in slice.rows {
                    let values = slice.columns.compactMap { column in
                        column.flatMap { column in column[row].map { "\(column.name)=\($0)" } }
                    }
                    result.append(
                        "\(names[series[place]] ?? "?") \(slice.times[row]) \(values.joined(separator: " "))")
                }
            }
        }
        return result.sorted()
    }

    @Test("a later write to the same series and time replaces per field, in memory, across flushes and after a merge")
    func overwrites() async throws {
        let store = try open(SimulatedDisk())
        try store.createDatabase("db")
        _ = await write(store, [("a", 1, [("x", .float(1)), ("y", .integer(1))]), ("a", 2, [("x", .float(2))])])
        try store.compactAll()
        _ = await write(store, [("a", 1, [("x", .float(9))]), ("a", 0, [("s", .string("early"))])])
        let expected = [
            "a 0 s=string(\"early\")", "a 1 x=float(9.0) y=integer(1)", "a 2 x=float(2.0)",
        ]
        #expect(try rows(store) == expected)
        try store.compactAll()
        #expect(try rows(store) == expected)
        #expect(store.counters.segmentCount == 1)
        #expect(try rows(store, times: 1...1) == [expected[1]])
    }

    @Test("what was acknowledged is there after a power cut, whatever was torn", arguments: [0, 1, 7, 100])
    func powerCut(torn: Int) async throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.createDatabase("db")
        for index in 0..<20 { _ = await write(store, [("a", Int64(index), [("x", .float(Double(index)))])]) }
        let reopened = try open(disk.crash(torn: torn))
        #expect(try rows(reopened).count == 20)
        _ = await write(reopened, [("b", 1, [("x", .float(0.5))])])
        #expect(try rows(reopened).count == 21)
    }

    @Test("a start reads the manifest and the log; flushed and unflushed rows are each there once")
    func reopen() async throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.createDatabase("db")
        _ = await write(store, [("a", 1, [("x", .float(1))]), ("b", 700_000 * second, [("x", .float(2))])])
        try store.compactAll()
        _ = await write(store, [("c", 2, [("x", .float(3))])])
        let before = try rows(store)
        #expect(before.count == 3)
        try store.close()
        for _ in 0..<2 {
            let again = try open(disk.crash())
            #expect(try rows(again) == before)
            try again.close()
        }
    }

    @Test("a failed fsync withholds the acknowledgement and is not tried again and trusted")
    func failedSync() async throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.createDatabase("db")
        _ = await write(store, [("a", 1, [("x", .float(1))])])
        disk.failSync(5)
        let failed = await write(store, [("a", 2, [("x", .float(2))])])
        #expect(throws: FrameError.self) { try failed.get() }
        disk.failSync(nil)
        let after = await write(store, [("a", 3, [("x", .float(3))])])
        guard case .failure(let error) = after else {
            Issue.record("a write after a failed fsync was acknowledged"); return
        }
        #expect(error.code == .logFailed)
        #expect(try rows(try open(disk.crash())) == ["a 1 x=float(1.0)"])
    }

    @Test("a full disk refuses with ERR_DISK_FULL, reads go on, and writes work again once there is room")
    func fullDisk() async throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.createDatabase("db")
        _ = await write(store, [("a", 1, [("x", .float(1))])])
        disk.failAppend(28)
        let full = await write(store, [("a", 2, [("x", .float(2))])])
        guard case .failure(let error) = full else { Issue.record("a full disk acknowledged"); return }
        #expect(error.code == .diskFull && error.detail.hasPrefix("ERR_DISK_FULL"))
        #expect(try rows(store) == ["a 1 x=float(1.0)"])
        disk.failAppend(nil)
        let recovered = await write(store, [("a", 3, [("x", .float(3))])])
        #expect(throws: Never.self) { try recovered.get() }
        #expect(store.writeFailure == nil)
        let after = try open(disk.crash(torn: 1000))
        #expect(try rows(after) == ["a 1 x=float(1.0)", "a 3 x=float(3.0)"])
    }

    @Test("a flipped byte in the log is refused by name when good records follow, never skipped in silence")
    func corruptLog() async throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.createDatabase("db")
        for index in 0..<5 { _ = await write(store, [("a", Int64(index), [("x", .float(1))])]) }
        let damaged = disk.crash()
        let path = try #require(damaged.paths.first { $0.hasSuffix(".log") })
        damaged.flip(path, at: 60)
        #expect(throws: LogError.self) { try open(damaged) }
    }

    @Test("a flipped byte anywhere in a segment is found: an error that names the file, never a wrong row")
    func corruptSegment() async throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.createDatabase("db")
        _ = await write(
            store, (0..<40).map { ("a", Int64($0), [("x", .float(Double($0) / 10)), ("s", .string("q\($0 % 3)"))]) })
        try store.compactAll()
        let expected = try rows(store)
        let path = try #require(disk.paths.first { $0.hasSuffix(".segment") })
        for index in 8..<disk.size(of: path) {
            let damaged = disk.crash()
            damaged.flip(path, at: index)
            let reopened = try open(damaged)
            do {
                #expect(try rows(reopened) == expected, "byte \(index)")
                Issue.record("byte \(index) was not noticed")
            } catch let error as SegmentError {
                #expect(error.path == path)
                #expect(reopened.quarantine.count == 1)
            }
        }
    }

    @Test("a field keeps its type: the rows that differ are dropped and named as InfluxDB does, the others stored")
    func typeConflict() async throws {
        let store = try open(SimulatedDisk())
        try store.createDatabase("db")
        _ = await write(store, [("a", 1, [("x", .float(1))])])
        let result = await write(store, [("a", 2, [("x", .string("no"))]), ("a", 3, [("x", .float(3))])])
        let receipt = try result.get().receipt
        #expect(receipt.droppedRowCount == 1)
        #expect(
            receipt.firstRefusal?.detail
                == "field type conflict: input field \"x\" on measurement \"m\" is type string, already exists as type float"
        )
        #expect(try rows(store) == ["a 1 x=float(1.0)", "a 3 x=float(3.0)"])
    }

    @Test("what is asked for as one comes as statistics; what another source overlaps, or a time cuts, comes as rows")
    func summaries() async throws {
        let store = try open(SimulatedDisk())
        try store.createDatabase("db")
        let rows = (0..<1000).map { (time: Int64($0) * second, fields: [("x", FieldValue.float(Double($0)))]) }
        for tag in ["a", "b", "c"] { _ = await write(store, rows.map { (tag, $0.time, $0.fields) }) }
        try store.compactAll()
        _ = await write(store, [("b", 500 * second, [("x", .float(-7))]), ("c", 1000 * second, [("x", .float(-8))])])
        func scan(_ times: ClosedRange<Int64>, isWhole: Bool) throws -> [String] {
            var found: [String] = []
            let series = try store.withIndex(of: "db") { $0.series(of: "m") }
            let request = SummaryRequest(wantsRowTimes: true, fullFields: []) { _ in isWhole }
            try store.snapshot(database: "db", policy: nil, measurements: ["m"], times: times).scan(
                measurement: "m", series: series[...], times: times, fields: [("x", .float)], summary: request
            ) { place, slices, summaries in
                let sums = summaries.map { summary in
                    let statistics = summary.columns[0]
                    let last = summary.time(of: statistics?.maximumRow ?? 0) / second
                    return "\(statistics?.presentCount ?? 0) to \(last)"
                }
                found.append("\(place): \(slices.map(\.rows.count)) \(sums)")
            }
            return found
        }
        #expect(
            try scan(.min ... .max, isWhole: true) == [
                "0: [] [\"1000 to 999\"]", "1: [1000] []", "2: [1] [\"1000 to 999\"]",
            ])
        #expect(try scan(.min ... .max, isWhole: false).map { $0.suffix(2) } == ["[]", "[]", "[]"])
        #expect(try scan(0...(998 * second), isWhole: true) == ["0: [999] []", "1: [999] []", "2: [999] []"])
    }

    @Test("a vector that no row of passes a condition is let be, unless another source may have changed its rows")
    func exclusions() async throws {
        let store = try open(SimulatedDisk())
        try store.createDatabase("db")
        let rows = (0..<1000).map { (time: Int64($0) * second, fields: [("x", FieldValue.float(Double($0)))]) }
        for tag in ["a", "b", "c"] { _ = await write(store, rows.map { (tag, $0.time, $0.fields) }) }
        try store.compactAll()
        _ = await write(store, [("b", 500 * second, [("x", .float(2000))]), ("c", 1000 * second, [("x", .float(1))])])
        func scan(above limit: Double) throws -> [String] {
            var found: [String] = []
            let series = try store.withIndex(of: "db") { $0.series(of: "m") }
            let exclusion = VectorExclusion(field: 0) { Double(bitPattern: $0.maximum) <= limit }
            try store.snapshot(database: "db", policy: nil, measurements: ["m"], times: .min ... .max).scan(
                measurement: "m", series: series[...], times: .min ... .max, fields: [("x", .float)],
                summary: SummaryRequest(exclusions: [exclusion])
            ) { place, slices, summaries in
                #expect(summaries.isEmpty)
                found.append("\(place): \(slices.map(\.rows.count))")
            }
            return found
        }
        #expect(try scan(above: 998) == ["0: [1000]", "1: [1000]", "2: [1000, 1]"])
        #expect(try scan(above: 999) == ["1: [1000]", "2: [1]"])
    }

    @Test("a declared float takes whole numbers: beside floats, after a restart, and in a database that was made again")
    func declared() async throws {
        func configure(_ settings: inout StoreSettings) {
            settings.declarations = [.init(database: "db", measurement: "m", field: "x", kind: .float)]
        }
        let disk = SimulatedDisk()
        let store = try open(disk, configure: configure)
        try store.createDatabase("db")
        _ = await write(store, [("a", 1, [("x", .integer(0))]), ("a", 2, [("x", .float(0.5))])])
        let first = ["a 1 x=float(0.0)", "a 2 x=float(0.5)"]
        #expect(try rows(store) == first)
        let again = try open(disk.crash(), configure: configure)
        #expect(try rows(again) == first)
        _ = await write(again, [("a", 3, [("x", .integer(3))])])
        #expect(try rows(again) == first + ["a 3 x=float(3.0)"])
        try again.dropDatabase("db")
        try again.createDatabase("db")
        _ = await write(again, [("a", 4, [("x", .integer(4))]), ("a", 5, [("x", .float(0.5))])])
        #expect(try rows(again) == ["a 4 x=float(4.0)", "a 5 x=float(0.5)"])
    }

    @Test("retention drops whole shards and refuses points that are too old")
    func retention() async throws {
        let store = try open(SimulatedDisk())
        let hour = 3600 * second
        try store.createDatabase("db", policy: ("day", 24 * hour, hour))
        let now = 1000 * hour
        _ = await write(
            store, [("a", now - 23 * hour, [("x", .float(1))]), ("a", now, [("x", .float(2))])], arrival: now)
        try store.compactAll()
        let late = await write(store, [("a", now - 30 * hour, [("x", .float(0))])], arrival: now)
        #expect(try late.get().receipt.firstRefusal?.code == .beyondRetention)
        store.maintain(now: now + 2 * hour)
        try store.compactAll()
        #expect(try rows(store) == ["a \(now) x=float(2.0)"])
        #expect(store.counters.shardsExpired == 1)
    }

    @Test("a database that was dropped and made again is empty, also after a replay of the log")
    func dropAndRemake() async throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.createDatabase("db")
        _ = await write(store, [("a", 1, [("x", .float(1))])])
        try store.dropDatabase("db")
        try store.createDatabase("db")
        #expect(try rows(store).isEmpty)
        #expect(try rows(try open(disk.crash())).isEmpty)
    }

    @Test("a failed fsync of a filled log file is not tried again and trusted either")
    func failedSyncAtRotation() async throws {
        let disk = SimulatedDisk()
        let store = try open(disk) { $0.logFileByteCount = 1 }
        try store.createDatabase("db")
        _ = await write(store, [("a", 1, [("x", .float(1))])])
        disk.failSync(5)
        let failed = await write(store, [("a", 2, [("x", .float(2))])])
        #expect(throws: FrameError.self) { try failed.get() }
        disk.failSync(nil)
        guard case .failure(let error) = await write(store, [("a", 3, [("x", .float(3))])]) else {
            Issue.record("a write after a failed fsync was acknowledged")
            return
        }
        #expect(error.code == .logFailed)
    }

    @Test(
        "a database that is dropped and made again while its rows are flushed gets none of the old one's index or rows")
    func dropDuringFlush() async throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.createDatabase("db")
        _ = await write(store, [("a", 1, [("x", .float(1))])])
        disk.onOpen { path in
            // The entries for the index file have been taken from the old database by now.
            guard path.hasSuffix("series.index") else { return }
            disk.onOpen(nil)
            do {
                try store.dropDatabase("db")
                try store.createDatabase("db")
            } catch {
                Issue.record(error)
            }
        }
        try? store.compactAll()  // The flush of a dropped database may fail; what it leaves is what counts.
        _ = await write(store, [("b", 2, [("x", .float(2))])])
        try store.compactAll()
        #expect(try rows(store) == ["b 2 x=float(2.0)"])
        #expect(try rows(try open(disk.crash())) == ["b 2 x=float(2.0)"])
    }

    @Test("a queue that is full refuses at once with overloaded")
    func overload() async throws {
        let store = try open(SimulatedDisk()) { $0.queueByteLimit = 1 }
        try store.createDatabase("db")
        var batch = FrameBatch(database: "db", arrival: 0)
        batch.append(measurement: "m", tags: [], fields: [("x", .float(1))], timestamp: 1)
        batch.seal()
        let sealed = batch
        let refused: Int = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    let result = await withCheckedContinuation { continuation in
                        store.submit(sealed) { continuation.resume(returning: $0) }
                    }
                    if case .failure(let error) = result { return error.code == .overloaded }
                    return false
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(refused < 200)
        #expect(store.counters.batchesShed == refused)
    }
}
