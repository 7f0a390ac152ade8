/// A payload of Sparkplug B, a protobuf message, read where it lies.
///
/// | number | field of Payload | form   |   | number | field of Metric | form   |
/// |-------:|------------------|--------|---|-------:|-----------------|--------|
/// |      1 | timestamp, ms    | varint |   |      1 | name            | bytes  |
/// |      2 | metrics          | bytes  |   |      2 | alias           | varint |
/// |      3 | seq, 0 to 255    | varint |   |      3 | timestamp, ms   | varint |
/// |        |                  |        |   |      4 | datatype        | varint |
/// |        |                  |        |   |      7 | is_null         | varint |
/// |        |                  |        |   |     10 | int_value       | varint |
/// |        |                  |        |   |     11 | long_value      | varint |
/// |        |                  |        |   |     12 | float_value     | 4 bytes, little-endian |
/// |        |                  |        |   |     13 | double_value    | 8 bytes, little-endian |
/// |        |                  |        |   |     14 | boolean_value   | varint |
/// |        |                  |        |   |     15 | string_value    | bytes  |
/// |        |                  |        |   | 16 to 19 | bytes, dataset, template, extension | bytes |
///
/// Other numbers are passed over, as protobuf wants it.
struct SparkplugPayload: Equatable {
    /// What one metric says.
    enum Value: Equatable {
        /// A null, or no value at all.
        case none
        /// `int_value` or `long_value`, whose sign follows from the type.
        case word(UInt64)
        case number(Double)
        case boolean(Bool)
        case text(String)
        /// A template, a data set, bytes: nothing that becomes a field.
        case nested
    }

    struct Metric: Equatable {
        var name: String?
        var alias: UInt64?
        /// Milliseconds since 1970 UTC.
        var timestamp: UInt64?
        var datatype: UInt64 = 0
        var value = Value.none
    }

    /// Why a payload cannot be read; also the flaw that is counted.
    struct Corrupt: Error, Equatable {
        let flaw: MQTTFlaw
    }

    /// More metrics in one payload are refused.
    static let metricLimit = 10_000

    /// Milliseconds since 1970 UTC.
    var timestamp: UInt64?
    var sequence: UInt64?
    var metrics: [Metric] = []

    /// Reads a payload, whatever its bytes are.
    init(_ bytes: [UInt8]) throws(Corrupt) {
        var reader = ProtobufReader(bytes[...])
        while let (number, value) = try reader.next() {
            switch (number, value) {
            case (1, .varint(let time)): timestamp = time
            case (3, .varint(let number)): sequence = number
            case (2, .bytes(let slice)):
                guard metrics.count < Self.metricLimit else { throw Corrupt(flaw: .size) }
                metrics.append(try Self.metric(slice))
            case (1, _), (2, _), (3, _): throw Corrupt(flaw: .sparkplug)
            default: break
            }
        }
    }

    private static func metric(_ bytes: ArraySlice<UInt8>) throws(Corrupt) -> Metric {
        var metric = Metric()
        var isNull = false
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            switch (number, value) {
            case (1, .bytes(let slice)): metric.name = try text(slice)
            case (2, .varint(let alias)): metric.alias = alias
            case (3, .varint(let time)): metric.timestamp = time
            case (4, .varint(let type)): metric.datatype = type
            case (7, .varint(let flag)): isNull = flag != 0
            case (10, .varint(let word)), (11, .varint(let word)): metric.value = .word(word)
            case (12, .four(let bits)): metric.value = .number(Double(Float(bitPattern: bits)))
            case (13, .eight(let bits)): metric.value = .number(Double(bitPattern: bits))
            case (14, .varint(let flag)): metric.value = .boolean(flag != 0)
            case (15, .bytes(let slice)): metric.value = .text(try text(slice))
            case (16, .bytes), (17, .bytes), (18, .bytes), (19, .bytes): metric.value = .nested
            case (1...4, _), (7, _), (10...19, _): throw Corrupt(flaw: .sparkplug)
            default: break
            }
        }
        if isNull { metric.value = .none }
        return metric
    }

    private static func text(_ bytes: ArraySlice<UInt8>) throws(Corrupt) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Corrupt(flaw: .utf8) }
        return text
    }

    /// The command by which a node is asked for its births: `Node Control/Rebirth` = true, a Boolean (type 11).
    static func rebirthCommand(milliseconds: UInt64) -> [UInt8] {
        let name = Array("Node Control/Rebirth".utf8)
        let metric: [UInt8] = [0x0A, UInt8(name.count)] + name + [0x20, 11, 0x70, 1]
        return [0x08] + varint(milliseconds) + [0x12, UInt8(metric.count)] + metric
    }

    private static func varint(_ number: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(truncatingIfNeeded: rest)]
    }
}

/// Reads the fields of a protobuf message one after the other; what is no message is refused, never trusted.
struct ProtobufReader {
    enum Field: Equatable {
        case varint(UInt64)
        case four(UInt32)
        case eight(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// The number and value of the next field; nil at the end.
    mutating func next() throws(SparkplugPayload.Corrupt) -> (Int, Field)? {
        if rest.isEmpty { return nil }
        let tag = try varint()
        let number = Int(truncatingIfNeeded: tag >> 3)
        guard number > 0, tag >> 3 < 1 << 29 else { throw .init(flaw: .sparkplug) }
        switch tag & 7 {
        case 0: return (number, .varint(try varint()))
        case 1: return (number, .eight(try fixed(8)))
        case 2:
            let count = try varint()
            guard count <= UInt64(rest.count) else { throw .init(flaw: .sparkplug) }
            let bytes = rest.prefix(Int(count))
            rest = rest.dropFirst(Int(count))
            return (number, .bytes(bytes))
        case 5: return (number, .four(UInt32(truncatingIfNeeded: try fixed(4))))
        default: throw .init(flaw: .sparkplug)
        }
    }

    private mutating func varint() throws(SparkplugPayload.Corrupt) -> UInt64 {
        var value: UInt64 = 0
        for place in 0..<10 {
            guard let byte = rest.popFirst() else { throw .init(flaw: .sparkplug) }
            value |= UInt64(byte & 0x7F) << UInt64(7 * place)
            if byte < 0x80 { return value }
        }
        throw .init(flaw: .sparkplug)
    }

    private mutating func fixed(_ count: Int) throws(SparkplugPayload.Corrupt) -> UInt64 {
        guard rest.count >= count else { throw .init(flaw: .sparkplug) }
        var value: UInt64 = 0
        for (place, byte) in rest.prefix(count).enumerated() { value |= UInt64(byte) << UInt64(8 * place) }
        rest = rest.dropFirst(count)
        return value
    }
}
