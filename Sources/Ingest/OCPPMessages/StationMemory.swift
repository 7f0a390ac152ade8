/// What is remembered of a station from one message, and one connection, to the next.
package struct StationMemory: Sendable, Equatable {
    /// More open transactions than this are forgotten, the oldest first: no station has so many EVSEs.
    package static let maxTransactions = 64

    /// Whether a boot of it was accepted in this process's life.
    package var isAccepted = false
    /// More open event streams than this are forgotten, the oldest first.
    package static let maxStreams = 64

    /// One periodic event stream of 2.1.
    package struct EventStream: Sendable, Equatable {
        /// The station's number of it.
        package let id: Int
        /// The monitor whose values it brings.
        package let monitor: Int

        /// A stream as the station opened it.
        package init(id: Int, monitor: Int) {
            self.id = id
            self.monitor = monitor
        }
    }

    /// Its open event streams, the oldest first.
    package private(set) var streams: [EventStream] = []
    /// Its open transactions, the oldest first.
    package private(set) var transactions: [TransactionMemory] = []

    /// Nothing is known yet.
    package init() {}

    /// The transaction called `id`.
    package func transaction(_ id: String) -> TransactionMemory? { transactions.first { $0.id == id } }

    /// The transaction that runs on EVSE `evse`.
    package func transaction(evse: Int) -> TransactionMemory? { transactions.last { $0.evse == evse } }

    /// Keeps `transaction` in the place of what was known of it.
    package mutating func remember(_ transaction: TransactionMemory) {
        if let index = transactions.firstIndex(where: { $0.id == transaction.id }) {
            transactions[index] = transaction
            return
        }
        if transactions.count >= Self.maxTransactions { transactions.removeFirst() }
        transactions.append(transaction)
    }

    /// Keeps what was learnt about the transaction called `id`.
    package mutating func update(_ id: String, _ change: (inout TransactionMemory) -> Void) {
        guard let index = transactions.firstIndex(where: { $0.id == id }) else { return }
        change(&transactions[index])
    }

    /// Notes an event stream that was opened.
    package mutating func open(_ stream: EventStream) {
        close(stream: stream.id)
        if streams.count >= Self.maxStreams { streams.removeFirst() }
        streams.append(stream)
    }

    /// Forgets an event stream.
    package mutating func close(stream id: Int) { streams.removeAll { $0.id == id } }

    /// Notes that `evse` has a new transaction: one that never ended there has ended now.
    package mutating func endOthers(on evse: Int, than id: String) {
        transactions.removeAll { $0.evse == evse && $0.id != id }
    }
}

/// What is remembered of one transaction.
package struct TransactionMemory: Sendable, Equatable {
    /// The registers of one instant, in Wh.
    package struct Registers: Sendable, Equatable {
        /// Nanoseconds since 1970 UTC.
        package var timestamp: Int64
        /// Energy from the grid.
        package var importWh: Double?
        /// Energy to the grid.
        package var exportWh: Double?
    }
    /// The station's name of it.
    package let id: String
    /// Its EVSE, once it was said.
    package var evse: Int?
    /// How many phases the vehicle uses, once it was said.
    package var phasesUsed: Int?
    /// The number of the last event.
    package var lastSequence: Int?
    /// Events that did not come, the newest 64 of them: what comes late under such a number is no repeat.
    package private(set) var missing: [Int] = []
    /// The last event that is durable, and when it happened.
    private var durable: DurableEvent?
    /// Whether its end was seen. It stays until its EVSE's next one, so that a repeat of the end finds its EVSE.
    package var isEnded = false
    /// The registers seen last.
    package var registers: Registers?
    /// The registers before those: what a repeat of the last message is compared with.
    package var earlierRegisters: Registers?

    private struct DurableEvent: Sendable, Equatable {
        var sequence: Int
        var timestamp: Int64
    }

    /// A transaction of which only the name is known, and maybe the EVSE.
    package init(id: String, evse: Int? = nil) {
        self.id = id
        self.evse = evse
    }

    /// Notes that event `sequence` came; answers whether others before it did not.
    package mutating func received(_ sequence: Int) -> Bool {
        let last = lastSequence ?? sequence
        let isGap = sequence > last + 1
        if isGap { missing = Array((missing + Array(max(last + 1, sequence - 64)..<sequence)).suffix(64)) }
        lastSequence = max(sequence, last)
        return isGap
    }

    /// Whether this event is durable already. One with a number of old but a newer time is none: stations begin anew
    /// to count after a reboot.
    package func isRepeat(_ sequence: Int, at timestamp: Int64) -> Bool {
        guard let durable, sequence <= durable.sequence, timestamp <= durable.timestamp else { return false }
        return !missing.contains(sequence)
    }

    /// Notes whether an event could be stored; one that could not is missing, so that its repeat is taken.
    package mutating func settled(_ sequence: Int, at timestamp: Int64, isDurable: Bool) {
        missing.removeAll { $0 == sequence }
        guard isDurable else { return missing.append(sequence) }
        if let durable, durable.sequence > sequence, durable.timestamp > timestamp { return }
        durable = DurableEvent(sequence: sequence, timestamp: timestamp)
    }

    /// The mean power since the registers before `now`, import less export, in W; and keeps `now`.
    ///
    /// Nil where there are none, where a register went down, or where the step is not within 15 minutes.
    package mutating func derivePower(_ now: Registers) -> Double? {
        if registers?.timestamp != now.timestamp {
            if let registers, registers.timestamp > now.timestamp { return nil }
            earlierRegisters = registers
        }
        registers = now
        guard let before = earlierRegisters else { return nil }
        let step = now.timestamp - before.timestamp
        guard step > 0, step <= 900_000_000_000 else { return nil }
        var net = 0.0
        var isKnown = false
        for (new, old, sign) in [(now.importWh, before.importWh, 1.0), (now.exportWh, before.exportWh, -1.0)] {
            guard let new, let old else { continue }
            guard new >= old else { return nil }
            net += sign * (new - old)
            isKnown = true
        }
        return isKnown ? net * 3600 / (Double(step) / 1e9) : nil
    }
}
