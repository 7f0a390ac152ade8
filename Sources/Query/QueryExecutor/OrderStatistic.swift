import Telemetry

/// Words of numbers as unsigned keys that sort like the numbers.
enum SortableWord {
    private static let sign: UInt64 = 1 << 63

    /// The key of a word.
    @inline(__always)
    static func key(_ word: UInt64, _ kind: FieldKind) -> UInt64 {
        switch kind {
        case .float: word & sign == 0 ? word | sign : ~word
        case .integer: word ^ sign
        default: word
        }
    }

    /// The word of a key.
    static func word(_ key: UInt64, _ kind: FieldKind) -> UInt64 {
        switch kind {
        case .float: key & sign == 0 ? ~key : key & ~sign
        case .integer: key ^ sign
        default: key
        }
    }

    /// The number of a key.
    static func number(_ key: UInt64, _ kind: FieldKind) -> Double {
        let word = word(key, kind)
        return switch kind {
        case .float: Double(bitPattern: word)
        case .integer: Double(Int64(bitPattern: word))
        default: Double(word)
        }
    }
}

/// The n-th smallest of many keys, without sorting them.
enum OrderStatistic {
    private static let digitBits: UInt64 = 11

    /// The key at place `place` of the sorted keys.
    ///
    /// A digit of the keys at a time, from the top: count how many keys have each value of the digit, go on with the
    /// keys of the one that holds the place. Each pass reads every key left once.
    static func select(_ keys: [UInt64], _ place: Int) -> UInt64 {
        precondition(keys.indices.contains(place), "place \(place) of \(keys.count) keys")
        var left = keys
        var place = place
        var shift: UInt64 = 64
        while left.count > 64, shift > 0 {
            let width = min(digitBits, shift)
            shift -= width
            let mask: UInt64 = (1 << width) - 1
            var counts = [Int](repeating: 0, count: Int(mask) + 1)
            for key in left { counts[Int((key >> shift) & mask)] &+= 1 }
            var digit = 0
            while place >= counts[digit] {
                place -= counts[digit]
                digit += 1
            }
            if counts[digit] < left.count { left.removeAll { Int(($0 >> shift) & mask) != digit } }
        }
        if shift == 0 { return left[0] }
        left.sort()
        return left[place]
    }
}
