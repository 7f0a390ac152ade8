import LogicalPlan
import QueryExecutor

/// The documents of a chunked answer: each a statement with one of its series, of which some rows may be missing.
///
/// What the query engine gives in pieces of its own size is cut anew, so that each chunk but a series' last has the
/// rows that the client asked for, and says whether more follow.
struct ChunkedAnswer {
    private let source: () -> QueryAnswer.Piece?
    private let rowCount: Int
    private let shape: AnswerShape
    /// The piece that is cut, and what of it is next: the series, and the row.
    private var piece: QueryAnswer.Piece?
    private var (place, row) = (0, 0)
    /// The piece behind it, where it was looked at already.
    private var ahead: QueryAnswer.Piece?
    private var hasEnded = false

    /// - Parameter source: gives the pieces one by one, nil behind the last.
    init(rowCount: Int, shape: AnswerShape, source: @escaping () -> QueryAnswer.Piece?) {
        (self.source, self.rowCount, self.shape) = (source, rowCount, shape)
    }

    /// The next document, nil behind the last one.
    mutating func next() -> [UInt8]? {
        if piece == nil { piece = ahead.take() ?? pull() }
        guard var current = piece else { return nil }
        var result = current.result
        if result.error != nil || result.series.isEmpty || result.chunking == .whole {
            piece = nil
            return document(result, isPartial: false, isSeriesPartial: false)
        }
        if result.chunking == .series {
            result.series = [current.result.series[place]]
            advance(to: place + 1)
            return document(result, isPartial: false, isSeriesPartial: false)
        }
        // The last rows of a piece are a chunk only once it is known whether the next piece goes on with their series.
        while place == current.result.series.count - 1, current.result.series[place].rowCount - row <= rowCount {
            if ahead == nil { ahead = pull() }
            guard let following = ahead, following.isContinuation,
                following.result.statementID == result.statementID, !following.result.series.isEmpty
            else { break }
            var series = current.result.series[place]
            series.page(offset: row, limit: 0)
            series.append(following.result.series[0])
            current.result.series = [series] + following.result.series.dropFirst()
            (place, row, ahead, piece) = (0, 0, nil, current)
        }
        let count = current.result.series[place].rowCount
        let end = min(count, row + rowCount)
        var series = current.result.series[place]
        if row > 0 || end < count { series.page(offset: row, limit: end - row) }
        result.series = [series]
        let isSeriesPartial = end < count
        let isLastSeries = place == current.result.series.count - 1
        let hasMore = isSeriesPartial || !isLastSeries || isFollowed(result)
        if isSeriesPartial { row = end } else { advance(to: place + 1) }
        return document(result, isPartial: hasMore, isSeriesPartial: isSeriesPartial)
    }

    /// Whether the piece ahead has more series of the statement.
    private func isFollowed(_ result: StatementResult) -> Bool {
        guard let ahead else { return false }
        return ahead.result.statementID == result.statementID && !ahead.result.series.isEmpty
    }

    private mutating func advance(to next: Int) {
        (place, row) = (next, 0)
        if next == piece?.result.series.count { (piece, place) = (nil, 0) }
    }

    private mutating func pull() -> QueryAnswer.Piece? {
        if hasEnded { return nil }
        let piece = source()
        hasEnded = piece == nil
        return piece
    }

    private func document(_ result: StatementResult, isPartial: Bool, isSeriesPartial: Bool) -> [UInt8] {
        switch shape.form {
        case .messagePack:
            MessagePackResultEncoder.document(
                [result], format: shape.time, isPartial: isPartial, isSeriesPartial: isSeriesPartial)
        default:
            JSONResultEncoder.document(
                [result], format: shape.time, isPretty: shape.form == .json(isPretty: true), isPartial: isPartial,
                isSeriesPartial: isSeriesPartial)
        }
    }
}
