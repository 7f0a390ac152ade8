import Bytes
import Telemetry

/// Deliveries of reserve, judged once nothing in time can change them any more, and again from the store for what came later.
extension FleetPipeline {
    /// Takes contracts, baselines and frequencies.
    mutating func applyInputs(_ table: FrameTable, arrival: Int64) {
        // A contract and a baseline are announced ahead, by a day.
        let newest = min(Watermark.limit, arrival.plus(86_400 * .second))
        let final = finalFrontier == .min ? .min : finalFrontier * .second
        let changed = book.apply(table, newest: newest, final: final)
        let holds = table.measurement == CanonicalNames.gridFrequency ? product.current.staleAfter : .max
        for span in changed { noteAudit(span.lowerBound, min(span.upperBound, span.lowerBound.plus(holds))) }
    }

    /// Keeps what rows of `Power_Flow` say of the frequency.
    mutating func applyFrequencies(_ table: FrameTable, within times: ClosedRange<Int64>) {
        let column = NumericColumn(table, "frequency_hz")
        guard !column.isAbsent else { return }
        let keys = table.keyBytes.span
        for row in 0..<table.rowCount where times.contains(table.timestamps[row]) && !column[row].isNaN {
            guard let number = seriesTable.find(keys.extracting(table.keyRange(row))), series[number].evse >= 0 else {
                continue
            }
            book.measured((table.timestamps[row], column[row]), by: series[number].evse)
        }
    }

    /// Judges a second that nothing can change any more.
    mutating func audit(_ second: Int64) {
        guard !book.isEmpty, settings.operators.contains(.audit) else {
            book.fleetFrequencies[second] = nil
            return
        }
        var powers: [String: Double] = [:]
        for feeder in book.feeders {
            guard let group = groupNumbers[GroupKey(kind: .feeder, name: feeder)] else { continue }
            powers[feeder] = power(of: group, second)
        }
        let judgements = book.judge(
            second, fleetPower: power(of: Self.fleet, second), feederPower: powers,
            staleAfter: product.current.staleAfter)
        for result in judgements.flatMap({ $0.results(second) }) {
            counts.windowsEmitted += 1
            results.append(result)
        }
    }

    private func power(of group: Int32, _ second: Int64) -> Double? {
        let state = groups[Int(group)]
        guard state.hasPane(second) else { return nil }
        return Double(state.panes[Int(second - state.base)].total.sums[Contribution.Sum.energy]) / 1e6
    }
}

extension AuditBook.Judgement {
    /// The results of the second and of the quarter-hour, revisions counted from 0.
    package func results(_ second: Int64) -> [WindowResult] {
        var results: [WindowResult] = []
        func give(_ start: Int64, _ size: Int64, _ values: WindowResult.Values) {
            results.append(
                WindowResult(
                    kind: .fleet, name: key.name, windowStart: start * .second, windowSeconds: size, revision: 0,
                    isFinal: true, values: values))
        }
        if let row { give(second, 1, .audit(row)) }
        if let quarter {
            give(second + 1 - AuditBook.quarterHour, AuditBook.quarterHour, .auditQuarter(quarter))
        }
        return results
    }
}

/// Quarter-hours that are judged again, from the series of the store.
extension FleetPipeline {
    /// Quarter-hours to be judged again.
    package struct AuditRepair: Sendable {
        /// The first second, and the second behind the last.
        package let from: Int64, to: Int64
        /// What the pipeline knows of contracts and baselines.
        package let known: AuditBook
        /// How long a frequency counts, ns.
        package let staleAfter: Int64
        /// How many EVSEs there are.
        package let evseCount: Int
        let notes: [Int64: UInt64]
    }

    /// What holds in a stretch of time, in ns, changed: the quarter-hours that it touches are judged again, and the one
    /// behind them, since the alert state looks back as far.
    mutating func noteAudit(_ from: Int64, _ to: Int64) {
        guard !book.isEmpty, settings.operators.contains(.audit), finalFrontier != .min else { return }
        let first = from.wholeSecond.aligned(to: AuditBook.quarterHour)
        let last = min(to.wholeSecond, finalFrontier).plus(AuditBook.quarterHour).aligned(to: AuditBook.quarterHour)
        guard first <= last else { return }
        repairNumber += 1
        for start in stride(from: last, through: first, by: -Int64.Stride(AuditBook.quarterHour)) {
            guard auditRepairs.count < Self.repairLimit || auditRepairs[start] != nil else {
                counts.repairsDropped += 1
                break
            }
            auditRepairs[start] = repairNumber
        }
    }

    /// The newest quarter-hours that are over for good and in which no window waits for repair.
    package func nextAuditRepair() -> AuditRepair? {
        let isReady = { (start: Int64) in
            start + AuditBook.quarterHour <= finalFrontier
                && !repairs.keys.contains {
                    $0 < start + AuditBook.quarterHour && $0 + repairSpan > start - AuditBook.runUp
                }
        }
        guard let newest = auditRepairs.keys.filter(isReady).max() else { return nil }
        var notes: [Int64: UInt64] = [:]
        var start = newest
        while notes.count < 4, let number = auditRepairs[start], isReady(start) {
            notes[start] = number
            start -= AuditBook.quarterHour
        }
        return AuditRepair(
            from: start + AuditBook.quarterHour, to: newest + AuditBook.quarterHour, known: book,
            staleAfter: product.current.staleAfter, evseCount: evses.count, notes: notes)
    }

    /// The results of a repair are durable.
    package mutating func endRepair(_ repair: AuditRepair) {
        for (start, number) in repair.notes where auditRepairs[start] == number { auditRepairs[start] = nil }
    }
}

/// The fields by place; a second has the first ones, a quarter-hour the last five.
extension FCRAuditRow {
    static let columns: [(name: String, kind: FieldKind)] = [
        ("revision", .integer), ("final", .boolean), ("frequency_hz", .float), ("reserve_w", .float),
        ("required_w", .float), ("delivered_w", .float), ("low_w", .float), ("high_w", .float), ("within", .boolean),
        ("alert", .boolean), ("seconds", .integer), ("within_share", .float), ("required_wh", .float),
        ("delivered_wh", .float), ("slope", .float),
    ]

    func word(_ column: Int) -> UInt64? {
        switch column {
        case 2: frequencyHz.bitPattern
        case 3: reserveW.bitPattern
        case 4: requiredW.bitPattern
        case 5: deliveredW.bitPattern
        case 6: lowW.bitPattern
        case 7: highW.bitPattern
        case 8: isWithin ? 1 : 0
        case 9: isAlert ? 1 : 0
        default: nil
        }
    }
}

extension FCRAuditQuarter {
    func word(_ column: Int) -> UInt64? {
        switch column {
        case 10: UInt64(bitPattern: seconds)
        case 11: (Double(within) / Double(max(1, seconds))).bitPattern
        case 12: (required / 3600).bitPattern
        case 13: (delivered / 3600).bitPattern
        case 14: slope?.bitPattern
        default: nil
        }
    }
}
