import Codecs
import LogicalPlan
import Segments
import Telemetry

/// What one call has seen of one group and window.
struct Accumulator: Sendable {
    /// A value of the column's type and when it was.
    private struct Point: Sendable {
        var word: UInt64
        var time: Int64
        /// Of a string.
        var text: [UInt8] = []
        /// What else its row holds, where the query asks for it.
        var auxiliary: [QueryValue] = []
    }

    /// Rows of a column that are looked at again at the end, by functions that need all values.
    private struct Stretch: Sendable {
        var words: [UInt64]
        var times: [Int64]
        var rows: Range<Int>
        var bits: RowBits?
        /// What else the rows hold, where the query asks for it.
        var auxiliary: [Int: [QueryValue]] = [:]
    }

    private(set) var count = 0
    /// The sum, as a double's bits or a wrapping integer.
    private var sum: UInt64 = 0
    private var low: Point?
    private var high: Point?
    private var stretches: [Stretch] = []

    /// Takes rows of one series in time order.
    ///
    /// - Parameters:
    ///   - rows: within the slice.
    ///   - bits: which of them count; nil means all.
    mutating func fold(
        _ column: FieldColumn, _ times: [Int64], _ rows: Range<Int>, _ bits: RowBits?, _ call: AggregateCall
    ) {
        switch call.function {
        case .count: count += Self.count(rows, bits)
        case .sum, .mean: addSum(column.words.span, column.kind, rows, bits)
        case .min, .max, .spread:
            addExtremes(
                column.words.span, times.span, column.kind, rows, bits, wantsLow: call.function != .max,
                wantsHigh: call.function != .min)
        case .first, .last: addEdge(column, times, rows, bits, isFirst: call.function == .first)
        case .percentile, .median, .stddev:
            let found = Self.count(rows, bits)
            if found == 0 { return }
            count += found
            stretches.append(Stretch(words: column.words, times: times, rows: rows, bits: bits))
        }
    }

    /// Takes rows of one series in time order, all of which have a value, for a call that takes plain rows.
    @inline(__always)
    mutating func fold(
        _ words: Span<UInt64>, _ times: Span<Int64>, _ rows: Range<Int>, _ kind: FieldKind,
        _ function: AggregateCall.Function
    ) {
        switch function {
        case .count: count &+= rows.count
        case .sum, .mean: addSum(words, kind, rows, nil)
        default:
            addExtremes(
                words, times, kind, rows, nil, wantsLow: function != .max, wantsHigh: function != .min)
        }
    }

    /// Takes the statistics of rows of one series; what `first` and `last` give is that of the first and last row.
    mutating func fold(_ statistics: VectorStatistics, _ summary: VectorSummary, _ call: AggregateCall) {
        var part = Accumulator()
        part.count = statistics.presentCount
        switch call.function {
        case .sum, .mean: part.sum = statistics.sum
        case .first: part.low = Point(word: statistics.first, time: summary.times.lowerBound)
        case .last: part.high = Point(word: statistics.last, time: summary.times.upperBound)
        case .min, .max, .spread:
            part.low = Point(word: statistics.minimum, time: summary.time(of: statistics.minimumRow))
            part.high = Point(word: statistics.maximum, time: summary.time(of: statistics.maximumRow))
        default: break
        }
        merge(part, call)
    }

    /// Takes rows as `fold` does and keeps what else the row of a selector's point holds.
    ///
    /// - Parameter cells: the other values of a row; asked for the chosen row alone, or for all by `percentile`.
    mutating func fold(
        _ column: FieldColumn, _ times: [Int64], _ rows: Range<Int>, _ bits: RowBits?, _ call: AggregateCall,
        cells: (Int) -> [QueryValue]
    ) {
        // These rows by themselves first: the row of a point is known only within them.
        var part = Accumulator()
        part.fold(column, times, rows, bits, call)
        guard let point = part.low ?? part.high else {
            for index in part.stretches.indices {
                Self.forEach(rows, bits) { part.stretches[index].auxiliary[$0] = cells($0) }
            }
            merge(part, call)
            return
        }
        var chosen: Int?
        Self.forEach(rows, bits) { if chosen == nil, times[$0] == point.time { chosen = $0 } }
        if let chosen {
            let found = cells(chosen)
            part.low?.auxiliary = found
            part.high?.auxiliary = found
        }
        merge(part, call)
    }

    /// What else the row of the selector's point holds; nil where nothing is kept.
    func auxiliary(_ call: AggregateCall) -> [QueryValue]? {
        guard call.function == .percentile else { return (low ?? high)?.auxiliary }
        let kind = call.kind ?? .float
        let place = (Double(count) * call.percentile / 100 + 0.5).rounded(.down)
        guard place >= 1, place <= Double(count) else { return nil }
        let word = SortableWord.word(OrderStatistic.select(keys(kind), Int(place) - 1), kind)
        var chosen: (time: Int64, cells: [QueryValue])?
        for stretch in stretches {
            Self.forEach(stretch.rows, stretch.bits) { row in
                let time = stretch.times[row]
                guard stretch.words[row] == word, time < chosen?.time ?? .max else { return }
                chosen = stretch.auxiliary[row].map { (time, $0) }
            }
        }
        return chosen?.cells
    }

