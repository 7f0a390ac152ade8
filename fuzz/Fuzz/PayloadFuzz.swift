import MQTTClient
import MQTTIngest
import Telemetry

/// What publishers send: payloads of each form, as many as there are lines or lengths, to one decoder.
enum PayloadFuzz {
    private static func decoder() -> PayloadDecoder {
        var topology = Topology()
        topology.evses["E1"] = EVSE(feeder: "F1", site: "S1")
        return PayloadDecoder(
            baseTopic: "v2g/v1", payloadByteLimit: 1 << 20, topology: topology, arrival: 1_767_225_600_000_000_000)
    }

    /// One message a line, so that layouts learnt from one meet the next.
    static func json(_ input: [UInt8]) {
        var decoder = decoder()
        for line in input.split(separator: 0x0A).prefix(8) {
            let message = MQTTMessage(
                topic: "v2g/v1/S1/E1/telemetry", payload: Array(line), contentType: "application/json")
            let flaw = decoder.add(message)
            var exact = Self.decoder()
            exact.isExact = true
            precondition(exact.add(message) == flaw, "the two ways differ")
        }
        check(&decoder)
    }

    static func lines(_ input: [UInt8]) {
        var decoder = decoder()
        _ = decoder.add(MQTTMessage(topic: "v2g/v1/S1/E1/lp", payload: input))
        check(&decoder)
    }

    /// Each message: a byte for its kind, one for its length.
    static func sparkplug(_ input: [UInt8]) {
        var decoder = decoder()
        var rest = input[...]
        let topics = [
            "NBIRTH/n", "NDATA/n", "DBIRTH/n/E1", "DDATA/n/E1", "NDEATH/n", "DDEATH/n/E1", "STATE/x", "NCMD/n",
        ]
        while let kind = rest.popFirst(), let length = rest.popFirst() {
            let payload = Array(rest.prefix(Int(length)))
            rest = rest.dropFirst(Int(length))
            _ = decoder.add(MQTTMessage(topic: "spBv1.0/g/\(topics[Int(kind) % topics.count])", payload: payload))
        }
        check(&decoder)
    }

    private static func check(_ decoder: inout PayloadDecoder) {
        guard let batch = decoder.sealed() else { return }
        for table in batch.tables {
            precondition(table.fields.allSatisfy { $0.count == table.rowCount }, "a batch is not whole")
            precondition(table.timestamps.count == table.rowCount)
        }
    }
}
