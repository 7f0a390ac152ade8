import Telemetry

/// Reactive power, phases, voltages, registers, statuses, and how the SoC is spread.
extension FleetPipeline {
    /// Takes a detail that lies within the limits.
    mutating func take(_ detail: DetailPoint, of evse: Int32) {
        let number = Int(evse)
        if evses[number].details.count == evses[number].details.capacity, let value = watermark.value {
            let longest = max(product.current.staleAfter, (settings.windows.max() ?? 1) * .second)
            evses[number].forgetDetails(
                before: value.minus(settings.allowedLateness).minus(longest + .second))
        }
        let second = detail.time.wholeSecond
        guard let frontier, second < frontier else {
            _ = evses[number].insert(detail)
            return
        }
        // Up to the next status and the next registers it may change each second that was given.
        let touched = second..<frontier
        var old: [DetailSums] = []
        for place in evses[number].places {
            for second in touched {
                old.append(evses[number].detailSums(from: second * .second, place: place, product))
            }
        }
        guard evses[number].insert(detail) else { return }
        var index = 0
        for place in evses[number].places {
            for second in touched {
                let part = evses[number].detailSums(from: second * .second, place: place, product)
                if !part.equals(old[index]) { correct(place, second, old[index], part) }
                index += 1
            }
        }
    }

    private mutating func correct(_ place: Int32, _ second: Int64, _ old: DetailSums, _ new: DetailSums) {
        let line = lineage(place, before: (second + 1) * .second)
        for slot in line.indices where line[slot] >= 0 {
            let group = Int(line[slot])
            guard groups[group].hasPane(second) else { continue }
            let index = Int(second - groups[group].base)
            if groups[group].panes[index].detail.isEmpty { groups[group].panes[index].detail = [DetailSums()] }
            groups[group].panes[index].detail[0].replace(old, with: new)
            markDirty(line[slot], second)
        }
    }

    /// The details of one second by group; empty where no EVSE has any.
    func detailTotals(of second: Int64) -> [DetailSums] {
        guard hasDetails else { return [] }
        var totals = [DetailSums](repeating: DetailSums(), count: groups.count)
        let states = evses.span
        for number in states.indices where !states[number].details.isEmpty {
            for place in states[number].places {
                let part = states[number].detailSums(from: second * .second, place: place, product)
                let line = lineage(place, before: (second + 1) * .second)
                for slot in line.indices where line[slot] >= 0 { totals[Int(line[slot])].add(part) }
            }
        }
        return totals
    }

    /// Looks at all EVSEs of a group for the extremes of voltage at a second's end.
    mutating func findVoltages(_ group: Int32, _ second: Int64, _ index: Int) {
        var (lowest, highest) = (Int64.max, Int64.min)
        for evse in evses where !evse.details.isEmpty {
            for place in evse.places {
                let line = lineage(place, before: (second + 1) * .second)
                guard line.indices.contains(where: { line[$0] == group }) else { continue }
                let part = evse.detailSums(from: second * .second, place: place, product)
                lowest = min(lowest, part.voltageLow)
                highest = max(highest, part.voltageHigh)
            }
        }
        groups[Int(group)].panes[index].detail[0].voltageLow = lowest
        groups[Int(group)].panes[index].detail[0].voltageHigh = highest
        groups[Int(group)].panes[index].detail[0].isVoltageUncertain = false
    }

    /// Whether a window of more than a second ends with `second`: then the spread of the SoC is kept for it.
    func isWindowEnd(_ second: Int64) -> Bool {
        for size in settings.windows where size > 1 && (second + 1).aligned(to: size) == second + 1 { return true }
        return false
    }

    /// Counts how many EVSEs of each group have which SoC at a second's end.
    mutating func countSoC(_ second: Int64) {
        for group in groups.indices where groups[group].hasPane(second) { groups[group].socCounts[second] = [] }
        for evse in evses where !evse.points.isEmpty {
            for place in evse.places {
                let part = evse.contribution(from: second * .second, place: place, product)
                if part.socMin != .max { addSoC(1, part.socMin, place, second) }
            }
        }
    }

    /// Adds `step` EVSEs of an SoC to a second whose spread is kept.
    mutating func addSoC(_ step: Int32, _ soc: Int64, _ place: Int32, _ second: Int64) {
        let line = lineage(place, before: (second + 1) * .second)
        // Whole percent, rounded: a quantile is at most half a percent off.
        let bin = Int(max(0, min(100, (soc + 500_000) / 1_000_000)))
        for slot in line.indices where line[slot] >= 0 {
            let group = Int(line[slot])
            if groups[group].socCounts[second]?.count != 101 {
                groups[group].socCounts[second] = [Int32](repeating: 0, count: 101)
            }
            groups[group].socCounts[second]?[bin] += step
        }
    }

