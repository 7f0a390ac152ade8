import DispatchFeed
import ForwardingProtocol
import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import Telemetry
import Testing

@testable import EngineForwarding

/// Keeps what it gets, or refuses it.
private final class KeptBatches: FrameSink {
    private let state = Mutex<(batches: [FrameBatch], refusal: FrameError?)>(([], nil))

    var batches: [FrameBatch] { state.withLock { $0.batches } }
    func refuse(_ error: FrameError?) { state.withLock { $0.refusal = error } }

    func submit(_ batch: FrameBatch, whenDurable: @escaping @Sendable (Result<FrameReceipt, FrameError>) -> Void) {
        let refusal = state.withLock { state in
            if state.refusal == nil { state.batches.append(batch) }
            return state.refusal
        }
        if let refusal { return whenDurable(.failure(refusal)) }
        whenDurable(
            .success(
                FrameReceipt(position: 7, droppedRowCount: 2, firstRefusal: FrameError(.typeConflict, "a text"))))
    }
}

@Suite("Reading intake over gRPC", .timeLimit(.minutes(5)))
struct ReadingIntakeTests {
    private let sink = KeptBatches()

    private static func batch() -> FrameBatch {
        var batch = FrameBatch(database: "telemetry", policy: "raw", arrival: 5)
        let tags = [("EVSE_ID", "CS 1,a=b"), ("feeder", "ü")]
        batch.append(
            measurement: "Power_Flow", tags: tags,
            fields: [
                ("a", .float(-0.0)), ("b", .integer(.min)), ("c", .unsigned(.max)), ("d", .boolean(true)),
                ("e", .string("grün")),
            ], timestamp: .min)
        batch.append(
            measurement: "Power_Flow", tags: [], fields: [("a", .float(.infinity)), ("e", .string(""))], timestamp: 1)
        batch.append(measurement: "Other", tags: tags, fields: [("a", .integer(1))], timestamp: 2)
        batch.seal()
        return batch
    }

