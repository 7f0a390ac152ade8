import Bytes
import Catalog
import Segments
import SeriesIndex
import SimulatedDisk
import Telemetry
import Testing
import TimeSeriesStore
import WriteAheadLog

@Suite("Deletions")
struct DeletionTests {
    private static let hour: Int64 = 3_600_000_000_000

    private func open(_ disk: SimulatedDisk) throws -> TimeSeriesStore {
        let store = TimeSeriesStore(disk: disk, settings: StoreSettings(directory: "/store"))
        try store.open()
        return store
    }

    private func write(_ store: TimeSeriesStore, _ tag: String, _ times: [Int64], arrival: Int64 = 0) async throws {
        var batch = FrameBatch(database: "db", arrival: arrival)
        for time in times {
            batch.append(measurement: "m", tags: [("t", tag)], fields: [("v", .float(Double(time)))], timestamp: time)
        }
        batch.seal()
        let sealed = batch
        _ = try await withCheckedContinuation { done in store.submit(sealed) { done.resume(returning: $0) } }.get()
    }

    private func series(_ store: TimeSeriesStore) throws -> [String] {
        try store.withIndex(of: "db") { index in
            index.series(of: "m").map { String(decoding: index.key($0), as: UTF8.self) }
        }
    }

    private func times(_ store: TimeSeriesStore) throws -> [Int64] {
        let series = try store.withIndex(of: "db") { $0.series(of: "m") }
        var found: [Int64] = []
        let snapshot = try store.snapshot(database: "db", policy: nil, measurements: ["m"], times: .min ... .max)
        try snapshot.scan(measurement: "m", series: series[...], times: .min ... .max, fields: [("v", .float)]) {
            _, slices, _ in
            for slice in slices { found += slice.times[slice.rows] }
        }
        return found.sorted()
    }

    private func target(_ tag: String) -> Deletion.Target {
        Deletion.Target(measurement: "m", keys: [Array("m,t=\(tag)".utf8)])
    }

