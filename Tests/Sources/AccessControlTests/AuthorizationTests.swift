import AccessControl
import InfluxQL
import LogicalPlan
import SimulatedDisk
import Testing

/// What influxd 1.6.7 answered to users without grants (n), with READ on d (r), WRITE on d and READ on e (w) and ALL on d (a),
/// each with d as the query's database.
@Suite("Authorization")
struct AuthorizationTests {
    /// A statement, what n is told that it requires, and who else may run it.
    private static let answers: [(statement: String, requires: String, allowed: String)] = [
        ("SHOW DATABASES", "", "rwa"),
        ("SELECT v FROM m", "READ on d", "ra"),
        ("SELECT v FROM d..m", "READ on d", "ra"),
        ("SELECT v FROM e..m, d..m", "READ on e", ""),
        ("SELECT v FROM (SELECT v FROM e..m)", "READ on e", "w"),
        ("SELECT v INTO x FROM m", "READ on d", "a"),
        ("SELECT v INTO e..x FROM m", "READ on d", ""),
        ("SELECT v INTO d..x FROM e..m", "READ on e", "w"),
        ("EXPLAIN SELECT v FROM m", "READ on d", "ra"),
        ("EXPLAIN ANALYZE SELECT v FROM m", "READ on d", "ra"),
        ("SHOW MEASUREMENTS", "READ on d", "ra"),
        ("SHOW MEASUREMENTS ON e", "READ on e", "w"),
        ("SHOW SERIES", "READ on d", "ra"),
        ("SHOW SERIES ON e", "READ on e", "w"),
        ("SHOW TAG KEYS", "READ on d", "ra"),
        ("SHOW TAG KEYS ON e", "READ on e", "w"),
        ("SHOW TAG VALUES WITH KEY = a", "READ on d", "ra"),
        ("SHOW TAG VALUES ON e WITH KEY = a", "READ on e", "w"),
        ("SHOW FIELD KEYS", "READ on d", "ra"),
        ("SHOW FIELD KEYS ON e", "READ on e", "w"),
        ("SHOW FIELD KEYS ON e FROM d..m", "READ on e", "w"),
        ("SHOW RETENTION POLICIES", "READ on d", "ra"),
        ("SHOW RETENTION POLICIES ON e", "READ on e", "w"),
        ("CREATE DATABASE x", "admin privilege", ""),
        ("DROP DATABASE x", "admin privilege", ""),
        ("CREATE RETENTION POLICY p ON d DURATION 1d REPLICATION 1", "admin privilege", ""),
        ("ALTER RETENTION POLICY p ON d DURATION 2d", "admin privilege", ""),
        ("DROP RETENTION POLICY p ON d", "WRITE on d", "wa"),
        ("DROP RETENTION POLICY p ON e", "WRITE on e", ""),
        ("SHOW STATS", "admin privilege", ""),
        ("SHOW DIAGNOSTICS", "admin privilege", ""),
        ("SHOW SHARDS", "admin privilege", ""),
        ("SHOW SHARD GROUPS", "admin privilege", ""),
        ("SHOW USERS", "admin privilege", ""),
        ("SHOW GRANTS FOR r", "admin privilege", ""),
        ("SHOW QUERIES", "READ on d", "ra"),
        ("KILL QUERY 9", "admin privilege", ""),
        ("SHOW CONTINUOUS QUERIES", "READ on d", "ra"),
        ("SHOW SUBSCRIPTIONS", "admin privilege", ""),
        ("CREATE SUBSCRIPTION s ON d.autogen DESTINATIONS ALL 'udp://127.0.0.1:9'", "admin privilege", ""),
        ("DROP SUBSCRIPTION s ON d.autogen", "admin privilege", ""),
        (
            "CREATE CONTINUOUS QUERY c ON d BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(1m) END",
            "READ on d", "ra"
        ),
        (
            "CREATE CONTINUOUS QUERY c2 ON d BEGIN SELECT mean(v) INTO e..x FROM m GROUP BY time(1m) END",
            "READ on d", ""
        ),
        ("DROP CONTINUOUS QUERY c ON d", "WRITE on d", "wa"),
        ("DROP CONTINUOUS QUERY c ON e", "WRITE on e", ""),
        ("DELETE FROM m WHERE time < 0", "WRITE on d", "wa"),
        ("DROP SERIES FROM m WHERE a='b'", "WRITE on d", "wa"),
        ("DROP MEASUREMENT nope", "admin privilege", ""),
        ("DROP SHARD 99", "admin privilege", ""),
        ("SHOW SERIES CARDINALITY", "READ on d", "ra"),
        ("SHOW SERIES EXACT CARDINALITY", "", "rwa"),
        ("SHOW SERIES EXACT CARDINALITY ON e", "", "rwa"),
        ("SHOW SERIES CARDINALITY ON e", "READ on e", "w"),
        ("SHOW SERIES EXACT CARDINALITY ON e FROM d..m", "READ on d", "ra"),
        ("SHOW MEASUREMENT CARDINALITY ON e", "READ on e", "w"),
        ("SHOW MEASUREMENT EXACT CARDINALITY ON e FROM d..m", "READ on d", "ra"),
        ("SHOW TAG KEY CARDINALITY", "", "rwa"),
        ("SHOW TAG KEY CARDINALITY ON e", "", "rwa"),
        ("SHOW TAG VALUES CARDINALITY WITH KEY = a", "", "rwa"),
        ("SHOW TAG VALUES CARDINALITY ON e WITH KEY = a", "", "rwa"),
        ("SHOW FIELD KEY CARDINALITY ON e FROM d..m", "READ on d", "ra"),
        ("SHOW FIELD KEY CARDINALITY", "", "rwa"),
        ("CREATE USER k WITH PASSWORD 'k'", "admin privilege", ""),
        ("DROP USER k", "admin privilege", ""),
        ("SET PASSWORD FOR r = 'r'", "admin privilege", ""),
        ("GRANT READ ON d TO r", "admin privilege", ""),
        ("REVOKE READ ON f FROM r", "admin privilege", ""),
        ("GRANT ALL TO r", "admin privilege", ""),
        ("REVOKE ALL FROM r", "admin privilege", ""),
    ]

