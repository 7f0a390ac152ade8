import Compression
import NIOCore
import NIOWebSocket

/// One message, from its frames: fragments together, inflated where it is deflated, never more than the limit.
struct MessageAssembly {
    /// What a frame led to.
    enum Step: Equatable {
        /// More is to come.
        case wait
        /// The message.
        case whole([UInt8])
        /// It is over the limit, or would be once it is inflated.
        case tooLarge(isBomb: Bool)
        /// It cannot be inflated.
        case corrupt
    }

    private let limit: Int
    private var fragments: ByteBuffer?
    private var isDeflated = false

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether a message has begun and is not whole.
    var isOpen: Bool { fragments != nil }

    /// Takes a text frame or a continuation; the first reserved bit of the text frame marks a deflated message.
    mutating func add(_ frame: WebSocketFrame) -> Step {
        if frame.opcode == .text { isDeflated = frame.rsv1 }
        var data = frame.unmaskedData
        if fragments == nil, frame.fin { return finish(Array(data.readableBytesView)) }
        let count = (fragments?.readableBytes ?? 0) + data.readableBytes
        guard count <= limit else { return .tooLarge(isBomb: false) }
        if fragments?.writeBuffer(&data) == nil { fragments = data }
        guard frame.fin, let whole = fragments else { return .wait }
        fragments = nil
        return finish(Array(whole.readableBytesView))
    }

    /// Forgets what has come so far.
    mutating func drop() { fragments = nil }

    private func finish(_ bytes: [UInt8]) -> Step {
        guard isDeflated else { return .whole(bytes) }
        do throws(InflateFailure) {
            return .whole(try RawDeflate.inflate(bytes, limit: limit))
        } catch {
            return error == .tooLarge ? .tooLarge(isBomb: true) : .corrupt
        }
    }
}
