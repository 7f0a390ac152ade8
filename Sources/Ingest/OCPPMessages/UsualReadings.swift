/// MeterValues and TransactionEvent as stations nearly always write them, read in one pass from bytes to samples.
///
/// Nothing is forgiven here and nothing refused: a message with anything unusual about it (an unknown name or word, null,
/// an escape, a deviation, a fault) is not taken, and `MessageFrame.read` with `ShapeCheck` decides about it. What is
/// taken is what they would have taken, without a deviation: the tests hold the two against each other.
package struct UsualReadings: Sendable {
    /// What was asked.
    package enum Request: Sendable, Equatable {
        /// Readings outside a transaction, of 1.6 also inside.
        case meterValues(MeterValuesRequest)
        /// A transaction's event.
        case transactionEvent(TransactionEventRequest)
    }

    /// The CALL, whose tape is empty.
    package let call: MessageFrame.Call
    /// The request, checked.
    package let request: Request

    /// Reads one text message; nil for all but those that are as usual.
    package static func read(_ bytes: [UInt8], version: OCPPVersion) -> UsualReadings? {
        var reader = UsualReader(version: version)
        return reader.message(bytes.span)
    }
}

/// The state of one reading.
private struct UsualReader {
    private let version: OCPPVersion
    private let words = WordTable.shared
    private var cursor = JSONCursor()

    init(version: OCPPVersion) {
        self.version = version
    }

    private mutating func take(_ bytes: Span<UInt8>, _ character: Unicode.Scalar) -> Bool {
        cursor.take(bytes, UInt8(truncatingIfNeeded: character.value))
    }

    /// Takes a member's name and its colon; nil for an unknown one, or one that was seen before.
    @inline(__always)
    private mutating func key(_ bytes: Span<UInt8>, _ seen: inout UInt64) -> WordTable.Key? {
        guard let entry = words.entry(bytes, &cursor), let key = WordTable.Key(rawValue: entry.key),
            take(bytes, ":")
        else { return nil }
        let bit = UInt64(1) << UInt64(entry.key)
        guard seen & bit == 0 else { return nil }
        seen |= bit
        return key
    }

    private static func has(_ seen: UInt64, _ keys: WordTable.Key...) -> Bool {
        keys.allSatisfy { seen & 1 << UInt64($0.rawValue) != 0 }
    }

    @inline(__always)
    private mutating func word(_ bytes: Span<UInt8>, _ set: WordTable.Sets) -> WordTable.Entry? {
        guard let entry = words.entry(bytes, &cursor), entry.isIn(set) else { return nil }
        return entry
    }

    private mutating func text(_ bytes: Span<UInt8>, limit: Int) -> String? {
        guard let range = cursor.plainString(bytes), range.count <= limit else { return nil }
        return JSONCursor.text(bytes, range)
    }

    mutating func message(_ bytes: Span<UInt8>) -> UsualReadings? {
        guard take(bytes, "["), cursor.count(bytes) == 2, take(bytes, ","), let id = cursor.plainString(bytes),
            (1...36).contains(id.count), take(bytes, ","), let action = word(bytes, .action), take(bytes, ",")
        else { return nil }
        let request: UsualReadings.Request?
        if action.code == 0 {
            request = meterValues(bytes).map { .meterValues($0) }
        } else {
            request = version == .v16 ? nil : transactionEvent(bytes).map { .transactionEvent($0) }
        }
        guard let request, take(bytes, "]"), cursor.isAtEnd(bytes) else { return nil }
        return UsualReadings(
            call: MessageFrame.Call(
                // With its quotes, as it is echoed.
                id: JSONCursor.copy(bytes, (id.lowerBound - 1)..<(id.upperBound + 1)),
                action: action.code == 0 ? .meterValues : .transactionEvent, tape: JSONTape(bytes: []), payload: 0),
            request: request)
    }

    private mutating func meterValues(_ bytes: Span<UInt8>) -> MeterValuesRequest? {
        guard take(bytes, "{") else { return nil }
        var seen: UInt64 = 0
        var evse = 0
        var transaction: Int?
        var values: [MeterValue] = []
        repeat {
            guard let key = key(bytes, &seen) else { return nil }
            switch key {
            case .evseId where version != .v16, .connectorId where version == .v16:
                guard let number = cursor.count(bytes) else { return nil }
                evse = number
            case .transactionId where version == .v16:
                guard let number = cursor.count(bytes) else { return nil }
                transaction = number
            case .meterValue:
                guard let list = meterValueList(bytes, boundsSoC: true) else { return nil }
                values = list
            default: return nil
            }
        } while take(bytes, ",")
        guard take(bytes, "}"), Self.has(seen, version == .v16 ? .connectorId : .evseId, .meterValue) else {
            return nil
        }
        return MeterValuesRequest(evse: evse, transaction: transaction, values: values)
    }

