import ArgumentParser

/// `v2g`: everything that a person types.
@main
struct V2GCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "v2g",
        abstract: "Tools around the Feederline engine.",
        discussion: """
            v2g simulate    a fleet that speaks OCPP, MQTT and line protocol to a running engine
            v2g query       asks the engine in InfluxQL and prints a table, CSV or JSON
            """,
        version: "0.1.0", subcommands: [SimulateCommand.self, QueryCommand.self])
}
