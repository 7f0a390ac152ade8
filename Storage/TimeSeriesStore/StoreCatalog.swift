package import Catalog
import Dispatch
import FileIO
import SeriesIndex
import Synchronization
import Telemetry

/// A statement about databases or policies that cannot be carried out; the text is InfluxDB's.
package struct CatalogError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One line, as InfluxDB words it.
    package let description: String

    /// An error that says `description`.
    package init(_ description: String) { self.description = description }
}

extension TimeSeriesStore {
    /// The databases, in the order of their making.
    package var databases: [DatabaseEntry] {
        state.withLock { $0.databases.values.map(\.entry).sorted { $0.number < $1.number } }
    }

    /// A database by name.
    package func database(_ name: String) -> DatabaseEntry? { state.withLock { $0.databases[name]?.entry } }

    /// Makes a database with one default policy; one that is there already with the same policy is no error.
    ///
    /// - Parameter policy: name, duration (0 for ever) and shard duration (nil for the rule's) of the default policy.
    package func createDatabase(
        _ name: String, policy: (name: String, duration: Int64, shardDuration: Int64?)? = nil
    ) throws {
        let (policyName, duration, shard) = policy ?? ("autogen", 0, nil)
        try Self.checkName(name)
        try change { state in
            if let existing = state.databases[name]?.entry {
                guard let policy else { return }
                if let known = existing.policy(policy.name), known.duration == duration,
                    known.shardDuration == shard ?? RetentionPolicy.defaultShardDuration(duration),
                    existing.defaultPolicy == policy.name
                {
                    return
                }
                throw CatalogError("retention policy conflicts with an existing policy")
            }
            let retention = try Self.policy(number: state.manifest.nextPolicy, policyName, duration, shard, 1)
            let entry = DatabaseEntry(
                number: state.manifest.nextDatabase, name: name, defaultPolicy: policyName, policies: [retention])
            state.manifest.nextDatabase += 1
            state.manifest.nextPolicy += 1
            var database = Database(entry: entry, index: .init())
            database.declare(settings.declarations)
            state.databases[name] = database
        }
    }

    /// Removes a database with all that is in it; one that is not there is no error.
    package func dropDatabase(_ name: String) throws {
        let number = database(name)?.number
        try change { state in
            guard let database = state.databases[name] else { return }
            for key in database.shards.keys { state.dropShard(key, of: name) }
            state.databases[name] = nil
        }
        if let number { try? disk.removeDirectory(directory(of: number)) }  // Left over, it is no database's: harmless.
    }

    /// Makes a policy; the same one again is no error.
    package func createPolicy(
        _ name: String, on database: String, duration: Int64, shardDuration: Int64?, replication: Int, isDefault: Bool
    ) throws {
        try change { state in
            guard var entry = state.databases[database]?.entry else {
                throw CatalogError("database not found: \(database)")
            }
            let made = try Self.policy(number: state.manifest.nextPolicy, name, duration, shardDuration, replication)
            if let known = entry.policy(name) {
                guard known.duration == made.duration, known.shardDuration == made.shardDuration,
                    known.replication == made.replication, !isDefault || entry.defaultPolicy == name
                else { throw CatalogError("retention policy already exists") }
                return
            }
            state.manifest.nextPolicy += 1
            entry.policies.append(made)
            if isDefault { entry.defaultPolicy = name }
            state.databases[database]?.entry = entry
        }
    }

    /// Changes what is given of a policy.
    package func alterPolicy(
        _ name: String, on database: String, duration: Int64?, shardDuration: Int64?, replication: Int?, isDefault: Bool
    ) throws {
        try change { state in
            guard var entry = state.databases[database]?.entry else {
                throw CatalogError("database not found: \(database)")
            }
            guard let index = entry.policies.firstIndex(where: { $0.name == name }) else {
                throw CatalogError("retention policy not found: \(name)")
            }
            let old = entry.policies[index]
            entry.policies[index] = try Self.policy(
                number: old.number, name, duration ?? old.duration, shardDuration ?? old.shardDuration,
                replication ?? old.replication)
            if isDefault { entry.defaultPolicy = name }
            state.databases[database]?.entry = entry
        }
    }

    /// Removes a policy with all that is in it; one that is not there is no error.
    package func dropPolicy(_ name: String, on database: String) throws {
        try change { state in
            guard let entry = state.databases[database]?.entry else {
                throw CatalogError("database not found: \(database)")
            }
            guard let policy = entry.policies.first(where: { $0.name == name }) else { return }
            for key in state.databases[database].map({ Array($0.shards.keys) }) ?? [] where key.policy == policy.number
            {
                state.dropShard(key, of: database)
            }
            state.databases[database]?.entry.policies.removeAll { $0.name == name }
            state.databases[database]?.entry.subscriptions.removeAll { $0.policy == policy.number }
        }
    }

    /// Refuses what InfluxDB refuses as the name of a database or policy: nothing, `.` and `..`, slashes, and what cannot
    /// be printed.
    private static func checkName(_ name: String) throws {
        let isPrintable = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard isPrintable, !["", ".", ".."].contains(name), !name.contains(where: { $0 == "/" || $0 == "\\" }) else {
            throw CatalogError("invalid name")
        }
    }

    private static func policy(
        number: UInt32, _ name: String, _ duration: Int64, _ shardDuration: Int64?, _ replication: Int
    ) throws -> RetentionPolicy {
        try checkName(name)
        let hour: Int64 = 3_600_000_000_000
        guard duration == 0 || duration >= hour else {
            throw CatalogError("retention policy duration must be at least 1h0m0s")
        }
        var shard = shardDuration ?? 0
        if shard == 0 { shard = RetentionPolicy.defaultShardDuration(duration) }
        shard = max(shard, hour)
        guard duration == 0 || shard <= duration else {
            throw CatalogError("retention policy duration must be greater than the shard duration")
        }
        return RetentionPolicy(
            number: number, name: name, duration: duration, shardDuration: shard, replication: replication)
    }

    /// Changes the catalog on the writes' queue and makes the change durable before it returns; on an error nothing
    /// has changed.
    func change(_ body: (inout StoreState) throws -> Void) throws {
        try writes.sync {
            // On a draft first: a flush goes on meanwhile and numbers segments, so nothing could be put back later.
            let manifest = try state.withLock { state in
                var draft = state
                try body(&draft)
                return draft.currentManifest()
            }
            do throws(FileError) {
                try commitManifest(manifest)
            } catch {
                throw CatalogError("the catalog could not be written: \(error)")
            }
            try state.withLock { state in
                try body(&state)
                state.removeObsolete()
            }
            catalogChanges.add(1, ordering: .releasing)
        }
    }
}
