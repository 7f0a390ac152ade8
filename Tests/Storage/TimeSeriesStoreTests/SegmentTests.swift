import Codecs
import FileIO
import Segments
import SimulatedDisk
import Telemetry
import Testing

@Suite("Segment")
struct SegmentTests {
    private static let path = "/x.segment"
    private static let second: Int64 = 1_000_000_000

    private struct Random {
        var state: UInt64
        mutating func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
    }

    /// Long, short and single-row series of a fleet: regular and jittered times, held set points, registers, texts, gaps.
    private static func run() -> SortedRun {
        var random = Random(state: 1)
        var run = (series: [UInt32](), starts: [0], times: [Int64]())
        var power = FieldColumn(name: "power", kind: .float)
        var register = FieldColumn(name: "register", kind: .integer)
        var status = FieldColumn(name: "status", kind: .string)
        var connected = FieldColumn(name: "connected", kind: .boolean)
        for (number, rowCount) in [1500, 720, 700, 1, 3, 90, 90, 600, 1025].enumerated() {
            run.series.append(UInt32(number * 7 + 2))
            for row in 0..<rowCount {
                let jitter = number == 2 ? Int64(random.next(9)) * 1_000_000 : 0
                run.times.append(1_700_000_000 * second + Int64(row) * 5 * second + jitter)
                let isCharging = row % 400 > 150
                if number == 7, row % 5 == 0 {
                    power.appendAbsent()
                } else {
                    let noise = random.next(21) + random.next(21) - 20
                    power.append(.float(isCharging ? Double(110_000 + noise) / 10 : 0))
                }
                register.append(.integer(Int64(5_000 + row * 153 / 10)))
                status.append(.string(isCharging ? "Charging" : "Available"))
                if number != 3 { connected.append(.boolean(isCharging)) } else { connected.appendAbsent() }
            }
            run.starts.append(run.times.count)
        }
        return SortedRun(
            series: run.series, starts: run.starts, times: run.times, fields: [power, register, status, connected])
    }

