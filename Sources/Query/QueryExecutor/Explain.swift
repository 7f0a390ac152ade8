import InfluxQL
import LogicalPlan
import TimeSeriesStore

/// EXPLAIN and EXPLAIN ANALYZE, laid out as InfluxDB does.
///
/// InfluxDB tells of one iterator a call and source; we tell of one scan a measurement, since that is what runs: all
/// calls that fold columns share it.
extension QueryEngine {
    /// The answer of EXPLAIN; INTO is passed over, as in InfluxDB.
    func explain(
        _ select: SelectStatement, isAnalysis: Bool, _ options: QueryOptions,
        _ isCancelled: @escaping @Sendable () -> Bool
    ) throws -> [ResultSeries] {
        let trace = QueryTrace(isPlanOnly: !isAnalysis)
        var run = SelectRun(engine: self, options: options, isCancelled: isCancelled, now: now())
        run.trace = trace
        let start = now()
        let resolved = try run.resolve(select)
        let resolving = now() - start
        _ = try run.answer(resolved)
        let total = max(0, now() - start)
        let scans = trace.scans
        guard isAnalysis else {
            let blocks = scans.map(Self.lines).joined(separator: [""])
            return [list("", ["QUERY PLAN"], (scans.isEmpty ? [""] : Array(blocks)).map { [$0] })]
        }
        let planning = min(total, max(0, resolving + scans.reduce(0) { $0 + $1.planning }))
        let cursor = ExplainNode(
            "build_cursor",
            [ExplainNode("labels", [ExplainNode("statement: \(located(select, options))")])] + scans.map(Self.node))
        let root = ExplainNode(
            "select",
            [
                ExplainNode("execution_time: \(goDuration(total - planning))"),
                ExplainNode("planning_time: \(goDuration(planning))"),
                ExplainNode("total_time: \(goDuration(total))"), cursor,
            ])
        return [list("", ["EXPLAIN ANALYZE"], (["."] + root.lines("", isLast: true) + [""]).map { [$0] })]
    }

    private static func lines(_ scan: QueryTrace.Scan) -> [String] {
        var lines = ["EXPRESSION: " + (scan.calls.isEmpty ? "<nil>" : scan.calls.joined(separator: ", "))]
        if !scan.auxiliary.isEmpty { lines.append("AUXILIARY FIELDS: " + scan.auxiliary.joined(separator: ", ")) }
        return lines + [
            "NUMBER OF SHARDS: \(scan.survey.shardCount)", "NUMBER OF SERIES: \(scan.seriesCount)",
            "CACHED VALUES: \(scan.survey.memoryRowCount)", "NUMBER OF FILES: \(scan.survey.fileCount)",
            "NUMBER OF BLOCKS: \(scan.survey.vectorCount)", "SIZE OF BLOCKS: \(scan.survey.byteCount)",
            "NUMBER OF STEPS: \(scan.survey.stepCount)",
        ]
    }

    private static func node(_ scan: QueryTrace.Scan) -> ExplainNode {
        var labels: [ExplainNode] = []
        if !scan.calls.isEmpty { labels.append(ExplainNode("expr: " + scan.calls.joined(separator: ", "))) }
        if !scan.auxiliary.isEmpty {
            labels.append(ExplainNode("auxiliary_fields: " + scan.auxiliary.joined(separator: ", ")))
        }
        let counts = [
            ("shards", scan.survey.shardCount), ("series", scan.seriesCount), ("steps", scan.survey.stepCount),
            ("cached_rows", scan.survey.memoryRowCount), ("files", scan.survey.fileCount),
            ("blocks", scan.survey.vectorCount), ("blocks_size_bytes", scan.survey.byteCount),
            ("blocks_answered_by_statistics", scan.counter.summedVectorCount),
            ("rows_read", scan.counter.rowCount),
        ]
        let iterator = ExplainNode(
            "create_iterator",
            [ExplainNode("labels", [ExplainNode("measurement: \(scan.measurement)")])]
                + counts.map { ExplainNode("\($0.0): \($0.1)") }
                + [ExplainNode("planning_time: \(goDuration(scan.planning))")])
        return ExplainNode("iterator_scanner", [ExplainNode("labels", labels), iterator])
    }
}

/// A line of a tree, with those below it.
private struct ExplainNode {
    let text: String
    let children: [ExplainNode]

    init(_ text: String, _ children: [ExplainNode] = []) { (self.text, self.children) = (text, children) }

    /// The lines of the tree, each behind the branches that lead to it.
    func lines(_ indent: String, isLast: Bool) -> [String] {
        let below = indent + (isLast ? "    " : "│   ")
        return [indent + (isLast ? "└── " : "├── ") + text]
            + children.enumerated().flatMap { $0.element.lines(below, isLast: $0.offset == children.count - 1) }
    }
}
