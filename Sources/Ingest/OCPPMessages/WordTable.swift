/// The names and words of readings, found by their bytes as four words of 64 bits: no text is made of what is read.
///
/// A text may be a name in one place and a word in another (`transactionId`, `Idle`); `sets` says all that it may be.
struct WordTable: Sendable {
    /// The names of members.
    enum Key: UInt8 {
        case evseId = 1
        case connectorId, transactionId, meterValue, timestamp, sampledValue, value, measurand, context, phase
        case location, unitOfMeasure, unit, multiplier, format, eventType, triggerReason, seqNo, transactionInfo
        case chargingState, timeSpentCharging, stoppedReason, remoteStartId, operationMode, offline
        case numberOfPhasesUsed, cableMaxCurrent, reservationId, evse, id, idToken, type
    }

    /// What a word may be.
    struct Sets: OptionSet {
        let rawValue: UInt32

        static let measurand = Sets(rawValue: 1)
        static let measurand16 = Sets(rawValue: 2)
        static let context = Sets(rawValue: 4)
        static let phase = Sets(rawValue: 8)
        static let location = Sets(rawValue: 16)
        static let unit = Sets(rawValue: 32)
        static let unit16 = Sets(rawValue: 64)
        static let raw = Sets(rawValue: 128)
        static let eventType = Sets(rawValue: 256)
        static let triggerReason = Sets(rawValue: 512)
        static let chargingState = Sets(rawValue: 1024)
        static let stoppedReason = Sets(rawValue: 2048)
        static let operationMode = Sets(rawValue: 4096)
        static let tokenType = Sets(rawValue: 8192)
        static let action = Sets(rawValue: 16_384)
    }

    /// One text.
    struct Entry: Sendable {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        /// The raw value of its `Key`, 0 for none.
        var key: UInt8 = 0
        /// The place in the list of its set, of the one where it matters.
        var code: UInt8 = 0
        /// The unit's number, for units and, as the one they are brought to, for measurands.
        var unit: UInt8 = 0
        /// The power of ten that brings a unit to the house's.
        var exponent: Int8 = 0
        var setBits: UInt32 = 0

        func isIn(_ set: Sets) -> Bool { setBits & set.rawValue != 0 }
    }

    /// The table, built once.
    static let shared = WordTable()

    /// An open-addressing table; an entry without sets and key is free.
    private(set) var slots = [Entry](repeating: Entry(), count: 512)

    private init() {
        for (name, key) in Self.keys { add(name) { $0.key = key.rawValue } }
        addReadings()
        addEvents()
    }

    private static let keys: [(String, Key)] = [
        ("evseId", .evseId), ("connectorId", .connectorId), ("transactionId", .transactionId),
        ("meterValue", .meterValue), ("timestamp", .timestamp), ("sampledValue", .sampledValue), ("value", .value),
        ("measurand", .measurand), ("context", .context), ("phase", .phase), ("location", .location),
        ("unitOfMeasure", .unitOfMeasure), ("unit", .unit), ("multiplier", .multiplier), ("format", .format),
        ("eventType", .eventType), ("triggerReason", .triggerReason), ("seqNo", .seqNo),
        ("transactionInfo", .transactionInfo), ("chargingState", .chargingState),
        ("timeSpentCharging", .timeSpentCharging), ("stoppedReason", .stoppedReason),
        ("remoteStartId", .remoteStartId), ("operationMode", .operationMode), ("offline", .offline),
        ("numberOfPhasesUsed", .numberOfPhasesUsed), ("cableMaxCurrent", .cableMaxCurrent),
        ("reservationId", .reservationId), ("evse", .evse), ("id", .id), ("idToken", .idToken), ("type", .type),
    ]

    private mutating func addReadings() {
        func number(_ unit: String) -> UInt8 { UInt8(SampledValue.unitNumbers.firstIndex(of: unit) ?? 255) }
        for (text, unit) in SampledValue.units {
            for spelling in Self.spellings where spelling.lowercased() == text {
                add(spelling) { entry in
                    entry.unit = number(unit.unit)
                    entry.exponent = Int8(unit.exponent)
                    entry.setBits |= Sets.unit.rawValue
                    if Shapes16.units.contains(spelling) { entry.setBits |= Sets.unit16.rawValue }
                }
            }
        }
        for (place, measurand) in Measurand.allCases.enumerated() {
            add(measurand.rawValue) { entry in
                entry.code = UInt8(place)
                entry.unit = number(measurand.unit)
                entry.setBits |= Sets.measurand.rawValue
                if Shapes16.measurands.contains(measurand.rawValue) { entry.setBits |= Sets.measurand16.rawValue }
            }
        }
        add(SampledValue.contexts, .context)
        add(SampledValue.phases, .phase)
        add(SampledValue.locations, .location)
        add("Raw") { $0.setBits |= Sets.raw.rawValue }
    }

