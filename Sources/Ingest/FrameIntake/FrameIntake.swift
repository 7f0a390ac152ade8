import Dispatch
package import FileIO
package import FleetPipeline
import Synchronization
package import Telemetry
package import TimeSeriesStore
import WriteAheadLog

/// Admits batches to the store and, once they are durable, to the windows; results go back to the store as series.
///
/// The windows are a reader of the log: what they see are the records of the telemetry database in the order of the log,
/// with the clock that was logged, so that a replay gives the same results. One serial queue owns the pipeline; the
/// number of batches that may wait for it is bounded, and beyond it `submit` refuses.
package final class FrameIntake: FrameSink {
    /// Batches that may wait for the windows.
    private static let waitingLimit = 4096

    struct State {
        var pipeline: FleetPipeline
        var position: UInt64 = 0
        var arrival: Int64 = .min
        var topologyText: String
        var replayed: [WindowResult] = []
    }

    /// Batches of results that the store refused: those that will be given again, and all that there ever were.
    private struct Deliveries: Sendable {
        var waiting = 0
        var failed = 0

        mutating func fail() {
            waiting += 1
            failed += 1
        }
    }

    let store: TimeSeriesStore
    private let checkpoint: WindowCheckpoint
    private let settings: PipelineSettings
    private let parseTopology: @Sendable (String) throws -> Topology
    private let queue = DispatchQueue(label: "feederline.windows", qos: .userInitiated)
    let state: Mutex<State>
    private let current: Mutex<Topology>
    private let waiting = Mutex(0)
    /// What became of batches of results that the store refused.
    private let deliveries = Mutex(Deliveries())
    private let lastReading = Mutex<Int64>(.min)
    /// The log's position behind the last durable batch; what of it the windows want is on their queue.
    private let passed = Mutex<UInt64>(0)
    private let publish: @Sendable (FrameBatch, UInt64) -> Void
    private let noteRefusal: @Sendable (FrameError) -> Void
    private let forward: @Sendable (FrameBatch, UInt64) -> Void
    private let noteReplay: @Sendable (FrameBatch, UInt64) -> Void
    private let refusedResults = Mutex(0)
    private let encoder = Mutex(ResultEncoder())
    let repairQueue = DispatchQueue(label: "feederline.repairs", qos: .utility)
    let repairState = Mutex(RepairState())

    /// An intake in front of `store`, which is not open yet.
    ///
    /// - Parameters:
    ///   - directory: where the checkpoint of the windows lies.
    ///   - topologyText: the topology in force at the first start, as text; a replay finds the later ones in the log.
    ///   - parseTopology: reads such a text.
    ///   - publish: gets each durable batch of results with the log position behind it, in order, replayed ones too.
    ///   - forward: gets each batch that a write made durable, as it was stored, with the log position behind it; must not
    ///     block.
    ///   - noteReplay: gets each such batch again as the log is replayed at the start.
    ///   - noteRefusal: told why the store took a batch of results without some of its rows.
    package init(
        store: TimeSeriesStore, disk: any Disk, directory: String, settings: PipelineSettings, topologyText: String,
        parseTopology: @escaping @Sendable (String) throws -> Topology,
        publish: @escaping @Sendable (FrameBatch, UInt64) -> Void,
        forward: @escaping @Sendable (FrameBatch, UInt64) -> Void = { _, _ in },
        noteReplay: @escaping @Sendable (FrameBatch, UInt64) -> Void = { _, _ in },
        noteRefusal: @escaping @Sendable (FrameError) -> Void
    ) throws {
        self.store = store
        self.settings = settings
        self.parseTopology = parseTopology
        self.publish = publish
        self.noteRefusal = noteRefusal
        self.forward = forward
        self.noteReplay = noteReplay
        checkpoint = WindowCheckpoint(disk: disk, directory: directory)
        let topology = try parseTopology(topologyText)
        current = Mutex(topology)
        state = Mutex(
            State(pipeline: FleetPipeline(settings: settings, topology: topology), topologyText: topologyText))
    }

    /// Opens the store and brings the windows to where they were: checkpoint, then the log behind it.
    ///
    /// - Parameter noted: the position up to which `noteReplay` wants no batch.
    /// - Throws: what is corrupt, by file.
    package func recover(arrival: Int64, noted: UInt64 = .max) throws {
        let wantedText = state.withLock { $0.topologyText }
        if let saved = try checkpoint.load() {
            let topology = try parseTopology(saved.topologyText)
            let pipeline = try FleetPipeline(checkpoint: saved.pipeline, settings: settings, topology: topology)
            state.withLock { state in
                state.pipeline = pipeline
                state.position = saved.position
                state.topologyText = saved.topologyText
            }
            current.withLock { $0 = topology }
        }
        let position = state.withLock { $0.position }
        store.setCheckpointPosition(position)
        try store.open(replayFrom: 0, plainFrom: min(position, noted)) { record, position in
            replay(record, position)
        }
        let (results, text) = state.withLock { state in
            defer { state.replayed = [] }
            return (state.replayed, state.topologyText)
        }
        if text != wantedText { try reloadTopology(wantedText, arrival: arrival) }
        // What the replay gave again is keyed (feeder, window, revision): where it was stored before, nothing changes.
        if !results.isEmpty, store.database(CanonicalNames.telemetryDatabase) != nil {
            give(results, arrival: arrival)
        }
    }

    /// Takes a batch; see `FrameSink`.
    package func submit(
        _ batch: FrameBatch, whenDurable: @escaping @Sendable (Result<FrameReceipt, FrameError>) -> Void
    ) {
        let feedsWindows =
            batch.database == CanonicalNames.telemetryDatabase && !batch.isDerived
            && batch.tables.contains { settings.reads($0.measurement) }
        if feedsWindows, waiting.withLock({ $0 }) > Self.waitingLimit {
            whenDurable(.failure(FrameError(.overloaded, "\(Self.waitingLimit) batches wait for the windows")))
            return
        }
        store.submit(batch) { [self] result in
            switch result {
            case .failure(let error): whenDurable(.failure(error))
            case .success(let stored):
                if feedsWindows {
                    noteReading(batch)
                    advance { [settings] pipeline in
                        for table in stored.batch.tables where settings.reads(table.measurement) {
                            pipeline.apply(table, arrival: stored.batch.arrival)
                        }
                        pipeline.finishBatch(arrival: stored.batch.arrival)
                    } position: {
                        stored.receipt.position
                    } arrival: {
                        stored.batch.arrival
                    }
                }
                pass(stored.receipt.position)
                forward(stored.batch, stored.receipt.position)
                whenDurable(.success(stored.receipt))
            }
        }
    }

    /// Lets the watermark of an idle fleet go on; call it each second. The tick is a record of the log.
    package func tick(now: Int64) {
        repairLate(now: now)
        let last = lastReading.withLock { $0 }
        guard last > .min, now - last >= settings.idleAfter else { return }
        store.submit(marker: .tick(arrival: now)) { [self] result in
            guard case .success(let stored) = result else { return }
            advance {
                $0.tick(now: now)
            } position: {
                stored.receipt.position
            } arrival: {
                now
            }
        }
    }

    /// The topology in force.
    package var topology: Topology { current.withLock { $0 } }

    /// Puts a new topology in force: checked, logged, then applied to what comes behind it.
    ///
    /// - Throws: what is wrong with `text`; the old topology stays.
    package func reloadTopology(_ text: String, arrival: Int64) throws {
        let topology = try parseTopology(text)
        current.withLock { $0 = topology }
        store.submit(marker: .topology(arrival: arrival, text: text)) { [self] result in
            guard case .success(let stored) = result else { return }
            state.withLock { $0.topologyText = text }
            advance {
                $0.reload(topology, at: arrival)
            } position: {
                stored.receipt.position
            } arrival: {
                arrival
            }
        }
    }

    /// The windows' counters.
    package var counters: PipelineCounters { state.withLock { $0.pipeline.counters } }

    /// Values that came too late or too early for declared streams.
    package var streamLateCount: UInt64 { state.withLock { $0.pipeline.streamLateCount } }

    /// Up to which event time windows are given, nanoseconds, or nil before the first reading.
    package var watermark: Int64? { state.withLock { $0.pipeline.watermarkValue } }

    /// Results that the store did not take, as for a field that has another type.
    package var refusedResultCount: Int { refusedResults.withLock { $0 } }

    /// Batches that wait for the windows.
    package var waitingBatchCount: Int { waiting.withLock { $0 } }

    /// Saves the windows' state, so that a start replays only what comes behind it.
    ///
    /// The windows go on meanwhile: what is written is a copy of their state that shares all that does not change. To be
    /// called by one thread at a time.
    ///
    /// - Parameter before: called when everything that the log may let go of afterwards was handed to `forward` and
    ///   `publish`; where it throws, the log lets go of nothing.
    package func saveCheckpoint(before: () throws -> Void = {}) throws {
        // Everything before this position that the windows want is on their queue already.
        let passed = passed.withLock { $0 }
        // On the windows' queue, so that every result of the copy has been handed to the store before.
        let (copy, position, topologyText, failures) = queue.sync {
            let failures = deliveries.withLock { $0 }
            return state.withLock { state in
                state.position = max(state.position, passed)
                return (state.pipeline, state.position, state.topologyText, failures)
            }
        }
        // A crash replays from the checkpoint on, so every result before it must be in the log first.
        store.waitForCommits()
        let isDelivered = deliveries.withLock { $0.failed == failures.failed && failures.waiting == 0 }
        guard isDelivered else { return }
        try before()
        let saved = SavedWindows(
            position: position, topologyText: topologyText, pipeline: copy.encodeCheckpoint())
        try checkpoint.save(saved)
        store.setCheckpointPosition(saved.position)
    }

    /// Notes that a batch is durable, so that the log may let go of it once a checkpoint is behind it. Batches come in
    /// the order of the log.
    private func pass(_ position: UInt64) { passed.withLock { $0 = max($0, position) } }

    private func advance(
        _ body: @escaping @Sendable (inout FleetPipeline) -> Void, position: @escaping @Sendable () -> UInt64,
        arrival: @escaping @Sendable () -> Int64
    ) {
        waiting.withLock { $0 += 1 }
        queue.async { [self] in
            let results = state.withLock { state in
                body(&state.pipeline)
                state.position = position()
                return state.pipeline.takeResults()
            }
            waiting.withLock { $0 -= 1 }
            if !results.isEmpty { give(results, arrival: arrival()) }
        }
    }

    /// Stores results as series and hands them out once they are durable.
    func give(
        _ results: [WindowResult], arrival: Int64, whenStored: @escaping @Sendable () -> Void = {}
    ) {
        let batch = encoder.withLock { $0.batch(results, arrival: arrival) }
        store.submit(batch) { [self] result in
            switch result {
            case .success(let stored):
                if let refusal = stored.receipt.firstRefusal {
                    refusedResults.withLock { $0 += stored.receipt.droppedRowCount }
                    noteRefusal(refusal)
                }
                pass(stored.receipt.position)
                publish(stored.batch, stored.receipt.position)
                whenStored()
            case .failure(let error) where error.code == .logFailed:
                // Only a restart heals the log; no checkpoint is saved any more, so its replay gives these again.
                deliveries.withLock { $0.fail() }
            case .failure:
                deliveries.withLock { $0.fail() }
                queue.asyncAfter(deadline: .now() + .milliseconds(200)) { [self] in
                    give(results, arrival: arrival, whenStored: whenStored)
                    deliveries.withLock { $0.waiting -= 1 }
                }
            }
        }
    }

    /// A fleet is idle by its readings alone: an hourly temperature says nothing of it.
    private func noteReading(_ batch: FrameBatch) {
        guard batch.tables.contains(where: { $0.measurement == CanonicalNames.powerFlow }) else { return }
        lastReading.withLock { $0 = max($0, batch.arrival) }
    }

    private func replay(_ record: LogRecord, _ position: UInt64) {
        if case .batch(_, _, let batch) = record {
            // What a coarser copy was given is derived as well, but no result.
            if batch.isDerived {
                if batch.database == CanonicalNames.telemetryDatabase, batch.policy == nil {
                    publish(batch, position)
                    noteMinutes(batch, position)
                }
                return
            }
            noteReplay(batch, position)
        }
        state.withLock { state in
            guard position > state.position else { return }
            state.position = position
            switch record {
            case .batch(_, _, let batch):
                guard batch.database == CanonicalNames.telemetryDatabase else { return }
                let tables = batch.tables.filter { settings.reads($0.measurement) }
                if tables.isEmpty { return }
                for table in tables { state.pipeline.apply(table, arrival: batch.arrival) }
                state.pipeline.finishBatch(arrival: batch.arrival)
                noteReading(batch)
            case .tick(let now): state.pipeline.tick(now: now)
            case .deletion: break  // What the windows have seen they have seen.
            case .topology(let arrival, let text):
                // A text that was accepted once may be refused by a newer version: the topology before it stays.
                guard let topology = try? parseTopology(text) else { return }
                state.topologyText = text
                state.pipeline.reload(topology, at: arrival)
                current.withLock { $0 = topology }
            }
            state.replayed += state.pipeline.takeResults()
        }
    }
}
