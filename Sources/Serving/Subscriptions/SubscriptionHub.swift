import Catalog
package import Logging
package import NIOCore
import Synchronization
package import Telemetry
package import TimeSeriesStore

/// Sends the points that writes bring on to the subscriptions of their database and policy.
///
/// `forward` is called where a batch has just become durable, and does no more than put it into the bounded queues of
/// the subscriptions that want it: a slow or dead destination costs its own points, which are counted, never a writer's
/// time. What waits when the engine ends is lost; the store has it.
package final class SubscriptionHub: Sendable {
    private struct Key: Hashable {
        var database: String
        var policy: String
    }

    private struct Routes {
        var revision: UInt64?
        var outlets: [Key: [SubscriptionOutlet]] = [:]
        var defaults: [String: String] = [:]
        var isClosed = false
    }

    private let store: TimeSeriesStore
    private let group: any EventLoopGroup
    private let trust: SubscriberTrust
    private let logger: Logger
    private let routes = Mutex(Routes())

    /// A hub for the subscriptions that `store` keeps; connections live on `group`.
    package init(store: TimeSeriesStore, group: any EventLoopGroup, trust: SubscriberTrust, logger: Logger) {
        self.store = store
        self.group = group
        self.trust = trust
        self.logger = logger
    }

    /// Hands a durable batch to whoever subscribed to it; never blocks on a destination.
    package func forward(_ batch: FrameBatch) {
        for outlet in outlets(of: batch) { outlet.take(batch) }
    }

    /// What the subscriptions have done, by database, policy and name.
    package var counters: [SubscriptionCounters] {
        refresh()
        return routes.withLock { routes in
            routes.outlets.values.flatMap { $0.map(\.counters) }.sorted {
                ($0.database, $0.policy, $0.name) < ($1.database, $1.policy, $1.name)
            }
        }
    }

    /// Sends nothing more and closes the connections; not to be called on an event loop.
    package func shutdown() {
        let open = routes.withLock { routes in
            defer { routes.outlets = [:] }
            routes.isClosed = true
            return routes.outlets.values.flatMap { $0 }
        }
        for outlet in open { outlet.close() }
    }

    private func outlets(of batch: FrameBatch) -> [SubscriptionOutlet] {
        refresh()
        return routes.withLock { routes in
            if routes.outlets.isEmpty { return [] }
            guard let policy = batch.policy ?? routes.defaults[batch.database] else { return [] }
            return routes.outlets[Key(database: batch.database, policy: policy)] ?? []
        }
    }

    /// Follows the catalog where it has changed: outlets of subscriptions that stay keep what waits.
    private func refresh() {
        let revision = store.catalogRevision
        guard routes.withLock({ $0.revision != revision && !$0.isClosed }) else { return }
        let databases = store.databases
        let gone = routes.withLock { routes -> [SubscriptionOutlet] in
            let before = routes.outlets
            routes.outlets = [:]
            routes.defaults = [:]
            for database in databases {
                routes.defaults[database.name] = database.defaultPolicy
                for entry in database.subscriptions {
                    guard let policy = database.policies.first(where: { $0.number == entry.policy }) else { continue }
                    let key = Key(database: database.name, policy: policy.name)
                    let known = before[key]?.first { $0.entry == entry }
                    routes.outlets[key, default: []].append(
                        known
                            ?? SubscriptionOutlet(
                                entry, database: database.name, policy: policy.name, group: group, trust: trust,
                                logger: logger))
                }
            }
            routes.revision = revision
            let kept = routes.outlets.values.flatMap { $0 }
            return before.values.flatMap { $0 }.filter { old in !kept.contains { $0 === old } }
        }
        for outlet in gone { outlet.close() }
    }
}
