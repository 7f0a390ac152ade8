import Catalog
package import Segments
package import SeriesIndex
import Synchronization
package import Telemetry

/// What a query reads: the sources of one retention policy at one instant, held without a lock.
package struct StoreSnapshot: Sendable {
    enum Source: Sendable {
        case segment(SegmentFile)
        case memory([String: [SortedRun]])
    }

    /// How many series one step of a scan reads together: enough that neighbours share their reads, few enough that
    /// the step's columns stay small.
    private static let seriesPerStep = 4096

    let sources: [Source]
    let report: @Sendable (SegmentError) -> Void

    /// Hands each series that has rows to `body`, with its rows merged, in time order, each time once.
    ///
    /// - Parameters:
    ///   - measurement: whose series these are.
    ///   - series: ascending numbers.
    ///   - times: both ends included.
    ///   - fields: names and types as the schema has them; the columns come in this order.
    ///   - body: throws to stop the scan.
    /// - Throws: `SegmentError` where a segment is corrupt or cannot be read, and what `body` throws.
    package func scan(
        measurement: String, series: [UInt32], times: ClosedRange<Int64>, fields: [(name: String, kind: FieldKind)],
        _ body: (UInt32, SeriesColumns) throws -> Void
    ) throws {
        var from = 0
        while from < series.count {
            let step = Array(series[from..<min(series.count, from + Self.seriesPerStep)])
            let runs = try read(measurement, step, times, fields)
            for number in step {
                var parts: [(run: SortedRun, rows: Range<Int>)] = []
                for run in runs {
                    guard let all = run.rows(of: number) else { continue }
                    let rows = run.rows(all, in: times)
                    if !rows.isEmpty { parts.append((run, rows)) }
                }
                if parts.isEmpty { continue }
                try body(number, SeriesColumns(merging: parts, fields: fields))
            }
            from += step.count
        }
    }

    private func read(
        _ measurement: String, _ series: [UInt32], _ times: ClosedRange<Int64>,
        _ fields: [(name: String, kind: FieldKind)]
    ) throws -> [SortedRun] {
        var runs: [SortedRun] = []
        for source in sources {
            switch source {
            case .memory(let tables): runs += tables[measurement] ?? []
            case .segment(let file):
                do throws(SegmentError) {
                    runs += try file.read(measurement: measurement, series: series, times: times, fields: fields)
                } catch {
                    report(error)
                    throw error
                }
            }
        }
        return runs
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
                return .failure(FrameError(.policyNotFound, "retention policy not found: \(policy ?? "")"))
            }
            var segments: [(number: UInt64, file: SegmentFile)] = []
            var memory: [StoreSnapshot.Source] = []
            for key in state.databases[name].map({ Array($0.shards.keys) }) ?? [] where key.policy == number {
                guard key.start <= times.upperBound, key.end > times.lowerBound || key.end == .max else { continue }
                guard let shard = state.databases[name]?.shards[key] else { continue }
                for (entry, file) in shard.segments
                where entry.minimumTime <= times.upperBound && entry.maximumTime >= times.lowerBound {
                    segments.append((entry.number, file))
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
            return .success(segments.map { .segment($0.file) } + memory)
        }
        return StoreSnapshot(sources: try sources.get()) { error in
            self.state.withLock { state in _ = state.quarantine.insert(error.description) }
        }
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
