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

    /// The file at `path` has what `detail` says.
    package init(path: String, detail: String) {
        self.path = path
        self.detail = detail
    }

    /// Path and detail.
    package var description: String { "\(path): \(detail)" }
}

/// An immutable segment on disk: opened and its index read on first use, removed when obsolete and nobody reads it.
package final class SegmentFile: Sendable {
    /// Where the file lies.
    package let path: String
    private let disk: any Disk

    private struct State {
        var file: DiskFile?
        var groups: [RowGroup] = []
        var isObsolete = false
    }
    private let state = Mutex(State())

    /// The segment at `path`; nothing is read yet.
    package init(disk: any Disk, path: String) {
        self.disk = disk
        self.path = path
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

    /// The rows of some series and fields, one run a row group that has any.
    ///
    /// - Parameters:
    ///   - wanted: ascending; nil means every series.
    ///   - times: rows outside may be in the result, rows inside are.
    ///   - fields: names and types; a row group without a field lacks its column.
    package func read(
        measurement: String, series wanted: [UInt32]?, times: ClosedRange<Int64>,
        fields: [(name: String, kind: FieldKind)]
    ) throws(SegmentError) -> [SortedRun] {
        let (file, groups) = try opened()
        var runs: [SortedRun] = []
        for group in groups where group.measurement == measurement {
            guard let span = group.times, span.overlaps(times) else { continue }
            let chosen = wanted.map { Self.intersection(group.series, $0) } ?? Array(group.series.indices)
            if chosen.isEmpty { continue }
            do {
                let run = try read(group, series: chosen, times: times, fields: fields, file: file)
                if run.rowCount > 0 { runs.append(run) }
            } catch let error as FileError {
                throw SegmentError(path: path, detail: error.description)
            } catch {
                throw SegmentError(path: path, detail: "\(error)")
            }
        }
        return runs
    }

    private func opened() throws(SegmentError) -> (file: DiskFile, groups: [RowGroup]) {
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
                return .failure(SegmentError(path: path, detail: "\(error)"))
            }
        }
        return try result.get()
    }

    private static func index(of file: DiskFile, on disk: any Disk) throws -> [RowGroup] {
        let size = try disk.size(file)
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

    /// The places in `all` of the numbers that are in `wanted` too; both ascend.
    private static func intersection(_ all: [UInt32], _ wanted: [UInt32]) -> [Int] {
        var result: [Int] = []
        if wanted.count * 16 < all.count {
            for number in wanted {
                var low = 0
                var high = all.count
                while low < high {
                    let middle = (low + high) / 2
                    if all[middle] < number { low = middle + 1 } else { high = middle }
                }
                if low < all.count, all[low] == number { result.append(low) }
            }
            return result
        }
        var next = 0
        for (place, number) in all.enumerated() {
            while next < wanted.count, wanted[next] < number { next += 1 }
            if next == wanted.count { break }
            if wanted[next] == number { result.append(place) }
        }
        return result
    }

    private func read(
        _ group: RowGroup, series chosen: [Int], times: ClosedRange<Int64>, fields: [(name: String, kind: FieldKind)],
        file: DiskFile
    ) throws -> SortedRun {
        let vectors = Self.neededVectors(group, series: chosen, times: times)
        // Where each needed vector's rows begin among the decoded ones.
        var decodedStart = [Int](repeating: -1, count: group.vectorTimes.count)
        var decodedCount = 0
        for vector in vectors {
            decodedStart[vector] = decodedCount
            decodedCount += group.vectorStarts[vector + 1] - group.vectorStarts[vector]
        }
        guard decodedCount > 0 else { return SortedRun() }
        var decodedTimes: [Int64] = []
        decodedTimes.reserveCapacity(decodedCount)
        try forEachVector(group.columns[0], vectors, file) { reader throws(CorruptBytes) in
            try VectorCodec.decode(from: &reader, into: &decodedTimes)
        }
        var columns: [FieldColumn] = []
        for field in fields {
            guard
                let source = group.columns.dropFirst().first(where: { $0.name == field.name && $0.kind == field.kind })
            else { continue }
            var column = FieldColumn(name: field.name, kind: field.kind)
            try forEachVector(source, vectors, file) { reader throws(CorruptBytes) in
                try VectorCodec.decode(from: &reader, into: &column)
            }
            guard column.count == decodedCount else {
                throw CorruptBytes("column \(field.name) has \(column.count) rows")
            }
            columns.append(column)
        }
        guard decodedTimes.count == decodedCount else { throw CorruptBytes("\(decodedTimes.count) times") }
        return Self.assemble(group, chosen, decodedStart, decodedTimes, columns)
    }

    /// Puts the chosen series' rows together out of the decoded vectors.
    private static func assemble(
        _ group: RowGroup, _ chosen: [Int], _ decodedStart: [Int], _ times: [Int64], _ columns: [FieldColumn]
    ) -> SortedRun {
        var rows: [Int32] = []
        var series: [UInt32] = []
        var starts = [0]
        var vector = 0
        for place in chosen {
            var row = group.starts[place]
            let end = group.starts[place + 1]
            while row < end {
                while group.vectorStarts[vector + 1] <= row { vector += 1 }
                let stop = min(end, group.vectorStarts[vector + 1])
                if decodedStart[vector] >= 0 {
                    let shift = decodedStart[vector] - group.vectorStarts[vector]
                    for source in row..<stop { rows.append(Int32(source + shift)) }
                }
                row = stop
            }
            if rows.count > starts[starts.count - 1] {
                series.append(group.series[place])
                starts.append(rows.count)
            }
        }
        if rows.count == times.count {
            return SortedRun(series: series, starts: starts, times: times, fields: columns)
        }
        return SortedRun(
            series: series, starts: starts, times: rows.map { times[Int($0)] },
            fields: columns.map { $0.gathered(rows) })
    }

    private static func neededVectors(_ group: RowGroup, series chosen: [Int], times: ClosedRange<Int64>) -> [Int] {
        var vectors: [Int] = []
        var vector = 0
        for place in chosen {
            let (first, end) = (group.starts[place], group.starts[place + 1])
            while group.vectorStarts[vector + 1] <= first { vector += 1 }
            var index = vector
            while index < group.vectorTimes.count, group.vectorStarts[index] < end {
                if vectors.last.map({ $0 < index }) ?? true, group.vectorTimes[index].overlaps(times) {
                    vectors.append(index)
                }
                index += 1
            }
        }
        return vectors
    }

    /// Reads neighbouring vectors with one call and hands each to `body`.
    private func forEachVector(
        _ column: RowGroup.Column, _ vectors: [Int], _ file: DiskFile,
        _ body: (inout ByteReader) throws(CorruptBytes) -> Void
    ) throws {
        var offsets: [Int] = [column.offset]
        for length in column.lengths { offsets.append(offsets[offsets.count - 1] + length) }
        var index = 0
        while index < vectors.count {
            var last = index
            while last + 1 < vectors.count, vectors[last + 1] == vectors[last] + 1 { last += 1 }
            let from = offsets[vectors[index]]
            let bytes = try disk.read(file, at: from, count: offsets[vectors[last] + 1] - from)
            var reader = ByteReader(bytes)
            for _ in index...last { try body(&reader) }
            index = last + 1
        }
    }
}
