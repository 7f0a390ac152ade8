import InfluxQL
import LogicalPlan
import Telemetry

/// A SELECT with aggregates over fields that are cast to other types, as one over a subquery that casts them.
///
/// The folds read columns as they are stored; a cast column is made by the rows of the subquery. That costs, and is rare.
struct CastSelect {
    private var columns: [String: Expression] = [:]

    /// Nil where nothing is cast within a call.
    static func rewritten(_ select: ResolvedSelect) throws -> ResolvedSelect? {
        var cast = CastSelect()
        let fields = select.fields.map { ($0.name, cast.withoutCasts($0.expression)) }
        if cast.columns.isEmpty { return nil }
        for name in fields.flatMap({ Condition.names($0.1) }) where cast.columns[name] == nil {
            cast.columns[name] = .reference(name, type: nil)
        }
        var inner = select
        inner.statement = SelectStatement()
        inner.statement.isDescending = select.statement.isDescending
        inner.window = WindowRule()
        inner.fields = try cast.columns.sorted { $0.key < $1.key }.filter { column in
            // A cast that can give no value leaves a name that nothing has.
            try select.schema.resolved(column.value) != .wildcard(nil)
        }.map { (name: $0.key, expression: $0.value) }
        var outer = select
        outer.fields = fields.map { (name: $0.0, expression: $0.1) }
        outer.condition.conjuncts = []
        outer.schema = try inner.output
        outer.sources = [.subquery(inner)]
        return outer
    }

    /// The expression over the columns that the subquery is to have.
    private mutating func withoutCasts(_ expression: Expression) -> Expression {
        switch expression {
        case .binary(let op, let left, let right): return .binary(op, withoutCasts(left), withoutCasts(right))
        case .parenthesis(let inner): return .parenthesis(withoutCasts(inner))
        case .call(let name, let arguments) where Functions.math.contains(name):
            return .call(name, arguments.map { withoutCasts($0) })
        case .call(let name, let arguments):
            guard let first = arguments.first, case .reference(_, let type?) = first, type != "field", type != "tag"
            else { return expression }
            columns[first.description] = first
            return .call(name, [.reference(first.description, type: nil)] + arguments.dropFirst())
        default: return expression
        }
    }
}
