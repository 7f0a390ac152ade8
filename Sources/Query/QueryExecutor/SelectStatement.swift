import Catalog
import InfluxQL
import LogicalPlan
import Segments
import SeriesIndex
import Telemetry
import TimeSeriesStore

/// One measurement of a SELECT with everything resolved against the index.
struct SelectPlan {
    var measurement: String
    var fields: [(name: String, expression: Expression)] = []
    var calls: [AggregateCall] = []
    /// The stored fields that are read, with their types.
    var stored: [(name: String, kind: FieldKind)] = []
    var groupTags: [String] = []
    var interval: Int64 = 0
    var intervalOffset: Int64 = 0
    var condition: Condition
    /// The series that may match, with their tags, grouped by the values of `groupTags`.
    var groups: [(values: [String], series: [UInt32])] = []
    var tags: [UInt32: [String: String]] = [:]
}

extension QueryEngine {
    func run(_ select: SelectStatement, _ options: QueryOptions, _ isCancelled: @Sendable () -> Bool) throws
        -> [ResultSeries]
    {
        if select.target != nil { throw QueryError("not supported by this version: INTO") }
        if select.timeZone != nil { throw QueryError("not supported by this version: tz()") }
        if select.sources.contains(where: \.isSubquery) {
            throw QueryError("not supported by this version: subqueries")
        }
        var result: [ResultSeries] = []
        for source in select.sources {
            let database = try resolved(source.database, options)
            let policy = source.policy ?? (source.database == nil ? options.policy : nil)
            if let policy, store.database(database)?.policy(policy) == nil {
                throw QueryError("retention policy not found: \(policy)")
            }
            let names = try measurements(database, options).filter { Self.matches($0, source) }
            for name in names {
                guard let plan = try plan(select, name, database) else { continue }
                let snapshot = try store.snapshot(
                    database: database, policy: policy, measurements: [name], times: plan.condition.times)
                result +=
                    try plan.calls.isEmpty
                    ? raw(plan, select, snapshot, isCancelled) : aggregated(plan, select, snapshot, isCancelled)
            }
        }
        // InfluxDB turns the order of the series with that of the rows.
        if select.isDescending { result.reverse() }
        let paged = result.dropFirst(select.seriesOffset)
        return Array(select.seriesLimit > 0 ? paged.prefix(select.seriesLimit) : paged)
    }

    // MARK: The plan

    private func plan(_ select: SelectStatement, _ name: String, _ database: String) throws -> SelectPlan? {
        let now = now()
        return try store.withIndex(of: database) { index -> SelectPlan? in
            guard let measurement = index.measurement(name) else { return nil }
            let kinds = measurement.fields
            let tagKeys = measurement.tagKeys.sorted()
            var plan = SelectPlan(
                measurement: name, condition: try Condition(select.condition, now: now) { kinds[$0] != nil })
            try addDimensions(select, tagKeys, &plan)
            for field in select.fields { try add(field, kinds, tagKeys, &plan) }
            var read: Set<String> = Set(plan.calls.map(\.field))
            for field in plan.fields { read.formUnion(Condition.names(field.expression)) }
            for conjunct in plan.condition.onRows { read.formUnion(Condition.names(conjunct)) }
            plan.stored = read.sorted().compactMap { name in kinds[name].map { (name, $0) } }
            let isRaw = plan.calls.isEmpty
            let selectsField = plan.fields.contains { Condition.names($0.expression).contains { kinds[$0] != nil } }
            if isRaw, !selectsField { return nil }
            try addGroups(&plan, measurement, index)
            return plan.groups.isEmpty || plan.condition.isEmpty ? nil : plan
        }
    }

    private func addDimensions(_ select: SelectStatement, _ tagKeys: [String], _ plan: inout SelectPlan) throws {
        var names: Set<String> = []
        for dimension in select.dimensions {
            switch dimension {
            case .call("time", let arguments):
                guard let first = arguments.first, case .duration(let interval) = first, interval > 0 else {
                    throw QueryError("time dimension must have duration argument")
                }
                plan.interval = interval
                if arguments.count > 1 { plan.intervalOffset = try Condition.time(arguments[1], now: 0) }
            case .reference(let name, _): names.insert(name)
            case .wildcard: names.formUnion(tagKeys)
            case .regex(let pattern): names.formUnion(tagKeys.filter { pattern.matches($0) })
            default: throw QueryError("only time and tag dimensions allowed")
            }
        }
        plan.groupTags = names.sorted()
    }

