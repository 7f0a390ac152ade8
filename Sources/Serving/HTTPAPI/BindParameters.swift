import Foundation
import LogicalPlan

/// The `params` of a query: a JSON object of numbers, texts and booleans.
enum BindParameters {
    /// Names and values, or nil where the text is no such object.
    static func parse(_ text: String) -> [String: QueryValue]? {
        guard let values = try? JSONDecoder().decode([String: Value].self, from: Data(text.utf8)) else { return nil }
        return values.mapValues(\.value)
    }

    private struct Value: Decodable {
        var value: QueryValue

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let boolean = try? container.decode(Bool.self) {
                value = .boolean(boolean)
            } else if let integer = try? container.decode(Int64.self) {
                value = .integer(integer)
            } else if let number = try? container.decode(Double.self) {
                value = .float(number)
            } else {
                value = .string(try container.decode(String.self))
            }
        }
    }
}

/// The fields of a `multipart/form-data` body: names and contents, as `curl -F` sends them.
enum Multipart {
    static func parameters(_ body: String, contentType: String) -> QueryParameters? {
        guard let mark = contentType.range(of: "boundary=") else { return nil }
        let boundary = contentType[mark.upperBound...].split(separator: ";")[0].trimmingCharacters(in: ["\"", " "])
        var pairs: [(String, String)] = []
        for part in body.components(separatedBy: "--" + boundary) {
            guard let split = part.range(of: "\r\n\r\n"), let name = part[..<split.lowerBound].range(of: "name=\"")
            else { continue }
            let rest = part[name.upperBound..<split.lowerBound]
            guard let quote = rest.firstIndex(of: "\"") else { continue }
            var content = String(part[split.upperBound...])
            if content.hasSuffix("\r\n") { content.removeLast() }
            pairs.append((String(rest[..<quote]), content))
        }
        return QueryParameters(pairs)
    }
}
