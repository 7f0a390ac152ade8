import Catalog
import FileIO
import Foundation
import SimulatedDisk
import StoreInspection
import Telemetry
import Testing
import TimeSeriesStore
import WriteAheadLog

/// Files as each version of the engine wrote them, which every later one opens: `Golden/<version>`.
///
/// `FEEDERLINE_GOLDEN=DIR swift test --filter GoldenFileTests` writes those of the present code to DIR; add them under a
/// new name when a format changes, and never change the old ones.
@Suite("Golden files")
struct GoldenFileTests {
    private static let second: Int64 = 1_000_000_000
    private static let start: Int64 = 1_700_000_000_000_000_000

    /// The value of field `a` in a row of the long series: not finite, signed zero and a NaN's payload among them.
    private static func power(_ row: Int) -> Double {
        switch row {
        case 7: .infinity
        case 8: -.infinity
        case 9: -0.0
        case 10: Double(bitPattern: 0x7FF8_0000_0000_1234)
        default: Double(row * row % 1013) / 10
        }
    }

    private static func points() -> [[(tag: String, time: Int64, fields: [(String, FieldValue)])]] {
        let long = (0..<1500).map { row in
            (
                tag: "long", time: start + Int64(row) * second,
                fields: [("a", FieldValue.float(power(row))), ("n", .integer(Int64(row * 153 / 10)))]
            )
        }
        let short = (0..<20).map { row in
            let text = FieldValue.string(row % 4 == 0 ? "Charging é" : "Available \(row % 3)")
            var fields: [(String, FieldValue)] = [("s", text), ("b", .boolean(row % 3 == 0))]
            if row % 5 != 0 { fields.append(("u", .unsigned(UInt64.max - UInt64(row)))) }
            return (tag: "short", time: start + Int64(row * row) * second, fields: fields)
        }
        let gone = [(tag: "gone", time: start, fields: [("a", FieldValue.float(1))])]
        return [
            long + short + gone,
            [("late", start - 1, [("a", .float(0.1))]), ("short", start, [("b", .boolean(false))])],
        ]
    }

    private static func rows() -> StoreRows {
        var rows: StoreRows = [:]
        for points in points() { _ = batch(of: points, &rows) }
        rows["gone"] = nil
        rows["long"] = rows["long"]?.filter { $0.key >= start + 10 * second }
        return rows
    }

    /// Compares by bits: a NaN is not equal to itself.
    private static func text(_ rows: StoreRows) -> [String] {
        var lines: [String] = []
        for (tag, series) in rows {
            for (time, fields) in series {
                for (name, value) in fields {
                    var shown = "\(value)"
                    if case .float(let number) = value { shown = String(number.bitPattern, radix: 16) }
                    lines.append("\(tag) \(time) \(name) \(shown)")
                }
            }
        }
        return lines.sorted()
    }

    private static func settings() -> StoreSettings { StoreSettings(directory: "/store") }

    @Test(
        "writes the files of the present code",
        .enabled(if: ProcessInfo.processInfo.environment["FEEDERLINE_GOLDEN"] != nil))
    func make() async throws {
        let target = try #require(ProcessInfo.processInfo.environment["FEEDERLINE_GOLDEN"])
        let disk = JournaledDisk()
        let store = TimeSeriesStore(disk: disk, settings: Self.settings())
        try store.open()
        try store.createDatabase("db", policy: ("p", 0, 168 * 3_600 * Self.second))
        var ignored: StoreRows = [:]
        let points = Self.points()
        _ = try await store.write(batch(of: points[0], &ignored)).get()
        try store.delete(.series([.init(measurement: "m", keys: [Array("m,t=gone".utf8)])]), from: "db")
        try store.compactAll()
        let times = Self.start...(Self.start + 10 * Self.second - 1)
        try store.delete(.rows(times, [.init(measurement: "m", keys: [Array("m,t=long".utf8)])]), from: "db")
        store.submit(marker: .tick(arrival: 5)) { _ in }
        store.submit(marker: .topology(arrival: 6, text: "feeders: []")) { _ in }
        _ = try await store.write(batch(of: points[1], &ignored)).get()
        try store.createContinuousQuery("cq", on: "db", text: "SELECT 1")
        for (path, bytes) in disk.image(.dropped) {
            let file = URL(filePath: target + path.dropFirst("/store".count))
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
    }

    private static func files(_ version: String) throws -> [String: [UInt8]] {
        let root = try #require(Bundle.module.url(forResource: "Golden/\(version)", withExtension: nil))
        var files: [String: [UInt8]] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
            let url = root.appending(path: path)
            if url.hasDirectoryPath || (try? url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false {
                continue
            }
            files["/store/" + path] = Array(try Data(contentsOf: url))
        }
        return files
    }

    @Test("the files of each version hold what was written then", arguments: ["0.1-first", "0.1-unsynced"])
    func opens(version: String) throws {
        let files = try Self.files(version)
        #expect(files.count == 4)
        let disk = JournaledDisk(files)
        let found = StoreVerification(disk: disk, directory: "/store")
        #expect(found.findings.isEmpty)
        #expect(found.rowCount == 1520 && found.tornByteCount == 0)
        let store = TimeSeriesStore(disk: disk, settings: Self.settings())
        var markers = 0
        try store.open(replayFrom: 0) { record, _ in
            switch record {
            case .tick(let arrival): markers += arrival == 5 ? 1 : 100
            case .topology(let arrival, let text): markers += arrival == 6 && text == "feeders: []" ? 1 : 100
            default: break
            }
        }
        #expect(markers == 2)
        #expect(Self.text(try store.contents()) == Self.text(Self.rows()))
        #expect(store.database("db")?.continuousQueries.map(\.text) == ["SELECT 1"])
        try store.compactAll()
        #expect(Self.text(try store.contents()) == Self.text(Self.rows()))
    }

    @Test("a manifest of version 1, written outside of this code, is read")
    func firstManifest() throws {
        let root = try #require(Bundle.module.url(forResource: "Golden/manifest-1", withExtension: nil))
        let manifest = try Manifest(Array(try Data(contentsOf: root)))
        #expect(manifest.nextSegment == 300 && manifest.flushedPosition == 70_000)
        #expect(manifest.databases.map(\.name) == ["telemetry"])
        #expect(manifest.databases.first?.policies.map(\.name) == ["autogen"])
        #expect(manifest.databases.first?.segments.map(\.minimumTime) == [-5])
    }

    @Test("each kind of file refuses a version that it does not know, and names it")
    func unknownVersions() throws {
        let files = try Self.files("0.1-unsynced")
        // Where each has its version; the log's and the segment's checksums cover it, so that damage is told first.
        let manifest = "/store/manifest"
        var bytes = try #require(files[manifest])
        bytes[4] = 9
        let error = #expect(throws: (any Error).self) { try Manifest(bytes) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("version 9"))
        let log = try #require(files.keys.first { $0.hasSuffix(".log") })
        var damaged = files
        damaged[log]?[4] = 7
        let store = TimeSeriesStore(disk: JournaledDisk(damaged), settings: Self.settings())
        let refusal = #expect(throws: (any Error).self) { try store.open() }
        #expect("\(refusal.map { "\($0)" } ?? "")".contains("log version 7"))
    }
}
