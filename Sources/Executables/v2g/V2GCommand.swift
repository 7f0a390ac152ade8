import ArgumentParser
import Foundation

/// `v2g`: everything that a person types.
@main
struct V2GCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "v2g",
        abstract: "Tools around the Feederline engine.",
        discussion: """
            v2g simulate    a fleet that speaks OCPP, MQTT and line protocol to a running engine
            v2g query       asks the engine in InfluxQL and prints a table, CSV or JSON
            v2g verify      checks every checksum of a data directory or a backup
            v2g inspect     shows what a segment, a log file or a manifest holds
            v2g backup      copies a data directory, also under a running engine; v2g restore puts a copy back
            v2g export      writes line protocol; v2g import sends it to an engine
            """,
        version: "0.1.0",
        subcommands: [
            SimulateCommand.self, QueryCommand.self, VerifyCommand.self, InspectCommand.self, BackupCommand.self,
            RestoreCommand.self, ExportCommand.self, ImportCommand.self,
        ])
}

/// Writes a line to standard error.
func complain(_ text: String) {
    FileHandle.standardError.write(Data("v2g: \(text)\n".utf8))
}
