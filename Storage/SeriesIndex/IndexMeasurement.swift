import Bytes
package import Telemetry

extension SeriesIndex {
    /// One measurement: its series, tags and declared or first-seen fields.
    package struct Measurement: Sendable {
        /// The measurement's name.
        package let name: String
        /// How many series it has.
        package internal(set) var seriesCount = 0
        /// The type of each field.
        package internal(set) var fields: [String: FieldKind] = [:]
        /// The fields whose type was declared, not met.
        package internal(set) var declared: Set<String> = []
        let base: IndexBase.Measurement?
        /// The series that are not in the base, ascending.
        var own: [UInt32] = []
        /// The tags in the order of their coming; one that no series has any more stays without members.
        var tags: [Tag] = []

        /// Its tag names in the order of their coming.
        package var tagKeys: [String] { tags.filter { $0.memberCount > 0 }.map(\.text) }
    }

    /// One tag of a measurement: its values, by places that begin with those of the base, and the series of each.
    struct Tag: Sendable {
        let name: [UInt8]
        let text: String
        /// How many series have it.
        var memberCount = 0
        let base: IndexBase.Tag?
        /// The values that the base does not know.
        private var values = ByteKeyTable(capacity: 4)
        /// The series of each of those.
        private var lists: [[UInt32]] = []
        /// Series that are not in the base of values that are.
        private var more: [Int: [UInt32]] = [:]
    }
}

extension SeriesIndex.Measurement {
    init(name: String) {
        self.name = name
        base = nil
    }

    init(_ base: IndexBase.Measurement) {
        name = base.name
        seriesCount = base.series.count
        fields = base.fields
        self.base = base
        tags = base.tags.map { SeriesIndex.Tag($0) }
    }

    mutating func add(_ series: UInt32) {
        own.append(series)
        seriesCount += 1
    }

    /// Notes that a series has a tag; `place` is where the tag may stand among those that are known.
    mutating func add(_ series: UInt32, _ name: Span<UInt8>, _ value: Span<UInt8>, at place: Int) {
        tags[self.place(of: name, at: place)].add(series, value)
    }

    private mutating func place(of name: Span<UInt8>, at place: Int) -> Int {
        if place < tags.count, Self.isEqual(tags[place].name, name) { return place }
        for index in tags.indices where Self.isEqual(tags[index].name, name) { return index }
        tags.append(SeriesIndex.Tag(name: Array(ArraySlice(copying: name))))
        return tags.count - 1
    }

    private static func isEqual(_ left: [UInt8], _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        let left = left.span
        for index in 0..<left.count where left[index] != right[index] { return false }
        return true
    }

    /// Takes series out of the lists.
    ///
    /// - Parameters:
    ///   - gone: the series with their tags.
    ///   - isGone: whether a series goes; those that went earlier are in no list.
    mutating func remove(_ gone: [(UInt32, [(String, String)])], where isGone: (UInt32) -> Bool) {
        seriesCount -= gone.count
        own.removeAll(where: isGone)
        var lists: [Int: Set<Int>] = [:]
        for (_, pairs) in gone {
            for (name, value) in pairs {
                guard let tag = tags.firstIndex(where: { $0.text == name }),
                    let place = tags[tag].find(Array(value.utf8).span)
                else { continue }
                tags[tag].memberCount -= 1
                lists[tag, default: []].insert(place)
            }
        }
        for (tag, places) in lists {
            for place in places { tags[tag].removeOwn(place, where: isGone) }
        }
    }
}

extension SeriesIndex.Tag {
    init(name: [UInt8]) {
        self.name = name
        text = String(decoding: name, as: UTF8.self)
        base = nil
    }

    init(_ base: IndexBase.Tag) {
        name = base.name
        text = String(decoding: base.name, as: UTF8.self)
        memberCount = base.members.count
        self.base = base
    }

    private var firstOwn: Int { base?.values.count ?? 0 }

    /// How many places there are; some may have no series any more.
    var placeCount: Int { firstOwn + values.count }

    /// The place of a value, or nil.
    func find(_ value: Span<UInt8>) -> Int? {
        let hash = ByteKeyTable.hash(value)
        return base?.values.find(value, hash: hash) ?? values.find(value, hash: hash).map { firstOwn + $0 }
    }

    mutating func add(_ series: UInt32, _ value: Span<UInt8>) {
        memberCount += 1
        let hash = ByteKeyTable.hash(value)
        if let place = base?.values.find(value, hash: hash) {
            more[place, default: []].append(series)
            return
        }
        let (position, isNew) = values.insert(value, hash: hash)
        if isNew { lists.append([series]) } else { lists[position].append(series) }
    }

    /// The series of the value at a place that are not in the base, ascending.
    func own(_ place: Int) -> [UInt32] {
        place < firstOwn ? (more.isEmpty ? [] : more[place] ?? []) : lists[place - firstOwn]
    }

    mutating func removeOwn(_ place: Int, where isGone: (UInt32) -> Bool) {
        if place < firstOwn {
            more[place]?.removeAll(where: isGone)
        } else {
            lists[place - firstOwn].removeAll(where: isGone)
        }
    }

    func withValue<Result>(_ place: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        if let base, place < firstOwn { return base.values.withKey(place, body) }
        return body(values.key(place - firstOwn).span)
    }

    /// The value at a place.
    func value(_ place: Int) -> [UInt8] { withValue(place) { Array(ArraySlice(copying: $0)) } }
}
