import Telemetry

/// What a subscriber wants; an empty set wants all.
package struct FeedFilter: Sendable, Equatable {
    /// Feeders.
    package var feeders: Set<String> = []
    /// Operators.
    package var operators: Set<FeedResult.Operator> = []
    /// Lengths of windows in seconds.
    package var windowSeconds: Set<Int64> = []
    /// Measurements.
    package var measurements: Set<String> = []
    /// Tags that a series must have, with their values.
    package var tags: [String: String] = [:]

    /// Everything.
    package init() {}

    func matches(_ series: FeedResult.Series) -> Bool {
        (feeders.isEmpty || feeders.contains(series.feeder))
            && (operators.isEmpty || operators.contains(series.operator))
            && (windowSeconds.isEmpty || windowSeconds.contains(series.windowSeconds))
            && (measurements.isEmpty || measurements.contains(series.measurement))
            && tags.allSatisfy { series.tags[$0.key] == $0.value }
    }
}

/// How much the feed holds.
package struct FeedLimits: Sendable, Equatable {
    /// Results that are held for cursors and slow subscribers.
    package var heldResults = 200_000
    /// How long they are held, by the arrival clock of the batches.
    package var heldNanoseconds: Int64 = 3_600 * Timestamp.second
    /// Results that may wait for a subscriber of every revision, beyond those that were held when it came.
    package var waitingResults = 50_000
    /// Results in one response: some 1 MB, a quarter of what gRPC clients take by default.
    package var resultsInResponse = 4_096
    /// Subscribers at a time.
    package var subscribers = 1_000

    /// The defaults.
    package init() {}
}

/// The results of the last hour and who has had which: a pure value, told what happened.
///
/// Held results lie in one ring in the order of the log, and each subscriber is a place in it that it moves by
/// itself. So publishing costs the same for any number of slow subscribers, and what waits for them is bounded by the
/// ring: newest-wins conflates when it takes, every-revision ends when its bound is passed.
///
/// A place in the ring is a number that counts results since the start; `first` is that of the oldest held.
struct FeedHub: Sendable {
    /// How a subscriber takes what waits.
    enum Mode: Sendable { case everyRevision, newestWins }

    /// Where a subscriber begins.
    enum Start: Sendable, Equatable { case now, behind(UInt64) }

    /// Why a cursor could not be taken.
    enum Notice: Sendable, Equatable { case cursorTooOld, cursorAhead }

    /// One response.
    struct Response: Sendable, Equatable {
        var cursor: UInt64
        var results: [FeedResult]
        var notice: Notice?
    }

    /// What a subscriber does next.
    enum Step: Sendable, Equatable {
        case send(Response)
        case wait
        /// Too much waits for it; it is no subscriber any more.
        case end
    }

    private struct Subscriber {
        let filter: FeedFilter
        let mode: Mode
        var place: Int
        /// How many results may wait; more than the limit while the ones that were held at the start are caught up.
        var allowance: Int
        var cursor: UInt64
        var notice: Notice?
        /// Results that were chosen already, sent first.
        var chosen: ArraySlice<FeedResult> = []
        /// The cursor after the last of `chosen`.
        var cursorAfterChosen: UInt64 = 0
    }

    private let limits: FeedLimits
    private var reader = ResultReader()
    private var ring: [FeedResult] = []
    /// Index in `ring` of the oldest held; the front is cut off when it is half of all.
    private var head = 0
    /// The place of `ring[head]`.
    private var first = 0
    /// Batches that the ring holds: where each ends, its arrival and position.
    private var batches: [(end: Int, arrival: Int64, position: UInt64)] = []
    private var batchHead = 0
    /// The newest result of each series.
    private var newest: [FeedResult.Series: FeedResult] = [:]
    /// Cursors before this one cannot be resumed from; nil before the first batch.
    private var oldestCursor: UInt64?
    private var position: UInt64 = 0
    private var subscribers: [Int: Subscriber] = [:]
    private var nextSubscriber = 0
    /// What was counted.
    private(set) var counters = DispatchFeed.Counters()

    init(limits: FeedLimits) {
        self.limits = limits
    }

    /// The place behind the newest held result.
    private var end: Int { first + ring.count - head }

    // MARK: Publishing

    /// Takes the results of `batch`; answers whether there was any.
    ///
    /// - Parameter position: the log position of the batch; a smaller one than the last counts as the last.
    mutating func publish(_ batch: FrameBatch, position given: UInt64) -> Bool {
        if oldestCursor == nil { oldestCursor = given }
        position = max(position, given)
        let results = reader.read(batch, position: position)
        guard !results.isEmpty else { return false }
        for result in results {
            if let known = newest[result.series], !result.isNewer(than: known) { continue }
            newest[result.series] = result
        }
        ring.append(contentsOf: results)
        batches.append((end, batch.arrival, position))
        counters.published += results.count
        evict(now: batch.arrival)
        return true
    }

    /// Says that everything behind `position` was published: from there a cursor can be resumed.
    ///
    /// Without effect once results were let go.
    mutating func begin(at position: UInt64) {
        guard first == 0 else { return }
        oldestCursor = min(oldestCursor ?? position, position)
        self.position = max(self.position, position)
    }

    private mutating func evict(now: Int64) {
        while batchHead < batches.count - 1 {
            let oldest = batches[batchHead]
            guard end - first > limits.heldResults || now - oldest.arrival > limits.heldNanoseconds else { break }
            oldestCursor = oldest.position
            head += oldest.end - first
            first = oldest.end
            batchHead += 1
        }
        if head > ring.count / 2 {
            ring.removeFirst(head)
            head = 0
        }
        if batchHead > batches.count / 2 {
            batches.removeFirst(batchHead)
            batchHead = 0
        }
    }

