import Bytes

/// What a statement deletes, in words that mean the same at every replay: names and keys, never numbers.
///
/// In the log: kind (1), then for a shard the policy's number (varint) and the first instant (zigzag), else for rows both
/// ends of the times (zigzag), then the count of targets, each a counted measurement, whether all of its series are meant
/// (1), and where not, the count of keys and each counted.
package enum Deletion: Sendable, Equatable {
    /// Some series of a measurement.
    package struct Target: Sendable, Equatable {
        /// Whose series.
        package let measurement: String
        /// Their canonical keys; nil for all that the measurement has.
        package let keys: [[UInt8]]?

        /// The series of `measurement` with `keys`, or all.
        package init(measurement: String, keys: [[UInt8]]?) {
            self.measurement = measurement
            self.keys = keys
        }
    }

    /// The rows in a range of times, in every policy; the series stay.
    case rows(ClosedRange<Int64>, [Target])
    /// Whole series, with all of their rows.
    case series([Target])
    /// A shard with all that is in it.
    case shard(policy: UInt32, start: Int64)

    func encode(into bytes: inout [UInt8]) {
        switch self {
        case .rows(let times, let targets):
            bytes.append(1)
            bytes.appendZigZag(times.lowerBound)
            bytes.appendZigZag(times.upperBound)
            Self.encode(targets, into: &bytes)
        case .series(let targets):
            bytes.append(2)
            Self.encode(targets, into: &bytes)
        case .shard(let policy, let start):
            bytes.append(3)
            bytes.appendVarint(UInt64(policy))
            bytes.appendZigZag(start)
        }
    }

    init(from reader: inout ByteReader) throws(CorruptBytes) {
        switch try reader.byte() {
        case 1:
            let (low, high) = (try reader.zigZag(), try reader.zigZag())
            guard low <= high else { throw CorruptBytes("a deletion from \(low) to \(high)") }
            self = .rows(low...high, try Self.targets(from: &reader))
        case 2: self = .series(try Self.targets(from: &reader))
        case 3:
            let policy = UInt32(truncatingIfNeeded: try reader.varint())
            self = .shard(policy: policy, start: try reader.zigZag())
        case let kind: throw CorruptBytes("a deletion of unknown kind \(kind)")
        }
    }

    private static func encode(_ targets: [Target], into bytes: inout [UInt8]) {
        bytes.appendVarint(UInt64(targets.count))
        for target in targets {
            bytes.appendCounted(target.measurement.utf8)
            bytes.append(target.keys == nil ? 1 : 0)
            guard let keys = target.keys else { continue }
            bytes.appendVarint(UInt64(keys.count))
            for key in keys { bytes.appendCounted(key) }
        }
    }

    private static func targets(from reader: inout ByteReader) throws(CorruptBytes) -> [Target] {
        var targets: [Target] = []
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let measurement = try reader.text()
            if try reader.byte() == 1 {
                targets.append(Target(measurement: measurement, keys: nil))
                continue
            }
            var keys: [[UInt8]] = []
            for _ in 0..<(try reader.count(limit: reader.remaining)) { keys.append(Array(try reader.counted())) }
            targets.append(Target(measurement: measurement, keys: keys))
        }
        return targets
    }
}
