import AccessControl
import LogicalPlan
import QueryExecutor
import SimulatedDisk
import Testing
import TimeSeriesStore

/// Statements about users; answers are those of influxd 1.6.7.
@Suite("User statements")
struct UserStatementTests {
    private let engine: QueryEngine

    init() throws {
        let disk = SimulatedDisk()
        let store = TimeSeriesStore(disk: disk, settings: StoreSettings(directory: "/store"))
        try store.open()
        try store.createDatabase("d")
        try store.createDatabase("e")
        let users = try UserDirectory(disk: disk, directory: "/store", costExponent: 4)
        engine = QueryEngine(store: store, now: { 0 }, users: users)
    }

    private func ask(_ text: String, _ caller: Caller = .anyone, isReadOnly: Bool = false, isForeign: Bool = false)
        throws -> [StatementResult]
    {
        var options = QueryOptions()
        options.caller = caller
        options.isReadOnly = isReadOnly
        options.isForeign = isForeign
        var results: [StatementResult] = []
        try engine.execute(text, options: options, isCancelled: { false }) { results.append($0) }
        return results
    }

    private func answer(_ text: String, _ caller: Caller = .anyone) throws -> [String] {
        try ask(text, caller).flatMap(Question.render)
    }

    @Test("users are shown in the order of their making, with what they may do")
    func shown() throws {
        #expect(try answer("CREATE USER u WITH PASSWORD 'p' WITH ALL PRIVILEGES; CREATE USER a WITH PASSWORD ''") == [])
        #expect(try answer("SHOW USERS") == [" user,admin: 'u',true; 'a',false"])
        #expect(
            try answer("GRANT ALL ON e TO a; REVOKE WRITE ON d FROM a; SHOW GRANTS FOR a")
                == [" database,privilege: 'd','NO PRIVILEGES'; 'e','ALL PRIVILEGES'"])
        #expect(
            try answer("REVOKE READ ON e FROM a; SHOW GRANTS FOR a")
                == [" database,privilege: 'd','NO PRIVILEGES'; 'e','WRITE'"])
        #expect(try answer("DROP DATABASE e; SHOW GRANTS FOR a") == [" database,privilege: 'd','NO PRIVILEGES'"])
        #expect(
            try answer("GRANT ALL TO a; REVOKE ALL PRIVILEGES FROM u; SHOW USERS")
                == [" user,admin: 'u',false; 'a',true"])
        #expect(try answer("SET PASSWORD FOR a = 'q'; DROP USER u; SHOW USERS") == [" user,admin: 'a',true"])
    }

    @Test(
        "what is not there is named as influxd names it, the user before the database",
        arguments: [
            ("SHOW GRANTS FOR z", "user not found"), ("DROP USER z", "user not found"),
            ("SET PASSWORD FOR z = 'q'", "user not found"), ("GRANT READ ON nope TO z", "user not found"),
            ("REVOKE ALL ON nope FROM z", "user not found"), ("GRANT ALL TO z", "user not found"),
            ("GRANT READ ON nope TO a", "database not found: nope"),
            ("REVOKE ALL ON nope FROM a", "database not found: nope"),
            ("CREATE USER \"\" WITH PASSWORD 'p'", "username required"),
            ("CREATE USER a WITH PASSWORD 'other'", "user already exists"),
        ])
    func errors(statement: String, error: String) throws {
        #expect(try answer("CREATE USER a WITH PASSWORD 'pa'") == [])
        #expect(try ask(statement).map(\.error) == [error])
    }

    @Test("a query of which a statement is not allowed does nothing at all")
    func refusal() throws {
        #expect(try answer("CREATE USER a WITH PASSWORD 'pa'; GRANT READ ON d TO a") == [])
        #expect(throws: AuthorizationError.self) { try ask("SHOW DATABASES; DROP DATABASE d", .user("a")) }
        #expect(try answer("SHOW DATABASES", .user("a")) == ["databases name: 'd'"])
        #expect(try answer("SHOW DATABASES") == ["databases name: 'd'; 'e'"])
    }

    @Test("by GET there is influxd's warning, without the password, and a page of another origin changes nothing")
    func warnings() throws {
        #expect(
            try ask("CREATE USER g WITH PASSWORD 'x'", isReadOnly: true).map(\.messages) == [
                [
                    "deprecated use of 'CREATE USER g WITH PASSWORD [REDACTED]' in a read only context, "
                        + "please use a POST request instead"
                ]
            ])
        for statement in [
            "CREATE USER h WITH PASSWORD 'x'", "GRANT ALL TO g", "SET PASSWORD FOR g = ''", "DROP USER g",
        ] {
            let error = try ask(statement, isForeign: true).first?.error
            #expect(error?.hasPrefix("a page of another origin may not change anything") == true, "\(statement)")
        }
        #expect(try answer("SHOW USERS") == [" user,admin: 'g',false"])
    }
}
