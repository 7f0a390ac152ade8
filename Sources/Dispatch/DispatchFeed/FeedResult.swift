import Telemetry

/// One window of one series, as the feed holds it: its key, and its values by place.
package struct FeedResult: Sendable, Equatable {
    /// What computes a result; the raw value is the measurement.
    package enum Operator: String, Sendable, CaseIterable, Comparable {
        case feederAggregate = "Feeder_Aggregate"
        case fcrReadiness = "FCR_Readiness"
        case siteAggregate = "Site_Aggregate"
        case transformerAggregate = "Transformer_Aggregate"
        case fleetAggregate = "Fleet_Aggregate"
        case fleetReadiness = "Fleet_Readiness"
        case transformerState = "Transformer_State"
        case fcrAudit = "FCR_Audit"
        /// Any other measurement of results.
        case declaredStream = "declared stream"

        /// The fields whose values a result has, in the order of its words.
        var columns: [(name: String, kind: FieldKind)] {
            switch self {
            case .feederAggregate, .siteAggregate, .transformerAggregate, .fleetAggregate: Self.aggregateColumns
            case .fcrReadiness, .fleetReadiness: Self.readinessColumns
            case .transformerState: Self.stateColumns
            case .fcrAudit: Self.auditColumns
            case .declaredStream: []
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
            ("discharge_potential_w", .float), ("discharge_energy_wh", .float), ("lost_transformer_up_w", .float),
            ("lost_transformer_down_w", .float),
        ]

        private static let stateColumns: [(name: String, kind: FieldKind)] = [
            ("load_pu", .float), ("ambient_c", .float), ("top_oil_c", .float), ("hot_spot_c", .float),
            ("ageing_rate", .float), ("loss_of_life_h", .float), ("admissible_load_pu", .float),
            ("minutes_to_limit", .float), ("alarm", .boolean), ("gap", .boolean),
        ]

        private static let auditColumns: [(name: String, kind: FieldKind)] = [
            ("frequency_hz", .float), ("reserve_w", .float), ("required_w", .float), ("delivered_w", .float),
            ("low_w", .float), ("high_w", .float), ("within", .boolean), ("alert", .boolean), ("seconds", .integer),
            ("within_share", .float), ("required_wh", .float), ("delivered_wh", .float), ("slope", .float),
        ]

        /// By name.
        package static func < (left: Operator, right: Operator) -> Bool { left.rawValue < right.rawValue }
    }

    /// What newest-wins and the last closed windows go by: a series of the store.
    package struct Series: Hashable, Sendable, Comparable {
        /// The feeder, empty where the series has none.
        package let feeder: String
        /// What computes it.
        package let `operator`: Operator
        /// The length of the windows; 0 for a declared stream.
        package let windowSeconds: Int64
        /// The measurement.
        package let measurement: String
        /// The tags but the length of the window, which a declared stream keeps.
        package let tags: [String: String]
        /// The canonical key: two series with one are the same.
        private let key: [UInt8]

        /// The series of a key; nil for a length of windows that cannot be.
        init?(key: [UInt8], _ kind: Operator, measurement: String) {
            var (tags, seconds): ([String: String], Int64) = ([:], kind == .declaredStream ? 0 : 1)
            for (name, value) in SeriesKey.decode(key[...]).tags {
                if name == "window", kind != .declaredStream {
                    guard value.hasSuffix("s"), let length = Int64(value.dropLast()), length > 0 else { return nil }
                    seconds = length
                } else {
                    tags[name] = value
                }
            }
            // A minute's state and a second's readiness have no tag for their length.
            if kind == .transformerState { seconds = 60 }
            feeder = tags[CanonicalNames.feederTag] ?? ""
            self.operator = kind
            windowSeconds = seconds
            self.measurement = measurement
            self.tags = tags
            self.key = key
        }

        /// By key.
        package static func == (left: Series, right: Series) -> Bool { left.key == right.key }

        /// By key.
        package func hash(into hasher: inout Hasher) { hasher.combine(key) }

        /// By feeder, operator, length and key.
        package static func < (left: Series, right: Series) -> Bool {
            if left.feeder != right.feeder { return left.feeder < right.feeder }
            if left.operator != right.operator { return left.operator < right.operator }
            if left.windowSeconds != right.windowSeconds { return left.windowSeconds < right.windowSeconds }
            return left.key.lexicographicallyPrecedes(right.key)
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
    /// The names of fields without a place, the same for all results of a table.
    let moreNames: [String]
    /// Their values, NaN where absent; none at all where the table has no such field.
    let more: [Double]

    /// Whether it tells more than `other` of the same series: a later window, or a later revision of the same.
    func isNewer(than other: FeedResult) -> Bool {
        (windowStart, revision) >= (other.windowStart, other.revision)
    }

    /// The float in place `column`, nil where it is absent.
    func float(_ column: Int) -> Double? {
        absent & (1 << UInt32(column)) == 0 ? Double(bitPattern: words[column]) : nil
    }

    /// The truth in place `column`, nil where it is absent.
    func boolean(_ column: Int) -> Bool? {
        absent & (1 << UInt32(column)) == 0 ? words[column] != 0 : nil
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

    /// The results of `batch`, in its order.
    mutating func read(_ batch: FrameBatch, position: UInt64) -> [FeedResult] {
        var results: [FeedResult] = []
        guard batch.isDerived else { return results }
        for table in batch.tables {
            let kind = FeedResult.Operator(rawValue: table.measurement) ?? .declaredStream
            guard let revisions = table.field("revision", kind: .integer) else { continue }
            let finals = table.field("final", kind: .boolean)
            let columns = kind.columns.map { table.field($0.name, kind: $0.kind) }
            let placed = Set(kind.columns.map(\.name) + ["revision", "final"])
            let more = table.fields.filter { !placed.contains($0.name) }
            let moreNames = more.map(\.name)
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
                        revision: Int64(bitPattern: revisions.words[row]),
                        isFinal: finals.map { $0.words[row] != 0 } ?? false, words: words, absent: absent,
                        moreNames: moreNames, more: more.isEmpty ? [] : more.map { Self.number($0[row]) }))
            }
        }
        return results
    }

    /// A value as a number; NaN where there is none.
    private static func number(_ value: FieldValue?) -> Double {
        switch value {
        case .float(let number): number
        case .integer(let number): Double(number)
        case .unsigned(let number): Double(number)
        case .boolean(let truth): truth ? 1 : 0
        case .string, nil: .nan
        }
    }

    private mutating func series(_ table: FrameTable, _ row: Int, _ kind: FeedResult.Operator) -> FeedResult.Series? {
        let key = Array(table.key(row))
        if let known = series[key] { return known }
        guard let made = FeedResult.Series(key: key, kind, measurement: table.measurement) else { return nil }
        if series.count >= Self.keyLimit { series.removeAll() }
        series[key] = made
        return made
    }
}
