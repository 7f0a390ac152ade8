import FileIO
import SimulatedDisk
import Telemetry
import Testing
import WriteAheadLog

@Suite("What a replay of the log reads")
struct LogReplayTests {
    private static func batch(_ rows: Int, isDerived: Bool) -> LogRecord {
        var batch = FrameBatch(database: "", arrival: 7, isDerived: isDerived)
        for row in 0..<rows {
            batch.append(measurement: "m", tags: [("t", "a")], fields: [("v", .float(1))], timestamp: Int64(row))
        }
        batch.seal()
        return .batch(database: 300, policy: 1, batch)
    }

    @Test("it passes over plain batches that nobody wants, and over nothing else")
    func plainFrom() throws {
        let disk = SimulatedDisk()
        var log = WriteAheadLog(disk: disk, directory: "/log")
        try log.open(from: 0) { _, _ in }
        // Short ones are not compressed, long ones are.
        let records = [
            Self.batch(1, isDerived: false), Self.batch(1, isDerived: true), Self.batch(500, isDerived: false),
            Self.batch(500, isDerived: true), .tick(arrival: 9), Self.batch(500, isDerived: false),
        ]
        let positions = records.map { log.append($0) }
        try log.write()
        try log.close()
        for limit in [0, positions[2], positions[5]] {
            log = WriteAheadLog(disk: disk, directory: "/log")
            var seen: [Int] = []
            try log.open(from: 0, plainFrom: limit) { record, position in
                let place = positions.firstIndex(of: position) ?? 0
                seen.append(place)
                #expect(record == records[place])
            }
            #expect(seen == records.indices.filter { positions[$0] > limit || [1, 3, 4].contains($0) })
            try log.close()
        }
    }
}
