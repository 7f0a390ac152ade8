import Bytes
package import Telemetry

/// A column of a row group as `ColumnCodec` laid it down.
package struct EncodedColumn: Sendable {
    /// The byte length of each vector.
    package var lengths: [Int] = []
    /// What is in each vector; empty for times.
    package var statistics: [VectorStatistics] = []
    /// What a decoder of any of the vectors needs.
    package var tables = EntropyTables()

    /// A column without vectors.
    package init() {}
}

/// The columns of a row group to vectors, each of which can be read alone: the smallest form wins, bit for bit.
///
/// Vectors are looked at first and written then, since the entropy coder's tables are made of all of them. A vector of
/// which the segment's index says it all has no bytes: values that are all the same and present, rows that are all
/// absent, times that go in steps of one length.
package enum ColumnCodec {
    /// Fewer values than this get no tables: they would cost more than they save.
    private static let fewestForTables = 512

    /// A vector that was looked at.
    private struct Draft {
        var encoding: VectorEncoding
        /// Whether the index says it all: a vector of no bytes.
        var isImplied = false
        /// What comes before the integers, or all of the body.
        var prefix: [UInt8] = []
        var plan: IntegerPlan?
        var numbers: [UInt64] = []
        var symbols: [UInt8] = []
        var classes: [UInt8] = []
    }

    /// Appends rows `bounds[0]..<bounds[1]`, `bounds[1]..<bounds[2]` and so on of `column` as vectors, each of 1...1024
    /// rows.
    package static func encode(_ column: FieldColumn, bounds: [Int], into block: inout [UInt8]) -> EncodedColumn {
        var result = EncodedColumn()
        var drafts: [Draft] = []
        for index in 1..<bounds.count {
            let (draft, statistics) = draft(column, bounds[index - 1]..<bounds[index])
            drafts.append(draft)
            result.statistics.append(statistics)
        }
        write(&drafts, &result, into: &block)
        return result
    }

    /// Appends times likewise; each less the smallest of its vector, which the index must keep.
    package static func encode(times: [Int64], bounds: [Int], into block: inout [UInt8]) -> EncodedColumn {
        var result = EncodedColumn()
        var drafts = (1..<bounds.count).map { index in
            let rows = bounds[index - 1]..<bounds[index]
            if isRegular(times.span.extracting(rows)) { return Draft(encoding: .integer, isImplied: true) }
            let low = times[rows].min() ?? 0
            return Draft(
                encoding: .integer, plan: IntegerPlan(times[rows].map { UInt64(bitPattern: $0 &- low) }))
        }
        write(&drafts, &result, into: &block)
        return result
    }

    /// Whether times go in steps of one length, so that the first and the last of them say it all.
    private static func isRegular(_ times: Span<Int64>) -> Bool {
        guard times.count > 1 else { return true }
        let step = times[1] &- times[0]
        // Beyond that the first and the last would not tell the step.
        guard step >= 0, step < Int64.max / Int64(VectorHeader.maximumRowCount) else { return false }
        var before = times[0]
        for index in 1..<times.count {
            if times[index] &- before != step { return false }
            before = times[index]
        }
        return true
    }

    private static func draft(_ column: FieldColumn, _ rows: Range<Int>) -> (Draft, VectorStatistics) {
        precondition(!rows.isEmpty && rows.count <= VectorHeader.maximumRowCount, "a vector of \(rows.count) rows")
        let present = PresentValues(column, rows)
        var draft = Draft(encoding: .integer)
        if present.words.isEmpty {
            draft.isImplied = true
            return (draft, VectorStatistics())
        }
        if column.kind != .string, present.absent.isEmpty, present.words.allSatisfy({ $0 == present.words[0] }) {
            let scaled = column.kind == .float ? FloatCodec.scale(present.words) : nil
            let statistics = VectorStatistics(present.words, kind: column.kind, scaled: scaled)
            draft.isImplied = statistics.isConstant
            if draft.isImplied { return (draft, statistics) }
        }
        draft.prefix.appendWords(present.absent)
        var scaled: FloatCodec.Scaled?
        switch column.kind {
        case .integer, .unsigned, .boolean: draft.plan = IntegerPlan(present.words)
        case .float:
            scaled = FloatCodec.scale(present.words)
            if let scaled {
                draft.encoding = .decimal
                FloatCodec.encodeDecimal(present.words, scaled, into: &draft.prefix)
                draft.plan = IntegerPlan(scaled.integers)
            } else {
                draft.encoding = .xor
                FloatCodec.encodeXOR(present.words, into: &draft.prefix)
            }
        case .string:
            if let codes = StringCodec.encodeDictionary(
                ends: present.words, text: present.text, into: &draft.prefix)
            {
                draft.encoding = .dictionary
                draft.plan = IntegerPlan(codes)
            } else {
                draft.encoding = .plainText
                StringCodec.encodePlain(present.text, into: &draft.prefix)
                draft.plan = IntegerPlan(present.words)
            }
        }
        return (
            draft,
            VectorStatistics(present.words, kind: column.kind, scaled: scaled, presentRows: present.rows)
        )
    }

    /// Writes the drafts under tables of their own, or packed where those do not pay.
    private static func write(_ drafts: inout [Draft], _ result: inout EncodedColumn, into block: inout [UInt8]) {
        var found = ColumnTables()
        var count = 0
        for index in drafts.indices where drafts[index].plan.map({ !$0.isConstant }) ?? false {
            drafts[index].numbers = drafts[index].plan?.numbers() ?? []
            (drafts[index].symbols, drafts[index].classes) = found.add(drafts[index].numbers)
            count += drafts[index].numbers.count
        }
        if count >= fewestForTables { found.build() }
        let tables = found.tables
        var encoder = EntropyCoder.Encoder(tables)
        var coded = [[UInt8]?](repeating: nil, count: drafts.count)
        var saved = -tables.byteCount
        for (index, draft) in drafts.enumerated() {
            guard let plan = draft.plan, !plan.isConstant, !tables.isEmpty else { continue }
            var body = draft.prefix
            let codedByteCount = IntegerCodec.encodeEntropy(
                plan, numbers: draft.numbers, symbols: draft.symbols, tableOfBlock: draft.classes.map(found.table),
                &encoder, into: &body)
            let packedByteCount = IntegerCodec.packedByteCount(plan)
            if codedByteCount < packedByteCount {
                saved += packedByteCount - codedByteCount
                coded[index] = body
            }
        }
        if saved > 0 { result.tables = tables }
        for (index, draft) in drafts.enumerated() {
            let before = block.count
            if !draft.isImplied {
                if saved > 0, let body = coded[index] {
                    VectorHeader.append(draft.encoding, body, to: &block)
                } else {
                    var body = draft.prefix
                    if let plan = draft.plan { IntegerCodec.encodePacked(plan, into: &body) }
                    VectorHeader.append(draft.encoding, body, to: &block)
                }
            }
            result.lengths.append(block.count - before)
        }
    }
}

/// The present values among some rows of a column.
private struct PresentValues {
    /// One a present row; of a text its end in `text`.
    var words: [UInt64] = []
    var text: [UInt8] = []
    /// One bit a row; empty where none or all are absent.
    var absent: [UInt64] = []
    /// The row of each value; empty where none is absent.
    var rows: [Int32] = []

    init(_ column: FieldColumn, _ range: Range<Int>) {
        if column.absent.isEmpty, column.kind != .string {
            words = Array(column.words[range])
            return
        }
        words.reserveCapacity(range.count)
        absent = [UInt64](repeating: 0, count: (range.count + 63) / 64)
        for row in range {
            let place = row - range.lowerBound
            guard column.isPresent(row) else {
                absent[place >> 6] |= 1 << UInt64(place & 63)
                continue
            }
            rows.append(Int32(place))
            if column.kind == .string { text.append(contentsOf: column.textBytes(row)) }
            words.append(column.kind == .string ? UInt64(text.count) : column.words[row])
        }
        if words.isEmpty || words.count == range.count { absent = [] }
    }
}
