import ArgumentParser
import Foundation
import FoundationNetworking

/// `v2g import`: line protocol from a file to an engine.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Sends a file of line protocol to an engine.",
        discussion: """
            v2g import all.lp.gz
            v2g export data | v2g import - --http http://other:8086
            v2g import rows.lp --database telemetry --progress rows.progress

            Files of v2g export and influx_inspect export bring their databases and policies along. What the engine
            refuses is told with the lines that were sent together, and the rest goes on. While the engine does not
            answer, or is full, the same lines are sent again. With --progress an import that was stopped goes on where
            it was: lines that come twice change nothing.

            Exit codes: 0, 1 when the engine does not answer, or refused something.
            """)

    @Argument(help: "The file, compressed where its name ends in .gz; - for standard input.")
    var file: String

    @Option(help: "The engine's HTTP address; http://user:password@host:port where it has --auth.")
    var http: String = "http://127.0.0.1:8086"

    @Option(name: .shortAndLong, help: "The database of lines before any comment that names one.")
    var database: String = "telemetry"

    @Option(help: "The retention policy of lines before any comment that names one.")
    var policy: String?

    @Option(help: "A file that keeps how far the import is.")
    var progress: String?

    @Option(help: "Lines of one request.")
    var batch: Int = 5_000

    @Option(help: "How often the same lines are tried.")
    var tries: Int = 20

    func validate() throws {
        guard batch > 0, tries > 0 else { throw ValidationError("--batch and --tries are at least 1") }
    }

    func run() async throws {
        do {
            var place = ImportPlace(database: database, policy: policy ?? "")
            if let progress, let text = try? String(contentsOfFile: progress, encoding: .utf8) {
                guard let known = ImportPlace(text) else { throw ImportError("\(progress) is no file of progress") }
                place = known
            }
            let source = try LineSource(file)
            try source.skip(place.offset)
            var sender = ImportSender(address: try ImportAddress(http), tries: tries)
            var lines = LineImport(place: place, limit: batch)
            while let line = try source.next() {
                guard let chunk = lines.take(line) else { continue }
                try await send(chunk, &sender)
            }
            if let chunk = lines.finish() { try await send(chunk, &sender) }
            complain("\(sender.lineCount) lines sent, \(sender.refusalCount) requests with something refused")
            if sender.refusalCount > 0 { throw ExitCode.failure }
        } catch let code as ExitCode {
            throw code
        } catch {
            complain("\(error)")
            throw ExitCode.failure
        }
    }

    private func send(_ chunk: LineImport.Chunk, _ sender: inout ImportSender) async throws {
        try await sender.send(chunk)
        guard let progress else { return }
        try chunk.end.text.write(toFile: progress, atomically: true, encoding: .utf8)
    }
}

/// Why an import ends.
struct ImportError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// How far an import is: bytes and lines of the text, and what the comments before said.
struct ImportPlace {
    var offset = 0
    var line = 0
    var isDefinition = false
    var database: String
    var policy: String

    init(database: String, policy: String) {
        self.database = database
        self.policy = policy
    }

    /// The place that `text` notes.
    init?(_ text: String) {
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard parts.count == 6, let offset = Int(parts[0]), let line = Int(parts[1]) else { return nil }
        self.offset = offset
        self.line = line
        isDefinition = parts[2] == "definition"
        database = String(parts[3])
        policy = String(parts[4])
    }

    var text: String { "\(offset)\n\(line)\n\(isDefinition ? "definition" : "lines")\n\(database)\n\(policy)\n" }
}

/// Cuts a text into what is sent together.
struct LineImport {
    /// Lines of one request, or one statement.
    struct Chunk {
        var bytes: [UInt8]
        var isStatement: Bool
        var database: String
        var policy: String
        var first: Int
        var last: Int
        /// The place behind it.
        var end: ImportPlace
    }

    private var place: ImportPlace
    private let limit: Int
    private var bytes: [UInt8] = []
    private var first = 0
    private var count = 0

    init(place: ImportPlace, limit: Int) {
        self.place = place
        self.limit = limit
    }

    /// Takes the next line with its end; a chunk comes back when there is enough, or when a comment ends it.
    mutating func take(_ line: [UInt8]) -> Chunk? {
        let text = line.first == UInt8(ascii: "#") ? String(decoding: line, as: UTF8.self) : ""
        if !text.isEmpty {
            let ready = finish()
            advance(line)
            let word = text.trimmingCharacters(in: .whitespacesAndNewlines)
            if word == "# DDL" { place.isDefinition = true }
            if word == "# DML" { place.isDefinition = false }
            if let name = value(of: "# CONTEXT-DATABASE:", word) { place.database = name }
            if let name = value(of: "# CONTEXT-RETENTION-POLICY:", word) { place.policy = name }
            return ready
        }
        if count == 0 { first = place.line + 1 }
        bytes += line
        count += 1
        advance(line)
        return place.isDefinition || count >= limit || bytes.count > 4 << 20 ? finish() : nil
    }

    /// What is left.
    mutating func finish() -> Chunk? {
        defer { (bytes, count) = ([], 0) }
        guard bytes.contains(where: { $0 > 0x20 }) else { return nil }
        return Chunk(
            bytes: bytes, isStatement: place.isDefinition, database: place.database, policy: place.policy,
            first: first, last: place.line, end: place)
    }

    private mutating func advance(_ line: [UInt8]) {
        place.offset += line.count
        place.line += 1
    }

    private func value(of name: String, _ text: String) -> String? {
        guard text.hasPrefix(name) else { return nil }
        return String(text.dropFirst(name.count))
    }
}

/// The lines of a file, of a gzip file or of standard input.
final class LineSource {
    private let handle: FileHandle
    private let gzip: Process?
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    init(_ path: String) throws {
        if path == "-" {
            (handle, gzip) = (FileHandle.standardInput, nil)
            return
        }
        guard let file = FileHandle(forReadingAtPath: path) else { throw ImportError("\(path) cannot be read") }
        guard path.hasSuffix(".gz") else {
            (handle, gzip) = (file, nil)
            return
        }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/gzip")
        process.arguments = ["-dc"]
        process.standardInput = file
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        (handle, gzip) = (pipe.fileHandleForReading, process)
    }

    /// Passes over the first `count` bytes.
    func skip(_ count: Int) throws {
        while buffer.count - start < count {
            guard try fill() else { throw ImportError("the file ends before byte \(count), where the progress is") }
        }
        start += count
    }

    /// The next line with its end, or nil at the end of the file.
    func next() throws -> [UInt8]? {
        var from = start
        while true {
            if let end = buffer[from...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return Array(buffer[start...end])
            }
            let pending = buffer.count - start
            if try !fill() { break }
            from = start + pending
        }
        if let gzip {
            gzip.waitUntilExit()
            if gzip.terminationStatus != 0 { throw ImportError("gzip ended with \(gzip.terminationStatus)") }
        }
        guard start < buffer.count else { return nil }
        defer { start = buffer.count }
        return Array(buffer[start...]) + [UInt8(ascii: "\n")]
    }

    private func fill() throws -> Bool {
        if isAtEnd { return false }
        buffer.removeFirst(start)
        start = 0
        guard let data = try handle.read(upToCount: 1 << 20), !data.isEmpty else {
            isAtEnd = true
            return false
        }
        buffer += data
        return true
    }
}
