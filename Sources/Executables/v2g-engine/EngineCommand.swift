import ArgumentParser
import EngineConfiguration
import FileIO
import Foundation
import Logging

/// `v2g-engine`: the engine in the foreground.
@main
struct EngineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "v2g-engine",
        abstract: "Runs the Feederline engine: telemetry in, windows, a durable store, answers on InfluxDB's API.",
        discussion: """
            One process in the foreground; Ctrl-C (SIGINT) or SIGTERM stops it cleanly, SIGHUP reads the topology and \
            the certificate anew. Settings come from the defaults, then --config, then the options here. An address is HOST:PORT or `off`; \
            port 0 picks a free port, and the line that says where it listens names it.

            Keys of --config (YAML), all optional: data, http, ocpp, mqtt, grpc, udp, topology, tls_cert, tls_key as the options; \
            auth (false), shared_secret (of JSON web tokens), ping_auth (false); max_connection_limit (0: any number), \
            max_body_kib (65536), max_header_kib (80); udp_database (udp), udp_precision (ns); mqtt_client_id \
            (feederline; two engines at one broker need two); mqtt may be a list of brokers, see README; memtable_mib (256: rows in memory at which a flush begins); log_retention_mib (256: log kept for cursors); decoded_cache_mib (256: decoded vectors kept for the next query); query_memory_mib (an eighth of the machine's), query_timeout_s (0: any time), max_select_series (0: any number); subscriber_ca (authorities of https subscribers; absent: the machine's), subscriber_insecure (false); downsampling: a list, see README; windows: {disorder_s: 2, allowed_lateness_s: 60}; \
            ocpp_gateway: the keys of ocpp-gateway's file about stations (see its --help).

            Exit codes: 0 after a clean stop, 64 for wrong options, 78 for a wrong configuration or topology, 1 when the \
            store cannot be opened or a part fails.
            """, version: "0.1.0")

    @Option(help: ArgumentHelp("The directory of the store, made where it is not there.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("InfluxDB's HTTP API (default 127.0.0.1:8086).", valueName: "host:port|off"))
    var http: String?

    @Option(
        help: ArgumentHelp("Charging stations, OCPP 1.6 to 2.1 (default 127.0.0.1:8080).", valueName: "host:port|off"))
    var ocpp: String?

    @Option(help: ArgumentHelp("The MQTT 5 broker to read from (default 127.0.0.1:1883).", valueName: "host:port|off"))
    var mqtt: String?

    @Option(help: ArgumentHelp("The dispatch feed, gRPC (default 127.0.0.1:50051).", valueName: "host:port|off"))
    var grpc: String?

    @Option(help: ArgumentHelp("Which EVSE hangs on which feeder: a YAML or JSON file.", valueName: "file"))
    var topology: String?

    @Option(help: ArgumentHelp("The settings, a YAML file.", valueName: "file"))
    var config: String?

    @Flag(help: "Users have to say who they are on the HTTP API; the first administrator is made without.")
    var auth = false

    @Option(help: ArgumentHelp("The certificate chain of HTTPS, PEM; SIGHUP reads it anew.", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The key of the certificate, PEM.", valueName: "file"))
    var tlsKey: String?

    @Option(help: ArgumentHelp("Line protocol in datagrams (default off).", valueName: "host:port|off"))
    var udp: String?

    @Option(help: "The least severe log lines that are shown: trace, debug, info, notice, warning, error, critical.")
    var logLevel: String = "info"

    func run() async throws {
        // Until the topology's reader is there; a service manager may send it early.
        signal(SIGHUP, SIG_IGN)
        OpenFiles.raiseLimit()
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ValidationError(
                "--log-level \(logLevel) is none of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        var logger = Logger(label: "v2g-engine")
        logger.logLevel = level
        let settings: EngineConfiguration
        let topologyText: String
        do {
            settings = try merged()
            topologyText = try settings.topology.map(Self.text) ?? ""
            _ = try TopologyFile.parse(topologyText, file: settings.topology ?? "topology")
        } catch let error as ConfigurationError {
            logger.critical("\(error)")
            throw ExitCode(78)
        }
        do {
            try await Engine(settings: settings, topologyText: topologyText, logger: logger).run()
        } catch {
            logger.critical("the engine ends: \(error)")
            throw ExitCode.failure
        }
    }

    private func merged() throws -> EngineConfiguration {
        var settings =
            try config.map { try EngineConfiguration(yaml: Self.text($0), file: $0) } ?? EngineConfiguration()
        settings.data = data ?? settings.data
        settings.http = try Self.endpoint("--http", http) ?? settings.http
        settings.ocpp = try Self.endpoint("--ocpp", ocpp) ?? settings.ocpp
        switch try Self.endpoint("--mqtt", mqtt) {
        case .off: settings.brokers = []
        case .at(let host, let port):
            // The address alone: what the file says about the first broker stays.
            if settings.brokers.isEmpty { settings.brokers.append(BrokerSettings()) }
            settings.brokers[0].host = host
            settings.brokers[0].port = port
        case nil: break
        }
        settings.grpc = try Self.endpoint("--grpc", grpc) ?? settings.grpc
        settings.topology = topology ?? settings.topology
        settings.udp = try Self.endpoint("--udp", udp) ?? settings.udp
        settings.tlsCertificate = tlsCert ?? settings.tlsCertificate
        settings.tlsKey = tlsKey ?? settings.tlsKey
        guard (settings.tlsCertificate == nil) == (settings.tlsKey == nil) else {
            throw ValidationError("HTTPS needs both a certificate (--tls-cert) and its key (--tls-key)")
        }
        settings.isAuthenticated = auth || settings.isAuthenticated
        return settings
    }

    private static func endpoint(_ option: String, _ text: String?) throws -> Endpoint? {
        guard let text else { return nil }
        guard let endpoint = Endpoint(text) else {
            throw ValidationError("\(option) \(text) is neither HOST:PORT nor off")
        }
        return endpoint
    }

    static func text(_ path: String) throws(ConfigurationError) -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ConfigurationError(file: path, line: nil, "cannot be read: \(error.localizedDescription)")
        }
    }
}
