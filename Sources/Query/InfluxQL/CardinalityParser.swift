extension Parser {
    /// What stands behind the words of a SHOW that counts; nil where it does not count.
    ///
    /// EXACT without CARDINALITY is passed over, as InfluxDB does.
    mutating func cardinality(of subject: Cardinality.Subject) throws(ParseError) -> Statement? {
        let isExact = take(keyword: "EXACT")
        guard take(keyword: "CARDINALITY") else { return nil }
        return try cardinalityTail(subject, isExact)
    }

    /// What must stand behind words that only begin a count.
    mutating func requiredCardinality(of subject: Cardinality.Subject) throws(ParseError) -> Statement {
        let isExact = take(keyword: "EXACT")
        guard take(keyword: "CARDINALITY") else { throw unexpected(isExact ? "CARDINALITY" : "EXACT, CARDINALITY") }
        return try cardinalityTail(subject, isExact)
    }

    private mutating func cardinalityTail(
        _ subject: Cardinality.Subject, _ isExact: Bool
    ) throws(ParseError) -> Statement {
        var result = Cardinality(subject)
        result.isExact = isExact
        if take(keyword: "ON") { result.options.database = try identifier() }
        if take(keyword: "FROM") { result.options.sources = try sources() }
        if subject == .tagValues { result.keys = try keySelection() }
        if take(keyword: "WHERE") { result.options.condition = try expression() }
        if take(keyword: "GROUP") {
            try expect(keyword: "BY")
            repeat { result.dimensions.append(try expressionOrRegex()) } while take(symbol: ",")
        }
        (result.options.limit, result.options.offset) = try limits("LIMIT", "OFFSET")
        return .showCardinality(result)
    }
}
