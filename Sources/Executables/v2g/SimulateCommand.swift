import ArgumentParser
import FileIO
import Foundation
import Telemetry
import UnixSignals

/// `v2g simulate`: a fleet that speaks the real protocols to a running engine.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Runs a fleet of EVSEs against an engine.",
        discussion: """
            A third of the fleet speaks OCPP 2.0.1 over WebSocket, a third MQTT 5 through a broker, a third line protocol \
            over HTTP; a protocol that is `off` hands its share to the others. Ctrl-C ends it; the exit code is 1 where no \
            reading arrived at all. With --write-topology it \
            writes the fleet's topology and ends: start the engine with that file, so that the stations are known.
            """)

    @Option(help: "The engine's HTTP address, or off.")
    var http: String = "http://127.0.0.1:8086"

    @Option(help: "The engine's OCPP address, or off.")
    var ocpp: String = "ws://127.0.0.1:8080/ocpp"

    @Option(help: "The MQTT broker, HOST:PORT or off.")
    var mqtt: String = "127.0.0.1:1883"

    @Option(help: "How many EVSEs.")
    var evses: Int = 60

    @Option(help: "How many feeders they hang on.")
    var feeders: Int = 4

    @Option(help: "Seconds between two readings of an EVSE.")
    var interval: Double = 2

    @Option(help: "Seconds until it ends; 0 means until Ctrl-C.")
    var seconds: Double = 0

    @Option(help: "The same seed gives the same fleet.")
    var seed: UInt64 = 7

    @Option(help: ArgumentHelp("Write the fleet's topology to this file and end.", valueName: "file"))
    var writeTopology: String?

    func validate() throws {
        guard (1...100_000).contains(evses) else { throw ValidationError("--evses must be 1 to 100000") }
        guard (1...evses).contains(feeders) else { throw ValidationError("--feeders must be 1 to the number of EVSEs") }
        guard interval >= 0.1 else { throw ValidationError("--interval must be 0.1 s or more") }
    }

    func run() async throws {
        OpenFiles.raiseLimit()
        let vehicles = (0..<evses).map { SimulatedVehicle(number: $0, feeders: feeders, seed: seed) }
        if let writeTopology {
            do {
                try FleetTopology.yaml(vehicles, feeders: feeders).write(
                    toFile: writeTopology, atomically: true, encoding: .utf8)
            } catch {
                throw SimulationError("\(writeTopology) cannot be written: \(error.localizedDescription)")
            }
            print("v2g simulate: wrote \(writeTopology)")
            return
        }
        let senders = [
            ocpp == "off" ? nil : OCPPSender(address: ocpp) as any FleetSender,
            mqtt == "off" ? nil : try MQTTSender(address: mqtt),
            http == "off" ? nil : LineSender(address: http),
        ].compactMap { $0 }
        guard !senders.isEmpty else { throw ValidationError("every protocol is off") }
        var shares = [[SimulatedVehicle]](repeating: [], count: senders.count)
        for (index, vehicle) in vehicles.enumerated() { shares[index % senders.count].append(vehicle) }
        let tally = Tally()
        let (interval, seconds) = (interval, seconds)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (sender, share) in zip(senders, shares) {
                group.addTask { try await sender.run(share, interval: interval, tally: tally) }
            }
            group.addTask { try await Self.report(tally) }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds > 0 ? seconds : 1e9))
            }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { break }
            }
            // The first to end is the clock, a signal, or a sender that cannot go on; a report never ends.
            try await group.next()
            group.cancelAll()
        }
        say("v2g simulate: \(tally.line)")
        if let failure = tally.totalFailure { throw SimulationError("nothing arrived: \(failure)") }
    }

    private static func report(_ tally: Tally) async throws {
        while true {
            try await Task.sleep(for: .seconds(10))
            say("v2g simulate: \(tally.line)")
        }
    }
}

/// Prints a line at once, also where standard output is a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// Nanoseconds since 1970 UTC by the machine's clock.
func wallClock() -> Int64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// The simulated fleet as a topology file.
enum FleetTopology {
    /// YAML in the form that the engine reads; the stations of the OCPP share are known by their port.
    static func yaml(_ vehicles: [SimulatedVehicle], feeders: Int) -> String {
        var text = "# The fleet of `v2g simulate`.\ntransformers:\n"
        for number in 1...((feeders + 1) / 2) {
            text += "  TR\(number): {type: onan-distribution, rated_va: 400000, thermal_limit: false}\n"
        }
        text += "feeders:\n"
        for number in 1...feeders {
            text +=
                "  F\(number): {transformer: TR\((number + 1) / 2), import_limit_w: 250000, export_limit_w: 250000}\n"
        }
        text += "sites:\n"
        for number in 1...feeders { text += "  S\(number): {feeder: F\(number)}\n" }
        text += "evses:\n"
        for vehicle in vehicles {
            text +=
                "  \(vehicle.name): {site: \(vehicle.site), max_charge_w: \(Int(vehicle.ratedW)), max_discharge_w: \(Int(vehicle.ratedW)), "
                + "battery_wh: \(Int(vehicle.batteryWh)), ocpp: {station: CS-\(vehicle.name), evse: 1}}\n"
        }
        return text
    }
}
