import Bytes

/// A continuous query as the manifest keeps it.
package struct ContinuousQueryEntry: Sendable, Equatable {
    /// The query's name within its database.
    package var name: String
    /// The whole CREATE CONTINUOUS QUERY, each of its names with database and policy.
    package var text: String

    /// A continuous query.
    package init(name: String, text: String) { (self.name, self.text) = (name, text) }
}

/// A subscription as the manifest keeps it.
package struct SubscriptionEntry: Sendable, Equatable {
    /// The number of the policy whose points are sent on.
    package var policy: UInt32
    /// The subscription's name within the policy.
    package var name: String
    /// Whether each destination gets each point; else one of them does.
    package var isToAll: Bool
    /// Where points go, as written.
    package var destinations: [String]

    /// A subscription.
    package init(policy: UInt32, name: String, isToAll: Bool, destinations: [String]) {
        self.policy = policy
        self.name = name
        self.isToAll = isToAll
        self.destinations = destinations
    }
}

/// Where a subscription sends points: `http://`, `https://` or `udp://`, host and port, before them a user.
package struct SubscriptionDestination: Sendable, Hashable {
    /// What is spoken there.
    package enum Scheme: String, Sendable { case http, https, udp }

    /// What is spoken there.
    package let scheme: Scheme
    /// The host's name or address, without brackets.
    package let host: String
    /// The port, 0 to 65,535.
    package let port: Int
    /// `name:password`, where the text has it.
    package let user: String?

    /// Reads a destination; nil where InfluxDB finds it invalid.
    package init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), let scheme = Scheme(rawValue: text[..<colon].lowercased()),
            case let place = text[text.index(after: colon)...], place.hasPrefix("//")
        else { return nil }
        var rest = place.dropFirst(2).prefix { !"/?#".contains($0) }
        guard !rest.contains(where: { $0.isWhitespace || $0.asciiValue.map { $0 < 32 } ?? false }) else { return nil }
        var user: String?
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        guard let separator = rest.lastIndex(of: ":") else { return nil }
        let digits = rest[rest.index(after: separator)...]
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(digits), port <= 65_535 else {
            return nil
        }
        var host = rest[..<separator]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        (self.scheme, self.host, self.port, self.user) = (scheme, String(host), port, user)
    }
}

extension Manifest {
    /// What stands behind the databases: of each, in their order, its continuous queries and its subscriptions.
    ///
    /// Counts and numbers are varints, texts counted: count of queries, then name and text of each; count of
    /// subscriptions, then policy, name, a byte (1: ALL) and the counted destinations of each. A manifest may end before
    /// it; a reader that does not know it passes over it.
    func appendStanding(to content: inout [UInt8]) {
        for database in databases {
            content.appendVarint(UInt64(database.continuousQueries.count))
            for query in database.continuousQueries {
                content.appendCounted(query.name.utf8)
                content.appendCounted(query.text.utf8)
            }
            content.appendVarint(UInt64(database.subscriptions.count))
            for subscription in database.subscriptions {
                content.appendVarint(UInt64(subscription.policy))
                content.appendCounted(subscription.name.utf8)
                content.append(subscription.isToAll ? 1 : 0)
                content.appendVarint(UInt64(subscription.destinations.count))
                for destination in subscription.destinations { content.appendCounted(destination.utf8) }
            }
        }
    }

    mutating func readStanding(_ reader: inout ByteReader) throws(CorruptBytes) {
        guard reader.remaining > 0 else { return }
        for index in databases.indices {
            for _ in 0..<(try reader.count(limit: reader.remaining)) {
                databases[index].continuousQueries.append(
                    ContinuousQueryEntry(name: try reader.text(), text: try reader.text()))
            }
            for _ in 0..<(try reader.count(limit: reader.remaining)) {
                var subscription = SubscriptionEntry(
                    policy: UInt32(truncatingIfNeeded: try reader.varint()), name: try reader.text(),
                    isToAll: try reader.byte() == 1, destinations: [])
                for _ in 0..<(try reader.count(limit: reader.remaining)) {
                    subscription.destinations.append(try reader.text())
                }
                databases[index].subscriptions.append(subscription)
            }
        }
    }
}
