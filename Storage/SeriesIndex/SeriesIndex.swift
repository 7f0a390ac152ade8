import Bytes
package import Telemetry

/// The series and fields of one database: dense numbers for keys, posting lists for tag values.
///
/// A series gets the next number when its key is first seen. The posting list of a (measurement, tag, value) holds the
/// numbers of its series, ascending because numbers only rise. A series that is removed takes its number with it: what
/// segments still hold under it is nobody's, and the key gets a new number when it comes again.
package struct SeriesIndex: Sendable {
    /// One measurement: its series, tags and declared or first-seen fields.
    package struct Measurement: Sendable {
        /// The measurement's name.
        package let name: String
        /// Its series, ascending.
        package fileprivate(set) var series: [UInt32] = []
        /// Its tag names in the order of their coming.
        package fileprivate(set) var tagKeys: [String] = []
        /// The type of each field.
        package fileprivate(set) var fields: [String: FieldKind] = [:]
        /// The fields whose type was declared, not met.
        package fileprivate(set) var declared: Set<String> = []
        fileprivate var tags: [TagKey] = []
    }

    fileprivate struct TagKey: Sendable {
        let name: [UInt8]
        var values = ByteKeyTable(capacity: 4)
        var postings: [[UInt32]] = []
    }

    private var keys = ByteKeyTable(capacity: 64)
    /// The measurements in the order of their coming.
    package private(set) var measurements: [Measurement] = []
    private var measurementNumbers: [String: Int] = [:]
    /// One bit a number, set where it was removed; as long as the highest such number needs.
    private var removed: [UInt64] = []
    /// How many series were removed.
    package private(set) var removedCount = 0

    /// An index without series.
    package init() {}

    /// How many series there are.
    package var seriesCount: Int { keys.count - removedCount }

    /// Whether a series was removed.
    package func isRemoved(_ series: UInt32) -> Bool { Self.isSet(series, in: removed) }

    private static func isSet(_ series: UInt32, in bits: [UInt64]) -> Bool {
        let word = Int(series / 64)
        return word < bits.count && bits[word] >> UInt64(series % 64) & 1 == 1
    }

    /// The number of a measurement, or nil.
    package func measurement(_ name: String) -> Measurement? {
        measurementNumbers[name].map { measurements[$0] }
    }

    /// The number of the series with a canonical key, which is made where it is new.
    package mutating func insert(_ key: Span<UInt8>, measurement: String) -> (number: UInt32, isNew: Bool) {
        let (number, isNew) = keys.insert(key)
        if isNew { register(key, UInt32(number), measurement: measurement) }
        return (UInt32(number), isNew)
    }

    /// The number of the series with a canonical key, or nil.
    package func find(_ key: Span<UInt8>) -> UInt32? { keys.find(key).map { UInt32($0) } }

    /// The canonical key of a series.
    package func key(_ series: UInt32) -> ArraySlice<UInt8> { keys.key(Int(series)) }

    /// The tags of a series in byte order of their names.
    package func tags(_ series: UInt32) -> [(String, String)] { SeriesKey.decode(key(series)).tags }

    /// The values of a tag and the series of each; empty where the measurement has no such tag.
    package func postings(_ measurement: String, tag: String) -> [(value: String, series: [UInt32])] {
        guard let entry = self.measurement(measurement), let index = entry.tagKeys.firstIndex(of: tag) else {
            return []
        }
        let tags = entry.tags[index]
        return (0..<tags.values.count).lazy.filter { !tags.postings[$0].isEmpty }.map {
            (String(decoding: tags.values.key($0), as: UTF8.self), tags.postings[$0])
        }
    }

    /// Hands the place of each value of a tag that a series has, and the series that have it, to `body`.
    package func forEachPosting(_ measurement: String, tag: String, _ body: (Int, [UInt32]) -> Void) {
        guard let number = measurementNumbers[measurement],
            let index = measurements[number].tagKeys.firstIndex(of: tag)
        else { return }
        let postings = measurements[number].tags[index].postings
        for place in postings.indices where !postings[place].isEmpty { body(place, postings[place]) }
    }

    /// Hands each value of a tag that a series has, as UTF-8, and the series that have it, to `body`.
    package func forEachValue(_ measurement: String, tag: String, _ body: (ArraySlice<UInt8>, [UInt32]) -> Void) {
        guard let number = measurementNumbers[measurement],
            let index = measurements[number].tagKeys.firstIndex(of: tag)
        else { return }
        let tags = measurements[number].tags[index]
        for place in tags.postings.indices where !tags.postings[place].isEmpty {
            body(tags.values.key(place), tags.postings[place])
        }
    }

    /// The value at a place that `forEachPosting` gave.
    package func value(_ measurement: String, tag: String, at place: Int) -> String {
        guard let number = measurementNumbers[measurement],
            let index = measurements[number].tagKeys.firstIndex(of: tag)
        else { return "" }
        return String(decoding: measurements[number].tags[index].values.key(place), as: UTF8.self)
    }

    /// The series of a measurement whose tag has exactly this value, ascending.
    package func series(_ measurement: String, tag: String, value: String) -> [UInt32] {
        guard let number = measurementNumbers[measurement],
            let index = measurements[number].tagKeys.firstIndex(of: tag),
            let found = measurements[number].tags[index].values.find(Array(value.utf8).span)
        else { return [] }
        return measurements[number].tags[index].postings[found]
    }

    /// The type of a field, or nil.
    package func fieldKind(_ measurement: String, _ field: String) -> FieldKind? {
        measurementNumbers[measurement].flatMap { measurements[$0].fields[field] }
    }

    /// Whether a field's type was declared.
    package func isDeclared(_ measurement: String, _ field: String) -> Bool {
        measurementNumbers[measurement].map { measurements[$0].declared.contains(field) } ?? false
    }

    /// Settles the type of a new field.
    package mutating func setField(_ measurement: String, _ field: String, _ kind: FieldKind) {
        measurements[measurementNumber(measurement)].fields[field] = kind
    }

    /// Declares a field whose type is settled: what can be converted to it without loss is.
    package mutating func declare(_ measurement: String, _ field: String) {
        measurements[measurementNumber(measurement)].declared.insert(field)
    }

    private mutating func measurementNumber(_ name: String) -> Int {
        if let number = measurementNumbers[name] { return number }
        measurements.append(Measurement(name: name))
        measurementNumbers[name] = measurements.count - 1
        return measurements.count - 1
    }

    private mutating func register(_ key: Span<UInt8>, _ series: UInt32, measurement: String) {
        let number = measurementNumber(measurement)
        measurements[number].series.append(series)
        for index in 0..<key.count where key[index] == UInt8(ascii: "\\") {
            for (name, value) in tags(series) {
                measurements[number].add(series, Array(name.utf8).span, Array(value.utf8).span, at: 0)
            }
            return
        }
        // Without an escape names and values stand in the key as they are.
        var place = 0
        var index = Self.next(key, 0, UInt8(ascii: ","))
        while index < key.count {
            let equals = Self.next(key, index + 1, UInt8(ascii: "="))
            let end = Self.next(key, equals, UInt8(ascii: ","))
            guard equals < end else { return }
            measurements[number].add(
                series, key.extracting((index + 1)..<equals), key.extracting((equals + 1)..<end), at: place)
            place += 1
            index = end
        }
    }

    private static func next(_ key: Span<UInt8>, _ start: Int, _ byte: UInt8) -> Int {
        var index = start
        while index < key.count, key[index] != byte { index += 1 }
        return index
    }

    // MARK: Removal

    /// Removes series of one measurement, and the measurement with its fields where none is left.
    ///
    /// - Parameter series: ascending numbers; what is not a series of the measurement is passed over.
    package mutating func remove(_ series: [UInt32], of measurement: String) {
        guard let number = measurementNumbers[measurement], let last = series.last else { return }
        let gone = Self.intersection(measurements[number].series, series)
        if gone.isEmpty { return }
        let tags = gone.count * 16 < measurements[number].series.count ? gone.map { ($0, self.tags($0)) } : []
        removed += [UInt64](repeating: 0, count: max(0, Int(last / 64) + 1 - removed.count))
        for series in gone {
            keys.remove(Int(series))
            removed[Int(series / 64)] |= 1 << UInt64(series % 64)
        }
        removedCount += gone.count
        if gone.count == measurements[number].series.count {
            measurements.remove(at: number)
            measurementNumbers = Dictionary(uniqueKeysWithValues: measurements.enumerated().map { ($1.name, $0) })
            return
        }
        let removed = removed
        measurements[number].remove(tags) { Self.isSet($0, in: removed) }
    }

    /// The numbers that are in both; both ascend.
    private static func intersection(_ all: [UInt32], _ wanted: [UInt32]) -> [UInt32] {
        if all.count == wanted.count, all == wanted { return all }
        var result: [UInt32] = []
        var next = 0
        for number in all {
            while next < wanted.count, wanted[next] < number { next += 1 }
            if next == wanted.count { break }
            if wanted[next] == number { result.append(number) }
        }
        return result
    }
}

