/// What a JSON value of a message must look like: the rules of the norm's schemas, in our own words.
///
/// `ShapeCheck` walks payload and shape side by side, once; decoders then read fields that are known to fit.
package indirect enum Shape: Sendable {
    /// Text of at most so many characters.
    case text(Int)
    /// RFC 3339.
    case time
    /// A whole number in a range.
    case whole(ClosedRange<Int>)
    /// A finite number.
    case number
    /// A finite number in a range.
    case decimal(ClosedRange<Double>)
    /// A finite number with at most one decimal.
    case tenths
    /// A finite number, or one written as text, as some stations do.
    case sample
    /// A boolean.
    case flag
    /// One of these words; another case of letters is forgiven.
    case word([String])
    /// One of these words or, forgiven and kept as text, another of at most 50 characters.
    case openWord([String])
    /// A list of so many values.
    case list(Shape, ClosedRange<Int>)
    /// An object.
    case object(ObjectShape)
    /// Any JSON.
    case any

    /// Whole numbers go to here, as binary64 has them all.
    static let wholeLimit = 9_007_199_254_740_992
    /// A whole number from 0.
    static let count = Shape.whole(0...wholeLimit)
    /// A whole number of either sign.
    static let integer = Shape.whole(-wholeLimit...wholeLimit)

    /// A list of one value or more.
    static func many(_ shape: Shape) -> Shape { .list(shape, 1...Int.max) }

    /// An object of these fields.
    static func fields(_ fields: FieldShape...) -> Shape { .object(ObjectShape(fields)) }
}

/// One field of an object.
///
/// Classes, because the check of each message walks them: a reference costs one count where a copy costs one a member.
package final class FieldShape: Sendable {
    let name: String
    let bytes: [UInt8]
    let isRequired: Bool
    let shape: Shape

    private init(name: String, bytes: [UInt8], isRequired: Bool, shape: Shape) {
        self.name = name
        self.bytes = bytes
        self.isRequired = isRequired
        self.shape = shape
    }

    /// A field that must be there.
    static func must(_ name: String, _ shape: Shape) -> FieldShape {
        FieldShape(name: name, bytes: Array(name.utf8), isRequired: true, shape: shape)
    }

    /// A field that may be absent or null.
    static func may(_ name: String, _ shape: Shape) -> FieldShape {
        FieldShape(name: name, bytes: Array(name.utf8), isRequired: false, shape: shape)
    }
}

/// An object's fields; what is not among them is tolerated and counted, `customData` is always allowed.
package final class ObjectShape: Sendable {
    let fields: [FieldShape]

    init(_ fields: [FieldShape]) {
        self.fields = fields
    }

    /// The place of the field of this name.
    func place(of name: ArraySlice<UInt8>) -> Int? {
        for place in fields.indices {
            let bytes = fields[place].bytes
            // Lengths tell most names apart.
            if bytes.count == name.count, bytes.elementsEqual(name) { return place }
        }
        return nil
    }

    /// The same with these fields, in the place of those of the same name or behind all others.
    func with(_ changes: FieldShape...) -> ObjectShape {
        var fields = fields
        for change in changes {
            if let place = fields.firstIndex(where: { $0.name == change.name }) {
                fields[place] = change
            } else {
                fields.append(change)
            }
        }
        return ObjectShape(fields)
    }
}

