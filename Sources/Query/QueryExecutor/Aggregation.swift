import LogicalPlan
import Segments
import Telemetry

/// One call of an aggregate over one field.
struct AggregateCall {
    static let selectors: Set<String> = ["first", "last", "min", "max", "percentile"]
    static let names: Set<String> = selectors.union(["count", "sum", "mean", "spread", "median", "stddev"])

    /// The call as written, by which expressions find its value.
    var key: String
    var function: String
    var field: String
    var percentile = 0.0

    var isSelector: Bool { Self.selectors.contains(function) }
    var keepsValues: Bool { ["percentile", "median", "stddev"].contains(function) }
}

/// What one call has seen of one group and window.
struct Accumulator {
    private(set) var count = 0
    private var sum = 0.0
    private var integerSum: Int64 = 0
    private var least: (value: Double, word: UInt64, time: Int64)?
    private var greatest: (value: Double, word: UInt64, time: Int64)?
    private var first: (value: QueryValue, time: Int64)?
    private var last: (value: QueryValue, time: Int64)?
    private var values: [(value: Double, time: Int64)] = []

    mutating func add(_ column: FieldColumn, _ row: Int, time: Int64, call: AggregateCall) {
        count += 1
        if call.function == "count" { return }
        if call.function == "first" || call.function == "last" {
            if first.map({ time < $0.time }) ?? true { first = (Self.value(column, row), time) }
            if last.map({ time >= $0.time }) ?? true { last = (Self.value(column, row), time) }
            return
        }
        let word = column.words[row]
        let value: Double =
            switch column.kind {
            case .float: Double(bitPattern: word)
            case .integer: Double(Int64(bitPattern: word))
            default: Double(word)
            }
        sum += value
        integerSum &+= Int64(bitPattern: word)
        if least.map({ value < $0.value || value == $0.value && time < $0.time }) ?? true {
            least = (value, word, time)
        }
        if greatest.map({ value > $0.value || value == $0.value && time < $0.time }) ?? true {
            greatest = (value, word, time)
        }
        if call.keepsValues { values.append((value, time)) }
    }

    /// The result and, of a selector, the time of its point.
    func result(_ call: AggregateCall, kind: FieldKind) -> (value: QueryValue, time: Int64?) {
        guard count > 0 else { return (.null, nil) }
        switch call.function {
        case "count": return (.integer(Int64(count)), nil)
        case "sum": return (kind == .float ? .float(sum) : .integer(integerSum), nil)
        case "mean": return (.float(sum / Double(count)), nil)
        case "first": return (first?.value ?? .null, first?.time)
        case "last": return (last?.value ?? .null, last?.time)
        case "min": return least.map { (Self.typed($0.word, kind), $0.time) } ?? (.null, nil)
        case "max": return greatest.map { (Self.typed($0.word, kind), $0.time) } ?? (.null, nil)
        case "spread":
            let spread = (greatest?.value ?? 0) - (least?.value ?? 0)
            if kind == .float { return (.float(spread), nil) }
            // Whole numbers wrap, as InfluxDB's do; through doubles the largest would not come back.
            let difference = Int64(bitPattern: greatest?.word ?? 0) &- Int64(bitPattern: least?.word ?? 0)
            return (.integer(difference), nil)
        default: return ofValues(call, kind)
        }
    }

    private func ofValues(_ call: AggregateCall, _ kind: FieldKind) -> (value: QueryValue, time: Int64?) {
        switch call.function {
        case "percentile":
            let sorted = values.sorted { $0.value != $1.value ? $0.value < $1.value : $0.time < $1.time }
            // The nearest rank, as InfluxDB rounds it.
            let place = (Double(sorted.count) * call.percentile / 100 + 0.5).rounded(.down)
            guard place >= 1, place <= Double(sorted.count) else { return (.null, nil) }
            let (value, time) = sorted[Int(place) - 1]
            // A whole number near the end of the range rounds up to one that has no place there.
            return (kind == .float ? .float(value) : .integer(Int64(exactly: value) ?? .max), time)
        case "median":
            let sorted = values.map(\.value).sorted()
            let middle = sorted.count / 2
            return (.float(sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2), nil)
        default:
            guard count > 1 else { return (.null, nil) }
            let mean = sum / Double(count)
            let squares = values.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) }
            return (.float((squares / Double(count - 1)).squareRoot()), nil)
        }
    }

    private static func typed(_ word: UInt64, _ kind: FieldKind) -> QueryValue {
        switch kind {
        case .float: .float(Double(bitPattern: word))
        case .integer: .integer(Int64(bitPattern: word))
        default: .unsigned(word)
        }
    }

    static func value(_ column: FieldColumn, _ row: Int) -> QueryValue {
        switch column[row] {
        case .float(let value)?: .float(value)
        case .integer(let value)?: .integer(value)
        case .unsigned(let value)?: .unsigned(value)
        case .boolean(let value)?: .boolean(value)
        case .string(let value)?: .string(value)
        case nil: .null
        }
    }
}
