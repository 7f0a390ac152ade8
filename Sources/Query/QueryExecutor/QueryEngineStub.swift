package import LogicalPlan
package import TimeSeriesStore
package struct QueryOptions: Sendable {
    package var database = ""
    package var policy: String?
    package var isReadOnly = false
    package var parameters: [String: QueryValue] = [:]
    package init() {}
}
package struct QuerySyntaxError: Error, Sendable, CustomStringConvertible { package let description: String }
package struct QueryEngine: Sendable {
    package init(store: TimeSeriesStore, now: @escaping @Sendable () -> Int64) {}
    package func execute(
        _ text: String, options: QueryOptions, isCancelled: @escaping @Sendable () -> Bool,
        emit: (StatementResult) throws -> Void
    ) throws {}
}
