import EngineConfiguration
import MQTTClient
import Telemetry
import Testing

@testable import MQTTIngest

@Suite("Topics of other shapes")
struct TemplateTests {
    private var decoder: PayloadDecoder

    init() throws {
        decoder = PayloadDecoder(
            baseTopic: "v2g/v1", payloadByteLimit: 1 << 20, topology: Topology(), arrival: 5,
            templates: [
                try TopicTemplate("plant/{Site_ID}/cp/{EVSE_ID}/{field}"),
                try TopicTemplate("{vendor}/json/{EVSE_ID}"), try TopicTemplate("grid/{Feeder_ID}/{Meter_ID}"),
            ])
    }

    private mutating func add(_ topic: String, _ payload: String) -> MQTTFlaw? {
        decoder.add(MQTTMessage(topic: topic, payload: Array(payload.utf8)))
    }

    private func tags(_ measurement: String) -> [String] {
        guard let table = decoder.batch.tables.first(where: { $0.measurement == measurement }) else { return [] }
        return SeriesKey.decode(table.key(0)).tags.map { "\($0.0)=\($0.1)" }
    }

    @Test("a bare number is the field that the topic names, at the time of its arrival")
    mutating func bare() throws {
        #expect(add("plant/S1/cp/E1/active_power_w", " -12.5\n") == nil)
        let table = try #require(decoder.batch.tables.first)
        #expect(table.field("active_power_w")?[0] == .float(-12.5) && table.timestamps == [5])
        #expect(table.field(PayloadDecoder.arrivalTimeField)?[0] == .boolean(true))
        #expect(tags("Power_Flow") == ["EVSE_ID=E1", "Site_ID=S1"])
        #expect(add("plant/S1/cp/E1/connected", "true") == nil)
        for text in ["nan", "inf", "1e400", "", "x", "0x10", "1,5"] {
            #expect(add("plant/S1/cp/E1/current_a", text) != nil, "\(text)")
        }
        #expect(add("plant/S1/cp/E1/soc_pct", "101") == .range)
        #expect(decoder.batch.rowCount == 2)
    }

    @Test("without {field} the payload is as elsewhere, other names are tags, and a meter is a meter")
    mutating func payloads() {
        #expect(add("acme/json/E2", #"{"ts":1,"current_a":2}"#) == nil)
        #expect(tags("Power_Flow") == ["EVSE_ID=E2", "vendor=acme"])
        #expect(add("grid/F1/M1", #"{"ts":1,"active_power_w":2}"#) == nil)
        #expect(tags("Grid_Meter") == ["Feeder_ID=F1", "Meter_ID=M1"])
        #expect(add("plant/S1/cp/E1", "1") == .topic && add("plant//cp/E1/a", "1") == .topic)
        #expect(add("v2g/v1/out/telemetry", "1") == .topic && add("v2g/v1/out/fcr/telemetry", "{}") == .topic)
    }

    @Test("a filter has + where the topic may be anything")
    func filter() throws {
        #expect(try TopicTemplate("plant/{Site_ID}/cp/{EVSE_ID}/{field}").filter == "plant/+/cp/+/+")
    }

    @Test(
        "what is no template is refused with its reason",
        arguments: [
            ("a//{EVSE_ID}", "has an empty level"), ("a/+/{EVSE_ID}", "has + or # in it"),
            ("cp-{EVSE_ID}", "has a level cp-{EVSE_ID} that is neither a word nor {name}"),
            ("{EVSE_ID}/{EVSE_ID}", "has {EVSE_ID} twice"),
            ("{Site_ID}/x", "must have one of {EVSE_ID} and {Meter_ID}"),
            ("{EVSE_ID}/{a b}", "has {a b}, which is no name of a tag"),
            ("{EVSE_ID}/{Meter_ID}", "must have one of {EVSE_ID} and {Meter_ID}"),
        ])
    func refused(text: String, reason: String) {
        #expect(throws: TopicTemplate.Flaw.self) { try TopicTemplate(text) }
        do throws(TopicTemplate.Flaw) {
            _ = try TopicTemplate(text)
        } catch {
            #expect(error.reason == reason)
        }
    }
}