    // MARK: Subscribing

    /// Adds a subscriber; nil where there are too many.
    mutating func subscribe(_ filter: FeedFilter, _ mode: Mode, from start: Start) -> Int? {
        guard subscribers.count < limits.subscribers else { return nil }
        var subscriber = Subscriber(filter: filter, mode: mode, place: end, allowance: 0, cursor: position)
        if case .behind(let cursor) = start {
            if let oldestCursor, cursor >= oldestCursor, cursor <= position {
                subscriber.place = firstPlace(behind: cursor)
                subscriber.cursor = cursor
            } else if cursor > position, oldestCursor != nil {
                subscriber.notice = .cursorAhead
            } else {
                subscriber.notice = .cursorTooOld
                subscriber.chosen = newestResults(filter)[...]
                subscriber.cursorAfterChosen = position
                subscriber.cursor = min(cursor, position)
            }
        }
        subscriber.allowance = end - subscriber.place + limits.waitingResults
        nextSubscriber += 1
        subscribers[nextSubscriber] = subscriber
        counters.subscribers = subscribers.count
        return nextSubscriber
    }

    /// Removes a subscriber that went by itself.
    mutating func unsubscribe(_ id: Int) {
        subscribers[id] = nil
        counters.subscribers = subscribers.count
    }

    /// What subscriber `id` does next; what it is told to send counts as delivered.
    mutating func next(_ id: Int) -> Step {
        guard var subscriber = subscribers[id] else { return .end }
        if subscriber.chosen.isEmpty, subscriber.notice == nil {
            let isBehind = subscriber.place < first
            switch subscriber.mode {
            case .everyRevision:
                guard !isBehind, end - subscriber.place <= subscriber.allowance else {
                    unsubscribe(id)
                    counters.droppedSubscribers += 1
                    return .end
                }
                chooseEvery(&subscriber)
            case .newestWins:
                isBehind ? chooseHeld(&subscriber) : chooseNewest(&subscriber)
            }
            if subscriber.place == end { subscriber.allowance = limits.waitingResults }
        }
        let step = response(&subscriber)
        subscribers[id] = subscriber
        return step
    }

    /// The newest result of each series that matches, in order, and the log position that they know.
    func lastClosed(_ filter: FeedFilter) -> (results: [FeedResult], position: UInt64) {
        (newestResults(filter), position)
    }

    // MARK: Choosing

    private func newestResults(_ filter: FeedFilter) -> [FeedResult] {
        newest.values.filter { filter.matches($0.series) }.sorted { $0.series < $1.series }
    }

    /// The place of the first held result whose position is greater than `cursor`.
    private func firstPlace(behind cursor: UInt64) -> Int {
        var low = batchHead
        var high = batches.count
        while low < high {
            let middle = (low + high) / 2
            if batches[middle].position <= cursor { low = middle + 1 } else { high = middle }
        }
        return low == batchHead ? first : batches[low - 1].end
    }

    private func held(from place: Int) -> ArraySlice<FeedResult> { ring[(head + place - first)...] }

    /// Whole positions, as many as a response holds, at least one.
    private func chooseEvery(_ subscriber: inout Subscriber) {
        var chosen: [FeedResult] = []
        var place = subscriber.place
        var cursor = subscriber.cursor
        for result in held(from: place) {
            if chosen.count >= limits.resultsInResponse, result.position != cursor { break }
            if subscriber.filter.matches(result.series) { chosen.append(result) }
            cursor = result.position
            place += 1
        }
        subscriber.place = place
        subscriber.chosen = chosen[...]
        subscriber.cursorAfterChosen = cursor
    }

    private mutating func chooseNewest(_ subscriber: inout Subscriber) {
        var places: [FeedResult.Series: Int] = [:]
        var chosen: [FeedResult] = []
        for result in held(from: subscriber.place) where subscriber.filter.matches(result.series) {
            guard let place = places[result.series] else {
                places[result.series] = chosen.count
                chosen.append(result)
                continue
            }
            counters.conflated += 1
            if result.isNewer(than: chosen[place]) { chosen[place] = result }
        }
        subscriber.place = end
        subscriber.chosen = chosen[...]
        subscriber.cursorAfterChosen = position
    }

    /// For one whose place is not held any more: the newest results that it has not had.
    private mutating func chooseHeld(_ subscriber: inout Subscriber) {
        let cursor = subscriber.cursor
        subscriber.chosen = newestResults(subscriber.filter).filter { $0.position > cursor }[...]
        counters.conflated += max(0, end - subscriber.place - subscriber.chosen.count)
        subscriber.place = end
        subscriber.cursorAfterChosen = position
    }

    /// A response of what was chosen. Its cursor moves with the last part alone, so that a subscriber that goes in
    /// between gets all parts again, and none is lost.
    private mutating func response(_ subscriber: inout Subscriber) -> Step {
        guard !subscriber.chosen.isEmpty || subscriber.notice != nil else {
            subscriber.cursor = max(subscriber.cursor, subscriber.cursorAfterChosen)
            return .wait
        }
        let part = subscriber.chosen.prefix(limits.resultsInResponse)
        subscriber.chosen = subscriber.chosen.dropFirst(part.count)
        if subscriber.chosen.isEmpty { subscriber.cursor = max(subscriber.cursor, subscriber.cursorAfterChosen) }
        defer { subscriber.notice = nil }
        counters.delivered += part.count
        return .send(Response(cursor: subscriber.cursor, results: Array(part), notice: subscriber.notice))
    }
}
