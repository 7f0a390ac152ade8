import FileIO
import Segments
import SimulatedDisk
import Telemetry
import Testing
import TimeSeriesStore
import WriteAheadLog

@Suite("Flipped bits")
struct BitFlipTests {
    /// What a store says of damaged files.
    private enum Outcome: Equatable {
        case refused(String)
        case quarantined(String)
        /// The end of the log was cut off, and the rows are those of before.
        case cut(StoreRows)
        case rows(StoreRows)
    }

    private static let settings = {
        var settings = StoreSettings(directory: "/store")
        settings.indexChangeLimit = 1
        return settings
    }()

    /// A store with a segment, an index, its base, a manifest with a tombstone, and a log with three records behind the segment.
    private static func files() async throws -> (files: [String: [UInt8]], models: [StoreRows]) {
        let disk = JournaledDisk()
        let store = TimeSeriesStore(disk: disk, settings: settings)
        try store.open()
        try store.createDatabase("db")
        var rows: StoreRows = [:]
        var points: [(tag: String, time: Int64, fields: [(String, FieldValue)])] = []
        for row in 0..<40 {
            let number = FieldValue.float(Double(row * row % 17) / 10)
            let fields: [(String, FieldValue)] = [
                ("a", number), ("b", .boolean(row % 3 == 0)), ("c", .integer(Int64(row * 7 % 5))),
                ("s", .string("text \(row % 3)")),
            ]
            points.append(("s\(row % 2)", Int64(row) * 1_000_000_000, fields))
        }
        _ = try await store.write(batch(of: points, &rows)).get()
        try store.compactAll()
        try store.delete(.rows(0...1_000_000_000, [.init(measurement: "m", keys: nil)]), from: "db")
        for tag in rows.keys { rows[tag] = rows[tag]?.filter { $0.key > 1_000_000_000 } }
        var models = [rows]
        for number in 0..<3 {
            _ = try await store.write(batch(of: [("t\(number)", 5, [("a", .float(Double(number)))])], &rows)).get()
            models.append(rows)
        }
        try store.createDatabase("other")
        return (disk.image(.dropped), models)
    }

    private static func outcome(_ files: [String: [UInt8]]) throws -> Outcome {
        let store = TimeSeriesStore(disk: JournaledDisk(files), settings: settings)
        do {
            try store.open()
        } catch {
            return .refused("\(error)")
        }
        do {
            let rows = try store.contents()
            return store.cutByteCount > 0 ? .cut(rows) : .rows(rows)
        } catch let error as SegmentError {
            #expect(store.quarantine == [error.description])
            #expect(store.counters.quarantinedSegmentCount == 1)
            return .quarantined(error.description)
        }
    }

    @Test("a flipped bit in any byte of a segment, an index, a manifest or a log is found, and named")
    func everyByte() async throws {
        let (files, models) = try await Self.files()
        #expect(try Self.outcome(files) == .rows(models[3]))
        #expect(files.keys.count == 5)
        for (path, bytes) in files {
            for index in bytes.indices {
                var damaged = files
                damaged[path]?[index] ^= UInt8(1) << UInt8(index % 8)
                switch try Self.outcome(damaged) {
                case .refused(let text):
                    #expect(text.contains(path) && !path.hasSuffix(".segment"), "\(path) byte \(index): \(text)")
                case .quarantined(let text):
                    #expect(text.contains(path) && path.hasSuffix(".segment"), "\(path) byte \(index): \(text)")
                case .cut(let rows):
                    // The last record cannot be told from one that a power cut tore; what is before it stays.
                    #expect(path.hasSuffix(".log") && rows == models[2], "\(path) byte \(index): cut")
                case .rows(let rows):
                    // A base that is damaged is not used: the index is built from its file.
                    #expect(path.hasSuffix("series.base") && rows == models[3], "\(path) byte \(index): not found")
                }
            }
        }
    }

    @Test("any file cut short anywhere is found, or is a log without its end")
    func everyLength() async throws {
        let (files, models) = try await Self.files()
        for (path, bytes) in files {
            for count in 0..<bytes.count {
                var damaged = files
                damaged[path] = Array(bytes[..<count])
                switch try Self.outcome(damaged) {
                case .refused, .quarantined: break
                case .cut(let rows), .rows(let rows):
                    #expect(path.hasSuffix(".log") || path.hasSuffix("series.base"), "\(path) of \(count) bytes")
                    #expect(models.contains(rows), "\(path) of \(count) bytes")
                }
            }
        }
    }
}
