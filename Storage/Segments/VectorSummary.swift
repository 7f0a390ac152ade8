package import Codecs

/// Which vectors a reader need not decode: their statistics say what it asks.
package struct SummaryRequest: Sendable {
    private let isWhole: @Sendable (ClosedRange<Int64>) -> Bool
    /// Whether the time of each row is asked for beside the statistics, as for the time of a maximum.
    package let wantsRowTimes: Bool
    private let fullFields: [Int]

    /// A request.
    ///
    /// - Parameters:
    ///   - wantsRowTimes: whether the time of each row is asked for.
    ///   - fullFields: the fields, by place, whose first and last value are asked for with their times: a vector in which
    ///     a row lacks one is decoded.
    ///   - isWhole: whether rows in a range of times are asked for as one, not part by part.
    package init(wantsRowTimes: Bool, fullFields: [Int], isWhole: @escaping @Sendable (ClosedRange<Int64>) -> Bool) {
        self.isWhole = isWhole
        self.wantsRowTimes = wantsRowTimes
        self.fullFields = fullFields
    }

    /// Those of some vectors that the request lets be: of one series, within `times`, and asked for as one.
    func vectors(
        of needed: [Int], _ group: RowGroup, _ columns: [RowGroup.Column?], _ times: ClosedRange<Int64>
    ) -> Set<Int> {
        var found: Set<Int> = []
        var place = 0
        for vector in needed {
            let rows = group.vectorStarts[vector]..<group.vectorStarts[vector + 1]
            while group.starts[place + 1] <= rows.lowerBound { place += 1 }
            let range = group.vectorTimes[vector]
            guard rows.upperBound <= group.starts[place + 1], range.lowerBound >= times.lowerBound,
                range.upperBound <= times.upperBound, isWhole(range)
            else { continue }
            let isFull = fullFields.allSatisfy { field in
                columns[field].map { $0.statistics[vector].presentCount == rows.count } ?? true
            }
            if isFull { found.insert(vector) }
        }
        return found
    }
}

/// What is in one vector of one series, undecoded.
package struct VectorSummary: Sendable {
    /// The series of all rows.
    package let series: UInt32
    /// The times of the first and the last row.
    package let times: ClosedRange<Int64>
    /// The statistics of each field that was asked for, nil where no row has it.
    package let columns: [VectorStatistics?]
    /// The time of each row, where it was asked for.
    package let rowTimes: ArraySlice<Int64>

    /// The time of a row, counted from the vector's first; the first row's where times were not asked for.
    package func time(of row: Int32) -> Int64 {
        rowTimes.isEmpty ? times.lowerBound : rowTimes[rowTimes.startIndex + Int(row)]
    }

    /// The summaries of ascending vectors of a row group.
    ///
    /// - Parameter rowTimes: the times of all their rows, one vector after the other.
    static func all(
        _ vectors: [Int], _ group: RowGroup, _ columns: [RowGroup.Column?], _ rowTimes: [Int64]?
    ) -> [VectorSummary] {
        var place = 0
        var row = 0
        return vectors.map { vector in
            while group.starts[place + 1] <= group.vectorStarts[vector] { place += 1 }
            let count = group.vectorStarts[vector + 1] - group.vectorStarts[vector]
            defer { row += count }
            return VectorSummary(
                series: group.series[place], times: group.vectorTimes[vector],
                columns: columns.map { $0?.statistics[vector] }, rowTimes: rowTimes?[row..<(row + count)] ?? [])
        }
    }
}
