import InfluxQL
import LogicalPlan
import Telemetry

/// The points that one call gives in one series of an answer.
struct PointSeries: Sendable {
    var name: String
    var tags: [(name: String, value: String)]
    var times: [Int64] = []
    /// Null where a window without points was filled so.
    var values: [QueryValue] = []
    /// What stands beside the point of a selector: one entry a name that is asked for.
    var auxiliary: [[QueryValue]] = []

    /// The series without its points.
    var empty: PointSeries {
        PointSeries(name: name, tags: tags, auxiliary: auxiliary.map { _ in [] })
    }

    /// Takes a point of another series over.
    mutating func append(_ place: Int, of other: PointSeries, time: Int64? = nil) {
        times.append(time ?? other.times[place])
        values.append(other.values[place])
        for index in auxiliary.indices { auxiliary[index].append(other.auxiliary[index][place]) }
    }

    mutating func page(offset: Int, limit: Int) {
        let from = min(offset, times.count)
        let end = limit > 0 ? min(times.count, from + min(limit, times.count)) : times.count
        times = Array(times[from..<end])
        values = Array(values[from..<end])
        for index in auxiliary.indices { auxiliary[index] = Array(auxiliary[index][from..<end]) }
    }
}

/// A SELECT with calls that no fold of columns answers: each call gives points, which are then put side by side.
struct CallSelect {
    let run: SelectRun
    let select: ResolvedSelect

    /// Whether a question has such a call.
    static func isNeeded(_ select: ResolvedSelect) -> Bool {
        select.calls.contains { call in
            guard case .call(let name, let arguments) = call, case .reference? = arguments.first else { return true }
            return AggregateCall.Function(rawValue: name) == nil
        }
    }

    /// The answer, before SLIMIT.
    func series() throws -> [ResultSeries] {
        let calls = select.calls
        let isSelector =
            if calls.count == 1, case .call(let name, _) = calls[0] { Functions.isSelector(name) } else { false }
        let auxiliary =
            isSelector ? Set(select.fields.flatMap { SelectCheck.plainNames($0.expression) }).sorted() : []
        var streams: [[PointSeries]] = []
        for call in calls {
            let points = CallPoints(run: run, select: select, isSelector: isSelector, auxiliary: auxiliary)
            streams.append(try points.points(call))
        }
        for stream in streams.indices {
            for index in streams[stream].indices {
                streams[stream][index].page(offset: select.statement.offset, limit: select.statement.limit)
            }
        }
        var groups: [Group: [Int?]] = [:]
        for (stream, found) in streams.enumerated() {
            for (place, one) in found.enumerated() where !one.times.isEmpty {
                let key = Group(name: one.name, values: one.tags.map(\.value))
                groups[key, default: [Int?](repeating: nil, count: streams.count)][stream] = place
            }
        }
        return try groups.keys.sorted().map { key in
            let members = (groups[key] ?? []).enumerated().map { stream, place in place.map { streams[stream][$0] } }
            return try joined(key, members, calls.map(\.description), auxiliary)
        }
    }

    /// One series of the answer.
    private struct Group: Hashable, Comparable {
        let name: String
        let values: [String]

        static func < (left: Group, right: Group) -> Bool {
            left.name != right.name ? left.name < right.name : left.values.lexicographicallyPrecedes(right.values)
        }
    }

    /// Puts the points of the calls side by side: a row for each time that one of them has.
    private func joined(
        _ key: Group, _ members: [PointSeries?], _ calls: [String], _ auxiliary: [String]
    ) throws -> ResultSeries {
        let isDescending = select.statement.isDescending
        let names = calls + auxiliary
        let places = Dictionary(zip(names, names.indices)) { first, _ in first }
        let defaults = try select.calls.map(missing)
        let beside = try auxiliary.map { try missing(.reference($0, type: nil)) }
        var current = [QueryValue](repeating: .null, count: names.count)
        var heads = [Int](repeating: 0, count: members.count)
        var times: [Int64] = []
        var cells = [[QueryValue]](repeating: [], count: select.fields.count)
        while true {
            var next: Int64?
            for (stream, member) in members.enumerated() {
                guard let member, heads[stream] < member.times.count else { continue }
                let time = member.times[heads[stream]]
                if next.map({ isDescending ? time > $0 : time < $0 }) ?? true { next = time }
            }
            guard let next else { break }
            for (stream, member) in members.enumerated() {
                guard let member, heads[stream] < member.times.count, member.times[heads[stream]] == next else {
                    if select.statement.fill != .previous { current[stream] = defaults[stream] }
                    continue
                }
                current[stream] = member.values[heads[stream]]
                for (index, column) in member.auxiliary.enumerated() {
                    let cell = column[heads[stream]]
                    // What the row of a point lacks is filled like a point that is not there.
                    if cell == .null, select.statement.fill == .previous { continue }
                    current[calls.count + index] = cell == .null ? beside[index] : cell
                }
                heads[stream] += 1
            }
            times.append(next)
            for (index, field) in select.fields.enumerated() {
                let value = Evaluation.value(field.expression) { name in places[name].map { current[$0] } ?? .null }
                if case .float(let number) = value, number.isNaN {
                    cells[index].append(.null)
                } else {
                    cells[index].append(value)
                }
            }
        }
        return ResultSeries(
            name: key.name, tags: zip(select.groupTags, key.values).map { (name: $0, value: $1) },
            columns: ["time"] + select.fields.map(\.name), cells: [.times(times)] + cells.map { .values($0) })
    }

    /// What a call shows at a time at which only others have a point: the number of `fill()` in its type.
    private func missing(_ call: Expression) throws -> QueryValue {
        guard case .number(let value) = select.statement.fill else { return .null }
        switch try select.schema.check(call) {
        case "integer": return .integer(Int64(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max))
        case "unsigned": return .unsigned(UInt64(exactly: value.rounded(.towardZero)) ?? (value < 0 ? 0 : .max))
        default: return .float(value)
        }
    }
}
