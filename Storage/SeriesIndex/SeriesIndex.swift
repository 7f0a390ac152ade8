import Bytes
package import Telemetry

/// The series and fields of one database: dense numbers for keys, posting lists for tag values.
///
/// A series gets the next number when its key is first seen. The posting list of a (measurement, tag, value) holds the
/// numbers of its series, ascending because numbers only rise. A series that is removed takes its number with it: what
/// segments still hold under it is nobody's, and the key gets a new number when it comes again.
///
/// The first numbers may lie in an `IndexBase`, which copies of the index share and nothing changes; what came
/// since stands beside it, and is all that a copy has to copy.
package struct SeriesIndex: Sendable {
    private let base: IndexBase?
    /// The number of the first series that is not in the base.
    let firstOwn: Int
    private var keys = ByteKeyTable(capacity: 64)
    /// The measurements in the order of their coming.
    package internal(set) var measurements: [Measurement] = []
    var measurementNumbers: [String: Int] = [:]
    /// One bit a number, set where it was removed; as long as the highest such number needs.
    private var removed: [UInt64] = []
    /// How many series were removed.
    package private(set) var removedCount = 0
    /// How many of those the base still has.
    private var removedFromBaseCount = 0

    /// An index without series.
    package init() {
        base = nil
        firstOwn = 0
    }

    /// The index that a base holds.
    package init(_ base: IndexBase) {
        self.base = base
        firstOwn = base.numberCount
        removed = base.removed
        removedCount = base.removedCount
        for measurement in base.measurements { measurements.append(Measurement(measurement)) }
        renumberMeasurements()
    }

    /// How many numbers were given out.
    package var numberCount: Int { firstOwn + keys.count }

    /// How many series there are.
    package var seriesCount: Int { numberCount - removedCount }

    /// How many numbers the base knows.
    package var baseNumberCount: Int { firstOwn }

    /// How many series and removals are not in the base.
    package var changeCount: Int { keys.count + removedFromBaseCount }

    /// About how many bytes the series that are not in the base take.
    package var ownByteCount: Int { keys.arena.count + keys.count * Self.ownSeriesByteCount }

    /// What a series takes beside its key: places in two tables and lists of its own. Measured with a tag value of its own.
    private static let ownSeriesByteCount = 250

    /// Whether a series was removed.
    package func isRemoved(_ series: UInt32) -> Bool { Self.isSet(series, in: removed) }

    func removedWord(_ word: Int) -> UInt64 { word < removed.count ? removed[word] : 0 }

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
        let hash = ByteKeyTable.hash(key)
        if let base, let number = base.keys.find(key, hash: hash), !isRemoved(UInt32(number)) {
            return (UInt32(number), false)
        }
        let (own, isNew) = keys.insert(key, hash: hash)
        let number = UInt32(firstOwn + own)
        if isNew { register(key, number, measurement: measurement) }
        return (number, isNew)
    }

    /// The number of the series with a canonical key, or nil.
    package func find(_ key: Span<UInt8>) -> UInt32? {
        let hash = ByteKeyTable.hash(key)
        if let number = base?.keys.find(key, hash: hash), !isRemoved(UInt32(number)) { return UInt32(number) }
        return keys.find(key, hash: hash).map { UInt32(firstOwn + $0) }
    }

    /// The canonical key of a series; that of a removed one may be empty.
    package func key(_ series: UInt32) -> ArraySlice<UInt8> {
        if let base, Int(series) < firstOwn {
            return base.keys.withKey(Int(series)) { key in ArraySlice(copying: key) }
        }
        return keys.key(Int(series) - firstOwn)
    }

    /// The tags of a series in byte order of their names.
    package func tags(_ series: UInt32) -> [(String, String)] { SeriesKey.decode(key(series)).tags }

    // MARK: Fields

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

    private mutating func renumberMeasurements() {
        measurementNumbers = Dictionary(uniqueKeysWithValues: measurements.enumerated().map { ($1.name, $0) })
    }

    private mutating func register(_ key: Span<UInt8>, _ series: UInt32, measurement: String) {
        let number = measurementNumber(measurement)
        measurements[number].add(series)
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
        let gone = Self.intersection(self.series(of: measurements[number]), series)
        if gone.isEmpty { return }
        let isWhole = gone.count == measurements[number].seriesCount
        let tags = isWhole ? [] : gone.map { ($0, self.tags($0)) }
        removed += [UInt64](repeating: 0, count: max(0, Int(last / 64) + 1 - removed.count))
        for series in gone {
            if Int(series) < firstOwn { removedFromBaseCount += 1 } else { keys.remove(Int(series) - firstOwn) }
            removed[Int(series / 64)] |= 1 << UInt64(series % 64)
        }
        removedCount += gone.count
        if isWhole {
            measurements.remove(at: number)
            renumberMeasurements()
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

    /// Takes over what happened since to the index of which this is an earlier state, laid out otherwise.
    package mutating func follow(_ later: SeriesIndex) {
        if later.removedCount > removedCount {
            for measurement in measurements {
                let gone = series(of: measurement).filter(later.isRemoved)
                if !gone.isEmpty { remove(gone, of: measurement.name) }
            }
        }
        for number in numberCount..<later.numberCount {
            let key = later.key(UInt32(number))
            let name = SeriesKey.decode(key).measurement
            let (given, _) = insert(key.span, measurement: name)
            precondition(Int(given) == number, "a key of the index stands in it twice")
            if later.isRemoved(given) { remove([given], of: name) }
        }
        // Fields of measurements without series, and what was declared; in the order of their coming there.
        for measurement in later.measurements {
            let number = measurementNumber(measurement.name)
            measurements[number].fields = measurement.fields
            measurements[number].declared = measurement.declared
        }
        measurements = later.measurements.compactMap { self.measurement($0.name) }
        renumberMeasurements()
    }
}

// MARK: Posting lists

extension SeriesIndex {
    /// The series of a measurement, ascending.
    package func series(of measurement: Measurement) -> [UInt32] {
        guard let known = measurement.base?.series else { return measurement.own }
        var series: [UInt32] = []
        series.reserveCapacity(known.count + measurement.own.count)
        let checks = removedFromBaseCount > 0
        for index in 0..<known.count where !checks || !isRemoved(known[index]) { series.append(known[index]) }
        series.append(contentsOf: measurement.own)
        return series
    }

    /// The series of the measurement of a name, ascending; none where there is no such measurement.
    package func series(of name: String) -> [UInt32] { measurement(name).map { series(of: $0) } ?? [] }

    /// Hands each series that has the value at a place to `body`, ascending.
    func forEachMember(_ tag: Tag, _ place: Int, _ body: (UInt32) -> Void) {
        if let known = tag.base, place < known.values.count {
            let checks = removedFromBaseCount > 0
            for index in known.list(place) where !checks || !isRemoved(known.members[index]) {
                body(known.members[index])
            }
        }
        for number in tag.own(place) { body(number) }
    }

    /// The series that have the value at a place, ascending.
    func members(_ tag: Tag, _ place: Int) -> [UInt32] {
        guard let known = tag.base, place < known.values.count else { return tag.own(place) }
        var members: [UInt32] = []
        members.reserveCapacity(known.list(place).count)
        forEachMember(tag, place) { members.append($0) }
        return members
    }

    func hasMembers(_ tag: Tag, _ place: Int) -> Bool {
        if !tag.own(place).isEmpty { return true }
        guard let known = tag.base, place < known.values.count else { return false }
        return removedFromBaseCount == 0
            ? !known.list(place).isEmpty : known.list(place).contains { !isRemoved(known.members[$0]) }
    }

    private func tag(_ measurement: String, _ name: String) -> Tag? {
        guard let number = measurementNumbers[measurement] else { return nil }
        return measurements[number].tags.first { $0.text == name && $0.memberCount > 0 }
    }

    /// The values of a tag and the series of each; empty where the measurement has no such tag.
    package func postings(_ measurement: String, tag name: String) -> [(value: String, series: [UInt32])] {
        guard let tag = tag(measurement, name) else { return [] }
        return (0..<tag.placeCount).compactMap { place in
            let members = members(tag, place)
            return members.isEmpty ? nil : (String(decoding: tag.value(place), as: UTF8.self), members)
        }
    }

    /// Hands the place of each value of a tag that a series has, and the series that have it, to `body`.
    package func forEachPosting(_ measurement: String, tag name: String, _ body: (Int, [UInt32]) -> Void) {
        guard let tag = tag(measurement, name) else { return }
        for place in 0..<tag.placeCount {
            let members = members(tag, place)
            if !members.isEmpty { body(place, members) }
        }
    }

    /// Hands each value of a tag, as UTF-8, and where it holds the series that have it, to `body`.
    ///
    /// - Parameter wants: judges a value; the series of one that it does not want are not gathered.
    package func forEachValue(
        _ measurement: String, tag name: String, where wants: (Span<UInt8>) -> Bool, _ body: ([UInt32]) -> Void
    ) {
        guard let tag = tag(measurement, name) else { return }
        for place in 0..<tag.placeCount where hasMembers(tag, place) && tag.withValue(place, wants) {
            body(members(tag, place))
        }
    }

    /// The value at a place that `forEachPosting` gave.
    package func value(_ measurement: String, tag name: String, at place: Int) -> String {
        tag(measurement, name).map { String(decoding: $0.value(place), as: UTF8.self) } ?? ""
    }

    /// The series of a measurement whose tag has exactly this value, ascending.
    package func series(_ measurement: String, tag name: String, value: String) -> [UInt32] {
        guard let tag = tag(measurement, name), let place = tag.find(Array(value.utf8).span) else { return [] }
        return members(tag, place)
    }
}

extension ArraySlice<UInt8> {
    init(copying bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }[...]
    }
}
