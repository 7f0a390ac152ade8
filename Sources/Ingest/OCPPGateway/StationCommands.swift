import NIOCore
import OCPPMessages
import OCPPSession
package import Telemetry

extension OCPPGateway: CommandSink {
    /// The longest payload of a command, in bytes.
    static let maxCommandBytes = 256 * 1024
    /// The longest message id, OCPP-J.
    static let maxMessageIDLength = 36

    package func send(_ command: StationCommand, whenDone: @escaping @Sendable (CommandOutcome) -> Void) {
        guard command.payload.count <= Self.maxCommandBytes, Self.isObject(command.payload),
            (1...Self.maxMessageIDLength).contains(command.messageID?.unicodeScalars.count ?? 1)
        else {
            shared.tally.update { $0.sessions.count(.invalid) }
            return whenDone(.failed(.invalid))
        }
        guard let connection = shared.directory.connection(of: command.station) else {
            shared.tally.update { $0.sessions.count(.notConnected) }
            return whenDone(.failed(.notConnected))
        }
        connection.execute { $0.call(command, whenDone: whenDone) }
    }

    private static func isObject(_ payload: [UInt8]) -> Bool {
        let (tape, flaw) = JSONScanner.scan(payload)
        return flaw == nil && tape.kind(0) == .object && !tape.hasTrailingPadding
    }

    /// A message id of our own: a random UUID, RFC 9562 version 4.
    static func newMessageID() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        func hex(_ value: UInt64) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        let digits = Array((hex(high) + hex(low)).utf8)
        let parts = [digits[0..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20..<32]]
        return parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
    }
}

/// A connection, to be spoken to from any thread.
struct ConnectionHandle: Sendable {
    private let connection: NIOLoopBound<StationConnection>
    private let loop: any EventLoop

    init(_ connection: StationConnection, on loop: any EventLoop) {
        self.connection = NIOLoopBound(connection, eventLoop: loop)
        self.loop = loop
    }

    /// Does `work` on the connection's own loop.
    func execute(_ work: @escaping @Sendable (StationConnection) -> Void) {
        loop.execute { work(connection.value) }
    }
}
