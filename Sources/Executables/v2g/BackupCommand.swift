import ArgumentParser
import FileIO
import Foundation
import StoreBackup
import StoreInspection

/// `v2g backup`: a copy of a data directory, also while the engine runs.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies a data directory, also while the engine runs.",
        discussion: """
            v2g backup data /backups
            v2g backup data /backups --incremental

            Each run makes a directory of its own under TO, named after the time (UTC), that has everything that was
            acknowledged before the run began, the log included, and is itself a data directory. --incremental takes
            over the segments that the newest backup under TO has too, as second names of the same files. The copy is
            verified before it counts.

            Exit codes: 0, 1 when the copy is not made or something in it is damaged.
            """)

    @Argument(help: "The data directory.")
    var data: String

    @Argument(help: "The directory of backups; made where it is not there.")
    var to: String

    @Flag(help: "Copy only what the newest backup does not have.")
    var incremental = false

    func run() throws {
        let disk = PosixDisk()
        do {
            try disk.createDirectory(to)
            let earlier = try disk.list(to).last { name in
                (try? disk.list(to + "/" + name).contains("backup.list")) ?? false
            }
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(secondsFromGMT: 0)
            formatter.dateFormat = "yyyyMMdd'T'HHmmss.SSS'Z'"
            let target = to + "/" + formatter.string(from: Date())
            let previous = incremental ? earlier.map { to + "/" + $0 } : nil
            let report = try StoreBackup.run(disk: disk, from: data, to: target, previous: previous)
            let found = StoreVerification(disk: disk, directory: target)
            for finding in found.findings { print("damaged: \(finding)") }
            print("\(target): \(report.fileCount) files, \(report.byteCount) bytes, \(report.sharedCount) taken over")
            if !found.findings.isEmpty { throw ExitCode.failure }
        } catch let code as ExitCode {
            throw code
        } catch {
            complain("\(error)")
            throw ExitCode.failure
        }
    }
}

/// `v2g restore`: a backup back into a data directory.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Puts a backup into an empty data directory and verifies it.",
        discussion: """
            v2g restore /backups/20260101T120000.000Z data

            Exit codes: 0, 1 when the backup is damaged or the directory is not empty; nothing is left then.
            """)

    @Argument(help: "The backup: a directory that v2g backup made.")
    var backup: String

    @Argument(help: "The data directory; empty, or not there.")
    var data: String

    func run() throws {
        let disk = PosixDisk()
        do {
            let report = try StoreBackup.restore(disk: disk, from: backup, to: data)
            let found = StoreVerification(disk: disk, directory: data)
            for finding in found.findings { print("damaged: \(finding)") }
            print("\(data): \(report.fileCount) files, \(report.byteCount) bytes")
            if !found.findings.isEmpty { throw ExitCode.failure }
        } catch let code as ExitCode {
            throw code
        } catch {
            complain("\(error)")
            throw ExitCode.failure
        }
    }
}
