import Bytes
import Telemetry

/// The parts of a checkpoint, written; `FleetCheckpoint` has the layout.
extension [UInt8] {
    mutating func append(double value: Double) { appendWords([value.bitPattern]) }

    mutating func append<Value>(_ timeline: Timeline<Value>, _ write: (inout [UInt8], Value) -> Void) {
        write(&self, timeline.current)
        appendZigZag(timeline.since)
        appendVarint(UInt64(timeline.past.count))
        for entry in timeline.past {
            appendZigZag(entry.from)
            write(&self, entry.value)
        }
    }

    mutating func append(assignment: Assignment) {
        let limits = assignment.limits
        appendZigZag(Int64(assignment.place))
        for value in [
            limits.maxChargeW, limits.maxDischargeW, limits.batteryWh, limits.socMinPct, limits.socMaxPct,
            limits.responseS,
        ] {
            append(double: value)
        }
        append((limits.departure == nil ? 0 : 1) | (limits.departureSocPct == nil ? 0 : 2))
        appendZigZag(limits.departure ?? 0)
        append(double: limits.departureSocPct ?? 0)
    }

    mutating func append(_ group: GroupState) {
        append(group.kind.rawValue)
        appendCounted(Array(group.name.utf8))
        append(group.limits) { bytes, limits in
            bytes.append(double: limits.importW)
            bytes.append(double: limits.exportW)
            bytes.append(double: limits.importShare)
            bytes.append(double: limits.exportShare)
        }
        append(group.parent) { bytes, parent in bytes.appendZigZag(Int64(parent)) }
        append(group.expected) { bytes, expected in bytes.appendZigZag(expected) }
        append(group.isInTopology ? 1 : 0)
        for word in [group.begin == nil ? 0 : 1, group.begin ?? 0, group.base] { appendZigZag(word) }
        appendVarint(UInt64(group.panes.count))
        for pane in group.panes {
            appendWords((0..<Contribution.count).map { UInt64(bitPattern: pane.total.sums[$0]) })
            appendWords([UInt64(bitPattern: pane.total.socMin)])
            append((pane.isSocMinUncertain ? 1 : 0) | (pane.isDirty ? 2 : 0) | (pane.isBehind ? 4 : 0))
            appendZigZag(Int64(pane.revision))
            append(detail: pane.detail)
        }
        append(socCounts: group.socCounts)
        for windows in group.windows {
            appendVarint(UInt64(windows.count))
            for (start, state) in windows.sorted(by: { $0.key < $1.key }) {
                appendZigZag(start)
                appendZigZag(state.heard)
                appendZigZag(Int64(state.revision))
                append((state.isDirty ? 1 : 0) | (state.isBehind ? 2 : 0))
            }
        }
        appendVarint(UInt64(group.members.count))
        for member in group.members { appendVarint(UInt64(member)) }
    }

    mutating func append(_ evse: EVSEState) {
        appendCounted(Array(evse.name.utf8))
        append(evse.assignment) { bytes, assignment in bytes.append(assignment: assignment) }
        appendVarint(UInt64(evse.places.count))
        for place in evse.places { appendVarint(UInt64(place)) }
        appendVarint(UInt64(evse.points.count))
        // Nearly all bytes of a checkpoint are these, so they are copied as words and not number by number.
        var words: [UInt64] = []
        words.reserveCapacity(3 * evse.points.count)
        for point in evse.points { words.append(UInt64(bitPattern: point.time)) }
        for point in evse.points { words.append(point.power.bitPattern) }
        for point in evse.points { words.append(point.soc.bitPattern) }
        appendWords(words)
        for point in evse.points { appendVarint(UInt64(point.place)) }
        append(details: evse.details)
    }
}

/// The parts of a checkpoint, read: whatever the bytes, an error and never a trap.
extension ByteReader {
    mutating func double() throws(CorruptBytes) -> Double { Double(bitPattern: try littleEndian(UInt64.self)) }

    /// A number of one of `count` things.
    mutating func number(of count: Int) throws(CorruptBytes) -> Int32 {
        let number = try varint()
        guard number < UInt64(count) else { throw CorruptBytes("number \(number) of \(count) at \(offset)") }
        return Int32(number)
    }

    /// A number of one of `count` things, or -1.
    mutating func optionalNumber(of count: Int) throws(CorruptBytes) -> Int32 {
        let number = try zigZag()
        guard number >= -1, number < Int64(count) else { throw CorruptBytes("number \(number) of \(count)") }
        return Int32(number)
    }

    /// A whole second that arithmetic in ns can take.
    mutating func second() throws(CorruptBytes) -> Int64 {
        let second = try zigZag()
        guard (-9_000_000_100...9_000_000_100).contains(second) else {
            throw CorruptBytes("second \(second) at \(offset)")
        }
        return second
    }

