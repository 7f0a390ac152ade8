import DispatchFeedProtocol
package import GRPCCore
import GRPCNIOTransportHTTP2Posix
package import Logging
import Synchronization
package import Telemetry

/// The edge to the dispatch core: results of windows by gRPC, `feederline.dispatch.v1.DispatchFeed`.
///
/// `publish` costs the decoding of the batch and a wake for each subscriber, whatever they do; the service's
/// handlers take results from the hub at their own pace.
package final class DispatchFeed: Sendable {
    /// What was counted, at one moment.
    package struct Counters: Sendable, Equatable {
        /// Subscribers that are there.
        package var subscribers = 0
        /// Results that were published.
        package var published = 0
        /// Results that were handed to subscribers' streams.
        package var delivered = 0
        /// Results that a newer one of the same feeder, operator and length of window replaced before they were sent.
        package var conflated = 0
        /// Subscribers of every revision that were too slow.
        package var droppedSubscribers = 0

        /// Nothing counted.
        package init() {}
    }

    private struct State: Sendable {
        var hub: FeedHub
        var wakes: [Int: AsyncStream<Void>.Continuation] = [:]
        var isStopping = false
    }

    private let state: Mutex<State>
    private let transport: HTTP2ServerTransport.Posix
    private let server = Mutex<GRPCServer<HTTP2ServerTransport.Posix>?>(nil)
    private let host: String
    private let logger: Logger

    /// A feed that does not listen yet; `publish` already takes results.
    ///
    /// - Parameters:
    ///   - host: an IPv4 or IPv6 address to listen on.
    ///   - port: the port to listen on; 0 picks a free one.
    package init(host: String, port: Int, logger: Logger, limits: FeedLimits = FeedLimits()) {
        state = Mutex(State(hub: FeedHub(limits: limits)))
        transport = HTTP2ServerTransport.Posix(
            address: host.contains(":") ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port),
            transportSecurity: .plaintext)
        self.host = host
        self.logger = logger
    }

    /// What was counted so far.
    package var counters: Counters { state.withLock { $0.hub.counters } }

    /// Takes derived batches in the order of the log, from any thread; never waits for a subscriber.
    ///
    /// - Parameter position: the log position after the batch, greater than that of the batch before: two batches of
    ///   one position could be parted by a cursor.
    package func publish(_ batch: FrameBatch, position: UInt64) {
        let wakes = state.withLock { state -> [AsyncStream<Void>.Continuation] in
            state.hub.publish(batch, position: position) ? Array(state.wakes.values) : []
        }
        for wake in wakes { wake.yield() }
    }

    /// Says that everything behind `position` of the log was published, as after its replay; a cursor that is not older
    /// is resumed without loss.
    package func begin(at position: UInt64) {
        state.withLock { $0.hub.begin(at: position) }
    }

    /// Listens and serves until `shutdown`, or until the task is cancelled; to be called once.
    ///
    /// Throws where the address cannot be had.
    ///
    /// - Parameters:
    ///   - companions: services that answer at the same address.
    ///   - whenListening: told the port.
    package func run(
        companions: [any RegistrableRPCService] = [], whenListening: @Sendable (Int) -> Void
    ) async throws {
        let server = GRPCServer(transport: transport, services: [Service(feed: self)] + companions)
        self.server.withLock { $0 = server }
        defer { self.server.withLock { $0 = nil } }
        // In this order: a `shutdown` either finds the server or is seen here.
        guard !state.withLock({ $0.isStopping }) else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            let address: GRPCNIOTransportCore.SocketAddress
            do {
                address = try await transport.listeningAddress
            } catch {
                // The server knows the reason; this error only says that there is no address.
                try await group.waitForAll()
                throw error
            }
            let port = address.ipv4?.port ?? address.ipv6?.port ?? 0
            logger.info("the dispatch feed listens", metadata: ["host": "\(host)", "port": "\(port)"])
            whenListening(port)
            try await group.waitForAll()
        }
    }

    /// Takes no new calls, ends every subscription with UNAVAILABLE and lets `run` return; never blocks.
    package func shutdown() {
        let wakes = state.withLock { state in
            state.isStopping = true
            return Array(state.wakes.values)
        }
        for wake in wakes { wake.finish() }
        server.withLock { $0 }?.beginGracefulShutdown()
    }

    /// Adds a subscriber and its wake, which has an element at once and one whenever something may wait.
    private func subscribe(
        _ filter: FeedFilter, _ mode: FeedHub.Mode, _ start: FeedHub.Start
    ) throws(RPCError) -> (id: Int, wake: AsyncStream<Void>) {
        let (wake, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state -> Int? in
            guard !state.isStopping, let id = state.hub.subscribe(filter, mode, from: start) else { return nil }
            state.wakes[id] = continuation
            return id
        }
        guard let id else {
            throw RPCError(code: .unavailable, message: "the engine stops, or has too many subscribers")
        }
        continuation.yield()
        return (id, wake)
    }

    private func unsubscribe(_ id: Int) {
        state.withLock { state in
            state.hub.unsubscribe(id)
            state.wakes[id] = nil
        }
    }

    private func next(_ id: Int) -> FeedHub.Step { state.withLock { $0.hub.next(id) } }

    private func lastClosed(_ filter: FeedFilter) -> (results: [FeedResult], position: UInt64) {
        state.withLock { $0.hub.lastClosed(filter) }
    }

    /// The handlers of the service.
    private struct Service: Feederline_Dispatch_V1_DispatchFeed.SimpleServiceProtocol {
        let feed: DispatchFeed

        func subscribe(
            request: Feederline_Dispatch_V1_SubscribeRequest,
            response: RPCWriter<Feederline_Dispatch_V1_SubscribeResponse>, context: ServerContext
        ) async throws {
            let filter = try Self.filter(request.filter)
            let mode: FeedHub.Mode
            switch request.mode {
            case .unspecified, .everyRevision: mode = .everyRevision
            case .newestWins: mode = .newestWins
            case .UNRECOGNIZED(let number):
                throw RPCError(code: .invalidArgument, message: "there is no delivery mode \(number)")
            }
            let (id, wake) = try feed.subscribe(filter, mode, request.hasCursor ? .behind(request.cursor) : .now)
            defer { feed.unsubscribe(id) }
            for await _ in wake {
                try await drain(id, response)
            }
            try Task.checkCancellation()
            throw RPCError(code: .unavailable, message: "the engine stops; resume from the last cursor")
        }

        /// Sends all that waits for a subscriber; suspended as long as its connection takes nothing.
        private func drain(
            _ id: Int, _ response: RPCWriter<Feederline_Dispatch_V1_SubscribeResponse>
        ) async throws {
            while true {
                switch feed.next(id) {
                case .send(let part): try await response.write(part.message)
                case .wait: return
                case .end:
                    feed.logger.warning("a subscriber of the dispatch feed was too slow for every revision")
                    throw RPCError(
                        code: .resourceExhausted, message: "too many results wait; resume from the last cursor")
                }
            }
        }

        func lastClosed(
            request: Feederline_Dispatch_V1_LastClosedRequest, context: ServerContext
        ) async throws -> Feederline_Dispatch_V1_LastClosedResponse {
            let (results, position) = feed.lastClosed(try Self.filter(request.filter))
            var answer = Feederline_Dispatch_V1_LastClosedResponse()
            answer.cursor = position
            answer.results = results.map(\.message)
            return answer
        }

        private static func filter(_ message: Feederline_Dispatch_V1_ResultFilter) throws(RPCError) -> FeedFilter {
            guard let filter = FeedFilter(message) else {
                throw RPCError(code: .invalidArgument, message: "an operator of the filter is unknown")
            }
            return filter
        }
    }
}
