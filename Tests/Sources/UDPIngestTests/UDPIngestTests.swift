import LineProtocol
import NIOPosix
import Synchronization
import Telemetry
import Testing
import UDPIngest

/// Keeps what it gets and answers as it is told.
private final class RecordingSink: FrameSink {
    let batches = Mutex<[FrameBatch]>([])
    let answer: Result<FrameReceipt, FrameError>

    init(_ answer: Result<FrameReceipt, FrameError>) { self.answer = answer }

    func submit(_ batch: FrameBatch, whenDurable: @escaping @Sendable (Result<FrameReceipt, FrameError>) -> Void) {
        batches.withLock { $0.append(batch) }
        whenDurable(answer)
    }
}

@Suite("UDP ingest")
struct UDPIngestTests {
    private func ingest(_ sink: RecordingSink, precision: TimestampPrecision = .nanoseconds) -> UDPIngest {
        var settings = UDPIngest.Settings()
        settings.database = "d"
        settings.precision = precision
        return UDPIngest(settings: settings, sink: sink, clock: { 7_000_000_000 }, group: .singleton)
    }

    @Test("a datagram is a batch of its database, with times in the unit of the configuration")
    func rows() {
        let sink = RecordingSink(.success(FrameReceipt(position: 1)))
        let ingest = ingest(sink, precision: .seconds)
        ingest.take(Array("m v=1 5\nm v=2\nbad".utf8))
        #expect(sink.batches.withLock { $0.map(\.database) } == ["d"])
        #expect(
            sink.batches.withLock { $0.flatMap { $0.tables.flatMap(\.timestamps) } } == [5_000_000_000, 7_000_000_000])
        #expect(ingest.counters.datagrams == 1 && ingest.counters.rows == 2 && ingest.counters.badLines == 1)
    }

    @Test("what the store does not take is counted as lost")
    func losses() {
        let busy = ingest(RecordingSink(.failure(FrameError(.overloaded, "full"))))
        busy.take(Array("m v=1 5\nm v=2 6".utf8))
        #expect(busy.counters.droppedRows == 2 && busy.counters.rows == 0)
        let partly = ingest(RecordingSink(.success(FrameReceipt(position: 1, droppedRowCount: 1))))
        partly.take(Array("m v=1 5\nm v=2 6".utf8))
        #expect(partly.counters.droppedRows == 1 && partly.counters.rows == 1)
        partly.take([0xff, 0xfe])
        #expect(partly.counters.datagrams == 2 && partly.counters.badLines == 1)
    }
}
