/// The results that wait for the broker: of each topic the newest alone, so that however slow or long away it is, nothing
/// grows beyond one result a topic.
struct PendingResults {
    /// One result on its way.
    struct Entry: Equatable {
        let topic: String
        let payload: String
        let order: RetainedResult.Order
    }

    /// How many topics are known at most; results of further ones are left out, and counted.
    let topicLimit: Int
    private var waiting: [String: Entry] = [:]
    private var newest: [String: RetainedResult.Order] = [:]
    /// Results that a newer one of their topic overtook.
    private(set) var superseded = 0
    /// Results of topics beyond the limit.
    private(set) var leftOut = 0

    init(topicLimit: Int) {
        self.topicLimit = topicLimit
    }

    /// How many wait.
    var count: Int { waiting.count }

    /// Takes a result, unless one that is newer was given before it.
    mutating func add(_ result: RetainedResult) {
        if let known = newest[result.topic] {
            guard result.order >= known else {
                superseded += 1
                return
            }
        } else if newest.count >= topicLimit {
            leftOut += 1
            return
        }
        newest[result.topic] = result.order
        let entry = Entry(topic: result.topic, payload: result.payload, order: result.order)
        if waiting.updateValue(entry, forKey: result.topic) != nil { superseded += 1 }
    }

    /// Takes out up to `limit` results.
    mutating func take(_ limit: Int) -> [Entry] {
        let taken = waiting.prefix(max(0, limit)).map(\.value)
        for entry in taken { waiting[entry.topic] = nil }
        return taken
    }

    /// Puts back what the broker has not acknowledged, unless a newer one was given meanwhile.
    mutating func putBack(_ entry: Entry) {
        if newest[entry.topic] == entry.order, waiting[entry.topic] == nil {
            waiting[entry.topic] = entry
        } else {
            superseded += 1
        }
    }
}
