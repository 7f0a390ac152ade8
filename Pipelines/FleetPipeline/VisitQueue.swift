/// Which EVSEs are looked at in which second: a ring for the next ones, a table for what lies further ahead.
///
/// - Invariant: `ring[second & mask]` is that of a second in `base..<base + ring.count`; no other second has any there.
struct VisitQueue: Sendable {
    private static let mask: Int64 = 255
    private var base = Int64.min
    private var ring = [[Int32]](repeating: [], count: 256)
    private var far: [Int64: [Int32]] = [:]

    /// Puts an EVSE into the visits of a second.
    @inline(__always)
    mutating func add(_ evse: Int32, in second: Int64) {
        if base != .min, second >= base, second - base <= Self.mask {
            ring[Int(second & Self.mask)].append(evse)
        } else {
            far[second, default: []].append(evse)
        }
    }

    /// Hands out the visits of a second; those of earlier ones are forgotten. Seconds are taken one after the other.
    mutating func take(_ second: Int64) -> [Int32] {
        if base == .min || second != base {
            for index in ring.indices { ring[index] = [] }
            far = far.filter { $0.key >= second }
            base = second
            for ahead in second...(second + Self.mask) {
                if let visits = far.removeValue(forKey: ahead) { ring[Int(ahead & Self.mask)] = visits }
            }
        }
        var taken: [Int32] = []
        swap(&taken, &ring[Int(second & Self.mask)])
        base = second + 1
        if let visits = far.removeValue(forKey: second + 1 + Self.mask) { ring[Int(second & Self.mask)] = visits }
        return taken
    }

    /// Gives an array that was taken back for its memory.
    mutating func recycle(_ taken: consuming [Int32], of second: Int64) {
        guard ring[Int(second & Self.mask)].isEmpty else { return }
        taken.removeAll(keepingCapacity: true)
        ring[Int(second & Self.mask)] = taken
    }
}
