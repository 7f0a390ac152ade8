package import Codecs
import Telemetry

/// A condition on a field by which whole vectors can be passed over.
package struct VectorExclusion: Sendable {
    /// The place of the field.
    let field: Int
    /// Whether no row of a vector with these statistics fulfils the condition.
    let isExcluded: @Sendable (VectorStatistics) -> Bool

    /// A condition on the field at a place.
    package init(field: Int, isExcluded: @escaping @Sendable (VectorStatistics) -> Bool) {
        self.field = field
        self.isExcluded = isExcluded
    }
}

/// Which vectors a reader need not decode: their statistics say what it asks, or that it asks nothing of them.
package struct SummaryRequest: Sendable {
    private let isWhole: @Sendable (ClosedRange<Int64>) -> Bool
    /// Whether the time of each row is asked for beside the statistics, as for the time of a maximum.
    package let wantsRowTimes: Bool
    private let fullFields: [Int]
    private let exclusions: [VectorExclusion]

    /// A request that lets vectors be of which no row fulfils one of some conditions.
    package init(exclusions: [VectorExclusion]) {
        (isWhole, wantsRowTimes, fullFields) = ({ _ in false }, false, [])
        self.exclusions = exclusions
    }

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
        exclusions = []
    }

    /// Those of some vectors that need not be looked at: of one series, and without a row that fulfils all conditions.
    func excluded(of needed: [Int], _ group: RowGroup, _ columns: [RowGroup.Column?]) -> Set<Int> {
        if exclusions.isEmpty { return [] }
        var found: Set<Int> = []
        var place = 0
        for vector in needed {
            let rows = group.vectorStarts[vector]..<group.vectorStarts[vector + 1]
            while group.starts[place + 1] <= rows.lowerBound { place += 1 }
            guard rows.upperBound <= group.starts[place + 1] else { continue }
            let isExcluded = exclusions.contains { exclusion in
                columns[exclusion.field].map { exclusion.isExcluded($0.statistics[vector]) } ?? true
            }
            if isExcluded { found.insert(vector) }
        }
        return found
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
    /// Whether it stands for rows that nobody asks for, lest they be taken for missing where others overlap them.
    package let isExcluded: Bool

    /// The time of a row, counted from the vector's first; the first row's where times were not asked for.
    package func time(of row: Int32) -> Int64 {
        rowTimes.isEmpty ? times.lowerBound : rowTimes[rowTimes.startIndex + Int(row)]
    }

    /// The summaries of ascending vectors of a row group.
    ///
    /// - Parameters:
    ///   - rowTimes: the times of all their rows, one vector after the other.
    ///   - isExcluded: whether nobody asks for the rows.
    static func all(
        _ vectors: [Int], _ group: RowGroup, _ columns: [RowGroup.Column?], _ rowTimes: [Int64]?,
        isExcluded: Bool = false
    ) -> [VectorSummary] {
        var place = 0
        var row = 0
        return vectors.map { vector in
            while group.starts[place + 1] <= group.vectorStarts[vector] { place += 1 }
            let count = group.vectorStarts[vector + 1] - group.vectorStarts[vector]
            defer { row += count }
            return VectorSummary(
                series: group.series[place], times: group.vectorTimes[vector],
                columns: columns.map { $0?.statistics[vector] }, rowTimes: rowTimes?[row..<(row + count)] ?? [],
                isExcluded: isExcluded)
        }
    }
}

/// The first or last rows of vectors, made of their statistics: what a page of one row a series needs.
struct EdgeRows {
    let isNewest: Bool

    /// Nil where more than one row of each series is asked for.
    init?(_ edge: ScanEdge?) {
        switch edge {
        case .newest(1): isNewest = true
        case .oldest(1): isNewest = false
        default: return nil
        }
    }

    /// Those of some vectors whose edge is known without decoding: of one series, within `times`, each row with a value of
    /// each column that the group has.
    func vectors(
        of needed: [Int], _ group: RowGroup, _ columns: [RowGroup.Column?], _ times: ClosedRange<Int64>
    ) -> Set<Int> {
        SummaryRequest(wantsRowTimes: false, fullFields: Array(columns.indices)) { _ in true }
            .vectors(of: needed, group, columns, times)
    }

    /// One row for each of ascending vectors.
    ///
    /// - Parameter texts: the decoded rows of the vectors, for columns of strings alone.
    func block(
        _ vectors: [Int], _ group: RowGroup, _ columns: [RowGroup.Column?], texts: [FieldColumn?]
    ) -> RowBlock {
        var series: [UInt32] = []
        var times: [Int64] = []
        var made = columns.map { $0.map { FieldColumn(name: $0.name, kind: $0.kind) } }
        var place = 0
        var firstRow = 0
        for vector in vectors {
            while group.starts[place + 1] <= group.vectorStarts[vector] { place += 1 }
            let count = group.vectorStarts[vector + 1] - group.vectorStarts[vector]
            series.append(group.series[place])
            times.append(isNewest ? group.vectorTimes[vector].upperBound : group.vectorTimes[vector].lowerBound)
            for index in columns.indices {
                if let decoded = texts[index] {
                    made[index]?.append(row: isNewest ? firstRow + count - 1 : firstRow, of: decoded)
                } else if let statistics = columns[index]?.statistics[vector] {
                    made[index]?.append(word: isNewest ? statistics.last : statistics.first)
                }
            }
            firstRow += count
        }
        return RowBlock(
            series: series, ranges: series.indices.map { $0..<($0 + 1) }, times: times, columns: made)
    }
}
