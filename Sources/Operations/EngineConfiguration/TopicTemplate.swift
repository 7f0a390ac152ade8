/// A shape of topics, such as `plant/{Site_ID}/cp/{EVSE_ID}/{field}`: each level is a word, or a tag's or the field's name.
package struct TopicTemplate: Equatable, Sendable {
    /// What a level of a topic is.
    package enum Level: Equatable, Sendable {
        /// This word.
        case word(String)
        /// The value of this tag.
        case tag(String)
        /// The name of the field whose value is the payload.
        case field
    }

    /// Why a text is no template.
    package struct Flaw: Error, Equatable {
        /// One line, without the template.
        package let reason: String
    }

    /// The levels, first to last.
    package let levels: [Level]

    /// Reads a template.
    package init(_ text: String) throws(Flaw) {
        var levels: [Level] = []
        var names: Set<String> = []
        for part in text.split(separator: "/", omittingEmptySubsequences: false).map(String.init) {
            if part.isEmpty { throw Flaw(reason: "has an empty level") }
            if part.contains(where: { "+#\u{0}".contains($0) }) { throw Flaw(reason: "has + or # in it") }
            guard part.hasPrefix("{"), part.hasSuffix("}"), part.count > 2 else {
                if part.contains(where: { "{}".contains($0) }) {
                    throw Flaw(reason: "has a level \(part) that is neither a word nor {name}")
                }
                levels.append(.word(part))
                continue
            }
            let name = String(part.dropFirst().dropLast())
            if name.contains(where: { "{} ,=\"".contains($0) }) || ["window", "time"].contains(name) {
                throw Flaw(reason: "has \(part), which is no name of a tag")
            }
            guard names.insert(name).inserted else { throw Flaw(reason: "has \(part) twice") }
            levels.append(name == "field" ? .field : .tag(name))
        }
        guard names.contains("EVSE_ID") != names.contains("Meter_ID") else {
            throw Flaw(reason: "must have one of {EVSE_ID} and {Meter_ID}")
        }
        self.levels = levels
    }

    /// What to subscribe to.
    package var filter: String {
        levels.map { level in
            if case .word(let word) = level { word } else { "+" }
        }.joined(separator: "/")
    }

    /// Whether the payload is one value, of the field that the topic names.
    package var hasField: Bool { levels.contains(.field) }
}
