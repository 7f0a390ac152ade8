import InfluxQL
import LogicalPlan
import Segments
import Telemetry

/// Gathers the rows of a SELECT without aggregates, group by group and column by column.
struct RawRows: Sendable {
    /// How a column is made.
    private enum Source: Sendable {
        case column(Int)
        case tag(String)
        case computed(Expression)
    }

    /// The rows of one group so far.
    private struct Group: Sendable {
        var times: [Int64] = []
        /// The rank of each row's series, where the plan ranks them.
        var ranks: [Int32] = []
        /// What comes out of the store or is a tag, and what is computed: an entry each a source of that kind, in order.
        /// Apart, so that each is changed in place.
        var columns: [FieldColumn] = []
        var values: [[QueryValue]] = []
    }

    private let plan: SelectPlan
    private let filter: RowFilter
    private let sources: [Source]
    /// The stored fields that are shown: a row without any of them is none.
    private let shown: [Int]
    private let pageEnd: Int?
    private let isDescending: Bool
    private let places: [String: Int]
    private var groups: [Group?]
    /// About how many bytes the rows take.
    private(set) var byteCount = 0

    init(plan: SelectPlan, select: SelectStatement, filter: RowFilter) {
        self.plan = plan
        self.filter = filter
        let places = Dictionary(uniqueKeysWithValues: plan.stored.enumerated().map { ($0.element.name, $0.offset) })
        self.places = places
        var shown: Set<Int> = []
        for field in plan.fields { shown.formUnion(Condition.names(field.expression).compactMap { places[$0] }) }
        self.shown = shown.sorted()
        sources = plan.fields.map { field in
            if case .reference(let name, "tag"?) = field.expression { return .tag(name) }
            guard case .reference(let name, nil) = field.expression else { return .computed(field.expression) }
            return places[name].map { .column($0) } ?? .tag(name)
        }
        pageEnd = select.pageEnd
        isDescending = select.isDescending
        groups = [Group?](repeating: nil, count: plan.groups.count)
    }

    /// Takes the rows of one series.
    ///
    /// - Parameter place: of the series in the plan.
    mutating func add(_ slices: [RowSlice], place: Int, tag: (String) -> QueryValue) {
        let number = plan.groupOfSeries[place]
        // No series can give more rows to the page than the page and what is before it hold.
        var missing = pageEnd ?? .max
        var group = groups[number].take() ?? emptyGroup()
        for slice in isDescending ? slices.reversed() : slices where missing > 0 {
            let rows = rows(of: slice, missing, tag)
            missing -= rows.count
            append(rows, of: slice, to: &group, tag)
            if !plan.ranks.isEmpty { group.ranks += repeatElement(plan.ranks[place], count: rows.count) }
        }
        if !group.times.isEmpty { groups[number] = group }
    }

    private func emptyGroup() -> Group {
        var group = Group()
        for source in sources {
            switch source {
            case .column(let place):
                group.columns.append(FieldColumn(name: plan.stored[place].name, kind: plan.stored[place].kind))
            case .tag(let name): group.columns.append(FieldColumn(name: name, kind: .string))
            case .computed: group.values.append([])
            }
        }
        return group
    }

    /// The cells of a group in the order of the sources.
    private func cells(_ group: Group) -> [ResultColumn] {
        var (column, computed) = (0, 0)
        return sources.map { source in
            switch source {
            case .column, .tag:
                column += 1
                return .field(group.columns[column - 1])
            case .computed:
                computed += 1
                return .values(group.values[computed - 1])
            }
        }
    }

    /// The rows of a slice that are shown, `missing` at most, in the order of the answer.
    private func rows(of slice: RowSlice, _ missing: Int, _ tag: (String) -> QueryValue) -> [Int32] {
        var wanted = filter.isEmpty ? RowBits(all: slice.rows) : filter.rows(slice, tag: tag)
        let columns = shown.compactMap { slice.columns[$0] }
        if !plan.keepsEveryRow, !columns.contains(where: \.absent.isEmpty) {
            wanted.keepRows { row in columns.contains { $0.isPresent(row) } }
        }
        var rows: [Int32] = []
        rows.reserveCapacity(min(missing, slice.rows.count))
        if isDescending {
            for row in slice.rows.reversed() where wanted.contains(row) {
                rows.append(Int32(row))
                if rows.count == missing { break }
            }
            return rows
        }
        wanted.forEach(in: slice.rows) { rows.append(Int32($0)) }
        return rows.count > missing ? Array(rows[..<missing]) : rows
    }

    private mutating func append(
        _ rows: [Int32], of slice: RowSlice, to group: inout Group, _ tag: (String) -> QueryValue
    ) {
        for row in rows { group.times.append(slice.times[Int(row)]) }
        byteCount += rows.count * 8 * (sources.count + 1)
        var (place, computed) = (0, 0)
        for source in sources {
            switch source {
            case .column(let number):
                if let found = slice.columns[number] {
                    group.columns[place].append(rows: rows, of: found)
                } else {
                    group.columns[place].appendAbsent(rows.count)
                }
                place += 1
            case .tag(let name):
                if case .string(let text) = tag(name) {
                    group.columns[place].append(text: Array(text.utf8), count: rows.count)
                    byteCount += text.utf8.count * rows.count
                } else {
                    group.columns[place].appendAbsent(rows.count)
                }
                place += 1
            case .computed(let expression):
                for row in rows {
                    group.values[computed].append(
                        Evaluation.value(expression) { name in
                            guard let place = places[name] else { return tag(name) }
                            return slice.columns[place].map { QueryValue($0, Int(row)) } ?? .null
                        })
                }
                computed += 1
            }
        }
    }

