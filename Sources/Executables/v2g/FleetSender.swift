import Foundation
import FoundationNetworking
import Synchronization

/// One way in: runs its share of the fleet until it is cancelled.
protocol FleetSender: Sendable {
    func run(_ share: [SimulatedVehicle], interval: Double, tally: Tally) async throws
}

/// What the fleet has sent, by protocol.
final class Tally: Sendable {
    private struct Counts {
        var acknowledged: [String: Int] = [:]
        var failed: [String: Int] = [:]
        var connected: [String: Int] = [:]
        /// How often each thing went wrong, readings that failed among them.
        var troubles: [String: Int] = [:]
        var reason: String?
    }
    /// How many kinds of trouble a line names.
    private static let namedTroubles = 5

    private let counts = Mutex(Counts())

    func acknowledged(_ name: String, _ readings: Int) {
        counts.withLock { $0.acknowledged[name, default: 0] += readings }
    }
    func failed(_ name: String, _ readings: Int, _ reason: String) {
        counts.withLock { counts in
            counts.failed[name, default: 0] += readings
            counts.troubles["\(name): \(reason)", default: 0] += readings
            counts.reason = "\(name): \(reason)"
        }
    }

    /// Counts something that went wrong with a connection and cost no reading.
    func troubled(_ name: String, _ what: String) {
        counts.withLock { counts in
            counts.troubles["\(name): \(what)", default: 0] += 1
            counts.reason = "\(name): \(what)"
        }
    }

    /// Counts connections that came (1) or ended (-1).
    func connected(_ name: String, _ change: Int) {
        counts.withLock { $0.connected[name, default: 0] += change }
    }

    /// The last reason for a failure where nothing was acknowledged; nil where something was, or nothing was tried.
    var totalFailure: String? { counts.withLock { $0.acknowledged.isEmpty ? $0.reason : nil } }

    /// One line for a person.
    var line: String {
        counts.withLock { counts in
            let names = Set(counts.acknowledged.keys).union(counts.failed.keys).sorted()
            let sent = names.map { name in
                let failed = counts.failed[name] ?? 0
                return "\(name) \(counts.acknowledged[name] ?? 0) readings" + (failed > 0 ? " (\(failed) failed)" : "")
                    + (counts.connected[name].map { ", \($0) connected" } ?? "")
            }
            let troubles = counts.troubles.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .prefix(Self.namedTroubles).map { "\($0.value) x \($0.key)" }
            return (sent.isEmpty ? ["nothing sent yet"] : sent).joined(separator: ", ")
                + (troubles.isEmpty ? "" : "; " + troubles.joined(separator: "; "))
        }
    }
}

/// Telegraf's way: batches of line protocol over HTTP.
struct LineSender: FleetSender {
    let address: String

    func run(_ share: [SimulatedVehicle], interval: Double, tally: Tally) async throws {
        guard let url = URL(string: address + "/write?db=telemetry") else {
            throw SimulationError("\(address) is no address")
        }
        var vehicles = share
        while !Task.isCancelled {
            let began = wallClock()
            var lines = ""
            for index in vehicles.indices {
                vehicles[index].advance(interval)
                lines += Self.line(vehicles[index], time: wallClock())
            }
            var request = URLRequest(url: url)
            request.httpMethod = "POST"
            request.httpBody = Data(lines.utf8)
            do {
                let (answer, response) = try await URLSession.shared.data(for: request)
                if (response as? HTTPURLResponse)?.statusCode == 204 {
                    tally.acknowledged("HTTP", vehicles.count)
                } else {
                    tally.failed("HTTP", vehicles.count, String(decoding: answer.prefix(200), as: UTF8.self))
                }
            } catch {
                tally.failed("HTTP", vehicles.count, "\(address): \(error.localizedDescription)")
            }
            try await Task.sleep(for: .nanoseconds(max(0, Int64(interval * 1e9) - (wallClock() - began))))
        }
    }

    static func line(_ vehicle: SimulatedVehicle, time: Int64) -> String {
        "Power_Flow,EVSE_ID=\(vehicle.name),Feeder_ID=\(vehicle.feeder),Site_ID=\(vehicle.site) "
            + "active_power_w=\(vehicle.powerW),soc_pct=\(SimulatedVehicle.rounded(vehicle.socPct, 10)),voltage_v=\(vehicle.voltageV),"
            + "current_a=\(vehicle.currentA),frequency_hz=\(vehicle.frequencyHz),energy_import_wh=\(Int(vehicle.importWh))i,"
            + "energy_export_wh=\(Int(vehicle.exportWh))i,status=\"\(vehicle.status)\",connected=true \(time)\n"
    }
}

/// Why the simulation cannot go on.
struct SimulationError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