    mutating func revision() throws(CorruptBytes) -> Int32 {
        let revision = try zigZag()
        guard revision >= -1, revision < Int64(Int32.max) else { throw CorruptBytes("revision \(revision)") }
        return Int32(revision)
    }

    mutating func timeline<Value: Sendable & Equatable>(
        _ read: (inout ByteReader) throws(CorruptBytes) -> Value
    ) throws(CorruptBytes) -> Timeline<Value> {
        let current = try read(&self)
        let since = try zigZag()
        var past: [Timeline<Value>.Entry] = []
        for _ in 0..<(try count(limit: remaining)) {
            let from = try zigZag()
            past.append(Timeline<Value>.Entry(from: from, value: try read(&self)))
        }
        return Timeline(current, since: since, past: past)
    }

    mutating func assignment(placeCount: Int) throws(CorruptBytes) -> Assignment {
        let place = try optionalNumber(of: placeCount)
        var limits = ReserveLimits(EVSE(feeder: ""))
        limits.maxChargeW = try double()
        limits.maxDischargeW = try double()
        limits.batteryWh = try double()
        limits.socMinPct = try double()
        limits.socMaxPct = try double()
        limits.responseS = try double()
        let flags = try byte()
        let departure = try zigZag()
        let departureSoc = try double()
        limits.departure = flags & 1 == 0 ? nil : departure
        limits.departureSocPct = flags & 2 == 0 ? nil : departureSoc
        return Assignment(place: place, limits: limits)
    }

    mutating func pane() throws(CorruptBytes) -> Pane {
        var pane = Pane()
        let sums = try words(Contribution.count + 1)
        for index in 0..<Contribution.count { pane.total.sums[index] = Int64(bitPattern: sums[index]) }
        pane.total.socMin = Int64(bitPattern: sums[Contribution.count])
        let flags = try byte()
        pane.isSocMinUncertain = flags & 1 != 0
        pane.isDirty = flags & 2 != 0
        pane.isBehind = flags & 4 != 0
        pane.revision = try revision()
        pane.detail = try paneDetail()
        return pane
    }

    /// A group without its members, whose bound is not known yet.
    mutating func group(windowCount: Int) throws(CorruptBytes) -> GroupState {
        guard let kind = GroupKind(rawValue: try byte()) else { throw CorruptBytes("no kind of group at \(offset)") }
        var group = GroupState(kind: kind, name: try text(), windowCount: windowCount)
        group.limits = try timeline { reader throws(CorruptBytes) in
            FeederLimits(
                importW: try reader.double(), exportW: try reader.double(), importShare: try reader.double(),
                exportShare: try reader.double())
        }
        group.parent = try timeline { reader throws(CorruptBytes) in
            try reader.optionalNumber(of: Int(Int32.max))
        }
        group.expected = try timeline { reader throws(CorruptBytes) in try reader.zigZag() }
        group.isInTopology = try byte() != 0
        let hasBegin = try zigZag() != 0
        let begin = try zigZag()
        group.begin = hasBegin ? begin : nil
        group.base = try second()
        for _ in 0..<(try count(limit: remaining)) { group.panes.append(try pane()) }
        group.socCounts = try socCounts()
        for length in 0..<windowCount {
            for _ in 0..<(try count(limit: remaining)) {
                let start = try second()
                let heard = try zigZag()
                let revision = try revision()
                let flags = try byte()
                group.windows[length][start] = WindowState(
                    heard: heard, revision: revision, isDirty: flags & 1 != 0, isBehind: flags & 2 != 0)
            }
        }
        for _ in 0..<(try count(limit: remaining)) { group.members.append(try number(of: Int(Int32.max))) }
        return group
    }

    mutating func evse(placeCount: Int) throws(CorruptBytes) -> EVSEState {
        let name = try text()
        let assignment = try timeline { reader throws(CorruptBytes) in
            try reader.assignment(placeCount: placeCount)
        }
        var evse = EVSEState(name: name, assignment: assignment)
        for _ in 0..<(try count(limit: remaining)) { evse.places.append(try number(of: placeCount)) }
        let count = try count(limit: remaining)
        let times = try words(count)
        let powers = try words(count)
        let socs = try words(count)
        var before = Int64.min
        for index in 0..<count {
            let time = Int64(bitPattern: times[index])
            guard time > before, (-Watermark.limit...Watermark.limit).contains(time) else {
                throw CorruptBytes("a point of \(name) out of order at \(offset)")
            }
            before = time
            evse.points.append(
                EVSEPoint(
                    time: time, power: Double(bitPattern: powers[index]), soc: Double(bitPattern: socs[index]),
                    place: try number(of: placeCount)))
        }
        evse.details = try details(placeCount: placeCount)
        guard evse.points.isEmpty || !evse.places.isEmpty else { throw CorruptBytes("\(name) hangs nowhere") }
        return evse
    }
}

