import InfluxQL
import LogicalPlan
import Telemetry

/// What the names of a SELECT stand for in one measurement: casts are resolved and arithmetic is checked.
struct FieldTypes: Sendable {
    var kinds: [String: FieldKind]
    var tagKeys: Set<String>
    /// The columns of subqueries that show a tag: text like another, but no field to arithmetic.
    var tagColumns: Set<String> = []

    /// The expression with each cast either carried by a number or decided: a name that is not what its cast says has
    /// no value, for which a wildcard stands.
    ///
    /// - Throws: where an aggregate would have to convert its field.
    func resolved(_ expression: Expression) throws -> Expression {
        switch expression {
        case .reference(let name, let type?): return cast(name, type)
        case .binary(let op, let left, let right):
            return .binary(op, try resolved(left), try resolved(right))
        case .parenthesis(let inner): return .parenthesis(try resolved(inner))
        case .call(let function, let arguments) where Functions.math.contains(function):
            return .call(function, try arguments.map(resolved))
        case .call(let function, let arguments):
            if case .call = arguments.first { return .call(function, try arguments.map(resolved)) }
            guard case .reference(let name, .some) = arguments.first else { return expression }
            guard try arguments.first.map(resolved) == .reference(name, type: nil)
            else { throw QueryError("not supported by this version: a cast to another type in \(function)()") }
            return .call(function, [.reference(name, type: nil)] + arguments.dropFirst())
        default: return expression
        }
    }

    private func cast(_ name: String, _ type: String) -> Expression {
        let plain = Expression.reference(name, type: nil)
        guard let kind = kinds[name] else { return type == "tag" ? plain : .wildcard(nil) }
        // A tag of a field's name is asked for as what it is.
        if type == "tag", tagKeys.contains(name) { return .reference(name, type: type) }
        if type == "field" || type == kind.name { return plain }
        let numbers = ["float", "integer", "unsigned"]
        return numbers.contains(type) && numbers.contains(kind.name) ? .reference(name, type: type) : .wildcard(nil)
    }

    /// The type of an expression, nil where it is not known.
    ///
    /// - Throws: where arithmetic joins what does not go together, in InfluxDB's words.
    @discardableResult
    func check(_ expression: Expression) throws -> String? {
        switch expression {
        case .reference(let name, let type): return type ?? self.type(of: name)
        case .number: return "float"
        case .integer: return "integer"
        case .unsigned: return "unsigned"
        case .string: return "string"
        case .boolean: return "boolean"
        case .duration: return "duration"
        case .parenthesis(let inner): return try check(inner)
        case .call(let function, let arguments):
            if Functions.math.contains(function) {
                let types = try arguments.map { try check($0) }
                if function == "pow", types.allSatisfy({ $0 == "integer" }) { return "integer" }
                guard ["abs", "ceil", "floor", "round"].contains(function) else { return "float" }
                return types.first ?? nil
            }
            if let type = Functions.fixedType(function) { return type }
            return try arguments.first.flatMap { try check($0) }
        case .binary(let op, let left, let right) where op.isMath:
            guard let first = try check(left) else { return try check(right) }
            guard let second = try check(right) else { return first }
            guard let type = Self.joined(op, first, second) else {
                throw QueryError("type error: \(typed(expression)): incompatible types: \(first) and \(second)")
            }
            return type
        default: return nil
        }
    }

    private static func joined(_ op: BinaryOperator, _ left: String, _ right: String) -> String? {
        let isBitwise = op == .bitAnd || op == .bitOr || op == .bitXor
        if isBitwise, left == "boolean", right == "boolean" { return left }
        let ranks = ["integer", "unsigned", "float"]
        guard let first = ranks.firstIndex(of: left), let second = ranks.firstIndex(of: right) else { return nil }
        if isBitwise { return max(first, second) < 2 ? ranks[max(first, second)] : nil }
        return op == .divide ? "float" : ranks[max(first, second)]
    }

    private func type(of name: String) -> String? {
        if tagColumns.contains(name) { return "tag" }
        return kinds[name]?.name ?? (tagKeys.contains(name) ? "tag" : nil)
    }

    /// The expression with the type of each name, as messages show it.
    private func typed(_ expression: Expression) -> Expression {
        switch expression {
        case .reference(let name, let type): .reference(name, type: type ?? self.type(of: name))
        case .binary(let op, let left, let right): .binary(op, typed(left), typed(right))
        case .parenthesis(let inner): .parenthesis(typed(inner))
        case .call(let function, let arguments): .call(function, arguments.map(typed))
        default: expression
        }
    }
}
