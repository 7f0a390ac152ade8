import InfluxQL
import LogicalPlan
import Segments
import Telemetry

/// Gathers the rows of a SELECT without aggregates, group by group.
struct RawRows: Sendable {
    /// How a cell is made.
    private enum Cell: Sendable {
        case column(Int)
        case tag(String)
        case computed(Expression)
    }

    private let plan: SelectPlan
    private let filter: RowFilter
    private let cells: [Cell]
    /// The stored fields that are shown: a row without any of them is none.
    private let shown: [Int]
    private let pageEnd: Int?
    private let isDescending: Bool
    private let places: [String: Int]
    /// The rows of each group, each with its time first, in the order of the series.
    private var rows: [[[QueryValue]]]

    init(plan: SelectPlan, select: SelectStatement, filter: RowFilter) {
        self.plan = plan
        self.filter = filter
        let places = Dictionary(uniqueKeysWithValues: plan.stored.enumerated().map { ($0.element.name, $0.offset) })
        self.places = places
        var shown: Set<Int> = []
        for field in plan.fields { shown.formUnion(Condition.names(field.expression).compactMap { places[$0] }) }
        self.shown = shown.sorted()
        cells = plan.fields.map { field in
            guard case .reference(let name, _) = field.expression else { return .computed(field.expression) }
            return places[name].map { .column($0) } ?? .tag(name)
        }
        pageEnd = select.pageEnd
        isDescending = select.isDescending
        rows = [[[QueryValue]]](repeating: [], count: plan.groups.count)
    }

    /// Takes the rows of one series.
    mutating func add(_ slices: [RowSlice], group: Int, tag: (String) -> QueryValue) {
        // No series can give more rows to the page than the page and what is before it hold.
        var missing = pageEnd ?? .max
        let template = cells.map { cell -> QueryValue in
            if case .tag(let name) = cell { return tag(name) }
            return .null
        }
        for slice in isDescending ? slices.reversed() : slices {
            if missing <= 0 { return }
            var wanted = filter.isEmpty ? RowBits(all: slice.rows) : filter.rows(slice, tag: tag)
            keepShown(slice, &wanted)
            for index in 0..<slice.rows.count where missing > 0 {
                let row = isDescending ? slice.rows.upperBound - 1 - index : slice.rows.lowerBound + index
                guard wanted.contains(row) else { continue }
                rows[group].append(line(slice, row, template, tag))
                missing -= 1
            }
        }
    }

    private func keepShown(_ slice: RowSlice, _ wanted: inout RowBits) {
        let columns = shown.compactMap { slice.columns[$0] }
        if columns.contains(where: \.absent.isEmpty) { return }
        wanted.keepRows { row in columns.contains { $0.isPresent(row) } }
    }

    private func line(
        _ slice: RowSlice, _ row: Int, _ template: [QueryValue], _ tag: (String) -> QueryValue
    ) -> [QueryValue] {
        var line: [QueryValue] = []
        line.reserveCapacity(cells.count + 1)
        line.append(.time(slice.times[row]))
        for (index, cell) in cells.enumerated() {
            switch cell {
            case .column(let place): line.append(slice.columns[place].map { QueryValue($0, row) } ?? .null)
            case .tag: line.append(template[index])
            case .computed(let expression):
                line.append(
                    Evaluation.value(expression) { name in
                        guard let place = places[name] else { return tag(name) }
                        return slice.columns[place].map { QueryValue($0, row) } ?? .null
                    })
            }
        }
        return line
    }

    /// Appends the rows that another gathered of later series.
    mutating func append(_ other: RawRows) {
        for group in rows.indices {
            if rows[group].isEmpty { rows[group] = other.rows[group] } else { rows[group] += other.rows[group] }
        }
    }

    /// The rows of a group in the order of the answer: by time, and by series where times are equal.
    func sorted(_ group: Int) -> [[QueryValue]] {
        let found = rows[group]
        if plan.groupsAreSeries { return found }
        func time(_ row: Int) -> Int64 {
            if case .time(let time) = found[row][0] { return time }
            return 0
        }
        var order = found.indices.map { (time: time($0), row: $0) }
        // A descending answer is the ascending one turned round, ties included; a series has each time once.
        let isDescending = isDescending
        order.sort { first, second in
            let (left, right) = isDescending ? (second, first) : (first, second)
            return left.time != right.time ? left.time < right.time : left.row < right.row
        }
        return order.map { found[$0.row] }
    }
}