    private mutating func meterValueList(_ bytes: Span<UInt8>, boundsSoC: Bool) -> [MeterValue]? {
        guard take(bytes, "[") else { return nil }
        var values: [MeterValue] = []
        repeat {
            guard take(bytes, "{") else { return nil }
            var seen: UInt64 = 0
            var value = MeterValue(timestamp: 0, samples: [])
            repeat {
                switch key(bytes, &seen) {
                case .timestamp:
                    guard let time = cursor.time(bytes) else { return nil }
                    value.timestamp = time
                case .sampledValue:
                    guard samples(bytes, &value.samples, boundsSoC: boundsSoC) else { return nil }
                default: return nil
                }
            } while take(bytes, ",")
            guard take(bytes, "}"), Self.has(seen, .timestamp, .sampledValue) else { return nil }
            values.append(value)
        } while take(bytes, ",")
        return take(bytes, "]") ? values : nil
    }

    private mutating func samples(
        _ bytes: Span<UInt8>, _ samples: inout [SampledValue], boundsSoC: Bool
    ) -> Bool {
        guard take(bytes, "[") else { return false }
        samples.reserveCapacity(12)
        repeat {
            guard let sample = sample(bytes) else { return false }
            if boundsSoC, sample.measurand == .soc, !(0...100).contains(sample.value) { return false }
            samples.append(sample)
        } while take(bytes, ",")
        return take(bytes, "]")
    }

    /// What stands beside a value, while its object is read.
    private struct Parts {
        var number = JSONCursor.Decimal(mantissa: 0, power: 0, isNegative: false)
        var measurand = Measurand.energyActiveImportRegister
        /// The number of the unit that the measurand is brought to.
        var measurandUnit: UInt8
        var unit: UInt8?
        var exponent = 0
        var phase: UInt8?
        var location: UInt8?
        var context: UInt8?
    }

    private mutating func sample(_ bytes: Span<UInt8>) -> SampledValue? {
        guard take(bytes, "{") else { return nil }
        var seen: UInt64 = 0
        var parts = Parts(measurandUnit: SampledValue.wattHourNumber)
        repeat {
            guard let key = key(bytes, &seen), member(bytes, key, &parts) else { return nil }
        } while take(bytes, ",")
        guard take(bytes, "}"), seen & 1 << UInt64(WordTable.Key.value.rawValue) != 0 else { return nil }
        if let unit = parts.unit, unit != parts.measurandUnit || parts.measurand == .powerFactor { return nil }
        guard let value = parts.number.value(exponent: parts.exponent) else { return nil }
        return SampledValue(
            value: value, measurand: parts.measurand, phase: parts.phase, location: parts.location,
            context: parts.context)
    }

    @inline(__always)
    private mutating func member(_ bytes: Span<UInt8>, _ key: WordTable.Key, _ parts: inout Parts) -> Bool {
        switch key {
        case .value:
            guard let number = version == .v16 ? quotedDecimal(bytes) : cursor.decimal(bytes) else { return false }
            parts.number = number
            return true
        case .measurand:
            guard let word = word(bytes, version == .v16 ? .measurand16 : .measurand) else { return false }
            parts.measurand = Measurand.all[Int(word.code)]
            parts.measurandUnit = word.unit
            return true
        case .context:
            guard let word = word(bytes, .context) else { return false }
            parts.context = word.code
            return true
        case .phase:
            guard let word = word(bytes, .phase) else { return false }
            parts.phase = word.code
            return true
        case .location:
            guard let word = word(bytes, .location) else { return false }
            parts.location = word.code
            return true
        case .format: return version == .v16 && word(bytes, .raw) != nil
        case .unit where version == .v16: return unit(bytes, .unit16, &parts)
        case .unitOfMeasure where version != .v16: return unitOfMeasure(bytes, &parts)
        default: return false
        }
    }

    /// A number as text, without blanks around it.
    private mutating func quotedDecimal(_ bytes: Span<UInt8>) -> JSONCursor.Decimal? {
        guard take(bytes, "\""), cursor.position < bytes.count, bytes[cursor.position] > 0x20,
            let number = cursor.decimal(bytes), cursor.position < bytes.count,
            bytes[cursor.position] == UInt8(ascii: "\"")
        else { return nil }
        cursor.position += 1
        return number
    }

    @inline(__always)
    private mutating func unit(_ bytes: Span<UInt8>, _ set: WordTable.Sets, _ parts: inout Parts) -> Bool {
        guard let word = word(bytes, set) else { return false }
        parts.unit = word.unit
        parts.exponent += Int(word.exponent)
        return true
    }

