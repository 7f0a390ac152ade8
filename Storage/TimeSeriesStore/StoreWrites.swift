import Catalog
import Dispatch
import FileIO
import Synchronization
package import Telemetry
package import WriteAheadLog

/// What waits for the next commit.
struct Intake: Sendable {
    struct Waiting: Sendable {
        var record: Kind
        var byteCount: Int
        var done: @Sendable (Result<StoredBatch, FrameError>) -> Void
    }
    enum Kind: Sendable {
        case batch(FrameBatch)
        case marker(LogRecord)
        case deletion(database: String, Deletion)
    }
    var waiting: [Waiting] = []
    /// Bytes that wait or are being committed.
    var byteCount = 0
    var isScheduled = false
    var isClosed = false
}

/// One commit on its way: written together, synced once, told in order.
final class Commit: Sendable {
    typealias Outcome = (
        done: @Sendable (Result<StoredBatch, FrameError>) -> Void, result: Result<StoredBatch, FrameError>
    )
    let outcomes: [Outcome]
    let byteCount: Int
    /// The log's position behind it.
    let position: UInt64
    /// Signalled once the rows are in the memtables.
    let isApplied = DispatchSemaphore(value: 0)

    init(outcomes: [Outcome], byteCount: Int, position: UInt64 = 0) {
        self.outcomes = outcomes
        self.byteCount = byteCount
        self.position = position
    }
}

extension TimeSeriesStore {
    /// Takes a batch and calls `done` once, in the order of the log, after the fsync or with the refusal.
    ///
    /// A refusal for want of room comes at once on the caller's thread, everything else on the store's.
    package func submit(_ batch: FrameBatch, done: @escaping @Sendable (Result<StoredBatch, FrameError>) -> Void) {
        enqueue(.batch(batch), byteCount: batch.byteCount, done: done)
    }

    /// Puts a tick or a topology into the log, in order with the batches.
    package func submit(marker: LogRecord, done: @escaping @Sendable (Result<StoredBatch, FrameError>) -> Void) {
        enqueue(.marker(marker), byteCount: 64, done: done)
    }

    func enqueue(
        _ record: Intake.Kind, byteCount: Int, done: @escaping @Sendable (Result<StoredBatch, FrameError>) -> Void
    ) {
        enum Admission { case refused(FrameError), taken, schedule }
        let admission: Admission = intake.withLock { intake in
            if intake.isClosed { return .refused(FrameError(.unavailable, "the store is closed")) }
            if intake.byteCount > 0, intake.byteCount + byteCount > settings.queueByteLimit {
                return .refused(FrameError(.overloaded, "\(intake.byteCount) bytes wait for the log"))
            }
            intake.byteCount += byteCount
            intake.waiting.append(.init(record: record, byteCount: byteCount, done: done))
            if intake.isScheduled { return .taken }
            intake.isScheduled = true
            return .schedule
        }
        switch admission {
        case .taken: break
        case .schedule: writes.async { self.commitWaiting() }
        case .refused(let error):
            if error.code == .overloaded { state.withLock { $0.counters.batchesShed += 1 } }
            done(.failure(error))
        }
    }

    /// Writes all that waits, as one commit where nothing is deleted; runs on `writes`.
    private func commitWaiting() {
        let waiting = intake.withLock { intake in
            defer { intake.waiting = [] }
            intake.isScheduled = false
            return intake.waiting
        }
        // A deletion changes what numbers the series behind it get: it is applied before they are looked up.
        var together: [Intake.Waiting] = []
        for item in waiting {
            guard case .deletion = item.record else {
                together.append(item)
                continue
            }
            if !together.isEmpty { commit(together) }
            together = []
            commit([item])
        }
        if !together.isEmpty { commit(together) }
    }

    /// Writes what waits as one commit; runs on `writes`.
    func commit(_ waiting: [Intake.Waiting]) {
        if let failure = standingFailure() {
            state.withLock { $0.counters.batchesFailed += waiting.count }
            let byteCount = waiting.reduce(0) { $0 + $1.byteCount }
            let refused = Commit(outcomes: waiting.map { ($0.done, .failure(failure)) }, byteCount: byteCount)
            refused.isApplied.signal()
            return syncs.async { self.finish(refused, file: nil, retired: []) }
        }
        var prepared: [(batch: PreparedBatch, name: String)] = []
        var outcomes: [Commit.Outcome] = []
        var deletion: (Deletion, from: String)?
        for item in waiting {
            switch item.record {
            case .deletion(let name, let what):
                guard let number = database(name)?.number else {
                    let refusal = FrameError(.databaseNotFound, "database not found: \(name)")
                    outcomes.append((item.done, .failure(refusal)))
                    continue
                }
                let position = log.withLock { $0.append(.deletion(database: number, what)) }
                let stored = StoredBatch(
                    receipt: FrameReceipt(position: position), batch: FrameBatch(database: "", arrival: 0))
                outcomes.append((item.done, .success(stored)))
                deletion = (what, name)
            case .marker(let record):
                let position = log.withLock { $0.append(record) }
                let stored = StoredBatch(
                    receipt: FrameReceipt(position: position), batch: FrameBatch(database: "", arrival: 0))
                outcomes.append((item.done, .success(stored)))
            case .batch(let batch):
                switch prepare(batch) {
                case .failure(let error):
                    outcomes.append((item.done, .failure(error)))
                    // A start may find more in the log than it may hold: without a flush nothing would be taken again.
                    if error.code == .overloaded { beginFlush() }
                case .success(let ready):
                    let record = LogRecord.batch(database: ready.database, policy: ready.policy, ready.batch)
                    let position = log.withLock { $0.append(record) }
                    let receipt = FrameReceipt(
                        position: position, droppedRowCount: ready.droppedRowCount, firstRefusal: ready.firstRefusal)
                    outcomes.append((item.done, .success(StoredBatch(receipt: receipt, batch: ready.batch))))
                    prepared.append((ready, batch.database))
                }
            }
        }
        let (file, failed) = writeLog()
        let retired = log.withLock { $0.takeRetiredFiles() }
        let byteCount = waiting.reduce(0) { $0 + $1.byteCount }
        if let failed {
            outcomes = outcomes.map { ($0.done, $0.result.flatMap { _ in .failure(failed) }) }
            state.withLock { state in
                state.writeFailure = failed
                state.counters.batchesFailed += outcomes.count
            }
            (prepared, deletion) = ([], nil)
        }
        let position = log.withLock { $0.writtenPosition }
        let commit = Commit(outcomes: outcomes, byteCount: byteCount, position: position)
        syncs.async { self.finish(commit, file: file, retired: retired) }
        apply(prepared)
        if let deletion { apply(deletion.0, to: deletion.from) }
        commit.isApplied.signal()
    }

