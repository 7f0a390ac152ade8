import Foundation
import Testing

@Suite("The table of bad input")
struct BadInputTableTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test("each row names tests, and each of them stands in the file that is named")
    func namesTests() throws {
        let text = try String(contentsOf: Self.root.appending(path: "docs/bad-input.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| input") }
        #expect(rows.count > 50)
        for row in rows {
            let cells = row.split(separator: " | ")
            let last = try #require(cells.last)
            let parts = last.split(separator: "`: \"")
            #expect(parts.count == 2, "\(row)")
            guard parts.count == 2 else { continue }
            let path = String(parts[0].drop { $0 == "`" })
            let source = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
            for name in "\"\(parts[1])".split(separator: ", ") {
                let wanted = name.split(separator: "\"").first.map(String.init) ?? ""
                #expect(!wanted.isEmpty && source.contains(wanted), "\(path) has no \(wanted)")
            }
        }
    }
}
