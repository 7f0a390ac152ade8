import Catalog
import NIOCore
import NIOPosix
import Synchronization

/// Sends lines as datagrams; nobody says whether they come.
final class DatagramSender: LineSender {
    /// Bytes of one datagram, unless one line has more: what passes an Ethernet in one piece.
    private static let byteLimit = 1400
    /// The most that a datagram holds.
    private static let lineLimit = 65_507

    private let place: SubscriptionDestination
    private let group: any EventLoopGroup
    private let channel = Mutex<(any Channel)?>(nil)

    init(_ place: SubscriptionDestination, group: any EventLoopGroup) {
        self.place = place
        self.group = group
    }

    func send(_ lines: [UInt8]) throws {
        let address = try SocketAddress.makeAddressResolvingHost(place.host, port: place.port)
        let channel = try open(address)
        for part in Self.parts(lines) {
            guard part.count <= Self.lineLimit else {
                throw SendFailure(description: "a line of \(part.count) bytes fits into no datagram")
            }
            let buffer = channel.allocator.buffer(bytes: part)
            try channel.writeAndFlush(AddressedEnvelope(remoteAddress: address, data: buffer)).wait()
        }
    }

    func close() {
        let old = channel.withLock { channel in
            defer { channel = nil }
            return channel
        }
        old?.close(promise: nil)
    }

    private func open(_ address: SocketAddress) throws -> any Channel {
        if let open = channel.withLock({ $0 }), open.isActive { return open }
        let host = address.protocol == .inet6 ? "::" : "0.0.0.0"
        let opened = try DatagramBootstrap(group: group).bind(host: host, port: 0).wait()
        channel.withLock { $0 = opened }
        return opened
    }

    /// Whole lines, as many as fit into one datagram.
    static func parts(_ lines: [UInt8]) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = 0
        var end = 0
        while end < lines.count {
            let next = lines[end...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? lines.count
            if end > start, next - start > byteLimit {
                parts.append(lines[start..<end])
                start = end
            }
            end = next
        }
        if end > start { parts.append(lines[start..<end]) }
        return parts
    }
}
