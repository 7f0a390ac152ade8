import Foundation
import LogicalPlan

/// A question and its answer as text: a line a series, `name{tag=value} columns: row; row`, or the error.
struct Question: Sendable {
    let text: String
    let answer: [String]

    init(_ text: String, _ answer: [String]) { (self.text, self.answer) = (text, answer) }

    /// An answer in the form of `answer`: whole seconds as `60s`, numbers with twelve digits whatever their type.
    static func render(_ result: StatementResult) -> [String] {
        if let error = result.error { return ["error: " + error] }
        return result.series.map { series in
            let tags = series.tags.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
            let rows = series.rows.map { $0.map(render).joined(separator: ",") }.joined(separator: "; ")
            let name = series.name + (tags.isEmpty ? "" : "{\(tags)}")
            return "\(name) \(series.columns.joined(separator: ",")): \(rows)"
        }
    }

    private static func render(_ value: QueryValue) -> String {
        switch value {
        case .null: "null"
        case .float(let number): number == number.rounded() ? "\(Int64(number))" : String(format: "%.12g", number)
        case .integer(let number): "\(number)"
        case .unsigned(let number): "\(number)"
        case .boolean(let isTrue): isTrue ? "true" : "false"
        case .string(let text): "'\(text)'"
        case .list(let texts): "[\(texts.joined(separator: " "))]"
        case .time(let time): time % 1_000_000_000 == 0 ? "\(time / 1_000_000_000)s" : "\(time)ns"
        }
    }
}
