import FileIO
import Telemetry

/// A look at every block, and where series lie in a sorted list.
extension SegmentFile {
    /// Reads and decodes every block.
    ///
    /// - Returns: how many blocks there are, and what is wrong with those that cannot be read.
    package func verify() throws(SegmentError) -> (blockCount: Int, problems: [String]) {
        let (descriptor, groups) = try opened()
        // Past the cache: what lies on the disk is to be read.
        let file = Opened(file: descriptor, cache: nil)
        var blockCount = 0
        var problems: [String] = []
        for group in groups {
            for vector in group.vectorTimes.indices {
                for (place, column) in group.columns.enumerated() {
                    blockCount += 1
                    do {
                        let rowCount =
                            place == 0
                            ? try times(group, [vector], file).count : try decoded(column, group, [vector], file).count
                        let expected = group.vectorStarts[vector + 1] - group.vectorStarts[vector]
                        if rowCount != expected { problems.append("\(rowCount) rows, not \(expected)") }
                    } catch {
                        problems.append("measurement \(group.measurement), \(error)")
                    }
                }
            }
        }
        return (blockCount, problems)
    }

    /// The places in `all` of the numbers that are in `wanted` too; both ascend.
    static func intersection(_ all: [UInt32], _ wanted: ArraySlice<UInt32>) -> [Int] {
        guard let first = all.first, let last = all.last else { return [] }
        var next = lowerBound(wanted, first)
        var result: [Int] = []
        if (wanted.endIndex - next) * 16 < all.count {
            while next < wanted.endIndex, wanted[next] <= last {
                let place = lowerBound(all[...], wanted[next])
                if all[place] == wanted[next] { result.append(place) }
                next += 1
            }
            return result
        }
        for (place, number) in all.enumerated() {
            while next < wanted.endIndex, wanted[next] < number { next += 1 }
            if next == wanted.endIndex { break }
            if wanted[next] == number { result.append(place) }
        }
        return result
    }

    private static func lowerBound(_ numbers: ArraySlice<UInt32>, _ number: UInt32) -> Int {
        var low = numbers.startIndex
        var high = numbers.endIndex
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
