import Bytes
import Dispatch
import FileIO
import SeriesIndex
import SimulatedDisk
import Telemetry
import Testing

@testable import TimeSeriesStore

@Suite("bases of an index")
struct IndexBaseTests {
    /// The index of `index` as it comes back from a file.
    private static func base(
        _ index: SeriesIndex, on disk: JournaledDisk = JournaledDisk(), byteCount: Int = 1
    ) throws -> IndexBase {
        let file = try disk.open("/base", .create)
        try index.writeBase(IndexBase.Origin(byteCount: byteCount, tail: [7]), to: file, of: disk)
        try disk.close(file)
        return try IndexBase(disk.map("/base"))
    }

    /// All that an index can be asked, in a shape that does not hang on how it is laid out.
    private static func answers(_ index: SeriesIndex) -> [String] {
        var answers = ["\(index.seriesCount) of \(index.numberCount), \(index.removedCount) removed"]
        for measurement in index.measurements {
            let name = measurement.name
            let series = index.series(of: name)
            answers.append("\(name): \(series), \(measurement.seriesCount)")
            answers.append("\(measurement.fields.sorted { $0.key < $1.key }) \(measurement.declared.sorted())")
            for number in series {
                let key = Array(index.key(number))
                answers.append("\(String(decoding: key, as: UTF8.self)) \(index.find(key.span) ?? .max)")
            }
            for tag in measurement.tagKeys.sorted() {
                let postings = index.postings(name, tag: tag).sorted { $0.value < $1.value }
                var places: [String] = []
                index.forEachPosting(name, tag: tag) { place, series in
                    places.append("\(index.value(name, tag: tag, at: place)): \(series)")
                }
                var lists: [[UInt32]] = []
                index.forEachValue(name, tag: tag, where: { $0.count > 1 }) { lists.append($0) }
                answers.append("\(tag) \(postings) \(places.sorted()) \(lists.sorted { $0[0] < $1[0] })")
                for (value, series) in postings where index.series(name, tag: tag, value: value) != series {
                    answers.append("\(tag)=\(value) has \(index.series(name, tag: tag, value: value))")
                }
            }
        }
        return answers
    }

    @Test("an index upon a base answers as one without, whatever comes and goes", arguments: 0..<40 as Range<UInt64>)
    func random(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var plain = SeriesIndex()
        var based = SeriesIndex()
        /// A state that is being written while the index goes on, and how many steps that takes.
        var renewal: (index: SeriesIndex, steps: Int)?
        for step in 0..<400 {
            let measurement = ["m", "n m", "o"][random.below(3)]
            switch random.below(12) {
            case 0 where random.below(3) == 0:
                let series = plain.series(of: measurement)
                let isWhole = random.below(6) == 0
                let gone = series.filter { _ in isWhole || random.below(4) == 0 }
                plain.remove(gone, of: measurement)
                based.remove(gone, of: measurement)
            case 1:
                let field = "f\(random.below(5))"
                if plain.fieldKind(measurement, field) == nil {
                    plain.setField(measurement, field, .float)
                    based.setField(measurement, field, .float)
                }
                if random.below(2) == 0 {
                    plain.declare(measurement, field)
                    based.declare(measurement, field)
                }
            case 2 where renewal == nil:
                renewal = (based, random.below(20))
            default:
                var tags = [("a", "x\(random.below(7))")]
                if random.below(2) == 0 { tags.append(("b", "y \(random.below(60))")) }
                if random.below(9) == 0 { tags.append(("c=\(random.below(3))", "z")) }
                let key = SeriesKey.encode(measurement: measurement, tags: tags)
                let given = plain.insert(key.span, measurement: measurement)
                let other = based.insert(key.span, measurement: measurement)
                #expect(given == other)
            }
            if let (index, steps) = renewal {
                renewal = steps == 0 ? nil : (index, steps - 1)
                if steps == 0 {
                    var next = SeriesIndex(try Self.base(index))
                    next.follow(based)
                    based = next
                }
            }
            if step % 40 == 39 { #expect(Self.answers(based) == Self.answers(plain)) }
        }
    }

    @Test("every damaged byte of a base is found, a cut one and another version too")
    func damage() throws {
        var index = SeriesIndex()
        for number in 0..<20 {
            let key = Array("m,a=x\(number % 3),b=y\(number)".utf8)
            _ = index.insert(key.span, measurement: "m")
        }
        let disk = JournaledDisk()
        _ = try Self.base(index, on: disk)
        let bytes = try disk.contents(of: "/base")
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 1 << UInt8(place % 8)
            #expect(throws: CorruptBytes.self, "byte \(place)") { try IndexBase(FileBytes(copying: damaged)) }
        }
        for count in [0, 1, 55, 56, bytes.count - 32, bytes.count - 1] {
            #expect(throws: CorruptBytes.self) { try IndexBase(FileBytes(copying: Array(bytes[..<count]))) }
        }
        var newer = bytes
        newer[bytes.count - 52] = 9
        #expect(throws: CorruptBytes("an index base of version 9")) { try IndexBase(FileBytes(copying: newer)) }
    }

