import FileIO
package import Logging
import Synchronization
package import Telemetry

/// A sink that sends batches on to an engine, over a spool on the disk while the engine is away.
///
/// 1. While the engine answers and the spool is empty, a batch is durable when the engine says so; what waits goes in one
///    request, one request at a time, so that the order stays.
/// 2. Once a request fails, it and all that come after go to the spool, and are durable when that is synced.
/// 3. Meanwhile the oldest of the spool is tried again and again; when the last of it is taken, (1) holds again.
///
/// A request whose answer was lost is sent twice. That is harmless: a row replaces the row of its series and time.
package final class ForwardingSink: FrameSink {
    /// The limits.
    package struct Settings: Sendable {
        /// Batches that may wait in memory; beyond it a batch is refused with `.overloaded`.
        package var waitingBatchLimit = 50_000
        /// Bytes that may wait in memory.
        package var waitingByteLimit = 64 << 20
        /// About how many bytes a request has at most, and after failures at least: an engine that cannot finish a
        /// large one in its time would get the same one for ever.
        package var requestByteCount = (4 << 10)...(1 << 20)
        /// How long to wait after a request that failed.
        package var retryPause = Duration.milliseconds(500)

        /// The defaults.
        package init() {}
    }

    /// What was counted, at one moment.
    package struct Counters: Sendable, Equatable {
        /// Batches that went to the engine without touching the disk.
        package var direct = 0
        /// Batches that were put on the disk.
        package var spooled = 0
        /// Batches of the spool that the engine took.
        package var drained = 0
        /// Batches that the engine refused for good.
        package var refused = 0
        /// Rows that the engine refused in batches of the spool, whose sender was answered before.
        package var droppedRows = 0
        /// Batches refused because too much waits in memory.
        package var overloaded = 0
        /// Batches refused because the spool is full.
        package var spoolFull = 0
        /// Batches refused because the spool's disk failed, or there is none.
        package var unspooled = 0
        /// Requests that failed.
        package var failures = 0
        /// Batches in memory.
        package var waiting = 0
        /// Whether batches go to the spool.
        package var isSpooling = false
        /// The spool.
        package var spool = ForwardSpool.Counters()

        /// Nothing counted.
        package init() {}
    }

    private struct Waiting: Sendable {
        let bytes: [UInt8]
        let whenDurable: @Sendable (Result<FrameReceipt, FrameError>) -> Void
    }

    private struct State: Sendable {
        var counters = Counters()
        var waiting: [Waiting] = []
        var waitingByteCount = 0
        var isStopping = false
        /// How large a request may be now: doubled by success, halved by failure.
        var requestByteCount = 64 << 10

        mutating func noteRequest(isTaken: Bool, _ settings: Settings) {
            let next = isTaken ? requestByteCount * 2 : requestByteCount / 2
            requestByteCount = min(
                max(next, settings.requestByteCount.lowerBound), settings.requestByteCount.upperBound)
            if !isTaken { counters.failures += 1 }
        }
    }

    private let link: any EngineLink
    private let settings: Settings
    private let logger: Logger
    private let pause: @Sendable (Duration) async throws -> Void
    private let state = Mutex(State())
    /// Held during fsyncs, so never by `submit`; taken before `state` where both are.
    private let spool: Mutex<ForwardSpool?>
    private let arrivals = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let backlog = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// A sink that takes batches at once and sends them once `run` runs.
    ///
    /// - Parameters:
    ///   - spool: where batches wait for an engine that is away; nil: they are refused meanwhile.
    ///   - pause: waits between attempts.
    package init(
        link: any EngineLink, spool: consuming ForwardSpool?, settings: Settings = Settings(), logger: Logger,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.link = link
        self.settings = settings
        self.logger = logger
        self.pause = pause
        let hasBacklog = spool.map { !$0.isEmpty } ?? false
        state.withLock { [counters = spool?.counters] in
            $0.counters.isSpooling = hasBacklog
            $0.counters.spool = counters ?? ForwardSpool.Counters()
        }
        self.spool = Mutex(spool)
        if hasBacklog { backlog.continuation.yield() }
    }

    /// What was counted so far.
    package var counters: Counters {
        state.withLock { state in
            var counters = state.counters
            counters.waiting = state.waiting.count
            return counters
        }
    }

    package func submit(
        _ batch: FrameBatch, whenDurable: @escaping @Sendable (Result<FrameReceipt, FrameError>) -> Void
    ) {
        let bytes: [UInt8]
        do {
            bytes = try BatchMessage.encode(batch)
        } catch {
            return whenDurable(.failure(FrameError(.unavailable, "the batch cannot be encoded: \(error)")))
        }
        guard bytes.count <= ForwardSpool.maxBatchByteCount else {
            state.withLock { $0.counters.refused += 1 }
            let error = FrameError(.typeConflict, "a batch of \(bytes.count) bytes is too large to forward")
            return whenDurable(
                .success(FrameReceipt(position: 0, droppedRowCount: batch.rowCount, firstRefusal: error)))
        }
        let refusal = state.withLock { state -> FrameError? in
            guard !state.isStopping else { return FrameError(.unavailable, "the gateway stops") }
            guard state.waiting.count < settings.waitingBatchLimit,
                state.waitingByteCount + bytes.count <= settings.waitingByteLimit
            else {
                state.counters.overloaded += 1
                return FrameError(.overloaded, "\(state.waiting.count) batches wait for the engine")
            }
            state.waiting.append(Waiting(bytes: bytes, whenDurable: whenDurable))
            state.waitingByteCount += bytes.count
            return nil
        }
        if let refusal { return whenDurable(.failure(refusal)) }
        arrivals.continuation.yield()
    }

    /// Sends until `shutdown`; to be called once. What still waits then is sent or spooled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                for await _ in backlog.stream { await drain() }
            }
            for await _ in arrivals.stream { await deliverAll() }
            await deliverAll()
            backlog.continuation.finish()
            group.cancelAll()
        }
    }

    /// Takes no more batches and lets `run` return.
    package func shutdown() {
        state.withLock { $0.isStopping = true }
        arrivals.continuation.finish()
    }

    private func deliverAll() async {
        while true {
            let group = state.withLock { state -> [Waiting] in
                var byteCount = 0
                let end =
                    state.waiting.firstIndex { waiting in
                        defer { byteCount += waiting.bytes.count }
                        return byteCount > 0 && byteCount + waiting.bytes.count > state.requestByteCount
                    } ?? state.waiting.count
                let group = Array(state.waiting[..<end])
                state.waiting.removeFirst(end)
                state.waitingByteCount -= byteCount
                return group
            }
            if group.isEmpty { return }
            await deliver(group)
        }
    }

    private func deliver(_ group: [Waiting]) async {
        if put(group[...], unlessDrained: true) { return }
        var untaken = group[...]
        var reason = FrameError(.unavailable, "the engine is away")
        do throws(FrameError) {
            for outcome in try await link.forward(group.map(\.bytes)) {
                if case .later(let error) = outcome {
                    reason = error
                    break
                }
                settle(untaken.removeFirst(), outcome)
            }
        } catch {
            reason = error
        }
        state.withLock { $0.noteRequest(isTaken: untaken.isEmpty, settings) }
        if untaken.isEmpty { return }
        let hasSpool = spool.withLock { $0 != nil }
        guard hasSpool else {
            state.withLock { $0.counters.unspooled += untaken.count }
            for one in untaken { one.whenDurable(.failure(reason)) }
            return
        }
        logger.warning("the engine does not take readings, they go to the spool", metadata: ["reason": "\(reason)"])
        _ = put(untaken, unlessDrained: false)
    }

    private func settle(_ one: Waiting, _ outcome: ForwardOutcome) {
        switch outcome {
        case .durable(let receipt):
            state.withLock { $0.counters.direct += 1 }
            one.whenDurable(.success(receipt))
        case .refused(let error), .later(let error):
            state.withLock { $0.counters.refused += 1 }
            one.whenDurable(.failure(error))
        }
    }

    /// Puts batches into the spool and answers their senders.
    ///
    /// - Returns: false, having done nothing, where `unlessDrained` and the engine has all of the spool.
    private func put(_ group: ArraySlice<Waiting>, unlessDrained: Bool) -> Bool {
        var failure: FrameError?
        var count = 0
        let isPut = spool.withLock { spool -> Bool in
            let isSpooling = state.withLock { $0.counters.isSpooling }
            if unlessDrained, !isSpooling { return false }
            do throws(FileError) {
                count = try spool?.append(group.map(\.bytes)) ?? 0
                if count < group.count { failure = FrameError(.overloaded, "the spool is full") }
            } catch {
                failure = FrameError(.logFailed, "the spool cannot be written: \(error)")
            }
            state.withLock { [counters = spool?.counters] state in
                state.counters.isSpooling = true
                state.counters.spool = counters ?? ForwardSpool.Counters()
                state.counters.spooled += count
                if failure?.code == .overloaded {
                    state.counters.spoolFull += group.count - count
                } else {
                    state.counters.unspooled += group.count - count
                }
            }
            return true
        }
        guard isPut else { return false }
        for (index, one) in group.enumerated() {
            if index >= count, let failure {
                one.whenDurable(.failure(failure))
            } else {
                one.whenDurable(.success(FrameReceipt(position: 0)))
            }
        }
        backlog.continuation.yield()
        return true
    }

    /// Sends the spool's batches, oldest first, until it is empty or the task is cancelled.
    private func drain() async {
        while !Task.isCancelled {
            do {
                guard let part = try nextOfSpool() else { return }
                let outcomes = try await link.forward(part.batches)
                let taken = outcomes.prefix { if case .later = $0 { false } else { true } }
                note(taken)
                if let last = taken.indices.last { try forget(part.ends[last]) }
                if taken.count < outcomes.count, case .later(let error) = outcomes[taken.count] { throw error }
                state.withLock { $0.noteRequest(isTaken: true, settings) }
            } catch {
                if Task.isCancelled { return }
                state.withLock { $0.noteRequest(isTaken: false, settings) }
                logger.debug("the spool waits for the engine", metadata: ["reason": "\(error)"])
                do {
                    try await pause(settings.retryPause)
                } catch {
                    return  // The task was cancelled; the rest stays in the spool.
                }
            }
        }
    }

    /// What is to be sent next; nil, and the spool is out of use, where nothing is left.
    private func nextOfSpool() throws(FileError) -> (batches: [[UInt8]], ends: [Int])? {
        try spool.withLock { spool throws(FileError) in
            let byteCount = state.withLock { $0.requestByteCount }
            let part = try spool?.next(upTo: byteCount) ?? (batches: [], ends: [])
            state.withLock { [counters = spool?.counters] state in
                state.counters.spool = counters ?? ForwardSpool.Counters()
                if part.batches.isEmpty { state.counters.isSpooling = false }
            }
            return part.batches.isEmpty ? nil : part
        }
    }

    private func forget(_ end: Int) throws(FileError) {
        try spool.withLock { spool throws(FileError) in
            try spool?.advance(to: end)
            state.withLock { [counters = spool?.counters] in
                $0.counters.spool = counters ?? ForwardSpool.Counters()
            }
        }
    }

    /// Counts what became of batches whose senders have their answer already.
    private func note(_ outcomes: ArraySlice<ForwardOutcome>) {
        for outcome in outcomes {
            switch outcome {
            case .durable(let receipt):
                state.withLock {
                    $0.counters.drained += 1
                    $0.counters.droppedRows += receipt.droppedRowCount
                }
            case .refused(let error), .later(let error):
                state.withLock { $0.counters.refused += 1 }
                logger.error("the engine refuses a batch of the spool for good", metadata: ["reason": "\(error)"])
            }
        }
    }
}
