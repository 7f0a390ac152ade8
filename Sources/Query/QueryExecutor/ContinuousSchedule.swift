import InfluxQL
import LogicalPlan
import Telemetry

/// When a continuous query runs and over which windows, by the rules of InfluxDB 1.8.
///
/// It runs on the boundaries of its windows, or as often as EVERY says. A run covers the windows that ended since the
/// last run, or all that FOR reaches back over, so that points which came late are counted; the window that is still
/// open is covered where EVERY is shorter than it. The first run of a query that was just made covers nothing but what
/// FOR reaches over.
struct ContinuousSchedule {
    let rule: WindowRule
    /// Nanoseconds from run to run.
    let every: Int64
    /// Nanoseconds that a run reaches back over.
    let reach: Int64

    /// - Returns: nil where the query has no windows: it never runs.
    init?(_ query: ContinuousQuery, rule: WindowRule) {
        guard rule.interval > 0 else { return nil }
        self.rule = rule
        every = query.every > 0 ? query.every : rule.interval
        reach = query.reach > 0 ? query.reach : max(rule.interval, every)
    }

    /// The times to cover at `now`, the end not included; nil where it is not time, empty where there is no window.
    ///
    /// - Parameter last: what `mark` gave at the last run, nil before the first.
    func times(at now: Int64, last: Int64?) -> Range<Int64>? {
        var due = now
        if let last {
            due = Self.sum(last, every)
            guard due <= now else { return nil }
        }
        let start = rule.start(of: Self.sum(Self.sum(due, rule.interval - 1), -reach))
        let end = rule.start(of: Self.sum(now, rule.interval - min(every, rule.interval)))
        return start..<max(start, end)
    }

    /// The boundary at or before `now`, from which the next run is counted.
    func mark(at now: Int64) -> Int64 {
        // Where windows are of the calendar and EVERY says nothing else, the boundaries are theirs.
        if every == rule.interval { return rule.start(of: now) }
        var runs = rule
        runs.interval = every
        if let calendar = rule.calendar {
            runs.calendar = CalendarWindows(months: 0, interval: every, offset: rule.offset, zone: calendar.zone)
        }
        return runs.start(of: now)
    }

    private static func sum(_ time: Int64, _ more: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(more)
        return overflow ? (more < 0 ? .min : .max) : sum
    }
}

extension Expression {
    /// The condition without its bounds of time; nil where nothing else is there.
    var withoutTimes: Expression? {
        switch self {
        case .binary(let op, let left, let right) where op == .and || op == .or:
            guard let first = left.withoutTimes else { return right.withoutTimes }
            return right.withoutTimes.map { .binary(op, first, $0) } ?? first
        case .parenthesis(let inner): return inner.withoutTimes.map { .parenthesis($0) }
        case .binary(let op, .reference("time", _), _) where op.isComparison: return nil
        case .binary(let op, _, .reference("time", _)) where op.isComparison: return nil
        default: return self
        }
    }
}

extension SelectStatement {
    /// The question over `times`, whatever it says of time itself.
    func over(_ times: Range<Int64>) -> SelectStatement {
        var select = self
        let time = Expression.reference("time", type: nil)
        let bounds = Expression.binary(
            .and, .binary(.greaterOrEqual, time, .integer(times.lowerBound)),
            .binary(.less, time, .integer(times.upperBound)))
        let other = condition?.withoutTimes
        select.condition = other.map { .binary(.and, .parenthesis($0), bounds) } ?? bounds
        return select
    }
}
