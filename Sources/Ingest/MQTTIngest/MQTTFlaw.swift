/// What was wrong with a message, an element or a field; stable, also the metric label.
package enum MQTTFlaw: String, Sendable, CaseIterable {
    /// Not JSON, or JSON nested too deep or with a number beyond binary64: the message is dropped.
    case json
    /// An element of a batch, or a line, that is no reading: the others are stored.
    case element
    /// Bytes that are no UTF-8: the message is dropped.
    case utf8
    /// A time that cannot be read, before 1970 or beyond 2262: the reading is dropped.
    case time
    /// A time over 60 s ahead: the reading is stored, and moves no watermark.
    case future
    /// A value that no EVSE can have: the field is dropped, the others are stored.
    case range
    /// No payload, as when a retained message is deleted: ignored.
    case empty
    /// Longer, or with more elements, than the limit: the message is dropped.
    case size
    /// A topic that has no shape of ours: the message is dropped.
    case topic
    /// A payload that neither its content type nor its first byte explains: the message is dropped.
    case type
    /// Sparkplug B that is truncated, or has an alias that no birth explained: the message is dropped, a birth asked for.
    case sparkplug
    /// Messages of a Sparkplug node are missing before this one: a birth is asked for.
    case sequence
    /// An EVSE that the topology does not know: the reading is stored.
    case unknownEVSE = "unknown_evse"
    /// A member that is an object or an array: skipped.
    case nested
    /// A retained reading without a time of its own, or older than the newest that is stored: old news, dropped.
    case retained
    /// A message at QoS 0 that came when the engine could take nothing: lost, as nobody sends it again.
    case shed
    /// A compressed payload that is corrupt, or compressed by nothing that we know: the message is dropped.
    case encoding
}

/// How often each flaw was met.
package struct MQTTFlawCounts: Sendable, Equatable {
    private var counts = [Int](repeating: 0, count: MQTTFlaw.allCases.count)
    private static let places = Dictionary(
        uniqueKeysWithValues: MQTTFlaw.allCases.enumerated().map { ($0.element, $0.offset) })

    /// None.
    package init() {}

    /// How often `flaw` was met.
    package subscript(flaw: MQTTFlaw) -> Int { Self.places[flaw].map { counts[$0] } ?? 0 }

    /// The flaws that were met, by metric label.
    package var byLabel: [String: Int] {
        Dictionary(uniqueKeysWithValues: MQTTFlaw.allCases.map { ($0.rawValue, self[$0]) }.filter { $0.1 > 0 })
    }

    mutating func count(_ flaw: MQTTFlaw, _ times: Int = 1) {
        if let place = Self.places[flaw] { counts[place] += times }
    }

    mutating func add(_ other: MQTTFlawCounts) {
        for place in counts.indices { counts[place] += other.counts[place] }
    }
}
