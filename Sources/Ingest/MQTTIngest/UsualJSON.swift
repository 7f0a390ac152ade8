import OCPPMessages
import Telemetry

/// What the objects of a fleet's messages look like: their members in order, numbers and booleans beside a `ts`.
struct ReadingLayout {
    /// One member.
    struct Member {
        enum Kind {
            case time
            case number(ClosedRange<Double>?)
            case register(ClosedRange<Double>?)
            case flag
        }
        let kind: Kind
        /// Where the name lies in `names`.
        let name: Range<Int>
    }

    /// The measurement that it was learnt for, which says what is plausible.
    let measurement: String
    /// The names, one behind the other.
    private(set) var names: [UInt8] = []
    private(set) var members: [Member] = []
    /// The columns of the batch's table, in the order of the members but `ts`; empty until there are rows for them.
    var columns: [Int] = []

    init(measurement: String) {
        self.measurement = measurement
    }

    mutating func add(_ name: String, _ kind: Member.Kind) {
        let start = names.count
        names.append(contentsOf: name.utf8)
        members.append(Member(kind: kind, name: start..<names.count))
    }

    /// Gives the members their columns, which are made where there are none.
    mutating func resolve(_ table: inout FrameTable) {
        columns = members.compactMap { member in
            let name = String(decoding: names[member.name], as: UTF8.self)
            return switch member.kind {
            case .time: nil
            case .number: table.columnIndex(name, .float)
            case .register: table.columnIndex(name, .integer)
            case .flag: table.columnIndex(name, .boolean)
            }
        }
    }
}

/// The readings of one message, before they become rows.
struct ReadingRows {
    var times: [Int64] = []
    /// Row by row, one word a column.
    var words: [UInt64] = []

    mutating func clear() {
        times.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
    }
}

/// JSON payloads as fleets send them, in one pass: objects that all have the same members in the same order, each a `ts`
/// and numbers or booleans. A layout is learnt from the first and compared with those that follow.
///
/// As in `UsualReadings` nothing is forgiven or refused: for anything else `addJSON` goes through the tape, and nothing
/// of the message was added.
extension PayloadDecoder {
    /// More layouts than this are not kept: the fleet has no usual one.
    private static let layoutLimit = 16

    /// Adds the rows of a message; false where it is not as usual, and nothing was added.
    mutating func addUsualJSON(_ payload: [UInt8], _ source: Source) -> Bool {
        let bytes = payload.span
        let measurement = source.measurement
        for index in layouts.indices where layouts[index].measurement == measurement {
            guard read(bytes, layouts[index]) else { continue }
            commit(source, index)
            return true
        }
        guard layouts.count < Self.layoutLimit, let layout = learn(bytes, measurement), read(bytes, layout) else {
            return false
        }
        layouts.append(layout)
        commit(source, layouts.count - 1)
        return true
    }

    private mutating func commit(_ source: Source, _ layout: Int) {
        let place = batch.tableIndex(source.measurement)
        if layouts[layout].columns.isEmpty { layouts[layout].resolve(&batch.tables[place]) }
        let own = ownKey(source)
        let limit = batch.arrival.addingReportingOverflow(Self.futureLimit).partialValue
        for time in rows.times {
            batch.tables[place].beginRow(keySpan: own.key.span, timestamp: time)
            if time > limit { flaws.count(.future) }
        }
        if own.isUnknownEVSE { flaws.count(.unknownEVSE, rows.times.count) }
        batch.tables[place].append(rowMajor: rows.words, columns: layouts[layout].columns)
    }

    /// Reads the whole message into `rows`; false where an object has another layout, or anything unusual.
    private mutating func read(_ bytes: Span<UInt8>, _ layout: ReadingLayout) -> Bool {
        rows.clear()
        var cursor = JSONCursor()
        let isList = cursor.take(bytes, UInt8(ascii: "["))
        repeat {
            guard rows.times.count < Self.elementLimit, object(bytes, &cursor, layout) else { return false }
        } while isList && cursor.take(bytes, UInt8(ascii: ","))
        guard !isList || cursor.take(bytes, UInt8(ascii: "]")) else { return false }
        return cursor.isAtEnd(bytes)
    }

    private mutating func object(
        _ bytes: Span<UInt8>, _ cursor: inout JSONCursor, _ layout: ReadingLayout
    ) -> Bool {
        guard cursor.take(bytes, UInt8(ascii: "{")) else { return false }
        var isFirst = true
        for member in layout.members {
            guard isFirst || cursor.take(bytes, UInt8(ascii: ",")),
                cursor.takeName(bytes, layout.names.span, member.name)
            else { return false }
            isFirst = false
            switch member.kind {
            case .time:
                guard let time = Self.time(bytes, &cursor) else { return false }
                rows.times.append(time)
            case .number(let range):
                guard let number = cursor.decimal(bytes)?.value(), range?.contains(number) ?? true else {
                    return false
                }
                rows.words.append(number.bitPattern)
            case .register(let range):
                guard let number = cursor.decimal(bytes)?.value(), range?.contains(number) ?? true,
                    let whole = Int64(exactly: number.rounded())
                else { return false }
                rows.words.append(UInt64(bitPattern: whole))
            case .flag:
                guard let flag = cursor.flag(bytes) else { return false }
                rows.words.append(flag ? 1 : 0)
            }
        }
        return cursor.take(bytes, UInt8(ascii: "}"))
    }

    private static func time(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) -> Int64? {
        cursor.skipBlanks(bytes)
        guard cursor.position < bytes.count else { return nil }
        if bytes[cursor.position] == UInt8(ascii: "\"") { return cursor.time(bytes) }
        return cursor.epoch(bytes).flatMap { time(epoch: $0) }
    }

    /// The layout of the message's first object; nil where it has none of this form.
    private func learn(_ bytes: Span<UInt8>, _ measurement: String) -> ReadingLayout? {
        var cursor = JSONCursor()
        _ = cursor.take(bytes, UInt8(ascii: "["))
        guard cursor.take(bytes, UInt8(ascii: "{")) else { return nil }
        var found: [(name: String, kind: ReadingLayout.Member.Kind)] = []
        repeat {
            guard let range = cursor.plainString(bytes), cursor.take(bytes, UInt8(ascii: ":")) else { return nil }
            let name = JSONCursor.text(bytes, range)
            guard Self.isTagValue(name), !found.contains(where: { $0.name == name }), found.count < 256,
                let kind = Self.kind(bytes, &cursor, name, measurement)
            else { return nil }
            found.append((name, kind))
        } while cursor.take(bytes, UInt8(ascii: ","))
        guard cursor.take(bytes, UInt8(ascii: "}")), found.count > 1, found.contains(where: { $0.name == "ts" }) else {
            return nil
        }
        var layout = ReadingLayout(measurement: measurement)
        for (name, kind) in found { layout.add(name, kind) }
        return layout
    }

    /// What the member's value, which is taken, says of it.
    private static func kind(
        _ bytes: Span<UInt8>, _ cursor: inout JSONCursor, _ name: String, _ measurement: String
    ) -> ReadingLayout.Member.Kind? {
        switch name {
        case "ts": return time(bytes, &cursor) == nil ? nil : .time
        case "evse", "feeder", "site": return nil
        default:
            if cursor.flag(bytes) != nil { return .flag }
            guard cursor.decimal(bytes) != nil else { return nil }
            let range = plausibility(name, measurement)
            return isRegister(name) ? .register(range) : .number(range)
        }
    }
}