    // MARK: In a store

    private static func store(_ disk: JournaledDisk) throws -> TimeSeriesStore {
        var settings = StoreSettings(directory: "/store")
        settings.indexChangeLimit = 1
        let store = TimeSeriesStore(disk: disk, settings: settings)
        try store.open()
        return store
    }

    private static func write(_ store: TimeSeriesStore, _ series: Range<Int>) async throws {
        var rows: StoreRows = [:]
        let points = series.map { (tag: "\($0)", time: Int64(1), fields: [("v", FieldValue.float(Double($0)))]) }
        _ = try await store.write(batch(of: points, &rows)).get()
    }

    private static func series(_ store: TimeSeriesStore) throws -> [String] {
        try store.withIndex(of: "db") { index in
            index.series(of: "m").map { String(decoding: index.key($0), as: UTF8.self) }
        }
    }

    private static func isUsed(_ store: TimeSeriesStore) throws -> Bool {
        try store.withIndex(of: "db") { $0.baseNumberCount > 0 }
    }

    @Test("a start reads the base and what the index file has behind it")
    func start() async throws {
        let disk = JournaledDisk()
        var store = try Self.store(disk)
        try store.createDatabase("db")
        try await Self.write(store, 0..<50)
        try store.compactAll()
        #expect(try Self.isUsed(store))
        try await Self.write(store, 50..<53)
        try store.compactAll()
        let expected = (0..<53).map { "m,t=\($0)" }
        #expect(try Self.series(store) == expected)
        try store.close()
        store = try Self.store(disk)
        #expect(try Self.isUsed(store))
        #expect(try Self.series(store) == expected)
        try store.close()
    }

    @Test("a base that is damaged, missing or of another index file is not used, and nothing is lost")
    func refused() async throws {
        let disk = JournaledDisk()
        var store = try Self.store(disk)
        try store.createDatabase("db")
        try await Self.write(store, 0..<50)
        try store.compactAll()
        try store.close()
        let path = "/store/databases/1/series.base"
        let base = try disk.contents(of: path)
        var damaged = base
        damaged[100] ^= 4
        var other = SeriesIndex()
        for number in 0..<50 { _ = other.insert(Array("m,t=\(number + 100)".utf8).span, measurement: "m") }
        _ = try Self.base(other, on: disk, byteCount: 100)
        for content in [damaged, try disk.contents(of: "/base")] {
            try disk.replace(path, with: content, in: "/store/databases/1")
            store = try Self.store(disk)
            #expect(try !Self.isUsed(store))
            #expect(try Self.series(store) == (0..<50).map { "m,t=\($0)" })
            // It is made again by itself.
            store.maintain(now: 0)
            store.waitForCommits()
            store.maintenance.sync {}
            #expect(try Self.isUsed(store))
            #expect(try Self.series(store) == (0..<50).map { "m,t=\($0)" })
            try store.close()
        }
        try disk.remove(path)
        store = try Self.store(disk)
        #expect(try !Self.isUsed(store))
        #expect(try Self.series(store).count == 50)
        try store.close()
    }

    @Test("keys that no index file has count towards a flush")
    func pendingKeys() async throws {
        var settings = StoreSettings(directory: "/store")
        settings.memoryByteLimit = 20_000
        let store = TimeSeriesStore(disk: JournaledDisk(), settings: settings)
        try store.open()
        try store.createDatabase("db")
        let long = String(repeating: "k", count: 1_000)
        var rows: StoreRows = [:]
        for number in 0..<30 {
            let points = [(tag: "\(long)\(number)", time: Int64(1), fields: [("v", FieldValue.float(1))])]
            _ = try await store.write(batch(of: points, &rows)).get()
        }
        store.maintenance.sync {}
        #expect(store.counters.flushes > 0)
        try store.close()
    }

    @Test("a start that finds more in the log than may be held takes writes again after a flush")
    func smallerLimit() async throws {
        let disk = JournaledDisk()
        var store = TimeSeriesStore(disk: disk, settings: StoreSettings(directory: "/store"))
        try store.open()
        try store.createDatabase("db")
        try await Self.write(store, 0..<200)
        try store.close()
        var settings = StoreSettings(directory: "/store")
        settings.memoryByteLimit = 1_000
        store = TimeSeriesStore(disk: disk, settings: settings)
        try store.open()
        await #expect(throws: FrameError.self) { try await Self.write(store, 200..<201) }
        store.maintenance.sync {}
        try await Self.write(store, 200..<201)
        #expect(try Self.series(store).count == 201)
        try store.close()
    }
}