extension FleetPipeline {
    /// Takes up what follows the windows in a checkpoint.
    mutating func restore(_ reader: inout ByteReader) throws(CorruptBytes) {
        var words: [Int64] = []
        for _ in 0..<Watermark.wordCount { words.append(try reader.zigZag()) }
        watermark = Watermark(words: words)
        let hasFrontier = try reader.zigZag() != 0
        let second = try reader.second()
        frontier = hasFrontier ? second : nil
        finalFrontier = try reader.zigZag()
        guard finalFrontier == .min || (-9_000_000_100...9_000_000_100).contains(finalFrontier) else {
            throw CorruptBytes("a final frontier of \(finalFrontier) s")
        }
        lastReload = try reader.zigZag()
        for _ in 0..<(try reader.count(limit: 256)) {
            let lateness = try reader.zigZag()
            ownFrontiers[lateness] = try reader.second()
        }
        counts.readings = try reader.varint()
        counts.repeats = try reader.varint()
        counts.late = try reader.varint()
        counts.future = try reader.varint()
        counts.withoutEVSE = try reader.varint()
        counts.windowsEmitted = try reader.varint()
        counts.skippedSeconds = try reader.varint()
        counts.repairsDropped = try reader.varint()
        product = try reader.timeline { reader throws(CorruptBytes) in
            var fcr = FCRSettings()
            fcr.limitedEnergyS = try reader.double()
            fcr.staleAfterS = try reader.double()
            fcr.chargeEfficiency = try reader.double()
            fcr.dischargeEfficiency = try reader.double()
            fcr.fullActivationS = try reader.double()
            fcr.heardWithinS = try reader.double()
            return ProductSettings(fcr)
        }
        defaults = try reader.assignment(placeCount: 0)
        try restoreLists(&reader)
        guard reader.remaining == 0 else { throw CorruptBytes("\(reader.remaining) bytes after a checkpoint") }
    }

    private mutating func restoreLists(_ reader: inout ByteReader) throws(CorruptBytes) {
        (groups, groupNumbers) = ([], [:])
        for number in 0..<(try reader.count(limit: reader.remaining)) {
            let group = try reader.group(windowCount: settings.windows.count)
            guard group.panes.isEmpty || group.base + Int64(group.panes.count) == frontier else {
                throw CorruptBytes("the panes of \(group.name) do not end at the frontier")
            }
            groups.append(group)
            groupNumbers[GroupKey(kind: group.kind, name: group.name)] = Int32(number)
            noteDirty(group, Int32(number))
        }
        guard groups.first?.kind == .fleet, groups.allSatisfy({ hasParents($0) }) else {
            throw CorruptBytes("a group hangs on one that is not there, or there is no fleet")
        }
        for number in 0..<(try reader.count(limit: reader.remaining)) {
            let place = Place(
                feeder: try reader.number(of: groups.count), site: try reader.optionalNumber(of: groups.count))
            places.append(place)
            placeBegins.append(.max)
            placeNumbers[place] = Int32(number)
        }
        for number in 0..<(try reader.count(limit: reader.remaining)) {
            let evse = try reader.evse(placeCount: places.count)
            hasDetails = hasDetails || !evse.details.isEmpty
            evses.append(evse)
            evseNumbers[evse.name] = Int32(number)
        }
        guard groups.allSatisfy({ $0.members.allSatisfy { $0 < evses.count } }) else {
            throw CorruptBytes("a group has more members than there are EVSEs")
        }
        try restoreThermals(&reader)
        for number in 0..<(try reader.count(limit: reader.remaining)) {
            guard seriesTable.insert(Array(try reader.counted()).span) == (number, true) else {
                throw CorruptBytes("series \(number) is there twice")
            }
            series.append(
                SeriesPlace(
                    evse: try reader.optionalNumber(of: evses.count),
                    place: try reader.optionalNumber(of: places.count)))
        }
    }

    private func hasParents(_ group: GroupState) -> Bool {
        group.parent.current < groups.count && group.parent.past.allSatisfy { $0.value < groups.count }
    }

    private mutating func noteDirty(_ group: GroupState, _ number: Int32) {
        for (index, pane) in group.panes.enumerated() where pane.isDirty {
            dirtyPanes.append(PanePlace(group: number, second: group.base + Int64(index)))
        }
        for (length, windows) in group.windows.enumerated() {
            for (start, state) in windows where state.isDirty {
                dirtyWindows.append(WindowPlace(length: length, group: number, start: start))
            }
        }
    }
}
