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
    /// Whether the texts of one row come before those of another; nil where there are none.
    let precedes: ((Int, Int) -> Bool)?

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
        // The rows of each series as chains: where each begins, and what follows each row.
        var last = [Int32](repeating: -1, count: Int(sorted.reduce(0) { max($0, ranks[Int($1)]) }) + 1)
        var begins: [(rank: Int32, row: Int32)] = []
        var next = [Int32](repeating: -1, count: times.count)
        for row in sorted {
            let rank = ranks[Int(row)]
            let before = last[Int(rank)]
            if before < 0 { begins.append((rank, row)) } else { next[Int(before)] = row }
            last[Int(rank)] = row
        }
        if begins.count == 1 {
            result += sorted
            return
        }
        begins.sort { isDescending ? $0.rank > $1.rank : $0.rank < $1.rank }
        var heap = RowHeap(
            items: begins.map { RowHeap.Item(time: times[Int($0.row)], row: $0.row) }, isDescending: isDescending,
            precedes: precedes)
        while let top = heap.pop() {
            result.append(top)
            let following = next[Int(top)]
            if following >= 0 { heap.push(RowHeap.Item(time: times[Int(following)], row: following)) }
        }
    }
}

/// Go's `container/heap` over the next row of each series.
private struct RowHeap {
    struct Item {
        var time: Int64
        var row: Int32
    }

    private var items: [Item]
    private let isDescending: Bool
    private let precedes: ((Int, Int) -> Bool)?

    init(items: [Item], isDescending: Bool, precedes: ((Int, Int) -> Bool)?) {
        (self.items, self.isDescending, self.precedes) = (items, isDescending, precedes)
        for place in stride(from: items.count / 2 - 1, through: 0, by: -1) { down(place, items.count) }
    }

    mutating func pop() -> Int32? {
        if items.isEmpty { return nil }
        items.swapAt(0, items.count - 1)
        down(0, items.count - 1)
        return items.removeLast().row
    }

    mutating func push(_ item: Item) {
        items.append(item)
        var child = items.count - 1
        while child > 0, isLess(child, (child - 1) / 2) {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private func isLess(_ left: Int, _ right: Int) -> Bool {
        let (first, second) = (items[left], items[right])
        if first.time != second.time { return (first.time < second.time) != isDescending }
        guard let precedes else { return false }
        let (low, high) = (Int(first.row), Int(second.row))
        return isDescending ? precedes(high, low) : precedes(low, high)
    }

    private mutating func down(_ start: Int, _ count: Int) {
        var parent = start
        while 2 * parent + 1 < count {
            var child = 2 * parent + 1
            if child + 1 < count, isLess(child + 1, child) { child += 1 }
            guard isLess(child, parent) else { return }
            items.swapAt(parent, child)
            parent = child
        }
    }
}