    private func add(
        _ field: Field, _ kinds: [String: FieldKind], _ tagKeys: [String], _ plan: inout SelectPlan
    ) throws {
        func append(_ name: String, _ expression: Expression) {
            var unique = name
            var number = 1
            while plan.fields.contains(where: { $0.name == unique }) {
                unique = "\(name)_\(number)"
                number += 1
            }
            plan.fields.append((unique, expression))
        }
        switch field.expression {
        case .wildcard(let type):
            let grouped = Set(plan.groupTags)
            let tags = type == "field" ? [] : tagKeys.filter { !grouped.contains($0) }
            for name in ((type == "tag" ? [] : Array(kinds.keys)) + tags).sorted() {
                append(name, .reference(name, type: nil))
            }
        case .regex(let pattern):
            for name in (Array(kinds.keys) + tagKeys).sorted() where pattern.matches(name) {
                append(name, .reference(name, type: nil))
            }
        case .call(let function, let arguments) where Self.isWild(arguments.first):
            for name in kinds.keys.sorted() {
                if case .regex(let pattern)? = arguments.first, !pattern.matches(name) { continue }
                let isNumber = kinds[name] != .string && kinds[name] != .boolean
                guard isNumber || ["count", "first", "last"].contains(function) else { continue }
                let call = Expression.call(function, [.reference(name, type: nil)] + arguments.dropFirst())
                try collect(call, kinds, &plan)
                append((field.alias ?? function) + "_" + name, call)
            }
        default:
            try collect(field.expression, kinds, &plan)
            append(field.alias ?? field.expression.columnName, field.expression)
        }
    }

    private static func isWild(_ argument: Expression?) -> Bool {
        switch argument {
        case .wildcard?, .regex?: true
        default: false
        }
    }

    /// Notes the calls of an expression.
    private func collect(_ expression: Expression, _ kinds: [String: FieldKind], _ plan: inout SelectPlan) throws {
        switch expression {
        case .binary(_, let left, let right):
            try collect(left, kinds, &plan)
            try collect(right, kinds, &plan)
        case .parenthesis(let inner): try collect(inner, kinds, &plan)
        case .call(let function, let arguments):
            guard AggregateCall.names.contains(function) else {
                throw QueryError(
                    function == "time"
                        ? "time() is a function and expects at least one argument"
                        : "not supported by this version: \(function)()")
            }
            guard case .reference(let name, _)? = arguments.first else {
                throw QueryError("expected field argument in \(function)()")
            }
            var call = AggregateCall(key: expression.description, function: function, field: name)
            if function == "percentile" {
                guard arguments.count == 2, let share = Evaluation.number(Evaluation.value(arguments[1]) { _ in .null })
                else {
                    throw QueryError("invalid number of arguments for percentile, expected 2, got \(arguments.count)")
                }
                call.percentile = share
            }
            if !plan.calls.contains(where: { $0.key == call.key }) { plan.calls.append(call) }
        default: break
        }
    }

    private func addGroups(
        _ plan: inout SelectPlan, _ measurement: SeriesIndex.Measurement, _ index: borrowing SeriesIndex
    ) throws {
        var candidates = measurement.series
        for case .binary(.equal, .reference(let tag, _), .string(let value)) in plan.condition.onTags
        where measurement.tagKeys.contains(tag) && !value.isEmpty {
            let found = index.series(plan.measurement, tag: tag, value: value)
            if found.count < candidates.count { candidates = found }
        }
        var places: [[String]: Int] = [:]
        for number in candidates {
            let tags = Dictionary(index.tags(number)) { first, _ in first }
            let lookup: (String) -> QueryValue = { .string(tags[$0] ?? "") }
            guard plan.condition.onTags.allSatisfy({ Condition.holds($0, lookup) }) else { continue }
            plan.tags[number] = tags
            let values = plan.groupTags.map { tags[$0] ?? "" }
            if let place = places[values] {
                plan.groups[place].series.append(number)
            } else {
                places[values] = plan.groups.count
                plan.groups.append((values, [number]))
            }
        }
        plan.groups.sort { $0.values.lexicographicallyPrecedes($1.values) }
    }

    // MARK: Rows

    private func scan(
        _ plan: SelectPlan, _ snapshot: StoreSnapshot, _ isCancelled: @Sendable () -> Bool,
        _ body: (Int, UInt32, SeriesColumns, _ isWanted: (Int) -> Bool) throws -> Void
    ) throws {
        var groupOf: [UInt32: Int] = [:]
        for (place, group) in plan.groups.enumerated() { for number in group.series { groupOf[number] = place } }
        try snapshot.scan(
            measurement: plan.measurement, series: groupOf.keys.sorted(), times: plan.condition.times,
            fields: plan.stored
        ) { number, columns in
            if isCancelled() { throw QueryError("query interrupted") }
            let tags = plan.tags[number] ?? [:]
            try body(groupOf[number] ?? 0, number, columns) { row in
                plan.condition.onRows.allSatisfy { Condition.holds($0) { Self.lookup($0, plan, columns, tags, row) } }
            }
        }
    }

