import DispatchFeedProtocol
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import Telemetry
import Testing

@testable import DispatchFeed

@Suite("Dispatch feed over gRPC", .timeLimit(.minutes(5)))
struct DispatchFeedTests {
    private typealias Client = Feederline_Dispatch_V1_DispatchFeed.Client<HTTP2ClientTransport.Posix>

    /// Runs `body` with a feed that listens on a free loopback port and a client of it.
    private func withFeed(
        limits: FeedLimits = FeedLimits(), _ body: @Sendable (DispatchFeed, Client) async throws -> Void
    ) async throws {
        let feed = DispatchFeed(
            host: "127.0.0.1", port: 0, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, limits: limits)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await feed.run { port.yield($0) } }
            var iterator = ports.makeAsyncIterator()
            let number = try #require(await iterator.next())
            let transport = try HTTP2ClientTransport.Posix(
                target: .ipv4(address: "127.0.0.1", port: number), transportSecurity: .plaintext)
            do {
                try await withGRPCClient(transport: transport) { client in
                    try await body(feed, Client(wrapping: client))
                }
            } catch {
                feed.shutdown()
                throw error
            }
            feed.shutdown()
            try await group.waitForAll()
        }
    }

    private func publish(_ feed: DispatchFeed, _ positions: ClosedRange<UInt64>) {
        for position in positions {
            let results = [aggregate("F1", second: Int64(position), power: Double(position)), readiness("F2", up: 1)]
            feed.publish(derived(results), position: position)
        }
    }

    @Test("a subscriber that goes and resumes from its cursor loses nothing and gets nothing twice")
    func resume() async throws {
        try await withFeed { feed, client in
            publish(feed, 1...1)
            var request = Feederline_Dispatch_V1_SubscribeRequest()
            request.filter.feeders = ["F1"]
            request.cursor = 1
            publish(feed, 2...5)
            let first = try await client.subscribe(request) { response in
                var powers: [Double] = []
                var cursor: UInt64 = 0
                for try await message in response.messages {
                    powers += message.results.map(\.feederAggregate.activePowerW)
                    cursor = message.cursor
                    if powers.count >= 4 { break }
                }
                return (powers, cursor)
            }
            #expect(first.0 == [2, 3, 4, 5])
            publish(feed, 6...9)
            request.cursor = first.1
            let second = try await client.subscribe(request) { response in
                var powers: [Double] = []
                for try await message in response.messages {
                    #expect(!message.hasNotice)
                    if powers.isEmpty { publish(feed, 10...12) }
                    powers += message.results.map(\.feederAggregate.activePowerW)
                    if powers.count >= 7 { break }
                }
                return powers
            }
            #expect(second == [6, 7, 8, 9, 10, 11, 12])
            #expect(feed.counters.published == 24)
        }
    }

    @Test("the last closed windows are answered in one call")
    func lastClosed() async throws {
        try await withFeed { feed, client in
            publish(feed, 1...3)
            var request = Feederline_Dispatch_V1_LastClosedRequest()
            let all = try await client.lastClosed(request)
            #expect(all.cursor == 3)
            #expect(all.results.map(\.feeder) == ["F1", "F2"])
            #expect(all.results.first?.feederAggregate.activePowerW == 3)
            request.filter.operators = [.fcrReadiness]
            #expect(try await client.lastClosed(request).results.map(\.fcrReadiness.fcrUpW) == [1])
        }
    }

    @Test("an operator that there is none of is an invalid argument")
    func badOperator() async throws {
        try await withFeed { _, client in
            var request = Feederline_Dispatch_V1_LastClosedRequest()
            request.filter.operators = [.UNRECOGNIZED(77)]
            let error = await #expect(throws: RPCError.self) { try await client.lastClosed(request) }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("a cursor that is too old gets the notice over the wire")
    func notice() async throws {
        try await withFeed { feed, client in
            publish(feed, 5...6)
            var request = Feederline_Dispatch_V1_SubscribeRequest()
            request.cursor = 2
            let message = try await client.subscribe(request) { response in
                for try await message in response.messages { return message }
                return Feederline_Dispatch_V1_SubscribeResponse()
            }
            #expect(message.notice.kind == .cursorTooOld)
            #expect(message.notice.text == "cursor too old: the newest revisions held follow")
            #expect(message.results.map(\.feeder) == ["F1", "F2"])
            #expect(message.cursor == 6)
        }
    }

    @Test("a subscriber of every revision that waits too long ends with RESOURCE_EXHAUSTED")
    func tooSlow() async throws {
        var limits = FeedLimits()
        limits.heldResults = 1
        try await withFeed(limits: limits) { feed, client in
            publish(feed, 1...1)
            var request = Feederline_Dispatch_V1_SubscribeRequest()
            request.cursor = 1
            let error = await #expect(throws: RPCError.self) {
                try await client.subscribe(request) { response in
                    var next: UInt64 = 2
                    publish(feed, 2...2)
                    for try await message in response.messages {
                        // A flood from the reader of the stream: more than the ring holds before the next message.
                        #expect(message.cursor > 0)
                        publish(feed, next + 1...next + 5_000)
                        next += 5_000
                    }
                }
            }
            #expect(error?.code == .resourceExhausted)
            #expect(feed.counters.droppedSubscribers == 1)
        }
    }

    @Test("an engine that stops ends subscriptions with UNAVAILABLE")
    func stops() async throws {
        try await withFeed { feed, client in
            publish(feed, 1...2)
            var request = Feederline_Dispatch_V1_SubscribeRequest()
            request.cursor = 1
            let error = await #expect(throws: RPCError.self) {
                try await client.subscribe(request) { response in
                    for try await _ in response.messages { feed.shutdown() }
                }
            }
            #expect(error?.code == .unavailable)
        }
    }
}
