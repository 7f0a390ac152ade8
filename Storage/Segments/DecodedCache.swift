import Synchronization
import Telemetry

/// Vectors that were decoded lately, within a budget of bytes: what dashboards ask again and again is decoded once.
///
/// Two generations: what is read goes to the young one; when that has half of the budget it becomes the old one, and
/// what nobody read since the change before is let go. A vector is added after its checksum was verified.
package final class DecodedCache: Sendable {
    /// A column of a row group of a segment.
    struct Key: Hashable, Sendable {
        /// The number of the open segment, which no other one of the process has.
        var file: UInt64
        /// Where the column begins in its file.
        var offset: Int
    }

    /// What a vector holds.
    enum Vector: Sendable {
        /// Times, numbers or booleans of rows that all have one.
        case words([UInt64])
        /// Texts, or rows of which some have no value.
        case column(FieldColumn)

        var byteCount: Int {
            switch self {
            case .words(let words): 64 + words.count * 8
            case .column(let column): 256 + column.words.count * 8 + column.text.count + column.absent.count * 8
            }
        }
    }

    /// What has been found, and what is held.
    package struct Standing: Sendable {
        /// Vectors that were there.
        package var hits = 0
        /// Vectors that had to be decoded.
        package var misses = 0
        /// Bytes that are held.
        package var byteCount = 0
    }

    private struct Generation {
        var columns: [Key: [Vector?]] = [:]
        var byteCount = 0

        mutating func set(_ vector: Vector, at place: Int, of count: Int, _ key: Key) {
            byteCount += vector.byteCount
            columns[key, default: [Vector?](repeating: nil, count: count)][place] = vector
        }
    }

    private struct State {
        var young = Generation()
        var old = Generation()
        var hits = 0
        var misses = 0
    }

    private let byteLimit: Int
    private let state = Mutex(State())

    /// A cache that holds no more than about `byteLimit` bytes; 0 holds nothing.
    package init(byteLimit: Int) { self.byteLimit = byteLimit }

    /// What of some vectors of a column is there, in their order.
    ///
    /// - Parameter count: how many vectors the column has.
    func vectors(_ places: [Int], of count: Int, _ key: Key) -> [Vector?] {
        let (found, dropped) = state.withLock { state -> ([Vector?], [Generation]) in
            let young = state.young.columns[key]
            let old = state.old.columns[key]
            var dropped: [Generation] = []
            let found = places.map { place -> Vector? in
                if let vector = young?[place] { return vector }
                guard let vector = old?[place] else { return nil }
                dropped += Self.set(vector, at: place, of: count, key, in: &state, byteLimit)
                return vector
            }
            state.hits += found.count { $0 != nil }
            return (found, dropped)
        }
        _ = dropped  // Let go outside the lock.
        return found
    }

    /// Takes what was decoded.
    func add(_ vectors: [(place: Int, vector: Vector)], of count: Int, _ key: Key) {
        let dropped = state.withLock { state -> [Generation] in
            state.misses += vectors.count
            if byteLimit == 0 { return [] }
            return vectors.flatMap { Self.set($0.vector, at: $0.place, of: count, key, in: &state, byteLimit) }
        }
        _ = dropped
    }

    /// Sets a vector among the young, and answers what is too old by that.
    private static func set(
        _ vector: Vector, at place: Int, of count: Int, _ key: Key, in state: inout State, _ byteLimit: Int
    ) -> [Generation] {
        guard state.young.columns[key]?[place] == nil else { return [] }
        state.young.set(vector, at: place, of: count, key)
        guard state.young.byteCount > byteLimit / 2 else { return [] }
        let dropped = state.old
        state.old = state.young
        state.young = Generation()
        return [dropped]
    }

    /// What has been found and is held now.
    package var standing: Standing {
        state.withLock { state in
            Standing(
                hits: state.hits, misses: state.misses, byteCount: state.young.byteCount + state.old.byteCount)
        }
    }
}
