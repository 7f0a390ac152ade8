import Foundation
import Testing

/// The house as its source files show it: what each target imports, and the words in each file.
struct House {
    /// The floor of each target; a target imports only its own floor or a lower one, and no other edge.
    static let floors: [String: Int] = [
        "Telemetry": 0, "Compression": 0, "Bytes": 0,
        "Codecs": 1, "LineProtocol": 1, "OCPPMessages": 1, "OCPPSession": 1, "FleetPipeline": 1, "LogicalPlan": 1,
        "InfluxQL": 1, "DispatchFeedProtocol": 1, "ForwardingProtocol": 1, "TransformerThermal": 1,
        "FileIO": 2, "WriteAheadLog": 2, "Catalog": 2, "SeriesIndex": 2, "Segments": 2, "TimeSeriesStore": 2,
        "StoreBackup": 2,
        "StoreInspection": 2, "ComputeThreads": 2,
        "QueryExecutor": 3, "Downsampling": 3, "FrameIntake": 3, "EngineConfiguration": 3, "Observability": 3,
        "AccessControl": 3, "MQTTClient": 3,
        "OCPPGateway": 4, "MQTTIngest": 4, "HTTPAPI": 4, "DispatchFeed": 4,
        "UDPIngest": 4, "EngineForwarding": 4, "ResultPublication": 4, "Subscriptions": 4,
        "v2g-engine": 5, "ocpp-gateway": 5, "v2g": 5,
    ]

    struct File {
        let path: String
        let target: String
        let text: String

        /// The lines without comments and without what stands in quotes.
        var code: [String] {
            text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                var code = ""
                var isQuoted = false
                var before: Character = " "
                for character in line {
                    if character == "\"", before != "\\" { isQuoted.toggle() }
                    if !isQuoted, character == "/", before == "/" { return String(code.dropLast()) }
                    if !isQuoted { code.append(character) }
                    before = character
                }
                return code
            }
        }

        var imports: [String] { text.split(separator: "\n").compactMap { Self.module(ofImport: $0) } }

        /// The module that a line imports, whatever attributes, access and kind of declaration stand beside it.
        static func module(ofImport line: Substring) -> String? {
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
                words[..<place].allSatisfy({ $0.hasPrefix("@") || accessLevels.contains(String($0)) })
            else { return nil }
            let kinds: Set<String> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
            let name = kinds.contains(String(words[place + 1])) ? words.dropFirst(place + 2).first : words[place + 1]
            return name?.split(separator: ".").first.map(String.init)
        }

        private static let accessLevels: Set<String> = ["public", "package", "internal", "fileprivate", "private"]
    }

    let files: [File]

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        var files: [File] = []
        for house in ["Sources", "Pipelines", "Storage"] {
            let base = root.appending(path: house)
            let paths = try FileManager.default.subpathsOfDirectory(atPath: base.path).filter { $0.hasSuffix(".swift") }
            for path in paths.sorted() where !path.contains("Generated/") {
                let parts = path.split(separator: "/").map(String.init)
                files.append(
                    File(
                        path: house + "/" + path, target: parts[parts.count - 2],
                        text: try String(contentsOf: base.appending(path: path), encoding: .utf8)))
            }
        }
        self.files = files
    }
}

@Suite("Architecture")
struct ArchitectureTests {
    let house: House

    init() throws { house = try House() }

