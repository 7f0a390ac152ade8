// swift-tools-version: 6.2
// The module graph, bottom up: a target imports only its own floor or a lower one (Tests/Architecture checks it).
import PackageDescription

/// Every target of our own is held to the same rules; generated code alone is exempt.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

func room(_ name: String, in house: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "\(house)/\(name)", swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: "Sources/Executables/\(name)", swiftSettings: strict)
}

func tests(_ name: String, in house: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target
{
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(house)/\(name)", resources: resources,
        swiftSettings: strict)
}

/// A Debian package of C headers and a shared library, seen through a module map.
func system(_ name: String, apt package: String) -> Target {
    .systemLibrary(name: name, path: "Sources/System/\(name)", providers: [.apt([package])])
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLSEvents = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let grpcCore = Target.Dependency.product(name: "GRPCCore", package: "grpc-swift-2")
let grpcTransport = Target.Dependency.product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
let grpcProtobuf = Target.Dependency.product(name: "GRPCProtobuf", package: "grpc-swift-protobuf")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")

let package = Package(
    name: "feederline",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "v2g-engine", targets: ["v2g-engine"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", exact: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", exact: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", exact: "2.4.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // 0 · words
        // Reads and writes bytes: checksums, varints, a table of byte keys.
        room("Bytes", in: "Sources/Model"),
        // Inflates and deflates bodies, bounded.
        room("Compression", in: "Sources/Model", ["CDeflate", "CLZ4", "CZstd"]),
        // Says what a reading is: frames in columns, series keys, times, the topology of the grid.
        room("Telemetry", in: "Sources/Model"),

        // 1 · pure kernels
        // Turns columns into vectors of bytes and back, the smallest form for each.
        room("Codecs", in: "Storage", ["Bytes", "Telemetry", "CZstd"]),
        // Reads InfluxDB line protocol into columns.
        room("LineProtocol", in: "Sources/Ingest", ["Telemetry"]),
        // Reads InfluxQL into statements.
        room("InfluxQL", in: "Sources/Query", ["LogicalPlan"]),
        // Says what a query is and what it answers, whatever language asked.
        room("LogicalPlan", in: "Sources/Query", ["Telemetry"]),
        // Computes a transformer's temperatures, ageing and admissible load.
        room("TransformerThermal", in: "Pipelines"),
        // Computes the windows of feeders and their reserve from readings in any order.
        room("FleetPipeline", in: "Pipelines", ["Bytes", "Telemetry", "TransformerThermal"]),
        // Reads what charging stations say: JSON, the norm's shapes, samples to one signed power; writes the answers.
        room("OCPPMessages", in: "Sources/Ingest", ["Telemetry"]),
        // Decides what one station's connection does next.
        room("OCPPSession", in: "Sources/Ingest", ["OCPPMessages", "Telemetry"]),

        // 2 · files
        // The seam to the disk, and the machine's own disk behind it.
        room("FileIO", in: "Storage"),
        // Keeps the durable order of everything.
        room("WriteAheadLog", in: "Storage", ["Bytes", "FileIO", "Telemetry", "CLZ4"]),
        // Numbers series and finds them by tag.
        room("SeriesIndex", in: "Storage", ["Bytes", "FileIO", "Telemetry"]),
        // Writes and reads immutable columnar files.
        room("Segments", in: "Storage", ["Bytes", "Codecs", "FileIO", "Telemetry"]),
        // Names what the store consists of at one instant.
        room("Catalog", in: "Storage", ["Bytes", "FileIO", "Segments"]),
        // Stores rows, answers scans, keeps retention, flushes and compacts.
        room(
            "TimeSeriesStore", in: "Storage",
            ["Bytes", "Catalog", "FileIO", "Segments", "SeriesIndex", "Telemetry", "WriteAheadLog"]),

        // Checks and describes the files of a store.
        room(
            "StoreInspection", in: "Storage",
            ["Bytes", "Catalog", "Codecs", "FileIO", "Segments", "SeriesIndex", "Telemetry", "WriteAheadLog"]),
        // Copies a store, whole.
        room("StoreBackup", in: "Storage", ["Bytes", "Catalog", "FileIO"]),

        // Runs what takes long, beside what must not wait.
        room("ComputeThreads", in: "Sources/Operations", ["CThread"]),

        // 3 · engines
        // Admits batches to the store and the windows.
        room(
            "FrameIntake", in: "Sources/Ingest",
            [
                "Bytes", "FileIO", "FleetPipeline", "Segments", "SeriesIndex", "Telemetry", "TimeSeriesStore",
                "WriteAheadLog",
            ]),
        // Keeps coarser copies of rows, and computes them again when late ones come.
        room(
            "Downsampling", in: "Sources/Query",
            [
                "Bytes", "Catalog", "FileIO", "InfluxQL", "LogicalPlan", "QueryExecutor", "SeriesIndex", "Telemetry",
                "TimeSeriesStore",
            ]),
        // Reads the configuration and the topology, with the line of what is wrong.
        room("EngineConfiguration", in: "Sources/Operations", ["FleetPipeline", "LogicalPlan", "Telemetry", yams]),
        // Knows the engine's phase and writes its metrics.
        room("Observability", in: "Sources/Operations", ["CTimex"]),
        // Knows the users, and who may do what.
        room(
            "AccessControl", in: "Sources/Serving", ["Bytes", "FileIO", "InfluxQL", crypto, cryptoExtras]),
        // Plans and runs queries against the store.
        room(
            "QueryExecutor", in: "Sources/Query",
            [
                "AccessControl", "Bytes", "Catalog", "Codecs", "ComputeThreads", "FileIO", "InfluxQL", "LogicalPlan",
                "Segments",
                "SeriesIndex", "Telemetry", "TimeSeriesStore", "WriteAheadLog",
            ]),

        // 4 · edges
        // Speaks InfluxDB's HTTP API.
        room(
            "HTTPAPI", in: "Sources/Serving",
            [
                "AccessControl", "Compression", "ComputeThreads", "LineProtocol", "LogicalPlan", "Observability",
                "QueryExecutor",
                "Telemetry", nioCore, nioPosix, nioTLS, logging,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ]),
        // Sends points on to whoever subscribed to them.
        room(
            "Subscriptions", in: "Sources/Serving",
            ["Catalog", "LineProtocol", "Telemetry", "TimeSeriesStore", nioCore, nioPosix, nioHTTP1, nioTLS, logging]),
        // Takes charging stations over WebSocket.
        room(
            "OCPPGateway", in: "Sources/Ingest",
            [
                "Compression", "EngineConfiguration", "FileIO", "OCPPMessages", "OCPPSession", "Observability",
                "Telemetry", crypto, cryptoExtras, nioCore, nioPosix, nioHTTP1, nioTLS, nioTLSEvents,
                nioWebSocket, logging,
            ]),

        // Takes line protocol in datagrams.
        room("UDPIngest", in: "Sources/Ingest", ["LineProtocol", "Telemetry", nioCore, nioPosix]),
        // Keeps one connection to an MQTT 5 broker.
        room("MQTTClient", in: "Sources/Ingest", ["CMosquitto"]),
        // Reads telemetry from an MQTT 5 broker.
        room(
            "MQTTIngest", in: "Sources/Ingest",
            ["Compression", "EngineConfiguration", "LineProtocol", "MQTTClient", "OCPPMessages", "Telemetry", logging]),
        // Publishes the results of windows to an MQTT 5 broker, retained.
        room("ResultPublication", in: "Sources/Dispatch", ["MQTTClient", "Telemetry", logging]),
        // The messages of the dispatch feed, generated from its .proto file.
        .target(
            name: "DispatchFeedProtocol", dependencies: [grpcCore, grpcProtobuf, protobuf],
            path: "Sources/Dispatch/Generated", exclude: ["README.md"], swiftSettings: [.swiftLanguageMode(.v6)]),
        // Streams the results of windows to the dispatch core.
        .target(
            name: "DispatchFeed",
            dependencies: ["DispatchFeedProtocol", "Telemetry", grpcCore, grpcTransport, protobuf, logging],
            path: "Sources/Dispatch/DispatchFeed", exclude: ["feederline_dispatch_v1.proto"], swiftSettings: strict),

        // The messages from a gateway to an engine, generated from their .proto file.
        .target(
            name: "ForwardingProtocol", dependencies: [grpcCore, grpcProtobuf, protobuf],
            path: "Sources/Ingest/Generated", exclude: ["README.md"], swiftSettings: [.swiftLanguageMode(.v6)]),
        // Carries readings from a gateway to an engine, over a spool on the disk while the engine is away.
        .target(
            name: "EngineForwarding",
            dependencies: [
                "Bytes", "FileIO", "ForwardingProtocol", "Observability", "Telemetry", grpcCore, grpcTransport,
                grpcProtobuf, protobuf, logging,
            ],
            path: "Sources/Ingest/EngineForwarding", exclude: ["feederline_forwarding_v1.proto"], swiftSettings: strict
        ),

        // C libraries of Debian, seen through module maps
        system("CZstd", apt: "libzstd-dev"),
        system("CLZ4", apt: "liblz4-dev"),
        system("CDeflate", apt: "libdeflate-dev"),
        system("CMosquitto", apt: "libmosquitto-dev"),
        system("CTimex", apt: "libc6-dev"),
        system("CThread", apt: "libc6-dev"),

        // 5 · programs
        // The engine: one process that runs every part of the main job in the foreground.
        program(
            "v2g-engine",
            [
                "AccessControl", "DispatchFeed", "Downsampling", "EngineConfiguration", "EngineForwarding", "FileIO",
                "FleetPipeline",
                "FrameIntake", "HTTPAPI",
                "MQTTClient", "MQTTIngest", "ResultPublication", "Segments", "SeriesIndex",
                "OCPPGateway", "LineProtocol", "Observability", "QueryExecutor", "Subscriptions", "Telemetry",
                "TimeSeriesStore", "UDPIngest", argumentParser, lifecycle, logging, nioPosix, unixSignals,
            ]),
        // Charging stations in a process of their own, in front of an engine.
        program(
            "ocpp-gateway",
            [
                "EngineConfiguration", "EngineForwarding", "FileIO", "OCPPGateway", "Telemetry", argumentParser,
                lifecycle, logging, nioCore, nioPosix, unixSignals,
            ]),
        // What a person types: simulate, query, verify, inspect, back up, restore, export, import.
        program(
            "v2g",
            [
                "Bytes", "Catalog", "FileIO", "LineProtocol", "Segments", "SeriesIndex", "StoreBackup",
                "StoreInspection", "Telemetry", "TimeSeriesStore", "WriteAheadLog", "CMosquitto", argumentParser,
                nioCore, nioPosix, nioHTTP1, nioWebSocket, unixSignals,
            ]),

        // Measures what the codecs make of a file of line protocol.
        .executableTarget(
            name: "bench-codecs", dependencies: ["Bytes", "Codecs", "FileIO", "LineProtocol", "Segments", "Telemetry"],
            path: "bench/codecs", swiftSettings: strict),

        // Measures what reading a station's message costs.
        .executableTarget(
            name: "bench-ocpp", dependencies: ["OCPPMessages", "OCPPSession", "Telemetry"], path: "bench/ocpp",
            exclude: ["idle.py", "load.py", "python_peer.py"],
            swiftSettings: strict),

        // Reads from an MQTT broker as the engine does, without the engine's servers.
        .executableTarget(
            name: "bench-mqtt",
            dependencies: [
                "FileIO", "FleetPipeline", "FrameIntake", "MQTTClient", "MQTTIngest", "Telemetry", "TimeSeriesStore",
                logging,
            ],
            path: "bench/mqtt", exclude: ["bench.py", "mqttload.c"], swiftSettings: strict),

        // Measures what a reading costs in the windows, without log, store and network.
        .executableTarget(
            name: "bench-windows", dependencies: ["FleetPipeline", "Telemetry"], path: "bench/windows",
            exclude: ["bytewax_peer.py"],
            swiftSettings: strict),

        // Tests
        tests("TelemetryTests", in: "Sources", ["Telemetry"]),
        tests("CompressionTests", in: "Sources", ["Compression"]),
        tests("BytesTests", in: "Sources", ["Bytes"]),
        tests("LineProtocolTests", in: "Sources", ["LineProtocol", "Telemetry"]),
        tests("OCPPMessagesTests", in: "Sources", ["OCPPMessages", "Telemetry"]),
        tests("OCPPSessionTests", in: "Sources", ["OCPPMessages", "OCPPSession", "Telemetry"]),
        tests(
            "OCPPGatewayTests", in: "Sources",
            [
                "Compression", "EngineConfiguration", "FileIO", "OCPPGateway", "OCPPMessages", "SimulatedDisk",
                "Telemetry", nioCore, nioPosix, nioHTTP1, nioWebSocket, logging,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ]),
        tests(
            "FleetPipelineTests", in: "Pipelines", ["FleetPipeline", "Telemetry", "Bytes", "TransformerThermal"],
            resources: [.copy("Resources")]),
        tests("TransformerThermalTests", in: "Pipelines", ["TransformerThermal"], resources: [.copy("Resources")]),
        tests("InfluxQLTests", in: "Sources", ["InfluxQL", "LogicalPlan"]),
        tests("LogicalPlanTests", in: "Sources", ["LogicalPlan"]),
        tests(
            "QueryExecutorTests", in: "Sources",
            [
                "AccessControl", "Catalog", "FileIO", "LogicalPlan", "QueryExecutor", "SimulatedDisk", "Telemetry",
                "TimeSeriesStore",
            ]),
        tests(
            "DownsamplingTests", in: "Sources",
            [
                "Catalog", "Downsampling", "FileIO", "LogicalPlan", "QueryExecutor", "SimulatedDisk", "Telemetry",
                "TimeSeriesStore", "WriteAheadLog",
            ]),
        tests(
            "AccessControlTests", in: "Sources",
            ["AccessControl", "Bytes", "FileIO", "InfluxQL", "LogicalPlan", "SimulatedDisk", crypto]),
        tests("ComputeThreadsTests", in: "Sources", ["CThread", "ComputeThreads"]),
        tests("HTTPAPITests", in: "Sources", ["HTTPAPI", "LogicalPlan", "QueryExecutor", "Telemetry"]),
        tests("UDPIngestTests", in: "Sources", ["LineProtocol", "Telemetry", "UDPIngest", nioPosix]),
        .target(
            name: "BrokerSupport", dependencies: ["Telemetry"], path: "Tests/Support/BrokerSupport",
            swiftSettings: strict),
        tests(
            "MQTTIngestTests", in: "Sources",
            ["BrokerSupport", "EngineConfiguration", "MQTTClient", "MQTTIngest", "Telemetry", logging]),
        tests(
            "ResultPublicationTests", in: "Sources",
            ["BrokerSupport", "MQTTClient", "ResultPublication", "Telemetry", logging]),
        tests(
            "DispatchFeedTests", in: "Sources",
            [
                "DispatchFeed", "DispatchFeedProtocol", "FleetPipeline", "Telemetry", grpcCore, grpcTransport, logging,
            ]),
        tests(
            "EngineForwardingTests", in: "Sources",
            [
                "Bytes", "DispatchFeed", "EngineForwarding", "FileIO", "ForwardingProtocol", "SimulatedDisk",
                "Telemetry",
                grpcCore, grpcTransport, protobuf, logging,
            ]),
        tests(
            "EngineConfigurationTests", in: "Sources",
            ["EngineConfiguration", "FleetPipeline", "LogicalPlan", "Telemetry"]),
        // A disk in memory for tests: it forgets on a crash what was not synced, and fails when told to.
        .target(
            name: "SimulatedDisk", dependencies: ["FileIO"], path: "Tests/Support/SimulatedDisk", swiftSettings: strict),
        tests(
            "FrameIntakeTests", in: "Sources",
            [
                "FileIO", "FleetPipeline", "FrameIntake", "SeriesIndex", "Segments", "SimulatedDisk", "Telemetry",
                "TimeSeriesStore",
            ]),
        .testTarget(name: "ArchitectureTests", path: "Tests/Architecture/ArchitectureTests", swiftSettings: strict),
        tests("CodecsTests", in: "Storage", ["Bytes", "Codecs", "Telemetry"]),
        tests(
            "TimeSeriesStoreTests", in: "Storage",
            [
                "Bytes", "Catalog", "Codecs", "FileIO", "Segments", "SeriesIndex", "SimulatedDisk", "StoreBackup",
                "StoreInspection", "Telemetry", "TimeSeriesStore", "WriteAheadLog",
            ], resources: [.copy("Golden")]),
    ]
)
