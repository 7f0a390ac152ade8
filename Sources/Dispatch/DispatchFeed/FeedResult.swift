import Telemetry

/// One window of one feeder, as the feed holds it: its key, and its values by place.
package struct FeedResult: Sendable, Equatable {
    /// What computes a result; the raw value is the measurement.
    package enum Operator: String, Sendable, CaseIterable, Comparable {
        case feederAggregate = "Feeder_Aggregate"
        case fcrReadiness = "FCR_Readiness"

        /// The fields whose values a result has, in the order of its words.
        var columns: [(name: String, kind: FieldKind)] {
            switch self {
            case .feederAggregate: Self.aggregateColumns
            case .fcrReadiness: Self.readinessColumns
            }
        }

        private static let aggregateColumns: [(name: String, kind: FieldKind)] = [
            ("active_power_w", .float), ("active_power_w_min", .float), ("active_power_w_max", .float),
            ("energy_import_wh", .float), ("energy_export_wh", .float), ("readings", .integer),
            ("evse_expected", .integer), ("evse_heard", .integer), ("evse_stale", .integer), ("coverage", .float),
            ("soc_mean_pct", .float), ("soc_min_pct", .float),
        ]

        private static let readinessColumns: [(name: String, kind: FieldKind)] = [
            ("active_power_w", .float), ("evse_live", .integer), ("fcr_up_w", .float), ("fcr_down_w", .float),
            ("fcr_symmetric_w", .float), ("lost_stale_up_w", .float), ("lost_energy_up_w", .float),
            ("lost_departure_up_w", .float), ("lost_feeder_up_w", .float), ("lost_stale_down_w", .float),
            ("lost_energy_down_w", .float), ("lost_departure_down_w", .float), ("lost_feeder_down_w", .float),
            ("discharge_potential_w", .float), ("discharge_energy_wh", .float),
        ]

        /// By name.
        package static func < (left: Operator, right: Operator) -> Bool { left.rawValue < right.rawValue }
    }

    /// What newest-wins and the last closed windows go by: a feeder's windows of one length.
    package struct Series: Hashable, Sendable, Comparable {
        /// The feeder.
        package let feeder: String
        /// What computes it.
        package let `operator`: Operator
        /// The length of the windows.
        package let windowSeconds: Int64

        /// By feeder, operator and length.
        package static func < (left: Series, right: Series) -> Bool {
            (left.feeder, left.operator, left.windowSeconds) < (right.feeder, right.operator, right.windowSeconds)
        }
    }

    /// Whose window it is.
    package let series: Series
    /// The place in the log that it came with.
    package let position: UInt64
    /// The start of the window, ns since 1970 UTC.
    package let windowStart: Int64
    /// 0 at the watermark, one more each time.
    package let revision: Int64
    /// Whether the allowed lateness is over.
    package let isFinal: Bool
    /// 64 bits for each of the operator's columns.
    let words: [UInt64]
    /// One bit a column, set where it has no value.
    let absent: UInt32

    /// Whether it tells more than `other` of the same series: a later window, or a later revision of the same.
    func isNewer(than other: FeedResult) -> Bool {
        (windowStart, revision) >= (other.windowStart, other.revision)
    }

    /// The float in place `column`, nil where it is absent.
    func float(_ column: Int) -> Double? {
        absent & (1 << UInt32(column)) == 0 ? Double(bitPattern: words[column]) : nil
    }

    /// The integer in place `column`, nil where it is absent.
    func integer(_ column: Int) -> Int64? {
        absent & (1 << UInt32(column)) == 0 ? Int64(bitPattern: words[column]) : nil
    }
}

/// Reads derived batches into results; remembers the series keys that it has decoded.
struct ResultReader: Sendable {
    /// Keys that are remembered before the memory is emptied.
    private static let keyLimit = 100_000
    private var series: [[UInt8]: FeedResult.Series] = [:]

    /// The results of `batch`, in its order; tables of other measurements and rows without a feeder are left out.
    mutating func read(_ batch: FrameBatch, position: UInt64) -> [FeedResult] {
        var results: [FeedResult] = []
        guard batch.isDerived else { return results }
        for table in batch.tables {
            guard let kind = FeedResult.Operator(rawValue: table.measurement) else { continue }
            let revisions = table.field("revision", kind: .integer)
            let finals = table.field("final", kind: .boolean)
            let columns = kind.columns.map { table.field($0.name, kind: $0.kind) }
            for row in 0..<table.rowCount {
                guard let series = series(table, row, kind) else { continue }
                var absent: UInt32 = 0
                var words = [UInt64](repeating: 0, count: columns.count)
                for (place, column) in columns.enumerated() {
                    if let column, column.isPresent(row) {
                        words[place] = column.words[row]
                    } else {
                        absent |= 1 << UInt32(place)
                    }
                }
                results.append(
                    FeedResult(
                        series: series, position: position, windowStart: table.timestamps[row],
                        revision: Int64(bitPattern: revisions.map { $0.words[row] } ?? 0),
                        isFinal: finals.map { $0.words[row] != 0 } ?? false, words: words, absent: absent))
            }
        }
        return results
    }

    private mutating func series(_ table: FrameTable, _ row: Int, _ kind: FeedResult.Operator) -> FeedResult.Series? {
        let key = Array(table.key(row))
        if let known = series[key] { return known }
        guard let feeder = SeriesKey.tag(CanonicalNames.feederTag, in: key[...]) else { return nil }
        // Readiness has no tag for its length: it is each second's.
        let window = SeriesKey.tag("window", in: key[...]) ?? "1s"
        guard window.hasSuffix("s"), let seconds = Int64(window.dropLast()), seconds > 0 else { return nil }
        let made = FeedResult.Series(feeder: feeder, operator: kind, windowSeconds: seconds)
        if series.count >= Self.keyLimit { series.removeAll() }
        series[key] = made
        return made
    }
}
