import ForwardingProtocol
import Foundation
import SwiftProtobuf
import Telemetry

/// Why a batch that came over the wire cannot be one of ours.
struct UnreadableBatch: Error, Equatable {
    /// One line for the operator.
    let detail: String
}

/// A batch as the wire and the spool have it: message `Batch` of `feederline_forwarding_v1.proto`.
enum BatchMessage {
    /// The bytes of a batch.
    static func encode(_ batch: FrameBatch) throws -> [UInt8] {
        var message = Feederline_Forwarding_V1_Batch()
        message.database = batch.database
        if let policy = batch.policy { message.policy = policy }
        message.arrival = batch.arrival
        message.tables = batch.tables.map { table in
            var part = Feederline_Forwarding_V1_Table()
            part.measurement = table.measurement
            part.keys = Data(table.keyBytes)
            part.keyEnds = table.keyEnds
            part.timestamps = table.timestamps
            part.columns = table.fields.map { field in
                var column = Feederline_Forwarding_V1_Column()
                column.name = field.name
                column.kind = Feederline_Forwarding_V1_Kind(rawValue: Int(field.kind.rawValue)) ?? .unspecified
                column.words = field.words
                column.text = Data(field.text)
                column.absent = field.absent
                return column
            }
            return part
        }
        return try message.serializedBytes()
    }

    /// The batch that a message says.
    ///
    /// Everything that the store relies on is looked at: keys in canonical form and of their measurement, texts of
    /// UTF-8, columns that fit their rows.
    static func decode(_ message: Feederline_Forwarding_V1_Batch) throws(UnreadableBatch) -> FrameBatch {
        guard !message.database.isEmpty else { throw UnreadableBatch(detail: "a batch without a database") }
        var batch = FrameBatch(
            database: message.database, policy: message.hasPolicy ? message.policy : nil, arrival: message.arrival)
        for table in message.tables { batch.tables.append(try decode(table)) }
        return batch
    }

    private static func decode(_ message: Feederline_Forwarding_V1_Table) throws(UnreadableBatch) -> FrameTable {
        let name = message.measurement
        guard !name.isEmpty else { throw UnreadableBatch(detail: "a table without a measurement") }
        var fields: [FieldColumn] = []
        for column in message.columns { fields.append(try decode(column, of: name)) }
        guard Set(fields.map { "\($0.kind.rawValue)\($0.name)" }).count == fields.count else {
            throw UnreadableBatch(detail: "two columns of one name and type in \(name)")
        }
        guard
            let table = FrameTable(
                measurement: name, keyBytes: Array(message.keys), keyEnds: message.keyEnds,
                timestamps: message.timestamps, fields: fields),
            Int(message.keyEnds.last ?? 0) == message.keys.count
        else { throw UnreadableBatch(detail: "a table of \(name) whose parts do not fit each other") }
        var before: ArraySlice<UInt8> = []
        for row in 0..<table.rowCount {
            let key = table.key(row)
            if key == before { continue }
            before = key
            let (measurement, tags) = SeriesKey.decode(key)
            guard measurement == name, SeriesKey.encode(measurement: measurement, tags: tags).elementsEqual(key),
                Set(tags.map(\.0)).count == tags.count
            else {
                throw UnreadableBatch(detail: "\(String(decoding: key, as: UTF8.self)) is no series key of \(name)")
            }
        }
        return table
    }

    private static func decode(
        _ message: Feederline_Forwarding_V1_Column, of measurement: String
    ) throws(UnreadableBatch) -> FieldColumn {
        let name = "\(message.name) of \(measurement)"
        guard let kind = UInt8(exactly: message.kind.rawValue).flatMap(FieldKind.init(rawValue:)) else {
            throw UnreadableBatch(detail: "field \(name) is of no type that is known")
        }
        guard !message.name.isEmpty,
            let column = FieldColumn(
                name: message.name, kind: kind, words: message.words, text: Array(message.text), absent: message.absent)
        else { throw UnreadableBatch(detail: "field \(name) has parts that do not fit each other") }
        let isWhole: Bool
        switch kind {
        case .boolean: isWhole = column.text.isEmpty && column.words.allSatisfy { $0 <= 1 }
        case .string:
            isWhole =
                Int(column.words.last ?? 0) == column.text.count
                && (0..<column.count).allSatisfy { String(validating: column.textBytes($0), as: UTF8.self) != nil }
        case .float, .integer, .unsigned: isWhole = column.text.isEmpty
        }
        guard isWhole else { throw UnreadableBatch(detail: "field \(name) holds what its type cannot") }
        // Bits behind the last row would be counted as rows without a value.
        if let last = column.absent.last, column.count & 63 != 0, last >> UInt64(column.count & 63) != 0 {
            throw UnreadableBatch(detail: "field \(name) has more bits than rows")
        }
        return column
    }
}
