import EngineConfiguration
import Foundation
import FoundationNetworking
import LineProtocol
import Synchronization
import Telemetry

/// A sink that writes to an engine's HTTP API: durable there is durable here.
final class ForwardingSink: FrameSink {
    /// Batches that may wait for the engine; beyond it the gateway answers its stations that it is busy.
    private static let waitingLimit = 10_000

    private let engine: URL
    private let session = URLSession(configuration: .ephemeral, delegate: NoChallenge(), delegateQueue: nil)
    private let waiting = Mutex(0)

    init(engine: URL) { self.engine = engine }

    func submit(_ batch: FrameBatch, whenDurable: @escaping @Sendable (Result<FrameReceipt, FrameError>) -> Void) {
        let isAdmitted = waiting.withLock { waiting in
            guard waiting < Self.waitingLimit else { return false }
            waiting += 1
            return true
        }
        guard isAdmitted else {
            whenDurable(.failure(FrameError(.overloaded, "\(Self.waitingLimit) batches wait for the engine")))
            return
        }
        var components = URLComponents(url: engine.appending(path: "write"), resolvingAgainstBaseURL: false)
        components?.queryItems = [URLQueryItem(name: "db", value: batch.database)]
        // http://user:password@host: an engine with --auth wants to hear it in a header.
        let sender = components?.user.map { "\($0):\(components?.password ?? "")" }
        components?.user = nil
        components?.password = nil
        guard let url = components?.url else {
            whenDurable(.failure(FrameError(.unavailable, "\(engine) is no address")))
            return
        }
        var request = URLRequest(url: url, timeoutInterval: 20)
        request.httpMethod = "POST"
        if let sender {
            request.setValue("Basic " + Data(sender.utf8).base64EncodedString(), forHTTPHeaderField: "Authorization")
        }
        request.httpBody = Data(LineProtocolWriter.encode(batch))
        session.dataTask(with: request) { [self] data, response, error in
            waiting.withLock { $0 -= 1 }
            whenDurable(Self.outcome(data, response as? HTTPURLResponse, error))
        }.resume()
    }

    private static func outcome(
        _ data: Data?, _ response: HTTPURLResponse?, _ error: (any Error)?
    ) -> Result<FrameReceipt, FrameError> {
        guard let response else {
            return .failure(FrameError(.unavailable, "no answer from the engine: \(error?.localizedDescription ?? "")"))
        }
        let text = String(decoding: data ?? Data(), as: UTF8.self)
        switch response.statusCode {
        case 204: return .success(FrameReceipt(position: 0))
        // The good rows are stored; a repeat would be refused for the same rows again.
        case 400:
            return .success(
                FrameReceipt(position: 0, droppedRowCount: 1, firstRefusal: FrameError(.typeConflict, text)))
        case 429, 503: return .failure(FrameError(.overloaded, text))
        default: return .failure(FrameError(.unavailable, "the engine answered \(response.statusCode): \(text)"))
        }
    }
}

/// Answers no challenge: without a delegate URLSession waits for ever behind a 401.
private final class NoChallenge: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) { completionHandler(.cancelAuthenticationChallenge, nil) }
}

/// The topology file, read anew when told to.
final class TopologySource: Sendable {
    private let path: String?
    private let topology = Mutex(Topology())

    init(path: String?) { self.path = path }

    var current: Topology { topology.withLock { $0 } }

    /// Reads the file; on an error the old topology stays.
    func read() throws {
        guard let path else { return }
        let next = try TopologyFile.parse(try String(contentsOfFile: path, encoding: .utf8), file: path)
        topology.withLock { $0 = next }
    }
}