    @Test("every source file belongs to a target whose floor is known")
    func known() {
        #expect(house.files.count > 50)
        for file in house.files { #expect(House.floors[file.target] != nil, "\(file.path)") }
    }

    @Test(
        "an import is seen in each form that it can have",
        arguments: [
            "import HTTPAPI", "package import HTTPAPI", "@preconcurrency package import HTTPAPI",
            "@testable import HTTPAPI",
            "import struct HTTPAPI.QueryRoutes",
        ])
    func importForms(line: String) {
        #expect(House.File.module(ofImport: line[...]) == "HTTPAPI")
    }

    @Test("imports point down, and no edge imports another")
    func floors() {
        for file in house.files {
            guard let floor = House.floors[file.target] else { continue }
            for name in file.imports {
                guard let other = House.floors[name] else { continue }
                #expect(other <= floor, "\(file.path) on floor \(floor) imports \(name) on floor \(other)")
                #expect(floor != 4 || other != 4, "\(file.path): an edge imports the edge \(name)")
            }
        }
    }

    @Test("no target imports itself over others")
    func cycles() {
        var edges: [String: Set<String>] = [:]
        for file in house.files {
            edges[file.target, default: []].formUnion(file.imports.filter { House.floors[$0] != nil })
        }
        for start in edges.keys {
            var seen: Set<String> = []
            var open = Array(edges[start] ?? [])
            while let next = open.popLast() {
                if seen.insert(next).inserted { open += edges[next] ?? [] }
            }
            #expect(!seen.contains(start), "\(start) imports itself")
        }
    }

    @Test("Pipelines neither awaits nor reads a clock, and knows no storage and no library")
    func pipelines() {
        let forbidden = [
            "await", "async", "Task", "Date", "ContinuousClock", "SuspendingClock", "clock_gettime", "gettimeofday",
            "DispatchTime",
        ]
        for file in house.files where file.path.hasPrefix("Pipelines/") {
            for word in forbidden { #expect(!contains(file, word), "\(file.path) says \(word)") }
            // The C library has the exponentials of the thermal model; the words above keep its clocks out.
            let allowed = ["Telemetry", "Bytes", "FleetPipeline", "TransformerThermal", "Glibc"]
            for name in file.imports { #expect(allowed.contains(name), "\(file.path) imports \(name)") }
        }
    }

    @Test("Storage knows no network")
    func storage() {
        let forbidden = ["socket", "connect", "listen", "accept", "URLSession", "Channel", "NWConnection"]
        for file in house.files where file.path.hasPrefix("Storage/") {
            for word in forbidden { #expect(!contains(file, word), "\(file.path) says \(word)") }
            for name in file.imports {
                #expect(
                    !name.hasPrefix("NIO") && !name.hasPrefix("Foundation") && !name.hasPrefix("GRPC"),
                    "\(file.path) imports \(name)")
                #expect(name != "FleetPipeline", "\(file.path) imports the pipelines")
            }
        }
    }

    @Test(
        "third parties' types stop at floor 4: below it only C libraries, Yams in the configuration, cryptography, and the toolchain's own"
    )
    func thirdParties() {
        let allowed: Set<String> = [
            "Dispatch", "Glibc", "Synchronization", "Foundation", "CDeflate", "CZstd", "CLZ4", "CTimex", "CThread",
            "CMosquitto", "Yams",
        ]
        for file in house.files {
            guard let floor = House.floors[file.target], floor < 4 else { continue }
            for name in file.imports where House.floors[name] == nil {
                if file.target == "AccessControl", ["Crypto", "CryptoExtras"].contains(name) { continue }
                #expect(allowed.contains(name), "\(file.path) imports \(name)")
                #expect(name != "Yams" || file.target == "EngineConfiguration", "\(file.path) imports Yams")
            }
        }
    }

    @Test("no file is over 400 lines, and no line says what must not stand")
    func manners() {
        for file in house.files {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 401, "\(file.path) has \(lines) lines")
            for word in ["try!", "as!", "fatalError(", "TODO", "FIXME"] {
                #expect(!file.code.contains { $0.contains(word) }, "\(file.path) says \(word)")
            }
        }
    }

    @Test("no function is over 70 lines, from its first line to its closing brace")
    func functionLengths() {
        for file in house.files {
            let lengths = FunctionLengths(of: file.text)
            #expect(lengths.isBalanced, "\(file.path) was misread")
            for function in lengths.functions where function.lineCount > 70 {
                Issue.record("\(file.path):\(function.line) \(function.name) has \(function.lineCount) lines")
            }
        }
    }

    private func contains(_ file: House.File, _ word: String) -> Bool {
        file.code.contains { line in
            line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.contains { $0 == word }
        }
    }
}
