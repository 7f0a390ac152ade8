import ArgumentParser
import FileIO
import Foundation
import StoreBackup
import Synchronization
import TimeSeriesStore

/// `v2g export`: a store as line protocol.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a data directory as line protocol.",
        discussion: """
            v2g export data --database telemetry --measurement Power_Flow --from 2026-01-01T00:00:00Z > rows.lp
            v2g export data --out all.lp.gz

            The lines are as influx_inspect writes them, with the databases and policies as comments: influx -import
            and v2g import read them. Under a running engine a copy of the directory is made beside it and read.

            Exit codes: 0, 1 when the directory cannot be read or a segment is damaged.
            """)

    @Argument(help: "The data directory, or a backup of one.")
    var data: String

    @Option(help: "Only this database.")
    var database: String?

    @Option(help: "Only this measurement.")
    var measurement: String?

    @Option(help: "The first time: RFC 3339, or nanoseconds.")
    var from: String?

    @Option(help: "The time behind the last: RFC 3339, or nanoseconds.")
    var to: String?

    @Option(help: "The file; compressed where its name ends in .gz. Standard output without it.")
    var out: String?

    func validate() throws {
        for text in [from, to].compactMap({ $0 }) where Self.time(text) == nil {
            throw ValidationError("\(text) is no time: RFC 3339 or nanoseconds")
        }
    }

    func run() throws {
        let disk = PosixDisk()
        let low = from.flatMap(Self.time) ?? .min
        let high = to.flatMap(Self.time).map { $0 == .min ? $0 : $0 - 1 } ?? .max
        guard low <= high else { return }
        let copy = data + ".export-\(ProcessInfo.processInfo.processIdentifier)"
        do {
            defer { try? disk.removeDirectory(copy) }  // A copy that stays is named after this process.
            guard try disk.list(data).contains("manifest") else { throw BackupError("\(data) holds no manifest") }
            var directory = data
            // A backup stays as it is, and a running engine's files are its own.
            let isBackup = try disk.list(data).contains("backup.list")
            var lock: DirectoryLock? = isBackup ? nil : try? DirectoryLock(data)
            if lock == nil {
                _ = try StoreBackup.run(disk: disk, from: data, to: copy)
                directory = copy
            }
            let store = TimeSeriesStore(disk: disk, settings: StoreSettings(directory: directory))
            try store.open()
            let output = try ExportOutput(out)
            let export = StoreExport(
                store: store, database: database, measurement: measurement, times: low...high)
            let count = try export.write { try output.write($0) }
            try output.finish()
            try store.close()
            if let held = lock.take() { held.release() }
            complain("\(count) rows exported")
        } catch {
            complain("\(error)")
            throw ExitCode.failure
        }
    }

    /// Nanoseconds since 1970 UTC.
    private static func time(_ text: String) -> Int64? {
        if let number = Int64(text) { return number }
        let plain = ISO8601DateFormatter()
        let fractional = ISO8601DateFormatter()
        fractional.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        guard let date = plain.date(from: text) ?? fractional.date(from: text) else { return nil }
        return Int64((date.timeIntervalSince1970 * 1000).rounded()) * 1_000_000
    }
}

/// Where the lines go: standard output, a file, or a file through gzip.
private final class ExportOutput {
    private let handle: FileHandle
    private let gzip: Process?

    init(_ path: String?) throws {
        guard let path else {
            (handle, gzip) = (FileHandle.standardOutput, nil)
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else { throw BackupError("\(path) cannot be written") }
        guard path.hasSuffix(".gz") else {
            (handle, gzip) = (file, nil)
            return
        }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/gzip")
        process.arguments = ["-c"]
        let pipe = Pipe()
        process.standardInput = pipe
        process.standardOutput = file
        try process.run()
        (handle, gzip) = (pipe.fileHandleForWriting, process)
    }

    func write(_ bytes: [UInt8]) throws { try handle.write(contentsOf: Data(bytes)) }

    func finish() throws {
        guard let gzip else { return }
        try handle.close()
        gzip.waitUntilExit()
        if gzip.terminationStatus != 0 { throw BackupError("gzip ended with \(gzip.terminationStatus)") }
    }
}
