import Telemetry

/// What one EVSE said about one instant beside power and SoC; kept only for EVSEs that say such things, so that the
/// others pay nothing for it.
///
/// What is measured holds like power: until the next point with any of it, at most `staleAfter`. A status holds until
/// the next one, at most a day, since stations tell it when it changes.
struct DetailPoint: Sendable, Equatable {
    /// ns since 1970 UTC.
    var time: Int64
    /// The place that its tags name.
    var place: Int32
    /// NaN where there is none, as all of the following: reactive power in var, the phases' power in W.
    var reactive = Double.nan
    var phase1 = Double.nan
    var phase2 = Double.nan
    var phase3 = Double.nan
    /// Registers, Wh.
    var imported = Double.nan
    var exported = Double.nan
    /// The lowest and the highest of the voltages that it has, V.
    var voltageLow = Double.nan
    var voltageHigh = Double.nan
    /// One more than the status' place in `EVSEStatus.names`; 0 where there is none.
    var status: UInt8 = 0

    /// How long a status holds.
    static let statusHolds: Int64 = 86_400 * .second

    var hasPhases: Bool { !phase1.isNaN || !phase2.isNaN || !phase3.isNaN }
    var hasMeasurement: Bool {
        !reactive.isNaN || hasPhases || !voltageLow.isNaN || !imported.isNaN || !exported.isNaN
    }
    var isEmpty: Bool { !hasMeasurement && status == 0 }

    /// Takes over the fields that `other`, of the same time, has.
    mutating func merge(_ other: DetailPoint) {
        place = other.place
        for field in [
            \DetailPoint.reactive, \.phase1, \.phase2, \.phase3, \.imported, \.exported, \.voltageLow, \.voltageHigh,
        ] where !other[keyPath: field].isNaN { self[keyPath: field] = other[keyPath: field] }
        if other.status != 0 { status = other.status }
    }

    /// All that it says, in bits: NaN is equal to itself.
    var words: [UInt64] {
        [
            reactive.bitPattern, phase1.bitPattern, phase2.bitPattern, phase3.bitPattern, imported.bitPattern,
            exported.bitPattern, voltageLow.bitPattern, voltageHigh.bitPattern,
        ]
    }
}

/// The states of a session or a connector that stations name, of OCPP 1.6 and 2.x together.
enum EVSEStatus {
    /// The fields of the counts, less their prefix.
    static let names = [
        "available", "occupied", "reserved", "unavailable", "faulted", "preparing", "charging", "discharging",
        "suspendedev", "suspendedevse", "finishing", "evconnected", "idle", "other",
    ]
    private static let bytes = names.map { Array($0.utf8) }

    /// The number of a status, from 1; case does not matter, and what is not known is "other".
    static func number(_ text: ArraySlice<UInt8>) -> UInt8 {
        for (index, name) in bytes.enumerated() where name.count == text.count {
            if zip(name, text).allSatisfy({ $0 == $1 | 0x20 }) { return UInt8(index + 1) }
        }
        return UInt8(names.count)
    }
}

/// The columns of a table that say such things.
struct DetailColumns {
    private let reactive: NumericColumn, imported: NumericColumn, exported: NumericColumn
    private let phases: [NumericColumn], voltages: [NumericColumn]
    private let status: FieldColumn?

    /// Nil where the table has none of them.
    init?(_ table: FrameTable) {
        let names = [
            "reactive_power_var", "energy_import_wh", "energy_export_wh", "active_power_l1_w", "active_power_l2_w",
            "active_power_l3_w", "voltage_v", "voltage_l1_v", "voltage_l2_v", "voltage_l3_v", "status",
        ]
        guard table.fields.contains(where: { names.contains($0.name) }) else { return nil }
        reactive = NumericColumn(table, names[0])
        imported = NumericColumn(table, names[1])
        exported = NumericColumn(table, names[2])
        phases = names[3...5].map { NumericColumn(table, $0) }
        voltages = names[6...9].map { NumericColumn(table, $0) }
        status = table.field("status", kind: .string)
    }

