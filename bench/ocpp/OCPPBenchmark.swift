import Foundation
import OCPPMessages
import OCPPSession
import Telemetry

/// `bench-ocpp`: what reading a MeterValues of 9 samples costs, bytes to typed samples, beside Foundation's JSONDecoder.
///
/// Both read the same bytes in the same run, on one thread, and both must find the same sum of values. The round is
/// taken five times by turns and the best of each counts, since the machine is shared. With the path of a Python that
/// has the package `ocpp`, that reads the message in the same run (from the package's root).
@main
enum OCPPBenchmark {
    private static let rounds = 5
    private static let messages = 20_000

    static func main() throws {
        let message = Array(Self.message.utf8)
        var best = [Duration](repeating: .seconds(1_000), count: 4)
        let clock = ContinuousClock()
        for _ in 0..<rounds {
            var sums = [Double](repeating: 0, count: 4)
            best[0] = min(best[0], clock.measure { sums[0] = readByHouse(message) })
            best[1] = min(best[1], clock.measure { sums[1] = readExactly(message) })
            best[2] = min(best[2], clock.measure { sums[2] = readBySession(message) })
            best[3] = min(best[3], try clock.measure { sums[3] = try readByFoundation(message) })
            guard sums[0] == sums[3], sums[1] == sums[3], sums[3] > 0, sums[2] == Double(messages) else {
                throw WrongAnswer(ours: sums[0], theirs: sums[3])
            }
        }
        let rates = best.map(rate)
        print("message: \(message.count) bytes, 9 samples; messages/s of one core")
        let names = [
            "bytes to samples, held to the norm's rules", "the same, the exact way of unusual messages",
            "bytes to rows in columns and the answer, a whole session", "Foundation's JSONDecoder, unchecked",
        ]
        for (name, rate) in zip(names, rates) {
            print("\(name): \(Int(rate)), \((rate / rates[3] * 10).rounded() / 10) times JSONDecoder")
        }
        try runPython()
    }

    /// The same by Python's package `ocpp`, with the interpreter that the first argument names.
    private static func runPython() throws {
        guard CommandLine.arguments.count > 1 else { return }
        let peer = Process()
        peer.executableURL = URL(fileURLWithPath: CommandLine.arguments[1])
        peer.arguments = ["bench/ocpp/python_peer.py"]
        try peer.run()
        peer.waitUntilExit()
    }

    private static func rate(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(messages) / (Double(seconds) + Double(attoseconds) / 1e18)
    }

    private static func readByHouse(_ message: [UInt8]) -> Double {
        var sum = 0.0
        for _ in 0..<messages {
            guard case .meterValues(let request) = UsualReadings.read(message, version: .v201)?.request else {
                return -1
            }
            for value in request.values { for sample in value.samples { sum += sample.value } }
        }
        return sum
    }

    /// The way of a message that has something unusual about it.
    private static func readExactly(_ message: [UInt8]) -> Double {
        var sum = 0.0
        for _ in 0..<messages {
            var deviations = DeviationCounts()
            guard case .call(let call) = MessageFrame.read(message, version: .v201, &deviations),
                let shape = call.action.shape(.v201)
            else { return -1 }
            do {
                var check = ShapeCheck(tape: call.tape)
                try check.check(call.payload, shape)
                let request = try MeterValuesRequest.decode(call, .v201, &deviations)
                for value in request.values { for sample in value.samples { sum += sample.value } }
            } catch {
                return -1
            }
        }
        return sum
    }

    /// The whole of a session: bytes to rows in columns, and the answer.
    private static func readBySession(_ message: [UInt8]) -> Double {
        var memory = StationMemory()
        memory.isAccepted = true
        var session = OCPPSession(station: "CS001", memory: memory)
        let topology = Topology()
        var sum = 0.0
        for _ in 0..<messages {
            for action in session.textReceived(message, at: 1_767_225_600_000_000_000, topology: topology) {
                guard case .submit(let ticket, let batch) = action else { return -1 }
                sum += Double(batch.rowCount)
                guard session.settled(ticket, .success(FrameReceipt(position: 1))).count == 1 else { return -1 }
            }
        }
        return sum
    }

    private static func readByFoundation(_ message: [UInt8]) throws -> Double {
        let data = Data(message)
        let decoder = JSONDecoder()
        var sum = 0.0
        for _ in 0..<messages {
            let call = try decoder.decode(PlainCall.self, from: data)
            for value in call.payload.meterValue {
                for sample in value.sampledValue {
                    // W from kW, so that both sums are of the same quantities.
                    sum += sample.value * (sample.unitOfMeasure?.unit == "kW" ? 1000 : 1)
                }
            }
        }
        return sum
    }

    private struct WrongAnswer: Error {
        let ours: Double
        let theirs: Double
    }

    private static let message =
        #"[2,"5f0c1a2e-7d5b-4d0e-9c1f-2b6a8e3d4c5f","MeterValues",{"evseId":1,"meterValue":[{"timestamp":"#
        + #""2026-01-01T00:00:00.000Z","sampledValue":["# + samples.joined(separator: ",") + "]}]}]"

    private static let samples = [
        sample("11.25", "Power.Active.Import", "kW"), sample("0", "Power.Active.Export", "kW"),
        sample("55.5", "SoC", "Percent"), sample("230.25", "Voltage", "V"), sample("16.5", "Current.Import", "A"),
        sample("0", "Current.Export", "A"), sample("50.02", "Frequency", "Hz"),
        sample("1234567", "Energy.Active.Import.Register", "Wh"), sample("7654", "Energy.Active.Export.Register", "Wh"),
    ]

    private static func sample(_ value: String, _ measurand: String, _ unit: String) -> String {
        #"{"value":\#(value),"measurand":"\#(measurand)","context":"Sample.Periodic","unitOfMeasure":{"unit":"\#(unit)"}}"#
    }
}

/// The call as one would write it for Foundation.
private struct PlainCall: Decodable {
    struct Payload: Decodable {
        let evseId: Int
        let meterValue: [Value]
    }
    struct Value: Decodable {
        let timestamp: String
        let sampledValue: [Sample]
    }
    struct Sample: Decodable {
        struct Unit: Decodable {
            let unit: String?
            let multiplier: Int?
        }
        let value: Double
        let measurand: String?
        let context: String?
        let phase: String?
        let location: String?
        let unitOfMeasure: Unit?
    }

    let payload: Payload

    init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        _ = try list.decode(Int.self)
        _ = try list.decode(String.self)
        _ = try list.decode(String.self)
        payload = try list.decode(Payload.self)
    }
}
