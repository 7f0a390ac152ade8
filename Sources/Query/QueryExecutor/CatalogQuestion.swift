import InfluxQL
import LogicalPlan
import SeriesIndex
import Telemetry
import TimeSeriesStore

/// What SHOW asks of one measurement: its keys and values as far as the series have them that WHERE admits.
struct CatalogEntry {
    private let index: SeriesIndex
    private let measurement: SeriesIndex.Measurement
    /// Ascending numbers of the series.
    let series: [UInt32]
    private let isWhole: Bool

    /// - Throws: where the condition is none on tags.
    init(_ index: SeriesIndex, _ measurement: SeriesIndex.Measurement, where condition: Expression?) throws {
        (self.index, self.measurement) = (index, measurement)
        isWhole = condition == nil
        guard let condition else {
            series = index.series(of: measurement)
            return
        }
        let named = try CatalogCondition.onTags(condition, measurement: measurement.name)
        series = SeriesSelection(index: index, measurement: measurement).admitted([named])
    }

    var name: String { measurement.name }

    /// The fields, sorted; which series has which is not known to the index.
    var fields: [(name: String, kind: FieldKind)] {
        measurement.fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The keys that one of the series has at least, sorted.
    var tagKeys: [String] {
        let keys = measurement.tagKeys.sorted()
        return isWhole ? keys : keys.filter { !values(of: $0).isEmpty }
    }

    /// The values that one of the series has at least, sorted.
    func values(of key: String) -> [String] {
        let postings = index.postings(measurement.name, tag: key)
        if isWhole { return postings.map(\.value).sorted() }
        let admitted = Set(series)
        return postings.filter { $0.series.contains(where: admitted.contains) }.map(\.value).sorted()
    }

    /// The keys of the series, as line protocol writes them.
    var seriesKeys: [String] { series.map { String(decoding: index.key($0), as: UTF8.self) } }

    /// How many tag keys some of the series have.
    func keyCount(of some: [UInt32]) -> Int {
        some.reduce(into: Set<String>()) { keys, number in keys.formUnion(index.tags(number).map(\.0)) }.count
    }

    /// How many values some of the series have of the keys that `isMeant` lets through.
    func valueCount(of some: [UInt32], _ isMeant: (String) -> Bool) -> Int {
        var values: Set<[String]> = []
        for number in some {
            for (key, value) in index.tags(number) where isMeant(key) { values.insert([key, value]) }
        }
        return values.count
    }

    /// The series of each combination of values of `tags`, sorted.
    func groups(by tags: [String]) -> [(values: [String], series: [UInt32])] {
        var groups: [[String]: [UInt32]] = [:]
        for number in series {
            let own = Dictionary(index.tags(number)) { first, _ in first }
            groups[tags.map { own[$0] ?? "" }, default: []].append(number)
        }
        return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }
}

/// The WHERE of a SHOW.
enum CatalogCondition {
    /// The condition on the tags of one measurement: `_name` is its name, times are passed over, and a comparison with
    /// anything but text holds, as in InfluxDB.
    static func onTags(_ expression: Expression, measurement: String) throws -> Expression {
        switch expression {
        case .parenthesis(let inner): return try onTags(inner, measurement: measurement)
        case .boolean: return expression
        case .binary(let op, let left, let right) where op == .and || op == .or:
            return .binary(op, try onTags(left, measurement: measurement), try onTags(right, measurement: measurement))
        case .binary(let op, .reference("time", _), _) where op.isComparison: return .boolean(true)
        case .binary(let op, _, .reference("time", _)) where op.isComparison: return .boolean(true)
        case .binary(let op, let left, let right) where op.isComparison:
            guard [.equal, .notEqual, .matches, .matchesNot].contains(op) else {
                throw QueryError("invalid tag comparison operator")
            }
            if case .reference = right, case .string = left {
                return try onTags(.binary(op, right, left), measurement: measurement)
            }
            guard case .reference(let name, _) = left else {
                throw QueryError("invalid condition expression: \(expression)")
            }
            switch right {
            case .string, .regex, .reference: break
            default: return .boolean(true)
            }
            let plain = Expression.binary(op, .reference(name, type: nil), right)
            if name == "_name" { return .boolean(Condition.holds(plain) { _ in .string(measurement) }) }
            return plain
        default: throw QueryError("invalid condition expression: \(expression)")
        }
    }

