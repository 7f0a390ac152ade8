import InfluxQL
import LogicalPlan
import SeriesIndex
import Telemetry
import TimeSeriesStore

/// One measurement of a SELECT with everything resolved against the index.
struct SelectPlan: Sendable {
    var measurement: String
    var fields: [(name: String, expression: Expression)] = []
    /// The calls, each once.
    var calls: [AggregateCall] = []
    var callKeys: Set<String> = []
    /// What the row of a selector's point is asked for beside it.
    var auxiliary: [String] = []
    /// The stored fields that are read, with their types.
    var stored: [(name: String, kind: FieldKind)] = []
    /// Whether `stored` is every field of the measurement, so that each row has one of them.
    var readsEveryField = false
    /// Names that are asked for and are neither fields nor tags.
    var unknown: Set<String> = []
    /// Whether the first column is the argument of a call.
    var hasDriver = false
    /// Whether a row without any value is a row all the same: of a subquery it is.
    var keepsEveryRow = false
    var groupTags: [String] = []
    /// Whether a single selector shows when its point was.
    var showsPointTimes = true
    var interval: Int64 = 0
    var intervalOffset: Int64 = 0
    /// Set where windows are not all alike.
    var calendar: CalendarWindows?
    /// How time is cut.
    var window: WindowRule { WindowRule(interval: interval, offset: intervalOffset, calendar: calendar) }
    var condition: Condition
    /// The values of `groupTags` of each group, in the order of the answer.
    var groups: [[String]] = []
    /// The series that may match, ascending.
    var series: [UInt32] = []
    /// The group of each of `series`.
    var groupOfSeries: [Int] = []
    /// The place of each of `series` in the order of their keys; empty where no row of one time as another is met.
    var ranks: [Int32] = []
    /// Whether each group is one series, so that its rows come in order.
    var groupsAreSeries = false

    /// The names that fields and conditions on rows mention beside the stored fields: tags.
    var readTags: Set<String> {
        var names: Set<String> = []
        for field in fields { names.formUnion(Condition.names(field.expression)) }
        for conjunct in condition.onRows { names.formUnion(Condition.names(conjunct)) }
        names.subtract(stored.map(\.name))
        for case .reference(let name, "tag"?) in fields.map(\.expression) { names.insert(name) }
        return names
    }
}

extension SelectPlan {
    /// What of a question concerns one measurement or table: its names, types and calls. The series are yet to choose.
    ///
    /// - Returns: nil where no row can come of it.
    init?(_ select: ResolvedSelect, _ schema: FieldTypes, name: String, isTable: Bool = false) throws {
        let kinds = schema.kinds
        measurement = name
        condition = select.condition
        condition.conjuncts = try condition.conjuncts.map { try schema.resolved($0) }
        condition.sort { kinds[$0] != nil }
        if condition.isEmpty { return nil }
        groupTags = select.groupTags
        interval = select.window.interval
        intervalOffset = select.window.offset
        calendar = select.window.calendar
        showsPointTimes = select.showsPointTimes
        hasDriver = select.hasDriver
        for field in select.fields {
            let expression = try schema.resolved(field.expression)
            fields.append((field.name, expression))
            for call in SelectCheck.aggregates(expression) { collect(call, kinds) }
        }
        if !calls.isEmpty {
            auxiliary = Set(fields.flatMap { SelectCheck.plainNames($0.expression) }).sorted()
        }
        var read = Set(calls.map(\.field))
        for field in fields { read.formUnion(Condition.names(field.expression)) }
        keepsEveryRow = isTable
        let isKnown = read.contains { kinds[$0] != nil || (isTable && schema.tagKeys.contains($0)) }
        if calls.isEmpty, !isKnown { return nil }
        unknown = read.filter { kinds[$0] == nil && !schema.tagKeys.contains($0) }
        for conjunct in condition.onRows { read.formUnion(Condition.names(conjunct)) }
        stored = read.sorted().compactMap { name in kinds[name].map { (name, $0) } }
        readsEveryField = stored.count == kinds.count
    }