extension SeriesIndex.Measurement {
    /// Notes that a series has a tag; `place` is where the tag may stand among those that are known.
    fileprivate mutating func add(_ series: UInt32, _ name: Span<UInt8>, _ value: Span<UInt8>, at place: Int) {
        let tag = self.place(of: name, at: place)
        let (position, isNew) = tags[tag].values.insert(value)
        if isNew { tags[tag].postings.append([series]) } else { tags[tag].postings[position].append(series) }
    }

    private mutating func place(of name: Span<UInt8>, at place: Int) -> Int {
        if place < tags.count, Self.isEqual(tags[place].name, name) { return place }
        for index in tags.indices where Self.isEqual(tags[index].name, name) { return index }
        var bytes: [UInt8] = []
        for index in 0..<name.count { bytes.append(name[index]) }
        tagKeys.append(String(decoding: bytes, as: UTF8.self))
        tags.append(SeriesIndex.TagKey(name: bytes))
        return tags.count - 1
    }

    private static func isEqual(_ left: [UInt8], _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        let left = left.span
        for index in 0..<left.count where left[index] != right[index] { return false }
        return true
    }

    /// Takes series out of the lists, and tags that none of the others has.
    ///
    /// - Parameters:
    ///   - few: the series with their tags where they are few, so that only their own lists are looked at; else none.
    ///   - isGone: whether a series goes; those that went earlier are in no list.
    fileprivate mutating func remove(_ few: [(UInt32, [(String, String)])], where isGone: (UInt32) -> Bool) {
        series.removeAll(where: isGone)
        if few.isEmpty {
            for tag in tags.indices {
                for value in tags[tag].postings.indices where !tags[tag].postings[value].isEmpty {
                    tags[tag].postings[value].removeAll(where: isGone)
                }
            }
        }
        var lists: [Int: Set<Int>] = [:]
        for (_, own) in few {
            for (name, value) in own {
                guard let tag = tagKeys.firstIndex(of: name),
                    let place = tags[tag].values.find(Array(value.utf8).span)
                else { continue }
                lists[tag, default: []].insert(place)
            }
        }
        for (tag, places) in lists {
            for place in places { tags[tag].postings[place].removeAll(where: isGone) }
        }
        for tag in tags.indices.reversed() where tags[tag].postings.allSatisfy(\.isEmpty) {
            tags.remove(at: tag)
            tagKeys.remove(at: tag)
        }
    }
}
