import InfluxQL
import LogicalPlan
import SeriesIndex

/// Finds the series of a measurement that a WHERE clause admits, and groups them.
///
/// It goes by posting lists: a condition on one tag is judged once a value, a group is numbered once a value. Only a
/// condition on several tags at once decodes the keys of series.
struct SeriesSelection {
    let index: SeriesIndex
    let measurement: SeriesIndex.Measurement

    /// Fills `series`, `groups` and `groupOfSeries` of a plan.
    func choose(_ plan: inout SelectPlan) {
        plan.series = admitted(plan.condition.onTags)
        var numbers = [Int](repeating: 0, count: plan.series.count)
        var values: [[String]] = [[]]
        for tag in plan.groupTags { refine(&numbers, &values, by: tag, of: plan.series) }
        let order =
            plan.groupTags.count == 1
            ? values.indices.sorted { values[$0][0] < values[$1][0] }
            : values.indices.sorted { values[$0].lexicographicallyPrecedes(values[$1]) }
        var places = [Int](repeating: 0, count: values.count)
        for (place, number) in order.enumerated() { places[number] = place }
        plan.groups = order.map { values[$0] }
        plan.groupOfSeries = numbers.map { places[$0] }
        plan.groupsAreSeries = plan.groups.count == plan.series.count
    }

    // MARK: Conditions

    /// The series that fulfil every conjunct, ascending.
    func admitted(_ conjuncts: [Expression]) -> [UInt32] {
        // Nil while nothing was asked: the series of all of a large measurement are gathered only where they are needed.
        var chosen: [UInt32]?
        for conjunct in conjuncts {
            if chosen?.isEmpty ?? false { return [] }
            let names = Set(Condition.names(conjunct))
            if case .binary(.equal, .reference(let tag, _), .string(let value)) = conjunct, !value.isEmpty {
                let found = index.series(measurement.name, tag: tag, value: value)
                chosen = chosen.map { Self.intersection($0, found) } ?? found
            } else if case .binary(.matches, .reference(let tag, _), .regex(let pattern)) = conjunct,
                let texts = pattern.texts, !texts.contains("")
            {
                let found = Set(texts).flatMap { index.series(measurement.name, tag: tag, value: $0) }.sorted()
                chosen = chosen.map { Self.intersection($0, found) } ?? found
            } else if names.count == 1, let tag = names.first {
                chosen = filter(chosen ?? index.series(of: measurement), by: conjunct, on: tag)
            } else {
                chosen = (chosen ?? index.series(of: measurement)).filter { number in
                    let tags = Dictionary(index.tags(number)) { first, _ in first }
                    return Condition.holds(conjunct) { .string(tags[$0] ?? "") }
                }
            }
        }
        return chosen ?? index.series(of: measurement)
    }

    /// Judges a condition on one tag once a value; a series without the tag has the empty one.
    private func filter(_ series: [UInt32], by conjunct: Expression, on tag: String) -> [UInt32] {
        let test = TagTest(conjunct)
        let isLackAdmitted = test.holds([UInt8]().span)
        var isAdmitted = [Bool](repeating: isLackAdmitted, count: series.count)
        index.forEachValue(measurement.name, tag: tag, where: { test.holds($0) != isLackAdmitted }) { members in
            Self.forEachPlace(of: members, in: series) { isAdmitted[$0] = !isLackAdmitted }
        }
        return series.indices.lazy.filter { isAdmitted[$0] }.map { series[$0] }
    }

    // MARK: Groups

    /// Splits groups by the values of one more tag.
    private func refine(_ numbers: inout [Int], _ values: inout [[String]], by tag: String, of series: [UInt32]) {
        // The place of each series' value, -1 where it has none. A few series tell it themselves.
        var valueOf = [Int](repeating: -1, count: series.count)
        var texts: [Int: String] = [:]
        if series.count * 8 < measurement.seriesCount {
            var places: [String: Int] = [:]
            for (place, number) in series.enumerated() {
                guard let value = index.tags(number).first(where: { $0.0 == tag })?.1 else { continue }
                let known = places[value] ?? places.count
                (places[value], texts[known], valueOf[place]) = (known, value, known)
            }
        } else {
            index.forEachPosting(measurement.name, tag: tag) { value, members in
                Self.forEachPlace(of: members, in: series) { valueOf[$0] = value }
            }
        }
        struct Pair: Hashable {
            var group: Int
            var value: Int
        }
        var known: [Pair: Int] = [:]
        var refined: [[String]] = []
        for place in series.indices {
            let pair = Pair(group: numbers[place], value: valueOf[place])
            if let number = known[pair] {
                numbers[place] = number
                continue
            }
            known[pair] = refined.count
            let value =
                pair.value < 0 ? "" : texts[pair.value] ?? index.value(measurement.name, tag: tag, at: pair.value)
            refined.append(values[numbers[place]] + [value])
            numbers[place] = refined.count - 1
        }
        values = refined
    }

    // MARK: Ascending lists

    /// Calls `body` with the place in `series` of each of `members` that is there; both ascend.
    private static func forEachPlace(of members: [UInt32], in series: [UInt32], _ body: (Int) -> Void) {
        guard let first = members.first else { return }
        var place = lowerBound(series, first)
        for number in members {
            if members.count * 16 < series.count {
                place = lowerBound(series, number)
            } else {
                while place < series.count, series[place] < number { place += 1 }
            }
            if place == series.count { return }
            if series[place] == number { body(place) }
        }
    }

    private static func intersection(_ series: [UInt32], _ members: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        forEachPlace(of: members, in: series) { result.append(series[$0]) }
        return result
    }

    private static func lowerBound(_ series: [UInt32], _ number: UInt32) -> Int {
        var low = 0
        var high = series.count
        while low < high {
            let middle = (low + high) / 2
            if series[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
