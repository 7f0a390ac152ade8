import NIOCore
import Testing

@testable import OCPPGateway

@Suite("Peer watch")
struct PeerWatchTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test("a station that misses two pongs is silent; anything it says in between shows that it lives")
    func silence() {
        var watch = PeerWatch(maxMessages: 10, now: start)
        let due = [0, 60, 120].map { watch.pingDue(at: start + .seconds($0)) }
        #expect(due == [true, true, false])
        watch.heard()
        let isAlive = watch.pingDue(at: start + .seconds(180))
        #expect(isAlive)
    }

    @Test("the round trip is from the first ping that has no pong yet")
    func roundTrip() {
        var watch = PeerWatch(maxMessages: 10, now: start)
        let unasked = watch.ponged(at: start)
        #expect(unasked == nil)
        _ = watch.pingDue(at: start)
        let trips = [101, 102].map { watch.ponged(at: start + .milliseconds($0)) }
        #expect(trips == [.milliseconds(101), nil])
    }

    @Test("messages are counted by spans of ten seconds")
    func flood() {
        var watch = PeerWatch(maxMessages: 3, now: start)
        let taken = [0, 0, 0, 10, 11].map { watch.messageReceived(at: start + .seconds($0)) }
        #expect(taken == [true, true, true, false, true])
    }
}
