import InfluxQL
import LogicalPlan
import SeriesIndex
import Telemetry
import TimeSeriesStore

/// One measurement of a SELECT with everything resolved against the index.
struct SelectPlan: Sendable {
    var measurement: String
    var fields: [(name: String, expression: Expression)] = []
    var calls: [AggregateCall] = []
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
            var plan = SelectPlan(
                measurement: name, condition: try Condition(select.condition, now: now) { kinds[$0] != nil })
            try addDimensions(select, tagKeys, &plan)
            for field in select.fields { try add(field, kinds, tagKeys, &plan) }
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
                guard isNumber || AggregateCall.Function(rawValue: function)?.takesAnyType ?? true else { continue }
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
        case .call(let name, let arguments):
            guard let function = AggregateCall.Function(rawValue: name) else {
                throw QueryError(
                    name == "time"
                        ? "time() is a function and expects at least one argument"
                        : "not supported by this version: \(name)()")
            }
            guard case .reference(let field, _)? = arguments.first else {
                throw QueryError("expected field argument in \(name)()")
            }
            var call = AggregateCall(
                key: expression.description, function: function, field: field, kind: kinds[field])
            if function == .percentile {
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
}
