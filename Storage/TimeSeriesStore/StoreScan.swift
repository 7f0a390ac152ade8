import Catalog
package import Segments
package import SeriesIndex
import Synchronization
package import Telemetry

/// What a scan reads at once.
package struct ScanStep: Sendable {
    /// The series, ascending.
    package let series: ArraySlice<UInt32>
    /// Both ends included.
    package let times: ClosedRange<Int64>
}

/// What a query reads: the sources of one retention policy at one instant, held without a lock.
package struct StoreSnapshot: Sendable {
    enum Source: Sendable {
        /// A file, and what is deleted in it.
        case segment(SegmentFile, [RowDeletion])
        case memory([String: [SortedRun]])
    }

    let sources: [Source]
    let rowsPerStep: Int
    let report: @Sendable (SegmentError) -> Void

    /// The steps in which series are best read: each holds about as many rows as are decoded together. A series with many
    /// more is read in stretches of time, one behind the other.
    ///
    /// - Parameters:
    ///   - measurement: whose series these are.
    ///   - series: ascending numbers.
    ///   - times: both ends included.
    package func steps(measurement: String, series: [UInt32], times: ClosedRange<Int64>) throws -> [ScanStep] {
        let counts = try rowCounts(measurement: measurement, series: series, times: times)
        var steps: [ScanStep] = []
        var (from, rows) = (0, 0)
        for index in series.indices {
            if counts[index] >= rowsPerStep * 4 {
                if from < index { steps.append(ScanStep(series: series[from..<index], times: times)) }
                steps += try stretches(
                    measurement: measurement, series: series[index...index], times: times,
                    count: counts[index] / (rowsPerStep * 2)
                ).map { ScanStep(series: series[index...index], times: $0) }
                (from, rows) = (index + 1, 0)
                continue
            }
            rows += counts[index]
            if rows >= rowsPerStep {
                steps.append(ScanStep(series: series[from...index], times: times))
                (from, rows) = (index + 1, 0)
            }
        }
        if from < series.count { steps.append(ScanStep(series: series[from...], times: times)) }
        return steps
    }

    /// About how many rows each series has in `times`; a point that was written twice may count twice.
    package func rowCounts(measurement: String, series: [UInt32], times: ClosedRange<Int64>) throws -> [Int] {
        var counts = [Int](repeating: 0, count: series.count)
        guard let first = series.first, let last = series.last else { return counts }
        for source in sources {
            switch source {
            case .memory(let tables):
                for run in tables[measurement] ?? [] {
                    Self.addRows(run.series, run.starts, 1, to: &counts, of: series)
                }
            case .segment(let file, _):
                // By place: a copy of a group costs more than a look at it.
                let groups = try groups(of: file)
                for place in groups.indices
                where groups[place].mayHold(measurement, first...last, times) {
                    let group = groups[place]
                    Self.addRows(group.series, group.starts, group.share(of: times), to: &counts, of: series)
                }
            }
        }
        return counts
    }

    /// Cuts the times of a few series into stretches that hold about as many rows each, as far as the rows come evenly.
    ///
    /// - Returns: stretches in order which together are `times`.
    package func stretches(
        measurement: String, series: ArraySlice<UInt32>, times: ClosedRange<Int64>, count: Int
    ) throws -> [ClosedRange<Int64>] {
        guard let first = series.first, let last = series.last else { return [times] }
        var (low, high) = (Int64.max, Int64.min)
        for source in sources {
            switch source {
            case .memory(let tables):
                for run in tables[measurement] ?? [] {
                    let begin = run.series.partitioningIndex { $0 >= first }
                    for place in begin..<run.series.count {
                        if run.series[place] > last { break }
                        (low, high) = (
                            min(low, run.times[run.starts[place]]), max(high, run.times[run.starts[place + 1] - 1])
                        )
                    }
                }
            case .segment(let file, _):
                let groups = try groups(of: file)
                for index in groups.indices where groups[index].mayHold(measurement, first...last, times) {
                    let group = groups[index]
                    guard let span = group.times else { continue }
                    let place = group.series.partitioningIndex { $0 >= first }
                    guard place < group.series.count, group.series[place] <= last else { continue }
                    (low, high) = (min(low, span.lowerBound), max(high, span.upperBound))
                }
            }
        }
        (low, high) = (max(low, times.lowerBound), min(high, times.upperBound))
        let (span, overflow) = high.subtractingReportingOverflow(low)
        guard count > 1, low < high, !overflow, span / Int64(count) > 0 else { return [times] }
        let length = span / Int64(count)
        return (0..<count).map { piece in
            let from = piece == 0 ? times.lowerBound : low + Int64(piece) * length
            let to = piece == count - 1 ? times.upperBound : low + Int64(piece + 1) * length - 1
            return from...to
        }
    }

    private static func addRows(
        _ numbers: [UInt32], _ starts: [Int], _ share: Double, to counts: inout [Int], of series: [UInt32]
    ) {
        guard let first = numbers.first else { return }
        var index = series.partitioningIndex { $0 >= first }
        for (place, number) in numbers.enumerated() {
            while index < series.count, series[index] < number { index += 1 }
            if index == series.count { return }
            if series[index] == number { counts[index] += Int(Double(starts[place + 1] - starts[place]) * share) }
        }
    }

    /// Hands each series that has rows to `body`: its rows in time order, each time once, in one slice or more.
    ///
    /// - Parameters:
    ///   - measurement: whose series these are.
    ///   - series: ascending numbers, such as one of `steps`.
    ///   - times: both ends included.
    ///   - fields: names and types as the schema has them; the columns come in this order.
    ///   - edge: the rows of each series that will do; others may come too. Nil means all.
    ///   - summary: which rows may come as statistics only. Nil means none.
    ///   - body: gets the index in `series`, its rows and what stands for others; throws to stop the scan.
    /// - Throws: `SegmentError` where a segment is corrupt or cannot be read, and what `body` throws.
    package func scan(
        measurement: String, series: ArraySlice<UInt32>, times: ClosedRange<Int64>,
        fields: [(name: String, kind: FieldKind)], edge: ScanEdge? = nil, summary: SummaryRequest? = nil,
        _ body: (Int, [RowSlice], [VectorSummary]) throws -> Void
    ) throws {
        let blocks = try read(measurement, series, times, fields, edge, summary)
        let hasRepeats = blocks.contains(where: \.hasRepeats)
        var places = [Int](repeating: 0, count: blocks.count)
        for index in series.indices {
            let parts = SeriesCursor.parts(of: series[index], in: blocks, &places, times: times)
            if parts.isEmpty { continue }
            if parts.count == 1, !hasRepeats {
                // Most series lie in one block: nothing is to be merged.
                let rows = parts[0].slice.map { slice in [edge.map { slice.trimmed($0) } ?? slice] } ?? []
                let asked = parts[0].summaries.contains(where: \.isExcluded) ? [] : Array(parts[0].summaries)
                if !rows.isEmpty || !asked.isEmpty { try body(index, rows, asked) }
                continue
            }
            let summaries = parts.flatMap(\.summaries)
            if !summaries.isEmpty, !SeriesPart.areDisjoint(parts) {
                // Rows of two sources may be the same point: only decoded they can be merged.
                try scan(
                    measurement: measurement, series: series[index...index], times: times, fields: fields, edge: edge,
                    body)
                continue
            }
            var rows = parts.compactMap(\.slice)
            if let edge, !hasRepeats, rows.count > 1 { rows = rows.map { $0.trimmed(edge) } }
            let slices = SliceMerge.ordered(rows, hasRepeats: hasRepeats, fields: fields)
            let asked = summaries.contains(where: \.isExcluded) ? [] : summaries
            if !slices.isEmpty || !asked.isEmpty { try body(index, slices, asked) }
        }
    }

    private func read(
        _ measurement: String, _ series: ArraySlice<UInt32>, _ times: ClosedRange<Int64>,
        _ fields: [(name: String, kind: FieldKind)], _ edge: ScanEdge?, _ summary: SummaryRequest?
    ) throws -> [RowBlock] {
        var blocks: [RowBlock] = []
        for source in sources {
            switch source {
            case .memory(let tables): blocks += (tables[measurement] ?? []).map { $0.block(fields) }
            case .segment(let file, let deletions):
                do throws(SegmentError) {
                    blocks += try file.read(
                        measurement: measurement, series: series, times: times, fields: fields, edge: edge,
                        summary: summary, without: deletions)
                } catch {
                    report(error)
                    throw error
                }
            }
        }
        return blocks
    }

    func groups(of file: SegmentFile) throws -> [RowGroup] {
        do throws(SegmentError) {
            return try file.rowGroups()
        } catch {
            report(error)
            throw error
        }
    }
}

