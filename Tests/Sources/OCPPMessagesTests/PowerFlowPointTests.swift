import OCPPMessages
import Telemetry
import Testing

/// Rules 0 to 7 of "one signed Power_Flow per EVSE and time": import less export, negative from the vehicle to the grid.
@Suite("Power_Flow of sampled values")
struct PowerFlowPointTests {
    private static let second: Int64 = 1_000_000_000
    private static let start: Int64 = 1_767_225_600_000_000_000

    /// The rows that meterValues of EVSE `evse` become; `samples` are JSON, one list an instant, a minute apart.
    private func rows(
        _ samples: [String], evse: Int? = 1, transaction: inout TransactionMemory?, step: Int64 = 60,
        from start: Int64 = Self.start, topology: Topology = Topology()
    ) throws -> (batch: FrameBatch, deviations: DeviationCounts) {
        let values = samples.enumerated().map { index, list in
            let time = Timestamp.format(start + Int64(index) * step * Self.second)
            return "{\"timestamp\":\"\(time)\",\"sampledValue\":[\(list)]}"
        }
        let text = "[2,\"a\",\"MeterValues\",{\"evseId\":1,\"meterValue\":[\(values.joined(separator: ","))]}]"
        var deviations = DeviationCounts()
        guard case .call(let call) = MessageFrame.read(Array(text.utf8), &deviations) else {
            throw OCPPFault(.formatViolation, "the test's own message", offset: 0)
        }
        var check = ShapeCheck(tape: call.tape)
        try check.check(call.payload, #require(call.action.shape(.v201)))
        let request = try MeterValuesRequest.decode(call, .v201, &deviations)
        var frames = ReadingFrames(station: "CS", topology: topology, arrival: 5)
        frames.add(request.values, evse: evse, transaction: &transaction)
        deviations.add(frames.deviations)
        return (frames.sealed() ?? FrameBatch(database: "telemetry", arrival: 5), deviations)
    }

    private func rows(_ samples: String..., phasesUsed: Int? = nil) throws -> FrameBatch {
        var transaction = phasesUsed.map { count in
            var transaction = TransactionMemory(id: "t")
            transaction.phasesUsed = count
            return transaction
        }
        return try rows(samples, transaction: &transaction).batch
    }

    private func field(_ name: String, _ batch: FrameBatch, row: Int = 0) -> FieldValue? {
        let table = batch.tables.first { $0.measurement == "Power_Flow" }
        return table?.fields.lazy.filter { $0.name == name }.compactMap { $0[row] }.first
    }

    private func sample(_ value: Double, _ measurand: String, _ phase: String? = nil, _ rest: String = "") -> String {
        let phase = phase.map { ",\"phase\":\"\($0)\"" } ?? ""
        return "{\"value\":\(value),\"measurand\":\"\(measurand)\"\(phase)\(rest)}"
    }
    private func i(_ value: Double, _ phase: String? = nil, _ rest: String = "") -> String {
        sample(value, "Power.Active.Import", phase, rest)
    }
    private func e(_ value: Double, _ phase: String? = nil, _ rest: String = "") -> String {
        sample(value, "Power.Active.Export", phase, rest)
    }

    @Test("rule 0: fields of the house have their place, the rest is a series of its own with all its tags")
    func places() throws {
        let batch = try rows(
            [
                i(1000), sample(55.5, "SoC", nil, ",\"location\":\"EV\""), sample(230, "Voltage", "L1-N"),
                sample(232, "Voltage", "L2-N"), sample(228, "Voltage", "L3-N"), sample(10, "Current.Import"),
                sample(4, "Current.Export"), sample(50.01, "Frequency"), sample(30, "Power.Reactive.Import"),
                sample(70, "Power.Reactive.Export"), sample(1234.5, "Energy.Active.Import.Register"),
                sample(77.2, "Energy.Active.Export.Register"),
                sample(11000, "Power.Offered", nil, ",\"context\":\"Trigger\""),
                sample(400, "Voltage", "L1-L2"),
            ].joined(separator: ","))
        #expect(field("active_power_w", batch) == .float(1000))
        #expect(field("soc_pct", batch) == .float(55.5))
        #expect(field("voltage_v", batch) == .float(230), "the mean of L-N")
        #expect(field("voltage_l2_v", batch) == .float(232))
        #expect(field("current_a", batch) == .float(6))
        #expect(field("frequency_hz", batch) == .float(50.01))
        #expect(field("reactive_power_var", batch) == .float(-40))
        #expect(field("energy_import_wh", batch) == .integer(1235))
        #expect(field("energy_export_wh", batch) == .integer(77))
        #expect(field("context", batch) == nil)
        #expect(field("quality", batch) == nil)
        let others = try #require(batch.tables.first { $0.measurement == "OCPP_Sample" })
        let rows = Set(
            (0..<others.rowCount).map { row in
                "\(String(decoding: others.key(row), as: UTF8.self)) \(others.field("value")?[row] == .float(400))"
            })
        #expect(
            rows == [
                "OCPP_Sample,EVSE_ID=CS:1,context=Trigger,location=Outlet,measurand=Power.Offered false",
                "OCPP_Sample,EVSE_ID=CS:1,context=Sample.Periodic,location=Outlet,measurand=Voltage,phase=L1-L2 true",
            ])
    }

