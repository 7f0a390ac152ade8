import Testing

@Suite("Query executor")
struct QueryExecutorTests {
    private func check(_ questions: [Question], _ placement: Placement) async throws {
        let engine = try await TestEngine(placement)
        for question in questions { #expect(engine.answer(question.text) == question.answer, "\(question.text)") }
    }

    @Test("raw rows: fields, tags, patterns and sources", arguments: Placement.allCases)
    func raw(_ placement: Placement) async throws { try await check(Question.raw, placement) }

    @Test("arithmetic over fields and over aggregates", arguments: Placement.allCases)
    func math(_ placement: Placement) async throws { try await check(Question.math, placement) }

    @Test("casts of fields and tags", arguments: Placement.allCases)
    func casts(_ placement: Placement) async throws { try await check(Question.casts, placement) }

    @Test("each aggregate over all rows", arguments: Placement.allCases)
    func aggregates(_ placement: Placement) async throws { try await check(Question.aggregates, placement) }

    @Test("GROUP BY tags", arguments: Placement.allCases)
    func tags(_ placement: Placement) async throws { try await check(Question.tags, placement) }

    @Test("GROUP BY time with every fill", arguments: Placement.allCases)
    func windows(_ placement: Placement) async throws { try await check(Question.windows, placement) }

    @Test("WHERE on fields, on tags and on time", arguments: Placement.allCases)
    func conditions(_ placement: Placement) async throws { try await check(Question.conditions, placement) }

    @Test("ORDER BY, LIMIT, OFFSET, SLIMIT and SOFFSET", arguments: Placement.allCases)
    func paging(_ placement: Placement) async throws { try await check(Question.paging, placement) }

    @Test("transformations of points and of windows", arguments: Placement.allCases)
    func transformations(_ placement: Placement) async throws { try await check(Question.transformations, placement) }

    @Test("distinct, mode, integral, top, bottom and sample", arguments: Placement.allCases)
    func reductions(_ placement: Placement) async throws { try await check(Question.reductions, placement) }

    @Test("functions of technical analysis", arguments: Placement.allCases)
    func technical(_ placement: Placement) async throws { try await check(Question.technical, placement) }

    @Test("holt_winters walks the same way as influxd 1.6.7 to the last digit shown")
    func forecasts() async throws { try await check(Question.forecasts, .firstHalfFlushed) }

    @Test("arguments of technical analysis that cannot be fail in the words of influxd 1.6.7")
    func technicalErrors() async throws { try await check(Question.technicalErrors, .memory) }

    @Test("functions of one row")
    func mathematics() async throws { try await check(Question.mathematics, .memory) }

    @Test("calls that cannot be fail in the words of influxd 1.6.7")
    func callErrors() async throws { try await check(Question.callErrors, .memory) }

    @Test("subqueries, nested, with groups, times and windows of the question around", arguments: Placement.allCases)
    func subqueries(_ placement: Placement) async throws { try await check(Question.subqueries, placement) }

    @Test("several sources show the columns of all", arguments: Placement.allCases)
    func unions(_ placement: Placement) async throws { try await check(Question.unions, placement) }

    @Test("aggregates of fields that are cast", arguments: Placement.allCases)
    func castAggregates(_ placement: Placement) async throws { try await check(Question.castAggregates, placement) }

    @Test("SHOW", arguments: Placement.allCases)
    func shows(_ placement: Placement) async throws { try await check(Question.shows, placement) }

    @Test("SHOW with WHERE, and SHOW CARDINALITY", arguments: Placement.allCases)
    func catalog(_ placement: Placement) async throws { try await check(Question.catalog, placement) }

    @Test("what cannot be answered fails in the words of influxd 1.6.7")
    func errors() async throws { try await check(Question.errors, .memory) }
}
