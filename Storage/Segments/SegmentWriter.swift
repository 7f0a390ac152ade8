import Bytes
import Codecs
package import FileIO
import Telemetry

/// Writes one segment: row groups as they come, the index and footer at the end.
///
/// Rows must come by measurement, and within one by ascending series and time.
package struct SegmentWriter: ~Copyable {
    /// A series with at least this many rows fills vectors of its own.
    private static let longSeriesRowCount = 512
    /// The most rows of one row group.
    private static let groupRowCount = 65_536

    private let disk: any Disk
    private let file: DiskFile
    private var isOpen = true
    private var offset: Int
    private var groups: [RowGroup] = []
    /// Rows written so far.
    package private(set) var rowCount = 0

    /// A segment at `path`, which is emptied or made.
    package init(disk: any Disk, path: String) throws(FileError) {
        let file = try disk.open(path, .create)
        do {
            try disk.append(SegmentFooter.head, to: file)
        } catch {
            try? disk.close(file)  // The first error is the one to report.
            throw error
        }
        self.disk = disk
        self.file = file
        offset = SegmentFooter.head.count
    }

    deinit {
        // Given up before its end: the error that led here is the one to report.
        if isOpen { try? disk.close(file) }
    }

    /// Appends the rows of a run, each (series, time) once.
    package mutating func append(_ run: SortedRun, measurement: String) throws(FileError) {
        var index = 0
        while index < run.series.count {
            // Whole series while they fit; a single longer one is a row group of its own.
            var last = index + 1
            while last < run.series.count, run.starts[last + 1] - run.starts[index] <= Self.groupRowCount { last += 1 }
            try appendGroup(run, series: index..<last, measurement: measurement)
            index = last
        }
    }

    /// Writes index and footer and makes the file durable; the directory is the caller's to sync.
    ///
    /// - Returns: the file's length and the range of its times.
    package consuming func finish() throws(FileError) -> (byteCount: Int, times: ClosedRange<Int64>?) {
        var index: [UInt8] = []
        for group in groups { group.encode(into: &index) }
        let footer = SegmentFooter(
            indexOffset: UInt64(offset), indexLength: UInt32(index.count), indexCRC: CRC32C.checksum(index),
            groupCount: UInt32(groups.count))
        try disk.append(index + footer.encode(), to: file)
        try disk.sync(file)
        isOpen = false
        try disk.close(file)
        var range: ClosedRange<Int64>?
        for times in groups.compactMap(\.times) {
            range = range.map { min($0.lowerBound, times.lowerBound)...max($0.upperBound, times.upperBound) } ?? times
        }
        return (offset + index.count + SegmentFooter.byteCount, range)
    }

    private mutating func appendGroup(
        _ run: SortedRun, series: Range<Int>, measurement: String
    ) throws(FileError) {
        let base = run.starts[series.lowerBound]
        let rows = base..<run.starts[series.upperBound]
        let bounds = Self.vectorStarts(run, series: series)
        var bytes: [UInt8] = []
        var columns: [RowGroup.Column] = []
        let times = ColumnCodec.encode(times: run.times, bounds: bounds, into: &bytes)
        columns.append(RowGroup.Column(name: "", kind: .integer, offset: offset, times))
        for field in run.fields where rows.contains(where: { field.isPresent($0) }) {
            let start = offset + bytes.count
            let encoded = ColumnCodec.encode(field, bounds: bounds, into: &bytes)
            columns.append(RowGroup.Column(name: field.name, kind: field.kind, offset: start, encoded))
        }
        groups.append(
            RowGroup(
                measurement: measurement, series: Array(run.series[series]),
                starts: run.starts[series.lowerBound...series.upperBound].map { $0 - base },
                vectorStarts: bounds.map { $0 - base },
                vectorTimes: (1..<bounds.count).map { Self.times(run.times[bounds[$0 - 1]..<bounds[$0]]) },
                columns: columns))
        try disk.append(bytes, to: file)
        offset += bytes.count
        rowCount += rows.count
    }

    /// Cuts rows into vectors: a long series begins and ends its own, a short one lies in one vector whole.
    private static func vectorStarts(_ run: SortedRun, series: Range<Int>) -> [Int] {
        var bounds = [run.starts[series.lowerBound]]
        var begin = bounds[0]
        func cut(_ row: Int) {
            if row > begin {
                bounds.append(row)
                begin = row
            }
        }
        for index in series {
            let (first, end) = (run.starts[index], run.starts[index + 1])
            if end - first >= longSeriesRowCount {
                cut(first)
                while end - begin > VectorHeader.maximumRowCount { cut(begin + VectorHeader.maximumRowCount) }
                cut(end)
            } else if end - begin > VectorHeader.maximumRowCount {
                cut(first)
            }
        }
        cut(run.starts[series.upperBound])
        return bounds
    }

    private static func times(_ times: ArraySlice<Int64>) -> ClosedRange<Int64> {
        var low = Int64.max
        var high = Int64.min
        for time in times {
            low = min(low, time)
            high = max(high, time)
        }
        return low...max(low, high)
    }
}
