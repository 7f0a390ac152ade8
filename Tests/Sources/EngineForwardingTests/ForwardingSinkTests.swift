import FileIO
import Logging
import SimulatedDisk
import Synchronization
import Telemetry
import Testing

@testable import EngineForwarding

/// An engine that is away as long as a test wants.
private final class ScriptedLink: EngineLink {
    private struct State {
        var isAway = false
        var atMost = Int.max
        var taken: [[UInt8]] = []
        var answer: ForwardOutcome = .durable(FrameReceipt(position: 0))
    }
    private let state = Mutex(State())

    var taken: [[UInt8]] { state.withLock { $0.taken } }
    func set(isAway: Bool) { state.withLock { $0.isAway = isAway } }
    func set(atMost count: Int) { state.withLock { $0.atMost = count } }
    func answer(_ outcome: ForwardOutcome) { state.withLock { $0.answer = outcome } }

    func forward(_ batches: [[UInt8]]) async throws(FrameError) -> [ForwardOutcome] {
        let (isAway, answer) = state.withLock { ($0.isAway, $0.answer) }
        if isAway { throw FrameError(.unavailable, "away") }
        if case .later = answer { return batches.map { _ in answer } }
        return state.withLock { state in
            state.taken += batches.prefix(state.atMost)
            return batches.indices.map { $0 < state.atMost ? answer : .later(FrameError(.overloaded, "enough")) }
        }
    }
}

@Suite("Forwarding sink", .timeLimit(.minutes(5)))
struct ForwardingSinkTests {
    private let link = ScriptedLink()
    private let disk = SimulatedDisk()

    private func batch(_ number: Int) -> FrameBatch {
        var batch = FrameBatch(database: "telemetry", arrival: Int64(number))
        batch.append(
            measurement: "Power_Flow", tags: [("EVSE_ID", "E1")], fields: [("active_power_w", .float(Double(number)))],
            timestamp: Int64(number))
        batch.seal()
        return batch
    }

    private func sink(spoolByteLimit: Int? = 1 << 20, settings: ForwardingSink.Settings = .init()) throws
        -> ForwardingSink
    {
        let spool = try spoolByteLimit.map { try ForwardSpool(disk: disk, directory: "s", byteLimit: $0) }
        return ForwardingSink(
            link: link, spool: spool, settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, pause: { _ in await Task.yield() })
    }

