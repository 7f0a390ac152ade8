import NIOCore
import Testing

@testable import OCPPGateway

@Suite("Peer watch")
struct PeerWatchTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test("a station that misses two pongs is silent; anything it says in between shows that it lives")
    func silence() {
        var watch = PeerWatch(maxMessages: 10, now: start)
        #expect(watch.pingDue(at: start))
        #expect(watch.pingDue(at: start + .seconds(60)))
        #expect(!watch.pingDue(at: start + .seconds(120)))
        watch.heard()
        #expect(watch.pingDue(at: start + .seconds(180)))
    }

    @Test("the round trip is from the first ping that has no pong yet")
    func roundTrip() {
        var watch = PeerWatch(maxMessages: 10, now: start)
        #expect(watch.ponged(at: start) == nil, "a pong that nobody asked for")
        _ = watch.pingDue(at: start)
        #expect(watch.ponged(at: start + .milliseconds(101)) == .milliseconds(101))
        #expect(watch.ponged(at: start + .milliseconds(102)) == nil)
    }

    @Test("messages are counted by spans of ten seconds")
    func flood() {
        var watch = PeerWatch(maxMessages: 3, now: start)
        for _ in 0..<3 { #expect(watch.messageReceived(at: start)) }
        #expect(!watch.messageReceived(at: start + .seconds(10)))
        #expect(watch.messageReceived(at: start + .seconds(11)))
    }
}
