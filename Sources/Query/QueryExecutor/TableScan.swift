import InfluxQL
import LogicalPlan
import Segments
import Telemetry

/// Reads the series that a subquery answered as if they were stored.
struct TableScan: Sendable {
    let plan: SelectPlan
    private let series: [ResultSeries]
    private let conditions: [Expression]
    /// The tags that can be asked for: those by which a subquery groups of itself.
    private let tagKeys: Set<String>

    /// Nil where no row can come of it.
    ///
    /// - Parameters:
    ///   - select: the question over the table.
    ///   - series: all of one name.
    init?(_ select: ResolvedSelect, _ name: String, _ series: [ResultSeries]) throws {
        guard var plan = try SelectPlan(select, select.schema, name: name, isTable: true) else { return nil }
        // Every condition is judged here by row: there is no index of the tags.
        conditions = plan.condition.conjuncts
        (plan.condition.onRows, plan.condition.onTags) = ([], [])
        let names = Set(plan.condition.conjuncts.flatMap(Condition.names)).union(plan.stored.map(\.name))
        plan.stored = names.sorted().compactMap { name in select.schema.kinds[name].map { (name, $0) } }
        plan.readsEveryField = false
        let keys = series.map { one in plan.groupTags.map { Self.tag($0, of: one) ?? "" } }
        plan.groups = Set(keys).sorted { $0.lexicographicallyPrecedes($1) }
        let places = Dictionary(uniqueKeysWithValues: zip(plan.groups, plan.groups.indices))
        plan.groupOfSeries = keys.map { places[$0] ?? 0 }
        plan.series = series.indices.map { UInt32($0) }
        plan.page(select.statement)
        self.series = plan.series.map { series[Int($0)] }
        tagKeys = select.schema.tagKeys
        self.plan = plan
    }

    private static func tag(_ name: String, of series: ResultSeries) -> String? {
        series.tags.first { $0.name == name }?.value
    }

    /// Folds every series into a state: its rows in time order, its place in the plan and what its tags are.
    func folded<State>(
        _ empty: State, add: (inout State, [RowSlice], Int, (String) -> QueryValue) throws -> Void
    ) rethrows -> State {
        var state = empty
        for (place, one) in series.enumerated() where one.rowCount > 0 {
            let times = (0..<one.rowCount).map { row in
                if case .time(let time) = one.cells[0][row] { time } else { Int64(0) }
            }
            var order = admitted(one)
            if order.isEmpty { continue }
            if times.count > 1, times[0] > times[times.count - 1] { order.reverse() }
            let isSorted = zip(order, order.dropFirst()).allSatisfy { times[$0] <= times[$1] }
            if !isSorted { order.sort { (times[$0], $0) < (times[$1], $1) } }
            let columns = plan.stored.map { column(one, $0.name, $0.kind, order) }
            let slice = RowSlice(times: order.map { times[$0] }, columns: columns, rows: 0..<order.count)
            try add(&state, [slice], place) { name in
                // Unlike a tag that a stored series lacks, one of a subquery's groups is an empty text.
                guard tagKeys.contains(name) else { return .null }
                return Self.tag(name, of: one).map { .string($0) } ?? .null
            }
        }
        return state
    }

    /// The rows that fulfil the conditions, to which every tag of a group is known.
    private func admitted(_ series: ResultSeries) -> [Int] {
        if conditions.isEmpty { return [Int](0..<series.rowCount) }
        let names = Set(conditions.flatMap(Condition.names))
        var places: [String: Int] = [:]
        for name in names { places[name] = series.columns.dropFirst().firstIndex(of: name) }
        return (0..<series.rowCount).filter { row in
            conditions.allSatisfy { condition in
                Condition.holds(condition) { name in
                    places[name].map { series.cells[$0][row] } ?? .string(Self.tag(name, of: series) ?? "")
                }
            }
        }
    }

    /// A column in the type that all sources of the question have together; nil where there is none.
    private func column(_ series: ResultSeries, _ name: String, _ kind: FieldKind, _ order: [Int]) -> FieldColumn? {
        guard let place = series.columns.dropFirst().firstIndex(of: name) else { return nil }
        let cells = series.cells[place]
        var column = FieldColumn(name: name, kind: kind)
        column.reserveCapacity(order.count)
        for row in order { append(cells[row], to: &column) }
        return column
    }

    private func append(_ value: QueryValue, to column: inout FieldColumn) {
        switch (column.kind, value) {
        case (.string, .string(let text)): column.append(text: Array(text.utf8))
        case (.boolean, .boolean(let isTrue)): column.append(word: isTrue ? 1 : 0)
        case (.float, _):
            guard let number = Evaluation.number(value) else { return column.appendAbsent() }
            column.append(word: number.bitPattern)
        case (.integer, .integer(let number)): column.append(word: UInt64(bitPattern: number))
        case (.unsigned, .unsigned(let number)): column.append(word: number)
        case (.integer, .unsigned(let number)): column.append(word: number)
        case (.unsigned, .integer(let number)): column.append(word: UInt64(bitPattern: number))
        case (.integer, .float(let number)):
            column.append(word: UInt64(bitPattern: Int64(exactly: number.rounded(.towardZero)) ?? .max))
        default: column.appendAbsent()
        }
    }
}