    /// Runs `body` while the sink runs.
    private func running(_ sink: ForwardingSink, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await sink.run() }
            do {
                try await body()
            } catch {
                sink.shutdown()
                throw error
            }
            sink.shutdown()
            try await group.waitForAll()
        }
    }

    private func until(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    @Test("while the engine answers nothing touches the disk, and its refused rows are told")
    func direct() async throws {
        let sink = try sink()
        try await running(sink) {
            let whole = try await sink.submit(batch(1))
            #expect(whole.droppedRowCount == 0)
            link.answer(
                .durable(FrameReceipt(position: 0, droppedRowCount: 1, firstRefusal: FrameError(.typeConflict, "x"))))
            let part = try await sink.submit(batch(2))
            #expect(part.firstRefusal?.code == .typeConflict)
            link.answer(.refused(FrameError(.databaseNotFound, "no")))
            await #expect(throws: FrameError(.databaseNotFound, "no")) { _ = try await sink.submit(batch(3)) }
        }
        #expect(sink.counters.direct == 2)
        #expect(sink.counters.spooled == 0)
        let files = try disk.list("s")
        #expect(files.isEmpty)
    }

    @Test("while the engine is away readings are durable on the disk, then all reach it once, in their order")
    func away() async throws {
        let sink = try sink()
        try await running(sink) {
            _ = try await sink.submit(batch(1))
            link.set(isAway: true)
            for number in 2...20 { _ = try await sink.submit(batch(number)) }
            #expect(sink.counters.isSpooling)
            link.set(isAway: false)
            await until { !sink.counters.isSpooling }
            _ = try await sink.submit(batch(21))
        }
        let expected = try (1...21).map { try BatchMessage.encode(batch($0)) }
        #expect(link.taken == expected)
        #expect(sink.counters.spooled == 19)
        #expect(sink.counters.drained == 19)
        #expect(sink.counters.direct == 2)
    }

    @Test("an engine that is busy counts as away")
    func busy() async throws {
        let sink = try sink()
        link.answer(.later(FrameError(.overloaded, "busy")))
        try await running(sink) {
            _ = try await sink.submit(batch(1))
            #expect(sink.counters.isSpooling)
            link.answer(.durable(FrameReceipt(position: 0)))
            await until { !sink.counters.isSpooling }
        }
        let expected = [try BatchMessage.encode(batch(1))]
        #expect(link.taken == expected)
    }

    @Test("an engine that takes a part of what it gets is sent the rest, in smaller requests, and comes to the end")
    func partly() async throws {
        link.set(isAway: true)
        let sink = try sink()
        try await running(sink) {
            for number in 1...300 { _ = try await sink.submit(batch(number)) }
            link.set(atMost: 7)
            link.set(isAway: false)
            await until { !sink.counters.isSpooling }
        }
        let expected = try (1...300).map { try BatchMessage.encode(batch($0)) }
        #expect(link.taken == expected)
        #expect(sink.counters.drained == 300)
    }

    @Test("a gateway that dies and starts again sends what its spool holds before what comes")
    func restart() async throws {
        link.set(isAway: true)
        let first = try sink()
        try await running(first) {
            for number in 1...5 { _ = try await first.submit(batch(number)) }
        }
        let spool = try ForwardSpool(disk: disk.crash(), directory: "s", byteLimit: 1 << 20)
        let second = ForwardingSink(
            link: link, spool: spool, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            pause: { _ in await Task.yield() })
        try await running(second) {
            _ = try await second.submit(batch(6))
            link.set(isAway: false)
            await until { !second.counters.isSpooling }
        }
        let expected = try (1...6).map { try BatchMessage.encode(batch($0)) }
        #expect(link.taken == expected)
    }

    @Test("a full spool refuses, so that stations keep their readings, and counts it")
    func full() async throws {
        let size = try BatchMessage.encode(batch(1)).count + 8
        let sink = try sink(spoolByteLimit: 3 * size)
        link.set(isAway: true)
        try await running(sink) {
            for number in 1...3 { _ = try await sink.submit(batch(number)) }
            await #expect(throws: FrameError(.overloaded, "the spool is full")) { _ = try await sink.submit(batch(4)) }
            #expect(sink.counters.spoolFull == 1)
            link.set(isAway: false)
            await until { !sink.counters.isSpooling }
            _ = try await sink.submit(batch(4))
        }
        let expected = try (1...4).map { try BatchMessage.encode(batch($0)) }
        #expect(link.taken == expected)
    }

    @Test("without a spool the sender hears that the engine is away")
    func noSpool() async throws {
        let sink = try sink(spoolByteLimit: nil)
        link.set(isAway: true)
        try await running(sink) {
            await #expect(throws: FrameError(.unavailable, "away")) { _ = try await sink.submit(batch(1)) }
        }
        #expect(sink.counters.unspooled == 1)
    }

    @Test("a disk that fails is no place for readings: the sender hears it")
    func brokenDisk() async throws {
        let journaled = JournaledDisk()
        let spool = try ForwardSpool(disk: journaled, directory: "s", byteLimit: 1 << 20)
        let sink = ForwardingSink(
            link: link, spool: spool, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            pause: { _ in await Task.yield() })
        link.set(isAway: true)
        journaled.show(DiskFault(call: journaled.calls.count, errno: 28, isLasting: true))
        try await running(sink) {
            let error = await #expect(throws: FrameError.self) { _ = try await sink.submit(batch(1)) }
            #expect(error?.code == .logFailed)
            journaled.show(nil)
            link.set(isAway: false)
        }
    }

    @Test("too much in memory is refused at once")
    func overloaded() async throws {
        var settings = ForwardingSink.Settings()
        settings.waitingBatchLimit = 1
        let sink = try sink(settings: settings)
        let refusal = Mutex<FrameError?>(nil)
        sink.submit(batch(1)) { _ in }
        sink.submit(batch(2)) { result in
            if case .failure(let error) = result { refusal.withLock { $0 = error } }
        }
        #expect(refusal.withLock { $0 }?.code == .overloaded)
        #expect(sink.counters.overloaded == 1)
        try await running(sink) {}
        sink.submit(batch(3)) { result in
            if case .failure(let error) = result { refusal.withLock { $0 = error } }
        }
        #expect(refusal.withLock { $0 }?.code == .unavailable)
    }
}
