/// Which characters are one without regard to case: Unicode's simple folding, as Go's `(?i)` has it.
enum PatternFolding {
    /// The others of each character that has any. The last letter with a case is U+1E943.
    static let others: [UInt32: [UInt32]] = {
        var members: [UInt32: [UInt32]] = [:]
        for value in UInt32(0)...0x1E943 {
            guard let scalar = Unicode.Scalar(value), scalar.properties.changesWhenCaseMapped else { continue }
            members[key(scalar), default: []].append(value)
        }
        var others: [UInt32: [UInt32]] = [:]
        for group in members.values where group.count > 1 {
            for value in group { others[value] = group.filter { $0 != value } }
        }
        return others
    }()

    /// What all forms of one letter have in common: the small form of the large one, where both are one character.
    private static func key(_ scalar: Unicode.Scalar) -> UInt32 {
        // The Turkish letters fold with nothing.
        if scalar.value == 0x130 || scalar.value == 0x131 { return scalar.value }
        let large = single(scalar.properties.uppercaseMapping) ?? scalar
        return (single(large.properties.lowercaseMapping) ?? large).value
    }

    private static func single(_ text: String) -> Unicode.Scalar? {
        text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
    }
}

extension PatternSet {
    /// The same set without regard to case, its ranges sorted and joined.
    func folded() -> PatternSet {
        let others = PatternFolding.others
        var all = ranges
        for range in ranges {
            if range.count <= others.count {
                for value in range { all += (others[value] ?? []).map { $0...$0 } }
            } else {
                for (value, more) in others where range.contains(value) { all += more.map { $0...$0 } }
            }
        }
        all.sort { $0.lowerBound < $1.lowerBound }
        var joined: [ClosedRange<UInt32>] = []
        for range in all {
            if let last = joined.last, range.lowerBound <= last.upperBound &+ 1 {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return PatternSet(ranges: joined, isNegated: isNegated)
    }
}
