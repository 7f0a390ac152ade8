import MQTTClient
import Telemetry
import Testing

@testable import MQTTIngest

private let arrival: Int64 = 1_767_225_600_000_000_000

/// Protobuf as its encoding page has it, written apart from the reader.
private enum Wire {
    static func varint(_ number: UInt64) -> [UInt8] {
        number < 128 ? [UInt8(number)] : [UInt8(number & 127) | 128] + varint(number >> 7)
    }

    static func field(_ number: UInt64, _ value: UInt64) -> [UInt8] { varint(number << 3) + varint(value) }

    static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
    }

    static func float(_ number: UInt64, _ value: Float) -> [UInt8] {
        varint(number << 3 | 5) + (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(8 * $0)) }
    }

    static func double(_ number: UInt64, _ value: Double) -> [UInt8] {
        varint(number << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * $0)) }
    }

    static func metric(_ name: String?, alias: UInt64? = nil, type: UInt64, _ value: [UInt8]) -> [UInt8] {
        (name.map { field(1, Array($0.utf8)) } ?? []) + (alias.map { field(2, $0) } ?? []) + field(4, type) + value
    }

    static func payload(_ sequence: UInt64?, _ metrics: [[UInt8]]) -> [UInt8] {
        field(1, 1_767_225_600_000) + metrics.flatMap { field(2, $0) } + (sequence.map { field(3, $0) } ?? [])
    }
}

@Suite("Sparkplug B")
struct SparkplugTests {
    private var decoder = PayloadDecoder(
        baseTopic: "v2g/v1", payloadByteLimit: 1 << 20, topology: Topology(), arrival: arrival)

    private mutating func add(_ topic: String, _ payload: [UInt8]) -> MQTTFlaw? {
        decoder.add(MQTTMessage(topic: "spBv1.0/" + topic, payload: payload, quality: 0))
    }

    private func value(_ field: String, row: Int = 0) -> FieldValue? {
        decoder.batch.tables.first { $0.measurement == "Power_Flow" }?.field(field)?[row]
    }

    @Test("each data type becomes a field: numbers are floats, signed ones in two's complement, registers whole")
    mutating func types() throws {
        let metrics = [
            Wire.metric("i8", type: 1, Wire.field(10, 0xFF)),
            Wire.metric("i16", type: 2, Wire.field(10, 0xFFFF_FFFE)),
            Wire.metric("i32", type: 3, Wire.field(10, 0xFFFF_FFFD)),
            Wire.metric("i64", type: 4, Wire.field(11, UInt64(bitPattern: -4))),
            Wire.metric("u8", type: 5, Wire.field(10, 200)), Wire.metric("u64", type: 8, Wire.field(11, 1 << 40)),
            Wire.metric("f", type: 9, Wire.float(12, 1.5)),
            Wire.metric("active_power_w", type: 10, Wire.double(13, -7)),
            Wire.metric("b", type: 11, Wire.field(14, 1)), Wire.metric("s", type: 12, Wire.field(15, Array("é".utf8))),
            Wire.metric("energy_import_wh", type: 10, Wire.double(13, 12)),
            Wire.metric("nothing", type: 9, Wire.field(7, 1)), Wire.metric("t", type: 19, Wire.field(18, [8, 1])),
            Wire.metric("soc_pct", type: 9, Wire.float(12, 101)),
        ]
        #expect(add("G/DDATA/edge/E1", Wire.payload(0, metrics)) == nil)
        #expect(value("i8") == .float(-1) && value("i16") == .float(-2) && value("i32") == .float(-3))
        #expect(value("i64") == .float(-4) && value("u8") == .float(200) && value("u64") == .float(1_099_511_627_776))
        #expect(value("f") == .float(1.5) && value("active_power_w") == .float(-7) && value("b") == .boolean(true))
        #expect(value("s") == .string("é") && value("energy_import_wh") == .integer(12))
        #expect(value("nothing") == nil && value("t") == nil && value("soc_pct") == nil)
        #expect(decoder.flaws[.nested] == 1 && decoder.flaws[.range] == 1)
        let table = try #require(decoder.batch.tables.first)
        #expect(table.timestamps == [arrival])
        #expect(SeriesKey.decode(table.key(0)).tags.map { $0.0 + $0.1 } == ["EVSE_IDE1", "Site_IDG"])
    }

    @Test(
        "aliases mean what the birth said; without a birth the message is dropped and a birth asked for, once a minute")
    mutating func aliases() {
        let data = Wire.payload(2, [Wire.metric(nil, alias: 7, type: 9, Wire.float(12, 3))])
        #expect(add("G/DDATA/edge/E1", data) == .sparkplug)
        #expect(add("G/DDATA/edge/E1", data) == .sparkplug)
        #expect(decoder.sparkplug.takeRequests() == [.init(group: "G", edge: "edge")])
        #expect(add("G/NBIRTH/edge", Wire.payload(0, [])) == nil)
        let birth = Wire.payload(1, [Wire.metric("current_a", alias: 7, type: 9, Wire.float(12, 1))])
        #expect(add("G/DBIRTH/edge/E1", birth) == nil)
        #expect(add("G/DDATA/edge/E1", data) == nil)
        #expect(value("current_a", row: 0) == .float(1) && value("current_a", row: 1) == .float(3))
        #expect(decoder.sparkplug.takeRequests().isEmpty && decoder.flaws[.sequence] == 0)
    }

