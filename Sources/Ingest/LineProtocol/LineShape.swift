import Telemetry

/// The fields of a line, by which the next ones of its measurement are read: agents send the same fields in the same
/// order, so that each name is compared and never looked up.
final class LineShape: Sendable {
    /// Each name with its equals sign, one behind the other.
    let names: [UInt8]
    /// The end of each in `names`.
    let ends: [Int]
    /// The type of each field.
    let kinds: [FieldKind]
    /// The column of each field.
    let columns: [Int]
    /// The columns of the fields that are no strings, in order.
    let wordColumns: [Int]

    /// Nil where lines of this shape are better read one by one: no field is a number or a boolean, a name has an
    /// escape, or two are equal.
    init?(_ fields: [ParsedField], columns: [Int], of bytes: Span<UInt8>) {
        guard Set(columns).count == columns.count, !fields.contains(where: \.nameHasEscape) else { return nil }
        var names: [UInt8] = []
        var ends: [Int] = []
        for field in fields {
            for index in field.name { names.append(bytes[index]) }
            names.append(UInt8(ascii: "="))
            ends.append(names.count)
        }
        self.names = names
        self.ends = ends
        self.columns = columns
        kinds = fields.map(\.kind)
        wordColumns = zip(columns, fields).filter { $0.1.kind != .string }.map(\.0)
        if wordColumns.isEmpty { return nil }
    }

    /// Reads the fields that begin at `start` where they are the shape's: appends a word for each that is no string,
    /// the place of each string, and answers where they end. Nil, with nothing appended, where they are others or wrong.
    func read(
        _ bytes: Span<UInt8>, from start: Int, words: inout [UInt64], texts: inout [ParsedField]
    ) -> Int? {
        let wordCount = words.count
        guard let end = match(bytes, from: start, words: &words, texts: &texts) else {
            words.removeLast(words.count - wordCount)
            texts.removeAll(keepingCapacity: true)
            return nil
        }
        return end
    }

    private func match(
        _ bytes: Span<UInt8>, from start: Int, words: inout [UInt64], texts: inout [ParsedField]
    ) -> Int? {
        let (allNames, allEnds, kinds) = (names, ends, kinds)
        let names = allNames.span
        let ends = allEnds.span
        var index = start
        var begin = 0
        for place in 0..<ends.count {
            let length = ends[place] &- begin
            guard index &+ length < bytes.count else { return nil }
            for offset in 0..<length where bytes[index &+ offset] != names[begin &+ offset] { return nil }
            begin = ends[place]
            var field = ParsedField(name: index..<(index &+ length &- 1), nameHasEscape: false)
            index &+= length
            do throws(LineError) {
                try FieldValueScanner.scan(bytes, &index, into: &field)
            } catch {
                return nil
            }
            guard field.kind.rawValue == kinds[place].rawValue else { return nil }
            if field.kind.rawValue == FieldKind.string.rawValue {
                texts.append(field)
            } else {
                words.append(field.word)
            }
            let hasMore = index < bytes.count && bytes[index] == UInt8(ascii: ",")
            guard hasMore == (place &+ 1 < ends.count) else { return nil }
            if hasMore { index &+= 1 }
        }
        return index
    }
}
