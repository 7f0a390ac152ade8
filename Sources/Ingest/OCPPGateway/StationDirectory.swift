import NIOCore
import OCPPMessages
import Synchronization

/// Which station is connected by which channel, and what is remembered of each from one connection to the next.
final class StationDirectory: Sendable {
    /// Stations without a connection are forgotten beyond this many: the memory is bounded whatever identities come.
    static let maxRemembered = 200_000

    private struct Entry {
        var memory = StationMemory()
        var connection: UInt64?
        var channel: (any Channel)?
        var handle: ConnectionHandle?
        var roundTripNanoseconds: Int64?
    }

    private struct State {
        var stations: [String: Entry] = [:]
        var lastConnection: UInt64 = 0
    }

    private let state = Mutex(State())
    private let ledger: StationLedger

    /// A directory that begins with what the ledger knows.
    init(ledger: StationLedger) {
        self.ledger = ledger
    }

    /// The number of a connection whose handshake is about to be answered: of two, the station made the one with the higher
    /// number later, whichever the event loops come to first.
    func reserve() -> UInt64 {
        state.withLock { state in
            state.lastConnection += 1
            return state.lastConnection
        }
    }

    /// Notes a new connection; answers what is remembered, and the channel that it takes the place of. A connection that a
    /// later one has overtaken gets no place.
    func open(
        _ identity: String, _ connection: UInt64, _ channel: any Channel
    ) -> (memory: StationMemory, replaced: (any Channel)?, isOvertaken: Bool) {
        state.withLock { state in
            if let known = state.stations[identity], let later = known.connection, later > connection {
                return (known.memory, nil, true)
            }
            if state.stations.count >= Self.maxRemembered, state.stations[identity] == nil,
                let idle = state.stations.first(where: { $0.value.channel == nil })?.key
            {
                state.stations[idle] = nil
            }
            var entry = state.stations[identity] ?? Entry(memory: ledger.memory(of: identity) ?? StationMemory())
            let replaced = entry.channel
            entry.connection = connection
            entry.channel = channel
            entry.handle = nil
            entry.roundTripNanoseconds = nil
            state.stations[identity] = entry
            return (entry.memory, replaced, false)
        }
    }

    /// Notes by which handle a connection is spoken to.
    func attach(_ identity: String, _ connection: UInt64, _ handle: ConnectionHandle) {
        state.withLock { state in
            guard state.stations[identity]?.connection == connection else { return }
            state.stations[identity]?.handle = handle
        }
    }

    /// The connection of a station that is there.
    func connection(of identity: String) -> ConnectionHandle? {
        state.withLock { $0.stations[identity]?.handle }
    }

    /// Keeps the round trip of a connection's last ping.
    func noteRoundTrip(_ identity: String, _ connection: UInt64, _ nanoseconds: Int64) {
        state.withLock { state in
            guard state.stations[identity]?.connection == connection else { return }
            state.stations[identity]?.roundTripNanoseconds = nanoseconds
        }
    }

    /// The stations that are connected, in no order, with the round trip of the last ping in nanoseconds.
    func connected() -> [(identity: String, roundTripNanoseconds: Int64?)] {
        state.withLock { state in
            state.stations.compactMap { $0.value.channel == nil ? nil : ($0.key, $0.value.roundTripNanoseconds) }
        }
    }

    /// Keeps what a connection learnt, unless another has taken its place.
    func save(_ identity: String, _ connection: UInt64, _ memory: StationMemory) {
        state.withLock { state in
            guard state.stations[identity]?.connection == connection else { return }
            state.stations[identity]?.memory = memory
        }
        if memory.isAccepted { ledger.accept(identity) }
    }

    /// Notes the end of a connection. A station that never booted leaves nothing behind.
    func close(_ identity: String, _ connection: UInt64) {
        state.withLock { state in
            guard let entry = state.stations[identity], entry.connection == connection else { return }
            if entry.memory.isAccepted {
                state.stations[identity]?.connection = nil
                state.stations[identity]?.channel = nil
                state.stations[identity]?.handle = nil
            } else {
                state.stations[identity] = nil
            }
        }
    }

    /// The channels of all connections.
    func channels() -> [any Channel] {
        state.withLock { $0.stations.values.compactMap(\.channel) }
    }
}