    @Test("a gap in the sequence is counted and a birth asked for; 255 is followed by 0, a repeat is none")
    mutating func gaps() {
        _ = add("G/NBIRTH/edge", Wire.payload(254, []))
        for sequence: UInt64 in [255, 0, 0, 1] { _ = add("G/NDATA/edge", Wire.payload(sequence, [])) }
        #expect(decoder.flaws[.sequence] == 0)
        _ = add("G/NDATA/edge", Wire.payload(3, []))
        #expect(decoder.flaws[.sequence] == 1)
        #expect(decoder.sparkplug.takeRequests() == [.init(group: "G", edge: "edge")])
    }

    @Test("a death says offline: of one device, or of all of a node's; the will of an older session says nothing")
    mutating func deaths() {
        let session = { (number: UInt64) in Wire.metric("bdSeq", type: 4, Wire.field(11, number)) }
        _ = add("G/NBIRTH/edge", Wire.payload(0, [session(5)]))
        for (place, device) in ["E1", "E2"].enumerated() {
            _ = add("G/DBIRTH/edge/\(device)", Wire.payload(UInt64(place + 1), []))
        }
        _ = add("G/DDEATH/edge/E1", Wire.payload(3, []))
        #expect(value("status") == .string("offline") && decoder.batch.rowCount == 1)
        _ = add("G/NDEATH/edge", Wire.payload(nil, [session(4)]))
        #expect(decoder.batch.rowCount == 1)
        _ = add("G/NDEATH/edge", Wire.payload(nil, [session(5)]))
        #expect(value("status", row: 1) == .string("offline") && decoder.batch.rowCount == 2)
    }

    @Test(
        "what is no payload is dropped, and the next good message is stored",
        arguments: [
            ([0x12, 0x05, 0x0A], MQTTFlaw.sparkplug), ([0x0B], .sparkplug), ([0x00], .sparkplug),
            ([UInt8](repeating: 0xFF, count: 11), .sparkplug), ([0x12, 0x03, 0x0A, 0x01, 0xFF], .utf8), ([], .empty),
            ([0x12, 0x02, 0x61, 0x00], .sparkplug),
        ])
    mutating func corrupt(payload: [UInt8], flaw: MQTTFlaw) {
        #expect(add("G/DDATA/edge/E1", payload) == flaw)
        #expect(add("G/DDATA/edge/E1", Wire.payload(1, [Wire.metric("a", type: 9, Wire.float(12, 1))])) == nil)
        #expect(decoder.batch.rowCount == 1)
    }

    @Test("the request for births is a payload with Node Control/Rebirth")
    func rebirth() throws {
        let command = try SparkplugPayload(SparkplugPayload.rebirthCommand(milliseconds: 1_767_225_600_000))
        #expect(command.timestamp == 1_767_225_600_000)
        #expect(command.metrics.map(\.name) == ["Node Control/Rebirth"] && command.metrics[0].value == .boolean(true))
        let bytes =
            Wire.field(1, 1_767_225_600_000)
            + Wire.field(2, Wire.metric("Node Control/Rebirth", type: 11, Wire.field(14, 1)))
        #expect(SparkplugPayload.rebirthCommand(milliseconds: 1_767_225_600_000) == bytes)
    }

    @Test("no truncation and no changed byte of a good payload traps, in any form of payload")
    mutating func mutations() {
        let sparkplug = Wire.payload(
            1,
            [
                Wire.metric("a", alias: 1, type: 3, Wire.field(10, 77)),
                Wire.metric("é", type: 12, Wire.field(15, [0x61])),
            ])
        let json = Array(
            #"[{"ts":"2026-01-01T00:00:00Z","a":-1.5e3,"s":"\u00e9\n","n":{"x":[1,null]},"evse":"E"}]"#.utf8)
        let lines = Array("Power_Flow,a=b\\ c s=\"x\\\"y\",f=1.5,i=3i,u=2u,t=true 1767225600000000000\nm v=1".utf8)
        var random = SplitMix(state: 7)
        for (topic, payload) in [
            ("spBv1.0/G/DBIRTH/e/d", sparkplug), ("v2g/v1/S/E/telemetry", json), ("v2g/v1/S/E/lp", lines),
            ("v2g/v1/S/E/telemetry", lines),
        ] {
            for encoding in [nil, "gzip", "zstd", "lz4", "none"] {
                for count in 0..<payload.count {
                    _ = decoder.add(
                        MQTTMessage(topic: topic, payload: Array(payload.prefix(count)), encoding: encoding))
                }
                for _ in 0..<2_000 {
                    var changed = payload
                    for _ in 0...Int(random.next() % 4) {
                        changed[Int(random.next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: random.next())
                    }
                    _ = decoder.add(MQTTMessage(topic: topic, payload: changed, encoding: encoding))
                }
            }
            // The next good one is read.
            #expect(decoder.add(MQTTMessage(topic: topic, payload: payload)) == nil)
        }
        #expect(decoder.sealed() != nil)
    }
}

/// A generator whose numbers are the same in each run.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
