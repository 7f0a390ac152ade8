// How small a segment is, column by column, and how fast its columns are written and read.
//
//     bench-codecs FILE.lp...
//     bench-codecs --encode|--decode FIELD ROUNDS FILE.lp    that part alone, for a profiler
//
// The rows of a file of line protocol are sorted and written as one segment, as a compaction writes them, then each
// column is read back, compared with what was written, and timed. Values are fields' values: the bytes of times and
// index are spread over them.
import Bytes
import Codecs
import FileIO
import Glibc
import LineProtocol
import Segments
import Telemetry

/// Runs `body` some times and gives the least time on the processor in seconds: the machine may be shared.
func shortest(_ rounds: Int = 5, _ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    var best = Double.infinity
    for _ in 0..<rounds {
        let start = now()
        try body()
        best = min(best, now() - start)
    }
    return best
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

/// The least time of encoding and of decoding one column in memory, or the times, cut as the segment's vectors are.
func kernels(
    _ groups: [RowGroup], _ field: FieldColumn?, _ run: SortedRun, encoding: Int = 2, decoding: Int = 5
) throws -> [Double] {
    var first = 0
    var writing = 0.0
    var reading = 0.0
    for group in groups {
        let bounds = group.vectorStarts.map { $0 + first }
        var block: [UInt8] = []
        var encoded = EncodedColumn()
        writing += shortest(encoding) {
            block = []
            encoded =
                field.map { ColumnCodec.encode($0, bounds: bounds, into: &block) }
                ?? ColumnCodec.encode(times: run.times, bounds: bounds, into: &block)
        }
        reading += try shortest(decoding) {
            var decoder = ColumnDecoder(encoded.tables)
            var column = FieldColumn(name: "", kind: field?.kind ?? .integer)
            column.reserveCapacity(group.rowCount)
            var times: [Int64] = []
            times.reserveCapacity(group.rowCount)
            var offset = 0
            for (index, length) in encoded.lengths.enumerated() {
                let vector = ByteReader(block, in: offset..<(offset + length))
                let rowCount = bounds[index + 1] - bounds[index]
                if field == nil {
                    try decoder.decode(vector, rowCount: rowCount, in: group.vectorTimes[index], into: &times)
                } else {
                    try decoder.decode(vector, rowCount: rowCount, encoded.statistics[index], into: &column)
                }
                offset += length
            }
        }
        first += group.rowCount
    }
    return [writing, reading]
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
    print("column                bytes a value  B/vector   M values/s: encoded  decoded  read")
    let vectorCount = groups.reduce(0) { $0 + $1.vectorTimes.count }
    func line(_ name: String, _ bytes: Int, _ seconds: [Double] = []) {
        let speeds = seconds.map { right(fixed(Double(run.rowCount) / max(1e-9, $0) / 1e6, 0), 9) }
        print(
            name.padded(20), right(fixed(Double(bytes) / Double(values), 4), 14),
            right(fixed(Double(bytes) / Double(vectorCount), 1), 9), "            ", speeds.joined())
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
    line("(time)", data, try kernels(groups, nil, run) + [timesOnly])
    for field in run.fields {
        let seconds = try shortest { _ = try read([(field.name, field.kind)]) } - timesOnly
        let size = bytes(field.name, field.kind)
        data += size
        line(field.name, size, try kernels(groups, field, run) + [seconds])
        // The words of texts are places within a block: what is compared of them is the text.
        let columns = try read([(field.name, field.kind)]).compactMap { $0.columns[0] }
        let isSame =
            field.kind == .string
            ? columns.flatMap(\.text) == field.text : columns.flatMap(\.words) == field.words
        guard isSame else { fatalError("\(field.name) did not come back") }
    }
    line("(index)", size - data)
    var tables: [UInt8] = []
    var statistics: [UInt8] = []
    for group in groups {
        for column in group.columns {
            column.tables.encode(into: &tables)
            var before: Int64 = 0
            for (index, vector) in column.statistics.enumerated() {
                vector.encode(
                    kind: column.kind, rowCount: group.vectorStarts[index + 1] - group.vectorStarts[index],
                    before: &before, into: &statistics)
            }
        }
    }
    line("  tables", tables.count)
    line("  statistics", statistics.count)
    line("all", size)
    let one = try shortest {
        for place in stride(from: 0, to: run.series.count, by: max(1, run.series.count / 50)) {
            _ = try file.read(
                measurement: measurement, series: run.series[place...place], times: .min ... .max,
                fields: run.fields.map { ($0.name, $0.kind) })
        }
    }
    print("one series, all columns: \(fixed(one / 50 * 1e6, 1)) us")
    print("written: \(fixed(Double(values) / writing / 1e6, 1)) M values/s, all columns and the file\n")
}

extension String {
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

/// How fast numbers of some widths are unpacked, 1,024 at a time.
func packing() throws {
    var line = "unpacked, M values/s by width:"
    for width in [1, 4, 7, 8, 12, 17, 24, 32, 48] {
        let values = (0..<1024).map { (UInt64($0) &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - width) }
        var block: [UInt8] = []
        BitPacking.pack(values.span, width: width, into: &block)
        var decoded = [UInt64](repeating: 0, count: 1024)
        let seconds = try shortest {
            for _ in 0..<2000 {
                var reader = ByteReader(block)
                try BitPacking.unpack(1024, width: width, from: &reader, into: &decoded)
            }
        }
        guard decoded == values else { fatalError("width \(width) did not come back") }
        line += " \(width): \(fixed(2000 * 1024 / seconds / 1e6, 0))"
    }
    print(line)
}

let arguments = CommandLine.arguments
if arguments.count == 5, arguments[1].hasPrefix("--"), let rounds = Int(arguments[3]) {
    let disk = PosixDisk()
    let (run, measurement) = try run(of: arguments[4], on: disk)
    let target = arguments[4] + ".segment"
    var writer = try SegmentWriter(disk: disk, path: target)
    try writer.append(run, measurement: measurement)
    _ = try writer.finish()
    let file = SegmentFile(disk: disk, path: target)
    file.markObsolete()
    let isEncoding = arguments[1] == "--encode"
    let seconds = try kernels(
        file.rowGroups(), run.fields.first { $0.name == arguments[2] }, run, encoding: isEncoding ? rounds : 1,
        decoding: isEncoding ? 1 : rounds)
    print(seconds.map { fixed(Double(run.rowCount) / $0 / 1e6, 0) }.joined(separator: " "), "M values/s")
} else {
    try packing()
    for path in arguments.dropFirst() { try measure(path) }
}
