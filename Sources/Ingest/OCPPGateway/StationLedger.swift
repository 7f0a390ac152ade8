import Dispatch
package import FileIO
import OCPPMessages
import Synchronization
import Telemetry

/// What must outlive a restart: which stations were accepted, and the numbers of 1.6 transactions.
///
/// One file of lines, appended and synced before a number is given away (all that wait share one sync), and written anew
/// with what still counts when it is opened. Its lines, words apart by one blank and percent-encoded:
///
/// | line                                               | meaning                                              |
/// |----------------------------------------------------|------------------------------------------------------|
/// | `N number`                                         | numbers up to this one were given                    |
/// | `A station`                                        | the station was accepted                             |
/// | `S number station connector idTag meterStart time` | the transaction began                                |
/// | `E number`                                         | the transaction ended                                |
///
/// A torn last line, without its line feed, was never acted on and is dropped. Numbers rise and are never given twice.
package final class StationLedger: Sendable {
    /// Transactions that are kept of one station, the oldest given up first: repeats and late readings find them.
    static let maxTransactions = StationMemory.maxTransactions
    /// Stations that are kept.
    static let maxStations = StationDirectory.maxRemembered
    static let fileName = "stations.ledger"

    struct Transaction: Equatable {
        let number: Int32
        let start: StartTransactionRequest
        var isEnded = false
    }

    struct Station {
        var isAccepted = false
        var transactions: [Transaction] = []
    }

    /// A line that waits for the disk, and who waits for it.
    private struct Entry {
        let line: String
        let whenDurable: (@Sendable (FileError?) -> Void)?
    }

    private struct State {
        var stations: [String: Station] = [:]
        var owners: [Int32: String] = [:]
        var lastNumber: Int32
        var waiting: [Entry] = []
        var isWriting = false
    }

    private let state: Mutex<State>
    private let disk: (any Disk)?
    private let file: DiskFile?
    /// The bytes of the file that are known to be whole; the writer's alone.
    private let goodSize: Mutex<Int>
    private let queue = DispatchQueue(label: "feederline.stations")

    /// A ledger in memory: numbers begin at `firstNumber` and all is forgotten with the process.
    package init(firstNumber: Int32) {
        state = Mutex(State(lastNumber: max(0, firstNumber - 1)))
        disk = nil
        file = nil
        goodSize = Mutex(0)
    }

    /// The ledger in a directory, which is made where it is not there.
    package init(disk: any Disk, directory: String) throws(FileError) {
        let path = directory + "/" + Self.fileName
        try disk.createDirectory(directory)
        var read = State(lastNumber: 0)
        if try disk.list(directory).contains(Self.fileName) {
            Self.replay(try disk.contents(of: path), into: &read)
        }
        let bytes = Array(Self.lines(read).utf8)
        try disk.replace(path, with: bytes, in: directory)
        file = try disk.open(path, .append)
        self.disk = disk
        state = Mutex(read)
        goodSize = Mutex(bytes.count)
    }

    // MARK: Asking

    /// What is known of a station; nil for one that was never accepted.
    func memory(of station: String) -> StationMemory? {
        state.withLock { state in
            guard let known = state.stations[station] else { return nil }
            var memory = StationMemory()
            memory.isAccepted = known.isAccepted
            for transaction in known.transactions {
                var remembered = TransactionMemory(id: "\(transaction.number)", evse: transaction.start.connector)
                remembered.isEnded = transaction.isEnded
                memory.remember(remembered)
            }
            return memory
        }
    }

    // MARK: Noting

    /// Gives a transaction its number, the one that it had where the same was asked before, and calls back when that is
    /// durable.
    func assign(
        _ start: StartTransactionRequest, of station: String,
        whenDurable: @escaping @Sendable (Result<Int32, FrameError>) -> Void
    ) {
        let number = state.withLock { state -> Int32? in
            if let known = state.stations[station]?.transactions.first(where: { $0.start == start }) {
                return known.number
            }
            guard state.lastNumber < Int32.max else { return nil }
            state.lastNumber += 1
            Self.add(Transaction(number: state.lastNumber, start: start), of: station, to: &state)
            return state.lastNumber
        }
        guard let number else {
            return whenDurable(.failure(FrameError(.unavailable, "no transaction number is left")))
        }
        // A repeat is written again: the line that it repeats may be the one that could not be synced.
        write(Self.line(Transaction(number: number, start: start), station)) { error in
            guard let error else { return whenDurable(.success(number)) }
            whenDurable(.failure(FrameError(error.isDiskFull ? .diskFull : .logFailed, error.description)))
        }
    }

    /// Notes the end of a transaction.
    func finish(_ number: Int32) {
        let isKnown = state.withLock { Self.end(number, &$0) }
        if isKnown { write("E \(number)", whenDurable: nil) }
    }

    /// Notes that a station was accepted.
    func accept(_ station: String) {
        let isNew = state.withLock { Self.accept(station, &$0) }
        if isNew { write("A \(Self.encode(station))", whenDurable: nil) }
    }

    // MARK: The file

    private func write(_ line: String, whenDurable: (@Sendable (FileError?) -> Void)?) {
        guard file != nil else {
            whenDurable?(nil)
            return
        }
        let isIdle = state.withLock { state in
            state.waiting.append(Entry(line: line, whenDurable: whenDurable))
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if isIdle { queue.async { self.drain() } }
    }

    /// Writes all that waits until nothing does; on the queue.
    private func drain() {
        guard let disk, let file else { return }
        while true {
            let group = state.withLock { state in
                defer { state.waiting = [] }
                if state.waiting.isEmpty { state.isWriting = false }
                return state.waiting
            }
            guard !group.isEmpty else { return }
            let error = append(Array(group.map { $0.line + "\n" }.joined().utf8), disk, file)
            for entry in group { entry.whenDurable?(error) }
        }
    }

    private func append(_ bytes: [UInt8], _ disk: any Disk, _ file: DiskFile) -> FileError? {
        goodSize.withLock { size in
            do throws(FileError) {
                // Whatever an earlier failure left behind the last whole group would garble the next line.
                if try disk.size(file) != size { try disk.truncate(file, to: size) }
                try disk.append(bytes, to: file)
                try disk.sync(file)
                size += bytes.count
                return nil
            } catch {
                return error
            }
        }
    }

    private static func replay(_ bytes: [UInt8], into state: inout State) {
        guard let end = bytes.lastIndex(of: 0x0A) else { return }
        for line in bytes[..<end].split(separator: 0x0A) {
            let words = line.split(separator: 0x20, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
            switch (words.first, words.count) {
            case ("N", 2): state.lastNumber = max(state.lastNumber, Int32(words[1]) ?? 0)
            case ("A", 2): _ = accept(decode(words[1]), &state)
            case ("E", 2): if let number = Int32(words[1]) { _ = self.end(number, &state) }
            case ("S", 7):
                guard let number = Int32(words[1]), let connector = Int(words[3]), let meterStart = Int(words[5]),
                    let time = Int64(words[6])
                else { continue }
                let start = StartTransactionRequest(
                    connector: connector, idTag: decode(words[4]), meterStart: meterStart, timestamp: time)
                state.lastNumber = max(state.lastNumber, number)
                add(Transaction(number: number, start: start), of: decode(words[2]), to: &state)
            default: continue
            }
        }
    }

    private static func lines(_ state: State) -> String {
        var text = "N \(state.lastNumber)\n"
        for (name, station) in state.stations {
            if station.isAccepted { text += "A \(encode(name))\n" }
            for transaction in station.transactions {
                text += line(transaction, name) + "\n"
                if transaction.isEnded { text += "E \(transaction.number)\n" }
            }
        }
        return text
    }

    private static func line(_ transaction: Transaction, _ station: String) -> String {
        let start = transaction.start
        return "S \(transaction.number) \(encode(station)) \(start.connector) \(encode(start.idTag)) "
            + "\(start.meterStart) \(start.timestamp)"
    }

    // MARK: The state

    private static func add(_ transaction: Transaction, of name: String, to state: inout State) {
        guard state.owners[transaction.number] == nil else { return }
        var station = state.stations[name] ?? Station()
        if station.transactions.count >= maxTransactions {
            state.owners[station.transactions.removeFirst().number] = nil
        }
        station.transactions.append(transaction)
        state.stations[name] = station
        state.owners[transaction.number] = name
    }

    private static func end(_ number: Int32, _ state: inout State) -> Bool {
        guard let owner = state.owners[number],
            let index = state.stations[owner]?.transactions.firstIndex(where: { $0.number == number })
        else { return false }
        state.stations[owner]?.transactions[index].isEnded = true
        return true
    }

    private static func accept(_ name: String, _ state: inout State) -> Bool {
        var station = state.stations[name] ?? Station()
        guard !station.isAccepted, state.stations.count < maxStations || state.stations[name] != nil else {
            return false
        }
        station.isAccepted = true
        state.stations[name] = station
        return true
    }

    private static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if (0x21...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }

    private static func decode(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