    @Test("a range goes from memory and segments alike, stays gone after a restart, and may be written anew")
    func range() async throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.createDatabase("db")
        try await write(store, "a", Array(0..<2000))
        try store.compactAll()
        try await write(store, "a", [2000, 2001])
        try store.delete(.rows(500...2000, [target("a")]), from: "db")
        #expect(try times(store) == Array(0..<500) + [2001])
        try await write(store, "a", [600])
        #expect(try times(store) == Array(0..<500) + [600, 2001])
        let again = try open(disk.crash())
        #expect(try times(again) == Array(0..<500) + [600, 2001])
        try again.compactAll()
        #expect(try times(again) == Array(0..<500) + [600, 2001])
        #expect(try times(try open(disk.crash())) == Array(0..<500) + [600, 2001])
    }

    @Test("a merge gives back the space of what is deleted, and the tombstone with it")
    func space() async throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.createDatabase("db")
        for tag in ["a", "b"] { try await write(store, tag, (0..<5000).map { $0 * $0 * 7919 % 1_000_003 }) }
        try store.compactAll()
        let before = store.counters.segmentByteCount
        try store.delete(.rows(.min ... .max, [target("a")]), from: "db")
        #expect(store.database("db")?.tombstones.count == 1)
        try store.compactAll()
        #expect(store.counters.segmentByteCount < before * 6 / 10)
        #expect(store.database("db")?.tombstones.isEmpty == true)
        try store.delete(.series([Deletion.Target(measurement: "m", keys: nil)]), from: "db")
        try store.compactAll()
        #expect(store.counters.segmentCount == 0)
        #expect(store.counters.seriesCount == 0)
    }

    @Test("a series that is removed leaves every list, and comes back without its old rows")
    func wholeSeries() async throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.createDatabase("db")
        try await write(store, "a", [1, 2])
        try await write(store, "b", [1])
        try store.compactAll()
        try store.delete(.series([target("a")]), from: "db")
        #expect(try series(store) == ["m,t=b"])
        try store.withIndex(of: "db") { #expect($0.postings("m", tag: "t").map(\.value) == ["b"]) }
        try await write(store, "a", [3])
        #expect(try times(store) == [1, 3])
        for store in [try open(disk.crash()), store] {
            #expect(try times(store) == [1, 3])
            try store.compactAll()
            #expect(try times(store) == [1, 3])
        }
        try store.delete(.series([target("a"), target("b")]), from: "db")
        try store.withIndex(of: "db") { #expect($0.measurements.isEmpty) }
    }

    @Test("a series without a row left is forgotten; one that is written in between stays")
    func forgotten() async throws {
        let store = try open(SimulatedDisk())
        try store.createDatabase("db")
        try await write(store, "a", [1])
        try await write(store, "b", [1, 2])
        let candidates = try store.withIndex(of: "db") { $0.series(of: "m") }
        try store.delete(.rows(1...1, [Deletion.Target(measurement: "m", keys: nil)]), from: "db")
        try store.forgetEmpty(["m": candidates], of: "db")
        #expect(try series(store) == ["m,t=b"])
        // The number of the old series a is nobody's: the new one must not go with it.
        try await write(store, "a", [5])
        try store.forgetEmpty(["m": candidates], of: "db")
        #expect(try series(store) == ["m,t=b", "m,t=a"])
    }

    @Test("a shard that is dropped stays gone after a replay, and its series with it; retention does the same")
    func shards() async throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.createDatabase("db", policy: ("p", 0, Self.hour))
        try await write(store, "a", [1, 2])
        try store.compactAll()
        try await write(store, "a", [3])
        try await write(store, "b", [5 * Self.hour])
        #expect(store.shards.map(\.number) == [1, 2])
        let candidates = try store.series(of: store.shards[0])
        try store.delete(.shard(policy: store.shards[0].policyNumber, start: 0), from: "db")
        try store.forgetEmpty(candidates, of: "db")
        for store in [store, try open(disk.crash())] {
            #expect(try times(store) == [5 * Self.hour])
            #expect(try series(store) == ["m,t=b"])
            #expect(store.shards.map(\.number) == [2])
        }
        try await write(store, "a", [7])
        #expect(store.shards.map(\.number) == [3, 2])
        try store.alterPolicy("p", on: "db", duration: Self.hour, shardDuration: nil, replication: nil, isDefault: true)
        store.maintain(now: 4 * Self.hour)
        try store.compactAll()
        #expect(try series(store) == ["m,t=b"])
    }

    @Test("a database that is not there is named")
    func unknown() throws {
        let store = try open(SimulatedDisk())
        #expect(throws: FrameError(.databaseNotFound, "database not found: nope")) {
            try store.delete(.series([]), from: "nope")
        }
    }

    @Test(
        "a deletion comes out of the log as it went in",
        arguments: [
            Deletion.rows(-5...7, [.init(measurement: "m", keys: nil), .init(measurement: "n", keys: [[1, 2], []])]),
            .series([.init(measurement: "m", keys: [[9]])]), .shard(policy: 3, start: -77),
        ])
    func record(_ deletion: Deletion) throws {
        let record = LogRecord.deletion(database: 12, deletion)
        let bytes = record.encode()
        #expect(try LogRecord(kind: 4, payload: bytes) == record)
        for end in 0..<bytes.count {
            #expect(throws: CorruptBytes.self) { try LogRecord(kind: 4, payload: Array(bytes[..<end])) }
        }
    }

    @Test("the manifest keeps tombstones and shard numbers, and one of version 1 is read")
    func manifest() throws {
        var manifest = Manifest()
        var entry = DatabaseEntry(number: 1, name: "db", defaultPolicy: "p", policies: [])
        entry.tombstones = [
            Tombstone(limit: 9, deletion: RowDeletion(measurement: "m", series: [3, 70, 71], times: -1...5)),
            Tombstone(limit: 4, deletion: RowDeletion(measurement: "n", series: nil, times: .min ... .max)),
        ]
        entry.shards = [ShardNumber(number: 2, policy: 1, start: -3)]
        manifest.databases = [entry]
        manifest.nextShard = 3
        #expect(try Manifest(manifest.encode()) == manifest)
        // Version 1: numbers 1, 1, 1, flushed position 0, no database.
        let content: [UInt8] = [1, 1, 1, 0, 0]
        var old: [UInt8] = Array("V2GM".utf8)
        old.appendLittleEndian(UInt32(1))
        old.appendLittleEndian(CRC32C.checksum(content))
        old.appendLittleEndian(UInt32(content.count))
        #expect(try Manifest(old + content) == Manifest())
    }

    @Test("a few series and many are taken out of the lists alike", arguments: [[3], [3, 64, 999], Array(0...700)])
    func index(_ gone: [UInt32]) {
        var index = SeriesIndex()
        for number in 0..<1000 {
            let key = Array("m,a=x\(number % 7),b=y\(number)".utf8)
            _ = index.insert(key.span, measurement: "m")
        }
        index.remove(gone, of: "m")
        let left = (0..<1000).map { UInt32($0) }.filter { !gone.contains($0) }
        #expect(index.series(of: "m") == left)
        #expect(index.seriesCount == left.count)
        #expect(index.postings("m", tag: "b").flatMap(\.series).sorted() == left)
        #expect(index.postings("m", tag: "a").flatMap(\.series).sorted() == left)
        #expect(index.series("m", tag: "b", value: "y3").isEmpty)
        let (number, isNew) = index.insert(Array("m,a=x3,b=y3".utf8).span, measurement: "m")
        #expect(number == 1000 && isNew)
        #expect(index.series("m", tag: "a", value: "x3").last == 1000)
    }

    @Test("keys taken out of a table are not found, the others are, and a key that comes again gets a new number")
    func table() {
        var table = ByteKeyTable(capacity: 4)
        for number in 0..<1000 { _ = table.insert(Array("key\(number)".utf8).span) }
        for number in 0..<1000 where number % 3 == 0 { table.remove(number) }
        for number in 0..<1000 {
            #expect(table.find(Array("key\(number)".utf8).span) == (number % 3 == 0 ? nil : number))
        }
        table.remove(0)
        let (number, isNew) = table.insert(Array("key0".utf8).span)
        #expect(number == 1000 && isNew)
        for number in 2000..<6000 { _ = table.insert(Array("key\(number)".utf8).span) }
        #expect(table.find(Array("key3".utf8).span) == nil)
        #expect(table.find(Array("key0".utf8).span) == 1000)
    }
}