    private static func lookup(
        _ name: String, _ plan: SelectPlan, _ columns: SeriesColumns, _ tags: [String: String], _ row: Int
    ) -> QueryValue {
        if let place = plan.stored.firstIndex(where: { $0.name == name }) {
            return Accumulator.value(columns.fields[place], row)
        }
        return tags[name].map { .string($0) } ?? .null
    }

    private func raw(
        _ plan: SelectPlan, _ select: SelectStatement, _ snapshot: StoreSnapshot, _ isCancelled: @Sendable () -> Bool
    ) throws -> [ResultSeries] {
        var rows = [[(time: Int64, cells: [QueryValue])]](repeating: [], count: plan.groups.count)
        let shown = plan.stored.indices.filter { place in
            plan.fields.contains { Condition.names($0.expression).contains(plan.stored[place].name) }
        }
        try scan(plan, snapshot, isCancelled) { group, number, columns, isWanted in
            let tags = plan.tags[number] ?? [:]
            // No series can give more rows to the page than the page and what is before it hold.
            var missing = select.pageEnd ?? .max
            for index in columns.times.indices where missing > 0 {
                let row = select.isDescending ? columns.times.count - 1 - index : index
                guard shown.contains(where: { columns.fields[$0].isPresent(row) }), isWanted(row) else { continue }
                let cells = plan.fields.map { field in
                    Evaluation.value(field.expression) { Self.lookup($0, plan, columns, tags, row) }
                }
                rows[group].append((columns.times[row], cells))
                missing -= 1
            }
        }
        return plan.groups.indices.compactMap { place in
            let group = rows[place]
            var order = Array(group.indices)
            order.sort { group[$0].time != group[$1].time ? group[$0].time < group[$1].time : $0 < $1 }
            if select.isDescending { order.reverse() }
            let page = order.dropFirst(select.offset)
            let kept = select.limit > 0 ? page.prefix(select.limit) : page
            return series(plan, place, kept.map { [.time(group[$0].time)] + group[$0].cells })
        }
    }

    private func series(_ plan: SelectPlan, _ group: Int, _ rows: [[QueryValue]]) -> ResultSeries? {
        guard !rows.isEmpty else { return nil }
        let tags = zip(plan.groupTags, plan.groups[group].values).map { (name: $0, value: $1) }
        return ResultSeries(name: plan.measurement, tags: tags, columns: ["time"] + plan.fields.map(\.name), rows: rows)
    }

    // MARK: Windows

    private func aggregated(
        _ plan: SelectPlan, _ select: SelectStatement, _ snapshot: StoreSnapshot, _ isCancelled: @Sendable () -> Bool
    ) throws -> [ResultSeries] {
        let kinds = plan.calls.map { call in plan.stored.first { $0.name == call.field }?.kind }
        for (call, kind) in zip(plan.calls, kinds) where kind == .string || kind == .boolean {
            if !["count", "first", "last"].contains(call.function) {
                throw QueryError(
                    "unsupported \(call.function) iterator type: *query.\(kind == .string ? "string" : "boolean")InterruptIterator"
                )
            }
        }
        var windows = [[Int64: [Accumulator]]](repeating: [:], count: plan.groups.count)
        let places = plan.calls.map { call in plan.stored.firstIndex { $0.name == call.field } }
        let isFiltered = !plan.condition.onRows.isEmpty
        try scan(plan, snapshot, isCancelled) { group, _, columns, isWanted in
            var bucket = Int64.min
            var open: [Accumulator] = []
            for row in columns.times.indices {
                if isFiltered, !isWanted(row) { continue }
                let time = columns.times[row]
                let next = Windows.bucket(time, plan)
                if next != bucket || open.isEmpty {
                    if !open.isEmpty { windows[group][bucket] = open }
                    bucket = next
                    open =
                        windows[group].removeValue(forKey: next)
                        ?? [Accumulator](repeating: .init(), count: plan.calls.count)
                }
                for (index, call) in plan.calls.enumerated() {
                    guard let place = places[index], columns.fields[place].isPresent(row) else { continue }
                    open[index].add(columns.fields[place], row, time: time, call: call)
                }
            }
            if !open.isEmpty { windows[group][bucket] = open }
        }
        return try plan.groups.indices.compactMap { place in
            var rows = try Windows(plan: plan, select: select, kinds: kinds, now: now()).rows(windows[place])
            if select.isDescending { rows.reverse() }
            let page = rows.dropFirst(select.offset)
            return series(plan, place, Array(select.limit > 0 ? page.prefix(select.limit) : page))
        }
    }
}