    /// Takes what another has seen of the same group and window.
    mutating func merge(_ other: Accumulator, _ call: AggregateCall) {
        guard other.count > 0 else { return }
        count += other.count
        if call.kind == .float {
            sum = (Double(bitPattern: sum) + Double(bitPattern: other.sum)).bitPattern
        } else {
            sum &+= other.sum
        }
        let kind = call.kind ?? .float
        if let point = other.low {
            if low.map({ Self.precedes(point, $0, kind, call.function == .first) }) ?? true { low = point }
        }
        if let point = other.high {
            if high.map({ Self.follows(point, $0, kind, call.function == .last) }) ?? true { high = point }
        }
        stretches += other.stretches
    }

    // MARK: Kernels

    @inline(__always)
    private static func forEach(_ rows: Range<Int>, _ bits: RowBits?, _ body: (Int) -> Void) {
        if let bits {
            bits.forEach(in: rows, body)
        } else {
            for row in rows { body(row) }
        }
    }

    private static func count(_ rows: Range<Int>, _ bits: RowBits?) -> Int {
        bits?.count(in: rows) ?? rows.count
    }

    private mutating func addSum(_ words: Span<UInt64>, _ kind: FieldKind, _ rows: Range<Int>, _ bits: RowBits?) {
        var found = 0
        if kind == .float {
            var total = Double(bitPattern: sum)
            Self.forEach(rows, bits) { row in
                total += Double(bitPattern: words[row])
                found &+= 1
            }
            sum = total.bitPattern
        } else {
            var total = sum
            Self.forEach(rows, bits) { row in
                total &+= words[row]
                found &+= 1
            }
            sum = total
        }
        count += found
    }

    private mutating func addExtremes(
        _ words: Span<UInt64>, _ times: Span<Int64>, _ kind: FieldKind, _ rows: Range<Int>, _ bits: RowBits?,
        wantsLow: Bool, wantsHigh: Bool
    ) {
        let found: (low: Int, high: Int, count: Int)
        switch kind {
        case .float: found = Self.extremes(words, rows, bits) { Double(bitPattern: $0) }
        case .integer: found = Self.extremes(words, rows, bits) { Int64(bitPattern: $0) }
        default: found = Self.extremes(words, rows, bits) { $0 }
        }
        guard found.count > 0 else { return }
        count += found.count
        if wantsLow {
            let point = Point(word: words[found.low], time: times[found.low])
            if low.map({ Self.precedes(point, $0, kind, false) }) ?? true { low = point }
        }
        if wantsHigh {
            let point = Point(word: words[found.high], time: times[found.high])
            if high.map({ Self.follows(point, $0, kind, false) }) ?? true { high = point }
        }
    }

    /// The rows of the smallest and the largest value, the first of equal ones.
    @inline(__always)
    private static func extremes<Value: Comparable>(
        _ words: Span<UInt64>, _ rows: Range<Int>, _ bits: RowBits?, _ read: (UInt64) -> Value
    ) -> (low: Int, high: Int, count: Int) {
        var (low, high, count) = (rows.lowerBound, rows.lowerBound, 0)
        var least = read(words[low])
        var greatest = least
        forEach(rows, bits) { row in
            let value = read(words[row])
            if count == 0 || value < least { (least, low) = (value, row) }
            if count == 0 || value > greatest { (greatest, high) = (value, row) }
            count &+= 1
        }
        return (low, high, count)
    }

    private mutating func addEdge(
        _ column: FieldColumn, _ times: [Int64], _ rows: Range<Int>, _ bits: RowBits?, isFirst: Bool
    ) {
        var edge: Int?
        if let bits {
            bits.forEach(in: rows) { row in if edge == nil || !isFirst { edge = row } }
        } else {
            edge = isFirst ? rows.lowerBound : rows.upperBound - 1
        }
        guard let edge else { return }
        // How many there were is not asked for: only whether there was one.
        count += 1
        var point = Point(word: column.words[edge], time: times[edge])
        if column.kind == .string { point.text = Array(column.textBytes(edge)) }
        if isFirst {
            if low.map({ Self.precedes(point, $0, column.kind, true) }) ?? true { low = point }
        } else {
            if high.map({ Self.follows(point, $0, column.kind, true) }) ?? true { high = point }
        }
    }

    // MARK: Order of points

    /// Whether `point` takes the place of `other` as the first in time, or as the smallest; InfluxDB settles a tie of
    /// values by the earlier time, and a tie of times by the larger value (of booleans by false).
    private static func precedes(_ point: Point, _ other: Point, _ kind: FieldKind, _ byTime: Bool) -> Bool {
        if byTime {
            if point.time != other.time { return point.time < other.time }
            return kind == .boolean ? point.word < other.word : isGreater(point, other, kind)
        }
        if isGreater(other, point, kind) { return true }
        return !isGreater(point, other, kind) && point.time < other.time
    }