    private func users() throws -> UserDirectory {
        let users = try directory()
        for name in ["n", "r", "w", "a"] { try users.create(name, password: name, isAdministrator: false) }
        try users.grant(.read, on: "d", to: "r")
        try users.grant(.write, on: "d", to: "w")
        try users.grant(.read, on: "e", to: "w")
        try users.grant(.all, on: "d", to: "a")
        return users
    }

    private func refusal(_ users: UserDirectory, _ text: String, _ caller: Caller, _ database: String = "d") throws
        -> String?
    {
        let statements = try Parser.parse(text, parameters: [:])
        do throws(AuthorizationError) {
            try users.authorize(statements, caller, database: database)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("each statement requires what influxd requires")
    func privileges() throws {
        let users = try users()
        for (statement, requires, allowed) in Self.answers {
            let told = try refusal(users, statement, .user("n"))
            if requires.isEmpty {
                #expect(told == nil, "\(statement)")
            } else {
                #expect(told?.hasPrefix("n not authorized to execute statement '") == true, "\(statement)")
                #expect(told?.hasSuffix("', requires \(requires)") == true, "\(statement): \(told ?? "")")
            }
            for name in ["r", "w", "a"] {
                let isAllowed = try refusal(users, statement, .user(name)) == nil
                #expect(isAllowed == allowed.contains(name), "\(statement) by \(name)")
            }
        }
    }

    @Test("a password is never in the words of a refusal")
    func redaction() throws {
        #expect(
            try refusal(users(), "CREATE USER k WITH PASSWORD 'k'", .user("n"))
                == "n not authorized to execute statement 'CREATE USER k WITH PASSWORD [REDACTED]', "
                + "requires admin privilege")
    }

    @Test("one statement that is not allowed refuses all of a query")
    func several() throws {
        #expect(
            try refusal(users(), "SHOW DATABASES; SELECT v FROM e..m", .user("r"))
                == "r not authorized to execute statement 'SELECT v FROM e..m', requires READ on e")
    }

    @Test("until there is a user only the first administrator may be made")
    func first() throws {
        let users = try directory()
        let told = "create admin user first or disable authentication"
        #expect(try refusal(users, "SHOW DATABASES", .nobody) == told)
        #expect(try refusal(users, "CREATE USER u WITH PASSWORD 'p'", .nobody) == told)
        #expect(try refusal(users, "CREATE USER u WITH PASSWORD 'p' WITH ALL PRIVILEGES; SHOW USERS", .nobody) == nil)
        #expect(try refusal(users, "SHOW DATABASES", .anyone) == nil)
        try users.create("u", password: "p", isAdministrator: true)
        #expect(try refusal(users, "SHOW USERS", .nobody) == "no user provided")
        #expect(try refusal(users, "SHOW USERS", .user("zz")) == "no user provided")
        #expect(try refusal(users, "DROP DATABASE d; SHOW USERS", .user("u")) == nil)
    }

    @Test("a database is seen by who may read or write it, and written by who may write")
    func databases() throws {
        let users = try users()
        #expect(["n", "r", "w", "a"].map { users.maySee("d", .user($0)) } == [false, true, true, true])
        #expect(["n", "r", "w", "a"].map { users.maySee("e", .user($0)) } == [false, false, true, false])
        #expect(["n", "r", "w", "a"].map { users.mayWrite(.user($0), to: "d") } == [false, false, true, true])
        #expect(users.mayWrite(.anyone, to: "d") && !users.mayWrite(.nobody, to: "d"))
        #expect(!users.mayWrite(.user("zz"), to: "d") && !users.isAdministrator(.user("a")))
    }
}
