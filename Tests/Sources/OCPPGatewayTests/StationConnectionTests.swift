import Logging
import NIOCore
import NIOEmbedded
import NIOWebSocket
import OCPPMessages
import Synchronization
import Telemetry
import Testing

@testable import OCPPGateway

/// A sink that keeps what it is given until the test says what became of it.
private final class WaitingSink: FrameSink {
    typealias Report = @Sendable (Result<FrameReceipt, FrameError>) -> Void
    private let reports = Mutex<[Report]>([])

    func submit(_ batch: FrameBatch, whenDurable: @escaping Report) {
        reports.withLock { $0.append(whenDurable) }
    }

    var count: Int { reports.withLock { $0.count } }

    func settleFirst(_ outcome: Result<FrameReceipt, FrameError>) {
        let report = reports.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        report?(outcome)
    }
}

/// Remembers how often the socket was asked to read.
private final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = WebSocketFrame
    var count = 0

    func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
    }
}

@Suite("Station connection")
struct StationConnectionTests {
    private let sink = WaitingSink()
    private let shared: OCPPGateway.Shared

    init() {
        var settings = OCPPGateway.Settings()
        settings.maxOutstanding = 2
        settings.maxMessageBytes = 1000
        shared = OCPPGateway.Shared(
            settings: settings, sink: sink, topology: { Topology() }, clock: { 1_767_225_600_000_000_000 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, ledger: StationLedger(firstNumber: 1))
    }

    private func connect(
        _ identity: String = "CS", version: OCPPVersion? = .v201, number: UInt64? = nil
    ) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try channel.pipeline.syncOperations.addHandler(
            StationConnection(
                identity: identity, connection: number ?? shared.directory.reserve(), version: version,
                channel: channel, shared: shared))
        return channel
    }

    private func frame(_ opcode: WebSocketOpcode, _ text: String, fin: Bool = true, isMasked: Bool = true)
        -> WebSocketFrame
    {
        let key: WebSocketMaskingKey = [1, 2, 3, 4]
        var data = ByteBuffer(string: text)
        if isMasked { data.webSocketMask(key) }
        return WebSocketFrame(fin: fin, opcode: opcode, maskKey: isMasked ? key : nil, data: data)
    }

    private func sent(_ channel: EmbeddedChannel) throws -> [String] {
        channel.embeddedEventLoop.run()
        var result: [String] = []
        while let frame = try channel.readOutbound(as: WebSocketFrame.self) {
            var data = frame.data
            switch frame.opcode {
            case .connectionClose: result.append("close \(data.readInteger(as: UInt16.self) ?? 0)")
            case .ping: result.append("ping")
            case .pong: result.append("pong \(String(buffer: data))")
            default: result.append(String(String(buffer: data).prefix(40)))
            }
        }
        return result
    }