    /// The SoC that so large a share of a group's live EVSEs does not pass at a second's end, in whole percent; nil where
    /// none has any. It is the smallest one that at least that share has or is below.
    func socQuantile(_ share: Double, _ group: Int32, _ second: Int64) -> Double? {
        guard let counts = groups[Int(group)].socCounts[second] else { return nil }
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        let wanted = max(1, (Double(total) * share).rounded(.up))
        var sum: Int32 = 0
        for (bin, count) in counts.enumerated() {
            sum += count
            if Double(sum) >= wanted { return Double(bin) }
        }
        return 100
    }

    /// The details of a window, nil where there are none.
    mutating func detail(_ group: Int32, _ start: Int64, size: Int64) -> AggregateDetail? {
        let number = Int(group)
        var total = DetailSums()
        for second in start..<(start + size) where groups[number].hasPane(second) {
            let index = Int(second - groups[number].base)
            guard !groups[number].panes[index].detail.isEmpty else { continue }
            if groups[number].panes[index].detail[0].isVoltageUncertain { findVoltages(group, second, index) }
            let part = groups[number].panes[index].detail[0]
            // What is known at a second's end counts at the window's end alone.
            let statuses = total.sums
            total.add(part)
            for status in DetailSums.Sum.status..<DetailSums.count { total.sums[status] = statuses[status] }
            if second == start + size - 1 {
                for status in DetailSums.Sum.status..<DetailSums.count { total.sums[status] = part.sums[status] }
            }
        }
        var detail = AggregateDetail(total, size: size)
        if size > 1 {
            let last = start + size - 1
            detail.socQuantiles = [0.1, 0.5, 0.9].map { socQuantile($0, group, last) }
        }
        return detail.isEmpty ? nil : detail
    }
}

/// What a window has of values that not every fleet measures.
package struct AggregateDetail: Sendable, Equatable {
    /// Mean reactive power, var; nil where nobody measures it.
    package var reactivePowerVar: Double?
    /// Mean power of the three phases, W.
    package var phasesW: [Double]?
    /// The lowest and the highest held voltage at the end of any second, V.
    package var voltageMinV: Double?
    /// The highest.
    package var voltageMaxV: Double?
    /// What registers went up by in the window, Wh.
    package var meteredImportWh: Double?
    /// The same for what came from vehicles.
    package var meteredExportWh: Double?
    /// EVSEs by status at the window's end, in the order of `EVSEStatus.names`; nil where no status is known.
    package var statuses: [Int64]?
    /// The SoC that a tenth, half and nine tenths of the live EVSEs do not pass, whole percent.
    package var socQuantiles: [Double?] = [nil, nil, nil]

    init(_ total: DetailSums, size: Int64) {
        let length = Double(size) * 1e6
        if total.sums[DetailSums.Sum.reactiveCovered] > 0 {
            reactivePowerVar = Double(total.sums[DetailSums.Sum.reactive]) / length
        }
        if total.sums[DetailSums.Sum.phaseCovered] > 0 {
            phasesW = (DetailSums.Sum.phase1...DetailSums.Sum.phase3).map { Double(total.sums[$0]) / length }
        }
        if total.voltageLow != .max { voltageMinV = Double(total.voltageLow) / 1e6 }
        if total.voltageHigh != .min { voltageMaxV = Double(total.voltageHigh) / 1e6 }
        if total.sums[DetailSums.Sum.metered] > 0 {
            meteredImportWh = Double(total.sums[DetailSums.Sum.imported]) / 1e6
            meteredExportWh = Double(total.sums[DetailSums.Sum.exported]) / 1e6
        }
        let counts = (DetailSums.Sum.status..<DetailSums.count).map { total.sums[$0] }
        if counts.contains(where: { $0 != 0 }) { statuses = counts }
    }

    /// Whether nothing is known.
    var isEmpty: Bool { (0..<Self.columns.count).allSatisfy { word($0) == nil } }

    /// The fields by place, behind those of the aggregate.
    static let columns: [(name: String, kind: FieldKind)] =
        [
            ("reactive_power_var", .float), ("active_power_l1_w", .float), ("active_power_l2_w", .float),
            ("active_power_l3_w", .float), ("phase_imbalance_w", .float), ("voltage_min_v", .float),
            ("voltage_max_v", .float), ("metered_import_wh", .float), ("metered_export_wh", .float),
            ("soc_p10_pct", .float), ("soc_p50_pct", .float), ("soc_p90_pct", .float),
        ] + EVSEStatus.names.map { ("evse_\($0)", FieldKind.integer) }

    func word(_ column: Int) -> UInt64? {
        switch column {
        case 0: reactivePowerVar?.bitPattern
        case 1...3: phasesW?[column - 1].bitPattern
        // The most that a phase carries over the least: what a neutral and a substation see.
        case 4: phasesW.map { (($0.max() ?? 0) - ($0.min() ?? 0)).bitPattern }
        case 5: voltageMinV?.bitPattern
        case 6: voltageMaxV?.bitPattern
        case 7: meteredImportWh?.bitPattern
        case 8: meteredExportWh?.bitPattern
        case 9...11: socQuantiles[column - 9]?.bitPattern
        default: statuses.map { UInt64(bitPattern: $0[column - 12]) }
        }
    }
}
