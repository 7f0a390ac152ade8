// swift-tools-version: 6.2
// The rooms that read bytes from outside, built with libFuzzer's coverage and the address sanitizer: `bench/fuzz`.
// A package of its own, since these flags would make every other build slow; the rooms are links to the real ones.
import PackageDescription

let fuzzed: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .unsafeFlags(["-parse-as-library", "-sanitize=fuzzer,address", "-O"]),
]

func room(_ name: String, in house: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "\(house)/\(name)", swiftSettings: fuzzed)
}

/// The files of a room that need nothing but what is here: the rest of it speaks to brokers and reads YAML.
func part(
    _ name: String, in house: String, _ dependencies: [Target.Dependency] = [], _ files: [String]
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "\(house)/\(name)", sources: files.map { "\($0).swift" },
        swiftSettings: fuzzed)
}

func system(_ name: String) -> Target { .systemLibrary(name: name, path: "Sources/System/\(name)") }

let package = Package(
    name: "feederline-fuzz",
    platforms: [.macOS(.v15)],
    targets: [
        room("Bytes", in: "Sources/Model"),
        room("Telemetry", in: "Sources/Model"),
        room("LineProtocol", in: "Sources/Ingest", ["Telemetry"]),
        room("Compression", in: "Sources/Model", ["CDeflate", "CLZ4", "CZstd"]),
        room("OCPPMessages", in: "Sources/Ingest", ["Telemetry"]),
        room("OCPPSession", in: "Sources/Ingest", ["OCPPMessages", "Telemetry"]),
        part("EngineConfiguration", in: "Sources/Operations", [], ["TopicTemplate"]),
        part("MQTTClient", in: "Sources/Ingest", [], ["Inbox"]),
        part(
            "MQTTIngest", in: "Sources/Ingest",
            ["Compression", "EngineConfiguration", "LineProtocol", "MQTTClient", "OCPPMessages", "Telemetry"],
            [
                "JSONReadings", "LineReadings", "MQTTFlaw", "PayloadDecoder", "SparkplugPayload", "SparkplugReadings",
                "SparkplugState", "TemplateReadings", "UsualJSON",
            ]),
        room("Codecs", in: "Storage", ["Bytes", "Telemetry", "CZstd"]),
        room("FileIO", in: "Storage"),
        room("WriteAheadLog", in: "Storage", ["Bytes", "FileIO", "Telemetry", "CLZ4"]),
        room("SeriesIndex", in: "Storage", ["Bytes", "FileIO", "Telemetry"]),
        room("Segments", in: "Storage", ["Bytes", "Codecs", "FileIO", "Telemetry"]),
        room("Catalog", in: "Storage", ["Bytes", "FileIO", "Segments"]),
        room("StoreBackup", in: "Storage", ["Bytes", "Catalog", "FileIO"]),
        system("CDeflate"),
        system("CZstd"),
        system("CLZ4"),
        .target(
            name: "SimulatedDisk", dependencies: ["FileIO"], path: "Tests/Support/SimulatedDisk", swiftSettings: fuzzed),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Bytes", "Catalog", "Codecs", "FileIO", "LineProtocol", "MQTTClient", "MQTTIngest", "OCPPMessages",
                "OCPPSession", "Segments", "SeriesIndex", "SimulatedDisk", "StoreBackup", "Telemetry", "WriteAheadLog",
            ],
            path: "Fuzz", swiftSettings: fuzzed, linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    ]
)
