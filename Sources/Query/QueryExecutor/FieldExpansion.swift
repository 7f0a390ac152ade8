import InfluxQL
import LogicalPlan
import Telemetry

/// Writes out the wildcards and patterns of the fields of a SELECT and names its columns.
struct FieldExpansion {
    private let types: FieldTypes
    private let groupTags: Set<String>
    private let hasWildGroups: Bool
    private var fields: [(name: String, expression: Expression)] = []
    /// The fields whose name was given by AS.
    private var aliased: Set<Int> = []

    /// The columns of a question over fields and tags that its sources have together.
    static func fields(
        of select: SelectStatement, types: FieldTypes, groupTags: [String]
    ) throws -> [(name: String, expression: Expression)] {
        var expansion = FieldExpansion(
            types: types, groupTags: Set(groupTags),
            hasWildGroups: select.dimensions.contains { dimension in
                switch dimension {
                case .wildcard, .regex: true
                default: false
                }
            })
        for field in select.fields { try expansion.add(field) }
        expansion.giveNames()
        return expansion.fields
    }

    /// The tags that a wildcard or a pattern may stand for: none where GROUP BY itself has one.
    private var freeTags: [String] { hasWildGroups ? [] : types.tagKeys.filter { !groupTags.contains($0) } }

    private init(types: FieldTypes, groupTags: Set<String>, hasWildGroups: Bool) {
        (self.types, self.groupTags, self.hasWildGroups) = (types, groupTags, hasWildGroups)
    }

    private mutating func add(_ field: Field) throws {
        switch field.expression {
        case .wildcard(let type):
            let tags = type == "field" ? [] : freeTags
            var columns =
                type == "tag"
                ? []
                : types.kinds.keys.map { name in
                    // Another source may have a tag of the field's name.
                    (name, Expression.reference(name, type: types.tagKeys.contains(name) ? "field" : nil))
                }
            columns += tags.map { ($0, .reference($0, type: types.kinds[$0] == nil ? nil : "tag")) }
            // A field stands before the tag of its name.
            let order = columns.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }
            fields += order.map { (name: $0.element.0, expression: $0.element.1) }
        case .regex(let pattern):
            let names = Array(types.kinds.keys) + freeTags
            for name in Set(names).sorted() where pattern.matches(name) {
                fields.append((name, .reference(name, type: nil)))
            }
        case .call(let function, _) where Self.wild(field.expression) != nil:
            addWild(field, function)
        case .reference("time", _): break
        default:
            try types.check(field.expression)
            if field.alias != nil { aliased.insert(fields.count) }
            fields.append((field.alias ?? field.expression.columnName, field.expression))
            addArguments(field.expression)
        }
    }

    /// One column for each field that the innermost function takes.
    private mutating func addWild(_ field: Field, _ function: String) {
        guard let (inner, argument) = Self.wild(field.expression) else { return }
        for name in types.kinds.keys.sorted() {
            if case .regex(let pattern) = argument, !pattern.matches(name) { continue }
            guard let kind = types.kinds[name], Self.takes(inner, kind) else { continue }
            let call = Self.replacing(field.expression, by: .reference(name, type: nil))
            fields.append(((field.alias ?? function) + "_" + name, call))
            addArguments(call)
        }
    }

    /// `top(v, host, 3)` shows the host too.
    private mutating func addArguments(_ expression: Expression) {
        guard case .call(let name, let arguments) = expression, name == "top" || name == "bottom" else {
            return
        }
        for case .reference(let tag, let type) in arguments.dropFirst() {
            fields.append((tag, .reference(tag, type: type)))
        }
    }

    /// The innermost function over a wildcard or a pattern, and that.
    private static func wild(_ expression: Expression) -> (String, Expression)? {
        guard case .call(let name, let arguments) = expression, let first = arguments.first else { return nil }
        switch first {
        case .wildcard, .regex: return (name, first)
        default: return wild(first)
        }
    }

    private static func replacing(_ expression: Expression, by field: Expression) -> Expression {
        guard case .call(let name, let arguments) = expression, let first = arguments.first else { return field }
        return .call(name, [replacing(first, by: field)] + arguments.dropFirst())
    }

    /// Whether a wildcard in a function stands for fields of a type.
    private static func takes(_ function: String, _ kind: FieldKind) -> Bool {
        if let known = AggregateCall.Function(rawValue: function) { return known.accepts(kind) }
        return ["mode", "elapsed", "sample"].contains(function) || (kind != .string && kind != .boolean)
    }

    /// Makes the names of columns differ: an alias stands as it is, another name gives way by a number.
    private mutating func giveNames() {
        // The last number of each name, so that many equal names take linear time.
        var numbers: [String: Int] = [:]
        var taken = Set(aliased.map { fields[$0].name })
        for index in fields.indices where !aliased.contains(index) {
            let name = fields[index].name
            var unique = name
            while !taken.insert(unique).inserted {
                numbers[name, default: 0] += 1
                unique = "\(name)_\(numbers[name, default: 0])"
            }
            fields[index].name = unique
        }
    }
}
