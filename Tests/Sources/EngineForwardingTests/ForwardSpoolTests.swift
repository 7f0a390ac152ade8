import FileIO
import SimulatedDisk
import Testing

@testable import EngineForwarding

@Suite("Spool")
struct ForwardSpoolTests {
    private func batch(_ number: Int, count: Int = 50) -> [UInt8] { [UInt8](repeating: UInt8(number), count: count) }

    /// Everything that waits, taken and advanced over.
    private func drained(_ spool: inout ForwardSpool, by byteCount: Int = 1000) throws -> [UInt8] {
        var numbers: [UInt8] = []
        while true {
            let part = try spool.next(upTo: byteCount)
            if part.batches.isEmpty { return numbers }
            numbers += part.batches.compactMap(\.first)
            try spool.advance(to: #require(part.ends.last))
        }
    }

    @Test("batches come back in their order, over many files, and the files go")
    func order() throws {
        let disk = JournaledDisk()
        var spool = try ForwardSpool(disk: disk, directory: "s", byteLimit: 100_000, fileByteCount: 200)
        for number in 1...40 { #expect(try spool.append([batch(number)]) == 1) }
        #expect(try drained(&spool) == Array(1...40))
        #expect(spool.isEmpty)
        #expect(disk.paths.isEmpty)
        #expect(disk.openCount == 0)
        #expect(spool.counters.byteCount == 0)
    }

    @Test("what was not advanced over comes again after a crash, in its order")
    func crash() throws {
        let disk = SimulatedDisk()
        var spool = try ForwardSpool(disk: disk, directory: "s", byteLimit: 100_000, fileByteCount: 100)
        _ = try spool.append([batch(1), batch(2)])
        _ = try spool.append([batch(3)])
        _ = try spool.append([batch(4)])
        let part = try spool.next(upTo: 1000)
        #expect(part.batches == [batch(1), batch(2)])
        try spool.advance(to: #require(part.ends.last))
        var again = try ForwardSpool(disk: disk.crash(), directory: "s", byteLimit: 100_000)
        #expect(!again.isEmpty)
        #expect(try drained(&again) == [3, 4])
        #expect(again.counters.unreadableByteCount == 0)
    }

    @Test("a batch larger than a request is given alone")
    func large() throws {
        var spool = try ForwardSpool(disk: SimulatedDisk(), directory: "s", byteLimit: 100_000)
        _ = try spool.append([batch(1), batch(2, count: 5000), batch(3)])
        #expect(try spool.next(upTo: 20).batches == [batch(1)])
        #expect(try drained(&spool, by: 20) == [1, 2, 3])
    }

    @Test("a full spool takes what has room and no more, and takes again once there is room")
    func full() throws {
        var spool = try ForwardSpool(disk: SimulatedDisk(), directory: "s", byteLimit: 200, fileByteCount: 100)
        #expect(try spool.append([batch(1), batch(2), batch(3), batch(4)]) == 3)
        #expect(try spool.append([batch(5)]) == 0)
        #expect(try drained(&spool) == [1, 2, 3])
        #expect(try spool.append([batch(6)]) == 1)
        #expect(try drained(&spool) == [6])
    }

    @Test("a torn end costs what was not acknowledged and nothing else", arguments: [1, 7, 8, 9, 57])
    func torn(byteCount: Int) throws {
        let disk = JournaledDisk()
        var spool = try ForwardSpool(disk: disk, directory: "s", byteLimit: 100_000)
        _ = try spool.append([batch(1), batch(2)])
        _ = try spool.append([batch(3)])
        var files = disk.image(FileTree.Choice.kept)
        let name = try #require(files.keys.first)
        files[name]?.removeLast(58 - byteCount)
        var again = try ForwardSpool(disk: JournaledDisk(files), directory: "s", byteLimit: 100_000)
        _ = try again.append([batch(4)])
        #expect(try drained(&again) == [1, 2, 4])
        #expect(again.counters.unreadableByteCount == byteCount)
    }

    @Test("a damaged record costs the rest of its file, counted, and later files are read")
    func damaged() throws {
        let disk = JournaledDisk()
        var spool = try ForwardSpool(disk: disk, directory: "s", byteLimit: 100_000, fileByteCount: 150)
        for number in 1...6 { _ = try spool.append([batch(number)]) }
        var files = disk.image(FileTree.Choice.kept)
        let first = try #require(files.keys.min())
        files[first]?[58 + 20] ^= 1
        var again = try ForwardSpool(disk: JournaledDisk(files), directory: "s", byteLimit: 100_000)
        #expect(try drained(&again) == [1, 4, 5, 6])
        #expect(again.counters.unreadableByteCount == 2 * 58)
    }

    @Test("a length that cannot be ends the reading of a file", arguments: [0, 0xFFFF_FFFF] as [UInt32])
    func absurdLength(length: UInt32) throws {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + [UInt8](repeating: 0, count: 60)
        var spool = try ForwardSpool(
            disk: JournaledDisk(["s/spool.000000000009": bytes]), directory: "s", byteLimit: 1000)
        #expect(try drained(&spool).isEmpty)
        #expect(spool.counters.unreadableByteCount == 64)
    }

    @Test("after a failed write or sync the next batch goes to a new file, and nothing that counted is lost")
    func failedSync() throws {
        for call in ["append", "sync"] {
            let disk = JournaledDisk()
            var spool = try ForwardSpool(disk: disk, directory: "s", byteLimit: 100_000)
            _ = try spool.append([batch(1)])
            let place = disk.calls.count + (call == "append" ? 0 : 1)
            disk.show(DiskFault(call: place, errno: 28, isLasting: false))
            #expect(throws: FileError.self) { _ = try spool.append([batch(2)]) }
            disk.show(nil)
            _ = try spool.append([batch(3)])
            #expect(try drained(&spool) == [1, 3], "\(call)")
        }
    }
}
