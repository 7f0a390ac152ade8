import MQTTClient
import Telemetry
import Testing

@testable import MQTTIngest

/// 2026-01-01T00:00:00Z.
private let newYear: Int64 = 1_767_225_600_000_000_000
private let telemetry = "v2g/v1/S1/E1/telemetry"

private func topology() -> Topology {
    var topology = Topology()
    topology.sites["S1"] = "F1"
    topology.evses["E1"] = EVSE(feeder: "F1", site: "S1")
    return topology
}

private func decoder() -> PayloadDecoder {
    PayloadDecoder(baseTopic: "v2g/v1", payloadByteLimit: 4_096, topology: topology(), arrival: newYear)
}

private func message(_ payload: String, topic: String = telemetry, type: String? = nil) -> MQTTMessage {
    MQTTMessage(topic: topic, payload: Array(payload.utf8), contentType: type)
}

/// One row, in words.
private struct Row: Equatable {
    var key: String
    var time: Int64
    var fields: [String: FieldValue]
}

extension PayloadDecoder {
    fileprivate mutating func rows() -> [Row] {
        (sealed()?.tables ?? []).flatMap { table in
            (0..<table.rowCount).map { row in
                let fields = table.fields.compactMap { column in column[row].map { (column.name, $0) } }
                return Row(
                    key: String(decoding: table.key(row), as: UTF8.self), time: table.timestamps[row],
                    fields: Dictionary(fields) { $1 })
            }
        }
    }
}

private func rows(_ payload: String, topic: String = telemetry, type: String? = nil) -> [Row] {
    var decoder = decoder()
    #expect(decoder.add(message(payload, topic: topic, type: type)) == nil)
    return decoder.rows()
}