    /// The place of each rank in the order of the tags that InfluxDB compares first; nil where it compares a field's
    /// text, where a series lacks a tag, and where two have the same tags.
    private func tagOrder(_ group: Group) -> [Int32]? {
        let cells = cells(group)
        let names = plan.fields.dropFirst(plan.hasDriver ? 1 : 0).flatMap { Condition.names($0.expression) }
        let leading = Set(names).sorted().prefix { places[$0] == nil && !plan.unknown.contains($0) }
        var columns: [FieldColumn] = []
        for name in leading {
            let index = sources.firstIndex { source in
                if case .tag(let tag) = source { tag == name } else { false }
            }
            guard let index, case .field(let column) = cells[index] else { return nil }
            columns.append(column)
        }
        guard !columns.isEmpty, !names.contains(where: { places[$0].map { plan.stored[$0].kind == .string } ?? false })
        else { return nil }
        var seen = [Bool](repeating: false, count: Int(group.ranks.max() ?? 0) + 1)
        var firsts: [(rank: Int32, row: Int)] = []
        for (row, rank) in group.ranks.enumerated() where !seen[Int(rank)] {
            seen[Int(rank)] = true
            firsts.append((rank, row))
        }
        guard columns.allSatisfy({ column in firsts.allSatisfy { column.isPresent($0.row) } }) else { return nil }
        func compare(_ left: Int, _ right: Int) -> Bool? {
            for column in columns {
                let (first, second) = (column.textBytes(left), column.textBytes(right))
                if !first.elementsEqual(second) { return first.lexicographicallyPrecedes(second) }
            }
            return nil
        }
        firsts.sort { compare($0.row, $1.row) ?? false }
        let areApart = zip(firsts, firsts.dropFirst()).allSatisfy { compare($0.row, $1.row) != nil }
        guard areApart else { return nil }
        var order = [Int32](repeating: 0, count: seen.count)
        for (place, first) in firsts.enumerated() { order[Int(first.rank)] = Int32(place) }
        return order
    }

    /// The rows in order, where rows of one time stand by what else InfluxDB compares.
    private func settled(_ order: [(time: Int64, row: Int32)], _ group: Group) -> [Int32] {
        let rows = order.map(\.row)
        let hasTies = zip(order, order.dropFirst()).contains { $0.time == $1.time }
        if !hasTies || group.ranks.isEmpty { return rows }
        // What is asked for, by name, except the argument of a call: its texts, up to the first that is none.
        let cells = cells(group)
        var columns: [(name: String, column: FieldColumn?)] = []
        for index in sources.indices.dropFirst(plan.hasDriver ? 1 : 0) {
            if case .field(let column) = cells[index] {
                let isText = column.kind == .string && !plan.unknown.contains(column.name)
                columns.append((column.name, isText ? column : nil))
            } else {
                columns += Condition.names(plan.fields[index].expression).map { ($0, nil) }
            }
        }
        let texts = columns.sorted { $0.name < $1.name }.prefix { $0.column != nil }.compactMap(\.column)
        if texts.isEmpty {
            let merge = SeriesMerge(
                times: group.times, ranks: group.ranks, isDescending: isDescending, precedes: nil)
            return merge.rows(rows)
        }
        let merge = SeriesMerge(times: group.times, ranks: group.ranks, isDescending: isDescending) { left, right in
            for column in texts where column.isPresent(left) && column.isPresent(right) {
                let (first, second) = (column.textBytes(left), column.textBytes(right))
                if !first.elementsEqual(second) { return first.lexicographicallyPrecedes(second) }
            }
            return false
        }
        return merge.rows(rows)
    }

    /// Appends the rows that another gathered of later series.
    mutating func append(_ other: RawRows) {
        byteCount += other.byteCount
        for (number, theirs) in other.groups.enumerated() {
            guard let theirs else { continue }
            guard var group = groups[number].take() else {
                groups[number] = theirs
                continue
            }
            group.times += theirs.times
            group.ranks += theirs.ranks
            for index in group.columns.indices {
                group.columns[index].append(rows: 0..<theirs.columns[index].count, of: theirs.columns[index])
            }
            for index in group.values.indices { group.values[index] += theirs.values[index] }
            groups[number] = group
        }
    }

    /// The columns of a group in the order of the answer, the time first: by time, and by series where times are equal.
    /// Nil where it has no row.
    func columns(_ number: Int) -> [ResultColumn]? {
        guard let group = groups[number] else { return nil }
        if plan.groupsAreSeries { return [.times(group.times)] + cells(group) }
        // A descending answer is the ascending one turned round, ties included; a series has each time once.
        let hasRanks = !group.ranks.isEmpty
        // Where the tags that are shown tell all series apart, they alone decide between rows of one time.
        let tagRanks = hasRanks ? tagOrder(group) : nil
        let ranks = tagRanks.map { order in group.ranks.map { order[Int($0)] } } ?? group.ranks
        var order = group.times.indices.map { row in
            (time: group.times[row], rank: hasRanks ? ranks[row] : 0, row: Int32(row))
        }
        if isDescending {
            order.sort { ($0.time, $0.rank, $0.row) > ($1.time, $1.rank, $1.row) }
        } else {
            order.sort { ($0.time, $0.rank, $0.row) < ($1.time, $1.rank, $1.row) }
        }
        let rows =
            tagRanks == nil ? settled(order.map { (time: $0.time, row: $0.row) }, group) : order.map(\.row)
        return [.times(order.map(\.time))]
            + cells(group).map { cells in
                switch cells {
                case .field(let column): .field(column.gathered(rows))
                case .values(let values): .values(rows.map { values[Int($0)] })
                case .times: preconditionFailure("times beside the group's own")
                }
            }
    }
}
