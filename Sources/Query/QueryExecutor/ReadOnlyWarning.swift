import Catalog
import InfluxQL
import LogicalPlan
import TimeSeriesStore

/// What InfluxDB says of a statement that changes something and came by GET: it carries it out, and warns.
extension QueryEngine {
    /// The warning, nil where the statement only reads; DELETE has none, in InfluxDB as well.
    ///
    /// - Throws: where the question comes from a page of another origin: such a page may ask, not change.
    func readOnlyWarning(_ statement: Statement, _ options: QueryOptions) throws -> String? {
        guard options.isReadOnly || options.isForeign else { return nil }
        let text: String
        switch statement {
        case .select(let select):
            guard select.target != nil else { return nil }
            text = located(select, options).description
        case .createContinuousQuery(var query):
            var place = options
            if place.database.isEmpty { place.database = query.database }
            query.select = located(query.select, place)
            text = query.description
        case .createDatabase, .dropDatabase, .createPolicy, .alterPolicy, .dropPolicy, .killQuery,
            .dropContinuousQuery, .createSubscription, .dropSubscription, .createUser, .dropUser, .setPassword, .grant,
            .revoke, .dropSeries, .dropMeasurement, .dropShard:
            text = statement.description
        case .delete:
            guard options.isForeign else { return nil }
            text = statement.description
        default: return nil
        }
        if options.isForeign { throw QueryError("a page of another origin may not change anything: \(text)") }
        return "deprecated use of '\(text)' in a read only context, please use a POST request instead"
    }

    /// A SELECT with the database and the policy of each name, as InfluxDB shows it.
    func located(_ select: SelectStatement, _ options: QueryOptions) -> SelectStatement {
        var select = select
        select.sources = select.sources.map { located($0, options) }
        select.target = select.target.map { located($0, options) }
        return select
    }

    private func located(_ source: Source, _ options: QueryOptions) -> Source {
        var source = source
        if let inner = source.subquery.first {
            source.subquery = [located(inner, options)]
            return source
        }
        if source.policy == nil {
            source.policy = source.database == nil ? options.policy : nil
            source.policy = source.policy ?? store.database(source.database ?? options.database)?.defaultPolicy
        }
        source.database = source.database ?? options.database
        return source
    }
}
