import Catalog
import Synchronization

/// What stands in a database and works by itself: continuous queries and subscriptions. The store only keeps them.
extension TimeSeriesStore {
    /// Goes up with each change of databases, policies and what stands in them; cheap to ask.
    package var catalogRevision: UInt64 { catalogChanges.load(ordering: .acquiring) }

    /// Makes a continuous query; the same one again, whatever the case of its letters, is no error.
    package func createContinuousQuery(_ name: String, on database: String, text: String) throws {
        try change { state in
            guard let entry = state.databases[database]?.entry else {
                throw CatalogError("database not found: \(database)")
            }
            if let known = entry.continuousQueries.first(where: { $0.name == name }) {
                guard known.text.lowercased() == text.lowercased() else {
                    throw CatalogError("continuous query already exists")
                }
                return
            }
            state.databases[database]?.entry.continuousQueries.append(ContinuousQueryEntry(name: name, text: text))
        }
    }

    /// Removes a continuous query; one that is not there is no error.
    package func dropContinuousQuery(_ name: String, on database: String) throws {
        guard self.database(database)?.continuousQueries.contains(where: { $0.name == name }) ?? false else { return }
        try change { state in state.databases[database]?.entry.continuousQueries.removeAll { $0.name == name } }
    }

    /// Makes a subscription to the points of a policy.
    package func createSubscription(
        _ name: String, on database: String, policy: String, isToAll: Bool, destinations: [String]
    ) throws {
        if let wrong = destinations.first(where: { SubscriptionDestination($0) == nil }) {
            throw CatalogError("invalid subscription URL: \(wrong)")
        }
        try change { state in
            let number = try state.policyNumber(policy, of: database)
            guard state.place(of: name, number, in: database) == nil else {
                throw CatalogError("subscription already exists")
            }
            state.databases[database]?.entry.subscriptions.append(
                SubscriptionEntry(policy: number, name: name, isToAll: isToAll, destinations: destinations))
        }
    }

    /// Removes a subscription.
    package func dropSubscription(_ name: String, on database: String, policy: String) throws {
        try change { state in
            let number = try state.policyNumber(policy, of: database)
            guard let place = state.place(of: name, number, in: database) else {
                throw CatalogError("subscription not found")
            }
            state.databases[database]?.entry.subscriptions.remove(at: place)
        }
    }
}

extension StoreState {
    fileprivate func policyNumber(_ policy: String, of database: String) throws -> UInt32 {
        guard let entry = databases[database]?.entry else { throw CatalogError("database not found: \(database)") }
        guard let found = entry.policy(policy) else { throw CatalogError("retention policy not found: \(policy)") }
        return found.number
    }

    fileprivate func place(of subscription: String, _ policy: UInt32, in database: String) -> Int? {
        databases[database]?.entry.subscriptions.firstIndex { $0.name == subscription && $0.policy == policy }
    }
}