    /// Numbers the series by their keys: the order of rows of one time.
    ///
    /// Beyond `rankLimit` series the order is that in which they came to be: sorting keys holds the store's lock.
    mutating func rankSeries(_ index: SeriesIndex) {
        guard series.count <= Self.rankLimit else { return }
        let keys = series.map { index.key($0) }
        let order = keys.indices.sorted { keys[$0].lexicographicallyPrecedes(keys[$1]) }
        ranks = [Int32](repeating: 0, count: order.count)
        for (rank, place) in order.enumerated() { ranks[place] = Int32(rank) }
    }

    private static let rankLimit = 10_000

    /// Keeps the groups that SLIMIT and SOFFSET leave, whether or not they have rows.
    mutating func page(_ select: SelectStatement) {
        guard select.seriesLimit > 0 || select.seriesOffset > 0 else { return }
        // They count in another order than that of the answer: by the names of the tags that are there, then by their
        // values (influxd 1.8 `MakeTagsKey`).
        let keys = groups.map { values in
            let present = zip(groupTags, values).filter { !$0.1.isEmpty }
            return Array((present.map(\.0) + present.map(\.1)).joined(separator: "|").utf8)
        }
        let order = groups.indices.sorted { left, right in
            keys[left] == keys[right] ? left < right : keys[left].lexicographicallyPrecedes(keys[right])
        }
        // SOFFSET without SLIMIT leaves none, as in InfluxDB, which warns of it in its manual.
        let kept = order.dropFirst(select.seriesOffset).prefix(select.seriesLimit).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
        let places = groupOfSeries.indices.filter { numbers[groupOfSeries[$0]] != nil }
        series = places.map { series[$0] }
        groupOfSeries = places.compactMap { numbers[groupOfSeries[$0]] }
        groups = kept.map { groups[$0] }
    }

    /// The plan of some of the groups, in a stretch of time.
    func part(groups chosen: Range<Int>, times: ClosedRange<Int64>) -> SelectPlan {
        var part = self
        part.groups = Array(groups[chosen])
        let places = groupOfSeries.indices.filter { chosen.contains(groupOfSeries[$0]) }
        part.series = places.map { series[$0] }
        part.groupOfSeries = places.map { groupOfSeries[$0] - chosen.lowerBound }
        if !ranks.isEmpty { part.ranks = places.map { ranks[$0] } }
        part.condition.narrow(to: times)
        return part
    }

    /// Notes a call over columns, once.
    private mutating func collect(_ call: Expression, _ kinds: [String: FieldKind]) {
        guard case .call(let name, let arguments) = call, let function = AggregateCall.Function(rawValue: name),
            case .reference(let field, _)? = arguments.first, callKeys.insert(call.description).inserted
        else { return }
        var aggregate = AggregateCall(key: call.description, function: function, field: field, kind: kinds[field])
        if function == .percentile, let share = Evaluation.number(Evaluation.value(arguments[1]) { _ in .null }) {
            aggregate.percentile = share
        }
        calls.append(aggregate)
    }
}

extension QueryEngine {
    /// The plan over a measurement with its series; nil where it cannot give a row.
    func plan(_ select: ResolvedSelect, _ name: String, _ database: String) throws -> SelectPlan? {
        // Outside the store's lock: an expression over a million tag values must not hold up writes. A series that comes
        // meanwhile costs its writer a copy.
        let index = try store.index(of: database)
        guard let measurement = index.measurement(name) else { return nil }
        let schema = select.schema.local(measurement.fields, tagKeys: Set(measurement.tagKeys))
        guard var plan = try SelectPlan(select, schema, name: name) else { return nil }
        SeriesSelection(index: index, measurement: measurement).choose(&plan)
        plan.page(select.statement)
        if plan.calls.isEmpty, !plan.groupsAreSeries { plan.rankSeries(index) }
        return plan.series.isEmpty ? nil : plan
    }
}