@Suite("MQTT payloads")
struct PayloadDecoderTests {
    @Test("a JSON object is a reading: numbers are floats, registers of energy integers, null is absent")
    func object() {
        let text =
            "{\"ts\":\"2026-01-01T00:00:00Z\",\"active_power_w\":-7000,\"soc_pct\":55.5,\"energy_import_wh\":1234,"
            + "\"status\":\"charging\",\"connected\":true,\"voltage_v\":null,\"fan_rpm\":900}"
        #expect(
            rows(text, type: "application/json") == [
                Row(
                    key: "Power_Flow,EVSE_ID=E1,Feeder_ID=F1,Site_ID=S1", time: newYear,
                    fields: [
                        "active_power_w": .float(-7000), "soc_pct": .float(55.5), "energy_import_wh": .integer(1234),
                        "status": .string("charging"), "connected": .boolean(true), "fan_rpm": .float(900),
                    ])
            ])
    }

    @Test(
        "the unit of an epoch follows from its size",
        arguments: [
            ("1767225600", newYear), ("1767225600123", newYear + 123_000_000),
            ("1767225600123456", newYear + 123_456_000),
            ("1767225600123456789", newYear + 123_456_789), ("\"2026-01-01T01:00:00+01:00\"", newYear),
        ])
    func epochs(text: String, time: Int64) {
        #expect(rows("{\"ts\":\(text),\"current_a\":1}").map(\.time) == [time])
    }

    @Test("without a time the arrival is taken, and marked")
    func arrival() {
        let row = rows("{\"current_a\":1}").first
        #expect(row?.time == newYear)
        #expect(row?.fields == ["current_a": .float(1), "time_from_arrival": .boolean(true)])
    }

    @Test("an object that names evse, feeder and site overrides its topic")
    func overrides() {
        let text = "[{\"ts\":1767225600,\"evse\":\"E9\",\"site\":\"S9\",\"feeder\":\"F9\",\"current_a\":1}]"
        #expect(rows(text).map(\.key) == ["Power_Flow,EVSE_ID=E9,Feeder_ID=F9,Site_ID=S9"])
    }

    @Test(
        "the topology's feeder of an EVSE comes before the line's own, and the topic's site fills in what it leaves out"
    )
    func topologyFirst() {
        var topology = Topology()
        topology.evses["E3"] = EVSE(feeder: "F2")
        var decoder = PayloadDecoder(
            baseTopic: "v2g/v1", payloadByteLimit: 4_096, topology: topology, arrival: newYear)
        let text = "Power_Flow,Feeder_ID=FX current_a=1 1767225600000000000"
        #expect(decoder.add(message(text, topic: "v2g/v1/S2/E3/lp")) == nil)
        #expect(decoder.rows().map(\.key) == ["Power_Flow,EVSE_ID=E3,Feeder_ID=F2,Site_ID=S2"])
    }

    @Test(
        "status, meter and weather have their own shapes",
        arguments: [
            ("v2g/v1/S1/E1/status", "{\"status\":\"offline\"}", "Power_Flow,EVSE_ID=E1,Feeder_ID=F1,Site_ID=S1"),
            ("v2g/v1/S1/M1/meter", "{\"active_power_w\":2e7}", "Grid_Meter,Feeder_ID=F1,Meter_ID=M1,Site_ID=S1"),
            ("v2g/v1/S1/weather", "{\"ambient_c\":3.5}", "Weather,Site_ID=S1"),
        ])
    func shapes(topic: String, text: String, key: String) {
        #expect(rows(text, topic: topic).map(\.key) == [key])
    }

    @Test(
        "line protocol gets the tags that it lacks from the topic",
        arguments: [
            ("v2g/v1/S1/E1/lp", nil), (telemetry, "text/x-influx-line"), (telemetry, nil),
        ])
    func lines(topic: String, type: String?) {
        let text =
            "Power_Flow current_a=1 1767225600000000000\nPower_Flow,EVSE_ID=E7,phase=1 current_a=2 1767225600000000000"
        #expect(
            rows(text, topic: topic, type: type).map(\.key) == [
                "Power_Flow,EVSE_ID=E1,Feeder_ID=F1,Site_ID=S1",
                "Power_Flow,EVSE_ID=E7,Feeder_ID=F1,Site_ID=S1,phase=1",
            ])
    }

    @Test("the user property precision is the unit of line protocol's times")
    func precision() {
        var decoder = decoder()
        var line = message("Power_Flow current_a=1 1767225600", type: "text/x-influx-line")
        line.precision = "s"
        #expect(decoder.add(line) == nil)
        line.precision = "fortnight"
        #expect(decoder.add(line) == .time)
        #expect(decoder.rows().map(\.time) == [newYear])
    }

    // MARK: Bad input, row by row

    @Test(
        "a bad message is dropped with its label and the next good one is stored",
        arguments: [
            (message("{\"ts\":", type: "application/json"), MQTTFlaw.json),
            (message("hello", type: "application/json"), .json), (message("{\"current_a\":NaN}"), .json),
            (message("{\"current_a\":Infinity}"), .json), (message("{\"current_a\":1e400}"), .json),
            (message("[{\"ts\":1,\"current_a\":1}"), .json), (message("7", type: "application/json"), .json),
            (message(String(repeating: "[", count: 65) + String(repeating: "]", count: 65)), .json),
            (MQTTMessage(topic: telemetry, payload: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]), .utf8),
            (message("{\"ts\":\"yesterday\",\"current_a\":1}"), .time), (message("{\"ts\":-1,\"current_a\":1}"), .time),
            (message("{\"ts\":\"1969-12-31T23:59:59Z\",\"current_a\":1}"), .time),
            (message("{\"ts\":\"2263-01-01T00:00:00Z\",\"current_a\":1}"), .time),
            (message("{\"ts\":9999999999999999999,\"current_a\":1}"), .time),
            (message("{\"ts\":true,\"current_a\":1}"), .time), (message("{\"ts\":1.5,\"current_a\":1}"), .time),
            (message(""), .empty), (message(String(repeating: " ", count: 4_097)), .size),
            (message("{}", topic: "v2g/v1/E1/telemetry"), .topic),
            (message("{}", topic: "v2g/v1/S1//telemetry"), .topic),
            (message("{}", topic: "v2g/v1/\(String(repeating: "s", count: 129))/E1/telemetry"), .topic),
            (message("{}", topic: "v2g/v1/S1/E1/telemetry/more"), .topic), (message("{}", topic: "other/S1"), .topic),
            (message("{}", topic: "v2g/v1/S1/E1/diary"), .topic), (message("{}", topic: "v2g/v1/S+/E1/status"), .topic),
            (message("hello", type: "text/plain"), .type), (message("   "), .type),
            (message("no line", topic: "v2g/v1/S1/E1/lp"), .element),
            (message("# c", topic: "v2g/v1/S1/E1/lp"), .empty),
            (message("x", topic: "spBv1.0/g/DDATA/e/d"), .sparkplug),
            (MQTTMessage(topic: telemetry, payload: [0x7B, 0x7D], encoding: "gzip"), .encoding),
            (MQTTMessage(topic: telemetry, payload: Array("{\"current_a\":1}".utf8), isRetained: true), .retained),
            (message("{\"evse\":7,\"current_a\":1}"), .element),
        ])
    func badMessages(bad: MQTTMessage, flaw: MQTTFlaw) {
        var decoder = decoder()
        #expect(decoder.add(bad) == flaw)
        #expect(decoder.flaws[flaw] == 1)
        #expect(decoder.add(message("{\"ts\":1767225600,\"current_a\":1}")) == nil)
        #expect(decoder.rows().count == 1)
    }

    @Test("a wrong element of a batch costs itself only")
    func elements() {
        var decoder = decoder()
        let text = "[{\"ts\":1767225600,\"current_a\":1},7,{\"ts\":\"?\"},{\"ts\":1767225601,\"current_a\":2}]"
        #expect(decoder.add(message(text)) == nil)
        #expect(decoder.flaws[.element] == 2)
        #expect(decoder.rows().map(\.time) == [newYear, newYear + 1_000_000_000])
    }

    @Test("a wrong line costs itself only")
    func wrongLine() {
        var decoder = decoder()
        let text = "Power_Flow current_a=1 1767225600000000000\nPower_Flow current_a=\nPower_Flow current_a=2 -1"
        #expect(decoder.add(message(text)) == nil)
        #expect(decoder.flaws.byLabel == ["element": 1, "time": 1])
        #expect(decoder.rows().count == 1)
    }

    @Test("more elements than 10,000 are refused")
    func manyElements() {
        var decoder = PayloadDecoder(
            baseTopic: "v2g/v1", payloadByteLimit: 1 << 20, topology: topology(), arrival: newYear)
        #expect(decoder.add(message("[" + String(repeating: "{},", count: 10_000) + "{}]")) == .size)
        #expect(decoder.add(message("[" + String(repeating: "{},", count: 9_999) + "{}]")) == nil)
    }

    @Test(
        "what no EVSE can measure is left out, the rest of the reading is stored",
        arguments: [
            ("soc_pct", "101"), ("soc_pct", "-1"), ("active_power_w", "10000001"), ("active_power_w", "-1e9"),
            ("frequency_hz", "39.9"), ("frequency_hz", "70.1"), ("energy_import_wh", "1e19"),
        ])
    func ranges(name: String, value: String) {
        var decoder = decoder()
        #expect(decoder.add(message("{\"ts\":1767225600,\"\(name)\":\(value),\"current_a\":1}")) == nil)
        #expect(decoder.flaws[.range] == 1)
        #expect(decoder.rows().map(\.fields) == [["current_a": .float(1)]])
    }

    @Test("line protocol is held to the same ranges")
    func lineRange() {
        var decoder = decoder()
        let line = "Power_Flow soc_pct=101i,current_a=1 1767225600000000000"
        #expect(decoder.add(message(line, topic: "v2g/v1/S1/E1/lp")) == nil)
        #expect(decoder.flaws[.range] == 1)
        #expect(decoder.rows().map(\.fields) == [["current_a": .float(1)]])
    }

    @Test("a time over 60 s ahead is stored and counted")
    func future() {
        var decoder = decoder()
        #expect(decoder.add(message("{\"ts\":1767225660,\"current_a\":1}")) == nil)
        #expect(decoder.flaws[.future] == 0)
        #expect(decoder.add(message("{\"ts\":1767225661,\"current_a\":1}")) == nil)
        #expect(decoder.flaws[.future] == 1)
        #expect(decoder.rows().count == 2)
    }

    @Test("nested members are counted and skipped")
    func nested() {
        var decoder = decoder()
        #expect(decoder.add(message("{\"ts\":1767225600,\"a\":{\"b\":[1]},\"c\":[],\"current_a\":1}")) == nil)
        #expect(decoder.flaws[.nested] == 2)
        #expect(decoder.rows().map(\.fields) == [["current_a": .float(1)]])
    }

    @Test("an EVSE that no topology knows is stored and counted")
    func unknown() {
        var decoder = decoder()
        #expect(decoder.add(message("{\"ts\":1767225600,\"current_a\":1}", topic: "v2g/v1/S2/E2/telemetry")) == nil)
        #expect(decoder.flaws[.unknownEVSE] == 1)
        #expect(decoder.rows().map(\.key) == ["Power_Flow,EVSE_ID=E2,Site_ID=S2"])
    }

    @Test(
        "levels with blanks, commas, equals signs, quotes and other scripts are tag values as they are",
        arguments: [
            "a b", "a,b", "a=b", "a\"b", "Ladesäule", "充電器", "a\nb", "x\u{301}",
        ])
    func strangeNames(name: String) {
        let text = "{\"ts\":1767225600,\"current_a\":1}"
        let key = rows(text, topic: "v2g/v1/S1/\(name)/telemetry").first?.key ?? ""
        #expect(SeriesKey.tag("EVSE_ID", in: Array(key.utf8)[...]) == name)
        #expect(SeriesKey.tag("Site_ID", in: Array(key.utf8)[...]) == "S1")
    }

    @Test("a backslash at a level's end cannot take the next tag")
    func backslash() {
        let key = rows("{\"ts\":1767225600,\"current_a\":1}", topic: "v2g/v1/S1/a\\/telemetry").first?.key ?? ""
        #expect(SeriesKey.tag("EVSE_ID", in: Array(key.utf8)[...]) == "a\u{FFFD}")
        #expect(SeriesKey.tag("Site_ID", in: Array(key.utf8)[...]) == "S1")
    }

    @Test("a retained status is taken, and a retained reading that has a time")
    func retained() {
        var decoder = decoder()
        var status = message("{\"status\":\"offline\"}", topic: "v2g/v1/S1/E1/status")
        status.isRetained = true
        var reading = message("{\"ts\":1767225600,\"current_a\":1}")
        reading.isRetained = true
        #expect(decoder.add(status) == nil)
        #expect(decoder.add(reading) == nil)
        #expect(decoder.rows().count == 2)
    }
}

@Suite("Pause before reconnecting")
struct ReconnectPauseTests {
    @Test("it doubles from 1 s to 60 s, less up to a quarter, and begins again after something worked")
    func doubles() {
        var pause = ReconnectPause()
        let pauses = (0..<8).map { _ in pause.next(random: 0) }
        #expect(pauses == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
        #expect(pause.next(random: 1) == 45_000)
        pause.reset()
        #expect(pause.next(random: 0.5) == 875)
    }
}
