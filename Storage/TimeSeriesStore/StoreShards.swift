import Catalog
import Synchronization

/// A shard as the store has it now.
package struct ShardEntry: Sendable, Equatable {
    /// Its number, never used again.
    package let number: UInt64
    /// The number of its policy.
    package let policyNumber: UInt32
    /// The name of its database.
    package let database: String
    /// The name of its retention policy.
    package let policy: String
    /// The first instant that it covers.
    package let start: Int64
    /// The instant behind it.
    package let end: Int64
    /// Nanoseconds that its policy keeps points, 0 for ever.
    package let duration: Int64
}

extension TimeSeriesStore {
    /// The shards in the order of their databases, policies and times.
    package var shards: [ShardEntry] {
        state.withLock { state in
            state.databases.values.sorted { $0.entry.number < $1.entry.number }.flatMap { database in
                database.entry.policies.flatMap { policy in
                    database.shards.filter { $0.key.policy == policy.number }.sorted { $0.key.start < $1.key.start }.map
                    {
                        ShardEntry(
                            number: $0.value.number, policyNumber: policy.number, database: database.entry.name,
                            policy: policy.name, start: $0.key.start, end: $0.key.end, duration: policy.duration)
                    }
                }
            }
        }
    }
}
