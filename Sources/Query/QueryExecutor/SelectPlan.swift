import InfluxQL
import LogicalPlan
import SeriesIndex
import Telemetry
import TimeSeriesStore

/// One measurement of a SELECT with everything resolved against the index.
struct SelectPlan: Sendable {
    var measurement: String
    var fields: [(name: String, expression: Expression)] = []
    /// The fields whose name was given by AS.
    var aliased: Set<Int> = []
    /// The calls, each once.
    var calls: [AggregateCall] = []
    var callKeys: Set<String> = []
    /// What the row of a selector's point is asked for beside it.
    var auxiliary: [String] = []
    /// The stored fields that are read, with their types.
    var stored: [(name: String, kind: FieldKind)] = []
    /// Whether `stored` is every field of the measurement, so that each row has one of them.
    var readsEveryField = false
    var groupTags: [String] = []
    var interval: Int64 = 0
    var intervalOffset: Int64 = 0
    var condition: Condition
    /// The values of `groupTags` of each group, in the order of the answer.
    var groups: [[String]] = []
    /// The series that may match, ascending.
    var series: [UInt32] = []
    /// The group of each of `series`.
    var groupOfSeries: [Int] = []
    /// Whether each group is one series, so that its rows come in order.
    var groupsAreSeries = false

    /// The names that fields and conditions on rows mention beside the stored fields: tags.
    var readTags: Set<String> {
        var names: Set<String> = []
        for field in fields { names.formUnion(Condition.names(field.expression)) }
        for conjunct in condition.onRows { names.formUnion(Condition.names(conjunct)) }
        return names.subtracting(stored.map(\.name))
    }
}

extension QueryEngine {
    /// Nil where the measurement cannot give a row.
    func plan(_ select: SelectStatement, _ name: String, _ database: String) throws -> SelectPlan? {
        let now = now()
        return try store.withIndex(of: database) { index -> SelectPlan? in
            guard let measurement = index.measurement(name) else { return nil }
            let kinds = measurement.fields
            let tagKeys = measurement.tagKeys.sorted()
            let types = FieldTypes(kinds: kinds, tagKeys: Set(tagKeys))
            let condition = try select.condition.map { try types.resolved($0) }
            var plan = SelectPlan(
                measurement: name, condition: try Condition(condition, now: now) { kinds[$0] != nil })
            try addDimensions(select, tagKeys, &plan)
            for field in select.fields { try add(field, types, tagKeys, &plan) }
            Self.giveNames(&plan)
            if !plan.calls.isEmpty {
                plan.auxiliary = Set(plan.fields.flatMap { SelectCheck.plainNames($0.expression) }).sorted()
            }
            var read: Set<String> = Set(plan.calls.map(\.field))
            for field in plan.fields { read.formUnion(Condition.names(field.expression)) }
            let isRaw = plan.calls.isEmpty
            if isRaw, !read.contains(where: { kinds[$0] != nil }) { return nil }
            for conjunct in plan.condition.onRows { read.formUnion(Condition.names(conjunct)) }
            plan.stored = read.sorted().compactMap { name in kinds[name].map { (name, $0) } }
            plan.readsEveryField = plan.stored.count == kinds.count
            if plan.condition.isEmpty { return nil }
            SeriesSelection(index: copy index, measurement: measurement).choose(&plan)
            return plan.series.isEmpty ? nil : plan
        }
    }

    private func addDimensions(_ select: SelectStatement, _ tagKeys: [String], _ plan: inout SelectPlan) throws {
        var names: Set<String> = []
        for dimension in select.dimensions {
            switch dimension {
            case .call("time", let arguments):
                guard let first = arguments.first, case .duration(let interval) = first, interval >= 0 else {
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
        _ field: Field, _ types: FieldTypes, _ tagKeys: [String], _ plan: inout SelectPlan
    ) throws {
        let kinds = types.kinds
        func append(_ name: String, _ expression: Expression) { plan.fields.append((name, expression)) }
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
                guard let kind = kinds[name], AggregateCall.Function(rawValue: function)?.accepts(kind) ?? true
                else { continue }
                let call = Expression.call(function, [.reference(name, type: nil)] + arguments.dropFirst())
                try collect(call, kinds, &plan)
                append((field.alias ?? function) + "_" + name, call)
            }
        case .reference("time", _): break
        default:
            try types.check(field.expression)
            let expression = try types.resolved(field.expression)
            try collect(expression, kinds, &plan)
            if field.alias != nil { plan.aliased.insert(plan.fields.count) }
            append(field.alias ?? field.expression.columnName, expression)
        }
    }

    /// Makes the names of columns differ: an alias stands as it is, another name gives way by a number.
    private static func giveNames(_ plan: inout SelectPlan) {
        // The last number of each name, so that many equal names take linear time.
        var numbers: [String: Int] = [:]
        var taken = Set(plan.aliased.map { plan.fields[$0].name })
        for index in plan.fields.indices where !plan.aliased.contains(index) {
            let name = plan.fields[index].name
            var unique = name
            while !taken.insert(unique).inserted {
                numbers[name, default: 0] += 1
                unique = "\(name)_\(numbers[name, default: 0])"
            }
            plan.fields[index].name = unique
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
        case .call(let name, let arguments):
            guard let function = AggregateCall.Function(rawValue: name),
                case .reference(let field, _)? = arguments.first
            else {
                throw QueryError("expected field argument in \(name)()")
            }
            var call = AggregateCall(
                key: expression.description, function: function, field: field, kind: kinds[field])
            if function == .percentile, let share = Evaluation.number(Evaluation.value(arguments[1]) { _ in .null }) {
                call.percentile = share
            }
            if plan.callKeys.insert(call.key).inserted { plan.calls.append(call) }
        default: break
        }
    }
}