    private static func write(_ run: SortedRun) throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        var writer = try SegmentWriter(disk: disk, path: path)
        try writer.append(run, measurement: "m")
        _ = try writer.finish()
        try disk.syncDirectory("/")
        return disk
    }

    private static func rows(_ disk: SimulatedDisk, of run: SortedRun) throws -> [RowBlock] {
        try SegmentFile(disk: disk, path: path).read(
            measurement: "m", series: run.series[...], times: .min ... .max,
            fields: run.fields.map { ($0.name, $0.kind) })
    }

    /// Whether every value of `blocks` is the one that was written.
    private static func isSame(_ blocks: [RowBlock], _ run: SortedRun) -> Bool {
        guard blocks.flatMap(\.times) == run.times else { return false }
        for (index, field) in run.fields.enumerated() {
            let values = blocks.flatMap { block in
                block.columns[index].map { column in (0..<column.count).map { column[$0] } } ?? []
            }
            if values != (0..<field.count).map({ field[$0] }) { return false }
        }
        return true
    }

    @Test("what was written is read, and regular times take no bytes")
    func roundTrip() throws {
        let run = Self.run()
        let disk = try Self.write(run)
        #expect(Self.isSame(try Self.rows(disk, of: run), run))
        let group = try #require(try SegmentFile(disk: disk, path: Self.path).rowGroups().first)
        #expect(group.columns[0].lengths[..<3] == [0, 0, 0])
    }

    @Test(
        "what was decoded before is what is decoded anew, for any part of it and within any budget",
        arguments: [0, 4_000, 60_000, 1 << 20])
    func decodedBefore(byteLimit: Int) throws {
        let run = Self.run()
        let cache = DecodedCache(byteLimit: byteLimit)
        let disk = try Self.write(run)
        let (plain, cached) = (
            SegmentFile(disk: disk, path: Self.path), SegmentFile(disk: disk, path: Self.path, cache: cache)
        )
        var random = Random(state: 3)
        for _ in 0..<200 {
            let from = random.next(run.series.count)
            let some = run.series[from..<min(run.series.count, from + 1 + random.next(4))]
            let begin = 1_700_000_000 * Self.second + Int64(random.next(7_000)) * Self.second
            let times =
                random.next(2) == 0 ? Int64.min ... .max : begin...(begin + Int64(random.next(3_000)) * Self.second)
            let fields = run.fields.filter { _ in random.next(3) > 0 }.map { ($0.name, $0.kind) }
            func read(_ file: SegmentFile) throws -> [RowBlock] {
                try file.read(measurement: "m", series: some, times: times, fields: fields)
            }
            let (one, other) = (try read(plain), try read(cached))
            #expect(one.map(\.series) == other.map(\.series) && one.map(\.ranges) == other.map(\.ranges))
            #expect(one.map(\.times) == other.map(\.times) && one.map(\.columns) == other.map(\.columns))
            #expect(cache.standing.byteCount <= byteLimit + 20_000)
        }
        #expect((cache.standing.hits > 0) == (byteLimit > 0))
        #expect((cache.standing.misses < 60) == (byteLimit == 1 << 20))
        let before = cache.standing
        #expect(Self.isSame(try Self.rows(disk, of: run), run))
        _ = try cached.read(
            measurement: "m", series: run.series[...], times: .min ... .max,
            fields: run.fields.map { ($0.name, $0.kind) }, keepsDecoded: false)
        #expect(cache.standing.misses == before.misses, "what is read to be merged is not looked for")
    }

    @Test("the index says of each vector and column what a look at the values says")
    func statistics() throws {
        let run = Self.run()
        let file = SegmentFile(disk: try Self.write(run), path: Self.path)
        for group in try file.rowGroups() {
            let power = try #require(group.columns.first { $0.name == "power" })
            for (vector, statistics) in power.statistics.enumerated() {
                let rows = group.vectorStarts[vector]..<group.vectorStarts[vector + 1]
                let values = rows.compactMap { row -> (row: Int, value: Double)? in
                    guard case .float(let value) = run.fields[0][row] else { return nil }
                    return (row - rows.lowerBound, value)
                }
                let low = values.map(\.value).min() ?? 0
                let high = values.map(\.value).max() ?? 0
                let tenths = values.reduce(0) { $0 + Int(($1.value * 10).rounded()) }
                #expect(statistics.presentCount == values.count)
                #expect(Double(bitPattern: statistics.minimum) == low)
                #expect(Double(bitPattern: statistics.maximum) == high)
                #expect(Int(statistics.minimumRow) == values.first { $0.value == low }?.row)
                #expect(Int(statistics.maximumRow) == values.first { $0.value == high }?.row)
                #expect(Double(bitPattern: statistics.first) == values.first?.value)
                #expect(Double(bitPattern: statistics.last) == values.last?.value)
                #expect(Double(bitPattern: statistics.sum) == Double(tenths) / 10)
            }
            let status = try #require(group.columns.first { $0.name == "status" })
            #expect(status.total.presentCount == run.rowCount)
            let register = try #require(group.columns.first { $0.name == "register" })
            #expect(Int64(bitPattern: register.total.maximum) == 5_000 + 1_499 * 153 / 10)
            #expect(register.total.maximumRow == 1_499 && register.total.minimumRow == 0)
            let sum = run.fields[1].words.reduce(0, &+)
            #expect(register.total.sum == sum)
            let connected = try #require(group.columns.first { $0.name == "connected" })
            #expect(connected.total.presentCount == run.rowCount - 1)
        }
    }

    @Test("a flipped bit anywhere in a segment of entropy coded vectors is found")
    func flips() throws {
        let run = Self.run()
        let disk = try Self.write(run)
        for index in stride(from: SegmentFooter.head.count, to: disk.size(of: Self.path), by: 13) {
            let damaged = disk.crash()
            damaged.flip(Self.path, at: index)
            #expect(throws: SegmentError.self, "byte \(index)") { try Self.rows(damaged, of: run) }
        }
    }

    @Test("a footer of a version that this engine does not know is refused, also the unreleased first")
    func versions() throws {
        // Index at 8, no groups; the checksums are those of a bitwise CRC-32C outside of this code.
        func footer(_ version: UInt8, _ crc: UInt32) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: 24)
            bytes[0] = 8
            bytes[20] = version
            for index in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: crc >> UInt32(index * 8))) }
            return bytes + Array("V2GS".utf8)
        }
        #expect(try SegmentFooter(footer(2, 0xFBBF_762A), fileByteCount: 40).indexOffset == 8)
        for (version, crc) in [(1, 0x999D_FF13), (3, 0x26FA_DC92)] as [(UInt8, UInt32)] {
            #expect(throws: (any Error).self) { try SegmentFooter(footer(version, crc), fileByteCount: 40) }
        }
    }
}
