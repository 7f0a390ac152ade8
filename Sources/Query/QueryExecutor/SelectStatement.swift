import InfluxQL
import LogicalPlan

extension QueryEngine {
    func run(_ select: SelectStatement, _ options: QueryOptions, _ isCancelled: @Sendable () -> Bool) throws
        -> [ResultSeries]
    {
        throw QueryError("not supported by this version: SELECT")
    }
}