    /// Brings what was appended to the log's file: the file, to be synced, or why it could not be written.
    private func writeLog() -> (file: DiskFile?, failure: FrameError?) {
        log.withLock { log in
            guard log.hasUnwritten else { return (nil, nil) }
            do throws(FileError) {
                try log.write()
            } catch {
                let refusal = FrameError(.logFailed, "fsync of the log failed: \(error)")
                return (nil, log.hasFailedSync ? refusal : Self.refusal(error))
            }
            return (log.activeFile, nil)
        }
    }

    /// Why nothing may be acknowledged at present, or nil; runs on `writes`.
    ///
    /// A failed fsync of the log stands until a restart. A manifest that may or may not be the old one is written anew
    /// first: nothing may be built on a store of which nobody knows what a start would find.
    @discardableResult
    func standingFailure() -> FrameError? {
        let (failure, isUncertain) = state.withLock { ($0.writeFailure, $0.isManifestUncertain) }
        if let failure, failure.code == .logFailed { return failure }
        guard isUncertain else { return nil }
        do throws(FileError) {
            try commitManifest(state.withLock { $0.currentManifest() })
            return nil
        } catch {
            return Self.refusal(error)
        }
    }

    private func prepare(_ batch: FrameBatch) -> Result<PreparedBatch, FrameError> {
        state.withLock { state in
            if state.unflushedByteCount + state.frozenByteCount > 3 * settings.memoryByteLimit {
                state.counters.batchesShed += 1
                return .failure(FrameError(.overloaded, "the memtable waits for a flush"))
            }
            var counters = state.counters
            let prepared = state.databases[batch.database]?.prepare(batch, counters: &counters)
            state.counters = counters
            return prepared
                ?? .failure(FrameError(.databaseNotFound, "database not found: \"\(batch.database)\""))
        }
    }

    private func apply(_ prepared: [(batch: PreparedBatch, name: String)]) {
        guard !prepared.isEmpty else { return }
        let mustFlush = state.withLock { state in
            for (batch, name) in prepared {
                state.apply(batch, to: name)
                state.counters.rowsWritten += batch.batch.rowCount
            }
            return state.unflushedByteCount + state.renewableByteCount(settings.indexChangeLimit)
                > settings.memoryByteLimit
        }
        if mustFlush { beginFlush() }
    }

    /// Makes the commit durable and tells everybody; runs on `syncs`.
    private func finish(_ commit: Commit, file: DiskFile?, retired: [DiskFile]) {
        var failure: FrameError?
        if let file {
            do throws(FileError) {
                try disk.sync(file)
                // The commit before, or the next one that filled the file, may have taken its fsync error, which the
                // kernel gives once.
                let hasFailed = log.withLock { log in
                    if !log.hasFailedSync { log.noteSync(upTo: commit.position) }
                    return log.hasFailedSync
                }
                if hasFailed { throw FileError(errno: 5, operation: "fdatasync by another commit") }
                state.withLock { state in
                    state.counters.commits += 1
                    // A full disk heals by itself; a failed fsync does not, for nobody knows what was lost.
                    if state.writeFailure?.code != .logFailed { state.writeFailure = nil }
                }
            } catch {
                let refusal = FrameError(.logFailed, "fsync of the log failed: \(error)")
                failure = refusal
                log.withLock { $0.noteFailedSync() }
                state.withLock { state in
                    state.writeFailure = refusal
                    state.counters.batchesFailed += commit.outcomes.count
                }
            }
        }
        for file in retired { try? disk.close(file) }  // Synced when it was filled; a descriptor is all that is lost.
        commit.isApplied.wait()
        intake.withLock { $0.byteCount -= commit.byteCount }
        for (done, result) in commit.outcomes {
            if let failure { done(result.flatMap { _ in .failure(failure) }) } else { done(result) }
        }
    }

    /// A write that failed was taken back whole, so that the next one may be tried: unlike a failed fsync.
    private static func refusal(_ error: FileError) -> FrameError {
        error.isDiskFull
            ? FrameError(.diskFull, "ERR_DISK_FULL: \(error)")
            : FrameError(.unavailable, "the log could not be written: \(error)")
    }
}
