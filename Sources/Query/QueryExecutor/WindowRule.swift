import InfluxQL
import Telemetry

/// How GROUP BY time cuts time: by nanoseconds since 1970, by the clock of a time zone, or by the calendar.
struct WindowRule: Sendable {
    /// Nanoseconds; of calendar months about as many. 0 where time is not cut.
    var interval: Int64 = 0
    /// How much later each window begins.
    var offset: Int64 = 0
    /// Set where windows are not all alike.
    var calendar: CalendarWindows?

    func start(of time: Int64) -> Int64 {
        if let calendar, interval > 0 { return calendar.window(of: time).start }
        return Windows.bucket(time, interval, offset)
    }

    /// The start of the window behind the one that starts at `start`.
    func end(of start: Int64) -> Int64 {
        if let calendar { return calendar.window(of: start).end }
        let (end, overflow) = start.addingReportingOverflow(interval)
        return overflow ? .max : end
    }

    /// The starts of all windows from `first` through `last`, which are starts themselves; at most `limit`.
    func starts(from first: Int64, through last: Int64, limit: Int64) throws -> [Int64] {
        let (span, overflow) = last.subtractingReportingOverflow(first)
        guard !overflow, span / interval < limit else {
            let count = overflow ? "over \(Int64.max / interval)" : "\(span / interval)"
            throw QueryError("max-select-buckets limit exceeded: (\(count)/\(limit))")
        }
        guard calendar != nil else { return Array(stride(from: first, through: last, by: Int(interval))) }
        var starts: [Int64] = []
        var start = first
        while start <= last {
            starts.append(start)
            let next = end(of: start)
            guard next > start else { break }
            start = next
        }
        return starts
    }
}

extension WindowRule {
    /// How much later windows begin: a duration, or what leads to a window that begins now or at a time.
    ///
    /// InfluxDB counts the windows that lead to a time from the year 1, not from 1970: for windows of weeks another
    /// day (influxd 1.8 `query/compile.go`, Go's `Time.Truncate`).
    private static func offset(
        _ argument: Expression, _ interval: Int64, _ now: Int64, _ zone: LocalZone?
    ) throws -> Int64 {
        if case .duration(let offset) = argument { return offset }
        let time = Int128(try Condition.time(argument, now: now, zone: zone))
        guard interval > 0 else { return 0 }
        let remainder = (time + nanosecondsBefore1970) % Int128(interval)
        return Int64(remainder < 0 ? remainder + Int128(interval) : remainder)
    }

    /// From the beginning of the year 1 to that of 1970.
    private static let nanosecondsBefore1970 = Int128(719_162) * 86_400 * 1_000_000_000

    /// The windows of GROUP BY time with `arguments`.
    init(_ arguments: [Expression], now: Int64, zone: LocalZone?) throws {
        var months: Int64 = 0
        switch arguments.first {
        case .duration(let length)? where length >= 0: interval = length
        case .months(let count)?:
            months = count
            // The shortest that a month can be, so that no window is left out where they are counted.
            interval = count * 28 * 86_400 * Timestamp.second
        default: throw QueryError("time dimension must have duration argument")
        }
        if arguments.count > 1 { offset = try Self.offset(arguments[1], interval, now, zone) }
        if interval > 0, months > 0 || zone != nil {
            calendar = CalendarWindows(months: months, interval: interval, offset: offset, zone: zone ?? .utc)
        }
    }

    /// The windows of a question; of several the last one counts.
    init(_ select: SelectStatement, now: Int64) throws {
        self.init()
        for case .call("time", let arguments) in select.dimensions {
            self = try WindowRule(arguments, now: now, zone: LocalZone(select.timeZone))
        }
    }
}

/// Windows by the clock of a time zone, as InfluxDB lays them, or by the months of its calendar.
///
/// Windows of nanoseconds are laid on the local clock: the zone's offset at a time is added before the time is cut. A
/// window over a change of the clock is longer or shorter by the change, except that a change as long as the window
/// makes none (influxd 1.8 `IteratorOptions.Window`). InfluxDB has no months; ours begin at local midnight.
struct CalendarWindows: Sendable {
    /// Months of a window, 0 where `interval` says how long it is.
    let months: Int64
    let interval: Int64
    let offset: Int64
    let zone: LocalZone

    func window(of time: Int64) -> (start: Int64, end: Int64) {
        months > 0 ? monthWindow(time) : clockWindow(time)
    }

    /// InfluxDB looks the zone up at the time less `offset`, so that a window around a change may begin twice; we look
    /// it up at the time itself, which is the same where there is no `offset`.
    private func clockWindow(_ time: Int64) -> (start: Int64, end: Int64) {
        let here = zone.shift(time)
        let passed = Timestamp.floorDivide(Self.sum(Self.sum(time, here), -offset), interval).remainder
        var start = Self.sum(time, -passed)
        var end = Self.sum(time, interval - passed)
        let atStart = here - zone.shift(start)
        if atStart != 0, atStart.magnitude < interval.magnitude { start = Self.sum(start, atStart) }
        let atEnd = here - zone.shift(end)
        if atEnd != 0, atEnd.magnitude < interval.magnitude { end = Self.sum(end, atEnd) }
        return (start, end)
    }

    private func monthWindow(_ time: Int64) -> (start: Int64, end: Int64) {
        let local = Self.sum(Self.sum(time, zone.shift(time)), -offset)
        let day = Timestamp.floorDivide(local, 86_400 * Timestamp.second).quotient
        let month = Self.month(ofDay: day)
        let first = Timestamp.floorDivide(month, months).quotient * months
        return (instant(ofMonth: first), instant(ofMonth: first + months))
    }

    /// When a month begins on the local clock.
    private func instant(ofMonth month: Int64) -> Int64 {
        let year = Timestamp.floorDivide(month, 12)
        let days = Timestamp.daysFromCivil(year: year.quotient, month: year.remainder + 1, day: 1)
        let (local, overflow) = days.multipliedReportingOverflow(by: 86_400 * Timestamp.second)
        if overflow { return days < 0 ? .min : .max }
        return zone.instant(Self.sum(local, offset))
    }

    /// The months since the year 0 of a day since 1970.
    ///
    /// - Source: Howard Hinnant, chrono-compatible low-level date algorithms, civil_from_days.
    private static func month(ofDay day: Int64) -> Int64 {
        let shifted = day + 719_468
        let era = Timestamp.floorDivide(shifted, 146_097).quotient
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0)) * 12 + month - 1
    }

    /// A sum that stays at the ends of time.
    private static func sum(_ time: Int64, _ more: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(more)
        return overflow ? (more < 0 ? .min : .max) : sum
    }
}
