import Bytes
import Catalog
import FileIO
import SimulatedDisk
import Testing
import TimeSeriesStore

@Suite("Continuous queries and subscriptions in the store")
struct StandingEntriesTests {
    private static func open(_ disk: SimulatedDisk) throws -> TimeSeriesStore {
        let store = TimeSeriesStore(disk: disk, settings: StoreSettings(directory: "/store"))
        try store.open()
        return store
    }

    @Test("what was acknowledged is there after a crash, and goes with its policy and its database")
    func crash() throws {
        let disk = SimulatedDisk()
        var store = try Self.open(disk)
        let before = store.catalogRevision
        try store.createDatabase("d")
        try store.createDatabase("e")
        try store.createPolicy("p", on: "d", duration: 0, shardDuration: nil, replication: 1, isDefault: false)
        try store.createContinuousQuery("q", on: "d", text: "CREATE …")
        try store.createSubscription(
            "s", on: "d", policy: "p", isToAll: true, destinations: ["http://h:1", "udp://h:2"])
        try store.createSubscription("t", on: "d", policy: "autogen", isToAll: false, destinations: ["http://h:1"])
        #expect(store.catalogRevision > before)
        let entry = store.database("d")
        store = try Self.open(disk.crash())
        #expect(store.database("d") == entry)
        #expect(store.database("d")?.continuousQueries == [ContinuousQueryEntry(name: "q", text: "CREATE …")])
        #expect(store.database("d")?.subscriptions.map(\.name) == ["s", "t"])
        #expect(store.database("e")?.continuousQueries == [])
        try store.dropPolicy("p", on: "d")
        #expect(store.database("d")?.subscriptions.map(\.name) == ["t"])
        try store.dropContinuousQuery("q", on: "d")
        try store.dropSubscription("t", on: "d", policy: "autogen")
        #expect(store.database("d")?.subscriptions == [] && store.database("d")?.continuousQueries == [])
        try store.dropDatabase("d")
        #expect(throws: CatalogError("database not found: d")) {
            try store.createContinuousQuery("q", on: "d", text: "CREATE …")
        }
    }

    @Test("a manifest of a version without them opens, and one with them is cut short without harm")
    func olderManifest() throws {
        var manifest = Manifest()
        let policy = RetentionPolicy(number: 1, name: "autogen", duration: 0, shardDuration: 3_600_000_000_000)
        manifest.databases = [DatabaseEntry(number: 1, name: "d", defaultPolicy: "autogen", policies: [policy])]
        let bytes = manifest.encode()
        // The last two bytes are the counts of the only database, both 0.
        let content = Array(bytes.dropFirst(16).dropLast(2))
        var older = Array(bytes.prefix(8))
        older.appendLittleEndian(CRC32C.checksum(content))
        older.appendLittleEndian(UInt32(content.count))
        #expect(try Manifest(older + content) == manifest)
        #expect(try Manifest(bytes) == manifest)
    }

    @Test("a manifest that ends within them is corrupt")
    func torn() throws {
        var manifest = Manifest()
        let policy = RetentionPolicy(number: 1, name: "autogen", duration: 0, shardDuration: 3_600_000_000_000)
        var entry = DatabaseEntry(number: 1, name: "d", defaultPolicy: "autogen", policies: [policy])
        entry.continuousQueries = [ContinuousQueryEntry(name: "q", text: "text")]
        entry.subscriptions = [SubscriptionEntry(policy: 1, name: "s", isToAll: true, destinations: ["udp://h:1"])]
        manifest.databases = [entry]
        let bytes = manifest.encode()
        #expect(try Manifest(bytes) == manifest)
        for count in 1..<28 {
            let content = Array(bytes.dropFirst(16).dropLast(count))
            var torn = Array(bytes.prefix(8))
            torn.appendLittleEndian(CRC32C.checksum(content))
            torn.appendLittleEndian(UInt32(content.count))
            // Cut at the very beginning it is a manifest without them, which a reader takes.
            if let read = try? Manifest(torn + content) { #expect(read.databases[0].continuousQueries.isEmpty) }
        }
        #expect(throws: CorruptBytes.self) {
            let content = Array(bytes.dropFirst(16).dropLast(3))
            var torn = Array(bytes.prefix(8))
            torn.appendLittleEndian(CRC32C.checksum(content))
            torn.appendLittleEndian(UInt32(content.count))
            _ = try Manifest(torn + content)
        }
    }

    @Test(
        "a destination is read as a URL",
        arguments: [
            ("http://127.0.0.1:9092", "http", "127.0.0.1", 9092, nil), ("HTTPS://h:1/a?b#c", "https", "h", 1, nil),
            ("udp://[::1]:9", "udp", "::1", 9, nil), ("http://u:p@h:1", "http", "h", 1, "u:p"),
        ] as [(String, String, String, Int, String?)])
    func destination(_ text: String, _ scheme: String, _ host: String, _ port: Int, _ user: String?) throws {
        let read = try #require(SubscriptionDestination(text))
        #expect(read.scheme.rawValue == scheme && read.host == host && read.port == port && read.user == user)
    }
}
