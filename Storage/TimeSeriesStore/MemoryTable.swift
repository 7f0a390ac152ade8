import Segments
import Telemetry

/// The rows of one measurement and shard that are in no segment yet: sealed sorted runs and one open, unsorted run.
///
/// The open run takes rows as they come and is sorted when it is full, or when a query asks (and then kept until the
/// next row), so that a writer never sorts more than `openRowCount` rows and a reader never waits for more.
struct MemoryTable: Sendable {
    private static let openRowCount = 65_536

    private(set) var sealed: [SortedRun] = []
    private var seriesOfRow: [UInt32] = []
    private var times: [Int64] = []
    private var fields: [FieldColumn] = []
    private var openSorted: SortedRun?
    /// What is deleted, with how many rows of the open run there were then; applied when the rows are next asked for.
    private var deletions: [(deletion: RowDeletion, openRowCount: Int)] = []
    /// About how many bytes it takes.
    private(set) var byteCount = 0

    /// Appends all rows of `table`, whose series have these numbers.
    mutating func append(_ table: FrameTable, series: [UInt32]) {
        openSorted = nil
        let before = times.count
        seriesOfRow.append(contentsOf: series)
        times.append(contentsOf: table.timestamps)
        var isFilled = [Bool](repeating: false, count: fields.count)
        for column in table.fields {
            if let index = fields.firstIndex(where: { $0.name == column.name && $0.kind == column.kind }) {
                fields[index].append(rows: 0..<column.count, of: column)
                isFilled[index] = true
            } else {
                var created = FieldColumn(name: column.name, kind: column.kind)
                created.appendAbsent(before)
                created.append(rows: 0..<column.count, of: column)
                fields.append(created)
                isFilled.append(true)
            }
        }
        for index in fields.indices where !isFilled[index] { fields[index].appendAbsent(table.rowCount) }
        byteCount += table.rowCount * 12 + table.fields.reduce(0) { $0 + $1.words.count * 8 + $1.text.count }
        if times.count >= Self.openRowCount { seal() }
    }

    /// Every row as sorted runs, oldest first.
    mutating func runs() -> [SortedRun] {
        applyDeletions()
        if times.isEmpty { return sealed }
        if openSorted == nil { openSorted = SortedRun(sorting: seriesOfRow, times: times, fields: fields) }
        return sealed + [openSorted].compactMap { $0 }
    }

    /// Notes that rows count no more; later ones of the same series and time do.
    mutating func delete(_ deletion: RowDeletion) {
        openSorted = nil
        deletions.append((deletion, times.count))
    }

    private mutating func applyDeletions() {
        if deletions.isEmpty { return }
        let all = deletions.map(\.deletion)
        sealed = sealed.map { $0.removing(all) }.filter { $0.rowCount > 0 }
        let kept = times.indices.filter { row in
            !deletions.contains {
                row < $0.openRowCount && $0.deletion.times.contains(times[row])
                    && $0.deletion.includes(seriesOfRow[row])
            }
        }
        if kept.count < times.count {
            let rows = kept.map { Int32($0) }
            seriesOfRow = kept.map { seriesOfRow[$0] }
            times = kept.map { times[$0] }
            fields = fields.map { $0.gathered(rows) }
        }
        deletions = []
    }

    private mutating func seal() {
        sealed = runs()
        seriesOfRow = []
        times = []
        fields = []
        openSorted = nil
    }
}

/// One merge of blocks in which each (series, time) stands once: what a flush or a compaction writes.
enum RunMerge {
    /// Merges blocks, oldest first, of the given series only.
    ///
    /// - Parameter fields: names and types of the blocks' columns.
    static func merge(
        _ blocks: [RowBlock], series: some Sequence<UInt32>, fields wanted: [(name: String, kind: FieldKind)]
    ) -> SortedRun {
        var numbers: [UInt32] = []
        var starts = [0]
        var times: [Int64] = []
        var fields = wanted.map { FieldColumn(name: $0.name, kind: $0.kind) }
        let hasRepeats = blocks.contains(where: \.hasRepeats)
        var places = [Int](repeating: 0, count: blocks.count)
        for number in series {
            let parts = SeriesCursor.parts(of: number, in: blocks, &places, times: .min ... .max).compactMap(\.slice)
            if parts.isEmpty { continue }
            numbers.append(number)
            for slice in SliceMerge.ordered(parts, hasRepeats: hasRepeats, fields: wanted) {
                times.append(contentsOf: slice.times[slice.rows])
                for index in fields.indices {
                    if let column = slice.columns[index] {
                        fields[index].append(rows: slice.rows, of: column)
                    } else {
                        fields[index].appendAbsent(slice.rows.count)
                    }
                }
            }
            starts.append(times.count)
        }
        return SortedRun(series: numbers, starts: starts, times: times, fields: fields)
    }

    /// The names and types of all fields of some runs.
    static func fields(of runs: [SortedRun]) -> [(name: String, kind: FieldKind)] {
        var wanted: [(name: String, kind: FieldKind)] = []
        for run in runs {
            for field in run.fields where !wanted.contains(where: { $0.name == field.name && $0.kind == field.kind }) {
                wanted.append((field.name, field.kind))
            }
        }
        return wanted
    }

    /// The series of all runs, ascending, each once.
    static func series(of runs: [SortedRun]) -> [UInt32] {
        if runs.count == 1 { return runs[0].series }
        var all: [UInt32] = []
        for run in runs { all.append(contentsOf: run.series) }
        all.sort()
        var result: [UInt32] = []
        for number in all where result.last != number { result.append(number) }
        return result
    }
}
