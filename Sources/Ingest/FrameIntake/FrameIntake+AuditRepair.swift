import FleetPipeline
import Synchronization
import Telemetry

/// Deliveries of reserve that are judged again, from the series that the store has: contracts, baselines and frequencies as
/// they were written, powers as the windows of one second have them.
extension FrameIntake {
    func repairAudit(now: Int64) throws -> Bool {
        guard let repair = state.withLock({ $0.pipeline.nextAuditRepair() }) else { return false }
        let reader = TelemetryReader(store: store)
        let start = repair.from - AuditBook.runUp
        var book = try reader.auditBook(repair, from: start)
        let fleet = try reader.powers(CanonicalNames.fleetAggregate, seconds: start..<repair.to) { _ in "" }
        let feeders = book.feeders
        let byFeeder =
            feeders.isEmpty
            ? [:]
            : try reader.powers(CanonicalNames.feederAggregate, seconds: start..<repair.to) { key in
                SeriesKey.tag(CanonicalNames.feederTag, in: key).flatMap { feeders.contains($0) ? $0 : nil }
            }
        var results: [WindowResult] = []
        for second in start..<repair.to {
            let judgements = book.judge(
                second, fleetPower: fleet[second]?[""], feederPower: byFeeder[second] ?? [:],
                staleAfter: repair.staleAfter)
            if second >= repair.from { results += judgements.flatMap { $0.results(second) } }
        }
        let times = (repair.from * Timestamp.second)...(repair.to * Timestamp.second - 1)
        let changed = try reader.changed(results.filter { times.contains($0.windowStart) }, times: times)
        finish(changed, now: now) { $0.endRepair(repair) }
        return true
    }
}

extension TelemetryReader {
    /// What contracts, baselines and frequencies say from second `from` on, and what holds of them at its beginning.
    fileprivate func auditBook(_ repair: FleetPipeline.AuditRepair, from: Int64) throws -> AuditBook {
        let (start, end) = (from * Timestamp.second, repair.to * Timestamp.second)
        var book = AuditBook()
        // What holds may have been said long ago; baselines, of which there can be one a second, are looked for a month back.
        for days: Int64 in [1, 30, 400] {
            book = AuditBook()
            for measurement in AuditBook.inputs {
                let isContract = measurement == CanonicalNames.fcrContract
                let length = (isContract ? days : min(days, 30)) * 86_400 * Timestamp.second
                let before = (start - length)...(start - 1)
                try forEachTable(measurement, before, lastOnly: true) { book.apply($0, newest: .max) }
            }
            if book.covers(repair.known) { break }
        }
        for measurement in AuditBook.inputs {
            try forEachTable(measurement, start...(end - 1)) { book.apply($0, newest: .max) }
        }
        try addMeasuredFrequencies(to: &book, repair, from: from)
        return book
    }

    /// Of seconds without a trusted frequency what the fleet's own meters say counts, where they are not too many to read.
    private func addMeasuredFrequencies(
        to book: inout AuditBook, _ repair: FleetPipeline.AuditRepair, from: Int64
    ) throws {
        let lacking = (from..<repair.to).filter { book.lacksFrequency(in: $0, staleAfter: repair.staleAfter) }
        guard let first = lacking.first, let last = lacking.last,
            (last - first) * Int64(repair.evseCount) <= 100_000_000
        else { return }
        var numbers: [String: Int32] = [:]
        let times = (first * Timestamp.second)...((last + 1) * Timestamp.second - 1)
        var found: [(time: Int64, hertz: Double, evse: Int32)] = []
        try forEachTable(CanonicalNames.powerFlow, times, fields: ["frequency_hz"]) { table in
            guard let column = table.field("frequency_hz", kind: .float) else { return }
            for row in 0..<table.rowCount where column.isPresent(row) {
                guard let name = SeriesKey.tag(CanonicalNames.evseTag, in: table.key(row)) else { continue }
                let number = numbers[name] ?? Int32(numbers.count)
                numbers[name] = number
                found.append((table.timestamps[row], Double(bitPattern: column.words[row]), number))
            }
        }
        for point in found where point.hertz.isFinite { book.measured((point.time, point.hertz), by: point.evse) }
    }

    /// Mean powers of the windows of one second, by second and by the name that `name` gives a series; nil passes it over.
    fileprivate func powers(
        _ measurement: String, seconds: Range<Int64>, _ name: @escaping (ArraySlice<UInt8>) -> String?
    ) throws -> [Int64: [String: Double]] {
        var powers: [Int64: [String: Double]] = [:]
        let times = (seconds.lowerBound * Timestamp.second)...(seconds.upperBound * Timestamp.second - 1)
        let isWanted = { (key: ArraySlice<UInt8>) in SeriesKey.tag("window", in: key) == "1s" && name(key) != nil }
        try forEachTable(measurement, times, fields: ["active_power_w"], where: isWanted) { table in
            guard let column = table.field("active_power_w", kind: .float) else { return }
            for row in 0..<table.rowCount where column.isPresent(row) {
                guard let name = name(table.key(row)) else { continue }
                let second = table.timestamps[row] / Timestamp.second
                powers[second, default: [:]][name] = Double(bitPattern: column.words[row])
            }
        }
        return powers
    }
}
