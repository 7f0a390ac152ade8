import Telemetry

/// The order in which InfluxDB lays the rows of many series side by side.
///
/// It merges the series of a shard by a heap whose items are series, in the order of their keys at first. Where two
/// have the same time and nothing else decides, the one that the heap happens to have above comes first: to give the
/// rows in its order the heap has to be worked as it works it (Go's `container/heap`, influxd 1.8
/// `query.sortedMergeIterator`). Only answers that have such rows come here.
struct SeriesMerge {
    /// Shards are weeks that begin on Monday; 1970 began on a Thursday.
    private static let week: Int64 = 7 * 86_400 * Timestamp.second
    private static let firstMonday: Int64 = 4 * 86_400 * Timestamp.second

    let times: [Int64]
    /// The place of each row's series in the order of keys.
    let ranks: [Int32]
    let isDescending: Bool
    /// Whether the texts of one row come before those of another.
    let precedes: (Int, Int) -> Bool

    /// All rows in the order of the answer; `sorted` is the same by time and rank.
    func rows(_ sorted: [Int32]) -> [Int32] {
        var result: [Int32] = []
        result.reserveCapacity(sorted.count)
        var from = 0
        while from < sorted.count {
            let shard = shard(sorted[from])
            var end = from + 1
            while end < sorted.count, self.shard(sorted[end]) == shard { end += 1 }
            merge(sorted[from..<end], into: &result)
            from = end
        }
        return result
    }

    private func shard(_ row: Int32) -> Int64 {
        let (moved, overflow) = times[Int(row)].subtractingReportingOverflow(Self.firstMonday)
        return overflow ? .min : Timestamp.floorDivide(moved, Self.week).quotient
    }

    private func merge(_ sorted: ArraySlice<Int32>, into result: inout [Int32]) {
        var queues: [Int32: [Int32]] = [:]
        for row in sorted { queues[ranks[Int(row)], default: []].append(row) }
        let series = queues.keys.sorted { isDescending ? $0 > $1 : $0 < $1 }
        let lists = series.map { queues[$0] ?? [] }
        var heads = [Int](repeating: 0, count: lists.count)
        var heap = Array(lists.indices)
        func isLess(_ left: Int, _ right: Int) -> Bool {
            let (first, second) = (
                Int(lists[heap[left]][heads[heap[left]]]), Int(lists[heap[right]][heads[heap[right]]])
            )
            if times[first] != times[second] {
                return isDescending ? times[first] > times[second] : times[first] < times[second]
            }
            return isDescending ? precedes(second, first) : precedes(first, second)
        }
        func down(_ start: Int, _ count: Int) {
            var parent = start
            while 2 * parent + 1 < count {
                var child = 2 * parent + 1
                if child + 1 < count, isLess(child + 1, child) { child += 1 }
                guard isLess(child, parent) else { return }
                heap.swapAt(parent, child)
                parent = child
            }
        }
        for place in stride(from: heap.count / 2 - 1, through: 0, by: -1) { down(place, heap.count) }
        while !heap.isEmpty {
            heap.swapAt(0, heap.count - 1)
            down(0, heap.count - 1)
            let top = heap.removeLast()
            result.append(lists[top][heads[top]])
            heads[top] += 1
            if heads[top] == lists[top].count { continue }
            heap.append(top)
            var child = heap.count - 1
            while child > 0, isLess(child, (child - 1) / 2) {
                heap.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        }
    }
}