    /// The condition where a series that lacks a tag is not even unlike a value, as where InfluxDB counts tag values.
    static func present(_ expression: Expression) -> Expression {
        switch expression {
        case .parenthesis(let inner): .parenthesis(present(inner))
        case .binary(let op, let left, let right) where op == .and || op == .or:
            .binary(op, present(left), present(right))
        case .binary(.notEqual, .reference, .string("")): expression
        case .binary(let op, .reference(let tag, let type), _) where op == .notEqual || op == .matchesNot:
            .binary(.and, .binary(.notEqual, .reference(tag, type: type), .string("")), expression)
        default: expression
        }
    }

    /// The measurements that SHOW MEASUREMENTS names: one without the tag never, and with it by whether any of its
    /// values is the one, so that `!=` asks that none is.
    static func names(
        _ expression: Expression, of entries: [(name: String, values: (String) -> [String])]
    ) throws -> Set<String> {
        switch expression {
        case .parenthesis(let inner): return try names(inner, of: entries)
        case .binary(.and, let left, let right):
            return try names(left, of: entries).intersection(names(right, of: entries))
        case .binary(.or, let left, let right):
            return try names(left, of: entries).union(names(right, of: entries))
        default: break
        }
        var found: Set<String> = []
        for entry in entries {
            let condition = try onTags(expression, measurement: entry.name)
            guard case .binary(let op, .reference(let tag, _), let value) = condition else {
                if condition == .boolean(true) { found.insert(entry.name) }
                continue
            }
            let values = entry.values(tag)
            if values.isEmpty { continue }
            let positive: BinaryOperator = op == .equal || op == .notEqual ? .equal : .matches
            let isThere = values.contains { text in
                Condition.holds(.binary(positive, .reference(tag, type: nil), value)) { _ in .string(text) }
            }
            if isThere == (op == positive) { found.insert(entry.name) }
        }
        return found
    }
}

extension QueryEngine {
    /// Makes a part of an answer of each measurement that FROM names and WHERE leaves series of; empty parts are left
    /// out.
    func each(
        _ show: ShowOptions, _ options: QueryOptions, _ body: (CatalogEntry) throws -> ResultSeries
    ) throws -> [ResultSeries] {
        try entries(show, options, body).filter { $0.rowCount > 0 }
    }

    /// What `body` makes of each measurement that has a series left.
    private func entries<Result>(
        _ show: ShowOptions, _ options: QueryOptions, _ body: (CatalogEntry) throws -> Result
    ) throws -> [Result] {
        let database = try resolved(show.database, options)
        let names = try measurements(show.database, options).filter { name in
            show.sources.isEmpty || show.sources.contains { Self.matches(name, $0) }
        }
        let index = try store.index(of: database)
        return try names.compactMap { name in
            guard let measurement = index.measurement(name) else { return nil }
            let entry = try CatalogEntry(index, measurement, where: show.condition)
            return entry.series.isEmpty ? nil : try body(entry)
        }
    }

    static func matches(_ key: String, _ keys: KeySelection) -> Bool {
        switch keys {
        case .names(let names): names.contains(key)
        case .notName(let other): key != other
        case .pattern(let pattern): pattern.matches(key)
        case .notPattern(let pattern): !pattern.matches(key)
        }
    }

    /// The measurements of a database that the WHERE of SHOW MEASUREMENTS admits.
    func measurements(_ database: String, _ names: [String], where condition: Expression) throws -> Set<String> {
        let index = try store.index(of: database)
        return try CatalogCondition.names(
            condition, of: names.map { name in (name, { key in index.postings(name, tag: key).map(\.value) }) })
    }

