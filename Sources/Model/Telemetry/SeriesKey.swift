/// The canonical key of a series, in bytes: `measurement,tag=value,tag=value`, tags in byte order of their names.
///
/// Escapes are line protocol's: a backslash before a comma or a space of the measurement, before a comma, a space or
/// an equals sign of a tag. So a key can be copied from a line as it stands where the tags are in order there.
package enum SeriesKey {
    /// The key of a measurement and tags that are not escaped, in any order; empty values are left out.
    package static func encode(measurement: String, tags: [(String, String)]) -> [UInt8] {
        var key: [UInt8] = []
        escape(Array(measurement.utf8), isTag: false, into: &key)
        let sorted = tags.filter { !$0.1.isEmpty }.map { (Array($0.0.utf8), Array($0.1.utf8)) }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }
        for (name, value) in sorted {
            key.append(UInt8(ascii: ","))
            escape(name, isTag: true, into: &key)
            key.append(UInt8(ascii: "="))
            escape(value, isTag: true, into: &key)
        }
        return key
    }

    /// The measurement and tags of a canonical key, not escaped.
    package static func decode(_ key: ArraySlice<UInt8>) -> (measurement: String, tags: [(String, String)]) {
        if !key.contains(UInt8(ascii: "\\")) { return decodePlain(key) }
        var parts: [[UInt8]] = [[]]
        var isValue = false
        var iterator = key.makeIterator()
        var pending = iterator.next()
        while let byte = pending {
            pending = iterator.next()
            switch byte {
            case UInt8(ascii: "\\"):
                if let next = pending, isEscapable(next, isTag: parts.count > 1) {
                    parts[parts.count - 1].append(next)
                    pending = iterator.next()
                } else {
                    parts[parts.count - 1].append(byte)
                }
            case UInt8(ascii: ","):
                parts.append([])
                isValue = false
            case UInt8(ascii: "=") where parts.count > 1 && !isValue:
                parts.append([])
                isValue = true
            default:
                parts[parts.count - 1].append(byte)
            }
        }
        var tags: [(String, String)] = []
        for index in stride(from: 1, to: parts.count - 1, by: 2) {
            tags.append(
                (String(decoding: parts[index], as: UTF8.self), String(decoding: parts[index + 1], as: UTF8.self)))
        }
        return (String(decoding: parts[0], as: UTF8.self), tags)
    }

    /// The measurement and tags of a canonical key, not escaped.
    package static func decode(_ key: [UInt8]) -> (measurement: String, tags: [(String, String)]) { decode(key[...]) }

    /// The value of one tag in a canonical key, not escaped, or nil.
    package static func tag(_ name: String, in key: ArraySlice<UInt8>) -> String? {
        decode(key).tags.first { $0.0 == name }?.1
    }

    /// Decodes a key in which nothing is escaped.
    private static func decodePlain(_ key: ArraySlice<UInt8>) -> (measurement: String, tags: [(String, String)]) {
        var tags: [(String, String)] = []
        var end = key.firstIndex(of: UInt8(ascii: ",")) ?? key.endIndex
        let measurement = String(decoding: key[..<end], as: UTF8.self)
        while end < key.endIndex {
            let rest = key[(end + 1)...]
            end = rest.firstIndex(of: UInt8(ascii: ",")) ?? key.endIndex
            guard let mark = rest[..<end].firstIndex(of: UInt8(ascii: "=")) else { break }
            tags.append(
                (
                    String(decoding: rest[..<mark], as: UTF8.self),
                    String(decoding: rest[(mark + 1)..<end], as: UTF8.self)
                ))
        }
        return (measurement, tags)
    }

    private static func isEscapable(_ byte: UInt8, isTag: Bool) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") || (isTag && byte == UInt8(ascii: "="))
    }

    private static func escape(_ bytes: [UInt8], isTag: Bool, into key: inout [UInt8]) {
        for byte in bytes {
            if isEscapable(byte, isTag: isTag) { key.append(UInt8(ascii: "\\")) }
            key.append(byte)
        }
    }
}