    private let boot =
        #"[2,"b","BootNotification",{"chargingStation":{"model":"M","vendorName":"V"},"reason":"PowerUp"}]"#
    private func heartbeat(_ id: String) -> String { #"[2,"\#(id)","Heartbeat",{}]"# }
    private func status(_ id: String) -> String {
        #"[2,"\#(id)","StatusNotification",{"timestamp":"2026-01-01T00:00:00Z","connectorStatus":"Occupied","#
            + #""evseId":1,"connectorId":1}]"#
    }

    private func booted() throws -> EmbeddedChannel {
        let channel = try connect()
        try channel.writeInbound(frame(.text, boot))
        _ = try sent(channel)
        return channel
    }

    @Test(
        "of two connections of a station the one wins whose handshake was answered later, whichever is admitted first")
    func overtaken() throws {
        let (first, second) = (shared.directory.reserve(), shared.directory.reserve())
        let newer = try connect(number: second)
        let older = try connect(number: first)
        #expect(try sent(older) == ["close 1000"])
        try newer.writeInbound(frame(.text, boot))
        #expect(try sent(newer).first?.hasPrefix("[3,") == true)
        _ = try? older.finish()  // What is left of it tells the directory of its end.
        #expect(shared.directory.connection(of: "CS") != nil)
        let newest = try connect()
        #expect(try sent(newer) == ["close 1000"])
        #expect(try sent(newest).isEmpty)
    }

    @Test("an answer waits for the sink, and a full disk is an InternalError that says so")
    func waitsForSink() throws {
        let channel = try booted()
        try channel.writeInbound(frame(.text, status("1")))
        try channel.writeInbound(frame(.text, status("2")))
        #expect(try sent(channel).isEmpty)
        #expect(sink.count == 2)
        sink.settleFirst(.success(FrameReceipt(position: 1)))
        #expect(try sent(channel) == [#"[3,"1",{}]"#])
        sink.settleFirst(.failure(FrameError(.diskFull, "no space")))
        #expect(try sent(channel) == [#"[4,"2","InternalError","ERR_DISK_FULL",{"#])
        #expect(shared.tally.snapshot.callErrorsByCode == ["InternalError": 1])
    }

    @Test("with two calls open nothing more is read or taken, and it goes on in order after an answer")
    func backpressure() throws {
        let channel = try booted()
        let reads = ReadCounter()
        try channel.pipeline.syncOperations.addHandler(reads, position: .first)
        channel.read()
        #expect(reads.count == 1)
        for id in ["1", "2", "3"] { try channel.writeInbound(frame(.text, status(id))) }
        try channel.writeInbound(frame(.text, heartbeat("4")))
        channel.read()
        #expect(reads.count == 1, "the read is held")
        #expect(sink.count == 2)
        sink.settleFirst(.success(FrameReceipt(position: 1)))
        #expect(try sent(channel) == [#"[3,"1",{}]"#])
        #expect(sink.count == 2, "the third was taken")
        #expect(reads.count == 1, "the heartbeat still waits")
        sink.settleFirst(.success(FrameReceipt(position: 2)))
        sink.settleFirst(.success(FrameReceipt(position: 3)))
        let answers = try sent(channel).map { String($0.prefix(6)) }
        #expect(answers == [#"[3,"2""#, #"[3,"3""#, #"[3,"4""#])
        #expect(reads.count == 2, "the held read went on")
    }

    @Test("a report that comes after the connection is gone is nothing")
    func lateReport() throws {
        let channel = try booted()
        try channel.writeInbound(frame(.text, status("1")))
        _ = try channel.finish()
        sink.settleFirst(.success(FrameReceipt(position: 1)))
        channel.embeddedEventLoop.run()
        #expect(shared.tally.snapshot.connections == 0)
    }

    @Test("pings go out each minute; two without a pong drop the connection, any frame keeps it")
    func pings() throws {
        let channel = try booted()
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(try sent(channel) == ["ping"])
        try channel.writeInbound(frame(.pong, ""))
        channel.embeddedEventLoop.advanceTime(by: .seconds(120))
        #expect(try sent(channel) == ["ping", "ping"])
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(!channel.isActive)
        #expect(shared.tally.snapshot.silentConnections == 1)
    }

    @Test("a ping is answered with its data, also between fragments")
    func answersPing() throws {
        let channel = try booted()
        try channel.writeInbound(frame(.text, #"[2,"h","Heart"#, fin: false))
        try channel.writeInbound(frame(.ping, "x"))
        try channel.writeInbound(frame(.continuation, "beat\",{}]"))
        let answers = try sent(channel)
        #expect(answers.first == "pong x")
        #expect(answers.last?.hasPrefix(#"[3,"h""#) == true)
    }

    @Test("what breaks RFC 6455 closes with its code")
    func closes() throws {
        let cases: [(WebSocketFrame, String)] = [
            (frame(.binary, "x"), "close 1003"), (frame(.text, "[]", isMasked: false), "close 1002"),
            (frame(.continuation, "x"), "close 1002"),
            (frame(.text, String(repeating: "x", count: 1001), fin: false), "close 1009"),
        ]
        for (frame, expected) in cases {
            let channel = try booted()
            try channel.writeInbound(frame)
            #expect(try sent(channel).last == expected)
            #expect(try sent(channel).isEmpty)
        }
        let refused = try connect("CS2", version: nil)
        #expect(try sent(refused) == ["close 1002"])
    }

    @Test("a close is echoed, and after ours the connection ends within five seconds")
    func closing() throws {
        let channel = try booted()
        try channel.writeInbound(frame(.connectionClose, "\u{3}\u{68}bye"))
        #expect(try sent(channel) == ["close 872"])
        #expect(!channel.isActive)
        let other = try booted()
        other.pipeline.fireUserInboundEventTriggered(StationConnection.Order.goAway)
        #expect(try sent(other) == ["close 1001"])
        try other.writeInbound(frame(.text, heartbeat("h")))
        #expect(try sent(other).isEmpty)
        other.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!other.isActive)
    }

    @Test("the second connection of an identity wins and needs no boot")
    func secondConnection() throws {
        let first = try booted()
        let second = try connect()
        #expect(try sent(first) == ["close 1000"])
        try second.writeInbound(frame(.text, heartbeat("h")))
        #expect(try sent(second).first?.hasPrefix(#"[3,"h""#) == true)
        #expect(!first.isActive)
        #expect(shared.directory.channels().count == 1, "the end of the first does not forget the second")
        let stranger = try connect("CS9")
        try stranger.writeInbound(frame(.text, heartbeat("h")))
        #expect(try sent(stranger).first?.hasPrefix(#"[4,"h","SecurityError""#) == true)
    }
}
