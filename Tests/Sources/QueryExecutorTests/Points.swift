import Telemetry

/// One row of the test data.
struct Point: Sendable {
    let measurement: String
    let tags: [(String, String)]
    let fields: [(String, FieldValue)]
    let seconds: Int64

    init(_ measurement: String, _ tags: [(String, String)], _ fields: [(String, FieldValue)], seconds: Int64) {
        (self.measurement, self.tags, self.fields, self.seconds) = (measurement, tags, fields, seconds)
    }

    /// Three hosts with gaps, a field that comes and goes, times before 1970, series without a tag, and odd names.
    static let first: [Point] = [
        Point(
            "m", [("h", "h1"), ("r", "a")], [("v", .float(1.5)), ("i", .integer(0)), ("s", .string("x"))], seconds: 0),
        Point(
            "m", [("h", "h1"), ("r", "a")], [("v", .float(2.25)), ("i", .integer(1)), ("b", .boolean(true))],
            seconds: 60),
        Point(
            "m", [("h", "h1"), ("r", "a")], [("v", .float(4.0)), ("i", .integer(2)), ("s", .string(""))], seconds: 120),
        Point(
            "m", [("h", "h1"), ("r", "a")], [("v", .float(3.75)), ("i", .integer(3)), ("b", .boolean(false))],
            seconds: 180),
        Point(
            "m", [("h", "h1"), ("r", "a")],
            [("v", .float(6.5)), ("i", .integer(2)), ("s", .string("xy")), ("b", .boolean(true))], seconds: 360),
        Point("m", [("h", "h1"), ("r", "a")], [("v", .float(-2.0)), ("i", .integer(3))], seconds: 420),
        Point("m", [("h", "h1"), ("r", "a")], [("v", .float(0.5)), ("i", .integer(0))], seconds: 480),
        Point("m", [("h", "h1"), ("r", "a")], [("v", .float(8.25)), ("i", .integer(1))], seconds: 540),
        Point("m", [("h", "h2"), ("r", "b")], [("v", .float(4.5)), ("i", .integer(10))], seconds: 5),
        Point("m", [("h", "h2"), ("r", "b")], [("v", .float(-1.25)), ("i", .integer(7))], seconds: 95),
        Point("m", [("h", "h2"), ("r", "b")], [("v", .float(2.0))], seconds: 185),
        Point(
            "m", [("h", "h2"), ("r", "b")], [("v", .float(4.0)), ("i", .integer(1)), ("s", .string("h2"))], seconds: 275
        ),
        Point("m", [("h", "h2"), ("r", "b")], [("v", .float(7.0)), ("i", .integer(-5))], seconds: 455),
        Point("m", [("h", "h3")], [("v", .float(-4.75))], seconds: -120),
        Point("m", [("h", "h3")], [("i", .integer(7))], seconds: 130),
        Point("m", [("h", "h3")], [("v", .float(0.25)), ("b", .boolean(false))], seconds: 600),
        Point("m", [], [("v", .float(100.5))], seconds: 700),
        Point("m", [("r", "a")], [("v", .float(5.5)), ("i", .integer(-3))], seconds: 65),
        Point("n", [("z", "1")], [("q", .integer(5))], seconds: 10),
        Point("n", [("z", "2")], [("q", .integer(9)), ("w", .string("t"))], seconds: 20),
        Point("odd name", [("odd, tag", "x=y z")], [("odd field", .string(#"a/b "c""#))], seconds: 1),
        Point("odd name", [("odd, tag", "ä")], [("odd field", .string("☃"))], seconds: 1000000),
    ]

    /// One value that replaces another, and a field that joins a row which was there.
    static let second: [Point] = [
        Point("m", [("h", "h1"), ("r", "a")], [("v", .float(2.75))], seconds: 480),
        Point("m", [("h", "h2"), ("r", "b")], [("s", .string("late"))], seconds: 185),
    ]
}
