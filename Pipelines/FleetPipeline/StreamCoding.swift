import Bytes

/// Declared streams in a checkpoint; `FleetCheckpoint` has the layout. A stream that is declared otherwise now than then
/// begins anew.
extension FleetPipeline {
    func appendStreams(to bytes: inout [UInt8]) {
        bytes.appendVarint(UInt64(streams.count))
        for stream in streams {
            bytes.appendCounted(Array("\(stream.declaration)".utf8))
            var state: [UInt8] = []
            stream.encode(to: &state)
            bytes.appendCounted(state)
        }
    }

    mutating func restoreStreams(_ reader: inout ByteReader) throws(CorruptBytes) {
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let text = try reader.text()
            let state = Array(try reader.counted())
            guard let index = streams.firstIndex(where: { "\($0.declaration)" == text }) else { continue }
            var reader = ByteReader(state, in: 0..<state.count)
            try streams[index].restore(&reader)
        }
    }
}

extension StreamOperator {
    func encode(to bytes: inout [UInt8]) {
        for word in watermark.words { bytes.appendZigZag(word) }
        bytes.appendVarint(late)
        bytes.appendVarint(future)
        bytes.appendVarint(UInt64(groups.count))
        for group in groups {
            for value in group.tagValues { bytes.appendCounted(Array(value.utf8)) }
            bytes.appendVarint(UInt64(group.panes.count))
            for (start, pane) in group.panes.sorted(by: { $0.key < $1.key }) {
                bytes.appendZigZag(start)
                bytes.append(pane)
            }
            bytes.appendVarint(UInt64(group.windows.count))
            for (start, window) in group.windows.sorted(by: { $0.key < $1.key }) {
                for word in [start, window.end, Int64(window.revision), window.isDirty ? 1 : 0] {
                    bytes.appendZigZag(word)
                }
            }
            bytes.append(group.session == nil ? 0 : 1)
            if let session = group.session { bytes.append(session) }
        }
        bytes.appendVarint(UInt64(series.count))
        for (number, state) in series.enumerated() {
            bytes.appendCounted(Array(seriesTable.key(number)))
            bytes.appendVarint(UInt64(state.group))
            bytes.append(state.carry == nil ? 0 : 1)
            if let carry = state.carry { bytes.append(point: carry) }
            bytes.appendZigZag(state.heldUntil)
            bytes.appendZigZag(state.lateTime)
            bytes.appendVarint(UInt64(state.waiting.count))
            for point in state.waiting { bytes.append(point: point) }
        }
        bytes.appendVarint(repairsDropped)
        bytes.appendVarint(UInt64(repairs.count))
        for start in repairs.keys.sorted() { bytes.appendZigZag(start) }
    }

    mutating func restore(_ reader: inout ByteReader) throws(CorruptBytes) {
        var words: [Int64] = []
        for _ in 0..<Watermark.wordCount { words.append(try reader.zigZag()) }
        watermark = Watermark(words: words)
        late = try reader.varint()
        future = try reader.varint()
        for number in 0..<(try reader.count(limit: reader.remaining)) {
            var values: [String] = []
            for _ in declaration.groupBy { values.append(try reader.text()) }
            var group = Group(tagValues: values)
            for _ in 0..<(try reader.count(limit: reader.remaining)) {
                let start = try reader.zigZag()
                group.panes[start] = try reader.accumulator()
            }
            for _ in 0..<(try reader.count(limit: reader.remaining)) {
                let start = try reader.zigZag()
                let end = try reader.zigZag()
                guard (-Watermark.limit...Watermark.limit).contains(end) else { throw CorruptBytes("a window's end") }
                let revision = try reader.revision()
                group.windows[start] = OpenWindow(end: end, revision: revision, isDirty: try reader.zigZag() != 0)
                isAnyDirty = true
            }
            if try reader.byte() != 0 { group.session = try reader.accumulator() }
            groups.append(group)
            groupNumbers[values] = number
        }
        for number in 0..<(try reader.count(limit: reader.remaining)) {
            guard seriesTable.insert(Array(try reader.counted()).span) == (number, true) else {
                throw CorruptBytes("series \(number) of a stream is there twice")
            }
            var state = Series(group: Int(try reader.number(of: groups.count)))
            if try reader.byte() != 0 { state.carry = try reader.point() }
            state.heldUntil = try reader.zigZag()
            state.lateTime = try reader.zigZag()
            for _ in 0..<(try reader.count(limit: reader.remaining)) { state.waiting.append(try reader.point()) }
            groups[state.group].series.append(Int32(number))
            series.append(state)
        }
        repairsDropped = try reader.varint()
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let start = try reader.zigZag()
            guard (-Watermark.limit...Watermark.limit).contains(start) else { throw CorruptBytes("a pane to repair") }
            repairNumber += 1
            repairs[start] = repairNumber
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(point: HeldPoint) {
        appendZigZag(point.time)
        append(double: point.value)
    }

    fileprivate mutating func append(_ pane: StreamAccumulator) {
        appendZigZag(pane.count)
        for value in [pane.sum, pane.lowest, pane.highest, pane.integral, pane.coveredSeconds] { append(double: value) }
        append(point: pane.first)
        append(point: pane.last)
        appendZigZag(pane.sketch.zeros)
        for bins in [pane.sketch.positive, pane.sketch.negative] {
            appendVarint(UInt64(bins.count))
            for (bin, count) in bins.sorted(by: { $0.key < $1.key }) {
                appendZigZag(Int64(bin))
                appendZigZag(count)
            }
        }
        appendVarint(UInt64(pane.series.count))
        for number in pane.series.sorted() { appendVarint(UInt64(number)) }
    }
}

extension ByteReader {
    fileprivate mutating func point() throws(CorruptBytes) -> HeldPoint {
        HeldPoint(time: try zigZag(), value: try double())
    }

    fileprivate mutating func bins() throws(CorruptBytes) -> [Int32: Int64] {
        var bins: [Int32: Int64] = [:]
        for _ in 0..<(try count(limit: remaining)) {
            guard let bin = Int32(exactly: try zigZag()) else { throw CorruptBytes("a bin at \(offset)") }
            bins[bin] = try zigZag()
        }
        return bins
    }

    fileprivate mutating func accumulator() throws(CorruptBytes) -> StreamAccumulator {
        var pane = StreamAccumulator()
        pane.count = try zigZag()
        pane.sum = try double()
        pane.lowest = try double()
        pane.highest = try double()
        pane.integral = try double()
        pane.coveredSeconds = try double()
        pane.first = try point()
        pane.last = try point()
        pane.sketch.zeros = try zigZag()
        pane.sketch.positive = try bins()
        pane.sketch.negative = try bins()
        for _ in 0..<(try count(limit: remaining)) { pane.series.insert(try number(of: Int(Int32.max))) }
        return pane
    }
}