    @inline(__always)
    private mutating func unitOfMeasure(_ bytes: Span<UInt8>, _ parts: inout Parts) -> Bool {
        guard take(bytes, "{") else { return false }
        var seen: UInt64 = 0
        repeat {
            switch key(bytes, &seen) {
            case .unit: if !unit(bytes, .unit, &parts) { return false }
            case .multiplier:
                guard let number = cursor.decimal(bytes), number.power == 0, number.mantissa <= 12 else {
                    return false
                }
                parts.exponent += number.isNegative ? -Int(number.mantissa) : Int(number.mantissa)
            default: return false
            }
        } while take(bytes, ",")
        return take(bytes, "}")
    }
}

// MARK: Transactions

extension UsualReader {
    /// What is known of an event, while its object is read.
    private struct Event {
        var type = ""
        var timestamp: Int64 = 0
        var sequence = 0
        var transactionID = ""
        var isOffline = false
        var phasesUsed: Int?
        var evse: Int?
        var hasToken = false
        var values: [MeterValue] = []
        var operationMode: String?
    }

    private mutating func transactionEvent(_ bytes: Span<UInt8>) -> TransactionEventRequest? {
        guard take(bytes, "{") else { return nil }
        var seen: UInt64 = 0
        var event = Event()
        repeat {
            guard let key = key(bytes, &seen), member(bytes, key, &event) else { return nil }
        } while take(bytes, ",")
        guard take(bytes, "}"),
            Self.has(seen, .eventType, .timestamp, .triggerReason, .seqNo, .transactionInfo)
        else { return nil }
        return TransactionEventRequest(
            eventType: event.type, timestamp: event.timestamp, sequence: event.sequence,
            transactionID: event.transactionID, isOffline: event.isOffline, phasesUsed: event.phasesUsed,
            evse: event.evse, hasToken: event.hasToken, values: event.values, operationMode: event.operationMode)
    }

    private mutating func member(_ bytes: Span<UInt8>, _ key: WordTable.Key, _ event: inout Event) -> Bool {
        switch key {
        case .eventType:
            guard let word = word(bytes, .eventType) else { return false }
            event.type = MessageShapes.eventTypes[Int(word.code)]
        case .timestamp:
            guard let time = cursor.time(bytes) else { return false }
            event.timestamp = time
        case .triggerReason: return word(bytes, .triggerReason) != nil
        case .seqNo:
            guard let number = cursor.count(bytes) else { return false }
            event.sequence = number
        case .transactionInfo: return transactionInfo(bytes, &event)
        case .offline:
            guard let flag = cursor.flag(bytes) else { return false }
            event.isOffline = flag
        case .numberOfPhasesUsed:
            guard let number = cursor.count(bytes), number <= 3 else { return false }
            event.phasesUsed = number
        case .cableMaxCurrent, .reservationId: return cursor.count(bytes) != nil
        case .evse: return evse(bytes, &event)
        case .idToken:
            event.hasToken = true
            return idToken(bytes)
        case .meterValue:
            guard let list = meterValueList(bytes, boundsSoC: false) else { return false }
            event.values = list
        default: return false
        }
        return true
    }

    private mutating func transactionInfo(_ bytes: Span<UInt8>, _ event: inout Event) -> Bool {
        guard take(bytes, "{") else { return false }
        var seen: UInt64 = 0
        repeat {
            switch key(bytes, &seen) {
            case .transactionId:
                guard let id = text(bytes, limit: 36) else { return false }
                event.transactionID = id
            case .chargingState: if word(bytes, .chargingState) == nil { return false }
            case .stoppedReason: if word(bytes, .stoppedReason) == nil { return false }
            case .timeSpentCharging, .remoteStartId: if cursor.count(bytes) == nil { return false }
            case .operationMode where version == .v21:
                guard let word = word(bytes, .operationMode) else { return false }
                event.operationMode = Shapes21.operationModes[Int(word.code)]
            default: return false
            }
        } while take(bytes, ",")
        return take(bytes, "}") && Self.has(seen, .transactionId)
    }

    private mutating func evse(_ bytes: Span<UInt8>, _ event: inout Event) -> Bool {
        guard take(bytes, "{") else { return false }
        var seen: UInt64 = 0
        repeat {
            switch key(bytes, &seen) {
            case .id:
                guard let number = cursor.count(bytes) else { return false }
                event.evse = number
            case .connectorId: if cursor.count(bytes) == nil { return false }
            default: return false
            }
        } while take(bytes, ",")
        return take(bytes, "}") && Self.has(seen, .id)
    }

    private mutating func idToken(_ bytes: Span<UInt8>) -> Bool {
        guard take(bytes, "{") else { return false }
        var seen: UInt64 = 0
        repeat {
            switch key(bytes, &seen) {
            case .idToken:
                guard let range = cursor.plainString(bytes), range.count <= 36 else { return false }
            case .type: if word(bytes, .tokenType) == nil { return false }
            default: return false
            }
        } while take(bytes, ",")
        return take(bytes, "}") && Self.has(seen, .idToken, .type)
    }
}
