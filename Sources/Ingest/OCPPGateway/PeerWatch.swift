import NIOCore

/// What tells a station that is there from one that is silent, and one that talks from one that floods.
///
/// It is told what happened and when, and reads no clock.
struct PeerWatch {
    /// Pings without a pong at which a connection counts as dead.
    static let maxMissedPongs = 2
    /// The span over which messages are counted.
    static let span = TimeAmount.seconds(10)

    private let maxMessages: Int
    private var messages = 0
    private var spanBegan: NIODeadline
    private var missedPongs = 0
    private var pingedAt: NIODeadline?

    /// A watch that begins now and bears so many messages a span.
    init(maxMessages: Int, now: NIODeadline) {
        self.maxMessages = maxMessages
        spanBegan = now
    }

    /// A message or a part of one came; false where there were too many.
    mutating func messageReceived(at now: NIODeadline) -> Bool {
        if now - spanBegan > Self.span {
            spanBegan = now
            messages = 0
        }
        messages += 1
        return messages <= maxMessages
    }

    /// Something came: the station lives.
    mutating func heard() { missedPongs = 0 }

    /// It is time for a ping; false where the last ones were not answered.
    mutating func pingDue(at now: NIODeadline) -> Bool {
        guard missedPongs < Self.maxMissedPongs else { return false }
        missedPongs += 1
        if pingedAt == nil { pingedAt = now }
        return true
    }

    /// A pong came; the time since its ping, nil where none was asked for.
    mutating func ponged(at now: NIODeadline) -> TimeAmount? {
        guard let pingedAt else { return nil }
        self.pingedAt = nil
        return now - pingedAt
    }
}
