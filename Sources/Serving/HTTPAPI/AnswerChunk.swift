import LogicalPlan

/// One document of a chunked answer: a statement with some of its series, of the last of which some rows may be missing.
struct AnswerChunk: Sendable {
    private var result: StatementResult
    /// The rows of its only series; nil for all of all series.
    private var rows: Range<Int>?
    private var isPartial = false
    private var isSeriesPartial = false

    /// The chunks of all results; where rows may be cut each has at most `rowCount` of them.
    static func all(_ results: [StatementResult], rowCount: Int) -> [AnswerChunk] {
        results.flatMap { result -> [AnswerChunk] in
            if result.error != nil || result.series.isEmpty || result.chunking == .whole {
                return [AnswerChunk(result: result)]
            }
            return result.series.enumerated().flatMap { place, series -> [AnswerChunk] in
                var part = result
                part.series = [series]
                if result.chunking == .series { return [AnswerChunk(result: part)] }
                return stride(from: 0, to: max(1, series.rowCount), by: rowCount).map { from in
                    let end = min(series.rowCount, from + rowCount)
                    let isSeriesPartial = end < series.rowCount
                    return AnswerChunk(
                        result: part, rows: from..<end, isPartial: isSeriesPartial || place < result.series.count - 1,
                        isSeriesPartial: isSeriesPartial)
                }
            }
        }
    }

    /// The chunk as the client wants it; its rows are copied only now, when the client has taken the chunk before.
    func document(_ shape: AnswerShape) -> [UInt8] {
        var result = result
        if let rows { result.series[0].page(offset: rows.lowerBound, limit: rows.count) }
        switch shape.form {
        case .messagePack:
            return MessagePackResultEncoder.document(
                [result], format: shape.time, isPartial: isPartial, isSeriesPartial: isSeriesPartial)
        default:
            return JSONResultEncoder.document(
                [result], format: shape.time, isPretty: shape.form == .json(isPretty: true), isPartial: isPartial,
                isSeriesPartial: isSeriesPartial)
        }
    }
}
