import Bytes
import ForwardingProtocol
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
package import Telemetry

/// An engine by gRPC, `feederline.forwarding.v1.ReadingIntake`; plain text, so on loopback or a network of trust.
package struct GRPCEngineLink: EngineLink {
    private let client: GRPCClient<HTTP2ClientTransport.Posix>
    private let authorization: String?
    private let timeout: Duration

    /// A link that connects once `run` runs.
    ///
    /// - Parameters:
    ///   - host: a name or an address.
    ///   - sender: `user:password` for an engine that asks for users.
    ///   - timeout: how long an answer may take before the engine counts as away.
    package init(host: String, port: Int, sender: String?, timeout: Duration = .seconds(5)) throws {
        let isIPv4 = host.split(separator: ".").count == 4 && host.allSatisfy { $0.isNumber || $0 == "." }
        let target: any ResolvableTarget =
            isIPv4
            ? .ipv4(address: host, port: port)
            : host.contains(":") ? .ipv6(address: host, port: port) : .dns(host: host, port: port)
        var config = HTTP2ClientTransport.Posix.Config.defaults
        config.backoff.initial = .milliseconds(100)
        config.backoff.max = .seconds(2)
        client = GRPCClient(
            transport: try HTTP2ClientTransport.Posix(target: target, transportSecurity: .plaintext, config: config))
        authorization = sender.map { "Basic " + Data($0.utf8).base64EncodedString() }
        self.timeout = timeout
    }

    /// Keeps the connection until `shutdown`.
    package func run() async throws { try await client.runConnections() }

    /// Ends the connection once the calls in flight are answered.
    package func shutdown() { client.beginGracefulShutdown() }

    package func forward(_ batches: [[UInt8]]) async throws(FrameError) -> [ForwardOutcome] {
        var options = CallOptions.defaults
        options.timeout = timeout
        // Without this a call waits for a connection for as long as its time lasts.
        options.waitForReady = false
        var metadata = Metadata()
        if let authorization { metadata.addString(authorization, forKey: "authorization") }
        let response: Feederline_Forwarding_V1_ForwardResponse
        do {
            response = try await client.unary(
                request: ClientRequest(message: batches, metadata: metadata),
                descriptor: Feederline_Forwarding_V1_ReadingIntake.Method.Forward.descriptor,
                serializer: EncodedBatches(),
                deserializer: ProtobufDeserializer<Feederline_Forwarding_V1_ForwardResponse>(), options: options
            ) { try $0.message }
        } catch {
            throw FrameError(.unavailable, "no answer from the engine: \(error)")
        }
        guard response.outcomes.count == batches.count else {
            throw FrameError(
                .unavailable, "the engine answered \(response.outcomes.count) of \(batches.count) batches")
        }
        return response.outcomes.map(ForwardOutcome.init)
    }
}

/// Writes a `ForwardRequest` from batches that are encoded already, each as field 1.
private struct EncodedBatches: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ batches: [[UInt8]]) throws -> Bytes {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(batches.reduce(0) { $0 + $1.count + 6 })
        for batch in batches {
            bytes.append(1 << 3 | 2)
            bytes.appendVarint(UInt64(batch.count))
            bytes.append(contentsOf: batch)
        }
        return Bytes(bytes)
    }
}
