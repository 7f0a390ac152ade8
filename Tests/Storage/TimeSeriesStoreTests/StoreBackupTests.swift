import FileIO
import Foundation
import SimulatedDisk
import StoreBackup
import StoreInspection
import Telemetry
import Testing
import TimeSeriesStore

@Suite("Backup")
struct StoreBackupTests {
    private let disk = PosixDisk()

    private func inFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "feederline-backup-" + UUID().uuidString
        try disk.createDirectory(folder)
        do {
            try await body(folder)
        } catch {
            try disk.removeDirectory(folder)
            throw error
        }
        try disk.removeDirectory(folder)
    }

    private func opened(_ directory: String) throws -> TimeSeriesStore {
        let store = TimeSeriesStore(disk: disk, settings: StoreSettings(directory: directory))
        try store.open()
        return store
    }

    private func filled(_ directory: String, _ rows: inout StoreRows) async throws -> TimeSeriesStore {
        let store = try opened(directory)
        try store.createDatabase("db")
        _ = try await store.write(batch(of: [("a", 1, [("x", .float(1))]), ("b", 2, [("x", .float(2))])], &rows)).get()
        try store.compactAll()
        _ = try await store.write(batch(of: [("c", 3, [("x", .float(3))])], &rows)).get()
        return store
    }

    @Test("a copy under an open store has segments and log; the next one takes over what is the same")
    func copies() async throws {
        try await inFolder { folder in
            var rows: StoreRows = [:]
            let store = try await filled(folder + "/data", &rows)
            let first = try StoreBackup.run(disk: disk, from: folder + "/data", to: folder + "/one")
            #expect(first.fileCount == 4 && first.sharedCount == 0)
            let then = rows
            _ = try await store.write(batch(of: [("d", 4, [("x", .float(4))])], &rows)).get()
            let second = try StoreBackup.run(
                disk: disk, from: folder + "/data", to: folder + "/two", previous: folder + "/one")
            #expect(second.fileCount == 4 && second.sharedCount == 1)
            try store.close()
            for (name, expected) in [("one", then), ("two", rows)] {
                let report = try StoreBackup.restore(
                    disk: disk, from: folder + "/" + name, to: folder + "/back-" + name)
                #expect(report.fileCount == 4)
                #expect(StoreVerification(disk: disk, directory: folder + "/back-" + name).findings.isEmpty)
                let again = try opened(folder + "/back-" + name)
                #expect(try again.contents() == expected)
                try again.close()
            }
        }
    }

    @Test("a restore refuses what is damaged or no backup, and a directory that is not empty, and leaves nothing")
    func refusals() async throws {
        try await inFolder { folder in
            var rows: StoreRows = [:]
            let store = try await filled(folder + "/data", &rows)
            _ = try StoreBackup.run(disk: disk, from: folder + "/data", to: folder + "/one")
            try store.close()
            #expect(throws: BackupError.self) {
                try StoreBackup.run(disk: disk, from: folder + "/none", to: folder + "/two")
            }
            #expect(throws: BackupError.self) {
                try StoreBackup.restore(disk: disk, from: folder + "/one", to: folder + "/data")
            }
            #expect(throws: BackupError.self) {
                try StoreBackup.restore(disk: disk, from: folder + "/data", to: folder + "/back")
            }
            for path in try StoreBackup.read(disk, folder + "/one").files.map(\.path) + ["backup.list"] {
                let whole = try disk.contents(of: folder + "/one/" + path)
                var damaged = whole
                damaged[damaged.count / 2] ^= 2
                try disk.replace(folder + "/one/" + path, with: damaged, in: folder + "/one")
                let error = #expect(throws: BackupError.self) {
                    try StoreBackup.restore(disk: disk, from: folder + "/one", to: folder + "/back")
                }
                #expect(error?.description.contains(path) ?? false)
                #expect(try disk.list(folder).filter { $0.hasPrefix("back") }.isEmpty)
                try disk.replace(folder + "/one/" + path, with: whole, in: folder + "/one")
            }
            _ = try StoreBackup.restore(disk: disk, from: folder + "/one", to: folder + "/back")
        }
    }

    @Test("a list of an unknown version is refused by its name, and a path that leaves the directory is no path")
    func lists() {
        let later = #expect(throws: (any Error).self) { try BackupList(Array("V2GB 2\nend 0 00000000\n".utf8)) }
        #expect("\(later.map { "\($0)" } ?? "")".contains("version 2"))
        #expect(throws: (any Error).self) { try BackupList(Array("V2GB 1\n00000000 1 ../x\nend 1 0\n".utf8)) }
        #expect(throws: (any Error).self) { try BackupList(Array("V2GB 1\n".utf8)) }
        #expect(throws: (any Error).self) { try BackupList([]) }
    }
}

@Suite("Verification")
struct StoreVerificationTests {
    @Test("every damaged file is named with what and where; a torn end of the log is none")
    func findings() async throws {
        let disk = JournaledDisk()
        let store = TimeSeriesStore(disk: disk, settings: StoreSettings(directory: "/store"))
        try store.open()
        try store.createDatabase("db")
        var rows: StoreRows = [:]
        let points = (0..<50).map { row in
            (tag: "a", time: Int64(row), fields: [("x", FieldValue.float(Double(row * row)))])
        }
        _ = try await store.write(batch(of: points, &rows)).get()
        try store.compactAll()
        for time in 0..<3 {
            _ = try await store.write(batch(of: [("b", Int64(time), [("x", .float(1))])], &rows)).get()
        }
        let files = disk.image(.dropped)
        func findings(_ files: [String: [UInt8]]) -> StoreVerification {
            StoreVerification(disk: JournaledDisk(files), directory: "/store")
        }
        let whole = findings(files)
        #expect(whole.findings.isEmpty && whole.rowCount == 50 && whole.fileCount == 4)
        for (path, bytes) in files {
            var damaged = files
            damaged[path]?[min(bytes.count - 1, 40)] ^= 1
            #expect(findings(damaged).findings.map(\.path) == [path], "\(path)")
            damaged[path] = nil
            let isLog = path.hasSuffix(".log")
            #expect(findings(damaged).findings.isEmpty == isLog, "\(path) is gone")
            damaged[path] = Array(bytes.dropLast(3))
            #expect(findings(damaged).findings.isEmpty == isLog, "\(path) is short")
            if isLog { #expect(findings(damaged).tornByteCount > 0) }
        }
    }

    @Test("a description is JSON for programs and lines for people")
    func descriptions() {
        let one = Description.object([
            ("a", .integer(-1)), ("b", .text("x\"\\\n\u{1}é")), ("c", .array([.object([("d", .number(.nan))])])),
            ("e", .boolean(true)), ("f", .count(UInt64.max)),
        ])
        #expect(
            one.json
                == #"{"a":-1,"b":"x\"\\\n\u0001é","c":[{"d":"nan"}],"e":true,"f":"18446744073709551615"}"#)
        #expect(
            Description.object([("a", .integer(1)), ("c", .array([.object([("d", .text("x"))])]))]).lines
                == "a 1\n  c:\n    d x\n")
    }
}