    /// Runs `body` with a link to a server over `sink`; a sender needs the password where there is one.
    private func withLink(
        password: String? = nil, sender: String? = nil, _ body: @Sendable (GRPCEngineLink) async throws -> Void
    ) async throws {
        let feed = DispatchFeed(
            host: "127.0.0.1", port: 0, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let intake = ReadingIntakeService(sink: sink) {
            (authorization, databases) async throws(ReadingIntakeService.Refusal) in
            guard let password else { return }
            guard authorization == "Basic " + Data(password.utf8).base64EncodedString() else {
                throw .unauthenticated("who are you")
            }
            if databases != ["telemetry"] { throw .denied("not there") }
        }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await feed.run(companions: [intake.registrable]) { port.yield($0) } }
            var iterator = ports.makeAsyncIterator()
            let number = try #require(await iterator.next())
            let link = try GRPCEngineLink(host: "127.0.0.1", port: number, sender: sender, timeout: .seconds(60))
            group.addTask { try await link.run() }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(link))
            } catch {
                outcome = .failure(error)
            }
            link.shutdown()
            feed.shutdown()
            try await group.waitForAll()
            try outcome.get()
        }
    }

    /// A request's outcomes, tried again until the connection is there.
    private static func forward(_ batches: [[UInt8]], _ link: GRPCEngineLink) async throws -> [ForwardOutcome] {
        while true {
            do throws(FrameError) {
                return try await link.forward(batches)
            } catch {
                guard error.detail.contains("unavailable") else { throw error }
                await Task.yield()
            }
        }
    }

    @Test("batches arrive bit for bit, in their order, and what was refused of them is told")
    func roundTrip() async throws {
        var other = Self.batch()
        other.policy = nil
        try await withLink { [other] link in
            let outcomes = try await Self.forward(
                [try BatchMessage.encode(Self.batch()), try BatchMessage.encode(other)], link)
            let receipt = FrameReceipt(
                position: 0, droppedRowCount: 2, firstRefusal: FrameError(.typeConflict, "a text"))
            #expect(outcomes == [.durable(receipt), .durable(receipt)])
            #expect(try await Self.forward([], link).isEmpty)
        }
        #expect(sink.batches == [Self.batch(), other])
    }

    @Test("a store's refusals that pass are to be repeated, others stay")
    func refusals() async throws {
        try await withLink { [sink] link in
            for code in FrameError.Code.allCases {
                let error = FrameError(code, "why")
                sink.refuse(error)
                let outcome = try await Self.forward([try BatchMessage.encode(Self.batch())], link)
                let passes: Set<FrameError.Code> = [.overloaded, .unavailable, .logFailed, .diskFull]
                #expect(outcome == [passes.contains(code) ? .later(error) : .refused(error)])
            }
        }
    }

    @Test("a batch that cannot be one of ours is refused alone")
    func unreadable() async throws {
        var broken = Feederline_Forwarding_V1_Batch()
        broken.database = "telemetry"
        try await withLink { [broken, sink] link in
            for change in Self.breakages {
                var message = broken
                message.tables = [Self.table()]
                change(&message)
                let bytes: [UInt8] = try message.serializedBytes()
                let outcomes = try await Self.forward([bytes, try BatchMessage.encode(Self.batch())], link)
                guard case .refused = outcomes[0], case .durable = outcomes[1] else {
                    Issue.record("\(outcomes) for \(message)")
                    continue
                }
            }
            #expect(sink.batches.count == Self.breakages.count)
        }
    }

    @Test("the table that the breakages break is readable")
    func readable() throws {
        var message = Feederline_Forwarding_V1_Batch()
        message.database = "telemetry"
        message.tables = [Self.table()]
        #expect(try BatchMessage.decode(message).rowCount == 1)
    }

    private static func table() -> Feederline_Forwarding_V1_Table {
        var table = Feederline_Forwarding_V1_Table()
        table.measurement = "M"
        table.keys = Data("M,a=b".utf8)
        table.keyEnds = [5]
        table.timestamps = [1]
        table.columns = [column(.float, [1]), column(.boolean, [1]), column(.string, [2], "ok")]
        return table
    }

    private static func column(
        _ kind: Feederline_Forwarding_V1_Kind, _ words: [UInt64], _ text: String = ""
    ) -> Feederline_Forwarding_V1_Column {
        var column = Feederline_Forwarding_V1_Column()
        column.name = "f"
        column.kind = kind
        column.words = words
        column.text = Data(text.utf8)
        return column
    }

    private static let breakages: [@Sendable (inout Feederline_Forwarding_V1_Batch) -> Void] = [
        { $0.database = "" },
        { $0.tables[0].measurement = "" },
        { $0.tables[0].measurement = "N" },
        {
            $0.tables[0].keys = Data("M,b=1,a=2".utf8); $0.tables[0].keyEnds = [9]
        },
        {
            $0.tables[0].keys = Data("M,a=1,a=2".utf8); $0.tables[0].keyEnds = [9]
        },
        { $0.tables[0].keys = Data([0x4D, 0x2C, 0x61, 0x3D, 0xFF]) },
        { $0.tables[0].keyEnds = [4] },
        { $0.tables[0].keyEnds = [6] },
        { $0.tables[0].timestamps = [1, 2] },
        { $0.tables[0].columns[0].words = [] },
        { $0.tables[0].columns[0].name = "" },
        { $0.tables[0].columns[0].kind = .unspecified },
        { $0.tables[0].columns[0].kind = .UNRECOGNIZED(9) },
        { $0.tables[0].columns[0].kind = .UNRECOGNIZED(-1) },
        { $0.tables[0].columns[0].kind = .boolean },
        { $0.tables[0].columns[0].absent = [2] },
        { $0.tables[0].columns[0].absent = [0, 0] },
        { $0.tables[0].columns[0].text = Data([1]) },
        { $0.tables[0].columns[1].words = [2] },
        { $0.tables[0].columns[2].words = [3] },
        { $0.tables[0].columns[2].words = [1] },
        { $0.tables[0].columns[2].text = Data([0xC3, 0x28]) },
    ]

    @Test("where users are asked for, a sender without the right is refused whole")
    func permissions() async throws {
        let bytes = try BatchMessage.encode(Self.batch())
        var elsewhere = Self.batch()
        elsewhere.database = "other"
        let other = try BatchMessage.encode(elsewhere)
        try await withLink(password: "u:p", sender: "u:wrong") { link in
            await #expect(throws: FrameError.self) { _ = try await Self.forward([bytes], link) }
        }
        try await withLink(password: "u:p", sender: "u:p") { link in
            await #expect(throws: FrameError.self) { _ = try await Self.forward([bytes, other], link) }
        }
        #expect(sink.batches.isEmpty)
        try await withLink(password: "u:p", sender: "u:p") { link in
            _ = try await Self.forward([bytes], link)
        }
        #expect(sink.batches.count == 1)
    }
}