    func point(_ row: Int, time: Int64, place: Int32) -> DetailPoint {
        var point = DetailPoint(time: time, place: place)
        point.reactive = reactive[row]
        point.imported = imported[row]
        point.exported = exported[row]
        (point.phase1, point.phase2, point.phase3) = (phases[0][row], phases[1][row], phases[2][row])
        for column in voltages {
            let voltage = column[row]
            // Double's minimum with NaN is NaN, `.minimum` gives the other.
            point.voltageLow = Double.minimum(point.voltageLow, voltage)
            point.voltageHigh = Double.maximum(point.voltageHigh, voltage)
        }
        if let status, status.isPresent(row) { point.status = EVSEStatus.number(status.textBytes(row)) }
        return point
    }
}

/// What EVSEs add to one second of one group beside `Contribution`: whole numbers likewise, and the extremes of voltage.
struct DetailSums: Sendable {
    /// The places of the sums: µvar·s, µW·s, ns, µWh.
    enum Sum {
        static let reactive = 0
        static let reactiveCovered = 1
        static let phase1 = 2
        static let phase2 = 3
        static let phase3 = 4
        static let phaseCovered = 5
        static let imported = 6
        static let exported = 7
        static let metered = 8
        /// The first of the counts by status.
        static let status = 9
    }

    /// How many sums there are.
    static let count = 23

    /// The sums, by place.
    var sums = InlineArray<23, Int64>(repeating: 0)
    /// The lowest and the highest held voltage at the second's end, µV; `.max` and `.min` where there is none.
    var voltageLow = Int64.max
    var voltageHigh = Int64.min
    /// Set when an EVSE with an extreme changed: the next result looks at all of them again.
    var isVoltageUncertain = false

    func equals(_ other: DetailSums) -> Bool {
        var difference = (voltageLow ^ other.voltageLow) | (voltageHigh ^ other.voltageHigh)
        for index in 0..<Self.count { difference |= sums[index] ^ other.sums[index] }
        return difference == 0
    }

    mutating func add(_ part: borrowing DetailSums) {
        for index in 0..<Self.count { sums[index] &+= part.sums[index] }
        voltageLow = min(voltageLow, part.voltageLow)
        voltageHigh = max(voltageHigh, part.voltageHigh)
    }

    /// Puts `new` in the place of `old`.
    mutating func replace(_ old: borrowing DetailSums, with new: borrowing DetailSums) {
        for index in 0..<Self.count { sums[index] &+= new.sums[index] &- old.sums[index] }
        if old.voltageLow != new.voltageLow, old.voltageLow == voltageLow { isVoltageUncertain = true }
        if old.voltageHigh != new.voltageHigh, old.voltageHigh == voltageHigh { isVoltageUncertain = true }
        voltageLow = min(voltageLow, new.voltageLow)
        voltageHigh = max(voltageHigh, new.voltageHigh)
    }
}

extension EVSEState {
    /// The index of the first detail at or after `time`.
    func detailIndex(from time: Int64) -> Int {
        var index = details.count
        while index > 0, details[index - 1].time >= time { index -= 1 }
        return index
    }

    /// Puts a detail in; one of the same time is replaced field by field. Answers whether anything is new.
    mutating func insert(_ detail: DetailPoint) -> Bool {
        let index = detailIndex(from: detail.time)
        guard index < details.count, details[index].time == detail.time else {
            details.insert(detail, at: index)
            return true
        }
        var merged = details[index]
        merged.merge(detail)
        let isNew = merged.words != details[index].words || merged.status != details[index].status
        details[index] = merged
        return isNew
    }

    /// Drops the details that no second from `horizon` on needs: all before the last measurement and the last status
    /// that are older.
    mutating func forgetDetails(before horizon: Int64) {
        let old = detailIndex(from: horizon)
        let measured = details[..<old].lastIndex { $0.hasMeasurement } ?? old
        let status = details[..<old].lastIndex { $0.status != 0 } ?? old
        guard min(measured, status) > 0 || old > 2 else { return }
        details = details.enumerated().filter { $0.0 >= old || $0.0 == measured || $0.0 == status }.map(\.1)
    }