/// Checks one payload against one shape.
///
/// The recursion follows the shape, which is ours and at most nine deep, never the payload.
package struct ShapeCheck {
    /// What is borne.
    package enum Rigour: Sendable {
        /// What stations do beside the norm, each counted.
        case forgiving
        /// Nothing; `customData` only where the version has it.
        case strict(hasCustomData: Bool)
    }

    private let tape: JSONTape
    private let rigour: Rigour
    /// What was forgiven on the way.
    package private(set) var deviations = DeviationCounts()

    /// A check of values on `tape`.
    package init(tape: JSONTape, rigour: Rigour = .forgiving) {
        self.tape = tape
        self.rigour = rigour
    }

    private var isStrict: Bool { if case .strict = rigour { true } else { false } }

    /// Checks the object at `index`; throws the first fault in the order of the shape's fields.
    package mutating func check(_ index: Int, _ shape: ObjectShape) throws(OCPPFault) {
        guard tape.kind(index) == .object else { throw fault(.typeConstraintViolation, "not an object", index) }
        var found = [Int](repeating: -1, count: shape.fields.count)
        let end = Int(tape.tokens[index].next)
        var key = index + 1
        while key + 1 < end {
            let name = tape.text(key)
            if let field = shape.place(of: name) {
                found[field] = key + 1
            } else {
                try checkUnknown(key, name)
            }
            key = Int(tape.tokens[key + 1].next)
        }
        for (field, value) in zip(shape.fields, found) {
            let isAbsent = value < 0 || tape.kind(value) == .null && !isStrict
            if isAbsent {
                guard !field.isRequired else {
                    throw fault(.occurrenceConstraintViolation, "missing", index).inside(field.name)
                }
                if value >= 0 { deviations.count(.nullOptional) }
                continue
            }
            do {
                try check(value, field.shape)
            } catch {
                throw error.inside(field.name)
            }
        }
    }

    /// `customData` has the name of a vendor and whatever else it likes.
    private static let customData = ObjectShape([.must("vendorId", .text(255))])

    private mutating func checkUnknown(_ key: Int, _ name: ArraySlice<UInt8>) throws(OCPPFault) {
        let isCustom = name.elementsEqual("customData".utf8)
        guard case .strict(let hasCustomData) = rigour else {
            if !isCustom { deviations.count(.extraProperty) }
            return
        }
        guard isCustom, hasCustomData else {
            throw fault(.formatViolation, "not a property of it: \(tape.string(key).prefix(50))", key)
        }
        var check = ShapeCheck(tape: tape)
        do {
            try check.check(key + 1, Self.customData)
        } catch {
            throw error.inside("customData")
        }
    }

    private mutating func check(_ index: Int, _ shape: Shape) throws(OCPPFault) {
        switch shape {
        case .text(let limit): try checkText(index, limit)
        case .time:
            try checkText(index, 64)
            guard RFC3339.nanoseconds(tape, index) != nil else {
                throw fault(.propertyConstraintViolation, "not a time", index)
            }
        case .whole(let range): try checkWhole(index, range)
        case .number:
            guard tape.kind(index) == .number else { throw fault(.typeConstraintViolation, "not a number", index) }
        case .decimal(let range):
            guard let number = tape.number(index) else { throw fault(.typeConstraintViolation, "not a number", index) }
            guard range.contains(number) else { throw fault(.propertyConstraintViolation, "out of range", index) }
        case .tenths: try checkTenths(index)
        case .sample: try checkSample(index)
        case .flag:
            guard tape.kind(index) == .boolean else { throw fault(.typeConstraintViolation, "not a boolean", index) }
        case .word(let words): try checkWord(index, words, isOpen: false)
        case .openWord(let words): try checkWord(index, words, isOpen: true)
        case .list(let element, let range): try checkList(index, element, range)
        case .object(let object): try check(index, object)
        case .any: break
        }
    }

    private func checkText(_ index: Int, _ limit: Int) throws(OCPPFault) {
        guard tape.kind(index) == .string else { throw fault(.typeConstraintViolation, "not a string", index) }
        guard tape.raw(index).count <= limit || tape.characterCount(index) <= limit else {
            throw fault(.typeConstraintViolation, "longer than \(limit)", index)
        }
    }

    private func checkWhole(_ index: Int, _ range: ClosedRange<Int>) throws(OCPPFault) {
        guard let number = tape.number(index), number == number.rounded() else {
            throw fault(.typeConstraintViolation, "not an integer", index)
        }
        guard let value = tape.integer(index), range.contains(value) else {
            throw fault(.propertyConstraintViolation, "out of range", index)
        }
    }

    private func checkTenths(_ index: Int) throws(OCPPFault) {
        guard let number = tape.number(index) else { throw fault(.typeConstraintViolation, "not a number", index) }
        // The nearest tenth, read back, is the same binary64.
        guard abs(number) < 1e14, (number * 10).rounded() / 10 == number else {
            throw fault(.propertyConstraintViolation, "more than one decimal", index)
        }
    }

    private mutating func checkSample(_ index: Int) throws(OCPPFault) {
        if tape.kind(index) == .number { return }
        guard tape.kind(index) == .string, JSONNumber.parse(text: tape.string(index)) != nil else {
            throw fault(.typeConstraintViolation, "not a number", index)
        }
        deviations.count(.numberAsText)
    }

    private mutating func checkWord(_ index: Int, _ words: [String], isOpen: Bool) throws(OCPPFault) {
        guard tape.kind(index) == .string else { throw fault(.typeConstraintViolation, "not a string", index) }
        let text = tape.string(index)
        if Words.contains(text, in: words) { return }
        if !isStrict, Words.match(text, in: words) != nil {
            deviations.count(.wordCase)
        } else if isOpen {
            try checkText(index, 50)
            deviations.count(.unknownWord)
        } else {
            throw fault(.propertyConstraintViolation, "not an allowed value", index)
        }
    }

    private mutating func checkList(_ index: Int, _ element: Shape, _ range: ClosedRange<Int>) throws(OCPPFault) {
        guard tape.kind(index) == .array else { throw fault(.typeConstraintViolation, "not a list", index) }
        let end = Int(tape.tokens[index].next)
        var value = index + 1
        var count = 0
        while value < end {
            guard count < range.upperBound else {
                throw fault(.occurrenceConstraintViolation, "more than \(range.upperBound)", index)
            }
            do {
                try check(value, element)
            } catch {
                throw error.inside("[\(count)]")
            }
            count += 1
            value = Int(tape.tokens[value].next)
        }
        guard count >= range.lowerBound else { throw fault(.occurrenceConstraintViolation, "empty list", index) }
    }

    private func fault(_ code: CallErrorCode, _ reason: String, _ index: Int) -> OCPPFault {
        OCPPFault(code, reason, offset: tape.offset(index))
    }
}

/// Words of the norm, found whatever their case.
enum Words {
    /// Whether `text` is one of `words` as it stands.
    static func contains(_ text: String, in words: [String]) -> Bool {
        let count = text.utf8.count
        // Comparing texts of another length costs a call into the library each.
        for word in words where word.utf8.count == count && word == text { return true }
        return false
    }

    /// The word of `words` that `text` is, letters of either case; nil for none.
    static func match(_ text: String, in words: [String]) -> String? {
        if contains(text, in: words) { return text }
        let bytes = text.utf8
        return words.first { word in
            word.utf8.count == bytes.count && zip(word.utf8, bytes).allSatisfy { lowered($0) == lowered($1) }
        }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
