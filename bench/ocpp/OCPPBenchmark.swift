import Foundation
import OCPPMessages

/// `bench-ocpp`: what reading a MeterValues of 9 samples costs, bytes to typed samples, beside Foundation's JSONDecoder.
///
/// Both read the same bytes in the same run, on one thread, and both must find the same sum of values. The round is
/// taken five times by turns and the best of each counts, since the machine is shared.
@main
enum OCPPBenchmark {
    private static let rounds = 5
    private static let messages = 20_000

    static func main() throws {
        let message = Array(Self.message.utf8)
        var ours = Duration.seconds(1_000)
        var theirs = Duration.seconds(1_000)
        let clock = ContinuousClock()
        for _ in 0..<rounds {
            var sum = 0.0
            ours = min(ours, clock.measure { sum = readByHouse(message) })
            var other = 0.0
            theirs = min(theirs, try clock.measure { other = try readByFoundation(message) })
            guard sum == other, sum > 0 else { throw WrongAnswer(ours: sum, theirs: other) }
        }
        let (a, b) = (rate(ours), rate(theirs))
        print("message: \(message.count) bytes, 9 samples")
        print("OCPPMessages: \(Int(a)) messages/s, checked against the norm's rules")
        print("JSONDecoder: \(Int(b)) messages/s, unchecked")
        print("ratio: \((a / b * 10).rounded() / 10)")
    }

    private static func rate(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(messages) / (Double(seconds) + Double(attoseconds) / 1e18)
    }

    private static func readByHouse(_ message: [UInt8]) -> Double {
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
