import MQTTClient
import Telemetry
import Testing

@testable import MQTTIngest

/// 2026-01-01T00:00:00Z.
private let newYear: Int64 = 1_767_225_600_000_000_000

/// One row, in words.
private struct Row: Equatable {
    var key: String
    var time: Int64
    var fields: [String: FieldValue]
}

private func rows(_ batch: FrameBatch?) -> [Row] {
    (batch?.tables ?? []).flatMap { table in
        (0..<table.rowCount).map { row in
            let fields = table.fields.compactMap { column in column[row].map { (column.name, $0) } }
            return Row(
                key: String(decoding: table.key(row), as: UTF8.self), time: table.timestamps[row],
                fields: Dictionary(fields) { $1 })
        }
    }
}

/// Payloads from one seed.
private struct PayloadGenerator {
    var state: UInt64

    mutating func next(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
    }

    mutating func one(_ words: [String]) -> String { words[next(words.count)] }

    private mutating func value(_ name: String) -> String {
        switch name {
        case "ts": one(["1767225600", "1767225600123", "1767225600123456789", "\"2026-01-01T00:00:00.5+01:00\""])
        case "connected": one(["true", "false"])
        case "soc_pct": "\(next(102)).\(next(10))"
        case "status": one(["\"ready\"", "null", "{}", "[1]", "1e400"])
        default: one(["", "-"]) + "\(next(20_000_000))" + one(["", ".5", ".125", ".0", "e2"])
        }
    }

    private mutating func object(_ names: [String], _ blank: String) -> String {
        "{" + names.map { "\"\($0)\":\(blank)\(value($0))" }.joined(separator: ",\(blank)") + "}"
    }

    mutating func payload() -> String {
        var names = ["ts", "active_power_w", "soc_pct", "energy_import_wh", "connected", "fan_rpm"]
        if next(4) == 0 { names.remove(at: next(names.count)) }
        if next(4) == 0 { names.append("status") }
        if next(8) == 0 { names.append(one(["evse", "ts", "", "fan_rpm"])) }
        let blank = one(["", " "])
        guard next(3) > 0 else { return object(names, blank) }
        return "[" + (0...next(4)).map { _ in object(names, blank) }.joined(separator: ",") + "]"
    }

    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var changed = bytes
        let place = next(bytes.count)
        switch next(4) {
        case 0: changed.remove(at: place)
        case 1: changed.insert(bytes[place], at: place)
        case 2: changed[place] = UInt8(next(256))
        default: changed[place] = (0x30...0x39).contains(bytes[place]) ? UInt8(0x30 + next(10)) : bytes[place]
        }
        return changed
    }
}

@Suite("MQTT payloads in one pass")
struct UsualJSONTests {
    private func decoder() -> PayloadDecoder {
        var topology = Topology()
        topology.evses["E1"] = EVSE(feeder: "F1", site: "S1")
        return PayloadDecoder(baseTopic: "v2g/v1", payloadByteLimit: 1 << 20, topology: topology, arrival: newYear)
    }

    @Test("what the quick way takes, whole or damaged, is what the exact way makes of it, flaws included")
    func same() {
        var generator = PayloadGenerator(state: 3)
        var takenCount = 0
        for round in 0..<1_500 {
            let whole = Array(generator.payload().utf8)
            let payload = round % 2 == 0 ? whole : generator.damaged(whole)
            let topic = "v2g/v1/S1/\(generator.one(["E1", "E2"]))/\(generator.one(["telemetry", "meter"]))"
            let message = MQTTMessage(topic: topic, payload: payload, contentType: "application/json")
            var quick = decoder()
            let flaw = quick.add(message)
            if !quick.layouts.isEmpty { takenCount += 1 }
            var exact = decoder()
            exact.isExact = true
            #expect(flaw == exact.add(message))
            #expect(rows(quick.sealed()) == rows(exact.sealed()), "\(String(decoding: payload, as: UTF8.self))")
            #expect(quick.flaws == exact.flaws)
        }
        #expect(takenCount > 150)
    }

    @Test("messages of several layouts, usual ones and others, share a batch's columns")
    func mixed() {
        var generator = PayloadGenerator(state: 5)
        for _ in 0..<100 {
            var (quick, exact) = (decoder(), decoder())
            exact.isExact = true
            for _ in 0..<40 {
                let message = MQTTMessage(
                    topic: "v2g/v1/S1/E1/telemetry", payload: Array(generator.payload().utf8),
                    contentType: "application/json")
                #expect(quick.add(message) == exact.add(message))
            }
            #expect(rows(quick.sealed()) == rows(exact.sealed()))
            #expect(quick.flaws == exact.flaws)
        }
    }
}
