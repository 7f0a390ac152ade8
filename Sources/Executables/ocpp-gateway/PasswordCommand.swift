import ArgumentParser
import Foundation
import OCPPGateway

/// `ocpp-gateway hash-password`: the line of a password file for a station.
struct PasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash-password",
        abstract: "Reads a password from standard input and prints the line for the file of passwords.",
        discussion: "As in: printf %s \"$PASSWORD\" | ocpp-gateway hash-password CS00001 >> passwords")

    @Argument(help: "The station's identity, percent-encoded where it holds blanks.")
    var identity: String

    func run() throws {
        let password = try FileHandle.standardInput.readToEnd().map(Array.init) ?? []
        guard (1...64).contains(password.count) else {
            throw ValidationError("a password has 1 to 64 bytes, this one has \(password.count)")
        }
        print("\(identity) \(try StationPasswordHash(password).text)")
    }
}
