import Bytes
import Codecs
package import FileIO
import Synchronization
package import Telemetry

/// Why a segment could not be read; the rest of the shard goes on serving.
package struct SegmentError: Error, Sendable, CustomStringConvertible {
    /// The file.
    package let path: String
    /// What is wrong with it.
    package let detail: String
    /// Whether it is the system that had no room, descriptors or time for the file: another try may read it.
    package let isPassing: Bool

    /// The file at `path` has what `detail` says.
    package init(path: String, detail: String) {
        self.path = path
        self.detail = detail
        isPassing = false
    }

    /// What kept the file at `path` from being read.
    init(path: String, _ error: any Error) {
        self.path = path
        detail = "\(error)"
        // EINTR, EAGAIN, ENOMEM, ENFILE, EMFILE.
        isPassing = (error as? FileError).map { [4, 11, 12, 23, 24].contains($0.errno) } ?? false
    }

    /// Path and detail.
    package var description: String { "\(path): \(detail)" }
}

/// An immutable segment on disk: opened and its index read on first use, removed when obsolete and nobody reads it.
package final class SegmentFile: Sendable {
    /// Where the file lies.
    package let path: String
    private let disk: any Disk
    private let cache: DecodedCache?
    /// Which of the process's segments this is.
    private let number = SegmentFile.numbers.add(1, ordering: .relaxed).newValue
    private static let numbers = Atomic<UInt64>(0)

    /// The open file, and where what is decoded from it is kept.
    struct Opened {
        var file: DiskFile
        var cache: DecodedCache?
    }

    private struct State {
        var file: DiskFile?
        var groups: [RowGroup] = []
        var isObsolete = false
    }
    private let state = Mutex(State())

    /// The segment at `path`; nothing is read yet. Vectors that were decoded are kept in `cache`.
    package init(disk: any Disk, path: String, cache: DecodedCache? = nil) {
        self.disk = disk
        self.path = path
        self.cache = cache
    }

    deinit {
        state.withLock { state in
            // Nobody is left to hear of an error; a file that stays is removed at the next start.
            if let file = state.file { try? disk.close(file) }
            if state.isObsolete { try? disk.remove(path) }
        }
    }

    /// The file goes away with its last reader.
    package func markObsolete() {
        state.withLock { $0.isObsolete = true }
    }

    /// The index: the row groups in the order of the file.
    package func rowGroups() throws(SegmentError) -> [RowGroup] {
        try opened().groups
    }

    /// The rows of some series and fields, one block a row group that has any.
    ///
    /// - Parameters:
    ///   - wanted: ascending.
    ///   - times: rows outside may be in the result, rows inside are.
    ///   - fields: names and types; a row group without a field lacks its column.
    ///   - edge: the rows of each series that will do; others may be in the result. Nil means all.
    ///   - summary: which vectors need not be decoded, their statistics will do. Nil means none.
    ///   - deletions: rows that count no more.
    ///   - keepsDecoded: whether what is decoded is worth keeping.
    package func read(
        measurement: String, series wanted: ArraySlice<UInt32>, times: ClosedRange<Int64>,
        fields: [(name: String, kind: FieldKind)], edge: ScanEdge? = nil, summary: SummaryRequest? = nil,
        without deletions: [RowDeletion] = [], keepsDecoded: Bool = true
    ) throws(SegmentError) -> [RowBlock] {
        let (opened, groups) = try opened()
        let file = Opened(file: opened, cache: keepsDecoded ? cache : nil)
        var blocks: [RowBlock] = []
        guard let first = wanted.first, let last = wanted.last else { return blocks }
        for place in groups.indices where groups[place].mayHold(measurement, first...last, times) {
            let group = groups[place]
            let chosen = Self.intersection(group.series, wanted)
            if chosen.isEmpty { continue }
            let (whole, touched) = deletions.isEmpty ? (chosen, []) : group.sort(chosen, by: deletions)
            do {
                let columns = fields.map { field in
                    group.columns.dropFirst().first { $0.name == field.name && $0.kind == field.kind }
                }
                if !whole.isEmpty { try read(group, whole, times, columns, edge, summary, file, into: &blocks) }
                if !touched.isEmpty {
                    let needed = Self.neededVectors(group, series: touched, times: times, edge: nil)
                    let block = try read(group, touched, needed, columns, file).removing(deletions)
                    if !block.series.isEmpty { blocks.append(block) }
                }
            } catch {
                throw SegmentError(path: path, error)
            }
        }
        return blocks
    }

    /// Reads series of which nothing is deleted, as little of them as will do.
    private func read(
        _ group: RowGroup, _ chosen: [Int], _ times: ClosedRange<Int64>, _ columns: [RowGroup.Column?],
        _ edge: ScanEdge?, _ summary: SummaryRequest?, _ file: Opened, into blocks: inout [RowBlock]
    ) throws {
        var needed = Self.neededVectors(group, series: chosen, times: times, edge: edge)
        if let edgeRows = EdgeRows(edge) {
            let known = edgeRows.vectors(of: needed, group, columns, times)
            if let block = try read(edgeRows, group, needed.filter(known.contains), columns, file) {
                blocks.append(block)
            }
            needed.removeAll(where: known.contains)
        }
        let excluded = summary?.excluded(of: needed, group, columns) ?? []
        if !excluded.isEmpty { needed.removeAll(where: excluded.contains) }
        let isSummed = summary.map { $0.vectors(of: needed, group, columns, times) } ?? []
        let decoded = isSummed.isEmpty ? needed : needed.filter { !isSummed.contains($0) }
        var block = try read(group, chosen, decoded, columns, file)
        if let summary, !isSummed.isEmpty {
            let summed = isSummed.sorted()
            let rowTimes = summary.wantsRowTimes ? try self.times(group, summed, file) : nil
            block = block.adding(VectorSummary.all(summed, group, columns, rowTimes))
        } else if !excluded.isEmpty {
            block = block.adding(VectorSummary.all(excluded.sorted(), group, columns, nil, isExcluded: true))
        }
        if !block.series.isEmpty { blocks.append(block) }
    }

    func opened() throws(SegmentError) -> (file: DiskFile, groups: [RowGroup]) {
        let result: Result<(DiskFile, [RowGroup]), SegmentError> = state.withLock { state in
            if let file = state.file { return .success((file, state.groups)) }
            do {
                let file = try disk.open(path, .read)
                do {
                    state.groups = try Self.index(of: file, on: disk)
                } catch {
                    try? disk.close(file)  // The first error is the one to report.
                    throw error
                }
                state.file = file
                return .success((file, state.groups))
            } catch {
                return .failure(SegmentError(path: path, error))
            }
        }
        return try result.get()
    }

    private static func index(of file: DiskFile, on disk: any Disk) throws -> [RowGroup] {
        let size = try disk.size(file)
        guard try disk.read(file, at: 0, count: SegmentFooter.head.count) == SegmentFooter.head else {
            throw CorruptBytes("a segment that does not begin with V2GSEG")
        }
        let tail = try disk.read(file, at: max(0, size - SegmentFooter.byteCount), count: SegmentFooter.byteCount)
        let footer = try SegmentFooter(tail, fileByteCount: size)
        let bytes = try disk.read(file, at: Int(footer.indexOffset), count: Int(footer.indexLength))
        guard CRC32C.checksum(bytes) == footer.indexCRC else {
            throw CorruptBytes("the checksum of the segment's index")
        }
        var reader = ByteReader(bytes)
        var groups: [RowGroup] = []
        for _ in 0..<footer.groupCount { groups.append(try RowGroup(from: &reader, dataEnd: Int(footer.indexOffset))) }
        return groups
    }

    /// The edges of some vectors; nil where there is none.
    private func read(
        _ edgeRows: EdgeRows, _ group: RowGroup, _ vectors: [Int], _ columns: [RowGroup.Column?], _ file: Opened
    ) throws -> RowBlock? {
        if vectors.isEmpty { return nil }
        let texts = try columns.map { column in
            try column.flatMap { $0.kind == .string ? try decoded($0, group, vectors, file) : nil }
        }
        return edgeRows.block(vectors, group, columns, texts: texts)
    }

    /// A column's rows of some vectors, each after the other.
    func decoded(
        _ source: RowGroup.Column, _ group: RowGroup, _ vectors: [Int], _ file: Opened
    ) throws -> FieldColumn {
        let rowCount = vectors.reduce(0) { $0 + group.vectorStarts[$1 + 1] - group.vectorStarts[$1] }
        var column = FieldColumn(name: source.name, kind: source.kind)
        column.reserveCapacity(rowCount)
        var decoder: ColumnDecoder?
        try forEachStretch(of: vectors, source, file) { stretch, known in
            switch known {
            case .words(let words): return column.append(words: words[...])
            case .column(let part): return column.append(rows: 0..<part.count, of: part)
            case nil: break
            }
            var reader = decoder.take() ?? ColumnDecoder(source.tables)
            var made: [(place: Int, vector: DecodedCache.Vector)] = []
            try forEachVector(source, stretch, file) { index, vector throws(CorruptBytes) in
                let first = column.count
                try reader.decode(
                    vector, rowCount: group.vectorStarts[index + 1] - group.vectorStarts[index],
                    source.statistics[index], into: &column)
                if file.cache != nil, vector.remaining > 0 { made.append((index, column.vector(first..<column.count))) }
            }
            file.cache?.add(made, of: source.lengths.count, key(source))
            decoder = reader
        }
        guard column.count == rowCount else { throw CorruptBytes("column \(source.name) has \(column.count) rows") }
        return column
    }

    /// The times of some vectors, each after the other.
    func times(_ group: RowGroup, _ vectors: [Int], _ file: Opened) throws -> [Int64] {
        var times: [Int64] = []
        times.reserveCapacity(vectors.reduce(0) { $0 + group.vectorStarts[$1 + 1] - group.vectorStarts[$1] })
        let source = group.columns[0]
        var decoder: ColumnDecoder?
        try forEachStretch(of: vectors, source, file) { stretch, known in
            if case .words(let words)? = known { return times.append(bitPatterns: words[...]) }
            var reader = decoder.take() ?? ColumnDecoder(source.tables)
            var made: [(place: Int, vector: DecodedCache.Vector)] = []
            try forEachVector(source, stretch, file) { index, vector throws(CorruptBytes) in
                let first = times.count
                try reader.decode(
                    vector, rowCount: group.vectorStarts[index + 1] - group.vectorStarts[index],
                    in: group.vectorTimes[index], into: &times)
                if file.cache != nil, vector.remaining > 0 {
                    made.append((index, .words(times[first...].map { UInt64(bitPattern: $0) })))
                }
            }
            file.cache?.add(made, of: source.lengths.count, key(source))
            decoder = reader
        }
        return times
    }

    private func key(_ column: RowGroup.Column) -> DecodedCache.Key {
        DecodedCache.Key(file: number, offset: column.offset)
    }

    /// Hands the vectors to `body` in order: one that was decoded before with what it holds, the others as stretches.
    private func forEachStretch(
        of vectors: [Int], _ column: RowGroup.Column, _ file: Opened,
        _ body: (_ stretch: [Int], DecodedCache.Vector?) throws -> Void
    ) throws {
        // A column of constants has no bytes, and is made as fast as it is copied.
        guard let cache = file.cache, column.lengths.contains(where: { $0 > 0 }) else { return try body(vectors, nil) }
        let known = cache.vectors(vectors, of: column.lengths.count, key(column))
        var from = 0
        for (index, vector) in known.enumerated() {
            guard let vector else { continue }
            if from < index { try body(Array(vectors[from..<index]), nil) }
            try body([vectors[index]], vector)
            from = index + 1
        }
        if from < vectors.count { try body(from == 0 ? vectors : Array(vectors[from...]), nil) }
    }

    private func read(
        _ group: RowGroup, _ chosen: [Int], _ vectors: [Int], _ sources: [RowGroup.Column?], _ file: Opened
    ) throws -> RowBlock {
        // Where each needed vector's rows begin among the decoded ones.
        var decodedStart = [Int](repeating: -1, count: group.vectorTimes.count)
        var decodedCount = 0
        for vector in vectors {
            decodedStart[vector] = decodedCount
            decodedCount += group.vectorStarts[vector + 1] - group.vectorStarts[vector]
        }
        guard decodedCount > 0 else { return RowBlock(series: [], ranges: [], times: [], columns: []) }
        let decodedTimes = try times(group, vectors, file)
        let columns = try sources.map { try $0.map { try decoded($0, group, vectors, file) } }
        guard decodedTimes.count == decodedCount else { throw CorruptBytes("\(decodedTimes.count) times") }
        let (series, ranges) = Self.ranges(group, chosen, decodedStart)
        return RowBlock(series: series, ranges: ranges, times: decodedTimes, columns: columns)
    }

    /// Where the rows of the chosen series lie among the decoded vectors' rows.
    private static func ranges(
        _ group: RowGroup, _ chosen: [Int], _ decodedStart: [Int]
    ) -> (series: [UInt32], ranges: [Range<Int>]) {
        var series: [UInt32] = []
        var ranges: [Range<Int>] = []
        var vector = 0
        for place in chosen {
            var row = group.starts[place]
            let end = group.starts[place + 1]
            var range: Range<Int>?
            while row < end {
                while group.vectorStarts[vector + 1] <= row { vector += 1 }
                let stop = min(end, group.vectorStarts[vector + 1])
                if decodedStart[vector] >= 0 {
                    let from = row + decodedStart[vector] - group.vectorStarts[vector]
                    // A series' needed vectors are neighbours: its times ascend, and so do theirs.
                    range = (range?.lowerBound ?? from)..<(from + stop - row)
                }
                row = stop
            }
            if let range {
                series.append(group.series[place])
                ranges.append(range)
            }
        }
        return (series, ranges)
    }

    /// The vectors that hold rows of the chosen series in `times`, or the ones at an edge of them that hold enough.
    static func neededVectors(
        _ group: RowGroup, series chosen: [Int], times: ClosedRange<Int64>, edge: ScanEdge?
    ) -> [Int] {
        var vectors: [Int] = []
        var vector = 0
        for place in chosen {
            let rows = group.starts[place]..<group.starts[place + 1]
            while group.vectorStarts[vector + 1] <= rows.lowerBound { vector += 1 }
            var found: [Int] = []
            var index = vector
            while index < group.vectorTimes.count, group.vectorStarts[index] < rows.upperBound {
                if group.vectorTimes[index].overlaps(times) { found.append(index) }
                index += 1
            }
            if let edge, found.count > 1 { edge.trim(&found, group, rows, times) }
            if let first = found.first, vectors.last == first { found.removeFirst() }
            vectors += found
        }
        return vectors
    }

    /// Reads neighbouring vectors with one call and hands each, with its place, to `body`.
    private func forEachVector(
        _ column: RowGroup.Column, _ vectors: [Int], _ file: Opened,
        _ body: (_ index: Int, _ vector: ByteReader) throws(CorruptBytes) -> Void
    ) throws {
        var offsets: [Int] = [column.offset]
        for length in column.lengths { offsets.append(offsets[offsets.count - 1] + length) }
        var index = 0
        while index < vectors.count {
            var last = index
            while last + 1 < vectors.count, vectors[last + 1] == vectors[last] + 1 { last += 1 }
            let from = offsets[vectors[index]]
            let bytes = try disk.read(file.file, at: from, count: offsets[vectors[last] + 1] - from)
            guard bytes.count == offsets[vectors[last] + 1] - from else {
                throw CorruptBytes("\(bytes.count) bytes at \(from)")
            }
            for place in vectors[index...last] {
                do throws(CorruptBytes) {
                    try body(place, ByteReader(bytes, in: (offsets[place] - from)..<(offsets[place + 1] - from)))
                } catch {
                    let name = column.name.isEmpty ? "the time" : "column \(column.name)"
                    throw CorruptBytes("block \(place) of \(name) at byte \(offsets[place]): \(error.detail)")
                }
            }
            index = last + 1
        }
    }
}

extension FieldColumn {
    /// Some rows as they are kept to be read again.
    fileprivate func vector(_ rows: Range<Int>) -> DecodedCache.Vector {
        if kind != .string, absent.isEmpty { return .words(Array(words[rows])) }
        var part = FieldColumn(name: name, kind: kind)
        part.append(rows: rows, of: self)
        return .column(part)
    }
}
