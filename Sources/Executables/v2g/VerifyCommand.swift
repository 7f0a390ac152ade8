import ArgumentParser
import Bytes
import Catalog
import FileIO
import Foundation
import Segments
import StoreInspection
import WriteAheadLog

/// `v2g verify`: every checksum of a store, without an engine and without a change.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks every checksum of a data directory or a backup.",
        discussion: """
            Each block of each segment is read and decoded, each record of the log, the manifest and the indexes.
            A running engine is not disturbed.

            Exit codes: 0, 1 when something is damaged: each line on standard output names file, block and reason.
            """)

    @Argument(help: "The data directory, or a backup of one.")
    var directory: String

    func run() throws {
        let found = StoreVerification(disk: PosixDisk(), directory: directory)
        for finding in found.findings { print("damaged: \(finding)") }
        print(
            "\(found.fileCount) files, \(found.blockCount) blocks and records, \(found.rowCount) rows in segments: "
                + (found.findings.isEmpty ? "all whole" : "\(found.findings.count) damaged"))
        if found.tornByteCount > 0 { print("\(found.tornByteCount) bytes at the log's end are no record") }
        if !found.findings.isEmpty { throw ExitCode.failure }
    }
}

/// `v2g inspect`: what one file of a store holds.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Shows what a segment, a log file or a manifest holds.",
        discussion: """
            v2g inspect segment data/databases/1/0000000001.segment
            v2g inspect --json log data/log/00000000000000000000.log

            Exit codes: 0, 1 when the file cannot be read or is damaged.
            """)

    /// The kinds of files.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case segment, log, manifest
    }

    @Argument(help: "What the file is: \(Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var kind: Kind

    @Argument(help: "The file.")
    var file: String

    @Flag(help: "One line of JSON.")
    var json = false

    func run() throws {
        let disk = PosixDisk()
        var isDamaged = false
        let description: Description
        do {
            switch kind {
            case .manifest: description = Description(try Manifest(try disk.contents(of: file)))
            case .segment:
                description = Description(try SegmentFile(disk: disk, path: file).rowGroups())
            case .log:
                let name = URL(filePath: file).lastPathComponent
                guard name.hasSuffix(".log"), let first = UInt64(name.dropLast(4)) else {
                    throw CorruptBytes("a log's file is named after its first position, as 00000000000000000000.log")
                }
                let scan = LogFileScan(try disk.contents(of: file), first: first, isLast: true)
                isDamaged = scan.problem != nil
                description = Description(scan)
            }
        } catch {
            complain("\(file): \(error)")
            throw ExitCode.failure
        }
        print(json ? description.json : description.lines, terminator: json ? "\n" : "")
        if isDamaged { throw ExitCode.failure }
    }
}
