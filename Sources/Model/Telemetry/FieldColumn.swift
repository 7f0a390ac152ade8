/// The five types that a field can have, as InfluxDB's.
package enum FieldKind: UInt8, Sendable, CaseIterable {
    /// IEEE 754 binary64.
    case float = 1
    /// Signed 64 bits.
    case integer = 2
    /// Unsigned 64 bits.
    case unsigned = 3
    /// True or false.
    case boolean = 4
    /// UTF-8 text.
    case string = 5

    /// The name that InfluxDB gives the type, as in `SHOW FIELD KEYS`.
    package var name: String {
        switch self {
        case .float: "float"
        case .integer: "integer"
        case .unsigned: "unsigned"
        case .boolean: "boolean"
        case .string: "string"
        }
    }
}

/// One field's value in one row.
package enum FieldValue: Equatable, Sendable {
    case float(Double)
    case integer(Int64)
    case unsigned(UInt64)
    case boolean(Bool)
    case string(String)

    /// The type of the value.
    package var kind: FieldKind {
        switch self {
        case .float: .float
        case .integer: .integer
        case .unsigned: .unsigned
        case .boolean: .boolean
        case .string: .string
        }
    }
}

/// One field of many rows: 64 bits a row, whatever the type, and a bitmap once a row lacks a value.
///
/// - Invariant: `words.count` rows; a float is its bit pattern, a boolean 0 or 1, a string the end of its text in
///   `text` (its begin is the end of the row before). `absent` is empty while every row has a value.
package struct FieldColumn: Sendable, Equatable {
    /// The field's name.
    package let name: String
    /// The name's bytes, for comparing without a String.
    package let nameBytes: [UInt8]
    /// The type of each value.
    package let kind: FieldKind
    /// One word a row.
    package private(set) var words: [UInt64] = []
    /// The text of all strings, one behind the other.
    package private(set) var text: [UInt8] = []
    /// One bit a row, set where the row has no value; empty while there is none.
    package private(set) var absent: [UInt64] = []

    /// A column without rows.
    package init(name: String, kind: FieldKind) {
        self.name = name
        self.nameBytes = Array(name.utf8)
        self.kind = kind
    }

    /// A column made of what an earlier one held; refused where the parts do not fit each other.
    package init?(name: String, kind: FieldKind, words: [UInt64], text: [UInt8], absent: [UInt64]) {
        guard absent.isEmpty || absent.count == (words.count + 63) / 64 else { return nil }
        if kind == .string {
            var before: UInt64 = 0
            for end in words {
                guard end >= before, end <= UInt64(text.count) else { return nil }
                before = end
            }
        }
        self.init(name: name, kind: kind)
        self.words = words
        self.text = text
        self.absent = absent
    }

    /// How many rows there are.
    package var count: Int { words.count }

    /// Whether row `row` has a value.
    package func isPresent(_ row: Int) -> Bool {
        absent.isEmpty || absent[row >> 6] & (1 << UInt64(row & 63)) == 0
    }

    /// How many rows have a value.
    package var presentCount: Int {
        absent.isEmpty ? words.count : words.count - absent.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    /// The value of row `row`, nil where it has none.
    package subscript(row: Int) -> FieldValue? {
        guard isPresent(row) else { return nil }
        let word = words[row]
        switch kind {
        case .float: return .float(Double(bitPattern: word))
        case .integer: return .integer(Int64(bitPattern: word))
        case .unsigned: return .unsigned(word)
        case .boolean: return .boolean(word != 0)
        case .string: return .string(String(decoding: textBytes(row), as: UTF8.self))
        }
    }

    /// The bytes of the string in row `row`.
    package func textBytes(_ row: Int) -> ArraySlice<UInt8> {
        text[Int(row == 0 ? 0 : words[row - 1])..<Int(words[row])]
    }

    /// Appends the 64 bits of a value that is no string.
    package mutating func append(word: UInt64) {
        if !absent.isEmpty, words.count & 63 == 0 { absent.append(0) }
        words.append(word)
    }

    /// Makes room for `count` rows in all.
    package mutating func reserveCapacity(_ count: Int) { words.reserveCapacity(count) }

    /// Appends the values of many rows of a type that is no string.
    package mutating func append(words more: ArraySlice<UInt64>) {
        if !absent.isEmpty {
            let byteCount = (words.count + more.count + 63) / 64
            absent.append(contentsOf: repeatElement(0, count: byteCount - absent.count))
        }
        words.append(contentsOf: more)
    }

    /// Appends many strings: `ends[i]`, which ascend, is where row i's text ends in `more`, all of which is theirs.
    package mutating func append(texts more: [UInt8], ends: ArraySlice<UInt64>) {
        let before = UInt64(text.count)
        text.append(contentsOf: more)
        append(words: ends.map { $0 + before }[...])
    }

    /// Appends every `step`-th of `source` from `first` on, values of a type that is no string.
    package mutating func append(words source: [UInt64], from first: Int, by step: Int) {
        let count = (source.count - first + step - 1) / step
        if !absent.isEmpty {
            let wordCount = (words.count + count + 63) / 64
            absent.append(contentsOf: repeatElement(0, count: wordCount - absent.count))
        }
        let words = source.span
        self.words.append(addingCapacity: count) { output in
            var index = first
            while index < words.count {
                output.append(words[index])
                index &+= step
            }
        }
    }

    /// Appends a string's bytes.
    package mutating func append(text bytes: ArraySlice<UInt8>) {
        text.append(contentsOf: bytes)
        append(word: UInt64(text.count))
    }

    /// Appends a string's bytes, `count` times.
    package mutating func append(text bytes: [UInt8], count: Int = 1) {
        for _ in 0..<count {
            text.append(contentsOf: bytes)
            append(word: UInt64(text.count))
        }
    }

    /// Appends a value; its type must be the column's.
    package mutating func append(_ value: FieldValue) {
        precondition(value.kind == kind, "a \(value.kind.name) into \(name), which is \(kind.name)")
        switch value {
        case .float(let value): append(word: value.bitPattern)
        case .integer(let value): append(word: UInt64(bitPattern: value))
        case .unsigned(let value): append(word: value)
        case .boolean(let value): append(word: value ? 1 : 0)
        case .string(let value): append(text: Array(value.utf8))
        }
    }

    /// Appends `count` rows without a value.
    package mutating func appendAbsent(_ count: Int = 1) {
        guard count > 0 else { return }
        if absent.isEmpty { absent = [UInt64](repeating: 0, count: (words.count + 63) / 64) }
        let filler = kind == .string ? UInt64(text.count) : 0
        for _ in 0..<count {
            let row = words.count
            if row & 63 == 0 { absent.append(0) }
            absent[row >> 6] |= 1 << UInt64(row & 63)
            words.append(filler)
        }
    }

    /// Replaces the value of the last row, which must be there; for a field that is named twice in one line.
    package mutating func replaceLast(_ value: FieldValue) {
        precondition(!words.isEmpty, "no row to replace")
        let row = words.count - 1
        if kind == .string { text.removeLast(text.count - Int(row == 0 ? 0 : words[row - 1])) }
        words.removeLast()
        if !absent.isEmpty {
            absent[row >> 6] &= ~(1 << UInt64(row & 63))
            if row & 63 == 0 { absent.removeLast() }
        }
        append(value)
    }

    /// Appends row `row` of `other`, which has the same type.
    package mutating func append(row: Int, of other: FieldColumn) {
        if !other.isPresent(row) {
            appendAbsent()
        } else if kind == .string {
            append(text: other.textBytes(row))
        } else {
            append(word: other.words[row])
        }
    }

    /// Appends the rows `rows` of `other`, which has the same type.
    package mutating func append(rows: Range<Int>, of other: FieldColumn) {
        if kind == .string, absent.isEmpty, other.absent.isEmpty {
            let first = rows.lowerBound == 0 ? 0 : other.words[rows.lowerBound - 1]
            let base = UInt64(text.count)
            text.append(
                contentsOf: other.text[Int(first)..<Int(rows.isEmpty ? first : other.words[rows.upperBound - 1])])
            for end in other.words[rows] { words.append(end - first + base) }
        } else if kind == .string || !absent.isEmpty || !other.absent.isEmpty {
            for row in rows { append(row: row, of: other) }
        } else {
            words.append(contentsOf: other.words[rows])
        }
    }

    /// Appends the rows `rows` of `other`, which has the same type, in that order.
    package mutating func append(rows: [Int32], of other: FieldColumn) {
        if kind == .string || !absent.isEmpty || !other.absent.isEmpty {
            for row in rows { append(row: Int(row), of: other) }
            return
        }
        let source = other.words.span
        for row in rows { words.append(source[Int(row)]) }
    }

    /// The rows of `rows`, in that order.
    package func gathered(_ rows: [Int32]) -> FieldColumn {
        var result = FieldColumn(name: name, kind: kind)
        if kind == .string, absent.isEmpty {
            let ends = words.span
            var length = 0
            for row in rows { length += Int(ends[Int(row)]) - (row == 0 ? 0 : Int(ends[Int(row) - 1])) }
            result.text.reserveCapacity(length)
            result.words.reserveCapacity(rows.count)
            unsafe text.withUnsafeBufferPointer { source in
                for row in rows {
                    // Ends ascend and none is behind the text: what a column holds to.
                    let range = (row == 0 ? 0 : Int(ends[Int(row) - 1]))..<Int(ends[Int(row)])
                    unsafe result.text.append(contentsOf: UnsafeBufferPointer(rebasing: source[range]))
                    result.words.append(UInt64(result.text.count))
                }
            }
            return result
        }
        if kind == .string || !absent.isEmpty {
            result.words.reserveCapacity(rows.count)
            for row in rows { result.append(row: Int(row), of: self) }
            return result
        }
        let source = words.span
        result.words = [UInt64](capacity: rows.count) { output in
            for row in rows { output.append(source[Int(row)]) }
        }
        return result
    }

    /// The same column under a new name or type, its words changed by `convert`.
    package func mapped(kind: FieldKind, _ convert: (UInt64) -> UInt64) -> FieldColumn {
        var result = FieldColumn(name: name, kind: kind)
        result.words = words.map(convert)
        result.absent = absent
        return result
    }
}
