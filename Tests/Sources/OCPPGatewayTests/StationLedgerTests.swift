import FileIO
import OCPPMessages
import SimulatedDisk
import Synchronization
import Telemetry
import Testing

@testable import OCPPGateway

@Suite("Station ledger")
struct StationLedgerTests {
    private func start(_ second: Int64, connector: Int = 1) -> StartTransactionRequest {
        StartTransactionRequest(connector: connector, idTag: "T% ä", meterStart: 5, timestamp: second)
    }

    private func number(
        _ ledger: StationLedger, _ start: StartTransactionRequest, of station: String = "CS 1"
    ) async throws -> Int32 {
        try await withCheckedContinuation { continuation in
            ledger.assign(start, of: station) { continuation.resume(returning: $0) }
        }.get()
    }

    @Test("numbers rise over restarts, and the same start has the same number")
    func restart() async throws {
        let disk = SimulatedDisk()
        let ledger = try StationLedger(disk: disk, directory: "ocpp")
        ledger.accept("CS 1")
        let first = try await number(ledger, start(1))
        let second = try await number(ledger, start(2, connector: 2))
        #expect(first > 0 && second > first)
        #expect(try await number(ledger, start(1)) == first)
        ledger.finish(first)
        _ = try await number(ledger, start(3, connector: 3))

        let later = try StationLedger(disk: disk, directory: "ocpp")
        #expect(try await number(later, start(2, connector: 2)) == second)
        #expect(try await number(later, start(4)) > second)
        let memory = try #require(later.memory(of: "CS 1"))
        #expect(memory.isAccepted)
        #expect(memory.transaction("\(first)")?.isEnded == true)
        #expect(memory.transaction("\(second)")?.evse == 2)
        #expect(later.memory(of: "CS 2") == nil)
    }

    @Test("a number is given only once it is durable, and a torn line costs nothing else")
    func crash() async throws {
        let disk = SimulatedDisk()
        let ledger = try StationLedger(disk: disk, directory: "ocpp")
        let first = try await number(ledger, start(1))
        let survivor = disk.crash()
        let later = try StationLedger(disk: survivor, directory: "ocpp")
        #expect(try await number(later, start(1)) == first)
        let file = try survivor.open("ocpp/stations.ledger", .append)
        try survivor.append(Array("S 900 CS 1 T".utf8), to: file)
        try survivor.sync(file)
        try survivor.close(file)
        let last = try StationLedger(disk: survivor, directory: "ocpp")
        #expect(try await number(last, start(1)) == first)
        #expect(try await number(last, start(7)) < 900)
    }

    @Test("where the disk is full the number is refused, and given once there is room again")
    func diskFull() async throws {
        let disk = SimulatedDisk()
        let ledger = try StationLedger(disk: disk, directory: "ocpp")
        disk.failAppend(28)
        await #expect(throws: FrameError.self) { try await number(ledger, start(1)) }
        disk.failAppend(nil)
        let given = try await number(ledger, start(1))
        let later = try StationLedger(disk: disk.crash(), directory: "ocpp")
        #expect(try await number(later, start(1)) == given)
    }

    @Test("what an earlier version or a damaged disk left as lines that cannot be read is passed over")
    func garbage() async throws {
        let disk = SimulatedDisk()
        try disk.createDirectory("ocpp")
        let file = try disk.open("ocpp/stations.ledger", .create)
        try disk.append(Array("N x\nS 1 2\n\u{FF}\nA CS\nE 5\nS 7 CS 1 T 1 1\n".utf8), to: file)
        try disk.sync(file)
        try disk.close(file)
        let ledger = try StationLedger(disk: disk, directory: "ocpp")
        #expect(ledger.memory(of: "CS")?.transaction("7")?.evse == 1)
        #expect(try await number(ledger, start(1)) == 8)
    }

    @Test("without a directory numbers begin where they are told to")
    func inMemory() async throws {
        let ledger = StationLedger(firstNumber: 1000)
        #expect(try await number(ledger, start(1)) == 1000)
        #expect(try await number(ledger, start(2)) == 1001)
    }
}
