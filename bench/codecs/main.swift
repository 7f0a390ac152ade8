// How small a segment is, column by column, and how fast its columns are written and read.
//
//     bench-codecs FILE.lp
//
// The rows of a file of line protocol are sorted and written as one segment, as a compaction writes them, then each
// column is read back, compared with what was written, and timed. Values are fields' values: the bytes of times and
// index are spread over them.
import Bytes
import FileIO
import LineProtocol
import Segments
import Telemetry

/// Runs `body` some times and gives the shortest time in seconds.
func shortest(_ rounds: Int = 5, _ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    var best = Duration.seconds(1000)
    for _ in 0..<rounds { best = min(best, try clock.measure(body)) }
    return Double(best.components.attoseconds) * 1e-18 + Double(best.components.seconds)
}

/// `value` with some digits after the point.
func fixed(_ value: Double, _ digits: Int = 3) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let whole = Int((value * Double(scale)).rounded())
    if digits == 0 { return "\(whole)" }
    let rest = String(whole % scale)
    return "\(whole / scale)." + String(repeating: "0", count: digits - rest.count) + rest
}

/// `text` after as many blanks as fill `width`.
func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}

/// The rows of the file's first measurement, series numbered in the order of their keys.
func run(of path: String, on disk: PosixDisk) throws -> (SortedRun, String) {
    let body = try disk.contents(of: path)
    var batch = FrameBatch(database: "bench", arrival: 0)
    var parser = LineProtocolParser(precision: .nanoseconds, arrival: 0)
    _ = parser.parse(body, into: &batch)
    let table = batch.tables[0]
    var keys = ByteKeyTable(capacity: 4096)
    let numbers = (0..<table.rowCount).map { UInt32(keys.insert(Array(table.key($0)).span).number) }
    let order = (0..<keys.count).sorted { Array(keys.key($0)).lexicographicallyPrecedes(Array(keys.key($1))) }
    var places = [UInt32](repeating: 0, count: keys.count)
    for (place, number) in order.enumerated() { places[number] = UInt32(place) }
    let series = numbers.map { places[Int($0)] }
    return (SortedRun(sorting: series, times: table.timestamps, fields: table.fields), table.measurement)
}

/// Writes, weighs, reads, compares and times.
func measure(_ path: String) throws {
    let disk = PosixDisk()
    let (run, measurement) = try run(of: path, on: disk)
    let values = run.fields.reduce(0) { total, field in total + (0..<field.count).count { field.isPresent($0) } }
    let target = path + ".segment"
    let writing = try shortest(3) {
        var writer = try SegmentWriter(disk: disk, path: target)
        try writer.append(run, measurement: measurement)
        _ = try writer.finish()
    }
    let size = try disk.contents(of: target).count
    let file = SegmentFile(disk: disk, path: target)
    file.markObsolete()
    let groups = try file.rowGroups()
    print("\(path): \(run.rowCount) rows, \(values) values, \(groups.count) row groups, \(size) bytes")
    print("column                bytes a value   B/vector   M values/s read")
    func line(_ name: String, _ bytes: Int, _ seconds: Double?) {
        let vectors = groups.reduce(0) { $0 + $1.vectorTimes.count }
        let speed = seconds.map { fixed(Double(run.rowCount) / $0 / 1e6, 0) } ?? ""
        print(
            name.padded(20), right(fixed(Double(bytes) / Double(values), 4), 14),
            right(fixed(Double(bytes) / Double(vectors), 1), 10), right(speed, 17))
    }
    func bytes(_ name: String, _ kind: FieldKind?) -> Int {
        groups.reduce(0) { total, group in
            total
                + group.columns.filter { $0.name == name && (kind == nil || $0.kind == kind) }
                .reduce(0) { $0 + $1.lengths.reduce(0, +) }
        }
    }
    func read(_ fields: [(name: String, kind: FieldKind)]) throws -> [RowBlock] {
        try file.read(measurement: measurement, series: run.series[...], times: .min ... .max, fields: fields)
    }
    let timesOnly = try shortest { _ = try read([]) }
    var data = bytes("", nil)
    line("(time)", data, timesOnly)
    for field in run.fields {
        let seconds = try shortest { _ = try read([(field.name, field.kind)]) }
        let size = bytes(field.name, field.kind)
        data += size
        line(field.name, size, max(1e-9, seconds - timesOnly))
        let words = try read([(field.name, field.kind)]).flatMap { $0.columns[0]?.words ?? [] }
        guard field.kind == .string || words == field.words else { fatalError("\(field.name) did not come back") }
    }
    line("(index)", size - data, nil)
    line("all", size, nil)
    print("written: \(fixed(Double(values) / writing / 1e6, 1)) M values/s, all columns and the file\n")
}

extension String {
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

for path in CommandLine.arguments.dropFirst() { try measure(path) }
