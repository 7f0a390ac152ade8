import ForwardingProtocol
package import GRPCCore
package import Telemetry

/// The engine's side: takes forwarded batches into a sink and answers when they are durable.
package struct ReadingIntakeService: Sendable {
    /// Why a sender may not write.
    package enum Refusal: Error, Sendable, Equatable {
        /// Nobody knows who sends.
        case unauthenticated(String)
        /// The sender may not write to a database.
        case denied(String)
    }

    /// Says whether whoever sends the metadata `authorization` may write to some databases.
    package typealias Permission =
        @Sendable (_ authorization: String?, _ databases: Set<String>) async throws(Refusal) -> Void

    private let sink: any FrameSink
    private let permission: Permission

    /// A service over `sink` for whom `permission` lets through.
    package init(sink: any FrameSink, permission: @escaping Permission) {
        self.sink = sink
        self.permission = permission
    }

    /// The service, to be registered with a server.
    package var registrable: any RegistrableRPCService { Handlers(intake: self) }

    private struct Handlers: Feederline_Forwarding_V1_ReadingIntake.ServiceProtocol {
        let intake: ReadingIntakeService

        func forward(
            request: ServerRequest<Feederline_Forwarding_V1_ForwardRequest>, context: ServerContext
        ) async throws -> ServerResponse<Feederline_Forwarding_V1_ForwardResponse> {
            let authorization = request.metadata[stringValues: "authorization"].first { _ in true }
            do {
                try await intake.permission(authorization, Set(request.message.batches.map(\.database)))
            } catch .unauthenticated(let detail) {
                throw RPCError(code: .unauthenticated, message: detail)
            } catch .denied(let detail) {
                throw RPCError(code: .permissionDenied, message: detail)
            }
            return ServerResponse(message: await intake.store(request.message))
        }
    }

    /// Gives all batches to the sink, in order, before it waits for the first: one fsync serves them all.
    private func store(
        _ request: Feederline_Forwarding_V1_ForwardRequest
    ) async -> Feederline_Forwarding_V1_ForwardResponse {
        let count = request.batches.count
        let (results, result) = AsyncStream.makeStream(of: (Int, Feederline_Forwarding_V1_Outcome).self)
        for (index, message) in request.batches.enumerated() {
            do throws(UnreadableBatch) {
                let batch = try BatchMessage.decode(message)
                sink.submit(batch) { result.yield((index, Self.outcome($0))) }
            } catch {
                var outcome = Feederline_Forwarding_V1_Outcome()
                outcome.refusal = ForwardOutcome.unreadable
                outcome.detail = error.detail
                result.yield((index, outcome))
            }
        }
        var response = Feederline_Forwarding_V1_ForwardResponse()
        response.outcomes = Array(repeating: Feederline_Forwarding_V1_Outcome(), count: count)
        guard count > 0 else { return response }
        var settled = 0
        for await (index, outcome) in results {
            response.outcomes[index] = outcome
            settled += 1
            if settled == count { break }
        }
        // A call that was cancelled ends the loop early; nobody reads the answer, but it may not say "durable".
        if settled < count {
            for index in response.outcomes.indices {
                response.outcomes[index].refusal = FrameError.Code.unavailable.rawValue
            }
        }
        return response
    }

    private static func outcome(_ result: Result<FrameReceipt, FrameError>) -> Feederline_Forwarding_V1_Outcome {
        var outcome = Feederline_Forwarding_V1_Outcome()
        switch result {
        case .success(let receipt):
            outcome.droppedRows = UInt64(receipt.droppedRowCount)
            outcome.detail = receipt.firstRefusal?.detail ?? ""
        case .failure(let error):
            outcome.refusal = error.code.rawValue
            outcome.detail = error.detail
        }
        return outcome
    }
}
