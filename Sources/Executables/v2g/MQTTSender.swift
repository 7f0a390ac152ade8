import CMosquitto
import Foundation
import Synchronization
import Telemetry

/// A gateway's way: JSON batches over MQTT 5, QoS 1, one message a vehicle.
struct MQTTSender: FleetSender {
    let host: String
    let port: Int32

    init(address: String) throws {
        let parts = address.split(separator: ":")
        guard parts.count == 2, let port = Int32(parts[1]) else {
            throw SimulationError("--mqtt \(address) is not HOST:PORT")
        }
        host = String(parts[0])
        self.port = port
    }

    func run(_ share: [SimulatedVehicle], interval: Double, tally: Tally) async throws {
        var vehicles = share
        let client = try MosquittoPublisher(host: host, port: port)
        while !Task.isCancelled {
            let began = wallClock()
            for index in vehicles.indices {
                vehicles[index].advance(interval)
                let vehicle = vehicles[index]
                let isQueued = client.publish(
                    "v2g/v1/\(vehicle.site)/\(vehicle.name)/telemetry", Self.json(vehicle, time: wallClock()))
                if isQueued {
                    tally.acknowledged("MQTT", 1)
                } else {
                    tally.failed("MQTT", 1, "the broker \(host):\(port) is away")
                }
            }
            try await Task.sleep(for: .nanoseconds(max(0, Int64(interval * 1e9) - (wallClock() - began))))
        }
    }

    private static func json(_ vehicle: SimulatedVehicle, time: Int64) -> String {
        "{\"ts\":\"\(Timestamp.format(time))\",\"active_power_w\":\(vehicle.powerW),"
            + "\"soc_pct\":\(SimulatedVehicle.rounded(vehicle.socPct, 10)),\"voltage_v\":\(vehicle.voltageV),"
            + "\"current_a\":\(vehicle.currentA),\"frequency_hz\":\(vehicle.frequencyHz),"
            + "\"energy_import_wh\":\(Int(vehicle.importWh)),\"energy_export_wh\":\(Int(vehicle.exportWh)),"
            + "\"status\":\"\(vehicle.status)\",\"connected\":true}"
    }
}

/// A libmosquitto client with a thread of the library's own.
@safe
final class MosquittoPublisher: Sendable {
    /// The library guards the handle by itself once its thread runs; it is freed in `deinit` alone.
    nonisolated(unsafe) private let handle: OpaquePointer

    init(host: String, port: Int32) throws {
        _ = mosquitto_lib_init()
        guard let handle = unsafe mosquitto_new(nil, true, nil) else {
            throw SimulationError("libmosquitto gave no client")
        }
        unsafe self.handle = handle
        _ = unsafe mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5)
        _ = unsafe mosquitto_reconnect_delay_set(handle, 1, 30, true)
        _ = unsafe mosquitto_connect_async(handle, host, port, 30)
        guard unsafe mosquitto_loop_start(handle) == MOSQ_ERR_SUCCESS.rawValue else {
            throw SimulationError("libmosquitto gave no thread")
        }
    }

    /// Queues a message at QoS 1; false where the broker is away.
    func publish(_ topic: String, _ payload: String) -> Bool {
        let bytes = Array(payload.utf8)
        return unsafe mosquitto_publish(handle, nil, topic, Int32(bytes.count), bytes, 1, false)
            == MOSQ_ERR_SUCCESS.rawValue
    }

    deinit {
        _ = unsafe mosquitto_disconnect(handle)
        _ = unsafe mosquitto_loop_stop(handle, true)
        unsafe mosquitto_destroy(handle)
    }
}
