import LogicalPlan

/// Functions from points in order to points, as InfluxDB computes them; points without a value are passed over.
enum PointTransformation {
    /// The change per `unit` from each point to the next; of points with one time the first counts, whole numbers wrap.
    static func derivative(
        _ series: PointSeries, unit: Int64, isNonNegative: Bool, isDescending: Bool
    ) -> PointSeries {
        pairs(series, skipsEqualTimes: true) { before, now, elapsed in
            guard let first = Evaluation.number(before), let second = Evaluation.number(now) else { return nil }
            var difference = second - first
            if case (.integer(let first), .integer(let second)) = (before, now) { difference = Double(second &- first) }
            if isNonNegative, difference < 0 { return nil }
            let time = Double(isDescending ? 0 &- elapsed : elapsed)
            return .float(difference / (time / Double(unit)))
        }
    }

    /// The change from each point to the next, in the type of the points; whole numbers wrap.
    static func difference(_ series: PointSeries, isNonNegative: Bool) -> PointSeries {
        pairs(series, skipsEqualTimes: true) { before, now, _ in
            switch (before, now) {
            case (.integer(let first), .integer(let second)):
                let difference = second &- first
                return isNonNegative && difference < 0 ? nil : .integer(difference)
            case (.unsigned(let first), .unsigned(let second)):
                return isNonNegative && second < first ? nil : .unsigned(second &- first)
            default:
                guard let first = Evaluation.number(before), let second = Evaluation.number(now) else { return nil }
                return isNonNegative && second < first ? nil : .float(second - first)
            }
        }
    }

    /// How many whole units pass from each point to the next; less than none in a descending answer.
    static func elapsed(_ series: PointSeries, unit: Int64) -> PointSeries {
        pairs(series, skipsEqualTimes: false) { _, _, elapsed in .integer(elapsed / unit) }
    }

    /// The sum so far, in the type of the points; whole numbers wrap.
    static func cumulativeSum(_ series: PointSeries) -> PointSeries {
        var result = series.empty
        var sum: QueryValue?
        for (place, value) in series.values.enumerated() where value != .null {
            let next: QueryValue =
                switch (sum, value) {
                case (nil, _): value
                case (.integer(let total)?, .integer(let more)): .integer(total &+ more)
                case (.unsigned(let total)?, .unsigned(let more)): .unsigned(total &+ more)
                case (let total?, _): .float((Evaluation.number(total) ?? 0) + (Evaluation.number(value) ?? 0))
                }
            sum = next
            result.times.append(series.times[place])
            result.values.append(next)
        }
        return result
    }

    /// The mean of each `count` points, at the time of the last of them.
    static func movingAverage(_ series: PointSeries, _ count: Int) -> PointSeries {
        var result = series.empty
        if case .integer? = series.values.first(where: { $0 != .null }) { return wholeMovingAverage(series, count) }
        var numbers: [Double] = []
        var sum = 0.0
        for (place, value) in series.values.enumerated() {
            guard let number = Evaluation.number(value) else { continue }
            // The sum is kept as InfluxDB keeps it, so that it rounds alike.
            sum = numbers.count < count ? sum + number : sum - numbers[numbers.count - count] + number
            numbers.append(number)
            guard numbers.count >= count else { continue }
            result.times.append(series.times[place])
            result.values.append(.float(sum / Double(count)))
        }
        return result
    }

    /// The same of whole numbers, whose sum is whole and wraps.
    private static func wholeMovingAverage(_ series: PointSeries, _ count: Int) -> PointSeries {
        var result = series.empty
        var numbers: [Int64] = []
        var sum: Int64 = 0
        for (place, value) in series.values.enumerated() {
            guard case .integer(let number) = value else { continue }
            sum &+= number
            if numbers.count >= count { sum &-= numbers[numbers.count - count] }
            numbers.append(number)
            guard numbers.count >= count else { continue }
            result.times.append(series.times[place])
            result.values.append(.float(Double(sum) / Double(count)))
        }
        return result
    }

    /// What `join` makes of each two points that follow each other.
    private static func pairs(
        _ series: PointSeries, skipsEqualTimes: Bool,
        _ join: (_ before: QueryValue, _ now: QueryValue, _ elapsed: Int64) -> QueryValue?
    ) -> PointSeries {
        var result = series.empty
        var before: Int?
        for place in series.times.indices where series.values[place] != .null {
            guard let last = before else {
                before = place
                continue
            }
            let elapsed = series.times[place] &- series.times[last]
            if skipsEqualTimes, elapsed == 0 { continue }
            before = place
            guard let value = join(series.values[last], series.values[place], elapsed) else { continue }
            result.times.append(series.times[place])
            result.values.append(value)
        }
        return result
    }
}