    /// The place of a detail as it was at `time`.
    private func place(of detail: DetailPoint, at time: Int64) -> Int32 {
        let assigned = assignment.value(at: time).place
        return assigned >= 0 ? assigned : detail.place
    }

    /// What its details add to `place` in the second that begins at `start`.
    func detailSums(from start: Int64, place: Int32, _ product: borrowing Timeline<ProductSettings>) -> DetailSums {
        var part = DetailSums()
        let end = start + .second
        var holdEnd = end
        var isNewest = true
        var needsStatus = true
        var index = detailIndex(from: end)
        while index > 0 {
            index -= 1
            let detail = details[index]
            if needsStatus, detail.status != 0 {
                needsStatus = false
                if end.minus(detail.time) <= DetailPoint.statusHolds, self.place(of: detail, at: end - 1) == place {
                    part.sums[DetailSums.Sum.status + Int(detail.status) - 1] = 1
                }
            }
            if detail.hasMeasurement, holdEnd > start {
                let staleAfter = product.value(at: detail.time).staleAfter
                addHold(detail, max(detail.time, start), min(holdEnd, detail.time.plus(staleAfter)), place, &part)
                if isNewest, end.minus(detail.time) <= staleAfter, self.place(of: detail, at: end - 1) == place {
                    if !detail.voltageLow.isNaN { part.voltageLow = Contribution.micro(detail.voltageLow) }
                    if !detail.voltageHigh.isNaN { part.voltageHigh = Contribution.micro(detail.voltageHigh) }
                }
                isNewest = false
                holdEnd = detail.time
                if detail.time >= start, self.place(of: detail, at: detail.time) == place {
                    addRegisters(at: index, &part)
                }
            }
            if holdEnd <= start, !needsStatus { break }
        }
        return part
    }

    /// Adds what flowed at the measured powers while it hung at `place`.
    private func addHold(
        _ detail: DetailPoint, _ start: Int64, _ end: Int64, _ place: Int32, _ part: inout DetailSums
    ) {
        var length: Int64 = 0
        var from = start
        for change in assignment.changes(after: start, before: end) + [end] where change > from {
            if self.place(of: detail, at: from) == place { length += change - from }
            from = change
        }
        guard length > 0 else { return }
        let seconds = Double(length) / 1e9
        if !detail.reactive.isNaN {
            part.sums[DetailSums.Sum.reactive] &+= Contribution.micro(detail.reactive * seconds)
            part.sums[DetailSums.Sum.reactiveCovered] &+= length
        }
        guard detail.hasPhases else { return }
        part.sums[DetailSums.Sum.phaseCovered] &+= length
        // A phase that is not there carries nothing: micro of NaN is 0.
        part.sums[DetailSums.Sum.phase1] &+= Contribution.micro(detail.phase1 * seconds)
        part.sums[DetailSums.Sum.phase2] &+= Contribution.micro(detail.phase2 * seconds)
        part.sums[DetailSums.Sum.phase3] &+= Contribution.micro(detail.phase3 * seconds)
    }

    /// Adds what the registers went up by since the one before; a register that fell was exchanged, and begins anew.
    private func addRegisters(at index: Int, _ part: inout DetailSums) {
        func step(_ field: KeyPath<DetailPoint, Double>, _ sum: Int) {
            let value = details[index][keyPath: field]
            guard !value.isNaN, let before = details[..<index].last(where: { !$0[keyPath: field].isNaN }) else {
                return
            }
            part.sums[sum] &+= Contribution.micro(max(0, value - before[keyPath: field]))
            part.sums[DetailSums.Sum.metered] = 1
        }
        step(\.imported, DetailSums.Sum.imported)
        step(\.exported, DetailSums.Sum.exported)
    }
}