    /// Whether `point` takes the place of `other` as the last in time, or as the largest.
    private static func follows(_ point: Point, _ other: Point, _ kind: FieldKind, _ byTime: Bool) -> Bool {
        if byTime { return point.time != other.time ? point.time > other.time : isGreater(point, other, kind) }
        if isGreater(point, other, kind) { return true }
        return !isGreater(other, point, kind) && point.time < other.time
    }

    private static func isGreater(_ point: Point, _ other: Point, _ kind: FieldKind) -> Bool {
        switch kind {
        case .float: Double(bitPattern: point.word) > Double(bitPattern: other.word)
        case .integer: Int64(bitPattern: point.word) > Int64(bitPattern: other.word)
        case .unsigned, .boolean: point.word > other.word
        case .string: other.text.lexicographicallyPrecedes(point.text)
        }
    }

    // MARK: Results

    /// The result and, of a selector, the time of its point.
    func result(_ call: AggregateCall) -> (value: QueryValue, time: Int64?) {
        guard count > 0, let kind = call.kind else { return (.null, nil) }
        switch call.function {
        case .count: return (.integer(Int64(count)), nil)
        case .sum:
            if kind == .float { return (.float(Double(bitPattern: sum)), nil) }
            return (kind == .unsigned ? .unsigned(sum) : .integer(Int64(bitPattern: sum)), nil)
        case .mean:
            switch kind {
            case .float: return (.float(Double(bitPattern: sum) / Double(count)), nil)
            case .unsigned: return (.float(Double(sum) / Double(count)), nil)
            default: return (.float(Double(Int64(bitPattern: sum)) / Double(count)), nil)
            }
        case .first, .min: return low.map { (Self.value($0, kind), $0.time) } ?? (.null, nil)
        case .last, .max: return high.map { (Self.value($0, kind), $0.time) } ?? (.null, nil)
        case .spread:
            guard let low, let high else { return (.null, nil) }
            if kind == .float { return (.float(Double(bitPattern: high.word) - Double(bitPattern: low.word)), nil) }
            // Whole numbers wrap, as InfluxDB's do; through doubles the largest would not come back.
            let difference = high.word &- low.word
            return (kind == .unsigned ? .unsigned(difference) : .integer(Int64(bitPattern: difference)), nil)
        case .percentile: return percentile(call.percentile, kind)
        case .median: return (median(kind), nil)
        case .stddev: return (deviation(kind), nil)
        }
    }

    private static func value(_ point: Point, _ kind: FieldKind) -> QueryValue {
        switch kind {
        case .float: .float(Double(bitPattern: point.word))
        case .integer: .integer(Int64(bitPattern: point.word))
        case .unsigned: .unsigned(point.word)
        case .boolean: .boolean(point.word != 0)
        case .string: .string(String(decoding: point.text, as: UTF8.self))
        }
    }

    /// The nearest rank, as InfluxDB rounds it; of points with an equal value, the earliest.
    private func percentile(_ share: Double, _ kind: FieldKind) -> (value: QueryValue, time: Int64?) {
        let place = (Double(count) * share / 100 + 0.5).rounded(.down)
        guard place >= 1, place <= Double(count) else { return (.null, nil) }
        let keys = keys(kind)
        let key = OrderStatistic.select(keys, Int(place) - 1)
        let word = SortableWord.word(key, kind)
        var time = Int64.max
        for stretch in stretches {
            Self.forEach(stretch.rows, stretch.bits) { row in
                if stretch.words[row] == word, stretch.times[row] < time { time = stretch.times[row] }
            }
        }
        return (Self.value(Point(word: word, time: time), kind), time)
    }

    private func median(_ kind: FieldKind) -> QueryValue {
        let keys = keys(kind)
        let middle = count / 2
        let upper = SortableWord.number(OrderStatistic.select(keys, middle), kind)
        if count % 2 == 1 { return .float(upper) }
        return .float((SortableWord.number(OrderStatistic.select(keys, middle - 1), kind) + upper) / 2)
    }

    private func deviation(_ kind: FieldKind) -> QueryValue {
        guard count > 1 else { return .null }
        var total = 0.0
        forEachWord { total += SortableWord.number(SortableWord.key($0, kind), kind) }
        let mean = total / Double(count)
        var squares = 0.0
        forEachWord { word in
            let distance = SortableWord.number(SortableWord.key(word, kind), kind) - mean
            squares += distance * distance
        }
        return .float((squares / Double(count - 1)).squareRoot())
    }

    private func forEachWord(_ body: (UInt64) -> Void) {
        for stretch in stretches {
            let words = stretch.words.span
            Self.forEach(stretch.rows, stretch.bits) { body(words[$0]) }
        }
    }

    private func keys(_ kind: FieldKind) -> [UInt64] {
        var keys: [UInt64] = []
        keys.reserveCapacity(count)
        forEachWord { keys.append(SortableWord.key($0, kind)) }
        return keys
    }
}