    /// The units as they are mostly written; another case of letters goes the long way.
    private static let spellings = [
        "W", "kW", "Wh", "kWh", "var", "kvar", "varh", "kvarh", "VAh", "kVAh", "VA", "kVA", "A", "V", "kV", "Hz",
        "Hertz",
        "Percent", "%",
    ]

    private mutating func addEvents() {
        add(MessageShapes.eventTypes, .eventType)
        add(Shapes21.operationModes, .operationMode)
        // These are checked and not kept: their places do not matter, and must not replace those above.
        for (texts, set) in [
            (MessageShapes.triggerReasons, Sets.triggerReason), (MessageShapes.chargingStates, .chargingState),
            (MessageShapes.stoppedReasons, .stoppedReason), (MessageShapes.tokenTypes, .tokenType),
        ] {
            for text in texts { add(text) { $0.setBits |= set.rawValue } }
        }
        for (place, text) in ["MeterValues", "TransactionEvent"].enumerated() {
            add(text) { entry in
                entry.code = UInt8(place)
                entry.setBits |= Sets.action.rawValue
            }
        }
    }

    private mutating func add(_ texts: [String], _ set: Sets) {
        for (place, text) in texts.enumerated() {
            add(text) { entry in
                entry.code = UInt8(place)
                entry.setBits |= set.rawValue
            }
        }
    }

    private mutating func add(_ text: String, _ change: (inout Entry) -> Void) {
        var parts = [UInt64](repeating: 0, count: 4)
        for (index, byte) in text.utf8.enumerated() { parts[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8) }
        let words = (parts[0], parts[1], parts[2], parts[3])
        var slot = Self.slot(words)
        while slots[slot].isTaken, slots[slot].words != words { slot = (slot + 1) % slots.count }
        slots[slot].words = words
        change(&slots[slot])
    }

    @inline(__always)
    private static func slot(_ words: (UInt64, UInt64, UInt64, UInt64)) -> Int {
        let mixed =
            (words.0 &* 0x9E37_79B9_7F4A_7C15) ^ (words.1 &* 0xC2B2_AE3D_27D4_EB4F)
            ^ (words.2 &* 0x1656_67B1_9E37_79F9) ^ (words.3 &* 0x2710_2CA1_8D5C_9F3B)
        return Int(truncatingIfNeeded: mixed >> 55)
    }

    /// Takes the string at the cursor, its opening quote included; nil for any text that is not in the table.
    @inline(__always)
    func entry(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) -> Entry? {
        guard cursor.take(bytes, UInt8(ascii: "\"")) else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        guard
            Self.part(bytes, &cursor, &words.0) || Self.part(bytes, &cursor, &words.1)
                || Self.part(bytes, &cursor, &words.2) || Self.part(bytes, &cursor, &words.3)
        else { return nil }
        guard cursor.position < bytes.count, bytes[cursor.position] == UInt8(ascii: "\"") else { return nil }
        cursor.position += 1
        var slot = Self.slot(words)
        while slots[slot].isTaken {
            if slots[slot].words == words { return slots[slot] }
            slot = (slot + 1) % slots.count
        }
        return nil
    }

    /// Takes up to eight bytes of a string; answers whether it ends there.
    @inline(__always)
    private static func part(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor, _ word: inout UInt64) -> Bool {
        let (loaded, available) = JSONCursor.word(bytes, cursor.position)
        let length = min(JSONCursor.plainLength(loaded), available)
        cursor.position += length
        guard length < 8 else {
            word = loaded
            return false
        }
        word = loaded & (1 << UInt64(length * 8) &- 1)
        return true
    }
}

extension WordTable.Entry {
    fileprivate var isTaken: Bool { key != 0 || setBits != 0 }
}