    @Test("rule 0: the topology names the EVSE, its feeder and its site")
    func topologyNames() throws {
        var topology = Topology()
        topology.evses["E1"] = EVSE(feeder: "F1", site: "S1")
        topology.ports[Topology.StationPort(station: "CS", evse: 1)] = "E1"
        var transaction: TransactionMemory?
        let batch = try rows([i(1)], transaction: &transaction, topology: topology).batch
        #expect(
            String(decoding: batch.tables[0].key(0), as: UTF8.self) == "Power_Flow,EVSE_ID=E1,Feeder_ID=F1,Site_ID=S1")
    }

    @Test("rule 0: context and transaction are fields of the point")
    func contextAndTransaction() throws {
        var transaction: TransactionMemory? = TransactionMemory(id: "tx")
        let batch = try rows([i(1, nil, ",\"context\":\"Transaction.Begin\"")], transaction: &transaction).batch
        #expect(field("context", batch) == .string("Transaction.Begin"))
        #expect(field("transaction_id", batch) == .string("tx"))
    }

    @Test("rule 1: power at the inlet, the cable, the body or the vehicle is set aside")
    func locations() throws {
        let aside = ["Inlet", "Cable", "Body", "EV", "Upstream"].map { i(9, nil, ",\"location\":\"\($0)\"") }
        let batch = try rows(([i(5, nil, ",\"location\":\"Outlet\"")] + aside).joined(separator: ","))
        #expect(field("active_power_w", batch) == .float(5))
        #expect(batch.tables.first { $0.measurement == "OCPP_Sample" }?.rowCount == 5)
    }

    @Test("rule 2: a total in either direction beats the phases of both")
    func totalBeatsPhases() throws {
        let batch = try rows("\(i(100)),\(i(700, "L1")),\(e(600, "L2"))")
        #expect(field("active_power_w", batch) == .float(100))
        #expect(field("active_power_l1_w", batch) == .float(700))
        #expect(field("active_power_l2_w", batch) == .float(-600))
    }

    @Test("rule 2: without a total the three phases are summed, each direction for itself")
    func phasesAreSummed() throws {
        let batch = try rows("\(i(100, "L1")),\(i(200, "L2")),\(i(300, "L3-N")),\(e(50, "L1"))")
        #expect(field("active_power_w", batch) == .float(550))
        #expect(field("active_power_l1_w", batch) == .float(50))
    }

    @Test("rule 2: two phases make a total only where the vehicle uses two")
    func twoPhases() throws {
        let unknown = try rows("\(i(100, "L1")),\(i(200, "L2"))")
        #expect(field("active_power_w", unknown) == nil)
        #expect(field("quality", unknown) == .string("incomplete"))
        #expect(field("active_power_l2_w", unknown) == .float(200))
        let known = try rows("\(i(100, "L1")),\(i(200, "L2"))", phasesUsed: 2)
        #expect(field("active_power_w", known) == .float(300))
        let alone = try rows(i(100, "L1"), phasesUsed: 3)
        #expect(field("active_power_w", alone) == .float(100), "stations write the total as L1")
    }

    @Test("rule 3: power is import less export, an absent one is 0, and nothing is carried forward")
    func signed() throws {
        let batch = try rows(
            "\(i(300)),\(e(1000))", e(2000), i(400), e(0),
            "\(i(0)),\(e(9.5, nil, ",\"unitOfMeasure\":{\"unit\":\"kW\"}"))")
        let powers = (0..<5).map { field("active_power_w", batch, row: $0) }
        #expect(powers == [.float(-700), .float(-2000), .float(400), .float(0), .float(-9500)])
    }

    @Test("rule 4: a negative import is discharge, a negative export is charging")
    func negatives() throws {
        let batch = try rows(i(-800), e(-900))
        #expect(field("active_power_w", batch) == .float(-800))
        #expect(field("active_power_w", batch, row: 1) == .float(900))
    }

    @Test("rule 4: the same discharge said in both directions counts once and is flagged")
    func doubled() throws {
        var transaction: TransactionMemory?
        let (batch, deviations) = try rows(
            ["\(i(-1000)),\(e(1005))", "\(i(-1000)),\(e(1500))"], transaction: &transaction)
        #expect(field("active_power_w", batch) == .float(-1000))
        #expect(field("quality", batch) == .string("doubled"))
        #expect(field("active_power_w", batch, row: 1) == .float(-2500))
        #expect(deviations[.doubledPower] == 1)
    }

    @Test("rule 5: without power the registers of one transaction give it, marked derived")
    func derived() throws {
        func energy(_ importing: Double, _ exporting: Double) -> String {
            sample(importing, "Energy.Active.Import.Register") + ","
                + sample(exporting, "Energy.Active.Export.Register")
        }
        var transaction: TransactionMemory? = TransactionMemory(id: "t")
        let batch = try rows(
            [energy(1000, 0), energy(1100, 0), energy(1100, 50), energy(900, 50)], transaction: &transaction
        ).batch
        #expect(field("active_power_w", batch) == nil, "the first has nothing before it")
        #expect(field("active_power_w", batch, row: 1) == .float(6000))
        #expect(field("active_power_w", batch, row: 2) == .float(-3000))
        #expect(field("quality", batch, row: 2) == .string("derived"))
        #expect(field("active_power_w", batch, row: 3) == nil, "a register went down")
        let late = try rows([energy(1000, 50)], transaction: &transaction, from: Self.start + 1200 * Self.second).batch
        #expect(field("active_power_w", late) == nil, "more than 15 minutes")
        let next = try rows([energy(1010, 50)], transaction: &transaction, from: Self.start + 1260 * Self.second).batch
        let repeated = try rows([energy(1010, 50)], transaction: &transaction, from: Self.start + 1260 * Self.second)
        #expect(field("active_power_w", next) == .float(600))
        #expect(repeated.batch == next, "a repeated message says the same")
        var none: TransactionMemory?
        #expect(
            field("active_power_w", try rows([energy(1, 0), energy(2, 0)], transaction: &none).batch, row: 1) == nil)
    }

    @Test("rule 6: without energy too, volts, amperes and the power factor give it, marked estimated")
    func estimated() throws {
        let batch = try rows(
            [
                sample(230, "Voltage", "L1-N"), sample(231, "Voltage", "L2-N"), sample(229, "Voltage", "L3-N"),
                sample(10, "Current.Import", "L1"), sample(10, "Current.Export", "L2"),
                sample(10, "Current.Import", "L3"), sample(0.9, "Power.Factor"),
            ].joined(separator: ","), "\(sample(400, "Voltage")),\(sample(5, "Current.Export"))",
            sample(5, "Current.Import"))
        guard case .float(let watts)? = field("active_power_w", batch) else {
            Issue.record("no power")
            return
        }
        #expect(abs(watts - (2300 - 2310 + 2290) * 0.9) < 1e-9)
        #expect(field("quality", batch) == .string("estimated"))
        #expect(field("active_power_w", batch, row: 1) == .float(-2000))
        #expect(field("active_power_w", batch, row: 2) == nil, "amperes without volts")
    }

    @Test(
        "rule 7: the main meter and a transaction without EVSE never become Power_Flow", arguments: [0, nil] as [Int?])
    func mainMeter(evse: Int?) throws {
        var transaction: TransactionMemory?
        let batch = try rows(["\(i(5)),\(sample(50, "SoC"))"], evse: evse, transaction: &transaction).batch
        #expect(batch.tables.map(\.measurement) == ["OCPP_Sample"])
        #expect(batch.tables[0].rowCount == 2)
        let key = String(decoding: batch.tables[0].key(0), as: UTF8.self)
        #expect(key.hasPrefix("OCPP_Sample,EVSE_ID=CS:\(evse.map(String.init) ?? "unknown"),"))
    }

    @Test("units and multipliers are brought to the house's in one rounding; a unit that does not fit is kept aside")
    func units() throws {
        let batch = try rows(
            [
                i(3.3, nil, ",\"unitOfMeasure\":{\"unit\":\"w\",\"multiplier\":-1}"),
                sample(12.345678, "Energy.Active.Import.Register", nil, ",\"unitOfMeasure\":{\"unit\":\"KWH\"}"),
                sample(5, "Energy.Active.Export.Register", nil, ",\"unitOfMeasure\":{\"multiplier\":3}"),
                sample(20, "SoC", nil, ",\"unitOfMeasure\":{\"unit\":\"%\"}"),
                sample(7, "Voltage", nil, ",\"unitOfMeasure\":{\"unit\":\"furlong\"}"),
            ].joined(separator: ","))
        #expect(field("active_power_w", batch) == .float(0.33))
        #expect(field("energy_import_wh", batch) == .integer(12346))
        #expect(field("energy_export_wh", batch) == .integer(5000))
        #expect(field("soc_pct", batch) == .float(20))
        #expect(field("voltage_v", batch) == nil)
        let others = try #require(batch.tables.first { $0.measurement == "OCPP_Sample" })
        #expect(others.field("unit")?[0] == .string("furlong"))
    }

    @Test("samples of one instant in several meterValues are one point, and 1970 is a clock that was never set")
    func instants() throws {
        var transaction: TransactionMemory?
        let merged = try rows([i(100), e(300)], transaction: &transaction, step: 0).batch
        #expect(merged.rowCount == 1)
        #expect(field("active_power_w", merged) == .float(-200))
        let (unset, deviations) = try rows([i(100)], transaction: &transaction, from: 7 * Self.second)
        #expect(unset.tables[0].timestamps == [5], "the time of arrival")
        #expect(field("clock_unset", unset) == .boolean(true))
        #expect(deviations[.clockUnset] == 1)
    }

    @Test("signed data is kept beside the value")
    func signature() throws {
        let signed =
            #","signedMeterValue":{"signedMeterData":"AA==","signingMethod":"S","encodingMethod":"OCMF","publicKey":"K"}"#
        let batch = try rows(i(8, nil, signed))
        #expect(field("active_power_w", batch) == .float(8))
        let others = try #require(batch.tables.first { $0.measurement == "OCPP_Sample" })
        #expect(others.field("signed_meter_data")?[0] == .string("AA=="))
        #expect(others.field("public_key")?[0] == .string("K"))
    }

    @Test("a sample without measurand is the import register")
    func defaultMeasurand() throws {
        #expect(field("energy_import_wh", try rows(#"{"value":42}"#)) == .integer(42))
    }
}