extension Array {
    /// The first place whose element fulfils `predicate`, which holds for all elements behind it too.
    fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension TimeSeriesStore {
    /// What is in a policy of a database now, for times that overlap `times`.
    ///
    /// - Throws: `.databaseNotFound`, `.policyNotFound`.
    package func snapshot(
        database name: String, policy: String?, measurements: [String], times: ClosedRange<Int64>
    ) throws(FrameError) -> StoreSnapshot {
        let sources: Result<[StoreSnapshot.Source], FrameError> = state.withLock { state in
            guard let entry = state.databases[name]?.entry else {
                return .failure(FrameError(.databaseNotFound, "database not found: \(name)"))
            }
            guard let number = entry.policy(policy)?.number else {
                return .failure(
                    FrameError(.policyNotFound, "retention policy not found: \(policy ?? entry.defaultPolicy)"))
            }
            let tombstones = entry.tombstones.filter { measurements.contains($0.deletion.measurement) }
            var segments: [(number: UInt64, file: SegmentFile, deletions: [RowDeletion])] = []
            var memory: [StoreSnapshot.Source] = []
            for key in state.databases[name].map({ Array($0.shards.keys) }) ?? [] where key.policy == number {
                guard key.start <= times.upperBound, key.end > times.lowerBound || key.end == .max else { continue }
                guard let shard = state.databases[name]?.shards[key] else { continue }
                for (entry, file) in shard.segments
                where entry.minimumTime <= times.upperBound && entry.maximumTime >= times.lowerBound {
                    segments.append((entry.number, file, tombstones.deletions(in: entry)))
                }
                var tables: [String: [SortedRun]] = [:]
                for measurement in measurements {
                    // In place, so that the sorted open run is kept for the next reader.
                    let frozen = state.databases[name]?.shards[key]?.frozen[measurement]?.runs() ?? []
                    let recent = state.databases[name]?.shards[key]?.memory[measurement]?.runs() ?? []
                    tables[measurement] = frozen + recent
                }
                memory.append(.memory(tables))
            }
            segments.sort { $0.number < $1.number }
            return .success(segments.map { .segment($0.file, $0.deletions) } + memory)
        }
        return StoreSnapshot(sources: try sources.get(), rowsPerStep: settings.stepRowCount) { self.report($0) }
    }

    /// Puts a segment that turned out corrupt into quarantine; one that could not be opened for want of descriptors or
    /// memory is not.
    func report(_ error: SegmentError) {
        if error.isPassing { return }
        state.withLock { state in _ = state.quarantine.insert(error.description) }
    }

    /// The index of a database as it is now. Keep it no longer than needed: a new series copies what is held.
    ///
    /// - Throws: `.databaseNotFound`.
    package func index(of database: String) throws -> SeriesIndex {
        try withIndex(of: database) { copy $0 }
    }

    /// Reads the index of a database under the store's lock: keep it short, and take out only what you need.
    ///
    /// - Throws: `.databaseNotFound`, and what `body` throws.
    package func withIndex<Result>(of database: String, _ body: (borrowing SeriesIndex) throws -> Result) throws
        -> Result
    {
        try state.withLock { state in
            guard let index = state.databases[database]?.index else {
                throw FrameError(.databaseNotFound, "database not found: \(database)")
            }
            return try body(index)
        }
    }

    /// The segments that could not be read, each with its path and reason.
    package var quarantine: [String] { state.withLock { $0.quarantine.sorted() } }
}
