import Catalog
import InfluxQL
import LogicalPlan
import SeriesIndex
import Telemetry
import TimeSeriesStore

/// A SELECT whose names are settled: its columns, its groups, its bounds of time, and what it reads.
///
/// Resolving goes from the subqueries outward, since a question's wildcards mean what its sources have; running goes
/// from the outside inward, since a subquery takes over times, groups and windows of the question around it.
struct ResolvedSelect: Sendable {
    /// Order, fill, limits and target, as written.
    var statement: SelectStatement
    var sources: [ResolvedSource] = []
    /// The fields and tags of all sources together.
    var schema: FieldTypes
    var fields: [(name: String, expression: Expression)] = []
    /// The tags that GROUP BY names, sorted.
    var groupTags: [String] = []
    var window = WindowRule()
    var condition: Condition
    /// Whether a single selector shows when its point was; within another function it shows its window.
    var showsPointTimes = true
    /// Whether the first column is the argument of a call.
    var hasDriver = false

    /// The calls of functions that take more than one row, each once, in the order of the columns.
    var calls: [Expression] {
        var seen: Set<String> = []
        return fields.flatMap { SelectCheck.aggregates($0.expression) }.filter { seen.insert($0.description).inserted }
    }

    /// What this question tells one around it.
    var output: FieldTypes {
        get throws {
            var types = FieldTypes(kinds: [:], tagKeys: Set(groupTags))
            for field in fields {
                guard let type = try schema.check(field.expression) else { continue }
                types.kinds[field.name] = FieldKind.allCases.first { $0.name == type } ?? .string
                if type == "tag" { types.tagColumns.insert(field.name) }
            }
            return types
        }
    }

    /// This subquery as it is run within `outer`.
    func inheriting(_ outer: ResolvedSelect) -> ResolvedSelect {
        var inner = self
        inner.condition.narrow(to: outer.condition)
        inner.groupTags = Set(groupTags).union(outer.groupTags).sorted()
        inner.statement.isDescending = outer.statement.isDescending
        if !calls.isEmpty, statement.fill == .null { inner.statement.fill = .none }
        if window.interval == 0 {
            inner.window = outer.window
            // The zone is not taken over: these windows are laid by the subquery's own.
            if outer.window.calendar?.months == 0 {
                inner.window.calendar = LocalZone(statement.timeZone).map {
                    CalendarWindows(
                        months: 0, interval: outer.window.interval, offset: outer.window.offset, zone: $0)
                }
            }
        }
        return inner
    }
}

/// One source of a SELECT.
enum ResolvedSource: Sendable {
    case measurement(String, database: String, policy: String?)
    case subquery(ResolvedSelect)
}

extension SelectRun {
    /// - Parameter outer: the question around, where it groups by time.
    func resolve(_ select: SelectStatement, inheritsWindow: Bool = false, depth: Int = 0) throws -> ResolvedSelect {
        guard depth < Self.depthLimit else {
            throw QueryError("subqueries are nested more than \(Self.depthLimit) deep")
        }
        try SelectCheck.check(select, inheritsWindow: inheritsWindow, isSubquery: depth > 0)
        let hasWindow = inheritsWindow || select.dimensions.contains(where: SelectCheck.isTime)
        var sources: [ResolvedSource] = []
        var schema = FieldTypes(kinds: [:], tagKeys: [])
        for source in select.sources {
            if let inner = source.subquery.first {
                if inner.isOrdered, inner.isDescending != select.isDescending {
                    throw QueryError("subqueries must be ordered in the same direction as the query itself")
                }
                let resolved = try resolve(inner, inheritsWindow: hasWindow, depth: depth + 1)
                schema.unite(with: try resolved.output)
                sources.append(.subquery(resolved))
                continue
            }
            let database = try engine.resolved(source.database, options)
            let policy = source.policy ?? (source.database == nil ? options.policy : nil)
            if let policy, engine.store.database(database)?.policy(policy) == nil {
                throw QueryError("retention policy not found: \(policy)")
            }
            for name in try engine.measurements(database, options) where QueryEngine.matches(name, source) {
                let found = try engine.store.withIndex(of: database) { index in
                    index.measurement(name).map { FieldTypes(kinds: $0.fields, tagKeys: Set($0.tagKeys)) }
                }
                if let found { schema.unite(with: found) }
                sources.append(.measurement(name, database: database, policy: policy))
            }
        }
        var result = ResolvedSelect(
            statement: select, sources: sources, schema: schema,
            condition: try Condition(select.condition, now: now, zone: LocalZone(select.timeZone)))
        try addDimensions(select, &result)
        result.fields = try FieldExpansion.fields(of: select, types: schema, groupTags: result.groupTags)
        return result
    }

    private func addDimensions(_ select: SelectStatement, _ result: inout ResolvedSelect) throws {
        var names: Set<String> = []
        for dimension in select.dimensions {
            switch dimension {
            case .call("time", let arguments):
                result.window = try WindowRule(arguments, now: now, zone: LocalZone(select.timeZone))
            case .reference(let name, _): names.insert(name)
            case .wildcard: names.formUnion(result.schema.tagKeys)
            case .regex(let pattern): names.formUnion(result.schema.tagKeys.filter { pattern.matches($0) })
            default: throw QueryError("only time and tag dimensions allowed")
            }
        }
        result.groupTags = names.sorted()
    }
}

extension FieldTypes {
    /// Adds the names of another source; of two types of a field the one that InfluxDB ranks first stands.
    mutating func unite(with other: FieldTypes) {
        let ranks: [FieldKind] = [.float, .integer, .unsigned, .string, .boolean]
        kinds.merge(other.kinds) { mine, theirs in ranks.first { $0 == mine || $0 == theirs } ?? mine }
        tagKeys.formUnion(other.tagKeys)
        tagColumns.formUnion(other.tagColumns)
    }

    /// The names of one source in a question over many: a field of another type than all have together is not there,
    /// except that numbers go together.
    func local(_ own: [String: FieldKind], tagKeys: Set<String>) -> FieldTypes {
        let numbers: Set<FieldKind> = [.float, .integer, .unsigned]
        let fitting = own.filter { name, kind in
            guard let united = kinds[name] else { return true }
            return united == kind || (numbers.contains(united) && numbers.contains(kind))
        }
        return FieldTypes(kinds: fitting, tagKeys: tagKeys)
    }
}