    /// Counts what SHOW … CARDINALITY asks for. The estimate of InfluxDB is a sketch; ours costs nothing and is exact.
    func count(_ question: Cardinality, _ options: QueryOptions) throws -> [ResultSeries] {
        let show = question.options
        let isPlain = show.sources.isEmpty && show.condition == nil && question.dimensions.isEmpty
        let isWhole = question.subject == .series || question.subject == .measurements
        if isWhole, isPlain, !question.isExact, show.limit == 0, show.offset == 0 {
            let name = show.database ?? options.database
            if name.isEmpty { throw QueryError("database name required") }
            let counts = store.database(name) == nil ? [] : try entries(show, options) { $0.series.count }
            let count = question.subject == .series ? counts.reduce(0, +) : counts.count
            return [ResultSeries(name: "", columns: ["cardinality estimation"], rows: [[.integer(Int64(count))]])]
        }
        if let condition = show.condition, Condition.names(condition).contains("time") {
            let exact = question.subject == .fieldKeys ? "" : "EXACT "
            throw QueryError(
                "SHOW \(question.subject.rawValue) \(exact)CARDINALITY doesn't support time in WHERE clause")
        }
        if !question.dimensions.isEmpty { return try grouped(question, options) }
        if question.subject == .measurements {
            let count = try entries(show, options) { _ in }.count
            return page(count > 0 ? [Self.counted("", [], count)] : [], show).filter { $0.rowCount > 0 }
        }
        var counted = show
        if question.subject == .tagValues { counted.condition = show.condition.map(CatalogCondition.present) }
        let parts = try entries(counted, options) { counts(question, $0) }.flatMap { $0 }
        return page(parts, show).filter { $0.rowCount > 0 }
    }

    /// The same for each combination of tags; every measurement is grouped by the tags of all.
    private func grouped(_ question: Cardinality, _ options: QueryOptions) throws -> [ResultSeries] {
        let show = question.options
        var entries: [CatalogEntry] = []
        _ = try self.entries(show, options) { entries.append($0) }
        let tags = try Self.tags(question.dimensions, of: Set(entries.flatMap(\.tagKeys)))
        var measurements: [[String]: Int] = [:]
        var parts: [ResultSeries] = []
        for entry in entries {
            for group in entry.groups(by: tags) {
                let count: Int
                switch question.subject {
                case .measurements:
                    measurements[group.values, default: 0] += 1
                    continue
                case .series: count = group.series.count
                case .tagKeys: count = entry.keyCount(of: group.series)
                case .fieldKeys: count = entry.fields.count
                case .tagValues:
                    count = entry.valueCount(of: group.series) { key in
                        question.keys.map { Self.matches(key, $0) } ?? true
                    }
                }
                let values = zip(tags, group.values).map { (name: $0, value: $1) }
                if count > 0 { parts.append(Self.counted(entry.name, values, count)) }
            }
        }
        for (values, count) in measurements.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            parts.append(Self.counted("", zip(tags, values).map { (name: $0, value: $1) }, count))
        }
        return page(parts, show).filter { $0.rowCount > 0 }
    }

    private func counts(_ question: Cardinality, _ entry: CatalogEntry) -> [ResultSeries] {
        let count: Int
        switch question.subject {
        case .series, .measurements: count = entry.series.count
        case .tagKeys: count = entry.tagKeys.count
        case .fieldKeys: count = entry.fields.count
        case .tagValues:
            count = entry.tagKeys.filter { key in question.keys.map { Self.matches(key, $0) } ?? true }
                .reduce(0) { $0 + entry.values(of: $1).count }
        }
        return count > 0 ? [Self.counted(entry.name, [], count)] : []
    }

    private static func counted(_ name: String, _ tags: [(name: String, value: String)], _ count: Int) -> ResultSeries {
        ResultSeries(name: name, tags: tags, columns: ["count"], rows: [[.integer(Int64(count))]])
    }

    private static func tags(_ dimensions: [Expression], of keys: Set<String>) throws -> [String] {
        var names: Set<String> = []
        for dimension in dimensions {
            switch dimension {
            case .reference(let name, _): names.insert(name)
            case .wildcard: names.formUnion(keys)
            case .regex(let pattern): names.formUnion(keys.filter { pattern.matches($0) })
            default: throw QueryError("only tag dimensions allowed")
            }
        }
        return names.sorted()
    }
}
